"""Scores of a model on any labelled table, as text.

    name,language             names.csv: 2 rows, text from the column 'name', label from 'language'
    Nakamura,Japanese   ->    accuracy   100.0%
    Rossi,Italian             ...

The scores are those of scores.py, which metrics.json has of the test split.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

import numpy as np

from ..classifier import TextClassifier
from ..data.records import Record, read_records, read_unquoted
from ..data.streams import Source, open_source
from ..data.texts import match_key
from ..errors import InputError, shorten
from ..training.scores import report
from .files import BadRowError

CHUNK_ROWS = 4096  # predicted at once


class LabelledRow(NamedTuple):
    """A row of a labelled table: its line, its text, its label's index, what is wrong with it."""

    line: int
    text: str
    label: int
    problem: str | None


class LabelledTable(NamedTuple):
    """The rows of a table, and where its texts and labels were found."""

    rows: Iterator[LabelledRow]
    found: str
    checks: bool = True  # whether a text that is none of the task's is a problem


def evaluate_table(
    classifier: TextClassifier,
    path: str,
    *,
    text_column: str | None = None,
    label_column: str | None = None,
    top_k: int | None = None,
    skip_bad: bool = False,
) -> str:
    """Return the scores of `classifier` on the table at `path`, `-` for standard input, as text.

    A text of several labels has a row for each. Raises InputError for a table that cannot be read,
    and BadRowError for a row that cannot be scored, unless `skip_bad` leaves it out.
    """
    n_labels = len(classifier.labels)
    k = min(3, n_labels) if top_k is None else top_k
    if not 1 <= k <= n_labels:
        raise InputError(f"k must be from 1 to {n_labels}, not {k}.")
    with open_source(path) as source:
        table = read_labelled(classifier, source, text_column, label_column)
        texts, targets, skipped = [], [], 0
        for row in table.rows:
            problem = row.problem or (table.checks and _problem_of(classifier, row.text)) or None
            if problem and not skip_bad:
                raise BadRowError(f"{source.name}, line {row.line}: {problem}")
            if problem:
                skipped += 1
            else:
                texts.append(row.text)
                targets.append(row.label)
        name, note = source.name, source.encoding.note
    if not texts:
        raise InputError(f"{name} has no row to score.")
    heading = f"{name}: {len(texts):,} rows, {table.found}"
    heading += f"; {skipped:,} bad rows left out" if skipped else ""
    return "\n".join(
        [f"{heading}; {note}" if note else heading, *_scores(classifier, texts, targets, k)]
    )


def read_labelled(
    classifier: TextClassifier, source: Source, text_column: str | None, label_column: str | None
) -> LabelledTable:
    """Return the rows of a table in `source`; raise InputError where its columns are not found.

    Text and label are in the columns of these names; by default in the first two, or in those of
    the contest whose table it is. The first row is a header if a column is named or if what stands
    in the place of its label is none of the model's.
    """
    columns = classifier.columns
    if columns and not (text_column or label_column):
        header = source.peek(1).rstrip("\r\n").split("\t")
        if columns["text"] in header and columns["label"] in header:
            source.readline()
            places = header.index(columns["text"]), header.index(columns["label"])
            records = read_unquoted(source, "\t", len(header))
            found = f"text from the column {columns['text']!r}, label from {columns['label']!r}"
            return LabelledTable(_rows(classifier, records, *places), found, checks=False)
    records = read_records(source)
    first = next(records, None)
    if first is None or len(first.fields) < 2:
        raise InputError(f"{source.name} needs two columns at least: text and label.")
    if first.problem:
        raise InputError(f"{source.name}, line {first.line}: {first.problem}.")
    text = _place(source, first, text_column, 0)
    label = _place(source, first, label_column, 0 if text == 1 else 1)
    if text == label:
        raise InputError("Text and label are in two columns: name two different ones.")
    if not (text_column or label_column) and first.fields[label].strip() in classifier.labels:
        rows = _rows(classifier, chain([first], records), text, label)
        return LabelledTable(rows, "no header, text and label from the first two columns")
    names = [shorten(repr(first.fields[i]), 60) for i in (text, label)]
    found = f"text from the column {names[0]}, label from {names[1]}"
    return LabelledTable(_rows(classifier, records, text, label), found)


