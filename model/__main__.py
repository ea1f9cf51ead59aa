"""The command line: `python -m model --help`, installed `surname-gru --help`."""

import signal
import sys

from .interrupts import TERMINATED, leave_at_once


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, as command_line.py describes it; return the exit code."""
    from .command_line import main  # here because torch takes seconds

    return main(sys.argv[1:] if arguments is None else arguments)


def start() -> int:
    """Run the command line as a program of its own."""
    leave_at_once()
    # So that files are cleaned up
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    return main()


if __name__ == "__main__":
    sys.exit(start())
