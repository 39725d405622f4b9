"""What the wallet tells of a payment, asked with the keys of its store; why it is not told is said in words."""

import pytest

from tests.doubles.chain import MSN, OTHER_MSN, Chain
from tests.doubles.told import reference_of
from tests.doubles.transport import Scripted, reply
from till.domain.money import Currency, Money
from till.domain.secret import Secret
from till.hub import stores
from till.hub.health import tills_seen
from till.hub.wakes import Wakes
from till.hub.wallet import StoreCalls
from till.hub.web.wallet import NotTold, wallet_events
from till.vipps.access import Credentials
from till.vipps.errors import Silence, Unanswered
from till.vipps.transport import HttpReply

REFERENCE = reference_of(1)


def calls(chain: Chain, *answers: HttpReply | Exception) -> tuple[StoreCalls, Scripted]:
    """Return calls that a script answers."""
    transport = Scripted(list(answers))
    made = StoreCalls(
        chain.database, chain.sealer, base_url="http://127.0.0.1:1", version="1.0", make_transport=lambda: transport
    )
    return made, transport


def keep_keys(chain: Chain) -> None:
    keys = Credentials(Secret("id"), Secret("secret"), Secret("subscription"), MSN)
    chain.database.write(lambda transaction: stores.keep_keys(transaction, chain.sealer, "gronland", keys))


def event(name: str, **changes: object) -> dict[str, object]:
    fields = {
        "reference": REFERENCE,
        "pspReference": f"psp-{name}",
        "name": name,
        "amount": {"currency": "NOK", "value": 12550},
        "timestamp": "2026-11-21T10:00:00Z",
        "success": True,
    }
    return {**fields, **changes}


def reason(chain: Chain, *answers: HttpReply | Exception, msn: str = MSN) -> str:
    with pytest.raises(NotTold) as refused:
        wallet_events(calls(chain, *answers)[0], msn, REFERENCE)
    return refused.value.reason


def test_events_are_read_with_the_store_s_own_keys(chain: Chain) -> None:
    keep_keys(chain)
    answer = reply(200, [event("CREATED"), event("CAPTURED", success=False, timestamp="soon")])
    opened, transport = calls(chain, answer)
    created, captured = wallet_events(opened, MSN, REFERENCE)
    assert (created.name, created.amount, created.is_success) == ("CREATED", Money(12550, Currency.NOK), True)
    assert created.at is not None
    assert (captured.at, captured.is_success) == (None, False)
    (asked,) = transport.asked
    assert asked.method == "GET"
    assert asked.headers["Merchant-Serial-Number"] == MSN


def test_without_keys_nobody_is_asked(chain: Chain) -> None:
    assert reason(chain) == "no_keys"
    keep_keys(chain)
    assert reason(chain, msn=OTHER_MSN) == "no_keys"
    assert reason(chain, msn="") == "no_keys"


def test_what_the_wallet_does_not_tell_is_said(chain: Chain) -> None:
    keep_keys(chain)
    assert reason(chain, reply(404, {"title": "not found"})) == "unknown"
    assert reason(chain, Unanswered(Silence.TIMED_OUT)) == "silent"
    assert reason(chain, reply(200, {"not": "a list"})) == "silent"


def test_tills_are_told_apart_by_whether_they_listen_and_may_speak(chain: Chain) -> None:
    chain.database.write(lambda transaction: stores.revoke_token(transaction, "kasse2"))
    chain.database.write(lambda transaction: stores.note_seen(transaction, "kasse1", chain.clock.now()))
    wakes = Wakes()
    with wakes.awaited(stores.topic_of("kasse1")):
        seen = chain.database.read(lambda transaction: tills_seen(transaction, wakes, None))
    assert [(one.id, one.is_listening, one.may_speak, one.seen_at is not None) for one in seen] == [
        ("kasse1", True, True, True),
        ("kasse2", False, False, False),
        ("kasse3", False, True, False),
    ]
    own = chain.database.read(lambda transaction: tills_seen(transaction, wakes, "majorstua"))
    assert [one.id for one in own] == ["kasse3"]
