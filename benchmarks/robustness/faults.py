"""Kill training at random moments, and end the app while it answers; nothing may be lost.

`python -m benchmarks.robustness.faults` kills train.py (SIGKILL) at 100 random moments of a small training,
half of them while it saves, and loads the model folder as app.py does after each. Then it sends
SIGTERM to the real app in the middle of a request, replaces a model folder under a running app, and
lets the date jump by ten years under a training and under the app (with Debian's package faketime).
tests/test_folder.py kills before each single file operation of a save.

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

import torch
from benchmarks.common import ROOT, machine, print_table
from benchmarks.robustness.determinism import timeless
from gradio_client import Client
from benchmarks.robustness.serving import running_app

import train
from model.classifier import TextClassifier
from model.errors import InputError
from tabs.shown import read_model

sys.path.insert(0, str(ROOT / "tests"))
from conftest import write_names  # the tests' small data

JUMPS = ("-3650d", "+3650d")
SIZES = ["--epochs", "4", "--hidden-size", "12", "--batch-size", "8", "--no-use-gpu"]


def fork_training(data: Path, output: Path, seed: int, log: Path) -> int:
    """Start train.py's main in a forked process; return its id. Its lines go to `log`."""
    child = os.fork()
    if child:
        return child
    os.setsid()
    sys.stdout = sys.stderr = open(log, "w", buffering=1)  # noqa: SIM115  until its death
    options = ["--data", str(data), "--output", str(output), "--seed", str(seed)]
    sys.argv = ["train.py", *options, *SIZES]
    code = train.main()
    os._exit(code)


def wait_for(log: Path, text: str, child: int) -> None:
    """Return when the training has printed `text`."""
    while text not in (log.read_text() if log.exists() else ""):
        if os.waitpid(child, os.WNOHANG)[0]:
            sys.exit(f"training ended by itself: {log.read_text()}")
        time.sleep(0.0005)


def kill_at(moment: float, saving: bool, data: Path, output: Path, seed: int) -> None:
    """Start a training and kill it after `moment` seconds, of the whole or of its saving."""
    log = output.parent / "log"
    log.unlink(missing_ok=True)
    child = fork_training(data, output, seed, log)
    if saving:
        wait_for(log, "test accuracy", child)
    time.sleep(moment)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def state_of(output: Path) -> str:
    """Return the seed of the model that app.py would show; exit where there is none."""
    try:
        shown = read_model(output)
        shown.classifier.predict("Rossi")
    except InputError as error:
        sys.exit(f"after a kill: {error}; {sorted(p.name for p in output.iterdir())}")
    return str(shown.classifier.training["seed"])


def kill_training(kills: int) -> list[str]:
    """Return a row of the table: what was found after so many kills."""
    torch.set_num_threads(1)  # a forked process has no other thread
    moments, found = random.Random(0), Counter()
    with tempfile.TemporaryDirectory() as folder:
        data, output = write_names(Path(folder, "data")), Path(folder, "m")
        start = time.perf_counter()
        code = os.waitpid(fork_training(data, output, 0, Path(folder, "log")), 0)[1]
        whole, before = time.perf_counter() - start, "0"
        assert code == 0, Path(folder, "log").read_text()
        for kill in range(1, kills + 1):
            saving = kill % 2 == 0
            moment = moments.uniform(0, 0.03 if saving else whole)
            kill_at(moment, saving, data, output, seed=kill)
            now = state_of(output)
            assert now in (before, str(kill)), f"neither the old model nor the new one: {now}"
            found["the old model" if now == before else "the new model"] += 1
            before = now
        left = {path.name for path in Path(folder).iterdir()} - {"data", "m", "log", "m.checkpoint"}
    outcome = ", ".join(f"{count} times {what}" for what, count in sorted(found.items()))
    return [
        f"SIGKILL at {kills} random moments of a training",
        outcome,
        f"left beside: {left or 0}",
    ]


