"""The first tab: one text, live bars, and what each letter or word adds."""

from functools import partial
from typing import Any, TypedDict

import gradio as gr

from .. import Answer
from ..decisions import Kind, Source
from ..encoder import UNKNOWN_ID
from ..errors import InputError
from ..explanation import Explanation
from .markup import LIVE, draw, drawn, html, message_of
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

    `verdict` is the answer as the network gives it, without regard to `known`. `none` is the
    probability that the text has none of the labels, null where that is not asked.
    `either` are two labels too close to tell apart, in an unsure answer; `side` is an end of a
    scale with the probability of its half, where no label alone is likely enough.
    `known` is null where the model folder lacks the text.
    """

    text: str
    romanised: str | None
    verdict: VerdictReply
    unsure: bool
    either: list[str] | None
    side: Prediction | None
    none: float | None
    predictions: list[Prediction]
    known: list[KnownLabel] | None


class Contributions(TypedDict):
    """What /explain returns: what each character, with its marks, adds to the logit."""

    text: str
    label: str
    contributions: list[tuple[str, float]]


def as_json(answer: Answer) -> Reply:
    """Return an answer as /predict gives it."""
    return {
        "text": answer.text,
        "romanised": answer.romanised,
        "verdict": {
            "kind": answer.verdict.kind,
            "labels": list(answer.verdict.labels),
            "probability": answer.verdict.probability,
            "source": answer.verdict.source,
        },
        "unsure": answer.unsure,
        "either": list(answer.either) if answer.either else None,
        "side": {"label": answer.side[0], "probability": answer.side[1]}
        if answer.side
        else None,
        "none": answer.none,
        "predictions": [
            {"label": label, "probability": p} for label, p in answer.predictions
        ],
        "known": [
            {"label": label, "share": share} for label, share in answer.known or []
        ]
        or None,
    }


def explained(shown: PageModel, text: str, on_a_scale: bool = False) -> Explanation:
    """Return what each character of `text` adds; raise InputError for invalid or long input."""
    shown.classifier.read(text)  # refuses what is not a text
    if len(text) > (most := shown.page.max_explained):
        raise InputError(
            f"Only {shown.kind.texts} of up to {most} characters are explained."
        )
    return shown.classifier.explain(text, on_a_scale)


def answer_value(shown: PageModel, text: str, k: int) -> dict[str, Any]:
    """Return the answer for a text as answer.js draws it, or what is wrong with the text."""
    kind, classifier = shown.kind, shown.classifier
    try:
        answer = classifier.answer(text, k)
    except InputError as error:
        nothing_yet = f"The likely {kind.labels} appear here while you type."
        return {"problem": message_of(error) if text.strip() else nothing_yet}
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
    found, classifier = list(answer.notes), shown.classifier
    label, read = answer.predictions[0][0], classifier.encoder.read
    if latin := classifier.task.in_latin(answer.text, label, classifier.model.readings):
        found.insert(0, f"In Latin letters: “{latin}”.")
    ignored = [c for c in dict.fromkeys(answer.text) if not c.isspace() and not read(c)]
    if ignored and not shown.kind.symbols:  # where they are read, the answer has a note
        seen = [c if c.isprintable() else f"U+{ord(c):04X}" for c in ignored]
        found.append(f"Ignored: {' '.join(seen[:20])}")
    return found


def letters_value(shown: PageModel, text: str) -> dict[str, Any] | None:
    """Return what each letter adds as answer.js draws it, nothing for a text that is not read."""
    kind, classifier = shown.kind, shown.classifier
    if classifier.problem_with(text):
        return None
    if len(text) <= shown.page.max_explained and classifier.answer(text).is_none:
        return None  # letters would explain a label that is not the answer
    try:
        found = explained(shown, text, kind.on_a_scale)
    except InputError as error:
        return {"problem": message_of(error)}
    read, ids = classifier.encoder.read, classifier.encoder.ids
    pieces = dict(found.contributions) if kind.on_a_scale else ()
    return {
        "label": found.label,
        "contributions": found.contributions,
        "start": found.start,
        "piece": kind.piece,
        "ends": [shown.labels[0], shown.labels[-1]] if kind.on_a_scale else None,
        "unknown": [piece for piece in pieces if set(ids(read(piece))) == {UNKNOWN_ID}],
    }


def examples_value(shown: PageModel) -> dict[str, Any]:
    """Return the texts to try with their labels, and the answers to those that have one."""
    classifier, groups = shown.classifier, shown.example_groups
    labels = {t: label for texts in groups.values() for t, label in texts.items()}
    readable = [
        t for t, label in labels.items() if label and not classifier.problem_with(t)
    ]
    found = classifier.answers(readable)
    answers = {answer.text: as_json(answer) for answer in found}
    return {"box": shown.box, "groups": groups, "answers": answers}


def name_tab(shown: PageModel) -> list[gr.Component]:
    """Text box, slider and examples on one side; bars, letters and notes on the other."""
    kind, suffix, opening = shown.kind, shown.suffix, shown.opening
    n_labels = len(shown.labels)
    with gr.Row(elem_classes="ask-and-answer"):
        html(draw.paragraph(shown.page.introduction), classes="introduction")
        with gr.Column(min_width=280, elem_classes="ask"):
            name = gr.Textbox(
                opening,
                label=shown.page.box,
                placeholder=shown.page.placeholder,
                autofocus=True,
                elem_id=shown.box,
            )
        with gr.Row(visible=not kind.on_a_scale, elem_classes="how-many"):
            k = gr.Slider(
                1,
                n_labels,
                value=shown.n_bars,
                step=1,
                label=f"{kind.labels.capitalize()} to show",
                min_width=200,
                scale=4,
                elem_id=f"k{suffix}",
            )
            every = gr.Button("Show all", size="sm", min_width=90)
        with gr.Column(min_width=280, elem_classes="answers"):
            answer = answer_value(shown, opening, int(k.value))
            bars = drawn("answer", f"bars{suffix}", "answer part", answer, LIVE)
            letters = drawn("letters", f"letters{suffix}", "explanation part")
            notes = drawn("notes", f"notes{suffix}", "notes", answer)
        if shown.examples:
            drawn(
                "examples", f"examples{suffix}", "examples part", examples_value(shown)
            )
    name_endpoints(shown)
    on_typing(shown, widgets := [name, k, bars, notes, letters])
    # In the browser alone: the button turns with the slider, whoever moved it.
    is_all = f"k => k === {n_labels}"
    turn, title = (
        f"{is_all} ? {k.value} : {n_labels}",
        f"{is_all} ? 'Show fewer' : 'Show all'",
    )
    every.click(None, k, k, js=turn, **PRIVATE)
    k.change(None, k, every, js=title, **PRIVATE)
    return widgets


def name_endpoints(shown: PageModel) -> None:
    """Offer /predict and /explain to programs."""

    @shown.endpoint
    def predict(text: str, k: int | None = None) -> Reply:
        """Say which {labels} a {text} most likely has.

        Args:
            text: one {text}, in any script.
            k: how many {labels} to return, from 1 to all; three if null, or all of fewer.
        """
        return as_json(shown.classifier.answer(text, k))

    @partial(shown.endpoint, concurrency_limit=2)
    def explain(text: str) -> Contributions:
        """Say what each {piece} of a {text} adds to the logit of its most likely {label}.

        Args:
            text: one {text} of up to {max_explained} characters, in any script.
        """
        found = explained(shown, text)
        return {
            "text": text,
            "label": found.label,
            "contributions": list(found.contributions),
        }


def on_typing(shown: PageModel, widgets: list) -> None:
    """Answer at every key, and explain the letters when typing stops."""
    name, k, bars, notes, letters = widgets
    gr.on(
        [name.change, name.submit, k.change],
        lambda text, k: [answer_value(shown, text, k)] * 2,
        [name, k],
        [bars, notes],
        trigger_mode="always_last",  # without it the last letter typed may be lost
        queue=False,
        **QUIET,
    )
    name.change(
        lambda text: letters_value(shown, text),
        name,
        letters,
        js=AFTER_A_PAUSE,
        trigger_mode="multiple",
        concurrency_limit=2,
        **QUIET,
    )
