"""Tables of texts and labels to rows: columns, bad rows, splits and folds."""

import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import TRAIN
from hypothesis import given, settings
from hypothesis import strategies as st

from model import InputError
from model.data.labelled import labelled_rows, read_labelled
from model.data.lists import table_of
from model.data.rows import Rows
from model.data.splits import folds
from model.data.texts import text_key
from model.letters import script_name
from model.tasks.custom import custom_task

KIND = custom_task().kind
HEADER = "name,language\n"
LINES = [f"{name},{language}\n" for name, language in TRAIN]
TABLE = HEADER + "".join(LINES)


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return path

    return write


def read(path, *columns, **options):
    return read_labelled(path, KIND, *columns, **options)


def pairs_of(dataset):
    parts = dataset.train + dataset.validation + dataset.test
    return sorted(zip(parts.texts, parts.labels, strict=True))


def json_lines(pairs):
    return "".join(json.dumps({"text": t, "label": label}) + "\n" for t, label in pairs)


@pytest.mark.parametrize(
    "content",
    [
        *(
            "".join(LINES),
            TABLE.replace("name,language", " TEXT ,Labels"),
            TABLE.replace(",", ";"),
        ),
        "\n".join(",".join(reversed(row.split(","))) for row in TABLE.split()),
        "\n".join(f"{i},{row}" for i, row in enumerate(TABLE.split())),
        json_lines(TRAIN),
    ],
    ids="no header,headings,semicolons,label first,three,JSON Lines".split(","),
)
def test_one_table_in_many_forms(write, content):
    columns = ("2", "3") if content.startswith("0,") else ()
    dataset = read(
        write("t.jsonl" if content[0] == "{" else "t.csv", content), *columns
    )
    rows = [row for row in pairs_of(dataset) if row != ("name", "language")]
    assert rows == sorted(TRAIN)
    assert (len(dataset.train), len(dataset.validation), len(dataset.test)) == (
        24,
        3,
        3,
    )
    assert dataset.labels == ["Italian", "Japanese", "Russian"]
    assert dataset.notes == []


def test_three_columns_without_a_known_heading_are_named_in_the_message(write):
    path = write(
        "t.csv", "".join(f"{i},{line}" for i, line in enumerate([HEADER, *LINES]))
    )
    with pytest.raises(
        InputError, match=r"name it with --label-column; its first row: .*language"
    ):
        read(path)
    with pytest.raises(InputError, match="two different ones"):
        read(path, "3", "3")
    dataset = read(path, None, "language")  # which tells the header
    assert (pairs_of(dataset), dataset.notes) == (sorted(TRAIN), [])
    assert dataset.columns == {"text": "name", "label": "language"}


LONG_LINE = f"{'x' * 20_001},Italian\n"
BAD = [",Italian\n", "Rossi,\n", '" ",Italian\n', '"A","It\naly"\n', LONG_LINE]


def test_bad_rows_are_left_out(write):
    dataset = read(write("t.csv", TABLE + "".join(BAD)))
    assert pairs_of(dataset) == sorted(TRAIN)
    assert dataset.files["t.csv"]["rows"] == len(TRAIN)


def test_bad_rows_are_counted_by_reason(write):
    (note,) = read(write("t.csv", TABLE + "".join(BAD))).notes
    first = f"line {len(LINES) + 2} and 1 more: The text is empty; line"
    assert f"t.csv: 5 rows left out: {first}" in note
    assert note.count(" line ") == 3  # examples are enough
    assert "\n" not in note


def test_a_bad_row_is_an_error_where_all_must_be_usable(write):
    path = write("t.csv", TABLE + "".join(BAD))
    with pytest.raises(InputError, match=f"line {len(LINES) + 2}: The text is empty"):
        read(path, strict=True)


def test_a_list_is_not_a_label(write):
    (note,) = read(write("t.jsonl", json_lines([*TRAIN, ("Conti", ["Italian"])]))).notes
    assert "1 row left out: line 31: the label is not a text" in note


