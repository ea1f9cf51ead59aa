"""The head of a model's tabs, and the game: the visitor against the network, ten texts a round.

The network has not seen the texts: they are test texts of metrics.json or the task's own ones.
Scores stay in the page.
"""

import random
from contextlib import suppress
from typing import Any

from ..errors import InputError
from .markup import draw, html, script
from .page_model import PageModel

ROUND, CHOICES = 10, 3


def heading(shown: PageModel) -> None:
    """Say what the model answers; offer the game and the presenter's view."""
    words, texts = shown.words, to_guess(shown)
    options = {"elem_id": f"head{shown.suffix}", "elem_classes": "model-head"}
    told = {"text": words.text, "texts": words.texts, "label": words.label}
    head, ask = draw.head(words.title, bool(texts)), questions(shown, texts)
    html(head, script("guess"), server_functions=[ask], words=told, **options)


def to_guess(shown: PageModel) -> list[dict]:
    """Return the texts of the game with their labels, none where none may be published.

    A model that was not scored, or trained before there was a game, has none in its metrics.json.
    """
    if "to_guess" in (metrics := shown.classifier.metrics):
        return metrics["to_guess"]
    with suppress(InputError):  # without the repository, as on a Space
        if rows := shown.classifier.task.public_rows():
            pairs = zip(rows.texts, rows.labels, strict=True)
            return [{"text": text, "label": label} for text, label in pairs]
    return []


def questions(shown: PageModel, texts: list[dict]) -> Any:
    """Return the function that the script asks for a round."""

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
