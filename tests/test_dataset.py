import gzip
import hashlib
from collections import Counter
from functools import partial
from itertools import product
from pathlib import Path

import pytest
import torch
from conftest import PRETRAIN, TEST, TRAIN, write_names, write_rows

from model.data.pairs import read_pretraining
from model.data.records import TRAINING, Limits
from model.data.rows import Rows, encode_rows
from model.data.texts import match_key
from model.errors import InputError
from model.letters import LetterEncoder, script_name
from model.tasks.names import WORDS, read_names


def test_labels_are_alphabetical_and_every_row_is_kept(small_data):
    dataset = read_names(small_data)
    assert dataset.labels == ["Italian", "Japanese", "Russian"]
    kept = {*zip(dataset.train.texts + dataset.validation.texts,
                 dataset.train.labels + dataset.validation.labels, strict=True)}  # fmt: skip
    assert kept == set(TRAIN)
    assert list(zip(dataset.test.texts, dataset.test.labels, strict=True)) == TEST
    assert dataset.files["names_train.csv.gz"]["rows"] == len(TRAIN)


def test_all_rows_of_a_name_fall_on_one_side_of_the_validation_split(tmp_path):
    rows = [(name, language) for name, _ in TRAIN for language in ("Italian", "Russian")]
    rows += [(name.upper(), "Japanese") for name, _ in TRAIN]
    dataset = read_names(write_names(tmp_path, train=rows))
    train, validation = (
        set(map(match_key, part.texts)) for part in (dataset.train, dataset.validation)
    )
    assert validation
    assert not train & validation
    assert dataset.accepted(dataset.validation)[0] == {0, 1, 2}


def test_names_in_both_files_are_counted(tmp_path):
    test = [("ROSSI", "Italian"), ("Conti", "Italian"), ("Gallo", "Italian")]
    assert read_names(write_names(tmp_path, test=test)).shared_rows == 1


NATIVE = {"train": [("山田", "Japanese"), ("Иванов", "Russian")], "test": [("Попов", "Russian")]}


def write_native(folder, **parts):
    for part, rows in (NATIVE | parts).items():
        content = gzip.compress("".join(f"{name},{label}\n" for name, label in rows).encode())
        (folder / f"native_{part}.csv.gz").write_bytes(content)
    return folder


def test_names_in_other_scripts_are_trained_on_and_tested_apart(tmp_path):
    latin = read_names(write_names(tmp_path))
    assert set(latin.files) == {"names_train.csv.gz", "names_test.csv.gz"}
    assert len(latin.native) == 0
    both = read_names(write_native(tmp_path))
    assert both.files["native_train.csv.gz"]["rows"] == 2
    assert both.test == latin.test
    assert both.native == Rows(["Попов"], ["Russian"])
    assert both.validation == latin.validation
    assert set(both.train.texts) - set(latin.train.texts) == {"山田", "Иванов"}
    assert both.unseen(["ПОПОВ", "Conti", "Новак"]) == [2]


def test_a_text_of_both_files_is_trained_on_or_validates_but_not_both(tmp_path):
    folder = write_native(write_names(tmp_path))
    before = read_names(folder)
    held_out, trained_on = before.validation.texts[0].upper(), before.train.texts[0].upper()
    rows = [(held_out, "Russian"), (trained_on, "Russian")]
    write_rows(folder / "native_train.csv.gz", rows)
    dataset = read_names(folder)
    assert held_out in dataset.validation.texts
    assert trained_on in dataset.train.texts
    train, validation = map(set, (dataset.train.texts, dataset.validation.texts))
    assert not set(map(match_key, train)) & set(map(match_key, validation))


def test_a_language_in_other_scripts_alone_validates_there(tmp_path):
    """Without a row to validate, a calibration would think that nobody asks for the language."""
    folder = write_names(tmp_path)
    greek = [("".join(letters), "Greek") for letters in product("αβγδε", repeat=2)]
    write_rows(folder / "native_train.csv.gz", [*greek, ("Иванов", "Russian")])
    labels = Counter(read_names(folder, validation_share=0.2).validation.labels)
    assert labels["Greek"] == 5
    assert "Иванов" not in read_names(folder).validation.texts


