"""How the tills are: when each was heard, up to where its journal is kept, whether it listens now, what is open at it."""

from datetime import datetime

from msgspec import Struct

from till.hub import stores
from till.hub.database import Transaction
from till.hub.hours import read_hour
from till.hub.wakes import Wakes


class TillSeen(Struct, frozen=True):
    """One till as the hub sees it; `told_at` is when it wrote the newest record that is kept."""

    id: str
    name: str
    store: str
    seen_at: datetime | None
    may_speak: bool
    is_listening: bool
    records: int
    told_at: datetime | None
    open_payments: int


def tills_seen(transaction: Transaction, wakes: Wakes, store: str | None) -> tuple[TillSeen, ...]:
    """Return the tills of a store or of all, by store and name; `is_listening` is known of this process's tills."""
    rows = transaction.run(
        "select book.till, book.last, record.at from book"
        " left join record on record.till = book.till and record.number = book.last"
    )
    books = {till: (last, at) for till, last, at in rows}
    opened: dict[str, int] = dict(transaction.run("select till, count(*) from payment where is_open = 1 group by till"))
    seen = []
    for till in stores.tills(transaction):
        if store in (None, till.store):
            last, at = books.get(till.id, (0, None))
            is_listening = wakes.is_awaited(stores.topic_of(till.id))
            figures = (till.seen_at, till.may_speak, is_listening, last, _hour(at), opened.get(till.id, 0))
            seen.append(TillSeen(till.id, till.name, till.store, *figures))
    return tuple(seen)


def _hour(text: str | None) -> datetime | None:
    try:
        return None if text is None else read_hour(text)
    except ValueError:
        return None
