"""The first tab: one text, live bars, and what each letter or word adds."""

from typing import TypedDict

import gradio as gr
from markupsafe import Markup

from .. import Answer
from ..core import UNKNOWN_ID
from ..errors import InputError
from ..tasks.task import TaskWords
from . import markup
from .markup import draw
from .page_model import PageModel

LARGE_SHARE = 0.2  # of a text in the data: a label that has it is right
PAUSE_MS = 350  # letters are explained when typing stops, so that the bars never wait for them
AFTER_A_PAUSE = f"""(text) => new Promise((resolve) => {{
  clearTimeout(window.explainTimer);
  window.explainTimer = setTimeout(() => resolve(text), {PAUSE_MS});
}})"""


class Prediction(TypedDict):
    """One label and its probability, 0 to 1."""

    label: str
    probability: float


class KnownLabel(TypedDict):
    """A label that a text has in the data, and its share of the text, 0 to 1."""

    label: str
    share: float


class Reply(TypedDict):
    """What /predict returns; `predictions` come most likely first.

    `none` is the probability that the text has none of the labels, null where that is not asked.
    `either` are two labels too close to tell apart, in an unsure answer; `side` is an end of a
    scale with the probability of its half, where no label alone is likely enough.
    `known` is null where the model folder lacks the text.
    """

    text: str
    romanised: str | None
    unsure: bool
    either: tuple[str, str] | None
    side: Prediction | None
    none: float | None
    predictions: list[Prediction]
    known: list[KnownLabel] | None


class Contributions(TypedDict):
    """What /explain returns: what each character adds to the logit of `label`."""

    text: str
    label: str
    contributions: list[tuple[str, float]]


def as_json(answer: Answer) -> Reply:
    """Return an answer as /predict gives it."""
    return {
        "text": answer.text,
        "romanised": answer.romanised,
        "unsure": answer.unsure,
        "either": answer.either,
        "side": {"label": answer.side[0], "probability": answer.side[1]} if answer.side else None,
        "none": answer.none,
        "predictions": [{"label": label, "probability": p} for label, p in answer.predictions],
        "known": [{"label": label, "share": share} for label, share in answer.known or []] or None,
    }


def contributions(shown: PageModel, text: str) -> Contributions:
    """Return what each character of `text` adds; raise InputError for invalid or long input."""
    if is_long(shown, text):
        raise InputError(too_long(shown.words))
    found = shown.classifier.explain(text)
    return {"text": text, "label": found.label, "contributions": list(found.contributions)}


def is_long(shown: PageModel, text: str) -> bool:
    """Return whether a text is too long to explain."""
    shown.classifier.read(text)  # refuses what is not a text
    return len(text) > shown.words.max_explained


def too_long(words: TaskWords) -> str:
    """Return what is said of such a text."""
    return f"Only {words.texts} of up to {words.max_explained} characters are explained."


def verdict(answer: Answer) -> tuple[str, str]:
    """Return what the page prints in large letters, and the reason below it."""
    label, probability = answer.predictions[0]
    share, none = markup.percent(probability), answer.none or 0.0
    if answer.is_none:
        return "None of these", f"The most likely of them, {label}, has {share}."
    if answer.either:
        return " or ".join(answer.either), f"Too close to call: {label} has only {share}."
    if answer.unsure:
        leads = f"None of these leads, with only {markup.percent(none)}. " * (none > probability)
        return "Unsure", f"{leads}The best guess is {label}, {share}."
    if answer.side:
        end, of_side = answer.side[0].capitalize(), markup.percent(answer.side[1])
        return end, f"with a probability of {of_side}; {label} alone has {share}"
    return label, f"with a probability of {share}"


