"""Ctrl-C while a program begins or ends: one line and exit code 130.

While libraries are imported an exception would not do: some catch it, and it has a traceback.
"""

import os
import signal
import sys

INTERRUPTED, TERMINATED = 130, 143


def leave_at_once() -> None:
    """Let Ctrl-C end this process with one line, but for what `exit_code` runs.

    A process that ignores Ctrl-C goes on doing so. A closed standard error is as one that nobody
    reads.
    """
    if not sys.stderr:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115  until the process ends
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, leave)


def leave(*_: object) -> None:
    """Print one line and end this process, without cleaning up: nothing has been begun."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the next one adds no line
    os.write(2, b"stopped\n")
    os._exit(INTERRUPTED)
