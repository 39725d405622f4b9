"""For owners: the chain's stores, tills, tokens and stickers, the people who may look, and the alarms."""

import re

from starlette.responses import Response
from starlette.routing import Route

from till.catalogue.importer import ImportRefused, LineComplaint
from till.domain.money import Currency
from till.domain.secret import Secret
from till.hub import alarms, articles, check_ins, people, stores
from till.hub.database import Transaction
from till.hub.people import PersonRefused, Role
from till.hub.stores import Store, Taken, Till
from till.hub.web.site import OWNERS, Site, Visit

_STORE_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_MSN = re.compile(r"\d{4,10}")
_NAME_MOST = 60


class OwnerPages:
    """The pages for owners alone."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._database = site.hub.database

    def routes(self) -> list[Route]:
        """Return their routes."""
        form = self._site.form
        return [
            self._site.page("/chain", self._chain, OWNERS),
            form("/chain/stores", self._add_store, OWNERS),
            self._site.upload("/chain/stores/{store}/articles", self._keep_articles, OWNERS, articles.CONTENT_MOST),
            form("/chain/tills", self._add_till, OWNERS),
            form("/chain/tills/{till}/token", self._issue_token, OWNERS),
            form("/chain/tills/{till}/revoke", self._revoke_token, OWNERS),
            form("/chain/stickers", self._hang_sticker, OWNERS),
            form("/chain/stickers/remove", self._take_sticker_down, OWNERS),
            form("/chain/alarms/{alarm}", self._acknowledge, OWNERS),
            self._site.page("/people", self._people, OWNERS),
            form("/people", self._add_person, OWNERS),
            form("/people/{person}/password", self._set_password, OWNERS),
            form("/people/{person}/remove", self._remove_person, OWNERS),
        ]

    def _chain(
        self,
        visit: Visit,
        refused: str = "",
        token: Secret | None = None,
        till: str = "",
        complaints: tuple[LineComplaint, ...] = (),
    ) -> Response:
        def look(transaction: Transaction) -> dict[str, object]:
            return {
                "stores": stores.stores(transaction),
                "tills": stores.tills(transaction),
                "with_keys": stores.stores_with_keys(transaction),
                "stickers": check_ins.stickers(transaction),
                "articles_at": articles.kept_at(transaction),
            }

        values = self._database.read(look)
        shown = {
            "refused": refused,
            "complaints": complaints,
            "token": token.reveal() if token else "",
            "token_till": till,
        }
        return self._site.draw(visit, "chain.html", {**values, **shown}, 400 if refused else 200)

    def _add_store(self, visit: Visit) -> Response:
        name, msn, id_ = visit.field("name"), visit.field("msn"), visit.field("id")
        if not (_STORE_ID.fullmatch(id_) and _is_name(name) and _MSN.fullmatch(msn) and msn.isascii()):
            return self._chain(visit, "store")
        try:
            store = Store(id_, name, msn, Currency(visit.field("currency")))
            self._database.write(lambda transaction: stores.add_store(transaction, store))
        except (ValueError, Taken):
            return self._chain(visit, "store")
        return self._site.go_to("/chain", "store")

    def _keep_articles(self, visit: Visit) -> Response:
        """Keep a store's file, checked whole; the file is read before the transaction, which is short then."""
        wanted, sealer = visit.params["store"], self._site.hub.sealer
        store = next((one for one in self._database.read(stores.stores) if one.id == wanted), None)
        if store is None:
            return self._chain(visit, "store_gone")
        try:
            articles.check(visit.file, store.currency)
        except ImportRefused as error:
            return self._chain(visit, "articles", complaints=error.complaints)
        is_new = self._database.write(
            lambda transaction: articles.keep(transaction, sealer, store.id, visit.file, visit.now)
        )
        return self._site.go_to("/chain", "articles" if is_new else "articles_same")

    def _add_till(self, visit: Visit) -> Response:
        till = Till(visit.field("id"), visit.field("store"), visit.field("name"))

        def add(transaction: Transaction) -> Secret | None:
            if till.store not in {store.id for store in stores.stores(transaction)}:
                raise ValueError(till.store)
            stores.add_till(transaction, till)
            return stores.issue_token(transaction, till.id)

        try:
            token = self._database.write(add) if _is_name(till.name) else None
        except (ValueError, Taken):
            token = None
        return self._chain(visit, "" if token else "till", token, till.id)

    def _issue_token(self, visit: Visit) -> Response:
        till = visit.params["till"]
        token = self._database.write(lambda transaction: stores.issue_token(transaction, till))
        return self._chain(visit, "" if token else "gone", token, till)

    def _revoke_token(self, visit: Visit) -> Response:
        till = visit.params["till"]
        is_known = self._database.write(lambda transaction: stores.revoke_token(transaction, till))
        return self._site.go_to("/chain", "revoked") if is_known else self._chain(visit, "gone")

    def _hang_sticker(self, visit: Visit) -> Response:
        merchant_qr_id, wanted = visit.field("merchant_qr_id"), visit.field("till")

        def hang(transaction: Transaction) -> bool:
            till = next((one for one in stores.tills(transaction) if one.id == wanted), None)
            if till is None or not (0 < len(merchant_qr_id) <= _NAME_MOST and merchant_qr_id.isprintable()):
                return False
            msn = next(store.msn for store in stores.stores(transaction) if store.id == till.store)
            check_ins.hang_sticker(transaction, msn, merchant_qr_id, till.id)
            return True

        is_hung = self._database.write(hang)
        return self._site.go_to("/chain", "sticker") if is_hung else self._chain(visit, "sticker")

    def _take_sticker_down(self, visit: Visit) -> Response:
        msn, merchant_qr_id = visit.field("msn"), visit.field("merchant_qr_id")
        self._database.write(lambda transaction: check_ins.take_sticker_down(transaction, msn, merchant_qr_id))
        return self._site.go_to("/chain", "sticker_down")

    def _acknowledge(self, visit: Visit) -> Response:
        alarm, person = visit.params["alarm"], visit.person
        self._database.write(lambda transaction: alarms.acknowledge(transaction, alarm, person.name, visit.now))
        return self._site.go_to("/tills", "alarm")

    def _people(self, visit: Visit, refused: str = "") -> Response:
        def look(transaction: Transaction) -> dict[str, object]:
            return {"people": people.people(transaction), "stores": stores.stores(transaction)}

        values = {**self._database.read(look), "refused": refused, "roles": [role.value for role in Role]}
        return self._site.draw(visit, "people.html", values, 400 if refused else 200)

    def _add_person(self, visit: Visit) -> Response:
        try:
            role = Role(visit.field("role"))
            password = people.kept_password(Secret(visit.form.get("password", "")))
            self._database.write(
                lambda transaction: people.add_person(
                    transaction,
                    name=visit.field("name"),
                    role=role,
                    store=visit.field("store") or None,
                    password=password,
                )
            )
        except ValueError:
            return self._people(visit, "role_unknown")
        except PersonRefused as error:
            return self._people(visit, error.reason)
        return self._site.go_to("/people", "person")

    def _set_password(self, visit: Visit) -> Response:
        try:
            password = people.kept_password(Secret(visit.form.get("password", "")))
        except PersonRefused as error:
            return self._people(visit, error.reason)
        person = visit.params["person"]
        self._database.write(lambda transaction: people.change_password(transaction, person, password))
        return self._site.go_to("/people", "person_password")

    def _remove_person(self, visit: Visit) -> Response:
        try:
            self._database.write(lambda transaction: people.remove_person(transaction, visit.params["person"]))
        except PersonRefused as error:
            return self._people(visit, error.reason)
        return self._site.go_to("/people", "person_removed")


def _is_name(name: str) -> bool:
    return 0 < len(name) <= _NAME_MOST and name.isprintable()
