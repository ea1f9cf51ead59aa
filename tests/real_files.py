"""Files as people have them, each with the texts that every reader must find in it."""

import csv
import gzip
import io
import json
import zipfile
from dataclasses import dataclass
from datetime import date, datetime

import openpyxl
import pandas as pd

NAMES = ["Müller", "Núñez", "O'Brien"]
PLAIN = ["Rossi", "Kim", "Ivanov"]
IDS = [[1, "Rossi", "Rome"], [2, "Kim", "Seoul"], [3, "Ivanov", "Kazan"]]


@dataclass(frozen=True)
class File:
    """A file: its name, its content, and the texts in it or a pattern of the error.

    `bad` is how many rows cannot be predicted.
    """

    title: str
    name: str
    content: bytes
    texts: list[str]
    header: bool = True
    bad: int = 0
    error: str = ""


def wrong(title, name, content, error) -> File:
    return File(title, name, content, [], error=error)


def table(rows, delimiter=",", encoding="utf-8", newline="\r\n", mark=b"") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=newline).writerows(rows)
    return mark + text.getvalue().encode(encoding)


def lines(*texts) -> bytes:
    return "".join(f"{text}\n" for text in texts).encode()


def json_lines(*values) -> bytes:
    return lines(*map(json.dumps, values))


