"""Train the same twice, in fresh processes or fresh virtual environments, and compare.

    python -m benchmarks.robustness.determinism                 # two processes
    python -m benchmarks.robustness.determinism --environments  # two, made by pip; minutes

Prints the SHA-256 of both runs' weights, and exits with 1 if these or metrics.json differ apart
from times.
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
from conftest import PRETRAIN, write_names  # the tests' small data

OPTIONS = ["--epochs", "3", "--pretrain-epochs", "2", "--hidden-size", "16", "--no-use-gpu"]


def make_environment(folder: Path) -> Path:
    """Return the Python of a new environment with the packages of requirements.txt."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "-r", ROOT / "requirements.txt"]
    subprocess.run(install, check=True)
    return python


def main() -> None:
    """Train twice and compare."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--environments", action="store_true", help="two fresh ones, by pip")
    options = parser.parse_args()
    print(machine(), flush=True)
    drop_times = {"object_hook": lambda value: {k: v for k, v in value.items() if k != "seconds"}}
    weights, metrics = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = write_names(folder / "data", pretrain=PRETRAIN)
        for n in (1, 2):
            made = options.environments and make_environment(folder / f"venv{n}")
            model = folder / f"m{n}"
            command = [made or sys.executable, "train.py", "--data", data, "--output", model]
            subprocess.run([*command, *OPTIONS], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            content = (model / "model.safetensors").read_bytes()
            weights.append(hashlib.sha256(content).hexdigest())
            metrics.append(json.loads((model / "metrics.json").read_text(), **drop_times))
            print(f"run {n}: weights {weights[-1]}", flush=True)
    differing = [key for key in metrics[0] if metrics[0][key] != metrics[1].get(key)]
    if weights[0] != weights[1] or metrics[0] != metrics[1]:
        sys.exit(f"not the same: weights {weights[0] == weights[1]}, metrics differ in {differing}")
    print("same weights, same metrics.json apart from times")


if __name__ == "__main__":
    main()
