"""A refund through the hub as the cashier has it: with the keyboard alone, in words at every turn."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from tests.engine.test_engine import Till
from tests.engine.test_hub_refunds import AWAY, REFERENCE, SCAN, SHOPS, asked, found, nok, sale, told
from tests.ui.test_windows import Counter, text_of
from till.engine.hub_ports import HubChanged
from till.engine.hub_refund_ports import HubRefundTold, PaidWanted
from till.engine.snapshot import Panel
from till.engine.wishes import ShowPanel


@pytest.fixture
def counter(qtbot: QtBot) -> Counter:
    return Counter(qtbot, found(), SHOPS)


def name_fields(counter: Counter) -> list[QLineEdit]:
    fields = counter.window.findChildren(QLineEdit)
    return [one for one in fields if one.isVisible() and one.accessibleName() in ("Ditt navn", "Godkjent av")]


def ask(counter: Counter, amount: str = "20000", name: str = "Ola") -> str:
    """Type amount and name; return the refund's id."""
    counter.type_text(amount, 90)
    counter.let_time_pass()
    counter.key(Qt.Key.Key_Return)
    counter.type_text(name, 90)
    counter.let_time_pass()
    counter.key(Qt.Key.Key_Return)
    return asked(counter.till)[-1].terms.id


def test_a_payment_of_another_store_is_given_back_through_the_hub_with_the_keyboard_alone(counter: Counter) -> None:
    """Requirements 40 and 44."""
    shown = text_of(counter.window)
    assert "Tilbakefør betaling hos Havna" in shown
    assert "400,00 kr kan tilbakeføres." in shown
    id_ = ask(counter)
    terms = asked(counter.till)[0].terms
    assert (terms.amount, terms.asked_by, terms.approved_by) == (nok(20000), "Ola", "")
    assert "Sentralen tilbakefører" in text_of(counter.window)
    counter.take(HubRefundTold(id_, "done"))
    assert "200,00 kr er tilbakeført" in text_of(counter.window)
    counter.key(Qt.Key.Key_Return)
    assert counter.till.shown.around.panel is Panel.SELLING


def test_without_a_name_enter_leads_to_the_name(counter: Counter) -> None:
    counter.key(Qt.Key.Key_Return)
    assert asked(counter.till) == []
    (name,) = name_fields(counter)
    assert name.hasFocus()


def test_a_second_name_is_asked_for_when_the_hub_wants_one(counter: Counter) -> None:
    counter.take(HubRefundTold(ask(counter), "refused", "approval"))
    assert "Et slikt beløp må også godkjennes av en annen." in text_of(counter.window)
    name, approver = name_fields(counter)
    assert name.text() == "Ola"
    counter.type_text("Kari", 90)
    counter.let_time_pass()
    assert approver.text() == "Kari"
    counter.key(Qt.Key.Key_Return)
    terms = asked(counter.till)[-1].terms
    assert (terms.amount, terms.asked_by, terms.approved_by) == (nok(20000), "Ola", "Kari")
    counter.take(HubRefundTold(terms.id, "done"))
    counter.take(ShowPanel(Panel.SELLING))
    counter.take(SCAN)
    counter.take(told(sale()))
    assert [field.text() for field in name_fields(counter)] == [""], "the next refund may be somebody else's"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("too_much", "Så mye er ikke lenger igjen å tilbakeføre."),
        ("still_open", "En annen tilbakeføring av denne betalingen er ikke avklart ennå."),
        ("R2", "siden salget"),
        ("<b>", "Sentralen sa nei."),
    ],
)
def test_a_refusal_is_said_with_its_reason(counter: Counter, reason: str, words: str) -> None:
    counter.take(HubRefundTold(ask(counter), "refused", reason))
    shown = text_of(counter.window)
    assert "200,00 kr ble ikke tilbakeført" in shown
    assert words in shown


def test_while_the_hub_is_away_the_list_says_that_nobody_knows(counter: Counter) -> None:
    id_ = ask(counter)
    counter.take(HubChanged(AWAY))
    shown = text_of(counter.window)
    assert "Vi vet ikke ennå om 200,00 kr er tilbakeført" in shown
    assert "Ikke gi pengene tilbake på annen måte." in shown
    counter.key(Qt.Key.Key_Escape)
    counter.key(Qt.Key.Key_F8)
    shown = text_of(counter.window)
    assert "Tilbakeføring 200,00 kr · Havna, sentralen" in shown
    assert "Sentralen svarer ikke" in shown
    counter.take(HubChanged(None))
    counter.take(HubRefundTold(id_, "asked", "keys"))
    assert "Venter på butikkens nøkler" in text_of(counter.window)
    counter.take(HubRefundTold(id_, "done"))
    assert "Havna, sentralen" not in text_of(counter.window)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("away", "Sentralen svarer ikke."),
        ("keys", "Sentralen mangler nøklene for denne butikken"),
        ("wallet", "svarte ikke sentralen"),
        ("token", "Sentralen godtar ikke kassens nøkkel."),
        ("store", "Sentralen kjenner ingen butikk med dette navnet."),
        ("text", "Sentralen kan ikke slå opp dette."),
        ("", "Sentralen kjenner ikke noe slikt betalt salg."),
    ],
)
def test_why_a_sale_is_not_found_is_said(qtbot: QtBot, reason: str, words: str) -> None:
    counter = Counter(qtbot, Till(stores=SHOPS), SHOPS)
    counter.take(SCAN)
    assert "Spør sentralen" in text_of(counter.window)
    counter.take(told(reason=reason))
    assert words in text_of(counter.window)


def test_of_two_receipts_with_one_number_a_digit_picks_the_sale(qtbot: QtBot) -> None:
    counter = Counter(qtbot, Till(stores=SHOPS), SHOPS)
    counter.key(Qt.Key.Key_F7)
    (store,) = [one for one in counter.window.findChildren(QComboBox) if one.isVisible()]
    store.setCurrentText("Havna")
    counter.type_text("7", 90)
    counter.let_time_pass()
    counter.key(Qt.Key.Key_Return)
    assert counter.till.hub.sent == [PaidWanted("7", "Havna")]
    other = "test-havna-kasse2-261120-0003-1"
    counter.take(told(sale(refunded=None), sale(other, refunded=None), text="7", store="Havna"))
    assert "Hvilket salg er det?" in text_of(counter.window)
    counter.key(Qt.Key.Key_2)
    assert counter.till.hub.sent[-1] == PaidWanted(other, "havna")
    assert REFERENCE not in text_of(counter.window)
