"""What the page refuses: one clear line for the visitor, and nothing of the request in the log.

Without it Gradio answers 500 with no reason, and writes what was typed to the log. It also serves
addresses that this page has no use for, which fetch other addresses or write to the disk.
"""

import os
import re
import sys
from inspect import signature
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import gradio as gr
from fastapi.exceptions import RequestValidationError
from gradio.route_utils import FnIndexInferError
from gradio.state_holder import SessionState
from markupsafe import escape
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import InputError
from .log import trace
from .markup import message_of
from .uploads import make_folder, refuse_other_files

UNREADABLE = "This request cannot be read: see the API page."
FAULT = "This is a bug in the page, not yours: try another text."
# What the page and the clients of its API ask for; all else that Gradio serves is closed.
OPEN = re.compile(
    r"/|/(config|theme\.css|favicon\.ico|manifest\.json|pwa_icon|robots\.txt|monitoring/summary)/?"
    r"|/(assets|static|svelte)/[ -~]{1,200}"
    r"|/gradio_api/(info|openapi\.json|startup-events|app_id|login_check|theme\.css)/?"
    r"|/gradio_api/(run|api|call|call/v2|heartbeat)/[^/]+/?|/gradio_api/call/(v2/)?[^/]+/[^/]+"
    r"|/gradio_api/(queue/(join|data|status)|upload|upload_progress|cancel|reset)/?"
    r"|/gradio_api/component_server/?"  # functions that scripts of the tabs ask
    r"|/gradio_api/mcp(/.*)?",
    re.DOTALL,
)
LOCAL = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d+)?", re.IGNORECASE)
UPLOAD = "/gradio_api/upload"
# By these Gradio takes another address for that of its page.
FORWARDED = (b"x-forwarded-host", b"x-gradio-server")
# Bytes of a request: a list of 2 MB is up to three times as long in JSON, which may escape what is
# not ASCII.
MAX_BODY = 8_000_000
# Lists, objects, texts and commas of JSON: 2,000,000 of them would keep all visitors waiting for
# four seconds. The page sends up to 1,000, with the game's seen questions.
MAX_VALUES = 10_000
VALUE = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{,]', re.DOTALL)


class Page(gr.Blocks):
    """Blocks whose functions answer what they refuse with one line that repeats nothing.

    `uploads` is the folder of the visitors' files, `description` what previews of links say.
    """

    def __init__(self, **options: Any):
        self.description = ""
        super().__init__(**options)
        self.uploads = make_folder()

    def get_config_file(self) -> Any:
        """Return Gradio's configuration, with what previews of links say."""
        return super().get_config_file() | {"simple_description": self.description}

    async def process_api(
        self,
        block_fn: Any,
        *arguments: Any,
        state: SessionState | None = None,
        request: Any = None,
        **options: Any,
    ) -> dict[str, Any]:
        """Run a function for one request; an InputError becomes one line.

        Gradio would keep the arguments and the answer in the session for a deep link, which this
        page does not offer; an hour after a visit nothing may be left of them.
        """
        try:
            return await super().process_api(
                block_fn, *arguments, state=state, request=request, **options
            )  # type: ignore[misc]
        except InputError as error:
            if isinstance(request, gr.Request) and request.request:
                request.request.scope["is_refused"] = True  # Gradio would answer 500
            message = message_of(error)
            if block_fn.api_visibility == "private":  # the page shows it as HTML
                message = escape(message)
            raise gr.Error(message, print_exception=False) from None
        except Exception as error:  # its message may hold what a visitor typed
            print(trace(error), file=sys.stderr)
            raise gr.Error(FAULT, print_exception=False) from None
        finally:
            if state is not None:
                state.config_values.clear()

    async def preprocess_data(
        self, block_fn: Any, inputs: list[Any], *rest: Any, **options: Any
    ) -> list[Any]:
        """Return a function's arguments; raise InputError if what was sent does not fit.

        Every call passes here, by whatever route it came, and here Gradio would download the files
        that are given by their address.
        """
        refuse_other_files(inputs, Path(self.uploads.name))
        try:
            return await super().preprocess_data(block_fn, inputs, *rest, **options)
        except Exception:
            names = list(signature(block_fn.fn).parameters)
            raise InputError(
                f"This function needs all of {names}, each of its type: see the API page, or "
                "reload this page."
            ) from None


