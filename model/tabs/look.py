"""The look of the page and how it is served: theme, style sheet, icon, limits, headers."""

import os
import re
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import gradio as gr
from markupsafe import escape
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import uploads
from .markup import HERE
from .refusals import HANDLERS, Refusals
from .scripts import script

FONTS = ["system-ui", "sans-serif"]  # the visitor's own: nothing is fetched
# Built around the blue of the bars; white on c500 and c400 on the dark ground exceed 4.5:1.
BLUE = gr.themes.Color(
    "#eff6fc",
    "#dcebf8",
    "#bcd9f1",
    "#8cc0e7",
    "#58a6e8",
    "#2470b0",
    "#1f6098",
    "#1a4f7e",
    "#163f64",
    "#12314d",
    "#0c2135",
    name="bars",
)
# What the page may do in a browser, should markup ever slip into it: as little as Gradio 6.31
# allows, which makes functions of the scripts of gr.HTML and of events ('unsafe-eval') and sets
# style attributes. Inline scripts run by their SHA-256 alone: those below and those of the page,
# which hold its configuration. So `<script>` or `onerror` in a text is dead. On a Space Gradio asks
# the Hub whether the Space is awake: the policy blocks that request, and the page works without it.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval' {}; style-src 'self' 'unsafe-inline'; "
    "connect-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none'; "
    "frame-src 'none'; base-uri 'self'; form-action 'none'; "
    # Where a Space is shown
    "frame-ancestors https://huggingface.co https://*.hf.space"
)
HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
INLINE = re.compile(rb"<script(?![^>]* src=)[^>]*>(.*?)</script>", re.DOTALL)
# How long a connection at rest is kept. After uvicorn's own 5 a busy server closed some while the
# next request was on its way; nginx, for one, gives up its own after 60. Gradio has no option.
KEEP_ALIVE_SECONDS = 65


def theme() -> gr.themes.Base:
    """Return the page's colours, spacing and fonts; every text has a contrast of 4.5:1."""
    look = gr.themes.Default(
        primary_hue=BLUE,
        secondary_hue=BLUE,
        neutral_hue="slate",
        radius_size="md",
        text_size="md",
        font=FONTS,
        font_mono=FONTS,  # figures line up in it, and tables stay narrow
    ).set(
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        link_text_color_dark="*primary_400",
    )
    # set() has no such variable, and c500 is too dark here.
    look.color_accent_dark = "*primary_400"  # type: ignore[attr-defined]
    return look


def launch_options() -> dict[str, Any]:
    """Return how the page is served."""
    space = os.environ.get("SPACE_ID", "")  # for address.js
    shared = script("page")
    headers = Middleware(safe_headers, scripts=[shared.encode()])
    return {
        "theme": theme(),
        "css_paths": HERE / "style.css",
        "head": f'<meta name="space" content="{escape(space)}"><script>{shared}</script>',
        "app_kwargs": {
            "middleware": [headers, Middleware(Refusals)],
            "routes": uploads.ROUTES,  # before Gradio's own
            "exception_handlers": HANDLERS,
            "lifespan": uploads.sweep,
        },
        "num_workers": 0,  # other processes would take uploads and serve files past the middleware
        "favicon_path": HERE / "favicon.svg",
        "footer_links": ["api", "settings"],
        "run_history": False,  # names are personal: they stay in no history
        "show_error": True,
        "max_file_size": "2mb",
        # Not Gradio's 10,000: each may hold an uploaded list for an hour after its visitor left.
        "state_session_capacity": 500,
    }


def sources(scripts: Iterable[bytes]) -> str:
    """Return what lets these scripts run in a policy: the SHA-256 of each."""
    digests = [b64encode(sha256(script).digest()).decode() for script in scripts]
    return " ".join(f"'sha256-{digest}'" for digest in digests)


def safe_headers(app: ASGIApp, scripts: list[bytes]) -> ASGIApp:
    """Return `app` with the headers on every answer; in its pages `scripts` may run, too."""
    usual = HEADERS | {"Content-Security-Policy": POLICY.format(sources(scripts))}

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        # The start of an answer in HTML, which waits for the body that its policy depends on
        page: Message | None = None

        async def add_headers(message: Message) -> None:
            nonlocal page
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(usual)
                if headers.get("content-type", "").startswith("text/html"):
                    page = message
                    return
            elif page:
                inline = INLINE.findall(message.get("body", b""))
                policy = POLICY.format(sources([*scripts, *inline]))
                MutableHeaders(scope=page)["Content-Security-Policy"] = policy
                await send(page)
                page = None
            await send(message)

        await app(scope, receive, add_headers)

    return answer
