"""How often the wallet is asked: rarely while the hub tells of what happens, at the full pace the moment it does not."""

import pytest

from tests.doubles.articles import small_shop
from tests.doubles.clock import ManualClock
from tests.doubles.journal import MemoryJournal
from tests.doubles.service import InProcess, client_of
from till.domain.faults import Fault, FaultCode
from till.domain.intents import AddArticle, StartPayment
from till.domain.money import Currency
from till.domain.payment import Captured, Flow, Reported, Waiting
from till.domain.scan import Market
from till.domain.secret import Secret
from till.domain.state import TillState
from till.domain.store import Store, Stores
from till.engine.counter import Counter
from till.engine.engine import Engine
from till.engine.hub_ports import CustomerArrived, HubChanged, PaymentHinted
from till.engine.snapshot import Panel, Snapshot
from till.engine.wishes import NextSale, ShowPanel, UseCheckIn
from till.vipps.errors import Silence, Unanswered
from till.vipps.lane_side import WalletSettings
from till.vipps.pacing import HINTED_READ_S, READS_A_MINUTE, SILENT_READ_MOST_S, Rhythm
from till.vipps.transport import HttpReply, HttpRequest
from till.vipps.wallet import VippsWallet

WELL, AWAY = HubChanged(None), HubChanged(Fault(FaultCode.HUB_AWAY))
FLOWS = (Flow.CUSTOMER_SCREEN, Flow.PHONE_NUMBER)


class Shop:
    """A till without threads over the simulated wallet; time passes when it is told to."""

    def __init__(self, *, has_push: bool = True) -> None:
        self.clock = ManualClock()
        self.transport = InProcess()
        self.journal = MemoryJournal()
        self.shown: list[Snapshot] = []
        self.wallet = VippsWallet(
            settings=WalletSettings(till="kasse1", shop="Storgata", draws_code=True, is_test=True, has_push=has_push),
            clock=self.clock,
            connect=lambda _: (client_of(self.transport), self.transport),
            deliver=self.take,
            chance=lambda: 0.0,
        )
        self.engine = Engine(
            counter=Counter(
                Market.NORWAY, "kasse1", "1", "test", Stores((Store("Storgata", "900001"),)), is_push_allowed=has_push
            ),
            journal=self.journal,
            wallet=self.wallet,
            articles=small_shop(),
            clock=self.clock,
            state=TillState.empty(Currency.NOK),
            publish=self.shown.append,
        )
        self.engine.start()

    def take(self, *messages: object) -> None:
        for message in messages:
            self.engine.take(message)

    def pass_time(self, seconds: float) -> None:
        until = self.clock.monotonic_s() + seconds
        while (due := min(lane.next_due_s() or until + 1 for lane in self.wallet.lanes)) <= until:
            self.clock.turn(max(0.0, due - self.clock.monotonic_s()))
            any(lane.run_one() for lane in self.wallet.lanes)
        self.clock.turn(until - self.clock.monotonic_s())

    def pay(self, flow: Flow = Flow.CUSTOMER_SCREEN) -> str:
        number = Secret(self.transport.desk.customers[0].phone_number) if flow is Flow.PHONE_NUMBER else None
        self.take(AddArticle("1001"), StartPayment(flow, number))
        self.pass_time(0)
        return self.reference

    @property
    def reference(self) -> str:
        payment = self.shown[-1].state.payment
        assert payment is not None
        return payment.terms.reference

    def approve(self, reference: str) -> None:
        payment = self.transport.desk.payments.by_reference(reference)
        assert payment is not None
        assert self.transport.desk.payments.approve(payment)

    @property
    def state(self) -> object:
        payment = self.shown[-1].state.payment
        return None if payment is None else payment.state

    @property
    def calls(self) -> list[str]:
        """Every call about a payment, without those for tokens."""
        urls = (one.request for one in self.transport.exchanges if "/epayment/" in one.request.url)
        return [f"{one.method} {one.url.rpartition('/')[2] if one.method == 'POST' else ''}".strip() for one in urls]


@pytest.mark.parametrize("flow", FLOWS)
def test_a_payment_with_a_hint_costs_three_calls(flow: Flow) -> None:
    shop = Shop()
    shop.take(WELL)
    reference = shop.pay(flow)
    shop.pass_time(7)
    shop.approve(reference)
    shop.take(PaymentHinted(reference))
    shop.pass_time(0.5)
    assert isinstance(shop.state, Captured)
    assert shop.calls == ["POST payments", "GET", "POST capture"]


def test_hints_that_come_many_times_cost_no_more_calls_and_no_more_records() -> None:
    """Fault catalogue E3."""
    shop = Shop()
    shop.take(WELL)
    reference = shop.pay()
    shop.approve(reference)
    shop.take(*[PaymentHinted(reference)] * 50)
    shop.pass_time(0.5)
    shop.take(*[PaymentHinted(reference)] * 50)
    shop.pass_time(60)
    assert len(shop.calls) == 3
    assert [fact.captured.minor > 0 for fact in shop.journal.written if isinstance(fact, Reported)] == [False, True]


def test_hints_without_end_stay_inside_the_wallets_limit() -> None:
    shop = Shop()
    shop.take(WELL)
    reference = shop.pay()
    for _ in range(600):
        shop.take(PaymentHinted(reference))
        shop.pass_time(0.1)
    assert shop.calls.count("GET") <= READS_A_MINUTE


def test_while_the_hub_is_well_a_slow_read_stays_on() -> None:
    shop = Shop()
    shop.take(WELL)
    reference = shop.pay()
    shop.pass_time(35)
    assert shop.calls.count("GET") == 3
    shop.approve(reference)
    shop.pass_time(HINTED_READ_S)
    assert isinstance(shop.state, Captured)


