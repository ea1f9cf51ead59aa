"""Read the hand-kept files: closed sets, extra surnames and corrections.

Does not judge what it reads; each file's head says where its names come from.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from builder.languages import CURATED
from builder.lists import NameList
from model.data.texts import match_key

FOLDER = Path(__file__).resolve().parent.parent / "curated"


def read_names(stem: str) -> list[str]:
    """Return the names of `data/curated/<stem>.txt`, one a line, comments left out."""
    path = FOLDER / f"{stem}.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    names = (line.split("#")[0].strip() for line in lines)
    return [name for name in names if name]


def curated_lists() -> list[NameList]:
    """Return the curated surnames: closed sets, most common first, and Portuguese extras."""
    return [
        NameList(language, "curated", tuple(read_names(language.lower())), language in CURATED)
        for language in (*CURATED, "Portuguese")
    ]


def family_names() -> dict[str, set[str]]:
    """Return the match keys of the languages whose family name may come first."""
    return {
        name_list.group: {match_key(name) for name in name_list.names}
        for name_list in curated_lists()
    }


@dataclass(frozen=True)
class Corrections:
    """Labels to take from and to give to names, {match_key: languages} each."""

    wrong: dict[str, set[str]]
    missing: dict[str, set[str]]


def read_corrections() -> Corrections:
    """Return what `data/curated/corrections.txt` corrects; its head tells the form of a line."""
    tables = {"-": {}, "+": {}}
    for line in read_names("corrections"):
        sign, language, names = re.fullmatch(r"([-+]) (\w+): (.*)", line).groups()
        for name in names.split(","):
            tables[sign].setdefault(match_key(name), set()).add(language)
    return Corrections(wrong=tables["-"], missing=tables["+"])


@cache
def not_russian() -> re.Pattern[str]:
    """Return a pattern of folded surnames that are Russian by passport, not by origin."""
    entries = read_names("not_russian")
    beginnings = "|".join(entry[:-1] for entry in entries if entry.endswith("-"))
    endings = "|".join(entry[1:] for entry in entries if entry.startswith("-"))
    return re.compile(f"({beginnings})|.*({endings})$")
