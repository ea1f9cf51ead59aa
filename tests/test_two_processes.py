"""One training shared out between two real processes, each of which reports what it did.

`python tests/test_two_processes.py RANK FOLDER` is one of them.
"""

import json
import os
import subprocess
import sys
from math import sqrt
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.nightly
BATCHES = 10  # of each process in an epoch
APART = 8  # steps before weights are averaged


def report(rank: int, folder: Path) -> dict:
    """Train in this process with the other one; return what the test compares."""
    import torch
    from accelerate import Accelerator
    from accelerators import interrupt, watching

    from model.data.rows import Dataset, Rows
    from model.tasks.recipe import Recipe
    from model.training.build import build
    from model.training.loop import Training, fit

    torch.set_num_threads(1)
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2
    )
    accelerator = Accelerator(cpu=True, mixed_precision="no")
    texts = [f"{a}{b}" for a in "abcdefgh" for b in "klmno"]  # 40 of them, in batches of 2
    rows, validation = Rows(texts, ["A", "B"] * 20), Rows(["ak", "bk", "cz"], ["A", "B", "B"])
    dataset = Dataset(rows, validation, Rows([], []), ["A", "B"], {}, 0)
    sizes = {"embedding_size": 4, "hidden_size": 4, "layers": 1, "linear_buckets": 20}
    rates = {"learning_rate": 0.01, "linear_learning_rate": 0.006, "linear_ngrams": (1,)}
    recipe = Recipe(**sizes, **rates, epochs=2, batch_size=2, keeps_last_epoch=True)

    def train(recipe, checkpoint=None, resume=False, stop_after=0):
        model, batches = build(recipe, dataset), []
        progress = watching(
            on_batch=lambda *_: batches.append(model.network.gru.weight_hh_l0.sum().item()),
            on_epoch=lambda entry: entry["epoch"] == stop_after and interrupt(),
        )
        history, _ = fit(model, dataset, recipe, accelerator, checkpoint, resume, progress)
        accelerator.wait_for_everyone()
        weights = torch.cat([w.detach().flatten() for w in model.network.parameters()])
        entries = [{k: v for k, v in entry.items() if k != "seconds"} for entry in history]
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


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    from conftest import PATIENCE  # here: the processes themselves do without what it imports

    folder, processes = tmp_path_factory.mktemp("two"), []
    for rank in range(2):
        variables = {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2"}
        variables |= {"MASTER_ADDR": "127.0.0.1", "LOCAL_WORLD_SIZE": "2"}  # as torchrun has them
        variables |= {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
        command = [sys.executable, __file__, str(rank), str(folder)]
        pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
        processes.append(subprocess.Popen(command, env=os.environ | variables, **pipes))
    try:
        for process in processes:
            errors = process.communicate(timeout=PATIENCE)[1]
            assert process.returncode == 0, errors
    finally:
        for process in processes:
            process.kill()  # one alone would wait for the other
    return [json.loads((folder / f"{rank}.json").read_text()) for rank in range(2)]


def test_the_two_share_the_rows_of_an_epoch_out_between_them(reports):
    for epoch in range(2):
        first, second = (report["rows"][epoch] for report in reports)
        assert len(first) == len(second) == 2 * BATCHES
        assert sorted(first + second) == list(range(40))


def test_weights_are_averaged_every_few_steps_and_at_an_epoch_s_end(reports):
    first, second = (report["batches"] for report in reports)
    assert len(first) == 2 * BATCHES
    for batch, (one, other) in enumerate(zip(first, second, strict=True)):
        number = batch % BATCHES + 1
        assert (one == other) == (number % APART == 0), (batch, one, other)
    assert reports[0]["weights"] == reports[1]["weights"]


def test_rates_losses_and_scores_are_of_all_rows_and_the_same_in_both(reports):
    for report in reports:  # the GRU's grows by the root, that of n-grams in proportion
        assert report["rates"] == pytest.approx([sqrt(2) * 0.01, 2 * 0.006])
    assert reports[0]["history"] == reports[1]["history"]
    accuracies = {entry["validation_accuracy"] for entry in reports[0]["history"]}
    assert all(round(3 * accuracy, 5) in (0, 1, 2, 3) for accuracy in accuracies)
    losses = [entry["train_loss"] for entry in reports[0]["history"]]
    assert 0.5 < losses[0] < 0.9  # about ln 2, a mean, not a sum
    assert losses[-1] < losses[0]


def test_both_resume_from_the_first_one_s_checkpoint_as_if_never_stopped(reports):
    for report in reports:
        assert report["resumed"] == report["weights"]
        assert report["resumed_history"] == report["history"]


if __name__ == "__main__":
    place = Path(sys.argv[2])
    found = report(int(sys.argv[1]), place)
    (place / f"{sys.argv[1]}.json").write_text(json.dumps(found))
