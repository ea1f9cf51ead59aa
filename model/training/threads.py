"""How many threads train on a CPU: as many as are quickest beside whatever else runs there.

Two threads on two idle cores take 0.6 of the time of one. Beside a program that keeps a core busy
they take several times as long as one, because at each small step of the GRU each waits for the
other, and keeps a core busy while it waits.
"""

import time
from collections.abc import Callable

import torch

SHORT_TRAINING = 5.0  # seconds: in so short a training one thread is not compared
ROUNDS = 3  # of one comparison, at least
SECONDS = 1.0  # of one comparison, at least
CLEAR = 2.0  # times as long: one round is enough
GAIN = 0.85  # more threads may take this much of the time of fewer, or they are not worth it


def quickest(
    take_steps: Callable[[], object],
    repetitions: float,
    most: int,
) -> int:
    """Return how many threads, at most `most`, are quickest.

    The training is about `repetitions` times `take_steps`. The number of torch's threads is left
    at any number that was tried.
    """
    threads = 1
    alone = seconds_with([1], take_steps, least=0.0)
    if alone[1] * repetitions < SHORT_TRAINING:
        return 1
    while threads < most:
        more = min(2 * threads, most)
        compared = seconds_with([threads, more], take_steps, SECONDS)
        if compared[more] > GAIN * compared[threads]:
            break
        threads = more
    return threads


def seconds_with(
    numbers: list[int],
    take_steps: Callable[[], object],
    least: float,
) -> dict[int, float]:
    """Return the mean seconds of `take_steps` with each of these numbers of threads.

    They alternate so that a busy moment of the machine affects all of them. A first round does not
    count because it includes one-off costs. The others take `least` seconds or longer, unless the
    difference is clear: beside many busy programs a step with two threads can take ten seconds.
    """
    for threads in numbers:
        torch.set_num_threads(threads)
        take_steps()
    totals = dict.fromkeys(numbers, 0.0)
    n_rounds = 0
    is_clear = False
    while not is_clear and (n_rounds < ROUNDS or sum(totals.values()) < least):
        for threads in numbers:
            torch.set_num_threads(threads)
            start = time.perf_counter()
            take_steps()
            totals[threads] += time.perf_counter() - start
        n_rounds += 1
        is_clear = max(totals.values()) > CLEAR * min(totals.values())
    return {threads: total / n_rounds for threads, total in totals.items()}
