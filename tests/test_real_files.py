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
        code = predict(small_folder, source, "-o", output, "--skip-bad")
        return code, capfd.readouterr().err, output

    return call


@pytest.mark.parametrize("file", READABLE, ids=lambda file: file.title)
def test_a_file_is_read_alike_by_all(file, small_classifier, of_command):
    code, message, output = of_command(file)
    assert code == 0, message
    lines = output.read_text("utf-8").splitlines()
    written = list(map(json.loads, lines))

    table = listing.read_file(file.name, file.content, hints=small_classifier.hints)
    rows = listing.predict_rows(small_classifier, table)
    answers = [answer for record, answer in rows if not record.problem]

    assert table.header == file.header
    assert table.summary in message
    key = table.names[table.column]
    assert [row[key] for row in written] == file.texts
    assert [answer.text for answer in answers] == file.texts
    assert len(rows) - len(answers) == file.bad
    labels = [answer.predictions[0][0] for answer in answers]
    assert [row["label_1"] for row in written] == labels


@pytest.mark.parametrize("file", REFUSED, ids=lambda file: file.title)
def test_a_file_is_refused_alike_by_all(file, small_classifier, of_command):
    code, message, output = of_command(file)
    assert code == 2
    assert not output.exists()
    with pytest.raises(InputError) as error:
        listing.read_file(file.name, file.content, hints=small_classifier.hints)
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


@pytest.fixture(scope="module")
def sheet_out(small_folder, tmp_path_factory):
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
    return output


def test_a_sheet_keeps_its_types(sheet_out):
    header, first, second = read_book(sheet_out)
    assert header == [*TYPED[0], "answer", "label_1", "probability_1"]
    first[3] = first[
        3
    ].date()  # a sheet has no days without a time; its format shows none
    assert first[:7] == TYPED[1]
    assert second[:7] == TYPED[2]
    assert isinstance(first[9], float)


def test_a_text_of_a_sheet_starts_no_formula(sheet_out):
    cell = openpyxl.load_workbook(sheet_out).active["G2"]
    assert cell.value == "=1+1"
    assert cell.data_type == "s"
    assert cell.quotePrefix  # nor when it is edited


CELLS = [
    ["nr", "Nachname", "x"],
    ["1", "Müller", 'a "b", c\nd'],
    ["2", "Kim", "\t"],
    ["3", "Ng", "a\rb\r\n"],
    ["4", "Li", "_x000D__x005F_x0041_ \x0b\uffff"],
]


