"""Reconciling a day and looking at sales units: the real client, the real sandbox, a real journal, the real command line."""

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.doubles.office import NOON, at_noon, control, sell, set_clock
from tests.doubles.sandbox_process import sandbox_process
from tests.doubles.service import InProcess
from tests.whole.test_command_line import keep_journal, set_up, till
from till.back_office import Office, OfficeRefused, csv_of, facts_of_closed_till, lines_of, unit_lines
from till.domain.facts import Fact, PaymentRequested
from till.domain.money import Currency, Money
from till.domain.payment import Flow, Reported, Terms, Verdict
from till.domain.reconciliation import Books, Kind, Movement, Reason, reconcile
from till.domain.scan import Market
from till.domain.secret import Secret
from till.engine.ports import JournalRefused
from till.journal.sqlite import SqliteJournal
from till.sandbox.ledgers import zone_of
from till.settings.model import Mode, Settings, ShopSettings, TillSettings, VippsSettings
from till.settings.paths import Folders
from till.settings.secrets import SecretName
from till.vipps.management import Warned

NOK = Currency.NOK
DAY = NOON.date()
REF = "test-kasse1-261121-000{}-1"


class Kept:
    """The keys of one unit, as a key store has them."""

    def __init__(self, transport: InProcess) -> None:
        unit = transport.desk.units[0]
        keys = (unit.client_id, unit.client_secret, unit.subscription_key)
        self._kept = {name.of(unit.msn): Secret(key) for name, key in zip(SecretName, keys, strict=True)}

    def get(self, name: str) -> Secret | None:
        return self._kept.get(name)

    def put(self, name: str, secret: Secret) -> None:
        self._kept[name] = secret

    def delete(self, name: str) -> None:
        self._kept.pop(name, None)


def settings(msn: str = "900001", **changes: object) -> Settings:
    vipps = VippsSettings(Mode.TEST, "http://127.0.0.1:8640", msn)
    return Settings(ShopSettings(Market.NORWAY, "Shop"), TillSettings("kasse1"), replace(vipps, **changes))


def office(transport: InProcess) -> Office:
    return Office(settings(), Kept(transport), version="0.1.0", transport=transport)


def told(reference: str, captured: int, refunded: int = 0, *, at: datetime = NOON) -> list[Fact]:
    whole, nothing = Money(captured, NOK), Money(0, NOK)
    report = Reported(reference, at, Verdict.AUTHORIZED, whole, whole, whole, nothing, Money(refunded, NOK))
    terms = Terms(reference, 1, whole, Flow.CUSTOMER_SCREEN, "900001", at)
    return [PaymentRequested(terms, f"{reference}-create", "", None), report]


def journaled(folder: Path, *facts: Fact) -> Folders:
    folders = Folders(folder)
    journal = SqliteJournal.open(folders.journal, None)
    journal.append(list(facts), NOON)
    journal.close()
    return folders


def test_a_day_is_compared_with_the_books_event_by_event(tmp_path: Path) -> None:
    """Requirement 62."""
    transport = at_noon()
    zone = zone_of(transport.desk.units[0])
    sell(transport, REF.format(1), 10000, refunded=2500)
    sell(transport, REF.format(2), 5000)
    sell(transport, "test-kasse2-261121-0001-1", 700)
    folders = journaled(tmp_path, *told(REF.format(1), 10000, 2500), *told(REF.format(2), 5000))
    early = office(transport).reconcile(facts_of_closed_till(folders), DAY, today=DAY, zone=zone)
    assert early.is_open
    assert early.differences == ()
    set_clock(transport, NOON + timedelta(days=1))
    seen = office(transport).reconcile(facts_of_closed_till(folders), DAY, today=DAY + timedelta(days=1), zone=zone)
    assert seen.agrees
    assert not seen.is_open
    assert (seen.captured.minor, seen.refunded.minor, seen.elsewhere.minor) == (15000, 2500, 700)
    assert (seen.report.captured.minor, seen.report.fees.minor) == (15700, -(175 + 88 + 12))
    assert seen.report.payout.minor == -(15700 - 2500 - 275)
    assert all(pair.movement.psp_reference == pair.entry.psp_reference for pair in seen.matched)
    assert [pair.fee for pair in seen.matched] == [Money(-175, NOK), None, Money(-88, NOK)]
    assert "3 movements agree, 0 do not." in lines_of(seen)


