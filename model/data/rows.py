"""Rows of text and label, and the splits of a dataset; independent of files."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import compress, count
from math import ceil
from typing import Any

from .copies import near_copies
from .texts import Key, match_key, text_key

Files = dict[str, dict]  # name of a file -> its rows and SHA-256
# Text -> label -> share of the bearers, which sum to 1
Shares = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Rows:
    """Texts with one label each, in file order; a text of several labels has a row for each.

    Every other column is empty or has a value for each row.
    """

    texts: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    # The file's own numbers of the rows
    ids: list[int] = field(default_factory=list)
    # Whether a row is a whole text or a stretch of one
    wholes: list[bool] = field(default_factory=list)
    # A teacher's probability of each label
    beliefs: list[list[float]] = field(default_factory=list)
    # What a third column of its file has: a rank from 1, bearers, another name
    values: list = field(default_factory=list)
    # How much a row counts in training and calibration
    weights: list[float] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.texts)

    def __add__(self, others: "Rows") -> "Rows":
        columns = {
            name: column + getattr(others, name) for name, column in vars(self).items()
        }
        return Rows(**columns)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Iterate over the texts, each with its label."""
        return zip(self.texts, self.labels, strict=True)

    def triples(self) -> Iterator[tuple[str, str, Any]]:
        """Iterate over the texts, each with its label and its value."""
        return zip(self.texts, self.labels, self.values, strict=True)

    def take(self, indices: Sequence[int]) -> "Rows":
        """Return the rows at `indices`, in that order."""
        columns = {
            name: [column[i] for i in indices]
            for name, column in vars(self).items()
            if column
        }
        return Rows(**columns)

    def where(self, keep: Callable[[str, str], bool]) -> "Rows":
        """Return the rows for whose text and label `keep` returns true."""
        is_kept = map(keep, self.texts, self.labels)
        indices = compress(count(), is_kept)
        return self.take(list(indices))

    def split(self, indices: Sequence[int]) -> tuple["Rows", "Rows"]:
        """Return the rows that are not at `indices`, and those that are, in their order."""
        rest = set(range(len(self))).difference(indices)
        others = self.take(sorted(rest))
        chosen = self.take(indices)
        return others, chosen


NO_ROWS = Rows()
# What of a dataset a dry run cuts short
SAMPLED = "train validation test none common taught".split()


@dataclass(frozen=True)
class Dataset:
    """Training, validation and test rows with everything else that training needs."""

    train: Rows
    validation: Rows
    test: Rows
    labels: list[str]  # in the order of the network's outputs
    files: Files = field(default_factory=dict)
    none: Rows = NO_ROWS  # texts of none of the labels
    # What texts of none have instead, each with an output; some may have no row left to train on
    other_labels: list[str] = field(default_factory=list)
    # Headings of "text" and "label", and "id" of a contest; empty where there was no header
    columns: dict[str, str] = field(default_factory=dict)
    key: Key = text_key
    taught: Rows = NO_ROWS  # more texts to train on, with a teacher's beliefs
    native: Rows = NO_ROWS  # test rows in other scripts
    forms: Rows = NO_ROWS  # of test names; scored apart
    # Match keys and labels of other forms of names that are held out
    related: frozenset[tuple[str, str]] = frozenset()
    validation_none: Rows = NO_ROWS  # held out
    # Of Han names, in Latin letters
    readings: dict[str, str] = field(default_factory=dict)
    given_names: Rows = NO_ROWS  # to make full names of
    common: Rows = NO_ROWS  # the most common names, with ranks
    # Given names to be looked up, their labels by likelihood, with log2 of how many times as often
    # each is a first word as a last one
    given_known: Rows = NO_ROWS
    # What the data have of texts, to be looked up alone: a label, or a people outside of all, with
    # its bearers
    attested: Rows = NO_ROWS
    # Of texts of several labels
    shares: Shares = field(default_factory=dict)
    notes: Sequence[str] = ()  # on rows that were left out, a line each
    summary: Sequence[str] = ()  # how the file was read, a line each

    def sample(self, n_rows: int) -> "Dataset":
        """Return the dataset with about `n_rows` rows of each kind, spread evenly, for a dry run.

        A row of each label is among them. Names to look up are left out, because each is read.
        """
        samples = {}
        for name in SAMPLED:
            rows = getattr(self, name)
            step = max(1, ceil(len(rows) / n_rows))
            indices = {rows.labels.index(label) for label in set(rows.labels)}
            indices.update(range(0, len(rows), step))
            samples[name] = rows.take(sorted(indices))
        return replace(self, **samples, attested=NO_ROWS)

    @cached_property
    def cautions(self) -> list[str]:
        """Why test scores are better than on new texts, a line each: copies of training texts."""
        texts = self.test.texts
        seen = (self.train + self.validation).texts
        keys = set(map(self.key, seen))
        counts = {
            "are in training too": sum(self.key(text) in keys for text in texts),
            "consist mostly of phrases in training texts": near_copies(texts, seen),
        }
        return [
            f"the texts of {n:,} of {len(texts):,} test rows {what}, so the scores are better "
            "than on new texts"
            for what, n in counts.items()
            if n
        ]

    @property
    def scored(self) -> Rows:
        """The validation and test rows."""
        return self.validation + self.test + self.native

    def scored_keys(self) -> set[str]:
        """Return the match keys of the validation and test rows."""
        return {match_key(text) for text in self.scored.texts}

    def unseen(self, rows: Rows) -> Rows:
        """Return the `rows` whose text is not among the validation and test rows.

        Other forms of these are left out too, under their own label or one that is not an output.
        """
        keys = self.scored_keys()
        outside = {(key, "") for key, _ in self.related}
        related = self.related | outside
        labels = rows.labels or [""] * len(rows)
        unseen = []
        for i, text in enumerate(rows.texts):
            key = match_key(text)
            label = labels[i]
            if label not in self.labels:
                label = ""
            if key not in keys and (key, label) not in related:
                unseen.append(i)
        return rows.take(unseen)

    def weights(self, rows: Rows) -> list[float]:
        """Return each row's label share (1.0 if its text has one label), or its own weight."""
        if rows.weights:
            return rows.weights
        weights = []
        for text, label in rows.pairs():
            shares = self.shares.get(text, {})
            weights.append(shares.get(label, 1.0))
        return weights

    def accepted(self, rows: Rows) -> list[set[int]]:
        """Return, for each row, the indices of every label that its text has in the data."""
        label_ids = defaultdict(set)
        everything = self.train + self.scored
        for text, label in everything.pairs():
            key = self.key(text)
            label_ids[key].add(self.labels.index(label))
        return [label_ids[key] for key in map(self.key, rows.texts)]
