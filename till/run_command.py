"""`till run`: apart from the other commands, since their modules and their parser cost the start 12 ms."""

import argparse

from till.console import carried_out, settled
from till.logs import logged_into
from till.settings.apart import open_store_apart


def main(settings: str | None) -> int:
    """Open the till with the settings file that is named, or the usual one; return the exit status."""
    return carried_out(run_till, argparse.Namespace(settings=settings))


def run_till(options: argparse.Namespace) -> int:
    """Open the till's windows."""
    settings, folders = settled(options)
    from till.app import run  # Qt only where there are windows

    with logged_into(folders.log):
        return run(settings, folders, open_store_apart(settings.secrets))
