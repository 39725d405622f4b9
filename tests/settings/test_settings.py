"""Settings are read whole, or refused with every complaint and its line; keys are kept safely or not at all."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from till.domain.secret import Secret
from till.engine.ports import KeyStoreUnavailable
from till.settings.file import SettingsRefused, load, parse, save
from till.settings.model import Mode, ScannerKind
from till.settings.paths import data_folder
from till.settings.secrets import FileStore, KeyringStore, SecretName, is_safe
from till.settings.template import settings_text

GOOD = settings_text(market="NO", msn="900001", shop='Storgata "Kolonial"')


def test_a_short_file_is_enough() -> None:
    settings = parse(GOOD)
    assert settings.shop.name == 'Storgata "Kolonial"'
    assert settings.brand == "Vipps"
    assert settings.vipps.mode is Mode.TEST
    assert settings.scanner.kind is ScannerKind.WEDGE


@pytest.mark.parametrize("name", ["qr_interval_s", "push_first_s", "push_interval_s"])
def test_an_earlier_setting_of_polling_is_told_what_became_of_it(name: str) -> None:
    with pytest.raises(SettingsRefused) as refused:
        parse(f"{GOOD}\n[polling]\n{name} = 1.0\n")
    assert "polling.pace_percent" in str(refused.value)


def test_distance_sales_are_off_until_they_are_asked_for_and_a_receipts_page_is_on_the_safe_web() -> None:
    assert not parse(GOOD).vipps.sells_at_a_distance
    page = "https://shop.example/receipts/{reference}"
    vipps = parse(f'{GOOD}\ndistance_sales = true\nreceipt_url = "{page}"\n').vipps
    assert (vipps.sells_at_a_distance, vipps.receipt_url) == (True, page)
    for wrong in ("http://shop.example/", "shop.example", "https://shop.example/ receipts"):
        with pytest.raises(SettingsRefused):
            parse(f'{GOOD}\nreceipt_url = "{wrong}"\n')


def test_every_complaint_comes_at_once_and_names_its_line() -> None:
    bad = """version = 1
[shop]
market = "SE"
name = ""
colour = "red"
[till]
id = "Kasse 1"
scale_percent = 900
[vipps]
mode = "test"
msn = 123
base_url = "http://example.com"
push_allowed = "yes"
[scanner]
kind = "serial"
[secrets]
store = "file"
file = "relative"
[printer]
kind = "x"
"""
    with pytest.raises(SettingsRefused) as refused:
        parse(bad)
    found = {(complaint.line, complaint.key) for complaint in refused.value.complaints}
    assert found >= {
        (3, "shop.market"),
        (4, "shop.name"),
        (5, "shop.colour"),
        (7, "till.id"),
        (8, "till.scale_percent"),
        (11, "vipps.msn"),
        (12, "vipps.base_url"),
        (13, "vipps.push_allowed"),
        (18, "secrets.file"),
        (20, "printer.kind"),
    }


@pytest.mark.parametrize(
    ("url", "is_good"),
    [
        ("https://hub.storgata.example", True),
        ("https://hub.storgata.example:8443/kasse/", True),
        ("http://127.0.0.1:8700", True),
        ("http://hub.storgata.example", False),
        ("http://127.0.0.1:1@hub.example", False),
        ("https://user@hub.example", False),
        ("https://hub.example/?a=b", False),
        ("hub.example", False),
    ],
)
def test_a_token_for_the_hub_goes_out_under_tls_or_stays_on_this_machine(url: str, is_good: bool) -> None:
    text = f'{GOOD}\n[hub]\nurl = "{url}"\n'
    if is_good:
        assert parse(text).hub.url == url.rstrip("/")
        return
    with pytest.raises(SettingsRefused) as refused:
        parse(text)
    assert [complaint.key for complaint in refused.value.complaints] == ["hub.url"]


def test_a_till_without_the_section_has_no_hub() -> None:
    assert parse(GOOD).hub.url == ""


@pytest.mark.parametrize(
    ("mode", "url", "is_good"),
    [
        ("production", "", True),
        ("production", "https://apitest.vipps.no", False),
        ("production", "http://127.0.0.1:8640", False),
        ("test", "https://api.vipps.no", False),
        ("test", "http://127.0.0.1:8640", True),
        ("test", "http://127.0.0.1.evil.example:1", False),
    ],
)
def test_keys_of_one_world_are_never_used_in_the_other(mode: str, url: str, is_good: bool) -> None:
    """Fault catalogue D6."""
    text = settings_text(market="NO", msn="900001", shop="Shop", mode=mode, base_url=url)
    if is_good:
        parse(text)
    else:
        with pytest.raises(SettingsRefused):
            parse(text)


@given(st.text(max_size=300))
def test_no_settings_file_brings_the_till_down(text: str) -> None:
    with pytest.raises(SettingsRefused):
        parse(text)


@pytest.mark.parametrize("content", [b"version = [", b"\xff\xfe", b"version = 1\n" + b"#" * 300_000])
def test_a_broken_file_is_refused_with_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "till.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsRefused):
        load(path)
    with pytest.raises(SettingsRefused):
        load(tmp_path / "absent.toml")


def test_saving_replaces_the_file_whole(tmp_path: Path) -> None:
    """Fault catalogue A26."""
    path = tmp_path / "folder" / "till.toml"
    save(path, "old")
    save(path, GOOD)
    assert load(path).vipps.msn == "900001"
    assert list(path.parent.iterdir()) == [path]


def test_a_key_file_must_be_private_and_real(tmp_path: Path) -> None:
    """Fault catalogue D7."""
    path = tmp_path / "keys.toml"
    path.write_text('"900001.client_id" = "abc"\n')
    path.chmod(0o600)
    assert FileStore(path).get(SecretName.CLIENT_ID.of("900001")) == Secret("abc")
    assert FileStore(path).get("nobody") is None
    path.chmod(0o640)
    link = tmp_path / "link.toml"
    link.symlink_to(path)
    for wrong, reason in ((path, "unsafe"), (link, "missing"), (tmp_path / "absent", "missing")):
        with pytest.raises(KeyStoreUnavailable) as refused:
            FileStore(wrong).get("900001.client_id")
        assert refused.value.reason == reason
    with pytest.raises(KeyStoreUnavailable):
        FileStore(path).put("a", Secret("b"))


def test_a_plain_text_key_store_is_refused() -> None:
    """Fault catalogue D7."""
    from keyring.backends import fail, null

    assert not is_safe(null.Keyring())
    assert not is_safe(fail.Keyring())
    if os.environ.get("DBUS_SESSION_BUS_ADDRESS") is None and os.name == "posix":
        with pytest.raises(KeyStoreUnavailable):
            KeyringStore().get("900001.client_id")


def test_folders_are_where_the_settings_say() -> None:
    assert data_folder("/srv/till", "kasse1").journal == Path("/srv/till/journal.db")
    assert data_folder("", "kasse1").data.name == "kasse1"
