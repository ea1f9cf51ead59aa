"""Build the surname dataset: `python data/build.py`, or `--check` to rebuild and compare.

Needs pip, npm and a network at the first run; afterwards data/.cache/ holds the packages.
"""

import argparse
import csv
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent)]

from builder import (  # noqa: E402
    choose,
    curate,
    evidence,
    given,
    lists,
    mash,
    native,
    packages,
    persons,
    pretraining,
    scripts,
    write,
)
from builder.evidence import Evidence  # noqa: E402
from builder.languages import LANGUAGES  # noqa: E402

from model.data.texts import match_key  # noqa: E402
from model.errors import InputError  # noqa: E402

# Measured and never trained on.
OUTSIDE = FOLDER.parent / "tests" / "data"
OUTSIDE_FILES = ("outside_names.csv", "outside_written.csv")


@dataclass(frozen=True)
class Built:
    """What the sources give."""

    table: dict[str, Evidence]  # the evidence on every Latin name
    chosen: dict[str, list[str]]  # language -> Latin names kept, best attested first
    native: list[scripts.Name]  # every name in its own script
    files: dict[str, list[tuple[str, str]]]  # file name -> rows


def build() -> Built:
    """Read the packages and return the rows of every file."""
    packages.fetch_all()
    counts = persons.count_persons(curate.family_names())
    table = evidence.weigh(counts, lists.read_lists() + curate.curated_lists())
    judged = choose.judge(table, curate.read_corrections())
    chosen = choose.choose(table, judged)
    rows = [
        (table[key].spellings_in(language)[0], language)
        for language in LANGUAGES
        for key in chosen[language]
    ]
    outside = _outside_keys()
    names = [n for n in scripts.surnames() if not native.keys_of(n.text) & outside]
    latin = write.split(rows)
    in_script = native.split(native.keep(names, table, judged), names, latin)
    files = {f"names_{part}.csv.gz": found for part, found in latin.items()}
    files |= {f"native_{part}.csv.gz": found for part, found in in_script.items()}
    files |= _unlabelled(counts, table, names, files, outside)
    return Built(table, chosen, names, files)


def _unlabelled(counts, table, names: list[scripts.Name], files, outside: set[str]):
    """Return the files without labels to be scored on: nothing in them names a test name."""
    test = {text for part in ("names", "native") for text, _ in files[f"{part}_test.csv.gz"]}
    links = {name.link for name in names if name.text in test}
    hidden = outside.union(map(match_key, links), *map(native.keys_of, test))
    labels = defaultdict(set)
    latin_train, in_script = files["names_train.csv.gz"], files["native_train.csv.gz"]
    for text, language in latin_train:
        labels[match_key(text)].add(language)
    in_latin = pretraining.rows(table, labels, hidden)
    given_names = given.given_names(counts, hidden)
    own_names = [name.text for name in names] + [text for text, _ in given_names]
    return {
        pretraining.FILE_NAME: pretraining.with_other(
            in_latin
            + pretraining.cyrillic_rows(in_latin, hidden)
            + pretraining.native_rows(names, in_script, hidden)
            + pretraining.chinese_rows(scripts.chinese_forms(names), in_script, hidden)
            + pretraining.given_rows(given_names, table, latin_train + in_script, hidden)
            + mash.rows(hidden.union(table, *map(native.keys_of, own_names)))
        ),
        "given_names.csv.gz": given_names,
        "readings.csv.gz": scripts.readings(),
    }


def _outside_keys() -> set[str]:
    keys = set()
    for name in OUTSIDE_FILES:
        with open(OUTSIDE / name, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                keys |= {match_key(row["name"]), scripts.loose_key(row["name"])}
    mashes = (OUTSIDE / "mash.txt").read_text(encoding="utf-8").splitlines()
    return keys.union(map(match_key, mashes))


def main() -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    arguments = parser.parse_args()
    try:
        built = build()
    except (InputError, OSError) as error:
        print(f"data/build.py: {error}", file=sys.stderr)
        return 2
    for name, rows in built.files.items():
        print(f"{name:<22}{len(rows):>8,}")
    files = {name: write.packed(rows) for name, rows in built.files.items()}
    if arguments.check:
        return _compare(files)
    write.write(FOLDER, files)
    return 0


def _compare(files: dict[str, bytes]) -> int:
    for name, content in files.items():
        path = FOLDER / name
        if not path.exists() or path.read_bytes() != content:
            print(f"{name} differs from what the sources give: run data/build.py", file=sys.stderr)
            return 1
    print("The files are byte for byte what the sources give.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
