"""Sales units with their keys and rights, a partner that speaks for several, and test customers; all obviously not real."""

from dataclasses import dataclass

CURRENCIES = {"NO": "NOK", "DK": "DKK", "FI": "EUR"}
#: Capture deadlines per market, in days (ePayment, "Times and deadlines").
CAPTURE_DAYS = {"NO": 180, "DK": 14, "FI": 14}


@dataclass(frozen=True, slots=True)
class SalesUnit:
    """A point that sells, with keys of its own."""

    msn: str
    name: str
    market: str
    client_id: str
    client_secret: str
    subscription_key: str
    is_push_allowed: bool = True
    is_partial_capture_allowed: bool = True
    is_long_living_allowed: bool = False

    @property
    def currency(self) -> str:
        """The only currency it may take."""
        return CURRENCIES[self.market]


@dataclass(frozen=True, slots=True)
class Partner:
    """One set of keys for every sales unit that is connected to it; each call must name which (page "Partner keys")."""

    name: str
    client_id: str
    client_secret: str
    subscription_key: str
    msns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody with the app; the number is outside every numbering plan in use."""

    name: str
    market: str
    phone_number: str
    personal_qr: str
    age: int = 35


def demo_units(secret: str) -> tuple[SalesUnit, ...]:
    """Return the sandbox's sales units; `secret` makes each start's keys its own."""

    def unit(number: int, name: str, market: str, **rights: bool) -> SalesUnit:
        return SalesUnit(
            msn=str(900_000 + number),
            name=name,
            market=market,
            client_id=f"00000000-0000-4000-8000-{number:012}",
            client_secret=f"sandbox-secret-{number}-{secret}",
            subscription_key=f"sandbox{number:025}",
            is_push_allowed=rights.get("push", True),
            is_partial_capture_allowed=rights.get("partial", True),
            is_long_living_allowed=rights.get("long", False),
        )

    return (
        unit(1, "Sandbox Kolonial", "NO", long=True),
        unit(2, "Sandbox Købmand", "DK", long=True),
        unit(3, "Sandbox Kauppa", "FI", long=True),
        unit(4, "Sandbox uten push", "NO", push=False),
        unit(5, "Sandbox full capture", "DK", partial=False),
        unit(6, "Sandbox Torget", "NO"),
    )


def demo_partner(secret: str) -> Partner:
    """Return the sandbox's partner, to whom the Norwegian sales units are connected but the one without push."""
    return Partner(
        name="Sandbox Partner",
        client_id="00000000-0000-4000-8000-000000000099",
        client_secret=f"sandbox-secret-partner-{secret}",
        subscription_key=f"sandbox{99:025}",
        msns=("900001", "900006"),
    )


def demo_customers() -> tuple[Customer, ...]:
    """Return the test customers of all markets; the Norwegian code is clear text, the others are tokens."""
    customers = []
    for market, prefix, names in (
        ("NO", "470000000", ("Ola", "Kari", "Per")),
        ("DK", "450000000", ("Mads", "Ida", "Bo")),
        ("FI", "358000000", ("Aino", "Eero", "Liisa")),
    ):
        for place, name in enumerate(names, start=1):
            number = f"{prefix}{place}"
            code = (
                f"https://qr.vipps.no/28/2/01/031/{number}?v=1"
                if market == "NO"
                else f"https://qr.vipps.no/p/sandbox{market}{place}TokenOfATestCustomer"
            )
            customers.append(Customer(name, market, number, code, age=14 if place == 3 else 35))
    return tuple(customers)
