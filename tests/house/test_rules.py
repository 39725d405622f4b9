"""Rules worth having, kept by the machine."""

import ast
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "till").rglob("*.py"))
#: Where a broad except may stand: the top of a thread, or the one function that turns a library's errors into ours.
BROAD = {
    "engine/engine.py",
    "devices/supervisor.py",
    "hublink/station.py",
    "owner/worker.py",
    "vipps/transport.py",
    "vipps/actor.py",
    "vipps/wallet.py",
}
FORBIDDEN_WORDS = ("manager", "helper", "util", "misc", "handle", "process", "data", "info")


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name(path: Path) -> str:
    return path.relative_to(ROOT / "till").as_posix()


@pytest.mark.parametrize("path", [one for one in SOURCES if name(one).startswith("domain/")], ids=name)
def test_no_float_comes_near_money(path: Path) -> None:
    for node in ast.walk(tree(path)):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), node.lineno
        assert not (isinstance(node, ast.Name) and node.id == "float"), node.lineno
        assert not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)), node.lineno


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_broad_except_stands_only_at_the_top_of_a_thread(path: Path) -> None:
    broad = [
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")))
    ]
    assert not broad or name(path) in BROAD, broad


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_names_are_the_trades_words(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ClassDef):
            assert not any(node.name.lower().endswith(word) for word in FORBIDDEN_WORDS), node.name
    assert path.stem not in FORBIDDEN_WORDS


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_file_stays_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 470


def test_the_binding_does_not_drain_none() -> None:
    """Fault catalogue G9: one release of the Qt binding takes a reference from None with every call that returns nothing."""
    from PySide6.QtCore import QObject, QTimer
    from PySide6.QtGui import QColor, QImage

    owner, timer, image = QObject(), QTimer(), QImage(4, 4, QImage.Format.Format_RGB32)
    black = QColor("black")
    before = sys.getrefcount(None)
    for _ in range(1000):
        owner.setObjectName("a")
        owner.blockSignals(False)  # noqa: FBT003
        timer.setInterval(5)
        timer.setSingleShot(True)
        timer.stop()
        image.fill(black)
        image.setPixelColor(0, 0, black)
        image.setDevicePixelRatio(1.0)
        image.setText("a", "b")
        image.setDotsPerMeterX(10)
        image.setDotsPerMeterY(10)
        image.setColorCount(0)
    assert abs(sys.getrefcount(None) - before) < 500
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    assert "PySide6-Essentials>=6.11.3,<6.12" in wanted


def test_every_locked_package_has_its_hash() -> None:
    """Fault catalogue J12."""
    for lock in ("run", "dev"):
        text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8").replace("\\\n", " ")
        for line in text.splitlines():
            assert "--hash=sha256:" in line or not line.strip(), line


def test_the_windows_own_words_are_all_translated_and_compiled() -> None:
    import xml.etree.ElementTree as ElementTree

    for source in (ROOT / "resources" / "i18n").glob("*.ts"):
        messages = ElementTree.parse(source).getroot().iter("message")
        translations = [message.find("translation") for message in messages]
        assert all(one is not None and one.text and one.get("type") is None for one in translations)
        assert source.with_suffix(".qm").stat().st_size > 0


def test_the_project_speaks_of_itself_alone() -> None:
    suspects = ("/wo" + "rk/", "issue" + " #", "shared/" + "reference/fiscal")
    for path in [*SOURCES, *(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]:
        text = path.read_text(encoding="utf-8")
        assert not any(suspect in text for suspect in suspects), path


def test_the_program_and_its_package_have_one_version() -> None:
    from till.engine_room import VERSION

    stated = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert stated == VERSION
