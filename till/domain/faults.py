"""What can go wrong, by code: a Fault when the world failed, a Refusal when a wish cannot be granted.

What each code says to the cashier and to the customer stands in `presentation/words.py`.
"""

from enum import Enum

from msgspec import Struct


class FaultCode(Enum):
    """Ways the world fails; the value is the small code in the corner of the screen."""

    NO_CONNECTION = "N1"
    NO_ANSWER = "N2"
    CONNECTION_NOT_SAFE = "N3"
    SERVICE_TROUBLE = "W1"
    BAD_REPLY = "W2"
    TOO_MANY_CALLS = "W3"
    STILL_WORKING = "W4"
    KEYS_REFUSED = "K1"
    NOT_PERMITTED = "K2"
    KEYS_MISSING = "K3"
    PUSH_NOT_ALLOWED = "C1"
    CUSTOMER_NOT_REACHED = "C2"
    CODE_NOT_ACCEPTED = "C3"
    NUMBER_NOT_ACCEPTED = "C4"
    AMOUNT_NOT_ACCEPTED = "C5"
    SALES_UNIT_NOT_READY = "C6"
    REQUEST_NOT_ACCEPTED = "C7"
    LONG_REQUEST_NOT_ALLOWED = "C8"
    TIME_NOT_ACCEPTED = "C9"
    CHECK_IN_GONE = "C10"
    REFERENCE_TAKEN = "P1"
    AMOUNT_DIFFERS = "P2"
    PAYMENT_MISSING = "P3"
    CAPTURE_REFUSED = "P4"
    CAPTURE_TOO_LATE = "P5"
    FUNDS_GONE = "P6"
    RELEASE_REFUSED = "P7"
    CAPTURE_UNFINISHED = "P8"
    REFUND_REFUSED = "R1"
    REFUND_TOO_LATE = "R2"
    REFUND_HAS_NO_WAY = "R3"
    LINK_NOT_ACCEPTED = "L1"
    PICTURE_NOT_SHOWN = "Q1"
    PICTURE_NOT_SAFE = "Q2"
    JOURNAL_NOT_WRITTEN = "J1"
    JOURNAL_BROKEN = "J4"
    DISK_NEARLY_FULL = "J2"
    DISK_FULL = "J3"
    SCANNER_LAYOUT = "S1"
    SCANNER_SUFFIX = "S2"
    HUB_AWAY = "H1"
    HUB_REFUSED = "H2"
    BOOKS_DIFFER = "H3"
    BOOKS_BEHIND = "H4"
    ARTICLES_NOT_TAKEN = "H5"
    WORKER_STOPPED = "X1"
    PROGRAM_ERROR = "X2"


class Fault(Struct, frozen=True):
    """A failure of the world, with what support needs: the wallet's trace id and its numeric code."""

    code: FaultCode
    trace_id: str | None = None
    wallet_code: int | None = None


class RefusalCode(Enum):
    """Why a wish cannot be granted."""

    ARTICLE_UNKNOWN = "article_unknown"
    WRONG_CHECK_DIGIT = "wrong_check_digit"
    SCAN_UNKNOWN = "scan_unknown"
    SCAN_TOO_LONG = "scan_too_long"
    SCAN_NOT_TEXT = "scan_not_text"
    SHOP_STICKER = "shop_sticker"
    LAYOUT_DAMAGED = "layout_damaged"
    BASKET_EMPTY = "basket_empty"
    BASKET_LOCKED = "basket_locked"
    AMOUNT_TOO_SMALL = "amount_too_small"
    QUANTITY_WRONG = "quantity_wrong"
    WEIGHT_NEEDED = "weight_needed"
    NUMBER_WRONG = "number_wrong"
    PUSH_NOT_AVAILABLE = "push_not_available"
    SALE_TOO_LARGE = "sale_too_large"
    ALREADY_PAID = "already_paid"
    PAYMENT_STILL_OPEN = "payment_still_open"
    NOT_POSSIBLE_NOW = "not_possible_now"
    KEYS_MISSING = "keys_missing"
    SELLING_STOPPED = "selling_stopped"
    REQUEST_NOT_POSSIBLE = "request_not_possible"
    DISK_FULL = "disk_full"
    PAID_SALE_UNKNOWN = "paid_sale_unknown"
    PAYMENT_NOT_FOUND = "payment_not_found"
    REFUND_TOO_MUCH = "refund_too_much"
    REFUND_STILL_OPEN = "refund_still_open"
    REFUND_NOT_READ_YET = "refund_not_read_yet"
    REFUND_TOO_LATE = "refund_too_late"
    REFUND_NOT_PERMITTED = "refund_not_permitted"
    REFUND_FROM_HUB = "refund_from_hub"
    REFUND_NUMBER_ELSEWHERE = "refund_number_elsewhere"
    NAME_MISSING = "name_missing"
    HUB_REFUND_REFUSED = "hub_refund_refused"
    STORE_NOT_HERE = "store_not_here"
    DAY_SALE_UNFINISHED = "day_sale_unfinished"
    DAY_STILL_OPEN = "day_still_open"
    DAY_EMPTY = "day_empty"


class Refusal(Struct, frozen=True):
    """A wish that was not granted; `detail` is a figure or code that the words may show, never personal."""

    code: RefusalCode
    detail: str = ""
