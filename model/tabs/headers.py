"""The headers that limit what the page may do in a browser, should markup ever slip into it.

A Content-Security-Policy as strict as Gradio 6.31 allows. It forces two exceptions:

    'unsafe-eval'           it makes functions of the template and script of each gr.HTML, and of
                            the `js` of events; WebAssembly may be compiled, too
    style 'unsafe-inline'   its components have style attributes, and so have our bars

Inline scripts run by their SHA-256 alone: Gradio's own, which differ from page to page because they
hold its configuration, and page.js, which Gradio takes from there. So `<script>` and `onerror` in a
text do nothing. Requests go to this server only, forms to none, and workers may come from `blob:`.
On a Space Gradio asks the Hub whether it is awake: that is refused, and the page goes on.
"""

import base64
import hashlib
import re
from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval' {}; style-src 'self' 'unsafe-inline'; "
    "connect-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none'; "
    "frame-src 'none'; base-uri 'self'; form-action 'none'; "
    "frame-ancestors https://huggingface.co https://*.hf.space"  # where a Space is shown
)
HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
INLINE = re.compile(rb"<script(?![^>]* src=)[^>]*>(.*?)</script>", re.DOTALL)


class SafeHeaders:
    """Adds the headers to every answer of `app`; in its pages `scripts` may run, too."""

    def __init__(self, app: ASGIApp, scripts: Iterable[bytes] = ()):
        self.app, self.scripts = app, list(scripts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        page: Message | None = None  # the start of an answer in HTML, which waits for its body

        async def add(message: Message) -> None:
            nonlocal page
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS | {"Content-Security-Policy": policy(self.scripts)})
                if headers.get("content-type", "").startswith("text/html"):
                    page = message
                    return
            elif page:
                scripts = [*self.scripts, *INLINE.findall(message.get("body", b""))]
                MutableHeaders(scope=page)["Content-Security-Policy"] = policy(scripts)
                await send(page)
                page = None
            await send(message)

        await self.app(scope, receive, add)


def policy(scripts: Iterable[bytes]) -> str:
    """Return the policy that lets these inline scripts run."""
    sums = (base64.b64encode(hashlib.sha256(script).digest()).decode() for script in scripts)
    return POLICY.format(" ".join(f"'sha256-{each}'" for each in sums))
