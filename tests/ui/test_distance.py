"""Asking a customer who is elsewhere, at the window: by keyboard alone, and nothing left behind for the next."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from tests.presentation.test_presenters import house
from tests.ui.test_windows import Counter
from till.domain.intents import AddArticle, StartPayment
from till.domain.payment import Created, Flow
from till.domain.secret import Secret
from till.engine.ports import Link, LinkKind
from till.engine.snapshot import Panel
from till.engine.wishes import LookIntoApp
from till.presentation.present import CashierPresenter

HOUR = timedelta(hours=1)


@pytest.fixture
def counter(qtbot: QtBot) -> Counter:
    made = Counter(qtbot)
    made._presenter = CashierPresenter(replace(house(), sells_at_a_distance=True))
    made.show()
    return made


def type_number(counter: Counter) -> None:
    counter.key(Qt.Key.Key_F12)
    counter.key(Qt.Key.Key_4)
    assert counter.till.shown.around.panel is Panel.DISTANCE
    counter.type_text("00000001", 80)
    counter.let_time_pass()


def send(counter: Counter) -> StartPayment:
    counter.key(Qt.Key.Key_Return)
    return next(wish for wish in reversed(counter.asked) if isinstance(wish, StartPayment))


def press(counter: Counter, word: str) -> None:
    next(one for one in counter.window.findChildren(QPushButton) if one.text() == word).click()


def test_a_request_is_sent_by_keyboard_and_the_next_article_serves_the_next_customer(counter: Counter) -> None:
    counter.take(AddArticle("1001"))
    type_number(counter)
    assert send(counter) == StartPayment(Flow.DISTANCE, Secret("4700000001"), HOUR, is_sent_later=True)
    reference = counter.till.reference
    counter.take(Created(reference, counter.till.clock.now()))
    counter.take(AddArticle("1004"))
    assert counter.till.shown.state.current == 2
    assert [one.terms.reference for one in counter.till.shown.state.open_payments] == [reference]
    fields = [one.text() for one in counter.window.findChildren(QLineEdit)]
    assert "00000001" not in fields, "the number is forgotten as soon as it was sent"


def test_what_is_chosen_holds_for_one_request_alone(counter: Counter) -> None:
    counter.take(AddArticle("1001"))
    type_number(counter)
    press(counter, "1 døgn")
    press(counter, "Overlevert")
    assert send(counter) == StartPayment(Flow.DISTANCE, Secret("4700000001"), timedelta(days=1))
    counter.take(Created(counter.till.reference, counter.till.clock.now()))
    counter.take(AddArticle("1004"))
    type_number(counter)
    assert send(counter) == StartPayment(Flow.DISTANCE, Secret("4700000001"), HOUR, is_sent_later=True)


def test_an_address_for_the_app_is_typed_and_sent_only_when_it_is_one(counter: Counter) -> None:
    counter.take(AddArticle("1001"))
    type_number(counter)
    send(counter)
    reference = counter.till.reference
    counter.take(Created(reference, counter.till.clock.now()))
    counter.take(LookIntoApp(reference))
    counter.type_text("http://shop.example", 80)
    counter.key(Qt.Key.Key_Return)
    assert counter.asked[-1] == LookIntoApp(reference), "the app takes addresses of https alone"
    field = next(one for one in counter.window.findChildren(QLineEdit) if one.text().startswith("http"))
    field.clear()
    press(counter, "Pakken")
    field.setFocus()
    counter.type_text("https://shop.example/42", 80)
    counter.key(Qt.Key.Key_Return)
    assert counter.asked[-1] == LookIntoApp(reference, Link(LinkKind.DELIVERY, "https://shop.example/42"))
