"""What the data files must hold: nightly, and for whoever builds them anew.

test_builder.py checks on every run that the committed files are the frozen ones.
"""

import csv
import hashlib
import sqlite3
import unicodedata
from collections import Counter, defaultdict
from functools import cache
from itertools import product

import pytest
from conftest import ROOT

from data import audit, build
from data.builder import arabic, curated, lists, mash, packages, pretraining
from data.builder.languages import CURATED, LANGUAGES, NEUTRAL
from data.builder.romanisation import romanise_cyrillic, romanise_greek
from data.builder.rows import labels_by_key, unpacked
from data.builder.spelling import clean_spelling, native_spelling, script_of
from model.core import normalise
from model.data.texts import match_key

pytestmark = pytest.mark.nightly
needs_packages = pytest.mark.skipif(
    not all((packages.CACHE / found["file"]).exists() for found in packages.PACKAGES.values()),
    reason="data/.cache/ lacks the packages: python -m data.build",
)
LISTS = ROOT / "tests" / "data"
TRAINED_ON = ("names_train", "native_train", "pretraining", "given_names")
UNSEEN = ("names_test", "native_test", "outside_names", "outside_written", "mash")
MOST = 3500  # names of a language and script


def numbers(text):
    """Return {(group, script): number} of a text such as "Greek Greek 1400, Thai Thai 200"."""
    return {(g, s): int(n) for g, s, n in map(str.split, text.split(","))}


NATIVE = numbers(
    "Arabic Arabic 3000, Chinese Han 500, Greek Greek 1400, Japanese Han 2500, Korean Han 150,"
    "Japanese Hiragana 1500, Japanese Katakana 1500, Korean Hangul 150, Russian Cyrillic 1500"
)
OUTSIDE = numbers(
    "Iranian Arabic 2000, Ukrainian Cyrillic 500, Kazakh Cyrillic 300, Hebrew Hebrew 300,"
    "Georgian Georgian 300, Armenian Armenian 300, Tamil Tamil 300, Thai Thai 200,"
    "Bulgarian Cyrillic 100, Indian Devanagari 100, Nepalese Devanagari 100"
)


@cache
def rows(stem):
    """Return the rows of a file in data/, of both parts of "names" and "native", or of a list."""
    if stem in ("names", "native"):
        return rows(f"{stem}_train") + rows(f"{stem}_test")
    if stem == "mash":
        return [(text, "") for text in (LISTS / "mash.txt").read_text("utf-8").splitlines()]
    if stem.startswith("outside"):
        with open(LISTS / f"{stem}.csv", encoding="utf-8", newline="") as file:
            return [(row["name"], row["language"]) for row in csv.DictReader(file)]
    found = unpacked(ROOT / "data" / f"{stem}.csv.gz")
    return [row for row in found if row[1] != mash.GROUP] if stem == "pretraining" else found


@cache
def keys(stem, key=match_key):
    return {key(name) for name, _ in rows(stem)}


def sizes(stem):
    return Counter((label, script_of(name)) for name, label in rows(stem))


def is_test(latin):
    return int(hashlib.sha256(match_key(latin).encode()).hexdigest(), 16) % 3 == 0


@needs_packages
def test_the_files_are_what_the_sources_give(capsys):
    assert build.main(["--check"]) == 0, capsys.readouterr().err


# ------------------------------------------------------------------------- names in Latin letters


def test_sizes_and_split():
    assert set(sizes("names")) == {(language, "Latin") for language in LANGUAGES}
    assert 150 <= min(sizes("names").values()) <= max(sizes("names").values()) <= MOST
    assert len(keys("names")) >= 36_000
    for part in ("train", "test"):
        assert {is_test(key) for key in keys(f"names_{part}")} == {part == "test"}


@pytest.mark.parametrize("stem", ["names_train", "names_test", "pretraining"])
def test_rows_are_clean_sorted_and_unique(stem):
    found = rows(stem)
    assert len(set(found)) == len(found)
    assert found == sorted(found, key=lambda row: (match_key(row[0]), row[1], row[0]))
    for name, _ in found:
        assert name == unicodedata.normalize("NFC", name) == name.strip()
        assert 1 <= len(name) <= 20
        if match_key(name).isascii():
            assert normalise(name, fold_case=False) == clean_spelling(name)
            assert name[0].isupper()


def test_one_spelling_a_name_and_language():
    names = rows("names")
    assert len({(match_key(name), language) for name, language in names}) == len(names)
    spellings = defaultdict(set)
    for name, _ in rows("names") + rows("pretraining"):
        if match_key(name).isascii():
            spellings[match_key(name)].add(normalise(name, fold_case=False))
    assert max(map(len, spellings.values())) == 1


def test_curated_names_and_those_of_several_languages_are_there():
    labels = labels_by_key(rows("names"))
    wrong = curated.corrections("-")
    for language in CURATED:
        names = map(match_key, curated.curated_names(language.lower()))
        names = {name for name in names if language not in wrong.get(name, ())}
        assert {name for name in names if language not in labels[name]} == set()
    assert labels["lee"] == {"Chinese", "English", "Korean"}
    assert labels["martin"] == {"English", "French", "German", "Spanish"}
    assert labels["ivanov"] == {"Russian"}
    assert sum(len(found) > 1 for found in labels.values()) < 0.02 * len(labels)
    outside = ["khan", "hansen", "patel", "johansson", "yildiz", "kovacs"]
    assert labels.keys().isdisjoint(outside)


