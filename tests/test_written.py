"""Names as people write them: the marks, the names in other scripts, and that none leaks."""

import csv
import gzip
import hashlib
import io
import sqlite3
import sys
import unicodedata
from collections import Counter
from functools import cache
from itertools import product

import pytest
from conftest import ROOT

from model.core import normalise
from model.data.texts import match_key

sys.path.insert(0, str(ROOT / "data"))

import audit
from builder import mash, packages, write
from builder.languages import LANGUAGES
from builder.scripts import ARAB_COUNTRIES, ROMANIZER, clean, loose_key, script_of
from builder.spelling import romanise_cyrillic, romanise_greek

DATA, LISTS = ROOT / "data", ROOT / "tests" / "data"
TRAINED_ON = ("names_train", "native_train", "pretraining", "given_names")
UNSEEN = ("names_test", "native_test", "outside_names", "outside_written")
NATIVE = {
    ("Arabic", "Arabic"): 3000,
    ("Chinese", "Han"): 500,
    ("Greek", "Greek"): 1400,
    ("Japanese", "Han"): 2500,
    ("Japanese", "Hiragana"): 1500,
    ("Japanese", "Katakana"): 1500,
    ("Korean", "Han"): 150,
    ("Korean", "Hangul"): 150,
    ("Russian", "Cyrillic"): 1500,
}


def read(stem):
    """Return the rows of a file in data/ or of a list in tests/data/."""
    if (LISTS / f"{stem}.csv").exists():
        with open(LISTS / f"{stem}.csv", encoding="utf-8", newline="") as file:
            return [(row["name"], row["language"]) for row in csv.DictReader(file)]
    text = gzip.decompress((DATA / f"{stem}.csv.gz").read_bytes()).decode()
    return [(name, label) for name, label in csv.reader(io.StringIO(text, newline=""))]


@pytest.fixture(scope="module")
def rows():
    return {stem: read(stem) for stem in {*TRAINED_ON, *UNSEEN, "readings"}}


@cache
def keys(stem, key):
    return {key(name) for name, _ in read(stem)}


# Letters that writers of Arabic and Persian exchange, worked out by hand, not by the builder.
EXCHANGED = str.maketrans("أإآٱىیةہک", "ااااييههك")


def as_some_write(name):
    """Return a name as it may be written elsewhere: without hamza, ё, Greek accents, points."""
    key = match_key(unicodedata.normalize("NFC", name).translate(EXCHANGED))
    if script_of(key) in ("Arabic", "Cyrillic", "Greek"):
        key = "".join(c for c in unicodedata.normalize("NFD", key) if not unicodedata.combining(c))
    return key


# ------------------------------------------------------------------------------ names with marks


@pytest.mark.parametrize(
    ("part", "n", "sha256"),
    [
        ("train", 25946, "423f1d17bf0e29070cdac42a7660807133c3ef6c80fc0563163fc27d81fa31f4"),
        ("test", 12843, "f63befee7e9e4de8ea9598d22e07bfbbe9160970d0cf6413806f6d0644fbd9c4"),
    ],
)
def test_the_names_without_marks_are_those_of_version_1_0(rows, part, n, sha256):
    """Names got their marks; none was added, lost or moved between the files."""
    folded = [(normalise(name, fold_case=False), label) for name, label in rows[f"names_{part}"]]
    assert len(folded) == n
    assert hashlib.sha256(write.packed(folded)).hexdigest() == sha256


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("Müller", "German"),
        ("Dvořák", "Czech"),
        ("Nguyễn", "Vietnamese"),
        ("Trần", "Vietnamese"),
        ("Gonçalves", "Portuguese"),
        ("García", "Spanish"),
        ("Wiśniewski", "Polish"),
        ("Lefèvre", "French"),
        ("Smith", "English"),
        ("Muller", "Dutch"),
    ],
)
def test_a_name_is_spelled_as_in_its_language(rows, name, language):
    assert (name, language) in rows["names_train"] + rows["names_test"]


def test_marks_are_where_languages_have_them(rows):
    names = rows["names_train"] + rows["names_test"]
    sizes = Counter(language for _, language in names)
    marked = Counter(language for name, language in names if not name.isascii())
    share = {language: marked[language] / sizes[language] for language in LANGUAGES}
    assert share["Vietnamese"] > share["Czech"] > 0.7
    assert min(share[language] for language in ("Polish", "Spanish", "Portuguese")) > 0.15
    assert max(share[language] for language in ("English", "Scottish", "Korean")) < 0.01


