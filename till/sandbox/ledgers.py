"""The books of a sales unit, kept from its payments: funds, fees and payouts by ledger day (Report API, "Entry types").

Nothing is stored: what stands in the books follows from the payments and the hour, so it never changes once a day is closed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from till.sandbox.clock import timestamp
from till.sandbox.payments import Payments
from till.sandbox.units import SalesUnit

_ZONES = {"NO": "Europe/Oslo", "DK": "Europe/Copenhagen", "FI": "Europe/Helsinki"}
#: A day's books are closed so long after its midnight.
CLOSING = timedelta(hours=1)
#: What a capture costs, in basis points; the published prices differ by agreement.
FEE_BASIS_POINTS = 175
#: Fees are kept back and the payout is scheduled in the last moments of the day.
_RETAINED_AT, _PAID_OUT_AT = time(23, 59, 58), time(23, 59, 59)
FIRST_PAYOUT = 2_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the books; amounts are signed minor units, the balances are those of its topic."""

    psp_reference: str
    at: datetime
    ledger_date: date
    kind: str
    reference: str
    minor: int
    before: int = 0

    def body(self, unit: SalesUnit) -> dict[str, object]:
        """Return the entry as the API writes it."""
        return {
            "pspReference": self.psp_reference,
            "time": timestamp(self.at.timestamp(), digits=7),
            "ledgerDate": self.ledger_date.isoformat(),
            "entryType": self.kind,
            "reference": self.reference,
            "currency": unit.currency,
            "amount": self.minor,
            "balanceBefore": self.before,
            "balanceAfter": self.before + self.minor,
            "recipientHandle": handle_of(unit),
        }


def handle_of(unit: SalesUnit) -> str:
    """Return what names a sales unit in the books."""
    return f"api:{unit.msn}"


def zone_of(unit: SalesUnit) -> tzinfo:
    """Return the zone whose midnights part a unit's ledger days; UTC on a machine that knows no zones."""
    try:
        return ZoneInfo(_ZONES[unit.market])
    except ZoneInfoNotFoundError:
        return UTC


def ledger_id_of(unit: SalesUnit) -> str:
    """Return the number of a sales unit's only ledger."""
    return str(300_000 + int(unit.msn) % 100_000)


class Ledgers:
    """The books of all sales units, read at the sandbox's hour."""

    def __init__(self, payments: Payments, now_s: Callable[[], float]) -> None:
        self._payments = payments
        self._now_s = now_s

    def entries(self, unit: SalesUnit, topic: str) -> tuple[Entry, ...]:
        """Return all entries of one topic so far, oldest first, with running balances."""
        funds, fees = self._books(unit)
        balance, balanced = 0, []
        for entry in funds if topic == "funds" else fees:
            balanced.append(replace(entry, before=balance))
            balance += entry.minor
        return tuple(balanced)

    def is_closed(self, unit: SalesUnit, day: date) -> bool:
        """Whether nothing more can be booked on a day."""
        return self._now(unit) >= _midnight_after(day, unit) + CLOSING

    def _books(self, unit: SalesUnit) -> tuple[list[Entry], list[Entry]]:
        """Return the funds' and the fees' entries; on a day that has ended, fees are kept back and the rest is paid out."""
        funds: list[Entry] = []
        fees: list[Entry] = []
        balance = owed = paid_out = 0
        by_day: dict[date, list[Entry]] = {}
        for entry in sorted(self._movements(unit), key=lambda entry: entry.at):
            by_day.setdefault(entry.ledger_date, []).append(entry)
        for day, movements in sorted(by_day.items()):
            charged = [_fee_of(entry) for entry in movements if entry.kind == "capture"]
            funds += movements
            fees += charged
            balance += sum(entry.minor for entry in movements)
            owed -= sum(entry.minor for entry in charged)
            if self._now(unit) < _midnight_after(day, unit):
                continue
            ledger = ledger_id_of(unit)
            if owed:
                name, at = f"{ledger}-fees-{day:%y%m%d}", _moment(day, _RETAINED_AT, unit)
                funds.append(Entry(name, at, day, "fees-retained", name, -owed))
                fees.append(Entry(name, at, day, "fees-retained", name, owed))
                balance, owed = balance - owed, 0
            if balance > 0:
                number = FIRST_PAYOUT + paid_out
                at = _moment(day, _PAID_OUT_AT, unit)
                funds.append(Entry(f"{ledger}-{number}", at, day, "payout-scheduled", str(number), -balance))
                balance, paid_out = 0, paid_out + 1
        return funds, fees

    def _movements(self, unit: SalesUnit) -> Iterator[Entry]:
        kinds = {"CAPTURED": ("capture", 1), "REFUNDED": ("refund", -1)}
        for payment in self._payments.all():
            if payment.unit.msn != unit.msn:
                continue
            for event in payment.events:
                kind, sign = kinds.get(str(event["name"]), ("", 0))
                amount = event["amount"]
                if not kind or not isinstance(amount, dict):
                    continue
                at = datetime.fromisoformat(str(event["timestamp"]))
                day = at.astimezone(zone_of(unit)).date()
                minor = sign * int(amount["value"])
                yield Entry(str(event["pspReference"]), at, day, kind, payment.reference, minor)

    def _now(self, unit: SalesUnit) -> datetime:
        return datetime.fromtimestamp(self._now_s(), UTC).astimezone(zone_of(unit))


def _fee_of(capture: Entry) -> Entry:
    """Return a capture's fee, under the capture's own reference; half an øre counts as one."""
    minor = (capture.minor * FEE_BASIS_POINTS + 5_000) // 10_000
    return replace(capture, kind="capture-fee", minor=-minor)


def _moment(day: date, at: time, unit: SalesUnit) -> datetime:
    return datetime.combine(day, at, zone_of(unit)).astimezone(UTC)


def _midnight_after(day: date, unit: SalesUnit) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone_of(unit)).astimezone(UTC)
