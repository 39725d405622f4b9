"""Both windows as their users have them: real widgets, real key events, pictures that are read back."""

from collections.abc import Callable

import pytest
import zxingcpp
from msgspec.structs import replace
from PIL import Image
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from tests.engine.test_engine import ONE_STORE, PERSONAL, Till, paying
from tests.presentation.test_presenters import house
from till.domain.faults import Fault, FaultCode
from till.domain.intents import AddArticle, ChangeQuantity, StartPayment, VoidLine
from till.domain.money import Currency, Money
from till.domain.payment import Flow, Operation, Pace, Unanswered, Verdict
from till.domain.secret import Secret
from till.domain.store import Stores
from till.engine.hub_ports import CustomerArrived, HubChanged
from till.engine.ports import Act, Ask, Code, DiskChanged, RawScan, RefusedScan
from till.engine.snapshot import Panel
from till.engine.wishes import CodeNotShown, NextSale, ShowPanel, Weigh
from till.presentation.present import CashierPresenter
from till.presentation.present_customer import CustomerPresenter
from till.sandbox import pictures
from till.ui import theme
from till.ui.customer_window import CustomerWindow
from till.ui.keys import KeyGate
from till.ui.main_window import MainWindow
from till.ui.receipt import save_receipt
from till.ui.screens import choose
from till.ui.status_bar import StatusWord

QR_TEXT = "https://qr.vipps.no/s/TokenOfOnePayment0123456789abcd"


class Counter:
    """A cashier's window over an engine with doubles: what is asked is taken at once, and what comes of it is shown."""

    def __init__(self, qtbot: QtBot, till: Till | None = None, stores: Stores = ONE_STORE) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        look = theme.Look(has_motion=False)
        theme.load_fonts()
        theme.apply(app, look)
        self.till = till or Till()
        self.asked: list[object] = []
        self.scans: list[RawScan | RefusedScan] = []
        self.window = MainWindow(look, "Kasse 1")
        self.customer = CustomerWindow(look, "Storgata")
        for window in (self.window, self.customer):
            qtbot.addWidget(window)
        self.window.may_close = True
        self._presenter = CashierPresenter(replace(house(), stores=stores))
        self.window.asked.connect(self.take)
        # Time is typed with the keys, so that a busy machine makes no person out of a scanner.
        self.now_s = 1000.0
        self.gate = KeyGate(
            app,
            scanned=self.scan,
            pressed=self.window.press_key,
            monotonic_s=lambda: self.now_s,
            pressed_s=lambda _: self.now_s,
        )
        # The filter goes with its window, so that no test types into another's.
        self.gate.setParent(self.window)
        self.window.show()
        self.gate.stand_before(self.window.windowHandle())
        self.window.activateWindow()
        qtbot.waitExposed(self.window)
        self.show()

    def take(self, wish: object) -> None:
        self.asked.append(wish)
        self.till.take(wish)
        self.show()

    def scan(self, scan: RawScan | RefusedScan) -> None:
        self.scans.append(scan)
        self.take(scan)

    def show(self) -> None:
        now = self.till.clock.now()
        self.window.show_view(self._presenter.present(self.till.shown, now))
        self.customer.show_view(CustomerPresenter(house()).present(self.till.shown, now))

    def type_text(self, text: str, pause_ms: int = 0) -> None:
        handle = self.window.windowHandle()
        for character in text:
            if character == "\n":
                QTest.keyClick(handle, Qt.Key.Key_Return)
            else:
                QTest.keyClick(handle, character)
            self.now_s += pause_ms / 1000
            if pause_ms:
                QTest.qWait(min(pause_ms, 5))

    def key(self, key: Qt.Key) -> None:
        QTest.keyClick(self.window.windowHandle(), key)
        self.let_time_pass()

    def let_time_pass(self) -> None:
        """Let what is held back be decided: a second passes on the keys' clock, and the gate's timer runs."""
        self.now_s += 1
        QTest.qWait(90)


@pytest.fixture
def counter(qtbot: QtBot) -> Counter:
    return Counter(qtbot)


def read_codes(widget: QWidget) -> list[str]:
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    widget.grab().save(buffer, "PNG")
    import io

    return [found.text for found in zxingcpp.read_barcodes(Image.open(io.BytesIO(content.data())))]


