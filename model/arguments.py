"""What the command lines share: exit codes, errors of one line, values that must not be empty."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from .errors import InputError

DONE, WRONG, INTERRUPTED, BROKEN_PIPE, TERMINATED = 0, 2, 130, 141, 143


def exit_code(program: str, action: Callable[[], int | None], stopped: str) -> int:
    """Run `action` and return the exit code of `program`: its own, or that of what ended it.

    An InputError ends it with one line and 2, Ctrl-C with `stopped` in a line and 130. A reader of
    the output that closes its pipe is not an error: the code is 141, as with the tools of a shell.
    """
    try:
        return action() or DONE
    except KeyboardInterrupt:
        print(f"stopped: {stopped}", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        return BROKEN_PIPE
    except InputError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return WRONG


class Parser(argparse.ArgumentParser):
    """A parser that reports wrong arguments in one line, without the usage, and exits with 2."""

    def error(self, message: str) -> NoReturn:
        """Print what is wrong and exit."""
        self.exit(2, f"{self.prog}: {message} (see --help)\n")


def nonempty(value: str) -> str:
    """Parse a text for argparse; an empty one is an error.

    A shell makes an empty text of "$VARIABLE" where the variable is not set.
    """
    if not value:
        raise argparse.ArgumentTypeError("the value is empty: give one, or leave the option out")
    return value


def nonempty_path(value: str) -> Path:
    """Parse a path for argparse; an empty one is an error, and not the current folder."""
    return Path(nonempty(value))


def whole_number(minimum: int, maximum: int) -> Callable[[str], int]:
    """Return an argparse type for a whole number from `minimum` to `maximum`."""

    def parse(text: str) -> int:
        whole = text.isascii() and text.isdigit() and len(text) < 20
        if not whole or not minimum <= int(text) <= maximum:
            raise argparse.ArgumentTypeError(
                f"{text!r} is not a whole number from {minimum} to {maximum}"
            )
        return int(text)

    return parse
