"""The network against the same arithmetic by hand, in numpy."""

import numpy as np
import pytest
import torch

from model.core import NetworkConfig, RNNClassifier
from model.network import Dropout, TextNetwork, TextNetworkConfig, mean_logits
from model.storage.config import network_of_shapes


def padded(texts):
    """Return ids (B, T), padded with 0, and lengths (B,) of lists of ids."""
    longest = max(map(len, texts))
    rows = []
    for text in texts:
        padding = [0] * (longest - len(text))
        rows.append(text + padding)
    lengths = [len(text) for text in texts]
    return torch.tensor(rows), torch.tensor(lengths)


@torch.no_grad()
def logits_by_hand(network, ids):
    """Return the logits of one text alone, of nn.GRU's states where each direction ends."""
    embedded = network.embedding(torch.tensor([ids]))
    outputs, _ = network.gru(embedded)
    states = outputs[0]  # (T, directions * H)
    n = network.config.hidden_size
    forward = states[-1, :n]
    backward = states[0, n:]
    logits = network.linear(torch.cat([forward, backward]))
    return logits.double().numpy()


@pytest.mark.parametrize(
    "values",
    [
        {"n_others": 4},
        {"ngrams": [1] * 10**6},
        # Each of these would take 4 GB or more.
        {"hidden_size": 10**4, "n_layers": 2},
        {"n_layers": 10**9},
        {"vocabulary_size": 10**9},
        {"linear_ngrams": [1], "linear_buckets": 10**8},
    ],
    ids=str,
)
def test_impossible_values_are_refused_before_memory_is_taken(values):
    sizes = {"vocabulary_size": 9, "n_labels": 4} | values
    first, *_ = values
    with pytest.raises(ValueError, match=f"{first}|weights"):
        network_of_shapes(TextNetworkConfig(**sizes))


@pytest.mark.parametrize("n_layers", [1, 2])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_padded_texts_have_the_logits_of_both_ends(n_layers, bidirectional):
    torch.manual_seed(0)
    config = NetworkConfig(9, 4, 5, 6, n_layers, bidirectional)
    network = RNNClassifier(config).eval()
    texts = [
        [3, 4],
        [5, 2, 8, 7, 6],
        [1],
        [2, 2, 3],
    ]
    with torch.no_grad():
        logits = network(*padded(texts))
    for row, text in zip(logits.numpy(), texts, strict=True):
        expected = logits_by_hand(network, text)
        np.testing.assert_allclose(row, expected, atol=1e-6)


@pytest.fixture
def with_everything():
    """A network with all that may stand beside the lecture's."""
    torch.manual_seed(0)
    config = TextNetworkConfig(
        vocabulary_size=9,
        n_labels=6,
        embedding_size=5,
        hidden_size=4,
        ngrams=(2, 3),
        pool=True,
        linear_ngrams=(1, 4),
        marks_ends=True,
        script_ngrams=(3,),
        n_others=2,
    )
    network = TextNetwork(config).eval()
    votes = network.linear_ngrams.table.weight
    assert not votes.any()  # an n-gram that was never trained has none
    torch.nn.init.normal_(votes)
    return network


@torch.no_grad()
def test_lengths_change_nothing_where_nothing_is_padding(with_everything):
    texts = torch.randint(1, 9, (9, 7))
    lengths = torch.full((9,), 7)
    without = with_everything(texts)
    assert torch.equal(with_everything(texts, lengths), without)


@torch.no_grad()
def test_without_the_gru_texts_of_none_are_divided_too(with_everything):
    texts = torch.randint(1, 9, (9, 7))
    expected = mean_logits(with_everything.logits_apart(texts), 0.0)
    found = with_everything(texts, gru_weight=0.0)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


@torch.no_grad()
def test_beside_longer_texts_a_text_gets_the_same_answer(with_everything):
    """States whose every number is below 0, as of no padding, are the maximum too."""
    texts = torch.randint(1, 9, (9, 7))
    lengths = torch.tensor([7, 1, 2, 3, 4, 5, 6, 1, 2])
    is_text = torch.arange(7) < lengths[:, None]
    ids = texts * is_text
    alone = []
    for text, n in zip(texts, lengths, strict=True):
        without_padding = text[None, :n]
        alone.append(with_everything(without_padding, n[None]))
    together = with_everything(ids, lengths)
    assert torch.allclose(together, torch.cat(alone), atol=1e-6)


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_dropout_drops_its_share_of_values_and_of_gradients_and_keeps_the_mean(share):
    torch.manual_seed(0)
    values = torch.full((200, 50, 20), 3.0, requires_grad=True)
    dropout = Dropout(share)
    left = dropout(values)
    kept = left != 0
    # Four standard errors of a share among 200,000 values.
    assert float(kept.float().mean()) == pytest.approx(1 - share, abs=0.005)
    scale = 1 / (1 - share)
    torch.testing.assert_close(left, kept * values * scale)
    left.sum().backward()
    torch.testing.assert_close(values.grad, kept * scale)
    assert torch.equal(dropout.eval()(values), values)


@pytest.mark.parametrize("part", ["gru", "linear"])
def test_dropout_acts_on_what_each_part_reads(part):
    network = RNNClassifier(NetworkConfig(9, 4, 50, 60, 2, dropout=0.3)).train()
    seen = []

    def remember(_, given):
        seen.append(given[0])

    getattr(network, part).register_forward_pre_hook(remember)
    network(torch.randint(1, 9, (60, 5)))
    (values,) = seen
    dropped = (values == 0).float().mean()
    assert float(dropped) == pytest.approx(0.3, abs=0.03)
