"""The head of a model's tabs, and the game: the visitor against the network, ten texts a round.

The network has not seen the texts: metrics.json has them. guess.js chooses among them so that a
visitor can win. Scores stay in the page.
"""

from functools import cache, partial
from typing import Any

import numpy as np

from ..answers.decisions import Verdict, joint_of
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
    classifier = shown.classifier
    joint = joint_of(*classifier.predict_all([row["text"] for row in chosen]))
    verdicts = classifier.model.decide(joint)
    return [
        question(shown, row, probabilities, verdict)
        for row, probabilities, verdict in zip(chosen, joint, verdicts, strict=True)
    ]


def question(
    shown: PageModel, row: dict[str, str], joint: np.ndarray, verdict: Verdict
) -> dict[str, Any]:
    """Return one question, whose choices are its label and the ones likeliest to the network.

    `joint` are the network's probabilities of labels and none. Its own answer is the first of the
    labels, so it chooses from the same ones.
    """
    likely = np.argsort(-joint[:-1], kind="stable").tolist()
    label = row["label"]
    choices = dict.fromkeys([label, *(shown.labels[i] for i in likely)])
    is_none = verdict.kind == "none"
    best = -1 if is_none else likely[0]
    return {
        "text": row["text"],
        "label": label,
        "answer": f"none of these {shown.kind.labels}"
        if is_none
        else shown.labels[best],
        "probability": float(joint[best]),
        "choices": sorted(list(choices)[:CHOICES], key=shown.labels.index),
    }
