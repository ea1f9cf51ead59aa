"""The About tab: what the model must not be used for, what answers, where all is, and the card.

The card may be a stranger's. So Markdown is rendered here, and not by Gradio, which lets forms,
fixed boxes and images of other servers through: tags stay text, and the only addresses are links.
"""

import os

from markdown_it import MarkdownIt
from markupsafe import Markup

from ..storage.card import plain
from ..storage.folder import TRAINING_TEXTS
from . import markup
from .page_model import PageModel

MARKDOWN = MarkdownIt("js-default", {"html": False, "langPrefix": "code-"}).disable("image")


def about_tab(shown: PageModel) -> None:
    """Show the card, which training wrote from the model's own metrics."""
    copies = markup.script("about")
    markup.html(about_html(shown), "", "about contained", copies, apply_default_css=False)


def about_html(shown: PageModel) -> Markup:
    """Return the tab: the ethics note unless a stranger's card has it, what answers, the card."""
    must_not = plain(shown.words.must_not)
    parts = [must_not] * (must_not not in shown.card) + [what_answers(shown), where_it_is(shown)]
    parts += [shown.card or "The model folder has no card.", shown.caution]
    # Links open in a new tab: the Hub's frame shows no other site.
    html = MARKDOWN.render("\n\n".join(parts)).replace(
        "<a ", '<a target="_blank" rel="noopener noreferrer" '
    )
    html = html.replace("<table>", '<table tabindex="0">')  # scrolls on a phone, by keyboard too
    return Markup('<div class="md prose">{}</div>').format(Markup(html))  # noqa: S704  see above


def what_answers(shown: PageModel) -> str:
    """Return which classifiers an answer is made of."""
    config, piece = shown.classifier.network.config, shown.words.piece
    both = "bidirectional " * config.bidirectional
    gru, sizes = f"a {both}GRU, which reads {piece} by {piece}", config.linear_ngrams
    if not sizes:
        return f"The answer comes from {gru}."
    groups = f"a linear one, which sees groups of {min(sizes)} to {max(sizes)} {piece}s"
    return f"The answer averages the scores of two classifiers: {gru}, and {groups}."


def where_it_is(shown: PageModel) -> str:
    """Return where code, licence, data and card are: links on a Space, whose address is known."""
    if not (space := os.environ.get("SPACE_ID")):
        return (
            "The code is `app.py` and `model/` of the repository, under `LICENSE`, or the package "
            "`surname_gru`. The model's card, from its folder, says what data it was trained on:"
        )
    address = f"https://huggingface.co/spaces/{space}"
    files, model = f"{address}/blob/main", f"{address}/blob/main/model/weights/{shown.folder}"
    links = f"[the code]({address}/tree/main), [its licence]({files}/LICENSE)"
    if shown.classifier.training_texts:
        links += f", [the training {shown.words.texts}]({model}/{TRAINING_TEXTS})"
    return f"On the Hub: {links} and [the model's card]({model}/README.md), which says:"
