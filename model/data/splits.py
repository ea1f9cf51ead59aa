"""Split rows into training, validation and test: each label keeps its share of all three.

All rows of one text stay together. The splits are the same whatever the seed of a training, so that
all trainings compare on the same rows.
"""

import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

from ..errors import InputError
from ..letters import script_name
from .rows import Dataset, Rows
from .texts import TextKind, text_key

PARTS = ("train", "validation", "test")
HELD_OUT = 10  # one text in so many to validate, and one to test
FEWEST_TEXTS = 10


def to_dataset(
    parts: Mapping[str, Rows],
    kind: TextKind,
    name: str = "train",
    notes: Sequence[str] = (),
    needs_test: bool = True,
    drawn: Rows | None = None,
) -> Dataset:
    """Return the data set of the rows by part; a part that is missing is held out of "train".

    It is held out of the texts of `drawn`, some of these rows, where that is given. Where too few
    texts or labels are left it raises InputError, with the `notes` on rows that were left out.
    """
    split = dict(parts)
    for part in ("test", "validation") if needs_test else ("validation",):
        if part not in split:
            split["train"], split[part] = hold_out(split["train"], kind.key, drawn)
    problem = _problem(parts, split, kind, name)
    if problem:
        raise InputError(" ".join([problem, *notes]))
    train, validation, test = (split.get(part, Rows()) for part in PARTS)
    seen = set(map(kind.key, (train + validation).texts))
    n_shared = sum(kind.key(text) in seen for text in test.texts)
    return Dataset(
        train,
        validation,
        test,
        labels=sorted(set(parts["train"].labels)),
        shared_rows=n_shared,
        key=kind.key,
        notes=list(notes),
    )


def _problem(
    parts: Mapping[str, Rows], split: Mapping[str, Rows], kind: TextKind, name: str
) -> str:
    """Return why the given `parts`, once `split`, cannot be trained on, "" if they can."""
    labels = sorted(set(parts["train"].labels))
    n_texts = len(set(map(kind.key, parts["train"].texts)))
    if n_texts < FEWEST_TEXTS:
        least = f"{FEWEST_TEXTS} different {kind.texts} that training needs"
        return f"{name} has {n_texts} of the {least}: add some."
    if len(labels) < 2:
        return f"{name} has one {kind.label} only ({labels[0]}): at least 2 are needed."
    for part, rows in split.items():
        if not rows.texts and part in parts:
            return f"The {part} rows have no usable {kind.text}: add some."
        if not rows.texts:
            return f"{name} has no {kind.label} with 3 {kind.texts}: add rows."
    return ""


def hold_out(
    rows: Rows, key: Callable[[str], str] = text_key, drawn: Rows | None = None
) -> tuple[Rows, Rows]:
    """Part `rows` in two, the second with at least a tenth of the texts of `drawn`, or of all."""
    drawn = rows if drawn is None else drawn
    parts = folds(drawn, key=key)
    first = drawn.take(parts[0] if parts else [])
    held_out = set(map(key, first.texts))
    keys = map(key, rows.texts)
    return rows.part([i for i, row_key in enumerate(keys) if row_key in held_out])


def folds(
    rows: Rows, most: int = HELD_OUT, key: Callable[[str], str] = text_key
) -> list[list[int]]:
    """Return the indices of `rows` in up to `most` parts, each label and script spread evenly.

    All rows of one text are in one part. A text with several labels counts under the first of the
    alphabet; those of a label and script with fewer than three texts are in none, so that every
    label stays in training whichever part is held out.
    """
    from sklearn.model_selection import (
        StratifiedKFold,  # here because it takes a second
    )

    indices = defaultdict[str, list[int]](list)  # of the rows of each text
    for i, text in enumerate(rows.texts):
        indices[key(text)].append(i)
    strata = {}
    for text in sorted(indices):  # whatever their order in a file
        first_label = min(rows.labels[i] for i in indices[text])
        strata[text] = first_label + script_name(text)
    counts = Counter(strata.values())
    texts = [text for text, stratum in strata.items() if counts[stratum] >= 3]
    if not texts:
        return []
    n_parts = min(most, max(counts.values()))
    splitter = StratifiedKFold(n_parts, shuffle=True, random_state=0)
    with (
        warnings.catch_warnings()
    ):  # a stratum may have fewer texts than there are parts
        warnings.simplefilter("ignore", UserWarning)
        parts = list(splitter.split(texts, [strata[text] for text in texts]))
    in_rows = []
    for _, part in parts:
        in_rows.append([row for i in part for row in indices[texts[i]]])
    return in_rows
