"""What the command lines share: exit codes, errors of one line, checked values.

And the options of the page, which are read before torch and gradio, because these take seconds.
"""

import argparse
import os
import re
import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, NoReturn

from pydantic import Field, TypeAdapter, ValidationError

from .errors import InputError, reason
from .interrupts import INTERRUPTED, leave

DONE, WRONG, BROKEN_PIPE = 0, 2, 141
# What the command line calls words of an InputError that are for Python's callers
COMMAND_LINE = {
    "a folder": "--output a folder",
    "a training": "train.py",
    "learning_rate": "--learning-rate",
    "static Spaces or ZeroGPU": "static Spaces (--static) or ZeroGPU (--hardware zero)",
    "top_k": "--top-k",
}
SHIPPED = Path(__file__).resolve().parent / "weights"
INSTALLED = "surname-gru"
IS_INSTALLED = Path(sys.argv[0]).stem == INSTALLED
PROGRAM = INSTALLED if IS_INSTALLED else f"python -m {__package__}"
SHEET = (
    "of an XLSX file (default: the first one that has a known heading, or the largest)"
)
QUIET = "print no notes and no progress, only errors"


def exit_code(
    program: str,
    action: Callable[[], int | None],
    stopped: str,
    silence: Iterable[Callable] = (),
) -> int:
    """Run `action` and return the exit code of `program`: its own, or that of what ended it.

    An InputError ends it with one line and 2, Ctrl-C with `stopped` in a line and 130. A reader of
    the output that closes its pipe is not an error: the code is 141, as with the tools of a shell.
    `silence` has redirect_stdout or redirect_stderr for what `action` should not print.
    """
    leaves_at_once = signal.getsignal(signal.SIGINT) is leave
    # Windows' files may lack letters of a label.
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        if leaves_at_once:  # from here on there is something to clean up
            signal.signal(signal.SIGINT, signal.default_int_handler)
        with open(os.devnull, "w") as nowhere, ExitStack() as stack:
            for redirect in silence:
                stack.enter_context(redirect(nowhere))
            code = action() or DONE
            print(end="", flush=True)  # so that a full disk is met here
            return code
    except KeyboardInterrupt:
        print(f"stopped: {stopped}", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        return BROKEN_PIPE
    except InputError as error:
        print(f"{program}: {error.worded(COMMAND_LINE)}", file=sys.stderr)
        return WRONG
    except OSError as error:  # what is read and written elsewhere has its own message
        print(
            f"{program}: standard output cannot be written: {error.strerror}.",
            file=sys.stderr,
        )
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python tries once more
        return WRONG
    finally:
        if leaves_at_once:
            signal.signal(signal.SIGINT, leave)


class Parser(argparse.ArgumentParser):
    """A parser that reports wrong arguments in one line, without the usage, and exits with 2."""

    def error(self, message: str) -> NoReturn:
        """Print what is wrong and exit."""
        self.exit(WRONG, f"{self.prog}: {message} (see --help)\n")

    def parse_all(self, arguments: list[str]) -> argparse.Namespace:
        """Parse a whole command line; an empty value, as of an unset "$VARIABLE", is an error."""
        before = self.prog
        for argument in arguments:
            if re.fullmatch("(--[a-z-]+=)?", argument):
                option = argument or before
                self.error(
                    f"argument {option}: the value is empty: give one, or leave it out"
                )
            before = argument
        return self.parse_args(arguments)


def checked(type_hint: Any) -> Callable[[str], Any]:
    """Return an argparse type for values of `type_hint`, such as Annotated[int, Field(ge=1)]."""
    adapter: TypeAdapter = TypeAdapter(type_hint)

    def parse(text: str) -> Any:
        try:
            return adapter.validate_python(text)
        except ValidationError as error:
            raise argparse.ArgumentTypeError(f"{text!r}: {reason(error)}") from None

    return parse


def page_options(arguments: list[str], program: str = "app.py") -> argparse.Namespace:
    """Parse the command line of `program`, and print what is loaded, because it takes seconds.

    Exits with 2 and one clear line if it is wrong.
    """
    parser = Parser(
        prog=program, description="Serve the web page of one or more models."
    )
    parser.set_defaults(program=program)
    models = (
        "folder or file, names, reviews, USER/NAME, repeatable (default: all shipped)"
    )
    parser.add_argument(
        "--model", action="append", metavar="FOLDER|USER/NAME", help=models
    )
    host = os.environ.get("GRADIO_SERVER_NAME") or "127.0.0.1"
    if os.environ.get("SYSTEM") == "spaces":  # whose proxy comes from outside
        host = "0.0.0.0"
    parser.add_argument(
        "--host",
        default=host,
        help="address to serve on; 0.0.0.0: all (default: GRADIO_SERVER_NAME, else 127.0.0.1)",
    )
    port_number = checked(Annotated[int, Field(ge=1, le=65535)])
    port = os.environ.get("GRADIO_SERVER_PORT")
    parser.add_argument(
        "--port",
        type=port_number,
        default=port,
        help="port, and no other (default: GRADIO_SERVER_PORT, else the first free one from 7860)",
    )
    options = parser.parse_all(arguments)
    if not options.model:
        shipped = SHIPPED.glob("[!.]*/config.json")
        options.model = sorted(str(path.parent) for path in shipped)
    n = len(options.model)
    print(f"Loading {'one model' if n == 1 else f'{n} models'}…", flush=True)
    return options
