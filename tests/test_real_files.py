"""Files as people have them are read alike by the command line, the page, and without a server."""

import base64
import csv
import json
import re

import openpyxl
import pytest
from conftest import SHIPPED
from models import load
from node import packed, run_js
from real_files import FILES, TYPED, workbook
from test_predict import CONTRACT

from model.__main__ import main
from model.errors import InputError
from model.tabs import listing

READABLE = [file for file in FILES if not file.error]
REFUSED = [file for file in FILES if file.error]


def predict(folder, *arguments):
    words = map(str, arguments)
    return main(["predict", "--model", str(folder), *words])


@pytest.fixture
def of_command(small_folder, tmp_path, capfd):
    """Give a file to the command line; return its exit code, its messages and its output."""

    def call(file):
        source = tmp_path / file.name
        output = tmp_path / "out.jsonl"
        source.write_bytes(file.content)
        code = predict(small_folder, source, "-o", output)
        return code, capfd.readouterr().err, output

    return call


@pytest.mark.parametrize("file", READABLE, ids=lambda file: file.title)
def test_a_file_is_read_alike_by_all(file, small_classifier, of_command):
    code, message, output = of_command(file)
    assert code == 0, message
    lines = output.read_text("utf-8").splitlines()
    written = list(map(json.loads, lines))

    table = listing.read_file(
        file.name, file.content, hints=small_classifier.model.hints
    )
    rows = listing.predict_rows(small_classifier, table)

    assert table.header == file.header
    assert table.summary in message
    key = table.names[table.column]
    texts = []
    for line, (record, answer) in zip(written, rows, strict=True):
        label = ""
        if record.problem:
            assert record.problem in line["prediction_note"]
        else:
            texts.append(answer.text)
            assert line[key] == answer.text
            if answer.verdict.kind != "text":
                label, _ = answer.predictions[0]
        assert line["label_1"] == label
    assert texts == file.texts
    assert len(rows) - len(texts) == file.bad


@pytest.mark.parametrize("file", REFUSED, ids=lambda file: file.title)
def test_a_file_is_refused_alike_by_all(file, small_classifier, of_command):
    code, message, output = of_command(file)
    assert code == 2
    assert not output.exists()
    with pytest.raises(InputError) as error:
        listing.read_file(file.name, file.content, hints=small_classifier.model.hints)
    for refusal in (message.removesuffix("\n"), str(error.value)):
        assert re.search(file.error, refusal)
        assert "\n" not in refusal


def read_book(path):
    sheet = openpyxl.load_workbook(path).active
    return list(map(list, sheet.iter_rows(values_only=True)))


def test_a_json_line_stays_as_it_is_before_its_predictions(small_folder, tmp_path):
    line = '{"id": 1.0, "name": "Rossi", "more": {"a": [1, null]}, "big": 123456789012345678901'
    source = tmp_path / "a.jsonl"
    source.write_text(line + " }\n")
    output = tmp_path / "b.jsonl"
    assert predict(small_folder, source, "-o", output) == 0
    assert output.read_text().startswith(line + ', "answer": "')


def test_a_sheet_keeps_its_types_and_a_text_starts_no_formula(
    small_folder, tmp_path_factory
):
    """Predict the second sheet of a workbook of typed cells; return the path of the output."""
    folder = tmp_path_factory.mktemp("sheet")
    source = folder / "a.xlsx"
    first = [["x"], [1]]
    source.write_bytes(workbook({"A": first, "B": TYPED[:1]}))
    book = openpyxl.load_workbook(source)
    sheet = book["B"]
    for row in TYPED[1:]:
        sheet.append(row)
        note = sheet.cell(sheet.max_row, 7)
        note.data_type = "s"  # a text that looks like a formula
    book.save(source)
    output = folder / "out.xlsx"
    options = "-o", output, "--sheet", "B", "--top-k", 1
    assert predict(small_folder, source, *options) == 0
    sheet_out = output
    header, first, second = read_book(sheet_out)
    assert header == [*TYPED[0], "answer", "label_1", "probability_1", *CONTRACT]
    first[3] = first[
        3
    ].date()  # a sheet has no days without a time; its format shows none
    assert first[:7] == TYPED[1]
    assert second[:7] == TYPED[2]
    assert isinstance(first[9], float)
    cell = openpyxl.load_workbook(sheet_out).active["G2"]
    assert cell.value == "=1+1"
    assert cell.data_type == "s"
    assert cell.quotePrefix


