"""The sandbox's other APIs: clients over it, a paid day, and its control."""

import json
from datetime import UTC, datetime

from tests.doubles import transport as scripts
from tests.doubles.service import BASE, InProcess, client_of
from till.domain.money import Currency, Money
from till.domain.secret import Secret
from till.sandbox.units import SalesUnit
from till.vipps.access import Credentials, System, Tokens
from till.vipps.calls import Calls
from till.vipps.requests import CreateRequest, QrFormat, Scope, UserFlow, create_body
from till.vipps.transport import HttpRequest

#: Noon in Oslo, some day.
NOON = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)
CURRENCIES = {"NO": Currency.NOK, "DK": Currency.DKK, "FI": Currency.EUR}


def at_noon() -> InProcess:
    """Return a sandbox whose clock stands at NOON, give or take the moment."""
    transport = InProcess()
    set_clock(transport, NOON)
    return transport


def set_clock(transport: InProcess, at: datetime) -> None:
    clock = transport.desk.clock
    clock.turn(at.timestamp() - clock.now_s())


def calls_of(transport: InProcess, unit: SalesUnit | None = None) -> Calls:
    """Return calls with a sales unit's keys."""
    unit = unit or transport.desk.units[0]
    keys = Credentials(Secret(unit.client_id), Secret(unit.client_secret), Secret(unit.subscription_key), unit.msn)
    system = System("till", "0.1.0")
    tokens = Tokens(transport=transport, base_url=BASE, credentials=keys, system=system, monotonic_s=lambda: 0.0)
    return Calls(transport=transport, tokens=tokens, base_url=BASE, system=system, monotonic_s=lambda: 0.0)


def scripted_calls(transport: scripts.Scripted) -> Calls:
    """Return calls over a script of answers."""
    keys = Credentials(Secret("the-id"), Secret("the-secret"), Secret("the-subscription"), "900001")
    system = System("till", "0.1.0")
    base_url = scripts.BASE
    tokens = Tokens(transport=transport, base_url=base_url, credentials=keys, system=system, monotonic_s=lambda: 0.0)
    return Calls(transport=transport, tokens=tokens, base_url=base_url, system=system, monotonic_s=lambda: 0.0)


def sell(
    transport: InProcess,
    reference: str,
    minor: int,
    *,
    refunded: int = 0,
    unit: SalesUnit | None = None,
    scopes: tuple[Scope, ...] = (),
) -> None:
    """Take a payment through create, scan, approval, capture, and a refund if there is one."""
    unit = unit or transport.desk.units[0]
    client, currency = client_of(transport, unit=unit), CURRENCIES[unit.market]
    request = CreateRequest(
        reference, Money(minor, currency), UserFlow.QR, "Kasse 1", qr_format=QrFormat.TEXT, scopes=scopes
    )
    client.create(reference, create_body(request), f"{reference}-create")
    payment = transport.desk.payments.by_reference(reference)
    assert payment is not None
    customer = next(one for one in transport.desk.customers if one.market == unit.market)
    transport.desk.payments.scan(payment.qr_content, customer)
    assert transport.desk.payments.approve(payment)
    client.capture(reference, Money(minor, currency), f"{reference}-capture")
    if refunded:
        client.refund(reference, Money(refunded, currency), f"{reference}-refund-1")


def control(transport: InProcess, path: str, **fields: object) -> None:
    """Tell the sandbox something that the real service does not know."""
    reply = transport.send(
        HttpRequest(
            "POST", f"{BASE}/_sandbox/{path}", {"Content-Type": "application/json"}, json.dumps(fields).encode()
        )
    )
    assert reply.status == 200
