"""The rows of a file, (name, label): sorted, split by name, packed and unpacked."""

import csv
import gzip
import io
from collections import defaultdict
from collections.abc import Container, Iterable
from hashlib import sha256
from pathlib import Path

from .spelling import loose_key, match_key, script_of

Rows = list[tuple[str, ...]]  # name and label, and a number where a file has one
TEST_ONE_IN = 3
MAX_PER_LANGUAGE = 3500


def in_order(rows: Iterable[tuple[str, ...]]) -> Rows:
    """Return the rows without repetitions, sorted by match key, label and spelling."""
    return sorted(set(rows), key=lambda row: (match_key(row[0]), row[1], row[0]))


def first_of_each(rows: Iterable[tuple[str, str]]) -> Rows:
    """Return the first spelling of each name, of MAX_PER_LANGUAGE names a label and script."""
    found = defaultdict(dict)
    for name, label in rows:
        found[label, script_of(name)].setdefault(loose_key(name), name)
    return [
        (name, label)
        for (label, _), names in found.items()
        for name in list(names.values())[:MAX_PER_LANGUAGE]
    ]


def labels_by_key(rows: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Return {match key: labels}."""
    found = defaultdict(set)
    for name, label in rows:
        found[match_key(name)].add(label)
    return dict(found)


def is_test(name: str, core: Container[str]) -> bool:
    """Return whether a name, however it is spelled, belongs to the test file: none of `core`."""
    key = match_key(name)
    return key not in core and int(shuffled(key), 16) % TEST_ONE_IN == 0


def split(rows: Rows, core: Container[str]) -> dict[str, Rows]:
    """Return {"train": rows, "test": rows}; all rows of a name are in one of them.

    Names whose match key is in `core` are in the first: they are so common that people try them.
    """
    return {
        part: [row for row in rows if is_test(row[0], core) == (part == "test")]
        for part in ("train", "test")
    }


def shuffled(text: str) -> str:
    """Return a key that sorts texts in an order without meaning, always the same."""
    return sha256(text.encode()).hexdigest()


def packed(rows: Rows) -> bytes:
    """Return the rows as CSV in gzip without time or file name: the same bytes every time."""
    buffer = io.BytesIO()
    with gzip.GzipFile(
        filename="", mode="wb", compresslevel=9, fileobj=buffer, mtime=0
    ) as file:
        file.write("".join(",".join(row) + "\n" for row in rows).encode("utf-8"))
    return buffer.getvalue()


def unpacked(path: Path) -> Rows:
    """Return the rows of a file."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(map(tuple, csv.reader(file)))
