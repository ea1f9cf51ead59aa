import gzip
import hashlib
from collections import Counter
from itertools import product

import pytest
from conftest import PRETRAIN, TEST, TRAIN, write_names, write_rows

from model.data.pairs import read_pretraining
from model.data.rows import Rows
from model.data.texts import match_key
from model.errors import InputError
from model.letters import script_name
from model.tasks.names import NAMES, read_names


def test_labels_are_alphabetical_and_every_row_is_kept(small_data, tmp_path):
    dataset = read_names(small_data)
    assert dataset.labels == ["Italian", "Japanese", "Russian"]
    kept = dataset.train + dataset.validation
    assert set(zip(kept.texts, kept.labels, strict=True)) == set(TRAIN)
    assert list(zip(dataset.test.texts, dataset.test.labels, strict=True)) == TEST
    assert dataset.files["names_train.csv.gz"]["rows"] == len(TRAIN)
    others = read_names(
        write_names(tmp_path, TRAIN[::-1], [("ROSSI", "Italian"), TEST[0]])
    )
    assert others.shared_rows == 1
    assert set(others.validation.texts) == set(dataset.validation.texts)  # in every run


def test_all_rows_of_a_name_fall_on_one_side_of_the_validation_split(tmp_path):
    rows = [
        (name, language) for name, _ in TRAIN for language in ("Italian", "Russian")
    ]
    write_names(
        tmp_path, train=rows + [(name.upper(), "Japanese") for name, _ in TRAIN]
    )
    write_rows(
        tmp_path / "native_train.csv.gz",
        [(name.title(), "Russian") for name, _ in TRAIN],
    )
    dataset = read_names(tmp_path)
    parts = (dataset.train, dataset.validation)
    train, validation = (set(map(match_key, part.texts)) for part in parts)
    assert validation
    assert not train & validation
    assert dataset.accepted(dataset.validation)[0] == {0, 1, 2}


def test_names_in_other_scripts_are_trained_on_and_tested_apart(tmp_path):
    latin = read_names(write_names(tmp_path))
    assert set(latin.files) == {"names_train.csv.gz", "names_test.csv.gz"}
    assert len(latin.native) == 0
    native = [("山田", "Japanese"), ("Иванов", "Russian")]
    write_rows(tmp_path / "native_train.csv.gz", native)
    write_rows(tmp_path / "native_test.csv.gz", [("Попов", "Russian")])
    both = read_names(tmp_path)
    assert both.test == latin.test
    assert both.native == Rows(["Попов"], ["Russian"])
    assert both.validation == latin.validation
    assert set(both.train.texts) - set(latin.train.texts) == {"山田", "Иванов"}
    assert both.unseen(Rows(["ПОПОВ", "Conti", "Новак"])) == Rows(["Новак"])


def test_given_names_are_read_unless_they_are_held_out_surnames(tmp_path):
    """Calibrated on such names a model takes itself for better than it is on names of the test."""
    folder = write_names(tmp_path)
    dataset = read_names(folder)
    assert len(dataset.given_names) == 0
    held_out = [text.upper() for text in dataset.validation.texts + dataset.test.texts]
    given = [*held_out, *dataset.train.texts, "Maria"]
    write_rows(folder / "given_names.csv.gz", [(name, "Italian") for name in given])
    assert read_names(folder).given_names.texts == [*dataset.train.texts, "Maria"]


def test_the_most_common_names_train_and_shares_weigh_the_rows_that_validate(tmp_path):
    folder = write_names(tmp_path)
    before = read_names(folder).validation
    usual, rare, test = before.texts[0], before.texts[1], TEST[0][0]
    ranks = [(usual, "Italian", 100), (rare, "Italian", 101), (test, "Italian", 1)]
    write_rows(folder / "common.csv.gz", ranks)
    write_rows(
        folder / "shares.csv.gz", [(rare, "Italian", 0.2), (rare, "Russian", 0.8)]
    )
    dataset = read_names(folder)
    assert usual in dataset.train.texts
    assert test not in dataset.common.texts
    assert dataset.common.texts[0] == usual
    assert dataset.weights(Rows([rare, usual], ["Russian", "Italian"])) == [0.8, 1.0]
    write_rows(folder / "shares.csv.gz", [(rare, "Italian", "much")])
    with pytest.raises(
        InputError, match=r"shares\.csv\.gz: .*much.*: the third column holds numb"
    ):
        read_names(folder)


