"""The first tab: one text, live bars, and what each letter or word adds.

model/web/name.html is the page; name.js asks for the answers, which answer.js and stage.js draw.
"""

from collections.abc import Callable
from typing import Any, TypedDict

from markupsafe import Markup

from ..answers.decisions import Kind, Source, Verdict
from ..answers.explanation import Explanation
from ..classifier import Answer, TextClassifier
from ..encoder import UNKNOWN_ID, Encoder
from ..errors import InputError
from .markup import html, message_of, templates
from .nearest import has_nearest
from .page_model import PageModel
from .scripts import web


class Side(TypedDict):
    """An end of a scale, and the probability of its half, 0 to 1."""

    label: str
    probability: float


class Prediction(Side):
    """One label and its probability, and that which the network alone gives it, 0 to 1."""

    network: float


class KnownLabel(TypedDict):
    """A label that a text has in the data, and its share of the text, 0 to 1."""

    label: str
    share: float


class VerdictReply(TypedDict):
    """What is said of a text, in one word: `Verdict` of model/answers/decisions.py."""

    kind: Kind
    labels: list[str]
    probability: float
    probability_of: str
    source: Source
    open: str


class Reply(TypedDict):
    """What /predict returns; `predictions` come most likely first.

    `verdict` and what follows from it, down to `predictions`, are by network and data together;
    `network` is what the network says alone, and `none_of_network` its probability of none.
    `part` is that of a full name that was looked up, "" if that is all of it.
    `none` is the probability that the text has none of the labels, null where that is not asked.
    `either` are two labels too close to tell apart, in an unsure answer; `side` is an end of a
    scale with the probability of its half, where no label alone is likely enough.
    `known` is what the data have; it is `unseen` if the network was not trained on it. Both are
    null where the data lack the text. `bearers` says how many it has there: "a few", "some", "many"
    or "". `peoples` outside of all labels have the text, and those in `given`, labels or peoples,
    have it as a given name, the likeliest first. `set` has labels, null for none, one of which is
    right nine times in ten, by the network. `weights` are the SHA-256 of those that answer.
    """

    text: str
    part: str
    romanised: str | None
    verdict: VerdictReply
    network: VerdictReply
    unsure: bool
    either: list[str] | None
    side: Side | None
    none: float | None
    none_of_network: float | None
    predictions: list[Prediction]
    known: list[KnownLabel] | None
    unseen: bool | None
    bearers: str
    peoples: list[str]
    given: list[str]
    set: list[str | None]
    weights: str


class Contributions(TypedDict):
    """What /explain returns: what each character, with its marks, adds to the logit."""

    text: str
    label: str
    contributions: list[tuple[str, float]]


def as_json(answer: Answer) -> Reply:
    """Return an answer as /predict gives it."""
    side: Side | None = None
    if answer.side:
        label, probability = answer.side
        side = {"label": label, "probability": probability}
    verdict = answer.verdict
    facts = answer.facts
    *of_labels, of_none = answer.network
    known: list[KnownLabel] = []
    for label, share in facts.shares:
        known.append({"label": label, "share": share})
    predictions: list[Prediction] = []
    for (label, probability), alone in zip(answer.predictions, of_labels, strict=True):
        predictions.append(
            {"label": label, "probability": probability, "network": alone}
        )
    return {
        "text": answer.text,
        "part": "" if answer.surname == answer.name else answer.surname,
        "romanised": answer.romanised,
        "verdict": _verdict_reply(verdict),
        "network": _verdict_reply(answer.of_network),
        "unsure": answer.unsure,
        "either": list(verdict.labels) if verdict.kind == "either" else None,
        "side": side,
        "none": answer.none,
        "none_of_network": None if answer.none is None else of_none,
        "predictions": predictions,
        "known": known or None,
        "unseen": facts.is_unseen if known else None,
        "bearers": facts.amount,
        "peoples": list(facts.peoples),
        "given": list(facts.given),
        "set": list(answer.likely_set),
        "weights": answer.weights,
    }


def _verdict_reply(verdict: Verdict) -> VerdictReply:
    return {
        "kind": verdict.kind,
        "labels": list(verdict.labels),
        "probability": verdict.probability,
        "probability_of": verdict.probability_of,
        "open": verdict.open,
        "source": verdict.source,
    }


def explained(
    shown: PageModel, text: str, on_a_scale: bool = False, label: str | None = None
) -> Explanation:
    """Return what each character of `text` adds; raise InputError for invalid or long input."""
    shown.classifier.read(text)  # refuses what is not a text
    shown.check_length(text)
    return shown.classifier.explain(text, on_a_scale, label)