def codes_of(till: Till) -> list[str]:
    del till
    from tests.doubles.articles import small_shop

    return [article.gtin[1:] for article in small_shop()._articles if article.gtin and article.plu != "1002"]


@pytest.mark.parametrize("pause_ms", [0, 1, 5])
def test_ten_codes_in_one_burst_give_their_lines_and_one_notice(counter: Counter, pause_ms: int) -> None:
    """Known pains 12, 13, 15; fault catalogue H3, H5."""
    good = codes_of(counter.till)
    burst = [*good[:3], "7038010001659", *good[3:], *good[:4], good[0]]
    counter.type_text("".join(f"{code}\n" for code in burst), pause_ms)
    assert [getattr(scan, "text", scan) for scan in counter.scans] == burst
    assert counter.till.shown.state.sale is not None
    assert len(counter.till.shown.state.sale.basket.lines) == 9
    assert counter.till.shown.around.notice is not None
    assert counter.asked == counter.scans, "no key of a scan pressed anything"


def test_a_burst_into_every_field_of_every_panel_reaches_no_field(counter: Counter) -> None:
    """Fault catalogue H4, H5, H6; known pain 12."""
    counter.take(AddArticle("1001"))
    for prepare in (
        lambda: counter.key(Qt.Key.Key_F3),
        lambda: counter.take(ShowPanel(Panel.NUMBER)),
        lambda: counter.take(Weigh("1002")),
    ):
        counter.take(ShowPanel(Panel.SELLING))
        prepare()
        counter.type_text("7038010001659\n")
        assert all(field.text() == "" for field in counter.window.findChildren(QLineEdit) if field.isVisible())
    counter.take(ShowPanel(Panel.NUMBER))
    counter.type_text(PERSONAL + "\n")
    assert any(isinstance(scan, RawScan) and scan.text == PERSONAL for scan in counter.scans)


@pytest.mark.parametrize("end", [Qt.Key.Key_M, Qt.Key.Key_J, Qt.Key.Key_I])
def test_a_scanner_that_ends_its_codes_with_a_control_key_is_read(counter: Counter, end: Qt.Key) -> None:
    """Fault catalogue H3."""
    for _ in range(2):
        counter.type_text("7038010001642")
        QTest.keyClick(counter.window.windowHandle(), end, Qt.KeyboardModifier.ControlModifier)
    assert [getattr(scan, "text", scan) for scan in counter.scans] == ["7038010001642"] * 2


def test_a_sign_written_with_alt_gr_is_typed_into_the_field(counter: Counter) -> None:
    alt_gr = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    counter.key(Qt.Key.Key_F3)
    QTest.keyClick(counter.window.windowHandle(), "@", alt_gr)
    counter.let_time_pass()
    assert any(field.text() == "@" for field in counter.window.findChildren(QLineEdit))


def test_a_cashier_refunds_a_sale_with_the_keyboard_alone(qtbot: QtBot) -> None:
    """Fault catalogue A20, E14: one key at a time, from the receipt's number to the end; unknown is not failed."""
    till = paying()
    paid = till.report(Verdict.AUTHORIZED, captured=True)
    till.take(till.report(Verdict.AUTHORIZED), paid, NextSale())
    counter = Counter(qtbot, till)
    counter.key(Qt.Key.Key_F7)
    counter.type_text("1", 90)
    counter.let_time_pass()
    counter.key(Qt.Key.Key_Return)
    assert till.wallet.sent[-1] == Ask(paid.reference, "900001", shows_code=False, pace=Pace.URGENT)
    counter.take(paid)
    counter.type_text("1000", 90)
    counter.let_time_pass()
    counter.key(Qt.Key.Key_Return)
    assert till.wallet.sent[-1] == Act(
        paid.reference, "900001", Operation.REFUND, Money(1000, Currency.NOK), f"{paid.reference}-refund-1"
    )
    fault = Fault(FaultCode.NO_ANSWER)
    counter.take(Unanswered(paid.reference, till.clock.now(), Operation.REFUND, fault, is_sent=True))
    assert "10,00 kr" in text_of(counter.window)
    assert "vet ikke ennå" in text_of(counter.window)
    counter.take(replace(paid, refunded=Money(1000, Currency.NOK)))
    assert "er tilbakeført" in text_of(counter.window)
    assert "Tilbakeført" in text_of(counter.customer)
    counter.key(Qt.Key.Key_Return)
    assert till.shown.around.panel is Panel.SELLING


