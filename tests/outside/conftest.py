"""Real widgets without a screen; and none left over when threads start."""

import gc
import os

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(autouse=True, scope="module")
def no_windows_left() -> None:
    """Collect the windows of earlier tests here, in the thread that made them, before any other thread's turn comes."""
    gc.collect()
