"""Somebody who looks at the sale log: signs in, and sends forms as a browser does."""

import re

import httpx

from tests.doubles.chain import Chain
from till.domain.secret import Secret
from till.hub import people
from till.hub.people import Person, Role

PASSWORD = "riktig hest batteri"
_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')
#: Hashing a password is slow on purpose: one is enough for a test run.
_KEPT = people.kept_password(Secret(PASSWORD))


def add_person(chain: Chain, name: str, role: Role, store: str | None = None) -> Person:
    """Add somebody with the one password."""
    return chain.database.write(
        lambda transaction: people.add_person(transaction, name=name, role=role, store=store, password=_KEPT)
    )


class Browser:
    """One browser with its cookies."""

    def __init__(self, client: httpx.Client) -> None:
        self._base = client.base_url
        self._client = httpx.Client(base_url=self._base, timeout=20, headers={"accept-language": "en"})

    def close(self) -> None:
        self._client.close()

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self._client.get(path, headers=headers)

    def cookies(self) -> dict[str, str]:
        return dict(self._client.cookies)

    def form_token(self, path: str) -> str:
        found = _TOKEN.search(self.get(path).text)
        assert found is not None, path
        return found.group(1)

    def send(self, path: str, *, of: str, **fields: str) -> httpx.Response:
        """Send a form that stands on the page `of`."""
        return self._client.post(path, data={"form_token": self.form_token(of), **fields})

    def upload(self, path: str, file: bytes, *, of: str) -> httpx.Response:
        """Send a form with a file that stands on the page `of`."""
        files = {"file": ("varer.csv", file, "text/csv")}
        return self._client.post(path, data={"form_token": self.form_token(of)}, files=files)

    def upload_bare(self, path: str, file: bytes, **fields: str) -> httpx.Response:
        """Send a file as another site would make a browser send it."""
        return self._client.post(path, data=fields, files={"file": ("varer.csv", file, "text/csv")})

    def send_bare(self, path: str, **fields: str) -> httpx.Response:
        """Send a form as another site would make a browser send it."""
        return self._client.post(path, data=fields)

    def sign_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        return self.send("/sign-in", of="/sign-in", name=name, password=password)