def test_each_difference_is_found_through_the_whole_way(tmp_path: Path) -> None:
    """Requirement 62."""
    transport = at_noon()
    sell(transport, REF.format(1), 10000)
    sell(transport, REF.format(2), 5000, refunded=500)
    folders = journaled(tmp_path, *told(REF.format(1), 9900), *told(REF.format(3), 700))
    set_clock(transport, NOON + timedelta(days=1))
    seen = office(transport).reconcile(
        facts_of_closed_till(folders), DAY, today=DAY + timedelta(days=1), zone=zone_of(transport.desk.units[0])
    )
    assert [(one.reference, one.reason) for one in seen.differences] == [
        (REF.format(1), Reason.OTHER_AMOUNT),
        (REF.format(2), Reason.MISSING_IN_JOURNAL),
        (REF.format(2), Reason.MISSING_IN_JOURNAL),
        (REF.format(3), Reason.MISSING_IN_REPORT),
    ]
    assert not seen.agrees
    assert any("journal 99.00, report 100.00: another amount" in line for line in lines_of(seen))
    rows = list(csv.DictReader(csv_of(seen).splitlines(), delimiter=";"))
    assert [row["result"] for row in rows].count("missing_in_journal") == 2
    assert rows[0]["journal"] == "99.00"


def test_no_cell_of_the_table_is_a_formula() -> None:
    evil = Movement("=cmd", Kind.CAPTURE, Money(100, NOK), NOON)
    seen = reconcile(DAY, movements=[evil], books=Books(()), prefix="test-kasse1-", currency=NOK, zone=UTC)
    assert ";'=cmd;" in csv_of(seen)


def test_what_cannot_be_compared_is_refused_with_a_reason(tmp_path: Path) -> None:
    transport = at_noon()
    with pytest.raises(JournalRefused, match="absent"):
        office(transport).reconcile(facts_of_closed_till(Folders(tmp_path)), DAY, today=DAY)
    folders = journaled(tmp_path, *told(REF.format(1), 10000))
    for unfit, reason in (
        (settings(base_url="https://apitest.vipps.no"), "production_only"),
        (settings("900009"), "keys_missing"),
    ):
        with pytest.raises(OfficeRefused, match=reason):
            Office(unfit, Kept(transport), version="0.1.0", transport=transport)
    keys = Kept(transport)
    keys.put(SecretName.CLIENT_SECRET.of("900001"), Secret("wrong"))
    with pytest.raises(OfficeRefused, match="not_answered") as refused:
        Office(settings(), keys, version="0.1.0", transport=transport).reconcile(
            facts_of_closed_till(folders), DAY, today=DAY
        )
    assert "wrong" not in str(refused.value.error)


def test_the_sales_units_are_shown_with_what_to_mind() -> None:
    """Requirements 12 and 19."""
    transport = at_noon()
    ours, other, *_ = office(transport).sales_units()
    assert (ours.is_ours, ours.warnings, other.is_ours) == (True, (), False)
    assert unit_lines([ours])[0].startswith("900001  Sandbox Kolonial  (this till)  payments: yes, push: yes")
    transport.desk.units = tuple(unit for unit in transport.desk.units if unit.msn not in ("900004", "900006"))
    control(transport, "sales-units/900001", active=False)
    (gone,) = office(transport).sales_units()
    assert gone.warnings == (Warned.NOT_ACTIVE,)
    assert "not active" in unit_lines([gone])[1]


@pytest.mark.whole
def test_the_commands_work_over_a_real_wire(tmp_path: Path) -> None:
    with sandbox_process() as offer:
        set_up(tmp_path)
        key_file = tmp_path / "keys.toml"
        key_file.write_text("".join(f'"{offer["msn"]}.{name.value}" = "{offer[name.value]}"\n' for name in SecretName))
        key_file.chmod(0o600)
        text = (tmp_path / "till.toml").read_text()
        text = text.replace('msn = "900001"', f'msn = "900001"\nbase_url = "{offer["base_url"]}"')
        (tmp_path / "till.toml").write_text(f'{text}\n[secrets]\nstore = "file"\nfile = "{key_file}"\n')
        journal = keep_journal(tmp_path)
        day = date.today().isoformat()  # noqa: DTZ011
        assert "Close the till, and reconcile again." in till("reconcile", "--date", day, home=tmp_path).stderr
        journal.close()
        table = tmp_path / "day.csv"
        done = till("reconcile", "--date", day, "--csv", str(table), home=tmp_path)
        assert (done.returncode, done.stderr) == (3, "")
        assert "The day is still open" in done.stdout
        assert table.read_bytes().startswith(b"date;reference;")
        units = till("sales-units", home=tmp_path)
        assert (units.returncode, units.stderr) == (0, "")
        assert "900004  Sandbox uten push" in units.stdout
        assert till("reconcile", "--date", "yesterday", home=tmp_path).returncode == 2
        only_test = text.replace(f'base_url = "{offer["base_url"]}"', "")
        (tmp_path / "till.toml").write_text(only_test)
        refused = till("sales-units", home=tmp_path)
        assert refused.returncode == 1
        assert "in production only" in refused.stderr
