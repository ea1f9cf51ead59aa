"""What a list's own mix is worth, on lists drawn from the test names; by the network alone.

    python -m benchmarks.accuracy.lists    # half a minute

An interval holds if the true share is in it. For each list, the rows that estimate the confusion
are resampled, too: about as many as validation has, from test names that the list cannot contain.
"""

import numpy as np

from benchmarks.common import machine, print_table
from data.builder.languages import LANGUAGES
from model import TextClassifier
from model.answers.decisions import joint_of
from model.answers.held_out import HeldOutRows
from model.answers.mix import interval_of, mix_of
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
COLUMNS = ("", "names", "right", "by its mix", "misplaced", "by its mix", "intervals")


def scores(rows: HeldOutRows, shares: dict[str, float], n: int, seed: int) -> list:
    """Return the scores of a list of `n` with these shares; the rest of it is as the test is."""
    draw = np.random.default_rng(seed)
    known, rest = np.split(draw.permutation(len(rows.targets)), [KNOWN])
    targets = rows.targets[rest]
    is_test = targets < len(LANGUAGES)
    weights = is_test / is_test.sum() * (1 - sum(shares.values()))
    for label, share in shares.items():
        own = targets == LABELS.index(label)
        weights += own / own.sum() * share
    true = np.bincount(targets, weights)
    chosen = draw.choice(len(rest), n, p=weights)
    joint, right = rows.joint[rest][chosen], targets[chosen]
    counts = np.ones(n, int)
    held_out = HeldOutRows(rows.joint[known], rows.targets[known])
    mix = mix_of(joint, counts, held_out)
    low, high = interval_of(mix, joint, counts, held_out)
    is_within = (low - 1e-9 <= true) & (true <= high + 1e-9)
    first = joint.argmax(axis=1)
    counted = np.bincount(first, minlength=len(true)) / n
    return [
        (first == right).mean(),
        (mix.moved(joint).argmax(axis=1) == right).mean(),
        np.abs(counted - true).sum() / 2,
        np.abs(mix.shares - true).sum() / 2,
        is_within[true > 0].mean(),
    ]


def main() -> None:
    """Print a row for each mix and size."""
    print(machine(), end="\n\n", flush=True)
    classifier = TextClassifier.load()
    test = NAMES.read(NAMES.data).test
    outside = NAMES.lists(LANGUAGES)["outside_names"].texts
    texts = test.texts + outside
    joint = joint_of(*classifier.predict_all(texts)).astype(float)
    labels = test.labels + [OUTSIDE] * len(outside)
    rows = HeldOutRows(joint, np.array([LABELS.index(label) for label in labels]))
    cells = []
    for name, shares in MIXES.items():
        for n in SIZES:
            of_lists = [scores(rows, shares, n, seed) for seed in range(LISTS)]
            means = np.mean(of_lists, axis=0)
            cells.append([name, f"{n:,}", *(f"{mean:.1%}" for mean in means)])
    print_table(COLUMNS, cells)


if __name__ == "__main__":
    main()
