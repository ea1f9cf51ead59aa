"""Predict for many names as a Ray Data pipeline, for corpora that are too large for one machine.

    pip install "ray[data]"
    python -m examples.ray_predict                     # the test names in data/, a local Ray
    python -m examples.ray_predict --address auto      # a Ray cluster that is running already

Each worker loads the model once. At the end the rows are compared with a plain run: their number,
their order and their probabilities.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import ray

from model import TextClassifier
from model.data.records import read_records
from model.data.streams import open_source

ROOT = Path(__file__).resolve().parent.parent
TOLERANCE = 1e-5  # batches of other sizes sum in another order


class Predictor:
    """One per worker: loads the model when it starts, then maps batches."""

    def __init__(self, model: str):
        self.classifier = TextClassifier.load(model)

    def __call__(self, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the batch with the best label's number and its probability."""
        probabilities = self.classifier.predict_batch(batch["name"].tolist())
        best = {"label": probabilities.argmax(axis=1), "probability": probabilities.max(axis=1)}
        return batch | best


def predict_with_ray(names: list[str], model: str, workers: int, address: str | None) -> list[dict]:
    """Return a dictionary for each name, in order, from a pipeline of `workers` processes."""
    # A local Ray needs one more core than there are workers, to feed them.
    local = {} if address else {"num_cpus": workers + 1, "include_dashboard": False}
    runtime = {"py_modules": [str(ROOT / "model")]}
    ray.init(address=address, runtime_env=runtime, logging_level="ERROR", **local)
    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True  # Ray's own order is that of finished blocks
    context.enable_progress_bars = False
    table = ray.data.from_items([{"name": name} for name in names], override_num_blocks=4 * workers)
    pool = ray.data.ActorPoolStrategy(size=workers)
    options = {"fn_constructor_args": (model,), "batch_size": 4096, "num_cpus": 1, "compute": pool}
    return table.map_batches(Predictor, **options).take_all()


def main() -> None:
    """Run the pipeline and compare its rows with a plain run."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="?", default=str(ROOT / "data" / "names_test.csv.gz"))
    parser.add_argument("--model", default=str(ROOT / "model" / "weights" / "names"))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--address", help="of a running Ray cluster; default: start a local one")
    options = parser.parse_args()
    with open_source(options.names) as source:  # CSV without a header, names first
        names = [record.fields[0] for record in read_records(source)]
    classifier = TextClassifier.load(options.model)
    rows = predict_with_ray(names, options.model, options.workers, options.address)
    if [row["name"] for row in rows] != names:
        sys.exit(f"{len(names):,} names in, {len(rows):,} rows out, not in the same order")
    expected = classifier.predict_batch(names).max(axis=1)
    difference = np.abs(expected - [row["probability"] for row in rows]).max()
    if difference > TOLERANCE:
        sys.exit(f"a probability differs by {difference:.2g} from a plain run")
    print(f"{len(rows):,} rows, in order; largest difference to a plain run {difference:.1g}")


if __name__ == "__main__":
    main()
