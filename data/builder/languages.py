"""Facts about the 18 languages, of languages.toml, and the names kept by hand in data/curated/.

The heads of these files say where the names come from.
"""

import re
import tomllib
from collections import defaultdict
from functools import cache
from pathlib import Path

from .spelling import match_key

FACTS = tomllib.loads(Path(__file__).with_name("languages.toml").read_text(encoding="utf-8"))
LANGUAGES = tuple(FACTS["nationalities"])
_LANGUAGE_OF = {
    nationality: language
    for language, nationalities in FACTS["nationalities"].items()
    for nationality in nationalities.split()
}
NEUTRAL = frozenset(FACTS["neutral"].split())  # nationalities that are not evidence
# A few hundred surnames cover nearly everyone, so these come whole from data/curated/.
CLOSED_SETS = ("Chinese", "Korean", "Vietnamese")
CURATED = (*CLOSED_SETS, "Scottish")


def group_of(nationality: str) -> str:
    """Return the language a nationality counts for, or the nationality itself if it is outside.

    >>> group_of("Austrian"), group_of("Hungarian")
    ('German', 'Hungarian')
    """
    return _LANGUAGE_OF.get(nationality, nationality)


def curated_names(stem: str) -> list[str]:
    """Return the names of `data/curated/<stem>.txt`, one a line, comments left out."""
    path = Path(__file__).resolve().parents[1] / "curated" / f"{stem.lower()}.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    return [name for name in (line.split("#")[0].strip() for line in lines) if name]


@cache
def closed_set_keys(language: str) -> set[str]:
    """Return the match keys of all surnames of a closed set."""
    return set(map(match_key, curated_names(language)))


def corrections(sign: str) -> dict[str, set[str]]:
    """Return {match key: languages} to take from ("-") or to give to ("+") names."""
    found = defaultdict(set)
    for line in curated_names("corrections"):
        if line.startswith(sign):
            language, names = line[2:].split(": ")
            for name in names.split(","):
                found[match_key(name)].add(language)
    return dict(found)


@cache
def not_russian() -> re.Pattern[str]:
    """Return a pattern of folded surnames that are Russian by passport, not by origin."""
    entries = curated_names("not_russian")
    beginnings = "|".join(entry[:-1] for entry in entries if entry.endswith("-"))
    endings = "|".join(entry[1:] for entry in entries if entry.startswith("-"))
    return re.compile(f"({beginnings})|.*({endings})$")
