"""A folder of names becomes a dataset, and rows to pretrain on become two of them."""

import gzip
import hashlib
from itertools import product
from math import ceil

import pytest
from conftest import PRETRAIN, TEST, TRAIN, write_names, write_rows

from model.data.pairs import read_pretraining
from model.data.rows import Dataset, Rows
from model.data.texts import match_key
from model.errors import InputError
from model.tasks.names import NAMES, read_names


def pairs(rows):
    return list(zip(rows.texts, rows.labels, strict=True))


def pretraining_of(folder):
    """Return the datasets of both stages."""
    path = folder / "pretraining.csv.gz"
    return read_pretraining([path], read_names(folder), NAMES.kind)


def test_every_row_is_kept_and_labels_are_alphabetical(small_data):
    dataset = read_names(small_data)
    assert dataset.labels == ["Italian", "Japanese", "Russian"]
    assert set(pairs(dataset.train + dataset.validation)) == set(TRAIN)
    assert pairs(dataset.test) == TEST
    assert dataset.files["names_train.csv.gz"]["rows"] == len(TRAIN)


def test_rows_in_another_order_have_the_same_validation_split(small_data, tmp_path):
    expected = read_names(small_data).validation
    reversed_rows = write_names(tmp_path, TRAIN[::-1])
    held_out = read_names(reversed_rows).validation
    assert set(held_out.texts) == set(expected.texts)


def test_a_test_name_is_not_trained_on_so_that_its_score_needs_no_caution(tmp_path):
    dataset = read_names(write_names(tmp_path, TRAIN, [("ROSSI", "Italian"), TEST[0]]))
    assert dataset.cautions == []


def test_all_rows_of_a_name_fall_on_one_side_and_each_label_is_accepted(tmp_path):
    """A dataset whose names have three languages each, with a spelling for the third."""
    names = [name for name, _ in TRAIN]
    rows = list(product(names, ("Italian", "Russian")))
    rows += [(name.upper(), "Japanese") for name in names]
    write_names(tmp_path, train=rows)
    titled = [(name.title(), "Russian") for name in names]
    write_rows(tmp_path / "native_train.csv.gz", titled)
    shared_names = read_names(tmp_path)
    train = set(map(match_key, shared_names.train.texts))
    validation = set(map(match_key, shared_names.validation.texts))
    assert validation
    assert train.isdisjoint(validation)
    accepted = shared_names.accepted(shared_names.validation)
    assert accepted[0] == {0, 1, 2}


def test_names_in_other_scripts_are_trained_on_tested_apart_and_held_out(
    tmp_path, small_data
):
    """A names folder with three names in their own script, of which one is for the test."""
    folder = write_names(tmp_path)
    train = [("山田", "Japanese"), ("Иванов", "Russian")]
    write_rows(folder / "native_train.csv.gz", train)
    write_rows(folder / "native_test.csv.gz", [("Попов", "Russian")])
    latin = read_names(small_data)
    dataset = read_names(folder)
    added = set(dataset.train.texts) - set(latin.train.texts)
    assert added == {"山田", "Иванов"}
    assert dataset.validation == latin.validation
    assert pairs(dataset.test) == TEST
    assert dataset.native == Rows(["Попов"], ["Russian"])
    rows = Rows(["ПОПОВ", "Conti", "Новак"])
    assert dataset.unseen(rows) == Rows(["Новак"])


def test_given_names_are_read_unless_they_are_held_out_surnames(tmp_path):
    """Calibrated on such names a model takes itself for better than it is on names of the test."""
    folder = write_names(tmp_path)
    dataset = read_names(folder)
    assert len(dataset.given_names) == 0
    held_out = dataset.validation.texts + dataset.test.texts
    kept = [*dataset.train.texts, "Maria"]
    rows = [(name.upper(), "Italian") for name in held_out]
    rows += [(name, "Italian") for name in kept]
    write_rows(folder / "given_names.csv.gz", rows)
    assert read_names(folder).given_names.texts == kept


