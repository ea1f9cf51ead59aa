"""What one epoch trains on: every row once, some of none, a teacher's beliefs; their targets.

And the forms in which names come: without marks, and as full names.
"""

import random
from collections import Counter
from dataclasses import replace
from math import log

import pytest
from accelerators import cpu
from hypothesis import given, settings
from hypothesis import strategies as st

from model.data.rows import Dataset, Rows
from model.data.variation import Variation, in_both_forms, vary_all
from model.tasks.recipe import Recipe
from model.training.build import build
from model.training.rows import TrainingRows

RECIPE = Recipe(embedding_size=2, hidden_size=2, layers=1, batch_size=4, seed=3)
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def some_texts(n, letter):
    """Return n different texts of three or four letters that begin with `letter`."""
    return [
        f"{letter}{LETTERS[i // 26]}{LETTERS[i % 26]}{'z' * (i % 2)}" for i in range(n)
    ]


def make_dataset(train=(4, 2, 1), none=0):
    """Return a dataset with so many training rows of labels A, B and C, and so many of the rest."""
    texts, labels = [], []
    for label, n in zip("ABC", train, strict=True):
        texts += some_texts(n, label.lower())
        labels += label * n
    parts = Rows(texts, labels), Rows(["va"], ["A"]), Rows(["ta"], ["A"])
    of_none = Rows(some_texts(none, "x"), ["X", "Y"] * (none // 2))
    return Dataset(
        *parts, labels=["A", "B", "C"], files={}, shared_rows=0, none=of_none
    )


class Epochs:
    """Training rows whose batches are read back as texts."""

    def __init__(self, dataset, recipe=RECIPE):
        model = build(recipe, dataset)
        self.rows, self.letter = TrainingRows(model, dataset, recipe, cpu()), chr
        if recipe.units == "letters":
            unknown = [f"<{script}>" for script in model.encoder.scripts]
            self.letter = ["", "", *unknown, *model.encoder.characters].__getitem__

    def batches(self, epoch):
        """Return the batches of an epoch, each a list of (text, target)."""
        read = []
        encoded, batches = self.rows.draw(epoch)
        for index in batches:
            ids, lengths, targets = encoded.take(index)
            rows = zip(ids.tolist(), lengths.tolist(), strict=True)
            texts = ["".join(map(self.letter, row[:length])) for row, length in rows]
            read.append(list(zip(texts, targets.tolist(), strict=True)))
        return read

    def rows_of(self, epoch):
        return [row for batch in self.batches(epoch) for row in batch]

    def texts_of(self, epoch):
        return [text for text, _ in self.rows_of(epoch)]


@given(
    st.tuples(*[st.integers(0, 12)] * 3).filter(any),
    st.integers(1, 9),
    st.integers(1, 3),
)
@settings(max_examples=30, deadline=None)
def test_every_row_comes_once_an_epoch_with_its_own_label(train, batch_size, epoch):
    dataset = make_dataset(train)
    epochs = Epochs(dataset, replace(RECIPE, batch_size=batch_size))
    batches = epochs.batches(epoch)
    assert max(map(len, batches)) <= batch_size
    assert len(batches) == epochs.rows.n_steps == -(-sum(train) // batch_size)
    targets = map("ABC".index, dataset.train.labels)
    rows = [row for batch in batches for row in batch]
    assert Counter(rows) == Counter(zip(dataset.train.texts, targets, strict=True))


def test_batches_are_shuffled_anew_each_epoch_and_by_the_seed():
    epochs = Epochs(make_dataset((20, 20, 20)))
    first = epochs.texts_of(1)
    assert first == epochs.texts_of(1) != epochs.texts_of(2)
    other = Epochs(make_dataset((20, 20, 20)), replace(RECIPE, seed=4))
    assert first != other.texts_of(1)


def test_batches_do_not_go_from_short_to_long():
    epochs = Epochs(make_dataset((20, 20, 20)))
    lengths = [len(batch[0][0]) for batch in epochs.batches(1)]
    assert set(lengths) == {3, 4}
    assert lengths not in (sorted(lengths), sorted(lengths, reverse=True))


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 0), (0.3, 6), (1.0, 20), (2.0, 30), (None, 30)]
)
def test_none_comes_as_a_share_of_the_other_rows(share, expected):
    """30 texts of none stand beside 20 rows of the labels."""
    dataset = make_dataset((10, 6, 4), none=30)
    epochs = Epochs(dataset, replace(RECIPE, outsiders=share))
    rows = epochs.rows_of(1)
    none = [row for row in rows if row[0].startswith("x")]
    assert len(none) == len(set(none)) == expected
    assert len(rows) == 20 + expected
    # X and Y follow the labels A, B and C among the outputs.
    numbers = dict(zip(dataset.none.texts, [3, 4] * 15, strict=True))
    assert all(numbers[text] == target for text, target in none)
    if 0 < expected < 30:  # others come in other epochs
        assert len(set(none).union(*map(epochs.rows_of, range(2, 9)))) > expected + 20


