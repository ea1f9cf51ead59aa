"""Text of any encoding, read in pieces of any size."""

import io

import pytest
from conftest import ENCODINGS
from hypothesis import given
from hypothesis import strategies as st

from model.data.decoding import CHUNK_BYTES, Utf8Reader, find_encoding
from model.data.records import find_delimiter, read_records
from model.data.streams import Source

CUTS = st.lists(st.integers(1, 7), max_size=20)


def pieces(content: bytes, sizes):
    """Yield the content in pieces of these sizes, then the rest, as a pipe may."""
    file = io.BytesIO(content)
    yield from (file.read(size) for size in sizes)
    yield from iter(lambda: file.read(CHUNK_BYTES), b"")


def read_all(content: bytes, sizes=()) -> str:
    encoding = find_encoding(pieces(content, [4, *sizes]))
    reader = Utf8Reader(pieces(content, sizes), encoding)
    return b"".join(iter(reader.read1, b"")).decode("utf-8", "surrogateescape")


def decode(content: bytes):
    return read_all(content), find_encoding([content])


# A NUL first would make the mark of UTF-16 LE that of UTF-32 LE.
MARKED_TEXTS = st.text(max_size=30).filter(lambda text: not text.startswith("\0"))


@given(text=MARKED_TEXTS, cuts=CUTS, encoding=st.sampled_from(list(ENCODINGS)[1:-1]))
def test_what_was_encoded_with_a_mark_comes_back(text, cuts, encoding):
    mark, codec = ENCODINGS[encoding]
    assert read_all(mark + text.encode(codec), cuts) == text


@given(text=st.text(max_size=30).filter(lambda text: text[:1] != "\ufeff"), cuts=CUTS)
def test_utf_8_without_a_mark_comes_back(text, cuts):
    assert read_all(text.encode(), cuts) == text


@pytest.mark.parametrize("word", ["Müller", "É", "ß", "“Kim”", "François", "Nuñez", "\u20ac", "ÿ"])
@given(cuts=CUTS)
def test_windows_1252_comes_back(word, cuts):
    text = f"Rossi\n{word}\n{word}s"
    assert read_all(text.encode("cp1252"), cuts) == text


@given(content=st.binary(max_size=40), cuts=CUTS)
def test_the_pieces_change_nothing_and_bytes_without_meaning_end_nothing(content, cuts):
    whole, encoding = decode(content)
    assert read_all(content, cuts) == whole
    if encoding.name == "UTF-8":
        assert whole.encode("utf-8", "surrogateescape") == content.removeprefix(b"\xef\xbb\xbf")


def test_the_first_character_beyond_ascii_decides_however_late_it_comes():
    ascii_rows = b"Rossi\n" * 50_000
    text, encoding = decode(ascii_rows + b"M\xfcller\n")
    assert text == ascii_rows.decode() + "Müller\n"
    assert encoding.name == "Windows-1252"
    # A later contradiction concerns its own bytes only: what came before was right.
    text, encoding = decode(ascii_rows + b"M\xc3\xbcller\nM\xfcller\n")
    assert text == ascii_rows.decode() + "Müller\nM\udcfcller\n"
    assert encoding.name == "UTF-8"


@pytest.mark.parametrize(
    ("header", "delimiter"),
    [
        ("name", ","),
        ("name,city", ","),
        ("name;city", ";"),
        ("name\tcity", "\t"),
        ("name;born, where;city", ";"),
        ('"a, b, c";name', ";"),
        ('name;"a, b, c"', ";"),
        ('"say ""a,b,c"" twice, or thrice";name', ";"),
        ('"two\nlines, three\nlines, and more";name', ";"),
        ('size 5" disc, or 3", a;name;x;y', ";"),  # no quote opens within a cell
        ('"never closed;name', ";"),
        ("\n\nname;city", ";"),
        ("", ","),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_the_delimiter_is_what_the_header_has_most_of_outside_of_quotes(header, delimiter, newline):
    content = f"{header}\n1,2,3,4,5,6".replace("\n", newline).encode()
    source = Source("a.csv", iter([content]))
    assert find_delimiter(source) == delimiter
    first = next(read_records(source)).line  # nothing has been read away
    assert first == 1 + len(header) - len(header.lstrip("\n")) + (not header)


@pytest.mark.parametrize("name", ["a.tsv", "a.TSV", "a.tsv.gz", "A.TSV.GZ"])
def test_tabs_part_the_columns_of_a_tsv_file_whatever_its_header_has(name):
    assert find_delimiter(Source(name, iter([b"a,b,c;d\n"]))) == "\t"
