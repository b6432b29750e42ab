"""The ``petition`` command, also as ``python -m petition``."""

import sys


def main() -> None:
    """Run the command line; ``alive`` without loading what it does not need."""
    if sys.argv[1:2] == ["alive"]:
        from petition.processes.alive import alive

        alive(sys.argv[2:], prog_name="petition alive")
    from petition.cli import main as run

    run()


if __name__ == "__main__":
    main()
