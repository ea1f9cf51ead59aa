"""Kill training at random moments, and end the app while it answers; nothing may be lost.

`python -m benchmarks.robustness.faults` kills train.py (SIGKILL) at 100 random moments of a small
training, half of them while it saves, and loads the model folder as app.py does after each. Then it
sends SIGTERM to the real app in the middle of a request, replaces a model folder under a running
app, and lets the date jump by ten years under a training and under the app (with Debian's package
faketime). tests/test_folder.py kills before each single file operation of a save.

A killed training is forked from one process that has imported everything, so that the moments fall
on training and saving and not on the import of torch. Linux.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import torch
from gradio_client import Client

import train
from benchmarks.common import ROOT, machine, print_table
from benchmarks.robustness.determinism import timeless_model
from benchmarks.visitors import running_app
from model.classifier import TextClassifier
from model.errors import InputError
from tabs.shown import read_model

sys.path.insert(0, str(ROOT / "tests"))
from conftest import write_names  # the tests' small data

SIZES = ["--epochs", "4", "--hidden-size", "12", "--batch-size", "8", "--no-use-gpu"]
SAVING = "test accuracy"  # is printed before a training saves
N_TIMES = 20


def fork_training(folder: Path, seed: int) -> int:
    """Start train.py's main in a forked process; return its id. Its lines go to folder/log."""
    (folder / "log").write_text("")
    if child := os.fork():
        return child
    os.setsid()
    sys.stdout = sys.stderr = open(folder / "log", "w", buffering=1)  # noqa: SIM115  until its end
    paths = ["--data", str(folder / "data"), "--output", str(folder / "m")]
    sys.argv = ["train.py", *paths, "--seed", str(seed), *SIZES]
    os._exit(train.main())


def kill_at(moment: float, saving: bool, folder: Path, seed: int) -> None:
    """Start a training and kill it after `moment` seconds, of the whole or of its saving."""
    child = fork_training(folder, seed)
    while saving and SAVING not in (folder / "log").read_text():
        if os.waitpid(child, os.WNOHANG)[0]:
            sys.exit(f"training ended by itself: {(folder / 'log').read_text()}")
        time.sleep(0.0005)
    time.sleep(moment)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def shown_seed(output: Path) -> int:
    """Return the seed of the model that app.py would show; exit where there is none."""
    try:
        classifier = read_model(output).classifier
        classifier.predict("Rossi")
    except InputError as error:
        sys.exit(f"after a kill: {error}; {sorted(p.name for p in output.iterdir())}")
    return classifier.training["seed"]


def kill_training(kills: int) -> list[str]:
    """Return a row of the table: which model was there after each of so many kills."""
    torch.set_num_threads(1)  # a forked process has no other thread
    moments, outcomes = random.Random(0), Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_names(folder / "data")
        start = time.perf_counter()
        code = os.waitpid(fork_training(folder, 0), 0)[1]
        whole, before = time.perf_counter() - start, 0
        assert code == 0, (folder / "log").read_text()
        for kill in range(1, kills + 1):
            saving = kill % 2 == 0
            kill_at(moments.uniform(0, 0.03 if saving else whole), saving, folder, kill)
            now = shown_seed(folder / "m")
            assert now in (before, kill), f"neither the old model nor the new one: {now}"
            outcomes["the old model" if now == before else "the new model"] += 1
            before = now
        left = {path.name for path in folder.iterdir()} - {"data", "m", "log", "m.checkpoint"}
    outcome = ", ".join(f"{count} times {what}" for what, count in sorted(outcomes.items()))
    return [
        f"SIGKILL at {kills} random moments of a training",
        outcome,
        f"left beside: {left or 0}",
    ]


def end_app() -> list[str]:
    """Return a row: how the app ends when SIGTERM comes while it predicts a list."""
    with running_app() as (address, pid):
        client, app = Client(address, verbose=False), psutil.Process(pid)
        job = client.submit("\n".join(["Nakamura"] * 10_000), api_name="/predict_list")
        time.sleep(0.3)
        start = time.perf_counter()
        app.terminate()
        while app.is_running() and app.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
        seconds = time.perf_counter() - start
        try:
            outcome = f"answered with {len(job.result(timeout=20)):,} rows"
        except BaseException as error:  # a CancelledError is not an Exception
            outcome = f"the client got {type(error).__name__}"
    what = "SIGTERM to the app within a list of 10,000 names"
    return [what, outcome, f"ended in {seconds:.1f} s"]


def replace_model() -> list[str]:
    """Return a row: what a running app answers while its model folder is replaced."""
    with tempfile.TemporaryDirectory() as name:
        folder, answers = Path(name, "m"), []
        shutil.copytree(ROOT / "model" / "weights" / "names", folder)
        model = TextClassifier.load(folder)
        with running_app("--model", str(folder)) as (address, _):
            client = Client(address, verbose=False)
            before = client.predict("Rossi", 3, api_name="/predict")
            for n in range(N_TIMES):
                model.calibration.temperature = 1 + n / 10
                model.save(folder)
                answers.append(client.predict("Rossi", 3, api_name="/predict"))
    same = answers.count(before)
    return [f"model folder replaced {N_TIMES} times under the app", f"{same} old answers", ""]


def jump_clock() -> Iterator[list[str]]:
    """Yield a row for a training and one for the app, both while the date jumps to and fro."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
    if not library:
        print("Left out jumps of the date: apt-get install faketime.", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as name:
        folder, clock = Path(name), Path(name, "clock")
        faked = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(clock),
            "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",  # as on a real machine, whose other clock never jumps
        }

        def jump(n: int) -> None:
            written = clock.with_suffix(".new")
            written.write_text("+3650d" if n % 2 else "-3650d")
            written.replace(clock)  # so that nobody reads half a date

        data, models = write_names(folder / "data"), []
        for output, environment in ((folder / "steady", {}), (folder / "jumping", faked)):
            jump(1)
            with subprocess.Popen(
                [sys.executable, "train.py", "--data", data, "--output", output, *SIZES],
                cwd=ROOT,
                env=os.environ | environment,
                stdout=subprocess.PIPE,
            ) as training:
                for n, _ in enumerate(training.stdout):
                    jump(n)
            models.append(timeless_model(output))
        same = "the same model" if models[0] == models[1] else "another model"
        seconds = json.loads((output / "metrics.json").read_text())["seconds"]
        what = "date jumps by ten years in each epoch of a training"
        yield [what, same, f"took {seconds:.1f} s by its own count"]

        with running_app(environment=faked) as (address, _):
            client, answers = Client(address, verbose=False), []
            for n in range(N_TIMES):
                jump(n)
                answers.append(client.predict("Rossi", 3, api_name="/predict"))
        same = f"{answers.count(answers[0])} same answers"
        yield [f"date jumps by ten years {N_TIMES} times under the app", same, ""]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=100)
    options = parser.parse_args()
    print(f"{machine()}\n")

    def rows() -> Iterator[list[str]]:
        yield kill_training(options.kills)
        yield end_app()
        yield replace_model()
        yield from jump_clock()

    print_table(["fault", "outcome", ""], rows())


if __name__ == "__main__":
    main()
