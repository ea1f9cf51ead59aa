"""Pairs of a text and its label from a data folder, and the split of validation rows.

    Nakamura,Japanese       CSV in UTF-8 without a header, plain or gzipped; a text of several
    Rossi,Italian           labels has a row for each

data/README.md describes the files.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import InputError, reason
from .labelled import file_facts, fixed_table, hold_out, labelled_rows, short_name
from .rows import Dataset, Rows
from .tables import CSV
from .texts import TextKind, match_key

VALIDATION_SHARE = 0.1
MIN_TO_HOLD_OUT = 10  # texts of none
CORE_RANK = 100  # names of these ranks always train: a visitor tries them


def read_pairs(
    folder: str | Path, kind: TextKind, validation_share: float = VALIDATION_SHARE
) -> Dataset:
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
        files[path.name] = file_facts(path, len(rows))
        return rows

    names, native = read("names_train", is_needed=True), read("native_train")
    known, train = set(names.labels), names + native
    common, shared = (
        read(stem, known=known | set(native.labels), number=number)
        for stem, number in (("common", int), ("shares", float))
    )
    core = common.take([i for i, rank in enumerate(common.ids) if rank <= CORE_RANK])
    taken = set(map(match_key, core.texts))
    drawn = names + native.take([i for i, x in enumerate(native.labels) if x not in known])
    drawn = drawn.take([i for i, text in enumerate(drawn.texts) if match_key(text) not in taken])
    held_out = hold_out(drawn, validation_share)[1].texts or drawn.texts[-1:]
    keys = set(map(match_key, held_out))
    fitting, validation = train.part(
        [i for i, text in enumerate(train.texts) if match_key(text) in keys]
    )
    first, labels = data_file(folder, "names_train"), sorted(set(train.labels))
    if not (fitting.texts and validation.texts):
        raise InputError(
            f"{first} has one {kind.text} only: some are needed to train, some to validate."
        )
    if len(labels) < 2:
        raise InputError(f"{first} has one {kind.label} only ({labels[0]}): at least 2 are needed.")
    test = read("names_test", is_needed=True, known=labels)
    train_keys, readings = set(map(match_key, train.texts)), read("readings")
    shares: dict[str, dict[str, float]] = {}
    for text, label, share in zip(shared.texts, shared.labels, shared.ids, strict=True):
        shares.setdefault(text, {})[label] = share
    dataset = Dataset(
        train=fitting,
        validation=validation,
        test=test,
        native=read("native_test", known=labels),
        labels=labels,
        files=files,
        shared_rows=sum(match_key(text) in train_keys for text in test.texts),
        readings=dict(zip(readings.texts, readings.labels, strict=True)),
        shares=shares,
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
    for i, path in enumerate(paths):
        if path.resolve() in map(Path.resolve, paths[:i]):
            raise InputError(f"{path} is given twice to pretrain on: give each file once.")
        read = _read_rows(path, kind)
        read = read.take(dataset.unseen(read.texts))
        rows += read
        files[short_name(path, files)] = file_facts(path, len(read))
    known = rows.take([i for i, label in enumerate(rows.labels) if label in dataset.labels])
    others = rows.take([i for i, label in enumerate(rows.labels) if label not in dataset.labels])
    known_texts = set(known.texts)
    outside = others.take([i for i, text in enumerate(others.texts) if text not in known_texts])
    held_out = Rows()
    if len(outside) >= MIN_TO_HOLD_OUT:
        outside, held_out = hold_out(outside, VALIDATION_SHARE)
    held_out_keys = set(map(match_key, held_out.texts))
    others = others.take(
        [i for i, text in enumerate(others.texts) if match_key(text) not in held_out_keys]
    )
    dataset = replace(dataset, files=files, validation_none=held_out)
    return replace(dataset, train=known, none=others), replace(dataset, none=outside)


def _read_rows(
    path: Path,
    kind: TextKind,
    known: Collection[str] | None = None,
    number: Callable[[str], Any] | None = None,
) -> Rows:
    """Read a CSV of text and label, without a header; gzipped if it ends in .gz.

    With `number`, int or float, a third column holds a number, which becomes the row's id.
    """
    if not path.exists():
        raise InputError(
            f"No file {path}, with .gz or without: data/README.md says what a data folder holds."
        )
    table = fixed_table(str(path), form=CSV, header=False)
    columns = f"two are needed, {kind.text},{kind.label}"
    columns = f"three are needed, {kind.text},{kind.label},number" if number else columns
    if table.width != (3 if number else 2) and not table.records[0].problem:
        raise InputError(f"{path} has {table.width} columns: {columns}.")
    rows = labelled_rows(table, 1, kind, known)[0]
    if not number:
        return rows
    try:
        numbers = [number(record.fields[2]) for record in table.rows]
    except ValueError as error:
        raise InputError(f"{path}: {reason(error)}: the third column holds numbers.") from None
    return replace(rows, ids=numbers)
