"""The report as it stands on paper: words only, for whoever paints them."""

from till.presentation.paper import Paper, PaperRow
from till.verify.report import Outcome, Report, Step

_WORDS = {
    Outcome.PASSED: "passed",
    Outcome.FAILED: "FAILED",
    Outcome.NOT_RUN: "not run",
    Outcome.BY_HAND: "by hand",
}


def paper_of(report: Report) -> Paper:
    """Return the report's pages."""
    passed, whole = report.count(Outcome.PASSED), len(report.steps)
    return Paper(
        title="Go-live checklist, Vipps MobilePay ePayment",
        facts=(
            ("Made", f"{report.made_at:%Y-%m-%d %H:%M} UTC"),
            ("By", f"till {report.version}"),
            ("At", report.base_url + (" (sandbox)" if report.is_sandbox else "")),
            ("Environment", report.mode),
            ("Sales unit", report.msn),
            ("Result", "all steps hold" if report.is_passed else f"{passed} of {whole} steps hold"),
        ),
        head=("Step", "Reference", "Status", "Outcome"),
        rows=tuple(_row(step) for step in report.steps),
    )


def _row(step: Step) -> PaperRow:
    notes = [step.expected]
    if step.found:
        notes.append(step.found)
    if step.trace_id:
        notes.append(f"trace {step.trace_id}")
    status = str(step.status) if step.status is not None else ""
    return PaperRow(
        (step.name, step.reference or "", status, _WORDS[step.outcome]),
        " · ".join(notes),
        is_marked=step.outcome is not Outcome.PASSED,
    )
