"""What the command lines share: errors of one line, and values that must not be empty."""

import argparse
from pathlib import Path
from typing import NoReturn


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
