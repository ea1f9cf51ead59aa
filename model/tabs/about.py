"""The About tab: what the model must not be used for, how it answers, where to find it, its card.

The card may be a stranger's. So Markdown is rendered here, and not by Gradio, which lets forms,
fixed boxes and images of other servers through: tags stay text, and the only addresses are links.
"""

import os

from markdown_it import MarkdownIt
from markupsafe import Markup

from ..storage.card import plain
from ..storage.folder import TRAINING_TEXTS
from . import markup
from .markup import draw
from .page_model import PageModel

MARKDOWN = MarkdownIt("js-default", {"html": False, "langPrefix": "code-"}).disable(
    "image"
)


def about_tab(shown: PageModel) -> None:
    """Show the card, which training wrote from the model's own metrics."""
    copies = markup.script("about")
    markup.html(
        about_html(shown), "", "about contained", copies, apply_default_css=False
    )


def about_html(shown: PageModel) -> Markup:
    """Return the tab: the ethics note unless the card has it, how the model answers, the card."""
    space = os.environ.get(
        "SPACE_ID"
    )  # where code, licence, data and card have addresses
    text = draw.about(
        shown,
        shown.classifier,
        plain(shown.classifier.task.card.must_not),
        space,
        TRAINING_TEXTS,
    )
    # Links open in a new tab: the Hub's frame shows no other site.
    html = MARKDOWN.render(text).replace(
        "<a ", '<a target="_blank" rel="noopener noreferrer" '
    )
    html = html.replace(
        "<table>", '<table tabindex="0">'
    )  # scrolls on a phone, by keyboard too
    return Markup('<div class="md prose">{}</div>').format(Markup(html))  # noqa: S704  see above
