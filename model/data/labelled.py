"""Training rows: tables of texts and labels, which sources.py reads, to `Rows`.

    city,country
    Osaka,Japan          a text with several labels has one row per label
    Torino,Italy

`usable_rows` reads all that is trained on. In built-in data a row that cannot be used is an error;
of a custom table it is left out and counted.
"""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from ..errors import InputError, listing, shorten
from ..text.letters import decompose
from .hints import ERROR, MAY_BE_MEANT, MISSING
from .layout import Asked
from .records import TRAINING, Record
from .rows import Dataset, Files, Rows
from .splits import to_dataset
from .tables import Table, read_table
from .texts import TextKind, label_problem

QUOTED = re.compile(
    r"'[^']*'|\"[^\"]*\"|\d[\d,]*|U\+[0-9A-F]+"
)  # what reasons of one kind differ in
NO_LABEL = MISSING - MAY_BE_MEANT | {""}  # of those that may be meant `summary` counts
Known = Collection[str] | None  # the labels that a row may have; None: any
T = TypeVar("T")


def fixed_table(path: Path, format: str, header: bool) -> Table:
    """Return a table of built-in data: its layout is known, texts come first, in UTF-8."""
    asked = Asked(column=1, header=header, encoding="utf-8")
    return read_table(str(path), format=format, asked=asked, limits=TRAINING)


def usable_rows(
    table: Table,
    parse: Callable[[Record], T],
    strict: bool = True,
) -> tuple[list[T], str]:
    """Return what `parse` makes of each row, and a line on those not read, "" if there are none.

    `parse` raises InputError for a row that cannot be used. If `strict`, the first such row raises
    InputError with its line, and so does a table without rows; otherwise such rows are counted.
    """
    rows: list[T] = []
    not_read = defaultdict[str, list[int]](list)  # lines by problem
    for record in table.rows:
        problem = record.problem
        if not problem:
            try:
                rows.append(parse(record))
            except InputError as error:
                # Without a remedy, because nobody gives rows one by one.
                problem = error.problem.rstrip(".")
        if problem and strict:
            raise InputError(f"{table.name}, {table.unit} {record.line}: {problem}.")
        if problem:
            not_read[problem].append(record.line)
    if strict and not rows:
        raise InputError(f"{table.name} has no rows below its header.")
    return rows, _reasons(table, not_read) if not_read else ""


def _reasons(table: Table, not_read: Mapping[str, list[int]]) -> str:
    """Return how many rows were not read, and all reasons, each with its first row.

    Those that differ in what they quote, or in numbers, are one.
    """
    kinds = defaultdict[str, list[tuple[int, str]]](list)
    for problem, lines in not_read.items():
        kind = QUOTED.sub("…", problem)
        kinds[kind] += [(line, problem) for line in lines]
    reasons = []
    for rows in sorted(kinds.values(), key=len, reverse=True):
        line, problem = min(rows)
        where = f"{table.unit} {line}"
        if len(rows) > 1:
            are_alike = len({each for _, each in rows}) > 1
            where += f" and {len(rows) - 1:,} {'such' if are_alike else 'more'}"
        reasons.append(f"{where}: {problem}")
    total = sum(map(len, kinds.values()))
    noun = "row" if total == 1 else "rows"
    return f"{table.name}: {total:,} {noun} not read: {'; '.join(reasons)}."


def labelled_rows(
    table: Table,
    label: int,
    kind: TextKind,
    known: Known = None,
    strict: bool = True,
    weights: Sequence[float] = (),
) -> tuple[Rows, str]:
    """Return the usable rows of a table whose labels are in column `label`, and a line as above.

    Where labels are `known`, a row with another one cannot be used. `weights` are by line.
    """

    def parse(record: Record) -> tuple[str, str, int]:
        text = record.fields[table.column]
        if not text.strip():
            raise InputError(f"The {kind.text} is empty.")
        own = record.fields[label].strip()
        if problem := _label_problem(own, known):
            raise InputError(f"The {kind.label} {problem}.")
        kind.check(text)
        kind.check_units(decompose(text, symbols=kind.symbols))
        return text, sys.intern(own), record.line

    rows, note = usable_rows(table, parse, strict)
    texts = [text for text, _, _ in rows]
    labels = [label for _, label, _ in rows]
    own_weights = [weights[line] for _, _, line in rows] if weights else []
    return Rows(texts, labels, weights=own_weights), note


