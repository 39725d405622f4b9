"""The commands that talk to the wallet from the command line: `till webhooks` and `till verify`."""

import argparse
import json
import logging
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from till.console import OK, REFUSED, CannotGoOn, add_store, complain, settings_of, settled, store_of
from till.domain.facts import PaymentRequested, SaleNumbersSkipped
from till.domain.money import Currency
from till.domain.scan import Market
from till.domain.secret import Secret
from till.domain.state import TillState, advance
from till.engine.ports import JournalRefused, KeyStoreUnavailable, SecretStore
from till.engine_room import VERSION, SystemClock, read_keys
from till.journal.reader import JournalReader
from till.journal.sqlite import SqliteJournal
from till.presentation.figures import plain_amount
from till.settings.model import CURRENCIES, PRODUCTION_URL, TEST_URL, Mode, Settings, StoreSettings, is_loopback
from till.settings.paths import Folders
from till.settings.secrets import open_store
from till.vipps import webhooks as api
from till.vipps.access import Credentials, System
from till.vipps.calls import Calls
from till.vipps.epayment import EPayment, PaymentAnswer
from till.vipps.errors import InvalidRequest, KeysMissing, Refused, VippsError
from till.vipps.transport import HttpxTransport
from till.vipps.walk import Names, walk_payments

if TYPE_CHECKING:
    from till.verify.heard import Hearing
    from till.verify.report import Report, Step
    from till.verify.service import Asked

#: A file of keys is one line; the sandbox's own is about two thousand characters.
KEYS_MOST_BYTES = 64 * 1024


class Target(Struct, frozen=True):
    """Which service is meant, for which sales unit; `names` is whose references a trial's are like."""

    base_url: str
    is_production: bool
    credentials: Credentials
    currencies: tuple[Currency, ...]
    customer: str | None = None
    names: str = "verify"
    settings: Settings | None = None


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands to the command line."""
    webhooks = commands.add_parser("webhooks", help="where the wallet sends its events").add_subparsers(required=True)
    listed = webhooks.add_parser("list")
    listed.set_defaults(run=list_webhooks)
    made = webhooks.add_parser("register")
    made.add_argument("url", help="a public https address that answers within ten seconds")
    made.set_defaults(run=register_webhook)
    gone = webhooks.add_parser("delete")
    gone.add_argument("id")
    gone.set_defaults(run=delete_webhook)
    for command in (listed, made, gone):
        add_store(command)
    verify = commands.add_parser("verify", help="try every operation at the wallet, and write a report to hand in")
    verify.add_argument("--base-url", help="the service, if not the one in the settings")
    verify.add_argument("--keys", help="a file with one line of JSON: client_id, client_secret, subscription_key, msn")
    verify.add_argument("--market", choices=[market.value for market in Market], help="decides the currency")
    verify.add_argument("--customer", help="a customer's number with country code: who approves")
    verify.add_argument("--wait", action="store_true", help="wait for what a person or time has to do")
    verify.add_argument("--json", metavar="FILE", help="where to write the report")
    verify.add_argument("--pdf", metavar="FILE", help="where to write it as PDF")
    add_store(verify)
    verify.set_defaults(run=verify_service)


def add_walk(journal: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command that walks a lost journal's counters."""
    walked = journal.add_parser("walk", help="look at the wallet for payments that a lost journal does not know")
    walked.add_argument(
        "--date", type=date.fromisoformat, required=True, help="the day in the references, as 2026-11-21"
    )
    walked.add_argument("--first", type=int, help="the sale number to begin with, if not the journal's next")
    walked.add_argument("--skip", action="store_true", help="give new sales numbers after the last one found")
    walked.set_defaults(run=walk_journal)


# ------------------------------------------------------------------------------------------------ webhooks


def list_webhooks(options: argparse.Namespace) -> int:
    """Show the sales unit's registrations, and what they lack."""
    with _webhooks(options) as (client, store, msn):
        show(client, store, msn)
    return OK


def register_webhook(options: argparse.Namespace) -> int:
    """Register a URL, and keep the secret."""
    with _webhooks(options) as (client, store, msn):
        register(client, store, msn, options.url)
    return OK


def delete_webhook(options: argparse.Namespace) -> int:
    """Delete a registration, and forget its secret."""
    with _webhooks(options) as (client, store, msn):
        delete(client, store, msn, options.id)
    return OK


def show(client: api.Webhooks, store: SecretStore, msn: str) -> None:
    """Print every registration, whose secret is not kept, and which events no URL is told of."""
    registered = client.list()
    for one in registered:
        print(f"{one.id}  {one.url}\n  {', '.join(one.events)}")
        if store.get(api.secret_name(msn, one.id)) is None:
            print("  Its secret is not kept here: what it sends cannot be believed. Delete it, and register again.")
    for url in sorted({one.url for one in registered}):
        lacking = api.missing(registered, url=url, events=api.PAYMENT_EVENTS)
        if lacking:
            print(f"{url} is not told of: {', '.join(lacking)}")
    if not registered:
        print("Nothing is registered.")


