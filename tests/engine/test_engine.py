"""The engine, message by message: journal first, then the state, then the wallet, then the screens."""

import threading
from datetime import timedelta

import pytest

from tests.doubles.articles import small_shop
from tests.doubles.clock import ManualClock
from tests.doubles.hub_port import RecordingHub
from tests.doubles.journal import MemoryJournal
from tests.doubles.wallet import RecordingWallet
from till.domain.catalogue import Articles
from till.domain.day import DayClose
from till.domain.facts import LineAdded, OperationIntended, PaymentRequested
from till.domain.faults import Fault, FaultCode, RefusalCode
from till.domain.intents import (
    AddArticle,
    CancelOpenPayment,
    ChangeQuantity,
    CompleteOpenPayment,
    ReleaseOpenPayment,
    SetAside,
    StartPayment,
    TakeUp,
    VoidLine,
    VoidSale,
)
from till.domain.money import Currency, Money
from till.domain.payment import (
    Captured,
    Created,
    Ended,
    Flow,
    Operation,
    Overtaken,
    Pace,
    Refused,
    Released,
    Reported,
    Unanswered,
    Verdict,
    Waiting,
)
from till.domain.scan import Market
from till.domain.secret import Secret
from till.domain.state import TillState
from till.domain.store import Store, Stores
from till.engine.counter import Counter
from till.engine.engine import Engine, Stop
from till.engine.ports import (
    Act,
    Ask,
    Code,
    CodeMissing,
    Create,
    DiskChanged,
    Forget,
    RawScan,
    ReaderChanged,
    ReaderState,
    RefusedScan,
    ScanRefusal,
    WalletChanged,
)
from till.engine.shelf import Renew
from till.engine.snapshot import Panel, Snapshot
from till.engine.wishes import (
    Acknowledge,
    CheckNow,
    DismissNotice,
    FindArticles,
    NextSale,
    ShowPanel,
    UseWaitingCode,
    Weigh,
)

PERSONAL = "https://qr.vipps.no/28/2/01/031/4700000001?v=1"


ONE_STORE = Stores((Store("Storgata", "900001"),))


class Till:
    """An engine with doubles around it, driven by one message at a time."""

    def __init__(
        self,
        journal: MemoryJournal | None = None,
        *,
        starts_on_scan: bool = True,
        starts_on_check_in: bool = True,
        stores: Stores = ONE_STORE,
        day_close: DayClose = DayClose.REFUSE,
        clock: ManualClock | None = None,
        articles: Articles | None = None,
        renew_articles: Renew | None = None,
        has_hub: bool = True,
    ) -> None:
        self.clock = clock or ManualClock()
        self.journal = journal or MemoryJournal()
        self.wallet = RecordingWallet(self.journal)
        self.hub = RecordingHub()
        self.snapshots: list[Snapshot] = []
        self.engine = Engine(
            counter=Counter(
                market=Market.NORWAY,
                till="kasse1",
                version="0",
                mode="test",
                stores=stores,
                starts_on_scan=starts_on_scan,
                day_close=day_close,
                starts_on_check_in=starts_on_check_in,
            ),
            journal=self.journal,
            wallet=self.wallet,
            articles=articles or small_shop(),
            clock=self.clock,
            state=TillState.empty(Currency.NOK),
            publish=self.snapshots.append,
            hub=self.hub if has_hub else None,
            renew_articles=renew_articles,
        )
        self.engine.start()

    @property
    def shown(self) -> Snapshot:
        return self.snapshots[-1]

    @property
    def reference(self) -> str:
        payment = self.shown.state.payment
        assert payment is not None
        return payment.terms.reference

    def take(self, *messages: object) -> "Till":
        for message in messages:
            self.engine.take(message)
        return self

    def notice(self) -> RefusalCode | None:
        return self.shown.around.notice.refusal.code if self.shown.around.notice else None

    def report(self, verdict: Verdict, *, captured: bool = False, cancelled: bool = False) -> Reported:
        payment = self.shown.state.payment
        assert payment is not None
        amount, nothing = payment.terms.amount, Money(0, Currency.NOK)
        authorized = amount if verdict is Verdict.AUTHORIZED else nothing
        return Reported(
            self.reference,
            self.clock.now(),
            verdict,
            amount,
            authorized,
            amount if captured else nothing,
            amount if cancelled else nothing,
            nothing,
        )


def paying(flow: Flow = Flow.CUSTOMER_SCREEN, till: Till | None = None) -> Till:
    till = till or Till()
    till.take(AddArticle("1001"), AddArticle("1003"))
    customer = None if flow is Flow.CUSTOMER_SCREEN else Secret(PERSONAL)
    good_for = timedelta(hours=1) if flow is Flow.DISTANCE else None
    till.take(StartPayment(flow, customer, good_for))
    till.take(Created(till.reference, till.clock.now()))
    return till