def test_a_picture_that_cannot_be_read_after_all_is_told_to_the_cashier(qtbot: QtBot) -> None:
    """Fault catalogue J2: the customer is not asked to scan what is not there."""
    counter = Counter(qtbot, paying())
    reference = counter.till.reference
    counter.take(Code(reference, b"\x89PNG\r\n\x1a\n and nothing more", None))
    assert counter.customer.lacks_code(reference)
    counter.take(CodeNotShown(reference))
    fault = counter.till.shown.around.code_fault
    assert fault == (reference, Fault(FaultCode.PICTURE_NOT_SHOWN))


def text_of(window: QWidget) -> str:
    return " ".join(label.text() for label in window.findChildren(QLabel) if not label.isHidden())


def test_a_customers_code_that_stalls_on_its_way_is_still_one_code(counter: Counter) -> None:
    """Fault catalogue H4; known pain 12."""
    counter.take(AddArticle("1001"))
    counter.type_text(PERSONAL[:20])
    counter.now_s += 0.3
    QTest.qWait(90)
    counter.type_text(PERSONAL[20:] + "\n")
    assert [getattr(scan, "text", scan) for scan in counter.scans] == [PERSONAL]


def test_a_person_can_type_search_and_ring_up_with_the_keyboard_alone(counter: Counter) -> None:
    counter.key(Qt.Key.Key_F3)
    counter.type_text("sol", 90)
    counter.let_time_pass()
    counter.key(Qt.Key.Key_Return)
    assert counter.till.shown.state.sale is not None
    assert counter.till.shown.state.sale.basket.lines[0].article.name == "Solbrus 0,5 l"
    counter.key(Qt.Key.Key_F12)
    assert counter.till.shown.around.panel is Panel.TENDER
    counter.key(Qt.Key.Key_3)
    assert counter.till.shown.around.panel is Panel.NUMBER
    counter.type_text("00000001", 80)
    counter.let_time_pass()
    counter.key(Qt.Key.Key_Return)
    assert StartPayment(Flow.PHONE_NUMBER, Secret("4700000001")) in counter.asked
    field = next(one for one in counter.window.findChildren(QLineEdit) if one.maxLength() == 16)
    assert field.text() == "", "the number is forgotten as soon as it was sent"


def test_escape_goes_back_and_enter_goes_on(counter: Counter) -> None:
    counter.take(AddArticle("1001"))
    counter.key(Qt.Key.Key_F12)
    counter.key(Qt.Key.Key_Escape)
    assert counter.till.shown.around.panel is Panel.SELLING
    counter.till = paying(till=counter.till)
    counter.till.take(counter.till.report(Verdict.AUTHORIZED), counter.till.report(Verdict.AUTHORIZED, captured=True))
    counter.show()
    counter.key(Qt.Key.Key_Return)
    assert isinstance(counter.asked[-1], NextSale)


def test_enter_in_a_dialog_presses_nothing_behind_it(counter: Counter) -> None:
    from PySide6.QtWidgets import QDialog

    counter.till = paying(till=counter.till)
    counter.till.take(counter.till.report(Verdict.AUTHORIZED), counter.till.report(Verdict.AUTHORIZED, captured=True))
    counter.show()
    dialog = QDialog(counter.window)
    dialog.setModal(True)
    dialog.show()
    QApplication.processEvents()
    asked = len(counter.asked)
    QTest.keyClick(dialog.windowHandle(), Qt.Key.Key_Return)
    counter.let_time_pass()
    assert len(counter.asked) == asked
    dialog.close()


def test_a_button_is_inert_from_the_press_to_the_next_view(counter: Counter, qtbot: QtBot) -> None:
    """Fault catalogue E4."""
    counter.take(AddArticle("1001"))
    counter.window.asked.disconnect(counter.take)
    asked: list[object] = []
    counter.window.asked.connect(asked.append)
    pay = next(one for one in counter.window.findChildren(QAbstractButton) if one.accessibleName().startswith("Betal"))
    for _ in range(3):
        qtbot.mouseClick(pay, Qt.MouseButton.LeftButton)
    assert len(asked) == 1


