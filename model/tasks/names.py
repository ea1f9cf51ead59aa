"""The task of surnames: which of 18 languages does a surname come from?"""

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..core import normalise
from ..data.pairs import read_pairs
from ..data.rows import Dataset, Rows
from ..text.letters import script_name, script_of
from .part import surname_part
from .task import ROOT, length_notes, read_task
from .typed import as_typed, doubt

# What becomes Latin letter by letter: Russian, and kana without small letters and ん before vowels
_RUSSIAN = re.compile("[А-Яа-яЁё' ,-]+")
_KANA = re.compile(
    "([あいうえおか-ぢつ-もやゆよら-ろわアイウエオカ-ヂツ-モヤユヨラ-ロワ]"
    "|[んン](?![あいうえおやゆよアイウエオヤユヨ]))+"
)
# Or two vowels: さとう is Sato, but たけのうち Takenouchi
_LONG_VOWEL = re.compile("(?i)ou|oo|uu")


def romanise(text: str, label: str, readings: Mapping[str, str]) -> str | None:
    """Return `text` in Latin letters for a reader, None for Han without a known reading.

    Han is read as its most likely language reads it: Japanese by `readings`, Chinese in pinyin.

    >>> romanise("佐藤", "Japanese", {"佐藤": "Sato"}), romanise("李", "Chinese", {})
    ('Sato', 'li')
    """
    if text.isascii() or label == "Chinese" or "Han" not in map(script_name, text):
        return normalise(text)
    if label == "Japanese":
        return readings.get(text.strip())
    return None


def in_latin(text: str, label: str, readings: Mapping[str, str]) -> str | None:
    """Return `text` in Latin letters as a standard has it, None where its letters do not decide.

    >>> in_latin("佐藤", "Japanese", {"佐藤": "Sato"}), in_latin("Щукин", "Russian", {})
    ('Sato', 'Shchukin')
    >>> in_latin("なかむら", "Japanese", {}), in_latin("さとう", "Japanese", {})
    ('Nakamura', None)
    """
    name = text.strip()
    if label == "Japanese" and name in readings:
        return readings[name]
    latin = re.sub("[a-z][a-z']*", lambda word: word[0].capitalize(), normalise(text))
    is_certain_kana = _KANA.fullmatch(name) and not _LONG_VOWEL.search(latin)
    if is_certain_kana or _RUSSIAN.fullmatch(name):
        return latin
    return None


def read_names(folder: str | Path) -> Dataset:
    """Return the data in a folder of gzipped pairs; raise InputError as read_pairs does."""
    return read_pairs(folder, NAMES.kind)


def name_notes(text: str, units: Sequence[str]) -> list[str]:
    """Return what to know of a name that is read as these letters, a sentence each."""
    notes = length_notes(text, units)
    if "KATAKANA" in map(script_of, text):
        notes.append(KATAKANA)
    return notes


KATAKANA = "Katakana also writes names from elsewhere."
# Of a checkout; an installed package goes without them
TEST_LISTS = ROOT / "tests" / "data"


def read_test_lists(labels: Sequence[str]) -> dict[str, Rows]:
    """Return the test lists of tests/data, the labels "" where a name has none of them.

    They concern models of all our languages: for other `labels` there are none.
    """
    if set(labels) != set(NAMES.languages) or not TEST_LISTS.is_dir():
        return {}
    lists: dict[str, Rows] = {}
    for name in ("native_names", "full_names", "outside_names", "outside_written"):
        with open(TEST_LISTS / f"{name}.csv", encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        texts = [row.get("text") or row["name"] for row in rows]
        labels_of_list = [row["language"] for row in rows]
        if name.startswith("outside"):
            labels_of_list = [""] * len(rows)
        lists[name] = Rows(texts, labels_of_list)
    mashes = (TEST_LISTS / "mash.txt").read_text(encoding="utf-8").splitlines()
    lists["mash"] = Rows(mashes, [""] * len(mashes))
    return lists


NAMES = read_task(
    Path(__file__).with_suffix(".toml"),
    read_data=read_names,
    data=ROOT / "data",
    where_from="a folder with names_train.csv.gz and names_test.csv.gz; ours is data/ of a clone",
    test_lists=read_test_lists,
    as_typed=as_typed,
    doubt=doubt,
    part=surname_part,
    notes=name_notes,
    romanise=romanise,
    in_latin=in_latin,
)
