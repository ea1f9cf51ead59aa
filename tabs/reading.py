"""The How it reads tab: the network's own steps over one text, from characters to probabilities.

model/reading.py computes them; reading.html is the page, and reading.js asks for the figures
through the three functions below and draws them.
"""

import base64
from collections.abc import Callable
from dataclasses import asdict
from functools import cache, wraps
from pathlib import Path
from threading import Lock
from typing import Any

import gradio as gr
import torch
from torch import Tensor

from model.core import UNKNOWN_ID, none_share, pad_ids
from model.errors import InputError
from model.reading import gru_steps, strongest_texts, weigh_states
from model.storage.facts import sizes_in_words

from .name import none_of
from .shown import Shown

HERE = Path(__file__).parent
MOST = 40  # letters or words; of a longer text the first ones
STRONGEST = 6  # training texts per unit


def reading_tab(shown: Shown) -> None:
    """One piece of HTML, whose script asks the functions of this module."""
    words, config = shown.words, shown.classifier.network.config
    sizes, pairs = sizes_in_words(config.ngrams), words.pairs or [shown.examples[:2]]
    groups = f", which is added to those of groups of {sizes} {words.piece}s; the GRU reads the sum"
    both = config.bidirectional
    facts = {
        "Piece": words.piece.capitalize(),
        "sums": groups if sizes else ", which the GRU reads",
        "ways": ", in both directions" if both else "",
        "second": "; a second GRU starts at the end" if both else "",
        "because": ", because the backward direction needs an end to start from" if both else "",
        "pools": ", their mean and their maximum" if config.pool else "",
    }
    page = (HERE / "reading.html").read_text("utf-8")
    gr.HTML(
        html_template=page.format(**asdict(words), **asdict(config), **facts),
        js_on_load=(HERE / "reading.js").read_text("utf-8"),
        server_functions=server_functions(shown),
        elem_id=f"reading{shown.suffix}",
        box=shown.box,
        layers=config.n_layers,
        piece=words.piece,
        ordered=words.on_a_scale,
        pairs=pairs,
        others=pairs[-1],
    )


def server_functions(shown: Shown) -> list[Callable[[Any], dict]]:
    """Return what the script asks: functions of one object from JSON that return another."""
    lock = Lock()  # so that of two first visitors one computes and the other waits
    strongest_of = cache(lambda layer: strongest_of_units(shown, layer))
    n_layers = shown.classifier.network.config.n_layers

    def layer_of(asked: dict) -> int:
        layer = asked.get("layer")
        if type(layer) is not int or not 0 <= layer < n_layers:
            raise InputError(f"The layer must be a whole number from 0 to {n_layers - 1}.")
        return layer

    def read(asked: dict) -> dict:
        return reading(shown, asked.get("text", ""), layer_of(asked))

    def batch(asked: dict) -> dict:
        texts = asked.get("texts")
        if not isinstance(texts, list) or not 1 <= len(texts) <= 3:
            raise InputError("A list of up to three texts is needed.")
        return batch_of(shown, texts)

    def strongest(asked: dict) -> dict:
        with lock:
            return {"units": strongest_of(layer_of(asked))}

    return [_answered(read), _answered(batch), _answered(strongest)]


def _answered(function: Callable[[dict], dict]) -> Callable[[Any], dict]:
    """Return `function` for any value, with the message of an InputError as its answer."""

    @wraps(function)  # the script calls it by this name
    def answered(asked: Any) -> dict:
        try:
            return function(asked if isinstance(asked, dict) else {})
        except InputError as error:
            return {"problem": str(error)}

    return answered


def first_units(shown: Shown, text: str) -> tuple[list[str], list[int], bool]:
    """Return the first units of a text with their ids, and whether there are more."""
    encoder, units = shown.classifier.encoder, shown.classifier.read(text)
    return list(units[:MOST]) or ["?"], encoder.ids(units[:MOST]) or [UNKNOWN_ID], len(units) > MOST


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
    joint = torch.cat([shares * (1 - none[:, None]), none[:, None]], dim=1)[:, : len(labels)]
    found = {
        "text": text,
        "units": units,
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
        "shares": joint.tolist(),  # of each label after each letter
        "pooled": pack(pooled),
        "added": added[:, : len(shown.labels)].tolist(),
    }
    return found | apart(shown, row, lengths)


def apart(shown: Shown, ids: Tensor, lengths: Tensor) -> dict:
    """Return the logits of the GRU and of what stands beside it, and what each would answer alone.

    `score` has the logits of both together, calibrated: their softmax is the answer.
    """
    network, calibration = shown.classifier.network, shown.classifier.calibration
    n, bias = len(shown.labels), torch.tensor(calibration.bias, device=ids.device)
    both = shown.classifier.outputs(ids, lengths)
    parts, alone = network.logits_apart(ids, lengths), []
    for logits in parts:
        corrected = logits + bias[: logits.shape[1]]
        share = 1 - none_share(corrected, n)[:, None]
        alone.append(((corrected[:, :n] / calibration.temperature).softmax(dim=1) * share)[0])
    return {
        "logits": [logits[0, :n].tolist() for logits in parts],
        "alone": [shares.tolist() for shares in alone],
        "score": (both[0, :n] / calibration.temperature).tolist(),
    }


def strongest_of_units(shown: Shown, layer: int) -> list[list[tuple[str, str, str]]]:
    """Return for each unit of a layer the training texts that raise it most, cut at the letter."""
    encoder, texts = shown.classifier.encoder, shown.classifier.training_texts
    read = [units for text in texts if (units := encoder.read(text)[:MOST])]
    if not read:
        return []
    rows = [encoder.ids(units) for units in read]
    found = strongest_texts(shown.classifier.network, rows, layer, STRONGEST)

    def cut(i: int, t: int) -> tuple[str, str, str]:
        return "".join(read[i][:t]), read[i][t], "".join(read[i][t + 1 :])

    columns = zip(*(part.T.tolist() for part in found), strict=True)
    return [[cut(i, t) for i, t in zip(*column, strict=True)] for column in columns]


def pack(values: Tensor) -> str:
    """Return numbers in base64 as little-endian 16-bit thousandths, a third of their JSON.

    >>> pack(torch.tensor([0.5, -40.0]))
    '9AEAgA=='
    """
    thousandths = (values * 1000).round().clamp(-(2**15), 2**15 - 1)
    return base64.b64encode(thousandths.cpu().numpy().astype("<i2").tobytes()).decode()
