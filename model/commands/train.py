"""Train a classifier and save it as a model folder: `python train.py --help`."""

import sys
from contextlib import redirect_stderr, redirect_stdout

from ..arguments import exit_code
from .options import parse_arguments, tables_of

NO_MODEL = (
    "no model saved; --resume continues from the last checkpoint, if there is one"
)


def main(arguments: list[str], program: str = "train.py") -> int:
    """Run the command line; errors of input end in one line of `program` and exit code 2."""
    options = parse_arguments(arguments, program)
    errors = sys.stderr

    def run() -> int:
        if options.custom:
            options.tables = tables_of(options)
        from . import training  # here because torch takes seconds

        return training.train_and_save(options, errors)

    silence = [redirect_stderr, redirect_stdout] if options.quiet else []
    return exit_code(program, run, NO_MODEL, silence)
