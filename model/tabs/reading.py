"""What the page shows of one text: the network's own steps, from characters to probabilities.

model/answers/gru_steps.py computes them. The scripts of the first tab ask for the figures, which
reading_values.js describes, through `server_functions`.
"""

import base64
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

import numpy as np
import torch
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from pydantic import NonNegativeInt
from pydantic.dataclasses import dataclass
from torch import Tensor

from ..answering import (
    LeftOut,
    conclude,
    explain,
    explained,
    judge,
    left_out,
    read_text,
)
from ..answers.gru_steps import MOST_STEPS, Steps, gru_steps, weigh_groups, weigh_states
from ..core import pad_ids
from ..errors import InputError
from ..network import half_weights
from .markup import message_of
from .name import letters_value, spoken
from .nearest import finder
from .page_model import PageModel
from .scripts import web

MOST_TEXTS = 60  # texts whose states are asked for at once
POOL = 5000  # texts to search in


@dataclass
class StatesQuery:
    """Texts whose states in a layer are asked for."""

    texts: list[str]
    layer: NonNegativeInt = 0


def server_functions(shown: PageModel) -> list[Callable]:
    """Return the functions that the scripts of the first tab call by name."""

    # What takes long waits for its turn, so that the page need not.
    turns = CapacityLimiter(2)

    async def view(asked: Any) -> dict:
        known = asked if isinstance(asked, dict) else {}
        given = known.get("text"), bool(known.get("opened"))
        return await run_sync(_tried, view_of, shown, *given, limiter=turns)

    def pool(_: Any) -> dict:
        return pool_of(shown)

    def states(asked: Any) -> dict:
        return _tried(states_over, shown, StatesQuery(**asked))

    find = finder(shown)

    async def nearest(text: Any) -> dict:
        return await run_sync(find, text, limiter=turns)

    return [view, pool, states, nearest]


def _tried(function: Callable[..., dict], *given: Any) -> dict:
    """Return what a function does, or what is wrong with the text."""
    try:
        return function(*given)
    except InputError as error:
        return {"problem": message_of(error)}


def view_of(shown: PageModel, text: str, opened: bool = False) -> dict:
    """Return what the page shows of a text at a key, by one batch of the network.

    Beside it are read its beginnings, what it would answer if the text ended at each letter, and
    what is left without each letter. If what is inside is `opened`, its numbers come along. Raises
    InputError.
    """
    model = shown.model
    whole = read_text(model, text)
    ids = whole.ids[:MOST_STEPS]
    beginnings = [ids[: t + 1] for t in range(len(ids))]
    pieces: list[LeftOut] = []
    letters: dict[str, Any] = {}
    try:
        pieces = left_out(model, whole)
    except InputError as error:
        letters = {"problem": message_of(error)}
    beside = [piece.ids for piece in pieces if piece.ids]
    [case] = judge(model, [whole], [*beginnings, *beside])
    [answer] = conclude(model, [case], len(shown.labels))
    [of_read] = case.outputs.logits_of([ids])
    labels, shares = named(shown, case.outputs.joint_of(beginnings))
    if answer.verdict.kind == "text":
        letters = {}
    elif pieces:
        explanation = explain(model, case, answer, pieces)
        columns, _ = explained(model, answer)
        letters = letters_value(shown, explanation, columns, pieces)
    return {
        **spoken(shown, answer),
        "text": text,
        "units": list(whole.units[:MOST_STEPS]),
        "more": len(whole.units) > MOST_STEPS,
        "labels": labels,
        "n": len(shown.labels),
        "shares": shares,
        "letters": letters,
        **network_value(shown, ids, of_read, opened),
    }


def named(shown: PageModel, joint: np.ndarray) -> tuple[list[str], list[list[float]]]:
    """Return the labels, none among them if it is asked, and their shares of `joint` (n, …)."""
    labels = shown.labels
    if shown.model.other_labels:
        labels = [*labels, f"None of these {len(labels)} {shown.kind.labels}"]
    return labels, joint[:, : len(labels)].tolist()


