"""Lists of names: read, predicted row by row, written so that a spreadsheet takes no harm."""

import csv
import io
import re
from dataclasses import replace
from itertools import product
from zipfile import ZipFile

import openpyxl
import pytest
from conftest import SHIPPED
from headings import ASKED, guess_of, headed_tables
from hypothesis import given
from hypothesis import strategies as st
from models import load
from real_files import IDS, workbook

from model import TextClassifier
from model.data.hints import Hints
from model.data.layout import Asked
from model.data.records import split_records
from model.data.tables import read_table
from model.errors import InputError
from model.predict.files import predict_file
from model.predict.outputs import Output
from model.tabs import listing
from model.tabs.listing import predict_rows, to_csv

HINTS = load(SHIPPED).model.hints

UTF_32_TOO_LARGE = b"\0\0\x11\0".join(
    part.encode("utf-32-le") for part in ("Rossi\nM", "ller\nKim\n")
)


def read_file(content, name, **how):
    return read_table(name, content, asked=Asked(**how), hints=HINTS)


def read_lines(text):
    return listing.read_lines(text, HINTS)


def written(classifier, table, rows):
    text = to_csv(classifier.model, table, rows, table.header)
    delimiter = {"\t": ","}.get(table.delimiter, table.delimiter)  # no tabs in a CSV
    return list(csv.reader(io.StringIO(text), delimiter=delimiter))


HEADERS = """first-name,last-name;FirstName,SurName;First Name *,Last Name *;AD,SOYADI;ad,soyadı;
Given,Surname (family name);City,Employee Last Name:;customer_name,family-name;name,last_name;
first,last,name;Город,ФИО;שם פרטי,שם משפחה;नाम,उपनाम"""


@pytest.mark.parametrize("header", HEADERS.replace("\n", "").split(";"))
def test_headings_are_known_however_they_are_written(header):
    row = ",".join(["Anna", "Kim", "x"][: header.count(",") + 1])
    table = read_file(f"{header}\n{row}\n".encode(), "a.csv")
    assert (table.header, table.column) == (True, 1)
    assert not read_file(
        b"Last\nKim\n", "a.csv"
    ).header  # without "first" a name like any other


@pytest.mark.parametrize(("content", "column", "has_others"), list(headed_tables()))
def test_the_column_of_surnames_is_known_by_its_heading(content, column, has_others):
    table = read_file(content, "a.csv")
    assert table.header
    assert table.title(table.column) == table.names[column]
    assert ("may be meant, and" in table.remark) == has_others
    assert read_file(content, "a.csv", column=column + 1).warning == ""


@pytest.mark.parametrize("table", ASKED)
def test_what_no_heading_tells_is_asked_about_with_a_guess_that_can_be_given(table):
    rows = table.split("|")
    content = "\n".join(rows).encode()
    cells = ", ".join(map(repr, re.split("[,;]", rows[0])))
    message = f"which column is the name.*; found: {cells}; if this guess is right: "
    with pytest.raises(InputError, match=message) as question:
        read_file(content, "a.csv")
    guess = guess_of(question.value)
    rows = read_file(
        content, "a.csv", column=guess["column"], header=guess["header"]
    ).rows
    assert {row.problem for row in rows} == {None}
    shown = listing.read_file("a.csv", content, hints=HINTS)  # the page asks
    assert (shown.column, shown.header) == (0, True)
    assert "it is not certain which column is the name" in shown.remark


def test_a_number_of_a_column_does_not_tell_whether_there_is_a_header():
    content = b"wer,ort\nRossi,Rom\n"
    with pytest.raises(InputError, match=r"first row is a header; .*: give --header$"):
        read_file(content, "a.csv", column=1)
    assert read_file(content, "a.csv", column="wer").header
    with pytest.raises(InputError, match=r"which column .*: give --column 2$"):
        read_file(b"1,Kim\n2,Name\n3,Rossi\n", "a.csv", header=False)


def test_pasted_cells_are_asked_about_too():
    with pytest.raises(InputError, match=r"^The list: .*: paste one column alone: wer"):
        read_lines("wer\tnr\nRossi\t1\n")


TITLED = {
    "CSV": b"Staff;;\n\nid;surname;city\n1;Kim;Seoul\n2;Name;Rome\n",
    "narrow titles": b"Staff\nof 2026\nid;surname\n1;Kim\n2;Name\n",
    "XLSX": workbook(
        {
            "Notes": [["Ask Ann."]],
            "A": [["Staff"], [], ["id", "surname"], [1, "Kim"], [2, "Name"]],
        }
    ),
    "JSON": b'[\n {"id": 1, "surname": "Kim"},\n {"id": 2, "surname": "Name"}\n]',
    "texts in JSON": b'["Kim", "Name"]',
}


