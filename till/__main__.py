"""Where the program begins: `till sandbox` is the simulated wallet, everything else is the till's command line."""

import sys


def main() -> int:
    """Run the command that was typed; return the exit status."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["sandbox"]:
        from till.sandbox.__main__ import main as serve_sandbox

        return serve_sandbox(arguments[1:])
    from till.cli import main as run_command

    return run_command(arguments)


if __name__ == "__main__":
    sys.exit(main())
