"""Ringing up: search, favourites on pages, and one button to pay."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from till.engine.wishes import FindArticles
from till.presentation.views import Action, ArticleButton, SellingPanel, Tab
from till.ui.action_panel import ActionPanel
from till.ui.buttons import ActionButton, ArticleTile
from till.ui.labels import clear, label, say
from till.ui.theme import Look

TILES_A_ROW = 4
SEARCH_MOST = 60


class SellingPanelWidget(ActionPanel):
    """Renders a SellingPanel; asks to search, to ring up and to pay."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._tabs: tuple[Tab, ...] = ()
        self._found: tuple[ArticleButton, ...] | None = None
        self._page = 0
        self._search = QLineEdit()
        self._search.setFont(look.font(17))
        self._search.setMaxLength(SEARCH_MOST)
        self._search.setPlaceholderText(self.tr("Search article, PLU or barcode    F3"))
        self._search.setAccessibleName(self.tr("Search articles"))
        self._search.textEdited.connect(self._find)
        self._search.textChanged.connect(self._cleared)
        self._note = label(look, 15, color="quiet")
        self._hint = label(look, 15, color="quiet", align=Qt.AlignmentFlag.AlignHCenter)
        self._pages = QHBoxLayout()
        self._pages.setSpacing(look.px(8))
        self._tiles = QGridLayout()
        self._tiles.setSpacing(look.px(10))
        self._small = [ActionButton(look) for _ in range(3)]
        self._pay = ActionButton(look, height=84, size=26, is_wide=True)
        for button in (*self._small, self._pay):
            button.clicked.connect(self._press)
        self._lay_out()

    def show_view(self, view: SellingPanel) -> None:
        """Show the panel; tiles are made anew only when they differ."""
        if view.found is None and self._search.text():
            self._search.blockSignals(True)  # noqa: FBT003
            self._search.clear()
            self._search.blockSignals(False)  # noqa: FBT003
        if view.tabs != self._tabs or view.found != self._found:
            self._tabs, self._found = view.tabs, view.found
            self._page = min(self._page, max(0, len(view.tabs) - 1))
            self._show_tiles()
        say(self._note, view.found_note)
        for button in self._small[len(view.actions) :]:
            button.hide()
        for button, action in zip(self._small, view.actions, strict=False):
            button.show_action(action)
            button.show()
        self._pay.show_action(view.pay)
        say(self._hint, view.hint)

    def key_actions(self) -> tuple[Action, ...]:
        """Return what keys may press here."""
        buttons = (*(button for button in self._small if not button.isHidden()), self._pay)
        return tuple(button.action_view for button in buttons if button.action_view is not None)

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self._search.setFocus()
        self._search.selectAll()

    def enter(self) -> bool:
        """Ring up the first hit of a search; return whether there was one to ring up."""
        if not self._found or not self._search.text():
            return False
        self.asked.emit(self._found[0].wish)
        return True

    def escape(self) -> bool:
        """Leave a search; return whether there was one."""
        if not self._search.text():
            return False
        self._search.clear()
        return True

    def _find(self, text: str) -> None:
        self._search.setClearButtonEnabled(True)  # not before there is something to clear: its picture delays the start
        self.asked.emit(FindArticles(text))

    def _cleared(self, text: str) -> None:
        if not text:
            self.asked.emit(FindArticles(""))

    def _show_tiles(self) -> None:
        clear(self._tiles)
        clear(self._pages)
        shown = self._found
        if shown is None:
            for place, tab in enumerate(self._tabs):
                self._pages.addWidget(self._page_button(place, tab))
            self._pages.addStretch(1)
            shown = self._tabs[self._page].buttons if self._tabs else ()
        for place, view in enumerate(shown):
            tile = ArticleTile(self._look)
            tile.show_article(view)
            tile.clicked.connect(self._ring_up)
            self._tiles.addWidget(tile, place // TILES_A_ROW, place % TILES_A_ROW)
        for column in range(TILES_A_ROW):
            self._tiles.setColumnStretch(column, 1)
        self._tiles.setRowStretch(self._tiles.rowCount(), 1)

    def _ring_up(self) -> None:
        tile = self.sender()
        if isinstance(tile, ArticleTile) and tile.view is not None:
            self.asked.emit(tile.view.wish)

    def _page_button(self, place: int, tab: Tab) -> QPushButton:
        look, tokens = self._look, self._look.tokens
        button = QPushButton(tab.name)
        is_shown = place == self._page
        button.setFont(look.font(16, look.font(16).Weight.DemiBold if is_shown else look.font(16).Weight.Normal))
        ground, ink = (tokens.ink, tokens.surface) if is_shown else ("transparent", tokens.quiet)
        button.setStyleSheet(
            f"background: {ground}; color: {ink}; border: none; border-radius: {look.px(8)}px;"
            f" padding: 0 {look.px(16)}px; min-height: {look.px(44)}px;"
        )
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(tab.name)
        button.clicked.connect(lambda: self._turn_to(place))
        return button

    def _turn_to(self, place: int) -> None:
        self._page = place
        self._show_tiles()

    def _lay_out(self) -> None:
        look = self._look
        tiles = QWidget()
        inner = QVBoxLayout(tiles)
        inner.setContentsMargins(0, 0, look.px(4), 0)
        inner.addLayout(self._tiles)
        inner.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(tiles)
        small = QHBoxLayout()
        small.setSpacing(look.px(10))
        for button in self._small:
            small.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(look.px(16), look.px(16), look.px(16), look.px(14))
        column.setSpacing(look.px(12))
        column.addWidget(self._search)
        column.addLayout(self._pages)
        column.addWidget(self._note)
        column.addWidget(scroll, 1)
        column.addLayout(small)
        column.addWidget(self._pay)
        column.addWidget(self._hint)
