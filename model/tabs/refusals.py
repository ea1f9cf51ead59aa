"""One clear line for a request that the page cannot or will not read, and nothing of it in the log.

Without it Gradio answers 500 with no reason, or breaks off a stream that has begun, and writes a
traceback to the log that repeats what was sent. It also serves addresses that this page has no use
for: some fetch any public address for the visitor, some write to the disk or the log. And it keeps
whatever is sent and asked, of any size, for as long as the other side likes.
"""

import asyncio
import json
import re
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi.exceptions import RequestValidationError
from gradio.route_utils import FnIndexInferError
from gradio.server_messages import ProcessCompletedMessage
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

INVALID = "These arguments do not fit this function"
FAULT = "This is a bug in the page, not yours: try another text."
HELP = "see the API page, or reload this page"
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
LOCAL = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d+)?", re.IGNORECASE)
# Bytes of a request, by its path. A list of 2 MB is up to three times as long in JSON, which may
# escape what is not ASCII, and so is a review of 100,000 characters.
MAX_BODY = {
    r"/gradio_api/(upload|queue/join|mcp.*|(run|api|call|call/v2)/predict_list[^/]*)/?": 8_000_000,
    r"/gradio_api/(run|api|call|component_server)(/.*)?": 700_000,
    r".*": 10_000,
}
# Lists, objects, texts and commas: the page sends up to 1,000, with the game's seen questions.
MAX_VALUES, VALUE = 10_000, re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{,]', re.DOTALL)
MAX_SECONDS = 60  # for a request to arrive
MAX_HELD = (
    64_000_000  # bytes of the requests that arrive, wait in the queue or are answered
)
MAX_ANSWERS = 20_000_000  # bytes, in JSON, of answers that nobody has fetched
LEAST_ANSWER = (
    10_000  # bytes that an answer counts for at least, for what Gradio keeps beside it
)
MAX_SESSION = 100  # characters; Gradio's own clients send 11 or 36
DROPPED = (
    "This answer was not fetched in time and was dropped for newer ones: ask again."
)


