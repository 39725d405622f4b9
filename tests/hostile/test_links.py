"""Links that a false answer could bring for the customer's screen: none leads anywhere but to the wallet's own hosts."""

import random
import re

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.doubles.clock import ManualClock
from tests.doubles.transport import Scripted, reply, scripted_client
from till.domain.faults import Fault, FaultCode
from till.domain.secret import Secret
from till.engine.ports import CodeMissing, Create
from till.vipps.errors import PictureRefused
from till.vipps.lane_side import WalletSettings
from till.vipps.picture import EXPECTED_DOMAINS, fetch_picture, is_expected
from till.vipps.transport import HttpReply
from till.vipps.wallet import VippsWallet

REFERENCE = "test-kasse1-261121-0001-1"
HOSTS = (*EXPECTED_DOMAINS, "qr-image.vipps.no", "api.vipps.no", "QR.VIPPS.NO", "a.b.vippsmobilepay.com")
#: Names that look like the wallet's, numbers, other machines, and names that no library can read.
STRANGERS = (
    "vipps.no.evil.example",
    "evilvipps.no",
    "vipps-no.example",
    "vipps.no.",
    "vipps.no。",
    "vipps。no",
    "vippѕ.no",
    "ѵipps.no",
    "xn--vpps-5qa.no",
    "xn--a.vipps.no",
    "xn--.vipps.no",
    "a.XN--a.vipps.no",
    "a..vipps.no",
    ".vipps.no",
    "-a.vipps.no",
    "a_b.vipps.no",
    "y" * 64 + ".vipps.no",
    "a." * 125 + "vipps.no",
    "127.0.0.1",
    "localhost",
    "0x7f000001",
    "2130706433",
    "0177.0.0.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "169.254.169.254",
    "192.168.1.1",
    "evil.example",
    "evil.example#.vipps.no",
    "evil.example?.vipps.no",
    "evil.example/.vipps.no",
    "evil.example\\.vipps.no",
    "evil.example\t.vipps.no",
    "evil.example\n.vipps.no",
    "evil.example%2f.vipps.no",
    "vipps.no@evil.example",
    "vipps.no:443@evil.example",
    "",
)
SCHEMES = (
    "https://",
    "HTTPS://",
    "http://",
    "file://",
    "ftp://",
    "javascript:",
    "data:image/png;base64,",
    "//",
    "https:",
    "",
)
USERS = ("", "", "", "user@", "user:word@", ":@", "@", "vipps.no@", "%40")
PORTS = ("", "", "", ":443", ":80", ":0", ":", ":99999", ":x", ":８０")
TAILS = (
    "",
    "/",
    "/v1?token=a",
    "?token=a",
    "#a",
    "/../..//evil",
    "\\@evil.example",
    "/ /",
    "/\u202e",
    "/\x00",
    "/" * 5000,
)
GOOD = re.compile(
    r"https://(?:[a-z0-9-]+\.)*(?:vipps\.no|vippsmobilepay\.com|mobilepay\.dk|mobilepay\.fi)(?:[/?#].*)?", re.I
)


def link(chance: random.Random) -> str:
    """Return a link put together from good and false parts."""
    host = chance.choice(HOSTS) if chance.random() < 0.4 else chance.choice(STRANGERS)
    made = chance.choice(SCHEMES[:3]) if chance.random() < 0.7 else chance.choice(SCHEMES)
    made += chance.choice(USERS) + host + chance.choice(PORTS) + chance.choice(TAILS)
    if chance.random() < 0.2:
        place = chance.randrange(len(made) + 1)
        made = made[:place] + chance.choice(" \t\n\r\x00\x1b@:/\\#?%.[]\u202e\u00ad\u3002\uff0f") + made[place:]
    return made


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**64))
def test_a_link_that_is_followed_leads_to_the_wallets_hosts_for_every_reader_of_links(seed: int) -> None:
    """Fault catalogue J1: judged here by a pattern, and by the library that would make the call."""
    chance = random.Random(seed)
    for _ in range(25):
        made = link(chance)
        transport = Scripted([HttpReply(404)])
        with pytest.raises(PictureRefused) as refused:
            fetch_picture(transport, Secret(made))
        assert len(made) < 8 or made not in str(refused.value)
        assert refused.value.is_suspicious is (not transport.asked)
        if not transport.asked:
            continue
        (request,) = transport.asked
        assert GOOD.fullmatch(made), made
        host = httpx.URL(request.url).host
        assert any(host == domain or host.endswith("." + domain) for domain in EXPECTED_DOMAINS), made
        assert httpx.URL(request.url).userinfo == b""
        assert httpx.URL(request.url).port is None
        assert set(request.headers) == {"Accept"}