@pytest.mark.parametrize("content", TITLED.values(), ids=TITLED)
def test_titles_sheets_and_arrays_need_no_option(content):
    """And a cell below that looks like a heading is a text."""
    table = read_file(content, "a")
    assert [row.fields[table.column] for row in table.rows] == ["Kim", "Name"]
    with pytest.raises(InputError, match="no column 'ort'; its columns: "):
        read_file(content, "a", column="ort")


SPACED = [
    b'id," wer\n", ort\n1,Rossi,Rome\n2,Kim,Seoul\n3,Ivanov,Kazan\n',
    workbook({"A": [["id", " wer\n", " ort"], *IDS]}),
]


@pytest.mark.parametrize("content", SPACED)
def test_a_heading_is_quoted_and_given_without_the_space_around_it(content):
    with pytest.raises(InputError, match=r"if this guess is right: give --column wer$"):
        read_file(content, "a")
    table = read_file(content, "a", column="wer")
    assert table.summary == "column wer of 3, header found"
    choices = listing.columns_of(replace(table, header=False))
    assert ("column 2 (wer)", 1) in choices


def test_a_broken_array_is_named():
    with pytest.raises(InputError, match=r"^a\.json is not JSON: Expecting"):
        read_file(b'["Kim",', "a.json")


def test_bars_part_a_txt_file():
    table = read_file(b"id|ort|wer\n1|Rom|Kim\n", "a.txt", column="wer")
    assert [row.fields[table.column] for row in table.rows] == ["Kim"]
    assert read_file(b"Rossi, Anna\nKim, Bo\n", "a.txt").width == 1


def test_lines_before_the_table_are_counted():
    table = read_file(b"sep=;\n\nid;surname\n1;Kim\n", "a.csv")
    assert table.summary == "column surname of 2, header found"
    assert [(row.line, row.fields) for row in table.rows] == [(4, ["1", "Kim"])]


def test_a_quoted_text_of_many_lines_is_one_cell_whatever_delimiters_it_has():
    lines = "well, what a line\n" * 25
    content = f'review;stars\n"{lines}";5\n"Great; film,\nloved it";5\nbad;1\n'.encode()
    table = read_table(
        "a.csv", content, hints=Hints(("review",), "review", short=False)
    )
    assert [row.fields for row in table.rows] == [
        [lines, "5"],
        ["Great; film,\nloved it", "5"],
        ["bad", "1"],
    ]


MANY_OPEN_QUOTES = [
    "name,x\n",
    *['b","c\n'] * 5000,
    '"Rossi\n',
    'Maria",1\n',
    "Kim,2\n",
]


def test_open_quotes_cost_their_own_lines_and_few_looks_ahead():
    """Behind thousands of open quotes a quoted text of a few lines is still one cell."""
    n_looks = 0

    class Lines(list):
        def __getitem__(self, index):
            nonlocal n_looks
            n_looks += isinstance(index, int)
            return super().__getitem__(index)

    _, *bad, joined, last = split_records(Lines(MANY_OPEN_QUOTES), ",")
    assert len(bad) == 5000
    assert joined.fields == ["Rossi\nMaria", "1"]
    assert last.fields == ["Kim", "2"]
    assert n_looks < 30 * len(MANY_OPEN_QUOTES)


def test_a_list_of_more_letters_than_the_page_reads_in_seconds_is_refused(
    small_classifier, monkeypatch
):
    monkeypatch.setattr(listing, "MAX_UNITS", 30)
    same = "Nakamura\n" * 100  # read once
    assert len(predict_rows(small_classifier, read_lines(same))) == 100
    with pytest.raises(InputError, match="more than 30 letters in different names"):
        predict_rows(small_classifier, read_lines(same + "Papadopoulos\n" + "a" * 20))


def test_a_hidden_sheet_is_read_by_its_title_alone(tmp_path):
    book = openpyxl.load_workbook(
        io.BytesIO(workbook({"A": IDS, "B": [["name"], ["Kim"]]}))
    )
    book["A"].sheet_state = "hidden"
    book.save(path := tmp_path / "a.xlsx")
    assert read_table(str(path), hints=HINTS).note == "sheet B, beside A"
    asked = Asked("A", column=2, header=False)
    table = read_table(str(path), asked=asked, hints=HINTS)
    assert [row.fields[table.column] for row in table.rows] == [
        "Rossi",
        "Kim",
        "Ivanov",
    ]


