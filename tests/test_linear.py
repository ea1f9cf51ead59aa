"""The linear half of a table of few rows, solved at once, by what a user gets."""

import random
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.svm import LinearSVC

from model import TextClassifier
from model.answering import read_text
from model.core import pad_ids
from model.data.sequences import dataset_of
from model.tasks.custom import custom_recipe, custom_task
from model.training.linear import Choice
from model.training.stages import begin, solve

TINY = {"hidden_size": 4, "embedding_size": 4, "ngrams": (), "word_vectors": ""}
SHORT = TINY | {"epochs": 1, "use_gpu": False}


def made_up(n, ends, seed=0):
    """Return n different words with their ends, which are their labels."""
    draw = random.Random(seed)
    starts = {"".join(draw.choices("bcdfghklmnprst", k=5)) for _ in range(2 * n)}
    words = [(start + ends[i % len(ends)]) for i, start in enumerate(sorted(starts))]
    draw.shuffle(words)
    return words[:n], [word[5:] for word in words[:n]]


def begun(texts, labels, without_rows=(), **options):
    """Return a model before its network is trained, its dataset, and its linear half."""
    task = custom_task(units=options.pop("units", "letters"))
    dataset = dataset_of({"train": (texts, labels)}, task.kind, strict=False)
    dataset = replace(dataset, labels=[*dataset.labels, *without_rows])
    model, linear = begin(custom_recipe(task, dataset, TINY | options), dataset)
    return model, dataset, linear


def test_it_is_a_support_vector_machine_of_pairs_with_the_ends_of_texts():
    """Before the first letter there is a mark, and behind the last; before a mark, another."""
    texts, labels = made_up(90, ["ung", "ismo", "eau"])
    only_pairs = {"linear_ngrams": (2,), "script_ngrams": ()}
    options = {**only_pairs, "linear_buckets": 10**6}
    model, dataset, linear = begun(texts, labels, **options)
    alone = Choice(linear_cost=1.0, linear_bayes=0.0, linear_scale=2.0)
    solve(model, replace(linear, choice=alone), len(dataset.train))
    rows = dataset.train + dataset.validation

    vectorizer = CountVectorizer(analyzer="char", ngram_range=(2, 2))
    texts = [f"^^{text}^" for text in rows.texts]
    counts = vectorizer.fit_transform(texts).toarray()
    idf = np.log((1 + len(counts)) / (1 + (counts > 0).sum(axis=0))) + 1
    features = counts * idf / np.sqrt(counts.sum(axis=1, keepdims=True))
    features /= np.sqrt((features**2).sum() / len(features))
    n_train = len(dataset.train)
    machine = LinearSVC(random_state=0).fit(features[:n_train], rows.labels[:n_train])
    margins = machine.decision_function(features)

    encoded = model.encode_rows(rows)
    with torch.no_grad():
        _, votes = model.network.logits_apart(encoded.ids, encoded.lengths)
    assert votes.numpy() == pytest.approx(2 * margins, abs=0.02)


def test_a_label_without_a_row_is_not_the_answer_where_nothing_is_known():
    model, *_ = begun(*made_up(90, ["ung", "ismo", "eau"]), without_rows=["isch"])
    ids, lengths = pad_ids([model.encoder.encode("qqqq")])
    _, votes = model.network.logits_apart(ids, lengths)
    assert model.labels[votes.argmax()] != "isch"


@pytest.mark.parametrize("units", ["letters", "words"])
def test_an_unseen_word_is_recognised_by_its_letters(units):
    ends = ["ung", "ismo"]
    made = TextClassifier.fit(
        *made_up(200, ends), units=units, **SHORT, fixed_gru_weight=0.0
    )
    texts, labels = made_up(50, ends, seed=1)
    assert made.evaluate(texts, labels)["accuracy"] > 0.9


