"""How strongly each language and outside nationality claims each surname.

The evidence is a rate: the share of a group's people who bear the name. It comes from counted
persons, from the rank in a frequency list, or, where a list is unranked, from being listed at all.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from statistics import median

from model.core import normalise

from .languages import (
    CLOSED_SETS,
    NEUTRAL,
    OF_OWN_LANGUAGE,
    group_of,
    surname_of,
)
from .lists import NameList, persons
from .spelling import best_spelling, clean_spelling, match_key, with_marks

SHRINKAGE = 3000  # added to every class size: one bearer in a class of 300 is chance, not a rate
LIST_RATE = 5e-5  # what one unranked list is worth: one bearer in 20,000 people
# Part of name2nat's British; Scots have no class of their own there.
SCOTS_AMONG_BRITISH = 0.25
# Persons that a list's spelling counts as
LISTED_SPELLING = 0.1
CURATED_SPELLING = 10**6
# Of the open language's name whose rate is the most in a closed set
CLOSED_SET_CAP_RANK = 10
NEUTRAL_RATIO = (
    8  # how many times as common a neutral nation must have a name to claim it
)
COUNTED = "Czech Dutch English French German Greek Italian Russian".split()


@dataclass
class Evidence:
    """All that the sources have on one surname."""

    key: str = ""  # its match_key
    # By group: its rate, and the same without a cap
    rates: dict[str, float] = field(default_factory=dict)
    people: dict[str, float] = field(default_factory=dict)
    # By group: counted persons, lists that have the name, best rank in a ranked list
    persons: Counter = field(default_factory=Counter)
    sources: defaultdict = field(default_factory=lambda: defaultdict(set))
    ranks: dict[str, int] = field(default_factory=dict)
    nationalities: set[str] = field(default_factory=set)  # of the counted persons
    spellings: Counter = field(default_factory=Counter)  # in ASCII -> occurrences
    # (group, spelling with marks) -> persons
    written: Counter = field(default_factory=Counter)
    # Part of the people outside closed sets with it as first word, less those with it as last one
    given: float = 0

    @property
    def is_given_name(self) -> bool:
        """Whether it is more often a given name than a surname."""
        return self.given > 0

    @property
    def spelling(self) -> str:
        """The usual spelling in ASCII."""
        return best_spelling(self.spellings)

    def spellings_in(self, group: str) -> list[str]:
        """Return how people of the group write the name's usual spelling, most of them first."""
        usual = self.spelling
        persons = {
            spelling: number
            for (writers, spelling), number in self.written.items()
            if writers == group and normalise(spelling, fold_case=False) == usual
        }
        if not persons:
            return [usual]
        return sorted(
            persons,
            key=lambda spelling: (-persons[spelling], spelling.isascii(), spelling),
        )


Table = dict[str, Evidence]  # match key -> evidence


def evidence_by_key(lists: list[NameList]) -> Table:
    """Return the evidence on every name that a person or a list has."""
    table = defaultdict(Evidence)
    sizes = _add_persons(table)
    for name_list in lists:
        _add_list(table, name_list)
    typical = _typical_rates(table, sizes)
    cap = typical[CLOSED_SET_CAP_RANK - 1]
    for key, evidence in table.items():
        evidence.key = key
        evidence.people = _rates(evidence, sizes, typical)
        evidence.rates = dict(evidence.people)
        for group in set(CLOSED_SETS) & evidence.sources.keys():
            evidence.rates[group] = min(evidence.rates[group], cap)
        _leave_given_name(evidence)
    return dict(table)


def _leave_given_name(evidence: Evidence) -> None:
    """Take a given name from the closed sets where fewer people bear it as surname.

    Juan is a Chinese surname too, but who types it means the given name.
    """
    for group in CLOSED_SETS:
        if evidence.given > evidence.people.get(group, 1):
            facts = [evidence.people, evidence.rates, evidence.ranks]
            for fact in [*facts, evidence.persons, evidence.sources]:
                fact.pop(group, None)


def _add_persons(table: Table) -> Counter:
    """Add every person to the evidence on the surname; return how many persons each group has."""
    sizes = Counter()
    # match key -> persons outside closed sets whose first word it is, less last ones
    first_words = Counter()
    n_outside = 0
    for words, nationalities in persons():
        part = 1 / len(nationalities)  # a person of two counts half in each
        for nationality in nationalities:
            group = group_of(nationality)
            sizes[group] += part
            surname = surname_of(words, group)
            if spelling := clean_spelling(surname):
                evidence = table[match_key(spelling)]
                evidence.persons[group] += part
                evidence.nationalities.add(nationality)
                evidence.spellings[spelling] += 1
                evidence.written[group, with_marks(surname, spelling)] += part
        if set(map(group_of, nationalities)).isdisjoint(CLOSED_SETS):
            n_outside += 1
            first_words[match_key(words[0])] += 1
            first_words[match_key(words[-1])] -= 1
    for key, evidence in table.items():
        evidence.given = first_words[key] / n_outside
    return sizes


def _add_list(table: Table, name_list: NameList) -> None:
    group = name_list.group
    # A list without any mark does not tell which names have none; a closed set is spelled by hand.
    has_marks = not all(map(str.isascii, name_list.names))
    weight = CURATED_SPELLING if group in CLOSED_SETS else LISTED_SPELLING
    entries = filter(clean_spelling, name_list.names)
    for rank, text in enumerate(entries, start=1):
        spelling = clean_spelling(text)
        evidence = table[match_key(spelling)]
        evidence.sources[group].add(name_list.source)
        evidence.spellings[spelling] += LISTED_SPELLING
        if has_marks:
            evidence.written[group, with_marks(text, spelling)] += weight
        if name_list.ranked:
            evidence.ranks[group] = min(rank, evidence.ranks.get(group, rank))


def _typical_rates(table: Table, sizes: Counter) -> list[float]:
    """Return the median rate of the most common, second most common, ... name of a language."""
    falling = []
    for group in COUNTED:
        size = sizes[group] + SHRINKAGE
        persons = [evidence.persons[group] for evidence in table.values()]
        rates = [number / size for number in persons if number]
        falling.append(sorted(rates, reverse=True))
    return [median(rates) for rates in zip(*falling, strict=False)]


def _rates(
    evidence: Evidence,
    sizes: Counter,
    typical: list[float],
) -> dict:
    counted = Counter()
    for group, number in evidence.persons.items():
        counted[group] = number / (sizes[group] + SHRINKAGE)
    rates = {}
    for group in {*evidence.persons, *evidence.sources} - (NEUTRAL - OF_OWN_LANGUAGE):
        rate = counted[group]
        if group in OF_OWN_LANGUAGE:
            rate /= NEUTRAL_RATIO
        if group == "Scottish":  # what the British have more of than the English
            more = counted["British"] - counted["English"]
            rate = max(0.0, more) / SCOTS_AMONG_BRITISH
        if group in evidence.ranks:
            rank = min(evidence.ranks[group], len(typical))
            rate = max(rate, typical[rank - 1])
        if group in evidence.sources:
            rate += LIST_RATE
        rates[group] = rate
    return rates
