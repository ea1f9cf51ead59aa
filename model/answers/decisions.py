"""From probabilities to the verdict on a text: one for page, files, API and scores alike.

    >>> thresholds = Thresholds(unsure_below=0.5, either_below=0.2)
    >>> decide([0.6, 0.3, 0.0], 0.1, ["Irish", "Scottish", "Czech"], thresholds)
    Verdict(kind='label', labels=('Irish',), probability=0.6, source='network')
    >>> decide([0.45, 0.4, 0.05], 0.1, ["Irish", "Scottish", "Czech"], thresholds).labels
    ('Irish', 'Scottish')

model/web/decisions.js has the same rules for the page without a server.
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import pydantic

Kind = Literal["label", "either", "side", "given", "unsure", "none", "text"]
Source = Literal["network", "data", "list"]
# The least probability of two labels that are named together: as reliable as one label alone
TOGETHER = 0.8


class Verdict(NamedTuple):
    """The answer to one text in a word.

    | kind     | labels                              | probability             |
    |----------|-------------------------------------|-------------------------|
    | `label`  | the most likely one                 | of it                   |
    | `either` | two too close to tell apart         | of both together        |
    | `side`   | those of one half of a scale        | of all of them together |
    | `given`  | those that have it as a given name  | 1                       |
    | `none`   | none of them: the text has no label | of that                 |
    | `text`   | none: it is not a name              | 1                       |
    | `unsure` | the best guess                      | of it                   |

    The source is "data" where the network alone would give another first label, and "list" where
    the mix of the text's list changed the answer.
    """

    kind: Kind
    labels: tuple[str, ...]
    probability: float
    source: Source = "network"

    @property
    def is_open(self) -> bool:
        """Whether no single answer is to be relied on."""
        return self.kind in ("unsure", "either")

    @property
    def open(self) -> str:
        """Why it is not one label or side: its kind, "" where it is."""
        return "" if self.kind in ("label", "side") else self.kind

    @property
    def probability_of(self) -> str:
        """What the probability is of: "Dutch", "Dutch or German", "none of these".

        >>> Verdict("unsure", ("Dutch",), 0.4).probability_of
        'Dutch'
        """
        return " or ".join(self.labels) or self.in_words

    @property
    def in_words(self) -> str:
        """The answer as tables have it.

        >>> Verdict("either", ("Korean", "Chinese"), 0.9).in_words
        'Korean or Chinese'
        """
        words = {
            "given": "given name",
            "none": "none of these",
            "text": "not a name",
            "unsure": "unsure",
        }
        return words.get(self.kind) or " or ".join(self.labels)


@pydantic.dataclasses.dataclass(frozen=True)
class Thresholds:
    """How likely an answer must be."""

    unsure_below: float = 0.5  # a label, a side or none with less is not an answer
    either_below: float = 0.0  # two labels that differ by less are named together
    on_a_scale: bool = False  # labels have an order, and its halves are answers, too


def decide(
    joint: Sequence[float],
    none: float,
    labels: Sequence[str],
    thresholds: Thresholds,
) -> Verdict:
    """Return the verdict on a text whose labels have the probabilities `joint`, and none `none`.

    All of these sum to 1.
    """
    order = sorted(range(len(joint)), key=joint.__getitem__, reverse=True)
    first, second, *_ = order
    best = joint[first]
    enough = thresholds.unsure_below
    if none > best and none >= enough:
        return Verdict("none", (), none)
    if thresholds.on_a_scale:
        side, of_side = likelier_side(joint, labels)
        if best < enough <= of_side:
            return Verdict("side", side, of_side)
    elif is_close(best, joint[second], none, thresholds):
        both = labels[first], labels[second]
        return Verdict("either", both, best + joint[second])
    kind: Kind = "label" if best >= enough else "unsure"
    return Verdict(kind, (labels[first],), best)


def is_close(best: Any, second: Any, none: Any, thresholds: Thresholds) -> Any:
    """Return whether the two most likely labels are named together; of numbers or of arrays."""
    differ_little = best - second < thresholds.either_below
    suffice = best + second >= max(TOGETHER, thresholds.unsure_below)
    return differ_little & (second >= none) & suffice


def likelier_side(
    joint: Sequence[float], labels: Sequence[str]
) -> tuple[tuple[str, ...], float]:
    """Return the labels of the likelier half of a scale, and their probability.

    A label in the middle is in neither half.
    """
    half = len(joint) // 2
    low = sum(joint[:half])
    high = sum(joint[-half:])
    if low >= high:
        return tuple(labels[:half]), low
    return tuple(labels[-half:]), high


def end_of_side(verdict: Verdict, labels: Sequence[str]) -> tuple[str, float] | None:
    """Return the end of the scale that a side is named after, and its probability, or None."""
    if verdict.kind != "side":
        return None
    lowest, highest = labels[0], labels[-1]
    end = lowest if lowest in verdict.labels else highest
    return end, verdict.probability


def joint_of(probabilities: np.ndarray, none: np.ndarray) -> np.ndarray:
    """Return the probabilities (n, labels and none), of which each row sums to 1.

    `probabilities` (n, labels) are those of each label if the text has one of them, `none` (n,) is
    that of none.
    """
    return np.column_stack([probabilities * (1 - none[:, None]), none])


def decide_all(
    joint: np.ndarray, labels: Sequence[str], thresholds: Thresholds
) -> list[Verdict]:
    """Return the verdicts on n texts whose labels and none have the probabilities `joint`."""
    verdicts = []
    for *shares, none in joint.tolist():
        verdicts.append(decide(shares, none, labels, thresholds))
    return verdicts
