"""One training shared out between two processes of torchrun, each of which reports what it did.

`python tests/test_two_processes.py FOLDER` is one of them.
"""

import json
import os
import sys
from math import sqrt
from pathlib import Path

import pytest

pytestmark = pytest.mark.nightly
ROOT = Path(__file__).resolve().parent.parent
BATCHES = 10  # of each process in an epoch
APART = 8  # steps before weights are averaged
TORCHRUN = (
    "-m torch.distributed.run --nproc_per_node 2 --rdzv_backend c10d "
    "--rdzv_endpoint localhost:0"
)


def report(folder: Path) -> dict:
    """Train in this process with the other one; return what the tests compare."""
    import torch
    from accelerate import Accelerator
    from accelerators import interrupt, watching

    from model.data.rows import Dataset, Rows
    from model.tasks.recipe import Recipe
    from model.training.build import build
    from model.training.loop import Stage, Training, fit
    from model.training.session import Session

    accelerator = Accelerator(cpu=True, mixed_precision="no")
    texts = [f"{first}{second}" for first in "abcdefgh" for second in "klmno"]
    dataset = Dataset(
        train=Rows(texts, ["A", "B"] * 20),
        validation=Rows(["ak", "bk", "cz"], ["A", "B", "B"]),
        test=Rows(),
        labels=["A", "B"],
    )
    recipe = Recipe(
        embedding_size=4,
        hidden_size=4,
        layers=1,
        linear_ngrams=(1,),
        linear_buckets=20,
        learning_rate=0.01,
        linear_learning_rate=0.006,
        epochs=2,
        batch_size=2,
        keeps_last_epoch=True,
    )
    weights_after_batches = []

    def train(checkpoint=None, resume=False, stop_after=0):
        stage = Stage(build(recipe, dataset), dataset, recipe)
        hidden_weights = stage.model.network.gru.weight_hh_l0

        def on_batch(*_):
            weights_after_batches.append(hidden_weights.sum().item())

        def on_epoch(entry):
            if entry["epoch"] == stop_after:
                interrupt()

        progress = watching(on_batch=on_batch, on_epoch=on_epoch)
        try:
            fit(stage, Session(accelerator, progress, checkpoint, resume))
        except KeyboardInterrupt:
            assert stop_after
        accelerator.wait_for_everyone()
        weights = [w.detach().flatten() for w in stage.model.network.parameters()]
        history = [entry | {"seconds": 0} for entry in stage.history]
        return torch.cat(weights).tolist(), history

    weights, history = train()
    batches = list(weights_after_batches)
    train(folder, stop_after=1)
    resumed, resumed_history = train(folder, resume=True)
    stage = Stage(build(recipe, dataset), dataset, recipe)
    training = Training(stage, Session(accelerator))
    rates = [group["lr"] for group in training.optimizer.param_groups]
    drawn = [torch.cat(training.rows.draw(epoch)[1]) for epoch in (1, 2)]
    return {
        "rates": rates,
        "batches": batches,
        "weights": weights,
        "history": history,
        "resumed": resumed,
        "resumed_history": resumed_history,
        "rows": [rows.tolist() for rows in drawn],
    }


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """What each of the two processes reports."""
    from conftest import run  # here: the processes do without what it imports

    folder = tmp_path_factory.mktemp("two")
    variables = {
        "ACCELERATE_USE_CPU": "true",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT),
    }
    command = *TORCHRUN.split(), __file__, folder
    done = run(*command, env=os.environ | variables)
    assert done.returncode == 0, done.stderr
    return [json.loads((folder / f"{rank}.json").read_text()) for rank in (0, 1)]


def test_two_processes_share_out_the_rows_of_each_epoch_and_end_with_one_model(reports):
    first, second = reports
    for rows, others in zip(first["rows"], second["rows"], strict=True):
        assert len(rows) == len(others) == 2 * BATCHES
        assert sorted(rows + others) == list(range(40))
    for name in ("weights", "history"):
        assert first[name] == second[name]


def test_weights_are_averaged_every_few_steps_only(reports):
    pairs = zip(*(report["batches"] for report in reports), strict=True)
    equal = [i % BATCHES + 1 for i, (one, other) in enumerate(pairs) if one == other]
    assert equal == [APART, APART]


def test_the_losses_and_scores_are_of_all_rows(reports):
    first, last = reports[0]["history"]
    assert 0.5 < first["train_loss"] < 0.9  # about ln 2
    assert last["train_loss"] < first["train_loss"]
    accuracy = reports[0]["history"][-1]["validation_accuracy"]
    assert round(3 * accuracy, 5) in (0, 1, 2, 3)


def test_rates_grow_with_the_processes_the_network_s_by_the_root(reports):
    for report in reports:
        assert report["rates"][0] == pytest.approx(sqrt(2) * 0.01)
    for report in reports:
        assert report["rates"][1] == pytest.approx(2 * 0.006)


def test_a_resumed_training_ends_as_if_never_stopped(reports):
    for report in reports:
        assert report["resumed"] == report["weights"]
        assert report["resumed_history"] == report["history"]


if __name__ == "__main__":
    place = Path(sys.argv[1])
    (place / f"{os.environ['RANK']}.json").write_text(json.dumps(report(place)))
