"""How strongly each language and outside nationality claims each surname.

The evidence is a rate: the share of a group's people who bear the name. It comes from counted
persons, from the rank in a frequency list, or, where a list is unranked, from being listed at all.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from statistics import median

from model.core import normalise

from .languages import CLOSED_SETS, NEUTRAL, group_of, surname_of
from .lists import NameList, persons
from .spelling import best_spelling, clean_spelling, match_key, with_marks

SHRINKAGE = 3000  # added to every class size: one bearer in a class of 300 is chance, not a rate
LIST_RATE = 5e-5  # what one unranked list is worth: one bearer in 20,000 people
SCOTS_AMONG_BRITISH = (
    0.25  # part of name2nat's British; Scots have no class of their own there
)
LISTED_SPELLING, CURATED_SPELLING = (
    0.1,
    10**6,
)  # persons that a list's spelling counts as
CLOSED_SET_CAP_RANK = (
    10  # of the open language's name whose rate is the most in a closed set
)

COUNTED = (
    "Czech",
    "Dutch",
    "English",
    "French",
    "German",
    "Greek",
    "Italian",
    "Russian",
)


@dataclass
class Evidence:
    """All that the sources have on one surname."""

    key: str = ""  # its match_key
    rates: dict[str, float] = field(default_factory=dict)  # group -> rate
    people: dict[str, float] = field(default_factory=dict)  # the same without a cap
    persons: Counter = field(default_factory=Counter)  # group -> persons counted
    nationalities: set[str] = field(default_factory=set)  # of these persons
    sources: dict[str, set] = field(
        default_factory=lambda: defaultdict(set)
    )  # group -> lists
    ranks: dict[str, int] = field(
        default_factory=dict
    )  # group -> best rank in a ranked list
    spellings: Counter = field(default_factory=Counter)  # in ASCII -> occurrences
    written: Counter = field(
        default_factory=Counter
    )  # (group, spelling with marks) -> persons
    is_given_name: bool = False  # more often a given name than a surname

    @property
    def spelling(self) -> str:
        """The usual spelling in ASCII."""
        return best_spelling(self.spellings)

    def spellings_in(self, group: str) -> list[str]:
        """Return how people of the group write the name's usual spelling, most of them first."""
        usual = self.spelling
        of_group = ((s, n) for (g, s), n in self.written.items() if g == group)
        found = {s: n for s, n in of_group if normalise(s, fold_case=False) == usual}
        return sorted(found, key=lambda s: (-found[s], s.isascii(), s)) or [usual]


def evidence_by_key(lists: list[NameList]) -> dict[str, Evidence]:
    """Return {match_key: Evidence} for every name that a person or a list has."""
    table: dict[str, Evidence] = defaultdict(Evidence)
    sizes = _add_persons(table)
    for name_list in lists:
        _add_list(table, name_list)
    typical = _typical_rates(table, sizes)
    most = typical[CLOSED_SET_CAP_RANK - 1]
    for key, evidence in table.items():
        evidence.key = key
        evidence.people = _rates(evidence, sizes, typical)
        caps = dict.fromkeys(set(CLOSED_SETS) & evidence.sources.keys(), most)
        evidence.rates = {
            g: min(rate, caps.get(g, rate)) for g, rate in evidence.people.items()
        }
    return dict(table)


def _add_persons(table: dict[str, Evidence]) -> Counter:
    """Add every person to the evidence on the surname; return how many persons each group has."""
    sizes, first_words = Counter(), Counter()
    for words, nationalities in persons():
        for nationality in nationalities:  # a person of two counts half in each
            group, part = group_of(nationality), 1 / len(nationalities)
            sizes[group] += part
            surname = surname_of(words, group)
            if spelling := clean_spelling(surname):
                evidence = table[match_key(spelling)]
                evidence.persons[group] += part
                evidence.nationalities.add(nationality)
                evidence.spellings[spelling] += 1
                evidence.written[group, with_marks(surname, spelling)] += part
        if not any(
            group_of(nationality) in CLOSED_SETS for nationality in nationalities
        ):
            first_words[match_key(words[0])] += 1
            first_words[match_key(words[-1])] -= 1
    for key, evidence in table.items():
        evidence.is_given_name = first_words[key] > 0
    return sizes


def _add_list(table: dict[str, Evidence], name_list: NameList) -> None:
    group = name_list.group
    # A list without any mark does not tell which names have none; a closed set is spelled by hand.
    has_marks = not all(map(str.isascii, name_list.names))
    weight = CURATED_SPELLING if group in CLOSED_SETS else LISTED_SPELLING
    entries = ((text, clean_spelling(text)) for text in name_list.names)
    for rank, (text, spelling) in enumerate(
        (entry for entry in entries if entry[1]), start=1
    ):
        evidence = table[match_key(spelling)]
        evidence.sources[group].add(name_list.source)
        evidence.spellings[spelling] += LISTED_SPELLING
        if has_marks:
            evidence.written[group, with_marks(text, spelling)] += weight
        if name_list.ranked:
            evidence.ranks[group] = min(rank, evidence.ranks.get(group, rank))


def _typical_rates(table: dict[str, Evidence], sizes: Counter) -> list[float]:
    """Return the median rate of the most common, second most common, ... name of a language."""
    falling = []
    for group in COUNTED:
        counts = filter(None, (evidence.persons[group] for evidence in table.values()))
        rates = (count / (sizes[group] + SHRINKAGE) for count in counts)
        falling.append(sorted(rates, reverse=True))
    return [median(rates) for rates in zip(*falling, strict=False)]


def _rates(
    evidence: Evidence, sizes: Counter, typical: list[float]
) -> dict[str, float]:
    counted = Counter(
        {g: n / (sizes[g] + SHRINKAGE) for g, n in evidence.persons.items()}
    )
    rates = {}
    for group in {*evidence.persons, *evidence.sources} - NEUTRAL:
        rate = counted[group]
        if group == "Scottish":  # what the British have more of than the English
            rate = (
                max(0.0, counted["British"] - counted["English"]) / SCOTS_AMONG_BRITISH
            )
        if group in evidence.ranks:
            rate = max(rate, typical[min(evidence.ranks[group], len(typical)) - 1])
        if group in evidence.sources:
            rate += LIST_RATE
        rates[group] = rate
    return rates
