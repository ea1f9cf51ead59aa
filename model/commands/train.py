"""Train a classifier and save it as a model folder: `python train.py --help`."""

import sys
from contextlib import redirect_stderr, redirect_stdout
from functools import partial

from ..arguments import exit_code
from .options import parse_arguments

NO_MODEL = (
    "no model saved; --resume continues from the last checkpoint, if there is one"
)


def main(arguments: list[str], program: str = "train.py") -> int:
    """Run the command line; errors of input end in one line of `program` and exit code 2."""
    options = parse_arguments(arguments, program)
    from .training import run  # here because torch takes seconds

    silence = [redirect_stderr, redirect_stdout] if options.quiet else []
    return exit_code(program, partial(run, options, sys.stderr), NO_MODEL, silence)
