"""Lists of texts and labels in Python, pandas or numpy, to a data set."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from ..errors import InputError
from .forms import UNQUOTED
from .labelled import labelled_rows
from .records import Record
from .rows import Dataset, Rows
from .splits import to_dataset
from .tables import Table
from .texts import TextKind, is_missing

Pairs = tuple[Sequence[str], Sequence[Any]]  # texts, and the label of each


def dataset_of(
    lists: Mapping[str, Pairs | None],
    kind: TextKind,
    strict: bool,
) -> Dataset:
    """Return the dataset of lists by part, "train" first; only validation rows are held out.

    Raises InputError as read_labelled does.
    """
    notes = []
    parts: dict[str, Rows] = {}
    for part, pairs in lists.items():
        if pairs is None:
            continue
        known = parts["train"].labels if parts else None
        table = table_of(part, pairs)
        parts[part], note = labelled_rows(table, 1, kind, known, strict)
        if note:
            notes.append(note)
    return to_dataset(parts, kind, notes=notes, needs_test=False)


def table_of(name: str, pairs: Pairs) -> Table:
    """Return two lists, texts and labels, as a table; raise InputError if their lengths differ."""
    is_pair = isinstance(pairs, tuple | list) and len(pairs) == 2
    columns = [listed(column, name) for column in pairs] if is_pair else []
    lengths = set(map(len, columns))
    if len(lengths) != 1:
        fault = "give a pair of lists, texts and labels, of the same length"
        raise InputError(f"{name}: {fault}.")
    records: list[Record] = []
    for text, label in zip(*columns, strict=True):
        fields = [str(text), label_text(label)]
        record = Record(len(records), fields, _problem(text, label))
        records.append(record)
    return Table(name, UNQUOTED, records, unit="index")


def _problem(text: object, label: object) -> str | None:
    if is_missing(text):
        return "the text is missing"
    if is_missing(label):
        return "the label is missing"
    if isinstance(text, str) and isinstance(label, Hashable):
        return None
    return "the text must be a str, and the label a str, number or bool"


def listed(values: Any, name: str) -> list:
    """Return a column of values as a list; raise InputError, which calls it `name`, for others."""
    is_table = isinstance(values, Mapping) or hasattr(values, "columns")
    is_iterable = isinstance(values, Iterable) and not isinstance(values, str)
    if is_iterable and not is_table:
        return list(values)
    kind = type(values).__name__
    hint = ": pass frame['text'] and frame['label']" if is_table else ""
    raise InputError(f"{name}: a list is needed, not a {kind}{hint}.")


def label_text(label: object) -> str:
    """Return what a label of any type is called in a model, "" for None, NaN, NaT or pandas.NA."""
    if isinstance(label, float) and label.is_integer():
        label = int(label)  # pandas makes 1 of a column with a missing value 1.0
    if is_missing(label):
        return ""
    return str(label).strip()
