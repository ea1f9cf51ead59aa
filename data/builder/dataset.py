"""Every file of the dataset: what is read, weighed, chosen and split, in order."""

import csv
from dataclasses import dataclass
from pathlib import Path

from . import choose, given, native, pretraining
from .curated import curated_lists
from .evidence import Evidence, evidence_by_key
from .lists import Name, surname_lists
from .packages import fetch_all
from .rows import Rows, in_order, split
from .shares import Commonness, common_rows
from .spelling import loose_key, match_key

# Lists that a model is measured on and must not learn.
UNSEEN = Path(__file__).resolve().parent.parent.parent / "tests" / "data"


@dataclass(frozen=True)
class Dataset:
    """The rows of every file, and what they were chosen from."""

    files: dict[str, Rows]  # file name -> rows
    table: dict[str, Evidence]  # the evidence on every Latin name
    native: list[Name]  # every name in its own script
    common: list[list]  # the list of common names that a model is measured on


def build() -> Dataset:
    """Return the dataset, with packages fetched where the cache lacks them."""
    fetch_all()
    table = evidence_by_key(surname_lists() + curated_lists())
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
    return Dataset(files, table, names, commonness.listed(ranks, shares))


def _unseen_keys() -> set[str]:
    texts = (UNSEEN / "mash.txt").read_text(encoding="utf-8").splitlines()
    for name in ("outside_names.csv", "outside_written.csv"):
        with open(UNSEEN / name, encoding="utf-8", newline="") as file:
            texts += [row["name"] for row in csv.DictReader(file)]
    return {key(text) for key in (match_key, loose_key) for text in texts}
