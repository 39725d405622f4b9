"""Looking a payment up: by a number or a scan, by amount, or by day and time."""

from PySide6.QtCore import QTimer

from till.presentation.views import SearchKind, SearchPanel
from till.ui.choices import Choices
from till.ui.keypad_panels import KeypadPanel
from till.ui.labels import say
from till.ui.theme import Look

TEXT_MOST = 64


class SearchPanelWidget(KeypadPanel):
    """Renders a SearchPanel; what is typed is written in the form of the kind that is chosen."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._view: SearchPanel | None = None
        self._field.setAccessibleName(self.tr("What to look for"))
        self._field.setMaxLength(TEXT_MOST)
        self._kinds: Choices[SearchKind] = Choices(look)
        self._kinds.changed.connect(self._change_kind)
        self.below.addLayout(self._kinds.row)

    def show_view(self, view: SearchPanel) -> None:
        """Show the panel."""
        self._view = view
        self._kinds.show_options(view.kinds_label, view.kinds, after=self._field)
        self._show(view.title, dict(view.hints)[self._kinds.chosen], view.back, view.confirm_label)

    def focus_field(self) -> None:
        """Put the cursor into the field; what was looked for before goes with the first sign that is typed."""
        super().focus_field()
        self._field.selectAll()

    def _change_kind(self) -> None:
        """Begin anew in another kind's form, ready to type."""
        assert self._view is not None
        self._field.clear()
        QTimer.singleShot(0, self, self._field.setFocus)  # after the button, which takes it with the key that chose it
        say(self._note, dict(self._view.hints)[self._kinds.chosen])
        self._typed()

    def _typed(self) -> None:
        if self._view is not None:
            written = self._view.written(self._kinds.chosen, self._field.text())
            if written != self._field.text():
                self._field.setText(written)
        super()._typed()

    def _wish(self) -> object:
        assert self._view is not None
        return self._view.wish_of(self._kinds.chosen, self._field.text())

    def _is_whole(self) -> bool:
        return self._view is not None and self._wish() is not None
