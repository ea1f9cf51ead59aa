"""Train the same twice, in fresh processes or fresh virtual environments, and compare.

    python -m benchmarks.robustness.determinism                 # two processes
    python -m benchmarks.robustness.determinism --environments  # two environments, made by pip; minutes

Prints the SHA-256 of the weights of both, and what differs in metrics.json beside times; exits 1 if
anything does.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.common import ROOT, machine

sys.path.insert(0, str(ROOT / "tests"))
from conftest import PRETRAIN, write_names

OPTIONS = ["--epochs", "3", "--pretrain-epochs", "2", "--hidden-size", "16", "--no-use-gpu"]


def make_environment(folder: Path) -> Path:
    """Return the Python of a new environment with what requirements.txt names."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    command = [python, "-m", "pip", "install", "--quiet", "-r", ROOT / "requirements.txt"]
    subprocess.run(list(map(str, command)), check=True)
    return python


def train(python: Path, data: Path, output: Path) -> tuple[str, dict]:
    """Train in a new process; return the sum of the weights and metrics.json without times."""
    command = [python, "train.py", "--data", data, "--output", output, *OPTIONS]
    subprocess.run(list(map(str, command)), cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    metrics = json.loads((output / "metrics.json").read_text())
    return hashlib.sha256((output / "model.safetensors").read_bytes()).hexdigest(), timeless(
        metrics
    )


def timeless(value: object) -> object:
    """Return a JSON value without what is measured in seconds."""
    if isinstance(value, dict):
        return {key: timeless(part) for key, part in value.items() if key != "seconds"}
    return [timeless(part) for part in value] if isinstance(value, list) else value


def main() -> None:
    """Train twice and compare."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--environments", action="store_true", help="two fresh ones, by pip")
    options = parser.parse_args()
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder, results = Path(name), []
        data = write_names(folder / "data", pretrain=PRETRAIN)
        for n in (1, 2):
            fresh = options.environments
            python = make_environment(folder / f"venv{n}") if fresh else Path(sys.executable)
            results.append(train(python, data, folder / f"m{n}"))
            print(f"run {n}: weights {results[-1][0]}", flush=True)
    (weights, metrics), (other_weights, other_metrics) = results
    parts = [key for key in metrics if metrics[key] != other_metrics.get(key)]
    if weights != other_weights or metrics != other_metrics:
        sys.exit(f"not the same: weights {weights == other_weights}, metrics differ in {parts}")
    print("same weights, same metrics.json but for times")


if __name__ == "__main__":
    main()
