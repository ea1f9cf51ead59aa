"""The page's address: `?name=Rossi&k=5&tab=reading` opens what Copy link copied.

The name goes by the id of its box, `name_review` for the reviews; `view=large` is page.js's.
"""

import gradio as gr

from .name import letters_html
from .shown import Shown

TABS = ("name", "reading", "list", "test", "about")


def answer_address(
    shown: Shown, demo: gr.Blocks, tabs: gr.Tabs, widgets: list[gr.components.Component]
) -> None:
    """Fill text box and slider, open the tab, and explain the letters of the first example."""
    opening, box, n_labels = shown.opening, shown.box, len(shown.labels)

    def read_address(request: gr.Request) -> tuple:
        query = request.query_params
        text, k, tab = query.get(box), query.get("k", ""), query.get("tab")
        is_here = bool(text) or not shown.suffix
        in_range = is_here and k in map(str, range(1, n_labels + 1))
        return (
            text or gr.skip(),
            int(k) if in_range else gr.skip(),
            # Another text is explained when it arrives in its box.
            letters_html(shown, opening) if text in ("", None, opening) else gr.skip(),
            gr.Tabs(selected=f"{tab}{shown.suffix}") if is_here and tab in TABS else gr.skip(),
        )

    outputs = [*widgets, tabs]
    demo.load(read_address, None, outputs, show_progress="hidden", api_visibility="private")


def open_from_address(demo: gr.Blocks, groups: gr.Tabs, suffixes: list[str]) -> None:
    """Open the tabs of the model whose text the address has."""

    def choose(request: gr.Request) -> gr.Tabs:
        asked = [suffix for suffix in suffixes if request.query_params.get(f"name{suffix}")]
        return gr.Tabs(selected=f"group{asked[0]}") if asked else gr.skip()

    demo.load(choose, None, groups, show_progress="hidden", api_visibility="private")
