"""What a scanned text means. A customer's personal code stays opaque and whole; nothing here keeps it."""

from enum import Enum

from msgspec import Struct

from till.domain.secret import Secret

#: All codes that the wallet's app can show or read live on this host (QR API, "Content of a personal QR").
PERSONAL_CODE_PREFIX = "https://qr.vipps.no/"
#: ePayment, create payment: `customer.personalQr` has 5 to 255 characters.
PERSONAL_CODE_MOST = 255
#: The shop's own number sticker is not a customer (QR API, section 3.7).
_SHOP_STICKER_PREFIX = "https://qr.vipps.no/28/2/05/"
_GTIN_LENGTHS = (8, 12, 13, 14)


class Market(Enum):
    """The countries the till is made for; each has its own meaning for in-store codes."""

    NORWAY = "NO"
    DENMARK = "DK"
    FINLAND = "FI"


class ArticleCode(Struct, frozen=True):
    """A GTIN, padded to 14 digits."""

    gtin14: str


class WeightCode(Struct, frozen=True):
    """An in-store code that carries a weight in grams; look the article up by its base number."""

    base_gtin14: str
    grams: int


class PriceCode(Struct, frozen=True):
    """An in-store code that carries a price in minor units; the price in the code wins over the register's."""

    base_gtin14: str
    price_minor: int


class PersonalCode(Struct, frozen=True):
    """A customer's personal QR, to be sent on whole and never parsed, shown or stored."""

    content: Secret


class ReceiptCode(Struct, frozen=True):
    """The code on one of our receipts: the payment reference."""

    reference: str


class NoMeaning(Enum):
    """Why a scan means nothing to the till."""

    WRONG_CHECK_DIGIT = "wrong_check_digit"
    SHOP_STICKER = "shop_sticker"
    NOT_KNOWN = "not_known"


class UnknownCode(Struct, frozen=True):
    """A text without meaning here; only its length is kept, since it may be anything."""

    length: int
    reason: NoMeaning


Meaning = ArticleCode | WeightCode | PriceCode | PersonalCode | ReceiptCode | UnknownCode

#: Restricted circulation numbers per market: two-digit prefix -> (kind, value digits, factor to grams or minor units).
#: Norway as Sweden (GS1 Sweden), Denmark (GS1 Denmark), Finland (GS1 Finland); no rule means a plain article number.
_IN_STORE: dict[Market, dict[str, tuple[type[WeightCode] | type[PriceCode], int, int]]] = {
    Market.NORWAY: {
        "20": (PriceCode, 4, 1),
        "21": (PriceCode, 4, 10),
        "22": (PriceCode, 4, 100),
        "23": (WeightCode, 4, 1),
        "24": (WeightCode, 4, 10),
        "25": (WeightCode, 4, 100),
    },
    Market.DENMARK: {
        "21": (PriceCode, 6, 1),
        "22": (PriceCode, 6, 1),
        "23": (PriceCode, 6, 1),
        "24": (PriceCode, 6, 1),
        "26": (WeightCode, 6, 1),
        "27": (WeightCode, 5, 1),
        "28": (WeightCode, 6, 1),
    },
    Market.FINLAND: {
        "23": (WeightCode, 4, 1),
        "24": (WeightCode, 4, 10),
        "25": (WeightCode, 4, 100),
    },
}


def meaning_of(text: str, *, aim: str | None, market: Market) -> Meaning:
    """Say what a scanned text means in a shop of `market`; `aim` is the symbology id without its bracket.

    Only a QR symbol may be a customer's code: where the scanner names the symbology, another one is refused.
    """
    if text[: len(PERSONAL_CODE_PREFIX)].lower() == PERSONAL_CODE_PREFIX:
        return _wallet_code(text, aim=aim)
    if text.isascii() and text.isdigit() and len(text) in _GTIN_LENGTHS:
        return _article_code(text, market=market)
    if text.startswith(RECEIPT_PREFIX) and is_reference(text[len(RECEIPT_PREFIX) :]):
        return ReceiptCode(text[len(RECEIPT_PREFIX) :])
    return UnknownCode(len(text), NoMeaning.NOT_KNOWN)


#: What the code on our receipts begins with.
RECEIPT_PREFIX = "till:receipt:"


def gtin_is_valid(digits: str) -> bool:
    """Say whether the last digit is the GS1 check digit of the others (GS1 General Specifications, 7.9)."""
    return digits.isascii() and digits.isdigit() and digits[-1] == gtin_check_digit(digits[:-1])


def gtin_check_digit(body: str) -> str:
    """Return the GS1 check digit for a number without one."""
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return str(-weighted % 10)


def to_gtin14(digits: str) -> str:
    """Pad a GTIN-8, -12 or -13 to the 14 digits that articles are kept under."""
    return digits.zfill(14)


def _wallet_code(text: str, *, aim: str | None) -> Meaning:
    if text.lower().startswith(_SHOP_STICKER_PREFIX):
        return UnknownCode(len(text), NoMeaning.SHOP_STICKER)
    is_qr = aim is None or aim.startswith("Q")
    if not is_qr or len(text) > PERSONAL_CODE_MOST or len(text) == len(PERSONAL_CODE_PREFIX):
        return UnknownCode(len(text), NoMeaning.NOT_KNOWN)
    return PersonalCode(Secret(text))


def _article_code(digits: str, *, market: Market) -> Meaning:
    if not gtin_is_valid(digits):
        return UnknownCode(len(digits), NoMeaning.WRONG_CHECK_DIGIT)
    in_store = _IN_STORE[market].get(digits[:2]) if len(digits) == 13 else None
    if in_store is None:
        return ArticleCode(to_gtin14(digits))
    kind, value_digits, factor = in_store
    value = int(digits[12 - value_digits : 12]) * factor
    body = digits[: 12 - value_digits] + "0" * value_digits
    return kind(to_gtin14(body + gtin_check_digit(body)), value)


def is_reference(text: str) -> bool:
    """Whether a text can be a payment's reference (ePayment, create payment)."""
    return 8 <= len(text) <= 64 and text.isascii() and text.replace("-", "").isalnum()
