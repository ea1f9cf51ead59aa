"""Read surnames in their own script from the packages' lists.

A name comes with its group, with what it is known from, and with the Latin name that its source or
its romanisation links it to. Does not decide which names are kept.
"""

import csv
import json
import re
import sqlite3
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from builder import lists
from builder.curate import read_names
from builder.packages import members
from builder.spelling import best_spelling, romanise_cyrillic, romanise_greek
from model.core import normalise
from model.data.texts import match_key

# Locales whose surnames are in another script. Tamils bear their father's given name as surname.
FAKER = {
    "Arabic": "ar_DZ ar_PS ar_SA", "Russian": "ru_RU", "Greek": "el_GR",
    "Chinese": "zh_CN zh_TW", "Korean": "ko_KR",
    "Iranian": "fa_IR", "Ukrainian": "uk_UA", "Bulgarian": "bg_BG", "Macedonian": "mk_MK",
    "Hebrew": "he_IL", "Georgian": "ka_GE", "Armenian": "hy_AM",
    "Indian": "hi_IN mr_IN gu_IN or_IN", "Bangladeshi": "bn_BD", "Nepalese": "ne_NP",
    "Thai": "th_TH", "Sri Lankan": "si_LK", "Tamil": "ta_IN",
}  # fmt: skip
# mimesis' `ar` joins each name with eight words, such as Pasha and Bey.
MIMESIS = {
    "Arabic": "ar-ae ar-dz ar-eg ar-jo ar-kw ar-ma ar-om ar-qa ar-sa ar-sy ar-tn ar-ye",
    "Russian": "ru", "Greek": "el", "Chinese": "zh", "Japanese": "ja",
    "Iranian": "fa", "Kazakh": "kk", "Ukrainian": "uk",
}  # fmt: skip
ROMANIZER = "arabic-name-romanizer"
ARAB_COUNTRIES = frozenset("AE BH DZ EG IQ JO KW LB LY MA MR OM PS QA SA SD SY TN YE".split())
OTHER_COUNTRIES = {"IR": "Iranian", "PK": "Pakistani", "AF": "Afghan"}
MIN_BEARERS = 2  # of a name in the romaniser's index: one may be a slip
# A word that is a given name more often than a surname needs this many bearers of the surname.
MAYBE_GIVEN_BEARERS = 10
# Of the surnames below this part of a million in sinonym's list half are given names.
MIN_PER_MILLION = 500
MAX_LENGTH, MAX_WORDS = 20, 2

_HARAKAT = re.compile("[\u064b-\u065f\u0670\u0640\u0591-\u05c7]")  # points that few people write
_STRIPPED = ("Arabic", "Cyrillic", "Greek")
_ARABIC_VARIANTS = str.maketrans("ٱىیےةەہکڪ", "ايييهههكك")
# The romaniser's index folds the letter at a word's end; an -a in Latin tells which it was.
_FINAL_A = {"ه": "ة", "ي": "ى"}
_PERSIAN_LETTERS = str.maketrans("يك", "یک")


@dataclass(frozen=True)
class Name:
    """A name that a source gives for a language or an outside nationality."""

    text: str
    group: str
    source: str
    link: str  # the Latin name whose side it takes, or the name itself
    weight: float = 1  # one for a list; bearers where a source counts them


def script_of(text: str) -> str:
    """Return the script of the letters, the first word of their Unicode names; "" if several.

    Kana beside Chinese characters count as Han, as in 一ノ瀬.

    >>> script_of("Müller"), script_of("佐々木"), script_of("一ノ瀬"), script_of("さとう")
    ('Latin', 'Han', 'Han', 'Hiragana')
    """
    letters = [c for c in text if unicodedata.category(c) in {"Lu", "Ll", "Lt", "Lo"}]
    words = {unicodedata.name(c, "").split(" ")[0].capitalize() for c in letters}
    if "Cjk" in words and words <= {"Cjk", "Hiragana", "Katakana"}:
        return "Han"
    return words.pop() if len(words) == 1 else ""


