"""The engine: one thread that owns state and journal, and takes messages from one bounded inbox, one by one.

For each message: judge a wish (`decide`), compute (`advance`, pure), append to the journal, adopt the state, send
errands, publish a snapshot. In that order: if the append fails, nothing happened and nothing was sent.
"""

import logging
import queue
from collections import deque
from collections.abc import Callable, Iterable
from typing import assert_never

from msgspec.structs import replace

from till.domain.catalogue import Articles
from till.domain.facts import Fact, PaymentRequested, RefundRequested, TillStarted
from till.domain.faults import Fault, FaultCode, Refusal, RefusalCode
from till.domain.intents import (
    CancelOpenPayment,
    Decision,
    SaleIntent,
    StartPayment,
    UseScan,
    decide,
    moves_money,
)
from till.domain.payment import AskPayment, Command, Flow, Pace, PaymentFact, Unanswered
from till.domain.refund import RefundCommand
from till.domain.scan import PersonalCode, ReceiptCode, meaning_of
from till.domain.secret import Secret
from till.domain.state import TillState, advance
from till.engine import errands, finding, hub_ports, hub_refunds, inquiry, ports, surroundings, wishes
from till.engine.counter import Counter, desk_at
from till.engine.hub_ports import Hub
from till.engine.hub_refund_ports import HubRefundTold
from till.engine.hub_side import HubSide
from till.engine.ports import Clock, Forget, Journal, JournalNotWritten, Wallet
from till.engine.recovery import replay, sends_that_count
from till.engine.shelf import Renew, Shelf
from till.engine.snapshot import HubSought, Notice, Panel, Snapshot, Surroundings

#: How many messages may wait; a cashier and four devices never fill it, so a full one is a fault.
INBOX_MOST = 1000
#: How often a journal that could not be written is tried again.
RETRY_PAUSE_S = 1.0
#: What an open refund counts as after a restart: its payment may have been captured in the same minute.
SENDS_MOST = 5

log = logging.getLogger("till.engine")


class Stop:
    """The message that ends the engine's loop."""


