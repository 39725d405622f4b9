"""Puts the customer's window on the customer's screen, and back again when screens come and go."""

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget


class ScreenKeeper(QObject):
    """Places the customer's window: full screen on the remembered or the second screen, else in a window of its own."""

    def __init__(self, app: QGuiApplication, cashier: QWidget, customer: QWidget, *, name: str, serial: str) -> None:
        super().__init__()
        self._app = app
        self._cashier = cashier
        self._customer = customer
        self._name = name
        self._serial = serial
        app.screenAdded.connect(self.place)
        app.screenRemoved.connect(self.place)
        app.primaryScreenChanged.connect(self.place)

    def place(self, _: object = None) -> None:
        """Show the customer's window where it belongs; it never covers the cashier's."""
        own = self._cashier.screen() or self._app.primaryScreen()
        screen = choose(self._app.screens(), own, name=self._name, serial=self._serial)
        if screen is None:
            self._customer.setWindowState(Qt.WindowState.WindowNoState)
            self._customer.show()
            return
        # First the place, then the size: on X11 and Windows the window goes full screen where it stands, and on Wayland
        # only a window that goes full screen may choose its screen.
        self._customer.setScreen(screen)
        self._customer.setGeometry(screen.geometry())
        self._customer.showFullScreen()


def choose(screens: list[QScreen], own: QScreen | None, *, name: str, serial: str) -> QScreen | None:
    """Return the customer's screen: the remembered one by serial, then by name, then any that is not the cashier's."""
    others = [screen for screen in screens if screen is not own]
    for screen in others:
        if serial and screen.serialNumber() == serial:
            return screen
    for screen in others:
        if name and screen.name() == name:
            return screen
    return others[0] if others else None
