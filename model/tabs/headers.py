"""The headers that limit what the page may do in a browser, should markup ever slip into it.

The policy is as strict as Gradio 6.31 allows, which makes functions of the scripts of gr.HTML and
of events ('unsafe-eval') and sets style attributes. Inline scripts run by their SHA-256 alone:
those of look.py and those of the page, which hold its configuration. So `<script>` or `onerror`
in a text is dead. On a Space Gradio asks the Hub whether that is awake: it is refused, and the
page goes on.
"""

import re
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256

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


def sources(scripts: Iterable[bytes]) -> str:
    """Return what lets these scripts run in a policy: the SHA-256 of each."""
    sums = (b64encode(sha256(script).digest()).decode() for script in scripts)
    return " ".join(f"'sha256-{each}'" for each in sums)


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
                headers.update(HEADERS | {"Content-Security-Policy": self._policy(b"")})
                if headers.get("content-type", "").startswith("text/html"):
                    page = message
                    return
            elif page:
                policy = self._policy(message.get("body", b""))
                MutableHeaders(scope=page)["Content-Security-Policy"] = policy
                await send(page)
                page = None
            await send(message)

        await self.app(scope, receive, add)

    def _policy(self, page: bytes) -> str:
        return POLICY.format(sources([*self.scripts, *INLINE.findall(page)]))