def test_a_chosen_line_can_be_changed_and_voided(counter: Counter, qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QTableView

    counter.take(AddArticle("1001"))
    table = counter.window.findChild(QTableView)
    assert table is not None
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(200, 20))
    names = {"Én til": ChangeQuantity(1, 2000), "One more": ChangeQuantity(1, 2000)}
    more = next(one for one in counter.window.findChildren(QAbstractButton) if one.accessibleName() in names)
    qtbot.mouseClick(more, Qt.MouseButton.LeftButton)
    assert counter.asked[-1] == ChangeQuantity(1, 2000)
    counter.key(Qt.Key.Key_Delete)
    assert counter.asked[-1] == VoidLine(1)


def test_a_new_line_inserts_one_row_and_touches_no_other(counter: Counter) -> None:
    from PySide6.QtWidgets import QTableView

    table = counter.window.findChild(QTableView)
    assert table is not None
    happened: list[str] = []
    model = table.model()
    model.rowsInserted.connect(lambda *_: happened.append("inserted"))
    model.modelReset.connect(lambda: happened.append("reset"))
    model.dataChanged.connect(lambda *_: happened.append("changed"))
    counter.take(AddArticle("1001"))
    counter.take(AddArticle("1004"))
    counter.take(AddArticle("1004"))
    counter.take(VoidLine(1))
    assert happened == ["inserted", "inserted", "changed"]
    assert model.rowCount() == 1


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1920, 1080), (800, 1280)])
@pytest.mark.parametrize("is_drawn", [False, True])
def test_the_customers_code_can_be_scanned_from_the_window_and_goes_with_the_attempt(
    qtbot: QtBot, width: int, height: int, is_drawn: bool
) -> None:
    """Fault catalogue H9, J2; requirement 22."""
    counter = Counter(qtbot, paying())
    counter.customer.resize(width, height)
    counter.customer.show()
    reference = counter.till.reference
    code = Code(reference, None, Secret(QR_TEXT)) if is_drawn else Code(reference, pictures.png(QR_TEXT, 640), None)
    counter.till.take(code)
    counter.show()
    assert counter.customer.shows_code
    assert read_codes(counter.customer) == [QR_TEXT]
    counter.till.take(counter.till.report(Verdict.ABORTED))
    counter.show()
    assert not counter.customer.shows_code
    assert read_codes(counter.customer) == []


@pytest.mark.parametrize("png", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"", b"\x89PNG\r\n\x1a\nbroken"])
def test_what_is_no_picture_is_not_shown(qtbot: QtBot, png: bytes) -> None:
    """Fault catalogue J2."""
    counter = Counter(qtbot, paying())
    counter.till.take(Code(counter.till.reference, png, None))
    counter.show()
    assert not counter.customer.shows_code


def test_the_customers_window_never_takes_the_focus(qtbot: QtBot) -> None:
    counter = Counter(qtbot)
    counter.customer.show()
    assert counter.customer.testAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
    assert counter.customer.windowFlags() & Qt.WindowType.WindowDoesNotAcceptFocus


def states() -> list[Callable[[], Till]]:
    def number() -> Till:
        return Till().take(AddArticle("1001"), ShowPanel(Panel.NUMBER))

    def tender() -> Till:
        return Till().take(AddArticle("1001"), ShowPanel(Panel.TENDER))

    def opened() -> Till:
        return paying().take(ShowPanel(Panel.OPEN_PAYMENTS))

    def visited() -> Till:
        till = Till(starts_on_check_in=False).take(AddArticle("1001"), ShowPanel(Panel.TENDER))
        faults = (DiskChanged(Fault(FaultCode.DISK_NEARLY_FULL)), HubChanged(Fault(FaultCode.HUB_REFUSED)))
        return till.take(CustomerArrived("one", "Kasse 2", Secret("dG9rZW4="), 900), *faults)

    return [Till, number, tender, opened, paying, visited]


@pytest.mark.parametrize("make", states())
@pytest.mark.parametrize("size", [(1024, 768), (1280, 800), (1920, 1080)])
def test_every_control_has_a_name_and_the_size_of_a_finger_and_fits(
    qtbot: QtBot, make: Callable[[], Till], size: tuple[int, int]
) -> None:
    counter = Counter(qtbot, make())
    counter.window.resize(*size)
    QApplication.processEvents()
    assert (counter.window.width(), counter.window.height()) == size
    for button in counter.window.findChildren(QAbstractButton):
        if button.isVisible() and not isinstance(button.parent(), QLineEdit):
            assert button.accessibleName() or button.text(), type(button)
            assert min(button.width(), button.height()) >= 44, button.accessibleName()
            corner = button.mapTo(counter.window, button.rect().bottomRight())
            assert counter.window.rect().contains(corner), button.accessibleName()


