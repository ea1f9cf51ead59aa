"""The network of network.js in PyTorch, with the weights that JavaScript has."""

import torch
from torch import nn
from torch.nn.functional import cross_entropy

CELLS = {
    "rnn": nn.RNN,
    "gru": nn.GRU,
    "lstm": nn.LSTM,
}


def pytorch(config, weights):
    """Return embedding, recurrent layers and linear layer; weights are {name: [shape, values]}."""
    cell = config["cell"]
    size = config["embedding"]
    units = config["units"]
    both = config["both"]
    layers = config.get("layers", 1)
    n_states = 2 * units if both else units
    parts = {
        "embedding": nn.Embedding(config["vocabulary"], size),
        cell: CELLS[cell](size, units, layers, bidirectional=both),
        "linear": nn.Linear(n_states, config["labels"]),
    }
    network = nn.ModuleDict(parts).double()
    assert [*weights] == [*network.state_dict()]  # in the same order, too
    tensors = {}
    for name, weight in weights.items():
        values = torch.tensor(weight["values"], dtype=torch.float64)
        tensors[name] = values.view(weight["shape"])
    network.load_state_dict(tensors)
    network.units = units
    network.cell = network[cell]
    return network


def states_and_logits(network, ids):
    """Return the states after each letter, (T, …, D * H), and the logits, (…, C), of ids (T, …)."""
    vectors = network["embedding"](torch.as_tensor(ids))
    outputs, _ = network.cell(vectors)
    forward = outputs[-1, ..., : network.units]
    backward = outputs[0, ..., network.units :]
    ends = torch.cat([forward, backward], dim=-1)
    return outputs, network["linear"](ends)


def gradients(network, ids, label):
    """Return the norms of the loss's gradients at the state after each letter, (T,)."""
    states, state = [], None
    for vector in network["embedding"](torch.tensor(ids)):
        # A letter at a time, so that each state has a gradient of its own.
        _, state = network.cell(vector[None], state)
        state.retain_grad()
        states.append(state)
    logits = network["linear"](state[0])
    cross_entropy(logits, torch.tensor(label)).backward()
    return torch.stack([state.grad.norm() for state in states])
