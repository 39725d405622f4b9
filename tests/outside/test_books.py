"""The judge of the books itself: one that finds nothing proves nothing."""

import hashlib
import json
from collections.abc import Mapping

from tests.outside.books import Books, judge, judge_rest

REFERENCE = "test-kasse1-261121-0001-1"
TERMS = {"reference": REFERENCE, "sale": 1, "amount": {"minor": 3200}, "flow": "customer_screen"}
REQUESTED = ("payment-requested", {"terms": TERMS})
INTENDED = ("operation-intended", {"reference": REFERENCE, "operation": "capture"})
REPORTED = ("payment-reported", {"reference": REFERENCE, "captured": {"minor": 3200}})
COMPLETED = ("sale-completed", {"sale": 1, "receipt_number": 1})
WHOLE = (REQUESTED, INTENDED, REPORTED, COMPLETED)
Fact = tuple[str, Mapping[str, object]]


def books_of(*facts: Fact, gap_at: int = 0) -> Books:
    books, before = Books(), bytes(32)
    for place, (kind, fact) in enumerate(facts, start=1):
        number, body = place + 4 * (place == gap_at), json.dumps(fact)
        text = b"".join(
            len(part.encode()).to_bytes(4) + part.encode() for part in (str(number), "s", kind, "1", "at", body)
        )
        own = hashlib.sha256(before + text).digest()
        books.take((number, "s", kind, 1, body, "at", before, own))
        before = own
    return books


def payment(**changed: object) -> dict[str, object]:
    paid = {"amount": 3200, "authorized": 3200, "captured": 3200, "cancelled": 0, "state": "AUTHORIZED"}
    return {"reference": REFERENCE, **paid, **changed}


def test_a_sale_that_was_captured_once_and_written_down_is_right() -> None:
    books = books_of(*WHOLE)
    assert judge(books, [payment()]) == []
    assert judge_rest(books, [payment()], set()) == []


def test_a_gap_and_a_changed_row_are_found() -> None:
    assert judge(books_of(*WHOLE, gap_at=3), [payment()])
    changed = Books()
    changed.take((1, "s", "till-started", 1, "{}", "at", bytes(32), bytes(32)))
    assert judge(changed, []) == ["row 1 is not chained"]


def test_money_without_its_rows_is_found() -> None:
    for missing in (REQUESTED, INTENDED):
        facts = [fact for fact in WHOLE if fact is not missing]
        assert judge(books_of(*facts), [payment()])
    assert judge_rest(books_of(REQUESTED, INTENDED), [payment()], set())


def test_a_sale_captured_twice_in_part_or_not_at_all_is_found() -> None:
    other = {**TERMS, "reference": "other"}
    books = books_of(
        *WHOLE,
        ("payment-requested", {"terms": other}),
        ("operation-intended", {"reference": "other", "operation": "capture"}),
    )
    assert "sale 1 was captured 2 times" in judge(books, [payment(), payment(reference="other")])
    for captured in (0, 100):
        assert judge(books_of(*WHOLE), [payment(captured=captured)])


def test_what_was_given_up_too_early_is_found() -> None:
    books = books_of(REQUESTED)
    waiting = payment(state="CREATED", authorized=0, captured=0)
    reserved = payment(captured=0)
    for left in (waiting, reserved):
        assert judge_rest(books, [left], set())
        assert judge_rest(books, [left], {REFERENCE}) == []
    assert judge(books, [payment(state="TERMINATED", authorized=0, captured=0)])
