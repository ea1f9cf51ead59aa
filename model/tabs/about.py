"""The About tab: what the model must not be used for, how it answers, where to find it, its card.

The card may be a stranger's. So Markdown is rendered here, and not by Gradio, which lets forms,
fixed boxes and images of other servers through: tags stay text, and the only addresses are links.
"""

import os
import re

from markdown_it import MarkdownIt
from markupsafe import Markup

from ..storage.card import plain
from ..storage.folder import TRAINING_TEXTS
from . import markup
from .markup import draw
from .page_model import PageModel

CITATION = markup.HERE.parents[1] / "CITATION.cff"
REPOSITORY = re.compile(r"""^repository-code: ["']?(https://[^"'\s]+)""", re.MULTILINE)
MARKDOWN = MarkdownIt("js-default", {"html": False, "langPrefix": "code-"})
MARKDOWN.disable("image")
# Links open in a new tab, because the Hub's frame shows no other site.
LINK = '<a target="_blank" rel="noopener noreferrer" '
# A table scrolls on a phone, by keyboard too.
TABLE = '<table tabindex="0">'
ABOUT = Markup(
    '<div class="md prose"><div>{}</div><details><summary>The whole model card: its data, '
    "its training, its scores and its limits</summary>{}</details></div>"
)


def about_tab(shown: PageModel) -> None:
    """Show the card, which training wrote from the model's own metrics."""
    markup.html(
        about_html(shown),
        classes="about contained",
        js="about",
        apply_default_css=False,
    )


def about_html(shown: PageModel) -> Markup:
    """Return the tab: what the model must not be used for, how it answers; on a click its card."""
    must_not = plain(shown.classifier.task.card.must_not)
    # On a Space code, licence, data and card have addresses.
    space = os.environ.get("SPACE_ID")
    classifier = shown.classifier
    text = draw.about(
        shown, classifier, must_not, space, code_address(), TRAINING_TEXTS
    )
    card = shown.card or "The model folder has no card."
    return ABOUT.format(rendered(text), rendered(card))


def code_address() -> str:
    """Return where CITATION.cff says that the code is; "" without it, as in a package."""
    if not CITATION.is_file():
        return ""
    found = REPOSITORY.search(CITATION.read_text("utf-8"))
    return found[1] if found else ""


def rendered(text: str) -> Markup:
    """Return Markdown as HTML; tags in it stay text."""
    html = MARKDOWN.render(text)
    html = html.replace("<a ", LINK).replace("<table>", TABLE)
    return Markup(html)  # noqa: S704  see above
