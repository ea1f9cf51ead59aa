"""How lists of few names are read whose encoding nobody says: right, refused, or wrong.

`python -m benchmarks.encodings` takes a minute. The lists are drawn from the names in data/ that
have more than ASCII, by a fixed seed; a mixed one has one such name among English ones. What is
read wrongly comes with a note, or without one, which is worse.
"""

import argparse
import random
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator

from benchmarks.common import ROOT, print_table
from model.data.encodings import decoded
from model.data.tables import read_table
from model.errors import InputError

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
CJK = ("Chinese", "Japanese", "Korean", "Korean, Hanja")
OUTCOMES = ("right", "refused", "noted", "silent")


def names_by_language() -> dict[str, list[str]]:
    """Return the names with more than ASCII in data/, by language, Korean ones in Hanja apart."""
    found = defaultdict[str, set[str]](set)
    for file in FILES:
        path = ROOT / "data" / f"{file}.csv.gz"
        for record in read_table(str(path), header=False).rows:
            name, language = record.fields[:2]
            if any("一" <= letter <= "鿿" for letter in name) and language == "Korean":
                language = "Korean, Hanja"
            found[language].add(name)
    return {language: sorted(names) for language, names in found.items()}


def encoded(text: str, codec: str) -> bytes | None:
    """Return `text` in an encoding, None if that lacks a letter."""
    if codec == "cp1258":
        text = "".join(map(_with_tone_apart, unicodedata.normalize("NFC", text)))
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
        tone = next(
            (part for part in parts if part in "\u0300\u0301\u0303\u0309\u0323"), ""
        )
        return unicodedata.normalize("NFC", parts.replace(tone, "")) + tone


def outcome(text: str, content: bytes) -> str:
    """Return one of OUTCOMES: how a list is read."""
    try:
        read = decoded("a list", content)
    except InputError:
        return "refused"
    if unicodedata.normalize("NFC", read.text) == unicodedata.normalize("NFC", text):
        return "right"
    return "noted" if read.note else "silent"


def lists_of(
    names: list[str], latin: list[str], codec: str, size: int, n: int, mixed: bool
) -> Iterator[tuple[str, bytes]]:
    """Yield `n` lists of names, as text and encoded; if `mixed`, all but one from `latin`."""
    drawn = random.Random(f"{codec} {size} {mixed}")
    fits = [name for name in names if not name.isascii() and encoded(name, codec)]
    for _ in range(n if len(fits) >= size else 0):
        some = drawn.sample(fits, 1 if mixed else size)
        some += drawn.sample(latin, size - len(some))
        drawn.shuffle(some)
        text = "\n".join(some)
        yield text, encoded(text, codec) or b""


def rows(sizes: list[int], n: int) -> Iterator[list[str]]:
    """Yield a row of the table for each language and encoding."""
    names = names_by_language()
    latin = [name for name in names["English"] if name.isascii()]
    for language, codecs in OF_LANGUAGE.items():
        for codec in codecs.split():
            for mixed in (False, True):
                cells = []
                for size in sizes:
                    lists = lists_of(names[language], latin, codec, size, n, mixed)
                    counts = Counter(outcome(*each) for each in lists)
                    cells.append(" ".join(str(counts[each]) for each in OUTCOMES))
                yield [f"{language}{', one among English ones' * mixed}", codec, *cells]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--lists", type=int, default=50, help="lists of each kind")
    options = parser.parse_args()
    sizes = [5, 10, 20]
    headers = ["", "encoding", *(f"of {size}: {', '.join(OUTCOMES)}" for size in sizes)]
    print_table(headers, rows(sizes, options.lists))


if __name__ == "__main__":
    main()
