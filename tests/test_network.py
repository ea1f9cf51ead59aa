import itertools
from itertools import pairwise

import numpy as np
import pytest
import torch

from model.core import NetworkConfig, RNNClassifier
from model.network import Dropout, TextNetwork, TextNetworkConfig
from model.storage.config import network_of_shapes


def logits_by_hand(network, ids):
    """Return the logits of one text alone, of nn.GRU's states where each direction ends."""
    with torch.no_grad():
        states = network.gru(network.embedding(torch.tensor([ids])))[0][
            0
        ]  # (T, directions * H)
        n = network.config.hidden_size
        return (
            network.linear(torch.cat([states[-1, :n], states[0, n:]])).double().numpy()
        )


@pytest.mark.parametrize(
    "values",
    [
        *({"ngrams": [2, 6]}, {"bidirectional": "false"}, {"dropout": float("nan")}),
        *(
            {"hidden_size": 0},
            {"linear_ngrams": [2] * 6},
            {"n_others": 4},
            {"ngrams": [1] * 10**6},
        ),
        # Each of these would take 4 GB or more.
        *(
            {"hidden_size": 10**4, "n_layers": 2},
            {"n_layers": 10**9},
            {"vocabulary_size": 10**9},
        ),
        {"linear_ngrams": [1], "linear_buckets": 10**8},
    ],
    ids=str,
)
def test_impossible_values_are_refused_before_memory_is_taken(values):
    with pytest.raises(ValueError, match=next(iter(values)) + "|weights"):
        network_of_shapes(
            TextNetworkConfig(**{"vocabulary_size": 9, "n_labels": 4} | values)
        )


@pytest.mark.parametrize(
    ("n_layers", "bidirectional"), itertools.product((1, 2), (False, True))
)
def test_logits_are_of_both_ends_and_padding_changes_nothing(n_layers, bidirectional):
    torch.manual_seed(0)
    network = RNNClassifier(NetworkConfig(9, 4, 5, 6, n_layers, bidirectional)).eval()
    texts = [[3, 4], [5, 2, 8, 7, 6], [1], [2, 2, 3]]
    ids = torch.tensor([text + [0] * (5 - len(text)) for text in texts])
    with torch.no_grad():
        logits = network(ids, torch.tensor([len(text) for text in texts]))
    for row, text in zip(logits.numpy(), texts, strict=True):
        np.testing.assert_allclose(row, logits_by_hand(network, text), atol=1e-6)


EVERYTHING = TextNetworkConfig(
    *(9, 6, 5, 4, 2),
    ngrams=(2, 3),
    pool=True,
    linear_ngrams=(1, 4),
    script_ngrams=(3,),
    n_others=2,
)


def test_beside_longer_texts_a_text_gets_the_same_answer():
    """States whose every number is below 0, as of no padding, are the maximum too."""
    torch.manual_seed(0)
    network = TextNetwork(EVERYTHING).eval()
    texts, lengths = torch.randint(1, 9, (9, 7)), torch.tensor([7, *range(1, 7), 1, 2])
    ids = texts * (torch.arange(7) < lengths[:, None])
    with torch.no_grad():
        assert torch.equal(
            network(texts), network(texts, torch.full((9,), 7))
        )  # none is padding
        alone = [
            network(text[None, :n], n[None])
            for text, n in zip(texts, lengths, strict=True)
        ]
        assert torch.allclose(network(ids, lengths), torch.cat(alone), atol=1e-6)


def log_softmax(x):
    return x - np.log(np.exp(x).sum())


