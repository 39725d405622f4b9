"""docs/vipps.md says of every operation where it is used, and of every requirement what shows it; here that is kept true."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.reference import reference_folder

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "vipps.md"
REQUIREMENTS = range(1, 64)
#: Each description, and what its paths leave out.
BASES = {
    "access-token-2.0.0": "",
    "epayment-1.8.1": "/epayment",
    "qr-1.0": "/qr",
    "webhooks-v1": "/webhooks",
    "order-management-2.1": "/order-management",
    "management-1.1.6": "",
    "report-2.0": "",
    "userinfo-2.0.3": "",
    "check-in-1.0.2": "/point-of-sale",
    "mobilepay-pos-10.2.6": "",
}
METHODS = ("get", "post", "put", "patch", "delete")
_ROW = re.compile(r"^\| (\d+) \| [^|]+ \|([^|]*)\|([^|]*)\|$", re.MULTILINE)
_OPERATION = re.compile(r"^\| `((?:GET|POST|PUT|PATCH|DELETE) [^`]+)` \| (.+) \|$", re.MULTILINE)
_PLACE = re.compile(r"`(till/\S+\.py)` `(\w+)`")
_TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")


def requirements() -> dict[int, tuple[str, str]]:
    """Return what shows each requirement, and what is said besides."""
    rows = _ROW.findall(TABLE.read_text(encoding="utf-8"))
    assert len({number for number, _, _ in rows}) == len(rows), "a number stands twice"
    return {int(number): (shown, besides.strip()) for number, shown, besides in rows}


def operations() -> dict[str, str]:
    return dict(_OPERATION.findall(TABLE.read_text(encoding="utf-8")))


@cache
def names_in(path: Path) -> frozenset[str]:
    """Return the functions and classes of a file."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef))


def test_every_requirement_has_its_row() -> None:
    assert sorted(requirements()) == list(REQUIREMENTS)


def test_every_requirement_is_shown_by_a_test_or_says_what_is_missing() -> None:
    for number, (shown, besides) in requirements().items():
        assert _TEST.search(shown) or besides.startswith(("Not yet: ", "Outside the code: ")), number


def test_every_named_test_exists() -> None:
    for number, (shown, _) in requirements().items():
        named = _TEST.findall(shown)
        assert len(named) == shown.count("`") // 2, f"{number}: something in its cell names no test"
        for file, name in named:
            path = ROOT / "tests" / file
            assert path.is_file(), f"{number}: {file}"
            assert name.startswith("test_"), f"{number}: {name}"
            assert name in names_in(path), f"{number}: {name}"


def test_every_published_operation_has_its_row() -> None:
    folder = reference_folder()
    if folder is None:
        pytest.skip("the published descriptions are not beside this checkout")
    published = set()
    for name, base in BASES.items():
        text = (folder / "openapi" / f"{name}.yaml").read_text(encoding="utf-8")
        for path, methods in yaml.safe_load(text)["paths"].items():
            published |= {f"{method.upper()} {base}{path}" for method in methods if method in METHODS}
    assert set(operations()) == published


def test_every_operation_is_in_the_code_or_says_why_not() -> None:
    for operation, where in operations().items():
        place = _PLACE.match(where)
        if place is None:
            assert where.startswith("Not used: "), operation
        else:
            assert place[2] in names_in(ROOT / place[1]), operation


def test_nobody_is_looked_up_outside_a_payment() -> None:
    """Requirement 56: what tells of a person is called by no part of the till of its own accord."""
    telling = ("till.vipps.userinfo", "till.vipps.check_in")
    for path in (ROOT / "till").rglob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        imported = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
        assert imported.isdisjoint(telling), path
        if path.parent.name != "sandbox":
            called = {
                node.func.attr for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            }
            assert called.isdisjoint({"exchange", "exchange_customer"}), path
