"""What the till says: one table of words per language, with every key checked against the house language."""

from collections.abc import Mapping

from msgspec import Struct

from till.domain.faults import FaultCode, RefusalCode

#: The four sentences of a fault: what happened, what the till does, what to do now, and what the customer reads.
FAULT_SENTENCES = ("happened", "does", "now", "customer")


class WordsIncomplete(ValueError):
    """A table of words lacks keys, or has keys that nobody reads."""


class FaultWords(Struct, frozen=True):
    """The three short sentences for the cashier, and one for the customer."""

    happened: str
    does: str
    now: str
    customer: str

    @property
    def in_full(self) -> str:
        """All that the cashier is told, in one breath."""
        return f"{self.happened} {self.does} {self.now}"


class Words:
    """One language's words by dotted key, as `waiting.headline`."""

    def __init__(self, table: Mapping[str, object], *, brand: str) -> None:
        self._texts = flatten(table)
        self._brand = brand

    @property
    def brand(self) -> str:
        """The payment brand's name on this market."""
        return self._brand

    def say(self, key: str, **figures: str) -> str:
        """Return the words under `key` with `figures` put in; the brand is always known."""
        return self._texts[key].format(brand=self._brand, **figures)

    def has(self, key: str) -> bool:
        """Whether there are words under a key."""
        return key in self._texts

    def fault(self, code: FaultCode) -> FaultWords:
        """Return the sentences of a fault."""
        return FaultWords(*(self.say(f"faults.{code.value}.{part}") for part in FAULT_SENTENCES))

    def refusal(self, code: RefusalCode, detail: str) -> str:
        """Return why a wish was not granted."""
        return self.say(f"refusals.{code.value}", detail=detail)


def flatten(table: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    """Return a nested table as dotted keys; raise WordsIncomplete on anything that is not text."""
    flat: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            flat.update(flatten(value, f"{prefix}{key}."))
        elif isinstance(value, str):
            flat[prefix + key] = value
        else:
            raise WordsIncomplete(prefix + key)
    return flat
