import itertools
from itertools import pairwise

import numpy as np
import pytest
import torch

from model.core import NetworkConfig, RNNClassifier
from model.dropout import Dropout
from model.ngrams import NgramEmbedding
from model.storage.shapes import check_size
from model.training.loop import round_tables


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def gru_by_hand(weights, layer, suffix, steps):
    """Run one direction of one layer with the equations of Cho et al. 2014, gates r, z, n."""
    w_ih, w_hh, b_ih, b_hh = (
        weights[f"gru.{kind}_l{layer}{suffix}"]
        for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    hidden, states = np.zeros(w_hh.shape[1]), []
    for x in steps:
        input_r, input_z, input_n = np.split(w_ih @ x + b_ih, 3)
        state_r, state_z, state_n = np.split(w_hh @ hidden + b_hh, 3)
        reset, update = sigmoid(input_r + state_r), sigmoid(input_z + state_z)
        candidate = np.tanh(input_n + reset * state_n)
        hidden = (1 - update) * candidate + update * hidden
        states.append(hidden)
    return states


def logits_by_hand(network, ids):
    weights = {name: t.detach().double().numpy() for name, t in network.state_dict().items()}
    steps = [weights["embedding.weight"][i] for i in ids]
    for layer in range(network.config.n_layers):
        forward = gru_by_hand(weights, layer, "", steps)
        last = forward[-1]
        if network.config.bidirectional:
            backward = gru_by_hand(weights, layer, "_reverse", steps[::-1])[::-1]
            last = np.concatenate([forward[-1], backward[0]])
            forward = [np.concatenate(pair) for pair in zip(forward, backward, strict=True)]
        steps = forward
    return weights["linear.weight"] @ last + weights["linear.bias"]


@pytest.mark.parametrize(
    "values",
    [
        {"ngrams": [0]},
        {"ngrams": [2, 6]},
        {"ngrams": [2.0]},
        {"ngrams": [True]},
        {"ngrams": "23"},
        {"bidirectional": 1},
        {"bidirectional": "false"},
        {"pool": None},
        {"dropout": 1.5},
        {"dropout": float("nan")},
        {"hidden_size": 100.0},
        {"hidden_size": True},
        {"hidden_size": "100"},
        {"hidden_size": 0},
        {"n_layers": -1},
        {"embedding_size": None},
        {"ngram_buckets": 0},
        {"linear_ngrams": [2, 2]},
        {"script_ngrams": [3, 3]},
        {"linear_buckets": 0},
        {"n_others": -1},
        {"n_others": 4},
        {"n_others": True},
        # Each of these would take 4 GB or more.
        {"hidden_size": 10**9},
        {"hidden_size": 10**4, "n_layers": 2},
        {"n_layers": 10**9},
        {"embedding_size": 10**9},
        {"vocabulary_size": 10**9},
        {"n_labels": 10**9},
        {"ngrams": [1, 2, 3, 4, 5], "ngram_buckets": 10**8},
        {"linear_ngrams": [1], "linear_buckets": 10**8},
        {"ngrams": [1] * 10**6},
    ],
    ids=lambda values: ", ".join(f"{name} {str(value)[:20]}" for name, value in values.items()),
)
def test_impossible_values_are_refused_before_memory_is_taken(values):
    with pytest.raises(ValueError, match=next(iter(values)) + "|weights"):
        check_size(NetworkConfig(**{"vocabulary_size": 9, "n_labels": 4} | values))


@pytest.mark.parametrize("sizes", [(2, True), (1, True), (3, False)])
def test_a_network_may_have_as_many_weights_as_the_limit_says(sizes, monkeypatch):
    linear = ((), 80, 0) if sizes[1] else ((3, 4), 80, 11)
    layers, both = sizes
    config = NetworkConfig(
        *(50, 40, 30, 20, layers, both, 0.0, (1, 2), 60, both), *linear[:2], n_others=linear[2]
    )
    n_weights = sum(weight.numel() for weight in RNNClassifier(config).parameters())
    monkeypatch.setattr("model.storage.shapes.MAX_WEIGHTS", n_weights)
    check_size(config)
    monkeypatch.setattr("model.storage.shapes.MAX_WEIGHTS", n_weights - 1)
    with pytest.raises(ValueError, match="weights"):
        check_size(config)


@pytest.mark.parametrize(("n_layers", "bidirectional"), itertools.product((1, 2), (False, True)))
def test_logits_equal_a_gru_computed_by_hand_and_padding_changes_nothing(n_layers, bidirectional):
    torch.manual_seed(0)
    network = RNNClassifier(NetworkConfig(9, 4, 5, 6, n_layers, bidirectional)).eval()
    texts = [[3, 4], [5, 2, 8, 7, 6], [1], [2, 2, 3]]
    ids = torch.tensor([text + [0] * (5 - len(text)) for text in texts])
    with torch.no_grad():
        logits = network(ids, torch.tensor([len(text) for text in texts]))
    for row, text in zip(logits.numpy(), texts, strict=True):
        np.testing.assert_allclose(row, logits_by_hand(network, text), atol=1e-6)


EVERYTHING = NetworkConfig(
    *(9, 6, 5, 4, 2), ngrams=(2, 3), pool=True, linear_ngrams=(1, 4), script_ngrams=(3,), n_others=2
)


def test_without_lengths_nothing_is_padding():
    torch.manual_seed(0)
    network = RNNClassifier(EVERYTHING).eval()
    ids = torch.randint(1, 9, (3, 7))
    with torch.no_grad():
        assert torch.equal(network(ids), network(ids, torch.full((3,), 7)))


def test_beside_longer_texts_a_text_gets_the_same_answer():
    """States whose every number is below 0, as of no padding, are the maximum too."""
    torch.manual_seed(0)
    network = RNNClassifier(EVERYTHING).eval()
    texts, lengths = torch.randint(1, 9, (9, 7)), torch.tensor([7, *range(1, 7), 1, 2])
    ids = texts * (torch.arange(7) < lengths[:, None])
    with torch.no_grad():
        alone = [network(text[None, :n], n[None]) for text, n in zip(texts, lengths, strict=True)]
        assert torch.allclose(network(ids, lengths), torch.cat(alone), atol=1e-6)


@pytest.mark.filterwarnings("ignore")  # tracing is deprecated, and warns of what it does not follow
def test_a_trace_holds_for_every_length_and_cannot_be_made_of_lengths():
    torch.manual_seed(0)
    network = RNNClassifier(EVERYTHING).eval()
    traced = torch.jit.trace(network, (torch.randint(1, 9, (2, 7)),))
    with torch.no_grad():
        for shape in ((1, 1), (2, 7), (3, 12)):
            ids = torch.randint(1, 9, shape)
            assert torch.allclose(traced(ids), network(ids), atol=1e-6)
    with pytest.raises(ValueError, match="leave the lengths out"):
        torch.jit.trace(network, (torch.tensor([[2, 3]]), torch.tensor([2])))


@pytest.mark.parametrize("changed", [[7, 3, 4, 5], [2, 3, 4, 7]])
def test_the_first_and_the_last_letter_alone_change_the_answer(changed):
    torch.manual_seed(0)
    network = RNNClassifier(NetworkConfig(9, 4)).eval()
    length = torch.tensor([4])
    with torch.no_grad():
        before, after = (network(torch.tensor([ids]), length) for ids in ([2, 3, 4, 5], changed))
    assert (before - after).abs().max() > 1e-3


def log_softmax(x):
    return x - np.log(np.exp(x).sum())


def test_the_linear_classifier_of_ngrams_by_hand():
    """Its log-probabilities are averaged with the GRU's, which divides what the others get.

    Of the scripts, here odd and even ids, it takes 1-grams.
    """
    torch.manual_seed(0)
    sizes = {"linear_ngrams": (1, 2), "linear_buckets": 10**5, "script_ngrams": (1,), "n_others": 2}
    network = RNNClassifier(NetworkConfig(9, 5, 4, 6, 1, **sizes)).eval()
    network.unknown_ids = 2 + torch.arange(9) % 2
    with torch.no_grad():
        network.linear_ngrams.bias.copy_(torch.tensor([0.5, -1.0, 0.25, 2.0]))
    texts = [[3, 4, 3], [5], [2, 2, 8, 7, 6]]
    ids = torch.tensor([text + [0] * (5 - len(text)) for text in texts])
    # The weights of an n-gram are read off the network for a text that is this n-gram alone.
    table = network.linear_ngrams.table.weight
    with torch.no_grad():
        table.normal_()
        unigrams, bigrams, _ = network.vote_parts(torch.arange(9)[:, None])
        pairs = network.vote_parts(torch.cartesian_prod(torch.arange(9), torch.arange(9)))[1]
        logits = network(ids, torch.tensor([len(text) for text in texts])).double().numpy()
    one = unigrams[:, 0].numpy()  # (9, 4): three labels, and all others together
    two = pairs[:, 1].numpy().reshape(9, 9, 4)
    two[0] = bigrams[:, 0].numpy()  # of the text's edge and its first id
    assert len(np.unique(two.round(6).reshape(-1, 4), axis=0)) == 81  # no two fell together
    for row, text in zip(logits, texts, strict=True):
        votes = sum(one[i] for i in text) + sum(two[i, j] for i, j in pairwise([0, *text]))
        votes = votes + sum(one[2 + i % 2] for i in text)
        linear = votes / np.sqrt(3 * len(text)) + [0.5, -1.0, 0.25, 2.0]
        gru = logits_by_hand(network, text)
        probabilities = np.exp(log_softmax(gru))
        others = probabilities[3:].sum()
        together = np.log([*probabilities[:3], others])
        mean = np.exp(log_softmax((together + log_softmax(linear)) / 2))
        expected = np.concatenate([mean[:3], mean[3] * probabilities[3:] / others])
        np.testing.assert_allclose(np.exp(log_softmax(row)), expected, atol=1e-6)


def test_without_outputs_for_others_the_answer_is_the_mean_of_both():
    torch.manual_seed(0)
    sizes = {"linear_ngrams": (1,), "linear_buckets": 10**5}
    network = RNNClassifier(NetworkConfig(9, 3, 4, 6, 1, **sizes)).eval()
    texts = [[3, 4, 3], [5], [2, 2, 8, 7, 6]]
    ids = torch.tensor([text + [0] * (5 - len(text)) for text in texts])
    with torch.no_grad():
        network.linear_ngrams.bias.copy_(torch.tensor([0.5, -1.0, 0.25]))
        network.linear_ngrams.table.weight.normal_()
        (votes,) = network.vote_parts(torch.arange(9)[:, None])  # of each id alone
        logits = network(ids, torch.tensor([len(text) for text in texts])).numpy()
    votes = votes[:, 0].numpy()
    for row, text in zip(logits, texts, strict=True):
        linear = votes[text].sum(axis=0) / np.sqrt(len(text)) + [0.5, -1.0, 0.25]
        np.testing.assert_allclose(row, (logits_by_hand(network, text) + linear) / 2, atol=1e-5)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 0.9, 1.0])
