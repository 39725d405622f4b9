"""The cashier's window: bar, basket and one panel; it is handed views and says what was asked.

Only the panel for selling is made with the window; every other one is made when it is first shown.
"""

from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from till.domain.intents import VoidLine
from till.presentation.views import (
    Action,
    AmountPanel,
    CashierView,
    FindPaidPanel,
    HubRefundPanel,
    NumberPanel,
    OpenPaymentsPanel,
    PanelView,
    PaymentPage,
    PaymentPanel,
    ReceiptView,
    ReportPanel,
    RequestPanel,
    SearchPanel,
    SellingPanel,
    ShopPanel,
    ShownPanel,
    StoppedView,
    StoresPanel,
    TenderPanel,
    WeighingPanel,
)
from till.ui.basket_panel import BasketPanel
from till.ui.keypad_panels import KeypadPanel, NumberKeypad, NumberPanelWidget, WeighingPanelWidget
from till.ui.list_panels import OpenPaymentsPanelWidget, StoresPanelWidget, TenderPanelWidget
from till.ui.notice_bar import NoticeBar
from till.ui.payment_page import PaymentPageWidget
from till.ui.payment_panel import PaymentPanelWidget
from till.ui.receipt import ReceiptWidget
from till.ui.refund_panels import AmountPanelWidget, FindPaidPanelWidget, HubRefundPanelWidget
from till.ui.report_panel import ReportPanelWidget
from till.ui.request_panel import RequestPanelWidget, ShownPanelWidget
from till.ui.search_panel import SearchPanelWidget
from till.ui.selling_panel import SellingPanelWidget
from till.ui.status_bar import StatusBar
from till.ui.stopped_panel import StoppedPanel
from till.ui.theme import Look

if TYPE_CHECKING:
    from till.ui.owner.pages import OwnerPagesWidget

RIGHT_LEAST, RIGHT_MOST = 500, 640
W = TypeVar("W", bound=QWidget)


