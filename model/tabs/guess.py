"""The head of a model's tabs, and the game: the visitor against the network, ten texts a round.

The network has not seen the texts: metrics.json has them. Scores stay in the page.
"""

import random
from typing import Any

from ..errors import InputError
from .markup import draw, html, script
from .page_model import PageModel

ROUND, CHOICES = 10, 3


def heading(shown: PageModel) -> None:
    """Say what the model answers; offer the game and the presenter's view."""
    head, ask = draw.head(shown.words.title, bool(shown.to_guess)), questions(shown)
    at, more = f"head{shown.suffix}", {"server_functions": [ask], **props(shown)}
    html(head, at, "model-head", script("guess"), **more)


def props(shown: PageModel) -> dict[str, Any]:
    """Return what the script needs besides its function."""
    names = ("text", "texts", "label", "labels")
    return {"words": {name: getattr(shown.words, name) for name in names}}


def questions(shown: PageModel) -> Any:
    """Return the function that the script asks for a round."""
    texts = shown.to_guess

    def round_of(seen: Any) -> list[dict]:
        """Return ten questions whose numbers are not among those `seen`, if there are so many."""
        old = {i for i in seen[:1000] if type(i) is int} if isinstance(seen, list) else set()
        fresh = [i for i in range(len(texts)) if i not in old]
        chosen = random.sample(fresh, min(ROUND, len(fresh)))
        return list(filter(None, (question(shown, i, texts[i]) for i in chosen)))

    return round_of


def question(shown: PageModel, number: int, entry: dict) -> dict | None:
    """Return one question: its choices are the label, the network's answer and what is likeliest.

    So the network chooses from the same ones. None if this model lacks the label or cannot read
    the text.
    """
    if entry["label"] not in shown.labels:
        return None
    try:
        answer = shown.classifier.answer(entry["text"], len(shown.labels))
    except InputError:
        return None
    first = None if answer.is_none else answer.predictions[0][0]
    likely = [entry["label"], first, *(label for label, _ in answer.predictions)]
    choices = list(dict.fromkeys(label for label in likely if label))[:CHOICES]
    order = shown.labels.index if shown.words.on_a_scale else lambda label: random.random()
    return {
        "number": number,
        "text": entry["text"],
        "label": entry["label"],
        "answer": first or f"none of these {shown.words.labels}",
        "probability": answer.predictions[0][1] if first else answer.none,
        "choices": sorted(choices, key=order),
    }
