"""The command line of the web page. It is read before torch and gradio, which take seconds."""

import argparse
import os
from pathlib import Path
from typing import Annotated

from pydantic import Field

from ..arguments import Parser, checked

WEIGHTS = Path(__file__).resolve().parents[1] / "weights"


def parse_arguments(arguments: list[str], program: str = "app.py") -> argparse.Namespace:
    """Parse the command line of `program`, and print what is loaded, because it takes seconds.

    Exits with 2 and one clear line if it is wrong.
    """
    parser = Parser(prog=program, description="Serve the web page of one model or of several.")
    parser.set_defaults(program=program)
    models = "a model folder or a model on the Hub, repeatable (default: each in model/weights/)"
    parser.add_argument("--model", action="append", metavar="FOLDER|USER/NAME", help=models)
    on_space = os.environ.get("SYSTEM") == "spaces"  # whose proxy comes from outside
    host = "0.0.0.0" if on_space else os.environ.get("GRADIO_SERVER_NAME") or "127.0.0.1"
    every = "address to serve on; 0.0.0.0: all (default: GRADIO_SERVER_NAME, else 127.0.0.1)"
    parser.add_argument("--host", default=host, help=every)
    kind, port = (
        checked(Annotated[int, Field(ge=1, le=65535)]),
        os.environ.get("GRADIO_SERVER_PORT"),
    )
    only = "and no other (default: GRADIO_SERVER_PORT, else the first free one from 7860)"
    parser.add_argument("--port", type=kind, default=port, help=only)
    options = parser.parse_all(arguments)
    options.model = options.model or shipped_models()
    n = len(options.model)
    print(f"Loading {'one model' if n == 1 else f'{n} models'}…", flush=True)
    return options


def shipped_models() -> list[str]:
    """Return the folders in model/weights/, and the models on the Hub that its hub.txt lists."""
    folders = sorted(str(path.parent) for path in WEIGHTS.glob("[!.]*/config.json"))
    listed = WEIGHTS / "hub.txt"  # written by python -m model space --model-id
    return folders + (listed.read_text("utf-8").split() if listed.exists() else [])
