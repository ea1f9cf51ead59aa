"""Training rows: tables of texts and labels, in any form that tables.py reads, to `Rows`.

    city,country
    Osaka,Japan          a text with several labels has one row per label
    Torino,Italy

`usable_rows` reads all that is trained on. In built-in data a row that cannot be used is an error;
of a custom table it is left out and counted.
"""

import hashlib
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TypeVar

from ..errors import InputError, shorten
from ..letters import decompose
from .hints import ERROR, MAY_BE_MEANT, MISSING, Hints
from .records import TRAINING, Record
from .rows import Dataset, Rows
from .splits import PARTS, to_dataset
from .tables import Table, read_table
from .texts import TextKind, label_problem, unread

LABEL_HEADINGS = "label labels class category target tag sentiment topic".split()
TEXT_HEADINGS = "text texts name title sentence description message".split()
TABLE_ENDINGS = (".csv", ".tsv", ".jsonl", ".xlsx")
EXAMPLES = 3  # of reasons to leave rows out
NO_LABEL = MISSING - MAY_BE_MEANT | {""}  # of those that may be meant `summary` counts
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
    counts = Counter[str]()  # of rows left out, by problem
    first: dict[str, str] = {}  # where the first row with a problem is
    for record in table.rows:
        try:
            if record.problem:
                raise InputError(f"{record.problem}.")
            rows.append(parse(record))
        except InputError as error:
            # Without a remedy, because nobody gives rows one by one.
            problem = error.problem.rstrip(".")
            where = f"{table.unit} {record.line}"
            if strict:
                raise InputError(f"{table.name}, {where}: {problem}.") from None
            counts[problem] += 1
            first.setdefault(problem, where)
    if strict and not rows:
        raise InputError(f"{table.name} has no rows below its header.")
    return rows, f"{table.name}: {_reasons(counts, first)}" if counts else ""


def _reasons(counts: Counter[str], first: Mapping[str, str]) -> str:
    """Return how many rows were left out, and the main reasons, each with its first row."""
    reasons = []
    for problem, n in counts.most_common(EXAMPLES):
        others = f" and {n - 1:,} more" if n > 1 else ""
        reasons.append(f"{first[problem]}{others}: {problem}")
    rows = "row" if counts.total() == 1 else "rows"
    return f"{counts.total():,} {rows} left out: {'; '.join(reasons)}."


def labelled_rows(
    table: Table, label: int, kind: TextKind, known: Known = None, strict: bool = True
) -> tuple[Rows, str]:
    """Return the usable rows of a table whose labels are in column `label`, and a line as above.

    Where labels are `known`, a row with another one cannot be used.
    """
    reader = partial(decompose, symbols=kind.symbols)

    def parse(record: Record) -> tuple[str, str]:
        text = record.fields[table.column]
        if not text.strip():
            raise InputError(f"The {kind.text} is empty.")
        own = sys.intern(record.fields[label].strip())
        if problem := _label_problem(own, known):
            raise InputError(f"The {kind.label} {problem}.")
        kind.read(text, reader)
        return text, own

    pairs, note = usable_rows(table, parse, strict)
    return Rows([text for text, _ in pairs], [label for _, label in pairs]), note


def _label_problem(label: str, known: Known) -> str | None:
    if label in NO_LABEL or re.fullmatch(ERROR, label):
        return f"is {label or 'empty'}"
    if problem := label_problem(label):
        return problem
    if known is not None and label not in known:
        return f"{shorten(repr(label), 60)} has no row to train on"
    return None


def with_file(
    files: dict[str, dict], path: Path, n_rows: int, **more: str
) -> dict[str, dict]:
    """Return `files` and what a model records of one more: its number of rows and its SHA-256.

    It goes by its name, behind those of as many folders as tell it from others.
    """
    content = path.read_bytes()
    name = path.name
    for folder in path.absolute().parents:
        if name not in files:
            break
        name = f"{folder.name}/{name}"
    entry = {"rows": n_rows, "sha256": hashlib.sha256(content).hexdigest(), **more}
    return files | {name: entry}


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
    paths = data if isinstance(data, Mapping) else _tables_in(Path(data))
    _check_files(paths, kind)
    notes = []
    summaries = []
    columns: dict[str, str] = {}
    files: dict[str, dict] = {}
    parts: dict[str, Rows] = {}
    hints = _hints_of(kind)
    for part, path in paths.items():
        table = read_table(
            str(path),
            column=text_column,
            label_column=label_column,
            hints=hints,
            limits=TRAINING,
        )
        known = hints.labels or None
        rows, left_out = labelled_rows(table, table.label, kind, known, strict)
        parts[part] = rows
        files = with_file(files, path, len(rows), part=part)
        summaries.append(f"{path}: {table.summary}")
        notes += [*_notes(table), left_out]
        if (
            table.header and not columns
        ):  # the next tables mostly have the same headings
            columns = {
                "text": table.names[table.column],
                "label": table.names[table.label],
            }
            headings = [columns["text"], *hints.headings]
            hints = replace(hints, headings=headings, label=columns["label"])
        hints = replace(hints, labels=set(parts["train"].labels))
    notes = [note for note in notes if note]
    dataset = to_dataset(parts, kind, str(paths["train"]), notes)
    summaries += summary(dataset.train + dataset.validation + dataset.test, kind)
    return replace(dataset, files=files, columns=columns, summary=summaries)


