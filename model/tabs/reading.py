"""The How it reads tab: the network's own steps over one text, from characters to probabilities.

model/reading.py computes them; model/web/reading.html is the page, and reading.js, which describes
them, asks for the figures through the two functions below and draws them.
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
from ..reading import gru_steps, strongest_texts, weigh_states
from .markup import html, message_of, script, web
from .page_model import PageModel

MOST = 40  # letters or words; of a longer text the first ones
STRONGEST = 6  # training texts per unit


def reading_tab(shown: PageModel, trains: bool) -> None:
    """One piece of HTML, whose script asks the functions of this module.

    `trains`: whether the tab Train stands beside it, whose network can be read, too.
    """
    more = {
        "server_functions": server_functions(shown),
        "trains": trains,
        **props(shown),
    }
    html(
        Markup(web("reading.html")),
        f"reading{shown.suffix}",
        js=script("reading"),
        **more,
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
    classifier, network = shown.classifier, shown.classifier.network.eval()
    units = classifier.read(text)
    ids = classifier.encoder.ids(units[:MOST]) or [UNKNOWN_ID]
    row, lengths = pad_ids([ids])
    row = row.to(classifier.model.device)
    kinds = classifier.encoder.kind_ids
    parts = torch.cat(network.embeddings(row))  # (parts, T, E)
    embedded = parts.sum(dim=0)
    steps = gru_steps(network.gru, embedded)
    of_gru, *_ = half_weights(network, classifier.calibration.share)
    added = of_gru * weigh_states(network, steps[-1])
    shares, none = classifier.model.probabilities(
        [ids[: t + 1] for t in range(len(ids))]
    )
    labels = [*shown.labels, f"None of these {len(shown.labels)} {shown.kind.labels}"]
    labels = labels[: len(shown.labels) + bool(classifier.other_labels)]
    joint = torch.cat([shares * (1 - none[:, None]), none[:, None]], dim=1)[
        :, : len(labels)
    ]
    found = {
        "text": text,
        "units": list(units[:MOST]) or ["?"],
        "ids": ids,
        "more": len(units) > MOST,
        "ngrams": list(network.config.ngrams),
        "scripts": list(network.config.script_ngrams) if network.config.ngrams else [],
        "cell": "gru",
        "by_kind": [
            int(i) in kinds for i in network.unknown_ids[ids]
        ],  # see reading.js
        "size": network.config.hidden_size,
        "labels": labels,
        "temperature": classifier.calibration.temperature,
        "embedding": pack(torch.cat([parts, embedded[None]])),  # (parts + 1, T, E)
        "given": pack(torch.stack([step.inputs for layer in steps for step in layer])),
        "memory": pack(torch.stack([step.memory for layer in steps for step in layer])),
        "states": pack(torch.stack([step.states for layer in steps for step in layer])),
        "shares": joint.tolist(),  # of each label after each letter
        "added": added[:, : len(shown.labels)].tolist(),
    }
    return found | apart(shown, row, lengths)


def apart(shown: PageModel, ids: Tensor, lengths: Tensor) -> dict:
    """Return the logits of the GRU and of what stands beside it, and what each would answer alone.

    `score` has the logits of both together, calibrated: their softmax is the answer.
    """
    network, calibration = shown.classifier.network, shown.classifier.calibration
    n, bias = len(shown.labels), torch.tensor(calibration.bias, device=ids.device)
    both = shown.classifier.model.outputs(ids, lengths)
    weights = half_weights(network, calibration.share)
    halves = [
        weight * logits
        for weight, logits in zip(
            weights, network.logits_apart(ids, lengths), strict=True
        )
    ]
    alone = []
    for logits in halves:
        corrected = logits + bias[: logits.shape[1]]
        shares = (corrected[:, :n] / calibration.temperature).softmax(dim=1)
        alone.append((shares * (1 - none_share(corrected, n)[:, None]))[0].tolist())
    return {
        "logits": [logits[0, :n].tolist() for logits in halves],
        "alone": alone,
        "score": (both[0, :n] / calibration.temperature).tolist(),
    }


def strongest_of_units(shown: PageModel) -> list[list[list[tuple[list[str], int]]]]:
    """Return for each layer and unit the training texts that raise it most, each with the letter.

    There is no unit where the model comes without its texts.
    """
    encoder, network = shown.classifier.encoder, shown.classifier.network
    read = (list(encoder.read(text)[:MOST]) for text in shown.classifier.training_texts)
    texts = [units for units in read if units]
    rows = [encoder.ids(units) for units in texts]

    def of_layer(layer: int) -> list[list[tuple[list[str], int]]]:
        found = strongest_texts(network, rows, layer, STRONGEST)
        columns = zip(*(part.T.tolist() for part in found), strict=True)
        return [
            [(texts[i], t) for i, t in zip(*column, strict=True)] for column in columns
        ]

    return [of_layer(layer) if rows else [] for layer in range(network.config.n_layers)]


def pack(values: Tensor) -> str:
    """Return numbers in base64 as little-endian 16-bit thousandths, a third of their JSON.

    >>> pack(torch.tensor([0.5, -40.0]))
    '9AEAgA=='
    """
    thousandths = (values * 1000).round().clamp(-(2**15), 2**15 - 1)
    return base64.b64encode(thousandths.cpu().numpy().astype("<i2").tobytes()).decode()
