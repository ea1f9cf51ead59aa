"""Training rows: tables of texts and labels, in any form that tables.py reads, or lists, to `Rows`.

    city,country
    Osaka,Japan          a text with several labels has one row per label
    Torino,Italy

`usable_rows` reads all that is trained on. In built-in data a row that cannot be used is an error;
of a custom table it is left out and counted. Where a custom task has no table to validate or to
test on, texts are held out, so that each label keeps its share; all rows of one text stay together.
"""

import hashlib
import re
import sys
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from ..errors import InputError, shorten
from ..letters import decompose, script_name
from .records import TRAINING, Record
from .rows import Dataset, Rows
from .tables import ERROR, MAY_BE_MEANT, MISSING, UNQUOTED, Hints, Table, read_table
from .texts import TextKind, is_missing, label_problem, text_key, unread

LABEL_HEADINGS = (
    "label",
    "labels",
    "class",
    "category",
    "target",
    "tag",
    "sentiment",
    "topic",
)
TEXT_HEADINGS = ("text", "texts", "name", "title", "sentence", "description", "message")
PARTS = ("train", "validation", "test")
HELD_OUT = 10  # one text in so many to validate, and one to test
FEWEST_TEXTS = 10
EXAMPLES = 3  # of reasons to leave rows out
NO_LABEL = MISSING - MAY_BE_MEANT | {""}  # of those that may be meant `summary` counts
Pairs = tuple[Sequence[str], Sequence[Any]]  # texts, and the label of each
Known = Collection[str] | None  # the labels that a row may have; None: any
T = TypeVar("T")
# A table of built-in data, whose form is fixed: UTF-8, and no column is searched for.
fixed_table = partial(read_table, column=1, encoding="utf-8", limits=TRAINING)


def usable_rows(
    table: Table, parse: Callable[[Record], T], strict: bool = True
) -> tuple[list[T], str]:
    """Return what `parse` makes of each row, and a line on those left out, "" if there are none.

    `parse` raises InputError for a row that cannot be used. If `strict`, the first such row raises
    InputError with its line, and so does a table without rows; otherwise such rows are left out.
    """
    rows: list[T] = []
    counts, first = (
        Counter[str](),
        dict[str, str](),
    )  # of rows by reason, the first one's line
    for record in table.rows:
        try:
            if record.problem:
                raise InputError(f"{record.problem}.")
            rows.append(parse(record))
        except InputError as error:
            # Without a remedy, because nobody gives rows one by one.
            where, problem = f"{table.unit} {record.line}", error.problem.rstrip(".")
            if strict:
                raise InputError(f"{table.name}, {where}: {problem}.") from None
            counts[problem] += 1
            first.setdefault(problem, where)
    if strict and not rows:
        raise InputError(f"{table.name} has no rows below its header.")
    n_out, reasons = counts.total(), list[str]()
    for reason, n in counts.most_common(EXAMPLES):
        others = f" and {n - 1:,} more" * (n > 1)
        reasons.append(f"{first[reason]}{others}: {reason}")
    told = f"{n_out:,} row{'s' * (n_out != 1)} left out: {'; '.join(reasons)}."
    return rows, f"{table.name}: {told}" if counts else ""


def labelled_rows(
    table: Table, label: int, kind: TextKind, known: Known = None, strict: bool = True
) -> tuple[Rows, str]:
    """Return the usable rows of a table whose labels are in column `label`, and a line as above.

    Where labels are `known`, a row of another one cannot be used.
    """

    def parse(record: Record) -> tuple[str, str]:
        text, given = (
            record.fields[table.column],
            sys.intern(record.fields[label].strip()),
        )
        is_none = given in NO_LABEL or re.fullmatch(ERROR, given)
        problem = f"is {given or 'empty'}" if is_none else label_problem(given)
        if not problem and known is not None and given not in known:
            problem = f"{shorten(repr(given), 60)} has no row to train on"
        if not text.strip():
            raise InputError(f"The {kind.text} is empty.")
        if problem:
            raise InputError(f"The {kind.label} {problem}.")
        kind.read(text, partial(decompose, symbols=kind.symbols))
        return text, given

    pairs, note = usable_rows(table, parse, strict)
    return Rows([text for text, _ in pairs], [label for _, label in pairs]), note