def rename_labels(path):
    """Rename the columns that predict has added, because it adds none that is there."""
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        for cell in ("D1", "E1", "F1"):
            book.active[cell] = cell
        book.save(path)
    else:
        content = path.read_bytes().replace(b"probability_1", b"p")
        content = content.replace(b"label_1", b"l")
        path.write_bytes(content.replace(b"answer", b"a"))


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".jsonl", ".xlsx"])
def test_any_form_becomes_any_other_with_all_its_cells(small_folder, tmp_path, ending):
    first = tmp_path / "a.csv"
    with open(first, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(CELLS)
    there = tmp_path / f"there{ending}"
    back = tmp_path / "back.csv"
    assert predict(small_folder, "--top-k", 1, first, "-o", there) == 0
    rename_labels(there)
    assert predict(small_folder, "--top-k", 1, there, "-o", back) == 0
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
    assert header == [*TYPED[0], "answer", "label_1", "probability_1"]
    typed = "Rossi", "0.5", "1970-01-31", "2024-02-03 04:05:00", "true"
    assert tuple(first[1:6]) == typed


# The List tab of the page without a server.
LIST_SCRIPTS = ["records.js", "columns.js", "tables.js", "listing.js"]
READ = """given.files.map(({name, text, bytes, header, column}) => {
  const content = bytes && textOf(Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0)));
  try {
    const source = opened({name, text: text ?? content, isFile: !!bytes}, given.hints);
    const asked = source.header === undefined;
    const chosen = asked ? [header, column] : [source.header, source.column];
    const [, read] = chosen;
    return {asked, note: source.note, column: read, ...tableOf(source, ...chosen)};
  } catch (error) {
    if (!(error instanceof TableError)) throw error;
    return {problem: error.message};
  }
})"""


def in_browser(hints, files):
    """Return what the page without a server reads of files, (name, content), or pasted texts.

    Where it asks for the header and the column, it is told those that Python found.
    """
    given = []
    tables = []
    for name, content in files:
        file = {"name": name}
        try:
            if isinstance(content, str):
                file["text"] = content
                table = listing.read_lines(content, hints)
            else:
                file["bytes"] = base64.b64encode(content).decode()
                table = listing.read_file(name, content, hints=hints)
            file["header"] = header_line(table)
            file["column"] = table.column
        except InputError:
            table = None
        tables.append(table)
        given.append(file)
    request = {"hints": hints_of(hints), "files": given}
    return tables, run(LIST_SCRIPTS, READ, request)


def header_line(table):
    """Return the number of the line that is the header, 0 if there is none."""
    return table.records[0].line if table.header else 0


def assert_same(table, found):
    """Assert that the browser has the rows of a table of Python, and its columns."""
    assert found["names"] == table.names
    assert found["column"] == table.column
    if not found["asked"] and table.width > 1:
        assert found["note"] == table.remark
    assert len(found["rows"]) == len(table.rows)
    for ours, row in zip(found["rows"], table.rows, strict=True):
        fields = [] if row.problem == EMPTY else row.fields
        cell = row.fields[table.column : table.column + 1]
        is_empty = cell != [] and not cell[0].strip()
        assert ours["cells"] == fields
        assert bool(ours["problem"]) == bool(row.problem or is_empty)


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
    files = [(file.name, file.content) for file in FILES]
    tables, found = in_browser(hints, files)
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


# Each is drawn as often as it stands here.
ENDS = ["\n", "\n", "\r\n", "\r"]
FIRST_LINES = ["", "", "", "sep=;", '"sep=,"', "Staff list", "\n\n"]
EXCESS = [0, 0, 0, 0, 0, 1, -1]
BETWEEN = [[], [], [], [""], [" "]]
ODD_NAMES = ["a.csv", "a.csv", "a.tsv", "a.txt", "a.dat"]


def odd_tables(n):
    """Make tables of pieces: headings, titles, names, quotes, blank lines, all line ends."""
    draw = random.Random(0)
    for _ in range(n):
        delimiter = draw.choice(",,;\t|")
        end = draw.choice(ENDS)
        width = draw.randint(1, 4)
        pieces = draw.sample(PIECES, 12)
        lines = [draw.choice(FIRST_LINES)]
        for _ in range(draw.randint(1, 8)):
            n_cells = width + draw.choice(EXCESS)
            cells = draw.choices(pieces, k=n_cells)
            lines.append(delimiter.join(cells))
            lines += draw.choice(BETWEEN)
        text = end.join(lines).removeprefix(end)
        name = draw.choice(ODD_NAMES)
        if draw.random() < 0.8:
            yield name, text.encode()
        else:
            yield "The list", text


def has_text(table):
    return any("".join(row.fields).strip() for row in table.rows)


def test_odd_tables_are_read_alike_or_asked_about():
    hints = load(SHIPPED).hints
    files = list(odd_tables(150))
    tables, found = in_browser(hints, files)
    n_asked = 0
    for file, table, ours in zip(files, tables, found, strict=True):
        if "problem" in ours:
            assert not table or not has_text(table)
            continue
        assert table, file
        assert_same(table, ours)
        n_asked += ours["asked"]
    assert 30 < n_asked < 120


def test_after_many_open_quotes_a_quote_joins_few_lines():
    hints = load(SHIPPED).hints
    open_quotes = 'Rossi",1,"x\n' * 25  # each is read on for a thousand lines
    rows = "Li,3,x\n" * 1000
    long_cell = 'Kim,2,"' + "a note\n" * 30 + '"\n'
    content = f"surname,id,note\n{open_quotes}{rows}{long_cell}"
    tables, found = in_browser(hints, [("a.csv", content.encode())])
    assert_same(tables[0], found[0])
    texts = {row["text"] for row in found[0]["rows"] if not row["problem"]}
    assert texts == {"Li"}


def test_a_column_is_read_unasked_by_a_sure_heading_alone():
    hints = load(SHIPPED).hints
    files = [("a.csv", content) for content, _, _ in headed_tables()]
    tables, found = in_browser(hints, files)
    for table, ours in zip(tables, found, strict=True):
        assert_same(table, ours)
        groups = heading_groups(table.headings, hints.groups)
        group = groups[table.column]
        is_sure = group is not None and hints.kinds[group] == SURE
        is_asked = not is_sure and table.width > 1
        assert ours["asked"] == is_asked, table.headings
        if is_sure:
            assert ours["note"] == table.remark


def test_a_list_whose_heading_means_something_else_has_a_note():
    _, (found,) = in_browser(load(SHIPPED).hints, [("a.csv", b"Vorname\nAnna\n")])
    note = "the heading “Vorname” says that these are not names to be read"
    assert found["note"] == note


def test_a_file_that_may_be_in_another_encoding_has_the_same_note_without_a_server():
    hints = load(SHIPPED).hints
    texts = ("Ǯ\nKim", "surname,x\nÉ,1", "Müller\nKim", "김\nŚmiałek", "Nguyễn")
    files = [("a.csv", text.encode()) for text in texts]
    tables, found = in_browser(hints, files)
    notes = [table.note for table in tables]
    assert [ours["note"] for ours in found] == notes
    assert all(notes[:2])
    assert not any(notes[2:])


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
    tables = in_python(hints)
    files = []
    for (name, text), table in zip(LISTS.items(), tables, strict=True):
        files.append((name, text, int(table.header), table.column))
    model = packed(load(SHIPPED), "fp16")
    given = {"hints": hints_of(hints), "model": model, "files": files}
    scripts = [*CLASSIFIER, *LIST_SCRIPTS, "answering.js"]
    return run(scripts, ASK, given)


def test_a_table_comes_back_as_from_the_gradio_page(of_browser):
    classifier = load(SHIPPED)
    tables = in_python(classifier.hints)
    for table, ours in zip(tables, of_browser["csv"], strict=True):
        rows = listing.predict_rows(classifier, table)
        has_names = table.header or table.width == 1
        theirs = listing.to_csv(classifier, table, rows, has_names)
        assert SHARE.sub("", ours) == SHARE.sub("", theirs), table.name
        shares = list(map(float, SHARE.findall(theirs)))
        our_shares = list(map(float, SHARE.findall(ours)))
        assert our_shares == pytest.approx(shares, abs=6e-4), table.name


def test_a_newer_list_takes_an_older_one_s_place(of_browser):
    assert of_browser["older"] == {"id": 1, "problem": "Another list is read."}


MAY_BE_MISSING = "Null Na None null NA NULL NaN N/A".split()
REFUSED_TEXTS = """tableOf(opened({name: 'The list', text: given.text}, given.hints), 0, 0).rows
  .filter(({problem}) => problem)
  .map(({text}) => text)"""


def refused_of(hints):
    """Return which of MAY_BE_MISSING are not read, by Python and by the page without a server."""
    text = "\n".join(MAY_BE_MISSING)
    rows = listing.read_lines(text, hints).rows
    ours = [row.fields[0] for row in rows if row.problem]
    given = {"text": text, "hints": hints_of(hints)}
    return ours, run(LIST_SCRIPTS, REFUSED_TEXTS, given)


def test_null_is_not_a_name(small_classifier):
    refused = MAY_BE_MISSING[2:]
    assert refused_of(small_classifier.hints) == (refused, refused)


def test_null_is_a_line_of_code(small_classifier):
    task = {"text": "line", "texts": "lines"}
    model = small_classifier.model
    training = model.training | {"task": task}
    code = TextClassifier(replace(model, training=training))
    refused = ["NaN", "N/A"]
    assert refused_of(code.hints) == (refused, refused)
