"""The payment reference: unique per attempt for ever, and readable by a person.

ePayment, create payment: 8 to 64 of `[a-zA-Z0-9-]`, unique per sales unit. Ours reads till, day, sale and attempt, so that a
lost journal can be walked by its counters; a till in test mode marks its references.
"""

from datetime import datetime


def make_reference(*, till: str, mode: str, day: datetime, sale: int, attempt: int) -> str:
    """Return for example `kasse1-261121-0042-1`, or `test-kasse1-...` in test mode."""
    return f"{reference_prefix(till=till, mode=mode)}{day:%y%m%d}-{sale:04}-{attempt}"


def reference_prefix(*, till: str, mode: str) -> str:
    """Return what every reference of a till begins with, as `kasse1-` or `test-kasse1-`."""
    mark = "" if mode == "production" else "test-"
    return f"{mark}{till}-"
