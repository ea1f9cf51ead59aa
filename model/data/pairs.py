"""Pairs of a text and its label from a data folder, and the split of validation rows.

    Nakamura,Japanese       CSV in UTF-8 without a header, plain or gzipped; a text of several
    Rossi,Italian           labels has a row for each

data/README.md describes the files.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import InputError, reason
from .forms import CSV
from .labelled import Known, fixed_table, labelled_rows, with_file
from .rows import Dataset, Rows
from .splits import hold_out, to_dataset
from .texts import TextKind, match_key

NEEDED = ("names_train", "names_test")
TRAINED_RANK = 100  # names of these ranks always train: a visitor tries them


def read_pairs(folder: str | Path, kind: TextKind) -> Dataset:
    """Read names_train.csv.gz and names_test.csv.gz in `folder`; raise InputError if invalid.

    These files may stand beside them, each gzipped or plain (without .gz, which comes first):

        native_train    texts in other scripts than Latin, which join the training rows
        native_test     the same, scored separately
        given_names     given names and labels, to make full names of
        readings        Han names in Latin letters
        common          the most common names, with label and rank
        shares          texts with several labels, with label and share

    Of the texts of each label and script in names_train a tenth is held out to validate, and so are
    texts of native_train whose label names_train lacks; names of the first TRAINED_RANK ranks never
    are. Given and common names that are among the validation or test rows are left out.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(
            f"No data folder {folder}: give --data a folder with names_train.csv.gz."
        )
    files: dict[str, dict] = {}

    def read(stem: str, **how: Any) -> Rows:
        path = data_file(folder, stem)
        if stem not in NEEDED and not path.exists():
            return Rows()
        rows = _read_rows(path, kind, **how)
        files.update(with_file(files, path, len(rows)))
        return rows

    names, native = read("names_train"), read("native_train")
    train, latin = names + native, set(names.labels)
    labels = set(train.labels)
    common = read("common", known=labels, number=int)
    ranks = zip(common.texts, common.ids, strict=True)
    core = {match_key(text) for text, rank in ranks if rank <= TRAINED_RANK}
    drawn = names + native.where(lambda _, label: label not in latin)
    drawn = drawn.where(lambda text, _: match_key(text) not in core)
    parts = {"train": train, "test": read("names_test", known=labels)}
    dataset = to_dataset(
        parts, kind, str(data_file(folder, "names_train")), drawn=drawn
    )
    readings, shared = read("readings"), read("shares", known=labels, number=float)
    dataset = replace(dataset, native=read("native_test", known=labels), files=files)
    dataset.readings.update(zip(readings.texts, readings.labels, strict=True))
    for text, label, share in zip(shared.texts, shared.labels, shared.ids, strict=True):
        dataset.shares.setdefault(text, {})[label] = share
    # Otherwise a validation surname such as Lan appears in training, as a given name of its label.
    given, common = map(dataset.unseen, (read("given_names"), common))
    return replace(dataset, given_names=given, common=common)


def data_file(folder: Path, stem: str) -> Path:
    """Return the path of a file of a data folder: plain if that is there, else gzipped."""
    plain = folder / f"{stem}.csv"
    return plain if plain.exists() else folder / f"{stem}.csv.gz"


def read_pretraining(
    paths: Sequence[Path], dataset: Dataset, kind: TextKind
) -> tuple[Dataset, Dataset]:
    """Read the files `paths` and return the data of pretraining and of training proper.

    The first is `dataset` with the files' rows in place of its training rows, and their rows of
    other labels as `none`. The second is `dataset` with those of `none` whose text has no label of
    `dataset`. A tenth of these is kept for validation, in neither `none`. Rows whose text is among
    the validation or test rows are left out of both. Raises InputError for an invalid file.
    """
    rows, files = Rows(), dataset.files
    for path in paths:
        read = dataset.unseen(_read_rows(path, kind))
        rows += read
        files = with_file(files, path, len(read), part="pretraining")
    known = rows.where(lambda _, label: label in dataset.labels)
    others, texts = (
        rows.where(lambda _, label: label not in dataset.labels),
        set(known.texts),
    )
    outside, held_out = hold_out(others.where(lambda text, _: text not in texts))
    keys = set(map(match_key, held_out.texts))
    others = others.where(lambda text, _: match_key(text) not in keys)
    dataset = replace(dataset, files=files, validation_none=held_out)
    return replace(dataset, train=known, none=others), replace(dataset, none=outside)


def _read_rows(
    path: Path,
    kind: TextKind,
    known: Known = None,
    number: Callable[[str], Any] | None = None,
) -> Rows:
    """Read a CSV of text and label, without a header; gzipped if it ends in .gz.

    With `number`, int or float, a third column holds a number, which becomes the row's id.
    """
    if not path.exists():
        raise InputError(
            f"No file {path}: check its name; data/README.md lists the files."
        )
    table = fixed_table(str(path), form=CSV, header=False)
    columns = [kind.text, kind.label] + ["number"] * bool(number)
    if table.width != len(columns) and not table.records[0].problem:
        needed = f"{len(columns)} are needed, {','.join(columns)}"
        raise InputError(f"{path} has {table.width} columns: {needed}.")
    rows = labelled_rows(table, 1, kind, known)[0]
    try:
        return replace(
            rows, ids=[number(row.fields[2]) for row in table.rows] if number else []
        )
    except ValueError as error:
        raise InputError(
            f"{path}: {reason(error)}: the third column holds numbers."
        ) from None
