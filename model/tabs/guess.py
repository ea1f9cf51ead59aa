"""The head of a model's tabs, and the game: the visitor against the network, ten texts a round.

The network has not seen the texts: metrics.json has them. Scores stay in the page.
"""

import random
from typing import Any

from .markup import draw, html, script
from .page_model import PageModel

ROUND = 10
CHOICES = 3


def heading(shown: PageModel) -> None:
    """Say what the model answers; offer the game and the presenter's view."""
    numbers = range(len(shown.to_guess))

    def round_of(seen: Any) -> list[dict]:
        """Return ten questions whose numbers are not among those `seen`, if there are so many."""
        old = seen[:1000] if isinstance(seen, list) else []
        fresh = [number for number in numbers if number not in old]
        chosen = random.sample(fresh, min(ROUND, len(fresh)))
        return [question(shown, number) for number in chosen]

    html(
        draw.head(shown.page.title, bool(shown.to_guess)),
        f"head{shown.suffix}",
        "model-head",
        script("guess"),
        server_functions=[round_of],
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


def question(shown: PageModel, number: int) -> dict[str, Any]:
    """Return one question, whose choices are its label and the ones likeliest to the network.

    The network's own answer is the first of these, so it chooses from the same ones.
    """
    text = shown.to_guess[number]["text"]
    label = shown.to_guess[number]["label"]
    answer = shown.classifier.answer(text, len(shown.labels))
    likely = [likely_label for likely_label, _ in answer.predictions]
    choices = list(dict.fromkeys([label, *likely]))[:CHOICES]
    if shown.kind.on_a_scale:
        choices.sort(key=shown.labels.index)
    else:
        random.shuffle(choices)
    given: tuple[str, float | None] = answer.predictions[0]
    if answer.is_none:
        given = f"none of these {shown.kind.labels}", answer.none
    return {
        "number": number,
        "text": text,
        "label": label,
        "answer": given[0],
        "probability": given[1],
        "choices": choices,
    }