def answer_value(shown: PageModel, text: str, k: int) -> dict[str, Any]:
    """Return the answer for a text as answer.js draws it, or what is wrong with the text."""
    try:
        answer = shown.classifier.answer(text, k)
    except InputError as error:
        return {"problem": message_of(error)}
    return {"reply": as_json(answer), "notes": notes_on(shown, answer)}


def notes_on(shown: PageModel, answer: Answer) -> list[str]:
    """Return how the text was read, a sentence each."""
    model = shown.classifier.model
    label, _ = answer.predictions[0]
    notes = list(answer.notes)
    latin = model.task.in_latin(answer.name, label, model.readings)
    if latin:
        notes.insert(0, f"In Latin letters: “{latin}”.")
    if not shown.kind.symbols:  # where symbols are read, the answer has a note
        ignored = ignored_characters(shown.classifier, answer.text)
        if ignored:
            notes.append(f"Ignored: {' '.join(ignored[:20])}")
    return notes


def ignored_characters(classifier: TextClassifier, text: str) -> list[str]:
    """Return the different characters that are not read, those that print nothing by number."""
    ignored = []
    for character in dict.fromkeys(text):
        if character.isspace() or classifier.encoder.read(character):
            continue
        if not character.isprintable():
            character = f"U+{ord(character):04X}"
        ignored.append(character)
    return ignored


def letters_value(shown: PageModel, text: str) -> dict[str, Any]:
    """Return what each letter adds as stage.js draws it, nothing for a text that is not read."""
    kind, classifier = shown.kind, shown.classifier
    if classifier.problem_with(text):
        return {}
    try:
        answer = classifier.answer(text)
        if answer.verdict.kind == "text":
            return {}
        explanation = explained(shown, text, kind.on_a_scale, answer.nearest_label)
    except InputError as error:
        return {"problem": message_of(error)}
    unknown = []
    if kind.on_a_scale:
        pieces = dict(explanation.contributions)
        unknown = [piece for piece in pieces if is_unknown(classifier.encoder, piece)]
    return {
        "text": text,
        "label": explanation.label,
        "contributions": explanation.contributions,
        "lengths": [n for _, n in classifier.encoder.pieces(answer.name)],
        "start": explanation.start,
        "unknown": unknown,
    }


def is_unknown(encoder: Encoder, piece: str) -> bool:
    """Return whether the network has no weights for any unit of `piece`."""
    return set(encoder.ids(encoder.read(piece))) == {UNKNOWN_ID}


def name_tab(shown: PageModel, trains: bool, functions: list[Callable]) -> None:
    """Show one piece of HTML, whose script asks `functions`, the `server_functions` of reading.py.

    `trains`: whether the tab Train stands beside it.
    """
    html(
        page_of(shown, trains),
        f"ask{shown.suffix}",
        js="name",
        server_functions=functions,
        opening=answer_value(shown, shown.opening, shown.n_bars),
        **props(shown),
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
        "layers": shown.classifier.network.config.n_layers,
        "hasData": bool(shown.classifier.model.look_up),
        "parts": web("parts.html"),
        "alphabets": list(shown.alphabets.values()),
        "caution": shown.caution,
        "groups": shown.example_groups,
        "answers": answers_to_examples(shown),
    }


def answers_to_examples(shown: PageModel) -> dict[str, Reply]:
    """Return the answers to the examples that have a label."""
    classifier = shown.classifier
    texts = []
    for group in shown.example_groups.values():
        texts += [text for text, label in group.items() if label]
    readable = [text for text in texts if not classifier.problem_with(text)]
    answers = classifier.answers(readable)
    return {answer.text: as_json(answer) for answer in answers}


def name_endpoints(shown: PageModel) -> None:
    """Offer /predict and /explain to programs."""

    def predict(text: str, k: int | None = None) -> Reply:
        """Say which {labels} a {text} most likely has.

        Args:
            text: one {text}, in any script.
            k: how many {labels} to return, from 1 to all; three if null, or all of fewer.
        """
        return as_json(shown.classifier.answer(text, k))

    def explain(text: str) -> Contributions:
        """Say what each {piece} of a {text} adds to the logit of its most likely {label}.

        Args:
            text: one {text} of up to {max_explained} characters, in any script.
        """
        explanation = explained(shown, text)
        return {
            "text": text,
            "label": explanation.label,
            "contributions": list(explanation.contributions),
        }

    shown.endpoint(predict)
    shown.endpoint(explain, concurrency_limit=2)
