"""A journal that is lost: what the wallet knows is found again by its counters, and no new sale takes a number that is taken."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from tests.doubles.office import NOON, at_noon, sell
from tests.doubles.sandbox_process import sandbox_process
from tests.doubles.service import client_of
from till.domain.facts import PaymentRequested, SaleNumbersSkipped, SaleOpened, TillStarted
from till.domain.money import Currency, Money
from till.domain.payment import Flow, Terms
from till.domain.reference import ATTEMPTS_LEAST, GAP_MOST, keyed_check, make_reference, walk
from till.domain.secret import Secret
from till.journal.sqlite import SqliteJournal
from till.settings.paths import Folders, data_folder
from till.settings.template import settings_text
from till.vipps.access import Credentials, System
from till.vipps.calls import Calls
from till.vipps.epayment import EPayment
from till.vipps.requests import CreateRequest, QrFormat, UserFlow, create_body
from till.vipps.transport import HttpxTransport
from till.vipps.walk import Names, walk_payments

DAY = date(2026, 11, 21)


def test_the_walk_goes_over_gaps_and_ends() -> None:
    """Rule R10."""
    there = {(3, 1), (3, 2), (3, 4), (3 + GAP_MOST, 2)}
    tried: list[tuple[int, int]] = []

    def exists(sale: int, attempt: int) -> bool:
        tried.append((sale, attempt))
        return (sale, attempt) in there

    assert list(walk(1, exists)) == sorted(there)
    assert tried[-1] == (3 + 2 * GAP_MOST, ATTEMPTS_LEAST)


def test_payments_are_found_by_their_counters_with_a_check_and_without() -> None:
    """Rule R10; fault catalogue F8, F9: the wallet has no list of payments."""
    transport = at_noon()
    key = Secret(transport.desk.units[0].client_id)
    names = Names("kasse1", "test", DAY, key)
    with_check, without = names.of(1, 1)[0], names.of(4, 2)[1]
    sell(transport, with_check, 10000, refunded=2500)
    sell(transport, without, 5000)
    sell(transport, "test-kasse2-261121-0002-1", 700)
    seen = [(sale, one.reference, one.captured.minor) for sale, one in walk_payments(client_of(transport), names, 1)]
    assert seen == [(1, with_check, 10000), (4, without, 5000)]


def test_a_check_is_short_readable_and_made_with_the_key() -> None:
    plain = make_reference(till="kasse1", mode="production", day=DAY, sale=42, attempt=1)
    assert plain == "kasse1-261121-0042-1"
    checks = {keyed_check(Secret(key), plain) for key in ("one", "other")}
    assert len(checks) == 2
    named = make_reference(
        till="kasse1",
        mode="production",
        day=DAY,
        sale=42,
        attempt=1,
        check=lambda text: keyed_check(Secret("one"), text),
    )
    assert named == f"{plain}-{keyed_check(Secret('one'), plain)}"


class Shop:
    """A closed till's settings, keys and journal beside a running sandbox."""

    def __init__(self, home: Path, told: dict[str, str]) -> None:
        names = ("client_id", "client_secret", "subscription_key")
        keys = home / "keys.toml"
        keys.write_text("".join(f'"{told["msn"]}.{name}" = "{told[name]}"\n' for name in names))
        keys.chmod(0o600)
        extra = f'\n[secrets]\nstore = "file"\nfile = "{keys}"\n[data]\nfolder = "{home / "data"}"\n'
        text = settings_text(market="NO", msn=told["msn"], shop="Shop", base_url=told["base_url"], extra=extra)
        (home / "till.toml").write_text(text)
        self.home = home
        self.folders: Folders = data_folder(str(home / "data"), "kasse1")
        self.folders.data.mkdir()
        self.names = Names("kasse1", "test", DAY, Secret(told["client_id"]))
        credentials = Credentials(*(Secret(told[name]) for name in names), told["msn"])
        self.transport = HttpxTransport()
        system, base_url = System("till", "0.1.0"), told["base_url"]
        self.wallet = EPayment(Calls.with_keys(credentials, transport=self.transport, base_url=base_url, system=system))

    def pay(self, sale: int) -> str:
        reference = self.names.of(sale, 1)[0]
        amount = Money(1000 * sale, Currency.NOK)
        request = CreateRequest(reference, amount, UserFlow.QR, "Kasse 1", qr_format=QrFormat.TEXT)
        self.wallet.create(reference, create_body(request), f"{reference}-create")
        return reference

    def journal(self) -> SqliteJournal:
        return SqliteJournal.open(self.folders.journal, self.folders.mark)

    def walk(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "till", "--settings", str(self.home / "till.toml"), "journal", "walk"]
        return subprocess.run(
            [*command, "--date", str(DAY), *arguments], capture_output=True, text=True, timeout=60, check=False
        )


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with sandbox_process() as told:
        made = Shop(tmp_path, told)
        yield made
        made.transport.close()


def test_an_older_copy_learns_which_numbers_are_taken(shop: Shop) -> None:
    """Rule R10; fault catalogue F9: two sales were made after the copy that was put back."""
    known, lost, last = (shop.pay(sale) for sale in (1, 2, 5))
    terms = Terms(known, 1, Money(1000, Currency.NOK), Flow.CUSTOMER_SCREEN, "900001", NOON)
    with closing(shop.journal()) as journal:
        started = TillStarted(NOON, "kasse1", "0.1.0", "test")
        journal.append([started, SaleOpened(1, NOON), PaymentRequested(terms, f"{known}-create", "", None)], NOON)
    done = shop.walk()
    assert done.returncode == 1
    assert [line.split()[0] for line in done.stdout.splitlines()[:2]] == [lost, last]
    assert known not in done.stdout
    assert "--skip" in done.stderr
    assert shop.walk("--skip").returncode == 0
    with closing(shop.journal()) as journal:
        assert [fact.next_sale for fact in journal.facts() if isinstance(fact, SaleNumbersSkipped)] == [6]
    done = shop.walk("--first", "1")
    assert (done.returncode, last in done.stdout) == (0, True)
    with closing(shop.journal()):
        assert "Close the till" in shop.walk().stderr
