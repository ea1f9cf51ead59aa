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
from .labelled import RowError, file_facts, fixed_table, usable_rows
from .records import Record
from .rows import Beliefs, Dataset
from .tables import UNQUOTED

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
    table = fixed_table(str(path), form=UNQUOTED, header=True)
    if table.names != [TEXT, *dataset.labels]:
        columns = ", ".join([TEXT, *dataset.labels])
        raise InputError(f"{path}, line 1: the columns must be {columns}.")
    rows, _ = usable_rows(table, _probabilities)
    beliefs = Beliefs([record.fields[0] for record in table.rows], torch.tensor(rows))
    unseen = dataset.unseen(beliefs.texts)
    if not unseen:
        raise InputError(f"{path} has no text that is in none of the validation and test rows.")
    beliefs = beliefs.take(unseen)
    files = dataset.files | {path.name: file_facts(path, len(beliefs))}
    return replace(dataset, beliefs=beliefs, files=files)


def _probabilities(record: Record) -> list[float]:
    """Return the probabilities of a record, which sum to 1."""
    if len(record.fields[0]) > MAX_CHARACTERS:
        raise RowError(f"the text has more than {MAX_CHARACTERS:,} characters.")
    try:
        values = list(map(float, record.fields[1:]))
    except ValueError:
        values = []
    if not (values and min(values) >= 0 and 0.98 < sum(values) < 1.02):
        raise RowError("the probabilities must be numbers that sum to 1.")
    return [value / sum(values) for value in values]
