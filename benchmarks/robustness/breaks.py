"""Break training or calibration in one place at a time and see which of the fast tests notices.

    python -m benchmarks.robustness.breaks                          # all of them; ten minutes
    python -m benchmarks.robustness.breaks --only "weight decay ignored"

Each break replaces one piece of text in one file of a copy of the repository. Where code moves, its
piece has to be found again: tests/test_breaks.py fails for one that is no longer there. The tests
run in a process forked from one that has imported torch and pytest already.
"""

import argparse
import os
import re
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.common import ROOT, machine, print_table

FAST_TESTS = (
    "test_optimization.py",
    "test_training_rows.py",
    "test_calibration.py",
    "test_precision.py",
    "test_checkpoint.py",
    "test_stages.py",
    "test_training.py",
    "test_options.py",
    "test_two_processes.py",
)
COPIED = ("model", "tests", "train.py", "train_options.py", "app.py", "pyproject.toml")
SECONDS = 1200  # a run that takes longer counts as caught: its tests would not have ended
PAUSE = 0.05  # seconds between two looks at the runs


class Break(NamedTuple):
    """One change for the worse: in `file`, `old`, which is there once, becomes `new`."""

    name: str
    file: str
    old: str
    new: str
    noticed_in: str = ""  # the test file to run first, if not the one that NOTICED_IN names


CORE, RECIPE = "model/core.py", "model/tasks/recipe.py"
BUILD, ROWS, LOOP = "model/training/build.py", "model/training/batches.py", "model/training/loop.py"
STAGES, CALIBRATION = "model/training/stages.py", "model/training/calibration.py"
CHECKPOINT = "model/training/checkpoint.py"
COMMAND, OPTIONS = "train.py", "train_options.py"

PRECISION, PROCESSES = "test_precision.py", "test_two_processes.py"
LOSSES = "test_optimization.py"

NOTICED_IN = {  # the test file that is most likely to notice a break, to be run first
    BUILD: "test_stages.py",
    CALIBRATION: "test_calibration.py",
    CHECKPOINT: "test_training.py",
    COMMAND: "test_options.py",
    CORE: "test_training.py",
    LOOP: "test_training.py",
    OPTIONS: "test_options.py",
    RECIPE: "test_stages.py",
    ROWS: "test_training_rows.py",
    STAGES: "test_stages.py",
}

