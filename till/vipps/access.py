"""Who calls: a sales unit's keys, the system's name, and the token that is fetched with them.

Access Token API; header rules: knowledge base, "HTTP headers".
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from till.domain.secret import Secret
from till.vipps.errors import InvalidRequest, RateLimited, Silence, Unanswered
from till.vipps.replies import decode, refusal_of
from till.vipps.transport import HttpRequest, Transport

TOKEN_PATH = "/accesstoken/get"
#: A token is renewed when a tenth of its life is left, or a minute before its end, whichever is sooner.
RENEW_LEFT_S = 60.0
#: Each `Vipps-System-*` header has at most so many characters.
SYSTEM_MOST = 30


@dataclass(frozen=True, slots=True)
class System:
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


@dataclass(frozen=True, slots=True)
class Credentials:
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
    """One token for all calls of one sales unit, renewed in time; shared by the lanes."""

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
        self._credentials = credentials
        self._system = system
        self._monotonic_s = monotonic_s
        # Two lanes may find the token old at once; one renews it, the other waits for that.
        self._lock = threading.Lock()
        self._token: Secret | None = None
        self._renew_at_s = 0.0

    def get(self) -> Secret:
        """Return a token that is still good; raise KeysRefused, Refused or Unanswered with `is_sent` False."""
        with self._lock:
            if self._token is None or self._monotonic_s() >= self._renew_at_s:
                self._token = self._fetch()
            return self._token

    def discard(self, token: Secret) -> None:
        """Drop a token that was refused, unless another lane has renewed it already."""
        with self._lock:
            if self._token == token:
                self._token = None

    def close(self) -> None:
        """Give the connection back."""
        self._transport.close()

    def _fetch(self) -> Secret:
        keys = self._credentials
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
            refusal = refusal_of(reply)
            if isinstance(refusal, Unanswered):
                raise Unanswered(refusal.reason, is_sent=False, status=reply.status)
            if refusal.status == 400 and not isinstance(refusal, RateLimited):
                # The token service answers wrong keys with 400 as well as 401.
                refusal.status = 401
            raise refusal
        fields = decode(reply)
        token, life = fields.get("access_token"), _seconds(fields.get("expires_in"))
        if not isinstance(token, str) or not token or life is None:
            raise Unanswered(Silence.BAD_REPLY, is_sent=False)
        self._renew_at_s = self._monotonic_s() + max(0.0, min(life * 0.9, life - RENEW_LEFT_S))
        return Secret(token)


def _seconds(value: object) -> int | None:
    """Read a number that the token service sends as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
