"""Train a classifier and save it as a model folder: `python train.py --help`."""

import sys
from argparse import Namespace
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from typing import TextIO

from ..arguments import exit_code
from .options import parse_arguments, tables_of

NO_MODEL = (
    "no model saved; --resume continues from the last checkpoint, if there is one"
)


def main(arguments: list[str], program: str = "train.py") -> int:
    """Run the command line; errors of input end in one line of `program` and exit code 2."""
    options = parse_arguments(arguments, program)
    silence = [redirect_stderr, redirect_stdout] if options.quiet else []
    return exit_code(program, partial(_run, options, sys.stderr), NO_MODEL, silence)


def _run(options: Namespace, errors: TextIO) -> int:
    if options.custom:
        options.tables = tables_of(options)
    from .training import run  # here because torch takes seconds

    return run(options, errors)