def test_only_rows_that_the_guess_concerns_have_a_note_of_it(small_classifier):
    table = read_file("name\nRossi\nMüller\n1\n".encode("cp1252"), "a.csv")
    rows = predict_rows(small_classifier, table)
    *_, rossi, muller, digit = written(small_classifier, table, rows)
    assert "Windows" not in "".join(rossi + digit)
    assert muller[-5].endswith("read as Windows-1252 because it is not UTF-8")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (
            b"R\xf6ssi\nM\xfc\x81ller\nK\xe9m\n",
            "not Windows-1252: save the file as UTF-8",
        ),
        (b"Rossi\nM\xc3\xbc\xffller\nKim\n", "not UTF-8: save the file as UTF-8"),
        (
            b'{"name": "Rossi"}\n{"name": "M\xc3\xbc\xffller"}\n{"name": "Kim"}\n',
            "not UTF-8: save the file as UTF-8",
        ),
        (b"\xff\xfeR\0\n\0M\0\0\xd8l\0\n\0K\0", "not UTF-16"),
        (b"\xff\xfe\0\0" + UTF_32_TOO_LARGE, "not UTF-32"),
    ],
)
def test_undefined_bytes_mark_their_row_alone(small_classifier, content, problem):
    rows = predict_rows(small_classifier, read_file(content, "a.txt"))
    found = [record.problem and record.problem[: len(problem)] for record, _ in rows]
    assert found == [None, problem, None]
    for record, answer in rows:
        assert answer.text.encode() == record.fields[0].encode()  # no surrogate
    assert rows[1][1].text.startswith("M")
    assert "\ufffd" in rows[1][1].text


def test_half_a_character_in_a_pasted_list_marks_its_line(small_classifier):
    _, (record, answer) = predict_rows(
        small_classifier, read_lines("Rossi\nKim\ud83d\n")
    )
    problem = "a character is cut in half: type the line again"
    assert (answer.text, record.problem) == ("Kim\ufffd", problem)


@pytest.mark.parametrize(
    ("header", "delimiter"),
    [
        ("name,city", ","),
        ("name;born, where;city", ";"),
        ("name|born, where|city", "|"),
        ('"say ""a,b,c"" twice, or thrice";name', ";"),
        ('"two\nlines, three\nlines, and more";name', ";"),
        ('size 5" disc, or 3", a;name;x;y', ";"),  # no quote opens within a cell
        ("\n\nname;city", ";"),
    ],
)
def test_the_delimiter_is_what_the_lines_agree_on_outside_of_quotes(header, delimiter):
    row = delimiter.join(["1"] * (header.rpartition("\n")[2].count(delimiter) + 1))
    assert read_file(f"{header}\n{row}\n".encode(), "a.csv").delimiter == delimiter


@given(
    lines=st.lists(
        st.sampled_from(["Kim,1", '"Kim,1', 'Kim,"1', 'K"im,1', 'Kim,1"', '"Kim"x,1'])
    )
)
def test_a_stray_quote_never_merges_lines(lines):
    text = "\n".join(["name,n", *lines, "Rossi,2"])
    table = read_file(text.encode(), "a.csv")
    assert [record.line for record in table.records] == list(range(1, len(lines) + 3))


def page_csv(classifier, content, name):
    table = read_file(content, name)
    return to_csv(
        classifier.model,
        table,
        predict_rows(classifier, table),
        table.header,
    )


CELLS = [
    "=1+1",
    "a;=1+1;b",
    'a;"=1+1;b',
    "a\n=1+1;b",
    "a,@x,b",
    "a\t-1+1\tb",
    '"=1+1',
    "\t=1",
]
LABELS = ["=cmd|'/C calc'!A0", "a;+1+1;b", "-1"]  # a number starts nothing


