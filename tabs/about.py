"""The About tab: what the model is and is not for, told by its config, its metrics and its card."""

import os

import gradio as gr

from .shown import Shown


def about_tab(shown: Shown) -> None:
    """Facts from metrics.json and the configuration, then the model card as it stands."""
    parts = [
        what_it_is(shown),
        what_it_is_not_for(shown.card),
        how_trained(shown.metrics),
        how_good(shown),
        where_it_is(shown.folder),
    ]
    gr.Markdown("\n\n".join(filter(None, parts)), elem_classes="about contained")
    if shown.card:
        with gr.Accordion("The model card, whole", open=False):
            gr.Markdown(shown.card, elem_classes="about contained")


def what_it_is(shown: Shown) -> str:
    """Return what the network is made of."""
    network = shown.classifier.network.config
    way = "bidirectional" if network.bidirectional else "one-way"
    layers = f"{network.n_layers} layers" if network.n_layers > 1 else "one layer"
    sizes = ", ".join(map(str, network.ngrams))
    words = shown.words
    groups = f" and per group of {sizes} {words.piece}s" if network.ngrams else ""
    linear = ""
    if network.linear_ngrams:
        span = f"{min(network.linear_ngrams)} to {max(network.linear_ngrams)} {words.piece}s"
        linear = f", its logits averaged with those of a linear classifier of groups of {span}"
    weights = sum(p.numel() for p in shown.classifier.network.parameters())
    return (
        f"## What it is\nA {way} GRU, {layers} of {network.hidden_size} units, on embeddings of "
        f"{network.embedding_size} numbers per {words.piece}{groups}{linear}: {weights:,} weights "
        "in all. "
        f"It weighs {len(shown.labels)} {words.labels}: {', '.join(shown.labels)}."
    )


def what_it_is_not_for(card: str) -> str:
    """Return the card's own words on what the model must not be used for."""
    paragraphs = [p for p in card.split("\n\n") if "not use" in p]
    return "\n\n".join(["## What it must not be used for", *paragraphs]) if paragraphs else ""


def how_trained(metrics: dict) -> str:
    """Return on what and for how long the model was trained."""
    files = "\n".join(
        f"- {name}: {facts['rows']:,} rows, SHA-256 {facts['sha256'][:16]}…"
        for name, facts in metrics.get("dataset", {}).items()
    )
    stages = {
        "pretraining_history": "of pretraining",
        "history": "of training",
        "refit_history": "of a refit that sees the validation rows too",
    }
    epochs = [f"{len(metrics[key])} epochs {of}" for key, of in stages.items() if key in metrics]
    seconds = metrics.get("seconds", 0)
    took = f"{seconds / 60:.1f} minutes" if seconds >= 60 else f"{seconds:.0f} seconds"
    device = {"cpu": "a CPU", "cuda": "a GPU"}.get(metrics.get("device"), "an accelerator")
    return (
        f"## How it was trained\n{', then '.join(epochs)}: {took} on {device}. The data:\n\n{files}"
    )


def how_good(shown: Shown) -> str:
    """Return the scores, the weakest labels and the most frequent mistakes."""
    words, test, labels = shown.words, shown.metrics["test"], shown.labels
    weakest = sorted(test["per_label"], key=lambda scores: scores["f1"])[:4]
    shares = [
        (count / max(sum(row), 1), labels[i], labels[j])
        for i, row in enumerate(test["confusion"])
        for j, count in enumerate(row)
        if i != j and count
    ]
    mistakes = "\n".join(
        f"- {share:.0%} of {true} {words.texts} are read as {predicted}"
        for share, true, predicted in sorted(shares, reverse=True)[:6]
    )
    others = len(shown.classifier.other_labels)
    outside = (
        f" It has met {words.texts} of {others} other groups too, and spreads its answer to such, "
        "so that they should be called unsure."
        if others
        else ""
    )
    poor = ", ".join(f"{scores['label']} ({scores['f1']:.2f})" for scores in weakest)
    return (
        f"## How good it is and what it gets wrong\nOf {test['rows']:,} test {words.texts} "
        f"{test['accuracy']:.1%} are right. {words.caveat}{outside} The lowest F1: {poor}. "
        f"The most frequent mistakes:\n\n{mistakes}"
    )


def where_it_is(folder: str) -> str:
    """Return where code and card are: links on a Hugging Face Space, which knows its address."""
    card = f"model/weights/{folder}/README.md"
    heading = "## Code and card\n"
    if not (space := os.environ.get("SPACE_ID")):
        return (
            f"{heading}The code is in the folder where this page was started: `app.py`, `tabs/` "
            "and `model/`. The card, in the model's own folder, stands below."
        )
    address = f"https://huggingface.co/spaces/{space}"
    return f"{heading}[The code]({address}/tree/main), [the card]({address}/blob/main/{card})."
