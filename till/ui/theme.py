"""Colours, type and measures: tokens in three themes, fonts with tabular figures, one scale for all."""

from msgspec import Struct
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from till.resource_files import resource_path

FAMILY = "Inter"


class Tokens(Struct, frozen=True):
    """The colours of one theme, as #RRGGBB."""

    background: str
    surface: str
    raised: str
    ink: str
    quiet: str
    faded: str
    line: str
    action: str
    on_action: str
    well: str
    well_ground: str
    look: str
    look_ground: str
    broken: str
    broken_ground: str
    bar: str
    on_bar: str
    on_bar_quiet: str
    chosen: str
    badge: str
    on_badge: str


LIGHT = Tokens(
    background="#F3F4F1",
    surface="#FFFFFF",
    raised="#EBEDE8",
    ink="#14201B",
    quiet="#56625C",
    faded="#6B746F",
    line="#D8DCD5",
    action="#0B5D4E",
    on_action="#FFFFFF",
    well="#1A7A48",
    well_ground="#E0F2E7",
    look="#A85800",
    look_ground="#FBEBD6",
    broken="#B3261E",
    broken_ground="#FBE3E0",
    bar="#14201B",
    on_bar="#FFFFFF",
    on_bar_quiet="#C3CCC7",
    chosen="#DCEDE7",
    badge="#F0AD4E",
    on_badge="#14201B",
)
DARK = Tokens(
    background="#10161A",
    surface="#1A2227",
    raised="#252F35",
    ink="#F1F4F2",
    quiet="#AEB9B3",
    faded="#93A099",
    line="#36424A",
    action="#4FC3A8",
    on_action="#0B1A16",
    well="#63C98F",
    well_ground="#173326",
    look="#F2B05E",
    look_ground="#3A2A14",
    broken="#FF9A91",
    broken_ground="#421D1A",
    bar="#080C0E",
    on_bar="#FFFFFF",
    on_bar_quiet="#B8C2BD",
    chosen="#1E3B35",
    badge="#F0AD4E",
    on_badge="#14201B",
)
HIGH_CONTRAST = Tokens(
    background="#FFFFFF",
    surface="#FFFFFF",
    raised="#FFFFFF",
    ink="#000000",
    quiet="#000000",
    faded="#3A3A3A",
    line="#000000",
    action="#0000CC",
    on_action="#FFFFFF",
    well="#005A2B",
    well_ground="#FFFFFF",
    look="#7A3E00",
    look_ground="#FFFFFF",
    broken="#8C0000",
    broken_ground="#FFFFFF",
    bar="#000000",
    on_bar="#FFFFFF",
    on_bar_quiet="#FFFFFF",
    chosen="#E6E6FF",
    badge="#FFD166",
    on_badge="#000000",
)
THEMES = {"light": LIGHT, "dark": DARK, "high-contrast": HIGH_CONTRAST}


class Look(Struct, frozen=True):
    """A theme at a scale: what every widget asks for its colours, sizes and fonts."""

    tokens: Tokens = LIGHT
    scale_percent: int = 100
    has_motion: bool = True

    def px(self, size: int) -> int:
        """Return a measure in pixels at this scale."""
        return round(size * self.scale_percent / 100)

    def font(self, size: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        """Return the house typeface with tabular figures, `size` in pixels at 100 %."""
        font = QFont(FAMILY)
        font.setPixelSize(self.px(size))
        font.setWeight(weight)
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def color(self, name: str) -> QColor:
        """Return a token by its name as a colour."""
        return QColor(getattr(self.tokens, name))


def load_fonts() -> None:
    """Make the shipped typeface known to Qt; without it Qt falls back to the system's."""
    for weight in ("Regular", "Medium", "SemiBold", "Bold"):
        QFontDatabase.addApplicationFont(str(resource_path(f"fonts/Inter-{weight}.otf")))


def contrast(first: str, second: str) -> float:
    """Return the contrast of two colours from 1 to 21 (WCAG 2.1, relative luminance)."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def apply(app: QApplication, look: Look) -> None:
    """Give the application its typeface, colours and the rules that all plain widgets share."""
    app.setStyle("Fusion")
    app.setFont(look.font(16))
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: "background",
        QPalette.ColorRole.Base: "surface",
        QPalette.ColorRole.AlternateBase: "raised",
        QPalette.ColorRole.Text: "ink",
        QPalette.ColorRole.WindowText: "ink",
        QPalette.ColorRole.ButtonText: "ink",
        QPalette.ColorRole.Button: "surface",
        QPalette.ColorRole.PlaceholderText: "quiet",
        QPalette.ColorRole.Highlight: "action",
        QPalette.ColorRole.HighlightedText: "on_action",
    }
    for role, token in roles.items():
        palette.setColor(role, look.color(token))
    app.setPalette(palette)
    app.setStyleSheet(_rules(look))


def _rules(look: Look) -> str:
    tokens = look.tokens
    return f"""
    QWidget#ground {{ background: {tokens.background}; }}
    QWidget#surface, QFrame#surface {{ background: {tokens.surface}; }}
    QFrame#card {{ background: {tokens.surface}; border: 1px solid {tokens.line}; border-radius: {look.px(14)}px; }}
    QFrame#note {{ background: {tokens.raised}; border-radius: {look.px(10)}px; }}
    QFrame#line {{ background: {tokens.line}; }}
    QLineEdit {{ background: {tokens.surface}; color: {tokens.ink}; border: 1px solid {tokens.line};
        border-radius: {look.px(12)}px; padding: 0 {look.px(14)}px; min-height: {look.px(50)}px;
        selection-background-color: {tokens.action}; }}
    QLineEdit:focus {{ border: 2px solid {tokens.action}; }}
    QComboBox {{ background: {tokens.surface}; color: {tokens.ink}; border: 1px solid {tokens.line};
        border-radius: {look.px(12)}px; padding: 0 {look.px(14)}px; }}
    QComboBox:focus {{ border: 2px solid {tokens.action}; }}
    QComboBox::drop-down {{ border: none; width: {look.px(28)}px; }}
    QComboBox QAbstractItemView {{ background: {tokens.surface}; color: {tokens.ink};
        selection-background-color: {tokens.chosen}; selection-color: {tokens.ink}; }}
    QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: none; }}
    QScrollBar:vertical {{ background: transparent; width: {look.px(14)}px; margin: 2px; }}
    QScrollBar::handle:vertical {{ background: {tokens.line}; border-radius: {look.px(5)}px; min-height: {look.px(44)}px; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; }}
    QToolTip {{ background: {tokens.ink}; color: {tokens.surface}; border: none; padding: 6px; }}
    """


def _luminance(color: str) -> float:
    def linear(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (int(color[place : place + 2], 16) for place in (1, 3, 5))
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
