"""Refusals in the published shapes: problems with a domain code, validation problems, and the gateway's own."""

from dataclasses import dataclass, field

#: Domain code -> (HTTP status, title). Statuses without a published value are 400.
TITLES: dict[int, tuple[int, str]] = {
    4010: (409, "Capture idempotency conflict"),
    4020: (409, "Idempotency error"),
    4040: (400, "Invalid amount"),
    4050: (400, "Invalid CustomerToken"),
    4060: (400, "Invalid PersonalQr"),
    4070: (400, "Invalid phone number"),
    4080: (400, "Invalid scope"),
    4090: (400, "Invalid URL"),
    4100: (400, "Metadata capacity exceeded"),
    4120: (400, "Metadata key too long"),
    4130: (400, "Metadata value too long"),
    4140: (400, "Missing required parameter"),
    4150: (409, "Reference already exists"),
    4160: (400, "Invalid payment method type"),
    5010: (400, "Blocking sources not applicable"),
    5020: (400, "Express payment not allowed"),
    5030: (400, "Illegal scope"),
    5040: (400, "Invalid currency for merchant"),
    5050: (400, "Long-living payment not allowed"),
    5070: (422, "Payment cannot be created"),
    5080: (400, "PUSH_MESSAGE not allowed"),
    5090: (404, "Reference not found"),
    5100: (400, "Refund not possible"),
    6010: (400, "Amount too small"),
    6020: (400, "Attempted refund before reservation"),
    6030: (400, "Cancel period expired"),
    6040: (400, "Cannot cancel a captured payment"),
    6050: (400, "Cannot cancel a non-reserved payment"),
    6060: (400, "Cannot cancel authorized payment"),
    6070: (400, "Cannot capture a cancelled payment"),
    6080: (400, "Cannot capture before reservation"),
    6090: (400, "Capture amount too high"),
    6100: (400, "Capture period expired"),
    6110: (400, "Expiration too late"),
    6120: (400, "Expiration too soon"),
    6130: (400, "Expiration needs a receipt"),
    6140: (400, "Must capture full amount"),
    6150: (400, "Not enough refundable"),
    6160: (423, "Order processing"),
    6170: (400, "Payment already captured"),
    6180: (400, "Payment already refunded"),
    6200: (400, "Payment cannot be captured"),
    6210: (400, "Payment cannot be refunded"),
    6220: (400, "Refund period expired"),
    6230: (400, "Payment is already reserved"),
    6250: (400, "Cannot cancel processing payment"),
    6260: (400, "Funds unavailable"),
    6280: (400, "Capture failed, please try again later"),
    7010: (400, "Customer not found"),
    10010: (400, "Approve failed"),
    10030: (400, "Identification required"),
}
#: Refusals about a passing state are not remembered under their key: the same key may succeed later.
PASSING = frozenset({6160, 6250, 6260, 6280})


@dataclass(frozen=True)
class Problem(Exception):
    """A refusal; `fields` are (name, reason) pairs for `extraDetails`."""

    status: int
    title: str
    detail: str
    fields: tuple[tuple[str, str], ...] = ()
    code: int | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def body(self, *, instance: str, trace_id: str) -> dict[str, object]:
        """Return the problem as the API writes it."""
        return {
            "type": f"https://httpstatuses.io/{self.status}",
            "title": self.title,
            "detail": self.detail,
            "instance": instance,
            "status": self.status,
            "traceId": trace_id,
            "extraDetails": [{"name": name, "reason": reason} for name, reason in self.fields],
        }


def domain_problem(code: int) -> Problem:
    """Return the refusal of a domain code."""
    status, title = TITLES[code]
    return Problem(status, title, f"{title}.", (("ErrorCode", str(code)),), code)


def validation_problem(*fields: tuple[str, str]) -> Problem:
    """Return the refusal of a request that does not fit the description."""
    return Problem(400, "Bad Request", "See extraDetails for what does not fit.", fields)


@dataclass(frozen=True)
class GatewayProblem(Exception):
    """A refusal of the gateway in front of the API, in its own shape."""

    status: int
    message: str

    def body(self) -> dict[str, object]:
        """Return the gateway's body."""
        return {"statusCode": self.status, "message": self.message}
