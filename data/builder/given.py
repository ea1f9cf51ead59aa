"""Read bare given names by language, in Latin letters and in the language's own script.

They are there to be put beside surnames when a model learns full names. Nothing tells who bears
one, and no name stands beside another.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from hashlib import sha256

from builder import lists
from builder.choose import MAX_PER_LANGUAGE
from builder.languages import CLOSED_SETS
from builder.persons import PersonCounts
from builder.scripts import ARAB_COUNTRIES, clean, loose_key, romanizer_units, script_of
from builder.spelling import (
    best_spelling,
    clean_spelling,
    romanise_cyrillic,
    romanise_greek,
    with_marks,
)
from builder.write import in_order

FAKER = {
    "Arabic": "ar_AA ar_DZ fr_DZ", "Chinese": "zh_CN zh_TW", "Czech": "cs_CZ", "Dutch": "nl_NL",
    "English": "en_GB", "French": "fr_FR fr_CA fr_BE", "German": "de_DE de_AT", "Greek": "el_GR",
    "Irish": "ga_IE en_IE", "Italian": "it_IT", "Korean": "ko_KR", "Polish": "pl_PL",
    "Portuguese": "pt_PT pt_BR", "Russian": "ru_RU", "Scottish": "en_GB",
    "Spanish": "es_ES es_MX es_CL es_CO es_AR", "Vietnamese": "vi_VN",
}  # fmt: skip
# mimesis' Chinese list is left out: a quarter of it is pairs of characters that are not names.
MIMESIS = {
    "Arabic": "ar-dz ar-eg ar-om ar-ye", "Czech": "cs", "Dutch": "nl", "English": "en-gb",
    "French": "fr", "German": "de de-at", "Greek": "el", "Italian": "it", "Japanese": "ja",
    "Korean": "ko", "Polish": "pl", "Portuguese": "pt pt-br", "Russian": "ru",
    "Spanish": "es es-mx",
}  # fmt: skip
ROMANISE = {"Greek": romanise_greek, "Russian": romanise_cyrillic}
MIN_PERSONS = 3  # of a given name in the romaniser's index


def given_names(counts: PersonCounts, hidden: set[str]) -> list[tuple[str, str]]:
    """Return the sorted (given name, language) rows, without those whose key is in `hidden`.

    At most MAX_PER_LANGUAGE a language and script, of the earlier source first. Those of closed
    sets come from the persons in `counts` too, because lists have few of them.
    """
    found = defaultdict(dict)
    for text, language in _read(counts):
        latin = clean_spelling(text) if script_of(text) == "Latin" else None
        name = with_marks(text, latin) if latin else clean(text)
        if name and loose_key(name) not in hidden:
            found[language, script_of(name)].setdefault(loose_key(name), name)
    return in_order(
        (name, language)
        for (language, _), names in found.items()
        for name in list(names.values())[:MAX_PER_LANGUAGE]
    )


def _read(counts: PersonCounts) -> Iterator[tuple[str, str]]:
    for language, text in _from_lists():
        yield text, language
        if language in ROMANISE:
            yield ROMANISE[language](text), language
    for language in CLOSED_SETS:
        yield from ((name, language) for name in counts.given_names(language))
    yield from _japanese()
    yield from _arabic()


def _from_lists() -> Iterator[tuple[str, str]]:
    for language, locales in FAKER.items():
        for locale in locales.split():
            for kind in ("first_name", "first_romanized_name"):
                for names in lists.faker_names(locale, kind):
                    yield from ((language, name) for name in names)
    for language, locales in MIMESIS.items():
        for locale in locales.split():
            yield from ((language, name) for name in lists.mimesis_names(locale, "names"))


def _japanese() -> Iterator[tuple[str, str]]:
    """Yield hiragana, romaji and the first way of writing each name in kanji, shuffled."""
    rows = [row for sex in ("man", "woman") for row in lists.japanese_rows(f"first_name_{sex}_org")]
    for kana, romaji, *kanji in sorted(rows, key=lambda row: sha256(row[0].encode()).hexdigest()):
        yield from ((text, "Japanese") for text in (kana, romaji, *kanji[:1]))


def _arabic() -> Iterator[tuple[str, str]]:
    """Yield given names of Arab countries with their usual Latin spelling, most borne first."""
    spellings = defaultdict(Counter)
    for arabic, latin, country, role, persons in romanizer_units():
        if role == "given" and country in ARAB_COUNTRIES:
            spellings[arabic][latin] += persons
    for found in sorted(spellings.values(), key=lambda found: -found.total()):
        if found.total() >= MIN_PERSONS:
            yield best_spelling(found), "Arabic"
