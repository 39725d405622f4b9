"""Makes answers of the payment API that lie, stammer or only look odd, and says of each whether it may be believed."""

import json
import random
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from msgspec import Struct

from tests.doubles.transport import JSON, payment
from till.vipps.transport import HttpReply

REFERENCE = "test-kasse1-261121-0001-1"
PARTS = ("authorizedAmount", "capturedAmount", "cancelledAmount", "refundedAmount")
#: A number too long for any reader: the whole answer is none, wherever it stands.
TOO_LONG = 10**40
NO_AMOUNTS = (
    -1,
    65_000_001,
    10**17,
    TOO_LONG,
    1.0,
    1e2,
    10000.5,
    float("nan"),
    float("inf"),
    float("-inf"),
    True,
    None,
    "10000",
    "",
    [10000],
    {"value": 10000},
)
NO_CURRENCIES = ("SEK", "USD", "nok", "NOK ", " NOK", "", "NOK\x00", None, 578, True, ["NOK"], {})
NO_REFERENCES = (
    "another-payment",
    REFERENCE.upper(),
    REFERENCE + " ",
    REFERENCE[:-1],
    REFERENCE + "\x00",
    "",
    None,
    1,
    [REFERENCE],
    {"reference": REFERENCE},
)
NO_OBJECTS = (None, [], "NOK 100.00", 10000, True, [[]])
NO_WORDS = (None, 1, True, ["AUTHORIZED"], {"state": "AUTHORIZED"})
KINDS = ("text/html", "text/plain", "application/xml", "application/octet-stream", "", "image/png", "json")
ODD = ({"a": [1.5, None]}, "\u202e", [], 10**17, -0.0, "x" * 5000, float("nan"), "\ud800", {"": {}})
#: Statuses that are no success for a read or a change.
STATUSES = (
    201,
    202,
    203,
    204,
    206,
    226,
    301,
    302,
    307,
    308,
    400,
    401,
    403,
    404,
    409,
    418,
    422,
    423,
    429,
    451,
    500,
    502,
    504,
)

Body = dict[str, Any]


class Answer(Struct, frozen=True):
    """A reply, and whether a client may believe it: for a read, and for an answer to a change."""

    reply: HttpReply
    is_true: bool
    is_true_of_change: bool


def answer(chance: random.Random) -> Answer:
    """Return one answer of any kind."""
    make = chance.choice((*LIES, *LIES, STAMMER, STAMMER, ODDITY, FRAME))
    return make(chance)


def sent(body: object, *, is_true: bool, is_true_of_change: bool | None = None) -> Answer:
    """Return a body as the API would send it."""
    reply = HttpReply(200, JSON, json.dumps(body).encode())
    return Answer(reply, is_true, is_true if is_true_of_change is None else is_true_of_change)


def _true() -> Body:
    return deepcopy(dict(payment(REFERENCE)))


def _other_reference(chance: random.Random) -> Answer:
    body = _true()
    body["reference"] = chance.choice(NO_REFERENCES)
    return sent(body, is_true=False)


def _no_amount(chance: random.Random) -> Answer:
    body = _true()
    money = {"value": chance.choice(NO_AMOUNTS), "currency": "NOK"}
    return _with_money(chance, body, money)


def _no_currency(chance: random.Random) -> Answer:
    body = _true()
    return _with_money(chance, body, {"value": 10000, "currency": chance.choice(NO_CURRENCIES)})


def _other_currency(chance: random.Random) -> Answer:
    body = _true()
    return _with_money(chance, body, {"value": 10000, "currency": chance.choice(("DKK", "EUR"))})


def _no_money(chance: random.Random) -> Answer:
    return _with_money(chance, _true(), chance.choice(NO_OBJECTS))


def _with_money(chance: random.Random, body: Body, money: object) -> Answer:
    """Put false money somewhere; the answer to a change is read without its `amount`, which nobody documents."""
    place = chance.choice(("amount", *PARTS))
    if place == "amount":
        body["amount"] = money
        return sent(body, is_true=False, is_true_of_change=str(TOO_LONG) not in json.dumps(money))
    body["aggregate"][place] = money
    return sent(body, is_true=False)