@pytest.mark.parametrize("adjustment", [0.0, 0.5])
def test_the_prior_is_that_of_the_training_rows_against_the_most_frequent_label(
    adjustment,
):
    recipe = replace(RECIPE, logit_adjustment=adjustment, outsiders=1.0)
    dataset = make_dataset((4, 2, 1), none=4)  # which counts for nothing here
    log_prior = Epochs(dataset, recipe).rows.log_prior.tolist()
    assert log_prior == pytest.approx(
        [0, adjustment * log(1 / 2), adjustment * log(1 / 4)]
    )
    log_prior = Epochs(make_dataset((4, 0, 1)), recipe).rows.log_prior.tolist()
    assert log_prior == pytest.approx(
        [0, 0, adjustment * log(1 / 4)]
    )  # a label without a row


LETTERS_RECIPE = replace(RECIPE, units="letters", batch_size=50)


def of_label_a(texts, given=(), **changes):
    """Return the epochs of these texts, read by letters."""
    train, given = (Rows(list(some), ["A"] * len(some)) for some in (texts, given))
    dataset = replace(make_dataset(), train=train, given_names=given)
    return Epochs(dataset, replace(LETTERS_RECIPE, **changes))


def test_names_come_with_marks_and_without_and_with_given_names_anew_in_each_epoch():
    names = [f"Br\u00fc{c}" for c in LETTERS]
    epochs = of_label_a(names, given=["Zoe"], both_forms=True, full_share=0.5)
    first, second = (sorted(epochs.texts_of(epoch)) for epoch in (1, 2))
    assert len(first) == len(second) == 52
    assert first != second
    assert first == sorted(epochs.texts_of(1))  # each epoch draws from its own number
    for texts in (first, second):
        assert 10 < sum("zoe" in text for text in texts) < 42
        assert sum("\u0308" in text for text in texts) == 26
    assert epochs.rows.n_steps == len(epochs.batches(1))


def test_a_shared_name_has_its_shares_and_as_a_full_name_the_language_of_the_given_one():
    train = Rows(["Lee", "Lee", "Kim"], ["A", "B", "A"])
    given = Rows(["Minho", "Tom"], ["A", "B"])
    shares = {"Lee": {"A": 0.75, "B": 0.25}}
    dataset = replace(make_dataset(), train=train, given_names=given, shares=shares)
    rows = Epochs(dataset, replace(LETTERS_RECIPE, full_share=0.5)).rows
    seen = Counter()
    for epoch in range(200):
        encoded, _ = rows.draw(epoch)
        for length, target in zip(
            encoded.lengths[:2].tolist(), encoded.targets[:2], strict=True
        ):
            seen[length == len("Lee"), *target.tolist()[:2]] += 1
        assert encoded.targets[2, 0] == 1
    a, b = (seen[False, *target] for target in ((1, 0), (0, 1)))
    assert set(seen) == {(True, 0.75, 0.25), (False, 1, 0), (False, 0, 1)}
    assert 0.65 < a / (a + b) < 0.85


