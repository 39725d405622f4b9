"""A cashier who presses everything, and customers who approve, decline, wait, or are just too late."""

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tests.doubles.articles import InMemoryArticles, article
from till.domain.catalogue import Unit
from till.domain.day_close import CloseDay, ReportDay
from till.domain.intents import (
    AddArticle,
    CancelOpenPayment,
    ChangeQuantity,
    CompleteOpenPayment,
    PutAway,
    ReleaseOpenPayment,
    SetAside,
    StartPayment,
    TakeUp,
    VoidLine,
    VoidSale,
)
from till.domain.payment import Captured, Flow, NeedsPerson, Overtaken, Payment, Reserved, Waiting
from till.domain.refund_start import StartRefund
from till.domain.secret import Secret
from till.domain.store_choice import ChooseStore
from till.engine.ports import RawScan
from till.engine.snapshot import Panel
from till.engine.wishes import Acknowledge, CheckNow, FindPaid, NextSale, ShowPanel
from till.sandbox.payments import Payment as WalletPayment

if TYPE_CHECKING:
    from tests.simulation.world import World

#: How long a customer elsewhere is given, and how long most of them take.
GOOD_FOR, TAKES_S = timedelta(minutes=40), 300.0
PLUS = ("1001", "1003", "1004")


def shelves() -> InMemoryArticles:
    """Return a few articles, without the real store's file."""
    return InMemoryArticles(
        (
            article("1001", price_minor=3990),
            article("1002", unit=Unit.KG, price_minor=15976),
            article("1003", price_minor=2590, deposit_minor=200),
            article("1004", price_minor=14900, rate=2500),
        )
    )


