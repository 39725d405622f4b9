"""Bar charts as figures for an SVG that the templates draw."""

from collections.abc import Sequence

from msgspec import Struct

WIDTH, HEIGHT = 640, 200
_TOP, _FOOT = 18, 22
_GAP_SHARE = 4


class Bar(Struct, frozen=True):
    """One bar in the units of the drawing; `value` is what it says above it."""

    x: int
    y: int
    width: int
    height: int
    label: str
    value: str


def bars(values: Sequence[tuple[str, int, str]]) -> tuple[Bar, ...]:
    """Return the bars for labels, amounts and the amounts' words; the largest reaches the top."""
    if not values:
        return ()
    most = max(1, *(amount for _, amount, _ in values))
    step = WIDTH // len(values)
    width = step - step // _GAP_SHARE
    room = HEIGHT - _TOP - _FOOT
    drawn = []
    for place, (label, amount, words) in enumerate(values):
        height = max(0, amount) * room // most
        x = place * step + (step - width) // 2
        drawn.append(Bar(x, HEIGHT - _FOOT - height, width, height, label, words))
    return tuple(drawn)
