"""Scores of a model on any labelled table, as text.

    name,language             names.csv: 2 rows, text from column name, label from column language…
    Nakamura,Japanese   ->    accuracy   100.0%
    Rossi,Italian             ...

The scores are those of scores.py, which metrics.json has of the test split.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from ..classifier import TextClassifier
from ..data.labelled import RowError, columns_of, find_columns
from ..data.records import Record
from ..data.tables import Table, read_table
from ..errors import InputError, shorten
from .files import readable_rows


def evaluate_table(
    classifier: TextClassifier,
    path: str,
    *,
    column: str | None = None,
    label_column: str | None = None,
    header: bool | None = None,
    top_k: int | None = None,
    skip_bad: bool = False,
    **how: Any,
) -> tuple[str, Table, str]:
    """Return the scores of `classifier` on the table at `path`, `-` for standard input, as text.

    Beside it are the table as it was read and a line on the rows left out, "" if there are none.

    `column`, `header` and `how`, the `sheet` and `encoding`, are as read_table has them; the labels
    are in `label_column`, by heading or number, or in the column that has some of the model's. A
    text of several labels has a row for each. Raises InputError for a table that cannot be read,
    and for a row that cannot be scored, unless `skip_bad` leaves it out.
    """
    classifier.count_of(top_k)  # an error now, not at the end
    names = {label: label for label in classifier.labels}  # what a label is called: its label
    if "id" in classifier.columns:  # in a contest by its number, too
        names |= {str(i): label for i, label in enumerate(classifier.labels)}
    word, known = classifier.task.words.label, shorten(", ".join(classifier.labels))
    headings = [classifier.columns.get("label", ""), word, "label"]
    table = read_table(path, column=column, header=header, hints=classifier.hints, **how)
    table, label = find_columns(table, column, label_column, headings, names, header is None)

    def parse(record: Record) -> tuple[str, str]:
        if (given := record.fields[label].strip()) in names:
            return record.fields[table.column], names[given]
        message = f"the {word} {shorten(repr(given), 60)} is not one of the model's: {known}"
        raise RowError(message, f"with an unknown {word}")

    rows, left_out = readable_rows(classifier, table, parse, skip_bad)
    if not rows:
        raise InputError(f"{table.name} has no row to score. {left_out}".rstrip())
    texts, labels = zip(*rows, strict=True)
    parts = [f"{table.name}: {len(rows):,} rows", columns_of(table, label)]
    head = f"{', '.join(parts)}; {table.note}".removesuffix("; ")
    return "\n".join([head, *_scores(classifier, texts, labels, top_k)]), table, left_out


def _scores(
    classifier: TextClassifier, texts: Sequence[str], targets: Sequence[str], top_k: int | None
) -> Iterator[str]:
    """Yield the lines of the scores."""
    words, labels = classifier.task.words, classifier.labels
    scores = classifier.evaluate(texts, targets, top_k)
    there = [row for row in scores["per_label"] if row["support"]]
    over = f" over the {len(there)} {words.labels} in the table" * (len(there) < len(labels))
    has_more, has_none = scores["accuracy_any"] > scores["accuracy"], bool(classifier.other_labels)
    figures = {
        "accuracy": f"{scores['accuracy']:.1%}",
        f"any of the {words.text}'s {words.labels}": f"{scores['accuracy_any']:.1%}" * has_more,
        f"macro-F1{over}": f"{scores['macro_f1']:.3f}",
        f"right in the top {classifier.count_of(top_k)}": f"{scores['top_accuracy']:.1%}",
        "calibration error (ECE)": f"{scores['ece']:.3f}",
        f"called none of the {words.labels}": f"{scores['none']:.1%}" * has_none,
        "unsure": f"{scores['unsure']:.1%}",
    }
    figures = {name: figure for name, figure in figures.items() if figure}
    width = max(map(len, figures))
    yield from (f"{name:<{width}}  {figure:>6}" for name, figure in figures.items())
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
