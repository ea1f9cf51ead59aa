"""Hostile files for everything that reads one, with the answer that each of them should get."""

import gzip
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import openpyxl

from model.classifier import TextClassifier
from model.data.tables import Table
from model.errors import InputError
from model.predict.files import predict_file
from model.predict.outputs import Output
from model.tabs import listing
from model.tasks.names import read_names

BOMB_PART, BOMB_PARTS = 10**7, 20  # bytes when unpacked, and how many times over
LINE, COLUMNS, ROWS = 2 * 10**6, 3 * 10**5, 3 * 10**4
HEADER = b"name,language\n"
CONTENTS = {  # of text files
    "one long line": b"a" * LINE,
    "a million columns": b"name" + b"," * COLUMNS + b"\n" + b"Kim\n" * 9_000,
    "a quote on every line": HEADER + b'"Kim,Korean\n' * ROWS,
    "signs that become twenty letters": HEADER
    + ("\u303d" * 100 + ",x\n").encode() * 9_000,
}
CELL = '<row r="1"><c r="{}" t="inlineStr"><is><t>{}</t></is></c></row>'
CORNERS = CELL.format("A1", "Kim") + '<row r="20000"><c r="XFD20000"><v>1</v></c></row>'
SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
TABLE = "<sheetData>{}</sheetData>"
SHEET, STYLES, TEXTS = (
    "xl/worksheets/sheet1.xml",
    "xl/styles.xml",
    "xl/sharedStrings.xml",
)
TYPE_OF_TEXTS = (
    b'<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-'
    b'officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
)
ROW_OF_A_TEXT = '<row><c t="s"><v>0</v></c></row>'
ROWS_OF_A_TEXT = {
    TEXTS: f"<sst {SPACE}><si><t>{'a' * 10_000}</t></si></sst>",
    SHEET: f"<worksheet {SPACE}>{TABLE.format(ROW_OF_A_TEXT * 9_000)}</worksheet>",
}
NAME = CELL.format("A1", "Kim")
LAUGHS = "<!DOCTYPE l [<!ENTITY a 'ha'>{}]>".format(
    "".join(
        f"<!ENTITY {b} '{f'&{a};' * 20}'>"
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
)
MANY_ROWS = "10,000 rows"
MANY_STYLES = f"<styleSheet {SPACE}><cellXfs>{'<xf/>' * 900_000}</cellXfs></styleSheet>"
MANY = "more cells, styles or other elements than are read|damaged XLSX"
NEST = b'{"name": "Kim"}\n{"name": ' + b"[" * 50_000 + b"]" * 50_000 + b"}\n"
Make = Callable[[Path], Path]  # writes into a folder and returns what is to be read


@dataclass(frozen=True)
class Case:
    """A hostile input, the reader that gets it, and a pattern of its answer."""

    name: str
    make: Make
    read: Callable[[TextClassifier, Path], str]
    answer: str


def text_file(content: bytes) -> Make:
    def make(folder: Path) -> Path:
        (folder / "people.csv").write_bytes(content)
        return folder / "people.csv"

    return make


def bomb(line: bytes) -> Make:
    def make(folder: Path) -> Path:
        member = gzip.compress(line * (BOMB_PART // len(line)), 6)
        (folder / "bomb.csv.gz").write_bytes(member * BOMB_PARTS)
        return folder / "bomb.csv.gz"

    return make


def book(parts: dict[str, str], size: int = 0) -> Make:
    """Write an XLSX file with other parts than openpyxl's.

    `size` is what the last one says that it unpacks to, if not the truth.
    """

    def make(folder: Path) -> Path:
        path = folder / "people.xlsx"
        usual = io.BytesIO()
        openpyxl.Workbook().save(usual)
        with (
            zipfile.ZipFile(usual) as old,
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new,
        ):
            for name in set(old.namelist()) - set(parts):
                types = TYPE_OF_TEXTS if TEXTS in parts else b"</Types>"
                new.writestr(name, old.read(name).replace(b"</Types>", types))
            for name, content in parts.items():
                new.writestr(name, content)
            new.filelist[-1].file_size = size or new.filelist[-1].file_size
        return path

    return make


def sheet(rows: str, start: str = "", **options) -> Make:
    """Write an XLSX file whose only sheet has this XML between its tags, and before them."""
    return book(
        {SHEET: f"{start}<worksheet {SPACE}>{TABLE.format(rows)}</worksheet>"},
        **options,
    )


def train(_: TextClassifier, path: Path) -> str:
    """Read the file as training data."""
    folder = path.parent / "data"
    folder.mkdir()
    content = path.read_bytes()
    packed = content if path.suffix == ".gz" else gzip.compress(content, 1)
    (folder / "names_train.csv.gz").write_bytes(packed)
    (folder / "names_test.csv.gz").write_bytes(gzip.compress(b"Rossi,Italian\n"))
    dataset = read_names(folder)
    return f"{len(dataset.train) + len(dataset.validation)} rows"


def predict(classifier: TextClassifier, path: Path) -> str:
    """Predict the file as `python -m model predict` does."""
    output = str(path.parent / "out.csv")
    n, table, _ = predict_file(classifier, str(path), Output(output))
    return f"{n:,} rows, {len(table.rows) - n:,} bad"


def answered(classifier: TextClassifier, table: Table) -> str:
    """Answer a table as the List tab does, and write what it offers to download."""
    rows = listing.predict_rows(classifier, table)
    listing.to_csv(classifier.model, table, rows, has_names=True)
    n_bad = sum(bool(record.problem) for record, _ in rows)
    return f"{len(rows):,} rows, {n_bad:,} bad"


def list_tab(classifier: TextClassifier, path: Path) -> str:
    """Predict the file as the List tab does."""
    content = path.read_bytes()
    table = listing.read_file(path.name, content, hints=classifier.model.hints)
    return answered(classifier, table)


def paste(classifier: TextClassifier, path: Path) -> str:
    """Predict the file's content as if it were pasted."""
    text = path.read_bytes().decode(errors="replace")
    return answered(classifier, listing.read_lines(text, classifier.model.hints))


READERS = {
    "train.py": train,
    "predict": predict,
    "List tab": list_tab,
    "pasted": paste,
}
# What each reader of text answers to each of the contents.
ANSWERS = {
    "one long line": (*["or more: split it"] * 2, *["MB: give|or more: split it"] * 2),
    "a million columns": ("columns", "columns", "columns", "9,001 rows, 1 bad"),
    "a quote on every line": ("line 2: not CSV", "0 rows, .* bad", *[MANY_ROWS] * 2),
    "signs that become twenty letters": (
        "line 2: .*no letter",
        "0 rows, 9,000",
        "MB",
        "MB",
    ),
}
CASES = [
    *(
        Case(f"{name}: {reader}", text_file(CONTENTS[name]), read, answer)
        for name, answers in ANSWERS.items()
        for (reader, read), answer in zip(READERS.items(), answers, strict=True)
    ),
    Case("gzip bomb: train.py", bomb(b"Rossi,Italian\n"), train, "more than 100 MB"),
    Case(
        "gzip bomb: predict", bomb(b"\0" * 100), predict, "more than 50 MB .*: split it"
    ),
    Case("gzip bomb: List tab", bomb(b"Rossi,Italian\n"), list_tab, "more than 2 MB"),
    *(
        Case(f"{name}: {reader}", make, read, answer)
        for name, make, answer in (
            (
                "a sheet of two corners",
                sheet(CORNERS),
                "it is not certain|200 columns",
            ),
            (
                "a sheet of laughs",
                sheet(CELL.format("A1", "&i;"), LAUGHS),
                "damaged XLSX",
            ),
            ("a tag of 9 MB", sheet(f'<row a="{"x" * 9_000_000}"/>'), "damaged XLSX"),
            ("900,000 styles", book({STYLES: MANY_STYLES}), MANY),
            ("a sheet that says 3 GB", sheet(NAME, size=3 * 10**9), "3,000 MB"),
            ("a nest of brackets in a line", text_file(NEST), "rows, 1 bad"),
        )
        for reader, read in (("predict", predict), ("List tab", list_tab))
    ),
    Case(
        "nested elements: List tab",
        sheet("<a>" * 10**6 + "</a>" * 10**6),
        list_tab,
        MANY,
    ),
    Case(
        "a long text in each row: List tab",
        book(ROWS_OF_A_TEXT),
        list_tab,
        "too much text",
    ),
    Case("empty rows: List tab", sheet(NAME + "<row/>" * 10**6), list_tab, MANY),
]


def answer(case: Case, classifier: TextClassifier, path: Path) -> str:
    """Return what the reader gave, or the InputError's one line."""
    try:
        return case.read(classifier, path)
    except InputError as error:
        return str(error)
