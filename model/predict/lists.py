"""Reads a list of texts, for the page, its endpoints and the command line alike.

mix, problem, answers = read_list(classifier, ["Rossi", "Smith", "Rossi"])
list(answers)    lists of Answers, together one for each distinct text
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np

from ..answering import Judged, is_usable, mix_of_rows
from ..answers.held_out import COVERAGE
from ..answers.mix import Mix
from ..answers.reply import Answer
from ..classifier import TextClassifier
from ..errors import InputError

CHUNK = (
    4096  # texts: enough for batches of about one length, few enough to see progress
)
# Texts whose judgements are kept until the mix is known, about 2 kB each; more are judged twice
KEPT = 100_000
Report = Callable[[int, int, str], object]  # texts done, of all, what is done to them


def no_report(done: int, of_all: int, doing: str) -> None:
    """Report to nobody."""


def read_list(
    classifier: TextClassifier,
    texts: Iterable[str],
    k: int | None = None,
    *,
    finds_mix: bool = False,
    by_mix: bool = False,
    coverage: float = COVERAGE,
    any_text: bool = False,
    chunk: int = CHUNK,
    pool: ThreadPoolExecutor | None = None,
    on_progress: Report = no_report,
) -> tuple[Mix | None, str, Iterator[list[Answer]]]:
    """Return the mix of a list, why it has none, and the answers to its distinct texts in chunks.

    Only if it `finds_mix` is there one; the answers follow it `by_mix`. The threads of a `pool`
    read a chunk each. Others are as in TextClassifier.answers.
    """
    counts = Counter(texts)
    different = list(counts)
    starts = range(0, len(different), chunk)
    in_turn: Any = pool.map if pool else map

    def judge(start: int) -> Judged:
        return classifier.judge(different[start : start + chunk], any_text)

    if finds_mix and len(different) <= KEPT:
        judge = cache(judge)

    def read_for_mix(start: int) -> tuple[np.ndarray, np.ndarray]:
        judged = judge(start)
        return judged.belief.astype(np.float32), is_usable(classifier.model, judged)

    def reported(parts: Iterable[Any], doing: str) -> Iterator[Any]:
        for start, part in zip(starts, parts, strict=True):
            on_progress(min(start + chunk, len(different)), len(different), doing)
            yield part

    mix, problem = None, ""
    if finds_mix:
        found = list(reported(in_turn(read_for_mix, starts), "read"))
        try:
            mix = _mix_of(classifier, found, list(counts.values()))
        except InputError as error:
            problem = str(error)

    def conclude(start: int) -> list[Answer]:
        return classifier.conclude(judge(start), k, mix if by_mix else None, coverage)

    return mix, problem, reported(in_turn(conclude, starts), "answered")


def _mix_of(
    classifier: TextClassifier,
    found: Sequence[tuple[np.ndarray, np.ndarray]],
    counts: Sequence[int],
) -> Mix:
    beliefs, used = zip(*found, strict=True) if found else ((), ())
    nothing = np.empty((0, len(classifier.labels) + 1))
    is_used = np.concatenate([*used, np.empty(0, bool)])
    joint = np.concatenate([nothing, *beliefs])
    return mix_of_rows(classifier.model, joint, is_used * np.array(counts, int))