class Refusals:
    """Middleware that passes on only requests to an open address and of a bounded size."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        """Answer one request, as ASGI has it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if not behind_proxy():
            sent = scope["headers"]
            scope["headers"] = [pair for pair in sent if pair[0] not in FORWARDED]
        try:
            refuse(scope, scope["app"].get_blocks())
            body = await read_body(Request(scope, receive))
        except HTTPException as error:
            await line(error.status_code, error.detail)(scope, receive, send)
            return
        except ClientDisconnect:
            return
        unread: list[Message] = [{"type": "http.request", "body": body}]

        async def receive_again() -> Message:
            return unread.pop() if unread else await receive()

        async def send_status(message: Message) -> None:
            if message["type"] == "http.response.start" and scope.get("is_refused"):
                message["status"] = 400
            await send(message)

        try:
            await self.app(scope, receive_again, send_status)
        except RuntimeError as error:
            # A stream of an unknown event: its only message says so, and it has to be ended.
            if not isinstance(error.__cause__, HTTPException):
                raise
            await send({"type": "http.response.body", "body": b""})


def behind_proxy() -> bool:
    """Return whether a proxy is trusted, by uvicorn's own variable; a Space has one."""
    on_space = os.environ.get("SYSTEM") == "spaces"
    return on_space or "FORWARDED_ALLOW_IPS" in os.environ


def refuse(scope: Scope, page: gr.Blocks) -> None:
    """Raise HTTPException for another host, an address that is closed, or another site's upload."""
    headers = Headers(scope=scope)
    host = headers.get("host", "")
    is_local = LOCAL.fullmatch(getattr(page, "server_name", "")) and not page.share
    if is_local and not LOCAL.fullmatch(host):
        raise HTTPException(
            403, "Open this page at localhost, or start it with --host 0.0.0.0."
        )
    path = path_of(scope)
    if not OPEN.fullmatch(path):
        raise HTTPException(404, "There is nothing here: see the API page.")
    site = urlsplit(headers.get("origin", f"//{host}")).netloc
    if path == UPLOAD and site not in (host, headers.get("x-forwarded-host")):
        raise HTTPException(403, "Another site may not upload: do it on the page.")


async def read_body(request: Request) -> bytes:
    """Return the body of a request; raise HTTPException if it is too large to be parsed."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise HTTPException(
                413, f"A request may have {MAX_BODY:,} bytes: send less at once."
            )
    if path_of(request.scope) != UPLOAD and has_many_values(body):
        raise HTTPException(413, f"A request may have {MAX_VALUES:,} values in UTF-8.")
    return bytes(body)


def has_many_values(body: bytearray) -> bool:
    """Return whether JSON has more than MAX_VALUES values, or an encoding that may hide them."""
    further = islice(VALUE.finditer(body), MAX_VALUES, None)
    return b"\0" in body or any(further)


def path_of(scope: Scope) -> str:
    """Return the path that is asked for, without the prefix of a proxy."""
    return scope["path"].removeprefix(scope.get("root_path", "")) or "/"


def line(status: int, text: str) -> JSONResponse:
    """Return `text` where clients of the queue look for it, and where those of functions do."""
    return JSONResponse({"detail": text, "error": text}, status)


async def unreadable(_: Request, error: Exception) -> JSONResponse:
    """Answer a malformed request."""
    return line(400, UNREADABLE)


MALFORMED = [RequestValidationError, FnIndexInferError, TypeError, ValueError]
MALFORMED += [AttributeError, LookupError]
HANDLERS: dict[Any, Any] = dict.fromkeys(MALFORMED, unreadable)
