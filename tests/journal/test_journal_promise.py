"""What a journal promises, stated once and kept by every store."""

import os
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.doubles.articles import article
from tests.doubles.journal import MemoryJournal
from till.domain.basket import Line
from till.domain.day import (
    DayReport,
    DayTotals,
    GrandTotals,
    GroupTally,
    LeftOpen,
    MeansTally,
    OpenKind,
    Tally,
)
from till.domain.facts import (
    KINDS,
    DayClosed,
    DayReported,
    DoubleSettled,
    Fact,
    HubRefundAsked,
    HubRefundEnded,
    LineAdded,
    LineVoided,
    OperationIntended,
    OperationRepeated,
    PaymentRequested,
    QuantityChanged,
    RefundRequested,
    SaleCompleted,
    SaleNumbersSkipped,
    SaleOpened,
    SaleSeen,
    SaleSetAside,
    SaleTakenUp,
    SaleVoided,
    StoreChosen,
    TillStarted,
)
from till.domain.faults import Fault, FaultCode
from till.domain.hub_refund import HubRefundEnding, HubRefundTerms
from till.domain.money import Currency, Money
from till.domain.payment import (
    CancelAsked,
    CompleteAsked,
    Created,
    Flow,
    Missing,
    Operation,
    Refused,
    ReleaseAsked,
    Reported,
    Terms,
    Unanswered,
    Verdict,
)
from till.domain.refund import PaidSale, RefundTerms
from till.domain.tender import TenderKind
from till.domain.vat import VatRate, VatShare
from till.engine.ports import Journal, JournalNotWritten, JournalRefused
from till.journal.chain import FIRST_LINK, Record, link
from till.journal.rows import SLICE_MOST_CHARACTERS
from till.journal.sqlite import SqliteJournal

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
REF = "test-kasse1-261121-0001-1"
FAULT = Fault(FaultCode.NO_ANSWER, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", 6090)
AMOUNT = Money(48712, Currency.NOK)
LINE = Line(1, article(deposit_minor=200, min_age=18), 2000, Money(3990, Currency.NOK))
TALLY = Tally(1, AMOUNT)
TOTALS = DayTotals(
    sales=TALLY,
    given_back=TALLY,
    corrections=TALLY,
    voided=TALLY,
    doubles=TALLY,
    doubles_returned=TALLY,
    vat=(VatShare(VatRate(1500), AMOUNT, Money(6354, Currency.NOK)),),
    groups=(GroupTally("Bakevarer", TALLY),),
    taken=(MeansTally(TenderKind.WALLET, TALLY),),
    first_receipt=1,
    last_receipt=1,
)
LEFT = LeftOpen(OpenKind.PAYMENT, REF, AMOUNT)
REPORT = DayReport(None, AT, AT, TOTALS, GrandTotals(AMOUNT, AMOUNT), (LEFT,))
ONE_OF_EACH: list[Fact] = [
    TillStarted(AT, "kasse1", "0.1.0", "test"),
    StoreChosen(AT, "Torget"),
    SaleOpened(1, AT),
    LineAdded(1, AT, LINE),
    QuantityChanged(1, AT, 1, 3000),
    LineVoided(1, AT, 1),
    SaleSetAside(1, AT),
    SaleTakenUp(1, AT),
    SaleSeen(1, AT),
    PaymentRequested(Terms(REF, 1, AMOUNT, Flow.CUSTOMER_SCREEN, "900001", AT), f"{REF}-create", "00" * 32, "{}"),
    Created(REF, AT),
    Reported(REF, AT, Verdict.AUTHORIZED, AMOUNT, AMOUNT, AMOUNT, AMOUNT, AMOUNT, guaranteed_until=AT),
    Missing(REF, AT),
    Refused(REF, AT, Operation.CAPTURE, FAULT),
    Unanswered(REF, AT, Operation.CREATE, FAULT, is_sent=True),
    CancelAsked(REF, AT),
    CompleteAsked(REF, AT),
    ReleaseAsked(REF, AT),
    OperationIntended(REF, AT, Operation.CAPTURE, AMOUNT, "900001", f"{REF}-capture", "00" * 32),
    OperationRepeated(REF, AT, Operation.CAPTURE),
    RefundRequested(
        RefundTerms(REF, 1, AMOUNT, Money(0, Currency.NOK), AT, PaidSale(REF, 1, 1, AMOUNT, AT, "900001")),
        f"{REF}-refund-1",
        "00" * 32,
    ),
    HubRefundAsked(HubRefundTerms("a-uuid", "havna", "Havna", REF, AMOUNT, "Ola", "Kari", AT)),
    HubRefundEnded("a-uuid", AT, HubRefundEnding.REFUSED, "approval"),
    SaleCompleted(1, AT, 1),
    SaleVoided(1, AT),
    DoubleSettled(REF, AT),
    SaleNumbersSkipped(AT, 43),
    DayReported(AT, REPORT),
    DayClosed(AT, replace(REPORT, number=1)),
]


def test_the_list_above_has_every_kind() -> None:
    assert {type(fact) for fact in ONE_OF_EACH} == set(KINDS)


class JournalPromise:
    """Every store inherits these."""

    def open(self, tmp_path: Path) -> Journal:
        raise NotImplementedError

    def test_what_is_appended_comes_back_in_order_and_unchanged(self, tmp_path: Path) -> None:
        journal = self.open(tmp_path)
        journal.append(ONE_OF_EACH[:5], AT)
        journal.append(ONE_OF_EACH[5:], AT)
        assert list(journal.facts()) == ONE_OF_EACH
        journal.close()

    def test_it_is_read_in_parts_by_whoever_asks_for_them(self, tmp_path: Path) -> None:
        journal = self.open(tmp_path)
        journal.append(ONE_OF_EACH, AT)
        assert [*journal.part(0, 4), *journal.part(4, 1000)] == ONE_OF_EACH
        assert journal.part(len(ONE_OF_EACH), 4) == ()
        journal.close()

    def test_an_empty_journal_has_no_facts(self, tmp_path: Path) -> None:
        journal = self.open(tmp_path)
        assert list(journal.facts()) == []
        assert journal.rows(0, 10) == ()
        journal.close()

    def test_rows_are_handed_out_in_slices_with_the_chain_whole(self, tmp_path: Path) -> None:
        journal = self.open(tmp_path)
        journal.append(ONE_OF_EACH, AT)
        rows = [*journal.rows(0, 7), *journal.rows(7, 100)]
        assert [row.number for row in rows] == list(range(1, len(ONE_OF_EACH) + 1))
        before = FIRST_LINK
        for row in rows:
            record = Record(row.number, row.stream, row.kind, row.version, row.body.encode(), row.at)
            assert (row.before, row.hash) == (before, link(before, record))
            before = row.hash
        assert journal.rows(len(rows), 10) == ()
        journal.close()


class TestMemoryJournal(JournalPromise):
    def open(self, tmp_path: Path) -> Journal:
        return MemoryJournal()


class TestSqliteJournal(JournalPromise):
    def open(self, tmp_path: Path) -> SqliteJournal:
        return SqliteJournal.open(tmp_path / "journal.db")

    def test_facts_are_there_after_closing_and_opening(self, tmp_path: Path) -> None:
        journal = self.open(tmp_path)
        journal.append(ONE_OF_EACH, AT)
        journal.close()
        again = self.open(tmp_path)
        assert list(again.facts()) == ONE_OF_EACH
        assert again.length == len(ONE_OF_EACH)
        again.close()

    def test_large_rows_are_handed_out_a_few_at_a_time_and_one_always_is(self, tmp_path: Path) -> None:
        journal = self.open(tmp_path)
        terms = Terms(REF, 1, AMOUNT, Flow.CUSTOMER_SCREEN, "900001", AT)
        large = PaymentRequested(terms, f"{REF}-create", "00" * 32, "x" * (SLICE_MOST_CHARACTERS // 2 + 1))
        largest = PaymentRequested(terms, f"{REF}-create", "00" * 32, "x" * (SLICE_MOST_CHARACTERS * 2))
        journal.append([large, large, largest, large], AT)
        assert [[row.number for row in journal.rows(after, 100)] for after in range(4)] == [[1], [2], [3], [4]]
        journal.close()

    def test_a_second_till_on_the_same_journal_is_refused(self, tmp_path: Path) -> None:
        """Invariant I9; fault catalogue F4, G4: told within seconds, whoever has the file."""
        journal = self.open(tmp_path)
        with pytest.raises(JournalRefused) as refused:
            self.open(tmp_path)
        assert refused.value.reason == "in_use"
        journal.close()

    @pytest.mark.parametrize(
        "harm",
        [
            "update journal set body = replace(body, '48712', '48713') where kind = 'payment-reported'",
            "update journal set at = '2020-01-01' where number = 3",
            "delete from journal where number = 4",
            "delete from journal where number = 1",
            "update journal set number = number + 100 where number = 19",
        ],
    )
    def test_a_journal_changed_by_hand_is_found(self, tmp_path: Path, harm: str) -> None:
        """Fault catalogue F8, J9; invariant I8."""
        journal = self.open(tmp_path)
        journal.append(ONE_OF_EACH, AT)
        journal.close()
        forger = sqlite3.connect(tmp_path / "journal.db")
        for (name,) in forger.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            forger.execute(f"drop trigger {name}")
        forger.execute(harm)
        forger.commit()
        forger.close()
        again = self.open(tmp_path)
        with pytest.raises(JournalRefused):
            list(again.facts())
        again.close()

    @pytest.mark.parametrize(
        "statement",
        [
            "update journal set body = ''",
            "delete from journal",
            "insert or replace into journal select * from journal where number = 1",
            "insert into journal values (9, '', '', 1, '', '', zeroblob(32), zeroblob(32))",
        ],
    )
    def test_rows_are_never_changed_deleted_replaced_or_skipped(self, tmp_path: Path, statement: str) -> None:
        journal = self.open(tmp_path)
        journal.append(ONE_OF_EACH[:2], AT)
        with pytest.raises(sqlite3.IntegrityError):
            journal._connection.execute(statement)
        journal.close()

    def test_a_full_disk_writes_nothing_of_a_batch_and_the_next_one_goes_on(self, tmp_path: Path) -> None:
        """Fault catalogue F1."""
        journal = self.open(tmp_path)
        journal.append(ONE_OF_EACH[:2], AT)
        (pages,) = journal._connection.execute("pragma page_count").fetchone()
        journal._connection.execute(f"pragma max_page_count = {pages}")
        with pytest.raises(JournalNotWritten):
            journal.append(ONE_OF_EACH[:7] * 300, AT)
        written = journal.length
        journal._connection.execute("pragma max_page_count = 100000")
        journal.append(ONE_OF_EACH[:1], AT)
        assert len(list(journal.facts())) == written + 1
        journal.close()

    def test_a_newer_journal_is_refused_untouched(self, tmp_path: Path) -> None:
        """Fault catalogue F10."""
        self.open(tmp_path).close()
        other = sqlite3.connect(tmp_path / "journal.db")
        other.execute("pragma user_version = 2")
        other.close()
        with pytest.raises(JournalRefused) as refused:
            self.open(tmp_path)
        assert refused.value.reason == "newer"

    @pytest.mark.parametrize("content", [b"no database at all" * 100, b"\x00" * 4096])
    def test_a_file_that_is_no_journal_is_refused(self, tmp_path: Path, content: bytes) -> None:
        """Fault catalogue F8."""
        (tmp_path / "journal.db").write_bytes(content)
        with pytest.raises(JournalRefused):
            self.open(tmp_path)

    def test_a_folder_that_is_not_there_is_refused(self, tmp_path: Path) -> None:
        """Fault catalogue F11."""
        with pytest.raises(JournalRefused) as refused:
            SqliteJournal.open(tmp_path / "absent" / "journal.db")
        assert refused.value.reason == "cannot_open"

    def test_every_line_acknowledged_before_a_kill_is_there_after_it(self, tmp_path: Path) -> None:
        """Fault catalogue G1, G3, F7: SIGKILL after the n-th line, n lines are there."""
        program = (
            "import sys; from pathlib import Path; from tests.journal.test_journal_promise import *\n"
            "journal = SqliteJournal.open(Path(sys.argv[1]) / 'journal.db')\n"
            "for number in range(1, 8):\n"
            "    journal.append([ONE_OF_EACH[2]], AT); print(number, flush=True)\n"
            "sys.stdin.read()\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            acknowledged = [child.stdout.readline() for _ in range(7)]
            os.kill(child.pid, signal.SIGKILL)
        again = self.open(tmp_path)
        assert len(list(again.facts())) == len(acknowledged) == 7
        again.close()