def bars_html(shown: PageModel, answer: Answer) -> Markup:
    """Return the answer and its bars, by probability or in the order of a scale; none is last."""
    headline, why = verdict(answer)
    if answer.known:
        headline, why = known_verdict(answer, headline, why, shown.words.units)
    found = list(answer.predictions)
    if shown.words.on_a_scale:
        found.sort(key=lambda prediction: shown.labels.index(prediction[0]))
    if answer.none is not None:
        found.append((none_of(shown), answer.none))
    rows = [(label, p, markup.percent(p)) for label, p in found]
    kinds = dict.fromkeys(shown.labels, "unsure" * answer.unsure) | {none_of(shown): "none"}
    bars = draw.bars(rows, f"Likely {shown.words.labels}", shown.words.on_a_scale, kinds)
    answered = Markup('<p class="verdict">{}<small>{}</small></p>{}{}')
    return answered.format(headline, why, bars, draw.paragraph(shown.caution))


def known_verdict(answer: Answer, headline: str, why: str, units: str) -> tuple[str, str]:
    """Return the headline and the words beside it for a text that is in the data.

    `headline` and `why`, the network's own, stay where it is sure and the data agree: where its
    first label has the largest share there, or a large one.
    """
    known, (label, probability) = answer.known or [], answer.predictions[0]
    large = [label for label, share in known if share >= min(LARGE_SHARE, known[0][1])]
    is_sure = not (answer.is_none or answer.unsure)
    if is_sure and label in large:
        return headline, f"{why}. Our data agree."
    alone = f"say {label} ({markup.percent(probability)})" if is_sure else says(answer, "say", "be")
    seen = "spelling" if units == "letters" else "wording"
    ours = f"according to our data. From the {seen} alone, the network would {alone}."
    return " or ".join(large), ours


def says(answer: Answer, say: str = "says", be: str = "is") -> str:
    """Return what the network does with a text: "says German" or "is unsure"."""
    headline, is_open = verdict(answer)[0], answer.unsure and not answer.either
    verb = be if is_open else say
    return f"{verb} {headline.lower() if answer.is_none or is_open else headline}"


def none_of(shown: PageModel) -> str:
    """Return what it is called that a text has none of the labels."""
    return f"None of these {len(shown.labels)} {shown.words.labels}"


def notes_html(shown: PageModel, answer: Answer) -> Markup:
    """Return how the text was read, and a link to the answer."""
    notes = list(answer.notes)
    classifier, label = shown.classifier, answer.predictions[0][0]
    if latin := classifier.task.in_latin(answer.text, label, classifier.readings):
        notes.insert(0, f"In Latin letters: “{latin}”.")
    read = classifier.encoder.read
    ignored = [c for c in dict.fromkeys(answer.text) if not c.isspace() and not read(c)]
    if ignored and not shown.words.symbols:  # where they are read, the answer has a note
        seen = [c if c.isprintable() else f"U+{ord(c):04X}" for c in ignored]
        notes.append(f"Ignored: {' '.join(seen[:20])}")
    return Markup().join(map(draw.paragraph, [*notes, draw.copy_button()]))


def letters_html(shown: PageModel, text: str) -> Markup:
    """Return the coloured letters, or nothing for a text that cannot be read."""
    words, classifier = shown.words, shown.classifier
    try:
        if is_long(shown, text):
            return draw.paragraph(too_long(words))
        if classifier.answer(text).is_none:
            return Markup()  # letters would explain a label that is not the answer
        found = classifier.explain(text, words.on_a_scale)
    except InputError:
        return Markup()
    read, ids = classifier.encoder.read, classifier.encoder.ids
    unknown = {piece for piece, _ in found.contributions if set(ids(read(piece))) == {UNKNOWN_ID}}
    ends = (shown.labels[0], shown.labels[-1]) if words.on_a_scale else None
    return markup.letters(found, words.piece, ends, unknown if words.on_a_scale else ())