BREAKS = [
    # Calibration
    Break(
        "calibration fitted on test rows",
        CALIBRATION,
        "encode_rows(dataset.validation,",
        "encode_rows(dataset.test,",
    ),
    Break(
        "calibration fitted on training rows",
        CALIBRATION,
        "encode_rows(dataset.validation,",
        "encode_rows(dataset.train,",
    ),
    Break(
        "calibration fitted with the refitted model",
        COMMAND,
        "    calibrate(model, dataset, refitted)\n",
        "    calibrate(refitted or model, dataset, model)\n",
    ),
    Break(
        "temperature fitted before the bias",
        CALIBRATION,
        "    logits = share_out(outputs + bias, len(model.labels))\n"
        "    temperature = fit_temperature(logits, targets)\n",
        "    temperature = fit_temperature(share_out(outputs, len(model.labels)), targets)\n"
        "    logits = share_out(outputs + bias, len(model.labels))\n",
    ),
    Break(
        "outsider bias inverted",
        CALIBRATION,
        "math.log(EXPECTED_OUTSIDERS / trained)",
        "math.log(trained / EXPECTED_OUTSIDERS)",
    ),
    Break(
        "outsider bias left out",
        CALIBRATION,
        "    bias = _outsider_bias(model)\n",
        "    bias = 0 * _outsider_bias(model)\n",
    ),
    Break(
        "outsiders expected as often as trained on",
        CALIBRATION,
        "EXPECTED_OUTSIDERS = 0.02",
        "EXPECTED_OUTSIDERS = 0.3",
    ),
    Break("UNSURE_SHARE 0.5", CALIBRATION, "UNSURE_SHARE = 0.08", "UNSURE_SHARE = 0.5"),
    Break(
        "unsure threshold fitted before the temperature",
        CALIBRATION,
        "(logits / temperature).softmax",
        "logits.softmax",
    ),
    Break(
        "prior power ignored",
        CALIBRATION,
        "pad(power * log_prior, (0, outputs.shape[1] - len(log_prior)))",
        "pad(0 * log_prior, (0, outputs.shape[1] - len(log_prior)))",
    ),
    Break(
        "prior of the validation rows put back",
        CALIBRATION,
        "[dataset.train.labels.count(label)",
        "[dataset.validation.labels.count(label)",
    ),
    Break(
        "the strongest of equally good prior powers",
        CALIBRATION,
        "(right(power), -abs(power))",
        "(right(power), abs(power))",
    ),
    Break(
        "recall floor ignored",
        CALIBRATION,
        'model.training["recall_floor"]',
        "0.0",
    ),
    Break(
        "labels of few rows raised too",
        CALIBRATION,
        "MIN_ROWS = 50",
        "MIN_ROWS = 5",
    ),
    Break(
        "the refitted model left uncalibrated",
        CALIBRATION,
        "filter(None, (model, refitted))",
        "filter(None, (model,))",
    ),
    Break(
        "temperature not kept",
        CALIBRATION,
        "Calibration(bias.tolist(), temperature, threshold)",
        "Calibration(bias.tolist(), 1.0, threshold)",
    ),
    # Scores
    Break(
        '"validation" scored on the model refitted on it',
        COMMAND,
        "held_out=model,",
        "held_out=best,",
    ),
    Break(
        "test scored by the model that was not refitted",
        COMMAND,
        "    best = refitted or model\n",
        "    best = model\n",
    ),
    # Stages
    Break(
        "refit without validation rows",
        STAGES,
        "train=dataset.train + dataset.validation",
        "train=dataset.train",
    ),
    Break(
        "refit keeps the best epoch",
        RECIPE,
        "replace(self, keeps_last_epoch=True)",
        "self",
    ),
    Break(
        "refit starts from the trained weights",
        STAGES,
        "recipe.last_stage(), everything, pretrained)",
        "recipe.last_stage(), everything, model)",
    ),
    Break(
        "refit starts from the seed",
        STAGES,
        "recipe.last_stage(), everything, pretrained)",
        "recipe.last_stage(), everything)",
    ),
    Break(
        "no refit",
        STAGES,
        "if not recipe.refit or self.ended_by:",
        "if True:",
    ),
    Break(
        "pretrained weights not loaded",
        BUILD,
        "        network.load_state_dict(pretrained.network.state_dict())\n",
        "        pass\n",
    ),
    Break(
        "pretrained letters not taken over",
        BUILD,
        "encoder = pretrained.encoder if pretrained else _make_encoder(recipe, dataset)",
        "encoder = _make_encoder(recipe, dataset)",
    ),
    Break(
        "pretraining on the training rows",
        STAGES,
        "self._fit(PRETRAINING, recipe.first_stage(), pretraining)",
        "self._fit(PRETRAINING, recipe.first_stage(), replace(pretraining, train=dataset.train))",
    ),
    Break(
        "training on validation rows",
        STAGES,
        "model = self._fit(MAIN, recipe, dataset, pretrained)",
        "model = self._fit(MAIN, recipe, replace(dataset, train=dataset.train + "
        "dataset.validation), pretrained)",
    ),
    Break(
        "pretraining adjusts logits",
        RECIPE,
        "            logit_adjustment=0.0,\n",
        "",
    ),
    Break(
        "pretraining sees only a share of the outsiders",
        RECIPE,
        "            outsiders=None,\n",
        "",
    ),
    Break(
        "an interrupted refit is saved as if whole",
        STAGES,
        "return model, None if self.ended_by else refitted",
        "return model, refitted",
    ),
    Break(
        "spelling variants ignored",
        STAGES,
        "if stage == PRETRAINING and recipe.pretrain_spelling_variants:",
        "if False:",
    ),
    Break(
        "spelling variants in every stage",
        STAGES,
        "if stage == PRETRAINING and recipe.pretrain_spelling_variants:",
        "if recipe.pretrain_spelling_variants:",
    ),
    # Loss and optimizer
    Break(
        "log-prior sign flipped",
        CORE,
        "adjusted = logits + pad(log_prior,",
        "adjusted = logits - pad(log_prior,",
        LOSSES,
    ),
    Break(
        "log prior padded on the wrong side",
        CORE,
        "pad(log_prior, (0, n_outputs - len(log_prior)))",
        "pad(log_prior, (n_outputs - len(log_prior), 0))",
        LOSSES,
    ),
    Break(
        "logit adjustment ignored",
        ROWS,
        "self.log_prior = recipe.logit_adjustment * self",
        "self.log_prior = 0 * self",
    ),
    Break(
        "the linear classifier learns from outsiders",
        CORE,
        "known = targets.where(targets < n_outputs, IGNORED)",
        "known = targets.clamp(max=n_outputs - 1)",
        LOSSES,
    ),
    Break(
        "only the GRU learns",
        CORE,
        "    return torch.stack(losses).mean()\n",
        "    return losses[0]\n",
        LOSSES,
    ),
    Break(
        "the parts' losses are summed",
        CORE,
        "torch.stack(losses).mean()",
        "torch.stack(losses).sum()",
        LOSSES,
    ),
    Break(
        "the linear classifier's mean over its own rows",
        CORE,
        "loss / len(targets)",
        "loss / max(1, int((known != IGNORED).sum()) if known.dim() == 1 else len(known))",
        LOSSES,
    ),
    Break(
        "weight decay ignored",
        CORE,
        "weight_decay=weight_decay",
        "weight_decay=0.0",
        LOSSES,
    ),
    Break("one cycle ignored", CORE, "if not one_cycle:", "if True:", LOSSES),
    Break(
        "the recipe's one cycle ignored",
        LOOP,
        "make_schedule(self.optimizer, steps, recipe.one_cycle)",
        "make_schedule(self.optimizer, steps, False)",
    ),
    Break(
        "one cycle over a single epoch",
        LOOP,
        "steps = self.rows.n_steps * recipe.epochs",
        "steps = self.rows.n_steps",
    ),
    Break(
        "linear learning rate ignored",
        CORE,
        '"lr": linear_learning_rate',
        '"lr": learning_rate',
        LOSSES,
    ),
    Break(
        "the recipe's linear learning rate ignored",
        LOOP,
        "n * recipe.linear_learning_rate",
        "n * recipe.learning_rate",
    ),
    Break(
        "the recipe's weight decay ignored",
        LOOP,
        "recipe.weight_decay",
        "0.0",
    ),
    Break(
        "rates do not grow with the processes",
        LOOP,
        "math.sqrt(n) * recipe.learning_rate",
        "recipe.learning_rate",
        PROCESSES,
    ),
    Break(
        "the linear classifier's rate does not grow with the processes",
        LOOP,
        "n * recipe.linear_learning_rate",
        "recipe.linear_learning_rate",
        PROCESSES,
    ),
    # Rows
    Break(
        "outsider share ignored",
        ROWS,
        "recipe.outsiders * self.n_rows",
        "1.0 * self.n_rows",
    ),
    Break(
        "the same outsiders every epoch",
        ROWS,
        "outsiders = torch.randperm(first_taught - self.n_rows, generator=shuffling)",
        "outsiders = torch.arange(first_taught - self.n_rows)",
    ),
    Break(
        "the same order every epoch",
        ROWS,
        "manual_seed(self.recipe.seed * 1_000_003 + epoch)",
        "manual_seed(self.recipe.seed * 1_000_003)",
    ),
    Break(
        "beliefs padded on the wrong side",
        ROWS,
        "(0, len(model.other_labels)))",
        "(len(model.other_labels), 0))",
    ),
    Break(
        "beliefs given to the wrong texts",
        ROWS,
        "torch.cat([hard, soft.to(hard.device)])",
        "torch.cat([hard, soft.to(hard.device).flip(0)])",
    ),
    Break(
        "beliefs left out of the epochs",
        ROWS,
        "torch.arange(first_taught, len(self.encoded)),",
        "torch.arange(0),",
    ),
    Break(
        "the prior counts outsiders and beliefs",
        ROWS,
        "self.encoded.targets[: self.n_rows].bincount",
        "self.encoded.targets.bincount",
    ),
    Break(
        "processes train on the same rows",
        ROWS,
        "range(self.rank, self.n_steps",
        "range(0, self.n_steps",
        PROCESSES,
    ),
    # Loop
    Break("no autocast", CORE, "with accelerator.autocast():", "if True:", PRECISION),
    Break(
        "validation in training mode",
        CORE,
        "    network.eval()  # dropout off\n",
        "",
        PRECISION,
    ),
    Break(
        "dropout never active",
        CORE,
        "    network.train()  # dropout on\n",
        "    network.eval()\n",
    ),
    Break(
        "embedding dropout never applied",
        CORE,
        "self._run_gru(self.dropout(embedded), lengths)",
        "self._run_gru(embedded, lengths)",
    ),
    Break(
        "pooled states never dropped out",
        CORE,
        "self.linear(self.dropout(last))",
        "self.linear(last)",
    ),
    Break(
        "the same dropout every epoch",
        LOOP,
        "(seed * 1_000_003 + epoch) * 1_009",
        "(seed * 1_000_003) * 1_009",
    ),
    Break(
        "gradients pile up",
        CORE,
        "        optimizer.zero_grad()  #",
        "        #",
    ),
    Break("the schedule stands still", CORE, "        schedule.step()  #", "        #"),
    Break(
        "no averaging between processes",
        LOOP,
        "if accelerator.num_processes > 1:",
        "if accelerator.num_processes > 2:",
        PROCESSES,
    ),
    Break(
        "averaging at an epoch's end alone",
        LOOP,
        "if done % STEPS_APART == 0:",
        "if False:",
        PROCESSES,
    ),
    Break(
        "weights summed over processes",
        LOOP,
        'accelerator.reduce(tensor.detach(), "mean")',
        'accelerator.reduce(tensor.detach(), "sum")',
        PROCESSES,
    ),
    Break(
        "moments not averaged",
        LOOP,
        '        _average([moments["exp_avg"], moments["exp_avg_sq"]], accelerator)\n',
        "        pass\n",
        PROCESSES,
    ),
    Break(
        "tables not rounded",
        LOOP,
        "    round_tables(model.network)\n",
        "",
    ),
    Break(
        "the last epoch kept, not the best",
        LOOP,
        "    model.network.load_state_dict(training.state.best_weights)\n",
        "    model.network.load_state_dict(training.state.weights)\n",
    ),
    Break(
        "the later of two equally good epochs",
        LOOP,
        'entry["validation_accuracy"] > best_accuracy',
        'entry["validation_accuracy"] >= best_accuracy',
    ),
    Break(
        "train loss is a mean over batches",
        LOOP,
        "losses @ sizes.float(), sizes.sum()",
        "losses.sum(), torch.tensor(len(losses))",
    ),
    Break(
        "accuracy on half of the validation rows",
        LOOP,
        "share = torch.arange(accelerator.process_index, len(rows),",
        "share = torch.arange(accelerator.process_index, len(rows) // 2,",
        PROCESSES,
    ),
    # Resuming and precision
    Break(
        "resumed without the optimizer's state",
        LOOP,
        "            self.optimizer.load_state_dict(self.state.optimizer)\n",
        "",
    ),
    Break(
        "resumed without the schedule's state",
        LOOP,
        "            self.schedule.load_state_dict(self.state.schedule)\n",
        "",
    ),
    Break(
        "resumed in another precision",
        LOOP,
        '                "precision": accelerator.mixed_precision,\n',
        "",
        PRECISION,
    ),
    Break(
        "resumed on another kind of device",
        LOOP,
        '                "device": accelerator.device.type,\n',
        "",
        PRECISION,
    ),
    Break(
        "resumed with other data",
        CHECKPOINT,
        'if data != identity["data"]:',
        "if False:",
    ),
    Break("fp16 accepted", LOOP, '("", "no", "bf16")', '("", "no", "bf16", "fp16")', PRECISION),
    Break(
        "emulated bf16 accepted",
        LOOP,
        'if chosen == "bf16" and not has_bf16:',
        "if False:",
        PRECISION,
    ),
    Break(
        "ACCELERATE_MIXED_PRECISION ignored",
        LOOP,
        "mixed_precision=chosen or (",
        "mixed_precision=(",
        PRECISION,
    ),
    # Options
    *(
        Break(f"--{name.replace('_', '-')} ignored", OPTIONS, f'    "{name}",\n', "")
        for name in (
            "epochs",
            "batch_size",
            "hidden_size",
            "layers",
            "bidirectional",
            "learning_rate",
            "pretrain_epochs",
            "logit_adjustment",
            "prior_power",
            "recall_floor",
            "seed",
        )
    ),
    Break(
        "the seed does not reach the weights",
        BUILD,
        "    manual_seed(recipe.seed)\n",
        "    manual_seed(0)\n",
        "test_options.py",
    ),
    Break(
        "--pretraining ignored",
        COMMAND,
        'files = options.pretraining or [data / "pretraining.csv.gz"]',
        'files = [data / "pretraining.csv.gz"]',
    ),
    Break("--teacher ignored", COMMAND, "    if options.teacher:\n", "    if False:\n"),
    Break(
        "--output ignored",
        COMMAND,
        "output = options.output or default",
        "output = default",
    ),
    Break(
        "--resume ignored",
        COMMAND,
        "        options.resume,\n    )\n",
        "        False,\n    )\n",
    ),
    Break(
        "--lecture ignored",
        OPTIONS,
        "    if options.lecture:\n        recipe = ",
        "    if False:\n        recipe = ",
    ),
    Break(
        "--dry-run trains on all rows",
        COMMAND,
        "        dataset = shrink(dataset, 2 * recipe.batch_size)\n",
        "",
    ),
    Break(
        "--task ignored",
        COMMAND,
        "    task = TASKS[options.task]\n    data =",
        '    task = TASKS["names"]\n    data =',
    ),
]


