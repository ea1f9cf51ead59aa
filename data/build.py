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
from .builder.lists import Name, fetch_all, surname_lists
from .builder.rows import Rows, labels_by_key, packed, shuffled, split
from .builder.shares import Commonness, common_rows, share_rows
from .builder.spelling import loose_key, match_key, script_of

FOLDER = Path(__file__).resolve().parent
WEB = FOLDER.parent / "model" / "web"
Files = dict[str, Rows]  # name of a file in data/ -> its rows
# Lists that a model must not learn
UNSEEN = ("mash", "outside_names", "outside_written")
PER_LANGUAGE = 400  # names for the browser
PLAIN = re.compile("[a-z][a-z' -]*[a-z]")  # what model/web/datasets.js reads a name as


def build() -> tuple[Files, list[list]]:
    """Return the rows of each file, and the list of common names.

    The steps in order: fetch the packages that the cache lacks, read, weigh, choose, split.
    """
    fetch_all()
    table = evidence_by_key(surname_lists())
    languages = choose.languages_by_key(table)
    unseen = unseen_keys()
    names = [
        name
        for name in native.native_names()
        if native.keys_of(name.text).isdisjoint(unseen)
    ]
    commonness = Commonness(table, names)
    languages |= commonness.unclaimed(languages)
    latin_rows = choose.kept_rows(table, languages)
    kept_names = native.kept_names(names, table, languages)
    native_rows = [(name.text, name.group) for name in kept_names]
    core = commonness.core(latin_rows + native_rows)
    latin = split(latin_rows, core)
    in_script = native.native_rows(names, kept_names, latin, core)
    train = latin["train"] + in_script["train"]
    test = latin["test"] + in_script["test"]
    ranks = commonness.ranks(train + test)
    shares = commonness.shares(train + test)
    hidden = unseen | keys_of_test(test, names)
    given_names = given.given_names(hidden)
    files = {
        "names_train.csv.gz": latin["train"],
        "names_test.csv.gz": latin["test"],
        "native_train.csv.gz": in_script["train"],
        "native_test.csv.gz": in_script["test"],
        "pretraining.csv.gz": pretraining.rows(
            table, names, given_names, train, hidden
        ),
        "given_names.csv.gz": given_names,
        "common.csv.gz": common_rows(ranks, train),
        "shares.csv.gz": share_rows(shares),
        "readings.csv.gz": native.readings(),
    }
    return files, commonness.listed(ranks, shares)


def unseen_keys() -> set[str]:
    """Return the keys of all texts of the lists in UNSEEN."""
    lists = read_lists(LANGUAGES)
    keys = set()
    for name in UNSEEN:
        for text in lists[name].texts:
            keys |= {match_key(text), loose_key(text)}
    return keys


def keys_of_test(test: Rows, names: list[Name]) -> set[str]:
    """Return the keys of the test rows, and of the Latin names that theirs are linked to."""
    texts = {text for text, _ in test}
    links = {name.key for name in names if name.text in texts}
    return links.union(*map(native.keys_of, texts))


def browser_names(files: Files) -> str:
    """Return a line a language, `Label: name, name …`: training names in plain lower-case letters.

    They are of one language only, the most common first where there are more than PER_LANGUAGE,
    then at random. None is a test name, however it is spelled.
    """
    ranks = {}
    for name, language, rank in files["common.csv.gz"]:
        ranks[name, language] = int(rank)
    train = files["names_train.csv.gz"]
    train = sorted(
        train,
        key=lambda row: (ranks.get(row, PER_LANGUAGE), shuffled(row[0])),
    )
    languages = labels_by_key(train)
    in_test = labels_by_key(files["names_test.csv.gz"])
    chosen = defaultdict(dict)  # language -> match key -> name
    for text, language in train:
        name = folded(text).lower()
        key = match_key(text)
        is_new = key not in in_test and len(languages[key]) == 1
        if is_new and PLAIN.fullmatch(name):
            chosen[language].setdefault(key, name)
    lines = []
    for language in sorted(chosen):
        names = list(chosen[language].values())[:PER_LANGUAGE]
        lines.append(f"{language}: {', '.join(sorted(names))}\n")
    return "".join(lines)


def with_counts(text: str, files: Files) -> str:
    """Return the datasheet with an updated table of rows by language and script."""
    train = files["names_train.csv.gz"] + files["native_train.csv.gz"]
    test = files["names_test.csv.gz"] + files["native_test.csv.gz"]
    labels = labels_by_key(train + test)
    columns = {
        "train": train,
        "test": test,
        "with several languages": [],
        "with marks": [],
        "given names": files["given_names.csv.gz"],
        "pretraining": [
            row for row in files["pretraining.csv.gz"] if row[1] in LANGUAGES
        ],
    }
    for row in train + test:
        name, _ = row
        if len(labels[match_key(name)]) > 1:
            columns["with several languages"].append(row)
        if script_of(name) == "Latin" and not name.isascii():
            columns["with marks"].append(row)
    counts = [
        Counter((language, script_of(name)) for name, language in rows)
        for rows in columns.values()
    ]
    table = [
        ["language", "script", *columns],
        ["---", "---", *["--:"] * len(columns)],
    ]
    for part in sorted(set().union(*counts)):
        table.append([*part, *(f"{count[part]:,}" for count in counts)])
    table.append(["all", "", *(f"{count.total():,}" for count in counts)])
    lines = [f"| {' | '.join(row)} |\n" for row in table]
    head, _, rest = text.partition("<!-- counts -->\n")
    _, end, tail = rest.partition("<!-- /counts -->")
    return "".join([head, "<!-- counts -->\n", *lines, end, tail])


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(
        prog="data.build", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args(arguments).check
    try:
        files, common = build()
        datasheet = with_counts((FOLDER / "README.md").read_text("utf-8"), files)
    except (InputError, OSError) as error:
        print(f"data.build: {error}", file=sys.stderr)
        return 2
    header = ["name", "language", "form", "rank", "weight", "accepted"]
    lines = [",".join(map(str, row)) + "\n" for row in [header, *common]]
    contents = {FOLDER / name: packed(rows) for name, rows in files.items()}
    contents[FOLDER / "README.md"] = datasheet.encode()
    contents[LISTS / "common_names.csv"] = "".join(lines).encode()
    contents[WEB / "names.txt"] = browser_names(files).encode()
    for path, content in contents.items():
        if not check:
            path.write_bytes(content)
        elif path.read_bytes() != content:
            message = f"{path} differs from what the sources give: run data.build."
            print(message, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
