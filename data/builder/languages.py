"""The 18 languages, and which nationality counts for which. languages.toml has the facts."""

import tomllib
from pathlib import Path

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
