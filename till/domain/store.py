"""The stores that a till knows: for which of them it sells, and whose payments it may give back."""

from msgspec import Struct

from till.domain.reference import reference_prefix


class Store(Struct, frozen=True):
    """A store by its name, with the number of its sales unit and the prefix of its tills' payment references.

    Of a store whose money is given back elsewhere only name and prefix need to be known.
    """

    name: str
    msn: str
    prefix: str = ""
    sells_here: bool = False
    refunds_here: bool = False

    def names_in_references(self, till: str) -> str:
        """Return what stands for one of this store's tills in its references, as `torget-kasse1`."""
        return f"{self.prefix}-{till}" if self.prefix else till


class Stores(Struct, frozen=True):
    """Every store that a till knows, its own first; the journal has no name for it until one is chosen."""

    all: tuple[Store, ...]

    @property
    def own(self) -> Store:
        """The till's own store."""
        return self.all[0]

    @property
    def others(self) -> tuple[Store, ...]:
        """The stores beside the till's own."""
        return self.all[1:]

    @property
    def selling(self) -> tuple[Store, ...]:
        """The stores that this till sells for, its own first."""
        return (self.own, *(store for store in self.others if store.sells_here))

    def sold_for(self, name: str) -> Store | None:
        """Return the store of that name if this till sells for it; without a name, the till's own."""
        return next((store for store in self.selling if store.name == name), None) if name else self.own

    def named(self, name: str) -> Store | None:
        """Return the store of that name."""
        return next((store for store in self.all if store.name == name), None)

    def name_of_unit(self, msn: str) -> str:
        """Return the name of the first store of a sales unit, or the unit's number where none is known."""
        return next((store.name for store in self.all if store.msn == msn), msn)

    def of_reference(self, reference: str, *, mode: str) -> Store | None:
        """Return the store whose tills make references like this one."""
        begins = [(store, reference_prefix(till=store.prefix, mode=mode)) for store in self.all if store.prefix]
        return next((store for store, prefix in begins if reference.startswith(prefix)), None)