def register(client: api.Webhooks, store: SecretStore, msn: str, url: str) -> None:
    """Register a URL for every event of a payment that it is not registered for; twice is as good as once."""
    lacking = api.lacking(client.list(), store, msn=msn, url=url)
    if not lacking:
        print(f"{url} is registered for every event of a payment; nothing was changed.")
        return
    try:
        made = api.register_and_keep(client, store, msn=msn, url=url, events=lacking)
    except KeyStoreUnavailable as error:
        if error.reason != "read_only":
            raise
        raise CannotGoOn(
            "The keys of this till are in a file that it may not write, so the secret could not be kept.\n"
            "Register from a till whose keys are in the system's key store."
        ) from error
    print(f"{made} is registered; its secret is in the key store.")


def delete(client: api.Webhooks, store: SecretStore, msn: str, webhook_id: str) -> None:
    """Delete a registration and forget its secret; raise CannotGoOn if there was none."""
    if not api.delete_and_forget(client, store, msn=msn, webhook_id=webhook_id):
        raise CannotGoOn(f"No webhook {webhook_id} is registered.")
    print(f"{webhook_id} is deleted.")


@contextmanager
def _webhooks(options: argparse.Namespace) -> Iterator[tuple[api.Webhooks, SecretStore, str]]:
    settings = settings_of(options)
    store = open_store(settings.secrets)
    target = _configured(settings, store, store_of(options, settings))
    with _calls(target, again="till webhooks list") as calls:
        yield api.Webhooks(calls), store, target.credentials.msn


@contextmanager
def _calls(target: Target, *, again: str) -> Iterator[Calls]:
    """Call a service; raise CannotGoOn for whatever comes of it."""
    transport = HttpxTransport()
    system = System("till", VERSION)
    calls = Calls.with_keys(target.credentials, transport=transport, base_url=target.base_url, system=system)
    try:
        yield calls
    except InvalidRequest as error:
        raise CannotGoOn(_INVALID.get(error.field, f"{error.field} cannot be sent.")) from error
    except Refused as error:
        code = f", code {error.code}" if error.code is not None else ""
        raise CannotGoOn(f"The service said no ({error.status}{code}).") from error
    except VippsError as error:
        raise CannotGoOn(f"The service gave no answer that can be relied on; look with: {again}") from error
    finally:
        transport.close()


# ------------------------------------------------------------------------------------------------ a lost journal


def walk_journal(options: argparse.Namespace) -> int:
    """Try a day's counters at the wallet one by one, and show every payment that the closed till's journal does not know."""
    settings, folders = settled(options)
    own = settings.stores[0]
    target = _configured(settings, open_store(settings.secrets), own)
    known, state = _kept(folders, settings.shop.currency)
    first = options.first or state.next_sale
    after = first
    with _calls(target, again="till journal walk") as calls:
        till = own.known.names_in_references(settings.till.id)
        names = Names(till, settings.vipps.mode.value, options.date, target.credentials.client_id)
        for sale, seen in walk_payments(EPayment(calls), names, first):
            after = sale + 1
            if seen.reference not in known:
                print(f"{seen.reference}  {seen.state.value}  {_figures_of(seen)}")
    print(
        f"Sale numbers are looked through from {first}; the last that the wallet knows is {after - 1 if after > first else 'none'}."
    )
    if after <= state.next_sale:
        return OK
    if not options.skip:
        complain(
            f"New sales would be given numbers that are taken. Move them on: till journal walk --skip --date {options.date}"
        )
        return REFUSED
    with closing(SqliteJournal.open(folders.journal, folders.mark)) as journal:
        now = datetime.now(UTC)
        journal.append([SaleNumbersSkipped(now, after)], now)
    print(f"The next sale is {after}.")
    return OK


def _kept(folders: Folders, currency: Currency) -> tuple[set[str], TillState]:
    """Return the references that the journal holds, and its state; of a damaged one as far as it can be read."""
    known: set[str] = set()
    state = TillState.empty(currency)
    if not folders.journal.exists():
        return known, state
    try:
        for fact in JournalReader(folders.journal).facts():
            state = advance(state, fact).state
            if isinstance(fact, PaymentRequested):
                known.add(fact.terms.reference)
    except JournalRefused as error:
        if error.reason == "in_use":
            raise CannotGoOn("The till has its journal open. Close the till, and walk again.") from error
        complain(f"The journal can be read only in part: {error.reason}.")
    return known, state


