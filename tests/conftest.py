"""Fast tests first, in whatever order chance gave them; windows after those, whole tills last."""

import gc

import pytest

_LATER = {"sandbox": 1, "devices": 1, "simulation": 2, "owner": 2, "ui": 2, "outside": 3, "whole": 3}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort by room, keeping the shuffled order within each."""
    items.sort(key=lambda item: _LATER.get(item.path.parent.name, 0))


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Collect a file's windows in the thread that made them, before a thread of the next file's tests does."""
    if nextitem is None or nextitem.path != item.path:
        gc.collect()
