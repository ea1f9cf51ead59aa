"""Halve and double each constant of the evidence model and count what changes in the dataset.

`python data/sensitivity.py` prints a Markdown table in about five minutes. Changes no file.
"""

import sys

from build import curate, evidence, lists, packages, persons
from builder import choose, rules

CONSTANTS = (
    (evidence, "SHRINKAGE"),
    (evidence, "LIST_RATE"),
    (evidence, "SCOTS_AMONG_BRITISH"),
    (evidence, "CLOSED_SET_CAP_RANK"),
    (choose, "MIN_SHARE"),
    (choose, "MIN_TOTAL_SHARE"),
    (choose, "MIN_TOTAL_SHARE_WEAK"),
    (choose, "MIN_PERSONS_LISTED"),
    (choose, "MIN_PERSONS_UNLISTED"),
    (choose, "CORE_RANK"),
    (choose, "CORE_OUTSIDE_RATIO"),
    (rules, "FEW_PERSONS"),
    (rules, "MAYBE_GIVEN_PERSONS"),
    (rules, "ISLES_RATIO"),
)
SHARES = {"MIN_SHARE", "MIN_TOTAL_SHARE", "MIN_TOTAL_SHARE_WEAK", "SCOTS_AMONG_BRITISH"}


def rows_with(counts, name_lists) -> set[tuple[str, str]]:
    """Return the dataset's (key, language) rows under the constants as they stand."""
    table = evidence.weigh(counts, name_lists)
    chosen = choose.choose(table, choose.judge(table, curate.read_corrections()))
    return {(key, language) for language, keys in chosen.items() for key in keys}


def names_of_several(rows: set[tuple[str, str]]) -> int:
    """Return how many names have more than one language."""
    return len(rows) - len({key for key, _ in rows})


def _variants(name: str, value: float) -> list[float]:
    if name in SHARES:
        return [round(value / 2, 3), min(0.95, round(value * 2, 3))]
    return [type(value)(value / 2), type(value)(value * 2)]


def main() -> int:
    """Print the table; return the exit status."""
    packages.fetch_all()
    counts = persons.count_persons(curate.family_names())
    name_lists = lists.read_lists() + curate.curated_lists()
    base = rows_with(counts, name_lists)
    print("| constant | value | rows | added | lost | further labels |\n|---|--:|--:|--:|--:|--:|")
    print(f"| as committed | | {len(base):,} | | | {names_of_several(base):,} |")
    for module, name in CONSTANTS:
        value = getattr(module, name)
        for variant in _variants(name, value):
            setattr(module, name, variant)
            rows = rows_with(counts, name_lists)
            print(
                f"| `{name}` {value:g} | {variant:g} | {len(rows):,} | {len(rows - base):,} "
                f"| {len(base - rows):,} | {names_of_several(rows):,} |",
                flush=True,
            )
        setattr(module, name, value)
    return 0


if __name__ == "__main__":
    sys.exit(main())