# In the first fifty of a country's list, but of another language or of none of the 18.
NOT_OF_THE_LIST = {
    "English": {"patel", "kelly"},
    "French": set("garcia martinez dasilva lopez sanchez perez fernandez pereira".split()),
}


@needs_packages
def test_the_fifty_most_common_of_every_frequency_list_are_there():
    labels = labels_by_key(rows("names"))
    for found in lists.surname_lists():
        if found.ranked and found.group in LANGUAGES:
            names = {match_key(name) for name in found.names[:50] if clean_spelling(name)}
            missing = {name for name in names if found.group not in labels.get(name, ())}
            assert missing <= NOT_OF_THE_LIST.get(found.group, set()), found.source


def test_a_name_is_spelled_as_in_its_language():
    written = {("Müller", "German"), ("Muller", "Dutch"), ("Dvořák", "Czech"), ("Smith", "English")}
    written |= {("Nguyễn", "Vietnamese"), ("Gonçalves", "Portuguese"), ("Lefèvre", "French")}
    assert written <= set(rows("names"))
    marked = Counter(language for name, language in rows("names") if not name.isascii())
    share = {language: marked[language] / n for (language, _), n in sizes("names").items()}
    assert share["Vietnamese"] > share["Czech"] > 0.7
    assert min(share[language] for language in ("Polish", "Spanish", "Portuguese")) > 0.15
    assert max(share[language] for language in ("English", "Scottish", "Korean")) < 0.01


# -------------------------------------------------------------------------- the pretraining file


def test_pretraining_groups_are_languages_or_large_outside_nationalities():
    groups, train = labels_by_key(rows("pretraining")), labels_by_key(rows("names_train"))
    assert {key: groups[key] for key in train} == train  # train names keep their languages
    assert len(groups) >= 250_000
    counts = Counter(group for _, group in rows("pretraining"))
    assert set(LANGUAGES) | {pretraining.OTHER} < set(counts)
    assert NEUTRAL.isdisjoint(counts)
    few = {group for group, n in counts.items() if n < pretraining.MIN_NAMES}
    assert few <= {*LANGUAGES, pretraining.OTHER}
    assert (ROOT / "data" / "pretraining.csv.gz").stat().st_size < 3_000_000


def test_pretraining_holds_marks_other_spellings_and_other_scripts():
    found = set(rows("pretraining"))
    assert {("Kovács", "Hungarian"), ("Popović", "Montenegrin"), ("Yılmaz", "German")} <= found
    marked = Counter(group for name, group in found if not name.isascii())
    assert min(marked[group] for group in ("Hungarian", "Croatian", "Romanian")) > 100
    groups = sizes("pretraining")
    assert [part for part, least in OUTSIDE.items() if groups[part] < least] == []
    trained = {language for language, _ in NATIVE}
    outside = [p for p in groups if p[1] not in ("Latin", "") and p[0] not in trained]
    assert max(groups[part] for part in outside) <= MOST


def test_mashed_keys_are_no_names():
    found = unpacked(ROOT / "data" / "pretraining.csv.gz")
    mashes = {match_key(text) for text, group in found if group == mash.GROUP}
    assert len(mashes) > 5000
    assert mashes.isdisjoint(keys("pretraining") | keys("names") | keys("mash"))
    one_hand = {"qwert", "asdfg", "trewq"}  # keys beside one another, in either direction
    assert sum(any(run in key for run in one_hand) for key in mashes) > 20


# ------------------------------------------------------------------------ names in other scripts


def test_native_names_are_of_nine_languages_and_scripts():
    found = sizes("native")
    assert set(found) == set(NATIVE)
    assert [part for part, least in NATIVE.items() if not least <= found[part] <= MOST] == []
    for name, _ in rows("native"):
        assert native_spelling(name) == name == unicodedata.normalize("NFC", name)


def test_well_known_native_names_are_there_and_foreign_ones_are_not():
    labels = defaultdict(set)
    for name, language in rows("native"):
        labels[name].add(language)
    assert labels["山田"] == labels["さとう"] == labels["サトウ"] == {"Japanese"}
    assert labels["李"] == {"Chinese", "Korean", "Japanese"}
    assert labels["張"] == labels["朴"] == {"Chinese", "Korean"}
    assert (labels["张"], labels["박"]) == ({"Chinese"}, {"Korean"})
    assert (labels["Иванов"], labels["Παπαδόπουλος"]) == ({"Russian"}, {"Greek"})
    assert labels["الخطيب"] == {"Arabic"}
    foreign = ["Шевченко", "Рахматуллин", "لوبيز", "جونسون", "توماس"]
    assert labels.keys().isdisjoint(foreign)