def test_where_no_row_is_left_the_message_says_why(write):
    path = write(
        "t.csv", "".join("\u200b" * (i + 1) + f",{i % 2}\n" for i in range(30))
    )
    complaint = r"0 of the 10 .* 30 rows left out: line 1 and 29 more: .*inv"
    with pytest.raises(InputError, match=complaint):
        read(path)


def test_too_few_texts_or_labels_are_refused(write):
    for content, message in (
        ("".join(LINES[5:14]), "9 of the 10 different texts"),
        ("Rossi,Italian\nInoue,Japanese\n" * 9, "2 of the 10 different texts"),
        ("".join(f"{name},Any\n" for name, _ in TRAIN), r"one label only \(Any\)"),
        ("".join(f"{name},{name}\n" for name, _ in TRAIN), "no label with 3 texts"),
    ):
        with pytest.raises(InputError, match=message):
            read(write("t.csv", content))
    assert len(read(write("t.csv", "".join(LINES[5:15]))).train) == 6


def test_tables_of_one_training_share_their_headings(write):
    train = write("train.csv", TABLE)
    test = write(
        "test.csv",
        "id,language,name\n1,Italian,Conti\n2,Russian,Orlov\n3,Greek,Pappas\n",
    )
    dataset = read({"train": train, "test": test})
    assert (dataset.test.texts, dataset.test.labels) == (
        ["Conti", "Orlov"],
        ["Italian", "Russian"],
    )
    (note,) = dataset.notes
    assert "1 row left out: line 4: The label 'Greek' has no row to train on." in note
    assert list(dataset.files) == ["train.csv", "test.csv"]
    with pytest.raises(InputError, match=r"test\.csv, line 4: The label 'Greek'"):
        read({"train": train, "test": test}, strict=True)
    test = write(
        "test.csv", "ort,wer,language\nRom,Conti,Italian\nOmsk,Orlov,Russian\n"
    )
    dataset = read({"train": train, "test": test})
    assert dataset.columns == {"text": "name", "label": "language"}
    guess = "no column is called 'name', so column ort of 3 was chosen by its content"
    assert dataset.notes == [f"warning: {test}: {guess}: --text-column names another"]


def test_columns_without_a_heading_are_found_by_the_labels_of_training(write):
    train = write("train.csv", "".join(reversed(LINES)))
    test = write("test.csv", "".join(f"{i},{line}" for i, line in enumerate(LINES)))
    dataset = read({"train": train, "test": test})
    assert dataset.labels == ["Italian", "Japanese", "Russian"]
    assert dataset.test.labels == [label for _, label in TRAIN]
    assert dataset.shared_rows == len(TRAIN)  # those that validate counted too


@pytest.mark.parametrize("part", ["validation", "test"])
def test_a_part_without_a_usable_row_is_refused(write, part):
    train = write("train.csv", TABLE)
    for content in (HEADER, HEADER + "Pappas,Greek\n"):
        with pytest.raises(InputError, match=f"The {part} rows have no usable text"):
            read({"train": train, part: write("other.csv", content)})


def test_files_of_one_name_are_told_apart_without_the_path_of_the_machine(
    write, tmp_path
):
    train = write("rows.csv", TABLE)
    with pytest.raises(InputError, match="given twice"):
        read({"train": train, "test": tmp_path / "." / "rows.csv"})
    (tmp_path / "later").mkdir()
    test = Path(shutil.copy(write("other.csv", TABLE), tmp_path / "later" / "rows.csv"))
    assert list(read({"train": train, "test": test}).files) == [
        "rows.csv",
        "later/rows.csv",
    ]


def test_an_error_of_a_spreadsheet_is_not_a_label(write):
    dataset = read(write("t.csv", TABLE + "Bianco,#REF!\nGallo,#NV\n"))
    assert not {"#REF!", "#NV"} & set(dataset.labels)
    assert "is #REF!" in dataset.notes[0]


def test_a_folder_of_tables_goes_by_their_names(write, tmp_path):
    write("train.csv", TABLE)
    write("my_test.tsv", "name\tlanguage\nConti\tItalian\n")
    write("notes.txt", "nothing")
    assert read(tmp_path).test.texts == ["Conti"]
    write("more_train.csv", TABLE)
    with pytest.raises(InputError, match="has 3 tables: leave one in it"):
        read(tmp_path)


