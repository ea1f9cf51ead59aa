"""Count surnames by nationality in name2nat's list of encyclopedia persons.

Finds where the surname stands in a full name. Keeps surnames, given names and counts, no person.
"""

import io
import pickle
import re
from collections import Counter, defaultdict
from collections.abc import Container
from dataclasses import dataclass, field
from hashlib import sha256

from builder.languages import CLOSED_SETS, group_of
from builder.packages import members
from builder.spelling import best_spelling, clean_spelling, with_marks
from model.data.texts import match_key

MAX_NATIONALITIES = 2  # a person of three nationalities says little about one name
MAX_TOKENS = 6
OWN_RATIO = 3  # how many times as common as elsewhere a given name of a closed set must be
_SUFFIXES = frozenset("jr sr ii iii iv v vi jnr snr esq phd md".split())
_PORTUGUESE_SUFFIXES = frozenset("júnior junior neto filho sobrinho netto".split())
# Words of a name that are not given names.
_NOT_GIVEN = frozenset(
    "and brothers consort dowager emperor empress king lady madame prince princess queen "
    "sisters".split()
)
_TITLE = re.compile(r"\bof\b|\bthe\b|,|\d", re.IGNORECASE)
_ONLY_CZECH = re.compile("[ěřůĚŘŮ]")
_NUMERAL = re.compile("[IVX]{2,}")
_PARTICLES = {
    "Arabic": "al el abu abou abdel abdul abd ben bin",
    "Dutch": "van de der den het 't ter ten te op in 's vande vander la",
    "French": "le la du des de de' l'",
    "Greek": "",
    "Italian": "di de del della dal dalla dell' delle dei degli da lo la li",
    "Portuguese": "de da do dos das",
    "German": "",
    "Spanish": "de la las los del",
    "Irish": "mac o ó de",
}
_COMMON_PARTICLES = frozenset(
    "van de der den ter ten te le la du des di del della dal dalla lo el al mac o st st.".split()
)
# Noble or linking words: what follows them is the surname.
_LINKING = frozenset("von vom zu zum zur und da do dos das e y i af av".split())
_ALL_PARTICLES = _LINKING | _COMMON_PARTICLES | {p for v in _PARTICLES.values() for p in v.split()}
_WOMEN_GAELIC = frozenset("ní nic uí ni ui mhic".split())


class _NoClassUnpickler(pickle.Unpickler):
    """Reads plain containers and strings; refuses every class, so no code of the file runs."""

    def find_class(self, module, name):
        raise pickle.UnpicklingError(f"{module}.{name} in a data file: only plain data is read")


@dataclass
class PersonCounts:
    """Surname counts, keyed by match_key."""

    by_nationality: dict[str, Counter] = field(default_factory=lambda: defaultdict(Counter))
    sizes: Counter = field(default_factory=Counter)  # persons of each nationality
    spellings: dict[str, Counter] = field(default_factory=lambda: defaultdict(Counter))
    # with marks: match_key -> (group, spelling) -> persons
    written: dict[str, Counter] = field(default_factory=lambda: defaultdict(Counter))
    as_surname: Counter = field(default_factory=Counter)
    as_given_name: Counter = field(default_factory=Counter)  # of persons outside closed sets
    # of closed sets: (language, match_key of a given name) -> spelling with marks -> persons
    given: dict[tuple[str, str], Counter] = field(default_factory=lambda: defaultdict(Counter))
    words_elsewhere: Counter = field(default_factory=Counter)  # in names outside closed sets
    persons_elsewhere: int = 0
    czech_letters: set[str] = field(default_factory=set)  # keys seen with letters only Czech has

    def given_names(self, language: str) -> list[str]:
        """Return the given names of a closed set's persons, most borne first, ties by hash.

        Each is OWN_RATIO times as common as in all names elsewhere: many Chinese are called John
        in an encyclopedia, but it is not a Chinese name.
        """
        persons = sum(n for each, n in self.sizes.items() if group_of(each) == language)
        found = []
        for (group, key), spellings in self.given.items():
            bearers = spellings.total()
            expected = persons * self.words_elsewhere[key] / max(1, self.persons_elsewhere)
            if group == language and bearers >= OWN_RATIO * expected:
                name = best_spelling(spellings)
                found.append((-bearers, sha256(name.encode()).hexdigest(), name))
        return [name for *_, name in sorted(found)]


