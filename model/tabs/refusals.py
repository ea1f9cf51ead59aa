"""One clear line for a request that the page cannot or will not read, and nothing of it in the log.

Without it Gradio answers 500 with no reason, or breaks off a stream that has begun, and writes a
traceback to the log that repeats what was sent. It also serves addresses that this page has no use
for: some fetch any public address for the visitor, some write to the disk or the log.
"""

import re
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.route_utils import FnIndexInferError
from gradio.state_holder import SessionState
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import InputError
from .uploads import make_folder, refuse_other_files

# What Gradio's routes raise for odd requests; the first two say what is wrong.
CLEAR, OBSCURE = (TypeError, ValueError), (AttributeError, LookupError, FnIndexInferError)
UNFIT = "What was sent does not fit this function"
HELP = "see the page of the API, or reload this page"
# What the page and the clients of its API ask for; all else that Gradio serves is closed.
OPEN = re.compile(
    r"/|/(config|theme\.css|favicon\.ico|manifest\.json|pwa_icon|robots\.txt|monitoring/summary)/?"
    r"|/(assets|static|svelte)/.+"
    r"|/gradio_api/(info|openapi\.json|startup-events|app_id|login_check|theme\.css)/?"
    r"|/gradio_api/(run|api|call|call/v2|heartbeat)/[^/]+/?|/gradio_api/call/(v2/)?[^/]+/[^/]+"
    r"|/gradio_api/(queue/(join|data|status)|upload|upload_progress|cancel|reset)/?"
    r"|/gradio_api/component_server/?"  # functions of reading.py and guess.py
    r"|/gradio_api/mcp(/.*)?",
    re.DOTALL,
)
# A list of 2 MB is up to three times as long in JSON, which may escape what is not ASCII.
MAX_BODY = 8_000_000  # bytes
TOO_LARGE = f"A request may have {MAX_BODY:,} bytes: send less at once."
MAX_SESSION = 100  # characters; Gradio's own clients send 11 or 36


class Page(gr.Blocks):
    """Blocks that refuse invalid arguments of a function with one line that repeats none of them.

    `uploads` is the folder of the visitors' files.
    """

    def __init__(self, **options: Any):
        super().__init__(**options)
        self.uploads = make_folder()

    async def process_api(
        self, *arguments: Any, state: SessionState | None = None, **options: Any
    ) -> dict[str, Any]:
        """Run a function for one request, and keep nothing of it.

        Gradio notes what goes into and comes out of each widget, for a deep link, until the session
        is pushed out: of 500 lists of 2 MB that would be a gigabyte.
        """
        try:
            return await super().process_api(*arguments, state=state, **options)  # type: ignore[misc]
        finally:
            if state is not None:
                state.config_values.clear()

    async def preprocess_data(
        self, block_fn: Any, inputs: list[Any], *rest: Any, **options: Any
    ) -> list[Any]:
        """Return what the function gets for what was sent; raise gr.Error if that cannot be.

        Every call of a function passes here, by whatever route it came, and here Gradio would
        download the files that are given by their address.
        """
        try:
            refuse_other_files(inputs, Path(self.uploads.name))
            return await super().preprocess_data(block_fn, inputs, *rest, **options)
        except InputError as error:
            raise gr.Error(str(error), print_exception=False) from None
        except Exception:
            needed, given = len(block_fn.inputs), len(inputs)
            count = f" ({needed} arguments, not {given})" if given < needed else ""
            raise gr.Error(f"{UNFIT}{count}: {HELP}.", print_exception=False) from None


class Refusals:
    """Passes requests on to `app`; what it could not read gets status 400 and the reason.

    Addresses that are not open get 404, and requests that are too large 413, before they are read.
    """

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if refusal := refused(scope):
            await refusal(scope, receive, send)
            return
        has_begun, size = False, 0

        async def measure() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > MAX_BODY:  # without a Content-Length, or in spite of it
                raise HTTPException(413, TOO_LARGE)
            return message

        async def watch(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self.app(scope, measure, watch)
        except (*CLEAR, *OBSCURE) as error:
            if has_begun:
                raise
            await JSONResponse({"detail": reason(error)}, 400)(scope, receive, send)
        except RuntimeError as error:
            # A stream whose event is not known: that has been said in it, and it only has to end.
            if not (has_begun and isinstance(error.__cause__, HTTPException)):
                raise
            await send({"type": "http.response.body", "body": b""})


async def short_session(request: Request) -> None:
    """Refuse a session with a long name: the names of the last 500 stay in the memory."""
    sent = await request.json() if await request.body() else None  # both were read by the route
    name = sent.get("session_hash") if isinstance(sent, dict) else None
    if isinstance(name, str) and len(name) > MAX_SESSION:
        raise HTTPException(400, f"session_hash may have {MAX_SESSION} characters.")


def refused(scope: Scope) -> JSONResponse | None:
    """Return the answer to a request that is not passed on, None for one that is."""
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    if not OPEN.fullmatch(path or "/"):
        return JSONResponse({"detail": "There is nothing here: see the page of the API."}, 404)
    length = Headers(scope=scope).get("content-length", "")
    if length.isdecimal() and int(length) > MAX_BODY:
        return JSONResponse({"detail": TOO_LARGE}, 413)
    return None


def reason(error: Exception) -> str:
    """Return what to tell about a request that raised `error`, in characters that can be sent."""
    is_clear = isinstance(error, CLEAR)
    told = str(error) if is_clear else "This request cannot be read: see the page of the API."
    return told.encode("utf-8", "replace").decode()
