"""What the data files and the lists of tests/data must hold: nightly, and for whoever changes them.

test_builder.py checks on every run that the committed files are the frozen ones. The lists were
written by hand, so the tests of them look for slips of the hand.
"""

import csv
import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from functools import cache
from itertools import product

import pytest
from conftest import ROOT

from data import build
from data.builder.languages import LANGUAGES, romanised
from data.builder.lists import CACHE, PACKAGES
from data.builder.pretraining import MASHED
from data.builder.rows import unpacked
from data.builder.spelling import native_spelling, script_of
from model.core import normalise
from model.data.texts import match_key
from model.tasks.names import NAMES

pytestmark = pytest.mark.nightly
needs_packages = pytest.mark.skipif(
    not all((CACHE / found["file"]).exists() for found in PACKAGES.values()),
    reason="data/.cache/ lacks the packages: python -m data.build",
)
LISTS = ROOT / "tests" / "data"
TRAINED_ON = ("names_train", "native_train", "pretraining", "given_names")
UNSEEN = ("names_test", "native_test", "outside_names", "outside_written", "mash")


@cache
def rows(stem):
    """Return the rows of a file in data/, of both parts of "names" and "native", or of a list."""
    if stem in ("names", "native"):
        return rows(f"{stem}_train") + rows(f"{stem}_test")
    if stem == "mash":
        return [
            (text, "") for text in (LISTS / "mash.txt").read_text("utf-8").splitlines()
        ]
    if (path := LISTS / f"{stem}.csv").exists():
        with open(path, encoding="utf-8", newline="") as file:
            found = csv.DictReader(file, strict=True)
            return [(row.get("text") or row["name"], row["language"]) for row in found]
    found = unpacked(ROOT / "data" / f"{stem}.csv.gz")
    return (
        [row for row in found if row[1] != MASHED] if stem == "pretraining" else found
    )


@cache
def keys(stem, key=match_key):
    return {key(name) for name, _ in rows(stem)}


@needs_packages
def test_the_files_are_what_the_sources_give(capsys):
    assert build.main(["--check"]) == 0, capsys.readouterr().err


def test_sizes_split_and_spelling():
    sizes = Counter((label, script_of(name)) for name, label in rows("names"))
    assert set(sizes) == {(language, "Latin") for language in LANGUAGES}
    assert 150 <= min(sizes.values()) <= max(sizes.values()) <= 3500
    assert len(keys("names")) >= 36_000
    sums = (hashlib.sha256(key.encode()).hexdigest() for key in keys("names_test"))
    assert {int(found, 16) % 3 for found in sums} == {0}
    assert [name for name, _ in rows("native") if native_spelling(name) != name] == []
    common = unpacked(ROOT / "data" / "common.csv.gz")
    ranks = defaultdict(set)
    for name, language, rank in common:
        ranks[language, script_of(name)].add(int(rank))
    assert all(
        set(range(1, 101)) <= found or max(found) <= 100 for found in ranks.values()
    )
    core = {match_key(name) for name, _, rank in common if int(rank) <= 100}
    assert core.isdisjoint(keys("names_test") | keys("native_test"))


def test_shares_are_of_every_name_of_several_languages():
    shares = defaultdict(dict)
    for name, language, share in unpacked(ROOT / "data" / "shares.csv.gz"):
        shares[name][language] = float(share)
    assert all(abs(sum(found.values()) - 1) < 0.001 for found in shares.values())
    labels = defaultdict(set)
    for name, language in rows("names") + rows("native"):
        labels[name].add(language)
    assert all(
        set(shares[name]) >= found for name, found in labels.items() if len(found) > 1
    )
    assert set(shares["Le"]) > {"Vietnamese"}
    assert "Lê" not in shares  # a mark tells


# Letters that writers of Arabic and Persian exchange, worked out by hand, not by the builder.
EXCHANGED = str.maketrans("أإآٱىیةہک", "ااااييههك")


def as_some_write(name):
    """Return a name as it may be written elsewhere: without hamza, ё, Greek accents, points."""
    key = match_key(unicodedata.normalize("NFC", name).translate(EXCHANGED))
    if script_of(key) in ("Arabic", "Cyrillic", "Greek"):
        key = "".join(
            c for c in unicodedata.normalize("NFD", key) if not unicodedata.combining(c)
        )
    return key


@pytest.mark.parametrize(
    "key", [match_key, as_some_write], ids=["as listed", "as some write"]
)
def test_no_unseen_name_is_trained_on(key):
    for trained_on, unseen in product(TRAINED_ON, UNSEEN):
        assert keys(trained_on, key) & keys(unseen, key) == set(), (trained_on, unseen)


@pytest.mark.parametrize("script", ["Cyrillic", "Greek"])
def test_a_name_and_its_latin_form_are_on_one_side(script):
    def forms(stem):
        names = [name for name, _ in rows(stem) if script_of(name) == script]
        return {match_key(f(name)) for name in names for f in (romanised, normalise)}

    assert len(forms("native_test")) > 400
    for stem in ("names_train", "pretraining", "given_names"):
        assert forms("native_test") & keys(stem) == set()
    for stem in ("native_train", "pretraining"):
        assert forms(stem) & keys("names_test") == set()


def test_each_text_of_the_lists_is_listed_once_and_can_be_asked():
    stated = re.findall(
        r"\| `(\w+)\.\w+` \| (\d+) \|", (LISTS / "README.md").read_text("utf-8")
    )
    assert {name for name, _ in stated} == {"native_names", "full_names", *UNSEEN[2:]}
    assert [(name, str(len(rows(name)))) for name, _ in stated] == stated
    found = Counter()
    for text, _ in (row for name, _ in stated for row in rows(name)):
        NAMES.kind.read(text, normalise)
        assert text == unicodedata.normalize("NFC", text).strip()
        found[match_key(text)] += 1
    assert [key for key, n in found.items() if n > 1] == []
