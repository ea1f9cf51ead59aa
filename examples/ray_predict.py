"""Predict for a table that is too large for one machine, as a Ray Data pipeline.

    pip install "ray[data]"
    python -m examples.ray_predict people.csv predicted --column surname    # a Ray of this machine
    RAY_ADDRESS=auto python -m examples.ray_predict s3://people predicted --column surname

Reads a CSV file with a header, or a folder of them, block by block. Writes a folder of CSV files,
which keep every column and the order of the rows, and append `label`, `probability` and
`none_probability`. Each worker loads the model once.
"""

import argparse
from pathlib import Path

import numpy as np

from model import TextClassifier
from model.classifier import SHIPPED_NAMES

PACKAGE = Path(__file__).resolve().parent.parent / "model"


class Predictor:
    """One per worker: loads the model when it starts, then maps batches."""

    def __init__(self, model: str, column: str):
        self.classifier = TextClassifier.load(model)
        self.column = column

    def __call__(self, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the batch with the most likely label of each row; a blank text gets one, too."""
        column = batch[self.column]
        texts = ["" if text is None else str(text) for text in column]
        probabilities, none = self.classifier.predict_all(texts, any_text=True)
        labels = np.array(self.classifier.labels)
        best = probabilities.argmax(axis=1)
        highest = probabilities.max(axis=1)
        return batch | {
            "label": labels[best],
            "probability": highest * (1 - none),
            "none_probability": none,
        }


def main() -> None:
    """Run the pipeline that the command line describes."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("table", help="CSV file or folder, anywhere that Ray Data reads")
    add("output", help="folder for the CSV files")
    add("--column", required=True, help="heading of the texts")
    add("--model", default=str(SHIPPED_NAMES), help="default: the shipped names")
    options = parser.parse_args()
    try:
        import ray
    except ImportError:
        parser.exit(2, f'{parser.prog}: no Ray here: pip install "ray[data]".\n')
    ray.init(runtime_env={"py_modules": [str(PACKAGE)]})
    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    # Half a core each, for reading and writing too, so that one core is enough
    share = {"num_cpus": 0.5}
    table = ray.data.read_csv(options.table, ray_remote_args=share)
    workers = ray.data.ActorPoolStrategy(min_size=1, max_size=None)
    predicted = table.map_batches(
        Predictor,
        fn_constructor_args=(options.model, options.column),
        batch_size=4096,
        compute=workers,
        **share,
    )
    predicted.write_csv(options.output, ray_remote_args=share)


if __name__ == "__main__":
    main()
