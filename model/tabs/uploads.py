"""Uploads: each in a folder of its own, deleted when it is read; no other file is taken.

Gradio names the folder of an upload after its content, so equal files of two visitors are one file,
and whoever reads and deletes it first takes it away from the other. It also downloads a file that
is given by its address, whole and of any size, before any function of the page sees it.
"""

import asyncio
import secrets
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import gradio.mcp
from gradio.route_utils import upload_fn
from gradio.routes import App
from gradio.utils import get_upload_folder
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ..errors import InputError

KEPT_SECONDS = 600
KEPT_BYTES = 200_000_000  # of uploads that nobody has read: of more the oldest goes
LEAST_BYTES = (
    100_000  # that each counts for, because it takes time to look through many
)
FILE_DATA = {"_type": "gradio.FileData"}


def make_folder() -> TemporaryDirectory:
    """Return a new folder for the uploads of one page; it is deleted when the program ends."""
    parent = Path(get_upload_folder())  # Gradio reads uploads below this one only
    parent.mkdir(parents=True, exist_ok=True)
    folder = TemporaryDirectory(prefix="uploads-", dir=parent)
    gradio.mcp.DEFAULT_TEMP_DIR = (
        folder.name
    )  # a tool's file comes as text and is written there
    return folder


async def take(request: Request) -> Response:
    """Take files as Gradio does, each into a new folder; answer with their paths."""
    page = request.app.get_blocks()
    Path(page.uploads.name).mkdir(
        mode=0o700, parents=True, exist_ok=True
    )  # /tmp may be tidied up
    with TemporaryDirectory(dir=page.uploads.name) as scratch:
        try:
            paths, *_ = await upload_fn(
                request, scratch, page.max_file_size, upload_id=None
            )
        except MultiPartException as error:
            status = 413 if "maximum allowed size" in error.message else 400
            return PlainTextResponse(error.message, status)
        if not paths:
            raise LookupError("there is no file")
        kept = []
        for path in paths:
            # Names of mkdtemp can be predicted from others.
            folder = Path(page.uploads.name, secrets.token_urlsafe(16))
            folder.mkdir(mode=0o700)
            # Copied, not moved: equal files within one request have one path in `scratch`.
            kept.append(str(shutil.copy(path, folder)))
    tidy(Path(page.uploads.name))
    return JSONResponse(kept)


def tidy(folder: Path) -> None:
    """Delete uploads that nobody has read for KEPT_SECONDS; of more than KEPT_BYTES the oldest."""
    found, room = [], KEPT_BYTES
    for path in folder.glob("*"):
        with suppress(OSError):  # it has just been read
            size = sum(file.stat().st_size for file in path.iterdir())
            found.append((path.stat().st_mtime, max(size, LEAST_BYTES), path))
    for taken, size, path in sorted(found, reverse=True):
        room -= size
        if room < 0 or taken < time.time() - KEPT_SECONDS:
            shutil.rmtree(path, ignore_errors=True)


async def progress(_: Request) -> Response:
    """Answer the page that asks how far an upload is: done, because 2 MB do not take long.

    Gradio's own route keeps every `upload_id` that it is asked for in memory.
    """
    return Response('data: {"msg": "done"}\n\n', media_type="text/event-stream")


ROUTES = [
    Route("/gradio_api/upload", take, methods=["POST"]),
    Route("/gradio_api/upload_progress", progress),
]


def refuse_other_files(value: Any, folder: Path) -> None:
    """Raise InputError if `value` is or contains an object that is not an upload in `folder`.

    A file is the only object that a function of the page takes, so every other one is refused,
    whether Gradio would follow it or not.
    """
    if isinstance(value, list):
        for part in value:
            refuse_other_files(part, folder)
    elif isinstance(value, dict):
        path = value.get("path")  # the file there may have been read already
        path = Path(path).resolve() if isinstance(path, str) else Path()
        if value.get("meta") != FILE_DATA or path.parent.parent != folder.resolve():
            raise InputError(
                "Only a file uploaded to this page is read: upload it first."
            )


def read_and_remove(file: Any) -> tuple[str, bytes]:
    """Return the name and the content of an upload, and delete it: nothing stays on the disk.

    `file` has passed `refuse_other_files`. Raises InputError if there is no file any more.
    """
    if not isinstance(file, dict):
        raise InputError("There is no file: give a CSV file.")
    path = Path(file["path"]).resolve()
    try:
        return path.name, path.read_bytes()
    except OSError:
        fault = "The file is gone: each is read once, and old ones make room. Upload it again."
        raise InputError(fault) from None
    finally:
        shutil.rmtree(path.parent, ignore_errors=True)


@asynccontextmanager
async def sweep(app: App) -> AsyncIterator[None]:
    """While `app` runs, delete uploads that nobody has read for ten to twenty minutes."""
    page: Any = app.get_blocks()

    async def go_on() -> None:
        while True:
            await asyncio.sleep(KEPT_SECONDS)
            tidy(Path(page.uploads.name))
            for (
                paths
            ) in page.temp_file_sets:  # else Gradio remembers the path of every upload
                paths.clear()

    task = asyncio.create_task(go_on())
    try:
        yield
    finally:
        task.cancel()