def test_dropout_drops_its_share_of_values_and_of_gradients_and_keeps_the_mean(share):
    torch.manual_seed(0)
    values = torch.full((200, 50, 20), 3.0, requires_grad=True)
    dropped = Dropout(share)(values)
    dropped.sum().backward()
    kept = dropped != 0
    # Four standard errors of a share among 200,000 values.
    assert float(kept.float().mean()) == pytest.approx(1 - share, abs=0.005)
    scale = 1 / (1 - share) if share < 1 else 0.0
    torch.testing.assert_close(dropped, kept * 3.0 * scale)
    torch.testing.assert_close(values.grad, kept * scale)
    assert share in (0, 1) or not torch.equal(Dropout(share)(values), dropped)
    assert torch.equal(Dropout(share).eval()(values), values)


def test_tables_are_rounded_to_half_precision_unless_that_cannot_hold_them():
    network = RNNClassifier(NetworkConfig(*(5, 3, 4, 4, 1), linear_ngrams=[1], linear_buckets=8))
    with torch.no_grad():
        network.embedding.weight[1, 0] = 1e6
    before = {name: weights.clone() for name, weights in network.state_dict().items()}
    round_tables(network)
    for name, weights in network.state_dict().items():
        is_rounded = name.startswith("linear_ngrams") and weights.dim() == 2
        assert torch.equal(weights, before[name].half().float() if is_rounded else before[name])