def with_file(
    files: dict[str, dict], path: Path, n_rows: int, **more: str
) -> dict[str, dict]:
    """Return `files` and what a model records of one more: its number of rows and its SHA-256.

    It goes by its name, behind those of as many folders as tell it from others.
    """
    parts = path.absolute().parts
    names = ("/".join(parts[-n:]) for n in range(1, len(parts)))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    name = next(name for name in names if name not in files)
    return files | {name: {"rows": n_rows, "sha256": sha256, **more}}


def read_labelled(
    data: Path | Mapping[str, Path],
    kind: TextKind,
    text_column: str | None = None,
    label_column: str | None = None,
    strict: bool = False,
) -> Dataset:
    """Return the rows of a table, of the tables in a folder, or of those given by part.

    The parts are those of PARTS, in their order; what is missing of the last two is held out of
    the first, a tenth of the texts each. Raises InputError for a table that cannot be read, with
    `strict` also for a row that cannot be used, and where too few texts or labels are left.
    """
    paths = data if isinstance(data, Mapping) else _parts_of(Path(data))
    if len({path.resolve() for path in paths.values()}) < len(paths):
        raise InputError(
            "One file is given twice: --train, --validation and --test must differ."
        )
    names = [kind.text, kind.texts, *TEXT_HEADINGS]
    of_labels = [kind.label, kind.labels, *LABEL_HEADINGS]
    hints = Hints(
        names,
        text=kind.text,
        short=False,
        label_headings=of_labels,
        labels=(),
        missing=missing_texts(kind),
    )
    notes, took, columns = list[str](), list[str](), dict[str, str]()
    files, parts = dict[str, dict](), dict[str, Rows]()
    for part, path in paths.items():
        if not path.is_file():
            raise InputError(
                f"No file {path}: give a table of {kind.texts} and {kind.labels}."
            )
        how: dict = {
            "column": text_column,
            "label_column": label_column,
            "limits": TRAINING,
        }
        table = read_table(str(path), hints=hints, **how)
        took.append(f"{path}: {table.summary}")
        if table.warning:
            notes.append(
                f"warning: {path}: {table.warning}: --text-column names another"
            )
        parts[part], note = labelled_rows(
            table, table.label, kind, hints.labels or None, strict
        )
        files = with_file(files, path, len(parts[part]), part=part)
        notes += [f"{path}: {table.note}"] * bool(table.note) + [note] * bool(note)
        hints = replace(hints, labels=set(parts["train"].labels))
        if (
            table.header and not columns
        ):  # the next tables have the same headings, mostly
            columns = {
                "text": table.names[table.column],
                "label": table.names[table.label],
            }
            hints = replace(
                hints, headings=[columns["text"], *names], label=columns["label"]
            )
    dataset = to_dataset(parts, kind, str(paths["train"]), notes)
    took += summary(dataset.train + dataset.validation + dataset.test, kind)
    return replace(dataset, files=files, columns=columns, summary=took)


def missing_texts(kind: TextKind) -> frozenset[str]:
    """Return what stands for a missing text in a table of texts of this kind."""
    return MISSING if kind.null_is_missing else MISSING - MAY_BE_MEANT


def is_table_name(path: Path) -> bool:
    """Return whether it is the name of a table."""
    return (
        path.name.casefold()
        .removesuffix(".gz")
        .endswith((".csv", ".tsv", ".jsonl", ".xlsx"))
    )


def _parts_of(data: Path) -> dict[str, Path]:
    """Return the tables in a folder by part: all of one, or those with a part's name in theirs."""
    if not data.is_dir():
        return {"train": data}
    tables = list(filter(is_table_name, sorted(data.iterdir())))
    if len(tables) == 1:
        return {"train": tables[0]}
    found = {part: [t for t in tables if part in t.name.casefold()] for part in PARTS}
    if len(found["train"]) != 1 or any(len(each) > 1 for each in found.values()):
        raise InputError(
            f"{data} has {len(tables)} tables: leave one in it, or one with train in its name and "
            "one each with validation and test, or name them with --train, --validation, --test."
        )
    return {part: each[0] for part, each in found.items() if each}


