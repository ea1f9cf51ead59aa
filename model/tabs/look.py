"""The look of the page and how it is served: theme, style sheet, icon, limits."""

import os
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import Depends
from markupsafe import escape
from starlette.middleware import Middleware

from . import uploads
from .headers import SafeHeaders
from .markup import script
from .refusals import HANDLERS, Refusals, short_session

HERE = Path(__file__).resolve().parent
SHARED = ("page", "drawing", "answer")  # scripts in the head: those of the tabs use them
FONTS = ["system-ui", "sans-serif"]  # the visitor's own: nothing is fetched
# Built around the blue of the bars; white on c500 and c400 on the dark ground exceed 4.5:1.
BLUE = gr.themes.Color(
    *("#eff6fc", "#dcebf8", "#bcd9f1", "#8cc0e7", "#58a6e8", "#2470b0"),
    *("#1f6098", "#1a4f7e", "#163f64", "#12314d", "#0c2135"),
    name="bars",
)


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
    look.color_accent_dark = "*primary_400"  # type: ignore[attr-defined]  # set() has no such variable, and c500 is too dark here
    return look


def launch_options() -> dict[str, Any]:
    """Return how the page is served."""
    space = os.environ.get("SPACE_ID", "")  # for page.js
    scripts = [script(name) for name in SHARED]
    headers = Middleware(SafeHeaders, scripts=[source.encode() for source in scripts])
    inline = "".join(f"<script>{source}</script>" for source in scripts)
    return {
        "theme": theme(),
        "css_paths": HERE / "style.css",
        "head": f'<meta name="space" content="{escape(space)}">{inline}',
        "app_kwargs": {
            "middleware": [headers, Middleware(Refusals)],
            "routes": uploads.ROUTES,  # before Gradio's own
            "dependencies": [Depends(short_session)],
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


# How long a connection at rest is kept. After uvicorn's own 5 a busy server closed some while the
# next request was on its way; nginx, for one, gives up its own after 60. Gradio has no option.
KEEP_ALIVE_SECONDS = 65
