"""One pass over a settings file's table: values are taken out, complaints kept, each with its line."""

import re
from collections.abc import Callable, Mapping
from enum import Enum
from typing import TypeVar

from msgspec import Struct

_PACED = "is no setting any more: the till reads by what was measured; polling.pace_percent = 200 reads twice as often"
#: Settings of earlier versions, and what became of them.
REPLACED = dict.fromkeys(("polling.qr_interval_s", "polling.push_first_s", "polling.push_interval_s"), _PACED)
_HEADER = re.compile(r"""\s*(\[\[?)\s*([\w."'-]+)\s*\]""")
_PAIR = re.compile(r"""\s*["']?([\w.-]+)["']?\s*=""")
E = TypeVar("E", bound=Enum)
T = TypeVar("T")


class Complaint(Struct, frozen=True):
    """What is wrong with one setting, where it stands (line 0: nowhere), and what is expected."""

    line: int
    key: str
    expected: str

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        return f"{place}{self.key}: {self.expected}"


class Reading:
    """One pass over the file's table: takes values out, keeps complaints, and knows what was never asked for."""

    def __init__(self, table: Mapping[str, object], lines: Mapping[str, int]) -> None:
        self._table = table
        self._lines = lines
        self._asked: set[str] = set()
        self.complaints: list[Complaint] = []

    @property
    def sections(self) -> tuple[str, ...]:
        """The names of what stands in the file, in order: sections, and settings outside of any."""
        return tuple(self._table)

    def has(self, section: str, name: str) -> bool:
        """Whether a setting stands in the file."""
        inside = self._table.get(section)
        return isinstance(inside, Mapping) and name in inside

    def refuse_whole(self, name: str, expected: str) -> None:
        """Complain of a section that cannot be read at all, and look no further into it."""
        self.complain(name, expected)
        self._table = {other: inside for other, inside in self._table.items() if other != name}

    def complain(self, key: str, expected: str) -> None:
        """Note what is wrong with a key: at its line, or at its section's if it has none of its own."""
        line = self._lines.get(key) or self._lines.get(key.rpartition(".")[0], 0)
        self.complaints.append(Complaint(line, key if key.isprintable() else ascii(key), expected))

    def text(
        self,
        section: str,
        name: str,
        *,
        default: str | None,
        least: int = 0,
        most: int = 1000,
        pattern: str | None = None,
    ) -> str | None:
        """Return a text; complain if it is missing without a default, or does not fit."""

        def check(value: object) -> str | None:
            if not isinstance(value, str) or not value.isprintable():
                return None
            if pattern is not None:
                return value if re.fullmatch(pattern, value) else None
            return value if least <= len(value) <= most else None

        expected = f"must be a text like {pattern}" if pattern else f"must be a text of {least} to {most} characters"
        return self._take(section, name, default, check, expected)

    def whole(self, section: str, name: str, *, least: int, most: int, default: int | None) -> int | None:
        """Return a whole number in range; complain otherwise."""

        def check(value: object) -> int | None:
            is_whole = isinstance(value, int) and not isinstance(value, bool)
            return value if is_whole and least <= value <= most else None  # type: ignore[operator, return-value]

        return self._take(section, name, default, check, f"must be a whole number from {least} to {most}")

    def flag(self, section: str, name: str, *, default: bool) -> bool:
        """Return true or false; complain otherwise."""
        taken = self._take(
            section, name, default, lambda value: value if isinstance(value, bool) else None, "must be true or false"
        )
        return default if taken is None else taken

    def choice(self, section: str, name: str, kind: type[E], *, default: E | None) -> E | None:
        """Return one of a few words; complain otherwise."""
        words = [str(member.value) for member in kind]

        def check(value: object) -> E | None:
            return kind(value) if isinstance(value, str) and value in words else None

        return self._take(section, name, default, check, f"must be one of {', '.join(words)}")

    def refuse_unknown(self) -> None:
        """Complain about every key that nobody asked for."""
        for section, value in self._table.items():
            if isinstance(value, Mapping):
                for name in value:
                    if f"{section}.{name}" not in self._asked:
                        key = f"{section}.{name}"
                        self.complain(key, REPLACED.get(key, "is not a known setting"))
                if not any(key.startswith(f"{section}.") for key in self._asked):
                    self.complain(section, "is not a known section")
            elif section not in self._asked and f"section {section}" not in self._asked:
                self.complain(section, "is not a known setting")

    def _take(
        self, section: str, name: str, default: T | None, check: Callable[[object], T | None], expected: str
    ) -> T | None:
        key = f"{section}.{name}" if section else name
        self._asked.add(key)
        inside = self._table.get(section, {}) if section else self._table
        if not isinstance(inside, Mapping):
            if f"section {section}" not in self._asked:
                self._asked.add(f"section {section}")
                self.complain(section, f"must be a section: [{section}]")
            return default
        if name not in inside:
            if default is None:
                self.complain(key, f"is missing; it {expected}")
            return default
        value = check(inside[name])
        if value is None:
            self.complain(key, expected)
            return default
        return value


def lines_of(text: str) -> dict[str, int]:
    """Return the line on which each key and section stands; what stands within a text of several lines is no key."""
    lines: dict[str, int] = {}
    numbers: dict[str, int] = {}
    section = ""
    is_inside_text = False
    for number, line in enumerate(text.splitlines(), start=1):
        is_key_place = not is_inside_text
        is_inside_text ^= (line.count('"""') + line.count("'''")) % 2 == 1
        header = _HEADER.match(line) if is_key_place else None
        pair = _PAIR.match(line) if is_key_place else None
        if header:
            section = header.group(2).replace('"', "").replace("'", "")
            if header.group(1) == "[[":
                numbers[section] = numbers.get(section, 0) + 1
                lines.setdefault(section, number)
                section = f"{section} {numbers[section]}"
            lines.setdefault(section, number)
        elif pair:
            lines.setdefault(f"{section}.{pair.group(1)}" if section else pair.group(1), number)
    return lines
