"""A lock on a file, held by one process until it ends, however it ends."""

import os
import sys
from pathlib import Path

from till.hub.database import DatabaseUnavailable

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class FolderLock:
    """Holds the lock; made by `take`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, path: Path) -> "FolderLock":
        """Take the lock of a file, made if need be; raise DatabaseUnavailable when another process holds it."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if sys.platform == "win32":
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            raise DatabaseUnavailable("another hub is running on this database") from error
        return cls(descriptor)

    def give_back(self) -> None:
        """Let another have it."""
        os.close(self._descriptor)
