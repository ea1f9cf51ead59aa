"""Files as people have them are read alike by the command line, the page, and without a server."""

import base64
import csv
import json
import random
import re
from dataclasses import replace

import openpyxl
import pytest
from conftest import SHIPPED
from headings import headed_tables
from models import load
from node import CLASSIFIER, packed, run
from real_files import FILES, TYPED, workbook

from model import TextClassifier
from model.__main__ import main
from model.data.columns import heading_groups
from model.data.hints import SURE
from model.data.records import EMPTY
from model.errors import InputError
from model.tabs import listing
from model.tabs.alone import hints_of


def predict(folder, *arguments):
    return main(["predict", "--model", str(folder), *map(str, arguments)])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.title)
def test_a_file_is_read_alike_by_all(
    file, small_classifier, small_folder, tmp_path, capfd
):
    source, output = tmp_path / file.name, tmp_path / "out.jsonl"
    source.write_bytes(file.content)
    code = predict(small_folder, source, "-o", output, "--skip-bad")
    message = capfd.readouterr().err
    if file.error:
        assert (code, output.exists()) == (2, False)
        with pytest.raises(InputError) as error:
            listing.read_file(file.name, file.content, hints=small_classifier.hints)
        for refusal in (message.removesuffix("\n"), str(error.value)):
            assert re.search(file.error, refusal)
            assert "\n" not in refusal
        return
    assert code == 0, message
    written = [json.loads(line) for line in output.read_text("utf-8").splitlines()]
    table = listing.read_file(file.name, file.content, hints=small_classifier.hints)
    assert table.header == file.header
    assert table.summary in message
    key = table.names[table.column]
    assert [row[key] for row in written] == file.texts
    rows = listing.predict_rows(small_classifier, table)
    answers = [answer for record, answer in rows if not record.problem]
    assert [answer.text for answer in answers] == file.texts
    assert len(rows) - len(answers) == file.bad
    assert [row["label_1"] for row in written] == [
        answer.predictions[0][0] for answer in answers
    ]


def read_book(path):
    return [
        list(row)
        for row in openpyxl.load_workbook(path).active.iter_rows(values_only=True)
    ]


def test_a_json_line_stays_as_it_is_before_its_predictions(small_folder, tmp_path):
    line = '{"id": 1.0, "name": "Rossi", "more": {"a": [1, null]}, "big": 123456789012345678901'
    (source := tmp_path / "a.jsonl").write_text(line + " }\n")
    assert predict(small_folder, source, "-o", f"{tmp_path}/b.jsonl") == 0
    assert (tmp_path / "b.jsonl").read_text().startswith(line + ', "label_1": "')


@pytest.fixture(scope="module")
def sheet_out(small_folder, tmp_path_factory):
    """Predict the second sheet of a workbook of typed cells; return the path of the output."""
    folder = tmp_path_factory.mktemp("sheet")
    source = folder / "a.xlsx"
    source.write_bytes(workbook({"A": [["x"], [1]], "B": TYPED[:1]}))
    book = openpyxl.load_workbook(source)
    sheet = book["B"]
    for row in TYPED[1:]:
        sheet.append(row)
        sheet.cell(sheet.max_row, 7).data_type = "s"  # a text that looks like a formula
    book.save(source)
    output = folder / "out.xlsx"
    code = predict(small_folder, source, "-o", output, "--sheet", "B", "--top-k", 1)
    assert code == 0
    return output


def test_a_sheet_keeps_its_types(sheet_out):
    header, first, second = read_book(sheet_out)
    assert header == [*TYPED[0], "label_1", "probability_1"]
    born = first[3].date()  # a sheet has no days without a time; its format shows none
    assert [*first[:3], born, *first[4:7]] == TYPED[1]
    assert second[:7] == TYPED[2]
    assert isinstance(first[8], float)


