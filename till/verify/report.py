"""What a run found: one entry a step, ready to be handed in."""

import json
from collections.abc import Sequence
from datetime import datetime
from enum import Enum

from msgspec import Struct

from till.verify.record import Exchange


class Outcome(Enum):
    """How a step went."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not_run"
    BY_HAND = "by_hand"


class Step(Struct, frozen=True):
    """One step: what was expected, and what was seen."""

    name: str
    expected: str
    reference: str | None
    outcome: Outcome
    state: str | None = None
    found: str = ""
    code: int | None = None
    exchanges: tuple[Exchange, ...] = ()

    @property
    def status(self) -> int | None:
        """The HTTP status that counts."""
        decisive = self._decisive
        return decisive.status if decisive is not None else None

    @property
    def trace_id(self) -> str | None:
        """The trace id beside it; only refusals are published to carry one."""
        decisive = self._decisive
        return decisive.trace_id if decisive is not None else None

    @property
    def _decisive(self) -> Exchange | None:
        """What the step is about: its act, where it held, and not the read-back after it; else where it ended."""
        acts = [one for one in self.exchanges if one.method != "GET"]
        if self.outcome is Outcome.PASSED and acts:
            return acts[-1]
        return self.exchanges[-1] if self.exchanges else None


class Report(Struct, frozen=True):
    """A whole run."""

    made_at: datetime
    version: str
    base_url: str
    mode: str
    msn: str
    is_sandbox: bool
    steps: tuple[Step, ...]

    @property
    def is_passed(self) -> bool:
        """Whether every single step holds."""
        return bool(self.steps) and all(step.outcome is Outcome.PASSED for step in self.steps)

    def count(self, outcome: Outcome) -> int:
        """Return how many steps went so."""
        return sum(step.outcome is outcome for step in self.steps)

    def to_json(self) -> str:
        """Return the report as JSON."""
        return json.dumps(
            {
                "made_at": self.made_at.isoformat(timespec="seconds"),
                "till": {"name": "till", "version": self.version},
                "base_url": self.base_url,
                "mode": self.mode,
                "is_sandbox": self.is_sandbox,
                "msn": self.msn,
                "outcome": "passed" if self.is_passed else "failed",
                "counts": {outcome.value: self.count(outcome) for outcome in Outcome},
                "steps": [_fields(step) for step in self.steps],
            },
            indent=2,
            ensure_ascii=False,
        )


def _fields(step: Step) -> dict[str, object]:
    return {
        "step": step.name,
        "reference": step.reference,
        "status": step.status,
        "outcome": step.outcome.value,
        "expected": step.expected,
        "found": step.found,
        "code": step.code,
        "state": step.state,
        "trace_id": step.trace_id,
        "calls": _calls(step.exchanges),
    }


def _calls(exchanges: Sequence[Exchange]) -> list[dict[str, object]]:
    return [
        {
            "method": one.method,
            "path": one.path,
            "status": one.status,
            "trace_id": one.trace_id,
            "ms": one.ms,
        }
        for one in exchanges
    ]
