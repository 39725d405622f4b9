"""Where the program begins: `till sandbox` and `till hub` are servers of their own, everything else is the till's command line."""

import sys


def main() -> int:
    """Run the command that was typed; return the exit status."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["sandbox"]:
        from till.sandbox.__main__ import main as serve_sandbox

        return serve_sandbox(arguments[1:])
    if arguments[:1] == ["hub"]:
        from till.hub_commands import main as run_hub_command

        return run_hub_command(arguments[1:])
    from till.cli import main as run_command

    return run_command(arguments)


if __name__ == "__main__":
    sys.exit(main())
