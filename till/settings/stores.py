"""The `[[store]]` entries of the settings file: each read, and all of them held against each other."""

import re
from collections.abc import Mapping

from till.settings.model import KeysOf, ShopSettings, StoreSettings, TillSettings, VippsSettings
from till.settings.reading import Reading

#: More stores than a chain shows one cashier to choose from.
STORES_MOST = 500
#: A prefix leaves room in a reference for the till, the day and the sale, and in a key for the operation.
PREFIX_PATTERN = r"[a-z]([a-z0-9-]{0,6}[a-z0-9])?"
PREFIX_AND_TILL_MOST = 12
_NUMBERED = re.compile(r"store [0-9]+")


def numbered(table: Mapping[str, object]) -> dict[str, object]:
    """Return the file's table with its stores as sections of their own: `store 1`, `store 2`."""
    stores = table.get("store")
    if not isinstance(stores, list) or not all(isinstance(one, Mapping) for one in stores):
        return dict(table)
    sections = {f"store {place}": one for place, one in enumerate(stores, start=1)}
    return {**{name: value for name, value in table.items() if name != "store"}, **sections}


def read_stores(reading: Reading, vipps: VippsSettings | None) -> tuple[StoreSettings, ...]:
    """Read every store; one without a sales unit of its own shares the till's, unless only the hub knows it."""
    sections = [name for name in reading.sections if _NUMBERED.fullmatch(name)]
    if "store" in reading.sections:
        reading.refuse_whole("store", "must be written [[store]], once for each store")
    if len(sections) > STORES_MOST:
        reading.complain("store 1", f"there are more than {STORES_MOST} stores")
    return tuple(_store(reading, section, vipps) for section in sections)


def _store(reading: Reading, section: str, vipps: VippsSettings | None) -> StoreSettings:
    name = reading.text(section, "name", least=1, most=30, default=None) or ""
    msn = reading.text(section, "msn", pattern=r"[0-9]{4,10}", default="") or ""
    shared = KeysOf.OWN if vipps is None or msn else vipps.keys
    keys = reading.choice(section, "keys", KeysOf, default=shared) or shared
    if vipps is not None and not msn and keys is not KeysOf.HUB:
        msn = vipps.msn
    prefix = read_prefix(reading, section)
    sells_here = reading.flag(section, "sells_here", default=False)
    refunds_here = reading.flag(section, "refunds_here", default=False)
    if keys is KeysOf.HUB and (sells_here or refunds_here):
        reading.complain(f"{section}.keys", 'must be "own" or "partner" where this till sells or refunds for the store')
    if refunds_here and not reading.has(section, "reference_prefix"):
        reading.complain(f"{section}.reference_prefix", "is needed where this till refunds: it bounds which payments")
    return StoreSettings(name, msn, keys, prefix, sells_here, refunds_here)


def read_prefix(reading: Reading, section: str) -> str:
    """Read what a store's references begin with."""
    return reading.text(section, "reference_prefix", pattern=PREFIX_PATTERN, default="") or ""


def hold_together(
    reading: Reading, shop: ShopSettings, till: TillSettings, vipps: VippsSettings, stores: tuple[StoreSettings, ...]
) -> None:
    """Complain about stores that could be taken for each other, once each of them can be read."""
    if any(complaint.key.startswith("store") for complaint in reading.complaints):
        return
    own = StoreSettings(shop.name, vipps.msn, vipps.keys, vipps.reference_prefix, sells_here=True)
    if vipps.keys is KeysOf.HUB:
        reading.complain("vipps.keys", 'must be "own" or "partner": this till sells with them')
    seen = [("vipps", own)]
    for place, store in enumerate(stores, start=1):
        section = f"store {place}"
        for other, before in seen:
            _tell_apart(reading, section, store, other, before, till.id)
        seen.append((section, store))
    for section, store in seen:
        length = len(store.reference_prefix) + len(till.id)
        if store.sells_here and length > PREFIX_AND_TILL_MOST:
            expected = f"is too long: with till.id it has {length} signs, at most {PREFIX_AND_TILL_MOST}"
            reading.complain(f"{section}.reference_prefix", expected)


def _tell_apart(
    reading: Reading, section: str, store: StoreSettings, other: str, before: StoreSettings, till: str
) -> None:
    named = f"[{other}]" if other == "vipps" else other
    if store.name == before.name:
        same = "the shop's own name" if other == "vipps" else f"the name of {other}"
        reading.complain(f"{section}.name", f"is {same} already")
    has_same_unit = bool(store.msn) and store.msn == before.msn
    if has_same_unit and reading.has(section, "msn"):
        expected = f"is the sales unit of {named} already; leave msn out for a store that shares the till's own"
        reading.complain(f"{section}.msn", expected)
    elif has_same_unit and store.keys is not before.keys:
        reading.complain(f"{section}.keys", f"must be that of {named}: it is the same sales unit")
    if has_same_unit and not store.reference_prefix:
        reading.complain(f"{section}.reference_prefix", f"is needed: {named} has the same sales unit")
    begins, begins_before = _begins(store, till), _begins(before, till)
    if begins and begins_before and (begins.startswith(begins_before) or begins_before.startswith(begins)):
        expected = f"cannot be told apart from {begins_before!r} of {named}: one begins as the other"
        reading.complain(f"{section}.reference_prefix", expected)


def _begins(store: StoreSettings, till: str) -> str:
    """Return what a store's references begin with, as far as this till makes or knows them."""
    if store.reference_prefix:
        return f"{store.reference_prefix}-"
    return f"{till}-" if store.sells_here else ""
