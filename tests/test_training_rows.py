"""What one epoch trains on: every row once, some of none, a teacher's beliefs; their targets."""

from collections import Counter
from dataclasses import replace
from math import log

import pytest
from accelerators import cpu
from hypothesis import given, settings
from hypothesis import strategies as st

from model.data.rows import Dataset, Rows
from model.tasks.recipe import Recipe
from model.training.build import build_model
from model.training.epochs import rows_to_train

RECIPE = Recipe(embedding_size=2, hidden_size=2, layers=1, batch_size=4, seed=3)
LETTERS_RECIPE = replace(RECIPE, units="letters", batch_size=50)
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def some_texts(n, letter):
    """Return n different texts of three or four letters that begin with `letter`."""
    texts = []
    for i in range(n):
        end = "z" * (i % 2)
        texts.append(f"{letter}{LETTERS[i // 26]}{LETTERS[i % 26]}{end}")
    return texts


def make_dataset(train=(4, 2, 1), none=0):
    """Return a dataset with so many training rows of labels A, B and C, and so many of the rest."""
    rows = Rows()
    for label, n in zip("ABC", train, strict=True):
        rows += Rows(some_texts(n, label.lower()), [label] * n)
    return Dataset(
        train=rows,
        validation=Rows(["va"], ["A"]),
        test=Rows(["ta"], ["A"]),
        labels=["A", "B", "C"],
        none=Rows(some_texts(none, "x"), ["X", "Y"] * (none // 2)),
        other_labels=["X", "Y"] if none else [],
    )


def training_rows(dataset, recipe=RECIPE):
    return rows_to_train(build_model(recipe, dataset), dataset, recipe, cpu().device)


class Epochs:
    """Training rows whose batches are read back as texts."""

    def __init__(self, dataset, recipe=RECIPE):
        self.rows = training_rows(dataset, recipe)
        self.letter = chr
        if recipe.units == "letters":
            encoder = self.rows.model.encoder
            unknown = [f"<{script}>" for script in encoder.scripts]
            self.letter = ["", "", *unknown, *encoder.characters].__getitem__

    def batches(self, epoch):
        """Return the batches of an epoch, each a list of (text, target)."""
        encoded, batches = self.rows.draw(epoch)
        return [self._read(*encoded.take(index)) for index in batches]

    def _read(self, ids, lengths, targets):
        rows = zip(ids.tolist(), lengths.tolist(), targets.tolist(), strict=True)
        return [
            ("".join(map(self.letter, row[:length])), target)
            for row, length, target in rows
        ]

    def rows_of(self, epoch):
        return [row for batch in self.batches(epoch) for row in batch]

    def texts_of(self, epoch):
        return [text for text, _ in self.rows_of(epoch)]


@given(
    train=st.tuples(*[st.integers(0, 12)] * 3).filter(any),
    batch_size=st.integers(1, 9),
    epoch=st.integers(1, 3),
)
@settings(max_examples=30)
def test_every_row_comes_once_an_epoch_with_its_own_label(train, batch_size, epoch):
    dataset = make_dataset(train)
    epochs = Epochs(dataset, replace(RECIPE, batch_size=batch_size))
    targets = map("ABC".index, dataset.train.labels)
    expected = Counter(zip(dataset.train.texts, targets, strict=True))
    assert Counter(epochs.rows_of(epoch)) == expected


def test_batches_are_shuffled_in_each_epoch_by_the_seed_whatever_their_lengths():
    """60 rows of three labels."""
    sixty = make_dataset((20, 20, 20))
    epochs = Epochs(sixty)
    first = epochs.texts_of(1)
    assert first != epochs.texts_of(2)
    assert first == Epochs(sixty).texts_of(1)
    assert first != Epochs(sixty, replace(RECIPE, seed=4)).texts_of(1)
    lengths = [len(batch[0][0]) for batch in epochs.batches(1)]
    assert set(lengths) == {3, 4}
    assert lengths not in (sorted(lengths), sorted(lengths, reverse=True))


# Texts of none stand beside 20 rows of the labels.
WITH_NONE = make_dataset((10, 6, 4), none=30)


def none_of(epochs, epoch):
    return [row for row in epochs.rows_of(epoch) if row[0].startswith("x")]


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 0), (0.3, 6), (1.0, 20), (2.0, 30), (None, 30)]
)
def test_none_comes_as_a_share_of_the_other_rows(share, expected):
    """Its kinds follow the labels among the outputs; other texts come in other epochs."""
    epochs = Epochs(WITH_NONE, replace(RECIPE, outsiders=share))
    none = none_of(epochs, 1)
    assert len(none) == len(set(none)) == expected
    assert len(epochs.rows_of(1)) == 20 + expected
    targets = zip(WITH_NONE.none.texts, [3, 4] * 15, strict=True)
    assert set(none) <= set(targets)
    seen = {row for epoch in range(1, 9) for row in none_of(epochs, epoch)}
    assert len(seen) >= min(30, 2.4 * expected)


@pytest.mark.parametrize(
    ("rows", "adjustment", "expected"),
    [
        ((4, 2, 1), 0.0, [0, 0, 0]),
        ((4, 2, 1), 0.5, [0, 0.5 * log(1 / 2), 0.5 * log(1 / 4)]),
        ((4, 0, 1), 0.5, [0, 0, 0.5 * log(1 / 4)]),
    ],
)
def test_the_prior_is_that_of_the_training_rows_against_the_most_frequent_label(
    rows, adjustment, expected
):
    """A label without rows is left alone, and texts of none count for nothing."""
    dataset = make_dataset(rows, none=4)
    recipe = replace(RECIPE, logit_adjustment=adjustment, outsiders=1.0)
    log_prior = training_rows(dataset, recipe).log_prior.tolist()
    assert log_prior == pytest.approx(expected)


