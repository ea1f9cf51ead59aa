"""Scores of a model on any labelled table, as text.

    name,language             names.csv: 2 rows, text from column name, label from column language…
    Nakamura,Japanese   ->    accuracy   100.0%
    Rossi,Italian             ...

The scores are those of scores.py, which metrics.json has of the test split.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from ..classifier import TextClassifier
from ..data.records import Record
from ..data.tables import read_table
from ..errors import InputError, shorten
from .files import sound_rows


def evaluate_table(
    classifier: TextClassifier,
    path: str,
    *,
    top_k: int | None = None,
    skip_bad: bool = False,
    **how: Any,
) -> tuple[str, str]:
    """Return the scores of `classifier` on the table at `path`, `-` for standard input, as text.

    Beside it is a warning where the column of texts is a guess, "" where it is not.

    `how`, that is `sheet`, `column`, `label_column`, `header` and `encoding`, is as read_table has
    it. A text of several labels has a row for each. Raises InputError for a table that cannot be
    read, and BadRowError for a row that cannot be scored, unless `skip_bad` leaves it out.
    """
    classifier.count_of(top_k)  # an error now, not at the end
    names = {label: label for label in classifier.labels}  # what a label is called: its label
    if "id" in classifier.columns:  # in a contest by its number, too
        names |= {str(i): label for i, label in enumerate(classifier.labels)}
    headings = [classifier.task.words.label, "label"]
    hints = replace(classifier.hints, labels=names, label_headings=headings)
    table = read_table(path, hints=hints, **how)

    def problem_of(record: Record) -> str | None:
        if (given := record.fields[table.label].strip()) in names:
            return None
        word, known = classifier.task.words.label, shorten(", ".join(classifier.labels))
        return f"the {word} {shorten(repr(given), 60)} is not one of the model's: {known}"

    rows = sound_rows(classifier, table, skip_bad, problem_of)
    texts = [row.fields[table.column] for row in rows]
    targets = [names[row.fields[table.label].strip()] for row in rows]
    skipped = len(table.rows) - len(rows)
    if not texts:
        rest = f": each of its {skipped:,} rows was left out" * bool(skipped)
        raise InputError(f"{table.name} has no row to score{rest}.")
    parts = [f"{table.name}: {len(texts):,} rows, {table.summary}"]
    parts += [f"{skipped:,} bad rows left out"] * bool(skipped) + [table.note] * bool(table.note)
    lines = ["; ".join(parts), *_scores(classifier, texts, targets, top_k)]
    return "\n".join(lines), table.warning


def _scores(
    classifier: TextClassifier, texts: Sequence[str], targets: Sequence[str], top_k: int | None
) -> Iterator[str]:
    """Yield the lines of the scores."""
    words, labels = classifier.task.words, classifier.labels
    scores = classifier.evaluate(texts, targets, top_k)
    there = [row for row in scores["per_label"] if row["support"]]
    figures = {"accuracy": f"{scores['accuracy']:.1%}"}
    if scores["accuracy_any"] > scores["accuracy"]:
        figures[f"any of the {words.text}'s {words.labels}"] = f"{scores['accuracy_any']:.1%}"
    are_all = len(there) == len(labels)
    over = "" if are_all else f" over the {len(there)} {words.labels} in the table"
    figures[f"macro-F1{over}"] = f"{scores['macro_f1']:.3f}"
    k = classifier.count_of(top_k)
    figures[f"right in the top {k}"] = f"{scores['top_accuracy']:.1%}"
    figures["calibration error (ECE)"] = f"{scores['ece']:.3f}"
    if classifier.other_labels:
        figures[f"called none of the {words.labels}"] = f"{scores['none']:.1%}"
    figures["unsure"] = f"{scores['unsure']:.1%}"
    width = max(map(len, figures))
    yield from (f"{name:<{width}}  {value:>6}" for name, value in figures.items())
    if note := classifier.calibration.note:
        yield note
    width = max(map(len, [words.label, *(row["label"] for row in there)]))
    yield f"\n{words.label:<{width}}  precision  recall     F1    rows  gap"
    for row in there:
        gap = f"{row['gap']:+.3f} ± {row['gap_error']:.3f}" if row["predicted"] else "never given"
        yield (
            f"{row['label']:<{width}}  {row['precision']:9.2f}  {row['recall']:6.2f}  "
            f"{row['f1']:5.2f}  {row['support']:6,}  {gap}"
        )
    yield "gap: mean probability of the answers with this label less their precision ± its error"