def test_given_names_are_read_where_there_are_any(tmp_path):
    folder = write_names(tmp_path)
    assert len(read_names(folder).given_names) == 0
    write_rows(folder / "given_names.csv.gz", [("Maria", "Italian"), ("花子", "Japanese")])
    assert read_names(folder).given_names == Rows(["Maria", "花子"], ["Italian", "Japanese"])
    assert read_names(folder).files["given_names.csv.gz"]["rows"] == 2


def test_a_held_out_surname_is_not_met_as_a_given_name(tmp_path):
    """Calibrated on such names a model takes itself for better than it is on names of the test."""
    folder = write_names(tmp_path)
    dataset = read_names(folder)
    held_out = [text.upper() for text in dataset.validation.texts + dataset.test.texts]
    given = [*held_out, *dataset.train.texts, "Maria"]
    write_rows(folder / "given_names.csv.gz", [(name, "Italian") for name in given])
    assert read_names(folder).given_names.texts == [*dataset.train.texts, "Maria"]


def test_a_label_that_only_native_test_rows_have_is_named_with_its_line(tmp_path):
    test = [("Попов", "Russian"), ("Παππάς", "Greek")]
    folder = write_native(write_names(tmp_path), test=test)
    with pytest.raises(InputError, match=r"native_test\.csv\.gz, line 2: language 'Greek'"):
        read_names(folder)


def test_a_tenth_of_the_outsiders_is_held_out_of_both_stages(tmp_path):
    folder = write_names(
        tmp_path, pretrain=[(f"Okon{a}{b}", "Igbo") for a in "abcde" for b in "uvwx"]
    )
    first, second = read_pretraining([folder / "pretraining.csv.gz"], read_names(folder), WORDS)
    assert len(second.validation_outsiders) == 2
    assert first.validation_outsiders == second.validation_outsiders
    for dataset in (first, second):
        assert len(dataset.outsiders) == 18
        assert not set(dataset.outsiders.texts) & set(dataset.validation_outsiders.texts)


def test_every_run_validates_on_the_same_tenth_of_the_names(tmp_path):
    validation = read_names(write_names(tmp_path)).validation
    assert sorted(validation.labels) == ["Italian", "Japanese", "Russian"]  # one of ten each
    drawn = set(validation.texts)
    others = read_names(write_names(tmp_path, train=TRAIN[::-1]))
    assert set(others.validation.texts) == drawn


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_each_label_and_script_has_its_share_of_the_validation_rows(tmp_path, share):
    sizes = {"Italian": 200, "Russian": 90, "Japanese": 40, "Greek": 10}
    names = map("".join, product("abcdefghijklmnopqrst", repeat=2))
    train = [(next(names), label) for label, n in sizes.items() for _ in range(n)]
    cyrillic = map("".join, product("абвгд", repeat=3))
    train += [(next(cyrillic), "Russian") for _ in range(50)]
    dataset = read_names(write_names(tmp_path, train=train), validation_share=share)
    found = Counter(
        (label, script_name(text))
        for text, label in zip(dataset.validation.texts, dataset.validation.labels, strict=True)
    )
    wanted = {(label, "Latin"): n for label, n in sizes.items()} | {("Russian", "Cyrillic"): 50}
    assert all(abs(found[part] - share * n) <= 1 for part, n in wanted.items())


def test_rows_encode_to_what_the_encoder_says(small_data):
    dataset = read_names(small_data)
    encoder = LetterEncoder.from_texts(dataset.train.texts)
    encoded = encode_rows(dataset.test, encoder, dataset.labels)
    assert encoded.targets.tolist() == [1, 2, 0]
    assert encoded.ids[0, :6].tolist() == encoder.encode("Suzuki")
    assert len(encoded) == 3


