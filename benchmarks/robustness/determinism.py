"""Train the same twice, in fresh processes or fresh virtual environments, and compare.

    python -m benchmarks.robustness.determinism                 # two processes
    python -m benchmarks.robustness.determinism --environments  # two, made by pip; minutes

Prints the SHA-256 of the weights of both, and what differs in metrics.json apart from times; exits
1 if anything does.
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
    """Return the Python of a new environment with the packages of requirements.txt."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "-r", ROOT / "requirements.txt"]
    subprocess.run(install, check=True)
    return python


def timeless_model(folder: Path) -> tuple[str, dict]:
    """Return the SHA-256 of a folder's weights and its metrics.json without times."""
    metrics = (folder / "metrics.json").read_text()
    weights = (folder / "model.safetensors").read_bytes()
    drop_times = {"object_hook": lambda value: {k: v for k, v in value.items() if k != "seconds"}}
    return hashlib.sha256(weights).hexdigest(), json.loads(metrics, **drop_times)


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
            python = sys.executable
            if options.environments:
                python = make_environment(folder / f"venv{n}")
            command = [python, "train.py", "--data", data, "--output", folder / f"m{n}", *OPTIONS]
            subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            results.append(timeless_model(folder / f"m{n}"))
            print(f"run {n}: weights {results[-1][0]}", flush=True)
    (weights, metrics), (other_weights, other_metrics) = results
    parts = [key for key in metrics if metrics[key] != other_metrics.get(key)]
    if weights != other_weights or metrics != other_metrics:
        sys.exit(f"not the same: weights {weights == other_weights}, metrics differ in {parts}")
    print("same weights, same metrics.json apart from times")


if __name__ == "__main__":
    main()
