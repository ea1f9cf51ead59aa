"""Files in any common encoding of text, turned into UTF-8 while they are read.

    FF FE 4D 00 FC 00 ...      UTF-16, by its byte order mark (UTF-8 and UTF-32 likewise)
    4D C3 BC 6C 6C 65 72       UTF-8
    4D FC 6C 6C 65 72          Windows-1252, because FC 6C is not UTF-8

Without a mark the first character beyond ASCII decides: up to there both encodings are the same, so
that a file is read once, in constant memory, and a pipe is never waited for. Independent of rows.
"""

import codecs
import io
import re
from collections.abc import Generator, Iterator
from itertools import chain
from typing import NamedTuple, Protocol

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


class BinaryFile(Protocol):
    """What is read here: a buffered file, or one that gzip unpacks."""

    def read1(self, size: int, /) -> bytes:
        """Return what can be had with one read, nothing at the end."""


class Utf8Reader(io.BufferedIOBase):
    """A binary file as UTF-8, without its byte order mark.

    Bytes that its encoding does not define come out as the byte FF, which UTF-8 does not define:
    whoever decodes with "surrogateescape" gets a surrogate there, and nowhere else.
    `encoding` is UTF-8 until another is found.
    """

    def __init__(self, file: BinaryFile):
        self.encoding = UTF_8
        self._chunks = self._convert(iter(lambda: file.read1(CHUNK_BYTES), b""))

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def read1(self, size: int = -1, /) -> bytes:
        """Return the next bytes, nothing at the end; how many is up to the file, not to `size`."""
        return next(filter(None, self._chunks), b"")

    def _convert(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        start = b""
        while any(mark.startswith(start) for mark in MARKS) and (chunk := next(chunks, b"")):
            start += chunk
        mark = next(filter(start.startswith, MARKS), b"")
        chunks = chain([start[len(mark) :]], chunks)
        if mark:
            self.encoding = MARKS[mark]
        else:
            chunks = yield from self._pass_ascii(chunks)
        if self.encoding == UTF_8:
            yield from chunks
            return
        decoder = codecs.getincrementaldecoder(self.encoding.codec)("one_surrogate")
        for chunk in chunks:
            yield decoder.decode(chunk).encode("utf-8", "surrogateescape")
        yield decoder.decode(b"", final=True).encode("utf-8", "surrogateescape")

    def _pass_ascii(self, chunks: Iterator[bytes]) -> Generator[bytes, None, Iterator[bytes]]:
        """Yield all up to the first character beyond ASCII, which decides; return the rest."""
        cut = b""  # the beginning of that character, where a chunk ends in it
        for chunk in chain(chunks, [b""]):
            found = cut + chunk
            if found.isascii():
                yield found
                continue
            length = next(i for i, byte in enumerate(found) if byte > 0x7F)
            yield found[:length]
            cut = found[length:]
            if (is_utf_8 := _begins_with_utf_8(cut, final=not chunk)) is not None:
                self.encoding = UTF_8 if is_utf_8 else WINDOWS_1252
                break
        return chain([cut], chunks)


def _begins_with_utf_8(content: bytes, final: bool) -> bool | None:
    """Tell whether the first character is UTF-8; None if it is cut off and may yet be.

    >>> [_begins_with_utf_8(c, False) for c in (b"\\xc3\\xbcl\\xfc", b"\\xfcl", b"\\xc3")]
    [True, False, None]
    """
    try:
        return bool(codecs.getincrementaldecoder("utf-8")().decode(content[:4], final)) or None
    except UnicodeDecodeError as error:
        return error.start > 0


def decode(content: bytes) -> tuple[str, Encoding]:
    """Return the text, with surrogates for bytes that are undefined, and its encoding."""
    reader = Utf8Reader(io.BytesIO(content))
    text = b"".join(iter(reader.read1, b"")).decode("utf-8", "surrogateescape")
    return text, reader.encoding


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
