"""The command line of the web page. It is read before gradio, whose import takes seconds."""

import argparse
import os
from typing import Annotated

from pydantic import Field

from ..arguments import Parser, checked


def parse_arguments(arguments: list[str], program: str = "app.py") -> argparse.Namespace:
    """Parse the command line of `program`; exit with 2 and one clear line if it is wrong."""
    parser = Parser(prog=program, description="Serve the web page of one model or of several.")
    parser.set_defaults(program=program)
    models = "a model folder or a model on the Hub, repeatable (default: each in model/weights/)"
    parser.add_argument("--model", action="append", metavar="FOLDER|USER/NAME", help=models)
    on_space = os.environ.get("SYSTEM") == "spaces"  # whose proxy comes from outside
    parser.add_argument(
        "--host",
        default="0.0.0.0" if on_space else os.environ.get("GRADIO_SERVER_NAME") or "127.0.0.1",
        help="address to serve on; 0.0.0.0: all of this machine's (default: GRADIO_SERVER_NAME, "
        "else 127.0.0.1)",
    )
    parser.add_argument(
        "--port",
        type=checked(Annotated[int, Field(ge=1, le=65535)]),
        default=os.environ.get("GRADIO_SERVER_PORT"),
        help="port to serve on, and no other (default: GRADIO_SERVER_PORT, else the first free one "
        "from 7860)",
    )
    return parser.parse_all(arguments)