def name_tab(shown: PageModel) -> list[gr.Component]:
    """Text box, slider and examples on one side; bars, letters and notes on the other."""
    words, suffix, n_labels = shown.words, shown.suffix, len(shown.labels)
    opening = shown.opening
    with gr.Row(elem_classes="ask-and-answer"):
        markup.html(draw.paragraph(words.introduction), elem_classes="introduction")
        with gr.Column(min_width=280, elem_classes="ask"):
            name = gr.Textbox(
                opening,
                label=words.box,
                placeholder=words.placeholder,
                autofocus=True,
                elem_id=shown.box,
            )
        with gr.Row(visible=not words.on_a_scale, elem_classes="how-many"):
            k = gr.Slider(
                1,
                n_labels,
                value=n_labels if words.on_a_scale else min(3, n_labels),
                step=1,
                label=f"{words.labels.capitalize()} to show",
                min_width=200,
                scale=4,
                elem_id=f"k{suffix}",
            )
            every = gr.Button("Show all", size="sm", min_width=90)
        with gr.Column(min_width=280, elem_classes="answers"):
            answer = answer_html(shown, opening, int(k.value))
            bars = markup.html(
                answer[0], elem_classes="answer part", elem_id=f"bars{suffix}", js=markup.LIVE
            )
            letters = markup.html(elem_classes="explanation part", elem_id=f"letters{suffix}")
            notes = markup.html(answer[1], elem_classes="notes", elem_id=f"notes{suffix}")
        if shown.examples:
            markup.html(
                draw.examples(shown.box, shown.example_groups, wrong_examples(shown)),
                elem_classes="examples part",
                elem_id=f"examples{suffix}",
            )
    name_endpoints(shown)
    on_typing(shown, name, k, bars, letters, notes)
    # In the browser alone: the button turns with the slider, whoever moved it.
    is_all = f"k => k === {n_labels}"
    turn, title = f"{is_all} ? {k.value} : {n_labels}", f"{is_all} ? 'Show fewer' : 'Show all'"
    every.click(None, k, k, js=turn, api_visibility="private")
    k.change(None, k, every, js=title, api_visibility="private")
    return [name, k, bars, notes, letters]


def wrong_examples(shown: PageModel) -> dict[str, str]:
    """Return which examples the model gets wrong, each with what it says."""
    labels = {t: label for texts in shown.example_groups.values() for t, label in texts.items()}
    readable = [t for t, label in labels.items() if label and not shown.classifier.problem_with(t)]
    said = {answer.text: says(answer) for answer in shown.classifier.answers(readable)}
    return {text: words for text, words in said.items() if words != f"says {labels[text]}"}


def answer_html(shown: PageModel, text: str, k: int) -> tuple[Markup, Markup]:
    """Return the bars and the notes for a text, or what is wrong with it."""
    try:
        answer = shown.classifier.answer(text, k)
    except InputError as error:
        nothing_yet = f"The likely {shown.words.labels} appear here while you type."
        return draw.paragraph(str(error) if text.strip() else nothing_yet), Markup()
    return bars_html(shown, answer), notes_html(shown, answer)


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

    @shown.endpoint
    def explain(text: str) -> Contributions:
        """Say what each {piece} of a {text} adds to the logit of its most likely {label}.

        Args:
            text: one {text} of up to {max_explained} characters, in any script.
        """
        return contributions(shown, text)

    gr.api(predict, api_name=f"predict{shown.suffix}")
    gr.api(explain, api_name=f"explain{shown.suffix}", concurrency_limit=2)


def on_typing(
    shown: PageModel,
    name: gr.Textbox,
    k: gr.Slider,
    bars: gr.HTML,
    letters: gr.HTML,
    notes: gr.HTML,
) -> None:
    """Answer at every key, and explain the letters when typing stops."""
    gr.on(
        [name.change, name.submit, k.change],
        lambda text, k: answer_html(shown, text, k),
        [name, k],
        [bars, notes],
        trigger_mode="always_last",  # without it the last letter typed may be lost
        show_progress="hidden",
        queue=False,
        api_visibility="private",
    )
    name.change(
        lambda text: letters_html(shown, text),
        name,
        letters,
        js=AFTER_A_PAUSE,
        trigger_mode="multiple",
        show_progress="hidden",
        concurrency_limit=2,
        api_visibility="private",
    )
