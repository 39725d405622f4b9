"""Finds the published API descriptions beside a checkout; tests that need them skip where they are not."""

from pathlib import Path


def reference_folder() -> Path | None:
    """Return the folder of published descriptions, or None where this checkout has none beside it."""
    for parent in Path(__file__).resolve().parents:
        candidate = parent / "shared" / "reference"
        if candidate.is_dir():
            return candidate
    return None