def test_nothing_leaves_before_its_intent_is_in_the_journal() -> None:
    """Invariants I1, I2."""
    till = paying()
    till.take(till.report(Verdict.AUTHORIZED))
    for errand, written in zip(till.wallet.sent, till.wallet.journal_at_send, strict=True):
        if isinstance(errand, Create):
            assert any(isinstance(fact, PaymentRequested) and fact.key == errand.key for fact in written)
        if isinstance(errand, Act):
            assert any(isinstance(fact, OperationIntended) and fact.key == errand.key for fact in written)
    assert [type(errand) for errand in till.wallet.sent] == [Create, Ask, Act]


@pytest.mark.parametrize("flow", list(Flow))
def test_a_payment_ends_in_a_numbered_receipt(flow: Flow) -> None:
    till = paying(flow)
    till.take(till.report(Verdict.AUTHORIZED), till.report(Verdict.AUTHORIZED, captured=True))
    sale, payment = till.shown.state.sale, till.shown.state.payment
    assert sale is not None
    assert payment is not None
    assert isinstance(payment.state, Captured)
    assert (sale.receipt_number, sale.is_completed) == (1, True)
    assert till.wallet.sent[-1] == Forget(payment.terms.reference)
    till.take(NextSale(), AddArticle("1001"))
    assert till.shown.state.sale is not None
    assert till.shown.state.sale.number == 2
    assert till.shown.state.payments == {}


def test_the_same_capture_is_repeated_under_the_same_key_and_one_intent() -> None:
    """Fault catalogue A13, B17."""
    till = paying()
    till.take(till.report(Verdict.AUTHORIZED))
    lost = Unanswered(till.reference, till.clock.now(), Operation.CAPTURE, Fault(FaultCode.NO_ANSWER), is_sent=True)
    till.take(lost, till.report(Verdict.AUTHORIZED))
    acts = [errand for errand in till.wallet.sent if isinstance(errand, Act)]
    assert len(acts) == 2
    assert acts[0] == acts[1]
    assert sum(isinstance(fact, OperationIntended) for fact in till.journal.written) == 1


def test_ten_scans_of_which_one_is_unknown_give_nine_lines_and_one_notice() -> None:
    till = Till()
    codes = [code for code in ("1001", "1003", "1004", "1005") for _ in range(2)]
    for place, plu in enumerate((*codes, "1001")):
        article = small_shop().by_plu(plu)
        assert article is not None
        assert article.gtin is not None
        till.take(AddArticle("1002", 100 + place))
        till.take(RawScan(article.gtin[1:], "E0"))
        if place == 3:
            till.take(RawScan("7038010001659", "E0"))
            assert till.notice() is RefusalCode.ARTICLE_UNKNOWN
    assert till.shown.state.sale is not None
    assert len(till.shown.state.sale.basket.lines) == 18
    assert sum(isinstance(fact, LineAdded) for fact in till.journal.written) == 18


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (RawScan("7038010001658", "E0"), RefusalCode.WRONG_CHECK_DIGIT),
        (RawScan("hello", None), RefusalCode.SCAN_UNKNOWN),
        (RawScan(PERSONAL, "Q1"), RefusalCode.BASKET_EMPTY),
        (RawScan("https://qr.vipps.no/28/2/05/031/1", "Q1"), RefusalCode.SHOP_STICKER),
        (RefusedScan(5000, ScanRefusal.TOO_LONG), RefusalCode.SCAN_TOO_LONG),
        (RefusedScan(5, ScanRefusal.CONTROL_CHARACTERS), RefusalCode.SCAN_NOT_TEXT),
        (RefusedScan(45, ScanRefusal.LAYOUT_DAMAGED), RefusalCode.LAYOUT_DAMAGED),
        (AddArticle("9999"), RefusalCode.ARTICLE_UNKNOWN),
        (ShowPanel(Panel.TENDER), RefusalCode.BASKET_EMPTY),
        (StartPayment(Flow.CUSTOMER_SCREEN), RefusalCode.BASKET_EMPTY),
        (VoidSale(), RefusalCode.BASKET_EMPTY),
        (SetAside(), RefusalCode.NOT_POSSIBLE_NOW),
        (TakeUp(7), RefusalCode.NOT_POSSIBLE_NOW),
        (CancelOpenPayment("nobody"), RefusalCode.NOT_POSSIBLE_NOW),
        (Weigh("9999"), RefusalCode.ARTICLE_UNKNOWN),
    ],
)
def test_a_wish_that_cannot_be_granted_is_refused_and_journals_nothing(message: object, code: RefusalCode) -> None:
    """Fault catalogue H2, H4."""
    till = Till()
    before = len(till.journal.written)
    till.take(message)
    assert till.notice() is code
    assert len(till.journal.written) == before
    till.take(DismissNotice(till.shown.around.notice.serial if till.shown.around.notice else 0))
    assert till.notice() is None


