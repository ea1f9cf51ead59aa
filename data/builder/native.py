"""Surnames in their own script: from the sources, which to keep, and on which side of the split.

A name goes to the side of the Latin name that its source, or its romanisation, links it to.
"""

from collections import defaultdict
from collections.abc import Container
from dataclasses import replace
from functools import cache

from model.core import normalise

from . import arabic
from .choose import cut, fits_language, is_outside
from .languages import LANGUAGES, curated_names, romanised
from .lists import TO_KATAKANA, Name, japanese_rows, package_lists, shorten_vowels, sinonym_rows
from .rows import Rows, in_order, is_test, labels_by_key, shuffled
from .spelling import loose_key, match_key, native_spelling, script_of

# Of the surnames below this part of a million in sinonym's list half are given names.
MIN_PER_MILLION = 500
# An Arabic surname that is of other languages in Latin letters is a foreigner's name in Arabic
# letters (لوبيز is López), unless it has the article or this many bearers.
ARABIC_BEARERS, ARTICLE = 10, "ال"


@cache
def keys_of(name: str) -> frozenset[str]:
    """Return the keys of a name and of the Latin names that may be taken for it.

    >>> sorted(keys_of("Воробьёв"))
    ['vorobev', 'vorobyov', 'воробьев', 'воробьёв']
    """
    latin = match_key(latin_form(name))
    return frozenset({match_key(name), loose_key(name), latin, match_key(normalise(name))})


def latin_form(name: str) -> str:
    """Return a name romanised: Cyrillic and Greek as on passports, the rest as `normalise` does."""
    return normalise(romanised(name))


def native_names() -> list[Name]:
    """Return every surname in its own script, the surest links and spellings first."""
    names = []
    for kanji, bearers, kana, romaji in japanese_rows("last_name_org"):
        for text in (kanji, kana, kana.translate(TO_KATAKANA)):
            names.append(Name(text, "Japanese", shorten_vowels(romaji), int(bearers)))
    for text in " ".join(curated_names("korean_native")).split():
        names.append(Name(text, "Korean", latin_form(text)))
    for found in package_lists("native"):
        latin = arabic.usual_latin() if found.group == "Arabic" else {}
        for text in filter(None, dict.fromkeys(map(native_spelling, found.names))):
            names.append(Name(text, found.group, latin.get(loose_key(text)) or latin_form(text)))
    names += arabic.surnames()
    for row in sinonym_rows("familyname_orcid"):
        if (per_million := float(row["ppm"])) >= MIN_PER_MILLION:
            surname = row["surname"]
            names.append(Name(surname, "Chinese", latin_form(surname), per_million))
    return [name for name in names if native_spelling(name.text) == name.text]


def readings() -> Rows:
    """Return (kanji, romaji) of Japanese surnames, the most borne reading of each."""
    found = {}
    for kanji, _, _, romaji in sorted(japanese_rows("last_name_org"), key=lambda row: -int(row[1])):
        found.setdefault(kanji, shorten_vowels(romaji).capitalize())
    return sorted(found.items())


def native_rows(
    names: list[Name], kept: list[Name], latin: dict[str, Rows], core: Container[str]
) -> dict[str, Rows]:
    """Return {"train": rows, "test": rows} of the `kept` names, each sorted.

    `names` come with the surest links first: the first link of a key decides for all its rows.
    `latin` has the rows of Latin names, and `core` the keys of those that are not for the test. A
    name with a Latin form among the Latin names of the other side is left out. Not so one in
    Chinese characters: its pinyin may be the form of many names.
    """
    tests: dict[str, bool] = {}
    for name in names:
        if name.group in LANGUAGES:
            is_rare = match_key(name.text) not in core
            tests.setdefault(loose_key(name.text), is_rare and is_test(name.link, core))
    rows = {}
    for part, other in ("train", "test"), ("test", "train"):
        others = labels_by_key(latin[other]).keys()
        rows[part] = in_order(
            (name.text, name.group)
            for name in kept
            if tests[loose_key(name.text)] == (part == "test")
            and (script_of(name.text) == "Han" or keys_of(name.text).isdisjoint(others))
        )
    return rows


def kept_names(names: list[Name], table, labels) -> list[Name]:
    """Return one name for each key, language and script, best attested first, cut to the limit.

    `table` has the evidence and `labels` the languages of the Latin names before their own cut.
    """
    found: dict[tuple[str, str], dict[str, Name]] = defaultdict(dict)
    for name in names:
        if name.group in LANGUAGES and _is_of_its_group(name, table, labels):
            same, key = found[name.group, script_of(name.text)], loose_key(name.text)
            before = same.get(key, replace(name, weight=0))
            same[key] = replace(before, weight=before.weight + name.weight)
    kept = []
    for (group, _), same in found.items():
        best = sorted(same.values(), key=lambda name: (-name.weight, shuffled(name.text)))
        kept += cut(best, group, latin_key=lambda name: match_key(name.link))
    return kept


def _is_of_its_group(name: Name, table, labels) -> bool:
    """Judge a name by its Latin form where lists hold other peoples' names."""
    key = match_key(name.link)
    if name.group == "Russian":
        if key in labels or key not in table:
            return "Russian" in labels.get(key, ())
        return fits_language("Russian", table[key]) and not is_outside("Russian", table[key])
    if name.group == "Arabic" and "Arabic" not in labels.get(key, {"Arabic"}):
        return name.weight >= ARABIC_BEARERS or name.text.startswith(ARTICLE)
    return True
