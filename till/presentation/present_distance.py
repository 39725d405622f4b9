"""Selling to a customer who is elsewhere: asking for the number, and what is said while the request is under way."""

from datetime import datetime, timedelta

from till.domain.payment import Payment, Reserved
from till.domain.sale import Sale
from till.domain.scan import Market
from till.engine.snapshot import Panel
from till.engine.wishes import ShowPanel
from till.presentation.house import House
from till.presentation.views import Action, NumberPanel, RequestPanel

#: For how long a customer may be asked, by words and market: the Norwegian terms allow a day.
_TIMES = {
    Market.NORWAY: (("hour", timedelta(hours=1)), ("hours", timedelta(hours=4)), ("day", timedelta(days=1))),
    Market.DENMARK: (("hour", timedelta(hours=1)), ("day", timedelta(days=1)), ("week", timedelta(days=7))),
    Market.FINLAND: (("hour", timedelta(hours=1)), ("day", timedelta(days=1)), ("week", timedelta(days=7))),
}


def present_request(house: House, sale: Sale, prefixes: tuple[str, ...]) -> RequestPanel:
    """Return the panel that asks for the customer's number; goods are taken to be sent later unless somebody says otherwise."""
    words = house.words
    amount = house.figures.money(sale.basket.total)
    age = sale.basket.least_age
    hint = words.say("distance.hint", amount=amount)
    return RequestPanel(
        number=NumberPanel(
            title=words.say("distance.title"),
            hint=hint if age is None else f"{hint} {words.say('distance.age', age=str(age))}",
            prefix=prefixes[0],
            prefixes=prefixes,
            back=Action(words.say("number.back"), ShowPanel(Panel.TENDER), "Esc"),
            confirm_label=words.say("distance.confirm"),
        ),
        times_label=words.say("distance.times"),
        times=tuple((words.say(f"distance.{name}"), time) for name, time in _TIMES[house.market]),
        goods_label=words.say("distance.goods"),
        goods=((words.say("distance.sent_later"), True), (words.say("distance.delivered"), False)),
    )


def note_in_list(house: House, payment: Payment, now: datetime) -> str:
    """Return how a payment stands whose customer is elsewhere: until when it waits, or that the goods are to be sent."""
    words, until = house.words, house.figures.until
    if isinstance(payment.state, Reserved) and payment.reserved_until is not None:
        return words.say("distance.list_reserved", at=until(payment.reserved_until, now))
    assert payment.terms.expires_at is not None
    return waiting_elsewhere(house, payment.terms.expires_at, now)


def waiting_elsewhere(house: House, expires_at: datetime, now: datetime) -> str:
    """Return until when the customer can approve; once that is past, only the wallet knows what came of it."""
    if expires_at <= now:
        return house.words.say("waiting.detail_over")
    return house.words.say("distance.waiting", at=house.figures.until(expires_at, now))
