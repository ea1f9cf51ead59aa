"""The web page: type a surname, see its likely languages and how far to trust the answer.

One function per tab, layout first and events last. It reads model folders and nothing else.
Run `python app.py`, then open http://localhost:7860.
"""

import argparse
import html
import sys
from pathlib import Path
from typing import TypedDict

import gradio as gr

from model.classifier import TextClassifier
from model.encoding import InputError, check_text, input_notes, normalise

WEIGHTS = Path(__file__).parent / "model" / "weights"
UNSURE_BELOW = 0.5  # below it the first language is more likely wrong than right
EXAMPLES = [
    *("Nakamura", "Nguyen", "Kim", "Zhang", "Haddad", "Papadopoulos", "Ivanov", "Kowalczyk"),
    *("Novotny", "Müller", "De Vries", "O'Sullivan", "MacDonald", "Whitfield", "Lefebvre"),
    *("Rossi", "Fernandez", "Oliveira", "Иванов"),
]
CSS = """
.gradio-container { max-width: 1100px !important; margin: 0 auto !important; }
#per-language { max-width: calc(100vw - 4rem); }
.notes { min-height: 3em; padding: 0 var(--size-2); }
.scores { display: flex; flex-wrap: wrap; gap: 0.5rem 2.5rem; margin: 0.5rem 0; }
.scores div { min-width: 7rem; }
.scores b { display: block; font-size: 1.6rem; line-height: 1.2; }
"""
LAUNCH = {
    "theme": gr.themes.Default(
        primary_hue="blue",
        font=["system-ui", "sans-serif"],
        font_mono=["system-ui", "sans-serif"],  # figures line up in it, and tables stay narrow
    ),
    "css": CSS,
    "footer_links": ["api", "settings"],
    "run_history": False,  # names are personal: they stay in no history
    "show_error": True,
}


class Prediction(TypedDict):
    """One language and its probability, 0 to 1."""

    label: str
    probability: float


class Answer(TypedDict):
    """What /predict returns; `predictions` come most likely first."""

    text: str
    romanised: str
    unsure: bool
    predictions: list[Prediction]


def answer(classifier: TextClassifier, text: str, k: int) -> Answer:
    """Return the `k` most likely languages of `text`; raise gr.Error for unfit input."""
    try:
        best = classifier.predict(text, k)
    except InputError as error:
        raise gr.Error(str(error), print_exception=False) from None
    return {
        "text": text,
        "romanised": normalise(text, classifier.encoder.fold_case),
        "unsure": next(iter(best.values())) < UNSURE_BELOW,
        "predictions": [{"label": label, "probability": p} for label, p in best.items()],
    }


def explain_reading(text: str, reply: Answer) -> str:
    """Return, as HTML, how `text` was read and whether the answer is unsure."""
    notes = input_notes(text)
    if not text.isascii():
        notes.insert(0, f"Read as “{reply['romanised']}”.")
    if reply["unsure"]:
        notes.append("Unsure: no language has more than half of the probability.")
    return " ".join(map(html.escape, notes))


def name_tab(classifier: TextClassifier) -> None:
    """Text box, slider and live bars."""
    n_labels = len(classifier.labels)
    with gr.Row():
        with gr.Column(min_width=280):
            name = gr.Textbox(
                label="Surname",
                placeholder="Type a surname in any script",
                autofocus=True,
                elem_id="name",
            )
            k = gr.Slider(
                1, n_labels, value=min(3, n_labels), step=1, label="Languages to show", elem_id="k"
            )
            notes = gr.HTML(elem_classes="notes", elem_id="notes")
        with gr.Column(min_width=280):
            bars = gr.Label(label="Likely languages", elem_id="bars")
    gr.Examples([[text] for text in EXAMPLES], name, label="Try one", examples_per_page=20)

    def predict(text: str, k: int) -> Answer:
        """Say which languages a surname comes from.

        Args:
            text: a surname, in any script.
            k: how many languages to return, from 1 to the number of languages.
        """
        return answer(classifier, text, k)

    def show(text: str, k: int) -> tuple[dict[str, float], str]:
        try:
            check_text(text)
        except InputError as error:
            return {}, html.escape(str(error)) if text.strip() else ""
        reply = answer(classifier, text, k)
        return {p["label"]: p["probability"] for p in reply["predictions"]}, explain_reading(
            text, reply
        )

    gr.api(predict, api_name="predict")
    gr.on(
        [name.change, name.submit, k.change],
        show,
        [name, k],
        [bars, notes],
        trigger_mode="always_last",  # without it the last letter typed may be lost
        show_progress="hidden",
        api_visibility="private",
    )


