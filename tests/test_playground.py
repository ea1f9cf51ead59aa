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


def learn(cell, both, broken=None, layers=1):
    sizes = {"vocabulary": V, "embedding": E, "units": H, "labels": C, "layers": layers}
    given = {"config": {"cell": cell, "both": both, **sizes}, "texts": TEXTS, "labels": LABELS}
    return run(["network.js"], LEARN, given | {"broken": broken or {}})


class Plain(nn.Module):
    """The same network in PyTorch, in double precision, with the weights that JavaScript drew."""

    def __init__(self, cell, both, found, layers=1):
        super().__init__()
        self.embedding = nn.Embedding(V, E)
        setattr(self, cell, CELLS[cell](E, H, layers, batch_first=True, bidirectional=both))
        self.linear = nn.Linear((1 + both) * H, C)
        self.double()
        self.load_state_dict(
            {name: doubles(w["values"]).view(w["shape"]) for name, w in found.items()}
        )

    def forward(self, recurrent, ids):
        embedded = self.embedding(torch.tensor([ids]))
        outputs, _ = recurrent(embedded)  # (1, T, D * H)
        outputs.retain_grad()
        self.last = outputs[0, -1, :H]
        if recurrent.bidirectional:
            self.last = torch.cat([self.last, outputs[0, 0, H:]])
        return outputs, self.linear(self.last)


@pytest.mark.parametrize(("both", "layers"), [(False, 1), (True, 1), (True, 2)])
@pytest.mark.parametrize("cell", CELLS)
def test_states_gradients_and_a_step_of_adam_are_pytorch_s(cell, both, layers):
    found = learn(cell, both, layers=layers)
    network = Plain(cell, both, found["weights"], layers)
    assert list(found["weights"]) == [*network.state_dict()]  # in the same order, too
    read = [network(getattr(network, cell), ids) for ids in TEXTS]
    logits = torch.stack([logits for _, logits in read])
    (loss := cross_entropy(logits, torch.tensor(LABELS), reduction="sum")).backward()
    for ours, (outputs, theirs) in zip(found["runs"], read, strict=True):
        assert ours["probabilities"] == pytest.approx(theirs.softmax(0).tolist(), abs=1e-10)
        for d, direction in enumerate(ours["directions"]):
            states = doubles(direction["states"]).view(-1, H)
            assert torch.allclose(states, outputs[0, :, d * H : (d + 1) * H], atol=1e-10)
    for name, weight in network.named_parameters():
        gradient = doubles(found["weights"][name]["gradient"]).view_as(weight)
        assert torch.allclose(gradient, weight.grad, atol=1e-10), name
    assert loss.isfinite()
    # At the last letter that is read the state is the pooled one.
    for ours, (outputs, _), lengths in zip(found["runs"], read, found["lengths"], strict=True):
        if not both:
            assert lengths[0][-1] == pytest.approx(outputs.grad[0, -1].norm().item(), abs=1e-10)
        assert len(lengths) == len(ours["directions"])
    for weight in network.parameters():
        weight.grad /= len(TEXTS)
    norm = nn.utils.clip_grad_norm_(network.parameters(), 0.5)
    torch.optim.Adam(network.parameters(), 0.01).step()
    assert found["length"] == pytest.approx(norm.item(), abs=1e-10)
    stepped = torch.cat([weight.flatten() for weight in network.parameters()])
    assert torch.allclose(doubles(found["stepped"]), stepped, atol=1e-8)
    start = [value for weight in found["weights"].values() for value in weight["values"]]
    assert found["restored"] == start


def test_the_gradient_at_every_letter_is_that_of_a_loss_which_starts_there():
    found = learn("gru", False)
    network = Plain("gru", False, found["weights"])
    ids, label = TEXTS[0], LABELS[0]
    embedded, (cell, state) = network.embedding(torch.tensor([ids])), (network.gru, None)
    states = []
    for t in range(len(ids)):  # a letter at a time, so that each state has a gradient of its own
        _, state = cell(embedded[:, t : t + 1], state)
        state.retain_grad()
        states.append(state)
    cross_entropy(network.linear(state[0]), torch.tensor([label])).backward()
    norms = [state.grad.norm().item() for state in states]
    assert found["lengths"][0][0] == pytest.approx(norms, abs=1e-10)


def test_a_held_gate_and_a_silenced_unit_do_what_the_equations_say():
    kept = learn("gru", False, {"hold": {"update": 1}})["runs"][0]["directions"][0]
    assert not any(kept["states"])  # all of the old state stays, which is 0
    replaced = learn("gru", True, {"hold": {"update": 0}, "silenced": [1, H + 2]})
    for d, unit in ((0, 1), (1, 2)):
        read = replaced["runs"][0]["directions"][d]
        gates, states = (torch.tensor(read[key]).view(5, -1) for key in ("gates", "states"))
        new = gates[:, 2 * H :]
        new[:, unit] = 0
        assert torch.allclose(states, new)
    forgetful = learn("lstm", False, {"hold": {"forget": 0, "input": 0}})["runs"][0]["directions"]
    assert not any(forgetful[0]["states"])