class StaleError(Exception):
    """The text that a break replaces is not found exactly once."""


def broken(each: Break) -> str:
    """Return the content of the break's file with the break in it, or raise StaleError."""
    source = (ROOT / each.file).read_text(encoding="utf-8")
    if (found := source.count(each.old)) != 1:
        raise StaleError(f"{each.name}: found {found} times in {each.file}, not once: {each.old!r}")
    return source.replace(each.old, each.new)


def copy_to(folder: Path, change: Break | None) -> None:
    """Copy what the fast tests need into `folder`, with `change` in it."""
    for path in (ROOT / name for name in COPIED):
        if path.is_dir():
            shutil.copytree(path, folder / path.name)  # the weights too: a break may replace them
        else:
            shutil.copy2(path, folder / path.name)
    (folder / "data").symlink_to(ROOT / "data")
    if change:
        (folder / change.file).write_text(broken(change), encoding="utf-8")


def start(folder: Path, change: Break | None) -> int:
    """Run the fast tests in `folder` in a forked process; return its id."""
    if child := os.fork():
        return child
    os.setsid()  # so that it can be ended with all that it has started
    output = os.open(folder / "output", os.O_WRONLY | os.O_CREAT)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.chdir(folder)
    sys.path[:] = [str(folder), *(path for path in sys.path if path != str(ROOT))]
    import pytest

    already = "ignore::pytest.PytestAssertRewriteWarning"  # imported before, for speed
    options = ["-x", "-q", "-p", "no:cacheprovider", "-W", already, f"--rootdir={folder}"]
    first = change and (change.noticed_in or NOTICED_IN.get(change.file))
    tests = sorted(FAST_TESTS, key=lambda name: name != first)
    try:
        code = int(pytest.main([*options, *(str(folder / "tests" / name) for name in tests)]))
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    os._exit(code)


