"""The service behind the wire: keys and tokens, limits, idempotency, planted faults, and the payments."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from till.sandbox.clock import Ids, TurnableClock
from till.sandbox.payments import Payment, Payments
from till.sandbox.problems import PASSING, GatewayProblem, Problem, domain_problem, validation_problem
from till.sandbox.qr import QrCodes
from till.sandbox.shapes import check_cancel, check_modification
from till.sandbox.units import Customer, Partner, SalesUnit, demo_customers, demo_partner, demo_units
from till.sandbox.webhooks import Webhooks

TOKEN_LIFE_S = 3600
#: The bringing of a webhook: no call of the shop's, so a fault for any call does not strike it.
DELIVERY = "delivery"
READS_A_MINUTE, OPERATIONS_A_MINUTE = 120, 5
#: What another body under the same key is answered with.
_KEY_CONFLICTS = {"create": 4020, "capture": 4010, "refund": 4150, "cancel": 4020}


@dataclass(slots=True)
class PlantedFault:
    """Something that will go wrong: at which operation, how, before or after acting, and how often."""

    operation: str
    kind: str
    reference: str = ""
    times: int = 1
    after: bool = False
    status: int = 500
    seconds: float = 0.0
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: a status, a JSON body, and headers of its own."""

    status: int
    body: object
    headers: dict[str, str] = field(default_factory=dict)