def _check_files(paths: Mapping[str, Path], kind: TextKind) -> None:
    """Raise InputError for a file that is given twice, or is not there."""
    if len({path.resolve() for path in paths.values()}) < len(paths):
        options = "--train, --validation and --test"
        raise InputError(f"One file is given twice: {options} must differ.")
    for path in paths.values():
        if not path.is_file():
            advice = f"give a table of {kind.texts} and {kind.labels}"
            raise InputError(f"No file {path}: {advice}.")


def _hints_of(kind: TextKind) -> Hints:
    """Return how the columns of texts and labels may be called before any table was read."""
    return Hints(
        [kind.text, kind.texts, *TEXT_HEADINGS],
        text=kind.text,
        short=False,
        label_headings=[kind.label, kind.labels, *LABEL_HEADINGS],
        labels=(),
        missing=kind.missing,
    )


def _notes(table: Table) -> Iterator[str]:
    """Yield what a person should know of how a table was read."""
    if table.warning:
        yield f"warning: {table.name}: {table.warning}: --text-column names another"
    if table.note:
        yield f"{table.name}: {table.note}"


def is_table_name(path: Path) -> bool:
    """Return whether it is the name of a table."""
    return path.name.casefold().removesuffix(".gz").endswith(TABLE_ENDINGS)


def _tables_in(data: Path) -> dict[str, Path]:
    """Return the tables in a folder by part: all of one, or those with a part's name in theirs."""
    if not data.is_dir():
        return {"train": data}
    tables = [path for path in sorted(data.iterdir()) if is_table_name(path)]
    if len(tables) == 1:
        return {"train": tables[0]}
    named = {part: [t for t in tables if part in t.name.casefold()] for part in PARTS}
    if len(named["train"]) != 1 or max(map(len, named.values())) > 1:
        raise InputError(
            f"{data} has {len(tables)} tables: leave one in it, or one with train in its name and "
            "one each with validation and test, or name them with --train, --validation, --test."
        )
    return {part: found[0] for part, found in named.items() if found}


def summary(rows: Rows, kind: TextKind) -> list[str]:
    """Return what a person should look at in rows before they are trained on, a line each.

    Two texts are one if the task's key is equal.
    """
    pairs = {(kind.key(text), label) for text, label in rows.pairs()}
    n_labels = Counter(text for text, _ in pairs)
    n_ambiguous = sum(n > 1 for n in n_labels.values())
    unread_signs = [signs for text in rows.texts if (signs := unread(text))]
    findings = {
        f"{kind.texts} with more than one {kind.label}": n_ambiguous,
        f"rows that repeat the {kind.text} and {kind.label} of another": len(rows)
        - len(pairs),
        f"{kind.labels} that differ in case or spaces alone": _alike(rows.labels),
        f"{kind.labels} that may stand for a missing value": _missing(rows.labels),
        f"{kind.texts} that may stand for a missing value": _missing(rows.texts),
        f"{kind.texts} with characters that are not read": _most_common(unread_signs),
    }
    ranked = Counter(sorted(rows.labels)).most_common()  # ties go to the alphabet
    largest, smallest = (
        f"{shorten(label, 60)} {n / len(rows):.1%} ({n:,})"
        for label, n in (ranked[0], ranked[-1])
    )
    return [
        f"{len(rows):,} rows, {len(n_labels):,} different {kind.texts}; "
        f"largest {kind.label}: {largest}, smallest: {smallest}",
        *(
            f"{what}: {shorten(finding)}"
            for what, finding in findings.items()
            if finding
        ),
    ]


def _alike(labels: Iterable[str]) -> str:
    """Return the labels that differ in case or spaces alone, in groups."""
    groups = defaultdict[str, list[str]](list)
    for label in sorted(set(labels)):
        groups["".join(label.casefold().split())].append(repr(label))
    return "; ".join(", ".join(group) for group in groups.values() if len(group) > 1)


def _most_common(signs: Sequence[list[str]]) -> str:
    """Return how many texts have such `signs`, and the most common of these, "" for none."""
    if not signs:
        return ""
    counts = Counter(chain(*signs))
    examples = ", ".join(sign for sign, _ in counts.most_common(EXAMPLES))
    return f"{len(signs):,}, as {examples}"


def _missing(values: Iterable[str]) -> str:
    """Return which of MISSING are among the values, each with its number."""
    counts = Counter(value.strip() for value in values)
    known = sorted(MISSING & counts.keys())
    return ", ".join(f"{value} ({counts[value]:,})" for value in known)
