"""What a list's own mix is worth: of names that nobody has counted, and of everyday ones.

    python -m benchmarks.accuracy.lists    # a minute

The first are test names, by the network alone. An interval holds if it has the share by which the
list was drawn. For each list, the rows that estimate the confusion are resampled, too: about as
many as validation has, from test names that the list cannot contain.

Everyday names are common ones and test names, as the page answers them. Its look-up has nearly all,
which flatters each figure; it has most names of an everyday list, too. The true shares are those of
the very rows.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from benchmarks.common import machine, print_table, rows_of
from data.builder.languages import LANGUAGES
from model import TextClassifier
from model.answering import Wanted, read_list
from model.answers.decisions import joint_of
from model.answers.held_out import HeldOutRows
from model.answers.mix import Mix, interval_of, mix_of
from model.data.rows import Rows
from model.tasks.names import NAMES

OUTSIDE = "outside"
LABELS = [*LANGUAGES, OUTSIDE]
KNOWN = 2_600  # rows, of which about as many have a label as in validation
MIXES = {
    "70% Portuguese, 30% Spanish": {"Portuguese": 0.7, "Spanish": 0.3},
    "half Scottish, half English": {"Scottish": 0.5, "English": 0.5},
    "60% Irish, English, Polish": {"Irish": 0.6, "English": 0.2, "Polish": 0.2},
    "80% German, three others": {
        "German": 0.8,
        "French": 0.08,
        "Dutch": 0.08,
        "Czech": 0.04,
    },
    "French alone": {"French": 1.0},
    "all languages alike": dict.fromkeys(LANGUAGES, 1 / len(LANGUAGES)),
    "as the test is": {},
    "half from outside, half as the test is": {OUTSIDE: 0.5},
}
SIZES = (30, 100, 1_000, 10_000)
LISTS = 100  # of each
EVERYDAY_SIZES = (34, 100)
EVERYDAY_LISTS = 12
COLUMNS = ("", "names", "right", "by its mix", "misplaced", "by its mix", "intervals")


def weights_of(targets: np.ndarray, shares: dict[str, float]) -> np.ndarray:
    """Return by which weights a list with these shares is drawn; its rest is as the test is."""
    is_test = targets < len(LANGUAGES)
    weights = is_test / is_test.sum() * (1 - sum(shares.values()))
    for label, share in shares.items():
        own = targets == LABELS.index(label)
        weights += own / own.sum() * share
    return weights


def targets_of(rows: Rows) -> np.ndarray:
    """Return the place of each row's label among LABELS."""
    return np.array([LABELS.index(label) for label in rows.labels])


def shares_in(rows: np.ndarray) -> np.ndarray:
    """Return the shares of labels and none among targets or answers."""
    return np.bincount(rows, minlength=len(LABELS)) / len(rows)


def scores(rows: HeldOutRows, shares: dict[str, float], n: int, seed: int) -> list:
    """Return the scores of a list of `n` names that nobody has counted."""
    draw = np.random.default_rng(seed)
    known, rest = np.split(draw.permutation(len(rows.targets)), [KNOWN])
    targets = rows.targets[rest]
    weights = weights_of(targets, shares)
    chosen = draw.choice(len(rest), n, p=weights)
    joint = rows.joint[rest][chosen]
    held_out = HeldOutRows(rows.joint[known], rows.targets[known])
    uncounted = joint, np.ones(n, int), held_out, np.zeros(n, bool)
    mix = mix_of(*uncounted)
    mix = mix._replace(interval=interval_of(mix, *uncounted))
    by_mix = mix.moved(joint).argmax(axis=1)
    true = np.bincount(targets, weights)
    return compared(joint.argmax(axis=1), by_mix, targets[chosen], mix, true)


def compared(
    plain: np.ndarray, by_mix: np.ndarray, right: np.ndarray, mix: Mix, true: np.ndarray
) -> list:
    """Return the scores of answers and shares, in the order of COLUMNS."""
    low, high = mix.interval
    is_within = (low - 1e-9 <= true) & (true <= high + 1e-9)
    return [
        (plain == right).mean(),
        (by_mix == right).mean(),
        np.abs(shares_in(plain) - true).sum() / 2,
        np.abs(mix.shares - true).sum() / 2,
        is_within[true > 0].mean(),
    ]


def everyday_scores(
    classifier: TextClassifier,
    texts: list[str],
    targets: np.ndarray,
    shares: dict[str, float],
    n: int,
    seed: int,
) -> list:
    """Return the scores of a list of `n` everyday names."""
    draw = np.random.default_rng(seed)
    chosen = draw.choice(len(texts), n, p=weights_of(targets, shares))
    names = [texts[i] for i in chosen]
    answers = []
    for by_mix in (False, True):
        wanted = Wanted(finds_mix=True, by_mix=by_mix)
        mix, _, found = read_list(classifier.model, names, 1, wanted)
        first_of = {}
        for answer in found:
            [(label, probability)] = answer.predictions
            likeliest = label if probability >= answer.none else OUTSIDE
            first_of[answer.text] = LABELS.index(likeliest)
        answers.append(np.array([first_of[name] for name in names]))
    right = targets[chosen]
    return compared(*answers, right, mix, shares_in(right))


def main() -> None:
    """Print a row for each mix and size, of names that nobody has counted and of everyday ones."""
    print(machine(), end="\n\n", flush=True)
    classifier = TextClassifier.load()
    outside = NAMES.test_lists(LANGUAGES)["outside_names"].texts
    rows = NAMES.read_data(NAMES.data).test + Rows(outside, [OUTSIDE] * len(outside))
    joint = joint_of(*classifier.predict_all(rows.texts)).astype(float)
    held_out = HeldOutRows(joint, targets_of(rows))
    print_scores(partial(scores, held_out), SIZES, LISTS)
    common = rows_of("common_names")
    names, languages = ([row[key] for row in common] for key in ("name", "language"))
    rows = Rows(names, languages) + rows
    everyday = partial(everyday_scores, classifier, rows.texts, targets_of(rows))
    print_scores(everyday, EVERYDAY_SIZES, EVERYDAY_LISTS)


def print_scores(
    scores_of: Callable[[dict[str, float], int, int], list],
    sizes: Sequence[int],
    n_lists: int,
) -> None:
    """Print a table with the means of the scores of lists of each mix and size."""
    cells = []
    for name, shares in MIXES.items():
        for n in sizes:
            of_lists = [scores_of(shares, n, seed) for seed in range(n_lists)]
            cells.append([name, n, *np.mean(of_lists, axis=0)])
    print_table(COLUMNS, cells)


if __name__ == "__main__":
    main()
