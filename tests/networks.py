"""The network of network.js in PyTorch, with the weights that JavaScript has."""

import torch
from torch import nn

CELLS = {
    "rnn": nn.RNN,
    "gru": nn.GRU,
    "lstm": nn.LSTM,
}


def pytorch(config, weights):
    """Return embedding, recurrent layers and linear layer; weights are {name: [shape, values]}."""
    cell, size, units = config["cell"], config["embedding"], config["units"]
    both, layers = config["both"], config.get("layers", 1)
    parts = {
        "embedding": nn.Embedding(config["vocabulary"], size),
        cell: CELLS[cell](size, units, layers, bidirectional=both),
        "linear": nn.Linear((1 + both) * units, config["labels"]),
    }
    network = nn.ModuleDict(parts).double()
    assert [*weights] == [*network.state_dict()]  # in the same order, too
    tensors = {
        name: torch.tensor(weight["values"], dtype=torch.float64).view(weight["shape"])
        for name, weight in weights.items()
    }
    network.load_state_dict(tensors)
    network.units, network.cell = units, network[cell]
    return network


def states_and_logits(network, ids):
    """Return the states after each letter, (T, …, D * H), and the logits, (…, C), of ids (T, …)."""
    outputs, _ = network.cell(network["embedding"](torch.as_tensor(ids)))
    ends = [outputs[-1, ..., : network.units], outputs[0, ..., network.units :]]
    return outputs, network["linear"](torch.cat(ends, dim=-1))
