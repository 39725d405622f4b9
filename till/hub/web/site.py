"""What all pages share: who visits, which forms are believed, the headers that keep a page to itself, and the templates."""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode

from anyio.to_thread import run_sync
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from msgspec import Struct
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from till.hub import sessions
from till.hub.alarms import standing_alarms
from till.hub.database import DatabaseUnavailable, Transaction
from till.hub.office import Hub
from till.hub.people import Person, Role
from till.hub.web.language import LANGUAGES, Language, chosen, language
from till.hub.web.uploads import FIELDS_MOST, OddForm, fields_and_file
from till.hub.webhooks_in import TooLarge, body_of

FORM_MOST = 64 * 1024
LANGUAGE_KEPT_S = 365 * 24 * 3600
EVERYBODY = frozenset(Role)
MANAGERS = frozenset({Role.MANAGER, Role.OWNER})
OWNERS = frozenset({Role.OWNER})

STYLE = Path(__file__).parent / "style.css"
_TOKEN_FIELD = Markup('<input type="hidden" name="form_token" value="{}">')
#: Nothing but our own style sheet is loaded, nothing runs, nobody frames a page.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Visit(Struct, frozen=True):
    """One request: who asks, in which language, with which fields and file; `cookie` is what their forms' tokens are made from."""

    path: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    params: Mapping[str, str]
    address: str
    cookie: str
    guest: Person | None
    language: Language
    now: datetime
    alarms: int
    file: bytes = b""

    @property
    def person(self) -> Person:
        """Who is signed in; a page for somebody is never shown to nobody."""
        assert self.guest is not None
        return self.guest

    @property
    def store(self) -> str | None:
        """The store to which the person is kept, None for an owner."""
        return self.person.store

    def field(self, name: str) -> str:
        """Return a field of the form or of the address without the spaces around it, empty if there is none."""
        return (self.form.get(name) or self.query.get(name) or "").strip()


Answer = Callable[[Visit], Response]


