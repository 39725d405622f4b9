"""Both windows: a snapshot and the hour in, finished views out."""

from datetime import datetime

from till.domain.catalogue import Article, Unit
from till.domain.faults import FaultCode
from till.domain.intents import AddArticle, SetAside, StartPayment, VoidSale
from till.domain.payment import Flow, Payment
from till.domain.sale import Sale
from till.engine.ports import ReaderState
from till.engine.snapshot import Panel, Snapshot
from till.engine.wishes import ShowPanel, UseCheckIn, UseWaitingCode, Weigh
from till.presentation.house import House
from till.presentation.present_basket import BasketPresenter, shown_sale
from till.presentation.present_day import present_day, present_day_report
from till.presentation.present_deadlines import deadline_statuses
from till.presentation.present_distance import present_request
from till.presentation.present_double import double_statuses
from till.presentation.present_history import find_action, present_found, present_page, present_search
from till.presentation.present_open import present_open_payments
from till.presentation.present_payment import present_payment
from till.presentation.present_refund import present_refund
from till.presentation.present_shown import present_shown
from till.presentation.present_stores import present_store, present_stores
from till.presentation.present_support import present_support
from till.presentation.views import (
    Action,
    ArticleButton,
    Bar,
    CashierView,
    NoticeView,
    NumberPanel,
    PanelView,
    SellingPanel,
    ShopPanel,
    Status,
    Tab,
    TenderPanel,
    Tone,
    WeighingPanel,
    Weight,
)

#: Country codes offered for a typed number, the shop's own first (requirement: Nordic customers everywhere).
_PREFIXES = {"NO": ("47", "45", "358", "46"), "DK": ("45", "47", "46", "358"), "FI": ("358", "46", "47", "45")}