def test_pretraining_holds_marks_and_other_spellings(rows):
    found = set(rows["pretraining"])
    assert {("Kovács", "Hungarian"), ("Popović", "Montenegrin"), ("Yılmaz", "German")} <= found
    marked = Counter(group for name, group in found if not name.isascii())
    assert sum(marked[group] > 100 for group in ("Hungarian", "Croatian", "Romanian")) == 3


# ------------------------------------------------------------------------- names in other scripts


def test_native_names_are_of_nine_languages_and_scripts(rows):
    native = rows["native_train"] + rows["native_test"]
    sizes = Counter((language, script_of(name)) for name, language in native)
    assert set(sizes) == set(NATIVE)
    assert all(sizes[part] >= least for part, least in NATIVE.items())
    assert max(sizes.values()) <= 3500
    for name, _ in native:
        assert clean(name) == name == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    ("name", "languages"),
    [
        ("山田", {"Japanese"}),
        ("さとう", {"Japanese"}),
        ("サトウ", {"Japanese"}),
        ("박", {"Korean"}),
        ("朴", {"Korean", "Chinese"}),
        ("李", {"Chinese", "Korean", "Japanese"}),
        ("張", {"Chinese", "Korean"}),
        ("张", {"Chinese"}),
        ("Иванов", {"Russian"}),
        ("Παπαδόπουλος", {"Greek"}),
        ("الخطيب", {"Arabic"}),
    ],
)
def test_well_known_names_are_there_in_their_script(rows, name, languages):
    native = rows["native_train"] + rows["native_test"]
    assert {language for other, language in native if other == name} == languages


def test_foreign_names_in_russian_and_arabic_letters_are_not_there(rows):
    native = {name for name, _ in rows["native_train"] + rows["native_test"]}
    assert native.isdisjoint(["Шевченко", "Рахматуллин", "لوبيز", "جونسون", "توماس"])


def test_outside_groups_are_in_their_own_scripts(rows):
    groups = Counter((group, script_of(name)) for name, group in rows["pretraining"])
    least = {
        ("Iranian", "Arabic"): 2000,
        ("Ukrainian", "Cyrillic"): 500,
        ("Kazakh", "Cyrillic"): 300,
        ("Hebrew", "Hebrew"): 300,
        ("Georgian", "Georgian"): 300,
        ("Armenian", "Armenian"): 300,
        ("Tamil", "Tamil"): 300,
        ("Thai", "Thai"): 200,
        ("Bulgarian", "Cyrillic"): 100,
        ("Indian", "Devanagari"): 100,
        ("Nepalese", "Devanagari"): 100,
    }
    assert all(groups[part] >= n for part, n in least.items())
    native = {part: n for part, n in groups.items() if part[1] not in ("Latin", "")}
    trained = {language for language, _ in NATIVE}
    assert all(n <= 3500 for (group, _), n in native.items() if group not in trained)


def test_readings_are_romaji_of_kanji(rows):
    readings = dict(rows["readings"])
    assert len(readings) == len(rows["readings"]) >= 1900
    assert readings["山田"] == "Yamada"
    assert readings["佐藤"] == "Sato"
    assert all(script_of(kanji) == "Han" and romaji.isascii() for kanji, romaji in readings.items())


def test_given_names_are_bare_and_of_every_language(rows):
    languages = Counter(language for _, language in rows["given_names"])
    assert set(languages) == set(LANGUAGES)
    found = set(rows["given_names"])
    assert {("Иван", "Russian"), ("Giulia", "Italian"), ("민준", "Korean")} <= found
    assert {("Ελένη", "Greek"), ("Jiří", "Czech"), ("فاطمة", "Arabic")} <= found
    sizes = Counter((language, script_of(name)) for name, language in rows["given_names"])
    assert max(sizes.values()) <= 3500


# -------------------------------------------------------------------------------- what is unseen


@pytest.mark.parametrize(("trained_on", "unseen"), product(TRAINED_ON, UNSEEN))
@pytest.mark.parametrize("key", [match_key, as_some_write], ids=["as listed", "as some write"])
def test_no_unseen_name_is_trained_on(trained_on, unseen, key):
    assert keys(trained_on, key) & keys(unseen, key) == set()


