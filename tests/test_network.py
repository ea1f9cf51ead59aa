"""The network against the same arithmetic by hand, in numpy."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from model.core import NetworkConfig, RNNClassifier
from model.network import Dropout, TextNetwork, TextNetworkConfig
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
    return TextNetwork(config).eval()


@torch.no_grad()
def test_lengths_change_nothing_where_nothing_is_padding(with_everything):
    texts = torch.randint(1, 9, (9, 7))
    lengths = torch.full((9,), 7)
    without = with_everything(texts)
    assert torch.equal(with_everything(texts, lengths), without)


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


def log_softmax(x):
    return x - np.log(np.exp(x).sum())


def softmax(x):
    return np.exp(log_softmax(x))


@torch.no_grad()
def votes_of_ngrams(network):
    """Return the votes of each id, and of each pair of ids, 0 for the text's edge.

    They are read off the network for a text that is this n-gram alone.
    """
    ids = torch.arange(9)
    pairs = torch.cartesian_prod(ids, ids)
    of_one, of_edge, _ = network.votes(ids[:, None])
    _, of_pairs, _ = network.votes(pairs)
    of_two = of_pairs[:, 1].numpy()
    of_two = of_two.reshape(9, 9, -1)
    of_two[0] = of_edge[:, 0].numpy()
    return of_one[:, 0].numpy(), of_two


@pytest.mark.parametrize("share", [0.2, 0.0])
@pytest.mark.parametrize("n_others", [0, 2])
def test_the_linear_classifier_of_ngrams_by_hand(n_others, share):
    """Its log-probabilities are averaged with the GRU's, which divides what the others get.

    Of the scripts, here odd and even ids, it takes 1-grams.
    """
    torch.manual_seed(0)
    config = TextNetworkConfig(
        vocabulary_size=9,
        n_labels=5,
        embedding_size=4,
        hidden_size=6,
        n_layers=1,
        linear_ngrams=(1, 2),
        linear_buckets=10**5,
        script_ngrams=(1,),
        n_others=n_others,
    )
    network = TextNetwork(config).eval()
    network.unknown_ids = 2 + torch.arange(9) % 2
    n_known = 5 - n_others
    n_votes = n_known + (n_others > 0)
    bias = torch.tensor([0.5, -1.0, 0.25, 2.0, -0.5])
    bias = bias[:n_votes]
    texts = [
        [3, 4, 3],
        [5],
        [2, 2, 8, 7, 6],
    ]
    with torch.no_grad():
        network.linear_ngrams.bias.copy_(bias)
        network.linear_ngrams.table.weight.normal_()
        logits = network(*padded(texts), gru_weight=share)
    of_one, of_two = votes_of_ngrams(network)
    for row, text in zip(logits.double().numpy(), texts, strict=True):
        of_ids = sum(of_one[i] for i in text)
        of_pairs = sum(of_two[pair] for pair in pairwise([0, *text]))
        of_scripts = sum(of_one[2 + i % 2] for i in text)
        votes = of_ids + of_pairs + of_scripts
        n_ngrams = 3 * len(text)
        linear = votes / np.sqrt(n_ngrams) + bias.numpy()
        of_gru = softmax(logits_by_hand(network, text))
        known = of_gru[:n_known]
        others = of_gru[n_known:]
        joined = [*known, others.sum()]
        together = np.log(joined[:n_votes])
        mean = softmax(share * together + (1 - share) * log_softmax(linear))
        divided = mean[n_known:] * others / others.sum()
        expected = [*mean[:n_known], *divided]
        np.testing.assert_allclose(softmax(row), expected, atol=1e-6)


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


def test_an_ngram_that_was_never_trained_has_no_votes():
    config = TextNetworkConfig(9, 4, linear_ngrams=(1, 2))
    network = TextNetwork(config).eval()
    ids = torch.randint(1, 9, (5, 6))
    _, votes = network.logits_apart(ids)
    assert not votes.any()


def test_in_longer_ngrams_a_letter_counts_as_its_kind_alone_as_itself():
    """The votes of the 1-grams and of the 2-grams of two letters that are of one kind."""
    config = TextNetworkConfig(9, 4, linear_ngrams=(1, 2))
    network = TextNetwork(config)
    network.ngram_ids[7:] = 2
    table = network.linear_ngrams.table
    torch.nn.init.normal_(table.weight)
    first = torch.tensor([[7]])
    second = torch.tensor([[8]])
    first, second = network.votes(first), network.votes(second)
    assert not torch.equal(first[0], second[0])
    assert torch.equal(first[1], second[1])
