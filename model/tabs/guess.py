"""The head of a model's tabs, and the game: the visitor against the network, ten texts a round.

The network has not seen the texts: metrics.json has them. Scores stay in the page.
"""

import random
from typing import Any

from .markup import draw, html, script
from .page_model import PageModel

ROUND, CHOICES = 10, 3


def heading(shown: PageModel) -> None:
    """Say what the model answers; offer the game and the presenter's view."""
    texts = shown.to_guess

    def round_of(seen: Any) -> list[dict]:
        """Return ten questions whose numbers are not among those `seen`, if there are so many."""
        old = (
            {i for i in seen[:1000] if type(i) is int}
            if isinstance(seen, list)
            else set()
        )
        fresh = [i for i in range(len(texts)) if i not in old]
        return [
            question(shown, i) for i in random.sample(fresh, min(ROUND, len(fresh)))
        ]

    head, at = draw.head(shown.page.title, bool(texts)), f"head{shown.suffix}"
    html(
        head,
        at,
        "model-head",
        script("guess"),
        server_functions=[round_of],
        **props(shown),
    )


def props(shown: PageModel) -> dict[str, Any]:
    """Return what the script needs besides its function."""
    names = ("text", "texts", "label", "labels")
    return {"words": {name: getattr(shown.kind, name) for name in names}}


def question(shown: PageModel, number: int) -> dict[str, Any]:
    """Return one question: its choices are the label, the network's answer and what is likeliest.

    So the network chooses from the same ones.
    """
    entry = shown.to_guess[number]
    answer = shown.classifier.answer(entry["text"], len(shown.labels))
    first = None if answer.is_none else answer.predictions[0][0]
    likely = [entry["label"], first, *(label for label, _ in answer.predictions)]
    choices = list(dict.fromkeys(label for label in likely if label))[:CHOICES]
    order = (
        shown.labels.index if shown.kind.on_a_scale else lambda label: random.random()
    )
    return {
        "number": number,
        "text": entry["text"],
        "label": entry["label"],
        "answer": first or f"none of these {shown.kind.labels}",
        "probability": answer.predictions[0][1] if first else answer.none,
        "choices": sorted(choices, key=order),
    }
