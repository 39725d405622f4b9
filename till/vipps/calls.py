"""One call of any of the APIs: good headers, once more with a new token after a 401, and a line in the log when it fails."""

import hashlib
import logging
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from till.vipps.access import Credentials, System, Tokens
from till.vipps.errors import InvalidRequest, RateLimited, Silence, Unanswered, VippsError
from till.vipps.replies import refusal_of
from till.vipps.transport import HttpReply, HttpRequest, Transport

#: An idempotency key has at most so many characters (knowledge base, "HTTP headers").
KEY_MOST = 50

T = TypeVar("T")

log = logging.getLogger("till.vipps")


class Calls:
    """Calls for one sales unit over one transport; paths are whole, from the root of the service.

    `msn` is the sales unit that is spoken for where the keys serve several; without it, it is the keys' own.
    """

    def __init__(
        self,
        *,
        transport: Transport,
        tokens: Tokens,
        base_url: str,
        system: System,
        monotonic_s: Callable[[], float],
        msn: str = "",
    ) -> None:
        self._transport = transport
        self._tokens = tokens
        self._base_url = base_url
        self._system = system
        self._msn = msn
        self._monotonic_s = monotonic_s
        #: How many requests have left, a repeat after a 401 included.
        self.sends = 0
        #: Whether what is answered 401 is sent once more at once, with a new token.
        self.repeats = True

    @classmethod
    def with_keys(
        cls,
        keys: Credentials,
        *,
        transport: Transport,
        base_url: str,
        system: System,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> "Calls":
        """Return calls with tokens of their own, fetched over the same transport."""
        tokens = Tokens(
            transport=transport, base_url=base_url, credentials=keys, system=system, monotonic_s=monotonic_s
        )
        return cls(transport=transport, tokens=tokens, base_url=base_url, system=system, monotonic_s=monotonic_s)

    @property
    def msn(self) -> str:
        """The sales unit that is spoken for."""
        return self._msn or self._tokens.keys.msn

    def call(
        self,
        method: str,
        path: str,
        *,
        read: Callable[[HttpReply], T],
        body: bytes | None = None,
        key: str | None = None,
        success: int = 200,
        query: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> T:
        """Send one request and return what `read` finds in the reply; raise a VippsError.

        `query` and `headers` are what only this call has; neither is logged.
        """
        if key is not None and not (
            0 < len(key) <= KEY_MOST and key.isascii() and key.isprintable() and " " not in key
        ):
            raise InvalidRequest("Idempotency-Key")
        began_s = self._monotonic_s()
        try:
            reply = self._send(method, path + query, body, key, headers)
            if reply.status == 401:
                if not self.repeats:
                    raise RateLimited(retry_after_s=None)
                reply = self._send(method, path + query, body, key, headers)
                if reply.status == 401:
                    self._tokens.note_refusal()
            return read(_demand_success(reply, success))
        except VippsError as error:
            log.warning(
                "call failed",
                extra={
                    "method": method,
                    "path": path,
                    "status": error.status,
                    "code": error.code,
                    "trace": error.trace_id,
                    "outcome": type(error).__name__,
                    "reason": error.reason.value if isinstance(error, Unanswered) else None,
                    "ms": round((self._monotonic_s() - began_s) * 1000),
                    "key_digest": hashlib.sha256(key.encode()).hexdigest()[:12] if key is not None else None,
                },
            )
            raise

    def close(self) -> None:
        """Give the connection back."""
        self._transport.close()

    def _send(
        self, method: str, path: str, body: bytes | None, key: str | None, own: Mapping[str, str] | None
    ) -> HttpReply:
        """Send one request with a good token; a token that is answered 401 is not used again."""
        token = self._tokens.get()
        headers = {
            "Authorization": f"Bearer {token.reveal()}",
            "Ocp-Apim-Subscription-Key": self._tokens.keys.subscription_key.reveal(),
            "Merchant-Serial-Number": self.msn,
            **self._system.headers(),
            **(own or {}),
        }
        if body is not None:
            headers["Content-Type"] = "application/json"
        if key is not None:
            headers["Idempotency-Key"] = key
        try:
            reply = self._transport.send(HttpRequest(method, self._base_url + path, headers, body))
        except Unanswered as error:
            self.sends += error.is_sent
            raise
        self.sends += 1
        if reply.status == 401:
            self._tokens.discard(token)
        return reply


def _demand_success(reply: HttpReply, success: int) -> HttpReply:
    """Return the reply if it has the one status that means success; another 2xx is not an answer of this API."""
    if reply.status == success:
        return reply
    if 200 <= reply.status < 300:
        raise Unanswered(Silence.BAD_REPLY, status=reply.status)
    raise refusal_of(reply)