@pytest.mark.parametrize("flow", FLOWS)
def test_a_hub_that_dies_between_approval_and_hint_costs_only_delay(flow: Flow) -> None:
    shop = Shop()
    shop.take(WELL)
    reference = shop.pay(flow)
    shop.pass_time(11)
    shop.approve(reference)
    shop.pass_time(1)
    shop.take(AWAY)
    shop.pass_time(Rhythm().pause_s(shows_code=flow is Flow.CUSTOMER_SCREEN, age_s=11))
    assert isinstance(shop.state, Captured)


@pytest.mark.parametrize("flow", FLOWS)
def test_once_the_hub_is_lost_the_pace_is_that_of_a_till_without_one(flow: Flow) -> None:
    alone, left = Shop(), Shop()
    left.take(WELL, AWAY)
    for shop in (alone, left):
        shop.pay(flow)
        shop.pass_time(40)
    assert left.calls == alone.calls


def test_a_hint_while_the_read_is_on_its_way_leads_to_another_read() -> None:
    shop = Shop()
    shop.take(WELL)
    reference = shop.pay()
    said = shop.transport.send

    def send_with_a_hint_after_it(request: HttpRequest) -> HttpReply:
        reply = said(request)
        shop.transport.send = said  # type: ignore[method-assign]
        shop.clock.turn(0.1)
        shop.approve(reference)
        shop.wallet._asking.hint(reference)
        return reply

    shop.transport.send = send_with_a_hint_after_it  # type: ignore[method-assign]
    shop.pass_time(HINTED_READ_S + 1)
    assert isinstance(shop.state, Captured)


def test_a_hint_while_the_payment_is_being_made_costs_nothing() -> None:
    shop = Shop()
    shop.take(WELL, AddArticle("1001"), StartPayment(Flow.CUSTOMER_SCREEN))
    shop.take(PaymentHinted(shop.reference))
    shop.pass_time(5)
    assert shop.calls == ["POST payments"]


def test_a_wallet_that_does_not_answer_is_asked_again_soon_whoever_gives_hints() -> None:
    shop = Shop()
    shop.take(WELL)
    shop.pay()
    asked: list[str] = []

    def lose(request: HttpRequest) -> HttpReply:
        asked.append(request.method)
        raise Unanswered(Silence.TIMED_OUT)

    shop.transport.send = lose  # type: ignore[method-assign]
    shop.pass_time(HINTED_READ_S + 30)
    assert len(asked) >= 30 / SILENT_READ_MOST_S


def test_a_payment_that_moves_without_a_hint_brings_the_full_pace_back_until_hints_come_again() -> None:
    """A shop's webhooks may end without a word."""
    shop = Shop()
    shop.take(WELL)
    shop.approve(shop.pay())
    shop.pass_time(HINTED_READ_S)
    assert isinstance(shop.state, Captured)
    before = shop.calls
    shop.take(NextSale())
    reference = shop.pay()
    shop.pass_time(20)
    alone = Shop()
    alone.pay()
    alone.pass_time(20)
    assert shop.calls[len(before) :] == alone.calls
    shop.take(PaymentHinted(reference))
    shop.pass_time(HINTED_READ_S)
    assert len(shop.calls) <= len(before) + len(alone.calls) + 2


def test_a_next_sale_is_read_rarely_too() -> None:
    shop = Shop()
    shop.take(WELL)
    for _ in range(3):
        reference = shop.pay()
        shop.approve(reference)
        shop.take(PaymentHinted(reference))
        shop.pass_time(0.5)
        assert isinstance(shop.state, Captured)
        shop.take(NextSale())
    assert len(shop.calls) == 9


# ---------------------------------------------------------------- check-in


def checked_in(shop: Shop) -> Secret:
    """Let a customer scan the till's sticker and return the token that the hub would bring."""
    desk = shop.transport.desk
    desk.qr.put_sticker(desk.units[0], "kasse1", {"locationDescription": "Kasse 1"})
    found = desk.qr.scan(desk.qr.sticker(desk.units[0], "kasse1").content, desk.customers[0])
    assert found is not None
    return Secret(found.token)


@pytest.mark.parametrize("has_push", [True, False])
def test_a_customer_who_checked_in_pays_with_and_without_push(has_push: bool) -> None:
    shop = Shop(has_push=has_push)
    shop.take(WELL, AddArticle("1001"), ShowPanel(Panel.TENDER))
    shop.take(CustomerArrived("one", "Kasse 1", checked_in(shop), 900))
    shop.pass_time(0)
    assert isinstance(shop.state, Waiting)
    payment = shop.transport.desk.payments.by_reference(shop.reference)
    assert payment is not None
    assert payment.request["userFlow"] == ("PUSH_MESSAGE" if has_push else "WEB_REDIRECT")
    shop.approve(shop.reference)
    shop.take(PaymentHinted(shop.reference))
    shop.pass_time(1)
    assert isinstance(shop.state, Captured)
    assert shop.calls == ["POST payments", "GET", "POST capture"]


def test_a_token_that_is_gone_is_refused_and_the_code_on_the_screen_is_next() -> None:
    shop = Shop()
    token = checked_in(shop)
    shop.transport.desk.clock.turn(901)
    shop.take(AddArticle("1001"), CustomerArrived("one", "Kasse 1", token, 900), UseCheckIn())
    shop.pass_time(0)
    payment = shop.shown[-1].state.payment
    assert payment is not None
    assert payment.is_final
    assert payment.state.fault.code is FaultCode.CHECK_IN_GONE  # type: ignore[union-attr]
    shop.take(StartPayment(Flow.CUSTOMER_SCREEN))
    shop.pass_time(0)
    assert isinstance(shop.state, Waiting)
