"""One training shared out between two processes of torchrun, each of which reports what it did.

`python tests/test_two_processes.py FOLDER` is one of them.
"""

import json
import os
import sys
from math import sqrt
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BATCHES = 10  # of each process in an epoch
APART = 8  # steps before weights are averaged


def report(folder: Path) -> dict:
    """Train in this process with the other one; return what the test compares."""
    import torch
    from accelerate import Accelerator
    from accelerators import interrupt, watching

    from model.data.rows import Dataset, Rows
    from model.tasks.recipe import Recipe
    from model.training.build import build
    from model.training.loop import Training, fit

    accelerator = Accelerator(cpu=True, mixed_precision="no")
    texts = [
        f"{a}{b}" for a in "abcdefgh" for b in "klmno"
    ]  # 40 of them, in batches of 2
    rows, validation = (
        Rows(texts, ["A", "B"] * 20),
        Rows(["ak", "bk", "cz"], ["A", "B", "B"]),
    )
    dataset = Dataset(rows, validation, Rows([], []), ["A", "B"], {}, 0)
    sizes = {"embedding_size": 4, "hidden_size": 4, "layers": 1, "linear_buckets": 20}
    rates = {
        "learning_rate": 0.01,
        "linear_learning_rate": 0.006,
        "linear_ngrams": (1,),
    }
    recipe = Recipe(**sizes, **rates, epochs=2, batch_size=2, keeps_last_epoch=True)

    def train(recipe, checkpoint=None, resume=False, stop_after=0):
        model, batches = build(recipe, dataset), []
        progress = watching(
            on_batch=lambda *_: batches.append(
                model.network.gru.weight_hh_l0.sum().item()
            ),
            on_epoch=lambda entry: entry["epoch"] == stop_after and interrupt(),
        )
        history, _ = fit(
            model, dataset, recipe, accelerator, checkpoint, resume, progress
        )
        accelerator.wait_for_everyone()
        weights = torch.cat([w.detach().flatten() for w in model.network.parameters()])
        entries = [
            {k: v for k, v in entry.items() if k != "seconds"} for entry in history
        ]
        return batches, weights.tolist(), entries

    batches, weights, history = train(recipe)
    train(recipe, folder / "main.pt", stop_after=1)
    _, resumed, resumed_history = train(recipe, folder / "main.pt", resume=True)
    training = Training(build(recipe, dataset), dataset, recipe, accelerator)
    return {
        "rates": [group["lr"] for group in training.optimizer.param_groups],
        "batches": batches,
        "weights": weights,
        "history": history,
        "resumed": resumed,
        "resumed_history": resumed_history,
        "rows": [torch.cat(training.rows.draw(epoch)[1]).tolist() for epoch in (1, 2)],
    }


@pytest.mark.nightly
def test_two_processes_train_one_model(tmp_path):
    from conftest import (
        run,
    )  # here: the processes themselves do without what it imports

    torchrun = (
        "-m",
        "torch.distributed.run",
        "--nproc_per_node",
        "2",
        "--rdzv_backend",
        "c10d",
    )
    variables = {
        "ACCELERATE_USE_CPU": "true",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT),
    }
    environment = os.environ | variables
    done = run(
        *torchrun, "--rdzv_endpoint", "localhost:0", __file__, tmp_path, env=environment
    )
    assert done.returncode == 0, done.stderr
    reports = [json.loads((tmp_path / f"{rank}.json").read_text()) for rank in range(2)]
    for epoch in range(2):  # whose rows they share out between them
        first, second = (report["rows"][epoch] for report in reports)
        assert len(first) == len(second) == 2 * BATCHES
        assert sorted(first + second) == list(range(40))
    # Weights are averaged every few steps and at an epoch's end.
    batches = zip(*(report["batches"] for report in reports), strict=True)
    alike = [
        batch % BATCHES + 1
        for batch, (one, other) in enumerate(batches)
        if one == other
    ]
    assert alike == [APART, APART]
    assert reports[0]["weights"] == reports[1]["weights"]
    assert reports[0]["history"] == reports[1]["history"]
    first, last = reports[0]["history"]
    assert 0.5 < first["train_loss"] < 0.9  # about ln 2, a mean, not a sum
    assert last["train_loss"] < first["train_loss"]
    assert round(3 * last["validation_accuracy"], 5) in (0, 1, 2, 3)  # of all rows
    for (
        report
    ) in reports:  # the GRU's rate grows by the root, that of n-grams in proportion
        assert report["rates"] == pytest.approx([sqrt(2) * 0.01, 2 * 0.006])
        assert report["resumed"] == report["weights"]  # as if never stopped
        assert report["resumed_history"] == report["history"]


if __name__ == "__main__":
    place = Path(sys.argv[1])
    (place / f"{os.environ['RANK']}.json").write_text(json.dumps(report(place)))