def test_colours_can_be_told_apart_in_every_theme() -> None:
    pairs = [
        ("ink", "background", 7.0),
        ("ink", "surface", 7.0),
        ("quiet", "background", 4.5),
        ("quiet", "surface", 4.5),
        ("quiet", "raised", 4.5),
        ("faded", "surface", 4.5),
        ("on_action", "action", 4.5),
        ("ink", "well_ground", 7.0),
        ("ink", "look_ground", 7.0),
        ("ink", "broken_ground", 7.0),
        ("broken", "surface", 4.5),
        ("on_bar", "bar", 7.0),
        ("on_bar_quiet", "bar", 4.5),
        ("on_badge", "badge", 4.5),
        ("ink", "chosen", 7.0),
        ("surface", "well", 3.0),
        ("surface", "look", 3.0),
        ("surface", "broken", 3.0),
    ]
    for name, tokens in theme.THEMES.items():
        for ink, ground, least in pairs:
            found = theme.contrast(getattr(tokens, ink), getattr(tokens, ground))
            assert found >= least, f"{name}: {ink} on {ground} is {found:.2f}"


def test_a_receipt_becomes_a_pdf(qtbot: QtBot, tmp_path: object) -> None:
    from pathlib import Path

    from till.domain.receipt import receipt_of
    from till.presentation.present_receipt import present_receipt

    counter = Counter(qtbot, paying())
    till = counter.till
    till.take(till.report(Verdict.AUTHORIZED), till.report(Verdict.AUTHORIZED, captured=True))
    assert till.shown.state.sale is not None
    view = present_receipt(house(), receipt_of(till.shown.state.sale))
    path = Path(str(tmp_path)) / "receipt.pdf"
    save_receipt(view, path)
    assert path.read_bytes().startswith(b"%PDF")
    counter.window.show_receipt(view)
    counter.key(Qt.Key.Key_Escape)


def test_the_customers_screen_is_the_remembered_one_and_never_the_cashiers(qapp: QApplication) -> None:
    """Fault catalogue H8."""
    screens = QGuiApplication.screens()
    assert choose(screens, screens[0], name="", serial="") is None
    assert choose(screens, None, name="x", serial="y") is screens[0]


def test_a_customer_who_checked_in_is_paid_with_one_key(qtbot: QtBot) -> None:
    counter = Counter(qtbot, Till(starts_on_check_in=False))
    counter.take(CustomerArrived("one", "Kasse 2", Secret("dG9rZW4="), 900))
    assert "En kunde venter ved Kasse 2" in text_of(counter.window)
    counter.take(AddArticle("1001"))
    counter.key(Qt.Key.Key_F12)
    counter.key(Qt.Key.Key_Return)
    payment = counter.till.shown.state.payment
    assert payment is not None
    assert payment.terms.flow is Flow.CHECK_IN
    for window in (counter.window, counter.customer):
        assert "dG9rZW4=" not in text_of(window)
    assert not counter.window._notice.isVisible()


def test_an_explained_status_stays_until_it_was_read_and_the_bar_has_room_for_all(qtbot: QtBot) -> None:
    counter = Counter(qtbot)
    counter.take(DiskChanged(Fault(FaultCode.DISK_NEARLY_FULL)))
    counter.take(HubChanged(Fault(FaultCode.HUB_AWAY)))
    counter.take(CustomerArrived("one", "Kasse 2", Secret("dG9rZW4="), 900))
    visible = [word for word in counter.window.findChildren(StatusWord) if word.isVisible()]
    words = {word.status.name: word for word in visible if word.status is not None}
    assert set(words) == {"scanner", "network", "disk", "hub", "open", "support"}
    qtbot.mouseClick(words["hub"], Qt.MouseButton.LeftButton)
    counter.show()
    assert "Butikkens hub svarer ikke" in text_of(counter.window)
    counter.window._notice._dismiss()
    counter.show()
    assert "En kunde venter ved Kasse 2" in text_of(counter.window)