@pytest.fixture
def code(write):
    """A table of lines of code, which may be None; what no program writes is left out."""
    meant = ["None", "null", "NA", "NULL"]
    lines = [*meant, "return", "pass", "fn()", "nil", "x = 1", "y", "z", "None"]
    lines += ["NaN", "N/A"]
    rows = [f"{line},{'ab'[i % 2]}\n" for i, line in enumerate(lines)]
    return set(lines), read(write("code.csv", "text,label\n" + "".join(rows)))


def test_a_table_may_mean_none_as_a_text(code):
    lines, dataset = code
    assert {text for text, _ in pairs_of(dataset)} == lines - {"NaN", "N/A"}


def test_texts_that_may_be_missing_values_are_in_the_summary(code):
    counts = "NA (1), NULL (1), None (2), null (1)"
    summary = f"texts that may stand for a missing value: {counts}"
    assert summary in code[1].summary


def test_missing_values_are_left_out(code):
    (note,) = code[1].notes
    assert "2 rows left out: line 14: NaN stands for a missing value" in note


NOTHING = [None, float("nan"), np.float32("nan"), np.datetime64("NaT"), pd.NA, pd.NaT]


@pytest.fixture
def with_gaps():
    """A table of lists in which texts 4 to 9 and labels 10 to 15 are missing."""
    texts = [*"abcd", *NOTHING, *"e" * len(NOTHING), "nan"]
    labels = [" x ", 3.0, np.int64(3), True, *"x" * len(NOTHING), *NOTHING, "None"]
    return table_of("train", (pd.Series(texts, dtype=object), labels))


def test_labels_of_lists_become_texts(with_gaps):
    rows, _ = labelled_rows(with_gaps, 1, KIND, strict=False)
    assert rows == Rows([*"abcd", "nan"], ["x", "3", "3", "True", "None"])


def test_categories_become_texts():
    table = table_of("train", (list("abc"), pd.Categorical([2, None, 10])))
    rows, _ = labelled_rows(table, 1, KIND, strict=False)
    assert rows.labels == ["2", "10"]


def test_missing_values_of_lists_are_counted(with_gaps):
    _, note = labelled_rows(with_gaps, 1, KIND, strict=False)
    assert "train: 12 rows left out: index 4 and 5 more: the text is missing" in note
    assert "index 10 and 5 more: the label is missing." in note


def test_a_missing_text_is_an_error_where_all_must_be_usable(with_gaps):
    with pytest.raises(InputError, match=r"^train, index 4: the text is missing\.$"):
        labelled_rows(with_gaps, 1, KIND)


def test_a_number_is_not_a_text():
    table = table_of("train", ([3], ["x"]))
    with pytest.raises(InputError, match=r"^train, index 0: the text must be a str"):
        labelled_rows(table, 1, KIND)


@settings(deadline=None)  # the machine may be busy
@given(
    st.lists(
        st.tuples(st.sampled_from("abcdefghijklmAB!?"), st.sampled_from("xyz")),
        max_size=60,
    ),
    st.integers(2, 10),
)
def test_folds_hold_each_text_once_with_all_its_rows(pairs, most):
    rows = Rows([text for text, _ in pairs], [label for _, label in pairs])
    parts = folds(rows, most)
    indices = [i for part in parts for i in part]
    keys = list(map(text_key, rows.texts))  # "A" and "a" are one text
    held = {keys[i] for i in indices}
    assert sorted(indices) == [i for i, key in enumerate(keys) if key in held]
    assert len(parts) <= most
    assert sum(len({keys[i] for i in part}) for part in parts) == len(
        held
    )  # none is in two
    # A label is of no part if it has fewer than three texts of a script, and else spread evenly.
    first = {}
    for key, label in sorted(zip(keys, rows.labels, strict=True)):
        first.setdefault(key, (label, script_name(key)))
    for label, count in Counter(first.values()).items():
        sizes = [
            len({keys[i] for i in part if first[keys[i]] == label}) for part in parts
        ]
        assert sum(sizes) == (count if count >= 3 else 0)
        assert count < 3 or max(sizes) - min(sizes) <= 1