def test_common_names_come_more_often():
    dataset = replace(
        make_dataset(), common=Rows(["x", "y"], ["A", "B"], ranks=[30, 31])
    )
    recipe = replace(LETTERS_RECIPE, common_copies=((30, 2), (100, 1)))
    texts = Epochs(dataset, recipe).rows.rows.texts
    assert Counter(texts) - Counter(make_dataset().train.texts) == {"x": 2, "y": 1}


def test_none_comes_with_marks_and_without_and_a_teacher_s_texts_once():
    none = Rows(["Kova\u010d", "Ilves"], ["Slovene", "Estonian"])
    taught = Rows(["zaa"], beliefs=[[1 / 3] * 3])
    dataset = replace(make_dataset(), none=none, taught=taught)
    rows = Epochs(
        dataset, replace(LETTERS_RECIPE, both_forms=True, outsiders=None)
    ).rows
    found = zip(rows.rows.texts, rows.encoded.targets, strict=True)
    targets = {text: row.argmax() for text, row in found}
    assert len(rows.rows) == 7 + 3 + 1
    assert targets["Kovac"] == targets["Kova\u010d"] != targets["Ilves"]
    assert sorted(int(i) for batch in rows.draw(1)[1] for i in batch) == list(range(11))


def test_a_share_of_letters_is_read_as_the_unknown_one_of_its_script():
    texts = ["abcdefghij" * 3] * 20 + ["\u5c71\u7530\u6728" * 10] * 20
    epochs = of_label_a(texts, unknown_share=0.1)
    read = "".join(epochs.texts_of(1))
    for script in ("LATIN", "CJK"):
        assert 0.05 < read.count(f"<{script}>") / 600 < 0.15
    assert read != "".join(epochs.texts_of(2))
    assert "<" not in "".join(of_label_a(texts).texts_of(1))


def test_a_share_of_words_is_read_as_unknown_anew_in_each_epoch():
    dataset = replace(make_dataset(), train=Rows(["ab cd ef gh"] * 50, ["A"] * 50))
    rows = Epochs(dataset, replace(RECIPE, units="words", unknown_share=0.25)).rows
    for epoch in range(1, 6):
        ids = rows.draw(epoch)[0].ids
        assert 0.15 < (ids != rows.encoded.ids).float().mean() < 0.35


def test_the_words_of_a_teacher_s_texts_are_learnt():
    taught = Rows(["zaa yo"], beliefs=[[1 / 3] * 3])
    model = build(
        replace(RECIPE, units="words"), replace(make_dataset(), taught=taught)
    )
    assert {"zaa", "yo"} <= set(model.encoder.words.split())


def test_padding_is_never_read_as_unknown():
    train = Rows(["ab cd", "ab cd ef gh"], ["A", "B"])
    recipe = replace(RECIPE, units="words", unknown_share=1.0)
    rows = Epochs(replace(make_dataset(), train=train), recipe).rows
    assert rows.draw(1)[0].ids[:2].tolist() == [[1, 1, 0, 0], [1, 1, 1, 1]]


GIVEN = Rows(
    ["Hans", "Jürgen", "Maria", "花子", "ひろし", "Иван", "민수", "Hanako"],
    [
        "German",
        "German",
        "Italian",
        "Japanese",
        "Japanese",
        "Russian",
        "Korean",
        "Japanese",
    ],
)
ALWAYS = Variation(GIVEN, full_share=1.0)


def forms(variation, text, label, draws=400):
    """Return how often each form of a text came."""
    draw = random.Random(1)
    return Counter(variation.vary(text, label, draw) for _ in range(draws))


