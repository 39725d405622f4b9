"""Signing in and out, and changing one's own password."""

import logging
import threading

from starlette.responses import Response
from starlette.routing import Route

from till.domain.secret import Secret
from till.hub import limits, people, sessions
from till.hub.database import Transaction
from till.hub.people import Kept, Person, PersonRefused
from till.hub.web.site import Site, Visit

#: Comparing a password takes 32 MiB and a tenth of a second: however many sign in, the tills are not to wait for it.
COMPARED_AT_ONCE, WAIT_S = 2, 1.0

log = logging.getLogger("till.hub")


class SignInPages:
    """The pages that let somebody in."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._database = site.hub.database
        self._comparing = threading.Semaphore(COMPARED_AT_ONCE)

    def routes(self) -> list[Route]:
        """Return their routes."""
        return [
            self._site.open_page("/sign-in", self._show),
            self._site.open_form("/sign-in", self._sign_in),
            self._site.form("/sign-out", self._sign_out),
            self._site.page("/password", lambda visit: self._site.draw(visit, "password.html", {"refused": ""})),
            self._site.form("/password", self._change_password),
        ]

    def _show(self, visit: Visit) -> Response:
        if visit.guest is not None:
            return self._site.go_to("/")
        return self._site.draw(visit, "sign_in.html", {"refused": ""})

    def _sign_in(self, visit: Visit) -> Response:
        name = visit.field("name")
        found = self._right_person(visit, name, Secret(visit.form.get("password", "")))
        if isinstance(found, str):
            status = 429 if found == "often" else 403
            return self._site.draw(visit, "sign_in.html", {"refused": found}, status)
        token = self._database.write(lambda transaction: sessions.begin(transaction, found.id, visit.now))
        log.info("signed in", extra={"role": found.role.value})
        return self._site.sign_in(self._site.go_to(_own_path(visit.query.get("next", ""))), token.reveal())

    def _sign_out(self, visit: Visit) -> Response:
        self._database.write(lambda transaction: sessions.end(transaction, visit.cookie))
        return self._site.sign_out(self._site.go_to("/sign-in"))

    def _change_password(self, visit: Visit) -> Response:
        found = self._right_person(visit, visit.person.name, Secret(visit.form.get("password", "")))
        if isinstance(found, str):
            return self._site.draw(visit, "password.html", {"refused": found}, 403)
        try:
            kept = people.kept_password(Secret(visit.form.get("new_password", "")))
        except PersonRefused as error:
            return self._site.draw(visit, "password.html", {"refused": error.reason}, 400)
        self._database.write(lambda transaction: people.change_password(transaction, found.id, kept))
        return self._site.sign_out(self._site.go_to("/sign-in", "password"))

    def _right_person(self, visit: Visit, name: str, password: Secret) -> Person | str:
        """Return whose name and password these are, or why nobody's are: `often` or `wrong`."""
        subjects = ((limits.SIGN_IN_BY_ADDRESS, visit.address), (limits.SIGN_IN_BY_NAME, people.folded(name)))

        def count(transaction: Transaction) -> bool:
            return all(limits.attempt(transaction, limit, subject, visit.now) for limit, subject in subjects)

        if not self._database.write(count):
            return "often"
        found = self._database.read(lambda transaction: people.password_of(transaction, name))
        is_right = self._compare(password, found[1] if found else None)
        if is_right is None:
            return "often"
        if not is_right or found is None:
            return "wrong"
        person, kept = found

        def forgive(transaction: Transaction) -> bool:
            for limit, subject in subjects:
                limits.forgive(transaction, limit, subject)
            # Meanwhile it may have been changed.
            return people.password_of(transaction, name) == (person, kept)

        return person if self._database.write(forgive) else "wrong"

    def _compare(self, password: Secret, kept: Kept | None) -> bool | None:
        """Say whether a password is right, or nothing while too many others are being compared."""
        if not self._comparing.acquire(timeout=WAIT_S):
            return None
        try:
            return people.is_right(password, kept)
        finally:
            self._comparing.release()


def _own_path(path: str) -> str:
    """Return where to go after signing in: a page of ours, never another site's."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() else "/"
