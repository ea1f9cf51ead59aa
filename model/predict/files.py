"""Predict for every row of a table, or score a model on its labels, as text.

    name,city                 name,city,label_1,probability_1
    Nakamura,"Paris, FR"  ->  Nakamura,"Paris, FR",Japanese,0.9731

    name,language             names.csv: 2 rows, text from column name, label from column language…
    Nakamura,Japanese   ->    accuracy   100.0%
    Rossi,Italian             ...

Parses no command line, prints nothing and draws no bar: progress goes to a callback.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

from ..answering import Prior, Wanted, Work, check_prior, problem_with, read_list
from ..answers.held_out import COVERAGE
from ..answers.reply import Answer, cells_of, reply, set_in_words
from ..classifier import TextClassifier
from ..data.formats import LIST, STANDARD_STREAM, UNQUOTED
from ..data.labelled import usable_rows
from ..data.layout import Asked
from ..data.records import Record, without_surrogates
from ..data.tables import Table, read_table
from ..errors import InputError, listing, shorten
from ..storage.card import files_by_use
from .outputs import (
    REPLY,
    SET,
    Answered,
    Output,
    headings,
    shares_in_words,
    write_table,
)

PRETRAINING = "pretraining"  # the use of a file, or in its name
REMEMBERED = 100_000  # texts that were read already
TYPED = "--text"  # the name of a table of texts that were typed


def predict_file(
    classifier: TextClassifier,
    source: str | list[str],
    output: Output = Output(),
    asked: Asked = Asked(),
    *,
    strict: bool = False,
    prior: Prior = None,
    work: Work = Work(),
) -> tuple[int, Table, str]:
    """Copy a table or a list of texts with labels and probabilities behind each row.

    A row that cannot be read keeps its place, with the reason. An output file appears whole or not
    at all; the input itself is refused. `prior` is as in `answers`. Where `work` is done by
    threads, set torch to one thread of its own.

    Returns the number of rows read, the table, and a line on the rows not read and on how the list
    is mixed. Raises InputError for a row that cannot be read, if `strict`.
    """
    k = classifier.count_of(output.top_k)
    check_prior(prior)
    sets, format = output.sets, output.format
    if sets is not None:
        classifier.sets([], sets)  # an error now, not at the end
    table = checked(classifier, _table_of(classifier, source, output.path, asked))
    if is_lone(table) and output.path == STANDARD_STREAM and not format:
        format = "jsonl"
    texts, not_read = usable_rows(table, lambda row: row.fields[table.column], strict)
    added = headings(classifier.model, k, *[SET] * bool(sets))
    for name in output.columns or []:
        if name not in added:
            known = listing(added)
            raise InputError(
                f"No column {shorten(repr(name))} is appended but: {known}."
            )
    added = list(output.columns or added)
    wanted = Wanted(
        prior == "list", by_mix=True, coverage=sets or COVERAGE, any_text=True
    )
    mix, problem, answers = read_list(classifier.model, texts, k, wanted, work)
    if problem:
        raise InputError(problem)

    def answered() -> Answered:  # starts when the output is open
        written = {each.text: _written(each, format, k, added) for each in answers}
        for record in table.rows:
            if record.problem:
                none = _written(Answer(""), format, k, added, record.problem)
                yield table.fitted(record), none
            else:
                yield record, written[record.fields[table.column]]

    write_table(table, output.path, added, answered(), format)
    notes = [not_read]
    if mix:
        shares = shares_in_words(mix, classifier.labels)
        in_words = ", ".join(f"{name} {words}" for name, _, words in shares)
        notes.append(f"mix: {in_words}")
    return len(texts), table, "; ".join(filter(None, notes))


def _table_of(
    classifier: TextClassifier,
    source: str | list[str],
    output_path: str,
    asked: Asked,
) -> Table:
    """Return the table at a path, or one of texts that were typed."""
    hints = classifier.model.hints
    if isinstance(source, str):
        check_distinct(source, output_path)
        return read_table(source, asked=asked, hints=hints)
    typed = [
        Record(number, [without_surrogates(text)])
        for number, text in enumerate(source, 1)
    ]
    return Table(TYPED, LIST, typed, unit="text", hints=hints)


def _written(
    answer: Answer,
    format: str | None,
    k: int,
    added: Sequence[str],
    problem: str = "",
) -> Any:
    """Return what stands behind a row, or in its place, in this format of output."""
    if format == REPLY:
        return reply(answer) | ({"problem": problem} if problem else {})
    cells = cells_of(answer, k, problem, **{SET: set_in_words(answer.likely_set)})
    return [cells[heading] for heading in added]


def is_lone(table: Table) -> bool:
    """Return whether it is what somebody typed: texts of --text, or one on standard input."""
    is_one = table.width == len(table.rows) == 1
    return table.name == TYPED or (table.name == "standard input" and is_one)


def score_table(
    classifier: TextClassifier,
    path: str,
    asked: Asked = Asked(),
    *,
    top_k: int | None = None,
    strict: bool = False,
    keep: bool = False,
) -> tuple[str, str]:
    """Return the scores of `classifier` on the table at `path`, `-` for standard input, as text.

    They are those of scores.py, which metrics.json has of the test split. Behind them comes a
    line on the rows not read, such as those of a label that the model lacks.

    A text with several labels has one row for each. Raises InputError for a row that cannot be
    scored, if `strict`. `keep` is as in TextClassifier.evaluate.
    """
    k = classifier.count_of(top_k)  # an error now, not at the end
    names = {label: label for label in classifier.labels}  # what is given -> label
    if "id" in classifier.model.columns:  # in a contest a label's number is given, too
        for i, label in enumerate(classifier.labels):
            names[str(i)] = label
    word = classifier.task.kind.label
    known = listing(classifier.labels)
    hints = classifier.model.hints
    headings = [*hints.label_headings, word, "label"]
    hints = replace(hints, label_headings=headings, has_labels=True, labels=names)
    table = checked(classifier, read_table(path, asked=asked, hints=hints))

    def parse(record: Record) -> tuple[str, str]:
        cell = record.fields[table.label].strip()
        if cell not in names:
            quoted = shorten(repr(cell), 60)
            fault = f"{quoted} is not one of the model's" if cell else "is empty"
            raise InputError(f"the {word} {fault}")
        return record.fields[table.column], names[cell]

    rows, not_read = usable_rows(table, parse, strict)
    if not rows:
        raise InputError(
            f"{table.name} has no row of the {classifier.task.kind.labels} {known}. {not_read}"
        )
    texts, labels = zip(*rows, strict=True)
    scores = classifier.evaluate(texts, labels, top_k, keep)
    read = table.summary, table.remark
    lines = [
        f"{table.name}: {len(rows):,} rows, {'; '.join(filter(None, read))}",
        trained_on(classifier, table, scores),
        *_figures(classifier, scores, k),
    ]
    note = classifier.model.calibration.note
    if note:
        lines.append(note)
    lines += _by_label(word, scores["per_label"])
    return "\n".join(lines), not_read


def _figures(
    classifier: TextClassifier,
    scores: dict,
    k: int,
) -> list[str]:
    """Return a line for each figure of all rows."""
    kind = classifier.task.kind
    there = [row for row in scores["per_label"] if row["support"]]
    n_there = len(there)
    n_labels = len(classifier.labels)
    figures = {"accuracy": f"{scores['accuracy']:.1%}"}
    if scores["accuracy_any"] > scores["accuracy"]:
        figures[f"any of the {kind.text}'s {kind.labels}"] = (
            f"{scores['accuracy_any']:.1%}"
        )
    macro_f1 = "macro-F1"
    if n_there < n_labels:
        macro_f1 += f" over the {n_there} {kind.labels} in the table"
    figures[macro_f1] = f"{scores['macro_f1']:.3f}"
    if k < n_labels:
        figures[f"right in the top {k}"] = f"{scores['top_accuracy']:.1%}"
    error = "calibration error (ECE)"
    if classifier.model.other_labels:
        figures[f"{error} if it has one of the {kind.labels}"] = f"{scores['ece']:.3f}"
        figures[f"called none of the {kind.labels}"] = f"{scores['none']:.1%}"
    else:
        figures[error] = f"{scores['ece']:.3f}"
    figures["unsure"] = f"{scores['unsure']:.1%}"
    width = max(map(len, figures))
    return [f"{name:<{width}}  {figure:>6}" for name, figure in figures.items()]


def _by_label(word: str, per_label: Sequence[dict]) -> Iterator[str]:
    """Yield a table of the scores of each label that occurs."""
    present = [row for row in per_label if row["support"]]
    labels = [row["label"] for row in present]
    width = max(map(len, [word, *labels]))
    yield f"\n{word:<{width}}  precision  recall     F1    rows  gap"
    for row in present:
        gap = "never given"
        if row["predicted"]:
            gap = f"{row['gap']:+.3f} ± {row['gap_error']:.3f}"
        yield (
            f"{row['label']:<{width}}  {row['precision']:9.2f}  {row['recall']:6.2f}  "
            f"{row['f1']:5.2f}  {row['support']:6,}  {gap}"
        )
    yield "gap: mean probability of the answers with this label less their precision ± its error"


def trained_on(classifier: TextClassifier, table: Table, scores: dict) -> str:
    """Return how many of the rows with these `scores` were trained on, and how unseen ones do.

    Texts in the model folder tell it. Where it has none, or the table is one to pretrain on, whose
    texts it does not hold, the SHA-256 of the file does. Rows to validate on count as trained on.
    """
    metrics = classifier.metrics
    n = scores["rows"]
    count = scores["trained_on"]
    unseen = scores["unseen"]
    evidence = "as their texts show"
    if f"{PRETRAINING}_history" in metrics:
        evidence += " (those to pretrain on are not kept)"
    files = files_by_use(metrics)
    for name, file in files["training"].items():
        use = file.get("part", name)
        has_no_texts = count is None or PRETRAINING in use
        if has_no_texts and file["sha256"] == table.sha256:
            held_out = 0 if files["testing"] else metrics["test"]["rows"]
            count = min(n, file["rows"] - held_out)
            unseen = None
            evidence = "as the file's SHA-256 shows"
    sentences = [_share_trained_on(count, n, evidence)]
    if unseen and count:
        sentences.append(
            f"On the other {unseen['rows']:,}, which are unseen, the accuracy is "
            f"{unseen['accuracy']:.1%}."
        )
    if "history" in metrics:
        test = metrics["test"]
        sentences.append(
            f"On the test split, {test['rows']:,} unseen rows, the accuracy is "
            f"{test['accuracy']:.1%}."
        )
    return " ".join(sentences)


def _share_trained_on(
    count: int | None,
    n: int,
    evidence: str,
) -> str:
    if count is None:
        return (
            "Whether these rows were trained on is not known: the model keeps no texts."
        )
    words = {0: "None", n: "All"}
    share = words.get(count, f"{count:,}")
    verb = "was" if count < 2 else "were"
    return f"{share} of these {n:,} rows {verb} trained on, {evidence}."


def checked(classifier: TextClassifier, table: Table) -> Table:
    """Return a table with what is wrong with each text that cannot be read."""
    if table.format == UNQUOTED:  # a contest's texts may be blank
        return table
    return table.checked(lru_cache(REMEMBERED)(partial(problem_with, classifier.model)))


def check_distinct(source: str, output: str) -> None:
    """Raise InputError if writing `output` would overwrite `source`: one file, by whatever path."""
    input_file = 0 if source == STANDARD_STREAM else source
    output_file = 1 if output == STANDARD_STREAM else output
    are_files = all(map(os.path.isfile, [input_file, output_file]))
    if are_files and os.path.samefile(input_file, output_file):
        name = "standard output" if output == STANDARD_STREAM else output
        raise InputError(f"{name} is the input itself: write to another file.")
