"""Uploads: each in a folder of its own, deleted when it is read; no other file is taken.

Gradio names the folder of an upload after its content, so a class that uploads one list would have
one file, and the first visitor who reads and deletes it would take it away from the others. Gradio
also downloads a file that is given by its address before any function of the page sees it.
"""

import asyncio
import secrets
import shutil
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from math import isfinite
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import gradio.mcp
from gradio.routes import App
from gradio.utils import get_upload_folder
from gradio_client.utils import (  # type: ignore[import-untyped]
    strip_invalid_filename_characters,
)
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ..errors import InputError

KEPT_SECONDS = 600
FILE_DATA = {"_type": "gradio.FileData"}


def make_folder() -> TemporaryDirectory:
    """Return a new folder for the uploads of one page; it is deleted when the program ends.

    Exits with one line where it cannot be made, as in another user's /tmp/gradio.
    """
    parent = Path(get_upload_folder())  # Gradio reads uploads below this one only
    try:
        parent.mkdir(parents=True, exist_ok=True)
        folder = TemporaryDirectory(prefix="uploads-", dir=parent)
    except OSError as error:
        sys.exit(
            f"{parent} cannot be written: {error.strerror}: set GRADIO_TEMP_DIR to a folder of "
            "your own."
        )
    # A tool's file comes as text, which Gradio writes to a file there.
    gradio.mcp.DEFAULT_TEMP_DIR = folder.name
    return folder


async def take(request: Request) -> Response:
    """Write each file into a new folder; answer with their paths, as Gradio does."""
    page = request.app.get_blocks()
    form = await request.form()
    files = [file for file in form.getlist("files") if isinstance(file, UploadFile)]
    if not files:
        raise HTTPException(400, "There is no file: send it as `files`.")
    limit = page.max_file_size
    if any(file.size > limit for file in files):
        return PlainTextResponse(
            f"File size exceeded maximum allowed size of {limit} bytes.", 413
        )
    return JSONResponse([await keep(file, Path(page.uploads.name)) for file in files])


async def keep(file: UploadFile, folder: Path) -> str:
    """Write one file into a folder of its own, whose name cannot be guessed; return its path."""
    name = strip_invalid_filename_characters(Path(file.filename or "").name)
    if not name.strip("."):
        name = "file"
    own = folder / secrets.token_urlsafe(16)
    own.mkdir(mode=0o700, parents=True)  # /tmp may have been tidied up
    path = own / name
    path.write_bytes(await file.read())
    return str(path)


async def progress(_: Request) -> Response:
    """Answer the page that asks how far an upload is: done, because 2 MB do not take long."""
    return Response('data: {"msg": "done"}\n\n', media_type="text/event-stream")


ROUTES = [
    Route("/gradio_api/upload", take, methods=["POST"]),
    Route("/gradio_api/upload_progress", progress),
]


def refuse_other_files(value: Any, folder: Path) -> None:
    """Raise InputError if `value` is or contains an object that is not an upload in `folder`.

    A file is the only object that a function of the page takes, so every other one is refused,
    whether Gradio would follow it or not. So is 1e999, a number that JSON does not have.
    """
    if isinstance(value, float) and not isfinite(value):
        raise InputError("A number is too large: give a finite one.")
    if isinstance(value, list):
        for item in value:
            refuse_other_files(item, folder)
    elif isinstance(value, dict):
        path = value.get("path")  # the file there may have been read already
        if not isinstance(path, str) or "\0" in path:
            path = ""
        path = Path(path).resolve()
        if value.get("meta") != FILE_DATA or path.parent.parent != folder.resolve():
            raise InputError(
                "Only a file uploaded to this page is read: upload it first."
            )


def read_and_remove(file: Any) -> tuple[str, bytes]:
    """Return the name and the content of an upload, and delete it: nothing stays on the disk.

    `file` has passed `refuse_other_files`. Raises InputError if the file no longer exists.
    """
    if not isinstance(file, dict):
        raise InputError("There is no file: give a CSV file.")
    path = Path(file["path"]).resolve()
    try:
        return path.name, path.read_bytes()
    except OSError:
        raise InputError(
            "The file is gone: each is read once, and an old one is deleted. Upload it again."
        ) from None
    finally:
        shutil.rmtree(path.parent, ignore_errors=True)


@asynccontextmanager
async def sweep(app: App) -> AsyncIterator[None]:
    """While `app` runs, delete uploads that nobody has read for ten to twenty minutes."""
    page: Any = app.get_blocks()

    async def delete_old_ones() -> None:
        while True:
            await asyncio.sleep(KEPT_SECONDS)
            for path in Path(page.uploads.name).glob("*"):
                with suppress(FileNotFoundError):  # it has just been read
                    if path.stat().st_mtime < time.time() - KEPT_SECONDS:
                        shutil.rmtree(path, ignore_errors=True)

    task = asyncio.create_task(delete_old_ones())
    try:
        yield
    finally:
        task.cancel()
