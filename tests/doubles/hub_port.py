"""A hub that only remembers what the engine sent it."""

from till.engine.hub_ports import HubErrand


class RecordingHub:
    """The engine's `Hub`."""

    def __init__(self) -> None:
        self.sent: list[HubErrand] = []

    def send(self, errand: HubErrand) -> None:
        self.sent.append(errand)
