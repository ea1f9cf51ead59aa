"""What a file that is not text seems to be, by its first bytes: for a message to its owner."""

import codecs
import io
import re
import zipfile

from .decoding import mark_of

SIGNATURES = {  # longer ones before what they begin with
    b"%PDF-": "a PDF document",
    b"\x89PNG\r\n\x1a\n": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF87a": "a GIF picture",
    b"GIF89a": "a GIF picture",
    b"RIFF": "a picture, sound or film",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an old Office file or one with a password (save it "
    "as .xlsx without one)",
    b"PK\x03\x04": "a ZIP archive",
    b"PK\x05\x06": "an empty ZIP archive",
    b"\x1f\x8b": "a gzip file inside a gzip file",
    b"BZh91AY&SY": "a bzip2 file",
    b"\xfd7zXZ\x00": "an xz file",
    b"\x28\xb5\x2f\xfd": "a Zstandard file",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"\x7fELF": "an executable",
    b"MZ": "a Windows executable",
    b"\xcf\xfa\xed\xfe": "a macOS executable",
    b"\xca\xfe\xba\xbe": "a macOS executable or a Java class",
    b"PAR1": "a Parquet file",
    b"ARROW1": "an Arrow file",
    b"FEA1": "a Feather file",
    b"SQLite format 3\x00": "an SQLite database",
    b"\x93NUMPY": "a NumPy array",
    b"\x80\x04\x95": "a Python pickle",
    b"ID3": "a sound",
    b"OggS": "a sound",
    b"{\\rtf": "an RTF document",
}
TEXTS = {  # in lower case
    b"<!doctype": "a web page",
    b"<html": "a web page",
    b"<table": "a piece of a web page",
    b"<?xml": "an XML file",
    b"begin:vcard": "a vCard (export the contacts as CSV)",
    b"version https://git-lfs": "a pointer of Git LFS (fetch the file itself with git lfs pull)",
}
MARKDOWN = re.compile(rb"\|[^\r\n]*\r?\n[|: \t]*-[|: \t-]*(?:[\r\n]|\Z)")  # a table in it
# These two or three letters may begin a name: a binary file has NUL bytes, too.
LETTERS_ONLY = (b"RIFF", b"MZ", b"PAR1", b"ARROW1", b"FEA1", b"ID3", b"OggS")
LONGEST_START = 10_000  # bytes that are looked at for what a text is
ZIPPED = {  # a file inside, or the beginning of one
    "xl/workbook.bin": "a binary Excel file (save it as .xlsx)",
    "word/": "a Word document",
    "ppt/": "a PowerPoint file",
    "META-INF/": "an OpenDocument, EPUB or Java file (save a table as .xlsx)",
}


def is_xlsx(file: io.BufferedIOBase) -> bool:
    """Return whether it is a ZIP archive with a workbook; its position is put back."""
    start = file.tell()
    try:
        return file.read(4) == b"PK\x03\x04" and "xl/workbook.xml" in _names(file)
    finally:
        file.seek(start)


def what_it_is(head: bytes) -> str | None:
    """Return what a file that begins with `head` seems to be if it is not text, else None.

    >>> what_it_is(b"%PDF-1.7"), what_it_is(b"MZ\\x90\\0"), what_it_is(b"MZ, Anna"), what_it_is(b"")
    ('a PDF document', 'a Windows executable', None, None)
    """
    text = head.removeprefix(codecs.BOM_UTF8)[:LONGEST_START].lstrip()
    for signature, kind in TEXTS.items():
        if text.lower().startswith(signature):
            return kind
    if MARKDOWN.match(text):
        return "a table in Markdown"
    if mark_of(head):
        return None
    has_nul = b"\0" in head
    for signature, kind in SIGNATURES.items():
        if head.startswith(signature) and (has_nul or signature not in LETTERS_ONLY):
            return _zipped(head) if kind == "a ZIP archive" else kind
    if head[257:262] == b"ustar":
        return "a tar archive"
    return "binary data, or UTF-16 without its byte order mark" if has_nul else None


def _zipped(head: bytes) -> str:
    """Return what a ZIP archive is, by the names of the files that its beginning has."""
    for part, kind in ZIPPED.items():
        if part.encode() in head:
            return kind
    if b"xl/" in head:
        return "an XLSX file that is incomplete, gzipped or from a pipe (give the file itself)"
    return "a ZIP archive"


def _names(file: io.BufferedIOBase) -> list[str]:
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.namelist()
    except zipfile.BadZipFile:
        return []
