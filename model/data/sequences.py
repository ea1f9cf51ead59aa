"""Sequences of texts and labels, of Python, pandas or numpy, to a data set."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from ..errors import InputError, listing, shorten
from .formats import UNQUOTED
from .labelled import labelled_rows
from .records import Record
from .rows import Dataset, Rows
from .splits import to_dataset
from .tables import Table
from .texts import TextKind, is_missing

Pairs = tuple[Iterable[str], Iterable[Any]]  # texts, and the label of each
Unreadable = Literal["error", "nan"]  # what a text is that cannot be read


def dataset_of(
    pairs_of: Mapping[str, Pairs | None],
    kind: TextKind,
    strict: bool,
    sample_weight: Iterable[float] | None = None,
) -> Dataset:
    """Return the dataset of pairs by split, "train" first; only validation rows are held out.

    `sample_weight` is of the rows to train on; their mean counts as 1, as other rows do. Raises
    InputError as read_labelled does.
    """
    notes = []
    splits: dict[str, Rows] = {}
    for split, pairs in pairs_of.items():
        if pairs is None:
            continue
        known = splits["train"].labels if splits else None
        table = table_of(split, pairs)
        weights: list[float] = []
        if sample_weight is not None:
            n = len(table.records)
            weights = [1.0] * n if splits else weights_of(sample_weight, n)
        rows, note = labelled_rows(table, 1, kind, known, strict, weights)
        splits[split] = rows
        if note:
            notes.append(note)
    return to_dataset(splits, kind, notes=notes, needs_test=False)


def table_of(name: str, pairs: Pairs) -> Table:
    """Return texts and labels as a table; raise InputError if their lengths differ."""
    is_pair = isinstance(pairs, tuple | list) and len(pairs) == 2
    columns = [as_list(column, name) for column in pairs] if is_pair else []
    lengths = set(map(len, columns))
    if len(lengths) != 1:
        raise InputError(
            f"{name}: give a pair of lists, texts and labels, of the same length."
        )
    records: list[Record] = []
    for text, label in zip(*columns, strict=True):
        fields = [str(text), label_text(label)]
        records.append(Record(len(records), fields, _problem(text, label)))
    return Table(name, UNQUOTED, records, unit="index")


def _problem(text: object, label: object) -> str | None:
    if is_missing(text):
        return "the text is missing"
    if is_missing(label):
        return "the label is missing"
    if isinstance(text, str) and isinstance(label, Hashable):
        return None
    return "the text must be a str, and the label a str, number or bool"


def weights_of(sample_weight: Iterable[float], n: int) -> list[float]:
    """Return weights of n rows whose mean is 1; raise InputError for any that cannot be."""
    weights = np.array(as_list(sample_weight, "sample_weight"))
    if len(weights) != n:
        raise InputError(f"sample_weight: give {n:,} numbers, not {len(weights):,}.")
    is_number = weights.dtype.kind in "biuf" and weights.ndim == 1
    if not (is_number and 0 < weights.sum() < np.inf and weights.min() >= 0):
        raise InputError(
            "sample_weight: give each text a number, 0 or more, and not all zero."
        )
    return (weights / weights.mean()).tolist()


def is_nan(unreadable: str) -> bool:
    """Return whether what cannot be read is NaN; raise InputError for what is not Unreadable."""
    if unreadable not in ("error", "nan"):
        raise InputError(f"unreadable is {unreadable!r}: give 'error' or 'nan'.")
    return unreadable == "nan"


def as_list(values: Any, name: str) -> list:
    """Return a column of values as a list; raise InputError, which calls it `name`, for others.

    It may be a list, an array or a column of one dimension, or an array or a table of one column.
    """
    what = f"a {type(values).__name__}"
    is_array = hasattr(values, "__array__")
    is_table = is_array or isinstance(values, Mapping)
    if is_array:
        values = np.asarray(values)
        if values.ndim == 1 or values.shape[1:] == (1,):
            return values.ravel().tolist()
        what += f" of shape {values.shape}"
    elif isinstance(values, Iterable) and not isinstance(values, str | Mapping):
        return list(values)
    hint = ": pass frame['text'] and frame['label']" if is_table else ""
    raise InputError(f"{name}: a list is needed, not {what}{hint}.")


def own_labels(labels: list, known: Sequence[str], n_texts: int) -> list[str]:
    """Return `labels` of any type as those of a model, `known`; raise InputError for any other."""
    if len(labels) != n_texts or not labels:
        raise InputError(
            f"{n_texts} texts, {len(labels)} labels: each text needs a label."
        )
    names = list(map(label_text, labels))
    for i, name in enumerate(names):
        if not name:
            raise InputError(f"labels[{i}]: The label is missing.")
        if name not in known:
            raise InputError(
                f"labels[{i}]: The model has no label {shorten(name)!r} but: {listing(known)}."
            )
    return names


def label_text(label: object) -> str:
    """Return what a label of any type is called in a model, "" for None, NaN, NaT or pandas.NA."""
    if isinstance(label, float) and label.is_integer():
        label = int(label)  # pandas makes 1 of a column with a missing value 1.0
    if is_missing(label):
        return ""
    return str(label).strip()
