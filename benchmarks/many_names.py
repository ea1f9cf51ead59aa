"""Names that `examples/many_names.py` answers a second: by length, and by one worker or two.

`OMP_NUM_THREADS=1 python -m benchmarks.many_names`, with the extra `ray`, prints two tables. In the
first a core answers 20,000 different names of data/attested.csv.gz; from 17 letters most are two
with a space between. It is by CPU seconds, the median of three. In the second, workers answer ten
files of 20,000 names of all lengths; seconds are from the first file's start to the last one's end,
without loading, and memory is the peak of a worker.
"""

import random
import resource
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from statistics import median
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.common import ROOT, machine, print_table
from data.builder.rows import unpacked
from examples.many_names import Worker, answered_by

ROUNDS = 3
FILES = 10
NAMES = 20_000  # in a file
LENGTHS = (4, 8), (9, 16), (17, 28), (1, 99)
ARGUMENTS = "names", "name", "", ""  # of a worker


class Measured(Worker):
    """A worker that says what a file took."""

    def __call__(self, task: dict[str, str]) -> dict[str, float]:
        """Return when it started and ended, in seconds, and the peak of memory in KiB."""
        start = time.time()
        super().__call__(task)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return {"start": start, "end": time.time(), "peak": peak}


def cpu_seconds(function: Callable, names: object) -> float:
    """Return those of one name."""
    start = time.process_time()
    function(names)
    return (time.process_time() - start) / NAMES


def by_length(texts: list[str]) -> Iterator[list]:
    """Yield for each length names a second, and core hours of a hundred million."""
    worker = Worker(*ARGUMENTS)
    for fewest, most in LENGTHS:
        names = [text for text in texts if fewest <= len(text) <= most][:NAMES]
        row = [f"{fewest} to {most}"]
        for case in (
            (worker.classifier.predict_batch, names),
            (worker.answered, pa.table({"name": names})),
        ):
            seconds = median(cpu_seconds(*case) for _ in range(ROUNDS))
            row += [round(1 / seconds), f"{1e8 * seconds / 3600:.1f}"]
        yield row


def by_workers(names: list[str], folder: str) -> Iterator[list[str]]:
    """Yield for each round the seconds of one worker and of two, and a worker's memory."""
    file = f"{folder}/names.parquet"
    pq.write_table(pa.table({"name": names}), file)
    tasks = [{"names": file, "output": f"{folder}/{i}"} for i in range(FILES)]
    for _ in range(ROUNDS):
        times = []
        for workers in (1, 2):
            files = answered_by(workers, tasks, ARGUMENTS, Measured)
            start, end, peak = zip(*map(dict.values, files), strict=True)
            times.append(max(end) - min(start))
        one, two = times
        memory = max(peak) * 1024 / 1e9
        yield [f"{one:.0f}", f"{two:.0f}", f"{one / two:.2f}", f"{memory:.2f}"]


def main() -> None:
    """Print the machine and the tables."""
    print(f"{machine()}\n")
    names = sorted({row[0] for row in unpacked(ROOT / "data" / "attested.csv.gz")})
    random.Random(0).shuffle(names)
    hours = "core hours for 100,000,000"
    titles = "letters", "`predict_batch`, names/s", hours, "the example, names/s", hours
    print_table(titles, by_length([*names, *map(" ".join, pairwise(names))]))
    titles = "one worker, seconds", "two", "times as fast", "GB of a worker"
    with TemporaryDirectory() as folder:
        print_table(titles, by_workers(names[:NAMES], folder))


if __name__ == "__main__":
    main()
