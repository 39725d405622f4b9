"""`till hub`: sets the hub up, runs it, and says who may speak to it."""

import argparse
import asyncio
import getpass
import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from till.catalogue.importer import ImportRefused
from till.console import OK, REFUSED, CannotGoOn, carried_out, complain
from till.domain.money import Currency
from till.domain.secret import Secret
from till.engine_room import VERSION, SystemClock
from till.hub import articles, check_ins, people, stores
from till.hub.database import Database, DatabaseUnavailable, Transaction
from till.hub.migrations import migrate, newest, schema_number
from till.hub.people import PersonRefused, Role
from till.hub.seal import sealer_of
from till.hub.settings import POSTGRES_NAME, DatabaseKind, HubSettings, hub_settings_text, load
from till.hub.stores import Store, Taken, Till
from till.logs import logged_into
from till.settings.file import save
from till.settings.paths import settings_file
from till.settings.secrets import SecretName, open_store
from till.vipps.access import Credentials

if TYPE_CHECKING:
    import uvicorn

STOP_WAIT_S = 2


_PERSON_REFUSED = {
    "name": "A name has 1 to 60 characters.",
    "password": "A password has 10 to 200 characters; nothing was changed.",
    "store": "Say which store is theirs: --store ID. Only an owner has none.",
    "taken": "There is somebody of that name already.",
}


def main(argv: list[str]) -> int:
    """Run a command of the hub's; return its exit status."""
    options = _parser().parse_args(argv)
    try:
        return carried_out(options.run, options)
    except DatabaseUnavailable as error:
        complain(f"The database cannot be used: {error}.")
        return REFUSED


def run(options: argparse.Namespace) -> int:
    """Serve until told to stop."""
    import uvicorn

    from till.hub.server import make_app

    settings = _settings(options)
    sealer = sealer_of(open_store(settings.secrets))
    port = settings.port if options.port is None else options.port
    with logged_into(settings.folder / "logs" / "hub.log"), _database(settings) as database:
        _demand_newest(database)
        try:
            listener = socket.create_server((settings.host, port))
        except OSError:
            raise CannotGoOn(f"Port {port} is in use. Stop the program that uses it, or give another port.") from None
        app = make_app(settings, database, sealer, SystemClock(), VERSION)
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_level="critical",
                access_log=False,
                server_header=False,
                # The tills' streams never end by themselves.
                timeout_graceful_shutdown=STOP_WAIT_S,
            )
        )
        address = f"http://{settings.host}:{listener.getsockname()[1]}"
        print(json.dumps({"address": address}) if options.json else f"The hub answers at {address}", flush=True)
        if options.until_stdin_closes:
            threading.Thread(target=_stop_at_end_of_input, args=(server,), daemon=True).start()
        asyncio.run(server.serve(sockets=[listener]))
    return OK


def set_up(options: argparse.Namespace) -> int:
    """Write a settings file to start from."""
    path = _path(options)
    if path.exists():
        complain(f"{path} is there already; nothing was changed.")
        return REFUSED
    folder = Path(options.folder).absolute()
    save(path, hub_settings_text(public_url=options.public_url, folder=str(folder)))
    print(f"Written: {path}\nNext: till hub migrate, till hub store, till hub keys, till hub till, till hub run")
    return OK


def migrate_database(options: argparse.Namespace) -> int:
    """Bring the database to this program's shape, or back to an older one."""
    with _database(_settings(options)) as database:
        taken = migrate(database, options.to)
    print(f"{taken} steps were taken." if taken else "Nothing was to be done.")
    return OK


def keep_postgres(options: argparse.Namespace) -> int:
    """Ask for the address of the PostgreSQL database and keep it in the key store."""
    settings = _settings(options)
    address = _asked("Address, as postgresql://user:password@host/database: ")
    if not address.startswith(("postgresql://", "postgres://")):
        complain("An address begins with postgresql://; nothing was changed.")
        return REFUSED
    open_store(settings.secrets).put(POSTGRES_NAME, Secret(address))
    print("The address is kept.")
    return OK


def add_store(options: argparse.Namespace) -> int:
    """Add a store, which is a sales unit."""
    store = Store(options.id, options.name, options.msn, Currency(options.currency))
    return _add(options, lambda transaction: stores.add_store(transaction, store), f"The store {store.name} is added.")


