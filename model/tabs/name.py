"""The first tab: one text, live bars, and what each letter or word adds."""

from functools import partial
from typing import Any, TypedDict

import gradio as gr

from ..classifier import Answer, TextClassifier
from ..decisions import Kind, Source, Verdict
from ..encoder import UNKNOWN_ID, Encoder
from ..errors import InputError
from ..explanation import Explanation
from .markup import LIVE, draw, drawn, html, message_of
from .nearest import nearest_part
from .page_model import PRIVATE, QUIET, PageModel

# Letters are explained when typing stops, so that the bars never wait for them.
AFTER_A_PAUSE = """(text) => new Promise((resolve) => {
  clearTimeout(window.explainTimer);
  window.explainTimer = setTimeout(() => resolve(text), 350);
})"""


class Prediction(TypedDict):
    """One label and its probability, 0 to 1."""

    label: str
    probability: float


class KnownLabel(TypedDict):
    """A label that a text has in the data, and its share of the text, 0 to 1."""

    label: str
    share: float


class VerdictReply(TypedDict):
    """What is said of a text, in one word: `Verdict` of model/decisions.py."""

    kind: Kind
    labels: list[str]
    probability: float
    source: Source


class Reply(TypedDict):
    """What /predict returns; `predictions` come most likely first.

    `verdict` is the answer, of the network or, where these know better, of the data; `network` is
    the network's alone, and so are `unsure` to `predictions`. `none` is the
    probability that the text has none of the labels, null where that is not asked.
    `either` are two labels too close to tell apart, in an unsure answer; `side` is an end of a
    scale with the probability of its half, where no label alone is likely enough.
    `known` is what the data have, null where they lack the text; it is `unseen` if the network was
    not trained on it, and `firm` if the evidence is enough to rely on. `people` outside of all
    labels have the text, and the labels in `given` have it as a given name.
    """

    text: str
    romanised: str | None
    verdict: VerdictReply
    network: VerdictReply
    unsure: bool
    either: list[str] | None
    side: Prediction | None
    none: float | None
    predictions: list[Prediction]
    known: list[KnownLabel] | None
    unseen: bool
    firm: bool
    people: str
    given: list[str]


class Contributions(TypedDict):
    """What /explain returns: what each character, with its marks, adds to the logit."""

    text: str
    label: str
    contributions: list[tuple[str, float]]


def as_json(answer: Answer) -> Reply:
    """Return an answer as /predict gives it."""
    side: Prediction | None = None
    if answer.side:
        label, probability = answer.side
        side = {"label": label, "probability": probability}
    facts = answer.facts
    known: list[KnownLabel] = []
    for label, share in facts.shares:
        known.append({"label": label, "share": share})
    return {
        "text": answer.text,
        "romanised": answer.romanised,
        "verdict": _verdict_reply(answer.verdict),
        "network": _verdict_reply(answer.of_network),
        "unsure": answer.unsure,
        "either": list(answer.either) if answer.either else None,
        "side": side,
        "none": answer.none,
        "predictions": [
            {"label": label, "probability": p} for label, p in answer.predictions
        ],
        "known": known or None,
        "unseen": facts.is_unseen,
        "firm": facts.is_firm,
        "people": facts.people,
        "given": list(facts.given),
    }


def _verdict_reply(verdict: Verdict) -> VerdictReply:
    return {
        "kind": verdict.kind,
        "labels": list(verdict.labels),
        "probability": verdict.probability,
        "source": verdict.source,
    }


def explained(shown: PageModel, text: str, on_a_scale: bool = False) -> Explanation:
    """Return what each character of `text` adds; raise InputError for invalid or long input."""
    shown.classifier.read(text)  # refuses what is not a text
    shown.check_length(text)
    return shown.classifier.explain(text, on_a_scale)


def answer_value(shown: PageModel, text: str, k: int) -> dict[str, Any]:
    """Return the answer for a text as answer.js draws it, or what is wrong with the text."""
    kind = shown.kind
    try:
        answer = shown.classifier.answer(text, k)
    except InputError as error:
        if text.strip():
            return {"problem": message_of(error)}
        return {"problem": f"The likely {kind.labels} appear here while you type."}
    return {
        "reply": as_json(answer),
        "notes": notes_on(shown, answer),
        "words": {"labels": kind.labels, "units": kind.units},
        "scale": shown.labels if kind.on_a_scale else None,
        "size": len(shown.labels),
        "caution": shown.caution,
    }


def notes_on(shown: PageModel, answer: Answer) -> list[str]:
    """Return how the text was read, a sentence each."""
    model = shown.classifier.model
    label, _ = answer.predictions[0]
    notes = list(answer.notes)
    latin = model.task.in_latin(answer.read, label, model.readings)
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