def of_label_a(texts, given_names=(), **changes):
    """Return the epochs of these texts, read by letters."""
    train, given_names = (
        Rows(list(some), ["A"] * len(some)) for some in (texts, given_names)
    )
    dataset = replace(make_dataset(), train=train, given_names=given_names)
    return Epochs(dataset, replace(LETTERS_RECIPE, **changes))


def test_names_come_with_marks_and_without_and_some_with_a_given_name():
    """26 names with marks, which come without them and with a given name too."""
    names = [f"Br\u00fc{letter}" for letter in LETTERS]
    in_forms = of_label_a(names, ["Zoe"], both_forms=True, full_share=0.5)
    texts = in_forms.texts_of(1)
    assert len(texts) == 52
    assert sum("\u0308" in text for text in texts) == 26
    assert 10 < sum("zoe" in text for text in texts) < 42
    first, second, again = (sorted(in_forms.texts_of(epoch)) for epoch in (1, 2, 1))
    assert first != second
    assert first == again  # each epoch draws from its own number
    assert in_forms.rows.n_steps == len(in_forms.batches(1))


def test_half_of_the_names_lose_their_marks_in_pretraining():
    names = [f"Br\u00fc{letter}" for letter in LETTERS]
    recipe = replace(LETTERS_RECIPE, both_forms=True).first_stage()
    texts = of_label_a(names, **vars(recipe)).texts_of(1)
    assert len(texts) == 26
    assert 5 < sum("\u0308" in text for text in texts) < 21


def test_a_shared_name_has_its_shares_and_in_full_the_label_of_its_given_name():
    """The forms of a name of two labels: (has a given name, target) -> how often in 200 epochs."""
    dataset = replace(
        make_dataset(),
        train=Rows(["Lee", "Lee", "Kim"], ["A", "B", "A"]),
        given_names=Rows(["Minho", "Tom"], ["A", "B"]),
        shares={"Lee": {"A": 0.75, "B": 0.25}},
    )
    rows = training_rows(dataset, replace(LETTERS_RECIPE, full_share=0.5))
    shared_name = Counter()
    for epoch in range(200):
        encoded, _ = rows.draw(epoch)
        assert encoded.targets[2, 0] == 1  # of Kim
        for i in (0, 1):
            is_full = int(encoded.lengths[i]) > len("Lee")
            shared_name[is_full, *encoded.targets[i].tolist()[:2]] += 1
    assert {form for form in shared_name if not form[0]} == {(False, 0.75, 0.25)}
    of_a, of_b = (True, 1, 0), (True, 0, 1)
    assert {form for form in shared_name if form[0]} == {of_a, of_b}
    n_a, n_b = shared_name[of_a], shared_name[of_b]
    assert 0.65 < n_a / (n_a + n_b) < 0.85


def test_common_names_come_more_often():
    dataset = replace(
        make_dataset(), common=Rows(["x", "y"], ["A", "B"], values=[30, 31])
    )
    recipe = replace(LETTERS_RECIPE, common_copies=((30, 2), (100, 1)))
    texts = training_rows(dataset, recipe).rows.texts
    assert Counter(texts) - Counter(dataset.train.texts) == {"x": 2, "y": 1}


def test_none_comes_with_marks_and_without_and_a_teacher_s_texts_once():
    """Seven rows, two texts of none, one with a mark, and a teacher's text."""
    dataset = replace(
        make_dataset(),
        none=Rows(["Kova\u010d", "Ilves"], ["Slovene", "Estonian"]),
        other_labels=["Estonian", "Slovene"],
        taught=Rows(["zaa"], beliefs=[[1 / 3] * 3]),
    )
    recipe = replace(LETTERS_RECIPE, both_forms=True, outsiders=None)
    with_taught = training_rows(dataset, recipe)
    beliefs = with_taught.targets[-1].tolist()
    assert beliefs == pytest.approx([1 / 3] * 3 + [0] * 2)
    targets = with_taught.targets.argmax(dim=1).tolist()
    label = dict(zip(with_taught.rows.texts, targets, strict=True))
    assert label["Kovac"] == label["Kova\u010d"] != label["Ilves"]
    _, batches = with_taught.draw(1)
    assert len(with_taught.rows) == 7 + 3 + 1
    assert sorted(int(i) for batch in batches for i in batch) == list(range(11))


SCRIPTS = ["abcdefghij" * 3] * 20 + ["\u5c71\u7530\u6728" * 10] * 20


def test_a_share_of_letters_is_read_as_the_unknown_one_of_its_script_in_each_epoch():
    text = "".join(of_label_a(SCRIPTS, unknown_share=0.1).texts_of(1))
    for script in ("LATIN", "CJK"):
        assert 0.05 < text.count(f"<{script}>") / 600 < 0.15
    epochs = of_label_a(SCRIPTS, unknown_share=0.1)
    assert sorted(epochs.texts_of(1)) != sorted(epochs.texts_of(2))
    assert "<" not in "".join(of_label_a(SCRIPTS).texts_of(1))


def test_padding_is_never_read_as_unknown():
    train = Rows(["ab cd", "ab cd ef gh"], ["A", "B"])
    recipe = replace(RECIPE, units="words", unknown_share=1.0)
    rows = training_rows(replace(make_dataset(), train=train), recipe)
    encoded, _ = rows.draw(1)
    assert encoded.ids[:2].tolist() == [[1, 1, 0, 0], [1, 1, 1, 1]]
