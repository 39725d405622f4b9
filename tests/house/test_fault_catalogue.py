"""Every row of the fault catalogue has a test that names it, or a reason in docs/reliability.md why it has none."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: How many rows each section has; row ids never change.
ROWS = {"A": 27, "B": 37, "C": 15, "D": 10, "E": 17, "F": 17, "G": 9, "H": 13, "I": 14, "J": 14}
_MENTION = re.compile(r"\b([A-J])(\d{1,2})(?:-[A-J]?(\d{1,2}))?\b")
_GAP = re.compile(r"^\| ([A-J]\d{1,2}) \| (.{10,}) \|$", re.MULTILINE)


def all_rows() -> set[str]:
    return {f"{section}{number}" for section, count in ROWS.items() for number in range(1, count + 1)}


def rows_with_a_test() -> set[str]:
    """Return the rows that docstrings of tests name, `A1-A14` being all from the first to the last."""
    rows: set[str] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name.lower().startswith("test"):
                for section, first, last in _MENTION.findall(ast.get_docstring(node) or ""):
                    rows |= {f"{section}{number}" for number in range(int(first), int(last or first) + 1)}
    return rows


def stated_gaps() -> set[str]:
    return {row for row, _ in _GAP.findall((ROOT / "docs" / "reliability.md").read_text(encoding="utf-8"))}


def test_every_row_has_a_test_or_a_stated_reason() -> None:
    assert sorted(all_rows() - rows_with_a_test() - stated_gaps()) == []


def test_no_gap_is_stated_for_a_row_that_has_a_test_and_no_row_is_invented() -> None:
    assert sorted(stated_gaps() & rows_with_a_test()) == []
    assert sorted((stated_gaps() | rows_with_a_test()) - all_rows()) == []
