"""One clear line for a request that Gradio's own routes cannot read.

Without it they answer 500 with no reason, or break off a stream that has begun, and write a
traceback to the log. What the functions of the page raise does not come this way.
"""

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

UNREADABLE = (TypeError, ValueError, AttributeError)  # what those routes raise for odd requests


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
        except UNREADABLE as error:
            if has_begun:
                raise
            await JSONResponse({"detail": reason(error)}, 400)(scope, receive, send)
        except RuntimeError as error:
            # A stream whose event is not known: that has been said in it, and it only has to end.
            if not (has_begun and isinstance(error.__cause__, HTTPException)):
                raise
            await send({"type": "http.response.body", "body": b""})


def reason(error: Exception) -> str:
    """Return what to tell about a request that raised `error`."""
    if isinstance(error, AttributeError):  # of None, say: it names insides, not the fault
        return "This request cannot be read: see the page of the API."
    return str(error)
