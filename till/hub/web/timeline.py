"""A payment's journal told in words, line by line; nothing of the customer's stands in it."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from till.domain.facts import Fact, OperationIntended, OperationRepeated, PaymentRequested, RefundRequested
from till.domain.faults import Fault
from till.domain.money import Money
from till.domain.payment import Refused, Reported, Unanswered
from till.hub.hours import read_hour
from till.hub.sale_log import Told
from till.hub.web.language import Language


class TimelineEntry(Struct, frozen=True):
    """One line: when it was written down, what happened, and the figures with it."""

    number: int
    at: str
    text: str
    detail: str


def timeline(told: Iterable[Told], language: Language) -> tuple[TimelineEntry, ...]:
    """Return the lines of a payment's history."""
    return tuple(TimelineEntry(one.number, _second(one.at, language), *_told(one, language)) for one in told)


def _told(one: Told, language: Language) -> tuple[str, str]:
    say = language.words.say
    if one.fact is None:
        return say("fact.newer"), one.kind
    return say(f"fact.{one.kind}"), _detail(one.fact, language)


def _detail(fact: Fact, language: Language) -> str:
    say, money = language.words.say, language.figures.money
    match fact:
        case PaymentRequested(terms=terms):
            return f"{money(terms.amount)} · {say(f'flow.{terms.flow.value}')}"
        case RefundRequested(terms=terms):
            return money(terms.amount)
        case OperationIntended(operation=operation, amount=amount):
            return f"{say(f'operation.{operation.value}')} · {money(amount)}"
        case OperationRepeated(operation=operation):
            return say(f"operation.{operation.value}")
        case Reported():
            return _reported(fact, language)
        case Refused(operation=operation, fault=fault) | Unanswered(operation=operation, fault=fault):
            return f"{say(f'operation.{operation.value}')} · {_fault(fault, language)}"
        case _:
            return ""


def _reported(fact: Reported, language: Language) -> str:
    """Return the wallet's word and every amount that is not nothing."""
    parts: tuple[tuple[str, Money], ...] = (
        ("reserved", fact.authorized),
        ("captured", fact.captured),
        ("cancelled", fact.cancelled),
        ("refunded", fact.refunded),
    )
    amounts = (
        language.words.say(f"amounts.{name}", amount=language.figures.money(amount))
        for name, amount in parts
        if amount.minor
    )
    return " · ".join((language.words.say(f"verdict.{fact.verdict.value}"), *amounts))


def _fault(fault: Fault, language: Language) -> str:
    return f"{language.words.fault(fault.code).happened} ({fault.code.value})"


def _second(text: str, language: Language) -> str:
    try:
        at: datetime = read_hour(text)
        return language.figures.day_and_time(at)
    except (ValueError, OverflowError):
        return text
