"""Tables of texts and labels to rows: columns, bad rows, splits and folds."""

import json
import re
from collections import Counter
from itertools import chain, cycle
from operator import itemgetter

import numpy as np
import pandas as pd
import pytest
from conftest import TRAIN
from headings import guess_of
from hypothesis import given
from hypothesis import strategies as st

from model import InputError
from model.data.labelled import labelled, labelled_rows
from model.data.layout import Asked
from model.data.rows import Rows
from model.data.sequences import table_of
from model.data.sources import read_tables
from model.data.splits import folds
from model.data.texts import text_key
from model.tasks.custom import custom_task
from model.text.letters import script_name

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


def read(data, column=None, label_column=None, header=None):
    asked = Asked(column=column, label_column=label_column, header=header)
    return labelled(read_tables(data, KIND, asked=asked), KIND)


def pairs_of(dataset):
    rows = dataset.train + dataset.validation + dataset.test
    return sorted(rows.pairs())


def json_lines(pairs):
    lines = []
    for text, label in pairs:
        lines.append(json.dumps({"text": text, "label": label}) + "\n")
    return "".join(lines)


def numbered(lines):
    """Return a table of three columns, of which the first numbers the rows."""
    return "".join(f"{i},{line}" for i, line in enumerate(lines))


FORMS = {
    "no header": ("t.csv", "".join(LINES), (None, "2", False)),
    "headings": ("t.csv", TABLE.replace("name,language", " TEXT ,Labels"), ()),
    "semicolons": ("t.csv", TABLE.replace(",", ";"), ()),
    "three columns": ("t.csv", numbered(LINES), ("2", "3", False)),
    "JSON Lines": ("t.jsonl", json_lines(TRAIN), ()),
}


@pytest.mark.parametrize(
    ("name", "content", "columns"),
    FORMS.values(),
    ids=FORMS,
)
def test_one_table_in_many_forms(write, name, content, columns):
    dataset = read(write(name, content), *columns)
    assert pairs_of(dataset) == sorted(TRAIN)
    assert len(dataset.train) == 21
    assert len(dataset.validation) == 6  # a fifth of few
    assert len(dataset.test) == 3
    assert dataset.labels == ["Italian", "Japanese", "Russian"]
    assert dataset.notes == []


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (numbered([HEADER, *LINES]), None),
        (numbered(LINES), "2"),
    ],
)
def test_columns_that_no_heading_tells_are_asked_about(write, lines, text):
    path = write("t.csv", lines)
    with pytest.raises(InputError, match="not certain which") as question:
        read(path)
    guess = guess_of(question.value)
    assert guess["column"] == text
    assert pairs_of(read(path, **guess)) == sorted(TRAIN)


SWAPPED = "".join(f"{language};{name}\n" for name, language in TRAIN)
PAIRS_OF_KEYS = [{"a": name, "b": language} for name, language in TRAIN]


@pytest.mark.parametrize(
    ("name", "lines", "row", "others"),
    [
        ("t.csv", "".join(LINES), f"{LINES[0].strip()} a row", "--header"),
        ("t.csv", SWAPPED, f"{SWAPPED.split()[0]} a row", "--header"),
        ("t.csv", f"of,who\n{''.join(LINES)}", "of,who the header", "--no-header"),
        ("t.csv", f"wo;wer\n{SWAPPED}", "wo;wer the header", "--no-header"),
        ("t.jsonl", "\n".join(map(json.dumps, PAIRS_OF_KEYS)), "", ""),
    ],
)
def test_cells_of_two_columns_tell_what_is_what(write, name, lines, row, others):
    dataset = read(write(name, lines))
    assert pairs_of(dataset) == sorted(TRAIN)
    (note,) = dataset.notes
    cells, _, what = row.partition(" ")
    shown = ", ".join(map(repr, re.split("[,;]", cells)))
    told = f"; line 1 ({shown}) is {what}" if row else ""
    options = ", ".join(filter(None, ["--text-column", "--label-column", others]))
    assert note.endswith(f"told by the cells{told}; for others give {options}")


