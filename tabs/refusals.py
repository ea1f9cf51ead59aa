"""One clear line for a request that Gradio's own routes cannot read.

Without it they answer 500 with no reason, or break off a stream that has begun, and write a
traceback to the log. What the functions of the page raise does not come this way.
"""

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# What those routes raise for odd requests; the first two say what is wrong.
CLEAR, OBSCURE = (TypeError, ValueError), (AttributeError, LookupError)


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
    """Return what to tell about a request that raised `error`."""
    is_clear = isinstance(error, CLEAR)
    return str(error) if is_clear else "This request cannot be read: see the page of the API."
