"""How common each surname is in each of its languages: the core, the most common names, shares.

A name's rate is the fraction of a language's people that bears it: by counted persons, by a rank in
a list, or by open counts, whichever is largest. Languages count as if they were equally large.
counts.toml lists the counts (Greek, Irish and Scottish have none), and data/counts/SOURCES.md the
sources of the files.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Container, Iterator
from functools import cache
from heapq import nlargest

from model.data.pairs import TRAINED_RANK
from model.data.variation import folded

from . import packages
from .choose import is_outside
from .claims import ClaimsByKey
from .forms import other_forms
from .languages import FOLDER, LANGUAGES, curated_names, read_toml
from .native import arabic_surnames
from .rows import Labels, Row, in_order, shuffled, unpacked
from .spelling import match_key, script_of

COUNTS = FOLDER.parent / "counts"
COUNTRIES = read_toml("counts.toml")
STRESS = "\u0301"  # on Russian vowels; no Russian letter has it
COMMON_RANK = 300
LIST_RANK = 60
LEAST_RATE = 1e-6  # of a name that a source has without a count
LEAST_SHARE = 0.1  # for a fair judge to accept a language
NOT_OWN = {"Hiragana", "Katakana"}  # scripts in which no surname is usually written
Ranks = dict[tuple[str, ...], int]  # row -> its rank in its language and script
Shares = dict[str, dict[str, float]]  # name -> language -> share
Counted = Iterator[tuple[set[str], float]]  # spellings of a name, its bearers


@cache
def rates(language: str) -> dict[str, float]:
    """Return {match key of a surname: share of the language's people who bear it}.

    It is the largest that a source gives for a country, averaged over the countries by their
    people, with 0 for a name that a country does not list.
    """
    countries = COUNTRIES.get(language, {}).values()
    people = sum(country["people"] for country in countries)
    averages = Counter()
    for country in countries:
        largest = Counter()
        for source, total in country["sources"].items():
            largest |= _shares_in(source, total)
        for key, share in largest.items():
            averages[key] += share * country["people"] / people
    return averages


def _shares_in(source: str, total: float) -> Counter:
    """Return {match key: share} of a source whose bearers would add up to `total`."""
    shares = Counter()
    for spellings, bearers in _counted(*source.split()):
        keys = set(map(match_key, spellings))
        for key in keys:
            shares[key] += bearers / total
    return shares


def _counted(kind: str, place: str = "") -> Counted:
    """Yield the names that a source of counts.toml counts."""
    match kind:
        case "cc0":
            yield from _of_country(place)
        case "faker":
            for name, weight in next(packages.faker_weights(place)).items():
                yield {name}, weight
        case "sinonym":
            yield from _of_authors()
        case "hanja":
            yield from _of_korean_families()
        case "japanese":
            for texts, romaji, latin, bearers in packages.japanese_surnames():
                yield {*texts, romaji, latin}, bearers
        case "arabic":
            yield from _of_arabic()
        case _:
            yield from _of_register(kind)


def _of_arabic() -> Counted:
    for name in arabic_surnames():
        if name.group == "Arabic":
            yield {name.text, name.key}, name.weight


def _of_country(code: str) -> Counted:
    """Read the international list, where the rows of a name group share one count."""
    groups = defaultdict(set)
    claims_of = unpacked(COUNTS / "cc0_common_surnames_by_country.csv.gz")
    for country, _, _, group, local, romanised, bearers, _ in claims_of:
        if country != code:
            continue
        spellings = romanised
        if code != "VN":  # Vietnamese have Han beside them, which nobody writes
            spellings = f"{romanised}/{local}"
        composed = unicodedata.normalize("NFC", spellings)
        plain = composed.replace(STRESS, "")
        number = float(bearers or 0)
        groups[group, number].update(plain.split("/"))
    for (_, bearers), spellings in groups.items():
        yield spellings - {""}, bearers


def _of_authors() -> Counted:
    """Read names in simplified characters, one of which may have several traditional ones."""
    traditional = packages.traditional_characters()
    for row in packages.sinonym_rows("familyname_orcid"):
        name = row["surname"]
        others = traditional.get(name, [])
        yield {name, *others}, float(row["ppm"])


def _of_korean_families() -> Counted:
    """Read Korean families: of those with one Hangul name, the first has nearly all bearers."""
    weights = next(packages.faker_weights("ko_KR"))
    families = Counter()
    for line in curated_names("korean_native"):
        hangul, *hanja = line.split()
        for character in hanja:
            divisor = 10 ** families[hangul]
            yield {character}, weights[hangul] / divisor
            families[hangul] += 1


def _of_register(kind: str) -> Counted:
    """Read the files of INE or PESEL."""
    for path in sorted(COUNTS.glob(f"*_{kind}_*.csv.gz")):
        _header, *rows = unpacked(path)
        for name, bearers in rows:
            yield {name}, int(bearers)


class Commonness:
    """The rate of every name in every language.

    `claims_of` has the evidence on Latin names, `native` the names in other scripts, surest first.
    """

    def __init__(self, claims_of: ClaimsByKey, native: list[packages.Name]):
        self.claims_of = claims_of
        self.links = {}  # (text, language) -> match key of the Latin name
        for name in native:
            self.links.setdefault((name.text, name.group), name.key)

    def rate(self, text: str, language: str) -> float:
        """Return the fraction of the language's people that bears the name `text`.

        Unless it is in Han, the persons of its Latin form count.
        """
        key = match_key(text)
        counted = rates(language).get(key, 0.0)
        rate = max(counted, LEAST_RATE)
        script = script_of(text)
        latin = key
        if script != "Latin":
            latin = self.links.get((text, language))
        if script == "Han" or latin not in self.claims_of:
            return rate
        of_persons = self.claims_of[latin].people.get(language, 0.0)
        return max(rate, of_persons)

    def unclaimed(self, claimed: Container[str]) -> Labels:
        """Return the languages of common names that no language claims by its own rules.

        They are of a language's first ranks, and no nation outside has more of them.
        """
        labels = defaultdict(set)
        for language in LANGUAGES:
            rate_of = {}
            for key, claims in self.claims_of.items():
                if language in claims.rates:
                    rate_of[key] = self.rate(key, language)
            for key in nlargest(TRAINED_RANK, rate_of, key=rate_of.get):
                if key in claimed or is_outside(language, self.claims_of[key]):
                    continue
                labels[key].add(language)
        return labels

    def ranks(self, rows: list[Row]) -> Ranks:
        """Return the rank of each row among those of its language and script."""
        ranks = {}
        sizes = Counter()
        most_common_first = sorted(
            rows,
            key=lambda row: (-self.rate(*row), shuffled(row[0])),
        )
        for text, language in most_common_first:
            pair = language, script_of(text)
            sizes[pair] += 1
            ranks[text, language] = sizes[pair]
        return ranks

    def core(self, rows: list[Row]) -> set[str]:
        """Return the match keys of the names of a language's first ranks.

        A name in another script adds its Latin form, a man's name that of women, and a Chinese one
        all spellings of the syllable.
        """
        keys = set()
        chinese = set()
        for row, rank in self.ranks(rows).items():
            if rank > TRAINED_RANK:
                continue
            text, language = row
            latin = self.links.get(row, "")
            forms = {match_key(text), latin}
            if language == "Chinese":
                chinese |= forms
            keys |= forms
            keys.update(map(match_key, other_forms(text, language)))
        for row in packages.sinonym_rows("surname_romanizations"):
            is_only = float(row["target_share"]) == 1
            key = match_key(row["mandarin_target"])
            if is_only and key in chinese:
                keys.add(match_key(row["spelling"]))
        return keys - {""}

    def shares(self, rows: list[Row]) -> Shares:
        """Return {name: {language: share}}, summing to 1 for each name of the rows.

        A spelling with marks has the languages that write it so, one without marks has all.
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
            rate = self.rate(text, language)
            forms = {text: "latin"}
            if script != "Latin" or language not in with_script:
                forms = {folded(text): "latin"}
                forms[text] = "own"
            for name, form in forms.items():
                accepted = _accepted(language, shares[name])
                listed.append([name, language, form, rank, f"{rate:.3g}", accepted])
        return sorted(listed, key=lambda row: (row[1:4], row[0]))


def _accepted(language: str, shares: dict[str, float]) -> str:
    """Return a name's own language, then the others that a fair judge accepts."""
    others = []
    for other in sorted(shares):
        if other != language and shares[other] >= LEAST_SHARE:
            others.append(other)
    return "|".join([language, *others])


def share_rows(shares: Shares) -> list[Row]:
    """Return (name, language, share) of every name of several languages."""
    rows = []
    for name, of_name in shares.items():
        if len(of_name) > 1:
            for language, share in of_name.items():
                rows.append((name, language, f"{share:.4f}"))
    return in_order(rows)


def common_rows(ranks: Ranks, train: list[Row]) -> list[Row]:
    """Return (name, language, rank) of the most common of all ranked names that are in `train`.

    Japanese ones are followed by the forms with long vowels, which people type: Satou, Satō.
    """
    longer = defaultdict(set)
    for _, romaji, latin, _ in packages.japanese_surnames():
        for form in (romaji, long_vowels(romaji)):
            longer[latin].add(form.capitalize())
    training = set(train)
    rows = set()
    for row, rank in ranks.items():
        if rank > COMMON_RANK or row not in training:
            continue
        name, language = row
        forms = {name}
        if language == "Japanese":
            forms |= longer[name.lower()]
        rows |= {(form, language, str(rank)) for form in forms}
    # Satou has two ranks, its own and that of Sato: in arbitrary order, the same every time.
    arbitrary = sorted(
        rows,
        key=lambda row: shuffled(f"{row[1]}:{row[2]}"),
        reverse=True,
    )
    return sorted(
        arbitrary,
        key=lambda row: (match_key(row[0]), row[1], row[0]),
    )


def long_vowels(romaji: str) -> str:
    """Return romaji with a macron on long vowels.

    >>> long_vowels("satou"), long_vowels("oono"), long_vowels("inoue")
    ('satō', 'ōno', 'inoue')
    """
    with_o = re.sub("ou(?!e)|oo", "ō", romaji)
    return with_o.replace("uu", "ū")
