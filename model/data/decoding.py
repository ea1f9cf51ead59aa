"""Files in any common encoding of text, turned into UTF-8 while they are read.

    FF FE 4D 00 FC 00 ...      UTF-16, by its byte order mark (UTF-8 and UTF-32 likewise)
    4D C3 BC 6C 6C 65 72       UTF-8
    4D FC 6C 6C 65 72          Windows-1252, because FC 6C is not UTF-8

Nothing else is guessed. Without a mark the first character beyond ASCII decides, and where a later
one contradicts it, its line is an error: half of a file must not be read wrongly without a word.
Independent of rows.
"""

import codecs
import io
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

CHUNK_BYTES = 1 << 16
SURROGATES = re.compile("[\ud800-\udfff]")


class Encoding(NamedTuple):
    """An encoding: Python's codec, its name for people, and what they should know of the choice."""

    codec: str
    name: str
    note: str = ""


UTF_8 = Encoding("utf-8", "UTF-8")
WINDOWS_1252 = Encoding("cp1252", "Windows-1252", "read as Windows-1252 because it is not UTF-8")
MARKS = {  # the longer ones first: that of UTF-32 begins with that of UTF-16
    codecs.BOM_UTF32_LE: Encoding("utf-32-le", "UTF-32"),
    codecs.BOM_UTF32_BE: Encoding("utf-32-be", "UTF-32"),
    codecs.BOM_UTF8: UTF_8,
    codecs.BOM_UTF16_LE: Encoding("utf-16-le", "UTF-16"),
    codecs.BOM_UTF16_BE: Encoding("utf-16-be", "UTF-16"),
}


def find_encoding(chunks: Iterable[bytes]) -> Encoding:
    """Return the encoding of a text that comes in `chunks`, the first of at least four bytes.

    No more of them are taken than are needed to decide. A text in ASCII is UTF-8.

    >>> [find_encoding([c]).name for c in (b"Rossi", b"M\\xc3\\xbcller", b"M\\xfcller")]
    ['UTF-8', 'UTF-8', 'Windows-1252']
    """
    rest = iter(chunks)
    start = next(rest, b"")
    if mark := mark_of(start):
        return MARKS[mark]
    cut = b""  # the beginning of a character that goes on in the next chunk
    for chunk in chain([start], rest, [b""]):
        found = cut + chunk
        if found.isascii():
            continue
        first = next(i for i, byte in enumerate(found) if byte > 0x7F)
        cut = found[first:]
        if (is_utf_8 := _begins_with_utf_8(cut, final=not chunk)) is not None:
            return UTF_8 if is_utf_8 else WINDOWS_1252
    return UTF_8


def mark_of(start: bytes) -> bytes:
    """Return the byte order mark that a text begins with, nothing if there is none."""
    return next(filter(start.startswith, MARKS), b"")


def _begins_with_utf_8(content: bytes, final: bool) -> bool | None:
    """Tell whether the first character is UTF-8; None if it is cut off and may yet be.

    >>> [_begins_with_utf_8(c, False) for c in (b"\\xc3\\xbcl\\xfc", b"\\xfcl", b"\\xc3")]
    [True, False, None]
    """
    try:
        return bool(codecs.getincrementaldecoder("utf-8")().decode(content[:4], final)) or None
    except UnicodeDecodeError as error:
        return error.start > 0


class Utf8Reader(io.BufferedIOBase):
    """Bytes in an `encoding` as UTF-8, without their byte order mark.

    Bytes that the encoding does not define come out as the byte FF, which UTF-8 does not define:
    whoever decodes with "surrogateescape" gets a surrogate there, and nowhere else.
    """

    def __init__(self, chunks: Iterator[bytes], encoding: Encoding):
        self._chunks = _convert(chunks, encoding)

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def read1(self, size: int = -1, /) -> bytes:
        """Return the next bytes, nothing at the end; how many is up to the chunks, not `size`."""
        return next(filter(None, self._chunks), b"")


def _convert(chunks: Iterator[bytes], encoding: Encoding) -> Iterator[bytes]:
    start = b""
    while any(mark.startswith(start) for mark in MARKS) and (chunk := next(chunks, b"")):
        start += chunk
    mark = mark_of(start)
    is_marked = bool(mark) and MARKS[mark] == encoding
    chunks = chain([start[len(mark) :] if is_marked else start], chunks)
    if encoding == UTF_8:
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(encoding.codec)("one_surrogate")
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "surrogateescape")
    yield decoder.decode(b"", final=True).encode("utf-8", "surrogateescape")


def without_surrogates(text: str) -> str:
    """Return `text` with U+FFFD, a sign for what cannot be read, in place of each surrogate.

    >>> without_surrogates("Ros\\udcffi")
    'Ros\ufffdi'
    """
    return text if text.isascii() else SURROGATES.sub("\ufffd", text)


def _one_surrogate(error: UnicodeError) -> tuple[str, int]:
    """Go on behind bytes that are undefined, as "replace" does, but with a surrogate for them."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udcff", error.end


codecs.register_error("one_surrogate", _one_surrogate)