def workbook(sheets: dict[str, list]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(content := io.BytesIO())
    return content.getvalue()


def archive(**parts: bytes) -> bytes:
    with zipfile.ZipFile(content := io.BytesIO(), "w") as file:
        for name, part in parts.items():
            file.writestr(name.replace("__", "/"), part)
    return content.getvalue()


def frame(method: str, **options) -> bytes:
    table = pd.DataFrame({"Nachname": PLAIN, "born": [1970, 1980, 1990]})
    getattr(table, method)(content := io.BytesIO(), **options)
    return content.getvalue()


NO_TEXTS = [{"name": value} for value in ("Kim", ["Kim"], True, {})]
NO_TABLE = "is not a table in text: give CSV"
NO_JSON_LINES = "is neither JSON Lines nor a JSON array: give one JSON object a line"
HEADED = [["id", "surname", "city"], *IDS]
GERMAN = [["Nr", "Nachname", "Größe"], [1, "Müller", "1,80"], [2, "Núñez", "1,6"]]
GERMAN_NAMES = ["Müller", "Núñez"]
TYPED = [
    ["id", "Nachname", "score", "born", "seen", "member", "note"],
    [1, "Rossi", 0.5, date(1970, 1, 31), datetime(2024, 2, 3, 4, 5), True, "=1+1"],
    [2, "Kim", 2000, None, None, False, "007"],
]
FORMULAS = [["name", "x"], ["Rossi", 1], ['="Kim"', 2]]
MISSING = ["name,n", "Rossi,1", "NaN,2", "N/A,3", "null,4", ",5", "Na,6"]
SHEET_ERRORS = ["#NAME?", "#REF!", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!"]
SHEET_ERRORS += ["#CALC!", "#GETTING_DATA", "#N/A", "#BUSY!"]
SHEET_ERRORS += [
    "#¡VALOR!",
    "#NV",
    "#ИМЯ?",
    "#AD?",
    "Err:508",
    "#ERROR!",
]  # not Excel's
OF_EXCEL = SHEET_ERRORS[:10]  # which openpyxl writes as cells of type error
WITH_ERRORS = [["name", "n"], ["Rossi", 1], *([e, 2] for e in OF_EXCEL), ["#Kim", 3]]
MARK_8, MARK_16 = b"\xef\xbb\xbf", b"\xff\xfe"
FILES = [
    File("Excel's CSV", "a.csv", table(GERMAN, ";", "cp1252"), GERMAN_NAMES),
    File("Excel's UTF-8", "a.csv", table(GERMAN, ";", mark=MARK_8), GERMAN_NAMES),
    File(
        "Excel's text",
        "a.txt",
        table(GERMAN, "\t", "utf-16-le", mark=MARK_16),
        GERMAN_NAMES,
    ),
    File("old Mac line ends", "a.csv", table(HEADED, newline="\r"), PLAIN),
    File(
        "mixed line ends", "a.csv", b"id,surname\r\n1,Rossi\n2,Kim\r3,Ivanov\n", PLAIN
    ),
    File("no line end at the end", "a.csv", table(HEADED).rstrip(), PLAIN),
    File(
        "a comma behind each row",
        "a.csv",
        b'id,surname\n1,Rossi,\n2,Kim,""\n',
        PLAIN[:2],
    ),
    File(
        "a quoted heading with a line break",
        "a.csv",
        b'"id\nno",surname\n1,Rossi\n',
        ["Rossi"],
    ),
    File(
        "decimal commas",
        "a.csv",
        b"0,0;name;1,0\n1,5;Rossi;2,5\n2,5;Kim;3,5\n",
        ["Rossi", "Kim"],
    ),
    File("a list", "names.txt", lines(*NAMES), NAMES, False),
    File("a list with commas", "names.txt", b"Rossi, Maria\n", ["Rossi, Maria"], False),
    File("a list with tabs is a table", "a.txt", table(HEADED, "\t"), PLAIN),
    File("gz under another name", "a.csv", gzip.compress(table(HEADED)), PLAIN),
    File(
        "bad rows",
        "a.csv",
        b"name,n\nRossi,1\n42,2\nKim\n\nKim,3\n",
        ["Rossi", "Kim"],
        bad=3,
    ),
    File(
        "JSON keys",
        "a.jsonl",
        json_lines({"name": "Rossi"}, {"x": 1, "name": "Kim"}),
        PLAIN[:2],
    ),
    File("JSON Lines in .txt", "a.txt", json_lines({"Nachname": "佐藤"}), ["佐藤"]),
    File("missing values", "a.csv", lines(*MISSING), ["Rossi", "Na"], bad=4),
    File(
        "errors of spreadsheets",
        "a.csv",
        lines("name,n", *(f"{cell},1" for cell in [*SHEET_ERRORS, "#Kim", "Err"])),
        ["#Kim", "Err"],
        bad=len(SHEET_ERRORS),
    ),
    File(
        "XLSX with errors",
        "a.xlsx",
        workbook({"A": WITH_ERRORS}),
        ["Rossi", "#Kim"],
        bad=len(OF_EXCEL),
    ),
    wrong("JSON Lines of texts", "a.jsonl", json_lines(*PLAIN), NO_JSON_LINES),
    File(
        "pandas' JSON Lines",
        "a.jsonl",
        frame("to_json", orient="records", lines=True),
        PLAIN,
    ),
    File("XLSX under another name", "a.csv", workbook({"A": HEADED}), PLAIN),
    File("XLSX of formulas", "a.xlsx", workbook({"A": FORMULAS}), PLAIN[:1], bad=1),
    File("JSON Lines, no texts", "a.jsonl", json_lines(*NO_TEXTS), ["Kim"], bad=3),
    File(
        "JSON Lines, cut", "a.jsonl", b'{"name": "Ro\n{"name": "Kim"}\n', ["Kim"], bad=1
    ),
    wrong("JSON: an object", "a.json", b'{\n"name": "Kim"\n}', NO_JSON_LINES),
    wrong("a vCard", "a.vcf", b"BEGIN:VCARD\r\nN:Kim;\r\n", NO_TABLE),
    wrong("XML after a mark", "a.csv", MARK_8 + b"<?xml version='1.0'?>", NO_TABLE),
    wrong("an empty file", "a.csv", b"", "is empty"),
    wrong("a ZIP archive", "a.docx", archive(a=b"x"), NO_TABLE),
    wrong("a PDF", "a.txt", b"%PDF-1.7\n1 0 obj\n", NO_TABLE),
    wrong("UTF-16 without a mark", "a.csv", table(HEADED, ",", "utf-16-le"), NO_TABLE),
    wrong(
        "a cut gzip file",
        "a.csv.gz",
        gzip.compress(table(HEADED))[:-9],
        "not a complete gzip",
    ),
    wrong("a damaged XLSX", "a.xlsx", workbook({"A": HEADED})[:-30], NO_TABLE),
]
