"""The rows of a file, (name, label): sorted, split by name, packed and unpacked."""

import csv
import gzip
import io
from collections import defaultdict
from collections.abc import Container, Iterable
from hashlib import sha256
from pathlib import Path

from .spelling import loose_key, match_key, script_of

Row = tuple[str, ...]  # name and label, and a number where a file has one
Labels = dict[str, set[str]]  # match key -> labels
TEST_ONE_IN = 3
MAX_PER_LANGUAGE = 3500


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Return the rows without repetitions, sorted by match key, label and spelling."""
    unique = set(rows)
    return sorted(unique, key=_place)


def _place(row: Row) -> tuple:
    name, label, *others = row
    key = match_key(name)
    return key, label, name, others


def first_of_each(rows: list[Row]) -> list[Row]:
    """Return the first spelling of each name, of MAX_PER_LANGUAGE names a label and script."""
    spellings_of = defaultdict(dict)  # (label, script) -> loose key -> spelling
    for name, label in rows:
        script = script_of(name)
        spellings = spellings_of[label, script]
        key = loose_key(name)
        spellings.setdefault(key, name)
    kept = []
    for (label, _script), spellings in spellings_of.items():
        names = list(spellings.values())
        for name in names[:MAX_PER_LANGUAGE]:
            kept.append((name, label))
    return kept


def labels_by_key(rows: list[Row]) -> Labels:
    """Return the labels of each name, however it is spelled."""
    labels = defaultdict(set)
    for name, label in rows:
        key = match_key(name)
        labels[key].add(label)
    return dict(labels)


def is_test(name: str, core: Container[str]) -> bool:
    """Return whether all spellings of a name belong to the test file; those in `core` do not."""
    key = match_key(name)
    if key in core:
        return False
    number = int(shuffled(key), 16)
    return number % TEST_ONE_IN == 0


def split(rows: list[Row], core: Container[str]) -> dict[str, list[Row]]:
    """Return {"train": rows, "test": rows}; all rows of a name are in one of them.

    Names whose match key is in `core` train because they are so common that people try them.
    """
    splits = {"train": [], "test": []}
    for row in rows:
        name, _ = row
        split = "test" if is_test(name, core) else "train"
        splits[split].append(row)
    return splits


def shuffled(text: str) -> str:
    """Return a key that sorts texts in an arbitrary order, the same every time."""
    return sha256(text.encode()).hexdigest()


def as_csv(rows: Iterable[Iterable]) -> str:
    """Return the rows as lines of CSV."""
    return "".join(",".join(map(str, row)) + "\n" for row in rows)


def packed(rows: list[Row]) -> bytes:
    """Return the rows as CSV in gzip without time or file name: the same bytes every time."""
    content = as_csv(rows).encode()
    buffer = io.BytesIO()
    with gzip.GzipFile("", "wb", fileobj=buffer, mtime=0) as file:
        file.write(content)
    return buffer.getvalue()


def unpacked(path: Path) -> list[Row]:
    """Return the rows of a file."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        return list(map(tuple, rows))
