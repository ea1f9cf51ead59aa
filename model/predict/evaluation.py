"""Scores of a model on any labelled table, as text.

    name,language             names.csv: 2 rows, text from the column 'name', label from 'language'
    Nakamura,Japanese   ->    accuracy   100.0%
    Rossi,Italian             ...

The scores are those of scores.py, which metrics.json has of the test split.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

import numpy as np

from ..classifier import TextClassifier
from ..data.tables import CONTEST, Table, find_column, open_table
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


def evaluate_table(
    classifier: TextClassifier,
    path: str,
    *,
    sheet: str | None = None,
    column: str | None = None,
    header: bool | None = None,
    label_column: str | None = None,
    top_k: int | None = None,
    skip_bad: bool = False,
) -> str:
    """Return the scores of `classifier` on the table at `path`, `-` for standard input, as text.

    `sheet`, `column` and `header` are as open_table has them; the labels are in `label_column`, by
    heading or number, or in the column that has some of the model's. A text of several labels has a
    row for each. Raises InputError for a table that cannot be read, and BadRowError for a row that
    cannot be scored, unless `skip_bad` leaves it out.
    """
    k = classifier.count_of(top_k)
    hints = classifier.hints
    with open_table(path, sheet=sheet, column=column, header=header, hints=hints) as table:
        label_ids = _label_ids(classifier)
        headings = [classifier.columns.get("label", ""), classifier.task.words.label, "label"]
        label = _label_index(table, headings, label_column, label_ids)
        if header is None and not table.header and table.sample[0].fields[label] not in label_ids:
            table = table.choose(table.column + 1, header=True)
        if column is None:
            table = _beside(table, label)
        elif table.column == label:
            raise InputError("Text and label are in two columns: name two different ones.")
        texts, targets, skipped = [], [], 0
        for row in _rows(classifier, table, label, label_ids):
            problem = row.problem
            if not problem and table.form != CONTEST:  # whose texts may be blank
                problem = classifier.problem_with(row.text)
            if problem and not skip_bad:
                raise BadRowError(f"{table.name}, {table.unit} {row.line}: {problem}")
            if problem:
                skipped += 1
            else:
                texts.append(row.text)
                targets.append(row.label)
    if not texts:
        rest = f": each of its {skipped:,} rows was left out" * bool(skipped)
        raise InputError(f"{table.name} has no row to score{rest}.")
    columns = table.column, label
    found = "no header, text from column {}, label from column {}".format(*(i + 1 for i in columns))
    if table.header:
        names = (shorten(table.names[i]) for i in columns)
        found = "text from the column {}, label from {}".format(*names)
    parts = [f"{table.name}: {len(texts):,} rows, {found}"]
    parts += [f"{skipped:,} bad rows left out"] * bool(skipped) + [table.note] * bool(table.note)
    return "\n".join(["; ".join(parts), *_scores(classifier, texts, targets, k)])


def _label_ids(classifier: TextClassifier) -> dict[str, int]:
    """Return the index of each label, in a contest by its number too."""
    label_ids = {name: i for i, name in enumerate(classifier.labels)}
    if classifier.columns:
        label_ids |= {str(i): i for i in label_ids.values()}
    return label_ids


def _label_index(
    table: Table, headings: Sequence[str], label_column: str | None, label_ids: Collection[str]
) -> int:
    """Return which column has the labels: as asked for, by heading, or with most of them."""
    if label_column is not None:
        return table.column_index(label_column)
    if (index := table.find(*map(str.casefold, headings))) is not None:
        return index
    rows = [record.fields for record in table.sample if not record.problem]
    counts = [sum(cell.strip() in label_ids for cell in cells) for cells in zip(*rows, strict=True)]
    if not any(counts):
        raise InputError(
            f"{table.name} has no column of the model's labels: name it with --label-column."
        )
    return counts.index(max(counts))


def _beside(table: Table, label: int) -> Table:
    """Return the table with its texts in another column than the labels."""
    if table.column != label:
        return table
    if table.width == 1:
        raise InputError(f"{table.name} needs two columns at least: text and label.")
    rest = [
        record._replace(fields=[c for i, c in enumerate(record.fields) if i != label])
        for record in table.sample
    ]
    hints = table.hints
    index = find_column(rest, table.header, hints.headings, hints.short)
    return replace(table, column=index + (index >= label))


def _rows(
    classifier: TextClassifier, table: Table, label: int, label_ids: dict[str, int]
) -> Iterator[LabelledRow]:
    for record in table.rows():
        if record.problem:
            yield LabelledRow(record.line, "", -1, record.problem)
            continue
        given = record.fields[label].strip()
        problem = None
        if given not in label_ids:
            word, known = classifier.task.words.label, shorten(", ".join(classifier.labels))
            problem = f"the {word} {shorten(repr(given), 60)} is none of the model's: {known}"
        text = record.fields[table.column]
        yield LabelledRow(record.line, text, label_ids.get(given, -1), problem)


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