def test_the_basket_is_locked_while_a_payment_is_open_and_pay_pressed_twice_is_one_intent() -> None:
    """Fault catalogue E4, E5, E6."""
    till = paying()
    for wish in (AddArticle("1001"), ChangeQuantity(1, 5000), VoidLine(1), VoidSale()):
        till.take(wish)
        assert till.notice() is RefusalCode.BASKET_LOCKED
    till.take(StartPayment(Flow.CUSTOMER_SCREEN))
    assert till.notice() is RefusalCode.PAYMENT_STILL_OPEN
    assert sum(isinstance(fact, PaymentRequested) for fact in till.journal.written) == 1


def test_a_minimum_amount_is_checked_before_the_call() -> None:
    till = Till().take(AddArticle("1002", 1))
    till.take(StartPayment(Flow.CUSTOMER_SCREEN))
    assert till.notice() is RefusalCode.AMOUNT_TOO_SMALL
    assert till.wallet.sent == []


def test_quantities_are_whole_pieces_and_a_code_is_never_a_quantity() -> None:
    till = Till().take(AddArticle("1001"))
    for wrong in (1500, -1000, 5_701_234_567_890_000):
        till.take(ChangeQuantity(1, wrong))
        assert till.notice() is RefusalCode.QUANTITY_WRONG
    till.take(ChangeQuantity(1, 3000))
    assert till.shown.state.sale is not None
    assert till.shown.state.sale.basket.pieces == 3
    till.take(ChangeQuantity(1, 0))
    assert till.shown.state.sale.basket.is_empty


def test_a_weighed_article_asks_for_its_weight() -> None:
    till = Till().take(AddArticle("1002"))
    assert till.shown.around.panel is Panel.WEIGHING
    till.take(AddArticle("1002", 412))
    assert till.shown.around.panel is Panel.SELLING


def test_a_scanned_customer_waits_for_the_cashier_where_the_shop_wants_to_be_asked() -> None:
    till = Till(starts_on_scan=False).take(AddArticle("1001"), RawScan(PERSONAL, "Q1"))
    assert till.shown.around.pending_customer
    assert till.wallet.sent == []
    till.take(ShowPanel(Panel.SELLING), ShowPanel(Panel.TENDER), UseWaitingCode())
    assert till.wallet.sent == [], "going back forgets the code"
    till.take(ShowPanel(Panel.SELLING), RawScan(PERSONAL, "Q1"), UseWaitingCode())
    assert isinstance(till.wallet.sent[0], Create)


def test_a_customer_who_was_faster_than_the_cancel_leaves_the_choice_to_the_cashier() -> None:
    """Fault catalogue E1, rule R5."""
    for choice, wanted in ((CompleteOpenPayment, Operation.CAPTURE), (ReleaseOpenPayment, Operation.RELEASE)):
        till = paying()
        till.take(CancelOpenPayment(till.reference))
        till.take(Refused(till.reference, till.clock.now(), Operation.CANCEL, Fault(FaultCode.RELEASE_REFUSED)))
        till.take(till.report(Verdict.AUTHORIZED))
        assert isinstance(till.shown.state.payment and till.shown.state.payment.state, Overtaken)
        till.take(choice(till.reference))
        last = till.wallet.sent[-1]
        assert isinstance(last, Act)
        assert last.operation is wanted
    till.take(till.report(Verdict.AUTHORIZED, cancelled=True))
    assert isinstance(till.shown.state.payment and till.shown.state.payment.state, Released)


def test_an_unknown_sale_can_be_set_aside_and_its_end_is_booked_on_it() -> None:
    """Rule R8; fault catalogue B32, E6, E8."""
    till = paying()
    reference = till.reference
    approved = till.report(Verdict.AUTHORIZED)
    captured = till.report(Verdict.AUTHORIZED, captured=True)
    till.take(SetAside(), AddArticle("1004"))
    assert [payment.terms.reference for payment in till.shown.state.open_payments] == [reference]
    till.take(approved, captured)
    assert till.shown.state.open_payments == ()
    assert till.shown.state.sales[1].receipt_number == 1
    assert till.shown.state.current == 2
    till.take(VoidSale(), AddArticle("1004"))
    assert till.shown.state.sales[1].is_completed, "a sale that was paid while aside stays until it is looked at"
    till.take(TakeUp(1))
    assert till.shown.state.current == 1
    till.take(NextSale(), AddArticle("1001"))
    assert 1 not in till.shown.state.sales