def test_taken_rows_keep_their_targets_and_get_no_padding_of_other_rows():
    rows = Rows(["Ng", "Rossi", "Li", "Nakamura"], ["B", "A", "C", "B"])
    encoded = encode_rows(rows, LetterEncoder("ng"), ["A", "B", "C"])
    ids, lengths, targets = encoded.take(torch.tensor([2, 0]))
    assert ids.tolist() == [[1, 1], [2, 3]]
    assert lengths.tolist() == [2, 2]
    assert targets.tolist() == [2, 1]


packed = partial(gzip.compress, mtime=0)  # of one name in every process that runs these tests


def damage(folder, name, content):
    (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("names_train.csv.gz", packed(b"Rossi,Italian\n" * 99)[:-9], "not a complete gzip"),
        (
            "names_train.csv.gz",
            packed("Rossi,Italian\nKim,Korean\nMüller,German\n".encode("latin-1")),
            r"names_train\.csv\.gz, line 3: not UTF-8",
        ),
        ("names_train.csv.gz", packed(b"Rossi,Italian\nConti\n"), "line 2: two columns"),
        ("names_train.csv.gz", packed(b"Rossi,Italian\n ,Italian\n"), "line 2: two columns"),
        (
            "names_train.csv.gz",
            packed(b"Rossi,Italian\n12,Italian\n"),
            "line 2: There is no",
        ),
        (
            "names_train.csv.gz",
            packed(b"a" * 101 + b",Italian\n"),
            "line 1: This text has 101",
        ),
        ("names_train.csv.gz", packed(b""), "is empty"),
        ("names_test.csv.gz", packed(b""), "is empty"),
        ("names_train.csv.gz", packed(b"Rossi,Italian\nConti,Italian\n"), "one language"),
        ("names_train.csv.gz", packed(b"Lee,Chinese\nLee,Korean\n"), "one name only"),
        ("names_test.csv.gz", packed(b"Conti,Italian\nJones,Welsh\n"), "line 2.*'Welsh'"),
    ],
)
def test_bad_files_are_named_in_one_line(tmp_path, name, content, complaint):
    folder = damage(write_names(tmp_path), name, content)
    with pytest.raises(InputError, match=complaint) as error:
        read_names(folder)
    assert "\n" not in str(error.value)
    assert name in str(error.value)


def test_missing_folder_and_missing_file_are_named(tmp_path):
    with pytest.raises(InputError, match=r"No data folder .*nowhere"):
        read_names(tmp_path / "nowhere")
    write_names(tmp_path)
    (tmp_path / "names_test.csv.gz").unlink()
    with pytest.raises(InputError, match=r"No file .*names_test\.csv\.gz"):
        read_names(tmp_path)
    (tmp_path / "names_test.csv.gz").mkdir()
    with pytest.raises(InputError, match=r"names_test\.csv\.gz cannot be read"):
        read_names(tmp_path)


def test_pretraining_rows_are_new_texts_and_those_of_other_labels_are_outsiders(tmp_path):
    write_names(tmp_path, pretrain=[*PRETRAIN, ("CONTI", "Norwegian"), ("suzuki", "Indian")])
    dataset = read_names(tmp_path)
    first, second = read_pretraining([tmp_path / "pretraining.csv.gz"], dataset, WORDS)
    held_out = {match_key(t) for part in (dataset.validation, dataset.test) for t in part.texts}
    kept = [row for row in PRETRAIN if match_key(row[0]) not in held_out]
    both = first.train + first.outsiders
    assert sorted(zip(both.texts, both.labels, strict=True)) == sorted(kept)
    assert first.labels == dataset.labels == ["Italian", "Japanese", "Russian"]
    assert set(first.train.labels) <= set(first.labels)
    assert set(first.outsiders.labels) == {"Indian", "Norwegian", "Romanian"}
    assert first.validation == dataset.validation
    outsiders = [("Hansen", "Norwegian"), ("Sharma", "Indian"), ("Popescu", "Romanian")]
    assert list(zip(second.outsiders.texts, second.outsiders.labels, strict=True)) == outsiders
    assert second.train == dataset.train
    assert first.files == second.files
    content = (tmp_path / "pretraining.csv.gz").read_bytes()
    facts = {"rows": len(kept), "sha256": hashlib.sha256(content).hexdigest()}
    assert first.files["pretraining.csv.gz"] == facts
    assert set(first.files) == {"names_train.csv.gz", "names_test.csv.gz", "pretraining.csv.gz"}


