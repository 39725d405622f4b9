"""The signature of webhooks: the published vector, our own, and everything that must not pass."""

import base64
import hashlib
import hmac

import pytest

from till.domain.secret import Secret
from till.vipps.errors import InvalidRequest
from till.vipps.signature import Refusal, RegisteredAddress, SignatureRefused, sign, verify

VENDOR_SECRET = "A0+AeKBRG2KRGvnNwJpQlb6IJFk48CKXCIcrLoHncVJKDILsQSxS6NWCccwWm6r6FhGKhiHTBsG2wo/xU6FY/A=="
VECTORS = {
    "vendor": (
        VENDOR_SECRET,
        "https://webhook.site/e2cee29b-012e-4f1d-8ef4-e95fd74a7a63",
        "Thu, 30 Mar 2023 08:38:32 GMT",
        '{"some-unique-content":"ee6e441b-cc4a-46f8-895d-a5af79bcc233/hello-world"}',
        "lNlsp1XA03N34HrQsVzPgJKtC+r7l/RBF4V3JQUWMj4=",
        "agAiSyogQbDHpeucoNwYz+yAr5nJ+v+zasdkSbqzv+U=",
    ),
    "port and query": (
        "not-base64-secret_1",
        "http://127.0.0.1:8443/hooks/vipps?till=7",
        "Tue, 05 Jan 2027 10:15:31 GMT",
        (
            '{"msn":"123456","reference":"till7-20270105-0042-1","pspReference":"5f0c1c7e-2f0b-4b0e-9a51-0f3a3c1de001",'
            '"name":"AUTHORIZED","amount":{"currency":"DKK","value":12550},"timestamp":"2027-01-05T10:15:30.123Z",'
            '"idempotencyKey":null,"success":true}'
        ),
        "D1dyUNmKrrzcnaSY0weltHUveOVhmgbXaXCGsP2/bnA=",
        "9pOp35UM7dBOFx/aNz5DqOLedIMDAWvfJ+dM+XAI8go=",
    ),
    "not ASCII": (
        "not-base64-secret_1",
        "https://till.example.test/hooks",
        "Tue, 05 Jan 2027 10:15:31 GMT",
        '{"locationDescription":"Kasse 1 æøå"}',
        "BH86CN4q7sr+tBcY5dK8phuyXosIss3yaoxZQBEBuHI=",
        "0MEAFN7lPmBfVwGKH7k5v/QpUAsfq9fu/jZyOBpg9B0=",
    ),
}
BODY = b'{"name":"CAPTURED"}'
SECRET = Secret("not-base64-secret_1")
ADDRESS = RegisteredAddress.of("https://till.example.test/hooks")
GOOD = sign(BODY, secret=SECRET, address=ADDRESS, date="Tue, 05 Jan 2027 10:15:31 GMT")


def reason_of(headers: dict[str, str], body: bytes = BODY, secret: Secret = SECRET) -> Refusal:
    with pytest.raises(SignatureRefused) as refused:
        verify(headers, body, secret=secret, address=ADDRESS)
    return refused.value.reason


@pytest.mark.parametrize("name", VECTORS)
def test_the_vectors_are_made_and_verified(name: str) -> None:
    secret, url, date, body, content_hash, signature = VECTORS[name]
    address = RegisteredAddress.of(url)
    headers = sign(body.encode(), secret=Secret(secret), address=address, date=date)
    assert headers["x-ms-content-sha256"] == content_hash
    assert headers["authorization"].endswith("&Signature=" + signature)
    assert headers["authorization"].startswith("HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&")
    verify(headers, body.encode(), secret=Secret(secret), address=address)