def outcome(folder: Path, exit_code: int) -> str | None:
    """Return the first test that failed, None if all passed."""
    if not exit_code:
        return None
    output = (folder / "output").read_text(encoding="utf-8", errors="replace")
    found = re.search(r"^(?:FAILED|ERROR) tests/(\S+)", output, re.MULTILINE)
    return found[1] if found else f"exit code {exit_code}: {output[-200:]}"


def run_tests(changes: list[Break | None], jobs: int) -> Iterator[tuple[Break | None, str | None]]:
    """Yield each change and the first test that fails with it, if any, as they come."""
    waiting = list(changes)
    running: dict[int, tuple[Break | None, tempfile.TemporaryDirectory, float]] = {}
    while waiting or running:
        while waiting and len(running) < jobs:
            scratch = tempfile.TemporaryDirectory()
            copy_to(Path(scratch.name), change := waiting.pop(0))
            running[start(Path(scratch.name), change)] = change, scratch, time.monotonic()
        time.sleep(PAUSE)
        for child, (change, scratch, began) in list(running.items()):
            done, status = os.waitpid(child, os.WNOHANG)
            late = not done and time.monotonic() - began > SECONDS
            if late:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
            if done or late:
                del running[child]
                code = os.waitstatus_to_exitcode(status)
                killer = f"over {SECONDS} s" if late else outcome(Path(scratch.name), code)
                scratch.cleanup()
                yield change, killer


