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
import unicodedata
from itertools import chain, islice
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from ..errors import InputError, shorten
from .records import SURROGATES

_TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
LETTERS, CHARACTERS = _TABLES["letters"], _TABLES["characters"]  # by group
ALPHABETS, IDEOGRAPHS = _TABLES["alphabets"], _TABLES["ideographs"]  # by codec
TITLES = {codec: title for codec, (title, *_) in (ALPHABETS | IDEOGRAPHS).items()}
SAMPLE_BYTES, SAMPLE_LINES, SAMPLE_WORDS = 20_000, 2000, 500
ONE_LANGUAGE = 0.3  # bonus of a reading whose words are all spelled in one language
MOST = 1 + ONE_LANGUAGE  # the highest worth
SURE = 8  # different letters beyond ASCII: so many are not UTF-8 by chance
LEAST = 0.6  # the lowest worth that is accepted
TIE = 0.05  # a smaller difference is a tie
WESTERN = ("cp1252", "mac_roman", "cp850")  # where ties are common, and do no harm
SEPARATORS = re.compile("[^A-Za-z\x80-\U0010ffff]+|[\xa0\u3000]")
APOSTROPHE = re.compile("[’´]")
# Words whose only characters beyond ASCII are signs in Windows-1252: 5 €, 20 °C, “so”
SIGNED = re.compile(
    "[€£¥¢§©®™°±µ×•…–—·«»“”‘’¿¡ºª]?[A-Za-z]+[€°®™…»”’]?|[A-Za-z]{1,3}[²³]"
    "|[€£¥¢§©®™°±²³¹¼½¾µ×•…–—·«»“”‘’¿¡ºª]|…”"
)
NO_WESTERN_WORD = re.compile(  # letters that make sense in Windows-1250 alone
    "ñ(?![aeiouáéíóúü])|õ(?!e)|ã(?![oe]|$)|æ$|ø[aeiouáéíóú]|[aeiouáéíóú]ø|[èò][aeioyáéíóú]|\\Bþ|[ªº]."
    "|[aeoyâêô][ìò]|ýu|^ð"  # or in Windows-1258
)
BEYOND_ASCII = re.compile("[^\0-\x7f]")
_ALL_LETTERS = "".join(chain(*LETTERS.values()))
WRITTEN = re.compile(  # a letter of one of these languages, or of Chinese, Japanese or Korean
    f"[{_ALL_LETTERS}{_ALL_LETTERS.upper()}Ạ-ỹ\u0300-\u0304\u0306\u0308\u0309\u031b\u0323"
    "\u1f00-\u1fff\u064b-\u0652\u1100-\u11ff々〆ぁ-ヿㄱ-ㆎ㐀-鿿가-힣豈-\ufaffｦ-ﾟ\U00020000-\U0003ffff]"
)
# A letter alone in a cell
LONE = re.compile('(?:^|[,;|\t"])([À-ÖØ-öø-\u07ff])(?:$|[,;|\t"])', re.MULTILINE)
LINE = re.compile(rb"[^\r\n]+")
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
# A table in Markdown
MARKDOWN = re.compile(rb"\|[^\r\n]*\r?\n[|: \t]*-[|: \t-]*(?:[\r\n]|\Z)")
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
    encoding = encoding or MARKS.get(mark_of(content))
    if encoding:
        return _named(content, encoding)
    text = content.decode("utf-8", "surrogateescape")
    signs = set(BEYOND_ASCII.findall(text))
    wrong = set(SURROGATES.findall(text))
    odd = _odd_letter(text, signs - wrong) if len(signs) < SURE else ""
    note = f"read as UTF-8, with {odd}: another encoding may be meant" if odd else ""
    as_utf_8 = Decoded(text, "UTF-8", note)
    is_by_chance = len(signs - wrong) < SURE + 2 * len(wrong)
    if not wrong or not is_by_chance:
        return as_utf_8
    lines = (line[0] for line in LINE.finditer(content) if not line[0].isascii())
    sample = b"\n".join(islice(lines, SAMPLE_LINES))[:SAMPLE_BYTES]
    worth = {codec: _worth(sample, codec) for codec in TITLES}
    best = max(worth, key=worth.__getitem__)
    if _worth_of_utf_8(sample, odd) >= worth[best]:
        return as_utf_8
    n_wrong = len(SURROGATES.findall(text))
    if worth[best] < LEAST and 2 * n_wrong <= len(BEYOND_ASCII.findall(text)):
        return as_utf_8
    rivals = [codec for codec in worth if worth[best] - worth[codec] < TIE]
    readings = {content.decode(codec, "replace") for codec in rivals}
    is_tie = len(readings) > 1 and best not in WESTERN
    if worth[best] < LEAST or is_tie:
        likely = " or ".join(TITLES[codec] for codec in rivals[:2])
        may = f", and may be {likely}" if worth[best] >= LEAST else ""
        raise InputError(
            f"{name} is not UTF-8{may}: save it as UTF-8, or use predict --encoding."
        )
    if best == "cp1252":  # what is UTF-8 in it must not be read wrongly without a word
        content = UTF_8_LETTER.sub(b"\x81\x81", content)
    note = f"read as {TITLES[best]} because it is not UTF-8"
    return Decoded(content.decode(best, "one_surrogate"), TITLES[best], note)


