"""The files kept by hand in data/curated/, whose heads say where the names come from."""

import re
from collections import defaultdict
from functools import cache
from pathlib import Path

from .languages import CLOSED_SETS, CURATED
from .lists import NameList
from .spelling import match_key

FOLDER = Path(__file__).resolve().parent.parent / "curated"


def curated_names(stem: str) -> list[str]:
    """Return the names of `data/curated/<stem>.txt`, one a line, comments left out."""
    lines = (FOLDER / f"{stem}.txt").read_text(encoding="utf-8").splitlines()
    names = (line.split("#")[0].strip() for line in lines)
    return [name for name in names if name]


def curated_lists() -> list[NameList]:
    """Return the curated surnames: closed sets, most common first, and Portuguese extras."""
    return [
        NameList(language, "curated", curated_names(language.lower()), language in CURATED)
        for language in (*CURATED, "Portuguese")
    ]


@cache
def closed_set_keys() -> dict[str, set[str]]:
    """Return {language: match keys of all its surnames} of the closed sets."""
    names = {language: curated_names(language.lower()) for language in CLOSED_SETS}
    return {language: set(map(match_key, found)) for language, found in names.items()}


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