CELLS = [
    ["nr", "Nachname", "x"],
    ["1", "Müller", 'a "b", c\nd'],
    ["2", "Kim", "\t"],
    ["3", "Ng", "a\rb\r\n"],
    ["4", "Li", "_x000D__x005F_x0041_ \x0b\uffff"],
]


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".jsonl", ".xlsx"])
def test_any_form_becomes_any_other_with_all_its_cells(small_folder, tmp_path, ending):
    first = tmp_path / "a.csv"
    with open(first, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(CELLS)
    there = tmp_path / f"there{ending}"
    back = tmp_path / "back.csv"
    # Two columns, because predict adds none that is there
    assert predict(small_folder, "--columns", "open", first, "-o", there) == 0
    assert predict(small_folder, "--columns", "answer", there, "-o", back) == 0
    with open(back, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert [row[:3] for row in rows] == CELLS


def test_a_sheet_is_written_as_csv_where_no_name_says_xlsx(small_folder, tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook({"A": TYPED}))
    output = tmp_path / "out.csv"
    assert predict(small_folder, path, "-o", output, "--top-k", 1) == 0
    with open(output, encoding="utf-8", newline="") as file:
        header, first, _ = csv.reader(file)
    assert header == [*TYPED[0], "answer", "label_1", "probability_1", *CONTRACT]
    typed = "Rossi", "0.5", "1970-01-31", "2024-02-03 04:05:00", "true"
    assert tuple(first[1:6]) == typed


# The List tab of the page without a server.
LIST = ["tables", "listing"]
READ = """Promise.all(given.map(async (bytes) => {
  const content = Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0));
  try {
    const text = await textOf(new File([content], 'a.csv'));
    return recordsOf(text).map(({cells}) => cells);
  } catch (error) {
    return error.message;
  }
}))"""
LINES = [["a", "b"], ["1", "2"]]
TABLES = {
    "semicolons": ("a;b\n1;2\n", LINES),
    "tabs": ("a\tb\n1\t2\n", LINES),
    "lines of Windows": ("a,b\r\n1,2\r\n", LINES),
    "lines of an old Mac": ("a,b\r1,2\r", LINES),
    "a byte order mark": ("\ufeffa,b\n1,2\n", LINES),
    "blank lines": ("\n\na,b\n\n1,2\n\n", LINES),
    "a comma in quotes": ('a;b\n"1,2";"3;4"\n', [["a", "b"], ["1,2", "3;4"]]),
    "a line in quotes": ('a,b\n"1\r\n\n2",3\n', [["a", "b"], ["1\r\n\n2", "3"]]),
    "doubled quotes": ('a,b\n"1 ""2""",""""\n', [["a", "b"], ['1 "2"', '"']]),
    "a quote in a cell": ('a,b\n1"2,3\n', [["a", "b"], ['1"2', "3"]]),
    "a short row": ("a,b\n1\n", [["a", "b"], ["1", ""]]),
    "an open quote": ('a,b\n1,"2\n3,4\n', "Line 2 has a quote .*: fix it."),
    "a quote that ends early": ('a,b\n\n"1" 2,3', "Line 3 has a quote .*: fix it."),
    "a wide row": (
        '"a\n",b\n1,2,3',
        "Line 3 has 3 columns, and the first row 2: fix it.",
    ),
    "201 columns": ("," * 200 + "a", "The table has 201 columns: give .*"),
    "nothing": (" \n", "There is nothing to read: give at least one row."),
    "more than 2 MB": ("a" * 2_040_000, "a.csv has 2.0 MB: give up to .* 2 MB.*"),
    "Latin-1": (
        "Müller".encode("latin-1"),
        "a.csv is not text in UTF-8: save it as .*",
    ),
    "a workbook": (
        workbook({"A": [["a"]]}),
        "a.csv is not text in UTF-8: save it as .*",
    ),
}


@pytest.fixture(scope="module")
def of_tables():
    given = []
    for content, _ in TABLES.values():
        content = content if isinstance(content, bytes) else content.encode()
        given.append(base64.b64encode(content).decode())
    return dict(zip(TABLES, run_js(LIST, READ, given), strict=True))


@pytest.mark.parametrize("title", TABLES)
def test_a_table_is_read_as_rfc_4180_says(of_tables, title):
    _, expected = TABLES[title]
    found = of_tables[title]
    if isinstance(expected, str):
        assert re.fullmatch(expected, found)
    else:
        assert found == expected


ASK = """(async (sent) => {
  globalThis.postMessage = (message) => sent.push(message);
  const ask = (id, method, request) => onmessage({data: {id, method, given: request}});
  await ask(0, 'load', Uint8Array.from(atob(given.model), (c) => c.charCodeAt(0)));
  const shown = {hasNone: true, hasKnown: true, words: {text: 'name'}};
  const read = ([text, header]) => tableOf(recordsOf(text), header, delimiterOf(text), shown);
  const found = given.files.map(read);
  const texts = found.flatMap(({rows}, i) => rows.map(({cells}) => cells[given.files[i][2]]));
  await Promise.all([ask(1, 'judge', {texts}), ask(2, 'judge', {texts})]);
  await ask(3, 'answers', {texts});
  const answers = sent.at(-1).result;
  const csv = found.map((table) => csvOf(table, answers.splice(0, table.rows.length), shown));
  return {csv, older: sent.find(({id, done}) => id === 1 && !done)};
})([])"""
LISTS = {
    "": "Rossi\nKim\n5\nMüller, Anna\n=1+1\n余\nRossi\n",
    "a.csv": 'id;Familienname;"a ""b"", c"\r\n1;Müller;"2\r\nlines"\r\n"=1";Li;",@y"\r\n3;;\r\n',
    "b.csv": "wer,nr\nRossi,-1\nNguyen,2\n",
    "c.tsv": "no\tcity\tname\n1\t+Rome\tRossi\n2\tSeoul\tKim\n",
}
SHARE = re.compile(r'"([01]\.\d{4})"')


@pytest.mark.slow
def test_tables_come_back_as_from_the_gradio_page_and_a_newer_list_takes_an_older_one_s_place():
    """What the worker of the page without a server makes of LISTS."""
    classifier = load(SHIPPED)
    hints = classifier.model.hints
    tables, files = [], []
    for name, text in LISTS.items():
        table = listing.read_lines(text, hints)
        if name:
            table = listing.read_file(name, text.encode(), hints=hints)
        tables.append(table)
        files.append((text, table.header, table.column))
    given = {"model": packed(classifier, "fp16"), "files": files}
    of_browser = run_js([*LIST, "answering"], ASK, given)
    for table, ours in zip(tables, of_browser["csv"], strict=True):
        rows = listing.predict_rows(classifier, table)
        has_names = table.header or table.width == 1
        theirs = listing.to_csv(classifier.model, table, rows, has_names)
        assert SHARE.sub("", ours) == SHARE.sub("", theirs), table.name
        shares = list(map(float, SHARE.findall(theirs)))
        our_shares = list(map(float, SHARE.findall(ours)))
        assert our_shares == pytest.approx(shares, abs=6e-4), table.name
    assert of_browser["older"] == {"id": 1, "problem": "Another list is read."}
