"""Tables of common names, on which README's first figures rest, by hand."""

import gzip

import pytest

from benchmarks.accuracy import withheld as benchmark
from benchmarks.common import rows_of
from model.answers.decisions import Verdict


def test_withheld_names_are_in_no_file_that_trains(tmp_path):
    tables = {
        "names_train": "Müller,German\nMueller,German\nNováková,Czech\nSilva,Portuguese",
        "names_test": "Rossi,Italian",
        "native_train": "佐藤,Japanese\nさとう,Japanese\n鈴木,Japanese",
        "names_forms": "Müllerová,Czech,Müller\nKovářová,Czech,Kovář",
        "common": "Müller,German,1\nNovák,Czech,1",
        "shares": "Müller,German,0.9\nMüller,Dutch,0.1",
        "given_names": "Satō,Japanese\nAnna,German",
        "readings": "佐藤,Sato",
        "pretraining": "MULLER,Danish\nNovaková,Slovak\nSatou,Japanese\nMoller,Danish",
    }
    whole, less = tmp_path / "whole", tmp_path / "less"
    whole.mkdir()
    for name, text in tables.items():
        (whole / f"{name}.csv.gz").write_bytes(gzip.compress(text.encode()))
    names = {"Müller": "German", "Sato": "Japanese", "Novák": "Czech"}
    withheld = [{"name": name, "language": of} for name, of in names.items()]

    benchmark.write_without(withheld, whole, less)

    left = set()
    for path in less.iterdir():
        with gzip.open(path, "rt", encoding="utf-8") as file:
            left |= {line.split(",")[0] for line in file}
    assert left == {"Silva", "Rossi", "鈴木", "Kovářová", "Anna", "Moller"}


def test_a_name_is_withheld_with_its_spellings_and_a_tenth_of_each_language():
    rows = rows_of("common_names")
    found = benchmark.families(rows, {"佐藤": "Sato"})
    sato = next(family for family in found if "sato" in family.keys)
    assert {row["name"] for row in sato.rows} == {"Sato", "Satou", "佐藤"}
    tenths = [benchmark.tenth(found, number) for number in range(benchmark.TENTHS)]
    withheld = [row["name"] for part in tenths for row in part]
    assert sorted(withheld) == sorted(row["name"] for row in rows)
    for part in tenths:
        assert {row["language"] for row in part} == {row["language"] for row in rows}


def test_an_answer_that_names_a_right_language_beside_another_is_not_plainly_right():
    irish = {"language": "Irish", "form": "own", "accepted": "Irish"}
    rows = [irish | {"weight": weight} for weight in ("5", "3", "1", "1")]
    answers = [
        ("Irish", Verdict("label", ("Irish",), 0.9)),
        ("English", Verdict("either", ("English", "Irish"), 0.85)),
        ("Dutch", Verdict("label", ("Dutch",), 0.9)),
        ("Irish", Verdict("none", (), 0.9)),
    ]
    found = benchmark.scores(rows, answers)
    assert found.pop("standard error") == pytest.approx(0.279, abs=0.001)
    assert found == pytest.approx(
        {
            "first right": 0.6,
            "plainly right": 0.5,
            "either": 0.3,
            "unsure": 0,
            "none": 0.1,
            "wrong": 0.1,
            "wrong above 0.8": 0.1,
        }
    )
