"""The network that learns in the browser against PyTorch's."""

from functools import partial

import pytest
import torch
from node import run
from torch import nn
from torch.nn.functional import cross_entropy

E, V, H, C = 5, 9, 4, 3
TEXTS, LABELS = [[2, 8, 3, 3, 1], [4], [7, 2]], [1, 0, 2]
CELLS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
LEARN = """(() => {
  const {config, texts, labels, broken} = given, network = new Network(config, 3, Float64Array);
  const copied = network.copy();
  const runs = texts.map((ids) => network.forward(ids, broken));
  const lengths = runs.map((run, i) => network.backward(run, labels[i]));
  const weights = Object.entries(network.weights).map(([name, {shape, values, gradient}]) =>
    [name, {shape, values: [...values], gradient: [...gradient]}]);
  const length = network.step(0.01, texts.length, 0.5), stepped = [...network.copy()];
  return {runs, lengths, weights: Object.fromEntries(weights), length, stepped,
    restored: network.restore(copied).copy()};
})()"""

doubles = partial(torch.tensor, dtype=torch.float64)
close = partial(torch.allclose, rtol=0, atol=1e-10)


def learn(cell, both=False, layers=1, broken=None):
    """Return what JavaScript computes, and its network in PyTorch with the weights as drawn."""
    sizes = {"vocabulary": V, "embedding": E, "units": H, "labels": C, "layers": layers}
    given = {"config": {"cell": cell, "both": both, **sizes}, "texts": TEXTS, "labels": LABELS}
    found = run(["network.js"], LEARN, given | {"broken": broken or {}})
    recurrent, linear = CELLS[cell](E, H, layers, bidirectional=both), nn.Linear((1 + both) * H, C)
    parts = {"embedding": nn.Embedding(V, E), cell: recurrent, "linear": linear}
    network = nn.ModuleDict(parts).double()
    assert list(found["weights"]) == [*network.state_dict()]  # in the same order, too
    weights = {name: doubles(w["values"]).view(w["shape"]) for name, w in found["weights"].items()}
    network.load_state_dict(weights)
    return found, network


@pytest.mark.parametrize(("both", "layers"), [(False, 1), (True, 1), (True, 2)])
@pytest.mark.parametrize("cell", CELLS)
def test_states_gradients_and_a_step_of_adam_are_pytorch_s(cell, both, layers):
    found, network = learn(cell, both, layers)
    start = [value for weight in found["weights"].values() for value in weight["values"]]
    for ours, ids, label in zip(found["runs"], TEXTS, LABELS, strict=True):
        outputs, _ = network[cell](network["embedding"](torch.tensor(ids)))  # (T, D * H)
        logits = network["linear"](torch.cat([outputs[-1, :H], outputs[0, H:]]))
        cross_entropy(logits, torch.tensor(label)).backward()
        assert close(doubles(ours["probabilities"]), logits.softmax(0))
        states = [doubles(direction["states"]).view(-1, H) for direction in ours["directions"]]
        assert close(torch.cat(states, 1), outputs)
    for name, weight in network.named_parameters():
        gradient = doubles(found["weights"][name]["gradient"]).view_as(weight)
        assert close(gradient, weight.grad), name
        weight.grad /= len(TEXTS)
    norm = nn.utils.clip_grad_norm_(network.parameters(), 0.5)
    torch.optim.Adam(network.parameters(), 0.01).step()
    assert found["length"] == pytest.approx(norm.item(), abs=1e-10)
    stepped = torch.cat([weight.flatten() for weight in network.parameters()])
    assert torch.allclose(doubles(found["stepped"]), stepped, atol=1e-8)
    assert found["restored"] == start


def test_the_gradient_at_every_letter_is_that_of_a_loss_which_starts_there():
    found, network = learn("gru")
    states = []
    for vector in network["embedding"](torch.tensor(TEXTS[0])):
        # A letter at a time, so that each state has a gradient of its own.
        _, state = network["gru"](vector[None], states[-1] if states else None)
        state.retain_grad()
        states.append(state)
    cross_entropy(network["linear"](state[0]), torch.tensor(LABELS[0])).backward()
    assert close(doubles(found["lengths"][0][0]), torch.stack([s.grad.norm() for s in states]))


def test_a_held_gate_and_a_silenced_unit_do_what_the_equations_say():
    for cell, hold in (("gru", {"update": 1}), ("lstm", {"forget": 0, "input": 0})):
        kept, _ = learn(cell, broken={"hold": hold})
        assert not any(kept["runs"][0]["directions"][0]["states"])  # which is 0 at first
    replaced, _ = learn("gru", True, broken={"hold": {"update": 0}, "silenced": [1, H + 2]})
    for read, unit in zip(replaced["runs"][0]["directions"], (1, 2), strict=True):
        gates, states = (torch.tensor(read[key]).view(5, -1) for key in ("gates", "states"))
        new = gates[:, 2 * H :]
        new[:, unit] = 0
        assert torch.allclose(states, new)
