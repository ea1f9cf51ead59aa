"""Pairs of a text and its label from a data folder, and the split of validation rows.

    Nakamura,Japanese       CSV in UTF-8 without a header, plain or gzipped; a text of several
    Rossi,Italian           labels has a row for each

data/README.md describes the files.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import InputError, reason
from .labelled import Known, add_file, fixed_table, hold_out, labelled_rows
from .rows import Dataset, Rows
from .tables import CSV
from .texts import TextKind, match_key

MIN_TO_HOLD_OUT = 10  # texts of none
CORE_RANK = 100  # names of these ranks always train: a visitor tries them


def read_pairs(folder: str | Path, kind: TextKind, validation_share: float = 0.1) -> Dataset:
    """Read names_train.csv.gz and names_test.csv.gz in `folder`; raise InputError if invalid.

    These files may stand beside them, each gzipped or plain (without .gz):

        native_train    texts in other scripts than Latin, which join the training rows
        native_test     the same, scored separately
        given_names     given names and labels, to make full names of
        readings        Han names in Latin letters
        common          the most common names, with label and rank
        shares          texts with several labels, with label and share

    Of the texts of each label and script in names_train `validation_share` are held out to
    validate, and so are texts of native_train whose label names_train lacks; names of the first
    CORE_RANK ranks never are. Given and common names that are among the validation or test rows are
    left out.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"No data folder {folder}: give --data a folder with names_train.csv.gz.")
    files: dict[str, dict] = {}

    def read(stem: str, is_needed: bool = False, **how: Any) -> Rows:
        path = data_file(folder, stem)
        if not is_needed and not path.exists():
            return Rows()
        rows = _read_rows(path, kind, **how)
        add_file(files, path, len(rows))
        return rows

    names, native = read("names_train", is_needed=True), read("native_train")
    train, latin = names + native, set(names.labels)
    labels = sorted(set(train.labels))
    common = read("common", known=labels, number=int)
    ranks = zip(common.texts, common.ids, strict=True)
    core = {match_key(text) for text, rank in ranks if rank <= CORE_RANK}
    drawn = names + native.where(lambda _, label: label not in latin)
    drawn = drawn.where(lambda text, _: match_key(text) not in core)
    held_out = set(map(match_key, hold_out(drawn, validation_share)[1].texts or drawn.texts[-1:]))
    validation = train.where(lambda text, _: match_key(text) in held_out)
    fitting = train.where(lambda text, _: match_key(text) not in held_out)
    first = data_file(folder, "names_train")
    if not (fitting.texts and validation.texts):
        raise InputError(f"{first} has one {kind.text} only: add some to validate on.")
    if len(labels) < 2:
        raise InputError(f"{first} has one {kind.label} only ({labels[0]}): at least 2 are needed.")
    test, seen = read("names_test", is_needed=True, known=labels), set(map(match_key, train.texts))
    readings, shared = read("readings"), read("shares", known=labels, number=float)
    shares = defaultdict[str, dict[str, float]](dict)
    for text, label, share in zip(shared.texts, shared.labels, shared.ids, strict=True):
        shares[text][label] = share
    dataset = Dataset(
        train=fitting,
        validation=validation,
        test=test,
        native=read("native_test", known=labels),
        labels=labels,
        files=files,
        shared_rows=sum(match_key(text) in seen for text in test.texts),
        readings=dict(zip(readings.texts, readings.labels, strict=True)),
        shares=dict(shares),
    )
    given = read("given_names")
    # Otherwise a validation surname such as Lan appears in training, as a given name of its label.
    given, common = (rows.take(dataset.unseen(rows.texts)) for rows in (given, common))
    return replace(dataset, given_names=given, common=common)


def data_file(folder: Path, stem: str) -> Path:
    """Return the path of a file of a data folder: plain if that is there, else gzipped.

    Raises InputError where both are there, because one of them would be ignored.
    """
    plain, packed = folder / f"{stem}.csv", folder / f"{stem}.csv.gz"
    if plain.exists() and packed.exists():
        raise InputError(f"{folder} has both {plain.name} and {packed.name}: remove one of them.")
    return plain if plain.exists() else packed


def read_pretraining(
    paths: Sequence[Path], dataset: Dataset, kind: TextKind
) -> tuple[Dataset, Dataset]:
    """Read the files `paths` and return the data of pretraining and of training proper.

    The first is `dataset` with the files' rows in place of its training rows, and their rows of
    other labels as none. The second is `dataset` with those of none whose text has none of its
    labels. A tenth of these is kept for validation, and not in the first either. Rows whose
    text is among the validation or test rows are left out of both. Raises InputError for an invalid
    file and for one that is given twice.
    """
    rows, files = Rows(), dict(dataset.files)
    if len(set(map(Path.resolve, paths))) < len(paths):
        raise InputError("A file is given twice to pretrain on: give each file once.")
    for path in paths:
        read = _read_rows(path, kind)
        read = read.take(dataset.unseen(read.texts))
        rows += read
        add_file(files, path, len(read))
    known = rows.where(lambda _, label: label in dataset.labels)
    others = rows.where(lambda _, label: label not in dataset.labels)
    known_texts = set(known.texts)
    outside, held_out = others.where(lambda text, _: text not in known_texts), Rows()
    if len(outside) >= MIN_TO_HOLD_OUT:
        outside, held_out = hold_out(outside)
    keys = set(map(match_key, held_out.texts))
    others = others.where(lambda text, _: match_key(text) not in keys)
    dataset = replace(dataset, files=files, validation_none=held_out)
    return replace(dataset, train=known, none=others), replace(dataset, none=outside)


def _read_rows(
    path: Path, kind: TextKind, known: Known = None, number: Callable[[str], Any] | None = None
) -> Rows:
    """Read a CSV of text and label, without a header; gzipped if it ends in .gz.

    With `number`, int or float, a third column holds a number, which becomes the row's id.
    """
    if not path.exists():
        raise InputError(f"No file {path}, with .gz or without: see data/README.md.")
    table = fixed_table(str(path), form=CSV, header=False)
    columns = [kind.text, kind.label] + ["number"] * bool(number)
    if table.width != len(columns) and not table.records[0].problem:
        needed = f"{'three' if number else 'two'} are needed, {','.join(columns)}"
        raise InputError(f"{path} has {table.width} columns: {needed}.")
    rows = labelled_rows(table, 1, kind, known)[0]
    try:
        ids = [number(record.fields[2]) for record in table.rows] if number else []
    except ValueError as error:
        raise InputError(f"{path}: {reason(error)}: the third column holds numbers.") from None
    return replace(rows, ids=ids)
