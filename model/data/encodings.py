"""What the bytes of a file are: a text in an encoding, or something else.

The encoding is that of a byte order mark, UTF-8, or the one whose reading makes words.

    FF FE 4D 00 FC 00 ...      UTF-16, by its byte order mark (UTF-8 and UTF-32 likewise)
    4D C3 BC 6C 6C 65 72       UTF-8: "Müller"
    4D FC 6C 6C 65 72          Windows-1252: "Müller"; Windows-1251 makes "Mьller" of it
    C8 E2 E0 ED EE E2          Windows-1251: "Иванов"; Windows-1252 makes "Èâàíîâ" of it

A reading makes words if each is spelled with the letters of one language, capitals where they may
stand, or, in China, Japan and Korea, with characters that are common there. Lists of five names
suffice (tests/test_encodings.py); where no reading makes words, or two do and differ, the file is
refused. encodings.toml has the letters and the characters.
"""

import codecs
import re
import tomllib
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from ..errors import InputError, shorten
from .records import SURROGATES

_TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
LETTERS, CHARACTERS = _TABLES["letters"], _TABLES["characters"]  # by group
ALPHABETS, IDEOGRAPHS = _TABLES["alphabets"], _TABLES["ideographs"]  # by codec
TITLES = {codec: title for codec, (title, *_) in (ALPHABETS | IDEOGRAPHS).items()}
SAMPLE_BYTES, SAMPLE_WORDS = 20_000, 500
ONE_LANGUAGE = 0.3  # bonus of a reading whose words are all spelled in one language
LEAST, TIE = (
    0.6,
    0.05,
)  # the lowest worth that is accepted, and the difference below which two tie
SEPARATORS = re.compile("[^A-Za-z\x80-\U0010ffff]+|[\xa0\u3000]")
APOSTROPHE = re.compile("[’´]")
# Words whose only characters beyond ASCII are signs in Windows-1252: 5 €, 20 °C, “so”
SIGNED = re.compile("[€£¥¢§©®™°±²³¹¼½¾µ×•…–—·«»“”‘’¿¡ºª]?[A-Za-z]*[€°²³®™…»”’]?")
NO_WESTERN_WORD = re.compile(  # letters that make sense in Windows-1250 only
    "ñ(?![aeiouáéíóúü])|õ(?!e)|ã(?![oe]|$)|æ$|ø[aeiouáéíóú]|[aeiouáéíóú]ø|[èò][aeioyáéíóú]|\\Bþ|[ªº]."
)
BEYOND_ASCII = re.compile("[^\0-\x7f]")
UTF_8_LETTER = re.compile(rb"\xc3[\x80-\xbf]")
MARKS = {  # the longer ones first: that of UTF-32 begins with that of UTF-16
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF8: "UTF-8",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}