def _figures_of(seen: PaymentAnswer) -> str:
    amounts = (("captured", seen.captured), ("refunded", seen.refunded), ("reserved", seen.authorized))
    figures = ", ".join(f"{name} {plain_amount(amount)}" for name, amount in amounts if amount.minor)
    return f"{plain_amount(seen.amount)} {seen.amount.currency.value}" + (f", {figures}" if figures else "")


# ------------------------------------------------------------------------------------------------ the checklist


def verify_service(options: argparse.Namespace) -> int:
    """Run the go-live checklist, and write its report; return 0 only if every step holds."""
    from till.verify.checklist import run
    from till.verify.control import customer_of
    from till.verify.service import PRODUCTION, TEST, Service, Terms, name_of_run

    target = _target(options)
    number = options.customer or target.customer
    customer = customer_of(number)
    if options.customer and customer is None:
        raise CannotGoOn("--customer must be 9 to 15 digits: country code and number.")
    now = datetime.now(UTC)
    json_path, pdf_path = _report_paths(options, now)
    if target.is_production and len(target.currencies) > 1:
        raise CannotGoOn("Name the market with --market: real money is not tried in one currency after another.")
    if target.is_production and not _is_agreed(target):
        raise CannotGoOn("Nothing was sent.")
    _demand_writable(json_path)
    terms = Terms(
        run_id=name_of_run(target.names, now, is_real=target.is_production),
        mode=PRODUCTION if target.is_production else TEST,
        currencies=target.currencies,
        customer=customer,
        tell=_tell_person,
        waits=options.wait or target.is_production,
    )
    with _quiet_log(), closing(HttpxTransport()) as transport, _hearing(target) as hearing:
        service = Service(
            transport=transport,
            base_url=target.base_url,
            credentials=target.credentials,
            system=System("till", VERSION),
            terms=terms,
        )
        base_url = target.base_url
        report = run(service, made_at=now, version=VERSION, base_url=base_url, told=_tell, hearing=hearing)
    return _write(report, json_path, pdf_path)


def _hearing(target: Target) -> "AbstractContextManager[Hearing | None]":
    """Listen to the till's hub; a service named on the command line has none."""
    from till.verify.heard import hearing_of

    if target.settings is None:
        return nullcontext()
    return hearing_of(target.settings, open_store(target.settings.secrets), SystemClock())


def _write(report: "Report", json_path: Path, pdf_path: Path | None) -> int:
    from till.verify.report import Outcome

    try:
        json_path.write_text(report.to_json() + "\n", encoding="utf-8")
    except OSError:
        raise CannotGoOn(f"{json_path} cannot be written; the run is lost.") from None
    print(f"Written: {json_path}")
    if pdf_path is not None and not _has_pdf(report, pdf_path):
        print(f"{pdf_path} could not be written; the report is whole without it.", file=sys.stderr)
    if report.is_passed:
        print(f"All {len(report.steps)} steps hold.")
        return OK
    for outcome, words in ((Outcome.FAILED, "does not hold"), (Outcome.BY_HAND, "is to be done by hand")):
        for step in report.steps:
            if step.outcome is outcome:
                print(f"{step.name} {words}: {step.found} (expected: {step.expected})", file=sys.stderr)
    passed = report.count(Outcome.PASSED)
    print(f"{passed} of {len(report.steps)} steps hold.", file=sys.stderr)
    return REFUSED


def _has_pdf(report: "Report", path: Path) -> bool:
    """Write the report as PDF where Qt is there; return whether it was."""
    try:
        from till.ui.report_pdf import save_report
    except ImportError:
        return False
    from till.verify.paper import paper_of

    return save_report(paper_of(report), path)


def _tell_person(asked: "Asked") -> None:
    print(asked.words if asked.link is None else f"{asked.words} Its code: {asked.link.reveal()}", flush=True)


def _tell(step: "Step") -> None:
    status = step.status if step.status is not None else "-"
    print(f"{step.outcome.value:8}  {step.name:28}  {status:>3}  {step.reference or ''}", flush=True)


def _report_paths(options: argparse.Namespace, now: datetime) -> tuple[Path, Path | None]:
    """Return where the report goes; who names no file gets both beside them."""
    if options.json or options.pdf:
        json_path = Path(options.json) if options.json else Path(options.pdf).with_suffix(".json")
        return json_path, Path(options.pdf) if options.pdf else None
    name = f"till-verify-{now:%Y%m%d-%H%M%S}"
    return Path(f"{name}.json"), Path(f"{name}.pdf")


def _demand_writable(path: Path) -> None:
    """Find out before the run whether its report can be written."""
    try:
        path.open("a").close()
    except OSError:
        raise CannotGoOn(f"{path} cannot be written; name another file with --json.") from None


