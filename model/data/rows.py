"""Rows of text and label, and the splits of a dataset. Independent of files."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from .texts import match_key, text_key


@dataclass(frozen=True)
class Rows:
    """Texts with one label each, in file order. A text of several labels has a row for each."""

    texts: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    ids: list[int] = field(
        default_factory=list
    )  # the file's own row numbers, or ranks or shares
    wholes: list[bool] = field(
        default_factory=list
    )  # whether a row is a whole text or a part
    # A teacher's probability of each label
    beliefs: list[list[float]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.texts)

    def __add__(self, others: "Rows") -> "Rows":
        return Rows(
            **{name: column + vars(others)[name] for name, column in vars(self).items()}
        )

    def take(self, indices: Sequence[int]) -> "Rows":
        """Return the rows at `indices`, in that order."""
        columns = vars(self).values()
        return Rows(
            *([column[i] for i in indices] if column else [] for column in columns)
        )

    def where(self, keep: Callable[[str, str], bool]) -> "Rows":
        """Return the rows whose text and label `keep` is true of."""
        pairs = enumerate(zip(self.texts, self.labels, strict=True))
        return self.take([i for i, pair in pairs if keep(*pair)])

    def part(self, indices: Sequence[int]) -> tuple["Rows", "Rows"]:
        """Return the rows that are not at `indices`, and those that are, in their order."""
        rest = sorted(set(range(len(self))) - set(indices))
        return self.take(rest), self.take(indices)


@dataclass(frozen=True)
class Dataset:
    """Training, validation and test rows with everything else that training needs."""

    train: Rows
    validation: Rows
    test: Rows
    labels: list[str]  # in the order of the network's outputs
    files: dict[str, dict] = field(
        default_factory=dict
    )  # rows and SHA-256 of each file
    shared_rows: int = 0  # test rows whose text occurs in training too
    none: Rows = field(default_factory=Rows)  # texts of none of the labels
    # Headings of "text" and "label", and "id" of a contest; empty where there was no header
    columns: dict[str, str] = field(default_factory=dict)
    key: Callable[[str], str] = text_key  # texts with the same key are one text
    taught: Rows = field(
        default_factory=Rows
    )  # more texts to train on, with a teacher's beliefs
    native: Rows = field(default_factory=Rows)  # test rows in other scripts
    validation_none: Rows = field(default_factory=Rows)  # held out
    readings: dict[str, str] = field(
        default_factory=dict
    )  # of Han names, in Latin letters
    given_names: Rows = field(default_factory=Rows)  # to make full names of
    common: Rows = field(
        default_factory=Rows
    )  # the most common names, whose `ids` are their ranks
    # Of texts of several labels: label -> share of the bearers, which sum to 1
    shares: dict[str, dict[str, float]] = field(default_factory=dict)
    notes: list[str] = field(
        default_factory=list
    )  # on rows that were left out, a line each
    summary: list[str] = field(
        default_factory=list
    )  # what it was taken for, a line each

    def sample(self, rows: int) -> "Dataset":
        """Return the dataset with at most `rows` rows a part, spread evenly, for a dry run."""
        taken = {}
        for name in ("train", "validation", "test", "none", "common", "taught"):
            if part := getattr(self, name):
                taken[name] = part.take(range(0, len(part), -(-len(part) // rows)))
        return replace(self, **taken)

    def unseen(self, rows: Rows) -> Rows:
        """Return the `rows` whose text is not among the validation and test rows."""
        held_out = set(
            map(match_key, (self.validation + self.test + self.native).texts)
        )
        return rows.take(
            [i for i, t in enumerate(rows.texts) if match_key(t) not in held_out]
        )

    def weights(self, rows: Rows) -> list[float]:
        """Return the share of each row's label in its text, 1 where that has no other."""
        pairs = zip(rows.texts, rows.labels, strict=True)
        return [self.shares.get(text, {}).get(label, 1.0) for text, label in pairs]

    def accepted(self, rows: Rows) -> list[set[int]]:
        """Return, for each row, the indices of every label that its text has in the data."""
        label_ids = defaultdict(set)
        everything = self.train + self.validation + self.test + self.native
        for text, label in zip(everything.texts, everything.labels, strict=True):
            label_ids[self.key(text)].add(self.labels.index(label))
        return [label_ids[self.key(text)] for text in rows.texts]
