"""What each piece of a text does to the answer: how probable the label is without it.

    explanation_of("Rossi", "Italian", pieces, whole=0.98, without=[0.88, 0.11, 0.88, 0.88, 0.0])

Nothing is taken apart: the network reads the text again without one letter or word at a time.
Pieces that stand in for each other show nothing, because one of them is enough.
Sources: Zeiler and Fergus 2014, "Visualizing and understanding convolutional networks"; Li, Monroe
and Jurafsky 2016, "Understanding neural networks through representation erasure", arXiv 1612.08220.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

MOST_SURE = 0.999  # a probability beyond it, or below the rest to 1, counts as that


@dataclass(frozen=True)
class Explanation:
    """How probable `label` is to the network without each piece of `text`.

    The label is the network's own, "none of these", on an ordered scale those of its half, joined
    by "or"; a text that is not a name has none, and no pieces. Pieces are the characters as typed,
    each with the marks behind it, or words and the gaps between them.
    """

    text: str
    label: str
    probability: float = 0.0  # of the label in the whole text
    # (piece, log-odds that it adds); 0.0 where `without` has None
    contributions: tuple[tuple[str, float], ...] = ()
    # The probability without each piece; None where nothing would be left to read
    without: tuple[float | None, ...] = ()


def explanation_of(
    text: str,
    label: str,
    pieces: Sequence[str],
    whole: float,
    without: Sequence[float | None],
) -> Explanation:
    """Return the explanation of a text by the probabilities of a label, `whole` and `without`.

    >>> explanation_of("Li", "Chinese", ["L", "i"], 0.9, [0.5, None]).contributions
    (('L', 2.1972245773362196), ('i', 0.0))
    """
    added = [0.0 if p is None else log_odds(whole) - log_odds(p) for p in without]
    pairs = tuple(zip(pieces, added, strict=True))
    return Explanation(text, label, whole, pairs, tuple(without))


def log_odds(probability: float) -> float:
    """Return the log-odds of a probability, which is clipped so that they are finite."""
    clipped = min(max(probability, 1 - MOST_SURE), MOST_SURE)
    return math.log(clipped / (1 - clipped))
