"""The How it reads tab: the network's own steps over one text, from characters to probabilities.

model/reading.py computes them; model/web/reading.html is the page, and reading.js asks for the
figures, which reading_values.js describes, through the two functions below and draws them.
"""

import base64
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import torch
from markupsafe import Markup
from torch import Tensor

from ..core import pad_ids
from ..encoder import UNKNOWN_ID
from ..errors import InputError
from ..network import half_weights, none_share
from ..reading import Steps, gru_steps, strongest_texts, weigh_states
from .markup import html, message_of, script, web
from .page_model import PageModel

SCRIPTS = ("reading_values", "reading_pictures", "reading")
MOST = 40  # letters or words; of a longer text the first ones
STRONGEST = 6  # training texts per unit
# Of each unit of a layer: its training texts, in units, each with the place that raises it
Strongest = list[list[tuple[list[str], int]]]


def reading_tab(shown: PageModel, trains: bool) -> None:
    """One piece of HTML, whose script asks the functions of this module.

    `trains`: whether the tab Train stands beside it, whose network can be read, too.
    """
    html(
        Markup(web("reading.html")),
        f"reading{shown.suffix}",
        js=script(*SCRIPTS),
        server_functions=server_functions(shown),
        trains=trains,
        **props(shown),
    )


def props(shown: PageModel) -> dict[str, Any]:
    """Return what the script needs besides its two functions."""
    kind, page = shown.kind, shown.page
    return {
        "box": shown.box,
        "reads": {
            "words": {
                "piece": kind.piece,
                "text": kind.text,
                "texts": kind.texts,
                "label": kind.label,
                "box": page.box,
                "placeholder": page.placeholder,
            },
            "layers": shown.classifier.network.config.n_layers,
            "ordered": kind.on_a_scale,
            "caution": shown.caution,
        },
        "pairs": page.pairs or [[*shown.examples, "", ""][:2]],
    }


def server_functions(shown: PageModel) -> list[Callable]:
    """Return the functions that the script calls by name."""
    strongest_of = cache(partial(strongest_of_units, shown))

    def read(text: Any) -> dict:
        try:
            return reading(shown, text)
        except InputError as error:
            return {"problem": message_of(error)}

    def strongest(_: Any) -> dict:
        return {"layers": strongest_of()}

    return [read, strongest]


@torch.inference_mode()
def reading(shown: PageModel, text: str) -> dict:
    """Return every number that the script draws for one text. Raises InputError."""
    classifier = shown.classifier
    network = classifier.network.eval()
    config = network.config
    units = classifier.read(text)
    ids = classifier.encoder.ids(units[:MOST]) or [UNKNOWN_ID]
    row, lengths = pad_ids([ids])
    row = row.to(classifier.model.device)
    parts = torch.cat(network.embeddings(row))  # (parts, T, E)
    embedded = parts.sum(dim=0)
    layers = gru_steps(network.gru, embedded)
    labels, shares = shares_after_each(shown, ids)
    kind_ids = classifier.encoder.kind_ids
    return {
        "text": text,
        "units": list(units[:MOST]) or ["?"],
        "ids": ids,
        "more": len(units) > MOST,
        "ngrams": list(config.ngrams),
        "scripts": list(config.script_ngrams) if config.ngrams else [],
        "cell": "gru",
        # See reading_values.js
        "by_kind": [int(i) in kind_ids for i in network.unknown_ids[ids]],
        "size": config.hidden_size,
        "labels": labels,
        "temperature": classifier.calibration.temperature,
        "embedding": pack(torch.cat([parts, embedded[None]])),  # (parts + 1, T, E)
        **steps_of(layers),
        "shares": shares,
        "added": added_to_logits(shown, layers[-1]),
        **apart(shown, row, lengths),
    }


def shares_after_each(
    shown: PageModel, ids: list[int]
) -> tuple[list[str], list[list[float]]]:
    """Return the labels, none among them if it is asked, and their shares after each unit."""
    beginnings = [ids[: t + 1] for t in range(len(ids))]
    shares, none = shown.classifier.model.probabilities(beginnings)
    none = none[:, None]
    if not shown.classifier.other_labels:
        return shown.labels, shares.tolist()
    of_none = f"None of these {len(shown.labels)} {shown.kind.labels}"
    joint = torch.cat([shares * (1 - none), none], dim=1)
    return [*shown.labels, of_none], joint.tolist()


def steps_of(layers: list[list[Steps]]) -> dict[str, str]:
    """Return what each direction of each layer is given, keeps in memory and makes of it."""
    directions = [steps for layer in layers for steps in layer]
    return {
        "given": pack(torch.stack([steps.inputs for steps in directions])),
        "memory": pack(torch.stack([steps.memory for steps in directions])),
        "states": pack(torch.stack([steps.states for steps in directions])),
    }


def added_to_logits(shown: PageModel, last_layer: list[Steps]) -> list[list[float]]:
    """Return what each unit adds to the logits of the labels."""
    network, calibration = shown.classifier.network, shown.classifier.calibration
    of_gru, *_ = half_weights(network, calibration.share)
    added = of_gru * weigh_states(network, last_layer)
    return added[:, : len(shown.labels)].tolist()


def apart(shown: PageModel, ids: Tensor, lengths: Tensor) -> dict:
    """Return the logits of the GRU and of what stands beside it, and what each would answer alone.

    `score` has the logits of both together, calibrated: their softmax is the answer.
    """
    network, calibration = shown.classifier.network, shown.classifier.calibration
    n = len(shown.labels)
    temperature = calibration.temperature
    bias = torch.tensor(calibration.bias, device=ids.device)
    both = shown.classifier.model.outputs(ids, lengths)
    logits = []
    alone = []
    for weight, half in zip(
        half_weights(network, calibration.share),
        network.logits_apart(ids, lengths),
        strict=True,
    ):
        weighed = weight * half
        corrected = weighed + bias[: weighed.shape[1]]
        shares = (corrected[:, :n] / temperature).softmax(dim=1)
        none = none_share(corrected, n)[:, None]
        logits.append(weighed[0, :n].tolist())
        alone.append((shares * (1 - none))[0].tolist())
    score = both[0, :n] / temperature
    return {"logits": logits, "alone": alone, "score": score.tolist()}


def strongest_of_units(shown: PageModel) -> list[Strongest]:
    """Return for each layer and unit the training texts that raise it most, each with the letter.

    There is no unit where the model comes without its texts.
    """
    encoder, network = shown.classifier.encoder, shown.classifier.network
    texts = []
    for text in shown.classifier.training_texts:
        units = list(encoder.read(text)[:MOST])
        if units:
            texts.append(units)
    layers = range(network.config.n_layers)
    if not texts:
        return [[] for _ in layers]
    rows = [encoder.ids(units) for units in texts]

    def of_layer(layer: int) -> Strongest:
        numbers, places = strongest_texts(network, rows, layer, STRONGEST)
        return [
            [(texts[i], t) for i, t in zip(best, where, strict=True)]
            for best, where in zip(numbers.T.tolist(), places.T.tolist(), strict=True)
        ]

    return [of_layer(layer) for layer in layers]


def pack(values: Tensor) -> str:
    """Return numbers in base64 as little-endian 16-bit thousandths, a third of their JSON.

    >>> pack(torch.tensor([0.5, -40.0]))
    '9AEAgA=='
    """
    thousandths = (values * 1000).round().clamp(-(2**15), 2**15 - 1)
    content = thousandths.cpu().numpy().astype("<i2").tobytes()
    return base64.b64encode(content).decode()