def test_after_a_failed_attempt_the_next_one_has_a_new_reference_and_key() -> None:
    """Fault catalogue B19, B35."""
    till = paying()
    first = till.reference
    till.take(till.report(Verdict.ABORTED), Acknowledge(first), StartPayment(Flow.CUSTOMER_SCREEN))
    assert isinstance(till.shown.state.payments[first].state, Ended)
    assert till.reference == first[:-1] + "2"
    creates = [errand for errand in till.wallet.sent if isinstance(errand, Create)]
    assert len({create.key for create in creates}) == 2


def test_a_journal_that_cannot_be_written_sends_nothing_and_stops_selling() -> None:
    """Fault catalogue F1."""
    till = Till().take(AddArticle("1001"))
    till.journal.is_full = True
    till.take(StartPayment(Flow.CUSTOMER_SCREEN))
    assert till.wallet.sent == []
    assert till.shown.around.stopped == Fault(FaultCode.JOURNAL_NOT_WRITTEN)
    assert till.shown.state.payment is None
    till.take(AddArticle("1001"))
    assert till.notice() is RefusalCode.SELLING_STOPPED
    till.journal.is_full = False
    till.take(AddArticle("1001"))
    assert till.shown.around.stopped is None, "with room on the disk the sale goes on"
    assert till.shown.state.sale is not None
    assert till.shown.state.sale.basket.pieces == 2


def test_an_answer_that_cannot_be_committed_is_kept_and_acted_on_only_once_it_is() -> None:
    """Fault catalogue F2."""
    till = paying()
    approved = till.report(Verdict.AUTHORIZED)
    till.journal.is_full = True
    till.take(approved)
    assert not any(isinstance(errand, Act) for errand in till.wallet.sent)
    till.journal.is_full = False
    till.take(FindArticles(""))
    assert any(isinstance(errand, Act) for errand in till.wallet.sent)
    assert till.shown.around.stopped is None


def test_the_code_on_the_customers_screen_goes_with_the_attempt() -> None:
    """Fault catalogue H9."""
    till = paying()
    till.take(Code("another-one", b"", None))
    assert till.shown.around.code is None
    till.take(Code(till.reference, b"png", None))
    assert till.shown.around.code is not None
    till.take(till.report(Verdict.EXPIRED))
    assert till.shown.around.code is None
    till.take(Code(till.reference, b"late", None))
    assert till.shown.around.code is None


def test_a_link_that_leads_elsewhere_cancels_the_attempt() -> None:
    """Fault catalogue J1."""
    till = paying()
    till.take(CodeMissing(till.reference, Fault(FaultCode.PICTURE_NOT_SAFE)))
    last = till.wallet.sent[-1]
    assert isinstance(last, Act)
    assert last.operation is Operation.CANCEL


def test_missing_keys_start_no_payment_and_found_keys_do() -> None:
    """Fault catalogue D7."""
    till = Till().take(AddArticle("1001"), WalletChanged(Fault(FaultCode.KEYS_MISSING), frozenset({"900001"})))
    till.take(StartPayment(Flow.CUSTOMER_SCREEN))
    assert till.notice() is RefusalCode.KEYS_MISSING
    till.take(RawScan(PERSONAL, "Q1"), WalletChanged(None), StartPayment(Flow.CUSTOMER_SCREEN))
    assert isinstance(till.wallet.sent[0], Create)


def test_nothing_of_the_customers_reaches_journal_or_screens() -> None:
    """Invariant I11; fault catalogue J10."""
    till = paying(Flow.PHONE_NUMBER)
    text = repr(till.journal.written) + repr(till.snapshots) + repr(till.wallet.sent)
    assert "4700000001" not in text
    requested = next(fact for fact in till.journal.written if isinstance(fact, PaymentRequested))
    assert requested.body is None


def test_a_crash_after_any_message_comes_back_to_the_same_state_and_reads_back() -> None:
    """Fault catalogue A1-A14, A27; rule R7."""
    till = paying()
    story = [till.report(Verdict.AUTHORIZED), till.report(Verdict.AUTHORIZED, captured=True)]
    for length in range(len(till.journal.written)):
        again = Till(MemoryJournal(till.journal.written[: length + 1]))
        assert len(again.wallet.sent) == len(again.shown.state.open_payments)
        twice = Till(MemoryJournal(again.journal.written))
        assert twice.shown.state == again.shown.state
    for message in story:
        till.take(message)
        again = Till(MemoryJournal(till.journal.written))
        assert again.shown.state.sales == till.shown.state.sales
        assert [payment.state for payment in again.shown.state.payments.values()] == [
            payment.state for payment in till.shown.state.payments.values()
        ]