@pytest.mark.parametrize(
    "first",
    [
        "Staff\n",  # a title
        "Abel,Dutch\nRoss,Scottish\n",  # labels that occur once
        f"{'x' * 50},Russian\n",  # no text like the others
        ",Russian\n",
    ],
)
def test_an_unclear_first_row_is_asked_about(write, first):
    table = write("t.csv", first + "".join(LINES))
    with pytest.raises(InputError, match="certain whether the first row is a header;"):
        read(table)


@pytest.mark.parametrize(
    "label", ["{}", "2024-05-{:02}", "{}.50 €", "3 May 20{:02}", "{} %"]
)
def test_numbers_and_dates_are_no_clear_labels(write, label):
    rows = (f"{name},{label.format(10 + len(of))}\n" for name, of in TRAIN)
    with pytest.raises(InputError, match="which is the label"):
        read(write("t.csv", "".join(rows)))


GUESSED = {
    "Wann;Frage;Dringend;Kundengruppe": ("2024-05-{:02}", "{}", "ja nein", "{}"),
    "produit;actif;prix;Rayon": ("{}", "VRAI FAUX", "{},50 €", "{}"),
    "pytanie;TAK/NIE;dział": ("{}", "TAK NIE", "{}"),
    "質問;完了;問題の種類": ("{}", "はい いいえ", "{}"),
    "what;priority;Issue Category name": ("{}", "hi lo", "{}"),
    "ticketText;isOpen;issueType": ("{}", "y n", "{}"),
}


@pytest.mark.parametrize("headings", GUESSED)
def test_a_guess_is_no_yes_and_no_nor_a_date_and_goes_by_words_for_labels(
    write, headings
):
    """And of a table that is sorted by its labels."""
    lines = [headings]
    rows = sorted(TRAIN * 50, key=itemgetter(1))
    for i, (name, language) in enumerate(rows):
        cells = []
        own = [f"{name} {i}", language]
        for form in GUESSED[headings]:
            words = form.split()
            if form == "{}":
                cells.append(own.pop(0))
            elif len(words) == 2 and "{" not in form:
                cells.append(words[i % 2])
            else:
                cells.append(form.format(10 + i % 4))
        lines.append(";".join(cells))
    with pytest.raises(InputError, match="not certain which column") as question:
        read(write("t.csv", "\n".join(lines)))
    guess = guess_of(question.value)
    names = headings.split(";")
    places = [i for i, form in enumerate(GUESSED[headings]) if form == "{}"]
    assert [guess["column"], guess["label_column"]] == [names[i] for i in places]


@pytest.mark.parametrize(
    "headings",
    ["Text;Nr;Kategorie", "текст;№;категория", "本文;x;分類", "Tekst;Nr;Etykieta"],
)
def test_headings_of_many_languages_need_no_question(write, headings):
    lines = [f"{name};{i % 5};{language}" for i, (name, language) in enumerate(TRAIN)]
    assert pairs_of(read(write("t.csv", "\n".join([headings, *lines])))) == sorted(
        TRAIN
    )


LONG_LINE = f"{'x' * 20_001},Italian\n"
BAD = [",Italian\n", "Rossi,\n", '" ",Italian\n', '"A","It\naly"\n', LONG_LINE]
BAD.append("Bianco,#REF!\n")  # of a spreadsheet