def _label_problem(label: str, known: Known) -> str | None:
    if label in NO_LABEL or re.fullmatch(ERROR, label):
        return f"is {label or 'empty'}"
    if problem := label_problem(label):
        return problem
    if known is not None and label not in known:
        return f"{shorten(repr(label), 60)} has no row to train on"
    return None


def with_file(files: Files, table: Table, n_rows: int, use: str = "") -> Files:
    """Return `files` and what a model records of one more: its number of rows and its SHA-256.

    It goes by its name, behind those of as many folders as tell it from others.
    """
    path = Path(table.name)
    name = path.name
    for folder in path.absolute().parents:
        if name not in files:
            break
        name = f"{folder.name}/{name}"
    record = {"rows": n_rows, "sha256": table.sha256}
    return files | {name: record | ({"part": use} if use else {})}


def labelled(tables: Mapping[str, Table], kind: TextKind) -> Dataset:
    """Return the rows of tables by split, in the order of SPLITS.

    What is missing of the last two is held out of the first, a tenth of the texts or, to validate,
    up to a fifth. Raises InputError where too few texts or labels are left.
    """
    notes: list[str] = []
    summaries = []
    files: Files = {}
    splits: dict[str, Rows] = {}
    for split, table in tables.items():
        known = set(splits["train"].labels) if splits else None
        rows, not_read = labelled_rows(table, table.label, kind, known, strict=False)
        splits[split] = rows
        files = with_file(files, table, len(rows), split)
        summaries.append(f"{table.name}: {table.summary}")
        notes += [table.remark and f"{table.name}: {table.remark}", not_read]
    notes = list(filter(None, notes))
    first = tables["train"]
    columns = {}
    if first.header:
        columns = {"text": first.names[first.column], "label": first.names[first.label]}
    dataset = to_dataset(splits, kind, first.name, notes)
    summaries += summary(dataset, kind)
    return replace(dataset, files=files, columns=columns, summary=summaries)


def summary(dataset: Dataset, kind: TextKind) -> list[str]:
    """Return what a person should look at in rows before they are trained on, a line each.

    Two texts are one if their key is equal.
    """
    rows = dataset.train + dataset.validation + dataset.test
    keys = set(map(dataset.key, rows.texts))
    labels = sorted(rows.labels)  # so that ties go to the alphabet
    shares = [
        f"{shorten(label, 60)} {n / len(rows):.1%} ({n:,})"
        for label, n in Counter(labels).most_common()
    ]
    lines = [
        f"{len(rows):,} rows, {len(keys):,} different {kind.texts}; largest {kind.label}: "
        f"{shares[0]}, smallest: {shares[-1]}"
    ]
    findings = {
        f"{kind.labels} that differ in case or spaces alone": _alike(rows.labels),
        f"{kind.labels} that may stand for a missing value": _missing(rows.labels),
        f"{kind.texts} that may stand for a missing value": _missing(rows.texts),
    }
    for what, finding in findings.items():
        if finding:
            lines.append(f"{what}: {finding}")
    return lines


def _alike(labels: Iterable[str]) -> str:
    """Return the labels that differ in case or spaces alone, in groups."""
    groups = defaultdict[str, list[str]](list)
    for label in sorted(set(labels)):
        key = "".join(label.casefold().split())
        groups[key].append(repr(label))
    alike = [" / ".join(group) for group in groups.values() if len(group) > 1]
    return listing(alike)


def _missing(values: Sequence[str]) -> str:
    """Return which of MISSING are among the values, each with its number."""
    counts = Counter(value.strip() for value in values)
    known = sorted(MISSING & counts.keys())
    return ", ".join(f"{value} ({counts[value]:,})" for value in known)
