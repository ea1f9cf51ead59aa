"""The command line of the web page. It is read before gradio, whose import takes seconds."""

import argparse
import os

from ..arguments import Parser, nonempty, whole_number


def parse_arguments(arguments: list[str], program: str = "app.py") -> argparse.Namespace:
    """Parse the command line of `program`; exit with 2 and one clear line if it is wrong."""
    parser = Parser(prog=program, description="Serve the web page of one model or of several.")
    parser.set_defaults(program=program)
    parser.add_argument(
        "--model",
        action="append",
        type=nonempty,
        metavar="FOLDER|USER/NAME",
        help="a model folder or a model on the Hub, repeatable (default: each in model/weights/)",
    )
    on_space = os.environ.get("SYSTEM") == "spaces"  # whose proxy comes from outside
    parser.add_argument(
        "--host",
        type=nonempty,
        default="0.0.0.0" if on_space else os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1"),
        help="address to serve on; 0.0.0.0: all of this machine's (default: GRADIO_SERVER_NAME, "
        "else 127.0.0.1)",
    )
    parser.add_argument(
        "--port",
        type=whole_number(1, 65535),
        default=os.environ.get("GRADIO_SERVER_PORT"),
        help="port to serve on, and no other (default: GRADIO_SERVER_PORT, else the first free one "
        "from 7860)",
    )
    return parser.parse_args(arguments)