def letters_value(shown: PageModel, text: str) -> dict[str, Any] | None:
    """Return what each letter adds as answer.js draws it, nothing for a text that is not read."""
    kind, classifier = shown.kind, shown.classifier
    if classifier.problem_with(text):
        return None
    try:
        explanation = explained(shown, text, kind.on_a_scale)
    except InputError as error:
        return {"problem": message_of(error)}
    value: dict[str, Any] = {
        "text": text,
        "label": explanation.label,
        "contributions": explanation.contributions,
        "start": explanation.start,
        "piece": kind.piece,
        "ends": None,
        "unknown": [],
        "none": nearest_label(shown, classifier.answer(text)),
    }
    if kind.on_a_scale:
        pieces = dict(explanation.contributions)
        value["ends"] = [shown.labels[0], shown.labels[-1]]
        value["unknown"] = [p for p in pieces if is_unknown(classifier.encoder, p)]
    return value


def nearest_label(shown: PageModel, answer: Answer) -> dict[str, Any] | None:
    """Return how likely the nearest label is, with an example, where the network says none."""
    if not answer.is_none:
        return None
    label, share = answer.predictions[0]
    examples = shown.page.examples.items()
    example = next((text for text, of in examples if of == label), "")
    return {"share": share, "none": answer.none, "example": example, "box": shown.box}


def is_unknown(encoder: Encoder, piece: str) -> bool:
    """Return whether the network has no weights for any unit of `piece`."""
    return set(encoder.ids(encoder.read(piece))) == {UNKNOWN_ID}


def examples_value(shown: PageModel) -> dict[str, Any]:
    """Return the texts to try with their labels, and the answers to those that have one."""
    classifier = shown.classifier
    labels: dict[str, str] = {}
    for group in shown.example_groups.values():
        labels |= group
    labelled = [text for text, label in labels.items() if label]
    readable = [text for text in labelled if not classifier.problem_with(text)]
    answers = classifier.answers(readable)
    replies = {answer.text: as_json(answer) for answer in answers}
    return {"box": shown.box, "groups": shown.example_groups, "answers": replies}


def name_tab(shown: PageModel, trains: bool) -> list[gr.Component]:
    """Text box and examples on one side; bars, letters and notes on the other."""
    suffix = shown.suffix
    answer = answer_value(shown, shown.opening, shown.n_bars)
    with gr.Row(elem_classes="ask-and-answer"):
        html(draw.paragraph(shown.page.introduction), classes="introduction")
        with gr.Column(min_width=280, elem_classes="ask"):
            name = text_box(shown)
        with gr.Column(min_width=280, elem_classes="answers"):
            bars = drawn("answer", f"bars{suffix}", "answer part", answer, LIVE)
            k = number(shown)
            every = gr.Button(
                "Show all",
                size="sm",
                visible=shown.n_bars < len(shown.labels),
                elem_classes="every",
            )
            letters = drawn("letters", f"letters{suffix}", "explanation part")
            nearest_part(shown, trains)
            notes = drawn("notes", f"notes{suffix}", "notes", answer)
        if shown.examples:
            examples = examples_value(shown)
            drawn("examples", f"examples{suffix}", "examples part", examples)
    widgets = [name, k, bars, notes, letters]
    name_endpoints(shown)
    on_typing(shown, widgets)
    on_every(shown, k, every)
    return widgets


def text_box(shown: PageModel) -> gr.Textbox:
    """Lay out the box to type in."""
    return gr.Textbox(
        shown.opening,
        label=shown.page.box,
        placeholder=shown.page.placeholder,
        autofocus=True,
        elem_id=shown.box,
    )


def number(shown: PageModel) -> gr.Number:
    """Lay out, unseen, how many labels are shown, for address.js and the button below the bars."""
    return gr.Number(
        shown.n_bars,
        minimum=1,
        maximum=len(shown.labels),
        precision=0,
        visible=False if shown.kind.on_a_scale else "hidden",  # there all are shown
        elem_id=f"k{shown.suffix}",
    )


def on_every(shown: PageModel, k: gr.Number, every: gr.Button) -> None:
    """Show all labels, or as few as at first; the browser does it without the server."""
    n_labels = len(shown.labels)
    turn = f"k => k === {n_labels} ? {shown.n_bars} : {n_labels}"
    title = f"k => k === {n_labels} ? 'Show fewer' : 'Show all'"
    every.click(None, k, k, js=turn, **PRIVATE)
    k.change(None, k, every, js=title, **PRIVATE)


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


def on_typing(shown: PageModel, widgets: list) -> None:
    """Answer at every key, and explain the letters when typing stops."""
    name, k, bars, notes, letters = widgets

    def answer(text: str, k: int) -> tuple[dict, dict]:
        value = answer_value(shown, text, k)
        return value, value

    gr.on(
        [name.change, name.submit, k.change],
        answer,
        [name, k],
        [bars, notes],
        trigger_mode="always_last",  # without it the last letter typed may be lost
        queue=False,
        **QUIET,
    )
    name.change(
        partial(letters_value, shown),
        name,
        letters,
        js=AFTER_A_PAUSE,
        trigger_mode="multiple",
        concurrency_limit=2,
        **QUIET,
    )