def loose_key(name: str) -> str:
    """Return the match key without what writers of Arabic, Cyrillic and Greek leave out.

    Hamza, dots at the end of an Arabic word, the dots of ё and Greek accents do not make two names.

    >>> loose_key("أحمد") == loose_key("احمد"), loose_key("Фёдоров"), loose_key("Νικολάου")
    (True, 'федоров', 'νικολαου')
    """
    key = match_key(name)
    if script_of(key) not in _STRIPPED:
        return key
    plain = unicodedata.normalize("NFD", key.translate(_ARABIC_VARIANTS))
    return "".join(c for c in plain if not unicodedata.category(c).startswith("M"))


def link_of(name: str) -> str:
    """Return the Latin name that romanising a name gives, by which it takes its side.

    Cyrillic and Greek are romanised as on passports, the rest as `model.core.normalise` does.
    """
    script = script_of(name)
    if script == "Cyrillic":
        return romanise_cyrillic(name)
    return romanise_greek(name) if script == "Greek" else normalise(name)


def clean(text: str) -> str | None:
    """Return a name as an entry in its own script, or None when it cannot be one."""
    name = _HARAKAT.sub("", unicodedata.normalize("NFC", text)).replace("ʼ", "’")
    name = " ".join(name.split()).strip(" -.’")
    if script_of(name) in ("", "Latin") or not 1 <= len(name) <= MAX_LENGTH:
        return None
    if len(name.split()) > MAX_WORDS or any(c.isdigit() or c in ",()/" for c in name):
        return None
    return name[0].title() + name[1:]


def surnames() -> list[Name]:
    """Return every surname in its own script, the surest links and spellings first."""
    found = [*_japanese(), *_korean(), *_from_lists(), *_romanizer(), *_sinonym()]
    return [name for name in found if clean(name.text) == name.text]


def _japanese() -> Iterator[Name]:
    """Yield kanji, hiragana and katakana of each entry, whose romaji links them."""
    for kanji, bearers, kana, romaji in lists.japanese_rows("last_name_org"):
        katakana = "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in kana)
        for text in (kanji, kana, katakana):
            link = lists.shorten_vowels(romaji)
            yield Name(text, "Japanese", lists.JAPANESE_PACKAGE, link, int(bearers))


def readings() -> list[tuple[str, str]]:
    """Return (kanji, romaji) of Japanese surnames, the most borne reading of each."""
    rows = sorted(lists.japanese_rows("last_name_org"), key=lambda row: -int(row[1]))
    found = {}
    for kanji, _, _, romaji in rows:
        found.setdefault(kanji, lists.shorten_vowels(romaji).capitalize())
    return sorted(found.items())


def _korean() -> Iterator[Name]:
    for entry in read_names("korean_native"):
        for text in entry.split():
            yield Name(text, "Korean", "curated", link_of(text))


def _from_lists() -> Iterator[Name]:
    for group, locales in FAKER.items():
        for locale in locales.split():
            kind = "first_names_male" if group == "Tamil" else "last_name"
            for names in lists.faker_names(locale, kind):
                yield from _linked(group, "faker", names)
    for group, locales in MIMESIS.items():
        for locale in locales.split():
            yield from _linked(group, "mimesis", lists.mimesis_names(locale, "surnames"))


def _linked(group: str, source: str, names: list[str]) -> Iterator[Name]:
    for text in dict.fromkeys(names):
        name = clean(text)
        if name:
            latin = _latin_of_arabic().get(loose_key(name)) if group == "Arabic" else None
            yield Name(name, group, source, latin or link_of(name))


def chinese_forms(names: list[Name]) -> list[set[str]]:
    """Return the Chinese surnames in Han of `names` and of a list that nobody audited.

    Each stands with its traditional form.
    """
    texts = [name.text for name in names if name.group == "Chinese"]
    texts += json.loads(members("chinese-surnames")["package/index.json"])
    return [{text, traditional(text)} for text in dict.fromkeys(texts) if clean(text) == text]


def traditional(name: str) -> str:
    """Return a name with its simplified characters replaced by the usual traditional ones.

    A character that is its own traditional form stays: 范 is a surname, 範 is not.
    """
    return "".join(_traditional().get(character, character) for character in name)


