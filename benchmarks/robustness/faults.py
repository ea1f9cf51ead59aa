"""Kill training at random moments, and end the app while it answers.

`python -m benchmarks.robustness.faults` kills a small training (SIGKILL) at 100 random moments,
half of them while it saves, and after each loads the model folder as app.py does. Then it sends
SIGTERM to the real app in the middle of a request. tests/test_folder.py kills a save before each
single file operation.

A killed training is forked from this process, which has imported everything, so that the moments
fall on training and saving and not on the import of torch. Linux.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import CancelledError
from multiprocessing import get_context
from pathlib import Path

import torch
from gradio_client import Client

import train
from benchmarks.common import ROOT, machine, print_table
from benchmarks.visitors import running_app
from tabs.shown import read_model
from train_options import parse_arguments

sys.path.insert(0, str(ROOT / "tests"))
from conftest import write_names  # the tests' small data

SIZES = ["--epochs", "4", "--hidden-size", "12", "--batch-size", "8", "--no-use-gpu"]
SAVING = "test accuracy"  # printed before a training saves


def train_small(folder: Path, seed: int) -> None:
    """Train on the small data in folder/data; save to folder/m and print to folder/log."""
    sys.stdout = sys.stderr = open(folder / "log", "w", buffering=1)  # noqa: SIM115  until its end
    paths = ["--data", str(folder / "data"), "--output", str(folder / "m")]
    sys.exit(train.run(parse_arguments([*paths, "--seed", str(seed), *SIZES])))


def seconds_until_killed(folder: Path, seed: int, moment: float, saving: bool) -> float:
    """Train in a forked process, killed after `moment` seconds of the training or of its saving."""
    (folder / "log").write_text("")
    start = time.perf_counter()
    training = get_context("fork").Process(target=train_small, args=(folder, seed))
    training.start()
    while saving and training.is_alive() and SAVING not in (folder / "log").read_text():
        time.sleep(0.0005)
    training.join(moment)
    training.kill()
    training.join()
    if training.exitcode > 0:
        sys.exit(f"the training failed: {(folder / 'log').read_text()}")
    return time.perf_counter() - start


def kill_training(kills: int) -> list[str]:
    """Return a row of the table: which model was there after each of so many kills."""
    torch.set_num_threads(1)  # a forked process has no other thread
    moments, outcomes = random.Random(0), Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_names(folder / "data")
        whole, before = seconds_until_killed(folder, 0, 600, saving=False), 0
        for kill in range(1, kills + 1):
            saving = kill % 2 == 0
            moment = moments.uniform(0, 0.03 if saving else whole)
            seconds_until_killed(folder, kill, moment, saving)
            classifier = read_model(folder / "m").classifier  # an InputError ends the run
            classifier.predict("Rossi")
            now = classifier.training["seed"]
            assert now in (before, kill), f"neither the old model nor the new one: {now}"
            outcomes["the old model" if now == before else "the new model"] += 1
            before = now
        left = {path.name for path in folder.iterdir()} - {"data", "m", "log", "m.checkpoint"}
    what = f"SIGKILL at {kills} random moments of a training"
    outcome = ", ".join(f"{count} times {model}" for model, count in sorted(outcomes.items()))
    return [what, outcome, f"left beside: {left or 0}"]


def end_app() -> list[str]:
    """Return a row: how the app ends when SIGTERM comes while it predicts a list."""
    with running_app() as (address, app):
        client = Client(address, verbose=False)
        job = client.submit("\n".join(["Nakamura"] * 10_000), api_name="/predict_list")
        time.sleep(0.3)
        start = time.perf_counter()
        app.terminate()
        try:
            app.wait(60)
            ended = f"ended in {time.perf_counter() - start:.1f} s"
        except subprocess.TimeoutExpired:
            ended = "had not ended after 60 s"
        try:
            outcome = f"answered with {len(job.result(timeout=20)):,} rows"
        except (Exception, CancelledError) as error:
            outcome = f"the client got {type(error).__name__}"
    return ["SIGTERM to the app within a list of 10,000 names", outcome, ended]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=100)
    options = parser.parse_args()
    print(f"{machine()}\n", flush=True)

    faults = (lambda: kill_training(options.kills), end_app)
    print_table(["fault", "outcome", ""], (fault() for fault in faults))


if __name__ == "__main__":
    main()