def test_ngrams_of_scripts_are_of_the_unknown_letters():
    """Two texts of other letters and the same scripts differ in the parts of the letters alone."""
    torch.manual_seed(0)
    network = RNNClassifier(NetworkConfig(9, 4, ngrams=(2,), script_ngrams=(1, 3))).eval()
    network.unknown_ids = torch.tensor([0, 1, 2, 3, 2, 2, 2, 3, 3])
    with torch.no_grad():
        one, other = (network.embedding_parts(torch.tensor([ids])) for ids in ([4, 7], [6, 8]))
        unknown = network.embedding_parts(torch.tensor([[2, 3]]))
    assert [bool((a == b).all()) for a, b in zip(one, other, strict=True)] == [0, 1, 1, 0]
    assert (one[1] == unknown[1]).all()


def test_ngrams_of_several_letters_read_what_they_are_told_to():
    """Ids 7 and 8 are read as 2 there, and as themselves alone."""
    torch.manual_seed(0)
    sizes = {"ngrams": (2,), "linear_ngrams": (1, 2), "linear_buckets": 10**5}
    network = RNNClassifier(NetworkConfig(9, 4, **sizes)).eval()
    network.ngram_ids = torch.tensor([0, 1, 2, 3, 4, 5, 6, 2, 2])
    read = [torch.tensor([ids]) for ids in ([4, 7], [4, 8], [4, 2])]
    with torch.no_grad():
        network.linear_ngrams.table.weight.normal_()
        for find, same in ((network.embedding_parts, [1, 0]), (network.vote_parts, [0, 1])):
            one, other, plain = map(find, read)
            for first, second in ((one, other), (one, plain)):
                found = [bool((a == b).all()) for a, b in zip(first, second, strict=True)]
                assert found == same


@pytest.mark.parametrize("buckets", [4096, 131072, 12289])
def test_ngrams_fall_evenly_into_buckets(buckets):
    """As random numbers would, whether the buckets are a power of two or not."""
    letters = torch.arange(2, 28)
    trigrams = torch.cartesian_prod(letters, letters, letters)  # (17,576, 3)
    embedding = NgramEmbedding((3,), (), buckets, 1, std=1.0)
    with torch.no_grad():
        embedding.table.weight.copy_(torch.arange(buckets)[:, None])
        found = embedding(trigrams, trigrams, trigrams)[0][:, 1].flatten().unique()
    expected = buckets * (1 - (1 - 1 / buckets) ** len(trigrams))
    assert len(found) > 0.95 * expected
