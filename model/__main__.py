"""The command line: `python -m model --help`, installed `surname-gru --help`."""

import signal
import sys
from contextlib import redirect_stderr
from functools import partial

from .interrupts import TERMINATED, leave_at_once

STOPPED = "every file and upload is complete or did not happen"


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; errors of input end in one line and exit code 2.

    What takes seconds to import, as torch and gradio do, is imported when the command is known.
    """
    from .arguments import PROGRAM, exit_code, page_options
    from .commands.parser import parse_arguments

    if arguments is None:
        arguments = sys.argv[1:]
    command, *rest = arguments or [""]
    if command == "train":
        from .commands.train import main

        return main(rest, f"{PROGRAM} train")
    if command == "app":
        page = page_options(rest, f"{PROGRAM} app")
        from .tabs.app import build_demo, load_models, serve_page

        return serve_page(build_demo(load_models(page)), page)
    options = parse_arguments(arguments)
    from .commands import command_line

    run_command = getattr(command_line, options.pop("command"))
    silence = [redirect_stderr] if options.pop("quiet") else []
    return exit_code(PROGRAM, partial(run_command, **options), STOPPED, silence)


def start() -> int | str:
    """Run the command line as a program of its own; return the exit code, or what is missing."""
    leave_at_once()
    # So that files are cleaned up
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    try:
        return main()
    except ModuleNotFoundError as error:
        return f"{error}: install the program with its dependencies."


if __name__ == "__main__":
    sys.exit(start())