@pytest.mark.parametrize(("delimiter", "expected"), product(",;\t", repeat=2))
def test_no_formula_starts_whatever_delimiter_is_expected(
    small_classifier, delimiter, expected
):
    rows = [["x;=1+1;y", "surname", "z"], *([cell, "Rossi", cell] for cell in CELLS)]
    csv.writer(content := io.StringIO(), delimiter=delimiter, quoting=1).writerows(rows)
    texts = {"rossi": {0: 0.5, 1: 0.5}}
    model = replace(small_classifier.model, labels=LABELS, training_texts=texts)
    hostile = TextClassifier(model)
    text = page_csv(hostile, content.getvalue().encode(), "a.csv")
    found = [
        cell
        for row in csv.reader(text.splitlines(True), delimiter=expected)
        for cell in row
    ]
    assert not {cell.lstrip("\t\r\n")[:1] for cell in found if cell != "-1"} & set(
        "=+-@"
    )
    out = "," if delimiter == "\t" else delimiter  # as the page writes
    again = list(csv.reader(text.splitlines(True), delimiter=out))
    assert [[cell.replace("'", "") for cell in row[:3]] for row in again] == rows
    assert text.count('"') >= 2 * len(again) * len(again[0])


def test_the_page_keeps_its_columns_beside_a_row_that_is_too_long(small_classifier):
    text = page_csv(small_classifier, b"id,surname\n1,Rossi\n2,Kim,a,b\n", "a.csv")
    header, first, second = csv.reader(io.StringIO(text))
    assert len(header) == len(first) == len(second)
    assert second[:2] == ["2", "Kim,a,b"]
    assert "columns" in second[header.index("prediction_note")]


def test_what_is_known_is_the_last_column_of_any_output(small_classifier, tmp_path):
    model = replace(
        small_classifier.model,
        training_texts={"rossi": {0: 0.88, 1: 0.12}, "ng": {0: 1.0, 1: 0.0004}},
    )
    known = TextClassifier(model)
    (source := tmp_path / "a.csv").write_bytes(content := b"name\nROSSI\nNg\nKim\n")
    predict_file(known, str(source), Output(str(output := tmp_path / "b.csv")))
    for text in (page_csv(known, content, "a.csv"), output.read_text("utf-8")):
        last = [row[-1] for row in csv.reader(text.splitlines())]
        first, second, _ = known.labels
        shares = [f"{first} 0.88; {second} 0.12", f"{first} 1.00; {second} <0.01"]
        assert last == ["known", *shares, ""]


def sheet_of(rows, merged=()):
    """Return a workbook with these cells, {"A1": "surname", …}."""
    book = openpyxl.Workbook()
    for place, value in rows.items():
        book.active[place] = value
    for area in merged:
        book.active.merge_cells(area)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("xl/workbook.xml", rb"<sheet .*?/>", b""),
        ("xl/_rels/workbook.xml.rels", rb"/xl/worksheets/\w+", rb"/../../etc/passwd"),
        ("xl/_rels/workbook.xml.rels", rb"sheet1", rb"sheet9"),
        ("xl/worksheets/sheet1.xml", None, None),
    ],
)
def test_a_workbook_without_its_sheet_is_refused_in_a_line(part, old, new):
    whole = ZipFile(io.BytesIO(sheet_of({"A1": "surname", "A2": "Rossi"})))
    broken = io.BytesIO()
    with ZipFile(broken, "w") as archive:
        for name in whole.namelist():
            content = whole.read(name)
            if name == part and old:
                content = re.sub(old, new, content)
            if name != part or old:
                archive.writestr(name, content)
    with pytest.raises(InputError, match=r"^x\.xlsx has no sheet with cells: save it"):
        read_file(broken.getvalue(), "x.xlsx")


def test_a_row_at_the_end_of_a_sheet_is_read_in_both_places():
    cells = {"A1": "surname", "A2": "Rossi", "A4": "Novak", "A1048576": "Kim"}
    given = "x.xlsx", sheet_of(cells)
    for read in (read_table, listing.read_file):
        table = read(*given, hints=HINTS)
        lines = [(row.line, row.fields, row.problem) for row in table.rows]
        assert lines[1] == (3, [], "the line is empty")
        assert lines[2:] == [(4, ["Novak"], None), (1_048_576, ["Kim"], None)]


def test_merged_cells_are_filled_and_a_formula_is_not_an_empty_cell():
    cells = {"A1": "surname", "A2": "Rossi", "A3": "Conti", "B1": "language"}
    cells |= {"B2": "Italian", "A4": "=A2", "B4": "Italian", "B5": "Korean"}
    table = read_file(sheet_of(cells, ["B2:B3"]), "x.xlsx", column="surname")
    assert table.rows[1].fields == ["Conti", "Italian"]
    assert table.note == "1 merged cells filled from their first row"
    assert table.rows[2].problem.startswith("a formula without a saved value")
    empty = table.checked(lambda text: "" if text else "nothing").rows[3]
    assert empty.problem == "nothing"
