"""The sandbox's control, where the service is one: plays the customer and turns the clock. The real service has none."""

from till.domain.secret import Secret
from till.vipps.errors import InvalidRequest, VippsError
from till.vipps.replies import decode_list
from till.vipps.requests import Customer, CustomerKey, to_bytes
from till.vipps.transport import HttpReply, HttpRequest, Transport


class Control:
    """What only a sandbox can do."""

    def __init__(self, transport: Transport, base_url: str) -> None:
        self._transport = transport
        self._base_url = base_url

    def is_there(self) -> bool:
        """Whether the service is a sandbox."""
        try:
            return self._get("calls").status == 200
        except VippsError:
            return False

    def customer(self) -> Customer | None:
        """Return a customer who can approve."""
        try:
            customers = decode_list(self._get("customers"))
        except VippsError:
            return None
        number = customers[0].get("phone_number") if customers and isinstance(customers[0], dict) else None
        return customer_of(number)

    def decline(self, reference: str) -> bool:
        """Decline a payment as its customer; return whether the sandbox took it."""
        return self._post(f"payments/{reference}/decline", {})

    def turn_clock(self, seconds: int) -> bool:
        """Turn the sandbox's clock forward; return whether it was done."""
        return self._post("clock", {"seconds": seconds})

    def _get(self, path: str) -> HttpReply:
        return self._transport.send(HttpRequest("GET", f"{self._base_url}/_sandbox/{path}", {}))

    def _post(self, path: str, body: dict[str, object]) -> bool:
        request = HttpRequest(
            "POST", f"{self._base_url}/_sandbox/{path}", {"Content-Type": "application/json"}, to_bytes(body)
        )
        return self._transport.send(request).status == 200


def customer_of(number: object) -> Customer | None:
    """Return the customer with this number, or None for what cannot be a number."""
    if not isinstance(number, str):
        return None
    try:
        return Customer(CustomerKey.PHONE_NUMBER, Secret(number))
    except InvalidRequest:
        return None
