"""The About tab: what the model must not be used for, where the code is, and the model's card.

The card may be a stranger's. So Markdown is rendered here, and not by Gradio, which lets forms,
fixed boxes and images of other servers through: tags stay text, and the only addresses are links.
"""

import os

from markdown_it import MarkdownIt
from markupsafe import Markup

from ..storage.card import plain
from . import markup
from .page_model import PageModel

MARKDOWN = MarkdownIt("js-default", {"html": False, "langPrefix": "code-"}).disable("image")


def about_tab(shown: PageModel) -> None:
    """Show the card, which training wrote from the model's own metrics."""
    text = about(shown)
    # Links open in a new tab: the Hub's frame shows no other site.
    html = MARKDOWN.render(text).replace("<a ", '<a target="_blank" rel="noopener noreferrer" ')
    html = html.replace("<table>", '<table tabindex="0">')  # scrolls on a phone, by keyboard too
    prose = Markup('<div class="md prose">{}</div>').format(Markup(html))  # noqa: S704  see above
    options = {"elem_classes": "about contained", "apply_default_css": False}
    markup.html(prose, js=markup.script("about"), **options)


def about(shown: PageModel) -> str:
    """Return the tab as Markdown."""
    must_not = plain(shown.words.must_not)
    parts = [where_it_is(shown), shown.card or "The model folder has no card."]
    if must_not not in shown.card:  # a stranger's may lack it
        parts.insert(0, must_not)
    return "\n\n".join([*parts, shown.caution])


def where_it_is(shown: PageModel) -> str:
    """Return where code and card are: links on a Hugging Face Space, where the address is known."""
    if not (space := os.environ.get("SPACE_ID")):
        return (
            "The code is the program that serves this page: `app.py` and `model/`, or, installed, "
            "`surname_gru`. The card of the model, in its own folder:"
        )
    address = f"https://huggingface.co/spaces/{space}"
    card = f"{address}/blob/main/model/weights/{shown.folder}/README.md"
    return f"[The code]({address}/tree/main) is on the Hub, and so is [the card]({card}):"
