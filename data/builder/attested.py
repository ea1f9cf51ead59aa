"""The rows of the file that names are looked up in: each with how many bearers a group has of it.

No network is trained on it, so it has the test names, the names that only the pretraining file has,
and the surnames of peoples outside the 18 languages. data/README.md tells what a bearer is worth.
"""

from collections import Counter, defaultdict

from model.data.variation import folded

from .claims import Claims, ClaimsByKey
from .languages import FACTS, LANGUAGES, pairs_of
from .packages import Name, han_forms
from .rows import Row, in_order
from .shares import Commonness, Shares, rates
from .spelling import match_key, script_of

# How many bearers a source is worth that does not count them, and the most that are told apart
LIST_BEARERS = 2
RANK_BEARERS = 3
COUNT_BEARERS = 9
MOST_BEARERS = 30
LISTED_OUTSIDE = 6.0  # of a people outside, whose persons are hardly counted, at least
LEAST_JUDGED = 3.0  # of a name whose languages the rules of choose.py have judged
# All that the file says of a number, so no count can be read from it: 1 stands for a bearer or two
CLASSES = (1, 3, 6, 12, 24)
LEAST_COUNTED = 2e-5  # rate of an open count: below it are immigrants' names, too
# The rate of a name in one list; in two it is four times that
LISTED_RATE = 1e-4
# What the rates of peoples outside are worth beside a language's: there are 50 of these
OUTSIDE_FACTOR = 1 / 3
# How often people of a language write a name in Han today, beside Chinese and Japanese people
WRITTEN_IN_HAN = {"Korean": 0.15}  # in newspapers, forms and mail names are in Hangul
ADJECTIVES = dict(pairs_of(FACTS["adjectives"]))


def rows(
    claims_of: ClaimsByKey,
    names: list[Name],
    commonness: Commonness,
    shares: Shares,
    unseen: set[str],
) -> list[Row]:
    """Return the sorted (name, group, bearers) rows; no name has a key in `unseen`.

    None of the `names`, in their own script, has one. A group is a language, or the adjective of a
    people outside. `shares` are those of the names of the train and test files: their languages
    have been judged, so they divide the bearers.
    """
    judged = {
        match_key(text): as_written(text, of_text)
        for text, of_text in shares.items()
        if folded(text) == text
    }
    found = []
    for key, claims in claims_of.items():
        if key not in unseen:
            bearers = with_shares(bearers_of(claims), judged.get(key))
            found += classed(claims.spelling, bearers)
    entries = defaultdict(list)  # text -> the entries that have it
    for name in names:
        entries[name.text].append(name)
    keys = unseen.union(map(match_key, entries))
    for text, of_text in entries.items():
        bearers = native_bearers(of_text, commonness)
        bearers = with_shares(bearers, judged.get(match_key(text)))
        found += classed(text, bearers)
        for form in in_other_characters(text):
            if match_key(form) not in keys:
                keys.add(match_key(form))
                found += classed(form, bearers)
    return in_order(found)


def in_other_characters(text: str) -> list[str]:
    """Return a surname in Han as it is written in the other form, traditional or simplified.

    习 has 習, and 習 has 习; 范 and 王 have none.
    """
    if script_of(text) != "Han":
        return []
    forms = [text.translate(table) for table in han_forms()]
    return [form for form in forms if form != text]


def with_shares(bearers: Counter, shares: dict[str, float] | None) -> Counter:
    """Return the bearers of a name divided by the `shares` of its languages, if it has been judged.

    Other languages keep a few, and peoples outside some.
    """
    if not shares:
        return bearers
    number = min(max(bearers.total(), LEAST_JUDGED), MOST_BEARERS)
    judged = Counter()
    for language, share in shares.items():
        judged[language] = max(1.0, number * share)
    for group in bearers.keys() - shares.keys():
        most = 1.0 if group in LANGUAGES else LEAST_JUDGED
        judged[group] = min(bearers[group], most)
    return judged


def as_written(text: str, groups: dict[str, float]) -> dict[str, float]:
    """Return the rates of a name's groups, weighed by how often each writes it in this script.

    Their sum stays.
    """
    if script_of(text) != "Han":
        return groups
    weighed = {group: WRITTEN_IN_HAN.get(group, 1) * groups[group] for group in groups}
    factor = sum(groups.values()) / sum(weighed.values())
    return {group: rate * factor for group, rate in weighed.items()}


def classed(text: str, bearers: Counter) -> list[Row]:
    """Return the rows of a name whose groups have so many `bearers`."""
    rows = []
    for group, number in bearers.items():
        below = [least for least in CLASSES if number >= least / 2**0.5]
        if below:
            rows.append((text, group, str(below[-1])))
    return rows


def bearers_of(claims: Claims) -> Counter:
    """Return the effective bearers of a name in Latin letters, by group.

    Their number is that of counted persons, with what lists, ranks and open counts are worth; it is
    divided by the groups' rates, as if all languages had equally many people.
    """
    number = 0.0
    groups = Counter()
    for group in claims.people:
        n_persons = claims.persons[group]
        n_lists = len(claims.sources.get(group, ()))
        rate = claims.frequencies.get(group, 0.0)
        rate += LISTED_RATE * n_lists**2
        number += n_persons + LIST_BEARERS * n_lists
        if group in claims.ranks:
            number += RANK_BEARERS
            rate = max(rate, claims.people[group])
        groups[ADJECTIVES.get(group, group)] += rate
    counted = Counter()
    for language in LANGUAGES:
        rate = rates(language).get(claims.key, 0.0)
        if rate > LEAST_COUNTED:
            counted[language] = rate
    if counted:
        number += COUNT_BEARERS
    bearers = divided(number, groups | counted)
    # Of so many persons there are a few, however rare the name is beside other groups
    for group, n_persons in claims.persons.items():
        people = ADJECTIVES.get(group, group)
        if people in groups and n_persons >= COUNT_BEARERS:
            bearers[people] = max(bearers[people], 1.0)
    for group in claims.sources:
        if group not in LANGUAGES and group in groups:
            bearers[group] = max(bearers[group], LISTED_OUTSIDE)
    return bearers


def divided(number: float, groups: dict[str, float]) -> Counter:
    """Return so many bearers, MOST_BEARERS at most, divided by the groups' rates."""
    rates = Counter()
    for group, rate in groups.items():
        rates[group] = rate if group in LANGUAGES else OUTSIDE_FACTOR * rate
    total = rates.total()
    number = min(number, MOST_BEARERS)
    return Counter(
        {group: number * rate / total for group, rate in rates.items() if rate}
    )


def native_bearers(entries: list[Name], commonness: Commonness) -> Counter:
    """Return the effective bearers of a name in its own script, by group.

    The persons of the Latin name that it is linked to count, too.
    """
    number = 0.0
    groups = {}
    for entry in entries:
        group = entry.group
        number += LIST_BEARERS * entry.weight
        if entry.key in commonness.claims_of:
            number += commonness.claims_of[entry.key].persons[group]
        if group in LANGUAGES:
            groups[group] = commonness.rate(entry.text, group)
        else:
            groups[ADJECTIVES.get(group, group)] = LISTED_RATE
    return divided(number, as_written(entries[0].text, groups))
