"""Halve and double each constant of the evidence model and count what changes in the dataset.

`python data/sensitivity.py` prints a Markdown table of the names in Latin letters, in about ten
minutes; with `--native`, one of the names in other scripts. Changes no file.
"""

import argparse
import sys
from collections.abc import Iterator

from build import curate, evidence, lists, packages, persons
from builder import choose, native, rules, scripts

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
NATIVE_CONSTANTS = (
    (scripts, "MIN_BEARERS"),
    (scripts, "MAYBE_GIVEN_BEARERS"),
    (scripts, "MIN_PER_MILLION"),
    (native, "ARABIC_BEARERS"),
    (native, "FEMALE_FORMS_KEPT"),
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


def native_rows_with(table, judged) -> set[tuple[str, str]]:
    """Return the (name, language) rows in other scripts under the constants as they stand."""
    return {(name.text, name.group) for name in native.keep(scripts.surnames(), table, judged)}


def print_latin(counts, name_lists) -> None:
    """Print the table of names in Latin letters."""
    base = rows_with(counts, name_lists)
    print("| constant | value | rows | added | lost | further labels |\n|---|--:|--:|--:|--:|--:|")
    print(f"| as committed | | {len(base):,} | | | {names_of_several(base):,} |")
    for change, rows in _each(CONSTANTS, lambda: rows_with(counts, name_lists)):
        moved = f"{len(rows - base):,} | {len(base - rows):,}"
        print(f"| {change} | {len(rows):,} | {moved} | {names_of_several(rows):,} |", flush=True)


def print_native(counts, name_lists) -> None:
    """Print the table of names in other scripts, before the split leaves some out."""
    table = evidence.weigh(counts, name_lists)
    judged = choose.judge(table, curate.read_corrections())
    base = native_rows_with(table, judged)
    print("| constant | value | rows | added | lost |\n|---|--:|--:|--:|--:|")
    print(f"| as committed | | {len(base):,} | | |")
    for change, rows in _each(NATIVE_CONSTANTS, lambda: native_rows_with(table, judged)):
        moved = f"{len(rows - base):,} | {len(base - rows):,}"
        print(f"| {change} | {len(rows):,} | {moved} |", flush=True)


def _each(constants, build_rows) -> Iterator[tuple[str, set[tuple[str, str]]]]:
    """Yield what is changed, as two cells, and the rows that it gives."""
    for module, name in constants:
        value = getattr(module, name)
        for variant in _variants(name, value):
            setattr(module, name, variant)
            yield f"`{name}` {value:g} | {variant:g}", build_rows()
        setattr(module, name, value)


def main() -> int:
    """Print a table; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--native", action="store_true", help="of the names in other scripts")
    options = parser.parse_args()
    packages.fetch_all()
    counts = persons.count_persons(curate.family_names())
    name_lists = lists.read_lists() + curate.curated_lists()
    (print_native if options.native else print_latin)(counts, name_lists)
    return 0


if __name__ == "__main__":
    sys.exit(main())
