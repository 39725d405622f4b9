"""A scanner set to the US layout on a Nordic keyboard writes other signs; where that is certain, put it right and say so.

The maps are those of the Norwegian, Danish, and Finnish or Swedish layouts. Digits and letters survive, so articles hide the
fault until the first customer's code; its prefix tells which layout it was.
"""

from dataclasses import dataclass

#: What each layout writes for the US colon tells it apart.
_COLONS = {"Ø": "NO", "Æ": "DK", "Ö": "FI"}
_COMMON = {"-": "/", "+": "-", "_": "?", "?": "_", "/": "&", ")": "(", "=": ")", "(": "*", "&": "^"}
_OWN = {
    "NO": {"Ø": ":", "ø": ";", "Æ": '"', "æ": "'", "\\": "=", "|": "`", "§": "~"},
    "DK": {"Æ": ":", "æ": ";", "Ø": '"', "ø": "'", "½": "`", "§": "~", "´": "="},
    "FI": {"Ö": ":", "ö": ";", "Ä": '"', "ä": "'", "§": "`", "½": "~", "´": "="},
}


@dataclass(frozen=True, slots=True)
class Repaired:
    """The text as the code has it; not whole if a dead key swallowed a sign that it needs."""

    text: str
    is_whole: bool

    def __repr__(self) -> str:
        return f"Repaired({len(self.text)} characters, is_whole={self.is_whole})"


def is_mangled_code(text: str) -> bool:
    """Whether text begins as a customer's code through a Nordic layout or with Caps Lock on."""
    head = text[:8]
    return (head[:5].lower() == "https" and head[5:6] in _COLONS and head[6:8] == "--") or head == "HTTPS://"


def repair(text: str) -> Repaired | None:
    """Return the customer's code behind mangled text, or None if it is not one; the token part is case-sensitive."""
    if not is_mangled_code(text):
        return None
    if text.startswith("HTTPS://"):
        return Repaired(text.swapcase(), is_whole=True)
    layout = _COLONS[text[5]]
    table = {**_COMMON, **_OWN[layout]}
    whole = "".join(table.get(character, character) for character in text)
    # In the clear-text form a question mark is followed by `v=1`: a dead key may have swallowed the equals sign.
    query = whole.partition("?")[2]
    return Repaired(whole, is_whole=not query or "=" in query)
