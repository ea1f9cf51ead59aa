"""Rows of text and label, and the splits of a dataset. Independent of files."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from .texts import match_key, text_key


@dataclass(frozen=True)
class Rows:
    """Texts with one label each, in file order. A text of several labels has a row for each.

    Each further column is empty, or has a value for each row.
    """

    texts: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    # The file's own numbers of the rows
    ids: list[int] = field(default_factory=list)
    # Whether a row is a whole text or a part
    wholes: list[bool] = field(default_factory=list)
    # A teacher's probability of each label
    beliefs: list[list[float]] = field(default_factory=list)
    # How common a text is, from 1
    ranks: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.texts)

    def __add__(self, others: "Rows") -> "Rows":
        columns = {}
        for name, column in vars(self).items():
            columns[name] = column + getattr(others, name)
        return Rows(**columns)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Iterate over the texts, each with its label."""
        return zip(self.texts, self.labels, strict=True)

    def take(self, indices: Sequence[int]) -> "Rows":
        """Return the rows at `indices`, in that order."""
        columns = {}
        for name, column in vars(self).items():
            columns[name] = [column[i] for i in indices] if column else []
        return Rows(**columns)

    def where(self, keep: Callable[[str, str], bool]) -> "Rows":
        """Return the rows whose text and label `keep` is true of."""
        kept = [i for i, pair in enumerate(self.pairs()) if keep(*pair)]
        return self.take(kept)

    def part(self, indices: Sequence[int]) -> tuple["Rows", "Rows"]:
        """Return the rows that are not at `indices`, and those that are, in their order."""
        held_out = set(indices)
        rest = [i for i in range(len(self)) if i not in held_out]
        return self.take(rest), self.take(indices)


@dataclass(frozen=True)
class Dataset:
    """Training, validation and test rows with everything else that training needs."""

    train: Rows
    validation: Rows
    test: Rows
    labels: list[str]  # in the order of the network's outputs
    # Rows and SHA-256 of each file
    files: dict[str, dict] = field(default_factory=dict)
    shared_rows: int = 0  # test rows whose text occurs in training too
    none: Rows = field(default_factory=Rows)  # texts of none of the labels
    # Headings of "text" and "label", and "id" of a contest; empty where there was no header
    columns: dict[str, str] = field(default_factory=dict)
    key: Callable[[str], str] = text_key  # texts with the same key are one text
    # More texts to train on, with a teacher's beliefs
    taught: Rows = field(default_factory=Rows)
    native: Rows = field(default_factory=Rows)  # test rows in other scripts
    validation_none: Rows = field(default_factory=Rows)  # held out
    # Of Han names, in Latin letters
    readings: dict[str, str] = field(default_factory=dict)
    given_names: Rows = field(default_factory=Rows)  # to make full names of
    common: Rows = field(default_factory=Rows)  # the most common names, with ranks
    # Of texts of several labels: label -> share of the bearers, which sum to 1
    shares: dict[str, dict[str, float]] = field(default_factory=dict)
    # On rows that were left out, a line each
    notes: list[str] = field(default_factory=list)
    # What it was taken for, a line each
    summary: list[str] = field(default_factory=list)

    def sample(self, rows: int) -> "Dataset":
        """Return the dataset with at most `rows` rows a part, spread evenly, for a dry run."""
        samples = {}
        for name in ("train", "validation", "test", "none", "common", "taught"):
            part = getattr(self, name)
            if part:
                step = -(-len(part) // rows)
                samples[name] = part.take(range(0, len(part), step))
        return replace(self, **samples)

    def unseen(self, rows: Rows) -> Rows:
        """Return the `rows` whose text is not among the validation and test rows."""
        held_out = self.validation + self.test + self.native
        keys = {match_key(text) for text in held_out.texts}
        row_keys = map(match_key, rows.texts)
        return rows.take([i for i, key in enumerate(row_keys) if key not in keys])

    def weights(self, rows: Rows) -> list[float]:
        """Return each row's label share (1.0 if its text has one label)."""
        weights = []
        for text, label in rows.pairs():
            shares = self.shares.get(text, {})
            weights.append(shares.get(label, 1.0))
        return weights

    def accepted(self, rows: Rows) -> list[set[int]]:
        """Return, for each row, the indices of every label that its text has in the data."""
        label_ids = defaultdict(set)
        everything = self.train + self.validation + self.test + self.native
        for text, label in everything.pairs():
            key = self.key(text)
            label_ids[key].add(self.labels.index(label))
        return [label_ids[self.key(text)] for text in rows.texts]
