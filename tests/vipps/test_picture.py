"""The code's picture: asked for without keys, again where that may help, and never of a size that hurts."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.doubles.transport import Scripted
from till.domain.secret import Secret
from till.vipps.errors import PictureRefused, RateLimited, Unanswered
from till.vipps.picture import EXPECTED_DOMAINS, PICTURE_MOST_BYTES, fetch_picture, is_expected
from till.vipps.transport import HttpReply

LINK = Secret("https://qr-image.vipps.no/v1?token=a")


def png(width: int, height: int) -> bytes:
    parts = (b"IHDR" + width.to_bytes(4) + height.to_bytes(4) + b"\x08\x02\0\0\0", b"IEND")
    chunks = ((len(part) - 4).to_bytes(4) + part + zlib.crc32(part).to_bytes(4) for part in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def fetched(status: int, body: bytes = b"", kind: str = "image/png") -> bytes:
    return fetch_picture(Scripted([HttpReply(status, {"content-type": kind}, body)]), LINK)


def test_no_key_and_no_token_goes_with_the_request_and_its_size_is_capped() -> None:
    transport = Scripted([HttpReply(200, {"content-type": "image/png"}, png(640, 640))])
    fetch_picture(transport, LINK)
    (request,) = transport.asked
    assert set(request.headers) == {"Accept"}
    assert request.most_bytes == PICTURE_MOST_BYTES
    assert transport.token_calls == []


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_picture_whose_host_is_in_trouble_may_come_later(status: int) -> None:
    """Fault catalogue J2: a caller tries these again, and the ones below not."""
    with pytest.raises(Unanswered):
        fetched(status)


def test_a_picture_asked_for_too_often_may_come_later() -> None:
    """Fault catalogue B15."""
    with pytest.raises(RateLimited):
        fetched(429)


@pytest.mark.parametrize("status", [204, 301, 302, 400, 401, 403, 404, 410])
def test_a_picture_that_is_gone_or_elsewhere_is_not_asked_for_again(status: int) -> None:
    """Fault catalogue J2, B18."""
    with pytest.raises(PictureRefused) as refused:
        fetched(status, png(640, 640))
    assert not refused.value.is_suspicious


@pytest.mark.parametrize(
    ("width", "height", "is_good"),
    [(100, 100, True), (2000, 2000, True), (99, 640, False), (640, 2001, False), (0, 0, False), (2**31, 640, False)],
)
def test_a_picture_has_the_size_that_can_be_asked_for(width: int, height: int, is_good: bool) -> None:
    """Fault catalogue J2."""
    if is_good:
        assert fetched(200, png(width, height)) == png(width, height)
    else:
        with pytest.raises(PictureRefused):
            fetched(200, png(width, height))


@given(st.text(max_size=80))
def test_no_link_is_followed_that_does_not_lead_to_an_expected_host(text: str) -> None:
    """Fault catalogue J1."""
    for link in (text, "https://" + text, "https://vipps.no" + text, "https://" + text + ".evil.example/"):
        if is_expected(link, domains=EXPECTED_DOMAINS, is_test=False):
            host = link.removeprefix("https://").removeprefix("HTTPS://")
            for mark in "/?#":
                host = host.split(mark, 1)[0]
            assert host.lower().endswith(EXPECTED_DOMAINS)
            assert "@" not in host
            assert ":" not in host