def _is_agreed(target: Target) -> bool:
    """Ask before real money is moved."""
    print(
        f"This makes one real payment of 2.00 {target.currencies[0].value} at sales unit {target.credentials.msn}: "
        "a customer has to approve it in the app; it is captured and given back."
    )
    print("Type yes to go on: ", end="", flush=True)
    return sys.stdin.readline().strip() == "yes"


@contextmanager
def _quiet_log() -> Iterator[None]:
    """Keep refusals that are part of the checklist off the screen, and what a break-off left; the report has them all."""
    logs, nowhere = [logging.getLogger(name) for name in ("till", "asyncio")], logging.NullHandler()
    for log in logs:
        log.addHandler(nowhere)
    try:
        yield
    finally:
        for log in logs:
            log.removeHandler(nowhere)


# ------------------------------------------------------------------------------------------------ which service


def _target(options: argparse.Namespace) -> Target:
    """Return the service that is meant: by a file of keys, or by the settings."""
    if options.base_url and not options.keys:
        raise CannotGoOn("--base-url needs --keys beside it.")
    if options.store and options.keys:
        raise CannotGoOn("--keys names its own sales unit; leave --store out.")
    if not options.keys:
        settings = settings_of(options)
        return _configured(settings, open_store(settings.secrets), store_of(options, settings))
    told = _read_keys(Path(options.keys))
    base_url = str(options.base_url or told.get("base_url", "")).rstrip("/")
    if base_url not in (TEST_URL, PRODUCTION_URL) and not is_loopback(base_url):
        raise CannotGoOn(f"The service must be {TEST_URL}, {PRODUCTION_URL}, or a sandbox at http://127.0.0.1:PORT.")
    if not is_loopback(base_url):
        _demand_private(Path(options.keys))
    parts = [told.get(name) for name in ("client_id", "client_secret", "subscription_key", "msn")]
    texts = [part for part in parts if isinstance(part, str)]
    if len(texts) < len(parts):
        raise CannotGoOn(f"{options.keys} lacks client_id, client_secret, subscription_key or msn.")
    try:
        client_id, client_secret, subscription_key = (Secret(text) for text in texts[:3])
        credentials = Credentials(client_id, client_secret, subscription_key, texts[3])
    except InvalidRequest as error:
        raise CannotGoOn(f"{options.keys}: {error.field} cannot be sent.") from None
    market = options.market or told.get("market")
    customers = told.get("customers")
    first = customers[0] if isinstance(customers, list) and customers else None
    number = first.get("phone_number") if isinstance(first, dict) else None
    return Target(
        base_url,
        base_url == PRODUCTION_URL,
        credentials,
        _currencies(market),
        number if isinstance(number, str) else None,
    )


def _configured(settings: Settings, secrets: SecretStore, store: StoreSettings) -> Target:
    vipps = settings.vipps
    try:
        credentials = read_keys(secrets, store.msn, store.keys_name)
    except KeysMissing:
        raise CannotGoOn(
            f"The keys of sales unit {store.msn} are not kept here; keep them with: till secrets set"
        ) from None
    except InvalidRequest as error:
        raise CannotGoOn(f"{error.field} has signs that cannot be sent; set it again with: till secrets set") from None
    is_real, names = vipps.mode is Mode.PRODUCTION, store.known.names_in_references(settings.till.id)
    return Target(vipps.base_url, is_real, credentials, (settings.shop.currency,), names=names, settings=settings)


def _currencies(market: object) -> tuple[Currency, ...]:
    """Return the market's currency; without a known market all of them, to be tried in turn."""
    known = [currency for one, currency in CURRENCIES.items() if one.value == market]
    return tuple(known or CURRENCIES.values())


def _read_keys(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            told = json.loads(file.read(KEYS_MOST_BYTES))
    except OSError:
        raise CannotGoOn(f"{path} cannot be read.") from None
    except (ValueError, RecursionError):
        # Not chained: the exception holds the text.
        raise CannotGoOn(f"{path} is not one line of JSON.") from None
    if not isinstance(told, dict):
        raise CannotGoOn(f"{path} is not one line of JSON.")
    return told


def _demand_private(path: Path) -> None:
    """Refuse keys of a real sales unit in a file that others may read."""
    if sys.platform != "win32" and stat.S_IMODE(os.stat(path).st_mode) & 0o077:
        raise CannotGoOn(f"{path} can be read by others; make it private with: chmod 600 {path}")


_INVALID = {
    "url": "The address must be https, whole and plain, at most 2048 signs; http only for a sandbox on this machine.",
    "id": "That is not the id of a webhook; look with: till webhooks list",
}
