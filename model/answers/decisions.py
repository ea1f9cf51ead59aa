"""From probabilities to the verdict on a text: one for page, files, API and scores alike.

    >>> labels = ["Irish", "Scottish", "Czech"]
    >>> joint = np.array([[0.6, 0.3, 0.0, 0.1], [0.45, 0.4, 0.05, 0.1]])
    >>> clear, close = evidence_of(joint, labels, Thresholds(unsure_below=0.5, either_below=0.2))
    >>> decide(clear)
    Verdict(kind='label', labels=('Irish',), probability=0.6, source='network', why='')
    >>> decide(close).labels
    ('Irish', 'Scottish')

model/web/engine/decisions.js has the same RULES in the same order; tests/data/verdicts.json is for
both.
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import pydantic

from ..tasks.typed import NO_NAME, Doubt

Kind = Literal["label", "either", "side", "given", "unsure", "none", "text"]
Source = Literal["network", "data", "list"]
Why = Literal[Doubt, "unread", "low"]
# The least probability of two labels that are named together: as reliable as one label alone
TOGETHER = 0.8
# What an unsure text may be is named until it is as likely together, and at most so many
ENOUGH = 0.8
MOST_NAMED = 4
LEAST_SURNAME = 0.5  # probability of the label that is named behind a given name


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
    the mix of the text's list changed the answer. `why` names the rule behind a `text` or an
    `unsure` answer: a doubt about the text, "unread" if nothing of it appeared in training, or
    "low" if no label is likely enough.
    """

    kind: Kind
    labels: tuple[str, ...]
    probability: float
    source: Source = "network"
    why: Why = ""

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


class Evidence(NamedTuple):
    """What the verdict on one text follows from."""

    labels: Sequence[str]
    thresholds: Thresholds
    joint: Sequence[
        float
    ]  # probabilities of the labels and, at the end, of none; they sum to 1
    order: Sequence[int]  # the indices of the labels, the likeliest first
    doubt: Doubt = ""  # why it is not a single name
    # Labels and peoples that have it as a given name, if it is hardly anybody's surname
    given: Sequence[str] | None = None
    is_read: bool = True  # whether the network has seen any of its letters or words
    source: Source = "network"

    @property
    def best(self) -> float:
        """The probability of the likeliest label."""
        return self.joint[self.order[0]]

    @property
    def is_likely(self) -> bool:
        """Whether that is enough for an answer."""
        return self.best >= self.thresholds.unsure_below


def evidence_of(
    joint: np.ndarray, labels: Sequence[str], thresholds: Thresholds
) -> list[Evidence]:
    """Return the evidence on n texts whose labels and none have the probabilities `joint`."""
    orders = np.argsort(-joint[:, :-1], axis=1, kind="stable").tolist()
    return [
        Evidence(labels, thresholds, probabilities, order)
        for probabilities, order in zip(joint.tolist(), orders, strict=True)
    ]


def not_a_name(e: Evidence) -> Verdict | None:
    """An address, a tag or a sentence, a placeholder or a title."""
    is_text = e.doubt in NO_NAME
    return Verdict("text", (), 1.0, why=e.doubt) if is_text else None


def given_name(e: Evidence) -> Verdict | None:
    """A given name, by the data."""
    if e.given is None:
        return None
    own = tuple(label for label in e.given if label in e.labels)
    return Verdict("given", own, 1.0, "data")


def doubtful(e: Evidence) -> Verdict | None:
    """A word that is rarely meant as a name, or a number in it."""
    return best_guess(e, e.doubt) if e.doubt else None


def none_of_these(e: Evidence) -> Verdict | None:
    """None is likelier than each label, and likely enough."""
    none = e.joint[-1]
    is_none = none > e.best and none >= e.thresholds.unsure_below
    return Verdict("none", (), none, e.source) if is_none else None


def unread(e: Evidence) -> Verdict | None:
    """Nothing in the text appeared in training."""
    return None if e.is_read else best_guess(e, "unread")


def side(e: Evidence) -> Verdict | None:
    """One half of a scale is likely enough, and no label alone."""
    labels, probability = likelier_side(e.joint[:-1], e.labels)
    is_enough = probability >= e.thresholds.unsure_below
    if not e.thresholds.on_a_scale or e.is_likely or not is_enough:
        return None
    return Verdict("side", labels, probability, e.source)


def either(e: Evidence) -> Verdict | None:
    """Two labels are too close to tell apart, and likely together."""
    first, second, *_ = e.order
    is_two = is_close(e.best, e.joint[second], e.joint[-1], e.thresholds)
    if e.thresholds.on_a_scale or not is_two:
        return None
    both = e.labels[first], e.labels[second]
    return Verdict("either", both, e.best + e.joint[second], e.source)


def best_guess(e: Evidence, why: Why) -> Verdict:
    """The likeliest label, of which the verdict is not sure."""
    return Verdict("unsure", (e.labels[e.order[0]],), e.best, e.source, why)


def one_label(e: Evidence) -> Verdict:
    """The likeliest label, if it is likely enough."""
    guess = best_guess(e, "low")
    return guess._replace(kind="label", why="") if e.is_likely else guess


RULES = (
    not_a_name,
    given_name,
    doubtful,
    none_of_these,
    unread,
    side,
    either,
    one_label,
)


def decide(evidence: Evidence) -> Verdict:
    """Return the verdict by the first of the RULES that applies."""
    return next(verdict for rule in RULES if (verdict := rule(evidence)))


def candidates(e: Evidence) -> list[tuple[str | None, float]]:
    """Return what the page says that an unsure text may be: labels and None, with probabilities.

    They are the likeliest, until they are ENOUGH together.
    """
    likely: list[tuple[str | None, float]] = []
    for i in np.argsort(-np.array(e.joint), kind="stable")[:MOST_NAMED]:
        if sum(share for _, share in likely) < ENOUGH:
            likely.append(([*e.labels, None][i], e.joint[i]))
    return likely


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
