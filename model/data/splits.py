"""Split rows into training, validation and test: each label keeps its share of all three.

All rows of one text stay together. The splits are the same whatever the seed of a training, so that
all trainings compare on the same rows.
"""

import warnings
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain

from ..errors import InputError
from ..text.letters import script_name
from .rows import NO_ROWS, Dataset, Rows
from .sources import SPLITS
from .texts import Key, TextKind, text_key

HELD_OUT = 10  # one text in so many to test, and of many texts one to validate
# A fifth at most, until so many are held out to validate: what is decided by fewer is luck
VALIDATION_TEXTS = 500
FEWEST_TEXTS = 10


def to_dataset(
    given: Mapping[str, Rows],
    kind: TextKind,
    name: str = "train",
    notes: Sequence[str] = (),
    needs_test: bool = True,
    drawn: Rows | None = None,
) -> Dataset:
    """Return the dataset of the rows by split; a split that is missing is held out of "train".

    It is held out of the texts of `drawn`, some of these rows, where that is given. Where too few
    texts or labels are left it raises InputError, with the `notes` on rows that were left out.
    """
    key = cache(kind.key)  # because splits, folds and scores ask for it again and again
    splits = dict(given)
    wanted = ["test", "validation"] if needs_test else ["validation"]
    for split in wanted:
        if split not in given:
            rest, chosen = hold_out(splits["train"], key, drawn, split)
            splits |= {"train": rest, split: chosen}
    problem = _problem(given, splits, kind, key, name)
    if problem:
        raise InputError(" ".join([problem, *notes]))
    train, validation, test = (splits.get(split, NO_ROWS) for split in SPLITS)
    labels = set(given["train"].labels)
    return Dataset(
        train,
        validation,
        test,
        labels=sorted(labels),
        key=key,
        notes=list(notes),
    )


def _problem(
    given: Mapping[str, Rows],
    splits: Mapping[str, Rows],
    kind: TextKind,
    key: Key,
    name: str,
) -> str:
    """Return why the `given` rows, once they are `splits`, cannot be trained on, "" if they can."""
    train = given["train"]
    keys = set(map(key, train.texts))
    if len(keys) < FEWEST_TEXTS:
        return (
            f"{name} has {len(keys)} of the {FEWEST_TEXTS} different {kind.texts} that training "
            "needs: add some."
        )
    if len(set(train.labels)) < 2:
        return f"{name} has one {kind.label} only ({train.labels[0]}): at least 2 are needed."
    for split, rows in splits.items():
        if not rows.texts and split in given:
            return f"The {split} rows have no usable {kind.text}: add some."
        if not rows.texts:
            return f"{name} has no {kind.label} with 3 {kind.texts}: add rows."
    return ""


def hold_out(
    rows: Rows,
    key: Key = text_key,
    drawn: Rows | None = None,
    split: str = "test",
) -> tuple[Rows, Rows]:
    """Divide `rows` in two, the second with at least a tenth of the texts of `drawn`, or of all.

    For "validation" it has up to a fifth of few texts.
    """
    n_folds = HELD_OUT
    if drawn is None:
        drawn = rows
        if split == "validation":
            n_folds = min(HELD_OUT, max(5, len(rows) // VALIDATION_TEXTS))
    first, *_ = folds(drawn, n_folds, key) or [[]]
    keys = set(map(key, drawn.take(first).texts))
    indices = [i for i, text in enumerate(rows.texts) if key(text) in keys]
    return rows.split(indices)


def folds(
    rows: Rows,
    most: int = HELD_OUT,
    key: Key = text_key,
) -> list[list[int]]:
    """Return the indices of `rows` in up to `most` folds, each label and script spread evenly.

    All rows of one text are in one fold. A text with several labels counts under the first of the
    alphabet; those of a label and script with fewer than three texts are in none, so that every
    label stays in training whichever fold is held out.
    """
    # Here because it takes a second
    from sklearn.model_selection import StratifiedKFold

    indices = defaultdict[str, list[int]](list)  # of the rows of each text
    for i, text in enumerate(rows.texts):
        indices[key(text)].append(i)
    strata = {}
    for text in sorted(indices):  # whatever their order in a file
        labels = [rows.labels[i] for i in indices[text]]
        strata[text] = min(labels) + script_name(text)
    counts = Counter(strata.values())
    texts = [text for text, stratum in strata.items() if counts[stratum] >= 3]
    if not texts:
        return []
    n_folds = min(most, max(counts.values()))
    splitter = StratifiedKFold(n_folds, shuffle=True, random_state=0)
    classes = [strata[text] for text in texts]
    with warnings.catch_warnings():
        # A stratum may have fewer texts than there are folds.
        warnings.simplefilter("ignore", UserWarning)
        in_turn = [fold for _, fold in splitter.split(texts, classes)]
    return [list(chain(*(indices[texts[i]] for i in fold))) for fold in in_turn]