def test_the_most_common_names_are_trained_on_unless_they_are_for_the_test(tmp_path):
    folder = write_names(tmp_path)
    usual, rare, *_ = read_names(folder).validation.texts
    name, _ = TEST[0]
    ranks = [(usual, "Italian", 100), (rare, "Italian", 101), (name, "Italian", 1)]
    write_rows(folder / "common.csv.gz", ranks)
    dataset = read_names(folder)
    assert usual in dataset.train.texts
    assert dataset.common.texts[0] == usual
    assert name not in dataset.common.texts


def test_rows_that_validate_weigh_by_the_shares_of_their_languages(tmp_path):
    folder = write_names(tmp_path)
    shared, other, *_ = read_names(folder).validation.texts
    shares = [(shared, "Italian", 0.2), (shared, "Russian", 0.8)]
    write_rows(folder / "shares.csv.gz", shares)
    dataset = read_names(folder)
    rows = Rows([shared, other], ["Russian", "Italian"])
    assert dataset.weights(rows) == [0.8, 1.0]


@pytest.fixture
def data_with_forms(tmp_path):
    """A names folder whose names all have a form that ends in -ova."""
    folder = write_names(tmp_path)
    forms = [(f"{name}ova", label, name) for name, label in TRAIN + TEST]
    write_rows(folder / "names_forms.csv.gz", forms)
    return folder


def test_forms_of_test_names_are_scored_apart_and_a_quarter_of_the_others_trains(
    data_with_forms,
):
    dataset = read_names(data_with_forms)
    assert dataset.forms.texts == [f"{name}ova" for name in dataset.test.texts]
    held_out = [*dataset.validation.texts, *dataset.test.texts]
    bare = {name for name, _ in TRAIN}.difference(held_out)
    added = set(dataset.train.texts) - bare
    assert added < {f"{name}ova" for name in bare}
    assert len(added) == ceil(len(bare) / 4)


def test_no_form_of_a_name_that_validates_is_trained_on(data_with_forms):
    name, *_ = read_names(data_with_forms).validation.texts
    pretraining = data_with_forms / "pretraining.csv.gz"
    write_rows(
        pretraining,
        [
            ("Doe", "Italian"),
            ("Roe", "Zulu"),
            (f"{name}ova", "Zulu"),
        ],
    )
    forms = [("Doe", "Italian", name), (name, "Italian", "Roe")]
    write_rows(data_with_forms / "names_forms.csv.gz", forms)
    first, second = pretraining_of(data_with_forms)
    texts = first.train.texts + first.none.texts
    assert {"Doe", "Roe"}.isdisjoint(texts)
    assert "Doe" not in second.train.texts


def test_the_form_of_a_most_common_name_is_trained_on(data_with_forms):
    name, *_ = read_names(data_with_forms).validation.texts
    write_rows(data_with_forms / "common.csv.gz", [(name, "Italian", 100)])
    assert {name, f"{name}ova"} <= set(read_names(data_with_forms).train.texts)


def test_a_tenth_of_the_texts_of_none_is_held_out_of_both_stages(tmp_path):
    endings = product("abcde", "uvwx")
    none = [(f"Okon{a}{b}", "Igbo") for a, b in endings]
    folder = write_names(tmp_path, pretrain=none)
    first, second = pretraining_of(folder)
    assert first.validation_none == second.validation_none
    for dataset in (first, second):
        assert len(dataset.none) == 18
        assert len(dataset.validation_none) == 2
        assert set(dataset.none.texts).isdisjoint(dataset.validation_none.texts)


