"""What the command lines share: exit codes, errors of one line, checked values."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NoReturn

from pydantic import Field, TypeAdapter, ValidationError

from .errors import InputError, reason

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
        self.exit(WRONG, f"{self.prog}: {message} (see --help)\n")


def checked(kind: Any) -> Callable[[str], Any]:
    """Return an argparse type for values of `kind`, such as Annotated[int, Field(ge=1)]."""
    adapter: TypeAdapter = TypeAdapter(kind)

    def parse(text: str) -> Any:
        try:
            return adapter.validate_python(text)
        except ValidationError as error:
            raise argparse.ArgumentTypeError(f"{text!r}: {reason(error)}") from None

    return parse


def whole_number(minimum: int, maximum: int) -> Callable[[str], int]:
    """Return an argparse type for a whole number from `minimum` to `maximum`."""
    return checked(Annotated[int, Field(ge=minimum, le=maximum)])


def nonempty(value: str) -> str:
    """Parse a text for argparse; an empty one, as of an unset "$VARIABLE", is an error."""
    if not value:
        raise argparse.ArgumentTypeError("the value is empty: give one, or leave the option out")
    return value


def nonempty_path(value: str) -> Path:
    """Parse a path for argparse; an empty one is an error, and not the current folder."""
    return Path(nonempty(value))