class Page(gr.Blocks):
    """Blocks that refuse invalid arguments of a function with one line that repeats none of them.

    `uploads` is the folder of the visitors' files.
    """

    def __init__(self, **options: Any):
        super().__init__(**options)
        self.uploads = make_folder()
        self.is_closing = False  # then nothing new is taken
        self._answers: dict[str, tuple[str, int]] = {}

    @property
    def answers(self) -> dict[str, tuple[str, int]]:
        """Session and bytes of each answer that nobody has fetched, by its event, oldest first."""
        pending = self._queue.pending_event_ids_session
        return {e: a for e, a in self._answers.items() if e in pending.get(a[0], ())}

    async def process_api(
        self,
        block_fn: Any,
        *arguments: Any,
        state: SessionState | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        """Run a function for one request, and keep nothing of it but an answer to be fetched.

        An InputError ends in one line. Gradio notes what goes into and comes out of each widget,
        for a deep link, until the session is pushed out: of 500 lists of 2 MB that would be a
        gigabyte.
        """
        try:
            output = await super().process_api(
                block_fn, *arguments, state=state, **options
            )  # type: ignore[misc]
        except InputError as error:
            if request := getattr(options.get("request"), "request", None):
                request.scope["is_refused"] = True  # Gradio would answer 500
            is_html = (
                block_fn.api_visibility == "private"
            )  # what the page shows of a message
            text = escape(message_of(error)) if is_html else message_of(error)
            raise gr.Error(text, print_exception=False) from None
        except Exception as error:  # whose message may hold what a visitor typed
            print(trace(error), file=sys.stderr)
            raise gr.Error(FAULT, print_exception=False) from None
        finally:
            if state is not None:
                state.config_values.clear()
        if event := options.get("event_id"):
            self._keep(
                event,
                options["session_hash"],
                len(json.dumps(output["data"], default=str)),
            )
        return output

    def _keep(self, event: str, session: str, size: int) -> None:
        """Note an answer that is to be fetched; of too many bytes the oldest becomes one line."""
        kept, size = self.answers, max(size, LEAST_ANSWER)
        while kept and size + sum(bytes_ for _, bytes_ in kept.values()) > MAX_ANSWERS:
            oldest = next(iter(kept))
            its_session, _ = kept.pop(oldest)
            queue = self._queue.pending_messages_per_session.get(
                its_session, asyncio.Queue()
            )
            for message in [queue.get_nowait() for _ in range(queue.qsize())]:
                if (
                    isinstance(message, ProcessCompletedMessage)
                    and message.event_id == oldest
                ):
                    message.output, message.success = {"error": DROPPED}, False
                queue.put_nowait(message)
        self._answers = kept | {
            event: (session, size)
        }  # a new one: drain reads it meanwhile

    async def preprocess_data(
        self, block_fn: Any, inputs: list[Any], *rest: Any, **options: Any
    ) -> list[Any]:
        """Return what the function gets for what was sent; raise InputError if that cannot be.

        Every call of a function passes here, by whatever route it came, and here Gradio would
        download the files that are given by their address.
        """
        try:
            refuse_other_files(inputs, Path(self.uploads.name))
            return await super().preprocess_data(block_fn, inputs, *rest, **options)
        except InputError:
            raise
        except Exception:
            needed, given = len(block_fn.inputs), len(inputs)
            count = f" ({needed} arguments, not {given})" if given < needed else ""
            raise InputError(f"{INVALID}{count}: {HELP}.") from None


class Refusals:
    """Passes requests on to `app`, but for those that it must not see.

    Those to addresses that are not open get 404, those that are too large 413 and those that do not
    arrive 408, before they are parsed.
    """

    def __init__(self, app: ASGIApp):
        self.app = app
        self.held = 0  # bytes of the requests that are arriving or being answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["bytes"] = 0
        read: list[Message] = []

        async def replay() -> Message:
            return read.pop() if read else await receive()

        async def watch(message: Message) -> None:
            if scope.get("is_refused") and "status" in message:
                message["status"] = 400
            await send(message)

        try:
            refuse(scope, scope["app"].get_blocks())
            read.append(
                {"type": "http.request", "body": await self.body(scope, receive)}
            )
            await self.app(scope, replay, watch)
        except HTTPException as error:
            await line(error.status_code, error.detail)(scope, receive, send)
        except ClientDisconnect:
            pass
        except RuntimeError as error:
            # A stream whose event is not known: that has been said in it, and it only has to end.
            if not isinstance(error.__cause__, HTTPException):
                raise
            await send({"type": "http.response.body", "body": b""})
        finally:
            self.held -= scope["bytes"]

    async def body(self, scope: Scope, receive: Receive) -> bytes:
        """Return the body of a request; raise HTTPException for one that will not be parsed."""
        body, path = bytearray(), path_of(scope)
        limit = next(
            n for kind, n in MAX_BODY.items() if re.fullmatch(kind, path, re.DOTALL)
        )
        waiting = scope["app"].get_blocks()._queue.event_ids_to_events.values()
        try:
            async with asyncio.timeout(MAX_SECONDS):
                async for part in Request(scope, receive).stream():
                    body += part
                    self.held += len(part)
                    scope["bytes"] = len(body)
                    if len(body) > limit:
                        text = f"A request may have {limit:,} bytes: send less at once."
                        raise HTTPException(413, text)
                    queued = sum(
                        event.request.scope.get("bytes", 0) for event in waiting
                    )
                    if len(body) > 10_000 and self.held + queued > MAX_HELD:
                        raise HTTPException(
                            503, "Too many lists are being read: try again soon."
                        )
        except TimeoutError:
            raise HTTPException(
                408, f"A request must arrive in {MAX_SECONDS} seconds."
            ) from None
        if path != "/gradio_api/upload":
            values = islice(VALUE.finditer(body), MAX_VALUES, None)
            if b"\0" in body or next(
                values, None
            ):  # UTF-16 could hide commas from the pattern
                raise HTTPException(
                    413, f"A request may have {MAX_VALUES:,} values in UTF-8."
                )
        return bytes(body)


async def short_session(request: Request) -> None:
    """Refuse a session with a long name: the names of the last 500 stay in the memory."""
    sent = (
        await request.json() if await request.body() else None
    )  # both were read by the route
    name = sent.get("session_hash") if isinstance(sent, dict) else None
    if isinstance(name, str) and len(name) > MAX_SESSION:
        raise HTTPException(400, f"session_hash may have {MAX_SESSION} characters.")


def path_of(scope: Scope) -> str:
    """Return the path that is asked for, without the prefix of a proxy."""
    return scope["path"].removeprefix(scope.get("root_path", "")) or "/"


def refuse(scope: Scope, page: Page) -> None:
    """Raise HTTPException for a request that is not passed on."""
    is_local = LOCAL.fullmatch(getattr(page, "server_name", "")) and not page.share
    if is_local and not LOCAL.fullmatch(Headers(scope=scope).get("host", "")):
        raise HTTPException(
            403, "Open this page at localhost, or start it with --host 0.0.0.0."
        )
    if not OPEN.fullmatch(path_of(scope)):
        raise HTTPException(404, "There is nothing here: see the API page.")
    if page.is_closing and scope["method"] == "POST":
        raise HTTPException(503, "The page is closing: ask again in a minute.")


def line(status: int, text: str) -> JSONResponse:
    """Return `text` where clients of the queue look for it, and where those of functions do."""
    headers = {"connection": "close"} if status == 408 else None
    return JSONResponse({"detail": text, "error": text}, status, headers)


async def unreadable(_: Request, error: Exception) -> JSONResponse:
    """Answer an odd request with what is wrong with it, if that is clear, and repeat none of it."""
    text = "This request cannot be read: see the API page."
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        text = f"{'.'.join(map(str, first['loc']))}: {first['msg']}."
    elif isinstance(error, TypeError | ValueError):  # which a route of Gradio's raised
        text = str(error)
    return line(
        400, text.encode("utf-8", "replace").decode()
    )  # it may have half a character


ODD = [RequestValidationError, TypeError, ValueError, AttributeError, LookupError]
HANDLERS: dict = dict.fromkeys([*ODD, FnIndexInferError], unreadable)