def _named(content: bytes, encoding: str) -> Decoded:
    """Return the content in this encoding; raise InputError if there is none of that name."""
    try:
        text = content.decode(encoding, "one_surrogate")
    except (LookupError, ValueError):
        shown = shorten(repr(encoding), 40)
        raise InputError(
            f"There is no encoding of texts called {shown}: try utf-8, cp1252 or gb18030."
        ) from None
    return Decoded(text.removeprefix("\ufeff"), encoding.upper())


def _odd_letter(text: str, signs: set[str]) -> str:
    """Return one of the `signs` in a text that is odd in UTF-8, "" for none.

    It is a letter of no language in LETTERS, or one alone in a cell. Two bytes of another encoding
    may be a letter of UTF-8, as those of a Chinese name in GB18030 are "Ǯ".
    """
    letters = [sign for sign in signs if unicodedata.category(sign)[0] in "LM"]
    odd = [letter for letter in letters if not WRITTEN.match(letter)]
    return min(odd + LONE.findall(text), default="")


def _worth_of_utf_8(sample: bytes, odd: str) -> float:
    """Return how well UTF-8 reads a sample in which some bytes are wrong, or a letter is `odd`."""
    text = sample.decode("utf-8", "surrogateescape")
    words = [word for word in SEPARATORS.split(text) if not word.isascii()]
    bad = re.compile(f"{SURROGATES.pattern}|{odd}" if odd else SURROGATES.pattern)
    is_bad = [bool(bad.search(word)) for word in words]
    return MOST * (1 - fmean(is_bad or [1]))


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
        fits = [[_mean_commonness(word, codec)] for word in words]
    else:
        languages = LETTERS[ALPHABETS[codec][1]]
        fits = [[_fit(word, letters) for letters in languages] for word in words]
    of_any = fmean(map(max, fits))
    of_one = max(map(fmean, zip(*fits, strict=True)))
    if (
        codec == "cp1252"
    ):  # the most common one, whose lists may be of several languages
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
    if len(own) < len(lower):
        return 0
    return (1 - 0.8 * rank) * (0.5 if len(own) <= 2 else 1)  # as names in Hanja look


def _mean_commonness(word: str, codec: str) -> float:
    """Return how common the characters of a word are in the language of a codec, from 0 to 1."""
    return fmean(_commonness(sign, codec) for sign in BEYOND_ASCII.findall(word))


def _commonness(character: str, codec: str) -> float:
    _, group, narrower, first, end = IDEOGRAPHS[codec]
    is_kana = group == "japanese" and "ぁ" <= character <= "ヿ"
    if is_kana or character in CHARACTERS[group]:
        return 1
    encoded = character.encode(narrower, "ignore")
    if len(encoded) != 2:
        return 0
    return 0.75 if first <= encoded[0] < end else 0.1


def _one_surrogate(error: Any) -> tuple[str, int]:
    """Go on behind bytes that are undefined, as "replace" does, but with a surrogate for them."""
    return "\udcff", error.end


codecs.register_error("one_surrogate", _one_surrogate)


def kind_of(content: bytes) -> str | None:
    """Return what a file seems to be if it is not text, else None.

    >>> kind_of(b"%PDF-1.7"), kind_of(b"PK\\x03\\x04 word/"), kind_of(b"PARISI, Anna")
    ('a PDF document', 'a Word document', None)
    """
    start = content[:LONGEST_START]
    mark = mark_of(content)
    text = start.removeprefix(mark).lstrip()
    if MARKDOWN.match(text):
        return "a table in Markdown"
    beginnings = (start, text.lower())
    kind = next(
        (k for sign, k in SIGNATURES.items() if _begins(beginnings, sign)), None
    )
    if kind == "a ZIP archive":
        return next((k for part, k in ZIPPED.items() if part in start), kind)
    if kind is None and b"\0" in start and not mark:
        return "binary data, or UTF-16 without its byte order mark"
    return kind


def _begins(beginnings: tuple[bytes, ...], sign: bytes) -> bool:
    return any(beginning.startswith(sign) for beginning in beginnings)