def end_app() -> list[str]:
    """Return a row: how the app ends when SIGTERM comes while it predicts a list."""
    with running_app() as (address, pid):
        client = Client(address, verbose=False)
        job = client.submit("\n".join(["Nakamura"] * 10_000), api_name="/predict_list")
        time.sleep(0.3)
        start = time.perf_counter()
        os.kill(pid, signal.SIGTERM)
        while Path(f"/proc/{pid}").exists() and not is_zombie(pid):
            time.sleep(0.01)
        seconds = time.perf_counter() - start
        try:
            said = f"answered with {len(job.result(timeout=20)):,} rows"
        except BaseException as error:  # a CancelledError is no Exception
            said = f"the client was told {type(error).__name__}"
    return ["SIGTERM to the app within a list of 10,000 names", said, f"ended in {seconds:.1f} s"]


def is_zombie(pid: int) -> bool:
    """Tell whether a process has ended and only waits for its parent."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def replace_model() -> list[str]:
    """Return a row: what a running app answers while its model folder is replaced."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "model" / "weights" / "names", Path(folder, "m"))
        model = TextClassifier.load(Path(folder, "m"))
        expected = model.predict("Rossi", 3)
        with running_app("--model", str(Path(folder, "m"))) as (address, _):
            client, answers = Client(address, verbose=False), []
            for n in range(20):
                model.temperature = 1 + n / 10
                model.save(Path(folder, "m"))
                reply = client.predict("Rossi", 3, api_name="/predict")
                answers.append({p["label"]: p["probability"] for p in reply["predictions"]})
        same = sum(close(answer, expected) for answer in answers)
    return ["model folder replaced 20 times under the app", f"{same} old answers", "0 mixed"]


def jump_clock() -> Iterator[list[str]]:
    """Yield a row for a training and one for the app, both while the date jumps to and fro."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
    if not library:
        print("Left out jumps of the date: apt-get install faketime.", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as name:
        folder, clock = Path(name), Path(name, "clock")
        clock.write_text("+0")
        faked = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(clock),
            "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",  # as on a real machine, whose other clock never jumps
        }
        yield train_in_jumps(folder, clock, faked)
        yield answer_in_jumps(clock, faked)


def jump(clock: Path, n: int) -> None:
    """Set the date of those who read `clock`, which is never half-written."""
    written = clock.with_suffix(".new")
    written.write_text(JUMPS[n % 2])
    written.replace(clock)


def train_in_jumps(folder: Path, clock: Path, faked: dict[str, str]) -> list[str]:
    """Return a row: whether a training in jumps, one after each line, ends with the same model."""
    data, models = write_names(folder / "data"), []
    for output, environment in ((folder / "steady", {}), (folder / "jumping", faked)):
        command = [sys.executable, "train.py", "--data", data, "--output", output, *SIZES]
        with subprocess.Popen(
            list(map(str, command)),
            cwd=ROOT,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            text=True,
        ) as training:
            for n, _ in enumerate(training.stdout):
                jump(clock, n)
        assert training.returncode == 0, f"train.py ended with {training.returncode}"
        metrics = json.loads((output / "metrics.json").read_text())
        weights = (output / "model.safetensors").read_bytes()
        models.append((weights, timeless(metrics)))
        seconds = [epoch["seconds"] for epoch in metrics["history"]]
        assert all(0 < spent < 60 for spent in seconds), f"an epoch of {seconds} s"
    same = "the same model" if models[0] == models[1] else "another model"
    return ["date jumps by ten years in each epoch of a training", same, "no epoch below 0 s"]


def answer_in_jumps(clock: Path, faked: dict[str, str]) -> list[str]:
    """Return a row: what the app answers after each of 20 jumps."""
    with running_app(environment=faked) as (address, _):
        client, answers = Client(address, verbose=False), []
        for n in range(20):
            jump(clock, n)
            answers.append(client.predict("Rossi", 3, api_name="/predict"))
    same = sum(answer == answers[0] for answer in answers)
    return ["date jumps by ten years 20 times under the app", f"{same} same answers", ""]


def close(answer: dict, expected: dict) -> bool:
    """Tell whether two answers are one."""
    return all(abs(answer.get(label, 9) - p) < 1e-6 for label, p in expected.items())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=100)
    options = parser.parse_args()
    print(f"{machine()}\n")

    def rows():
        yield kill_training(options.kills)
        yield end_app()
        yield replace_model()
        yield from jump_clock()

    print_table(["fault", "outcome", ""], rows())


if __name__ == "__main__":
    main()