def test_bad_rows_are_left_out_and_counted_by_reason(write):
    with_bad_rows = write("t.csv", TABLE + "".join(BAD))
    dataset = read(with_bad_rows)
    assert pairs_of(dataset) == sorted(TRAIN)
    assert dataset.files["t.csv"]["rows"] == len(TRAIN)
    (note,) = dataset.notes
    start = len(LINES) + 2
    assert note.startswith(
        f"{with_bad_rows}: 6 rows not read: line {start} and 1 more: The text"
    )
    reasons = note.split("; ")
    others = [start + 1, start + 3, start + 5, start + 6]
    starts = [reason.partition(":")[0] for reason in sorted(reasons[1:])]
    assert starts == [f"line {line}" for line in others]
    assert "\n" not in note


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (["A,B,C\n", "A,B,C,D\n"], "line 32 and 1 such: 3 columns, and the first line"),
        (
            ["Kim,Ger\u200bman\n", "Orr,Iri\u200bsh\n"],
            "line 32 and 1 such: The label 'Ger",
        ),
        (["Kim,\n", "Orr,\n"], "line 32 and 1 more: The label is empty"),
    ],
)
def test_reasons_that_differ_in_what_they_quote_are_one(write, bad, told):
    (note,) = read(write("t.csv", TABLE + "".join(bad))).notes
    assert f": 2 rows not read: {told}" in note
    assert ";" not in note


def test_a_list_is_not_a_label(write):
    rows = [*TRAIN, ("Conti", ["Italian"])]
    (note,) = read(write("t.jsonl", json_lines(rows))).notes
    assert "1 row not read: line 31: the label is not a text" in note


NAMES = [name for name, _ in TRAIN]
INVISIBLE = ["\u200b" * n for n in range(1, 31)]
NO_ROW = r"0 of the 10 .* 30 rows not read: line 2 and 29 more: .*inv"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (LINES[5:14], "9 of the 10 different texts"),
        (["Rossi,Italian\n", "Inoue,Japanese\n"] * 9, "2 of the 10 different texts"),
        ([f"{name},Any\n" for name in NAMES], r"one label only \(Any\)"),
        ([f"{name},{name}\n" for name in NAMES], "no label with 3 texts"),
        ([f"{text},Any\n" for text in INVISIBLE], NO_ROW),
    ],
)
def test_too_few_texts_or_labels_are_refused(write, lines, message):
    path = write("t.csv", HEADER + "".join(lines))
    with pytest.raises(InputError, match=message):
        read(path)


@pytest.fixture
def with_test(write):
    """Return a function that reads TABLE with a table of test rows."""
    train = write("train.csv", TABLE)

    def call(content):
        test = write("test.csv", content)
        return read({"train": train, "test": test})

    return call


WITH_GREEK = "id,language,name\n1,Italian,Conti\n2,Russian,Orlov\n3,Greek,Pappas\n"


def test_a_label_that_is_not_trained_on_is_left_out(with_test):
    dataset = with_test(WITH_GREEK)
    assert dataset.test.texts == ["Conti", "Orlov"]
    assert dataset.test.labels == ["Italian", "Russian"]
    assert list(dataset.files) == ["train.csv", "test.csv"]
    (note,) = dataset.notes
    assert "1 row not read: line 4: The label 'Greek' has no row to train on." in note


def test_a_table_without_the_heading_of_training_is_asked_about(with_test):
    with pytest.raises(InputError, match=r"test\.csv: .* give --text-column wer$"):
        with_test("ort,wer,language\nRom,Conti,Italian\nOmsk,Orlov,Russian\n")


@pytest.mark.parametrize("split", ["validation", "test"])
@pytest.mark.parametrize("rows", ["", "Pappas,Greek\n"])
def test_a_split_without_a_usable_row_is_refused(write, split, rows):
    train = write("train.csv", TABLE)
    other = write("other.csv", HEADER + rows)
    with pytest.raises(InputError, match=f"The {split} rows have no usable text"):
        read({"train": train, split: other})


def test_files_of_one_name_are_told_apart_without_the_path_of_the_machine(
    write, tmp_path
):
    train = write("rows.csv", TABLE)
    (tmp_path / "later").mkdir()
    test = write("later/rows.csv", TABLE)
    dataset = read({"train": train, "test": test})
    assert list(dataset.files) == ["rows.csv", "later/rows.csv"]