def quality_tab(classifier: TextClassifier, tab: gr.Tab) -> None:
    """Scores, confusion matrix, per-language table and curves, drawn when the tab opens."""
    metrics = classifier.metrics
    gr.HTML(scores_html(metrics))
    with gr.Row(equal_height=False):
        with gr.Column(scale=3, min_width=280):
            gr.Markdown("### Confusion matrix on the test split")
            matrix = gr.HTML(elem_id="matrix")
        with gr.Column(scale=2, min_width=280):
            gr.Markdown("### By language")
            gr.Dataframe(
                [
                    [
                        r["label"],
                        *(f"{r[s]:.2f}" for s in ("precision", "recall", "f1")),
                        r["support"],
                    ]
                    for r in metrics["test"]["per_label"]
                ],
                headers=["language", "precision", "recall", "F1", "rows"],
                datatype=["str", "number", "number", "number", "number"],
                interactive=False,
                max_height=900,
                elem_id="per-language",
            )
    gr.Markdown("### Training")
    curves = gr.HTML(elem_id="curves")

    def draw() -> tuple[str, str]:
        from model import plots  # matplotlib is slow to import, and few visits need it

        return (
            plots.confusion_svg(metrics["labels"], metrics["test"]["confusion"]),
            plots.history_svg(metrics["history"]),
        )

    def all_metrics() -> dict:
        """Return the model's metrics.json: scores, confusion counts, errors and history."""
        return metrics

    gr.api(all_metrics, api_name="metrics")
    tab.select(draw, None, [matrix, curves], api_visibility="private")


def scores_html(metrics: dict) -> str:
    """Return the headline scores on the test split as HTML."""
    test = metrics["test"]
    scores = {
        "accuracy": f"{test['accuracy']:.1%}",
        "macro-F1": f"{test['macro_f1']:.3f}",
        "right among the first three": f"{test['top3_accuracy']:.1%}",
        "surnames tested": f"{test['rows']:,}",
    }
    cells = (f"<div><b>{value}</b>{name}</div>" for name, value in scores.items())
    return f'<div class="scores">{"".join(cells)}</div>'


def build_demo(classifier: TextClassifier) -> gr.Blocks:
    """Return the page for one classifier of names."""
    with gr.Blocks(title="Surname languages", analytics_enabled=False) as demo:
        gr.Markdown(
            "# Which language does a surname come from?\n"
            f"A small recurrent network (a bidirectional GRU) reads the letters and weighs "
            f"{len(classifier.labels)} languages. It knows spelling, not people: the language of "
            "a surname is not anyone's nationality, ethnicity or mother tongue, and nothing about "
            "a person may be decided by it."
        )
        with gr.Tab("Name"):
            name_tab(classifier)
        with gr.Tab("How good it is") as tab:
            quality_tab(classifier, tab)
    return demo


def is_complete(metrics: object) -> bool:
    """Tell whether metrics.json has the parts that the page shows."""
    try:
        scores_html(metrics)
        return all(metrics[part] for part in ("labels", "history")) and all(
            metrics["test"][part] for part in ("confusion", "per_label")
        )
    except (TypeError, KeyError, ValueError, AttributeError):
        return False


def load_model(arguments: list[str]) -> TextClassifier:
    """Load the model that `--model` names, else the shipped one; exit with one line if unfit."""
    parser = argparse.ArgumentParser(prog="app.py", description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, default=WEIGHTS / "names", help="model folder")
    try:
        classifier = TextClassifier.load(parser.parse_args(arguments).model)
        if not is_complete(classifier.metrics):
            raise InputError("The model has no whole metrics.json: run python train.py again.")
    except InputError as error:
        sys.exit(f"app.py: {error}")
    return classifier


demo = build_demo(load_model(sys.argv[1:] if __name__ == "__main__" else []))

if __name__ == "__main__":
    demo.launch(**LAUNCH)