@pytest.mark.parametrize("host", STRANGERS)
@pytest.mark.parametrize("is_test", [False, True])
def test_a_host_that_only_looks_like_the_wallets_is_never_asked(host: str, is_test: bool) -> None:
    """Fault catalogue J1."""
    assert not is_expected(f"https://{host}/v1?token=a", domains=EXPECTED_DOMAINS, is_test=is_test)
    if host not in ("127.0.0.1", "localhost", "[::1]"):
        assert not is_expected(f"http://{host}/v1?token=a", domains=EXPECTED_DOMAINS, is_test=is_test)


@pytest.mark.parametrize("host", HOSTS)
def test_the_wallets_own_hosts_are_asked_by_tls_only(host: str) -> None:
    """Fault catalogue J1."""
    assert is_expected(f"https://{host}/v1?token=a", domains=EXPECTED_DOMAINS, is_test=False)
    for scheme in ("http", "ftp", "file", "javascript", "ws"):
        assert not is_expected(f"{scheme}://{host}/v1?token=a", domains=EXPECTED_DOMAINS, is_test=True)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_wherever_it_leads(status: int) -> None:
    """Fault catalogue J1, B18."""
    transport = Scripted([HttpReply(status, {"location": "https://evil.example/a.png"})])
    with pytest.raises(PictureRefused):
        fetch_picture(transport, Secret("https://qr-image.vipps.no/v1?token=a"))
    assert len(transport.asked) == 1


def told(made: str, *, draws_code: bool) -> list[object]:
    """Return what the wallet tells the engine when a create is answered with a link."""
    said: list[object] = []
    transport = Scripted([reply(201, {"reference": REFERENCE, "redirectUrl": made})])
    wallet = VippsWallet(
        settings=WalletSettings(till="kasse1", shop="Shop", draws_code=draws_code),
        clock=ManualClock(),
        connect=lambda _: (scripted_client(transport), transport),
        deliver=said.append,
    )
    wallet.send(Create(REFERENCE, "900001", f"{REFERENCE}-create", Secret("{}"), shows_code=True))
    asks, acts = wallet.lanes
    while acts.run_one() or asks.run_one():
        pass
    assert len(transport.asked) == 1
    return said


FALSE_LINKS = [f"https://{host}/s/a" for host in STRANGERS] + ["javascript:alert(1)", "file:///etc/passwd"]


@pytest.mark.parametrize("made", FALSE_LINKS)
def test_a_false_link_is_told_as_not_safe_and_no_lane_dies_of_it(made: str) -> None:
    """Fault catalogue J1, E15."""
    assert told(made, draws_code=False)[1:] == [CodeMissing(REFERENCE, Fault(FaultCode.PICTURE_NOT_SAFE))]


@pytest.mark.parametrize("made", ["https://evil.example/s/a", "javascript:alert(1)", "http://qr.vipps.no/s/a"])
def test_a_code_that_is_drawn_here_leads_to_the_wallet_too(made: str) -> None:
    """Fault catalogue J1."""
    assert told(made, draws_code=True)[1:] == [CodeMissing(REFERENCE, Fault(FaultCode.PICTURE_NOT_SAFE))]
