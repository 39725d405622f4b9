"""The pages' languages: words from tables, figures as each language writes them, and which language a visitor gets."""

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from functools import cache

from till.presentation.figures import Figures
from till.presentation.words import Words
from till.resource_files import resource_path

LANGUAGES = ("nb", "en")
BRAND = "Vipps MobilePay"
_OF_THE_TILLS = ("name", "figures", "faults")
#: What browsers call the languages that are answered in bokmål.
_NORWEGIAN = ("nb", "no", "nn")


class Language:
    """One language: words, and figures in one time zone."""

    def __init__(self, code: str, table: Mapping[str, object], zone: tzinfo | None = None) -> None:
        self.code = code
        self.words = Words(table, brand=BRAND)
        self.figures = Figures(self.words, zone)
        self.zone = zone

    def minute(self, at: datetime) -> str:
        """Return a date and time without seconds."""
        return self.figures.day_and_time(at)[:-3]

    def age(self, span: timedelta) -> str:
        """Return how long ago, in the largest unit that fits."""
        minutes = max(0, int(span.total_seconds())) // 60
        for unit, length in (("days", 24 * 60), ("hours", 60), ("minutes", 1)):
            if minutes >= length:
                count = minutes // length
                return self.words.say(f"age.{unit}" if count > 1 else f"age.one_{unit}", count=str(count))
        return self.words.say("age.now")


@cache
def language(code: str, zone: tzinfo | None = None) -> Language:
    """Return a language: the sale log's own words, and those of the tills that say what a fault is and write figures."""
    tills = _table(f"words/{code}.toml")
    return Language(code, {part: tills[part] for part in _OF_THE_TILLS} | _table(f"hub/{code}.toml"), zone)


def chosen(accepted: str) -> str:
    """Return the language that a browser's Accept-Language asks for first among ours, else English (RFC 9110, 12.5.4)."""
    best, best_weight = "en", 0.0
    for part in accepted.split(",")[:20]:
        name, _, rest = part.partition(";")
        code = name.strip().lower().partition("-")[0]
        code = "nb" if code in _NORWEGIAN else code
        weight = _weight(rest)
        if code in LANGUAGES and weight > best_weight:
            best, best_weight = code, weight
    return best


def _table(name: str) -> dict[str, object]:
    return tomllib.loads(resource_path(name).read_text(encoding="utf-8"))


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0