def test_readings_are_romaji_and_given_names_of_every_language():
    readings = dict(rows("readings"))
    assert len(readings) == len(rows("readings")) >= 1900
    assert (readings["山田"], readings["佐藤"]) == ("Yamada", "Sato")
    assert {script_of(kanji) for kanji in readings} == {"Han"}
    assert all(map(str.isascii, readings.values()))
    given = set(rows("given_names"))
    assert {language for _, language in given} == set(LANGUAGES)
    assert {
        ("Иван", "Russian"),
        ("Jiří", "Czech"),
        ("민준", "Korean"),
        ("فاطمة", "Arabic"),
    } <= given
    assert max(sizes("given_names").values()) <= MOST


# --------------------------------------------------------------------------- what must be unseen

# Letters that writers of Arabic and Persian exchange, worked out by hand, not by the builder.
EXCHANGED = str.maketrans("أإآٱىیةہک", "ااااييههك")


@cache
def as_some_write(name):
    """Return a name as it may be written elsewhere: without hamza, ё, Greek accents, points."""
    key = match_key(unicodedata.normalize("NFC", name).translate(EXCHANGED))
    if script_of(key) in ("Arabic", "Cyrillic", "Greek"):
        key = "".join(c for c in unicodedata.normalize("NFD", key) if not unicodedata.combining(c))
    return key


@pytest.mark.parametrize(("trained_on", "unseen"), product(TRAINED_ON, UNSEEN))
@pytest.mark.parametrize("key", [match_key, as_some_write], ids=["as listed", "as some write"])
def test_no_unseen_name_is_trained_on(trained_on, unseen, key):
    assert keys(trained_on, key) & keys(unseen, key) == set()


@pytest.mark.parametrize(
    ("script", "romanise"), [("Cyrillic", romanise_cyrillic), ("Greek", romanise_greek)]
)
def test_a_name_and_its_latin_form_are_on_one_side(script, romanise):
    def forms(stem):
        names = [name for name, _ in rows(stem) if script_of(name) == script]
        return {match_key(f(name)) for name in names for f in (romanise, normalise)}

    assert len(forms("native_test")) > 400
    for stem in ("names_train", "pretraining", "given_names"):
        assert forms("native_test") & keys(stem) == set()
    for stem in ("native_train", "pretraining"):
        assert forms(stem) & keys("names_test") == set()


def test_kanji_and_kana_are_on_the_side_of_their_romaji():
    test = {name for name, _ in rows("native_test")}
    native = {name for name, language in rows("native") if language == "Japanese"}
    readings = [(kanji, romaji) for kanji, romaji in rows("readings") if kanji in native]
    assert len(readings) > 1900
    assert [kanji for kanji, romaji in readings if (kanji in test) != is_test(romaji)] == []
    for name in (name for name in native if script_of(name) == "Hiragana"):
        katakana = "".join(chr(ord(c) + 96) if "ぁ" <= c <= "ん" else c for c in name)
        assert katakana in native
        assert (name in test) == (katakana in test), name


@needs_packages
def test_an_arabic_name_is_on_the_side_of_its_usual_latin_spelling():
    """The usual spelling is counted by SQL, and asked of names that have one clear usage."""
    countries = ", ".join(f"'{country}'" for country in arabic.ARAB_COUNTRIES)
    with sqlite3.connect(":memory:") as index:
        path = "arabic_name_romanizer/resources/names.sqlite3"
        index.deserialize(packages.content(arabic.PACKAGE, path))
        found = index.execute(
            "SELECT arabic_key, latin, sum(count) AS n FROM units WHERE role = 'surname' "
            f"AND country IN ({countries}) GROUP BY 1, 2 HAVING n >= 5 ORDER BY n"
        ).fetchall()
    usual = {as_some_write(name): latin for name, latin, _ in found}  # the most counted stays
    for name, latin, _ in found:
        if usual.get(as_some_write(name), latin) != latin:
            del usual[as_some_write(name)]
    checked = 0
    for part in ("train", "test"):
        for name, label in rows(f"native_{part}"):
            if label == "Arabic" and as_some_write(name) in usual:
                assert is_test(usual[as_some_write(name)]) == (part == "test"), name
                checked += 1
    assert checked > 300


def test_forms_of_one_chinese_surname_are_on_one_side():
    test, pretrained = ({name for name, _ in rows(p)} for p in ("native_test", "pretraining"))
    for traditional, simplified in "張张 陳陈 劉刘 楊杨 黃黄 趙赵 吳吴 鄭郑".split():
        assert (traditional in test) == (simplified in test)
        assert (traditional in test) == pretrained.isdisjoint((traditional, simplified))


@pytest.mark.parametrize("path", [audit.AUDIT, audit.WRITTEN], ids=lambda path: path.stem)
def test_the_audits_are_what_is_drawn(path):
    drawn = [(row["name"], row["language"]) for row in audit.verdicts(path)]
    assert drawn == audit.drawn(path)
    counts = Counter((language, script_of(name)) for name, language in drawn)
    if path == audit.AUDIT:
        assert set(counts.values()) == {50}
    else:
        assert {part: counts[part] for part in NATIVE} == dict.fromkeys(NATIVE, 40)
        assert counts["Czech", "Latin"] == counts["Vietnamese", "Latin"] == 30
