"""The sale log says everything in each of its languages."""

import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest

from till.domain.facts import (
    KINDS,
    DoubleSettled,
    OperationIntended,
    OperationRepeated,
    PaymentRequested,
    RefundRequested,
)
from till.domain.payment import FINAL, Ending, Flow, Operation, PaymentFact, State, Verdict
from till.domain.refund import RefundDone, RefundRefused, RefundState
from till.hub.alarms import AlarmKind
from till.hub.folding import state_word
from till.hub.people import Role
from till.hub.sale_log import DOUBLE
from till.hub.web.language import LANGUAGES, language
from till.presentation.words import flatten
from till.resource_files import resource_path

PAYMENT_FACTS = (
    *(PaymentRequested, OperationIntended, OperationRepeated, RefundRequested, DoubleSettled),
    *get_args(PaymentFact),
)
STATES = (*get_args(State), *get_args(RefundState))
ENDS = (*FINAL, RefundDone, RefundRefused)
TEMPLATES = Path(__file__).parents[2] / "till" / "hub" / "web" / "templates"


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_fact_state_and_role_has_words(code: str) -> None:
    words = language(code).words
    wanted = {f"fact.{KINDS[fact][0]}" for fact in PAYMENT_FACTS}
    wanted |= {f"state.{state_word(state)}" for state in STATES} | {f"state.{DOUBLE}", f"may_do.{DOUBLE}"}
    wanted |= {f"may_do.{state_word(state)}" for state in STATES if state not in ENDS}
    wanted |= {f"ending.{one.value}" for one in Ending} | {f"flow.{one.value}" for one in Flow}
    wanted |= {f"operation.{one.value}" for one in Operation} | {f"verdict.{one.value}" for one in Verdict}
    wanted |= {f"role.{one.value}" for one in Role} | {f"alarm.{one.value}" for one in AlarmKind}
    wanted |= {f"alarm.{one.value}_what" for one in AlarmKind}
    assert {key for key in wanted if not words.has(key)} == set()


def test_every_language_has_the_same_words() -> None:
    tables = [tomllib.loads(resource_path(f"hub/{code}.toml").read_text(encoding="utf-8")) for code in LANGUAGES]
    first, *others = (flatten(table) for table in tables)
    for other in others:
        assert set(other) == set(first)
        for key, text in first.items():
            assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", other[key])), key


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_word_of_the_pages_is_there(code: str) -> None:
    words = language(code).words
    text = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES.glob("*.html"))
    named = set(re.findall(r"""say\(["']([a-z_]+\.[a-z_]+)["'][,)]""", text))
    assert len(named) > 80
    assert {key for key in named if not words.has(key)} == set()
