"""How strongly each language and outside nationality claims each surname.

The evidence is a rate: the share of a group's people who bear the name. It comes from counted
persons, from the rank in a frequency list, or, where a list is unranked, from being listed at all.
Decides nothing.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from statistics import median

from builder.languages import CLOSED_SETS, NEUTRAL, group_of
from builder.lists import NameList
from builder.persons import PersonCounts
from builder.spelling import best_spelling, clean_spelling, with_marks
from model.core import normalise
from model.data.texts import match_key

# Added to every class size: in a class of 300 persons one bearer is chance, not a rate of 0.3%.
SHRINKAGE = 3000
# What one unranked list is worth: one bearer in 20,000 people.
LIST_RATE = 5e-5
# Part of name2nat's British who are Scots, who have no class of their own there.
SCOTS_AMONG_BRITISH = 0.25
# A spelling in a list counts as this part of a person when the usual spelling is sought.
LISTED_SPELLING = 0.1
CURATED_SPELLING = 10**6
# A closed set shares its people among few names, so its rates are capped at the rate of an
# open language's name of this rank; otherwise Korean alone would own Lee.
CLOSED_SET_CAP_RANK = 10

COUNTED = ("Czech", "Dutch", "English", "French", "German", "Greek", "Italian", "Russian")


@dataclass
class Evidence:
    """All that is known of one surname."""

    key: str = ""  # its match_key
    rates: dict[str, float] = field(default_factory=dict)  # group -> rate
    persons: Counter = field(default_factory=Counter)  # group -> persons counted
    nationalities: Counter = field(default_factory=Counter)  # before grouping
    sources: dict[str, set] = field(default_factory=lambda: defaultdict(set))  # group -> lists
    ranks: dict[str, int] = field(default_factory=dict)  # group -> best rank in a ranked list
    spelling: str = ""  # in ASCII
    written: Counter = field(default_factory=Counter)  # (group, spelling with marks) -> persons
    is_given_name: bool = False  # more often a given name than a surname
    czech_letters: bool = False  # seen with a letter that Czech alone has

    def spellings_in(self, group: str) -> list[str]:
        """Return how people of the group write the name, the usual spelling first.

        The others differ from it in marks. Without a source for the group it is in ASCII.
        """
        found = {s: n for (g, s), n in self.written.items() if g == group and self._is_like(s)}
        falling = sorted(found, key=lambda s: (-found[s], s.isascii(), s))
        return falling or [self.spelling]

    def _is_like(self, spelling: str) -> bool:
        return normalise(spelling, fold_case=False) == self.spelling


def weigh(counts: PersonCounts, lists: list[NameList]) -> dict[str, Evidence]:
    """Return {match_key: Evidence} for every name that any source knows."""
    table: dict[str, Evidence] = defaultdict(Evidence)
    spellings = {key: Counter(found) for key, found in counts.spellings.items()}
    for key, written in counts.written.items():
        table[key].written.update(written)
    for key, nationalities in counts.by_nationality.items():
        _add_persons(table[key], nationalities)
    for name_list in lists:
        _add_list(table, name_list, spellings)
    sizes = _group_sizes(counts)
    typical = typical_rates(table, sizes)
    for key, evidence in table.items():
        evidence.key = key
        evidence.rates = _rates(evidence, sizes, counts.sizes, typical)
        evidence.spelling = best_spelling(spellings[key])
        evidence.is_given_name = counts.as_given_name[key] > counts.as_surname[key]
        evidence.czech_letters = key in counts.czech_letters
    return dict(table)


def _group_sizes(counts: PersonCounts) -> Counter:
    sizes = Counter()
    for nationality, persons in counts.sizes.items():
        sizes[group_of(nationality)] += persons
    return sizes


def _add_persons(evidence: Evidence, nationalities: Counter) -> None:
    evidence.nationalities.update(nationalities)
    for nationality, persons in nationalities.items():
        evidence.persons[group_of(nationality)] += persons


def _add_list(table, name_list: NameList, spellings) -> None:
    rank = 0
    # A list without any mark does not tell which names have none; a closed set is spelled by hand.
    has_marks = not all(map(str.isascii, name_list.names))
    weight = CURATED_SPELLING if name_list.group in CLOSED_SETS else LISTED_SPELLING
    for text in name_list.names:
        spelling = clean_spelling(text)
        if spelling is None:
            continue
        rank += 1
        key = match_key(spelling)
        evidence = table[key]
        evidence.sources[name_list.group].add(name_list.source)
        spellings.setdefault(key, Counter())[spelling] += LISTED_SPELLING
        if has_marks:
            evidence.written[name_list.group, with_marks(text, spelling)] += weight
        if name_list.ranked:
            evidence.ranks[name_list.group] = min(rank, evidence.ranks.get(name_list.group, rank))


def typical_rates(table: dict[str, Evidence], sizes: Counter) -> list[float]:
    """Return the median rate of the most common, second most common, ... name of a language."""
    falling = [
        sorted(
            (e.persons[g] / (sizes[g] + SHRINKAGE) for e in table.values() if e.persons[g]),
            reverse=True,
        )
        for g in COUNTED
    ]
    return [median(rates) for rates in zip(*falling, strict=False)]


def _rates(evidence: Evidence, sizes, nationality_sizes, typical) -> dict[str, float]:
    rates = {}
    for group in {*evidence.persons, *evidence.sources} - NEUTRAL:
        rate = evidence.persons[group] / (sizes[group] + SHRINKAGE)
        if group == "Scottish":
            rate = _scottish_rate(evidence, nationality_sizes)
        if group in evidence.ranks:
            rank = min(evidence.ranks[group], len(typical))
            rate = max(rate, typical[rank - 1])
        if group in evidence.sources:
            rate += LIST_RATE
        if group in CLOSED_SETS and group in evidence.sources:
            rate = min(rate, typical[CLOSED_SET_CAP_RANK - 1])
        rates[group] = rate
    return rates


def _scottish_rate(evidence: Evidence, nationality_sizes: Counter) -> float:
    """Return the rate among Scots: what the British have more of than the English."""
    british, english = (
        evidence.nationalities[n] / (nationality_sizes[n] + SHRINKAGE)
        for n in ("British", "English")
    )
    return max(0.0, british - english) / SCOTS_AMONG_BRITISH
