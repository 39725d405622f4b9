"""The sale log's pages in a real browser, as wide as a phone and as a desktop: nothing sticks out, and something is drawn."""

import json
import re
import shutil
import subprocess
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from PIL import Image
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.doubles.chain import Chain
from tests.doubles.sale_log import add_person
from tests.doubles.served import served
from tests.doubles.told import AT, ToldJournal, paid_sale, reference_of, refund, reported, requested
from till.domain.payment import Created
from till.hub import books, sessions
from till.hub.alarms import AlarmKind, raise_alarm
from till.hub.migrations import migrate
from till.hub.people import Role
from till.hub.records import read_records
from till.hub.server import make_app
from till.hub.settings import HubSettings
from till.hub.sqlite_database import SqliteDatabase
from till.settings.model import Mode, SecretPlace, SecretSettings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PAGES = ("/sales", "/sales?amount=125", "/open", "/figures?day=2026-11-21", "/tills", "/chain", "/people", "/password")
PAYMENT = f"/payments/kasse1/{reference_of(1)}?wallet=yes"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed here")

#: A page of the test's own that shows all others side by side and measures them.
_FRAMES = """<!doctype html><body style="margin:0;display:flex">{frames}<script>
addEventListener("load", () => {{
  document.body.dataset.widths = JSON.stringify([...document.querySelectorAll("iframe")].map(
    (one) => one.contentDocument.documentElement.scrollWidth));
}});
</script></body>"""


class Framed:
    """The application as somebody who is signed in, let into frames of the test's own page at `/frames`."""

    def __init__(self, app: ASGIApp, cookie: str, page: str) -> None:
        self._app = app
        self._cookie = cookie
        self._page = page.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/frames":
            headers = [(b"content-type", b"text/html; charset=utf-8")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": self._page})
            return
        if scope["type"] == "http":
            scope["headers"] = [*scope["headers"], (b"cookie", self._cookie.encode()), (b"accept-language", b"nb")]

        async def send_framed(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept_out = (b"content-security-policy", b"x-frame-options", b"cross-origin-opener-policy")
                message["headers"] = [pair for pair in message["headers"] if pair[0] not in kept_out]
            await send(message)

        await self._app(scope, receive, send_framed)


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    database = SqliteDatabase.open(tmp_path / "hub.db")
    migrate(database)
    chain = Chain(database)
    journal = ToldJournal()
    for sale in range(1, 31):
        amount = 12550 + 7919 * sale
        journal.tell(*paid_sale(sale, amount=amount, at=AT - timedelta(minutes=13 * sale)))
    journal.tell(*refund(1, 2550, amount=20469), requested(90), Created(reference_of(90), AT))
    journal.tell(requested(91), Created(reference_of(91), AT), reported(reference_of(91), amount=1))
    for first in range(0, len(journal.records), 300):
        records = read_records(json.dumps({"records": journal.records[first : first + 300]}).encode())
        database.write(lambda transaction, some=records: books.keep(transaction, "kasse1", some, AT))
    database.write(lambda transaction: raise_alarm(transaction, "kasse2", AlarmKind.FORK, 9, chain.clock.now()))
    return chain


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1280, 800)])
def test_no_page_is_wider_than_its_window(chain: Chain, tmp_path: Path, width: int, height: int) -> None:
    person = add_person(chain, "Kari Eier", Role.OWNER)
    token = chain.database.write(lambda transaction: sessions.begin(transaction, person.id, chain.clock.now()))
    secrets = SecretSettings(SecretPlace.FILE, "/nowhere")
    settings = HubSettings("http://127.0.0.1:1", Mode.TEST, "http://127.0.0.1:1", tmp_path, secrets)
    paths = (*PAGES, PAYMENT)
    frame = '<iframe src="{path}" width="{width}" height="{height}" style="border:0;flex:none"></iframe>'
    frames = "".join(frame.format(path=path, width=width, height=height) for path in paths)
    app = make_app(settings, chain.database, chain.sealer, chain.clock, "1.0")
    framed = Framed(app, f"till-session={token.reveal()}", _FRAMES.format(frames=frames))
    picture = tmp_path / "pages.png"
    with served(framed) as client:  # type: ignore[arg-type]
        address = f"{client.base_url}/frames"
        text = browse(tmp_path, f"--window-size={width * len(paths)},{height}", "--dump-dom", address)
        browse(tmp_path, f"--window-size={width * len(paths)},{height}", f"--screenshot={picture}", address)
    found = re.search(r'data-widths="([^"]*)"', text)
    assert found is not None
    widths = dict(zip(paths, json.loads(unescape(found.group(1))), strict=True))
    assert {path: wide for path, wide in widths.items() if wide > width} == {}
    with Image.open(picture) as image:
        assert image.size == (width * len(paths), height)
        for place in range(len(paths)):
            page = image.convert("RGB").crop((place * width, 0, (place + 1) * width, height))
            colours = page.getcolors(maxcolors=width * height)
            assert colours is not None
            assert len(colours) > 20, paths[place]
    chain.database.close()


def browse(folder: Path, *arguments: str) -> str:
    """Run the browser once without a window; return what it prints."""
    assert CHROMIUM is not None
    command = [
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--virtual-time-budget=8000",
    ]
    command += [f"--user-data-dir={folder / 'browser'}", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=90).stdout