class Desk:
    """The whole simulated service; every method is called with the headers in lower case."""

    def __init__(
        self,
        *,
        clock: TurnableClock,
        ids: Ids,
        base_url: Callable[[], str],
        is_limited: bool = True,
    ) -> None:
        self.clock = clock
        self.ids = ids
        secret = ids.token(12)
        self.units: tuple[SalesUnit, ...] = demo_units(secret)
        self.partner: Partner = demo_partner(secret)
        self.customers: tuple[Customer, ...] = demo_customers()
        self.webhooks = Webhooks(now_s=clock.now_s, ids=ids)
        self.qr = QrCodes(
            now_s=clock.now_s,
            ids=ids,
            customers=self.customers,
            tell=lambda one: self.webhooks.note_check_in(one.unit, one.reference, one.payload()),
        )
        self.payments = Payments(
            now_s=clock.now_s,
            ids=ids,
            customers=self.customers,
            tell=self.webhooks.note,
            checked_in=self.qr.customer_of,
        )
        self.planted: list[PlantedFault] = []
        self.is_limited = is_limited
        self._base_url = base_url
        self._tokens: dict[str, tuple[SalesUnit | Partner, float]] = {}
        self._answers: dict[tuple[str, str, str], tuple[bytes, Answer | Problem]] = {}
        self._uses: dict[tuple[str, str, str], deque[float]] = {}
        self.calls: dict[str, int] = {}

    @property
    def base_url(self) -> str:
        """The address under which pictures are."""
        return self._base_url()

    # ---------------------------------------------------------------- tokens

    def token(self, headers: Mapping[str, str]) -> Answer:
        """Give a token for a sales unit's keys, or a partner's; every value is text, as published."""
        holders: tuple[SalesUnit | Partner, ...] = (*self.units, self.partner)
        holder = next((one for one in holders if one.client_id == headers.get("client_id")), None)
        if holder is None or headers.get("client_secret") != holder.client_secret:
            raise Problem(401, "Unauthorized", "Wrong client id or secret.")
        if headers.get("ocp-apim-subscription-key") != holder.subscription_key:
            raise GatewayProblem(401, "Access denied due to invalid subscription key.")
        now = int(self.clock.now_s())
        token = f"sandbox.{self.ids.token(400)}.{self.ids.token(43)}"
        self._tokens[token] = (holder, now + TOKEN_LIFE_S)
        return Answer(
            200,
            {
                "token_type": "Bearer",
                "expires_in": str(TOKEN_LIFE_S),
                "ext_expires_in": str(TOKEN_LIFE_S),
                "expires_on": str(now + TOKEN_LIFE_S),
                "not_before": str(now),
                "resource": "00000002-0000-0000-c000-000000000000",
                "access_token": token,
            },
        )

    def unit_of(self, headers: Mapping[str, str], *, needs_msn: bool = True) -> SalesUnit:
        """Return the sales unit that a call speaks for; raise a refusal for wrong or missing keys.

        Some APIs can do without its number (knowledge base, "HTTP headers"); a wrong one is refused by all. A partner has to give it
        always, and of a sales unit that is connected.
        """
        holder, named = self._holder_of(headers), headers.get("merchant-serial-number")
        if isinstance(holder, Partner):
            unit = next((one for one in self.connected(holder) if one.msn == named), None)
            if unit is None:
                raise Problem(403, "Forbidden", "The partner is not connected to a sales unit of this number.")
            return unit
        if named != holder.msn and (needs_msn or named is not None):
            raise Problem(403, "Forbidden", "These keys do not speak for this sales unit.")
        return holder

    def connected(self, holder: SalesUnit | Partner) -> tuple[SalesUnit, ...]:
        """Return the sales units that keys can speak for."""
        msns = holder.msns if isinstance(holder, Partner) else (holder.msn,)
        return tuple(one for one in self.units if one.msn in msns)

    def partner_of(self, headers: Mapping[str, str]) -> Partner | None:
        """Return the partner whose keys a call has, if they are a partner's; raise a refusal for wrong or missing keys."""
        holder = self._holder_of(headers)
        return holder if isinstance(holder, Partner) else None

    def _holder_of(self, headers: Mapping[str, str]) -> SalesUnit | Partner:
        """Return whose token a call has; raise a refusal for wrong or missing keys."""
        word, _, token = headers.get("authorization", "").partition(" ")
        key = headers.get("ocp-apim-subscription-key")
        if key is None:
            raise GatewayProblem(401, "Access denied due to missing subscription key.")
        known = self._tokens.get(token)
        if word != "Bearer" or known is None or known[1] <= self.clock.now_s():
            raise Problem(401, "Unauthorized", "The token is missing, unknown or expired.")
        if key != known[0].subscription_key:
            raise GatewayProblem(401, "Access denied due to invalid subscription key.")
        return known[0]

    # ---------------------------------------------------------------- ePayment

    def create(self, headers: Mapping[str, str], raw: bytes, body: object) -> Answer:
        """POST /epayment/v1/payments."""
        unit = self.unit_of(headers)
        reference = body.get("reference", "") if isinstance(body, dict) else ""
        key = self._key(headers)
        self._limit("create", unit.msn, str(reference), OPERATIONS_A_MINUTE)
        return self._once(unit, "create", key, raw, lambda: self._created(self.payments.create(unit, body)))

    def get(self, headers: Mapping[str, str], reference: str) -> Answer:
        """GET /epayment/v1/payments/{reference}."""
        unit = self.unit_of(headers)
        self._limit("read", unit.subscription_key, reference, READS_A_MINUTE)
        payment = self.payments.get(unit, reference)
        return Answer(
            200,
            {
                "aggregate": payment.aggregate(),
                "amount": payment.money(payment.amount),
                "state": payment.state,
                "paymentMethod": {"type": "WALLET"},
                "profile": {"sub": payment.subject} if payment.subject else {},
                "pspReference": payment.psp_reference,
                "reference": payment.reference,
                "metadata": payment.request.get("metadata") or {},
            },
        )

    def events(self, headers: Mapping[str, str], reference: str) -> Answer:
        """GET /epayment/v1/payments/{reference}/events."""
        unit = self.unit_of(headers)
        self._limit("read", unit.subscription_key, reference, READS_A_MINUTE)
        return Answer(200, list(self.payments.get(unit, reference).events))

    def modify(self, operation: str, headers: Mapping[str, str], reference: str, raw: bytes, body: object) -> Answer:
        """POST /epayment/v1/payments/{reference}/capture, /refund or /cancel."""
        unit = self.unit_of(headers)
        self._limit(operation, unit.msn, reference, OPERATIONS_A_MINUTE)
        key = headers.get("idempotency-key") if operation == "cancel" else self._key(headers)
        return self._once(
            unit,
            f"{operation} {reference}",
            key,
            raw,
            lambda: self._modified(self._carry_out(operation, unit, reference, body, key)),
        )

    def force_approve(self, headers: Mapping[str, str], reference: str, body: object) -> Answer:
        """POST /epayment/v1/test/payments/{reference}/approve."""
        payment = self.payments.get(self.unit_of(headers), reference)
        if not isinstance(body, dict) or not ({"customer", "token"} & set(body)):
            raise validation_problem(("customer", "is required"))
        if not self.payments.approve(payment):
            raise domain_problem(10010)
        return Answer(200, None)

    # ---------------------------------------------------------------- planted faults

    def plant(self, fault: PlantedFault) -> None:
        """Let something go wrong later."""
        self.planted.append(fault)

    def strike(self, operation: str, reference: str, *, after: bool) -> PlantedFault | None:
        """Return the fault that is due at this point, used up by one."""
        for fault in self.planted:
            is_meant = fault.operation == operation or (fault.operation == "*" and operation != DELIVERY)
            if is_meant and fault.after is after and fault.reference in ("", reference):
                fault.times -= 1
                if fault.times <= 0:
                    self.planted.remove(fault)
                return fault
        return None

    # ---------------------------------------------------------------- inside

    def _carry_out(self, operation: str, unit: SalesUnit, reference: str, body: object, key: str | None) -> Payment:
        if operation == "cancel":
            only = check_cancel({} if body is None else body)
            return self.payments.cancel(unit, reference, only_if_not_approved=only, key=key)
        minor = check_modification(body, unit)
        act = self.payments.capture if operation == "capture" else self.payments.refund
        return act(unit, reference, minor, key or "")

    def _created(self, payment: Payment) -> Answer:
        body: dict[str, object] = {"reference": payment.reference}
        flow = payment.request["userFlow"]
        if flow == "QR":
            qr_format = payment.request.get("qrFormat")
            wanted = qr_format.get("format") if isinstance(qr_format, dict) else "IMAGE/SVG+XML"
            picture = f"{self._base_url()}/qr-image/v1?token={payment.picture_token}"
            body["redirectUrl"] = payment.qr_content if wanted == "TEXT/TARGETURL" else picture
        elif flow == "WEB_REDIRECT":
            body["redirectUrl"] = f"{self._base_url()}/phone?token={payment.picture_token}"
        elif flow == "NATIVE_REDIRECT":
            body["redirectUrl"] = f"vippsMT://token={payment.picture_token}"
        return Answer(201, body)

    def _modified(self, payment: Payment) -> Answer:
        return Answer(
            200,
            {
                "amount": payment.money(payment.amount),
                "state": payment.state,
                "aggregate": payment.aggregate(),
                "pspReference": payment.psp_reference,
                "reference": payment.reference,
            },
        )

    def _key(self, headers: Mapping[str, str]) -> str:
        key = headers.get("idempotency-key", "")
        if not 1 <= len(key) <= 50:
            raise validation_problem(("Idempotency-Key", "is required, at most 50 characters"))
        return key

    def _once(self, unit: SalesUnit, operation: str, key: str | None, raw: bytes, act: Callable[[], Answer]) -> Answer:
        """Answer the same key with the same answer, also a refusal; another body under it is a conflict."""
        if key is None:
            return act()
        name = (unit.msn, operation, key)
        known = self._answers.get(name)
        if known is not None:
            body, answer = known
            if body != raw:
                raise domain_problem(_KEY_CONFLICTS[operation.split()[0]])
            if isinstance(answer, Problem):
                raise answer
            return answer
        try:
            answer = act()
        except Problem as problem:
            if problem.code not in PASSING:
                self._answers[name] = (raw, problem)
            raise
        self._answers[name] = (raw, answer)
        return answer

    def _limit(self, operation: str, owner: str, reference: str, most: int) -> None:
        self.calls[operation] = self.calls.get(operation, 0) + 1
        if not self.is_limited:
            return
        uses = self._uses.setdefault((operation, owner, reference), deque())
        now = self.clock.now_s()
        while uses and uses[0] <= now - 60:
            uses.popleft()
        if len(uses) >= most:
            wait = max(1, int(uses[0] + 60 - now))
            raise Problem(429, "Too Many Requests", "Slow down.", headers={"Retry-After": str(wait)})
        uses.append(now)
