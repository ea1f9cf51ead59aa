"""A stand-in until the page without a server is there."""

from pathlib import Path

from ..storage.config import model_from, to_publish
from ..storage.folder import read_model_folder


def web_files(
    model: str | Path, precision: str = "int8", space: str = ""
) -> tuple[dict[str, bytes], str]:
    """Return the files of the page without a server, and a line on what is left out."""
    _, left_out = to_publish(model_from(read_model_folder(Path(model)), Path(model)))
    head = f'<meta name="space" content="{space}" data-sdk="static">'
    return {"index.html": head.encode(), "classifier.js": b"export {};\n"}, left_out
