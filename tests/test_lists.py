"""The form of the evaluation lists in tests/data, whose README says what each is for.

The names were written down by hand, so these tests look for slips of the hand: a look-alike letter
of another script, a name listed twice, a surname that is also borne in one of the 18 languages.
test_data.py checks that what must be unseen is not trained on.
"""

import csv
import re
import unicodedata
from collections import Counter, defaultdict
from itertools import combinations

import pytest
from conftest import ROOT

from model.core import normalise
from model.data.texts import match_key
from model.tasks.names import WORDS

LISTS = ROOT / "tests" / "data"
NAME_COLUMN = {
    "native_names": "name", "full_names": "text", "outside_written": "name", "outside_names": "name"
}  # fmt: skip
LANGUAGES = set(
    """Arabic Chinese Czech Dutch English French German Greek Irish Italian Japanese Korean Polish
    Portuguese Russian Scottish Spanish Vietnamese""".split()
)
NATIVE = {  # of each script twelve names in native_names.csv, and ten full names unless Latin
    *(("Arabic", "Arabic"), ("Russian", "Cyrillic"), ("Greek", "Greek"), ("Chinese", "Han")),
    *(("Japanese", "Han"), ("Japanese", "Hiragana"), ("Japanese", "Katakana")),
    *(("Korean", "Hangul"), ("Vietnamese", "Latin"), ("Czech", "Latin"), ("Polish", "Latin")),
    *(("German", "Latin"), ("French", "Latin"), ("Spanish", "Latin"), ("Portuguese", "Latin")),
}
FORMS = {
    "given-family": lambda text, surname: text.endswith(" " + surname),
    "family-given": lambda text, surname: text.startswith(surname + " "),
    "comma": lambda text, surname: text.startswith((surname + ", ", surname + "، ")),
    "unspaced": lambda text, surname: text.startswith(surname) and text.isalpha(),
}
FAMILY_FIRST = {"Chinese", "Japanese", "Korean", "Vietnamese"}


def read_list(name):
    with open(LISTS / f"{name}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def texts(name):
    if name == "mash":
        return (LISTS / "mash.txt").read_text(encoding="utf-8").splitlines()
    return [row[NAME_COLUMN[name]] for row in read_list(name)]


def scripts(text):
    """Return the scripts of the letters of `text`, by their Unicode names; marks do not count."""
    letters = [c for c in text if unicodedata.category(c) in {"Lu", "Ll", "Lt", "Lo"}]
    words = {unicodedata.name(c).split()[0].capitalize() for c in letters}
    return {"Han" if word == "Cjk" else word for word in words}


@pytest.mark.parametrize("name", ["native_names", "full_names", "outside_written", "mash"])
def test_each_text_is_listed_once_and_can_be_asked(name):
    by_key = defaultdict(list)
    for text in texts(name):
        WORDS.read(text, normalise)
        assert text == unicodedata.normalize("NFC", text).strip()
        by_key[match_key(text)].append(text)
    assert [same for same in by_key.values() if len(same) > 1] == []


@pytest.mark.parametrize(("first", "second"), combinations([*NAME_COLUMN, "mash"], 2))
def test_no_text_is_in_two_lists(first, second):
    assert set(map(match_key, texts(first))).isdisjoint(map(match_key, texts(second)))


def test_the_readme_of_the_lists_states_their_sizes():
    text = (LISTS / "README.md").read_text(encoding="utf-8")
    stated = {name: int(rows) for name, rows in re.findall(r"\| `(\w+)\.\w+` \| (\d+) \|", text)}
    assert stated == {name: len(texts(name)) for name in (*NAME_COLUMN, "mash")}


def test_native_names_have_twelve_of_each_language_and_script():
    rows = read_list("native_names")
    counts = Counter(
        (language, row["script"]) for row in rows for language in row["language"].split("|")
    )
    assert {language for language, _ in counts} <= LANGUAGES
    assert {part for part, count in counts.items() if count >= 12} == NATIVE
    assert [row for row in rows if scripts(row["name"]) != {row["script"]}] == []
    assert [row for row in rows if row["name"].isascii()] == []


def test_full_names_have_ten_of_each_language_in_the_orders_its_speakers_use():
    rows = read_list("full_names")
    assert [r for r in rows if not FORMS[r["form"]](r["text"], r["surname"])] == []
    latin = Counter(row["language"] for row in rows if scripts(row["text"]) == {"Latin"})
    native = Counter(row["language"] for row in rows if "Latin" not in scripts(row["text"]))
    assert latin.total() + native.total() == len(rows)
    assert set(latin) == LANGUAGES
    assert set(native) == {language for language, script in NATIVE if script != "Latin"}
    assert min(*latin.values(), *native.values()) >= 10
    forms = defaultdict(set)
    for row in rows:
        forms[row["language"]].add(row["form"])
    assert all({"given-family", "comma"} <= forms[language] for language in LANGUAGES)
    assert all("family-given" in forms[language] for language in FAMILY_FIRST)
    assert all("unspaced" in forms[language] for language in FAMILY_FIRST - {"Vietnamese"})


def test_outside_names_as_written_are_of_no_language_of_the_18():
    rows = read_list("outside_written")
    assert LANGUAGES.isdisjoint(row["language"] for row in rows)
    assert [row for row in rows if scripts(row["name"]) != {row["script"]}] == []
    assert [row for row in rows if row["name"].isascii()] == []


def test_mashes_are_of_several_keyboards():
    lines = texts("mash")
    assert set().union(*map(scripts, lines)) >= {"Latin", "Cyrillic", "Greek", "Arabic", "Hangul"}
    assert any(line.isupper() for line in lines)
    assert any(c.isdigit() for line in lines for c in line)
