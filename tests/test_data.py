"""What the data files and the lists of tests/data must hold: nightly, and for whoever changes them.

test_builder.py checks on every run that the committed files are those that were measured. The
lists were written by hand, so the tests of them look for slips of the hand.
"""

import csv
import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from functools import cache

import pytest
from conftest import ROOT, read_as

from data.builder.languages import LANGUAGES, romanised
from data.builder.pretraining import MASHED
from data.builder.rows import unpacked
from data.builder.spelling import native_spelling, script_of
from model.core import normalise
from model.data.pairs import read_pretraining
from model.data.texts import match_key
from model.tasks.names import NAMES, read_names

pytestmark = pytest.mark.nightly
LISTS = ROOT / "tests" / "data"
TRAINED_ON = ("names_train", "native_train", "pretraining", "given_names")
UNSEEN = ("names_test", "native_test", "outside_names", "outside_written", "mash")


@cache
def rows(stem):
    """Return the (name, language) rows of a file in data/ or of a list in tests/data/."""
    if stem == "mash":
        lines = (LISTS / "mash.txt").read_text("utf-8").splitlines()
        return [(line, "") for line in lines]
    path = LISTS / f"{stem}.csv"
    if not path.exists():
        names = unpacked(ROOT / "data" / f"{stem}.csv.gz")
        return [row for row in names if row[1] != MASHED]
    with open(path, encoding="utf-8", newline="") as file:
        records = list(csv.DictReader(file, strict=True))
    column = "text" if "text" in records[0] else "name"
    return [(record[column], record["language"]) for record in records]


def both_parts(stem):
    return rows(f"{stem}_train") + rows(f"{stem}_test")


@cache
def keys(stem, key=match_key):
    return {key(name) for name, _ in rows(stem)}


def test_names_are_for_the_test_by_their_hash():
    for key in keys("names_test"):
        digest = hashlib.sha256(key.encode()).hexdigest()
        assert int(digest, 16) % 3 == 0


def test_names_in_their_own_script_are_spelled_as_entries():
    names = [name for name, _ in both_parts("native")]
    assert list(map(native_spelling, names)) == names


def test_the_most_common_names_are_not_for_the_test():
    names = unpacked(ROOT / "data" / "common.csv.gz")
    core = {match_key(name) for name, _, rank in names if int(rank) <= 100}
    assert core.isdisjoint(keys("names_test") | keys("native_test"))


@cache
def shares():
    """Return {name: {language: share}}."""
    table = defaultdict(dict)
    for name, language, share in unpacked(ROOT / "data" / "shares.csv.gz"):
        table[name][language] = float(share)
    return dict(table)


def test_the_shares_of_a_name_sum_to_one():
    for of_name in shares().values():
        assert sum(of_name.values()) == pytest.approx(1, abs=0.001)


def test_every_name_of_several_languages_has_shares():
    languages = defaultdict(set)
    for name, language in both_parts("names") + both_parts("native"):
        languages[name].add(language)
    for name, of_name in languages.items():
        if len(of_name) > 1:
            assert set(shares()[name]) >= of_name


# Letters that writers of Arabic and Persian exchange, worked out by hand, not by the builder.
EXCHANGED = str.maketrans("أإآٱىیةہک", "ااااييههك")


def as_some_write(name):
    """Return a name as it may be written elsewhere: without hamza, ё, Greek accents, points."""
    composed = unicodedata.normalize("NFC", name)
    key = match_key(composed.translate(EXCHANGED))
    if script_of(key) not in ("Arabic", "Cyrillic", "Greek"):
        return key
    letters = unicodedata.normalize("NFD", key)
    return "".join(c for c in letters if not unicodedata.combining(c))


@pytest.mark.parametrize("unseen", UNSEEN)
@pytest.mark.parametrize("trained_on", TRAINED_ON)
def test_no_unseen_name_is_trained_on(trained_on, unseen):
    assert keys(trained_on, as_some_write) & keys(unseen, as_some_write) == set()


