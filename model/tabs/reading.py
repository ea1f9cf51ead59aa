"""The How it reads tab: the network's own steps over one text, from characters to probabilities.

model/answers/gru_steps.py computes them. model/web/reading.html is the page; reading.js asks for
the figures, which reading_values.js describes, through `server_functions`, and draws them.
"""

import base64
from collections.abc import Callable
from itertools import chain
from typing import Any

import torch
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from markupsafe import Markup
from pydantic import NonNegativeInt
from pydantic.dataclasses import dataclass
from torch import Tensor

from ..answers.gru_steps import MOST, Steps, gru_steps, weigh_groups, weigh_states
from ..core import pad_ids
from ..errors import InputError
from ..network import half_weights, none_share
from .markup import html, message_of
from .name import answer_value, as_json, letters_value
from .nearest import finder
from .page_model import PageModel
from .scripts import web

SEEN = 60  # texts whose states are asked for at once
POOL = 5000  # texts to search in
ON_STAGE = (
    "text units more cell size labels n states update shares reply groups sizes share letters"
).split()


@dataclass
class Asked:
    """Texts whose states in a layer are asked for."""

    texts: list[str]
    layer: NonNegativeInt = 0


def reading_tab(shown: PageModel, trains: bool, functions: list[Callable]) -> None:
    """Show one piece of HTML, whose script asks the functions of this module.

    `trains`: whether the tab Train stands beside it, whose network can be read, too; `functions`
    are `server_functions`.
    """
    html(
        Markup(web("reading.html")),
        f"reading{shown.suffix}",
        js="reading",
        server_functions=functions,
        trains=trains,
        **props(shown),
    )


def props(shown: PageModel) -> dict[str, Any]:
    """Return what the script needs besides its two functions."""
    kind = shown.kind
    page = shown.page
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
        "parts": web("parts.html"),
        "hasData": bool(shown.classifier.model.look_up),
        "batch": list(chain.from_iterable(page.pairs)) or shown.examples[:2],
    }


def server_functions(shown: PageModel) -> list[Callable]:
    """Return the functions that the scripts of this tab and of the first call by name."""

    def answer(asked: Any) -> dict:
        return answer_value(shown, **asked)

    # What takes longer waits for its turn, so that answers need not.
    turns = CapacityLimiter(2)

    async def stage(text: Any) -> dict:
        return await run_sync(_tried, stage_of, shown, text, limiter=turns)

    def read(text: Any) -> dict:
        return _tried(reading, shown, text)

    def pool(_: Any) -> dict:
        return pool_of(shown)

    def states(asked: Any) -> dict:
        return _tried(states_over, shown, Asked(**asked))

    find = finder(shown)

    async def nearest(text: Any) -> dict:
        return await run_sync(find, text, limiter=turns)

    return [answer, stage, read, pool, states, nearest]


def _tried(function: Callable[..., dict], *given: Any) -> dict:
    """Return what a function does, or what is wrong with the text."""
    try:
        return function(*given)
    except InputError as error:
        return {"problem": message_of(error)}


def stage_of(shown: PageModel, text: str) -> dict:
    """Return what the stage draws of one text. Raises InputError."""
    whole = reading(shown, text)
    return {key: whole[key] for key in ON_STAGE}


def reading(shown: PageModel, text: str) -> dict:
    """Return every number that the scripts draw for one text. Raises InputError."""
    return numbers(shown, text) | {"letters": letters_value(shown, text)}


@torch.inference_mode()
def numbers(shown: PageModel, text: str) -> dict:
    """Return every number of the network's steps over one text. Raises InputError."""
    classifier = shown.classifier
    network = classifier.network.eval()
    config = network.config
    whole = classifier.read(text)
    ids = list(whole.ids[:MOST])
    row, lengths = pad_ids([ids])
    row = row.to(classifier.model.device)

    parts = torch.cat(network.embeddings(row))  # (parts, T, E)
    embedded = parts.sum(dim=0)
    vectors = torch.cat([parts, embedded[None]])  # (parts + 1, T, E)
    layers = gru_steps(network.gru, embedded)
    labels, shares = shares_after_each(shown, ids)
    scripts = list(config.script_ngrams) if config.ngrams else []
    kind_ids = classifier.encoder.kind_ids
    unknown_ids = network.unknown_ids[ids].tolist()
    share = classifier.calibration.gru_weight
    scores = apart(shown, row, lengths)
    groups = (1 - share) / scores["temperature"] * weigh_groups(network, row)
    return {
        "text": text,
        "units": list(whole.units[:MOST]),
        "ids": ids,
        "more": len(whole.units) > MOST,
        "ngrams": list(config.ngrams),
        "scripts": scripts,
        "cell": "gru",
        # See reading_values.js
        "by_kind": [number in kind_ids for number in unknown_ids],
        "size": config.hidden_size,
        "labels": labels,
        "n": len(shown.labels),
        "embedding": pack(vectors),
        **steps_of(layers),
        "shares": shares,
        "reply": as_json(classifier.answer(text, len(shown.labels))),
        "added": added_to_logits(shown, layers[-1]),
        "groups": pack(groups[..., : len(shown.labels)]),
        "sizes": list(config.linear_ngrams),
        "share": share if len(groups) else 1,
        **scores,
    }


