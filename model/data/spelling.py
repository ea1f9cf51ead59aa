"""Spelling variants of Russian surnames, as other systems of romanisation write them.

Names in the data follow mostly one system (Chaykovsky); people and papers use half a dozen
(Tchaykovsky, Tschaikowski, Czajkowskij). Works on rows of text, independent of files and networks.
"""

import random
import re

from .rows import Dataset, Rows
from .texts import match_key

LABEL = "Russian"

# A system is a list of (pattern, replacement), applied in order to a lower-case name that is
# spelled as BGN/PCGN has it. Capitals stand for what is settled and must not be replaced again.
SYSTEMS = {
    "ISO 9 and scholarly, diacritics left out": (
        *((r"shch", "SC"), (r"zh", "Z"), (r"kh", "CH"), (r"ts", "C"), (r"ch", "C"), (r"sh", "S")),
        *((r"(?<=sk)[iy]y?\b", "IJ"), (r"iy\b", "IJ"), (r"y(?=[aeiou])", "J")),
        (r"(?<=[aeou])[iy](?![aeou])", "J"),
    ),
    "scholarly with digraphs kept": (
        *((r"kh", "H"), (r"(?<=sk)[iy]y?\b", "IJ"), (r"iy\b", "IJ"), (r"y(?=[aeiou])", "J")),
        (r"(?<=[aeou])[iy](?![aeou])", "J"),
    ),
    "German": (
        *((r"shch", "SCHTSCH"), (r"zh|sh", "SCH"), (r"kh", "CH"), (r"ts", "Z"), (r"ch", "TSCH")),
        *((r"(?<=sk)[iy]y?\b", "I"), (r"v", "W"), (r"z", "S"), (r"y(?=[aeiou])", "J")),
        (r"(?<=[aeou])y", "I"),
    ),
    "French": (
        *((r"shch", "CHTCH"), (r"ch", "TCH"), (r"sh", "CH"), (r"zh", "J"), (r"v\b", "FF")),
        *((r"(?<=sk)[iy]y?\b", "Y"), (r"in\b", "INE"), (r"yu", "IOU"), (r"u", "OU")),
        (r"y(?=[aeo])", "I"),
    ),
    "English of the nineteenth century": (
        *((r"(?<!s)ch", "TCH"), (r"ts", "TZ"), (r"v\b", "FF"), (r"(?<=sk)[iy]y?\b", "I")),
        (r"y(?=[aeou])", "I"),
    ),
    "Polish": (
        *((r"shch", "SZCZ"), (r"zh", "Z"), (r"kh", "CH"), (r"ts", "C"), (r"ch", "CZ")),
        *((r"sh", "SZ"), (r"(?<=sk)[iy]y?\b", "IJ"), (r"v", "W"), (r"y(?=[aeiou])", "J")),
        (r"(?<=[aeou])[iy](?![aeou])", "J"),
    ),
    "passports since 1997": (
        *((r"(?<=sk)[iy]y?\b", "II"), (r"iy\b", "II"), (r"y(?=[aeou])", "I")),
        (r"(?<=[aeou])y", "I"),
    ),
}


def spelling_variants(name: str) -> list[str]:
    """Return the other spellings of a Russian surname, one a system at most, without repeats.

    >>> spelling_variants("Zhukov")[:4]
    ['Zukov', 'Schukow', 'Joukoff', 'Zhukoff']
    >>> spelling_variants("Titan")
    []
    """
    spellings = (_respell(name, rules) for rules in SYSTEMS.values())
    return [s for s in dict.fromkeys(spellings) if s.casefold() != name.casefold()]


def _respell(name: str, rules: tuple[tuple[str, str], ...]) -> str:
    spelling = name.lower()
    for pattern, replacement in rules:
        spelling = re.sub(pattern, replacement, spelling)
    return spelling.title()


def variant_rows(dataset: Dataset, seed: int) -> Rows:
    """Return one more spelling, drawn at random, for each Russian training row that has others.

    Spellings that any row of `dataset` already has are skipped, so held-out names stay unseen.
    """
    parts = (dataset.train, dataset.validation, dataset.test, dataset.outsiders)
    known = {match_key(text) for part in parts for text in part.texts}
    draw = random.Random(seed)
    found = []
    for text, label in zip(dataset.train.texts, dataset.train.labels, strict=True):
        spellings = spelling_variants(text) if label == LABEL else []
        if new := [s for s in spellings if match_key(s) not in known]:
            found.append(draw.choice(new))
    return Rows(found, [LABEL] * len(found))