def test_several_files_to_pretrain_on_are_one_and_are_told_apart(tmp_path):
    dataset = read_names(write_names(tmp_path / "own", pretrain=PRETRAIN))
    more = write_names(tmp_path / "more", train=[("Hansen", "Norwegian"), ("CONTI", "Italian")])
    paths = [tmp_path / "own" / "pretraining.csv.gz", more / "names_train.csv.gz"]
    one, _ = read_pretraining(paths[:1], dataset, WORDS)
    both, _ = read_pretraining(paths, dataset, WORDS)
    assert both.train == one.train
    assert both.outsiders == one.outsiders + Rows(["Hansen"], ["Norwegian"])  # Conti: a test name
    assert both.files == one.files | {
        "more/names_train.csv.gz": {
            "rows": 1,
            "sha256": hashlib.sha256(paths[1].read_bytes()).hexdigest(),
        }
    }
    with pytest.raises(InputError, match=r"names_train\.csv\.gz is given twice"):
        read_pretraining([*paths, more / ".." / "more" / "names_train.csv.gz"], dataset, WORDS)


def test_a_file_in_the_working_folder_keeps_its_own_entry(tmp_path, monkeypatch):
    dataset = read_names(write_names(tmp_path / "own"))
    monkeypatch.chdir(write_names(tmp_path / "more"))
    first, _ = read_pretraining([Path("names_train.csv.gz")], dataset, WORDS)
    assert set(first.files) == {*dataset.files, "more/names_train.csv.gz"}
    assert dataset.files.items() < first.files.items()


def test_parts_are_joined_and_taken_with_all_their_columns():
    a, b = Rows(["x"], ["A"], [7], [True]), Rows(["y", "z"], ["B", "C"], [8, 9], [False, True])
    assert a + b == Rows(["x", "y", "z"], ["A", "B", "C"], [7, 8, 9], [True, False, True])
    assert (a + b).take([2, 0]) == Rows(["z", "x"], ["C", "A"], [9, 7], [True, True])
    assert Rows(["x", "y"], ["A", "B"]).take([1]) == Rows(["y"], ["B"])


def test_the_least_that_can_be_trained_on(tmp_path):
    two = [("Rossi", "Italian"), ("Kim", "Korean")]
    dataset = read_names(write_names(tmp_path, train=two, test=two[:1]))
    assert (len(dataset.train), len(dataset.validation)) == (1, 1)
    with pytest.raises(InputError, match="one name only"):
        read_names(write_names(tmp_path, train=[("Rossi", "A"), ("ROSSI", "B")], test=two))
    with pytest.raises(InputError, match=r"one language only \(Italian\)"):
        read_names(write_names(tmp_path, train=[("Rossi", "Italian"), ("Kim", "Italian")]))
    with pytest.raises(InputError, match=r"names_test\.csv\.gz, line 2: language 'Greek'"):
        read_names(write_names(tmp_path, train=two, test=[two[0], ("Papas", "Greek")]))


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"Rossi,Italian\n" + b"a" * 10_000, "line 2: too long"),
        (b"Rossi,Italian\nKim,Korean\n" * 4, "more than 5 rows: it has to fit in the memory"),
        (b"Rossi,Italian,\n", "line 1: two columns"),
        (b'Rossi,"Italian\nKim,"Korean\n', "line 1: not CSV"),
    ],
)
def test_a_file_beyond_the_limits_is_refused_with_its_line(
    tmp_path, monkeypatch, content, complaint
):
    monkeypatch.setattr("model.data.pairs.TRAINING", Limits(10**6, 5, advice=TRAINING.advice))
    write_names(tmp_path)
    damage(tmp_path, "names_train.csv.gz", gzip.compress(content))
    with pytest.raises(InputError, match=complaint):
        read_names(tmp_path)