def test_a_secret_is_text_even_where_it_looks_like_base64() -> None:
    secret, url, date, body, content_hash, _ = VECTORS["vendor"]
    address = RegisteredAddress.of(url)
    text = f"POST\n{address.path}\n{date};{address.host};{content_hash}"
    wrong = base64.b64encode(hmac.new(base64.b64decode(secret), text.encode(), hashlib.sha256).digest()).decode()
    assert wrong == "T3+NXHMmhNVEjW5PeJ4Gql70nf0MOXCAY9CoZDxuVQw="
    headers = sign(body.encode(), secret=Secret(secret), address=address, date=date)
    headers["authorization"] = headers["authorization"].rpartition("Signature=")[0] + "Signature=" + wrong
    with pytest.raises(SignatureRefused) as refused:
        verify(headers, body.encode(), secret=Secret(secret), address=address)
    assert refused.value.reason is Refusal.OTHER_SIGNATURE


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("https://shop.example/hooks", "shop.example", "/hooks"),
        ("https://shop.example:443/hooks", "shop.example", "/hooks"),
        ("https://shop.example:8080/hooks?a=1&b=%20", "shop.example:8080", "/hooks?a=1&b=%20"),
        ("http://localhost:80/", "localhost", "/"),
        ("http://[::1]:8640/x", "[::1]:8640", "/x"),
        ("https://shop.example", "shop.example", "/"),
    ],
)
def test_host_and_path_are_those_of_the_registered_url(url: str, host: str, path: str) -> None:
    assert RegisteredAddress.of(url) == RegisteredAddress(host, path)


@pytest.mark.parametrize("url", ["", "shop.example/x", "ftp://shop.example/", "https://a@b/", "https://x:99999/"])
def test_what_cannot_have_been_registered_is_no_address(url: str) -> None:
    with pytest.raises(InvalidRequest):
        RegisteredAddress.of(url)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"x-ms-date": ""}, Refusal.NO_DATE),
        ({"x-ms-date": "Tue\n"}, Refusal.NO_DATE),
        ({"x-ms-date": "x" * 65}, Refusal.NO_DATE),
        ({"x-ms-content-sha256": ""}, Refusal.NO_CONTENT_HASH),
        ({"authorization": ""}, Refusal.NO_SIGNATURE),
        ({"authorization": "Bearer abc"}, Refusal.OTHER_SCHEME),
        ({"authorization": "hmac-sha256 signedheaders=host&Signature=x"}, Refusal.OTHER_SCHEME),
        ({"authorization": "HMAC-SHA256 SignedHeaders=x-ms-date;host&Signature=x"}, Refusal.OTHER_SCHEME),
        ({"x-ms-content-sha256": "AAAA"}, Refusal.OTHER_CONTENT),
        ({"x-ms-content-sha256": "ø"}, Refusal.OTHER_CONTENT),
        ({"x-ms-content-sha256": GOOD["x-ms-content-sha256"] + "="}, Refusal.OTHER_CONTENT),
        ({"x-ms-date": "Tue, 05 Jan 2027 10:15:32 GMT"}, Refusal.OTHER_SIGNATURE),
        ({"authorization": GOOD["authorization"].rpartition("=&")[0] + "x"}, Refusal.OTHER_SCHEME),
        ({"authorization": GOOD["authorization"][:-3] + "!!="}, Refusal.OTHER_SIGNATURE),
        ({"authorization": GOOD["authorization"] + " "}, Refusal.OTHER_SIGNATURE),
    ],
)
def test_every_change_of_the_headers_has_its_reason(changes: dict[str, str], reason: Refusal) -> None:
    verify(GOOD, BODY, secret=SECRET, address=ADDRESS)
    assert reason_of({**GOOD, **changes}) is reason


def test_another_body_another_secret_and_another_address_are_refused() -> None:
    assert reason_of(GOOD, BODY + b" ") is Refusal.OTHER_CONTENT
    assert reason_of(GOOD, secret=Secret("another")) is Refusal.OTHER_SIGNATURE
    for url in ("https://till.example.test/hooks/", "https://till.example.test:8443/hooks", "https://other.test/hooks"):
        with pytest.raises(SignatureRefused):
            verify(GOOD, BODY, secret=SECRET, address=RegisteredAddress.of(url))


@pytest.mark.parametrize("place", range(0, 44, 7))
def test_no_changed_sign_of_the_signature_passes(place: int) -> None:
    head, _, signature = GOOD["authorization"].rpartition("Signature=")
    other = "A" if signature[place] != "A" else "B"
    changed = signature[:place] + other + signature[place + 1 :]
    assert reason_of({**GOOD, "authorization": f"{head}Signature={changed}"}) is Refusal.OTHER_SIGNATURE


def test_a_refusal_never_holds_the_secret() -> None:
    with pytest.raises(SignatureRefused) as refused:
        verify(GOOD, BODY, secret=Secret("the-other-secret"), address=ADDRESS)
    assert "the-other-secret" not in str(refused.value)