def _place(source: Source, header: Record, column: str | None, default: int) -> int:
    if column is None:
        return default
    if header.fields.count(column) != 1:
        fault = "has more than one column" if column in header.fields else "has no column"
        known = shorten(", ".join(header.fields))
        raise InputError(f"{source.name} {fault} {column!r}; its columns: {known}.")
    return header.fields.index(column)


def _rows(
    classifier: TextClassifier, records: Iterable[Record], text: int, label: int
) -> Iterator[LabelledRow]:
    labels = {name: i for i, name in enumerate(classifier.labels)}
    if classifier.columns:  # a contest has numbers for its labels
        labels |= {str(i): i for i in labels.values()}
    word = classifier.task.words.label
    for record in records:
        if record.problem:
            yield LabelledRow(record.line, "", -1, record.problem)
            continue
        given = record.fields[label].strip()
        problem = None
        if given not in labels:
            known = shorten(", ".join(classifier.labels))
            problem = f"the {word} {shorten(repr(given), 60)} is none of the model's: {known}"
        yield LabelledRow(record.line, record.fields[text], labels.get(given, -1), problem)


def _problem_of(classifier: TextClassifier, text: str) -> str | None:
    try:
        classifier.read(text)
    except InputError as error:
        return str(error)
    return None


def _scores(
    classifier: TextClassifier, texts: Sequence[str], label_ids: Sequence[int], k: int
) -> Iterator[str]:
    """Yield the lines of the scores."""
    words, labels = classifier.task.words, classifier.labels
    probabilities, none = _predict(classifier, texts)
    targets = np.array(label_ids)
    accepted = defaultdict(set)
    keys = [match_key(text) or text for text in texts]  # a text of marks alone has no key
    for key, label in zip(keys, label_ids, strict=True):
        accepted[key].add(label)
    scores = report(probabilities, targets, labels, [accepted[key] for key in keys])
    there = [row for row in scores["per_label"] if row["support"]]
    figures = {"accuracy": f"{scores['accuracy']:.1%}"}
    if any(len(each) > 1 for each in accepted.values()):
        figures[f"any of the {words.text}'s {words.labels}"] = f"{scores['accuracy_any']:.1%}"
    are_all = len(there) == len(labels)
    over = "" if are_all else f" over the {len(there)} {words.labels} in the table"
    figures[f"macro-F1{over}"] = f"{np.mean([row['f1'] for row in there]):.3f}"
    top = np.argsort(-probabilities, axis=1, kind="stable")[:, :k]
    is_in_top = (top == targets[:, None]).any(axis=1)
    figures[f"right in the top {k}"] = f"{is_in_top.mean():.1%}"
    figures["calibration error (ECE)"] = f"{scores['ece']:.3f}"
    best = probabilities.max(axis=1) * (1 - none)
    if classifier.other_labels:
        figures[f"called none of the {words.labels}"] = f"{np.mean(none > best):.1%}"
    unsure = (none <= best) & (best < classifier.calibration.unsure_below)
    figures["unsure"] = f"{np.mean(unsure):.1%}"
    width = max(map(len, figures))
    yield from (f"{name:<{width}}  {value:>6}" for name, value in figures.items())
    yield from ("", *_by_label(there, words.label))


def _by_label(scores: list[dict], label: str) -> Iterator[str]:
    width = max(len(row["label"]) for row in [{"label": label}, *scores])
    yield f"{label:<{width}}  precision  recall     F1    rows  gap"
    for row in scores:
        gap = f"{row['gap']:+.3f} ± {row['gap_error']:.3f}" if row["predicted"] else "never given"
        yield (
            f"{row['label']:<{width}}  {row['precision']:9.2f}  {row['recall']:6.2f}  "
            f"{row['f1']:5.2f}  {row['support']:6,}  {gap}"
        )
    yield "gap: mean probability of the answers with this label less their precision ± its error"


def _predict(classifier: TextClassifier, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    chunks, rest = [], iter(texts)
    while chunk := list(islice(rest, CHUNK_ROWS)):
        chunks.append(classifier.predict_any(chunk))
    probabilities, none = zip(*chunks, strict=True)
    return np.concatenate(probabilities), np.concatenate(none)
