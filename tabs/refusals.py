"""One clear line for a request that the page cannot read, and nothing of it in the log.

Without it Gradio answers 500 with no reason, or breaks off a stream that has begun, and writes a
traceback to the log that repeats what was sent.
"""

from typing import Any

import gradio as gr
from gradio.route_utils import FnIndexInferError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# What Gradio's routes raise for odd requests; the first two say what is wrong.
CLEAR, OBSCURE = (TypeError, ValueError), (AttributeError, LookupError, FnIndexInferError)
UNFIT = "What was sent does not fit this function"
HELP = "see the page of the API, or reload this page"


class Page(gr.Blocks):
    """Blocks that refuse unfit arguments of a function by one line that repeats none of them."""

    async def preprocess_data(
        self, block_fn: Any, inputs: list[Any], *rest: Any, **options: Any
    ) -> list[Any]:
        """Return what the function gets for what was sent; raise gr.Error if that cannot be."""
        try:
            return await super().preprocess_data(block_fn, inputs, *rest, **options)
        except Exception:
            needed, given = len(block_fn.inputs), len(inputs)
            count = f" ({needed} arguments, not {given})" if given < needed else ""
            raise gr.Error(f"{UNFIT}{count}: {HELP}.", print_exception=False) from None


class Refusals:
    """Passes every request on to `app`; what it could not read gets status 400 and the reason."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        has_begun = False

        async def watch(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except (*CLEAR, *OBSCURE) as error:
            if has_begun:
                raise
            await JSONResponse({"detail": reason(error)}, 400)(scope, receive, send)
        except RuntimeError as error:
            # A stream whose event is not known: that has been said in it, and it only has to end.
            if not (has_begun and isinstance(error.__cause__, HTTPException)):
                raise
            await send({"type": "http.response.body", "body": b""})


def reason(error: Exception) -> str:
    """Return what to tell about a request that raised `error`, in characters that can be sent."""
    is_clear = isinstance(error, CLEAR)
    told = str(error) if is_clear else "This request cannot be read: see the page of the API."
    return told.encode("utf-8", "replace").decode()
