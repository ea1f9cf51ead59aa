"""The rows of the file that names are looked up in: each with whether its evidence is firm.

No network is trained on it, so it has the test names, the names that the cap cuts off, and the
surnames of peoples outside the 18 languages. data/README.md has what the thresholds rest on.
"""

from collections import defaultdict

from .choose import kept_rows
from .evidence import Evidence, Table
from .languages import FACTS, LANGUAGES, pairs_of
from .lists import Name
from .rows import Labels, Rows, in_order
from .shares import LEAST_SHARE, rates
from .spelling import loose_key, match_key

# Three bearers of one language: the name's main one in 99 of 100 draws
FIRM_PERSONS = 3
MOST_LISTED = 7000  # names a language in Latin letters: twice as many as train and test
OUTSIDE_BEARERS = 3  # persons and lists that an outside people must have of a name
FIRM = {True: "1", False: "0"}
ADJECTIVES = dict(pairs_of(FACTS["adjectives"]))


def rows(
    kept: Rows,
    table: Table,
    names: list[Name],
    labels: Labels,
    unseen: set[str],
) -> Rows:
    """Return the sorted (name, group, firm) rows; no name outside `kept` has a key in `unseen`.

    `kept` are the rows of the train and test files, whose groups are their languages. `labels` has
    the languages of every Latin name that the rules of `choose.py` admit.
    """
    entries = defaultdict(list)  # (loose key, group) -> names in that script
    for name in names:
        entries[loose_key(name.text), name.group].append(name)
    attested = []
    for text, language in kept:
        listed = entries[loose_key(text), language]
        firm = is_firm(text, language, table, listed)
        attested.append((text, language, FIRM[firm]))
    taken = unseen.union(match_key(text) for text, _ in kept)
    for text, language in kept_rows(table, labels, MOST_LISTED):
        key = match_key(text)
        if key in taken or table[key].is_given_name:
            continue
        if is_firm(text, language, table, []):
            attested.append((text, language, FIRM[True]))
    taken |= labels.keys()
    for key, evidence in table.items():
        people = people_of(evidence)
        if people and key not in taken:
            adjective = ADJECTIVES.get(people, people)
            attested.append((evidence.spelling, adjective, FIRM[True]))
    return in_order(attested)


def is_firm(
    text: str,
    language: str,
    table: Table,
    listed: list[Name],
) -> bool:
    """Return whether a rank, an open count, two sources or enough persons confirm a name.

    `listed` are the entries of a name in its own script; the Latin names they are linked to count.
    """
    # The Arab count is of persons, too: below
    if language != "Arabic" and match_key(text) in rates(language):
        return True
    bearers = sum(name.weight for name in listed)
    if len(listed) > 1 or bearers >= FIRM_PERSONS:
        return True
    keys = {match_key(text)}.union(name.key for name in listed)
    for key in keys & table.keys():
        evidence = table[key]
        persons = evidence.persons[language]
        n_sources = len(evidence.sources.get(language, ())) + (persons >= 1)
        if language in evidence.ranks or n_sources > 1 or persons >= FIRM_PERSONS:
            return True
    return False


def people_of(evidence: Evidence) -> str:
    """Return the people outside the languages that a surname belongs to, "" if there is none.

    No language may have over a tenth of that people's rate, nor may it be more often a given name.
    """
    outside = {}
    highest = 0.0
    for group, rate in evidence.rates.items():
        if group in LANGUAGES:
            highest = max(highest, rate)
        else:
            outside[group] = rate
    if not outside or evidence.is_given_name:
        return ""
    bearers = sum(evidence.persons[group] for group in outside)
    lists = sum(len(evidence.sources.get(group, ())) for group in outside)
    if bearers + lists < OUTSIDE_BEARERS:
        return ""
    people = max(outside, key=lambda group: (outside[group], group))
    for language in LANGUAGES:
        highest = max(highest, rates(language).get(evidence.key, 0.0))
    return people if highest <= LEAST_SHARE * outside[people] else ""