def keep_keys(options: argparse.Namespace) -> int:
    """Ask for the keys of a store's sales unit and seal them in the database."""
    settings = _settings(options)
    sealer = sealer_of(open_store(settings.secrets))
    with _database(settings) as database:
        known = {store.id: store for store in database.read(stores.stores)}
        if options.store not in known:
            raise CannotGoOn(f"There is no store {options.store}. There are: {', '.join(known) or 'none yet'}.")
        store = known[options.store]
        parts = [Secret(_asked(f"{name.value} of sales unit {store.msn}: ")) for name in SecretName]
        if not all(part.reveal() and part.reveal().isprintable() for part in parts):
            raise CannotGoOn("A key is empty or has signs that cannot be sent; nothing was changed.")
        keys = Credentials(parts[0], parts[1], parts[2], store.msn)
        database.write(lambda transaction: stores.keep_keys(transaction, sealer, store.id, keys))
    print("The keys are kept.")
    return OK


def add_till(options: argparse.Namespace) -> int:
    """Add a till to a store, and show its token this one time."""
    till = Till(options.id, options.store, options.name)
    with _database(_settings(options)) as database:

        def add(transaction: Transaction) -> Secret | None:
            if options.store not in {store.id for store in stores.stores(transaction)}:
                raise CannotGoOn(f"There is no store {options.store}.")
            stores.add_till(transaction, till)
            return stores.issue_token(transaction, till.id)

        try:
            token = database.write(add)
        except Taken:
            complain(f"There is a till {till.id} already; a new token for it: till hub token {till.id}")
            return REFUSED
        except ValueError:
            complain("A till's id is one to eight small letters and digits, a letter first, as in its own settings.")
            return REFUSED
    _show(token)
    return OK


def renew_token(options: argparse.Namespace) -> int:
    """Give a till a new token, shown this one time; its old one ends."""
    with _database(_settings(options)) as database:
        token = database.write(lambda transaction: stores.issue_token(transaction, options.till))
    if token is None:
        complain(f"There is no till {options.till}.")
        return REFUSED
    _show(token)
    return OK


def revoke_token(options: argparse.Namespace) -> int:
    """Let a till speak to the hub no more."""
    with _database(_settings(options)) as database:
        is_known = database.write(lambda transaction: stores.revoke_token(transaction, options.till))
    if not is_known:
        complain(f"There is no till {options.till}.")
        return REFUSED
    print("Its token is revoked.")
    return OK


def hang_sticker(options: argparse.Namespace) -> int:
    """Say at which till a printed code hangs."""
    with _database(_settings(options)) as database:
        till = next((one for one in database.read(stores.tills) if one.id == options.till), None)
        if till is None:
            complain(f"There is no till {options.till}.")
            return REFUSED
        msn = next(store.msn for store in database.read(stores.stores) if store.id == till.store)
        database.write(lambda transaction: check_ins.hang_sticker(transaction, msn, options.merchant_qr_id, till.id))
    print(f"Customers who scan {options.merchant_qr_id} are shown at {till.name}.")
    return OK


def keep_articles(options: argparse.Namespace) -> int:
    """Keep a store's articles, which its tills fetch by themselves: all of them, or none and every complaint."""
    settings = _settings(options)
    sealer = sealer_of(open_store(settings.secrets))
    try:
        content = Path(options.file).read_bytes()
    except OSError:
        complain(f"{options.file} cannot be read.")
        return REFUSED
    with _database(settings) as database:
        store = next((one for one in database.read(stores.stores) if one.id == options.store), None)
        if store is None:
            complain(f"There is no store {options.store}.")
            return REFUSED
        try:
            count = articles.check(content, store.currency)
        except ImportRefused as error:
            complain("Nothing was taken:", *(str(complaint) for complaint in error.complaints))
            return REFUSED
        now = SystemClock().now()
        is_new = database.write(lambda transaction: articles.keep(transaction, sealer, store.id, content, now))
    print(f"{count} articles are kept for {store.name}." if is_new else "The same articles are kept already.")
    return OK


def add_person(options: argparse.Namespace) -> int:
    """Let somebody look at the sale log, or give them another password."""
    with _database(_settings(options)) as database:
        try:
            password = people.kept_password(Secret(_asked(f"Password of {options.name}, at least 10 characters: ")))
            known = database.read(lambda transaction: people.password_of(transaction, options.name))
            if known is None:
                name, role, store = options.name, Role(options.role), options.store
                database.write(
                    lambda transaction: people.add_person(
                        transaction, name=name, role=role, store=store, password=password
                    )
                )
            else:
                database.write(lambda transaction: people.change_password(transaction, known[0].id, password))
        except PersonRefused as error:
            complain(_PERSON_REFUSED[error.reason])
            return REFUSED
    print(f"{options.name} is added." if known is None else f"{options.name} has a new password and is signed out.")
    return OK


def show(options: argparse.Namespace) -> int:
    """Show the stores and their tills."""
    with _database(_settings(options)) as database:
        known, tills = database.read(stores.stores), database.read(stores.tills)
    for store in known:
        print(f"{store.id}  {store.name}  sales unit {store.msn}  {store.currency.value}")
        for till in tills:
            if till.store == store.id:
                seen = f"heard {till.seen_at:%Y-%m-%d %H:%M} UTC" if till.seen_at else "not heard yet"
                print(f"    {till.id}  {till.name}  {seen if till.may_speak else 'has no token'}")
    return OK


