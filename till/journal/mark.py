"""The second mark: how far the journal had come, kept outside its folder, so that an older copy put back is noticed."""

import logging
import os
from pathlib import Path

import msgspec
from msgspec import Struct

log = logging.getLogger("till.journal")


class Mark(Struct, frozen=True, forbid_unknown_fields=True):
    """A record's number and hash."""

    number: int
    hash: bytes


class MarkFile:
    """The file of one mark: always a whole one, the newest or the one before; never ahead of the journal."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def exists(self) -> bool:
        """Whether a journal was ever marked here."""
        return os.path.exists(self._path)  # no right to look is no mark

    def read(self) -> Mark | None:
        """Return the mark; none is none, and so is one that cannot be read, with a line in the log."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Mark)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("mark cannot be read", extra={"error": type(error).__name__})
            return None

    def write(self, mark: Mark) -> bool:
        """Put a newer mark in place of the old one; return whether it is there. The journal holds what it holds either way."""
        new = self._path.with_name(f"{self._path.name}.new")
        try:
            with new.open("wb") as file:
                file.write(msgspec.json.encode(mark))
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._path)
            sync_folder(self._path.parent)
        except OSError as error:
            log.warning("mark cannot be written", extra={"error": type(error).__name__})
            return False
        return True


def sync_folder(folder: Path) -> None:
    """Make renames in a folder outlast a power cut; Windows does that by itself and opens no folders."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