@pytest.mark.parametrize("n_others", [0, 2])
def test_the_linear_classifier_of_ngrams_by_hand(n_others):
    """Its log-probabilities are averaged with the GRU's, which divides what the others get.

    Of the scripts, here odd and even ids, it takes 1-grams.
    """
    torch.manual_seed(0)
    sizes = {"linear_ngrams": (1, 2), "linear_buckets": 10**5, "script_ngrams": (1,)}
    config = TextNetworkConfig(9, 5, 4, 6, 1, **sizes, n_others=n_others)
    network = TextNetwork(config).eval()
    network.unknown_ids = 2 + torch.arange(9) % 2
    known = 5 - n_others
    bias = torch.tensor([0.5, -1.0, 0.25, 2.0, -0.5])[: known + (n_others > 0)]
    texts = [[3, 4, 3], [5], [2, 2, 8, 7, 6]]
    ids = torch.tensor([text + [0] * (5 - len(text)) for text in texts])
    # The weights of an n-gram are read off the network for a text that is this n-gram alone.
    with torch.no_grad():
        network.linear_ngrams.bias.copy_(bias)
        network.linear_ngrams.table.weight.normal_()
        unigrams, bigrams, _ = network.votes(torch.arange(9)[:, None])
        of_two = torch.cartesian_prod(torch.arange(9), torch.arange(9))
        pairs = network.votes(of_two)[1]
        logits = (
            network(ids, torch.tensor([len(text) for text in texts])).double().numpy()
        )
    one = unigrams[:, 0].numpy()  # (9, labels, and all others together)
    two = pairs[:, 1].numpy().reshape(9, 9, -1)
    two[0] = bigrams[:, 0].numpy()  # of the text's edge and its first id
    for row, text in zip(logits, texts, strict=True):
        votes = sum(one[i] for i in text) + sum(
            two[i, j] for i, j in pairwise([0, *text])
        )
        votes = votes + sum(one[2 + i % 2] for i in text)
        linear = votes / np.sqrt(3 * len(text)) + bias.numpy()
        probabilities = np.exp(log_softmax(logits_by_hand(network, text)))
        others = probabilities[known:].sum()
        together = np.log([*probabilities[:known], *[others] * (n_others > 0)])
        mean = np.exp(log_softmax((together + log_softmax(linear)) / 2))
        expected = np.concatenate(
            [mean[:known], mean[known:] * probabilities[known:] / others]
        )
        np.testing.assert_allclose(np.exp(log_softmax(row)), expected, atol=1e-6)


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_dropout_drops_its_share_of_values_and_of_gradients_and_keeps_the_mean(share):
    torch.manual_seed(0)
    values = torch.full((200, 50, 20), 3.0, requires_grad=True)
    dropped = Dropout(share)(values)
    dropped.sum().backward()
    kept = dropped != 0
    # Four standard errors of a share among 200,000 values.
    assert float(kept.float().mean()) == pytest.approx(1 - share, abs=0.005)
    torch.testing.assert_close(dropped, kept * 3.0 / (1 - share))
    torch.testing.assert_close(values.grad, kept / (1 - share))
    assert torch.equal(Dropout(share).eval()(values), values)


def test_dropout_acts_on_what_the_gru_reads_between_its_layers_and_on_its_last_states():
    torch.manual_seed(0)
    network = RNNClassifier(NetworkConfig(9, 4, 50, 60, 2, dropout=0.3)).train()
    seen = []
    for module in (network.gru, network.linear):
        module.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    ids = torch.randint(1, 9, (60, 5))
    network(ids)
    for values in seen:
        dropped = (values == 0).float().mean()
        assert float(dropped) == pytest.approx(0.3, abs=0.03)
    network.dropout.p = 0.0
    assert not torch.equal(network(ids), network(ids))  # as between the layers
    assert torch.equal(network.eval()(ids), network(ids))


def test_an_ngram_that_was_never_trained_has_no_votes():
    network = TextNetwork(TextNetworkConfig(9, 4, linear_ngrams=(1, 2))).eval()
    _, votes = network.logits_apart(torch.randint(1, 9, (5, 6)))
    assert not votes.any()


def test_a_single_letter_counts_as_itself_and_in_longer_ngrams_as_its_kind():
    network = TextNetwork(TextNetworkConfig(9, 4, linear_ngrams=(1, 2)))
    network.ngram_ids[7:] = 2  # both letters are of one kind
    torch.nn.init.normal_(network.linear_ngrams.table.weight)
    first, second = (network.votes(torch.tensor([[i]])) for i in (7, 8))
    assert not torch.equal(first[0], second[0])
    assert torch.equal(first[1], second[1])
