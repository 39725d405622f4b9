"""What is asked of the wallet away from the counter, with the till open or closed: a day's reconciliation, and the sales units."""

import csv
from collections.abc import Iterable, Iterator
from datetime import date, timedelta, tzinfo
from io import StringIO

from msgspec import Struct

from till.domain.facts import Fact
from till.domain.money import Money
from till.domain.reconciliation import (
    Books,
    Difference,
    Event,
    Kind,
    LedgerEntry,
    Matched,
    Movement,
    Reason,
    Reconciliation,
    movements_of,
    reconcile,
    with_events,
)
from till.domain.reference import reference_prefix
from till.engine.ports import JournalRefused, SecretStore
from till.engine_room import read_keys
from till.journal.reader import JournalReader
from till.presentation.figures import plain_amount
from till.settings.model import Mode, Settings, StoreSettings, is_loopback
from till.settings.paths import Folders
from till.vipps.access import Credentials, System
from till.vipps.calls import Calls
from till.vipps.epayment import EPayment
from till.vipps.errors import InvalidRequest, KeysMissing, NotFound, Refused, VippsError
from till.vipps.management import ManagementApi, SalesUnit, SalesUnitName, Warned, warnings_of
from till.vipps.report import DAY_PAUSE_S, Ledger, ReportApi, Topic
from till.vipps.transport import HttpxTransport, Transport

_ONE_DAY = timedelta(days=1)
_EVENTS = {"CAPTURED": Kind.CAPTURE, "REFUNDED": Kind.REFUND}


