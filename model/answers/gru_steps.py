"""What a network does while it reads one text: every gate of its GRU, and what becomes of it.

    gru_steps        the sums in each gate and the state after each letter, layer by layer
    weigh_states     what the pooled states add to each logit
    weigh_groups     what each group of letters adds to the logits of the linear half

`nn.GRU` returns states only. Here its equations are computed from its own weights:

    r = sigmoid(W_ir x + b_ir + W_hr h + b_hr)          reset: how much of the memory is used
    z = sigmoid(W_iz x + b_iz + W_hz h + b_hz)          update: how much of the old state stays
    n = tanh(W_in x + b_in + r * (W_hn h + b_hn))       the candidate
    h = (1 - z) * n + z * h                             the new state

Works on a network and ids; independent of labels' names, calibration and files. Shapes as in
core.py: T ids in the text, E embedding size, H hidden size, D directions, C outputs; or one more
dimension behind T where several texts of one length are read.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from ..network import TextNetwork

MOST_STEPS = 40  # letters or words that the page shows; of a longer text the first ones


@dataclass(frozen=True)
class Steps:
    """What one direction of one layer does at each letter, in the order of the text."""

    inputs: Tensor  # (T, 3, H): what the letter adds to reset, update and new, with its bias
    memory: Tensor  # (T, 3, H): what the state before adds, with its bias
    states: Tensor  # (T, H): the state after the letter

    @property
    def update(self) -> Tensor:
        """The update gate at each letter (T, H)."""
        return (self.inputs[:, 1] + self.memory[:, 1]).sigmoid()


@torch.inference_mode()
def gru_steps(gru: nn.GRU, sequence: Tensor) -> list[list[Steps]]:
    """Return the steps of each layer in each direction for `sequence` (T, E), the embedded text."""
    layers = []
    weights = iter(gru.all_weights)  # of the directions of each layer
    for _ in range(gru.num_layers):
        directions = [_steps(next(weights), sequence)]
        if gru.bidirectional:
            directions.append(_steps(next(weights), sequence, backwards=True))
        layers.append(directions)
        sequence = joined(directions)  # which the next layer reads
    return layers


def joined(layer: Sequence[Steps]) -> Tensor:
    """Return the states (T, D * H) of a layer."""
    return torch.cat([steps.states for steps in layer], dim=-1)


def _steps(
    weights: Sequence[Tensor],
    sequence: Tensor,
    backwards: bool = False,
) -> Steps:
    w_i, w_h, b_i, b_h = weights  # of reset, update and new, one below the other
    weighed = linear(
        sequence, w_i, b_i
    )  # all letters at once, because they need no state
    inputs = weighed.unflatten(-1, (3, -1))
    memory = torch.empty_like(inputs)
    states = torch.empty_like(inputs[..., 0, :])
    state = torch.zeros_like(states[0])
    times = range(len(sequence))
    if backwards:
        times = times[::-1]
    for t in times:
        weighed = linear(state, w_h, b_h)
        memory[t] = weighed.unflatten(-1, (3, -1))
        r_in, z_in, n_in = inputs[t].unbind(-2)
        r_h, z_h, n_h = memory[t].unbind(-2)
        reset = (r_in + r_h).sigmoid()
        update = (z_in + z_h).sigmoid()
        new = (n_in + reset * n_h).tanh()
        state = (1 - update) * new + update * state
        states[t] = state
    return Steps(inputs, memory, states)


@torch.inference_mode()
def weigh_states(network: TextNetwork, last_layer: Sequence[Steps]) -> Tensor:
    """Return what each unit adds to the GRU's logits, by each kind of pooled states (C, P, D * H).

    The pooled states are the last ones and, if the network pools, the mean and the maximum. All
    together and the bias sum to the logits.
    """
    forward, *backward = last_layer
    last_states = [forward.states[-1]]
    for steps in backward:
        last_states.append(steps.states[0])  # which ends at the first letter
    pooled = [torch.cat(last_states)]
    if network.config.pool:
        states = joined(last_layer)
        pooled.append(states.mean(dim=0))
        pooled.append(states.amax(dim=0))
    values = torch.stack(pooled)
    return network.linear.weight.unflatten(1, values.shape) * values


@torch.inference_mode()
def weigh_groups(network: TextNetwork, ids: Tensor) -> Tensor:
    """Return what the groups of each size add to the linear half's logits (S, T, V); ids (1, T)."""
    half, n_ids = network.linear_ngrams, ids.shape[1]
    if half is None:
        return torch.empty(0, n_ids, network.n_own_labels)
    votes = torch.cat(network.votes(ids))
    if half.project is not None:
        votes = half.project(votes)
    return votes / half.n_ngrams(torch.tensor(n_ids)).sqrt()
