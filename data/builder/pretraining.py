"""The rows of the pretraining file: every surname with the groups of people who bear it.

A group is one of the 18 languages or a nationality outside them. Unlike in `choose.py`, nothing is
judged: a name's groups are those that the sources count, whether its form comes from there or not.
Names in their own script have the groups whose lists have them. Given names of the closed sets and
rare Chinese surnames join them. Reads no source, writes nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable

from builder.choose import MAX_PER_LANGUAGE
from builder.evidence import Evidence
from builder.languages import CLOSED_SETS, LANGUAGES, NEUTRAL
from builder.native import Rows, keys_of
from builder.scripts import Name, loose_key, script_of
from builder.spelling import CYRILLIC_ALPHABETS as ALPHABETS
from builder.spelling import clean_spelling, to_cyrillic
from builder.write import in_order

FILE_NAME = "pretraining.csv.gz"
# A group is kept if its weight is at least this part of the weight of the name's strongest group.
MIN_PART = 1 / 4
# Nationalities with fewer names than this teach nothing about their own, so they share one group.
MIN_NAMES = 300
OTHER = "Other"
# Another spelling with marks is kept if at least this part of the usual one's bearers have it.
MIN_SPELLING_PART = 1 / 10


def rows(table: dict[str, Evidence], labels: dict[str, set[str]], hidden: Container[str]) -> Rows:
    """Return the (name, group) rows of names in Latin script, unsorted.

    Names of the train file carry `labels`, the languages they have there; of the other names those
    with `hidden` keys are absent.
    """
    return [
        (spelling, group)
        for key, evidence in table.items()
        if key in labels or key not in hidden
        for group in labels.get(key) or strongest_groups(evidence)
        for spelling in _spellings(evidence, group)
    ]


def _spellings(evidence: Evidence, group: str) -> list[str]:
    """Return the usual spelling, and those with other marks that are not far behind."""
    usual, *others = evidence.spellings_in(group)
    needed = MIN_SPELLING_PART * evidence.written[group, usual]
    return [usual, *(s for s in others if not s.isascii() and evidence.written[group, s] >= needed)]


def native_rows(names: Iterable[Name], train: Rows, hidden: set[str]) -> Rows:
    """Return the rows of names in their own script: those of the train file, then others.

    `hidden` are keys of names that must stay unseen. Of what is not in the train file a group has
    at most MAX_PER_LANGUAGE names a script.
    """
    taken = {loose_key(text) for text, _ in train}
    sizes = Counter()
    found = defaultdict(dict)
    for name in sorted(names, key=lambda name: -name.weight):
        key, part = loose_key(name.text), (name.group, script_of(name.text))
        if key in taken or name.group in found[key] or sizes[part] >= MAX_PER_LANGUAGE:
            continue
        if not (keys_of(name.text) | {key}) & hidden:
            found[key][name.group] = name.text
            sizes[part] += 1
    return [*train, *((text, group) for names in found.values() for group, text in names.items())]


def chinese_rows(forms: Iterable[set[str]], train: Rows, hidden: set[str]) -> Rows:
    """Return the Han forms of Chinese surnames that `train` lacks, unless a form is in `hidden`.

    The lists of these are short: without more of their characters, a network reads a rare one as
    Japanese or Korean. A surname whose pinyin is hidden stays, because many surnames share one
    pinyin spelling.
    """
    taken = {text for text, _ in train}
    return [
        (text, "Chinese")
        for found in forms
        if not set(map(loose_key, found)) & hidden
        for text in found - taken
    ]


def given_rows(given: Rows, table: dict[str, Evidence], train: Rows, hidden: set[str]) -> Rows:
    """Return the rows of given names of the closed sets, whose surnames are too few to learn from.

    They are written with the same syllables. A name that is in `train` too is left to the languages
    it has there. In Han they look like other peoples' surnames, and are left out.
    """
    taken = {loose_key(text) for text, _ in train}
    spellings = {key: evidence.spelling for key, evidence in table.items()}
    rows = []
    for text, language in given:
        key, script = loose_key(text), script_of(text)
        if language not in CLOSED_SETS or script == "Han":
            continue
        if key in taken or keys_of(text) & hidden:
            continue
        if script == "Latin":  # with the hyphens and capitals that the same letters have already
            spelling = clean_spelling(text)
            usual = spellings.setdefault(key, spelling)
            if spelling != usual:
                text = usual
        rows.append((text, language))
    return rows


def cyrillic_rows(latin: Rows, hidden: set[str]) -> Rows:
    """Return the `latin` rows of peoples who write both alphabets, in Cyrillic.

    No source has their surnames in it; without them each Serbian or Bulgarian name is Russian.
    """
    written = ((to_cyrillic(name, group), group) for name, group in latin if group in ALPHABETS)
    return [(text, group) for text, group in written if text and not keys_of(text) & hidden]


def with_other(rows: Rows) -> Rows:
    """Return the rows sorted, those of nationalities with fewer than MIN_NAMES names as Other."""
    sizes = Counter(group for _, group in set(rows))
    small = {group for group, n in sizes.items() if n < MIN_NAMES} - set(LANGUAGES)
    return in_order((name, OTHER if group in small else group) for name, group in rows)


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
