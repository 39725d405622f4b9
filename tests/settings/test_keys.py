"""Keys come from a safe place or not at all, and nothing that stands in their place holds the till up."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from till.domain.secret import Secret
from till.engine.ports import KeyStoreUnavailable
from till.settings.model import SecretPlace, SecretSettings
from till.settings.secrets import KEY_FILE_MOST_BYTES, FileStore, KeyringStore, SecretName, open_store

NAME = SecretName.CLIENT_SECRET.of("900001")


def key_file(folder: Path, text: str = f'"{NAME}" = "abc"\n', mode: int = 0o600) -> Path:
    path = folder / "keys.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def reason_of(path: Path) -> str:
    with pytest.raises(KeyStoreUnavailable) as refused:
        FileStore(path).get(NAME)
    return refused.value.reason


@pytest.mark.parametrize("mode", [0o400, 0o601, 0o604, 0o620, 0o640, 0o644, 0o660, 0o700, 0o4600, 0o777])
def test_a_key_file_with_any_other_mode_is_refused(tmp_path: Path, mode: int) -> None:
    """Fault catalogue D7."""
    assert reason_of(key_file(tmp_path, mode=mode)) == "unsafe"


def test_a_key_file_of_another_user_is_refused(tmp_path: Path) -> None:
    """Fault catalogue D7."""
    path = key_file(tmp_path)
    if os.getuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(path, 12345, 12345)
    assert reason_of(path) == "unsafe"


def test_what_is_no_real_file_is_refused_without_waiting(tmp_path: Path) -> None:
    """Fault catalogue D7: a link, a pipe that nobody writes to, a folder."""
    link, pipe = tmp_path / "link.toml", tmp_path / "pipe.toml"
    link.symlink_to(key_file(tmp_path))
    os.mkfifo(pipe, 0o600)
    assert reason_of(link) == "missing"
    assert reason_of(pipe) == "unsafe"
    assert reason_of(tmp_path) == "unsafe"
    assert reason_of(Path("/dev/null")) == "unsafe"


@pytest.mark.parametrize(
    "text",
    ["[", "a = " + "[" * 20_000, "a = " + "1" * 5000, "#" * (KEY_FILE_MOST_BYTES + 1), "a = 1\na = 1"],
)
def test_a_broken_key_file_is_told_without_its_text(tmp_path: Path, text: str) -> None:
    path = key_file(tmp_path, f'"{NAME}" = "never-shown"\n{text}')
    with pytest.raises(KeyStoreUnavailable) as refused:
        FileStore(path).get(NAME)
    assert refused.value.reason == "broken"
    assert refused.value.__cause__ is None
    assert "never-shown" not in str(refused.value)


@pytest.mark.parametrize("value", ["1", "true", '""', '["abc"]', "{ a = 1 }"])
def test_what_is_no_text_is_no_key(tmp_path: Path, value: str) -> None:
    assert FileStore(key_file(tmp_path, f'"{NAME}" = {value}\n')).get(NAME) is None


def test_a_key_never_prints_itself(tmp_path: Path) -> None:
    secret = FileStore(key_file(tmp_path)).get(NAME)
    assert secret == Secret("abc")
    assert "abc" not in f"{secret} {secret!r}"


def test_the_store_is_the_one_that_the_settings_name(tmp_path: Path) -> None:
    path = key_file(tmp_path)
    assert open_store(SecretSettings(SecretPlace.FILE, str(path))).get(NAME) == Secret("abc")
    assert isinstance(open_store(SecretSettings()), KeyringStore)


@pytest.mark.parametrize("store", ["secrets import KeyringStore as Store", "apart import KeyringApart as Store"])
@pytest.mark.parametrize(
    ("backend", "reason"),
    [
        ("keyring.backends.fail.Keyring", "missing"),
        ("keyring.backends.null.Keyring", "unsafe"),
        ("keyring.backends.absent.Keyring", "missing"),
        ("keyring.backends.null.Absent", "missing"),
        ("nonsense", "missing"),
        ("keyring.backends.SecretService.Keyring", "missing"),
    ],
)
def test_a_key_store_that_cannot_be_used_is_told_by_its_reason(
    backend: str, reason: str, store: str, tmp_path: Path
) -> None:
    """Fault catalogue D7: in a process of its own, since keyring chooses its backend once."""
    script = f"""
from till.engine.ports import KeyStoreUnavailable
from till.settings.{store}
try:
    Store().get({NAME!r})
except KeyStoreUnavailable as error:
    print(error.reason)
"""
    environment = {
        "PYTHON_KEYRING_BACKEND": backend,
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/no-bus",
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
    }
    told = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert told.stdout.strip() == reason, told.stderr[-300:]


def test_a_running_till_reads_its_keys_without_the_key_stores_libraries(tmp_path: Path) -> None:
    """All keys of a sales unit come in one answer; the next question is a new one."""
    backends = tmp_path / "keyring" / "backends"
    backends.mkdir(parents=True)
    (tmp_path / "keyring" / "errors.py").write_text("class KeyringError(Exception): pass")
    (backends / "fail.py").write_text("class Keyring: pass")
    (backends / "SecretService.py").write_text(_KEYRING.format(count=str(tmp_path / "asked")))
    (backends / "__init__.py").touch()
    (tmp_path / "keyring" / "__init__.py").write_text(
        "from keyring.backends.SecretService import Keyring\ndef get_keyring(): return Keyring()"
    )
    script = """
import sys
from till.settings.apart import KeyringApart
from till.settings.secrets import SecretName
store = KeyringApart()
for _ in range(2):
    print([None if secret is None else secret.reveal() for secret in map(store.get, (n.of("900001") for n in SecretName))])
print("keyring" in sys.modules, store.get("900001.client_id"))
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), os.environ.get("PYTHONPATH", "")))}
    told = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    both = "['client_id of till', 'client_secret of till', None]\n" * 2
    assert told.stdout == f"{both}False {Secret('')}\n"
    assert len(set((tmp_path / "asked").read_text().split())) == 3


_KEYRING = """
import os

class Keyring:
    def __init__(self):
        open({count!r}, "a").write(f"{{os.getpid()}} ")
    def get_password(self, service, name):
        key = name.removeprefix("900001.")
        return None if key == "subscription_key" else f"{{key}} of {{service}}"
"""


def test_loading_settings_imports_nothing_heavy() -> None:
    """Settings are read before the first window is shown."""
    script = """
import sys
import till.settings.file, till.settings.paths, till.settings.secrets, till.settings.template, till.devices.registry
import till.devices.supervisor, till.devices.wedge
print([name for name in ("keyring", "serial", "platformdirs", "httpx", "PySide6", "sqlite3") if name in sys.modules])
"""
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert told.stdout.strip() == "[]"


def test_the_till_asks_for_the_keys_of_one_sales_unit_and_keeps_them_under_its_number() -> None:
    """Requirement 54: there is no place for a partner's keys, which would speak for every shop."""
    assert {name.value for name in SecretName} == {"client_id", "client_secret", "subscription_key"}
    assert all(name.of("900001").startswith("900001.") for name in SecretName)