def test_a_tenth_of_the_texts_of_none_is_held_out_of_both_stages(tmp_path):
    none = [(f"Okon{a}{b}", "Igbo") for a in "abcde" for b in "uvwx"]
    folder = write_names(tmp_path, pretrain=none)
    first, second = read_pretraining(
        [folder / "pretraining.csv.gz"], read_names(folder), NAMES.kind
    )
    assert first.validation_none == second.validation_none
    for dataset in (first, second):
        assert (len(dataset.none), len(dataset.validation_none)) == (18, 2)
        assert not set(dataset.none.texts) & set(dataset.validation_none.texts)


def test_each_label_and_script_has_its_share_of_the_validation_rows(tmp_path):
    latin, cyrillic = (
        map("".join, product(a, repeat=3)) for a in ("abcdefghijk", "абвгд")
    )
    sizes = {("Italian", latin): 200, ("Russian", latin): 90, ("Japanese", latin): 40}
    sizes |= {("Russian", cyrillic): 50}
    train = [
        (next(names), label) for (label, names), n in sizes.items() for _ in range(n)
    ]
    held_out = read_names(write_names(tmp_path, train=train)).validation
    found = Counter(zip(held_out.labels, map(script_name, held_out.texts), strict=True))
    for (label, names), n in sizes.items():
        script = "Latin" if names is latin else "Cyrillic"
        assert abs(found[label, script] - 0.1 * n) <= 1


TRAIN_FILE, TEST_FILE = "names_train.csv.gz", "names_test.csv.gz"
ITALIANS = "".join(f"{letter}a,Italian\n" for letter in "bcdfghklmn")


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        (
            TRAIN_FILE,
            gzip.compress(b"Rossi,Italian\n" * 99)[:-9],
            "not a complete gzip file",
        ),
        (TRAIN_FILE, "Rossi,Italian\nKim,Korean\nMüller,German\n", "line 3: not UTF-8"),
        (TRAIN_FILE, "Rossi,Italian\nConti\n", "line 2: 1 columns"),
        (TRAIN_FILE, "Rossi,Italian,\n", "has 3 columns: 2 are needed"),
        (TRAIN_FILE, "Rossi,Italian\n ,Italian\n", "line 2: The name is empty"),
        (TRAIN_FILE, "Rossi,Italian\n12,Italian\n", "line 2: There is no"),
        (TRAIN_FILE, "a" * 101 + ",Italian\n", "line 1: This text has 101"),
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
        (TEST_FILE, None, "No file "),
    ],
    ids=range(13),
)
def test_bad_files_are_named_in_one_line(tmp_path, name, content, complaint):
    folder = write_names(tmp_path, test=TRAIN[:1])
    if isinstance(content, str):
        content = gzip.compress(
            content.encode("latin-1" if "ü" in content else "utf-8")
        )
    (folder / name).unlink(missing_ok=True)
    if content is not None:
        (folder / name).write_bytes(content)
    with pytest.raises(InputError, match=complaint) as error:
        read_names(folder)
    with pytest.raises(InputError, match=r"No data folder .*nowhere"):
        read_names(tmp_path / "nowhere")
    assert "\n" not in str(error.value)
    assert name in str(error.value)


def test_pretraining_rows_are_new_texts_and_those_of_other_labels_are_of_none(tmp_path):
    write_names(
        tmp_path, pretrain=[*PRETRAIN, ("CONTI", "Norwegian"), ("suzuki", "Indian")]
    )
    dataset = read_names(tmp_path)
    first, second = read_pretraining(
        [tmp_path / "pretraining.csv.gz"], dataset, NAMES.kind
    )
    held_out = {
        match_key(t) for part in (dataset.validation, dataset.test) for t in part.texts
    }
    kept = [row for row in PRETRAIN if match_key(row[0]) not in held_out]
    both = first.train + first.none
    assert sorted(zip(both.texts, both.labels, strict=True)) == sorted(kept)
    assert first.labels == dataset.labels == ["Italian", "Japanese", "Russian"]
    assert set(first.train.labels) <= set(first.labels)
    assert set(first.none.labels) == {"Indian", "Norwegian", "Romanian"}
    assert first.validation == dataset.validation
    none = [("Hansen", "Norwegian"), ("Sharma", "Indian"), ("Popescu", "Romanian")]
    assert list(zip(second.none.texts, second.none.labels, strict=True)) == none
    assert second.train == dataset.train
    assert first.files == second.files
    content = (tmp_path / "pretraining.csv.gz").read_bytes()
    facts = {"rows": len(kept), "sha256": hashlib.sha256(content).hexdigest()}
    assert first.files["pretraining.csv.gz"] == facts | {"part": "pretraining"}
    assert set(first.files) == {
        "names_train.csv.gz",
        "names_test.csv.gz",
        "pretraining.csv.gz",
    }