class Customers:
    """Everybody who is asked to pay."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._met: set[str] = set()

    def look(self) -> None:
        """Let customers who have just been asked make up their minds."""
        for payment in self._world.bank.desk.payments._by_name.values():
            if payment.reference not in self._met:
                self._met.add(payment.reference)
                self._decide(payment)

    def at_cancel(self, reference: str) -> None:
        """Approve in the very moment in which a cancel arrives, now and then."""
        payments = self._world.bank.desk.payments
        payment = payments.by_reference(reference)
        if payment is not None and self._world.luck.strikes("approves at the moment of the cancel", 0.3):
            payments.approve(payment)

    def _decide(self, payment: WalletPayment) -> None:
        world, luck = self._world, self._world.luck
        payments = world.bank.desk.payments
        is_elsewhere = payment.request["customerInteraction"] == "CUSTOMER_NOT_PRESENT"
        if luck.strikes("customer declines", 0.06):
            world.later(luck.about(10), lambda: payments.abort(payment))
        elif luck.strikes("customer does nothing", 0.03):
            return
        elif luck.strikes("customer approves late", 0.04):
            until_s = GOOD_FOR.total_seconds() if is_elsewhere else 600
            world.later(luck.seconds(30, until_s + 40), lambda: payments.approve(payment))
        else:
            world.later(luck.about(TAKES_S if is_elsewhere else 6), lambda: payments.approve(payment))


class Cashier:
    """Serves one customer after the other; presses the wrong thing now and then."""

    def __init__(self, world: "World", sales: int) -> None:
        self._world = world
        self._left = sales
        self.begun = 0
        self._patience: dict[str, float] = {}

    @property
    def is_done(self) -> bool:
        """Whether the day's sales have all been begun, and the screen is clear."""
        sale = self._world.engine._state.sale
        return self._left <= 0 and (sale is None or sale.is_over)

    def act(self) -> None:
        """Do the next thing; the world calls again after a moment."""
        luck = self._world.luck
        self._mind_the_day()
        if luck.strikes("presses anything", 0.08):
            self._press_anything()
        else:
            self._go_on()

    def close_day(self) -> None:
        """End the day."""
        self._world.wish(CloseDay())

    def resolve(self) -> None:
        """Decide what waits for a person: the end of the day."""
        world = self._world
        for payment in world.engine._state.open_payments:
            self._decide(payment)
            # With the clock set wrong a request may be good for much longer than was meant.
            is_old = world.clock.now() - payment.terms.requested_at > 2 * GOOD_FOR
            if isinstance(payment.state, Waiting) and payment.leaves_the_counter and is_old:
                world.wish(CancelOpenPayment(payment.terms.reference))
        self._put_away()
        self._give_up_what_came_to_nothing()

    # ---------------------------------------------------------------- as one should

    def _go_on(self) -> None:
        world = self._world
        state = world.engine._state
        sale, payment = state.sale, state.payment
        if sale is None or sale.is_completed or sale.is_voided:
            self._begin()
        elif payment is None or (payment.is_final and not isinstance(payment.state, Captured)):
            self._pay_or_give_up(payment)
        else:
            self._watch(payment)

    def _begin(self) -> None:
        world, luck = self._world, self._world.luck
        world.wish(NextSale())
        self._put_away()
        state = world.engine._state
        aside = [number for number in state.sales if number != state.current]
        if aside and luck.strikes("looks at what was set aside", 0.2):
            world.wish(TakeUp(luck.one_of(aside)))
            return
        if self._left <= 0:
            return
        if luck.strikes("a customer brings something back", 0.15):
            self._give_back()
        self._left -= 1
        self.begun += 1
        if len(world.units) > 1:
            world.wish(ChooseStore("Torget" if self.begun % 3 == 0 else "Storgata"))
        for _ in range(1 + int(luck.seconds(0, 3))):
            world.wish(AddArticle(luck.one_of(PLUS)))

    def _put_away(self) -> None:
        """Take off the list what was paid meanwhile."""
        sales = self._world.engine._state.sales.values()
        for number in [sale.number for sale in sales if sale.is_aside and sale.is_completed]:
            self._world.wish(PutAway(number))

    def _give_up_what_came_to_nothing(self) -> None:
        """Void the sales set aside whose customers did not pay after all."""
        world, state = self._world, self._world.engine._state
        for sale in [one for one in state.sales.values() if one.is_aside and not one.is_over]:
            payments = [state.payments[reference] for reference in sale.attempts]
            if all(payment.is_final for payment in payments):
                world.wish(TakeUp(sale.number))
                world.wish(VoidSale())

    def _give_back(self) -> None:
        """Refund some or all of an earlier sale; a moment later the wallet has said how much there is."""
        world, luck = self._world, self._world.luck
        last = world.engine._state.next_receipt - 1
        if last < 1:
            return
        world.wish(FindPaid(str(1 + int(luck.seconds(0, last)))))
        world.pass_time(luck.about(2))
        found = world.engine._around.refundable
        if found is None:
            return
        whole = found.paid.amount
        part = replace(whole, minor=max(1, whole.minor // 3))
        for _ in range(2 if luck.strikes("presses twice", 0.3) else 1):
            world.wish(StartRefund(found.paid.reference, luck.one_of((whole, part, part))))
        world.pass_time(luck.about(2))
        world.wish(ShowPanel(Panel.SELLING))

    def _pay_or_give_up(self, payment: Payment | None) -> None:
        world, luck = self._world, self._world.luck
        if payment is not None:
            world.wish(Acknowledge(payment.terms.reference))
            if luck.strikes("gives the sale up", 0.3):
                world.wish(VoidSale())
                return
        customer = luck.one_of(world.bank.desk.customers[:2])
        match luck.one_of(tuple(Flow)):
            case Flow.PERSONAL_QR:
                world.wish(RawScan(customer.personal_qr))
            case Flow.PHONE_NUMBER:
                world.wish(StartPayment(Flow.PHONE_NUMBER, Secret(customer.phone_number)))
            case Flow.DISTANCE:
                number, is_sent_later = Secret(customer.phone_number), luck.seconds(0, 1) < 0.6
                world.wish(StartPayment(Flow.DISTANCE, number, GOOD_FOR, is_sent_later))
            case flow:
                world.wish(StartPayment(flow))

    def _watch(self, payment: Payment) -> None:
        world, luck = self._world, self._world.luck
        reference = payment.terms.reference
        if isinstance(payment.state, Overtaken | NeedsPerson):
            self._decide(payment)
        elif payment.leaves_the_counter:
            self._serve_the_next(payment)
        elif luck.strikes("cancels", 0.08 if reference in world.snapshot.around.troubles else 0.015):
            world.wish(CancelOpenPayment(reference))
        elif luck.strikes("sets it aside", 0.01):
            world.wish(SetAside())
        elif luck.strikes("checks now", 0.03):
            world.wish(CheckNow(reference))

    def _serve_the_next(self, payment: Payment) -> None:
        """Leave a customer on the telephone: by the next article, or by a key; now and then the goods are sent at once."""
        world, luck = self._world, self._world.luck
        if isinstance(payment.state, Reserved) and luck.strikes("sends the goods at once", 0.5):
            self._decide(payment)
        elif isinstance(payment.state, Waiting) and luck.strikes("cancels a request", 0.05):
            world.wish(CancelOpenPayment(payment.terms.reference))
        elif self._left > 0 and luck.seconds(0, 1) < 0.5:
            self._left -= 1
            self.begun += 1
            world.wish(AddArticle(luck.one_of(PLUS)))
        else:
            world.wish(SetAside())

    def _decide(self, payment: Payment) -> None:
        world, luck = self._world, self._world.luck
        reference = payment.terms.reference
        if isinstance(payment.state, Reserved) and luck.seconds(0, 1) < 0.7:
            self._leave_out(payment)
        if isinstance(payment.state, Overtaken | Reserved | NeedsPerson):
            world.wish(CompleteOpenPayment(reference) if luck.seconds(0, 1) < 0.5 else ReleaseOpenPayment(reference))
        if isinstance(payment.state, NeedsPerson) and luck.strikes("sets it aside", 0.5):
            world.wish(SetAside())

    def _leave_out(self, payment: Payment) -> None:
        """Take out of a basket what cannot be sent; the money for it stays reserved until the rest is sent."""
        world, luck = self._world, self._world.luck
        world.wish(TakeUp(payment.terms.sale))
        for wish in (ChangeQuantity(1, 1000), VoidLine(2), VoidLine(1), ChangeQuantity(1, 3000)):
            if luck.seconds(0, 1) < 0.7:
                world.wish(wish)

    def _mind_the_day(self) -> None:
        """Ask for reports, and close the day at any moment, also where it cannot be, and once more."""
        world, luck = self._world, self._world.day_luck
        if luck.strikes("looks at the day", 0.02):
            world.wish(ReportDay())
        if luck.strikes("closes the day", 0.05):
            for _ in range(2 if luck.strikes("presses twice", 0.3) else 1):
                self.close_day()

    # ---------------------------------------------------------------- as one should not

    def _press_anything(self) -> None:
        world, luck = self._world, self._world.luck
        state = world.engine._state
        references = tuple(state.payments) or ("nobody-0001",)
        reference = luck.one_of(references)
        number = luck.one_of(tuple(state.sales) or (1,))
        wish = luck.one_of(
            (
                AddArticle(luck.one_of(PLUS)),
                ChangeQuantity(1, 2000),
                VoidLine(1),
                VoidSale(),
                StartPayment(Flow.CUSTOMER_SCREEN),
                CancelOpenPayment(reference),
                CompleteOpenPayment(reference),
                ReleaseOpenPayment(reference),
                CheckNow(reference),
                SetAside(),
                TakeUp(number),
                PutAway(number),
                NextSale(),
                RawScan(world.bank.desk.customers[0].personal_qr),
                RawScan("7038010001659"),
            )
        )
        for _ in range(2 if luck.strikes("presses twice", 0.3) else 1):
            world.wish(wish)