class CashierPresenter:
    """Presents the cashier's window; rows and favourites that stayed the same are not made twice."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._basket = BasketPresenter(house)
        self._favourites: tuple[Article, ...] | None = None
        self._tabs: tuple[Tab, ...] = ()

    def present(self, snapshot: Snapshot, now: datetime) -> CashierView:
        """Return the whole window for this snapshot at this moment."""
        return CashierView(
            bar=self._bar(snapshot, now),
            basket=self._basket.present(snapshot),
            panel=self._panel(snapshot, now),
            notice=self._notice(snapshot),
        )

    # ------------------------------------------------------------------ bar

    def _bar(self, snapshot: Snapshot, now: datetime) -> Bar:
        house, words = self._house, self._house.words
        state = snapshot.state
        count = len(state.open_references) + len(state.doubles) + len(state.open_hub_refunds)
        return Bar(
            shop=snapshot.state.store_in_use or house.shop,
            till=house.till,
            badge=words.say("bar.test") if house.is_test else "",
            statuses=(
                *self._reader_statuses(snapshot),
                self._network_status(snapshot),
                *self._disk_statuses(snapshot),
                *self._hub_statuses(snapshot),
                *double_statuses(house, snapshot),
                *deadline_statuses(house, snapshot, now),
            ),
            open_payments=Action(
                words.say("bar.open_payments"), ShowPanel(Panel.OPEN_PAYMENTS), "F8", amount=str(count)
            ),
            support=Action(words.say("bar.support"), ShowPanel(Panel.SUPPORT), "F1"),
            find=find_action(house),
            clock=house.figures.clock(now),
            store=present_store(house, snapshot.state),
        )

    def _reader_statuses(self, snapshot: Snapshot) -> tuple[Status, ...]:
        words = self._house.words
        name = words.say("bar.scanner")
        fault = snapshot.around.scanner_fault
        if fault is not None and ReaderState.LOST not in snapshot.around.readers.values():
            said = words.fault(fault.code)
            label = words.say("bar.scanner_label_setting")
            return (Status("scanner", label, Tone.LOOK, said.in_full),)
        if not snapshot.around.readers:
            return (Status("scanner", name, Tone.WELL, words.say("bar.scanner_wedge")),)
        states = snapshot.around.readers.values()
        if any(state is ReaderState.READY for state in states):
            return (Status("scanner", name, Tone.WELL, words.say("bar.scanner_ready")),)
        if any(state is ReaderState.LOST for state in states):
            return (Status("scanner", words.say("bar.scanner_label_lost"), Tone.BROKEN, words.say("bar.scanner_lost")),)
        if any(state is ReaderState.OPENING for state in states):
            return (Status("scanner", name, Tone.LOOK, words.say("bar.scanner_opening")),)
        return (Status("scanner", name, Tone.LOOK, words.say("bar.scanner_absent")),)

    def _network_status(self, snapshot: Snapshot) -> Status:
        words = self._house.words
        fault = snapshot.around.stopped or snapshot.around.wallet_fault
        if fault is None:
            return Status("network", words.say("bar.network"), Tone.WELL, words.say("bar.network_well"))
        said = words.fault(fault.code)
        label = {
            FaultCode.KEYS_REFUSED: "bar.network_label_keys",
            FaultCode.KEYS_MISSING: "bar.network_label_missing",
        }.get(fault.code, "bar.network_label_down")
        return Status("network", words.say(label), Tone.BROKEN, said.in_full)

    def _disk_statuses(self, snapshot: Snapshot) -> tuple[Status, ...]:
        fault, words = snapshot.around.disk_fault, self._house.words
        if fault is None:
            return ()
        said = words.fault(fault.code)
        return (Status("disk", words.say("bar.disk"), Tone.BROKEN, said.in_full),)

    def _hub_statuses(self, snapshot: Snapshot) -> tuple[Status, ...]:
        around, words = snapshot.around, self._house.words
        fault = around.hub_fault or around.books_fault or around.articles_fault
        if fault is None:
            return ()
        label, tone = {
            FaultCode.HUB_AWAY: ("bar.hub_away", Tone.LOOK),
            FaultCode.HUB_REFUSED: ("bar.hub_refused", Tone.BROKEN),
            FaultCode.BOOKS_BEHIND: ("bar.hub_books", Tone.LOOK),
            FaultCode.ARTICLES_NOT_TAKEN: ("bar.hub_articles", Tone.LOOK),
        }.get(fault.code, ("bar.hub_books", Tone.BROKEN))
        return (Status("hub", words.say(label), tone, words.fault(fault.code).in_full),)

    # ------------------------------------------------------------------ panel

    def _panel(self, snapshot: Snapshot, now: datetime) -> PanelView:
        around = snapshot.around
        if around.panel is Panel.OPEN_PAYMENTS:
            return present_open_payments(self._house, snapshot, now)
        if around.panel is Panel.SUPPORT:
            return present_support(self._house, snapshot)
        if around.panel is Panel.DAY:
            return present_day(self._house, snapshot)
        if around.panel is Panel.DAY_REPORT and (report := present_day_report(self._house, snapshot)) is not None:
            return report
        if around.panel is Panel.REFUND:
            return present_refund(self._house, snapshot)
        if around.panel is Panel.SHOWN and around.shown is not None:
            return present_shown(self._house, around.shown, around.inquiry.chosen)
        if around.panel is Panel.FIND_PAYMENT:
            return present_search(self._house, now)
        if around.panel is Panel.FOUND_PAYMENTS:
            return present_found(self._house, snapshot)
        if around.panel is Panel.PAYMENT and around.inquiry.chosen is not None:
            return present_page(self._house, snapshot, around.inquiry.chosen)
        if around.panel is Panel.STORES:
            return present_stores(self._house, snapshot)
        sale, payment = shown_sale(snapshot), snapshot.state.payment
        if sale is not None and payment is not None and self._belongs_to_payment(snapshot, payment):
            return present_payment(self._house, snapshot, sale, payment, now)
        if around.panel is Panel.WEIGHING and around.weighing is not None:
            return self._weighing(around.weighing)
        if sale is not None and around.panel is Panel.TENDER:
            return self._tender(snapshot, sale)
        if sale is not None and around.panel is Panel.NUMBER:
            return self._number(sale)
        if sale is not None and around.panel is Panel.DISTANCE:
            return present_request(self._house, sale, _PREFIXES[self._house.market.value])
        if around.panel is Panel.SHOP and (sale is None or sale.basket.is_empty):
            return ShopPanel()
        return self._selling(snapshot, sale)

    def _belongs_to_payment(self, snapshot: Snapshot, payment: Payment) -> bool:
        """Whether the panel is the payment's: while it is open, and after it until the cashier has seen the end."""
        if not payment.is_final:
            return True
        sale = snapshot.state.sale
        if sale is not None and sale.is_completed:
            return True
        return snapshot.around.acknowledged != payment.terms.reference and snapshot.around.panel is Panel.SELLING

    def _selling(self, snapshot: Snapshot, sale: Sale | None) -> SellingPanel:
        words = self._house.words
        is_empty = sale is None or sale.basket.is_empty
        found = snapshot.around.found
        buttons = None if found is None else tuple(self._button(article) for article in found.articles)
        note = ""
        if found is not None:
            count = len(found.articles)
            note = (
                words.say("selling.found", count=str(count))
                if count
                else words.say("selling.nothing_found", text=found.text[:40])
            )
        hint = "selling.hint" if self._house.starts_on_scan and self._house.is_push_allowed else "selling.hint_ask"
        return SellingPanel(
            tabs=self._favourite_tabs(snapshot),
            found=buttons,
            found_note=note,
            actions=(
                Action(words.say("selling.refund"), ShowPanel(Panel.REFUND), "F7"),
                Action(words.say("selling.day"), ShowPanel(Panel.DAY), "F9"),
                Action(words.say("selling.shop"), ShowPanel(Panel.SHOP), "F10"),
            )
            if is_empty
            else (
                Action(words.say("selling.set_aside"), SetAside(), "F6"),
                Action(words.say("selling.void_sale"), VoidSale(), weight=Weight.DANGER),
            ),
            pay=Action(
                words.say("selling.pay"),
                ShowPanel(Panel.TENDER),
                "F12",
                amount="" if sale is None or is_empty else self._house.figures.money(sale.basket.total),
                weight=Weight.PRIMARY,
                is_enabled=not is_empty and not snapshot.state.is_locked,
            ),
            hint=words.say("selling.hint_empty" if is_empty else hint),
        )

    def _favourite_tabs(self, snapshot: Snapshot) -> tuple[Tab, ...]:
        if self._favourites is not snapshot.favourites:
            pages: dict[str, list[ArticleButton]] = {}
            for article in snapshot.favourites:
                pages.setdefault(article.favourite or "", []).append(self._button(article))
            self._tabs = tuple(Tab(name, tuple(buttons)) for name, buttons in pages.items())
            self._favourites = snapshot.favourites
        return self._tabs

    def _button(self, article: Article) -> ArticleButton:
        is_weighed = article.unit is Unit.KG
        price = self._house.figures.amount(article.price)
        return ArticleButton(
            plu=article.plu,
            name=article.name,
            price=f"{price} /kg" if is_weighed else price,
            colour=article.colour or "",
            wish=Weigh(article.plu) if is_weighed else AddArticle(article.plu),
            note=article.group,
        )

    def _weighing(self, article: Article) -> WeighingPanel:
        words = self._house.words
        price = self._house.figures.amount(article.price)
        return WeighingPanel(
            title=words.say("weighing.title", name=article.name),
            note=words.say("weighing.note", price=price),
            plu=article.plu,
            unit_price=price,
            back=Action(words.say("weighing.back"), ShowPanel(Panel.SELLING), "Esc"),
            confirm_label=words.say("weighing.confirm"),
        )

    def _tender(self, snapshot: Snapshot, sale: Sale) -> TenderPanel:
        words = self._house.words
        amount = self._house.figures.money(sale.basket.total)
        age = sale.basket.least_age
        choices = (
            *self._by_check_in(snapshot),
            self._by_scan(snapshot),
            self._by_screen(),
            self._by_number(),
            *self._by_request(),
        )
        first = next((place for place, choice in enumerate(choices) if choice.is_enabled), 0)
        return TenderPanel(
            title=words.say("tender.title", amount=amount),
            brand=words.brand,
            back=Action(words.say("tender.back"), ShowPanel(Panel.SELLING), "Esc"),
            choices=tuple(_with_weight(choice, is_first=place == first) for place, choice in enumerate(choices)),
            hint=words.say("tender.hint") if age is None else words.say("tender.age", age=str(age)),
        )

    def _by_check_in(self, snapshot: Snapshot) -> tuple[Action, ...]:
        """A customer who has checked in is who pays, unless the cashier has just scanned another one's code."""
        words, visit = self._house.words, snapshot.around.visit
        if visit is None or snapshot.around.pending_customer:
            return ()
        note = words.say("tender.check_in_note", name=visit.name)
        return (Action(words.say("tender.check_in"), UseCheckIn(), "Enter", note=note),)

    def _by_scan(self, snapshot: Snapshot) -> Action:
        """The recommended way: nothing to press, the reader is ready; with a held code, Enter sends it."""
        words, is_allowed = self._house.words, self._house.is_push_allowed
        if snapshot.around.pending_customer:
            note = words.say("tender.scan_held_note")
            return Action(words.say("tender.scan_held"), UseWaitingCode(), "Enter", note=note)
        states = snapshot.around.readers.values()
        is_ready = not states or any(state is ReaderState.READY for state in states)
        note = words.say("tender.scan_ready" if is_ready else "tender.scan_no_reader")
        if not is_allowed:
            note = words.say("tender.push_off")
        return Action(
            words.say("tender.scan"), ShowPanel(Panel.TENDER), "1", note=note, is_enabled=is_allowed and is_ready
        )

    def _by_screen(self) -> Action:
        words = self._house.words
        note = words.say("tender.screen_note")
        return Action(words.say("tender.screen"), StartPayment(Flow.CUSTOMER_SCREEN), "2", note=note)

    def _by_number(self) -> Action:
        words, is_allowed = self._house.words, self._house.is_push_allowed
        note = "" if is_allowed else words.say("tender.push_off")
        return Action(words.say("tender.number"), ShowPanel(Panel.NUMBER), "3", note=note, is_enabled=is_allowed)

    def _by_request(self) -> tuple[Action, ...]:
        words, is_allowed = self._house.words, self._house.is_push_allowed
        if not self._house.sells_at_a_distance:
            return ()
        note = words.say("tender.request_note" if is_allowed else "tender.push_off")
        return (Action(words.say("tender.request"), ShowPanel(Panel.DISTANCE), "4", note=note, is_enabled=is_allowed),)

    def _number(self, sale: Sale) -> NumberPanel:
        words = self._house.words
        prefixes = _PREFIXES[self._house.market.value]
        return NumberPanel(
            title=words.say("number.title"),
            hint=words.say("number.hint", amount=self._house.figures.money(sale.basket.total)),
            prefix=prefixes[0],
            prefixes=prefixes,
            back=Action(words.say("number.back"), ShowPanel(Panel.TENDER), "Esc"),
            confirm_label=words.say("number.confirm"),
        )

    # ------------------------------------------------------------------ notice

    def _notice(self, snapshot: Snapshot) -> NoticeView | None:
        notice = snapshot.around.notice
        if notice is None:
            return self._visit_notice(snapshot)
        text = self._house.words.refusal(notice.refusal.code, notice.refusal.detail)
        return NoticeView(notice.serial, Tone.LOOK, text)

    def _visit_notice(self, snapshot: Snapshot) -> NoticeView | None:
        """A customer who waits is in view until somebody has taken care of it; here unless the ways to pay begin with it."""
        visit = snapshot.around.visit
        is_offered = snapshot.around.panel is Panel.TENDER and not snapshot.around.pending_customer
        if visit is None or is_offered:
            return None
        sale = snapshot.state.sale
        is_ready = sale is not None and not sale.is_over and not sale.basket.is_empty
        is_ready = is_ready and snapshot.around.panel is Panel.SELLING and not snapshot.state.is_locked
        key = "visit.waiting_push" if is_ready else "visit.waiting"
        text = self._house.words.say(key, name=visit.name)
        return NoticeView(-1 - visit.serial, Tone.WELL, text, stays=True)


def _with_weight(action: Action, *, is_first: bool) -> Action:
    weight = Weight.PRIMARY if is_first else Weight.QUIET
    return Action(action.label, action.wish, action.key, action.note, action.amount, weight, action.is_enabled)
