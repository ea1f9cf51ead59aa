"""Write tests/data/common_names.csv, the most common surnames: `python -m data.common_names`.

They come from what people count and the builder's sources: no model's answer plays a part.
"""

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from model.core import normalise
from model.errors import InputError

from .builder.choose import MIN_PERSONS_LISTED, languages_by_key
from .builder.counts import ranked, rates
from .builder.curated import curated_lists
from .builder.evidence import SHRINKAGE, Evidence, evidence_by_key
from .builder.languages import CURATED, LANGUAGES
from .builder.lists import surname_lists
from .builder.native import native_names
from .builder.packages import fetch_all
from .builder.spelling import match_key, script_of

PATH = Path(__file__).resolve().parent.parent / "tests" / "data" / "common_names.csv"
SIZE = 60  # names of a language and form; of two spellings each in Chinese and Korean
OWN = {"Arabic": ("Arabic", SIZE), "Chinese": ("Han", 90), "Greek": ("Greek", SIZE)}
OWN |= {"Japanese": ("Han", SIZE), "Korean": ("Hangul Han", 90), "Russian": ("Cyrillic", SIZE)}
MIN_PART = 0.1  # of a name's bearers in 18 equally large peoples, to be accepted


@cache
def counted(language: str) -> dict[str, float]:
    """Return {match key: share of the language's people} from open counts."""
    return {match_key(name): rate for name, rate in rates(language).items()}


def weighted(names: list[str], shares: dict[str, float]) -> list[tuple[str, float]]:
    """Return (name, weight) of names in order: the share, or 1/rank after the last one counted.

    >>> weighted(["Rossi", "Russo"], {}), weighted(["Li", "Wu"], {"li": 0.5})
    ([('Rossi', 1.0), ('Russo', 0.5)], [('Li', 0.5), ('Wu', 0.25)])
    """
    found, last = [], 1.0
    for rank, name in enumerate(names, start=1):
        last = shares.get(match_key(name), last / rank) * rank
        found.append((name, last / rank))
    return found


def common(language: str, table: dict, labels: dict) -> dict[str, list[tuple[str, float]]]:
    """Return {"own" and "latin": (name, weight), most borne first}; persons rank what no list does.

    In Latin letters a name must be of the language in the dataset, so that García is not French.
    """
    by_persons = [key for key, found in labels.items() if language in found]
    by_persons.sort(key=lambda key: (-table[key].persons[language], key))
    scripts, size = OWN.get(language, ("Latin", SIZE))
    listed = [name for name in ranked(language) if script_of(name) in scripts.split()]
    if scripts == "Latin":
        keys = [key for key in map(match_key, listed) if language in labels.get(key, ())]
        keys = list(dict.fromkeys([*keys, *by_persons]))[:SIZE]
        own = weighted([table[key].spellings_in(language)[0] for key in keys], counted(language))
        plain = [(normalise(name, fold_case=False), weight) for name, weight in own]
        return {"own": own, "latin": [row for row in plain if row not in own]}
    if language == "Greek":
        greek = {match_key(n.link): n.text for n in native_names() if n.group == language}
        listed = [greek[key] for key in by_persons if key in greek]
    latin = [(table[key].spelling, table[key].persons[language]) for key in by_persons[:SIZE]]
    return {"own": weighted(listed[:size], counted(language)), "latin": latin}


def claims(name: str, evidence: Evidence, sizes: Counter) -> dict[str, float]:
    """Return {language: share of its people who bear the name}, of persons and open counts.

    Not of the evidence's rates, which are capped. Counts in Latin letters of languages that do not
    write them may be romanised, and are left out. A name with marks is of languages that write it.
    """
    found, latin = {}, script_of(name) == "Latin"
    for language in LANGUAGES:
        if not latin or name.isascii() or (language, name) in evidence.written:
            share = counted(language).get(match_key(name), 0.0)
            shares = [0.0 if latin and language in OWN else share]
            persons = evidence.persons[language]
            if persons >= MIN_PERSONS_LISTED and (
                language not in CURATED or evidence.sources[language]
            ):
                shares.append(persons / (sizes[language] + SHRINKAGE))
            if language == "Scottish":  # no Scots are counted by themselves
                shares.append(evidence.rates.get(language, 0.0))
            found[language] = max(shares)
    return found


def accepted(language: str, claims: dict[str, float], common_in: set[str]) -> str:
    """Return the languages that a fair judge accepts, the own one first.

    The others have MIN_PART of the bearers, or the name among their own common ones.

    >>> accepted("German", {"Polish": 0.01, "Dutch": 0.2, "German": 0.3}, {"French"})
    'German|Dutch|French'
    """
    needed = MIN_PART * sum(claims.values())
    found = {other for other, claim in claims.items() if claim and claim >= needed} | common_in
    return "|".join([language, *sorted(found - {language})])


def rows() -> Iterator[list]:
    """Yield the rows of the file."""
    table = evidence_by_key(surname_lists() + curated_lists())
    labels = languages_by_key(table)
    sizes = sum((evidence.persons for evidence in table.values()), Counter())
    lists = {language: common(language, table, labels) for language in LANGUAGES}
    names = {g: {name for form in lists[g].values() for name, _ in form} for g in LANGUAGES}
    for language, forms in lists.items():
        for form, found in forms.items():
            for rank, (name, weight) in enumerate(found, start=1):
                borne = claims(name, table.get(match_key(name), Evidence()), sizes)
                also = {other for other in LANGUAGES if name in names[other]}
                yield [name, language, form, rank, f"{weight:.3g}", accepted(language, borne, also)]


def main() -> None:
    """Run the command."""
    try:
        fetch_all()
        found = list(rows())  # before the file is opened
    except (InputError, OSError) as error:
        sys.exit(f"data.common_names: {error}")
    with PATH.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["name", "language", "form", "rank", "weight", "accepted"])
        writer.writerows(found)


if __name__ == "__main__":
    main()
