"""A real PostgreSQL of a test's own, from Debian's package, in a folder that goes away; none where it is not installed."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from till.domain.secret import Secret


def postgres_programs() -> Path | None:
    """Return where the newest PostgreSQL's programs are, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@contextmanager
def postgres(**options: str) -> Iterator[Secret]:
    """Run a server on a socket of its own for as long as the block lasts; give its address. Root runs it as `postgres`."""
    programs = postgres_programs()
    assert programs is not None
    folder = Path(tempfile.mkdtemp(prefix="till-pg-", dir="/tmp"))
    other: dict[str, object] = {}
    if os.geteuid() == 0:
        person = pwd.getpwnam("postgres")
        os.chown(folder, person.pw_uid, person.pw_gid)
        other = {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": [], "cwd": folder}
    data = folder / "data"
    setting = "".join(f" -c {name}={value}" for name, value in options.items())

    def run(*arguments: str) -> None:
        subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **other)  # type: ignore[call-overload]

    run(str(programs / "initdb"), "-D", str(data), "-U", "till", "-A", "trust", "-E", "UTF8", "--locale=C")
    control = str(programs / "pg_ctl")
    run(control, "-D", str(data), "-w", "-o", f"-k {folder} -h ''{setting}", "-l", str(folder / "log"), "start")
    try:
        yield Secret(f"postgresql://till@/postgres?host={folder}")
    finally:
        run(control, "-D", str(data), "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder)