def to_dataset(
    parts: Mapping[str, Rows],
    kind: TextKind,
    name: str = "train",
    notes: Sequence[str] = (),
    needs_test: bool = True,
    drawn: Rows | None = None,
) -> Dataset:
    """Return the data set of the rows by part, with what is missing held out of "train".

    It is held out of the texts of `drawn`, some of these rows, where that is given. Where too few
    texts or labels are left it raises InputError, with the `notes` on rows that were left out.
    """
    split, labels = dict(parts), sorted(set(parts["train"].labels))
    n_texts, problem = len(set(map(kind.key, split["train"].texts))), ""
    for part in ("test", "validation") if needs_test else ("validation",):
        if part not in split:
            split["train"], split[part] = hold_out(split["train"], kind.key, drawn)
    empty = next((part for part, rows in split.items() if not rows.texts), None)
    if n_texts < FEWEST_TEXTS:
        least = f"{FEWEST_TEXTS} different {kind.texts} that training needs"
        problem = f"{name} has {n_texts} of the {least}: add some."
    elif len(labels) < 2:
        problem = (
            f"{name} has one {kind.label} only ({labels[0]}): at least 2 are needed."
        )
    elif empty in parts:
        problem = f"The {empty} rows have no usable {kind.text}: add some."
    elif empty:
        problem = f"{name} has no {kind.label} with 3 {kind.texts}: add rows."
    if problem:
        raise InputError(" ".join([problem, *notes]))
    train, validation, test = (split.get(part, Rows()) for part in PARTS)
    seen = set(map(kind.key, (train + validation).texts))
    shared = sum(kind.key(text) in seen for text in test.texts)
    return Dataset(
        train,
        validation,
        test,
        labels,
        shared_rows=shared,
        key=kind.key,
        notes=list(notes),
    )


def summary(rows: Rows, kind: TextKind) -> list[str]:
    """Return what a person should look at in rows before they are trained on, a line each.

    Texts are alike as the task's key has it.
    """
    counts = Counter(
        sorted(rows.labels)
    )  # of equally frequent ones the alphabet decides
    pairs = set(zip(map(kind.key, rows.texts), rows.labels, strict=True))
    labels_of = Counter(key for key, _ in pairs)
    ranked = counts.most_common()
    largest, smallest = (
        f"{shorten(label, 60)} {n / len(rows):.1%} ({n:,})"
        for label, n in (ranked[0], ranked[-1])
    )
    alike = defaultdict[str, list[str]](list)
    for label in counts:
        alike["".join(label.casefold().split())].append(repr(label))
    same = "; ".join(", ".join(labels) for labels in alike.values() if len(labels) > 1)
    invisible = [signs for text in rows.texts if (signs := unread(text))]
    common = ", ".join(
        sign for sign, _ in Counter(chain(*invisible)).most_common(EXAMPLES)
    )
    findings = {
        f"{kind.texts} with more than one {kind.label}": sum(
            n > 1 for n in labels_of.values()
        ),
        f"rows that repeat the {kind.text} and {kind.label} of another": len(rows)
        - len(pairs),
        f"{kind.labels} that differ in case or spaces alone": same,
        f"{kind.labels} that may stand for a missing value": _missing(rows.labels),
        f"{kind.texts} that may stand for a missing value": _missing(rows.texts),
        f"{kind.texts} with characters that are not read": invisible
        and f"{len(invisible):,}, as {common}",
    }
    return [
        f"{len(rows):,} rows, {len(labels_of):,} different {kind.texts}; "
        f"largest {kind.label}: {largest}, smallest: {smallest}",
        *(f"{what}: {shorten(found)}" for what, found in findings.items() if found),
    ]


def _missing(values: Iterable[str]) -> str:
    """Return which of MISSING are among the values, each with its number."""
    found = Counter(
        stripped for value in values if (stripped := value.strip()) in MISSING
    )
    return ", ".join(f"{value} ({n:,})" for value, n in sorted(found.items()))


