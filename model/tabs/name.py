"""The first tab: one text, live bars, and what each letter or word adds.

model/web/name.html is the page; name.js asks for the answers, which answer.js and stage.js draw.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import chain
from typing import Any, TypedDict

from markupsafe import Markup

from ..answering import LeftOut, problem_with
from ..answers.explanation import Explanation
from ..answers.reply import MOST_IGNORED, Answer, Reply, reply
from ..encoder import UNKNOWN_ID, Encoder
from .markup import html, templates
from .nearest import has_nearest
from .page_model import PageModel
from .scripts import web


class Contributions(TypedDict):
    """What /explain returns, Explanation of model/answers/explanation.py."""

    text: str
    label: str
    contributions: list[tuple[str, float]]
    without: list[float | None]


def spoken(shown: PageModel, answer: Answer) -> dict[str, Any]:
    """Return the answer for a text as answer.js draws it."""
    return {"reply": reply(answer), "notes": notes_on(shown, answer)}


def notes_on(shown: PageModel, answer: Answer) -> list[str]:
    """Return how the text was read, a sentence each."""
    model = shown.model
    label, _ = answer.predictions[0]
    notes = list(answer.notes)
    latin = model.task.in_latin(answer.name, label, model.readings)
    if latin:
        notes.insert(0, f"In Latin letters: “{latin}”.")
    if not shown.kind.symbols:  # where symbols are read, the answer has a note
        ignored = ignored_characters(model.encoder, answer.text)
        if ignored:
            notes.append(f"Ignored: {' '.join(ignored[:MOST_IGNORED])}")
    return notes


def ignored_characters(encoder: Encoder, text: str) -> list[str]:
    """Return the different characters that are not read, those that print nothing by number."""
    ignored = []
    for character in dict.fromkeys(text):
        if character.isspace() or encoder.read_units(character):
            continue
        if not character.isprintable():
            character = f"U+{ord(character):04X}"
        ignored.append(character)
    return ignored


def letters_value(
    shown: PageModel,
    explanation: Explanation,
    columns: Sequence[int],
    pieces: Sequence[LeftOut],
) -> dict[str, Any]:
    """Return how probable the network's answer is without each letter, as stage.js draws it.

    `columns` are those of its probability among all.
    """
    unknown = []
    if shown.kind.on_a_scale:
        different = dict.fromkeys(piece.text for piece in pieces)
        encoder = shown.model.encoder
        unknown = [piece for piece in different if is_unknown(encoder, piece)]
    return {
        **asdict(explanation),
        "columns": columns,
        "lengths": [piece.length for piece in pieces],
        "unknown": unknown,
    }


def is_unknown(encoder: Encoder, piece: str) -> bool:
    """Return whether the network has no weights for any unit of `piece`."""
    return set(encoder.ids(encoder.read_units(piece))) == {UNKNOWN_ID}


def name_tab(shown: PageModel, trains: bool, functions: list[Callable]) -> None:
    """Show one piece of HTML, whose script asks `functions`, the `server_functions` of reading.py.

    `trains`: whether the tab Train stands beside it.
    """
    html(
        page_of(shown, trains),
        f"ask{shown.suffix}",
        js="name",
        server_functions=functions,
        opening=opening(shown),
        **props(shown),
        trains=trains,
    )
    name_endpoints(shown)


def page_of(shown: PageModel, trains: bool) -> Markup:
    """Return the HTML of the tab, without any answer."""
    template = templates.get_template("name.html")
    page = template.render(
        shown=shown,
        kind=shown.kind,
        page=shown.page,
        can_change=has_nearest(shown),
        trains=trains,
    )
    return Markup(page)  # noqa: S704  Jinja has escaped what is in it


def props(shown: PageModel) -> dict[str, Any]:
    """Return what the script needs besides its functions: what all answers have in common."""
    kind = shown.kind
    return {
        "box": shown.box,
        "words": {
            "text": kind.text,
            "texts": kind.texts,
            "piece": kind.piece,
            "units": kind.units,
            "label": kind.label,
            "labels": kind.labels,
        },
        "labels": shown.labels,
        "ordered": kind.on_a_scale,
        "layers": shown.model.network.config.n_layers,
        "hasData": bool(shown.model.look_up),
        "sections": web("sections.html"),
        "batch": list(chain.from_iterable(shown.page.pairs)) or shown.examples[:2],
        "alphabets": list(shown.alphabets.values()),
        "caution": shown.caution,
        "groups": shown.example_groups,
        "answers": answers_to_examples(shown),
    }


def opening(shown: PageModel) -> dict[str, Any]:
    """Return the answer to the text that the page opens on, {} for one that cannot be read."""
    if problem_with(shown.model, shown.opening):
        return {}
    return spoken(shown, shown.classifier.answer(shown.opening, len(shown.labels)))


def answers_to_examples(shown: PageModel) -> dict[str, Reply]:
    """Return the answers to the examples that have a label."""
    texts = []
    for group in shown.example_groups.values():
        texts += [text for text, label in group.items() if label]
    readable = [text for text in texts if not problem_with(shown.model, text)]
    return {each.text: reply(each) for each in shown.classifier.answers(readable)}


def name_endpoints(shown: PageModel) -> None:
    """Offer /predict and /explain to programs."""

    def predict(text: str, k: int | None = None) -> Reply:
        """Say which {labels} a {text} most likely has.

        Args:
            text: one {text}, in any script.
            k: how many {labels} to return, from 1 to all; three if null, or all of fewer.
        """
        return reply(shown.classifier.answer(text, k))

    def explain(text: str) -> Contributions:
        """Say how probable the network's answer to a {text} is without each {piece}.

        Args:
            text: one {text} of up to {max_explained} characters, in any script.
        """
        explanation = shown.classifier.explain(text)
        return {
            "text": text,
            "label": explanation.label,
            "contributions": list(explanation.contributions),
            "without": list(explanation.without),
        }

    shown.endpoint(predict)
    shown.endpoint(explain, concurrency_limit=2)
