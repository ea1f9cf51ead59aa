"""The rows of the pretraining file: every surname with the groups of people who bear it.

A group is one of the 18 languages or a nationality outside them. Unlike in `choose.py`, nothing is
judged: a name's groups are those that the sources count, whether its form comes from there or not.
Reads no source, writes nothing.
"""

from collections import Counter

from builder.evidence import Evidence
from builder.languages import LANGUAGES, NEUTRAL
from builder.write import in_order, is_test

FILE_NAME = "pretraining.csv.gz"
# A group is kept if its weight is at least this part of the weight of the name's strongest group.
MIN_PART = 1 / 4
# Nationalities with fewer names than this teach nothing about their own, so they share one group.
MIN_NAMES = 300
OTHER = "Other"


def rows(table: dict[str, Evidence], chosen: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Return the sorted (name, group) rows.

    Names of the train file carry the languages they have there; names of the test file are absent.
    """
    labels = _labels(chosen)
    hidden = {key for key in labels if is_test(key)}
    found = {
        key: labels.get(key) or strongest_groups(evidence)
        for key, evidence in table.items()
        if key not in hidden
    }
    small = _small_groups(found)
    return in_order(
        (table[key].spelling, OTHER if group in small else group)
        for key, groups in found.items()
        for group in groups
    )


def strongest_groups(evidence: Evidence) -> set[str]:
    """Return a name's strongest group and those nearly as strong; neutral ones never count.

    >>> sorted(strongest_groups(Evidence(persons=Counter(Norwegian=4, German=1, British=9))))
    ['German', 'Norwegian']
    """
    weights = _weights(evidence)
    needed = MIN_PART * max(weights.values(), default=0)
    return {group for group, weight in weights.items() if weight >= needed}


def _weights(evidence: Evidence) -> dict[str, float]:
    """Return persons counted plus lists that have the name, for each group that has either."""
    weights = Counter(evidence.persons)
    for group, lists in evidence.sources.items():
        weights[group] += len(lists)
    return {g: weight for g, weight in weights.items() if weight and g not in NEUTRAL}


def _labels(chosen: dict[str, list[str]]) -> dict[str, set[str]]:
    """Return {match key: languages} of the train and test files."""
    labels: dict[str, set[str]] = {}
    for language, keys in chosen.items():
        for key in keys:
            labels.setdefault(key, set()).add(language)
    return labels


def _small_groups(found: dict[str, set[str]]) -> set[str]:
    """Return the nationalities that fewer than MIN_NAMES names are left with."""
    sizes = Counter(group for groups in found.values() for group in groups)
    return {group for group, n in sizes.items() if n < MIN_NAMES and group not in LANGUAGES}
