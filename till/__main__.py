"""Where the program begins: the two servers, `till sandbox` and `till hub`; the till itself; or any other command."""

import gc
import sys


def main() -> int:
    """Run the command that was typed; return the exit status."""
    match sys.argv[1:]:
        case ["sandbox", *arguments]:
            from till.sandbox.__main__ import main as serve_sandbox

            return serve_sandbox(arguments)
        case ["hub", *arguments]:
            from till.hub_commands import main as run_hub_command

            return run_hub_command(arguments)
        case ["run"]:
            return _open_till(None)
        case ["--settings", settings, "run"]:
            return _open_till(settings)
        case arguments:
            from till.cli import main as run_command

            return run_command(arguments)


def _open_till(settings: str | None) -> int:
    gc.disable()  # all that the start makes is there to stay: to look for garbage takes 15 ms and finds none
    from till.run_command import main as open_till

    return open_till(settings)


if __name__ == "__main__":
    sys.exit(main())