def _parser() -> argparse.ArgumentParser:
    hub = argparse.ArgumentParser(
        prog="till hub", description="The shop's or chain's server: webhooks, check-in, refunds, the sale log."
    )
    hub.add_argument("--settings", help="the hub's settings file, if not the usual one")
    parts = hub.add_subparsers(required=True, metavar="PART")

    def part(name: str, act: Callable[[argparse.Namespace], int], purpose: str, *names: str) -> argparse.ArgumentParser:
        parser = parts.add_parser(name, help=purpose)
        for positional in names:
            parser.add_argument(positional)
        parser.set_defaults(run=act)
        return parser

    setup = part("setup", set_up, "write a settings file to start from")
    setup.add_argument("--public-url", required=True, help="https, as the reverse proxy answers it")
    setup.add_argument("--folder", required=True, help="where the hub keeps its things")
    serve = part("run", run, "serve")
    serve.add_argument("--port", type=int, help="another port than the settings'; 0 takes a free one")
    serve.add_argument("--json", action="store_true", help="say the address as a line of JSON")
    serve.add_argument("--until-stdin-closes", action="store_true", help="stop when the caller goes away")
    to = part("migrate", migrate_database, "bring the database to this program's shape")
    to.add_argument("--to", type=int, help="a step to go to, also back; 0 takes everything away")
    part("postgres", keep_postgres, "keep the address of a PostgreSQL database")
    store = part("store", add_store, "add a store", "id")
    store.add_argument("--name", required=True)
    store.add_argument("--msn", required=True, help="number of its sales unit")
    store.add_argument("--currency", choices=[one.value for one in Currency], required=True)
    part("keys", keep_keys, "seal the keys of a store's sales unit", "store")
    till = part("till", add_till, "add a till and show its token", "id")
    till.add_argument("--store", required=True)
    till.add_argument("--name", required=True)
    part("token", renew_token, "give a till a new token", "till")
    part("revoke", revoke_token, "let a till speak to the hub no more", "till")
    part("sticker", hang_sticker, "say at which till a printed code hangs", "merchant_qr_id", "till")
    taken = part("articles", keep_articles, "keep a store's articles for its tills", "file")
    taken.add_argument("--store", required=True)
    person = part("person", add_person, "let somebody look at the sale log, or give them another password", "name")
    person.add_argument("--role", choices=[one.value for one in Role], default=Role.CASHIER.value)
    person.add_argument("--store", help="the id of their store; an owner has none")
    part("show", show, "show stores and tills")
    return hub


def _add(options: argparse.Namespace, act: Callable[[Transaction], None], done: str) -> int:
    with _database(_settings(options)) as database:
        try:
            database.write(act)
        except Taken:
            complain("One with that id, name or sales unit is there already; nothing was changed.")
            return REFUSED
    print(done)
    return OK


def _path(options: argparse.Namespace) -> Path:
    return Path(options.settings) if options.settings else settings_file().with_name("hub.toml")


def _settings(options: argparse.Namespace) -> HubSettings:
    return load(_path(options))


def _open(settings: HubSettings) -> Database:
    """Open the settings' database; raise CannotGoOn or DatabaseUnavailable."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    if settings.database is DatabaseKind.SQLITE:
        from till.hub.sqlite_database import SqliteDatabase

        return SqliteDatabase.open(settings.database_file)
    from till.hub.postgres_database import PostgresDatabase

    address = open_store(settings.secrets).get(POSTGRES_NAME)
    if address is None:
        raise CannotGoOn("The address of the PostgreSQL database is missing. Give it: till hub postgres")
    return PostgresDatabase.open(address)


def _demand_newest(database: Database) -> None:
    step = database.write(schema_number)
    if step != newest():
        raise CannotGoOn(
            f"The database is at step {step}, this program needs {newest()}. Bring it there: till hub migrate"
        )


@contextmanager
def _database(settings: HubSettings) -> Iterator[Database]:
    with closing(_open(settings)) as database:
        yield database


def _asked(question: str) -> str:
    return (getpass.getpass(question) if sys.stdin.isatty() else sys.stdin.readline()).strip()


def _show(token: Secret | None) -> None:
    """Show a token, once, to the owner who sets the till up."""
    if token is not None:
        print(f"Its token, shown this once: {token.reveal()}\nKeep it on the till: till secrets set")


def _stop_at_end_of_input(server: "uvicorn.Server") -> None:
    while sys.stdin.buffer.read(1024):
        pass
    server.should_exit = True