@torch.inference_mode()
def network_value(
    shown: PageModel, ids: Sequence[int], outputs: Tensor, opened: bool
) -> dict[str, Any]:
    """Return what the network does while it reads ids (T,), whose `outputs` (C,) are there.

    That is what the stage draws and, if it is `opened`, what explains its rows.
    """
    model, n = shown.model, len(shown.labels)
    network, calibration = model.network.eval(), model.calibration
    row, lengths = pad_ids([ids])
    row = row.to(model.device)
    addends = torch.cat(network.embeddings(row))  # (addends, T, E)
    embedded = addends.sum(dim=0)
    layers = gru_steps(network.gru, embedded)
    every = list(chain.from_iterable(layers))  # direction of each layer
    temperature = calibration.temperatures(lengths, outputs[None, :n])
    votes = weigh_groups(network, row)[..., :n]
    groups = (1 - calibration.gru_weight) / temperature * votes
    stage = {
        "cell": "gru",
        "size": network.config.hidden_size,
        "states": pack(torch.stack([steps.states for steps in every])),
        "update": [steps.update.mean(dim=-1).tolist() for steps in every],
        "groups": pack(groups),
        "sizes": list(network.config.linear_ngrams),
        "share": calibration.gru_weight if len(groups) else 1,
    }
    if not opened:
        return stage
    score = outputs[:n] / temperature
    return stage | {
        **ids_value(shown, ids),
        "embedding": pack(torch.cat([addends, embedded[None]])),  # (addends + 1, T, E)
        "given": pack(torch.stack([steps.inputs for steps in every])),
        "memory": pack(torch.stack([steps.memory for steps in every])),
        "temperature": temperature.item(),
        "score": score.tolist(),  # its softmax is the answer
        **halves_value(shown, row, lengths, layers[-1], int(score.argmax())),
    }


def ids_value(shown: PageModel, ids: Sequence[int]) -> dict[str, Any]:
    """Return ids, and what the groups around each are of."""
    network = shown.model.network
    config = network.config
    kind_ids = shown.model.encoder.kind_ids
    unknown_ids = network.unknown_ids[list(ids)].tolist()
    return {
        "ids": list(ids),
        "ngrams": list(config.ngrams),
        "scripts": list(config.script_ngrams) if config.ngrams else [],
        "by_kind": [number in kind_ids for number in unknown_ids],
    }


def halves_value(
    shown: PageModel,
    ids: Tensor,
    lengths: Tensor,
    last_layer: list[Steps],
    best: int,
) -> dict[str, Any]:
    """Return the logits of the GRU and of what stands beside it, and what each would answer alone.

    `added` is what each kind of pooled states adds to the logits of the GRU, and `tells` the unit
    that speaks most for the `best` label, beside all others.
    """
    model, n = shown.model, len(shown.labels)
    bias = torch.tensor(model.calibration.bias, device=ids.device)
    weights = half_weights(model.network, model.calibration.gru_weight)
    logits = []
    alone = []
    halves = model.network.logits_apart(ids, lengths)
    for weight, half in zip(weights, halves, strict=True):
        weighed = weight * half
        logits.append(weighed[0, :n].tolist())
        corrected = weighed + bias[: weighed.shape[1]]
        shares, none = model.shares_of(corrected, lengths)
        alone.append((shares * (1 - none[:, None]))[0].tolist())
    by_unit = weigh_states(model.network, last_layer)[:n]
    bias = model.network.linear.bias[None, :n]
    added = weights[0] * torch.cat([by_unit.sum(dim=2).T, bias])
    of_unit = by_unit.sum(dim=1)  # (n, D * H)
    return {
        "logits": logits,
        "alone": alone,
        "added": added.tolist(),
        "tells": int((of_unit[best] - of_unit.mean(dim=0)).argmax()),
    }


def pool_of(shown: PageModel) -> dict[str, Any]:
    """Return texts to watch a unit over: {"names"} in the form of names.txt, or {"texts"}."""
    if shown.model.task.name == "names":
        return {"names": web("names.txt")}
    texts = list(shown.model.training_texts) or [row["text"] for row in shown.to_guess]
    return {"texts": texts[:: len(texts) // POOL + 1]}


@torch.inference_mode()
def states_over(shown: PageModel, asked: StatesQuery) -> dict:
    """Return what is read of several texts, and the states of a layer, (D, T, H) of each text.

    Raises InputError.
    """
    network = shown.model.network.eval()
    layer = min(asked.layer, network.config.n_layers - 1)
    units = []
    states = []
    for text in asked.texts[:MOST_TEXTS]:
        whole = read_text(shown.model, text)
        ids, _ = pad_ids([whole.ids[:MOST_STEPS]])
        embedded = network.embed(ids.to(shown.model.device))
        directions = gru_steps(network.gru, embedded[0])[layer]
        units.append(list(whole.units[:MOST_STEPS]))
        for steps in directions:
            states.append(steps.states.flatten())
    return {"units": units, "states": pack(torch.cat(states))}


def pack(values: Tensor) -> str:
    """Return numbers in base64 as little-endian 16-bit thousandths, a third of their JSON.

    >>> pack(torch.tensor([0.5, -40.0]))
    '9AEAgA=='
    """
    thousandths = (values * 1000).round()
    in_range = thousandths.clamp(-(2**15), 2**15 - 1)
    content = in_range.cpu().numpy().astype("<i2").tobytes()
    return base64.b64encode(content).decode()