def count_persons(family_first: dict[str, Container[str]]) -> PersonCounts:
    """Return the surname counts; `family_first` gives closed-set surnames per language."""
    data = members("name2nat")["name2nat/name2nats.pkl"]
    counts = PersonCounts()
    for full_name, nationalities in _NoClassUnpickler(io.BytesIO(data)).load().items():
        tokens = _tokens(full_name)
        if tokens and len(nationalities) <= MAX_NATIONALITIES:
            _count_one(counts, tokens, sorted(set(nationalities)), family_first)
    return counts


def _tokens(full_name: str) -> list[str]:
    """Return the words of a usable full name, else an empty list."""
    if _TITLE.search(full_name):
        return []
    tokens = re.sub(r"\(.*?\)", "", full_name).split()
    while tokens and tokens[-1].strip(".").lower() in _SUFFIXES:
        tokens.pop()
    usable = 2 <= len(tokens) <= MAX_TOKENS and not any(map(_NUMERAL.fullmatch, tokens[1:]))
    return tokens if usable else []


def _count_one(counts: PersonCounts, tokens, nationalities, family_first) -> None:
    weight = 1 / len(nationalities)
    groups = {group_of(n) for n in nationalities}
    for nationality in nationalities:
        counts.sizes[nationality] += weight
        group = group_of(nationality)
        surname = surname_of(tokens, group, family_first)
        spelling = surname and clean_spelling(surname)
        if spelling:
            key = match_key(spelling)
            counts.written[key][group, with_marks(surname, spelling)] += weight
            counts.by_nationality[key][nationality] += weight
            counts.spellings[key][spelling] += 1
            if nationality == "Czech" and _ONLY_CZECH.search(tokens[-1]):
                counts.czech_letters.add(key)
    if not groups & set(CLOSED_SETS):
        counts.as_given_name[match_key(tokens[0])] += 1
        counts.as_surname[match_key(tokens[-1])] += 1
        counts.words_elsewhere.update(set(map(match_key, tokens)))
        counts.persons_elsewhere += 1
    elif len(groups) == 1:
        _count_given(counts, tokens, groups.pop(), family_first)


def _count_given(counts: PersonCounts, tokens, language: str, family_first) -> None:
    """Count the words beside a known surname."""
    surname = surname_of(tokens, language, family_first)
    if match_key(surname or "") not in family_first.get(language, ()):
        return
    for token in tokens:
        spelling = clean_spelling(token)
        if spelling and token != surname and token.lower() not in _NOT_GIVEN:
            counts.given[language, match_key(spelling)][with_marks(token, spelling)] += 1


def surname_of(
    tokens: list[str], group: str, family_first: dict[str, Container[str]]
) -> str | None:
    """Return the surname in a full name's words, or None.

    >>> surname_of(["Jan", "van", "Dam"], "Dutch", {})
    'van Dam'
    >>> surname_of(["Nguyen", "Thi", "Lan"], "Vietnamese", {"Vietnamese": {"nguyen"}})
    'Nguyen'
    """
    if group in CLOSED_SETS:
        return _family_first(tokens, family_first.get(group, ()))
    if group == "Portuguese" and len(tokens) > 2 and tokens[-1].lower() in _PORTUGUESE_SUFFIXES:
        tokens = tokens[:-1]
    if group == "Irish" and tokens[-2].lower() in _WOMEN_GAELIC:
        return None  # Ní Bhriain is the woman's form of Ó Briain
    return " ".join([*_particles(tokens, group), tokens[-1]])


def _particles(tokens: list[str], group: str) -> list[str]:
    """Return the particles that are part of the surname in this group's usage."""
    allowed = _PARTICLES[group].split() if group in _PARTICLES else _COMMON_PARTICLES
    start = len(tokens) - 1
    while start > 1 and tokens[start - 1].lower() in _ALL_PARTICLES:
        start -= 1
    found = tokens[start:-1]
    return found if all(particle.lower() in allowed for particle in found) else []


def _family_first(tokens: list[str], known: Container[str]) -> str | None:
    """Return the first or the last word, whichever is a known surname, the first if both are."""
    for candidate in (tokens[0], tokens[-1]):
        spelling = clean_spelling(candidate)
        if spelling and match_key(spelling) in known:
            return candidate
    return tokens[0]