def listed(values: Any, name: str) -> list:
    """Return a column of values as a list; raise InputError, which calls it `name`, for others."""
    is_table = isinstance(values, Mapping) or hasattr(values, "columns")
    if is_table or isinstance(values, str) or not isinstance(values, Iterable):
        hint = ": pass frame['text'] and frame['label']" * is_table
        raise InputError(
            f"{name}: a list is needed, not a {type(values).__name__}{hint}."
        )
    return list(values)


def label_text(label: object) -> str:
    """Return what a label of any type is called in a model, "" for None, NaN, NaT or pandas.NA."""
    if isinstance(label, float) and label.is_integer():
        label = int(label)  # pandas makes 1 of a column with a missing value 1.0
    return "" if is_missing(label) else str(label).strip()


def dataset_of(
    lists: Mapping[str, Pairs | None], kind: TextKind, strict: bool
) -> Dataset:
    """Return the data set of lists by part, "train" first; only validation rows are held out.

    Raises InputError as read_labelled does.
    """
    notes, parts = list[str](), dict[str, Rows]()
    for part, pairs in lists.items():
        if pairs is not None:
            known = set(parts["train"].labels) if parts else None
            parts[part], note = labelled_rows(
                table_of(part, pairs), 1, kind, known, strict
            )
            notes += [note] * bool(note)
    return to_dataset(parts, kind, notes=notes, needs_test=False)


def table_of(name: str, pairs: Pairs) -> Table:
    """Return two lists, texts and labels, as a table; raise InputError if their lengths differ."""
    columns = (
        [listed(column, name) for column in pairs]
        if isinstance(pairs, tuple | list)
        else []
    )
    if len(columns) != 2 or len(columns[0]) != len(columns[1]):
        raise InputError(
            f"{name}: give a pair of lists, texts and labels, of the same length."
        )
    records: list[Record] = []
    for i, (text, label) in enumerate(zip(*columns, strict=True)):
        problem = None
        if is_missing(text):
            problem = "the text is missing"
        elif is_missing(label):
            problem = "the label is missing"
        elif not (isinstance(text, str) and isinstance(label, Hashable)):
            problem = "the text must be a str, and the label a str, number or bool"
        records.append(Record(i, [str(text), label_text(label)], problem))
    return Table(name, UNQUOTED, records, unit="index")


def folds(
    rows: Rows, most: int = HELD_OUT, key: Callable[[str], str] = text_key
) -> list[list[int]]:
    """Return the indices of `rows` in up to `most` parts, each label and script spread evenly.

    All rows of one text are in one part. A text with several labels counts under the first of the
    alphabet; those of a label and script with fewer than three texts are in none, so that every
    label stays in training whichever part is held out.
    """
    from sklearn.model_selection import (
        StratifiedKFold,
    )  # here because it takes a second

    places = defaultdict[str, list[int]](list)
    for i, text in enumerate(rows.texts):
        places[key(text)].append(i)
    strata = {
        text: min(rows.labels[i] for i in found) + script_name(text)
        for text, found in sorted(places.items())  # whatever their order in a file
    }
    counts = Counter(strata.values())
    keys = [text for text, stratum in strata.items() if counts[stratum] >= 3]
    if not keys:
        return []
    splitter = StratifiedKFold(
        min(most, max(counts.values())), shuffle=True, random_state=0
    )
    with (
        warnings.catch_warnings()
    ):  # a stratum may have fewer texts than there are parts
        warnings.simplefilter("ignore", UserWarning)
        parts = [
            part for _, part in splitter.split(keys, [strata[key] for key in keys])
        ]
    return [[i for j in part for i in places[keys[j]]] for part in parts]


def hold_out(
    rows: Rows, key: Callable[[str], str] = text_key, drawn: Rows | None = None
) -> tuple[Rows, Rows]:
    """Part `rows` in two, the second with a tenth of the texts, or one of few.

    They are texts of `drawn`, if that is given. They are the same whatever the seed of a training,
    so that all compare on the same rows.
    """
    drawn = rows if drawn is None else drawn
    held_out = {key(drawn.texts[i]) for i in next(iter(folds(drawn, key=key)), [])}
    return rows.part([i for i, text in enumerate(rows.texts) if key(text) in held_out])