class OfficeRefused(Exception):
    """It cannot be asked; `reason` names why, `error` is what the wallet came back with, if it was asked."""

    def __init__(self, reason: str, error: VippsError | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.error = error


class UnitSeen(Struct, frozen=True):
    """A sales unit of the shop; `warnings` are about the one that is meant."""

    named: SalesUnitName
    unit: SalesUnit | None
    is_ours: bool
    warnings: tuple[Warned, ...]


class Office:
    """The wallet's APIs beside the payment, for the sales unit of one of a till's stores; close it when done."""

    def __init__(
        self,
        settings: Settings,
        secrets: SecretStore,
        *,
        version: str,
        transport: Transport | None = None,
        store: StoreSettings | None = None,
    ) -> None:
        if settings.vipps.mode is not Mode.PRODUCTION and not is_loopback(settings.vipps.base_url):
            raise OfficeRefused("production_only")
        self._settings = settings
        self._store = settings.stores[0] if store is None else store
        transport = HttpxTransport() if transport is None else transport
        system = System("till", version)
        self._transport = transport
        keys, base_url = _credentials(self._store, secrets), settings.vipps.base_url
        self._calls = Calls.with_keys(keys, transport=transport, base_url=base_url, system=system)
        self._payments = EPayment(self._calls)

    def close(self) -> None:
        """Give the connection back."""
        self._transport.close()

    def reconcile(self, facts: Iterable[Fact], day: date, *, today: date, zone: tzinfo | None = None) -> Reconciliation:
        """Compare a day of the journal with the wallet's books; raise OfficeRefused, and what reading `facts` raises."""
        msn, currency = self._store.msn, self._settings.shop.currency
        movements = movements_of(facts, msn)
        try:
            books = self._books(day, today)
            movements = with_events(movements, self._events(_concerned(movements, books, day, zone)))
        except VippsError as error:
            raise OfficeRefused("not_answered", error) from error
        if any(entry.amount.currency is not currency for entry in (*books.funds, *books.fees)):
            raise OfficeRefused("other_currency")
        till = self._store.known.names_in_references(self._settings.till.id)
        prefix = reference_prefix(till=till, mode=self._settings.vipps.mode.value)
        return reconcile(day, movements=movements, books=books, prefix=prefix, currency=currency, zone=zone)

    def sales_units(self) -> tuple[UnitSeen, ...]:
        """Return the sales units that the keys reach, this till's first, whether it is among them or not."""
        api, msn = ManagementApi(self._calls), self._store.msn
        try:
            named = api.sales_units()
            seen = [self._seen(api, one) for one in sorted(named, key=lambda one: one.msn != msn)]
        except VippsError as error:
            raise OfficeRefused("not_answered", error) from error
        if not any(one.is_ours for one in seen):
            seen.insert(0, UnitSeen(SalesUnitName(msn, ""), None, is_ours=True, warnings=self._warnings(None)))
        return tuple(seen)

    def _seen(self, api: ManagementApi, named: SalesUnitName) -> UnitSeen:
        try:
            unit = api.sales_unit(named.msn)
        except NotFound:
            unit = None
        is_ours = named.msn == self._store.msn
        return UnitSeen(named, unit, is_ours, self._warnings(unit) if is_ours else ())

    def _warnings(self, unit: SalesUnit | None) -> tuple[Warned, ...]:
        wants_push = self._settings.vipps.is_push_allowed and self._store.sells_here
        return warnings_of(unit, currency=self._settings.shop.currency, wants_push=wants_push)

    def _books(self, day: date, today: date) -> Books:
        """Read the day and its neighbours: a sale near midnight may be booked on either side, a fee on a later day."""
        report, ledger = ReportApi(self._calls), self._ledger()
        funds: list[LedgerEntry] = []
        fees: list[LedgerEntry] = []
        open_days = set()
        for one in (day - _ONE_DAY, day, day + _ONE_DAY):
            if one > today:
                continue
            booked = report.day(ledger.ledger_id, Topic.FUNDS, one)
            funds += booked.entries
            fees += report.day(ledger.ledger_id, Topic.FEES, one).entries
            if booked.ask_again_s is not None:
                open_days.add(one)
        return Books(tuple(funds), tuple(fees), frozenset(open_days))

    def _ledger(self) -> Ledger:
        msn = self._store.msn
        ledger = next((one for one in ReportApi(self._calls).ledgers(msn) if one.settles_for(msn)), None)
        if ledger is None:
            raise OfficeRefused("no_ledger")
        if ledger.currency not in (None, self._settings.shop.currency):
            raise OfficeRefused("other_currency")
        return ledger

    def _events(self, references: Iterable[str]) -> dict[str, tuple[Event, ...]]:
        """Read the event logs; a payment that the wallet refuses to tell of is compared without."""
        found = {}
        for reference in references:
            try:
                log = self._payments.events(reference)
            except (Refused, InvalidRequest):
                continue
            found[reference] = tuple(
                Event(one.psp_reference, _EVENTS[one.name], one.amount)
                for one in log
                if one.is_success and one.name in _EVENTS
            )
        return found


def facts_of_closed_till(folders: Folders) -> Iterator[Fact]:
    """Return the journal of a till that is closed; raise JournalRefused."""
    if not folders.journal.exists():
        raise JournalRefused("absent")
    yield from JournalReader(folders.journal).facts()


def csv_of(seen: Reconciliation) -> str:
    """Return a day as a table for a spreadsheet: every movement and what became of it."""
    out = StringIO()
    table = csv.writer(out, delimiter=";", lineterminator="\r\n")
    table.writerow(("date", "reference", "psp_reference", "kind", "journal", "report", "fee", "result"))
    rows = [_matched_row(pair) for pair in seen.matched] + [_difference_row(one) for one in seen.differences]
    for row in sorted(rows):
        table.writerow((seen.day.isoformat(), *(_harmless(cell) for cell in row)))
    return out.getvalue()


def lines_of(seen: Reconciliation) -> tuple[str, ...]:
    """Return a day as text."""
    report = seen.report

    def row(name: str, journal: Money | None, booked: Money) -> str:
        return f"{name:<22}{_text(journal):>14}{_text(booked):>14}"

    lines = [
        f"{seen.day.isoformat()}, in {seen.captured.currency.value}",
        f"{'':<22}{'journal':>14}{'report':>14}",
        row("captured", seen.captured, report.captured),
        row("refunded", seen.refunded, report.refunded),
        row("fees", None, report.fees),
        row("kept back for fees", None, report.retained),
        row("paid out", None, report.payout),
        row("other entries", None, report.other),
        row("of other tills", None, seen.elsewhere),
        *(f"payout number {number}" for number in report.payout_numbers),
        f"{len(seen.matched)} movements agree, {len(seen.differences)} do not.",
    ]
    for one in seen.differences:
        figures = f"journal {_text(one.journal) or '-'}, report {_text(one.report) or '-'}"
        lines.append(f"  {one.reference}  {one.kind.value}  {figures}: {REASONS[one.reason]}")
    if seen.is_open:
        lines.append(f"The day is still open; ask again in {DAY_PAUSE_S / 60:.0f} minutes or later.")
    return tuple(lines)


def unit_lines(seen: Iterable[UnitSeen], whose: str = "this till") -> tuple[str, ...]:
    """Return sales units as text; `whose` is the one that is meant."""
    lines = []
    for one in seen:
        rights = ""
        if one.unit is not None:
            told = (
                ("payments", one.unit.may_take_payments),
                ("push", one.unit.may_push),
                ("partial capture", one.unit.may_capture_in_part),
                ("long-living payments", one.unit.may_live_long),
            )
            rights = ", ".join(f"{name}: {_YES_NO[value]}" for name, value in told)
        lines.append(f"{one.named.msn}  {one.named.name}{f'  ({whose})' if one.is_ours else ''}  {rights}".rstrip())
        lines += [f"  {WARNINGS[warning]}" for warning in one.warnings]
    return tuple(lines)


def _credentials(store: StoreSettings, secrets: SecretStore) -> Credentials:
    try:
        return read_keys(secrets, store.msn, store.keys_name)
    except (KeysMissing, InvalidRequest) as error:
        raise OfficeRefused("keys_missing", KeysMissing()) from error


def _concerned(movements: Iterable[Movement], books: Books, day: date, zone: tzinfo | None) -> list[str]:
    """Return the payments whose event logs are needed: those of the day, and those that the books name."""
    booked = {entry.reference for entry in books.funds}
    return sorted(
        {one.reference for one in movements if one.reference in booked or one.at.astimezone(zone).date() == day}
    )


def _matched_row(pair: Matched) -> tuple[str, ...]:
    entry, amount = pair.entry, _text(pair.movement.amount)
    return (entry.reference, entry.psp_reference, pair.movement.kind.value, amount, amount, _text(pair.fee), "agrees")


def _difference_row(one: Difference) -> tuple[str, ...]:
    amounts = (_text(one.journal), _text(one.report), "")
    return (one.reference, one.psp_reference, one.kind.value, *amounts, one.reason.value)


def _text(amount: Money | None) -> str:
    return "" if amount is None else plain_amount(amount)


def _harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; only a number may begin with a minus."""
    is_number = cell.lstrip("-").replace(".", "", 1).isdigit()
    return cell if is_number or not cell.startswith(("=", "+", "-", "@", "\t", "\r")) else f"'{cell}"


_YES_NO = {True: "yes", False: "no", None: "not told"}
REASONS = {
    Reason.MISSING_IN_REPORT: "missing in the report",
    Reason.MISSING_IN_JOURNAL: "missing in the journal",
    Reason.DOUBLED: "in the report twice",
    Reason.OTHER_AMOUNT: "another amount",
    Reason.OTHER_DAY: "on another day",
    Reason.DAY_OPEN: "not booked yet, the day is open",
}
WARNINGS = {
    Warned.NOT_ACTIVE: "This sales unit is not active, or these keys do not reach it: no payment will work.",
    Warned.NO_PAYMENTS: "This sales unit may not take payments.",
    Warned.OTHER_CURRENCY: "This sales unit takes another currency than the shop sells in: no payment will work.",
    Warned.NO_PUSH: "This sales unit may not push: have it approved, or set push_allowed = false.",
    Warned.NO_PARTIAL_CAPTURE: "This sales unit captures in full only.",
    Warned.CAPTURED_AT_ONCE: "This sales unit captures at once; the till reserves first. Have it changed.",
}
