"""Pairs of a text and its label from a data folder, and the split of validation rows.

    Nakamura,Japanese       CSV in UTF-8 without a header, plain or gzipped; a text of several
    Rossi,Italian           labels has a row for each

data/README.md describes the files.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..letters import script_name
from .labelled import file_facts, fixed_table, labelled_rows, short_name
from .rows import Dataset, Rows
from .tables import CSV
from .texts import TextKind, match_key

VALIDATION_SHARE = 0.1
MIN_TO_HOLD_OUT = 10  # texts of none
VALIDATION_SEED = 0  # fixed, so that runs of different seeds compare on the same validation rows


def read_pairs(
    folder: str | Path, kind: TextKind, validation_share: float = VALIDATION_SHARE
) -> Dataset:
    """Read names_train.csv.gz and names_test.csv.gz in `folder`; raise InputError if invalid.

    A folder may also have native_train.csv.gz, whose texts in other scripts than Latin join the
    training rows, native_test.csv.gz, scored apart, given_names.csv.gz, to make full names of,
    and readings.csv.gz, Han names in Latin letters. Each may be plain too, without .gz. Of the
    texts of each label and script in names_train `validation_share` are held out to validate, and
    so are texts of native_train whose label names_train lacks. Given names that are among these or
    the test rows are left out.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"No data folder {folder}: give --data a folder with names_train.csv.gz.")
    files: dict[str, dict] = {}

    def read(stem: str, is_needed: bool = False, known: Collection[str] | None = None) -> Rows:
        path = data_file(folder, stem)
        if not is_needed and not path.exists():
            return Rows()
        rows = _read_rows(path, kind, known)
        files[path.name] = file_facts(path, len(rows))
        return rows

    names, native = read("names_train", is_needed=True), read("native_train")
    known = set(names.labels)
    alone = native.take([i for i, label in enumerate(native.labels) if label not in known])
    train, drawn = names + native, _carve_out(names + alone, validation_share)[1]
    keys = set(map(match_key, drawn.texts))
    fitting, validation = train.part(
        [i for i, text in enumerate(train.texts) if match_key(text) in keys]
    )
    first, labels = data_file(folder, "names_train"), sorted(set(train.labels))
    if not validation.texts:
        raise InputError(
            f"{first} has one {kind.text} only: some are needed to train, some to validate."
        )
    if len(labels) < 2:
        raise InputError(f"{first} has one {kind.label} only ({labels[0]}): at least 2 are needed.")
    test = read("names_test", is_needed=True, known=labels)
    train_keys, readings = set(map(match_key, train.texts)), read("readings")
    dataset = Dataset(
        train=fitting,
        validation=validation,
        test=test,
        native=read("native_test", known=labels),
        labels=labels,
        files=files,
        shared_rows=sum(match_key(text) in train_keys for text in test.texts),
        readings=dict(zip(readings.texts, readings.labels, strict=True)),
    )
    given = read("given_names")
    # Otherwise a validation surname such as Lan appears in training, as a given name of its label.
    return replace(dataset, given_names=given.take(dataset.unseen(given.texts)))


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
        outside, held_out = _carve_out(outside, VALIDATION_SHARE)
    held_out_keys = set(map(match_key, held_out.texts))
    others = others.take(
        [i for i, text in enumerate(others.texts) if match_key(text) not in held_out_keys]
    )
    dataset = replace(dataset, files=files, validation_none=held_out)
    return replace(dataset, train=known, none=others), replace(dataset, none=outside)


def _read_rows(path: Path, kind: TextKind, known: Collection[str] | None = None) -> Rows:
    """Read a CSV of two columns, text and label, without a header; gzipped if it ends in .gz."""
    if not path.exists():
        raise InputError(
            f"No file {path}, with .gz or without: data/README.md says what a data folder holds."
        )
    table = fixed_table(path, CSV, header=False)
    if table.width != 2 and not table.records[0].problem:
        found = f"{path} has {table.width} columns"
        raise InputError(f"{found}: two are needed, {kind.text},{kind.label}.")
    return labelled_rows(table, 1, kind, known)[0]


def _carve_out(rows: Rows, share: float) -> tuple[Rows, Rows]:
    """Part `rows` in two, the second with about a `share` of the texts of each label and script.

    All rows of one text stay on one side; where there is one text only, the second is empty. A
    calibration is fitted to the second part: a label that is more common there by chance would
    be predicted too often. A text with several labels counts under the first of the alphabet.
    """
    keys, strata = list(map(match_key, rows.texts)), dict[str, tuple[str, str]]()
    for key, text, label in zip(keys, rows.texts, rows.labels, strict=True):
        stratum = label, script_name(text)
        strata[key] = min(stratum, strata.get(key, stratum))
    shuffled = np.random.default_rng(VALIDATION_SEED).permutation(sorted(strata)).tolist()
    ordered = sorted(shuffled, key=strata.__getitem__)
    count = min(max(1, round(share * len(ordered))), len(ordered) - 1)
    places = (int((i + 0.5) * len(ordered) / count) for i in range(count))  # at even distances
    held_out = {ordered[place] for place in places}
    return rows.part([i for i, key in enumerate(keys) if key in held_out])
