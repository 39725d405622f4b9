"""The only road from another thread into the windows: one signal, queued to a bound method."""

from PySide6.QtCore import QObject, Qt, Signal, Slot


class Bridge(QObject):
    """`publish` may be called from any thread; `arrived` is emitted in the GUI thread."""

    _crossed = Signal(object)
    arrived = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._crossed.connect(self._land, Qt.ConnectionType.QueuedConnection)

    def publish(self, value: object) -> None:
        """Send a frozen value over."""
        self._crossed.emit(value)

    @Slot(object)
    def _land(self, value: object) -> None:
        self.arrived.emit(value)