def test_names_with_marks_on_latin_letters_come_without_them_too_and_others_once():
    marked, others = (
        ["Dvořák", "Łukasz", "Đặng", "Weiß"],
        ["Йовков", "がとう", "Smith", "أحمد"],
    )
    both = in_both_forms(Rows(marked + others, list("ABCDEFGH")))
    assert both.texts == [*marked, *others, "Dvorak", "Lukasz", "Dang", "Weiss"]
    assert both.labels == list("ABCDEFGHABCD")


def test_a_full_name_has_a_given_name_of_its_language_and_script():
    seen = forms(ALWAYS, "山田", "Japanese")
    assert set(seen) == {
        "山田花子",
        "山田 花子",
        "山田, 花子",
    }  # hiragana is another script
    assert set(forms(ALWAYS, "김", "Korean")) == {"김민수", "김 민수", "김, 민수"}
    assert set(forms(ALWAYS, "Иванов", "Russian")) == {
        *("Иван Иванов", "Иванов Иван", "Иванов, Иван"),
    }
    assert set(forms(ALWAYS, "Παπάς", "Greek")) == {
        "Παπάς"
    }  # no given name has its script
    assert set(forms(ALWAYS, "金", "Korean")) == {
        "金"
    }  # not a Japanese one: it would look Korean


def test_pinyin_has_a_tone_at_times_and_other_names_have_none():
    seldom = Variation(GIVEN, full_share=1e-9)
    seen = forms(seldom, "Zhou", "Chinese", draws=2000)
    assert set(seen) == {"Zhou", "Zhōu", "Zhóu", "Zhǒu", "Zhòu"}
    assert seen["Zhou"] > 1700
    assert set(forms(seldom, "Zhou", "Korean")) == {"Zhou"}
    assert set(forms(Variation(GIVEN, 0.0), "Noodles", "Chinese")) == {
        "Noodles"
    }  # of another task


def share(seen, part):
    return sum(n for form, n in seen.items() if part in form) / seen.total()


def test_the_given_name_is_mostly_of_the_same_language_and_order_and_without_marks_as_well():
    seen = forms(ALWAYS, "Rossi", "Italian")
    assert 0.7 < share(seen, "Maria") < 0.95
    assert {"Hans Rossi", "Hanako Rossi"} <= set(seen)
    family_first = (
        share(forms(ALWAYS, "Tanaka", of), "Tanaka ") for of in ("Japanese", "German")
    )
    assert next(family_first) > 0.4 > 0.25 > next(family_first)
    seen = forms(ALWAYS, "Muller", "German")
    assert (
        0.3
        < share(seen, "Jurgen") / (share(seen, "Jurgen") + share(seen, "Jürgen"))
        < 0.7
    )
    assert share(forms(ALWAYS, "Müller", "German"), "Jurgen") == 0
    assert (
        len(forms(ALWAYS, "Okonkwo", "Nigerian")) > 8
    )  # from outside: of any language


def test_vietnamese_names_have_a_middle_name_after_the_surname_at_times():
    seen = forms(
        Variation(Rows(["Minh"], ["Vietnamese"]), full_share=1.0), "Trần", "Vietnamese"
    )
    assert set(seen) == {"Trần Minh", "Trần Văn Minh", "Minh Trần", "Trần, Minh"}
    assert (
        0.4 < seen["Trần Văn Minh"] / (seen["Trần Văn Minh"] + seen["Trần Minh"]) < 0.6
    )
    assert not any("Văn" in form for form in forms(ALWAYS, "Tanaka", "Japanese"))


def test_one_seed_gives_one_result_and_no_share_changes_nothing():
    rows = Rows(
        ["Müller", "山田", "Rossi"] * 20, ["German", "Japanese", "Italian"] * 20
    )
    varied = vary_all(Variation(GIVEN, 0.5), rows, 7)
    assert varied == vary_all(Variation(GIVEN, 0.5), rows, 7)
    assert varied != vary_all(Variation(GIVEN, 0.5), rows, 8)
    assert vary_all(Variation(GIVEN, 0.0), rows, 7) == rows.texts
