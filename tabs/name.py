"""The Name tab: one surname, live bars, and what each letter adds."""

from html import escape
from typing import TypedDict

import gradio as gr

from model.encoding import InputError, normalise

from . import markup
from .errors import one_line
from .shown import Shown
from .words import Words

PAUSE_MS = 350  # letters are explained when typing stops, so that the bars never wait for them
AFTER_A_PAUSE = f"""(text) => new Promise((resolve) => {{
  clearTimeout(window.explainTimer);
  window.explainTimer = setTimeout(() => resolve(text), {PAUSE_MS});
}})"""


class Prediction(TypedDict):
    """One label and its probability, 0 to 1."""

    label: str
    probability: float


class Answer(TypedDict):
    """What /predict returns; `predictions` come most likely first."""

    text: str
    romanised: str
    unsure: bool
    predictions: list[Prediction]


class Contributions(TypedDict):
    """What /explain returns: what each character adds to the logit of `label`."""

    text: str
    label: str
    contributions: list[tuple[str, float]]


def answer(shown: Shown, text: str, k: int) -> Answer:
    """Return the `k` most likely labels of `text`; raise InputError for unfit input."""
    best = shown.classifier.predict(text, k)
    return {
        "text": text,
        "romanised": normalise(text, shown.classifier.encoder.fold_case),
        "unsure": shown.classifier.is_unsure(text, next(iter(best.values()))),
        "predictions": [{"label": label, "probability": p} for label, p in best.items()],
    }


def contributions(shown: Shown, text: str) -> Contributions:
    """Return what each character of `text` adds; raise InputError for unfit or long input."""
    shown.classifier.encoder.check(text)
    if _is_long(text, shown.words):
        raise InputError(f"Only texts of up to {shown.words.explained} characters are explained.")
    found = shown.classifier.explain(text)
    return {"text": text, "label": found.label, "contributions": list(found.contributions)}


def _is_long(text: str, words: Words) -> bool:
    # A text of one sign may be of twenty letters; one of millions is not romanised to see that.
    return len(text) > words.explained or len(normalise(text)) > words.explained


def bars_html(shown: Shown, reply: Answer) -> str:
    """Return the answer in words and its bars, most likely first or in the order of a scale."""
    first = reply["predictions"][0]
    label, probability = escape(first["label"]), markup.percent(first["probability"])
    verdict = f"{label}<small>with a probability of {probability}</small>"
    if reply["unsure"]:
        verdict = f"Unsure<small>The best guess, {label}, has only {probability}.</small>"
    found = reply["predictions"]
    if shown.words.on_a_scale:
        found = sorted(found, key=lambda p: shown.labels.index(p["label"]))
    rows = [(p["label"], p["probability"], markup.percent(p["probability"])) for p in found]
    bars = markup.bars(rows, f"Likely {shown.words.labels}", shown.words.on_a_scale)
    return f'<p class="verdict">{verdict}</p>{bars}'


def notes_html(shown: Shown, reply: Answer) -> str:
    """Return how the text was read, what training knows of it, and a link to the answer."""
    text = reply["text"]
    notes = shown.classifier.encoder.notes(text)
    if not text.isascii():
        notes.insert(0, f"Read as “{reply['romanised']}”.")
    if known := shown.labels_in_training(text):
        notes.append(
            f"This very {shown.words.text} is in the training data, as {' and '.join(known)}."
        )
    lines = [escape(note) for note in notes]
    if not shown.suffix:  # the page's address leads to its first model
        lines.append(markup.link(text, len(reply["predictions"])))
    return "".join(f"<p>{line}</p>" for line in lines)


def letters_html(shown: Shown, text: str) -> str:
    """Return the coloured letters, or nothing for a text that cannot be explained."""
    try:
        found = contributions(shown, text)
    except InputError as error:
        return f"<p>{escape(str(error))}</p>" if _is_long(text, shown.words) else ""
    return markup.letters(found["contributions"], found["label"], shown.words.piece)


def name_tab(shown: Shown, demo: gr.Blocks) -> None:
    """Text box, slider and examples on one side; bars, letters and notes on the other."""
    words, suffix = shown.words, shown.suffix
    n_labels = len(shown.labels)
    with gr.Row(elem_classes="ask-and-answer"):
        with gr.Column(min_width=280, elem_classes="ask"):
            name = gr.Textbox(
                label=words.box,
                placeholder=words.placeholder,
                autofocus=True,
                elem_id=f"name{suffix}",
            )
            k = gr.Slider(
                1,
                n_labels,
                value=n_labels if words.on_a_scale else min(3, n_labels),
                visible=not words.on_a_scale,
                step=1,
                label=f"{words.labels.capitalize()} to show",
                elem_id=f"k{suffix}",
            )
        with gr.Column(min_width=280, elem_classes="answers"):
            nothing_yet = f"<p>The likely {words.labels} appear here while you type.</p>"
            bars = gr.HTML(
                nothing_yet, elem_classes="answer", elem_id=f"bars{suffix}", js_on_load=markup.LIVE
            )
            letters = gr.HTML(
                elem_classes="explanation", elem_id=f"letters{suffix}", js_on_load=None
            )
            notes = gr.HTML(elem_classes="notes", elem_id=f"notes{suffix}", js_on_load=None)
        if shown.examples:
            with gr.Column(min_width=280, elem_classes="examples"):
                examples = [[text] for text in shown.examples]
                gr.Examples(examples, name, label="Try one", examples_per_page=40)

    @one_line
    @shown.endpoint
    def predict(text: str, k: int = 3) -> Answer:
        """Say which {labels} a {text} most likely has.

        Args:
            text: one {text}, in any script.
            k: how many {labels} to return, from 1 to all.
        """
        return answer(shown, text, k)

    @one_line
    @shown.endpoint
    def explain(text: str) -> Contributions:
        """Say what each {piece} of a {text} adds to the logit of its most likely {label}.

        Args:
            text: one {text} of up to {explained} characters, in any script.
        """
        return contributions(shown, text)

    def show(text: str, k: int) -> tuple[str, str]:
        try:
            reply = answer(shown, text, k)
        except InputError as error:
            return f"<p>{escape(str(error))}</p>" if text.strip() else nothing_yet, ""
        return bars_html(shown, reply), notes_html(shown, reply)

    def show_letters(text: str) -> str:
        return letters_html(shown, text)

    def from_address(request: gr.Request) -> tuple:
        """Return the name and k that the page's address holds, as Link to this answer makes it."""
        query = request.query_params
        asked = query.get("k", "")
        in_range = asked in map(str, range(1, n_labels + 1))
        return query.get("name") or gr.skip(), int(asked) if in_range else gr.skip()

    gr.api(predict, api_name=f"predict{suffix}")
    gr.api(explain, api_name=f"explain{suffix}", concurrency_limit=2)
    gr.on(
        [name.change, name.submit, k.change],
        show,
        [name, k],
        [bars, notes],
        trigger_mode="always_last",  # without it the last letter typed may be lost
        show_progress="hidden",
        queue=False,
        api_visibility="private",
    )
    name.change(
        show_letters,
        name,
        letters,
        js=AFTER_A_PAUSE,
        trigger_mode="multiple",
        show_progress="hidden",
        concurrency_limit=2,
        api_visibility="private",
    )
    if not suffix:
        demo.load(from_address, None, [name, k], show_progress="hidden", api_visibility="private")