@pytest.mark.nightly
def test_of_many_labels_it_tells_nearly_all_apart():
    """Their votes are stored by fewer numbers than there are labels."""
    ends = [f"{a}{b}" for a in "aeiouäöü" for b in "bdgkmnpst"]
    assert len(ends) == 72
    texts, labels = made_up(720, ends)
    model, dataset, _ = begun(texts, labels, linear_rank=64)
    rows = dataset.train
    assert model.network.linear_ngrams.project is not None
    encoded = model.encode_rows(rows)
    with torch.no_grad():
        _, votes = model.network.logits_apart(encoded.ids, encoded.lengths)
    assert (votes.argmax(dim=1) == encoded.targets).float().mean() > 0.95


def test_a_network_that_brings_nothing_is_left_out():
    """It learns nothing at so low a rate; all rows then calibrate, held out in turn."""
    ends = ["ung", "ismo", "eau"]
    texts, labels = made_up(300, ends)
    test = made_up(60, ends, seed=1)
    options = SHORT | {"test": test, "learning_rate": 1e-9}
    made = TextClassifier.fit(texts, labels, **options)
    halves = made.metrics["halves"]
    assert halves["share"] == 0
    assert made.metrics["test"]["accuracy"] == pytest.approx(halves["linear"])
    assert halves["held_out"]["linear"] > halves["held_out"]["network"]
    assert made.model.calibration.rows == 300
    # The linear half learns the validation rows too, and the network does not.
    assert "refit_history" not in made.metrics
    votes = made.model.network.linear_ngrams.table.weight
    assert torch.equal(votes, votes.half().float())  # so the folder stays small


def test_a_network_that_adds_to_it_answers_with_it():
    """No letter tells anything here, and each pair of letters tells all."""
    draw = random.Random(0)
    pairs = {"ab": "one", "cd": "one", "ad": "other", "cb": "other"}
    texts = [f"{draw.choice(list(pairs))}{n:03}" for n in range(330)]
    labels = [pairs[text[:2]] for text in texts]
    test = texts[300:], labels[300:]
    options = {"hidden_size": 16, "epochs": 12, "learning_rate": 0.05}
    options |= {"linear_ngrams": (1,), "ngrams": (2,), "dropout": 0.0}
    options |= {"test": test}
    made = TextClassifier.fit(texts[:300], labels[:300], **SHORT | options)
    halves = made.metrics["halves"]
    assert halves["share"] > 0
    assert halves["held_out"]["both"] > halves["held_out"]["linear"] + 0.2
    assert made.model.calibration.rows == 60


def test_a_quick_training_of_many_letters_leaves_the_network_out():
    ends = ["ung", "ismo", "eau"]
    texts, labels = made_up(300, ends)
    texts = [text + 80 * " lorem" for text in texts]
    test = made_up(60, ends, seed=1)
    quick = TextClassifier.fit(texts, labels, test=test, quick=True)
    assert "history" not in quick.metrics
    assert quick.metrics["test"]["accuracy"] > 0.9
    _, linear = quick.model.network.logits_apart(
        *pad_ids([read_text(quick.model, texts[0]).ids])
    )
    assert quick.labels[int(linear.argmax())] == next(iter(quick.predict(texts[0])))


@pytest.mark.parametrize(
    ("n", "further", "options"),
    [
        (300, "", {}),
        (60_000, 8 * " lorem", {}),
        (300, 80 * " lorem", {"fixed_gru_weight": 0.5}),
    ],
)
def test_a_quick_training_has_half_the_epochs_or_one_of_many_letters(
    n, further, options
):
    task = custom_task(units="letters")
    words, labels = made_up(n, ["ung", "ismo", "eau"])
    texts = [word + further for word in words]
    dataset = dataset_of({"train": (texts, labels)}, task.kind, strict=False)
    whole, quick = (
        custom_recipe(task, dataset, options, quick=is_quick)
        for is_quick in (False, True)
    )
    assert quick.epochs == (1 if further else whole.epochs / 2)
    assert quick.fixed_gru_weight == options.get("fixed_gru_weight")