class MainWindow(QWidget):
    """Renders a CashierView; `asked` carries wishes, `closing` a try to close the window."""

    asked = Signal(object)
    closing = Signal()

    def __init__(self, look: Look, title: str) -> None:
        super().__init__()
        self.setObjectName("ground")
        self.setWindowTitle(title)
        self.setMinimumSize(1024, 700)
        self.resize(1280, 800)
        self.may_close = False
        self._view: CashierView | None = None
        self._look = look
        self._bar = StatusBar(look)
        self._basket = BasketPanel(look)
        self._notice = NoticeBar(look)
        self._panels = QStackedWidget()
        self._body = QWidget()
        self._column = QVBoxLayout(self)
        self._is_owners = False
        self._selling = self._add(SellingPanelWidget(look))
        self._basket.asked.connect(self._ask)
        self._notice.asked.connect(self.asked)
        self._bar.asked.connect(self._ask)
        self._bar.explained.connect(self._notice.explain)
        self._lay_out(look)

    @cached_property
    def _tender(self) -> TenderPanelWidget:
        return self._add(TenderPanelWidget(self._look))

    @cached_property
    def _number(self) -> NumberPanelWidget:
        return self._add(NumberPanelWidget(self._look))

    @cached_property
    def _request(self) -> RequestPanelWidget:
        return self._add(RequestPanelWidget(self._look))

    @cached_property
    def _shown(self) -> ShownPanelWidget:
        return self._add(ShownPanelWidget(self._look))

    @cached_property
    def _weighing(self) -> WeighingPanelWidget:
        return self._add(WeighingPanelWidget(self._look))

    @cached_property
    def _find_paid(self) -> FindPaidPanelWidget:
        return self._add(FindPaidPanelWidget(self._look))

    @cached_property
    def _amount(self) -> AmountPanelWidget:
        return self._add(AmountPanelWidget(self._look))

    @cached_property
    def _hub_refund(self) -> HubRefundPanelWidget:
        return self._add(HubRefundPanelWidget(self._look))

    @cached_property
    def _payment(self) -> PaymentPanelWidget:
        return self._add(PaymentPanelWidget(self._look))

    @cached_property
    def _open(self) -> OpenPaymentsPanelWidget:
        return self._add(OpenPaymentsPanelWidget(self._look))

    @cached_property
    def _stores(self) -> StoresPanelWidget:
        return self._add(StoresPanelWidget(self._look))

    @cached_property
    def _report(self) -> ReportPanelWidget:
        return self._add(ReportPanelWidget(self._look))

    @cached_property
    def _search(self) -> SearchPanelWidget:
        return self._add(SearchPanelWidget(self._look))

    @cached_property
    def _page(self) -> PaymentPageWidget:
        return self._add(PaymentPageWidget(self._look))

    @cached_property
    def _receipt(self) -> ReceiptWidget:
        receipt = self._add(ReceiptWidget(self._look))
        receipt.closed.connect(self._show_payment)
        return receipt

    @cached_property
    def owner(self) -> "OwnerPagesWidget":
        """The owner's pages, in the place of basket and panel."""
        from till.ui.owner.pages import OwnerPagesWidget  # not before the owner asks: it is nothing that sells

        pages = OwnerPagesWidget(self._look)
        self._bar.explained.connect(pages.notice.explain)
        self._column.addWidget(pages, 1)
        return pages

    @cached_property
    def _stopped(self) -> StoppedPanel:
        return self._add(StoppedPanel(self._look))

    def _add(self, panel: W) -> W:
        self._panels.addWidget(panel)
        if isinstance(panel, _WITH_ACTIONS):
            panel.asked.connect(self._ask)
        return panel

    def show_view(self, view: CashierView) -> None:
        """Show a view; what has not changed is left alone."""
        before, self._view = self._view, view
        self._bar.show_view(view.bar)
        if before is None or view.basket != before.basket:
            self._basket.show_view(view.basket)
        self._render_panel(view.panel)
        self._turn(is_owners=isinstance(view.panel, ShopPanel))
        (self.owner.notice if self._is_owners else self._notice).show_view(view.notice)

    def show_receipt(self, view: ReceiptView) -> None:
        """Show a receipt in the panel's place."""
        self._receipt.show_view(view)
        self._panels.setCurrentWidget(self._receipt)

    def show_stopped(self, view: StoppedView) -> None:
        """Say that the till cannot go on, and what to do; nothing of a sale can be pressed."""
        self._turn(is_owners=False)
        self._stopped.show_view(view)
        self._panels.setCurrentWidget(self._stopped)

    def press_key(self, key: str) -> bool:
        """Press what a key stands for here; return whether it stood for anything."""
        if self._is_owners:
            return self.owner.press_key(key) or self._press_action(key, ())
        panel = self._panels.currentWidget()
        if isinstance(panel, ReceiptWidget):
            self._show_payment()
            return True
        if key == "F3" and panel is self._selling:
            self._selling.focus_search()
            return True
        if key == "Esc" and panel is self._selling:
            return self._selling.escape()
        if key == "Enter" and isinstance(panel, SellingPanelWidget | KeypadPanel):
            return panel.enter()
        if key == "Del":
            return self._void_chosen()
        return self._press_action(key, panel.key_actions() if isinstance(panel, _WITH_ACTIONS) else ())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask before closing; whoever answers yes sets `may_close`."""
        if self.may_close:
            event.accept()
        else:
            event.ignore()
            self.closing.emit()

    def _ask(self, wish: object) -> None:
        if wish is not None:
            self.asked.emit(wish)

    def _press_action(self, key: str, actions: tuple[Action, ...]) -> bool:
        """Press what a key stands for among these and in the bar; return whether it stood for anything."""
        action = next((one for one in (*actions, *self._bar_actions()) if one.key == key), None)
        if action is None:
            return False
        if action.is_enabled:
            self._ask(action.wish)
        return True

    def _bar_actions(self) -> tuple[Action, ...]:
        """Return what the bar's keys may press: nothing of a till that has stopped."""
        if self._view is None or isinstance(self._panels.currentWidget(), StoppedPanel):
            return ()
        bar = self._view.bar
        own = (bar.open_payments, bar.support, bar.find)
        return own if bar.store is None else (*own, bar.store)

    def _turn(self, *, is_owners: bool) -> None:
        """Give the window to the owner's pages, or back to basket and panel."""
        if is_owners is self._is_owners:
            return
        self._is_owners = is_owners
        self._body.setVisible(not is_owners)
        self.owner.setVisible(is_owners)
        (self.owner if is_owners else self).setFocus()

    def _void_chosen(self) -> bool:
        line = self._basket.chosen_line()
        if line is None:
            return False
        self.asked.emit(VoidLine(line))
        return True

    def _render_panel(self, view: PanelView) -> None:
        current = self._panels.currentWidget()
        if isinstance(current, StoppedPanel) or (isinstance(current, ReceiptWidget) and isinstance(view, PaymentPanel)):
            return
        panel = self._rendered(view)
        if panel is not current:
            if isinstance(current, NumberKeypad | FindPaidPanelWidget | HubRefundPanelWidget):
                current.clear()
            self._panels.setCurrentWidget(panel)
            if isinstance(panel, KeypadPanel):
                panel.focus_field()
            else:
                self.setFocus()

    def _rendered(self, view: PanelView) -> QWidget:
        """Hand a view to the panel of its kind and return that panel."""
        match view:
            case SellingPanel():
                self._selling.show_view(view)
                return self._selling
            case ShopPanel():
                return self._selling
            case TenderPanel():
                self._tender.show_view(view)
                return self._tender
            case StoresPanel():
                self._stores.show_view(view)
                return self._stores
            case NumberPanel():
                self._number.show_view(view)
                return self._number
            case RequestPanel():
                self._request.show_view(view)
                return self._request
            case ShownPanel():
                self._shown.show_view(view)
                return self._shown
            case WeighingPanel():
                self._weighing.show_view(view)
                return self._weighing
            case FindPaidPanel():
                self._find_paid.show_view(view)
                return self._find_paid
            case AmountPanel():
                self._amount.show_view(view)
                return self._amount
            case HubRefundPanel():
                self._hub_refund.show_panel(view)
                return self._hub_refund
            case PaymentPanel():
                self._payment.show_view(view)
                return self._payment
            case OpenPaymentsPanel():
                self._open.show_view(view)
                return self._open
            case ReportPanel():
                self._report.show_view(view)
                return self._report
            case SearchPanel():
                self._search.show_view(view)
                return self._search
            case PaymentPage():
                self._page.show_view(view)
                return self._page

    def _show_payment(self) -> None:
        self._panels.setCurrentWidget(self._payment)
        if self._view is not None:
            self._render_panel(self._view.panel)

    def _lay_out(self, look: Look) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        right = QWidget()
        right.setObjectName("ground")
        right.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        right.setMinimumWidth(look.px(RIGHT_LEAST))
        right.setMaximumWidth(look.px(RIGHT_MOST))
        inner = QVBoxLayout(right)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addWidget(self._panels, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(look.px(16), 0, look.px(16), look.px(12))
        foot.addWidget(self._notice)
        inner.addLayout(foot)
        row = QHBoxLayout(self._body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._basket, 58)
        row.addWidget(_upright(look))
        row.addWidget(right, 42)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self._bar)
        self._column.addWidget(self._body, 1)


_WITH_ACTIONS = (
    SellingPanelWidget
    | TenderPanelWidget
    | StoresPanelWidget
    | KeypadPanel
    | PaymentPanelWidget
    | OpenPaymentsPanelWidget
    | ReportPanelWidget
    | StoppedPanel
    | PaymentPageWidget
)


def _upright(look: Look) -> QWidget:
    line = QWidget()
    line.setFixedWidth(max(1, look.px(1)))
    line.setStyleSheet(f"background: {look.tokens.line};")
    return line