@cache
def _traditional() -> dict[str, str]:
    lines = members("opencc-python-reimplemented")["opencc/dictionary/STCharacters.txt"].decode()
    pairs = (line.split("\t") for line in lines.splitlines())
    found = {simplified: forms.split() for simplified, forms in pairs}
    return {char: char if char in forms else forms[0] for char, forms in found.items()}


def _sinonym() -> Iterator[Name]:
    lines = members("sinonym")["sinonym/data/familyname_orcid.csv"].decode().splitlines()
    for row in csv.DictReader(lines):
        if float(row["ppm"]) >= MIN_PER_MILLION:
            surname = row["surname"]
            yield Name(surname, "Chinese", "sinonym", link_of(surname), float(row["ppm"]))


@cache
def romanizer_units() -> list[tuple[str, str, str, str, int]]:
    """Return (Arabic key, Latin spelling, country, role, persons) of the romaniser's index."""
    with sqlite3.connect(":memory:") as index:
        index.deserialize(members(ROMANIZER)["arabic_name_romanizer/resources/names.sqlite3"])
        columns = "arabic_key, latin, country, role, sum(count)"
        query = f"SELECT {columns} FROM units GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
        return index.execute(query).fetchall()


@cache
def _latin_of_arabic() -> dict[str, str]:
    """Return {loose key: the Latin spelling that most people of Arab countries have}."""
    spellings = defaultdict(Counter)
    for arabic, latin, country, role, persons in romanizer_units():
        if role == "surname" and country in ARAB_COUNTRIES:
            spellings[loose_key(arabic)][latin] += persons
    return {key: best_spelling(found) for key, found in spellings.items()}


def _romanizer() -> Iterator[Name]:
    """Yield the index's surnames, each for the group that most of its bearers are of."""
    bearers, given = defaultdict(Counter), defaultdict(Counter)
    for arabic, _, country, role, persons in romanizer_units():
        group = "Arabic" if country in ARAB_COUNTRIES else OTHER_COUNTRIES.get(country, "Other")
        counts = {"surname": bearers, "given": given}.get(role, {})
        counts.setdefault(arabic, Counter())[group] += persons
    for arabic, counts in bearers.items():
        group, persons = min(counts.items(), key=lambda item: (-item[1], item[0]))
        is_surname = persons >= min(given[arabic][group], MAYBE_GIVEN_BEARERS)
        if group != "Other" and persons >= MIN_BEARERS and is_surname:
            latin = _latin_of_arabic().get(loose_key(arabic), arabic)
            text = _restored(arabic, latin) if group == "Arabic" else arabic
            if group != "Arabic":
                text = text.translate(_PERSIAN_LETTERS)
            yield Name(text, group, ROMANIZER, latin, persons)


def _restored(key: str, latin: str) -> str:
    """Return a name of the index, whose keys leave out hamza and dots, as it is written.

    Words that a list has are spelled as there; for the others the Latin spelling tells the end.
    """
    *words, last = map(_usual, key.split())
    if last == key.split()[-1] and re.search("ah?$", latin) and not last.endswith("لله"):
        last = last[:-1] + _FINAL_A.get(last[-1], last[-1])
    return " ".join([*words, last])


def _usual(word: str) -> str:
    """Return how lists write a word, with the article or without."""
    known = _arabic_words()
    bare = word.removeprefix("ال")
    return known.get(loose_key(word)) or word.removesuffix(bare) + known.get(loose_key(bare), bare)


@cache
def _arabic_words() -> dict[str, str]:
    """Return {loose key: usual spelling} of the words in lists of surnames and given names."""
    spellings = defaultdict(Counter)
    sources = [
        lists.mimesis_names(locale, kind)
        for locale in MIMESIS["Arabic"].split()
        for kind in ("surnames", "names")
    ]
    sources += [
        names
        for locale in ("ar_AA", *FAKER["Arabic"].split())
        for kind in ("last_name", "first_name")
        for names in lists.faker_names(locale, kind)
    ]
    for name in {name for names in sources for name in names}:
        for word in (clean(name) or "").split():
            spellings[loose_key(word)][word] += 1
    return {key: best_spelling(found) for key, found in spellings.items()}
