"""What every presenter needs to know about this shop and counter."""

from msgspec import Struct

from till.domain.day import DayClose
from till.domain.scan import Market
from till.domain.store import Store, Stores
from till.presentation.figures import Figures
from till.presentation.words import Words


class House(Struct, frozen=True):
    """The shop's name and words, its stores, and what the counter has: a reader, a screen for the customer."""

    shop: str
    till: str
    market: Market
    words: Words
    figures: Figures
    is_test: bool
    is_push_allowed: bool
    has_customer_screen: bool
    starts_on_scan: bool
    organisation_number: str = ""
    address: str = ""
    is_vat_registered: bool = True
    sells_at_a_distance: bool = False
    stores: Stores = Stores((Store("", ""),))
    day_close: DayClose = DayClose.REFUSE

    @property
    def way_of_refunds(self) -> str:
        """Where refunded money arrives: in Norway on the card, elsewhere in the account that the customer chose for it."""
        return "on_card" if self.market is Market.NORWAY else "on_account"
