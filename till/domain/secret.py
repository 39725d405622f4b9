"""A value that must never be read by accident: tokens, keys, phone numbers, personal QR contents."""


class Secret:
    """Text that prints as dots; only `reveal` gives it up, so that a search for it finds every use.

    Not a record: what writes records down must not know how to write this one.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself, for the one place that must send it."""
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Secret(•••)"

    def __len__(self) -> int:
        return len(self._text)

    def __bool__(self) -> bool:
        return bool(self._text)
