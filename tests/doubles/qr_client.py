"""Clients of the QR API over the doubles of the transport."""

from tests.doubles import service
from tests.doubles.service import InProcess
from tests.doubles.transport import BASE, Scripted
from till.domain.secret import Secret
from till.sandbox.units import SalesUnit
from till.vipps.access import Credentials, System, Tokens
from till.vipps.calls import Calls
from till.vipps.qr import QrApi
from till.vipps.transport import Transport


def qr_client_of(transport: InProcess, *, unit: SalesUnit | None = None) -> QrApi:
    """Return a client with the keys of one of the sandbox's sales units."""
    unit = unit or transport.desk.units[0]
    keys = Credentials(Secret(unit.client_id), Secret(unit.client_secret), Secret(unit.subscription_key), unit.msn)
    return _client(transport, service.BASE, keys)


def scripted_qr_client(transport: Scripted, *, msn: str = "900001") -> QrApi:
    """Return a client over a script."""
    return _client(transport, BASE, Credentials(Secret("the-id"), Secret("the-secret"), Secret("the-key"), msn))


def _client(transport: Transport, base_url: str, keys: Credentials) -> QrApi:
    system = System("till", "0.1.0")
    tokens = Tokens(transport=transport, base_url=base_url, credentials=keys, system=system, monotonic_s=lambda: 0.0)
    return QrApi(Calls(transport=transport, tokens=tokens, base_url=base_url, system=system, monotonic_s=lambda: 0.0))