# What a man's name ends in, and a woman's there: worked out by hand, not by the builder.
WOMEN = {
    "Czech": {"([^aeiouyáéíóúůýě])": r"\1ová", "[ao]": "ová", "ý": "á"}
    | {"[eě]([kcl])": r"\1ová"},
    "Polish": {"([sc]k|dzk)i": r"\1a"},
    "Russian": {"([oe]v|[iy]n)": r"\1a", "sk(y|iy|ii|oy)": "skaya", "oy": "aya"}
    | {"([её]в|ов|[иы]н)": r"\1а", "([сц]к)(ий|ой)": r"\1ая", "[ыо]й": "ая"},
    "Greek": {"os": "ou", "([ia])s": r"\1", "όπουλος": "οπούλου", "ός": "ού"}
    | {"(ίδ|άδ)ης": r"\1ου", "([ηα])ς": r"\1"},
}
MEN = {
    "Czech": {
        "(.)ov[áa]": r"\1",
        "ov[áa]": "a",
        "([kcl])ov[áa]": r"e\1",
        "á": "ý",
    },
    "Polish": {"(sk|ck|dzk)a": r"\1i"},
    "Russian": {"([oe]v|[iy]n)a": r"\1", "skaya": "sky", "([её]в|ов|[иы]н)а": r"\1"}
    | {"([сц]к)ая": r"\1ий"},
    "Greek": {
        "ou": "os",
        "i": "is",
        "οπούλου": "όπουλος",
        "ίδου": "ίδης",
    },
}


def keys_of_forms(names):
    """Return the keys of the other forms of names, each with its language and with ""."""
    forms = set()
    for name, language in names:
        endings = [*WOMEN.get(language, {}).items(), *MEN.get(language, {}).items()]
        for ending, other in endings:
            form, changed = re.subn(f"(?<=..){ending}$", other, name)
            if changed:
                forms |= {
                    (match_key(form), language),
                    (match_key(form), ""),
                }
    return forms


def keys_in_languages(names):
    """Return the keys of names with their language, "" for one outside the 18."""
    return {
        (match_key(name), language if language in LANGUAGES else "")
        for name, language in names
    }


def test_no_form_of_a_name_that_is_held_out_is_trained_on():
    """Of a name in Latin letters that validates or tests, in the rows that a model reads."""
    dataset = read_names(NAMES.data)
    file = NAMES.data / "pretraining.csv.gz"
    first, second = read_pretraining([file], dataset, NAMES.kind)
    trained = first.train + first.none + second.train + second.none
    trained += first.common + first.given_names
    held_out = dataset.validation + dataset.test + dataset.native
    forms = keys_of_forms(zip(held_out.texts, held_out.labels, strict=True))
    assert len(forms) > 2000
    assert forms & keys_in_languages(trained.pairs()) == set()
    assert len(dataset.forms) > 500


def forms_of(stem, script):
    """Return the keys of the Latin forms of a file's names in a script."""
    forms = set()
    for name, _ in rows(stem):
        if script_of(name) == script:
            forms |= {match_key(romanised(name)), match_key(normalise(name))}
    return forms


@pytest.mark.parametrize("script", ["Cyrillic", "Greek"])
def test_no_test_name_is_trained_on_in_its_latin_or_its_own_form(script):
    forms = forms_of("native_test", script)
    assert len(forms) > 400
    for stem in ("names_train", "pretraining", "given_names"):
        assert forms & keys(stem) == set()
    for stem in ("native_train", "pretraining"):
        assert forms_of(stem, script) & keys("names_test") == set()


@pytest.mark.parametrize("stem", ["attested", "given_known"])
def test_no_name_of_the_unseen_lists_is_looked_up(stem):
    looked_up = {match_key(name) for name, *_ in rows(stem)}
    unseen = keys("outside_names") | keys("outside_written") | keys("mash")
    assert looked_up & unseen == set()


def listed():
    """Return {list: number of its texts} as the README of the lists states it."""
    text = (LISTS / "README.md").read_text("utf-8")
    lines = re.findall(r"\| `(\w+)\.\w+` \| (\d+) \|", text)
    return {name: int(number) for name, number in lines}


def test_the_readme_of_the_lists_states_their_sizes():
    assert set(listed()) == {"native_names", "full_names", *UNSEEN[2:]}
    assert listed() == {name: len(rows(name)) for name in listed()}


def test_each_text_of_the_lists_can_be_asked_and_is_listed_once():
    counts = Counter()
    for name in listed():
        counts.update(match_key(text) for text, _ in rows(name))
        for text, _ in rows(name):
            read_as(NAMES.kind, text, normalise)
            assert text == unicodedata.normalize("NFC", text).strip()
    assert set(counts.values()) == {1}