def _lacking(chance: random.Random) -> Answer:
    body = _true()
    place = chance.choice(("reference", "state", "aggregate", *PARTS))
    del (body["aggregate"] if place in PARTS else body)[place]
    return sent(body, is_true=False)


def _no_word(chance: random.Random) -> Answer:
    return sent({**_true(), "state": chance.choice(NO_WORDS)}, is_true=False)


def _no_aggregate(chance: random.Random) -> Answer:
    return sent({**_true(), "aggregate": chance.choice(NO_OBJECTS)}, is_true=False)


def _wrapped(chance: random.Random) -> Answer:
    body = _true()
    return sent(chance.choice(([body], {"data": body}, None, "", 1, [], {}, json.dumps(body))), is_true=False)


def STAMMER(chance: random.Random) -> Answer:  # noqa: N802  # one of a table of makers
    """Return text that is nearly the true answer: cut, doubled, commented, or nested beyond reason."""
    text = json.dumps(_true())
    cut = chance.randrange(len(text))
    doubled = chance.choice(('{"value": 10000, ', '{"currency": "NOK", ', '{"reference": "x", '))
    texts = (
        text[:cut],
        text + text,
        text + chance.choice((",", "}", "]", "x", "\x00")),
        text.replace('"', "'"),
        "/* */" + text,
        text[:-1] + ",}",
        text[:-1] + f', "state": "{chance.choice(("CREATED", "AUTHORIZED"))}"}}',
        text.replace("{", doubled) if doubled != '{"reference": "x", ' else text.replace("{", doubled, 1),
        text.replace("10000", chance.choice(("1e4", "10000.0", "1E+4", "0x2710", "010000", "+10000", "NaN", "1_0"))),
        text[:-1] + ', "x": ' + "[" * chance.choice((2_000, 100_000)),
        text[:-1] + ', "x": ' + '{"a":' * 50_000,
        text[:-1] + ', "x": ' + "9" * 5_000 + "}",
    )
    picked = chance.choice(texts)
    raw = picked.encode() if chance.random() < 0.9 else picked.encode().replace(b"NOK", b"NO\xff")
    return Answer(HttpReply(200, JSON, raw), is_true=False, is_true_of_change=False)


def ODDITY(chance: random.Random) -> Answer:  # noqa: N802
    """Return a true answer in odd clothes."""
    body = _true()
    for place in chance.sample(("pspReference", "captureGuaranteedUntil", "profile", "paymentMethod", "x"), 3):
        body[place] = chance.choice(ODD)
    if chance.random() < 0.3:
        body["state"] = chance.choice(("NEVER_SEEN", "", "authorized", "\u202e", "x" * 300))
    names = list(body)
    chance.shuffle(names)
    text = json.dumps({name: body[name] for name in names}, indent=chance.choice((None, 1, 9)))
    kind = chance.choice(("application/json", "application/JSON;charset=utf-8", "application/problem+json"))
    return Answer(HttpReply(200, {"content-type": kind}, text.encode()), is_true=True, is_true_of_change=True)


def FRAME(chance: random.Random) -> Answer:  # noqa: N802
    """Return the true body under a status or a kind that makes it no answer."""
    raw = chance.choice((json.dumps(_true()).encode(), b"", b"<html>", b"\xff\xfe", b"[" * 9000, b'{"traceId": 1}'))
    if chance.random() < 0.3:
        reply = HttpReply(200, {"content-type": chance.choice(KINDS)}, raw)
    else:
        headers = {**JSON, "retry-after": chance.choice(("1", "-1", "1e9", "soon", "\u0661", "9" * 400))}
        reply = HttpReply(chance.choice(STATUSES), headers, raw)
    return Answer(reply, is_true=False, is_true_of_change=False)


LIES: tuple[Callable[[random.Random], Answer], ...] = (
    _other_reference,
    _no_amount,
    _no_currency,
    _other_currency,
    _no_money,
    _lacking,
    _no_word,
    _no_aggregate,
    _wrapped,
)
