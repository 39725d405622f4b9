"""The receipt on paper: no line is written over another."""

from msgspec.structs import replace
from pytestqt.qtbot import QtBot

from tests.engine.test_engine import paying
from tests.presentation.test_presenters import house
from till.domain.payment import Verdict
from till.domain.receipt import receipt_of
from till.presentation.present_receipt import present_receipt
from till.ui import theme
from till.ui.receipt import paint_receipt


def test_a_line_that_is_too_long_for_the_paper_has_room_for_its_second(qtbot: QtBot) -> None:
    theme.load_fonts()
    till = paying()
    till.take(till.report(Verdict.AUTHORIZED), till.report(Verdict.AUTHORIZED, captured=True))
    sale = till.shown.state.sale
    assert sale is not None
    view = present_receipt(house(), receipt_of(sale))
    assert view.mark == "TEST – IKKJE KVITTERING FOR KJØP"
    for mark, lines in ((view.mark, 2), ("TEST", 1)):
        room = paint_receipt(None, replace(view, mark=mark)) - paint_receipt(None, replace(view, mark=""))
        assert room == lines * 57 + 10
