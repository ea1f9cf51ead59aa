"""Rows of text and label from files, the validation split, and encoded rows in batches.

Reads and checks data; it trains nothing and knows no network.
"""

import csv
import gzip
import hashlib
import io
import sys
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import torch
from sklearn.model_selection import GroupShuffleSplit

from .encoding import CharacterEncoder, InputError, check_text, match_key
from .words import WordEncoder

if TYPE_CHECKING:
    from .teacher import Beliefs

MAX_UNPACKED, MAX_ROWS = 100_000_000, 5_000_000  # bytes, rows: they have to fit in the memory
LONGEST_LINE = 10_000  # characters
VALIDATION_SHARE = 0.1
VALIDATION_SEED = 0  # fixed, so that runs of different seeds compare on the same validation rows


@dataclass(frozen=True)
class Rows:
    """Texts with one label each, in file order; a text of several labels has a row for each.

    Where a file has them, `ids` are its own numbers of the rows, and `wholes` tells which rows are
    whole texts, of which others are parts.
    """

    texts: list[str]
    labels: list[str]
    ids: list[int] = field(default_factory=list)
    wholes: list[bool] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.texts)

    def __add__(self, others: "Rows") -> "Rows":
        return Rows(
            self.texts + others.texts,
            self.labels + others.labels,
            self.ids + others.ids,
            self.wholes + others.wholes,
        )

    def take(self, indices: Sequence[int]) -> "Rows":
        """Return the rows at `indices`, in that order."""
        return Rows(
            [self.texts[i] for i in indices],
            [self.labels[i] for i in indices],
            [self.ids[i] for i in indices] if self.ids else [],
            [self.wholes[i] for i in indices] if self.wholes else [],
        )


@dataclass(frozen=True)
class Dataset:
    """Training, validation and test rows, the labels in their order, and the files' facts.

    `outsiders` are rows to train on beside the others: texts of none of the labels, with labels of
    their own. `files` has the number of rows and the SHA-256 of each file; `shared_rows` counts
    the test rows whose text occurs in training too. `columns` has the names of the columns "id",
    "text" and "label" of a table that is to come back as ids and label numbers. Texts of one `key`
    are one text. `beliefs` are texts of which a teacher says how likely each label is.
    """

    train: Rows
    validation: Rows
    test: Rows
    labels: list[str]
    files: dict[str, dict]
    shared_rows: int
    outsiders: Rows = field(default_factory=lambda: Rows([], []))
    columns: dict[str, str] = field(default_factory=dict)
    key: Callable[[str], str] = match_key
    beliefs: "Beliefs | None" = None

    def held_out(self) -> set[str]:
        """Return the match keys of the validation and test texts, which training must not see."""
        return set(map(match_key, self.validation.texts + self.test.texts))

    def accepted(self, rows: Rows) -> list[set[int]]:
        """Return, for each row, the indices of every label that its text has in the data."""
        label_ids = defaultdict(set)
        for part in (self.train, self.validation, self.test):
            for text, label in zip(part.texts, part.labels, strict=True):
                label_ids[self.key(text)].add(self.labels.index(label))
        return [label_ids[self.key(text)] for text in rows.texts]


def read_names(folder: str | Path) -> Dataset:
    """Read names_train.csv.gz and names_test.csv.gz in `folder`; raise InputError if unfit."""
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"No data folder {folder}: give --data a folder with names_train.csv.gz.")
    paths = [folder / "names_train.csv.gz", folder / "names_test.csv.gz"]
    train, test = map(_read_rows, paths)
    fitting, validation = _split_validation(train, paths[0])
    train_keys = set(map(match_key, train.texts))
    labels = sorted(set(train.labels))
    if len(labels) < 2:
        raise InputError(f"{paths[0]} has one language only ({labels[0]}): at least 2 are needed.")
    for line, label in enumerate(test.labels, start=1):
        if label not in labels:
            raise InputError(f"{paths[1]}, line {line}: language {label!r} is not in {paths[0]}.")
    return Dataset(
        train=fitting,
        validation=validation,
        test=test,
        labels=labels,
        files={
            path.name: _file_facts(path, rows)
            for path, rows in zip(paths, (train, test), strict=True)
        },
        shared_rows=sum(match_key(text) in train_keys for text in test.texts),
    )


def read_pretraining(paths: Sequence[Path], dataset: Dataset) -> tuple[Dataset, Dataset]:
    """Read the files `paths`; return the data of a first stage of training, and of the second.

    The first is `dataset` with the files' rows to train on instead of its own, those of other
    labels as outsiders; the second has as outsiders those whose text has none of its labels. Rows
    whose text is among the validation or test rows are left out, so that both stay unseen.
    """
    rows, files, held_out = Rows([], []), dict(dataset.files), dataset.held_out()
    for path in paths:
        read = _read_rows(path)
        unseen = [i for i, text in enumerate(read.texts) if match_key(text) not in held_out]
        read = read.take(unseen)
        rows += read
        files[_short_name(path, files)] = _file_facts(path, read)
    known = rows.take([i for i, label in enumerate(rows.labels) if label in dataset.labels])
    others = rows.take([i for i, label in enumerate(rows.labels) if label not in dataset.labels])
    known_texts = set(known.texts)
    outside = others.take([i for i, text in enumerate(others.texts) if text not in known_texts])
    first = replace(dataset, train=known, outsiders=others, files=files)
    return first, replace(dataset, outsiders=outside, files=files)


