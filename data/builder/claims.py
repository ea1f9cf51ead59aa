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
from .packages import NameList, persons
from .spelling import best_spelling, clean_spelling, match_key, with_marks

SHRINKAGE = 3000  # added to every class size: one bearer in a class of 300 is chance, not a rate
SMALL_GROUP = (
    10_000  # the same where bearers are counted, of peoples with a few persons too
)
LIST_RATE = 5e-5  # what one unranked list is worth: one bearer in 20,000 people
# Of name2nat's British, where Scots have no class of their own
SCOTS_AMONG_BRITISH = 0.25
# Persons that a list's spelling counts as
LISTED_SPELLING = 0.1
CURATED_SPELLING = 10**6
# No rate in a closed set is above that of an open language's name of this rank
CLOSED_SET_CAP_RANK = 10
# How many times as common as elsewhere a name must be for a neutral nation to claim it
NEUTRAL_RATIO = 8
COUNTED = "Czech Dutch English French German Greek Italian Russian".split()


@dataclass
class Claims:
    """All that the sources have on one surname."""

    key: str = ""  # its match_key
    # By group: its rate, and the same without a cap
    rates: dict[str, float] = field(default_factory=dict)
    people: dict[str, float] = field(default_factory=dict)
    # By group: counted persons, lists that have the name, best rank in a ranked list
    persons: Counter = field(default_factory=Counter)
    sources: defaultdict = field(default_factory=lambda: defaultdict(set))
    ranks: dict[str, int] = field(default_factory=dict)
    # Counted persons as a fraction of their group and SMALL_GROUP more
    frequencies: dict[str, float] = field(default_factory=dict)
    nationalities: set[str] = field(default_factory=set)  # of the counted persons
    spellings: Counter = field(default_factory=Counter)  # in ASCII -> occurrences
    # (group, spelling with marks) -> persons
    written: Counter = field(default_factory=Counter)
    # Of the people outside closed sets those with it as first word, less those with it as last one
    given: float = 0

    @property
    def spelling(self) -> str:
        """The usual spelling in ASCII."""
        return best_spelling(self.spellings)

    def spellings_in(self, group: str) -> list[str]:
        """Return how people of the group write the name's usual spelling, most of them first."""
        usual = self.spelling
        places = {}
        for (writers, spelling), number in self.written.items():
            if writers != group:
                continue
            if normalise(spelling, fold_case=False) == usual:
                places[spelling] = (-number, spelling.isascii(), spelling)
        return sorted(places, key=places.get) or [usual]


ClaimsByKey = dict[str, Claims]  # match key -> evidence


def claims_by_key(lists: list[NameList]) -> ClaimsByKey:
    """Return the evidence on every name that a person or a list has."""
    claims_of = defaultdict(Claims)
    sizes = _add_persons(claims_of)
    for name_list in lists:
        _add_list(claims_of, name_list)
    typical = _typical_rates(claims_of, sizes)
    cap = typical[CLOSED_SET_CAP_RANK - 1]
    for key, claims in claims_of.items():
        claims.key = key
        claims.people = _rates(claims, sizes, typical)
        for group, number in claims.persons.items():
            claims.frequencies[group] = number / (sizes[group] + SMALL_GROUP)
        claims.rates = dict(claims.people)
        for group in set(CLOSED_SETS) & claims.sources.keys():
            claims.rates[group] = min(claims.rates[group], cap)
        _leave_given_name(claims)
    return dict(claims_of)


def _leave_given_name(claims: Claims) -> None:
    """Remove a given name from the closed sets in which it is rarer as a surname.

    Juan is a Chinese surname too, but who types it means the given name.
    """
    for group in CLOSED_SETS:
        if claims.given > claims.people.get(group, 1):
            by_group = [claims.people, claims.rates, claims.ranks]
            for values in (*by_group, claims.persons, claims.sources):
                values.pop(group, None)


def _add_persons(claims_of: ClaimsByKey) -> Counter:
    """Add every person to the evidence on the surname; return how many persons each group has."""
    sizes = Counter()
    # match key -> persons outside closed sets whose first word it is, less last ones
    first_words = Counter()
    n_outside = 0
    for words, nationalities in persons():
        weight = 1 / len(nationalities)  # a person of two counts half in each
        for nationality in nationalities:
            group = group_of(nationality)
            sizes[group] += weight
            surname = surname_of(words, group)
            spelling = clean_spelling(surname)
            if spelling:
                claims = claims_of[match_key(spelling)]
                claims.persons[group] += weight
                claims.nationalities.add(nationality)
                claims.spellings[spelling] += 1
                written = with_marks(surname, spelling)
                claims.written[group, written] += weight
        groups = set(map(group_of, nationalities))
        if groups.isdisjoint(CLOSED_SETS):
            first, *_, last = map(match_key, words)
            n_outside += 1
            first_words[first] += 1
            first_words[last] -= 1
    for key, claims in claims_of.items():
        claims.given = first_words[key] / n_outside
    return sizes


def _add_list(claims_of: ClaimsByKey, name_list: NameList) -> None:
    """Add every name of a list to the evidence on it."""
    group = name_list.group
    # A list without any mark does not tell which names have none; a closed set is spelled by hand.
    has_marks = not all(map(str.isascii, name_list.names))
    weight = CURATED_SPELLING if group in CLOSED_SETS else LISTED_SPELLING
    entries = filter(clean_spelling, name_list.names)
    for rank, text in enumerate(entries, start=1):
        spelling = clean_spelling(text)
        claims = claims_of[match_key(spelling)]
        claims.sources[group].add(name_list.source)
        claims.spellings[spelling] += LISTED_SPELLING
        if has_marks:
            written = with_marks(text, spelling)
            claims.written[group, written] += weight
        if name_list.ranked:
            best = claims.ranks.get(group, rank)
            claims.ranks[group] = min(rank, best)


def _typical_rates(claims_of: ClaimsByKey, sizes: Counter) -> list[float]:
    """Return the median rate of the most common, second most common, ... name of a language."""
    falling = []
    for group in COUNTED:
        size = sizes[group] + SHRINKAGE
        rates = []
        for claims in claims_of.values():
            persons = claims.persons[group]
            if persons:
                rates.append(persons / size)
        rates.sort(reverse=True)
        falling.append(rates)
    of_each_place = zip(*falling, strict=False)
    return list(map(median, of_each_place))


def _rates(
    claims: Claims,
    sizes: Counter,
    typical: list[float],
) -> dict:
    counted = Counter()
    for group, number in claims.persons.items():
        size = sizes[group] + SHRINKAGE
        counted[group] = number / size
    rates = {}
    groups = {*claims.persons, *claims.sources}
    for group in groups - (NEUTRAL - OF_OWN_LANGUAGE):
        rate = counted[group]
        if group in OF_OWN_LANGUAGE:
            rate /= NEUTRAL_RATIO
        if group == "Scottish":  # what the British have more of than the English
            more = counted["British"] - counted["English"]
            rate = max(0.0, more) / SCOTS_AMONG_BRITISH
        if group in claims.ranks:
            rank = min(claims.ranks[group], len(typical))
            rate = max(rate, typical[rank - 1])
        if group in claims.sources:
            rate += LIST_RATE
        rates[group] = rate
    return rates