def test_a_resumed_capture_is_read_back_before_it_is_sent_again() -> None:
    """Fault catalogue A11, A12, D8."""
    till = paying()
    till.take(till.report(Verdict.AUTHORIZED))
    again = Till(MemoryJournal(till.journal.written))
    assert again.wallet.sent == [Ask(again.reference, "900001", shows_code=True, pace=Pace.URGENT)]
    again.take(again.report(Verdict.AUTHORIZED))
    assert isinstance(again.wallet.sent[-1], Act)
    assert sum(isinstance(fact, OperationIntended) for fact in again.journal.written) == 1


def test_a_search_shows_hits_and_an_empty_text_clears_it() -> None:
    till = Till().take(FindArticles("sol"))
    assert till.shown.around.found is not None
    assert [article.name for article in till.shown.around.found.articles] == ["Solbrus 0,5 l"]
    till.take(FindArticles(" "))
    assert till.shown.around.found is None


def test_readers_and_checks_now_are_taken() -> None:
    till = paying()
    till.take(ReaderChanged("scanner", ReaderState.LOST), CheckNow(till.reference), CheckNow("nobody"))
    assert till.shown.around.readers == {"scanner": ReaderState.LOST}
    assert till.wallet.sent[-1] == Ask(till.reference, "900001", shows_code=True, pace=Pace.URGENT)


def test_silence_is_shown_with_its_beginning_and_goes_with_an_answer() -> None:
    """Invariant I12; fault catalogue C1, C4."""
    till = paying()
    for _ in range(3):
        till.clock.turn(5)
        fault = Fault(FaultCode.NO_CONNECTION)
        till.take(Unanswered(till.reference, till.clock.now(), Operation.ASK, fault, is_sent=False))
    trouble = till.shown.around.troubles[till.reference]
    assert trouble.losses == 3
    assert till.clock.now() - trouble.since == timedelta(seconds=10)
    assert isinstance(till.shown.state.payment and till.shown.state.payment.state, Waiting)
    till.take(till.report(Verdict.CREATED))
    assert till.shown.around.troubles == {}
    assert till.shown.around.wallet_fault is None


def test_a_bug_in_one_message_does_not_stop_the_loop() -> None:
    """Fault catalogue E15, E16."""
    till = Till()
    thread = threading.Thread(target=till.engine.run)
    thread.start()
    till.engine.deliver(object())
    till.engine.deliver(AddArticle("1001"))
    till.engine.deliver(Stop())
    thread.join(5)
    assert not thread.is_alive()
    assert till.shown.state.sale is not None
    assert till.shown.around.wallet_fault == Fault(FaultCode.PROGRAM_ERROR)


def test_the_inbox_is_bounded_and_the_windows_never_wait_for_it() -> None:
    """Invariants I10, I13."""
    till = Till()
    taken = [till.engine.offer(NextSale()) for _ in range(1001)]
    assert taken.count(False) == 1


def test_a_disk_without_room_begins_no_payment_and_finishes_what_is_open() -> None:
    """Fault catalogue F3."""
    till = paying()
    till.take(DiskChanged(Fault(FaultCode.DISK_FULL)), till.report(Verdict.AUTHORIZED))
    till.take(till.report(Verdict.AUTHORIZED, captured=True))
    assert till.shown.state.sale is not None
    assert till.shown.state.sale.is_completed
    till.take(NextSale(), AddArticle("1001"), StartPayment(Flow.CUSTOMER_SCREEN))
    assert till.notice() is RefusalCode.DISK_FULL
    till.take(DiskChanged(None), StartPayment(Flow.CUSTOMER_SCREEN))
    assert isinstance(till.wallet.sent[-1], Create)


def test_a_scanner_with_a_wrong_setting_works_and_is_spoken_of() -> None:
    """Fault catalogue H4, H5."""
    till = Till().take(RawScan("7038010001659", is_terminated=False))
    assert till.shown.around.scanner_fault == Fault(FaultCode.SCANNER_SUFFIX)
    till.take(AddArticle("1001"), RawScan(PERSONAL, is_repaired=True))
    assert till.shown.around.scanner_fault == Fault(FaultCode.SCANNER_LAYOUT)
    assert isinstance(till.wallet.sent[-1], Create)