def test_a_sample_has_a_row_of_each_label_and_people():
    """A step of three would pass over B, and over Y."""
    rows = Rows(list("abcdefgh"), list("AAAAABAA"))
    none = Rows(list("stuvwx"), list("XYXXXX"))
    sample = Dataset(rows, rows, rows, ["A", "B"], none=none).sample(3)
    for split in (sample.train, sample.validation, sample.test):
        assert pairs(split) == [("a", "A"), ("d", "A"), ("f", "B"), ("g", "A")]
    assert pairs(sample.none) == [("s", "X"), ("t", "Y"), ("u", "X"), ("w", "X")]


TRAIN_FILE = "names_train.csv.gz"
TEST_FILE = "names_test.csv.gz"
ITALIANS = "".join(f"{letter}a,Italian\n" for letter in "bcdfghklmn")


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        (TRAIN_FILE, "Rossi,Italian\nConti\n", "line 2: 1 columns"),
        (TRAIN_FILE, "Rossi,Italian,\n", "has 3 columns: 2 are needed"),
        (TRAIN_FILE, "Rossi,Italian\n12,Italian\n", "line 2: There is no"),
        (
            TRAIN_FILE,
            "Rossi,Old\u00a0Norse\n",
            r"line 1: The language .*U\+00A0 \(NO-BR",
        ),
        (TRAIN_FILE, "", "is empty"),
        (TRAIN_FILE, ITALIANS, r"one language only \(Italian\)"),
        (TRAIN_FILE, "Lee,Italian\nLEE,Korean\n", "1 of the 10 different names"),
        (
            TEST_FILE,
            "Conti,Italian\nJones,Welsh\n",
            "line 2: The language 'Welsh' has no row",
        ),
        (
            "native_test.csv.gz",
            "Попов,Russian\nΠαππάς,Greek\n",
            "line 2: The language 'Greek'",
        ),
    ],
)
def test_bad_files_are_named_in_one_line(tmp_path, name, content, complaint):
    folder = write_names(tmp_path, test=TRAIN[:1])
    (folder / name).write_bytes(gzip.compress(content.encode()))
    with pytest.raises(InputError, match=complaint) as error:
        read_names(folder)
    assert "\n" not in str(error.value)
    assert name in str(error.value)


def test_a_missing_file_or_folder_is_named(tmp_path):
    folder = write_names(tmp_path)
    (folder / TEST_FILE).unlink()
    with pytest.raises(InputError, match=f"No file .*{TEST_FILE}"):
        read_names(folder)
    with pytest.raises(InputError, match=r"No data folder .*nowhere"):
        read_names(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"lecture: .*data/fetch_lecture.py fetches"):
        read_names(tmp_path / "lecture")


def test_pretraining_rows_are_new_texts_and_those_of_other_labels_are_of_none(tmp_path):
    """A names folder with rows to pretrain on, two of which are held-out names."""
    held_out = [("CONTI", "Norwegian"), ("suzuki", "Indian")]
    pretrained = write_names(tmp_path, pretrain=[*PRETRAIN, *held_out])
    dataset = read_names(pretrained)
    first, second = pretraining_of(pretrained)
    unseen = dataset.validation.texts + dataset.test.texts
    held_out = {match_key(text) for text in unseen}
    kept = [row for row in PRETRAIN if match_key(row[0]) not in held_out]
    assert sorted(pairs(first.train + first.none)) == sorted(kept)
    assert first.validation == dataset.validation
    assert set(first.train.labels) <= set(first.labels)
    assert set(first.none.labels) == {"Indian", "Norwegian", "Romanian"}
    none = [
        ("Hansen", "Norwegian"),
        ("Sharma", "Indian"),
        ("Popescu", "Romanian"),
    ]
    assert pairs(second.none) == none
    assert second.train == dataset.train
    content = (pretrained / "pretraining.csv.gz").read_bytes()
    assert first.files["pretraining.csv.gz"] == {
        "rows": len(first.train + first.none),
        "sha256": hashlib.sha256(content).hexdigest(),
        "part": "pretraining",
    }
    assert set(first.files) == {TRAIN_FILE, TEST_FILE, "pretraining.csv.gz"}
    assert first.files == second.files
