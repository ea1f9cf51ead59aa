"""The How it reads tab: the network's own steps over one text, from characters to probabilities.

model/reading.py computes them; reading.html is the page and reading.js draws on it. Every figure
that the script shows comes from the model folder, through the three functions below.
"""

import base64
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import gradio as gr
import torch
from torch import Tensor

from model.core import none_share, pad_ids
from model.errors import InputError
from model.reading import gru_steps, strongest_texts, weigh_states
from model.storage.facts import sizes_in_words

from .name import none_of
from .shown import Shown

HERE = Path(__file__).parent
MOST = 40  # letters or words; of a longer text the first ones
STRONGEST = 6  # training texts per unit
SCALE = 1000  # numbers travel as thousandths, in 16 bits


def reading_tab(shown: Shown) -> None:
    """One piece of HTML, whose script asks the functions of this module."""
    words, config = shown.words, shown.classifier.network.config
    sizes = sizes_in_words(config.ngrams)
    sums = f", to which those of groups of {sizes} {words.piece}s are added" if sizes else ""
    pool = ", their mean and their maximum" if config.pool else ""
    gr.HTML(
        html_template=(HERE / "reading.html")
        .read_text("utf-8")
        .format(
            **asdict(words),
            Piece=words.piece.capitalize(),
            sums=sums,
            pool=pool,
            hidden=config.hidden_size,
            embedding=config.embedding_size,
        ),
        js_on_load=(HERE / "reading.js").read_text("utf-8"),
        server_functions=server_functions(shown),
        elem_id=f"reading{shown.suffix}",
        box=f"name{shown.suffix}",
        layers=config.n_layers,
        piece=words.piece,
        ordered=words.on_a_scale,
        pairs=words.pairs or [shown.examples[:2]],
        others=(words.pairs[1:] or [shown.examples[1:3]])[0],
    )


def server_functions(shown: Shown) -> list[Callable]:
    """Return what the script asks, each a function of one value from JSON that returns JSON."""
    lock = Lock()  # so that of two first visitors one computes and the other waits

    @cache
    def strongest_of(layer: int) -> list[list[list[str]]]:
        return strongest_of_units(shown, layer)

    def read(asked: Any) -> dict:
        return reading(shown, _value(asked, "text"), _layer(shown, asked))

    def batch(asked: Any) -> dict:
        texts = _value(asked, "texts")
        if not isinstance(texts, list) or len(texts) > 3:
            raise InputError("A list of up to three texts is needed.")
        return batch_of(shown, texts)

    def strongest(asked: Any) -> dict:
        with lock:
            return {"units": strongest_of(_layer(shown, asked))}

    return [_answered(read), _answered(batch), _answered(strongest)]


def _answered(function: Callable[[Any], dict]) -> Callable[[Any], dict]:
    """Return `function` with the message of an InputError as its answer."""

    def answered(asked: Any) -> dict:
        try:
            return function(asked)
        except InputError as error:
            return {"problem": str(error)}

    answered.__name__ = function.__name__  # which the script calls it by
    return answered


def _value(asked: Any, key: str) -> Any:
    return asked.get(key) if isinstance(asked, dict) else None


def _layer(shown: Shown, asked: Any) -> int:
    layer, n = _value(asked, "layer"), shown.classifier.network.config.n_layers
    if type(layer) is not int or not 0 <= layer < n:
        raise InputError(f"The layer must be a whole number from 0 to {n - 1}.")
    return layer


def first_units(shown: Shown, text: str) -> tuple[list[str], list[int], bool]:
    """Return the first units of a text with their ids, and whether there are more."""
    encoder, units = shown.classifier.encoder, shown.classifier.read(text)
    return list(units[:MOST]), encoder.ids(units[:MOST]) or [1], len(units) > MOST


def batch_of(shown: Shown, texts: list[str]) -> dict:
    """Return the texts as the lecture packs them: sorted by length, the ids padded with 0."""
    rows = sorted((first_units(shown, text) for text in texts), key=lambda row: -len(row[1]))
    ids, lengths = pad_ids([row[1] for row in rows])
    return {"units": [row[0] for row in rows], "ids": ids.tolist(), "lengths": lengths.tolist()}


