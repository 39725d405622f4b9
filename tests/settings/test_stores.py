"""The stores in the settings: read with the file, and refused in words where one could be taken for another."""

import pytest

from till.domain.store import Store
from till.settings.file import SettingsRefused, parse
from till.settings.model import KeysOf
from till.settings.template import settings_text

HEAD = settings_text(market="NO", msn="900001", shop="Storgata", extra='reference_prefix = "stor"\n')
FIRST = len(HEAD.splitlines()) + 1


def store(**settings: object) -> str:
    """Return one entry, its first setting on the line after its header."""
    words = {True: "true", False: "false"}
    values = {name: words[value] if isinstance(value, bool) else f'"{value}"' for name, value in settings.items()}
    return "[[store]]\n" + "".join(f"{name} = {value}\n" for name, value in values.items())


def complaints(*entries: str, head: str = HEAD) -> list[str]:
    with pytest.raises(SettingsRefused) as refused:
        parse(head + "".join(entries))
    return [str(complaint) for complaint in refused.value.complaints]


def test_without_stores_a_till_has_its_own() -> None:
    settings = parse(settings_text(market="NO", msn="900001", shop="Storgata"))
    assert settings.known_stores.all == (Store("Storgata", "900001", sells_here=True),)


def test_stores_share_the_tills_sales_unit_have_their_own_or_are_the_hubs() -> None:
    settings = parse(
        HEAD
        + store(name="Torget", reference_prefix="torget", refunds_here=True)
        + store(name="Brygga", msn="900006", keys="partner", sells_here=True)
        + store(name="Havna", keys="hub")
    )
    own, torget, brygga, havna = settings.stores
    assert (own.name, own.msn, own.sells_here, own.refunds_here) == ("Storgata", "900001", True, True)
    assert (torget.msn, torget.keys_name, torget.refunds_here) == ("900001", "900001", True)
    assert (brygga.msn, brygga.keys_name, brygga.sells_here) == ("900006", "partner", True)
    assert (havna.msn, havna.keys, havna.has_keys_here) == ("", KeysOf.HUB, False)
    assert [one.name for one in settings.known_stores.selling] == ["Storgata", "Brygga"]


def test_a_store_of_the_tills_own_sales_unit_is_spoken_for_with_the_same_keys() -> None:
    head = settings_text(market="NO", msn="900001", shop="Storgata", extra='keys = "partner"\n')
    (_, torget) = parse(head + store(name="Torget", reference_prefix="torget")).stores
    assert torget.keys_name == "partner"


def test_what_is_wrong_with_stores_is_said_all_at_once_with_its_line() -> None:
    found = complaints(
        store(name="Torget", msn="12", colour="red"),
        store(reference_prefix="Torget-", refunds_here=True, keys="nobody"),
        store(name="Havna", keys="hub", sells_here="yes"),
    )
    assert found == [
        f"line {FIRST + 2}: store 1.msn: must be a text like [0-9]{{4,10}}",
        f"line {FIRST + 3}: store 1.colour: is not a known setting",
        f"line {FIRST + 4}: store 2.name: is missing; it must be a text of 1 to 30 characters",
        f"line {FIRST + 5}: store 2.reference_prefix: must be a text like [a-z]([a-z0-9-]{{0,6}}[a-z0-9])?",
        f"line {FIRST + 7}: store 2.keys: must be one of own, partner, hub",
        f"line {FIRST + 11}: store 3.sells_here: must be true or false",
    ]


@pytest.mark.parametrize(
    ("entries", "key", "said"),
    [
        ((store(name="Storgata", msn="900006"),), "store 1.name", "the shop's own name already"),
        ((store(name="A", msn="900006"), store(name="A", msn="900007")), "store 2.name", "the name of store 1 already"),
        ((store(name="A", msn="900001", reference_prefix="a"),), "store 1.msn", "sales unit of [vipps] already"),
        (
            (store(name="A", msn="900006"), store(name="B", msn="900006")),
            "store 2.msn",
            "sales unit of store 1 already",
        ),
        ((store(name="A"),), "store 1.reference_prefix", "is needed: [vipps] has the same sales unit"),
        ((store(name="A", msn="900006", reference_prefix="stor"),), "store 1.reference_prefix", "told apart"),
        (
            (
                store(name="A", msn="900006", reference_prefix="oslo"),
                store(name="B", msn="900007", reference_prefix="oslo-a"),
            ),
            "store 2.reference_prefix",
            "cannot be told apart from 'oslo-' of store 1",
        ),
        ((store(name="A", msn="900006", refunds_here=True),), "store 1.reference_prefix", "bounds which payments"),
        ((store(name="A", keys="hub", sells_here=True),), "store 1.keys", 'must be "own" or "partner"'),
        ((store(name="A", keys="partner", reference_prefix="a"),), "store 1.keys", "must be that of [vipps]"),
        (
            (store(name="A", msn="900006", reference_prefix="very-lon", sells_here=True),),
            "store 1.reference_prefix",
            "at most 12",
        ),
    ],
)
def test_stores_that_could_be_taken_for_each_other_are_refused(entries: tuple[str, ...], key: str, said: str) -> None:
    """Requirement 40: a refund must reach the store that was paid."""
    found = complaints(*entries)
    assert any(key in line and said in line for line in found), found


def test_a_stores_prefix_may_not_be_the_beginning_of_the_tills_own_references() -> None:
    head = settings_text(market="NO", msn="900001", shop="Storgata", till="kasse1")
    found = complaints(store(name="A", msn="900006", reference_prefix="kasse1"), head=head)
    assert "cannot be told apart from 'kasse1-' of [vipps]" in found[0]


@pytest.mark.parametrize("text", ["[store]\nname = 'A'\n", "[store]\n[store.a]\n", "store = 5\n", "store = ['A']\n"])
def test_stores_written_otherwise_are_refused(text: str) -> None:
    (said,) = complaints(head=HEAD + text if text.startswith("[") else text + HEAD)
    assert "store: must be written [[store]], once for each store" in said


def test_more_stores_than_anybody_can_choose_from_are_refused() -> None:
    assert any("more than 500" in line for line in complaints(*(store(name=f"S{n}", keys="hub") for n in range(501))))


def test_a_till_does_not_sell_with_keys_that_are_at_the_hub() -> None:
    head = settings_text(market="NO", msn="900001", shop="Storgata", extra='keys = "hub"\n')
    assert "this till sells with them" in complaints(head=head)[0]