def rows(breaks: list[Break], jobs: int, survivors: list[str]) -> Iterator[list[str]]:
    """Yield a row of the table for each break; add the names of those that survive."""
    for each, killer in run_tests(breaks, jobs):
        if killer is None:
            survivors.append(each.name)
        yield [each.name, f"`{each.file}`", f"`{killer}`" if killer else "**survived**"]


def preload() -> None:
    """Import what every run needs, so that none imports it again; nothing of model/."""
    import accelerate  # noqa: F401
    import hypothesis  # noqa: F401
    import matplotlib.figure  # noqa: F401
    import playwright.sync_api  # noqa: F401
    import pytest  # noqa: F401
    import safetensors.torch  # noqa: F401
    import sklearn.metrics
    import sklearn.model_selection  # noqa: F401
    import torch
    import torch._dynamo  # the first optimizer imports it

    torch.set_num_threads(1)
    os.environ["OMP_NUM_THREADS"] = "1"


def main() -> int:
    """Print a row for each break; return 1 if one survives."""
    parser = argparse.ArgumentParser(prog="breaks.py", description=__doc__.split("\n")[0])
    names = [each.name for each in BREAKS]
    parser.add_argument("--only", metavar="NAME", choices=names, action="append")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--list", action="store_true", help="print the names and stop")
    options = parser.parse_args()
    if options.list:
        print("\n".join(names))
        return 0
    breaks = [each for each in BREAKS if not options.only or each.name in options.only]
    try:
        for each in breaks:
            broken(each)
    except StaleError as error:
        print(f"breaks.py: {error}", file=sys.stderr)
        return 2
    print(f"{machine()}\n", flush=True)
    preload()
    if failing := next(run_tests([None], 1))[1]:
        print(f"breaks.py: {failing} fails without any break", file=sys.stderr)
        return 2
    survivors: list[str] = []
    print_table(["break", "in", "caught by"], rows(breaks, options.jobs, survivors))
    print(f"\n{len(breaks) - len(survivors)} of {len(breaks)} breaks caught")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
