"""What predict and the page write: no cell, column or row is lost on the way to another form."""

import csv
import io
from dataclasses import replace

import pytest

from model.__main__ import main
from model.data.tables import Hints
from model.errors import InputError
from model.tabs import tables
from model.tabs.tables import predict_rows, to_csv
from model.tasks.names import WORDS


@pytest.fixture(scope="module")
def model(small_classifier, tmp_path_factory):
    folder = tmp_path_factory.mktemp("outputs") / "model"
    small_classifier.save(folder)
    return folder


def predict(model, *arguments):
    return main(["predict", "--model", str(model), "--top-k", "1", *map(str, arguments)])


def page_csv(classifier, content, name):
    table = tables.read_file(content, name, Hints(WORDS.headings))
    return to_csv(table, predict_rows(classifier, table), table.names if table.header else None)


@pytest.mark.parametrize(
    ("name", "content", "output", "message"),
    [
        (
            "a.jsonl",
            '{"surname":"Rossi"}\n' * 250 + '{"surname":"Kim","late":1}\n',
            "out.xlsx",
            "line 251: the key 'late' is in none of the first lines",
        ),
        ("a.csv", "name,name,surname\nAda,x,Rossi\n", "out.jsonl", "more than one column 'name'"),
        ("a.csv", "surname,,\nRossi,x,y\n", "out.jsonl", "more than one column ''"),
    ],
)
def test_what_would_lose_a_column_is_an_error(
    model, tmp_path, capfd, name, content, output, message
):
    (tmp_path / name).write_text(content)
    assert predict(model, tmp_path / name, "-o", tmp_path / output) == 2
    assert message in capfd.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_sheet_that_is_given_up_leaves_one_line(model, tmp_path, capfd):
    (tmp_path / "a.csv").write_text(f"surname,x\nKim,1\nRossi,{'a' * 40_000}\n")
    assert predict(model, tmp_path / "a.csv", "-o", tmp_path / "out.xlsx") == 2
    errors = capfd.readouterr().err
    assert "32,767 characters" in errors
    assert errors.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_the_page_gives_commas_or_semicolons(small_classifier):
    text = page_csv(small_classifier, b"id\tsurname\n1\tRossi\n", "a.tsv")
    assert text.startswith('"id","surname","label_1","probability_1",')
    text = page_csv(small_classifier, b"id;surname\n1;Rossi\n", "a.csv")
    assert text.startswith('"id";"surname";"label_1";"probability_1";')


CELLS = ["=1+1", "a;=1+1;b", 'a;"=1+1;b', "a\n=1+1;b", "a,@x,b", "a\t-1+1\tb", '"=1+1', "\t=1"]
LABELS = ["=cmd|'/C calc'!A0", "a;+1+1;b", "-1"]  # a number starts nothing


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("expected", [",", ";", "\t"])
def test_no_formula_starts_in_a_spreadsheet_that_expects_another_delimiter(
    small_classifier, delimiter, expected
):
    rows = [["x;=1+1;y", "surname", "z"], *([cell, "Rossi", cell] for cell in CELLS)]
    csv.writer(content := io.StringIO(), delimiter=delimiter, quoting=1).writerows(rows)
    hostile = replace(small_classifier, labels=LABELS)
    text = page_csv(hostile, content.getvalue().encode(), "a.csv")
    found = [cell for row in csv.reader(text.splitlines(True), delimiter=expected) for cell in row]
    assert not {cell.lstrip("\t\r\n")[:1] for cell in found if cell != "-1"} & set("=+-@")
    out = "," if delimiter == "\t" else delimiter  # as the page writes
    again = list(csv.reader(text.splitlines(True), delimiter=out))
    assert [[cell.replace("'", "") for cell in row[:3]] for row in again] == rows
    assert text.count('"') >= 2 * len(again) * len(again[0])


@pytest.mark.parametrize("name", ["a.csv", "a.txt"])
def test_predict_starts_no_formula_by_a_label(small_classifier, tmp_path, name):
    replace(small_classifier, labels=LABELS).save(tmp_path / "model")
    (tmp_path / name).write_text("surname\nRossi\n=1+1 Kim\n")
    output = tmp_path / "out.csv"
    assert predict(tmp_path / "model", tmp_path / name, "--top-k", "3", "-o", output) == 0
    with open(output, encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    assert [row[0] for row in rows] == ["Rossi", "=1+1 Kim"]  # its own cells stay as they were
    for row in rows:
        assert set(row[1::2]) == {"'=cmd|'/C calc'!A0", "a;'+1+1;b", "-1"}


def test_the_page_keeps_its_columns_beside_a_row_that_is_too_long(small_classifier):
    text = page_csv(small_classifier, b"id,surname\n1,Rossi\n2,Kim,a,b\n", "a.csv")
    header, first, second = csv.reader(io.StringIO(text))
    assert len(header) == len(first) == len(second)
    assert second[:2] == ["2", "Kim,a,b"]
    assert "columns" in second[header.index("prediction_note")]


def test_the_page_refuses_a_heading_of_its_own(small_classifier):
    with pytest.raises(InputError, match="has a column label_1 already"):
        page_csv(small_classifier, b"surname,label_1\nRossi,x\n", "a.csv")