def _short_name(path: Path, taken: Iterable[str]) -> str:
    """Return the file's name, behind those of as many folders as tell it from others."""
    names = ("/".join(path.parts[-n:]) for n in range(1, len(path.parts) + 1))
    return next((name for name in names if name not in taken), str(path))


def _file_facts(path: Path, rows: Rows) -> dict:
    return {"rows": len(rows), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def _read_rows(path: Path) -> Rows:
    """Read a gzipped CSV of two columns, name and language, without a header."""
    texts, labels = [], []
    try:
        content = _unpack(path)
        lines = _lines(io.TextIOWrapper(io.BytesIO(content), "utf-8", newline=""), path)
        for row in (reader := csv.reader(lines, strict=True)):
            if len(row) != 2 or not all(field.strip() for field in row):
                raise InputError(
                    f"{path}, line {reader.line_num}: two columns are needed, name,language."
                )
            try:
                check_text(row[0])
            except InputError as error:
                raise InputError(f"{path}, line {reader.line_num}: {error}") from None
            texts.append(row[0])
            labels.append(sys.intern(row[1].strip()))
    except FileNotFoundError:
        raise InputError(f"No file {path}: a data folder holds it (see data/README.md).") from None
    except (gzip.BadGzipFile, zlib.error, EOFError):
        raise InputError(f"{path} is not a whole gzip file: compress it anew with gzip.") from None
    except UnicodeDecodeError:
        line = _line_not_utf_8(content)
        raise InputError(f"{path}, line {line}: not UTF-8: save it as UTF-8.") from None
    except csv.Error as error:
        raise InputError(f"{path}, line {len(texts) + 1}: not CSV ({error}).") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from None
    if not texts:
        raise InputError(f"{path} has no rows: one name,language a line is needed.")
    return Rows(texts, labels)


def _line_not_utf_8(content: bytes) -> int:
    """Return the number of the first line that is not UTF-8, 0 if all are."""
    try:
        content.decode()
    except UnicodeDecodeError as error:
        return content.count(b"\n", 0, error.start) + 1
    return 0


def _unpack(path: Path) -> bytes:
    """Return what is in a gzip file; raise InputError for one too large when unpacked."""
    with gzip.open(path) as file:
        content = file.read(MAX_UNPACKED + 1)
    if len(content) > MAX_UNPACKED or content.count(b"\n") > MAX_ROWS:
        raise InputError(
            f"{path} is too large: {MAX_UNPACKED // 1_000_000} MB when unpacked and {MAX_ROWS:,} "
            "rows are the most."
        )
    return content


def _lines(text: TextIO, path: Path) -> Iterator[str]:
    """Yield the lines of `text`; raise InputError for one too long for two columns."""
    for number, line in enumerate(iter(partial(text.readline, LONGEST_LINE), ""), start=1):
        if len(line) == LONGEST_LINE:
            raise InputError(f"{path}, line {number}: too long for two columns, name,language.")
        yield line


def _split_validation(rows: Rows, path: Path) -> tuple[Rows, Rows]:
    """Carve a tenth of the texts out of `rows`; all rows of one text stay on one side."""
    keys = list(map(match_key, rows.texts))
    if len(set(keys)) < 2:
        raise InputError(f"{path} has one name only: some are needed to train, some to validate.")
    splitter = GroupShuffleSplit(1, test_size=VALIDATION_SHARE, random_state=VALIDATION_SEED)
    fitting, validation = next(splitter.split(rows.texts, groups=keys))
    return rows.take(fitting), rows.take(validation)


@dataclass(frozen=True)
class EncodedRows:
    """Rows as tensors: ids (N, T), lengths (N,) on the CPU as packing wants, targets (N,)."""

    ids: torch.Tensor
    lengths: torch.Tensor
    targets: torch.Tensor

    def __len__(self) -> int:
        return len(self.lengths)

    @classmethod
    def from_rows(
        cls,
        rows: Rows,
        encoder: CharacterEncoder | WordEncoder,
        labels: Sequence[str],
        device: torch.device | str = "cpu",
    ) -> "EncodedRows":
        """Encode all `rows` once and put them on `device`."""
        ids, lengths = encoder.encode_batch(rows.texts)
        label_ids = {label: i for i, label in enumerate(labels)}
        targets = torch.tensor([label_ids[label] for label in rows.labels])
        return cls(ids.to(device), lengths, targets.to(device))

    def take(self, index: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return ids (B, T), lengths (B,) and targets (B,) of the rows at `index`, on their device.

        T is the longest of these rows alone, so rows of one length have no padding.
        """
        lengths = self.lengths[index]
        on_device = index.to(self.ids.device, non_blocking=True)
        return self.ids[on_device, : int(lengths.max())], lengths, self.targets[on_device]
