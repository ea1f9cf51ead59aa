"""The look of the page and how it is served: theme, style sheet, icon, limits."""

import os
from pathlib import Path

import gradio as gr

HERE = Path(__file__).resolve().parent
CARD = HERE.parent / "docs" / "social.png"
TITLE = "Which language does a surname come from?"
DESCRIPTION = "A small recurrent network reads a surname letter by letter and weighs its languages."
FONTS = ["system-ui", "sans-serif"]  # the visitor's own: nothing is fetched
THEME = gr.themes.Default(
    primary_hue="blue",
    neutral_hue="slate",
    radius_size="md",
    text_size="md",
    font=FONTS,
    font_mono=FONTS,  # figures line up in it, and tables stay narrow
).set(body_text_color_subdued="*neutral_600", body_text_color_subdued_dark="*neutral_300")


def head() -> str:
    """Return what search engines and chats show of a link; the picture only on a Space.

    Its address must be whole, and only a Hugging Face Space tells its own (SPACE_HOST).
    """
    tags = {"og:title": TITLE, "og:description": DESCRIPTION}
    if host := os.environ.get("SPACE_HOST"):
        gr.set_static_paths([CARD])
        tags["og:image"] = f"https://{host}/gradio_api/file={CARD}"
    lines = (f'<meta property="{name}" content="{content}">' for name, content in tags.items())
    return "".join([f'<meta name="description" content="{DESCRIPTION}">', *lines])


BLOCKS = {
    "title": "Surname languages",
    "analytics_enabled": False,
    "fill_width": True,  # style.css sets the width
    "delete_cache": (600, 600),  # seconds: an upload that was never read is gone soon
}
LAUNCH = {
    "theme": THEME,
    "css_paths": HERE / "style.css",
    "head": head(),
    "favicon_path": HERE / "favicon.svg",
    "footer_links": ["api", "settings"],
    "run_history": False,  # names are personal: they stay in no history
    "show_error": True,
    "max_file_size": "2mb",
    # A Space's proxy comes from outside; elsewhere GRADIO_SERVER_NAME decides.
    "server_name": "0.0.0.0" if os.environ.get("SYSTEM") == "spaces" else None,
}
