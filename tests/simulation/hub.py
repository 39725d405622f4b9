"""A hub that comes and goes, and hints at payments at once, late, twice, wrongly or never."""

from typing import TYPE_CHECKING

from tests.simulation.luck import Luck
from till.domain.faults import Fault, FaultCode
from till.engine.hub_ports import HubChanged, PaymentHinted

if TYPE_CHECKING:
    from tests.simulation.world import World

#: A seed's bad luck with the hub is another stream than its bad luck with the wallet.
APART = 1_000_000


class Hub:
    """Tells the till something or nothing; nobody's money depends on what it says."""

    def __init__(self, world: "World", seed: int) -> None:
        self._world = world
        self._luck = Luck(seed + APART)
        self._is_well = False

    def act(self) -> None:
        """Come, go, and hint."""
        if self._luck.strikes("the hub comes or goes", 0.2):
            self._is_well = not self._is_well
            self._world.hear(HubChanged(None if self._is_well else Fault(FaultCode.HUB_AWAY)))
        names = [payment.reference for payment in self._world.bank.desk.payments.all()][-3:]
        for name in (*names, "test-nobodys-0001"):
            for _ in range(2):
                if self._luck.strikes("a hint", 0.3):
                    self._world.later(self._luck.about(3), lambda name=name: self._world.hear(PaymentHinted(name)))
