"""Twenty thousand scans of every kind: each becomes one code or one refusal, none presses a key, none is repeated aloud."""

import random
import string

from hypothesis import given, settings
from hypothesis import strategies as st

from till.devices.framing import SCAN_MOST_BYTES, Framing, split_aim
from till.devices.wedge import GAP_S, SCAN_LEAST, SCAN_MOST, Burst, is_customer_code
from till.domain.scan import PERSONAL_CODE_PREFIX, Market, PersonalCode, ReceiptCode, UnknownCode, meaning_of
from till.engine.ports import RawScan, RefusedScan, ScanRefusal

#: Batches of so many scans, by each of two roads: 250 x 40 x 2.
BATCHES, SCANS = 250, 40
SIGNS = string.printable + "æøåÆØÅäöÄÖ€§¤¨´\u202e\u2066\ufeff\x00\x1b\x07\x85\u2028\N{GRINNING FACE}"
TYPED = string.ascii_letters + string.digits + string.punctuation + "æøåÆØÅäöÄÖ§¤¨´½ \u202e"
MARKETS = tuple(Market)
seeds = st.integers(0, 2**64)


def body(chance: random.Random, signs: str) -> str:
    """Return what might stand in a symbol: an article, a customer's code, a command, noise; with or without its id."""
    noise = "".join(chance.choices(signs, k=chance.randint(1, 60)))
    digits = "".join(chance.choices(string.digits, k=chance.randint(1, 18)))
    text = chance.choice(
        (
            noise,
            digits,
            PERSONAL_CODE_PREFIX + noise,
            PERSONAL_CODE_PREFIX.upper() + digits,
            "https://qr.vipps.no.evil.example/" + digits,
            "https://qr.vipps.no@evil.example/" + noise,
            PERSONAL_CODE_PREFIX + "28/2/05/" + digits,
            PERSONAL_CODE_PREFIX + "p/" + "a" * chance.randint(200, 400),
            "httpsØ--qr.vipps.no-p-" + digits,
            "till:receipt:" + noise,
            "till:refund:" + digits,
            "../" * 5 + noise,
            "=HYPERLINK(" + noise,
            "'; drop table journal; --" + digits,
            "%n%s{0}${x}" + noise,
        )
    )
    return chance.choice(("", "", "]E0", "]Q1", "]Q3", "]zz", "]")) + text


def raw(chance: random.Random) -> bytes:
    """Return the bytes of one symbol, without an end."""
    if chance.random() < 0.2:
        return chance.randbytes(chance.randint(1, 120))
    if chance.random() < 0.01:
        return b"x" * chance.randint(SCAN_MOST_BYTES + 1, 100_000)
    return body(chance, SIGNS).encode("utf-8", "surrogatepass")


def expected(code: bytes) -> RawScan | RefusedScan:
    """Return what a whole code must become, judged without looking at how it came."""
    if len(code) > SCAN_MOST_BYTES:
        return RefusedScan(len(code), ScanRefusal.TOO_LONG)
    try:
        text = code.decode()
    except UnicodeDecodeError:
        return RefusedScan(len(code), ScanRefusal.NOT_TEXT)
    if not text.isprintable():
        return RefusedScan(len(code), ScanRefusal.CONTROL_CHARACTERS)
    aim, rest = split_aim(text)
    return RawScan(rest, aim)


def means_no_harm(scan: RawScan, market: Market) -> None:
    """Hold a scan's meaning to what may follow from it, and its printing to nothing of its text."""
    meaning = meaning_of(scan.text, aim=scan.aim, market=market)
    assert len(scan.text) < 8 or scan.text not in repr(scan)
    if isinstance(meaning, PersonalCode):
        assert scan.text.lower().startswith(PERSONAL_CODE_PREFIX)
        assert scan.aim is None or scan.aim.startswith("Q")
        assert len(scan.text) <= 255
        assert repr(meaning.content) == "Secret(•••)"
    elif isinstance(meaning, ReceiptCode):
        assert meaning.reference.replace("-", "").isalnum()
        assert len(meaning.reference) <= 64
    elif isinstance(meaning, UnknownCode):
        assert meaning.length == len(scan.text)
    else:
        assert scan.text.isascii()
        assert scan.text.isdigit()


@settings(max_examples=BATCHES, deadline=None)
@given(seeds)
def test_any_bytes_of_a_serial_scanner_are_codes_or_refusals_one_by_one(seed: int) -> None:
    """Fault catalogue H2, H3, H6; invariant I13."""
    chance = random.Random(seed)
    framing, found, wanted, now_s = Framing(), [], [], 0.0
    framing.feed(b"\r", now_s)
    for _ in range(SCANS):
        symbol = raw(chance)
        end = chance.choice((b"\r", b"\n", b"\r\n", b"\t", b"\r\r"))
        wanted += [expected(part) for part in symbol.replace(b"\n", b"\r").replace(b"\t", b"\r").split(b"\r") if part]
        stream = symbol + end
        while stream:
            size = chance.randint(1, max(1, len(stream) // 2) if len(stream) < 2000 else len(stream))
            found += framing.feed(stream[:size], now_s)
            found += framing.idle(now_s + chance.uniform(0, 0.5))
            stream, now_s = stream[size:], now_s + chance.uniform(0, 0.4)
            assert len(framing._held) <= SCAN_MOST_BYTES
    assert found == wanted
    for scan in found:
        if isinstance(scan, RawScan):
            means_no_harm(scan, chance.choice(MARKETS))


@settings(max_examples=BATCHES, deadline=None)
@given(seeds)
def test_any_typing_scanner_reaches_no_widget_with_a_customers_code(seed: int) -> None:
    """Fault catalogue H2, H4, H5; invariant I11."""
    chance = random.Random(seed)
    burst: Burst[str] = Burst()
    now_s = 0.0
    for _ in range(SCANS):
        text = body(chance, TYPED)
        gap_s = chance.choice((0.0, 0.005, 0.03, GAP_S - 0.001))
        is_ended = chance.random() < 0.8
        replayed, scans = "", []
        verdicts = []
        for sign in text:
            now_s += gap_s
            verdicts.append(burst.press(sign, sign, now_s))
            assert len(burst._keys) <= SCAN_MOST
        verdicts.append(burst.end("\r", now_s + gap_s) if is_ended else burst.expire(now_s + 1))
        now_s += 2
        for verdict in verdicts:
            replayed += "".join(verdict.replay)
            scans += [verdict.scan] if verdict.scan is not None else []
        assert not burst.is_holding
        assert len(scans) <= 1
        if is_customer_code(text) or (is_ended and len(text) >= SCAN_LEAST):
            assert replayed == ""
            assert len(scans) == 1
        else:
            assert replayed == text + ("\r" if is_ended else "")
            assert scans == []
        for scan in scans:
            if isinstance(scan, RawScan):
                assert scan.text.isprintable()
                means_no_harm(scan, chance.choice(MARKETS))


def test_a_symbol_of_ten_megabytes_costs_no_memory_and_is_one_refusal() -> None:
    """Fault catalogue H2; invariant I13."""
    framing: Framing = Framing()
    burst: Burst[str] = Burst()
    for _ in range(100):
        framing.feed(b"\x1b[2J" * 1000, 0.0)
    assert framing.feed(b"\r", 0.0) == (RefusedScan(400_000, ScanRefusal.TOO_LONG),)
    for place in range(20_000):
        burst.press("x", "x", place / 1000)
        assert len(burst._keys) == len(burst._text) <= SCAN_MOST
    assert burst.end("\r", 20.0).scan == RefusedScan(20_000, ScanRefusal.TOO_LONG)
