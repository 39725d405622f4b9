"""The owner's pages in the cashier's window: their list at the left, one page at the right, a notice at the foot."""

from typing import TypeVar

from PySide6.QtCore import QDir, QStandardPaths, Qt, QUrl, Signal
from PySide6.QtGui import QColor, QDesktopServices, QFont, QHideEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from till.presentation.owner_views import OpenFile, OwnerView, PickFile
from till.presentation.views import Action
from till.ui.buttons import ActionButton
from till.ui.labels import label, say
from till.ui.notice_bar import NoticeBar
from till.ui.owner.page import PageWidget
from till.ui.theme import Look

LIST_WIDTH = 264
B = TypeVar("B", bound=ActionButton)


class PageButton(ActionButton):
    """The name of a page; that of the shown one is dark, as a tab is, so that no second button calls to be pressed."""

    is_shown = False

    def _colors(self, action: Action) -> tuple[QColor, QColor, QColor]:
        if not self.is_shown:
            return super()._colors(action)
        look = self._look
        return look.color("surface"), look.color("ink"), look.color("ink")


class OwnerPagesWidget(QWidget):
    """Renders an OwnerView; each page keeps its own widget, so that what was typed is still there on coming back."""

    asked = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("ground")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._look = look
        self._view: OwnerView | None = None
        self._pages: dict[str, PageWidget] = {}
        self._list: list[PageButton] = []
        self._dialog: QFileDialog | None = None
        self._title = label(look, 20, weight=QFont.Weight.Bold)
        self._column = QVBoxLayout()
        self._column.setSpacing(look.px(10))
        self._column.addWidget(self._title)
        self._back = self._button(ActionButton(look, height=56))
        self._stack = QStackedWidget()
        self.notice = NoticeBar(look)
        self.notice.asked.connect(self.asked)
        self._lay_out()

    @property
    def page(self) -> PageWidget:
        """The page that is shown."""
        page = self._stack.currentWidget()
        assert isinstance(page, PageWidget)
        return page

    def show_view(self, view: OwnerView) -> None:
        """Show the list and the page."""
        self._view, look = view, self._look
        say(self._title, view.title)
        while len(self._list) < len(view.pages):
            self._list.append(self._button(PageButton(look, height=56, is_wide=True)))
            self._column.insertWidget(len(self._list), self._list[-1])
        for place, (button, action) in enumerate(zip(self._list, view.pages, strict=True)):
            button.is_shown = place == view.shown
            button.show_action(action)
            button.update()
        self._back.show_action(view.back)
        if view.page.name not in self._pages:
            self._pages[view.page.name] = page = PageWidget(self._look)
            page.asked.connect(self._ask)
            self._stack.addWidget(page)
        page = self._pages[view.page.name]
        page.show_view(view.page)
        if page is not self._stack.currentWidget():
            self._stack.setCurrentWidget(page)
            self.setFocus()

    def press_key(self, key: str) -> bool:
        """Press what a key stands for here; return whether it stood for anything."""
        if self._view is None:
            return False
        if key == "Enter" and self.page.form.enter():
            return True
        actions = (*self.page.key_actions(), self._view.back, *self._view.pages)
        action = next((one for one in actions if one.key == key), None)
        if action is None:
            return False
        if action.is_enabled:
            self._ask(action.wish)
        return True

    def hideEvent(self, event: QHideEvent) -> None:
        """Close a dialog that would stand before what the cashier has to see."""
        super().hideEvent(event)
        if self._dialog is not None:
            self._dialog.reject()

    def _ask(self, wish: object) -> None:
        if isinstance(wish, PickFile):
            self._pick(wish)
        elif isinstance(wish, OpenFile):
            QDesktopServices.openUrl(QUrl.fromLocalFile(wish.path))
        else:
            self.asked.emit(wish)

    def _pick(self, pick: PickFile) -> None:
        """Have a file named, without a loop of its own that would hold the window up."""
        home = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        dialog = QFileDialog(self, pick.title, home if QDir(home).exists() else QDir.homePath(), pick.kinds)
        if pick.is_saved:
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
            dialog.setDefaultSuffix(pick.name.rpartition(".")[2])
            dialog.selectFile(pick.name)
        else:
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        for part, words in (
            (QFileDialog.DialogLabel.LookIn, self.tr("Folder")),
            (QFileDialog.DialogLabel.FileName, self.tr("File name")),
            (QFileDialog.DialogLabel.FileType, self.tr("Kind of file")),
            (QFileDialog.DialogLabel.Accept, self.tr("Save") if pick.is_saved else self.tr("Choose")),
            (QFileDialog.DialogLabel.Reject, self.tr("Cancel")),
        ):
            dialog.setLabelText(part, words)
        dialog.fileSelected.connect(lambda path: self.asked.emit(pick.wish_of(path)))
        dialog.finished.connect(self._forget_dialog)
        self._dialog = dialog
        dialog.open()

    def _forget_dialog(self) -> None:
        if self._dialog is not None:
            self._dialog.deleteLater()
            self._dialog = None

    def _button(self, button: B) -> B:
        button.clicked.connect(self._press)
        return button

    def _press(self) -> None:
        button = self.sender()
        if isinstance(button, ActionButton) and isinstance(button.action_view, Action):
            self._ask(button.action_view.wish)

    def _lay_out(self) -> None:
        look = self._look
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        left = QWidget()
        left.setObjectName("surface")
        left.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        left.setFixedWidth(look.px(LIST_WIDTH))
        self._column.addStretch(1)
        self._column.addWidget(self._back)
        self._column.setContentsMargins(look.px(16), look.px(20), look.px(16), look.px(16))
        left.setLayout(self._column)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.addWidget(self._stack, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(look.px(24), 0, look.px(24), look.px(12))
        foot.addWidget(self.notice)
        right.addLayout(foot)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(left)
        row.addLayout(right, 1)
