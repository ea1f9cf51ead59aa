"""What a file that is not a table seems to be, by its first bytes: for a message to its owner."""

import re

from .encodings import mark_of

SIGNATURES = {  # in lower case where it is text
    b"%PDF-": "a PDF document",
    b"\x89PNG\r\n\x1a\n": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"\xd0\xcf\x11\xe0": "an old Office file or one with a password (save it as .xlsx without one)",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1f\x8b": "a gzip file inside a gzip file",
    b"\x7fELF": "an executable",
    b"PAR1": "a Parquet file",
    b"SQLite format 3\x00": "an SQLite database",
    b"{\\rtf": "an RTF document",
    b"<!doctype": "a web page",
    b"<html": "a web page",
    b"<table": "a piece of a web page",
    b"<?xml": "an XML file",
    b"begin:vcard": "a vCard (export the contacts as CSV)",
    b"version https://git-lfs": "a pointer of Git LFS (fetch the file itself with git lfs pull)",
}
ZIPPED = {  # the name of a part, or its beginning
    b"word/": "a Word document",
    b"META-INF/": "an OpenDocument, EPUB or Java file (save a table as .xlsx)",
    b"xl/": "an incomplete or binary Excel file (give an .xlsx file)",
}
MARKDOWN = re.compile(rb"\|[^\r\n]*\r?\n[|: \t]*-[|: \t-]*(?:[\r\n]|\Z)")  # a table in it
LONGEST_START = 10_000  # bytes that are looked at


def kind_of(content: bytes) -> str | None:
    """Return what a file seems to be if it is not text, else None.

    >>> kind_of(b"%PDF-1.7"), kind_of(b"PK\\x03\\x04 word/"), kind_of(b"PARISI, Anna")
    ('a PDF document', 'a Word document', None)
    """
    start, mark = content[:LONGEST_START], mark_of(content)
    text = start.removeprefix(mark).lstrip()
    if MARKDOWN.match(text):
        return "a table in Markdown"
    starts = start, text.lower()
    kinds = [k for sign, k in SIGNATURES.items() if any(s.startswith(sign) for s in starts)]
    if kinds == ["a ZIP archive"]:
        kinds = [kind for part, kind in ZIPPED.items() if part in start] + kinds
    elif b"\0" in start and not mark:
        kinds.append("binary data, or UTF-16 without its byte order mark")
    return next(iter(kinds), None)
