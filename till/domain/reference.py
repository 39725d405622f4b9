"""The payment reference: unique per attempt for ever, and readable by a person.

ePayment, create payment: 8 to 64 of `[a-zA-Z0-9-]`, unique per sales unit. Ours reads till, day, sale and attempt, so that a
lost journal can be walked by its counters; a till in test mode marks its references. A short check at the end is made with
a key of the sales unit: nobody else can name another sale's payment by counting. Older references have none.
"""

import hashlib
import hmac
from base64 import b32encode
from collections.abc import Callable, Iterator
from datetime import date
from itertools import count

from till.domain.secret import Secret

CHECK_SIGNS = 4
#: A walk ends after so many sales without any payment; sales that were voided or set aside have none.
GAP_MOST = 25
#: Of each sale so many attempts are looked for, and as many more as follow one that is there.
ATTEMPTS_LEAST = 2


def make_reference(
    *, till: str, mode: str, day: date, sale: int, attempt: int, check: Callable[[str], str] | None = None
) -> str:
    """Return for example `kasse1-261121-0042-1-k7qa`, or `test-kasse1-...` in test mode."""
    plain = f"{reference_prefix(till=till, mode=mode)}{day:%y%m%d}-{sale:04}-{attempt}"
    signs = check(plain) if check is not None else ""
    return f"{plain}-{signs}" if signs else plain


def reference_prefix(*, till: str, mode: str) -> str:
    """Return what every reference of a till begins with, as `kasse1-` or `test-kasse1-`."""
    mark = "" if mode == "production" else "test-"
    return f"{mark}{till}-"


def keyed_check(key: Secret, text: str) -> str:
    """Return a few letters and digits that only who has the key can make for this text."""
    digest = hmac.new(key.reveal().encode(), text.encode(), hashlib.sha256).digest()
    return b32encode(digest)[:CHECK_SIGNS].decode().lower()


def walk(first_sale: int, exists: Callable[[int, int], bool]) -> Iterator[tuple[int, int]]:
    """Try the counters one by one, and return each sale and attempt that exists; end after a long gap."""
    gap = 0
    for sale in count(first_sale):
        if gap == GAP_MOST:
            return
        gap += 1
        last = ATTEMPTS_LEAST
        for attempt in count(1):
            if attempt > last:
                break
            if exists(sale, attempt):
                gap, last = 0, attempt + ATTEMPTS_LEAST
                yield sale, attempt
