"""Every key of the whole program passes here first: a scanner's burst is taken out before any widget sees a key of it."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QWindow
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLineEdit

from till.devices.wedge import GAP_S, Burst, Verdict
from till.engine.ports import RawScan, RefusedScan

_NAMES = {
    Qt.Key.Key_Return: "Enter",
    Qt.Key.Key_Enter: "Enter",
    Qt.Key.Key_Escape: "Esc",
    Qt.Key.Key_Delete: "Del",
    **{getattr(Qt.Key, f"Key_F{number}"): f"F{number}" for number in range(1, 13)},
}
_MODIFIERS = (
    Qt.Key.Key_Shift,
    Qt.Key.Key_Control,
    Qt.Key.Key_Alt,
    Qt.Key.Key_AltGr,
    Qt.Key.Key_Meta,
    Qt.Key.Key_CapsLock,
    Qt.Key.Key_NumLock,
)
_END_TEXTS = ("\r", "\n", "\t")
_ENDS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)
_CONTROL_ENDS = (Qt.Key.Key_M, Qt.Key.Key_J, Qt.Key.Key_I)
_COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


class KeyGate(QObject):
    """An event filter on the windows: scans go to `scanned`, keys of a person to the window or the focused field.

    Not on the application: there it would be asked, in Python, about each of the thousands of events that make a window.
    """

    def __init__(
        self,
        app: QApplication,
        *,
        scanned: Callable[[RawScan | RefusedScan], object],
        pressed: Callable[[str], bool],
        monotonic_s: Callable[[], float],
        gap_s: float = GAP_S,
        pressed_s: Callable[[QKeyEvent], float] | None = None,
    ) -> None:
        super().__init__()
        self._scanned = scanned
        self._pressed = pressed
        self._monotonic_s = monotonic_s
        self._pressed_s = pressed_s or self._stamped_s
        self._burst: Burst[QKeyEvent] = Burst(gap_s)
        self._arrived_s = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._expire)
        self._app = app
        self._following = app.focusWindowChanged.connect(self._follow_focus)

    def stand_before(self, window: QWindow) -> None:
        """Take the keys of a window: named for those that get keys without the focus too, where nothing manages windows."""
        window.installEventFilter(self)

    def close(self) -> None:
        """Let the keys pass from now on; twice is as good as once."""
        QObject.disconnect(self._following)
        for window in self._app.topLevelWindows():
            window.removeEventFilter(self)

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        """Take key presses at the window, before they reach a widget."""
        if event.type() is not QEvent.Type.KeyPress:
            return False
        assert isinstance(event, QKeyEvent)
        return self._take(event)

    def _follow_focus(self, window: QWindow | None) -> None:
        """Take the keys of every dialog as well."""
        if window is not None:
            self.stand_before(window)

    def _take(self, event: QKeyEvent) -> bool:
        now = self._pressed_s(event)
        self._arrived_s = self._monotonic_s()
        key = event.clone()
        is_command = _is_command(event)
        # Two equal digits of a fast scanner look like a held key to Qt; a key that a person holds repeats only after a
        # pause much longer than a scanner's, when nothing is held back any more.
        is_held_key = event.isAutoRepeat() and not self._burst.is_holding
        if not is_command and not is_held_key and (event.key() in _ENDS or event.text() in _END_TEXTS):
            self._carry_out(self._burst.end(key, now))
            return True
        if is_command and self._burst.is_holding:
            # A control character in the middle of a scan is part of it, never a command of a person's; some scanners end
            # a code with Enter or Tab typed as Ctrl and a letter.
            if event.key() in _CONTROL_ENDS:
                self._carry_out(self._burst.end(key, now))
            return True
        if is_command or is_held_key or not event.text() or not event.text().isprintable():
            if event.key() in _MODIFIERS:
                return False
            self._carry_out(self._burst.flush())
            return self._give(key, asks_first=not event.isAutoRepeat())
        self._carry_out(self._burst.press(key, event.text(), now))
        self._timer.start(int(self._burst.wait_s * 1000) + 5)
        return True

    def _stamped_s(self, event: QKeyEvent) -> float:
        """Return when the key was pressed, not when a busy window got to it: a stall must not cut a code in two."""
        return event.timestamp() / 1000 if event.timestamp() else self._monotonic_s()

    def _expire(self) -> None:
        """Decide held keys, but only after the keys that may be waiting behind a stall have been seen."""
        QTimer.singleShot(0, self, self._decide)

    def _decide(self) -> None:
        left_s = self._arrived_s + self._burst.wait_s - self._monotonic_s()
        if not self._burst.is_holding:
            return
        if left_s > 0:
            self._timer.start(int(left_s * 1000) + 5)
            return
        self._carry_out(self._burst.flush())

    def _carry_out(self, verdict: Verdict[QKeyEvent]) -> None:
        if verdict.scan is not None:
            self._scanned(verdict.scan)
        for key in verdict.replay:
            self._give(key, asks_first=True)

    def _give(self, key: QKeyEvent, *, asks_first: bool) -> bool:
        """Give a person's key to the window if it means something there, else to what has the focus."""
        focused = QApplication.focusWidget()
        if QApplication.activeModalWidget() is not None:
            # A dialog has the floor: its Enter must not press what stands behind it.
            asks_first = False
        is_typed = bool(key.text()) and key.text().isprintable() and not _is_command(key)
        takes_text = isinstance(focused, QLineEdit | QAbstractSpinBox | QComboBox)
        name = _NAMES.get(Qt.Key(key.key()), key.text().upper() if is_typed else "")
        is_editing = takes_text and (is_typed or name == "Del")
        if name and asks_first and not is_editing and self._pressed(name):
            return True
        if focused is not None:
            QCoreApplication.sendEvent(focused, key)
        return True


def _is_command(event: QKeyEvent) -> bool:
    """Whether a key is pressed with Ctrl, Alt or Meta; AltGr, which Windows calls Ctrl and Alt, writes a sign instead."""
    modifiers = event.modifiers() & _COMMANDS
    is_alt_gr = modifiers == Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    return bool(modifiers) and not (is_alt_gr and event.text().isprintable() and bool(event.text()))
