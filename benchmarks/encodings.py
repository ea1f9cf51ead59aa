"""How short lists of names in an undeclared encoding are read: right, refused or wrong.

`python -m benchmarks.encodings` takes a minute. The lists are drawn with a fixed seed from the
names in data/ that are not ASCII; a mixed list has one such name among English ones. A list that is
read wrongly comes with a note ("noted") or without one ("silent"), which is worse.
"""

import argparse
import random
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator

from benchmarks.common import ROOT, print_table
from data.builder.rows import unpacked
from model.data.encodings import decoded
from model.errors import InputError
from model.letters import script_name

FILES = ("native_train", "native_test", "names_train", "names_test", "common")
OF_LANGUAGE = {  # the encodings that programs of a country write
    "Russian": "cp1251 koi8_r cp866 iso8859_5 mac_cyrillic",
    "Greek": "cp1253 iso8859_7",
    "Arabic": "cp1256 iso8859_6",
    "Japanese": "cp932 euc_jp",
    "Chinese": "gb18030 big5",
    "Korean": "cp949",
    "Korean, Hanja": "cp949",
    "Vietnamese": "cp1258",
    "Polish": "cp1250 iso8859_2 cp852",
    "Czech": "cp1250 iso8859_2 cp852",
    "German": "cp1252 mac_roman cp850",
    "French": "cp1252 mac_roman cp850",
    "Spanish": "cp1252 mac_roman cp850",
    "Portuguese": "cp1252 mac_roman cp850",
    "Italian": "cp1252 mac_roman cp850",
    "Irish": "cp1252 mac_roman cp850",
    "Dutch": "cp1252",
}
TONES = "\u0300\u0301\u0303\u0309\u0323"  # of Vietnamese
SIZES = (5, 10, 20)
OUTCOMES = ("right", "refused", "noted", "silent")


def names_by_language() -> dict[str, list[str]]:
    """Return the names with more than ASCII in data/, by language, Korean ones in Hanja apart."""
    names = defaultdict(set)
    for file in FILES:
        for name, language, *_ in unpacked(ROOT / "data" / f"{file}.csv.gz"):
            if language == "Korean" and script_name(name) == "Han":
                language = "Korean, Hanja"
            names[language].add(name)
    return {language: sorted(names[language]) for language in names}


def encoded(text: str, codec: str) -> bytes | None:
    """Return `text` in an encoding, None if that lacks a letter."""
    if codec == "cp1258":
        letters = unicodedata.normalize("NFC", text)
        text = "".join(map(_with_tone_apart, letters))
    try:
        return text.encode(codec)
    except UnicodeEncodeError:
        return None


def _with_tone_apart(letter: str) -> str:
    """Return a letter as Windows-1258 has it: as it is, or its tone behind it.

    >>> list(_with_tone_apart("ễ")), _with_tone_apart("é")
    (['ê', '̃'], 'é')
    """
    try:
        letter.encode("cp1258")
        return letter
    except UnicodeEncodeError:
        parts = unicodedata.normalize("NFD", letter)
        tones = [part for part in parts if part in TONES]
        tone = tones[0] if tones else ""
        rest = parts.replace(tone, "")
        return unicodedata.normalize("NFC", rest) + tone


def outcome(text: str, content: bytes) -> str:
    """Return one of OUTCOMES: how a list is read."""
    try:
        read = decoded("a list", content)
    except InputError:
        return "refused"
    composed = unicodedata.normalize("NFC", read.text)
    if composed == unicodedata.normalize("NFC", text):
        return "right"
    return "noted" if read.note else "silent"


def outcomes(
    names: list[str], codec: str, size: int, english: list[str], n: int
) -> str:
    """Return how many of `n` lists have each outcome: of `size` names, or one among `english`."""
    drawn = random.Random(f"{codec} {size} {bool(english)}")
    fitting = [name for name in names if not name.isascii() and encoded(name, codec)]
    counts = Counter()
    for _ in range(n if len(fitting) >= size else 0):
        chosen = drawn.sample(fitting, 1 if english else size)
        chosen += drawn.sample(english, size - len(chosen))
        drawn.shuffle(chosen)
        text = "\n".join(chosen)
        content = encoded(text, codec) or b""
        counts[outcome(text, content)] += 1
    return " ".join(str(counts[kind]) for kind in OUTCOMES)


def rows(n: int) -> Iterator[list[str]]:
    """Yield a row of the table for each language and encoding."""
    names = names_by_language()
    english = [name for name in names["English"] if name.isascii()]
    titles = {"": [], ", one among English ones": english}
    for language, codecs in OF_LANGUAGE.items():
        for codec in codecs.split():
            for title, others in titles.items():
                row = [f"{language}{title}", codec]
                for size in SIZES:
                    cell = outcomes(names[language], codec, size, others, n)
                    row.append(cell)
                yield row


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--lists", type=int, default=50, help="lists of each kind")
    options = parser.parse_args()
    headers = ["", "encoding"]
    for size in SIZES:
        headers.append(f"of {size}: {', '.join(OUTCOMES)}")
    print_table(headers, rows(options.lists))


if __name__ == "__main__":
    main()
