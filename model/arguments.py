"""What the command lines share: exit codes, errors of one line, checked values."""

import argparse
import re
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from pydantic import TypeAdapter, ValidationError

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

    def parse_all(self, arguments: list[str]) -> argparse.Namespace:
        """Parse a whole command line; an empty value, as of an unset "$VARIABLE", is an error."""
        for before, argument in zip([self.prog, *arguments], arguments, strict=False):
            if re.fullmatch("(--[a-z-]+=)?", argument):
                option = argument or before
                self.error(f"argument {option}: the value is empty: give one, or leave it out")
        return self.parse_args(arguments)


def checked(kind: Any) -> Callable[[str], Any]:
    """Return an argparse type for values of `kind`, such as Annotated[int, Field(ge=1)]."""
    adapter: TypeAdapter = TypeAdapter(kind)

    def parse(text: str) -> Any:
        try:
            return adapter.validate_python(text)
        except ValidationError as error:
            raise argparse.ArgumentTypeError(f"{text!r}: {reason(error)}") from None

    return parse