class Engine:
    """Takes messages one by one; `take` may be called directly, `run` is the thread's loop around it."""

    def __init__(
        self,
        *,
        counter: Counter,
        journal: Journal,
        wallet: Wallet,
        articles: Articles,
        clock: Clock,
        state: TillState,
        publish: Callable[[Snapshot], None],
        hub: Hub | None = None,
        renew_articles: Renew | None = None,
    ) -> None:
        self._counter = counter
        self._journal = journal
        self._wallet = wallet
        self._shelf = shelf = Shelf(articles, renew_articles)
        self._clock = clock
        self._publish = publish
        self._hub_side = HubSide(hub=hub, wallet=wallet, journal=journal, shelf=shelf, clock=clock)
        self._inbox: queue.Queue[object] = queue.Queue(INBOX_MOST)
        self._state = state
        self._around = Surroundings()
        self._bodies: dict[str, Secret] = {}
        self._customer: Secret | None = None
        self._unwritten: deque[Fact] = deque()
        self._revision = 0
        self._notices = 0

    # ---------------------------------------------------------------- from other threads

    def deliver(self, message: object) -> None:
        """Put a message into the inbox; a background thread waits for room, which a living engine soon makes."""
        self._inbox.put(message)

    def offer(self, message: object) -> bool:
        """Put a message into the inbox if there is room; for the GUI thread, which never waits."""
        try:
            self._inbox.put_nowait(message)
        except queue.Full:
            log.error("inbox full, a message was dropped", extra={"kind": type(message).__name__})
            return False
        return True

    # ---------------------------------------------------------------- the loop

    def start(self) -> None:
        """Replay the journal, then take up what was open; raise JournalRefused or JournalNotWritten."""
        self._state, self._bodies = replay(self._journal.facts(), self._state)
        for payment in self._state.open_payments:
            self._wallet.recall(payment.terms.reference, sends_that_count(payment, self._clock))
        for refund in self._state.open_refunds:
            self._wallet.recall(refund.terms.reference, SENDS_MOST)
        counter, clock = self._counter, self._clock
        up_s = int(clock.monotonic_s())
        self._record([TillStarted(clock.now(), counter.till, counter.version, counter.mode, clock.boot(), up_s)])
        self._show()

    def run(self) -> None:
        """Take messages until told to stop."""
        while True:
            try:
                message = self._inbox.get(timeout=RETRY_PAUSE_S if self._unwritten else self._hub_side.left_s)
            except queue.Empty:
                self._around = self._hub_side.after_a_while(self._around)
                self._write_what_waits()
                continue
            if isinstance(message, Stop):
                return
            try:
                self.take(message)
            except Exception:  # noqa: BLE001  # the top of the thread: a bug stops one message, never the till
                self._survive(message)

    def take(self, message: object) -> None:
        """Take one message and publish what came of it; from reading the journal nothing comes."""
        if isinstance(message, ports.PartAsked):
            ports.hand_out(self._journal, message)
            return
        if self._unwritten:
            self._write_what_waits()
        if isinstance(message, PaymentFact):
            self._take_fact(message)
        elif isinstance(message, ports.WalletWord):
            self._take_word(message)
        elif isinstance(message, ports.DiskChanged):
            self._around = replace(self._around, disk_fault=message.fault)
        elif isinstance(message, ports.ReaderMessage):
            self._take_scan(message)
        elif isinstance(message, wishes.ScreenWish):
            self._take_screen_wish(message)
        elif isinstance(message, SaleIntent):
            self._take_intent(message)
        elif isinstance(message, hub_ports.HubMessage):
            self._take_hub_message(message)
            if isinstance(message, hub_ports.RowsWanted):
                return
        else:
            raise TypeError(type(message).__name__)
        self._show()

    # ---------------------------------------------------------------- wishes

    def _take_intent(self, wish: SaleIntent) -> None:
        if self._unwritten:
            self._refuse(Refusal(RefusalCode.SELLING_STOPPED))
            return
        disk = self._around.disk_fault
        if moves_money(wish) and disk is not None and disk.code is FaultCode.DISK_FULL:
            self._refuse(Refusal(RefusalCode.DISK_FULL))
            return
        now, new_id = self._clock.now(), self._hub_side.new_id
        desk = desk_at(self._counter, self._around, self._wallet, self._shelf.articles, now=now, new_id=new_id)
        decision = decide(self._state, wish, desk)
        if isinstance(decision, Refusal):
            self._refuse(decision)
            return
        self._carry_out(decision)

    def _carry_out(self, decision: Decision) -> None:
        requested = next((fact for fact in decision.facts if isinstance(fact, PaymentRequested)), None)
        if requested is not None and decision.draft is not None:
            self._bodies[requested.terms.reference] = decision.draft.body
        try:
            self._record(decision.facts)
        except JournalNotWritten as error:
            if requested is not None:
                del self._bodies[requested.terms.reference]
            self._stop_selling(error)
            self._refuse(Refusal(RefusalCode.SELLING_STOPPED))
            return
        self._around = surroundings.selling_again(self._around)
        if requested is not None:
            self._around = self._hub_side.after_request(self._around, requested.terms.flow)
        self._tidy_after(decision.facts)

    def _tidy_after(self, facts: Iterable[Fact]) -> None:
        self._customer = None
        payment = self._state.payment
        ended = payment.terms.reference if payment is not None and payment.is_final else None
        self._around = surroundings.after_wish(self._around, facts, ended=ended)

    def _take_screen_wish(self, wish: wishes.ScreenWish) -> None:
        around = self._around
        match wish:
            case wishes.ShowPanel(panel=panel):
                self._show_panel(panel)
            case wishes.FindArticles(text=text):
                self._around = replace(around, found=self._shelf.find(text))
            case wishes.CheckNow(reference=reference):
                if reference in self._state.open_references:
                    self._send(AskPayment(reference, Flow.PHONE_NUMBER, Pace.URGENT))
            case wishes.Acknowledge(reference=reference):
                self._around = replace(around, acknowledged=reference, panel=Panel.SELLING)
            case wishes.NextSale():
                self._around = replace(around, dismissed_sale=self._state.current, panel=Panel.SELLING)
            case wishes.DismissNotice(serial=serial):
                if around.notice is not None and around.notice.serial == serial:
                    self._around = replace(around, notice=None)
            case wishes.UseWaitingCode():
                if self._customer is not None:
                    self._take_intent(StartPayment(Flow.PERSONAL_QR, self._customer))
            case wishes.UseCheckIn():
                self._meet_visitor()
            case wishes.Weigh(plu=plu):
                self._weigh(plu)
            case wishes.CodeNotShown(reference=reference):
                if self._around.code_fault is None:
                    self._take_word(ports.CodeMissing(reference, Fault(FaultCode.PICTURE_NOT_SHOWN)))
            case wishes.FindPaid():
                self._find_paid(wish)
            case wishes.PickPaid(reference=reference, store=store):
                self._around = self._hub_side.seek(around, HubSought(reference, store))
            case wishes.LookIntoApp(reference=reference, link=link):
                msn = inquiry.msn_of(reference, around, self._state)
                if msn is not None:
                    self._around = surroundings.after_look(around, reference)
                    self._wallet.send(ports.Look(reference, msn, link))
            case wishes.SupportFileMade(path=path):
                self._around = replace(around, support_file=path)
            case wishes.FindPayments() | wishes.ShowPayment():
                self._look_up(wish)
            case _:
                assert_never(wish)

    def _show_panel(self, panel: Panel) -> None:
        if panel in (Panel.TENDER, Panel.NUMBER, Panel.DISTANCE) and not self._state.is_selling:
            self._refuse(Refusal(RefusalCode.BASKET_EMPTY))
            return
        self._put_away()
        self._around = inquiry.after_panel(self._around, panel)
        if panel is not Panel.TENDER:
            self._customer = None
        held = self._customer is not None
        self._around = replace(self._around, panel=panel, weighing=None, pending_customer=held, support_file=None)

    def _put_away(self) -> None:
        """Forget the paid sale that was looked up, and what the wallet's lanes remember of it."""
        reference = finding.reference_of(self._around)
        self._around = replace(self._around, hub_sought=None)
        if reference is not None:
            self._around = replace(self._around, refundable=None, sought=None)
            if reference not in self._state.open_references:
                self._wallet.send(Forget(reference))

    def _find_paid(self, wish: wishes.FindPaid) -> None:
        """Look a paid sale up, and have the wallet say what is left of it."""
        state, has_hub = self._state, self._hub_side.is_there
        found = finding.find_paid(wish, self._journal, state, self._counter, has_hub=has_hub)
        if isinstance(found, Refusal):
            self._refuse(found)
            return
        if isinstance(found, HubSought):
            self._around = self._hub_side.seek(self._around, found)
            return
        self._around = surroundings.after_find(self._around, found, state.refunds.get(found.reference))
        self._read_again(found.reference, Pace.URGENT)

    def _read_again(self, reference: str, pace: Pace) -> None:
        """Have the sale that is looked up read: nobody else reads a payment that has ended."""
        read = finding.read_of(self._around, pace)
        if read is not None and read.reference == reference:
            self._wallet.send(read)

    def _look_up(self, wish: wishes.FindPayments | wishes.ShowPayment) -> None:
        """Look payments up; the one that is shown is read at the wallet, and checked if it is open."""
        found = inquiry.look_up(wish, self._journal, self._around)
        if isinstance(found, Refusal):
            self._refuse(found)
            return
        self._around = found
        if found.inquiry.chosen is not None:
            terms = found.inquiry.chosen.terms
            self._wallet.send(ports.ReadHistory(terms.reference, terms.msn))
            self._take_screen_wish(wishes.CheckNow(terms.reference))

    def _weigh(self, plu: str) -> None:
        article = self._shelf.articles.by_plu(plu)
        if article is None:
            self._refuse(Refusal(RefusalCode.ARTICLE_UNKNOWN, plu))
            return
        self._around = replace(self._around, panel=Panel.WEIGHING, weighing=article, found=None)

    # ---------------------------------------------------------------- readers

    def _take_scan(self, message: ports.ReaderMessage) -> None:
        match message:
            case ports.ReaderChanged():
                self._around = surroundings.after_reader(self._around, message)
            case ports.RefusedScan(length=length, reason=reason):
                self._refuse(Refusal(surroundings.SCAN_REFUSALS[reason], str(length)))
            case ports.RawScan(text=text, aim=aim):
                self._around = surroundings.after_scan(self._around, message)
                meaning = meaning_of(text, aim=aim, market=self._counter.market)
                if isinstance(meaning, ReceiptCode) and self._around.panel in inquiry.PANELS:
                    self._look_up(wishes.ShowPayment(meaning.reference))
                elif isinstance(meaning, ReceiptCode) and not self._state.is_selling:
                    self._find_paid(wishes.FindPaid(meaning.reference))
                elif isinstance(meaning, PersonalCode) and self._must_ask_first():
                    self._hold(meaning)
                else:
                    self._take_intent(UseScan(meaning))
            case _:
                assert_never(message)

    def _take_hub_message(self, message: hub_ports.HubMessage) -> None:
        is_arrival = isinstance(message, hub_ports.CustomerArrived) and self._hub_side.is_new(message)
        self._around = self._hub_side.take(message, self._around, self._state)
        if isinstance(message, HubRefundTold):
            self._end_hub_refund(message)
        is_paying = self._state.is_selling and self._around.panel is Panel.TENDER
        if is_arrival and is_paying and self._counter.starts_on_check_in:
            self._meet_visitor()

    def _end_hub_refund(self, told: HubRefundTold) -> None:
        fact = hub_refunds.ended_fact(told, self._state, self._clock.now())
        if fact is None:
            return
        self._write_down(fact)
        refusal = hub_refunds.refusal_unseen(self._around, fact)
        if refusal is not None:
            self._refuse(refusal)

    def _meet_visitor(self) -> None:
        visitor = self._hub_side.visitor
        if visitor is not None:
            self._take_intent(StartPayment(Flow.CHECK_IN, visitor.token))

    def _must_ask_first(self) -> bool:
        is_chosen = self._around.panel is Panel.TENDER
        return self._state.is_selling and not self._counter.starts_on_scan and not is_chosen

    def _hold(self, meaning: PersonalCode) -> None:
        """Keep a scanned code in memory until the cashier agrees; going back forgets it."""
        self._customer = meaning.content
        self._around = replace(self._around, panel=Panel.TENDER, pending_customer=True)

    # ---------------------------------------------------------------- the wallet

    def _take_fact(self, fact: PaymentFact) -> None:
        self._note(fact)
        self._write_down(fact)

    def _write_down(self, fact: Fact) -> None:
        """Journal what another has told."""
        try:
            self._record([fact])
        except JournalNotWritten as error:
            # The answer stays in memory and is tried again; nothing is sent on the strength of it meanwhile.
            self._unwritten.append(fact)
            self._stop_selling(error)

    def _note(self, fact: PaymentFact) -> None:
        self._around = surroundings.after_fact(self._around, fact, self._clock.now())
        self._read_again(fact.reference, Pace.FLOW)
        if isinstance(fact, Unanswered):
            facts = {"reference": fact.reference, "operation": fact.operation.value, "fault": fact.fault.code.value}
            log.warning("no definite answer", extra=facts)

    def _take_word(self, word: ports.WalletWord) -> None:
        payment = self._state.payment
        shown = payment.terms.reference if payment is not None and not payment.is_final else None
        self._around = surroundings.after_word(self._around, word, shown=shown)
        if isinstance(word, ports.CodeMissing) and word.fault.code is FaultCode.PICTURE_NOT_SAFE:
            # A link that leads elsewhere is never followed; the attempt is cancelled and read back.
            self._take_intent(CancelOpenPayment(word.reference))

    # ---------------------------------------------------------------- facts

    def _record(self, facts: Iterable[Fact]) -> None:
        """Compute, append, adopt, send: in that order. Raise JournalNotWritten with nothing changed."""
        state = self._state
        waiting = deque(facts)
        recorded: list[Fact] = []
        commands: list[Command | RefundCommand] = []
        while waiting:
            fact = waiting.popleft()
            step = advance(state, fact)
            if step.state is not state:
                recorded.append(fact)
                state = step.state
            commands.extend(step.commands)
            waiting.extend(step.follow_up)
            if not isinstance(fact, PaymentRequested | RefundRequested):
                waiting.extend(self._facts_before(step.commands, state))
        if recorded:
            self._journal.append(recorded, self._clock.now())
        ended = errands.ended_references(self._state, state)
        self._state = state
        self._hub_side.keep_asking(state.open_hub_refunds)
        for command in commands:
            self._send(command)
        for reference in ended:
            self._forget(reference)
        self._around = inquiry.after_recorded(self._around, recorded)

    def _facts_before(self, commands: Iterable[Command | RefundCommand], state: TillState) -> Iterable[Fact]:
        digest, now = self._wallet.operation_digest, self._clock.now()
        return errands.facts_before(commands, state, self._bodies, now=now, digest=digest)

    def _send(self, command: Command | RefundCommand) -> None:
        in_s = self._wallet.send(errands.errand_of(command, self._state, self._bodies))
        self._around = surroundings.after_errand(self._around, command.reference, now=self._clock.now(), in_s=in_s)

    def _forget(self, reference: str) -> None:
        """Drop what an ended payment no longer needs: its body, its code on the screen, its errands."""
        self._bodies.pop(reference, None)
        self._around = surroundings.without_payment(self._around, reference)
        self._wallet.send(Forget(reference))

    # ---------------------------------------------------------------- when something goes wrong

    def _stop_selling(self, error: JournalNotWritten) -> None:
        log.error("journal not written; selling is stopped", extra={"reason": error.reason})
        is_broken = error.reason == "disk_error"
        code = FaultCode.JOURNAL_BROKEN if is_broken else FaultCode.JOURNAL_NOT_WRITTEN
        self._around = surroundings.stopped(self._around, code)

    def _write_what_waits(self) -> None:
        """Try again to journal answers that came while the journal could not be written."""
        while self._unwritten:
            try:
                self._record([self._unwritten[0]])
            except JournalNotWritten:
                return
            self._unwritten.popleft()
        self._around = surroundings.selling_again(self._around)
        self._show()

    def _survive(self, message: object) -> None:
        log.exception("program error", extra={"kind": type(message).__name__})
        self._around = replace(self._around, wallet_fault=Fault(FaultCode.PROGRAM_ERROR))
        if isinstance(message, PaymentFact) and message.reference in self._state.payments:
            payment = self._state.payments[message.reference]
            self._send(AskPayment(message.reference, payment.terms.flow))
        self._show()

    def _refuse(self, refusal: Refusal) -> None:
        self._notices += 1
        if refusal.code is RefusalCode.WEIGHT_NEEDED:
            self._weigh(refusal.detail)
            return
        log.info("wish refused", extra={"refusal": refusal.code.value})
        self._around = replace(self._around, notice=Notice(self._notices, refusal))

    # ---------------------------------------------------------------- out

    def _show(self) -> None:
        self._revision += 1
        self._publish(Snapshot(self._revision, self._state, self._around, self._shelf.favourites))