def shares_after_each(
    shown: PageModel, ids: list[int]
) -> tuple[list[str], list[list[float]]]:
    """Return the labels, none among them if it is asked, and their shares after each unit."""
    beginnings = [ids[: t + 1] for t in range(len(ids))]
    shares, none = shown.classifier.model.probabilities(beginnings)
    if not shown.classifier.other_labels:
        return shown.labels, shares.tolist()
    of_none = f"None of these {len(shown.labels)} {shown.kind.labels}"
    none = none[:, None]
    of_labels = shares * (1 - none)
    joint = torch.cat([of_labels, none], dim=1)
    return [*shown.labels, of_none], joint.tolist()


def steps_of(layers: list[list[Steps]]) -> dict[str, Any]:
    """Return what each direction of each layer is given, keeps in memory and makes of it."""
    inputs = []
    memory = []
    states = []
    updates = []
    for steps in chain.from_iterable(layers):
        _, update, _ = (steps.inputs + steps.memory).sigmoid().unbind(-2)
        updates.append(update.mean(dim=-1))
        inputs.append(steps.inputs)
        memory.append(steps.memory)
        states.append(steps.states)
    return {
        "given": pack(torch.stack(inputs)),
        "memory": pack(torch.stack(memory)),
        "states": pack(torch.stack(states)),
        "update": torch.stack(updates).tolist(),
    }


def added_to_logits(shown: PageModel, last_layer: list[Steps]) -> list[list[float]]:
    """Return what each unit adds to the logits of the labels."""
    network = shown.classifier.network
    of_gru, *_ = half_weights(network, shown.classifier.calibration.gru_weight)
    added = of_gru * weigh_states(network, last_layer)
    return added[:, : len(shown.labels)].tolist()


def apart(shown: PageModel, ids: Tensor, lengths: Tensor) -> dict:
    """Return the logits of the GRU and of what stands beside it, and what each would answer alone.

    `score` has the logits of both together, divided by `temperature`: their softmax is the answer.
    """
    network = shown.classifier.network
    calibration = shown.classifier.calibration
    n = len(shown.labels)
    bias = torch.tensor(calibration.bias, device=ids.device)
    weights = half_weights(network, calibration.gru_weight)
    halves = network.logits_apart(ids, lengths)
    logits = []
    alone = []
    for weight, half in zip(weights, halves, strict=True):
        weighed = weight * half
        logits.append(weighed[0, :n].tolist())
        corrected = weighed + bias[: weighed.shape[1]]
        shares = calibration.shares(corrected[:, :n], lengths)
        none = none_share(corrected, n)[:, None]
        joint = shares * (1 - none)
        alone.append(joint[0].tolist())
    both = shown.classifier.model.outputs(ids, lengths)[:, :n]
    temperature = calibration.temperatures(lengths, both)
    score = both[0] / temperature
    return {
        "logits": logits,
        "alone": alone,
        "temperature": temperature.item(),
        "score": score.tolist(),
    }


def pool_of(shown: PageModel) -> dict[str, Any]:
    """Return texts to watch a unit over: {"names"} in the form of names.txt, or {"texts"}."""
    classifier = shown.classifier
    if classifier.task.name == "names":
        return {"names": web("names.txt")}
    texts = list(classifier.training_texts) or [row["text"] for row in shown.to_guess]
    return {"texts": texts[:: len(texts) // POOL + 1]}


@torch.inference_mode()
def states_over(shown: PageModel, asked: Asked) -> dict:
    """Return what is read of several texts, and the states of a layer, (D, T, H) of each text.

    Raises InputError.
    """
    classifier = shown.classifier
    network = classifier.network.eval()
    layer = min(asked.layer, network.config.n_layers - 1)
    units = []
    states = []
    for text in asked.texts[:SEEN]:
        whole = classifier.read(text)
        ids, _ = pad_ids([whole.ids[:MOST]])
        embedded = network.embed(ids.to(classifier.model.device))
        directions = gru_steps(network.gru, embedded[0])[layer]
        units.append(list(whole.units[:MOST]))
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
