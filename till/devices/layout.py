"""A scanner set to the US layout on a Nordic keyboard writes other signs; where that is certain, put it right and say so.

The maps are those of the Norwegian, Danish, and Finnish or Swedish layouts. Digits and letters survive, so articles hide the
fault until the first customer's code; its prefix tells which layout it was. Where the scanner names the symbology first, even
an article's code is damaged: the bracket in front of `E0` is a dead diaeresis.
"""

import re

from msgspec import Struct

#: What each layout writes for the US colon tells it apart.
_COLONS = {"Ø": "NO", "Æ": "DK", "Ö": "FI"}
#: Received sign -> sign in the code. The last three are dead keys, for systems that give the bare accent.
_COMMON = dict(zip("-+_?/)=(&;:\"¤'åÅ*¨^`", "/-?_&()*^<>@$\\[{|]}+", strict=True))
_OWN = {
    "NO": {"Ø": ":", "ø": ";", "Æ": '"', "æ": "'", "\\": "=", "|": "`", "§": "~"},
    "DK": {"Æ": ":", "æ": ";", "Ø": '"', "ø": "'", "½": "`", "§": "~", "´": "="},
    "FI": {"Ö": ":", "ö": ";", "Ä": '"', "ä": "'", "§": "`", "½": "~", "´": "="},
}
#: The symbology id of a QR, whole or as a dead bracket left it.
_QR_ID = re.compile(r"[\]¨]?(Q[0-9])(?=https)")
#: The same of an EAN or UPC, which only a dead bracket can have damaged; an undamaged one is nobody's to repair.
_ARTICLE = re.compile(r"(?:¨?E|Ë)([0-4])([0-9]{8,14})")
#: As many characters as tell a customer's code, its symbology id included.
HEAD_LENGTH = 24


class Repaired(Struct, frozen=True):
    """The text as the code has it, its symbology id apart; not whole if a dead key swallowed a sign that it needs."""

    text: str
    is_whole: bool
    aim: str | None = None

    def __repr__(self) -> str:
        return f"Repaired({len(self.text)} characters, is_whole={self.is_whole})"


def is_mangled_code(text: str) -> bool:
    """Whether text begins as a customer's code through a Nordic layout, with Caps Lock on, or with a damaged id."""
    aim, typed = _without_id(_without_caps(text[:HEAD_LENGTH]))
    if typed.startswith("https://"):
        return _is_caps(text) or (aim is not None and not text.startswith("]"))
    return typed.startswith("https") and typed[5:6] in _COLONS and typed[6:8] == "--"


def repair(text: str) -> Repaired | None:
    """Return the code behind mangled text, or None if it is not certain which one; the token part is case-sensitive."""
    article = _ARTICLE.fullmatch(text)
    if article is not None:
        return Repaired(article.group(2), is_whole=True, aim=f"E{article.group(1)}")
    if not is_mangled_code(text):
        return None
    aim, typed = _without_id(_without_caps(text))
    if typed.startswith("https://"):
        return Repaired(typed, is_whole=True, aim=aim)
    table = {**_COMMON, **_OWN[_COLONS[typed[5]]]}
    whole = "".join(table.get(character, character) for character in typed)
    # In the clear-text form a question mark is followed by `v=1`: a dead key may have swallowed the equals sign.
    query = whole.partition("?")[2]
    return Repaired(whole, is_whole="?" not in whole or "=" in query, aim=aim)


def _is_caps(text: str) -> bool:
    return "HTTPS" in text[:HEAD_LENGTH]


def _without_caps(text: str) -> str:
    return text.swapcase() if _is_caps(text) else text


def _without_id(text: str) -> tuple[str | None, str]:
    found = _QR_ID.match(text)
    return (found.group(1), text[found.end() :]) if found else (None, text)