def test_a_folder_of_tables_goes_by_their_names(write, tmp_path):
    write("train.csv", TABLE)
    write("my_test.tsv", "name\tlanguage\nConti\tItalian\n")
    write("notes.txt", "nothing")
    assert read(tmp_path).test.texts == ["Conti"]
    write("more_train.csv", TABLE)
    with pytest.raises(InputError, match="has 3 tables: leave one in it"):
        read(tmp_path)


def test_a_table_may_mean_none_as_a_text(write):
    """A table of lines of code, which may be None; what no program writes is left out."""
    meant = ["None", "null", "NA", "NULL"]
    lines = [*meant, "return", "pass", "fn()", "nil", "x = 1", "y", "z", "None"]
    lines += ["NaN", "N/A"]
    rows = ["text,label\n"]
    for line, label in zip(lines, cycle("ab")):
        rows.append(f"{line},{label}\n")
    path = write("code.csv", "".join(rows))
    dataset = read(path)
    texts = {text for text, _ in pairs_of(dataset)}
    assert texts == set(lines) - {"NaN", "N/A"}
    counts = "NA (1), NULL (1), None (2), null (1)"
    summary = f"texts that may stand for a missing value: {counts}"
    assert summary in dataset.summary
    (note,) = dataset.notes
    assert "2 rows not read: line 14: NaN stands for a missing value" in note


NOTHING = [
    None,
    float("nan"),
    np.float32("nan"),
    np.datetime64("NaT"),
    pd.NA,
    pd.NaT,
]


def test_labels_of_lists_become_texts_and_missing_values_are_counted():
    """Texts 4 to 9 and labels 10 to 15 are missing, and the last text is a number."""
    texts = [*"abcd", *NOTHING, *"eeeeee", "nan", 3]
    labels = [" x ", 3.0, np.int64(3), True, *"xxxxxx", *NOTHING, "None", "x"]
    series = pd.Series(texts, dtype=object)
    with_gaps = table_of("train", (series, labels))
    rows, note = labelled_rows(with_gaps, 1, KIND, strict=False)
    assert rows.texts == ["a", "b", "c", "d", "nan"]
    assert rows.labels == ["x", "3", "3", "True", "None"]
    assert "train: 13 rows not read: index 4 and 5 more: the text is missing" in note
    assert (
        "index 10 and 5 more: the label is missing; index 17: the text must be a str"
        in note
    )


def test_categories_become_texts():
    categories = pd.Categorical([2, None, 10])
    table = table_of("train", (["a", "b", "c"], categories))
    rows, _ = labelled_rows(table, 1, KIND, strict=False)
    assert rows.labels == ["2", "10"]


TEXTS = st.sampled_from("abcdefghijklmAB!?")  # "A" and "a" are one text
LABELS = st.sampled_from("xyz")
PAIRS = st.lists(st.tuples(TEXTS, LABELS), max_size=60)


@given(PAIRS, st.integers(2, 10))
def test_folds_hold_each_text_once_and_each_label_of_three_texts_evenly(pairs, most):
    rows = Rows([text for text, _ in pairs], [label for _, label in pairs])
    in_turn = folds(rows, most)
    keys_of = [set(map(text_key, rows.take(fold).texts)) for fold in in_turn]
    held = set().union(*keys_of)
    assert len(in_turn) <= most
    assert sum(map(len, keys_of)) == len(held)  # none is in two
    rows_of_held = [i for i, text in enumerate(rows.texts) if text_key(text) in held]
    assert sorted(chain(*in_turn)) == rows_of_held
    first = {}  # label and script of each text
    for text, label in sorted(pairs, key=itemgetter(1)):
        key = text_key(text)
        first.setdefault(key, (label, script_name(key)))
    for stratum, count in Counter(first.values()).items():
        own = {key for key in first if first[key] == stratum}
        sizes = [len(keys & own) for keys in keys_of]
        assert sum(sizes) == (count if count >= 3 else 0)
        assert not sizes or max(sizes) - min(sizes) <= 1
