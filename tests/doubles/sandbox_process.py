"""The real sandbox in a process of its own, for tests that speak to it over a socket."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def sandbox_process() -> Iterator[dict[str, Any]]:
    """Run it for as long as the block lasts; give what it tells of itself on its one line."""
    process = subprocess.Popen(
        [sys.executable, "-m", "till.sandbox", "--port", "0", "--json", "--until-stdin-closes"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.communicate(timeout=30)
