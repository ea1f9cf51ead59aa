"""What chats and search engines show of a link to the page: its title, a line and a picture.

Gradio's page carries Gradio's own; this middleware puts ours in their place and serves the
picture. It touches no other address.
"""

import os
import re
from html import escape
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import FileResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .headers import HEADERS

PICTURE = "/social.png"
OTHERS = re.compile(r'<meta\s+(?:property="og:|name="twitter:)[^>]*>\s*')


class SocialCard:
    """Passes every request on to `app` but those for the page itself and for its picture."""

    def __init__(self, app: ASGIApp, title: str, description: str, picture: Path):
        self.app, self.title, self.description, self.picture = app, title, description, picture

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        path = scope["path"] if scope["type"] == "http" else ""
        if path == PICTURE and self.picture.exists():  # which an installed package lacks
            await FileResponse(self.picture, headers=HEADERS)(scope, receive, send)
        elif path == "/":
            await self._page(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self.app(scope, receive, keep)
        start, *rest = messages
        body = b"".join(message.get("body", b"") for message in rest)
        if body and MutableHeaders(raw=start["headers"]).get("content-encoding") is None:
            body = self.with_tags(body.decode(), own_address(scope)).encode()
            MutableHeaders(raw=start["headers"])["content-length"] = str(len(body))
        await send(start)
        await send({"type": "http.response.body", "body": body})

    def with_tags(self, page: str, address: str) -> str:
        """Return `page` with our tags and without others."""
        tags = {
            "og:type": "website",
            "og:title": self.title,
            "og:description": self.description,
            "og:url": f"{address}/",
        }
        if self.picture.exists():
            tags["og:image"] = address + PICTURE
        lines = [f'<meta property="{name}" content="{escape(tags[name])}">' for name in tags]
        lines.append(f"<title>{escape(self.title)}</title>")
        lines.append(f'<meta name="description" content="{escape(self.description)}">')
        lines.append('<meta name="twitter:card" content="summary_large_image">')
        return OTHERS.sub("", page).replace("</head>", "".join(lines) + "</head>", 1)


def own_address(scope: Scope) -> str:
    """Return scheme and host as the visitor has them, also behind the proxy of a Space."""
    headers = Headers(scope=scope)
    if "SPACE_ID" not in os.environ:  # anybody may send what only its proxy is to be believed
        return f"{scope['scheme']}://{headers.get('host', '')}"
    scheme = headers.get("x-forwarded-proto", scope["scheme"]).split(",")[0]
    return f"{scheme}://{headers.get('x-forwarded-host', headers.get('host', ''))}"
