"""The head of a model's tabs, and the game: the visitor against the network, ten texts a round.

The network has not seen the texts: metrics.json has them. guess.js chooses among them so that a
visitor can win. Scores stay in the page.
"""

from functools import cache, partial
from typing import Any

from ..classifier import Answer
from .markup import draw, html
from .page_model import PageModel

CHOICES = 3


def heading(shown: PageModel) -> None:
    """Say what the model answers; offer the game and the presenter's view."""
    questions_once = cache(partial(questions_of, shown))

    def questions(_: Any) -> list[dict]:
        """Return all questions, once somebody plays."""
        return questions_once()

    html(
        draw.head(shown.page, bool(shown.to_guess)),
        f"head{shown.suffix}",
        "model-head",
        "guess",
        server_functions=[questions],
        **props(shown),
    )


def props(shown: PageModel) -> dict[str, Any]:
    """Return what the script needs besides its function."""
    kind = shown.kind
    words = {
        "text": kind.text,
        "texts": kind.texts,
        "label": kind.label,
        "labels": kind.labels,
    }
    return {"words": words}


def questions_of(shown: PageModel) -> list[dict[str, Any]]:
    """Return a question about each text, which the network alone answers: nothing is looked up."""
    chosen = shown.to_guess
    texts = [row["text"] for row in chosen]
    answers = shown.classifier.answers(texts, len(shown.labels))
    return [
        question(shown, row["label"], answer)
        for row, answer in zip(chosen, answers, strict=True)
    ]


def question(shown: PageModel, label: str, answer: Answer) -> dict[str, Any]:
    """Return one question, whose choices are its label and the ones likeliest to the network.

    The network's own answer is the first of these, so it chooses from the same ones.
    """
    likely = [likely_label for likely_label, _ in answer.predictions]
    choices = list(dict.fromkeys([label, *likely]))[:CHOICES]
    best: tuple[str, float | None] = answer.predictions[0]
    if answer.of_network.kind == "none":
        best = f"none of these {shown.kind.labels}", answer.none
    return {
        "text": answer.text,
        "label": label,
        "answer": best[0],
        "probability": best[1],
        "choices": sorted(choices, key=shown.labels.index),
    }