@pytest.mark.parametrize(
    ("script", "romanise"), [("Cyrillic", romanise_cyrillic), ("Greek", romanise_greek)]
)
def test_a_name_and_its_latin_form_are_on_one_side(rows, script, romanise):
    def forms(stem):
        found = [name for name, group in rows[stem] if group != mash.GROUP]
        names = [name for name in found if script_of(name) == script]
        return {match_key(f(name)) for name in names for f in (romanise, normalise)}

    assert len(forms("native_test")) > 400
    for stem in ("names_train", "pretraining", "given_names"):
        assert forms("native_test") & keys(stem, match_key) == set()
    for stem in ("native_train", "pretraining"):
        assert forms(stem) & keys("names_test", match_key) == set()


def test_kanji_and_kana_are_on_the_side_of_their_romaji(rows):
    test = {name for name, _ in rows["native_test"]}
    native = [name for name, language in rows["native_train"] if language == "Japanese"]
    native += [name for name, language in rows["native_test"] if language == "Japanese"]
    readings = {kanji: romaji for kanji, romaji in rows["readings"] if kanji in native}
    assert len(readings) > 1900
    for kanji, romaji in readings.items():
        assert (kanji in test) == write.is_test(romaji), kanji
    hiragana = [name for name in native if script_of(name) == "Hiragana"]
    for name in hiragana:
        katakana = "".join(chr(ord(c) + 96) if "ぁ" <= c <= "ん" else c for c in name)
        assert katakana in native
        assert (name in test) == (katakana in test), name


@pytest.mark.skipif(
    not (packages.CACHE / packages.PACKAGES[ROMANIZER]["file"]).exists(),
    reason="data/.cache/ lacks the packages: run build.py",
)
def test_an_arabic_name_is_on_the_side_of_its_usual_latin_spelling(rows):
    """The usual spelling is counted by SQL, and asked of names that have one clear usage."""
    with sqlite3.connect(":memory:") as index:
        path = "arabic_name_romanizer/resources/names.sqlite3"
        index.deserialize(packages.members(ROMANIZER)[path])
        found = index.execute(
            f"""SELECT arabic_key, latin, sum(count) AS n FROM units WHERE role = 'surname'
            AND country IN ({", ".join(f"'{country}'" for country in ARAB_COUNTRIES)})
            GROUP BY 1, 2 HAVING n >= 5 ORDER BY n"""
        ).fetchall()
    usual = {}  # the last, most counted spelling stays
    for arabic, latin, _ in found:
        usual[as_some_write(arabic)] = latin
    doubtful = {as_some_write(a) for a, latin, _ in found if usual[as_some_write(a)] != latin}
    checked = 0
    for part in ("train", "test"):
        for name in (name for name, label in rows[f"native_{part}"] if label == "Arabic"):
            latin = usual.get(as_some_write(name))
            if latin and as_some_write(name) not in doubtful:
                assert write.is_test(latin) == (part == "test"), (name, latin)
                checked += 1
    assert checked > 300


def test_forms_of_one_chinese_surname_are_on_one_side(rows):
    test, pretrained = ({name for name, _ in rows[p]} for p in ("native_test", "pretraining"))
    for traditional, simplified in ("張张", "陳陈", "劉刘", "楊杨", "黃黄", "趙赵", "吳吴", "鄭郑"):
        assert (traditional in test) == (simplified in test)
        assert (traditional in test) == pretrained.isdisjoint((traditional, simplified))


def test_the_loose_key_tells_names_apart_that_letters_do():
    assert loose_key("أحمد") == loose_key("احمد") != loose_key("حمد")
    assert loose_key("عطية") == loose_key("عطيه")
    assert loose_key("موسى") == loose_key("موسي")
    assert loose_key("Семёнов") == loose_key("Семенов") != loose_key("Симонов")
    assert loose_key("Νικολάου") == loose_key("ΝΙΚΟΛΑΟΥ")
    assert loose_key("がとう") != loose_key("かとう")


# ------------------------------------------------------------------------------------- the audit


def test_the_written_audit_is_what_is_drawn():
    drawn = audit.read_audit(audit.WRITTEN)
    assert [(row["name"], row["language"]) for row in drawn] == audit.draw_written()
    scripts = Counter((row["language"], script_of(row["name"])) for row in drawn)
    assert {part: scripts[part] for part in NATIVE} == dict.fromkeys(NATIVE, 40)
    assert scripts["Czech", "Latin"] == scripts["Vietnamese", "Latin"] == 30
    assert {row["verdict"] for row in drawn} <= {"", *audit.VERDICTS}
