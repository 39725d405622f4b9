"""Finds the files that come with the program: beside a checkout, or inside an installed package."""

from pathlib import Path


def resource_path(name: str) -> Path:
    """Return the path of a resource, as `words/nb.toml`."""
    package = Path(__file__).parent
    installed = package / "resources"
    return (installed if installed.is_dir() else package.parent / "resources") / name
