"""How common each surname is in each of its languages: the core, the most common names, shares.

A name's rate is the part of a language's people that bears it: of counted persons, of a rank in a
list, or of open counts, whichever is largest. Languages count as if they were equally large.
counts.toml names the counts, of which Greek, Irish and Scottish have none; data/counts/SOURCES.md
tells where the files are from.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Container, Iterator
from functools import cache
from heapq import nlargest

from model.data.pairs import TRAINED_RANK
from model.data.variation import folded

from . import lists
from .choose import is_outside
from .evidence import Table
from .forms import other_forms
from .languages import FOLDER, LANGUAGES, curated_names, read_toml
from .native import arabic_surnames
from .rows import Labels, Rows, in_order, shuffled, unpacked
from .spelling import match_key, script_of

COUNTS = FOLDER.parent / "counts"
COUNTRIES = read_toml("counts.toml")
STRESS = "\u0301"  # on Russian vowels; no Russian letter has it
COMMON_RANK = 300
LIST_RANK = 60
LEAST_RATE = 1e-6  # of a name that a source has and nobody counts
LEAST_SHARE = 0.1  # for a fair judge to accept a language
NOT_OWN = {"Hiragana", "Katakana"}  # scripts that no name is at home in
Ranks = dict[tuple[str, ...], int]  # row -> its rank in its language and script
Shares = dict[str, dict[str, float]]  # name -> language -> share
Counted = Iterator[tuple[set[str], float]]  # spellings of a name, its bearers


@cache
def rates(language: str) -> dict[str, float]:
    """Return {match key of a surname: share of the language's people who bear it}.

    It is the largest that a source gives for a country, averaged over the countries by their
    people, where a name that is not listed counts 0.
    """
    countries = COUNTRIES.get(language, {}).values()
    people = sum(country["people"] for country in countries)
    averages = Counter()
    for country in countries:
        largest = Counter()
        for source, total in country["sources"].items():
            shares = Counter()
            for spellings, bearers in _counted(*source.split()):
                keys = map(match_key, spellings)
                shares.update(dict.fromkeys(keys, bearers / total))
            largest |= shares
        for key, share in largest.items():
            averages[key] += share * country["people"] / people
    return averages


def _counted(kind: str, place: str = "") -> Counted:
    """Return the names that a source of counts.toml counts."""
    match kind:
        case "cc0":
            return _of_country(place)
        case "faker":
            return _of_locale(place)
        case "sinonym":
            return _of_authors()
        case "hanja":
            return _of_korean_families()
        case "japanese":
            return _of_japanese()
        case "arabic":
            return _of_arabic()
    return _of_register(kind)


def _of_locale(locale: str) -> Counted:
    for name, weight in next(lists.faker_weights(locale)).items():
        yield {name}, weight


def _of_arabic() -> Counted:
    for name in arabic_surnames():
        if name.group == "Arabic":
            yield {name.text, name.key}, name.weight


def _of_country(code: str) -> Counted:
    """Read the international list, where the rows of a name group share one count."""
    groups = defaultdict(set)
    table = unpacked(COUNTS / "cc0_common_surnames_by_country.csv.gz")
    for country, _, _, group, local, romanised, bearers, _ in table:
        if country == code:
            spellings = romanised.split("/")
            if code != "VN":  # Vietnamese have Han beside them, which nobody writes
                spellings += local.split("/")
            for spelling in filter(None, spellings):
                composed = unicodedata.normalize("NFC", spelling)
                plain = composed.replace(STRESS, "")
                groups[group, float(bearers or 0)].add(plain)
    for (_, bearers), spellings in groups.items():
        yield spellings, bearers


def _of_authors() -> Counted:
    """Read names in simplified characters, one of which may have several traditional ones."""
    forms = lists.traditional_characters()
    for row in lists.sinonym_rows("familyname_orcid"):
        name = row["surname"]
        yield {name, *forms.get(name, [])}, float(row["ppm"])


def _of_japanese() -> Counted:
    for texts, romaji, latin, bearers in lists.japanese_surnames():
        yield {*texts, romaji, latin}, bearers


def _of_korean_families() -> Counted:
    """Of families with one Hangul name, the first has nearly all the bearers."""
    weights = next(lists.faker_weights("ko_KR"))
    families = Counter()
    for hangul, *hanja in map(str.split, curated_names("korean_native")):
        for character in hanja:
            yield {character}, weights[hangul] / 10 ** families[hangul]
            families[hangul] += 1


def _of_register(kind: str) -> Counted:
    """Read the files of INE or PESEL."""
    for path in sorted(COUNTS.glob(f"*_{kind}_*.csv.gz")):
        _header, *rows = unpacked(path)
        for name, bearers in rows:
            yield {name}, int(bearers)


class Commonness:
    """The rate of every name in every language.

    `table` has the evidence on Latin names, `native` the names in other scripts, surest first.
    """

    def __init__(self, table: Table, native: list[lists.Name]):
        self.table = table
        self.links = {(name.text, name.group): name.key for name in reversed(native)}

    def rate(self, text: str, language: str) -> float:
        """Return the part of the language's people that bears the name `text`.

        In another script than Han it has the persons of its Latin form.
        """
        key = match_key(text)
        script = script_of(text)
        latin = key if script == "Latin" else self.links.get((text, language))
        rate = max(rates(language).get(key, 0.0), LEAST_RATE)
        if script == "Han" or latin not in self.table:
            return rate
        return max(rate, self.table[latin].people.get(language, 0.0))

    def unclaimed(self, claimed: Container[str]) -> Labels:
        """Return the language of common names that no language claims by its own rules.

        They are of a language's first ranks, and not more common outside of all languages.
        """
        labels = defaultdict(set)
        for language in LANGUAGES:
            rate_of = {
                key: self.rate(key, language)
                for key, evidence in self.table.items()
                if language in evidence.rates
            }
            for key in nlargest(TRAINED_RANK, rate_of, key=rate_of.get):
                if key not in claimed and not is_outside(language, self.table[key]):
                    labels[key].add(language)
        return labels

    def ranks(self, rows: Rows) -> Ranks:
        """Return the rank of each row among those of its language and script."""
        ranks = {}
        sizes = Counter()
        most_common_first = sorted(
            rows,
            key=lambda row: (-self.rate(*row), shuffled(row[0])),
        )
        for text, language in most_common_first:
            part = language, script_of(text)
            sizes[part] += 1
            ranks[text, language] = sizes[part]
        return ranks

    def core(self, rows: Rows) -> set[str]:
        """Return the match keys of the names of the first ranks of a language.

        With a name in another script comes its Latin form, with a man's name that of women, and
        with a Chinese one all ways to write the syllable.
        """
        keys = set()
        chinese = set()
        for row, rank in self.ranks(rows).items():
            if rank <= TRAINED_RANK:
                text, language = row
                forms = {match_key(text), self.links.get(row, "")}
                keys |= forms.union(map(match_key, other_forms(text, language)))
                if language == "Chinese":
                    chinese |= forms
        for row in lists.sinonym_rows("surname_romanizations"):
            is_only = float(row["target_share"]) == 1
            if is_only and match_key(row["mandarin_target"]) in chinese:
                keys.add(match_key(row["spelling"]))
        return keys - {""}

    def shares(self, rows: Rows) -> Shares:
        """Return {name: {language: share}}, summing to 1 for each name of the rows.

        A spelling with marks is of the languages that write it so, one without of all.
        """
        shares = defaultdict(dict)
        for text, language in rows:
            rate = self.rate(text, language)
            shares[text][language] = rate
            shares[folded(text)][language] = rate
        for rate_of in shares.values():
            total = sum(rate_of.values())
            for language, rate in rate_of.items():
                rate_of[language] = rate / total
        return shares

    def listed(self, ranks: Ranks, shares: Shares) -> list[list]:
        """Return name, language, form, rank, rate and accepted languages of the first names.

        `ranks` and `shares` are those of all rows. A form is "own", in the language's own spelling
        or script, or "latin", in plain letters.
        """
        listed = []
        with_script = {language for _, language in self.links}
        for (text, language), rank in ranks.items():
            script = script_of(text)
            if rank > LIST_RANK or script in NOT_OWN:
                continue
            rate = f"{self.rate(text, language):.3g}"
            forms = {text: "latin"}
            if script != "Latin" or language not in with_script:
                forms = {text: "own"}
                forms.setdefault(folded(text), "latin")
            for name, form in forms.items():
                accepted = "|".join(_accepted(language, shares[name]))
                listed.append([name, language, form, rank, rate, accepted])
        return sorted(listed, key=lambda row: (row[1:4], row[0]))


def _accepted(language: str, shares: dict[str, float]) -> list[str]:
    """Return a name's own language, then the others that a fair judge accepts."""
    others = {other for other, share in shares.items() if share >= LEAST_SHARE}
    return [language, *sorted(others - {language})]


def share_rows(shares: Shares) -> Rows:
    """Return (name, language, share) of every name of several languages."""
    rows = []
    for name, of_name in shares.items():
        if len(of_name) > 1:
            for language, share in of_name.items():
                rows.append((name, language, f"{share:.4f}"))
    return in_order(rows)


def common_rows(ranks: Ranks, train: Rows) -> Rows:
    """Return (name, language, rank) of the most common of all ranked names that are in `train`.

    Japanese ones come with their long vowels too, as they are often typed: Satou, Satō.
    """
    longer = defaultdict(set)
    for _, romaji, latin, _ in lists.japanese_surnames():
        for form in (romaji, long_vowels(romaji)):
            longer[latin].add(form.capitalize())
    rows = set()
    training = set(train)
    for row, rank in ranks.items():
        if rank <= COMMON_RANK and row in training:
            name, language = row
            forms = {name}
            if language == "Japanese":
                forms |= longer[name.lower()]
            rows |= {(form, language, str(rank)) for form in forms}
    # Satou has two ranks, its own and that of Sato: in arbitrary order, the same every time.
    rows = sorted(
        rows,
        key=lambda row: shuffled(f"{row[1]}:{row[2]}"),
        reverse=True,
    )
    return sorted(rows, key=lambda row: (match_key(row[0]), row[1], row[0]))


def long_vowels(romaji: str) -> str:
    """Return romaji with a macron on long vowels.

    >>> long_vowels("satou"), long_vowels("oono"), long_vowels("inoue")
    ('satō', 'ōno', 'inoue')
    """
    return re.sub("ou(?!e)|oo", "ō", romaji).replace("uu", "ū")
