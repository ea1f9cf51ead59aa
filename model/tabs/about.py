"""The About tab: what the model is and is not for, from its config, its metrics and its card.

The card may be a stranger's. So Markdown is rendered here, and not by Gradio, which lets forms,
fixed boxes and images of other servers through: tags stay text, and the only addresses are links.
"""

import os

import gradio as gr
from markdown_it import MarkdownIt
from markupsafe import Markup

from ..storage.facts import MOST_LABELS, Facts, facts_of, plain
from . import markup
from .shown import Shown

MARKDOWN = MarkdownIt("js-default", {"html": False, "langPrefix": "code-"}).disable("image")


def about_tab(shown: Shown) -> None:
    """Facts from metrics.json and the configuration, then the model card as it is."""
    facts = facts_of(shown.classifier, shown.words.piece)
    parts = [
        what_it_is(shown, facts),
        what_it_is_not_for(shown),
        how_trained(shown.metrics, facts),
        how_good(shown, facts),
        where_it_is(shown.folder),
    ]
    show_markdown("\n\n".join(parts))
    if shown.card:
        with gr.Accordion("The whole model card", open=False):
            show_markdown(shown.card)


def show_markdown(text: str) -> None:
    """Show Markdown with tables. Links open in a new tab: the Hub's frame shows no other site."""
    html = MARKDOWN.render(text).replace("<a ", '<a target="_blank" rel="noopener noreferrer" ')
    prose = Markup('<div class="md prose">{}</div>').format(Markup(html))  # noqa: S704  see above
    options = {"elem_classes": "about contained", "apply_default_css": False}
    markup.html(prose, js=markup.script("about"), **options)


def what_it_is(shown: Shown, facts: Facts) -> str:
    """Return what the network is made of."""
    more = len(shown.labels) - MOST_LABELS
    labels = plain(", ".join(shown.labels[:MOST_LABELS])) + f" and {more} more" * (more > 0)
    return (
        f"## What it is\n{facts.network}: {facts.n_weights:,} weights in all. It weighs "
        f"{len(shown.labels)} {shown.words.labels}: {labels}."
    )


def what_it_is_not_for(shown: Shown) -> str:
    """Return what the model must not be used for, in its task's words and those of its card."""
    card = [p for p in shown.card.split("\n\n") if "not use" in p]
    paragraphs = dict.fromkeys([plain(shown.words.must_not), *card])
    return "\n\n".join(["## What it must not be used for", *paragraphs])


def how_trained(metrics: dict, facts: Facts) -> str:
    """Return on what and for how long the model was trained."""
    dataset = metrics.get("dataset", {}).items()
    files = "\n".join(f"- {plain(name)}: {file['rows']:,} rows" for name, file in dataset)
    took = f"{facts.minutes:.1f} minutes"
    if facts.minutes < 1:
        took = f"{60 * facts.minutes:.0f} seconds"
    took += f" on {plain(facts.device)}"
    return f"## How it was trained\n{facts.epochs}: {took}. The data:\n\n{files}"


def how_good(shown: Shown, facts: Facts) -> str:
    """Return the scores, the weakest labels and the most frequent mistakes."""
    words, test = shown.words, shown.metrics["test"]
    mistakes = "\n".join(
        f"- {share:.0%} of {plain(true)} {words.texts} are read as {plain(predicted)}"
        for share, true, predicted in facts.mistakes[:6]
    )
    others = len(shown.classifier.other_labels)
    outside = (
        f" It was also trained on {words.texts} of {others} other groups: these it should call "
        "none of them."
        if others
        else ""
    )
    if mistakes:
        mistakes = f" The most frequent mistakes:\n\n{mistakes}"
    poor = ", ".join(f"{plain(label)} ({f1:.2f})" for label, f1 in facts.weakest[:4])
    return (
        f"## How good it is and what it gets wrong\nOf {test['rows']:,} test {words.texts} "
        f"{test['accuracy']:.1%} are right. {words.caveat}{outside} {shown.caution} "
        f"The lowest F1: {poor}.{mistakes}"
    )


def where_it_is(folder: str) -> str:
    """Return where code and card are: links on a Hugging Face Space, where the address is known."""
    card = f"model/weights/{folder}/README.md"
    heading = "## Code and card\n"
    if not (space := os.environ.get("SPACE_ID")):
        return (
            f"{heading}The code is the program that serves this page: `app.py` and `model/`, or, "
            "installed, `surname_gru`. The card, in the model's own folder, stands below."
        )
    address = f"https://huggingface.co/spaces/{space}"
    return f"{heading}[The code]({address}/tree/main), [the card]({address}/blob/main/{card})."
