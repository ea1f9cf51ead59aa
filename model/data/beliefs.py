"""A teacher's predictions: the probabilities of a larger model, for a classifier to learn from.

    text                    negative  somewhat negative  neutral  somewhat positive  positive
    not the worst of films  0.02      0.21               0.38     0.33               0.06

Tabs between columns, quotes like any other character. Reads and writes that file; trains nothing.
Source of the method: Hinton, Vinyals and Dean 2015, "Distilling the knowledge in a neural network".
"""

import gzip
from dataclasses import replace
from pathlib import Path

import torch

from ..errors import InputError
from .records import TRAINING, Record
from .rows import Beliefs, Dataset
from .sums import file_facts
from .tables import UNQUOTED, Table, read_table

TEXT = "text"
MAX_CHARACTERS = 1_000  # of a text: one that is much longer than the rest slows down its batch


def save_beliefs(path: Path, labels: list[str], beliefs: Beliefs) -> None:
    """Write the file, gzipped if its name ends so."""
    lines = ["\t".join([TEXT, *labels])]
    for text, row in zip(beliefs.texts, beliefs.probabilities.tolist(), strict=True):
        lines.append("\t".join([text, *(f"{value:.4g}" for value in row)]))
    content = "\n".join([*lines, ""]).encode()
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


def with_teacher(dataset: Dataset, path: Path) -> Dataset:
    """Return `dataset` with the beliefs in the file `path`; raise InputError if that is invalid.

    Texts that are among the validation or test rows are left out, so that both stay unseen.
    """
    if not path.is_file():
        raise InputError(f"No file {path}: data/teacher.py makes it.")
    table = read_table(str(path), form=UNQUOTED, header=True, encoding="utf-8", limits=TRAINING)
    beliefs = _beliefs_of(table, dataset.labels)
    unseen = dataset.unseen(beliefs.texts)
    if not unseen:
        raise InputError(f"{path} has no text that is in none of the validation and test rows.")
    beliefs = beliefs.take(unseen)
    files = dataset.files | {path.name: file_facts(path, len(beliefs))}
    return replace(dataset, beliefs=beliefs, files=files)


def _beliefs_of(table: Table, labels: list[str]) -> Beliefs:
    header, *records = table.records
    if header is None or header.fields != [TEXT, *labels]:
        raise InputError(f"{table.name}, line 1: the columns must be {TEXT}, {', '.join(labels)}.")
    texts: list[str] = []
    rows: list[list[float]] = []
    for record in records:
        texts.append(record.fields[0] if record.fields else "")
        rows.append(_parse(table, record))
    if not rows:
        raise InputError(f"{table.name} has no rows below its header.")
    return Beliefs(texts, torch.tensor(rows))


def _parse(table: Table, record: Record) -> list[float]:
    """Return the probabilities of a record, which sum to 1, or raise InputError with its line."""
    problem = record.problem
    if not problem and len(record.fields[0]) > MAX_CHARACTERS:
        problem = f"the text has more than {MAX_CHARACTERS:,} characters"
    if not problem:
        try:
            values = list(map(float, record.fields[1:]))
        except ValueError:
            values = []
        if values and min(values) >= 0 and 0.98 < sum(values) < 1.02:
            return [value / sum(values) for value in values]
        problem = "the probabilities must be numbers that sum to 1"
    raise InputError(f"{table.name}, line {record.line}: {problem}.")
