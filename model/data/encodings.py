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
from itertools import chain, filterfalse, islice
from operator import itemgetter
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from ..errors import InputError, shorten
from ..symbols import SURROGATES

_PATH = Path(__file__).with_suffix(".toml")
_BY_KIND = tomllib.loads(_PATH.read_text("utf-8"))
LETTERS = _BY_KIND["letters"]  # by group of languages
CHARACTERS = _BY_KIND["characters"]
ALPHABETS = _BY_KIND["alphabets"]  # by codec
IDEOGRAPHS = _BY_KIND["ideographs"]
CODECS = ALPHABETS | IDEOGRAPHS  # codec: its title first
SAMPLE_BYTES = 20_000
SAMPLE_LINES = 2000
SAMPLE_WORDS = 500
ONE_LANGUAGE = 0.3  # bonus of a reading whose words are all spelled in one language
MOST_WORTH = 1 + ONE_LANGUAGE  # the highest worth
SURE_SIGNS = 8  # different letters beyond ASCII: so many are not UTF-8 by chance
LEAST_WORTH = 0.6  # the lowest worth that is accepted
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
_LANGUAGES = chain(*LETTERS.values())
_ALL_LETTERS = "".join(_LANGUAGES)
WRITTEN = re.compile(  # a letter of one of these languages, or of Chinese, Japanese or Korean
    f"[{_ALL_LETTERS}{_ALL_LETTERS.upper()}Ạ-ỹ\u0300-\u0304\u0306\u0308\u0309\u031b\u0323"
    "\u1f00-\u1fff\u064b-\u0652\u1100-\u11ff々〆ぁ-ヿㄱ-ㆎ㐀-鿿가-힣豈-\ufaffｦ-ﾟ\U00020000-\U0003ffff]"
)
# Letters and marks that are signs, or others in another shape: 1ª, µm, ❤️ (with U+FE0F), 1️⃣, ℹ, 𝐁, ﬁ
COMPATIBLE = re.compile(
    "[ªºµʰ-ʼˢˣ\u2071\u207f-\u209c\u20d0-\u20f0\u2100-\u214f\u2160-\u2188Ⓐ-ⓩ\ufb00-\ufb06\ufe00-\ufe0fＡ-ｚ"
    "\U0001d400-\U0001d7ff\U000e0100-\U000e01ef]"
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

# With which no table begins, in lower case: PDF, pictures, archives, documents, web pages, contacts
SIGNATURES = (
    b"%pdf-",
    b"\x89png",
    b"\xff\xd8\xff",
    b"\xd0\xcf\x11\xe0",
    b"pk\x03\x04",
    b"par1",
    b"{\\rtf",
    b"<!doctype",
    b"<html",
    b"<table",
    b"<?xml",
    b"begin:vcard",
)
LONGEST_START = 10_000  # bytes that are looked at


class Decoded(NamedTuple):
    """A text, the name of its encoding, and a note where that was a guess.

    Bytes that the encoding does not define are surrogates in the text. What came as text has no
    encoding.
    """

    text: str
    encoding: str = ""
    note: str = ""

    @property
    def fault(self) -> str:
        """What is wrong with a row that has a surrogate."""
        if self.encoding:
            return f"not {self.encoding}: save the file as UTF-8"
        return "a character is cut in half: type the line again"


def mark_of(content: bytes) -> bytes:
    """Return the byte order mark that a text begins with, nothing if there is none."""
    return next(filter(content.startswith, MARKS), b"")


def decoded(
    name: str,
    content: bytes,
    encoding: str | None = None,
) -> Decoded:
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
    right = signs - wrong
    odd = _odd_letter(text, right) if len(signs) < SURE_SIGNS else ""
    note = f"read as UTF-8, with {odd}: another encoding may be meant" if odd else ""
    as_utf_8 = Decoded(text, "UTF-8", note)
    is_by_chance = len(right) < SURE_SIGNS + 2 * len(wrong)
    if not wrong or not is_by_chance:
        return as_utf_8
    sample = _sample(content)
    worth = {codec: _worth(sample, codec) for codec in CODECS}
    best, highest = max(worth.items(), key=itemgetter(1))
    if _worth_of_utf_8(sample, odd) >= highest:
        return as_utf_8
    n_wrong = len(SURROGATES.findall(text))
    n_signs = len(BEYOND_ASCII.findall(text))
    if highest < LEAST_WORTH and 2 * n_wrong <= n_signs:
        return as_utf_8
    rivals = [codec for codec in worth if highest - worth[codec] < TIE]
    readings = {content.decode(codec, "replace") for codec in rivals}
    is_tie = len(readings) > 1 and best not in WESTERN
    if highest < LEAST_WORTH or is_tie:
        titles = [CODECS[codec][0] for codec in rivals[:2]]
        may = f", and may be {' or '.join(titles)}" if highest >= LEAST_WORTH else ""
        raise InputError(
            f"{name} is not UTF-8{may}: save it as UTF-8, or use predict --encoding."
        )
    if best == "cp1252":  # what is UTF-8 in it must not be read wrongly without a word
        content = UTF_8_LETTER.sub(b"\x81\x81", content)
    text = content.decode(best, "one_surrogate")
    title = CODECS[best][0]
    return Decoded(text, title, f"read as {title} because it is not UTF-8")


def _sample(content: bytes) -> bytes:
    """Return the first lines that are not ASCII."""
    lines = (match[0] for match in LINE.finditer(content))
    telling = filterfalse(bytes.isascii, lines)
    return b"\n".join(islice(telling, SAMPLE_LINES))[:SAMPLE_BYTES]


def _named(content: bytes, encoding: str) -> Decoded:
    """Return the content in this encoding; raise InputError if there is none of that name."""
    try:
        text = content.decode(encoding, "one_surrogate")
    except (LookupError, ValueError):
        name = shorten(repr(encoding), 40)
        raise InputError(
            f"There is no encoding of texts called {name}: try utf-8, cp1252 or gb18030."
        ) from None
    return Decoded(text.removeprefix("\ufeff"), encoding.upper())


def _odd_letter(text: str, signs: set[str]) -> str:
    """Return one of the `signs` in a text that is odd in UTF-8, "" for none.

    It is a letter of no language in LETTERS, or one alone in a cell. Two bytes of another encoding
    may be a letter of UTF-8, as those of a Chinese name in GB18030 are "Ǯ".
    """
    odd = LONE.findall(text)
    for sign in signs:
        is_letter = unicodedata.category(sign)[0] in "LM"
        if is_letter and not WRITTEN.match(sign) and not COMPATIBLE.match(sign):
            odd.append(sign)
    return min(odd, default="")


def _worth_of_utf_8(sample: bytes, odd: str) -> float:
    """Return how well UTF-8 reads a sample in which some bytes are wrong, or a letter is `odd`."""
    words = _telling_words(sample.decode("utf-8", "surrogateescape"))
    wrong = SURROGATES.pattern
    bad = re.compile(f"{wrong}|{odd}" if odd else wrong)
    is_bad = [bad.search(word) is not None for word in words]
    return MOST_WORTH * (1 - fmean(is_bad or [1]))


def _telling_words(text: str) -> list[str]:
    """Return the words that are not ASCII."""
    return list(filterfalse(str.isascii, SEPARATORS.split(text)))


def _worth(sample: bytes, codec: str) -> float:
    """Return how well a codec reads the words that are not ASCII: 1.3 at best."""
    different = dict.fromkeys(_telling_words(sample.decode(codec, "replace")))
    words = list(different)[:SAMPLE_WORDS]
    is_western = codec == "cp1252"
    if is_western:  # signs say nothing, and are most common here
        words = list(filterfalse(SIGNED.fullmatch, words))
    if not words:
        return MOST_WORTH + 2 * TIE if is_western else 0
    if codec in IDEOGRAPHS:
        return MOST_WORTH * fmean(_mean_commonness(word, codec) for word in words)
    _, group = ALPHABETS[codec]
    fits = []  # of each word to each language
    for word in words:
        fits.append([_fit(word, letters) for letters in LETTERS[group]])
    of_any = fmean(map(max, fits))
    if is_western:  # the most common one, whose lists may be of several languages
        return MOST_WORTH * of_any + TIE
    of_languages = map(fmean, zip(*fits, strict=True))
    return of_any + ONE_LANGUAGE * max(of_languages)


def _fit(word: str, letters: str) -> float:
    """Return how well a word is spelled in the language with these letters, from 0 to 1."""
    lower = APOSTROPHE.sub("", word.lower())
    own = BEYOND_ASCII.findall(lower)
    if not own:
        return 1
    for piece in APOSTROPHE.split(word.replace("ß", "")):
        if piece not in (piece.lower(), piece.upper(), piece.capitalize()):
            return 0
    if not set(own) <= set(letters):
        return 0
    ranks = map(letters.index, own)
    rank = sum(ranks) / len(own) / len(letters)
    is_latin = letters[0] < "\u0250"
    if not is_latin:
        if len(own) < len(lower):
            return 0
        fit = 1 - 0.8 * rank
        return fit if len(own) > 2 else 0.5 * fit  # names in Hanja look like short ones
    if letters in LETTERS["western"] and NO_WESTERN_WORD.search(lower):
        return 0
    has_few_others = 3 * len(own) > 2 * len(lower) > 2
    return 0.2 if has_few_others else 1 - 0.03 * rank


def _mean_commonness(word: str, codec: str) -> float:
    """Return how common the characters of a word are in the language of a codec, from 0 to 1."""
    signs = BEYOND_ASCII.findall(word)
    return fmean(_commonness(sign, codec) for sign in signs)


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


def is_text(content: bytes) -> bool:
    """Return whether a file may be a table in text.

    >>> is_text(b"%PDF-1.7"), is_text(b"PARISI, Anna")
    (False, True)
    """
    start = content[:LONGEST_START]
    mark = mark_of(content)
    text = start.removeprefix(mark).lstrip().lower()
    is_binary = b"\0" in start and not mark
    return not (is_binary or text.startswith(SIGNATURES))