class Site:
    """Guards the pages and draws them."""

    def __init__(self, hub: Hub, zone: tzinfo | None = None) -> None:
        self.hub = hub
        self.zone = zone
        self._is_secure = hub.settings.public_url.startswith("https://")
        mark = "__Host-" if self._is_secure else ""
        self._session_cookie, self._visitor_cookie = f"{mark}till-session", f"{mark}till-visitor"
        self._language_cookie = f"{mark}till-language"
        templates = FileSystemLoader(Path(__file__).parent / "templates")
        # A new style is fetched at once, since its address is another.
        self._style_mark = hashlib.sha256(STYLE.read_bytes()).hexdigest()[:12]
        self._templates = Environment(
            loader=templates, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )

    def page(self, path: str, answer: Answer, roles: frozenset[Role] = EVERYBODY) -> Route:
        """Return the route of a page that people of these roles may look at."""
        return Route(path, self._guarded(answer, roles), methods=["GET"])

    def form(self, path: str, answer: Answer, roles: frozenset[Role] = EVERYBODY) -> Route:
        """Return the route of a form that people of these roles may send."""
        return Route(path, self._guarded(answer, roles), methods=["POST"])

    def upload(self, path: str, answer: Answer, roles: frozenset[Role], most: int) -> Route:
        """Return the route of a form that brings a file of at most so many bytes along."""
        return Route(path, self._guarded(answer, roles, most), methods=["POST"])

    def open_page(self, path: str, answer: Answer) -> Route:
        """Return the route of a page for those who are not signed in."""
        return Route(path, self._guarded(answer, None), methods=["GET"])

    def open_form(self, path: str, answer: Answer) -> Route:
        """Return the route of a form for those who are not signed in."""
        return Route(path, self._guarded(answer, None), methods=["POST"])

    def draw(
        self, visit: Visit, template: str, values: Mapping[str, object] | None = None, status: int = 200
    ) -> Response:
        """Return a page."""
        words, figures = visit.language.words, visit.language.figures
        shared = {
            "visit": visit,
            "say": words.say,
            "has_words": words.has,
            "money": figures.money,
            "minute": visit.language.minute,
            "age": lambda at: visit.language.age(visit.now - at),
            "token_field": _TOKEN_FIELD.format(sessions.form_token(visit.cookie)),
            "languages": [(code, language(code).words.say("name"), _with_language(visit, code)) for code in LANGUAGES],
            "style_mark": self._style_mark,
            "done": f"done.{visit.query.get('done', '')}",
        }
        text = self._templates.get_template(template).render({**shared, **(values or {})})
        return HTMLResponse(text, status)

    def refuse(self, visit: Visit, status: int, reason: str) -> Response:
        """Return a page that says why there is no other."""
        return self.draw(visit, "refused.html", {"reason": reason}, status)

    def go_to(self, path: str, done: str = "") -> Response:
        """Return the way to another page, which says what was done."""
        return RedirectResponse(f"{path}?done={done}" if done else path, 303)

    def sign_in(self, response: Response, token: str) -> Response:
        """Give a visitor the cookie of a session."""
        self._set(response, self._session_cookie, token, round(sessions.LIFE.total_seconds()))
        return response

    def sign_out(self, response: Response) -> Response:
        """Take the cookie of a session away."""
        self._set(response, self._session_cookie, "", 0)
        return response

    def _guarded(
        self, answer: Answer, roles: frozenset[Role] | None, file_most: int = 0
    ) -> Callable[[Request], "object"]:
        async def guarded(request: Request) -> Response:
            try:
                form, file = await self._sent(request, roles, file_most)
                response = await run_sync(self._answer, request, form, file, answer, roles)
            except (TooLarge, ClientDisconnect):
                response = Response(status_code=413)
            except OddForm:
                response = Response(status_code=400)
            except DatabaseUnavailable:
                response = Response("503", 503)
            response.headers.update(HEADERS)
            return response

        return guarded

    async def _sent(
        self, request: Request, roles: frozenset[Role] | None, file_most: int
    ) -> tuple[dict[str, str], bytes]:
        """Return the form's fields and its file; raise TooLarge, ClientDisconnect or OddForm."""
        # Nobody makes the hub take a large body in but those whose file is wanted.
        is_file_wanted = bool(file_most) and await run_sync(self._is_let_in, request, roles)
        most = FORM_MOST + file_most if is_file_wanted else FORM_MOST
        body = await body_of(request, most) if request.method == "POST" else b""
        form, file = (
            fields_and_file(request.headers.get("content-type", ""), body) if is_file_wanted else (_fields(body), b"")
        )
        sent = (*form.values(), *request.query_params.values(), *request.path_params.values())
        if any("\0" in text for text in sent):
            raise OddForm("zero")
        return form, file

    def _is_let_in(self, request: Request, roles: frozenset[Role] | None) -> bool:
        session = self._session(request.cookies.get(self._session_cookie, ""))
        return session is not None and roles is not None and session[0].role in roles

    def _answer(
        self, request: Request, form: dict[str, str], file: bytes, answer: Answer, roles: frozenset[Role] | None
    ) -> Response:
        token = request.cookies.get(self._session_cookie, "")
        visitor = request.cookies.get(self._visitor_cookie, "")
        session = self._session(token)
        if session is None and roles is not None:
            after = f"?next={quote(request.url.path)}" if request.method == "GET" else ""
            return self.go_to(f"/sign-in{after}")
        is_new = session is None and not visitor
        visit = self._visit(request, form, file, session, token if session else visitor or secrets.token_urlsafe())
        if request.method == "POST" and not sessions.is_form_of(visit.cookie, form.get("form_token", "")):
            response = self.refuse(visit, 403, "form")
        elif roles is not None and visit.person.role not in roles:
            response = self.refuse(visit, 403, "role")
        else:
            response = answer(visit)
        if is_new:
            self._set(response, self._visitor_cookie, visit.cookie, None)
        if request.query_params.get("language") in LANGUAGES:
            self._set(response, self._language_cookie, visit.language.code, LANGUAGE_KEPT_S)
        return response

    def _session(self, token: str) -> tuple[Person, int] | None:
        """Return who is signed in and how many alarms they must see."""
        now = self.hub.clock.now()

        def look(transaction: Transaction) -> tuple[Person, int, bool] | None:
            found = sessions.signed_in(transaction, token, now)
            if found is None:
                return None
            person, is_to_be_noted = found
            alarms = len(standing_alarms(transaction, person.store)) if person.role in MANAGERS else 0
            return person, alarms, is_to_be_noted

        seen = self.hub.database.read(look) if token else None
        if seen is None:
            return None
        person, alarms, is_to_be_noted = seen
        if is_to_be_noted:
            self.hub.database.write(lambda transaction: sessions.note_use(transaction, token, now))
        return person, alarms

    def _visit(
        self,
        request: Request,
        form: dict[str, str],
        file: bytes,
        session: tuple[Person, int] | None,
        cookie: str,
    ) -> Visit:
        asked = request.query_params.get("language") or request.cookies.get(self._language_cookie, "")
        code = asked if asked in LANGUAGES else chosen(request.headers.get("accept-language", ""))
        person, alarms = session or (None, 0)
        return Visit(
            request.url.path,
            dict(request.query_params),
            form,
            request.path_params,
            request.client.host if request.client else "",
            cookie,
            person,
            language(code, self.zone),
            self.hub.clock.now(),
            alarms,
            file,
        )

    def _set(self, response: Response, name: str, value: str, age_s: int | None) -> None:
        response.set_cookie(name, value, max_age=age_s, httponly=True, samesite="lax", secure=self._is_secure)


def _fields(body: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=FIELDS_MOST))
    except ValueError as error:
        raise OddForm("fields") from error


def _with_language(visit: Visit, code: str) -> str:
    return f"{visit.path}?{urlencode({**visit.query, 'language': code})}"