SIGNATURES = {  # in lower case where it is text
    b"%PDF-": "a PDF document",
    b"\x89PNG\r\n\x1a\n": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"\xd0\xcf\x11\xe0": "an old Office file or one with a password (save it as .xlsx without one)",
    b"PK\x03\x04": "a ZIP archive",
    b"PAR1": "a Parquet file",
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
MARKDOWN = re.compile(
    rb"\|[^\r\n]*\r?\n[|: \t]*-[|: \t-]*(?:[\r\n]|\Z)"
)  # a table in it
LONGEST_START = 10_000  # bytes that are looked at


class Decoded(NamedTuple):
    """A text, the name of its encoding, and a note where that was a guess.

    Bytes that the encoding does not define are surrogates in the text.
    """

    text: str
    encoding: str
    note: str = ""


def mark_of(content: bytes) -> bytes:
    """Return the byte order mark that a text begins with, nothing if there is none."""
    return next(filter(content.startswith, MARKS), b"")


def decoded(name: str, content: bytes, encoding: str | None = None) -> Decoded:
    """Return the content of a file, that messages call `name`, as text.

    Without an `encoding` it is that of the byte order mark, or UTF-8 if most of what is not ASCII
    fits, or the one whose reading makes words. Raises InputError if none does, or two do and
    differ, or if there is no such encoding.
    """
    if encoding := encoding or MARKS.get(mark_of(content)):
        try:
            text = content.decode(encoding, "one_surrogate")
            return Decoded(text.removeprefix("\ufeff"), encoding.upper())
        except (LookupError, ValueError):
            shown = shorten(repr(encoding), 40)
            raise InputError(
                f"There is no encoding of texts called {shown}: try utf-8, cp1252 or gb18030."
            ) from None
    text = content.decode("utf-8", "surrogateescape")
    n_wrong = len(SURROGATES.findall(text))
    # Mostly there are none, and a large file is not to be counted letter by letter.
    if not n_wrong or 2 * n_wrong <= len(BEYOND_ASCII.findall(text)):
        return Decoded(text, "UTF-8")
    lines = [line for line in re.split(rb"[\r\n]+", content) if not line.isascii()]
    sample = b"\n".join(lines)[:SAMPLE_BYTES]
    worth = {codec: _worth(sample, codec) for codec in TITLES}
    best = max(worth, key=worth.__getitem__)
    rivals = [codec for codec in worth if worth[best] - worth[codec] < TIE]
    readings = {content.decode(codec, "replace") for codec in rivals}
    is_western = best in ("cp1252", "mac_roman", "cp850")  # where ties are common
    if worth[best] < LEAST or (len(readings) > 1 and not is_western):
        likely = " or ".join(TITLES[codec] for codec in rivals[:2])
        may = f", and may be {likely}" if worth[best] >= LEAST else ""
        raise InputError(
            f"{name} is not UTF-8{may}: save it as UTF-8, or use predict --encoding."
        )
    if best == "cp1252":  # what is UTF-8 in it must not be read wrongly without a word
        content = UTF_8_LETTER.sub(b"\x81\x81", content)
    note = f"read as {TITLES[best]} because it is not UTF-8"
    return Decoded(content.decode(best, "one_surrogate"), TITLES[best], note)


def _worth(sample: bytes, codec: str) -> float:
    """Return how well a codec reads the words that are not ASCII: 1.3 at best."""
    parts = dict.fromkeys(SEPARATORS.split(sample.decode(codec, "replace")))
    words = [word for word in parts if not word.isascii()][:SAMPLE_WORDS]
    if codec == "cp1252":  # signs say nothing, and are most common here
        words = [word for word in words if not SIGNED.fullmatch(word)]
        if not words:
            return 1 + ONE_LANGUAGE + 2 * TIE
    if not words:
        return 0
    if codec in IDEOGRAPHS:
        found = map(BEYOND_ASCII.findall, words)
        fits = [
            [fmean(_commonness(character, codec) for character in each)]
            for each in found
        ]
    else:
        languages = LETTERS[ALPHABETS[codec][1]]
        fits = [[_fit(word, letters) for letters in languages] for word in words]
    of_any, of_one = fmean(map(max, fits)), max(map(fmean, zip(*fits, strict=True)))
    if (
        codec == "cp1252"
    ):  # whose lists may be of several languages, and which is most common
        return of_any + ONE_LANGUAGE * of_any + TIE
    return of_any + ONE_LANGUAGE * of_one


def _fit(word: str, letters: str) -> float:
    """Return how well a word is spelled in the language with these letters, from 0 to 1."""
    lower = APOSTROPHE.sub("", word.lower())
    own = BEYOND_ASCII.findall(lower)
    if not own:
        return 1
    parts = APOSTROPHE.split(word.replace("ß", ""))
    is_odd = any(
        part not in (part.lower(), part.upper(), part.capitalize()) for part in parts
    )
    if is_odd or not set(own) <= set(letters):
        return 0
    rank = sum(map(letters.index, own)) / len(own) / len(letters)
    if letters[0] < "\u0250":  # Latin
        if letters in LETTERS["western"] and NO_WESTERN_WORD.search(lower):
            return 0
        return 0.2 if 3 * len(own) > 2 * len(lower) > 2 else 1 - 0.03 * rank
    return 1 - 0.8 * rank if len(own) == len(lower) else 0


def _commonness(character: str, codec: str) -> float:
    """Return how common a character is in the language of a codec, from 0 to 1."""
    _, group, narrower, first, end = IDEOGRAPHS[codec]
    if character in CHARACTERS[group] or (
        group == "japanese" and "ぁ" <= character <= "ヿ"
    ):
        return 1
    encoded = character.encode(narrower, "ignore")
    return 0 if len(encoded) != 2 else 0.75 if first <= encoded[0] < end else 0.1


def _one_surrogate(error: Any) -> tuple[str, int]:
    """Go on behind bytes that are undefined, as "replace" does, but with a surrogate for them."""
    return "\udcff", error.end


codecs.register_error("one_surrogate", _one_surrogate)


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
    kinds = [
        k for sign, k in SIGNATURES.items() if any(s.startswith(sign) for s in starts)
    ]
    if kinds == ["a ZIP archive"]:
        kinds = [kind for part, kind in ZIPPED.items() if part in start] + kinds
    elif b"\0" in start and not mark:
        kinds.append("binary data, or UTF-16 without its byte order mark")
    return next(iter(kinds), None)