@torch.inference_mode()
def reading(shown: Shown, text: str, layer: int) -> dict:
    """Return every number that the script draws for one text, with the states of one layer."""
    units, ids, is_cut = first_units(shown, text)
    classifier, network = shown.classifier, shown.classifier.network
    network.eval()
    row, lengths = pad_ids([ids])
    row = row.to(classifier.device)
    parts = [part[0] for part in network.embedding_parts(row)]
    embedded, _ = network.embed(row)
    steps = gru_steps(network.gru, embedded[0])
    pooled, added = weigh_states(network, steps[-1])
    starts, start_lengths = pad_ids([ids[: t + 1] for t in range(len(ids))])
    shares, none = classifier.probabilities(starts.to(classifier.device), start_lengths)
    labels = [*shown.labels, *([none_of(shown)] if classifier.other_labels else [])]
    found = {
        "text": text,
        "units": units or ["?"],
        "ids": ids,
        "more": is_cut,
        "ngrams": list(network.config.ngrams),
        "size": network.config.hidden_size,
        "labels": labels,
        "temperature": classifier.calibration.temperature,
        "embedding": pack(torch.stack([*parts, embedded[0]])),  # (parts + 1, T, E)
        "given": pack(torch.stack([direction.inputs for direction in steps[layer]])),
        "memory": pack(torch.stack([direction.memory for direction in steps[layer]])),
        "states": pack(torch.stack([direction.states for direction in steps[layer]])),
        "pooled": pack(pooled),
        "added": added[:, : len(shown.labels)].tolist(),
    }
    joint = torch.cat([shares * (1 - none[:, None]), none[:, None]], dim=1)
    shares_of = joint[:, : len(labels)].tolist()  # of each label after each letter
    return found | apart(shown, row, lengths) | {"shares": shares_of}


def apart(shown: Shown, ids: Tensor, lengths: Tensor) -> dict:
    """Return the logits of the GRU and of what stands beside it, and what each would answer alone.

    `score` has the logits of both together, calibrated: their softmax is the answer.
    """
    classifier, n = shown.classifier, len(shown.labels)
    outputs = classifier.network.logits_apart(ids, lengths)
    bias = torch.tensor(classifier.calibration.bias)
    together = classifier.network(ids, lengths)
    alone = []
    for logits in outputs:
        calibrated = (logits + bias[: logits.shape[1]])[:, :n] / classifier.calibration.temperature
        stays = 1 - none_share(logits + bias[: logits.shape[1]], n)[:, None]
        alone.append((calibrated.softmax(dim=1) * stays)[0].tolist())
    score = (together + bias)[0, :n] / classifier.calibration.temperature
    return {
        "logits": [logits[0, :n].tolist() for logits in outputs],
        "alone": alone,
        "score": score.tolist(),
    }


def strongest_of_units(shown: Shown, layer: int) -> list[list[list[str]]]:
    """Return for each unit of a layer the training texts that raise it most, cut at the letter."""
    encoder = shown.classifier.encoder
    read = [encoder.read(text)[:MOST] for text in shown.classifier.training_texts]
    rows = [encoder.ids(units) for units in read]
    if not rows:
        return []
    texts, places = strongest_texts(shown.classifier.network, rows, layer, STRONGEST)
    cut = [
        [
            ("".join(read[i][:t]), read[i][t], "".join(read[i][t + 1 :]))
            for i, t in zip(*column, strict=True)
        ]
        for column in zip(texts.T.tolist(), places.T.tolist(), strict=True)
    ]
    return [[list(parts) for parts in unit] for unit in cut]


def pack(values: Tensor) -> str:
    """Return numbers in base64 as little-endian 16-bit thousandths, a third of their JSON.

    >>> pack(torch.tensor([0.5, -40.0]))
    '9AEAgA=='
    """
    scaled = (values * SCALE).round().clamp(-(2**15), 2**15 - 1)
    return base64.b64encode(scaled.cpu().short().numpy().astype("<i2").tobytes()).decode()
