"""Who calls: a sales unit's keys, the system's name, and the token that is fetched with them.

Access Token API; header rules: knowledge base, "HTTP headers".
"""

import logging
import threading
from collections.abc import Callable

from msgspec import Struct

from till.domain.secret import Secret
from till.vipps.errors import (
    InvalidRequest,
    KeysRefused,
    NotPermitted,
    RateLimited,
    Silence,
    Unanswered,
    VippsError,
)
from till.vipps.replies import decode, refusal_of
from till.vipps.transport import HttpReply, HttpRequest, Transport

TOKEN_PATH = "/accesstoken/get"
#: A token is renewed when a tenth of its life is left, or a minute before its end, whichever is sooner.
RENEW_LEFT_S = 60.0
#: A renewal that got no answer is tried again after this, while the token in hand is still good.
RENEW_PAUSE_S = 30.0
#: Real tokens are a little over a thousand characters.
TOKEN_MOST = 16_384
#: Each `Vipps-System-*` header has at most so many characters.
SYSTEM_MOST = 30

log = logging.getLogger("till.vipps")


class System(Struct, frozen=True):
    """What the till calls itself towards the wallet; at most 30 characters each."""

    name: str = "till"
    version: str = "0"

    def headers(self) -> dict[str, str]:
        """Return the four headers; without a plugin the system's values are repeated."""
        name, version = self.name[:SYSTEM_MOST], self.version[:SYSTEM_MOST]
        return {
            "Vipps-System-Name": name,
            "Vipps-System-Version": version,
            "Vipps-System-Plugin-Name": name,
            "Vipps-System-Plugin-Version": version,
        }


class Credentials(Struct, frozen=True):
    """One sales unit's keys; raise InvalidRequest if a pasted character would break a header."""

    client_id: Secret
    client_secret: Secret
    subscription_key: Secret
    msn: str

    def __post_init__(self) -> None:
        for field in ("client_id", "client_secret", "subscription_key"):
            text = getattr(self, field).reveal()
            if not text or not text.isascii() or not text.isprintable() or text != text.strip():
                raise InvalidRequest(field)
        if not (self.msn.isascii() and self.msn.isdigit() and 4 <= len(self.msn) <= 10):
            raise InvalidRequest("msn")


class Tokens:
    """One token for all calls with one set of keys, renewed in time; shared by the lanes."""

    def __init__(
        self,
        *,
        transport: Transport,
        base_url: str,
        credentials: Credentials,
        system: System,
        monotonic_s: Callable[[], float],
    ) -> None:
        self._transport = transport
        self._base_url = base_url
        self._keys = credentials
        self._were_refused = False
        self._system = system
        self._monotonic_s = monotonic_s
        # Two lanes may find the token old at once; one renews it, the other waits for that.
        self._lock = threading.Lock()
        self._token: Secret | None = None
        self._renew_at_s = 0.0
        self._ends_at_s = 0.0

    @property
    def keys(self) -> Credentials:
        """The keys in use."""
        return self._keys

    @property
    def were_refused(self) -> bool:
        """Whether the service has refused these keys: others may have been put in their place."""
        return self._were_refused

    def note_refusal(self) -> None:
        """Note that a call with a new token was refused too: it is the keys."""
        self._were_refused = True

    def use(self, keys: Credentials) -> None:
        """Take other keys from now on; open payments go on with them."""
        with self._lock:
            self._keys, self._token, self._were_refused = keys, None, False

    def get(self) -> Secret:
        """Return a token that is still good.

        Raise KeysRefused, NotPermitted, RateLimited, or Unanswered with `is_sent` False: whatever the token service says,
        it says nothing about a payment.
        """
        with self._lock:
            now_s = self._monotonic_s()
            if self._token is None or now_s >= self._renew_at_s:
                self._token = self._renewed(now_s)
            return self._token

    def discard(self, token: Secret) -> None:
        """Drop a token that was refused, unless another lane has renewed it already."""
        with self._lock:
            if self._token == token:
                self._token = None

    def close(self) -> None:
        """Give the connection back."""
        self._transport.close()

    def _renewed(self, now_s: float) -> Secret:
        """Return a new token, or the one in hand while it is good and the service only stays silent."""
        try:
            token, life_s = self._fetch()
        except KeysRefused:
            self.note_refusal()
            raise
        except (Unanswered, RateLimited) as error:
            if self._token is None or now_s >= self._ends_at_s:
                raise
            log.warning("token not renewed, still good", extra={"status": error.status, "trace": error.trace_id})
            self._renew_at_s = min(self._monotonic_s() + RENEW_PAUSE_S, self._ends_at_s)
            return self._token
        # Counted from before the call, so that a slow answer never makes a token look younger than it is.
        self._ends_at_s = now_s + life_s
        self._renew_at_s = now_s + max(0.0, min(life_s * 0.9, life_s - RENEW_LEFT_S))
        return token

    def _fetch(self) -> tuple[Secret, int]:
        """Ask for a token; return it with its life in seconds."""
        keys = self._keys
        headers = {
            "client_id": keys.client_id.reveal(),
            "client_secret": keys.client_secret.reveal(),
            "Ocp-Apim-Subscription-Key": keys.subscription_key.reveal(),
            "Merchant-Serial-Number": keys.msn,
            **self._system.headers(),
        }
        request = HttpRequest("POST", self._base_url + TOKEN_PATH, headers, b"")
        try:
            reply = self._transport.send(request)
        except Unanswered as error:
            # Whatever became of the token, the call that wanted it was not sent.
            raise Unanswered(error.reason, is_sent=False) from error
        if reply.status != 200:
            raise _refusal_of_token(reply)
        try:
            fields = decode(reply)
        except Unanswered as error:
            raise Unanswered(error.reason, is_sent=False, status=error.status) from error
        token, life_s = fields.get("access_token"), _seconds(fields.get("expires_in"))
        if not isinstance(token, str) or life_s is None or not _fits_header(token):
            raise Unanswered(Silence.BAD_REPLY, is_sent=False)
        return Secret(token), life_s


def _refusal_of_token(reply: HttpReply) -> VippsError:
    """Say what a refused token means for the call that wanted it: about the keys, or nothing at all.

    A 404 or 409 from here must never be taken for the payment's own.
    """
    said = refusal_of(reply)
    if isinstance(said, RateLimited | KeysRefused | NotPermitted):
        return said
    if said.status == 400:
        # The token service answers wrong keys with 400 as well as 401.
        return KeysRefused(status=400, code=said.code, trace_id=said.trace_id)
    reason = said.reason if isinstance(said, Unanswered) else Silence.BAD_REPLY
    return Unanswered(reason, is_sent=False, status=said.status, trace_id=said.trace_id)


def _fits_header(token: str) -> bool:
    return 0 < len(token) <= TOKEN_MOST and token.isascii() and token.isprintable() and " " not in token


def _seconds(value: object) -> int | None:
    """Read a number that the token service sends as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 9:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**9 else None