def test_a_text_of_a_sheet_starts_no_formula(sheet_out):
    cell = openpyxl.load_workbook(sheet_out).active["G2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".jsonl", ".xlsx"])
def test_any_form_becomes_any_other_with_all_its_cells(small_folder, tmp_path, ending):
    rows = [["nr", "Nachname", "x"], ["1", "Müller", 'a "b", c\nd'], ["2", "Kim", "\t"]]
    rows += [["3", "Ng", "a\rb\r\n"], ["4", "Li", "_x000D__x005F_x0041_ \x0b\uffff"]]
    first = tmp_path / "a.csv"
    with open(first, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    there, back = tmp_path / f"there{ending}", tmp_path / "back.csv"
    assert predict(small_folder, "--top-k", 1, first, "-o", there) == 0
    if ending == ".jsonl":
        assert predict(small_folder, there, "-o", back) == 2  # it has a key label_1
    renamed = (
        there.read_bytes().replace(b"label_1", b"l").replace(b"probability_1", b"p")
    )
    if ending == ".xlsx":
        book = openpyxl.load_workbook(there)
        book.active["D1"], book.active["E1"] = "l", "p"
        book.save(there)
    else:
        there.write_bytes(renamed)
    assert predict(small_folder, "--top-k", 1, there, "-o", back) == 0
    with open(back, encoding="utf-8", newline="") as file:
        assert [row[:3] for row in csv.reader(file)] == rows


def test_a_sheet_is_never_written_over(small_folder, tmp_path):
    path = tmp_path / "a.xlsx"
    before = workbook({"A": TYPED})
    path.write_bytes(before)
    assert predict(small_folder, path, "-o", path) == 2
    assert path.read_bytes() == before


def test_a_sheet_is_written_as_csv_where_no_name_says_xlsx(small_folder, tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook({"A": TYPED}))
    output = tmp_path / "out.txt"
    assert predict(small_folder, path, "-o", output, "--top-k", 1) == 0
    with open(output, encoding="utf-8", newline="") as file:
        header, first, _ = csv.reader(file)
    assert header == [*TYPED[0], "label_1", "probability_1"]
    assert first[1:6] == ["Rossi", "0.5", "1970-01-31", "2024-02-03 04:05:00", "true"]


# The List tab of the page without a server.
LIST_SCRIPTS = ["records.js", "columns.js", "tables.js", "listing.js"]
READ = """given.files.map(({name, text, bytes, header, column}) => {
  const content = bytes && textOf(Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0)));
  try {
    const source = opened({name, text: text ?? content, isFile: !!bytes}, given.hints);
    const asked = source.header === undefined;
    const chosen = asked ? [header, column] : [source.header, source.column];
    return {asked, note: source.note, ...tableOf(source, ...chosen)};
  } catch (error) {
    if (!(error instanceof TableError)) throw error;
    return {problem: error.message};
  }
})"""


def in_browser(hints, files):
    """Return what the page without a server reads of files, (name, content), or pasted texts.

    Where it asks for the header and the column, it is told those that Python found.
    """
    given, tables = [], []
    for name, content in files:
        file = {"name": name}
        try:
            if isinstance(content, str):
                file["text"] = content
                table = listing.read_lines(content, hints)
            else:
                file["bytes"] = base64.b64encode(content).decode()
                table = listing.read_file(name, content, hints=hints)
            file["header"] = table.records[0].line if table.header else 0
            file["column"] = table.column
        except InputError:
            table = None
        tables.append(table)
        given.append(file)
    return tables, run(LIST_SCRIPTS, READ, {"hints": hints_of(hints), "files": given})


def assert_same(table, found):
    """Assert that the browser has the rows of a table of Python, and its columns."""
    assert (found["names"], found["column"]) == (table.names, table.column)
    if not found["asked"] and table.width > 1:
        assert found["note"] == table.remark
    ours = [(row["cells"], bool(row["problem"])) for row in found["rows"]]
    cells = [row.fields[table.column :][:1] for row in table.rows]
    is_empty = [cell and not cell[0].strip() for cell in cells]
    problems = map(any, zip((row.problem for row in table.rows), is_empty, strict=True))
    fields = [row.fields if row.problem != EMPTY else [] for row in table.rows]
    assert ours == list(zip(fields, problems, strict=True))


ASKED = {
    "a comma in a name",
    "a heading that no list has",
    "bad rows",
    "decimal commas",
    "errors of spreadsheets",
    "missing values",
    "no header, names second",
}
OTHER_FORMS = ("XLSX", "JSON", "pandas' JSON", "gz", "Excel's CSV", "Excel's text")


def test_what_the_page_without_a_server_reads_unasked_is_what_python_reads():
    hints = load(SHIPPED).hints
    tables, found = in_browser(hints, [(file.name, file.content) for file in FILES])
    asked = set()
    for file, table, ours in zip(FILES, tables, found, strict=True):
        if "problem" in ours:
            assert file.error or file.title.startswith(OTHER_FORMS)
            assert re.fullmatch(rf"{file.name} .*\.", ours["problem"])
            continue
        assert table, file.title
        assert_same(table, ours)
        if ours["asked"]:
            asked.add(file.title)
    assert asked == ASKED


PIECES = (
    """
surname|Surname|LAST NAME|first|last|name|vorname|Apellido (1)|Familienname *|EmployeeLastName
|Staff, 2024|x y|Straße|ΕΠΩΝΥΜΟΣ|SOYADI|İsim|姓(カナ)|prénom|ﬁrst name|id|12|3,5|NA|Null
|Rossi|Kim|O'Neill|"Kim, A."|"a ""b""|"two\nlines"|"open|shut"|"a"b|mid"dle|""|é\u2028e|\x0b
""".replace("\n|", "|")
    .strip("\n")
    .split("|")
)


def odd_tables(n):
    """Make tables of pieces: headings, titles, names, quotes, blank lines, all line ends."""
    draw = random.Random(0)
    for _ in range(n):
        delimiter, end = draw.choice(",,;\t|"), draw.choice(["\n", "\n", "\r\n", "\r"])
        width, pieces = draw.randint(1, 4), draw.sample(PIECES, 12)
        lines = [draw.choice(["", "", "", "sep=;", '"sep=,"', "Staff list", "\n\n"])]
        for _ in range(draw.randint(1, 8)):
            cells = width + draw.choice([0, 0, 0, 0, 0, 1, -1])
            lines.append(delimiter.join(draw.choices(pieces, k=cells)))
            lines += draw.choice([[], [], [], [""], [" "]])
        text = end.join(lines).removeprefix(end)
        name = draw.choice(["a.csv", "a.csv", "a.tsv", "a.txt", "a.dat"])
        yield (name, text.encode()) if draw.random() < 0.8 else ("The list", text)


def test_odd_tables_are_read_alike_or_asked_about():
    hints, files = load(SHIPPED).hints, list(odd_tables(150))
    tables, found = in_browser(hints, files)
    n_asked = 0
    for file, table, ours in zip(files, tables, found, strict=True):
        if "problem" in ours:
            assert not table or not any("".join(r.fields).strip() for r in table.rows)
            continue
        assert table, file
        assert_same(table, ours)
        n_asked += ours["asked"]
    assert 30 < n_asked < 120


def test_a_column_is_read_unasked_by_a_sure_heading_alone():
    hints = load(SHIPPED).hints
    files = [("a.csv", content) for content, _, _ in headed_tables()]
    tables, found = in_browser(hints, files)
    for table, ours in zip(tables, found, strict=True):
        assert_same(table, ours)
        groups = heading_groups(table.headings, hints.groups)
        is_sure = hints.kind_of(groups[table.column]) == SURE
        assert ours["asked"] == (not is_sure and table.width > 1), table.headings
        if is_sure:
            assert ours["note"] == table.remark


def test_a_file_that_may_be_in_another_encoding_has_the_same_note_without_a_server():
    hints = load(SHIPPED).hints
    texts = ("Ǯ\nKim", "surname,x\nÉ,1", "Müller\nKim", "김\nŚmiałek", "Nguyễn")
    files = [("a.csv", text.encode()) for text in texts]
    tables, found = in_browser(hints, files)
    notes = [table.note for table in tables]
    assert [ours["note"] for ours in found] == notes
    assert list(map(bool, notes)) == [True, True, False, False, False]


ASK = """(async (sent) => {
  globalThis.postMessage = (message) => sent.push(message);
  const ask = (id, method, request) => onmessage({data: {id, method, given: request}});
  await ask(0, 'load', Uint8Array.from(atob(given.model), (c) => c.charCodeAt(0)));
  const read = ([name, text, header, column]) =>
    tableOf(opened({name, text, isFile: name}, given.hints), header, column);
  const found = given.files.map(read), shown = {hasNone: true, hasKnown: true};
  const texts = found.flatMap(({rows}) => rows.flatMap((row) => row.problem ? [] : [row.text]));
  await Promise.all([ask(1, 'answers', {texts}), ask(2, 'answers', {texts})]);
  const answers = sent.at(-1).result, answer = (row) => row.problem ? row : answers.shift();
  const csv = found.map((table) => csvOf(table, table.rows.map(answer), shown));
  return {csv, older: sent.find(({id, done}) => id === 1 && !done)};
})([])"""
LISTS = {
    "": 'Rossi\nKim\n\n5\nMüller, "Anna"\n=1+1\nNA\n#REF!\n余\nRossi\n',
    "a.csv": 'id;Familienname;"a ""b"", c"\r\n1;Müller;"2\r\nlines"\r\n"=1";Li;",@y"\r\n3;;\r\n4',
    "b.csv": "wer,nr\nRossi,-1\nNguyen,2\n",
    "c.tsv": "no\tcity\tname\n1\t+Rome\tRossi\n2\tSeoul\tKim\tPark\n",
}
SHARE = re.compile(r'"([01]\.\d{4})"')


def in_python(hints):
    """Return the tables of LISTS as the page of Gradio reads them."""
    tables = []
    for name, text in LISTS.items():
        if name:
            tables.append(listing.read_file(name, text.encode(), hints=hints))
        else:
            tables.append(listing.read_lines(text, hints))
    return tables


@pytest.fixture(scope="module")
def of_browser():
    """What the worker of the page without a server makes of LISTS."""
    hints = load(SHIPPED).hints
    files = [
        (name, text, int(table.header), table.column)
        for (name, text), table in zip(LISTS.items(), in_python(hints), strict=True)
    ]
    model = packed(load(SHIPPED), "fp16")
    given = {"hints": hints_of(hints), "model": model, "files": files}
    return run([*CLASSIFIER, *LIST_SCRIPTS, "answering.js"], ASK, given)


def test_a_table_comes_back_as_from_the_gradio_page(of_browser):
    classifier = load(SHIPPED)
    tables = in_python(classifier.hints)
    for table, ours in zip(tables, of_browser["csv"], strict=True):
        rows = listing.predict_rows(classifier, table)
        has_names = table.header or table.width == 1
        theirs = listing.to_csv(classifier, table, rows, has_names)
        assert SHARE.sub("", ours) == SHARE.sub("", theirs), table.name
        shares = [[*map(float, SHARE.findall(csv))] for csv in (ours, theirs)]
        assert shares[0] == pytest.approx(shares[1], abs=6e-4), table.name


def test_a_newer_list_takes_an_older_one_s_place(of_browser):
    assert of_browser["older"] == {"id": 1, "problem": "Another list is read."}


def test_null_is_a_line_of_code_but_not_a_name(small_classifier):
    lines = ["Null", "Na", "None", "null", "NA", "NULL", "NaN", "N/A"]
    task = {"text": "line", "texts": "lines"}
    model = small_classifier.model
    code = TextClassifier(replace(model, training=model.training | {"task": task}))
    script = """given.map((hints) =>
      tableOf(opened({name: "The list", text: TEXT}, hints), 0, 0).rows
        .filter(({problem}) => problem).map(({text}) => text))"""
    hints = [small_classifier.hints, code.hints]
    script = script.replace("TEXT", json.dumps("\n".join(lines)))
    refused = [lines[2:], ["NaN", "N/A"]]
    assert run(LIST_SCRIPTS, script, list(map(hints_of, hints))) == refused
    for of_model, wanted in zip(hints, refused, strict=True):
        rows = listing.read_lines("\n".join(lines), of_model).rows
        assert [row.fields[0] for row in rows if row.problem] == wanted
