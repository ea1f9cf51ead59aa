"""One stage of training: epochs, the best or the mean of which is kept, a checkpoint after each.

Prints nothing; callbacks receive the progress. Accelerate carries device, precision and processes.
Several processes share the batches, and average their weights every few steps (Stich 2019, "Local
SGD converges fast and communicates little"): exchanging gradients at each step took longer than
the step itself.
"""

import copy
import math
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import torch
from accelerate import Accelerator
from accelerate.utils import parse_flag_from_env
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from ..core import (
    EncodedRows,
    RNNClassifier,
    loss_and_right,
    make_optimizer,
    make_schedule,
    train_epoch,
)
from ..data.rows import Dataset, encode_rows
from ..errors import InputError, shorten
from ..storage.parts import Parts
from ..tasks.recipe import Recipe
from .batches import TrainingRows
from .checkpoint import check_fits, load_checkpoint, save_checkpoint

STEPS_APART = 8  # of each process, before weights are averaged
OnBatch = Callable[[int, int], None]
OnEpoch = Callable[[dict], None]
# In the environment because torchrun's processes inherit it.
PRECISION, CPU_ONLY = "ACCELERATE_MIXED_PRECISION", "ACCELERATE_USE_CPU"


class NotFiniteError(InputError):
    """The loss became infinite or not a number."""


@dataclass
class State:
    """A training after a whole epoch; a checkpoint holds exactly this.

    It has no random state: every epoch draws from the recipe's seed and its own number.
    """

    history: list[dict]  # one entry per epoch, as metrics.json holds them
    best_epoch: int
    best_weights: dict[str, Tensor]
    weights: dict[str, Tensor]
    optimizer: dict
    schedule: dict


def make_accelerator(use_gpu: bool | None = None) -> Accelerator:
    """Return an Accelerator on CUDA, else MPS, else the CPU.

    `use_gpu` False keeps to the CPU, and so does the environment's ACCELERATE_USE_CPU. Under
    torchrun it joins the group of processes. Weights, gradients and optimiser are fp32. With
    precision "bf16" matrix products are computed in bf16, except the GRU's on CUDA, which are in
    fp32 or, as cuDNN does where it can, in TF32 (core.py explains why); with "no" nothing is in
    bf16. The default is "bf16" where the device has instructions for it; the environment's
    ACCELERATE_MIXED_PRECISION overrides that. Raises InputError for any other precision, fp16 and
    fp8 included, because gradients are not scaled here, and for "bf16" where it would be emulated.
    """
    chosen = os.environ.get(PRECISION, "").lower()
    if chosen not in ("", "no", "bf16"):
        raise InputError(f"{PRECISION} is {shorten(chosen)!r}: set it to no or bf16, or unset it.")
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    on_cpu = _is_cpu_only() or use_gpu is False or not (cuda or mps)
    device = "cpu" if on_cpu else "cuda" if cuda else "mps"
    has_bf16 = _has_bf16(device)
    if chosen == "bf16" and not has_bf16:
        raise InputError(
            f"{PRECISION} is bf16, which is not supported on this {device}: set it to no."
        )
    return Accelerator(cpu=on_cpu, mixed_precision=chosen or ("bf16" if has_bf16 else "no"))


def _is_cpu_only() -> bool:
    try:
        return parse_flag_from_env(CPU_ONLY)
    except ValueError:
        given = shorten(os.environ[CPU_ONLY])
        raise InputError(
            f"{CPU_ONLY} is {given!r}: set it to true or false, or unset it."
        ) from None


def _has_bf16(device: str) -> bool:
    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device == "cpu" and _cpu_has_bf16()


def _cpu_has_bf16() -> bool:
    # Older versions of torch do not have it.
    capabilities: dict = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


class Training:
    """One stage of training of `model`, whose weights it changes in place."""

    def __init__(self, model: Parts, dataset: Dataset, recipe: Recipe, accelerator: Accelerator):
        self.model, self.recipe, self.accelerator = model, recipe, accelerator
        self.network = model.network.to(accelerator.device)
        self.rows = TrainingRows(model, dataset, recipe, accelerator)
        self.validation = encode_rows(
            dataset.validation, model.encoder, model.labels, accelerator.device
        )
        # Several processes take fewer steps, on more rows each, at rates that are higher by the
        # root of their number (Malladi et al. 2022, "On the SDEs and scaling rules for adaptive
        # gradient algorithms"). Most n-grams are so rare that one process at a time meets them:
        # their linear classifier's rate grows with the number itself.
        n = accelerator.num_processes
        self.optimizer = make_optimizer(
            self.network,
            math.sqrt(n) * recipe.learning_rate,
            n * recipe.linear_learning_rate,
            recipe.weight_decay,
        )
        steps = self.rows.n_steps * recipe.epochs
        one_cycle = recipe.one_cycle and not recipe.average_from
        self.schedule = make_schedule(self.optimizer, steps, one_cycle)
        self.mean = AveragedModel(self.network) if recipe.average_from else None
        self.state = State([], 0, {}, {}, {}, {})
        self.identity = {
            "recipe": asdict(recipe)
            | {
                "processes": n,  # these share the steps out
                "device": accelerator.device.type,
                "precision": accelerator.mixed_precision,
            },
            "data": dataset.files,
        }

    def resume(self, checkpoint: Path) -> None:
        """Go on from `checkpoint` if it holds one; raise InputError if it does not fit."""
        if saved := load_checkpoint(checkpoint, self.identity):
            check_fits(checkpoint, saved, self.network, vars(self.state))
            self.state = State(**saved)
            self.network.load_state_dict(self.state.weights)
            self.optimizer.load_state_dict(self.state.optimizer)
            self.schedule.load_state_dict(self.state.schedule)
            if self.mean is not None and (n := self._n_averaged(len(self.state.history))):
                self.mean.module.load_state_dict(self.state.best_weights)
                self.mean.n_averaged.fill_(n)

    def _n_averaged(self, epoch: int) -> int:
        """Return how many epochs are averaged at the end of `epoch`."""
        return max(0, epoch - self.recipe.average_from + 1) if self.recipe.average_from else 0

    @property
    def is_done(self) -> bool:
        """Whether all epochs are run, or a quarter of them since the loss was lowest."""
        n, recipe = len(self.state.history), self.recipe
        waited = n - self.state.best_epoch
        is_waiting = not recipe.stops_by_loss or waited <= recipe.epochs / 4
        return n >= (recipe.most_epochs or recipe.epochs) or not is_waiting

    def run_epoch(self, on_batch: OnBatch) -> dict:
        """Train for one more epoch and return its entry of the history."""
        epoch, start = len(self.state.history) + 1, time.perf_counter()
        entry = {"epoch": epoch, "seconds": 0.0, "learning_rate": self._rate()}
        entry |= {"train_loss": self._train(epoch, on_batch)}
        trained = self.network
        if self.mean is not None and self._n_averaged(epoch):
            self.mean.update_parameters(self.network)
            trained = cast(RNNClassifier, self.mean.module)
        entry |= self._validate(trained)
        if not math.isfinite(entry["validation_loss"]):
            raise NotFiniteError(
                f"The validation loss is {entry['validation_loss']} after epoch {epoch}, at "
                f"learning rate {self._rate():.2g}: try a lower --learning-rate."
            )
        entry["seconds"] = time.perf_counter() - start
        self._advance(entry, trained)
        return entry

    def _train(self, epoch: int, on_batch: OnBatch) -> float:
        """Go once over the rows; return the mean loss per row, the same in every process."""
        accelerator, seed = self.accelerator, self.recipe.seed
        self.rows.vary(epoch)
        batches = self.rows.batches(epoch)
        done = 0

        def after_batch() -> None:
            nonlocal done
            done += 1
            if done % STEPS_APART == 0:
                _average(self.network.parameters(), accelerator)
            on_batch(done, len(batches))

        # For dropout, which no generator can be given.
        torch.manual_seed((seed * 1_000_003 + epoch) * 1_009 + accelerator.process_index)
        losses = train_epoch(
            self.network,
            map(self.rows.take, batches),
            self.rows.log_prior,
            self.optimizer,
            self.schedule,
            accelerator,
            after_batch,
            self.recipe.margins,
        )
        _average(self.network.parameters(), accelerator)
        for moments in self.optimizer.state.values():  # so that a checkpoint holds for all
            _average([moments["exp_avg"], moments["exp_avg_sq"]], accelerator)
        # Only here does the host wait for the device.
        sums = accelerator.reduce(losses, "sum")
        if not (finite := sums.isfinite()).all():
            first = int((~finite).nonzero()[0])
            raise NotFiniteError(
                f"The loss is {sums[first]} in epoch {epoch}, batch {first + 1} of {len(batches)}, "
                f"at learning rate {self._rate():.2g}: try a lower --learning-rate."
            )
        sizes = torch.tensor([len(index) for index in batches], device=losses.device)
        total, n = accelerator.reduce(torch.stack([losses @ sizes.float(), sizes.sum()]), "sum")
        return float(total / n)

    def _validate(self, network: RNNClassifier) -> dict:
        """Return loss and accuracy on the validation rows, which the processes share."""
        rows, accelerator = self.validation, self.accelerator
        share = torch.arange(accelerator.process_index, len(rows), accelerator.num_processes)
        totals = loss_and_right(network, EncodedRows(*rows.take(share)))
        totals = accelerator.reduce(totals.to(rows.ids.device, torch.float32), "sum")
        loss, right = totals.tolist()
        return {"validation_loss": loss / len(rows), "validation_accuracy": right / len(rows)}

    def _advance(self, entry: dict, trained: RNNClassifier) -> None:
        """Add an epoch, which ended with `trained`, to the state.

        The earlier of two equally good epochs stays the best. A mean of epochs takes its place.
        """
        history = [*self.state.history, entry]
        weights = copy.deepcopy(self.network.state_dict())
        best_epoch, best_weights = self.state.best_epoch, self.state.best_weights
        best_accuracy = max((e["validation_accuracy"] for e in self.state.history), default=-1.0)
        is_best = entry["validation_accuracy"] > best_accuracy
        if self.recipe.stops_by_loss:
            lowest = min((e["validation_loss"] for e in self.state.history), default=math.inf)
            is_best = entry["validation_loss"] < lowest
        is_mean = trained is not self.network
        if is_best or is_mean or self.recipe.keeps_last_epoch:
            best_epoch = entry["epoch"]
            best_weights = copy.deepcopy(trained.state_dict()) if is_mean else weights
        self.state = State(
            history,
            best_epoch,
            best_weights,
            weights,
            self.optimizer.state_dict(),
            self.schedule.state_dict(),
        )

    def _rate(self) -> float:
        return float(self.schedule.get_last_lr()[0])


def fit(
    model: Parts,
    dataset: Dataset,
    recipe: Recipe,
    accelerator: Accelerator,
    checkpoint: Path | None = None,
    resume: bool = False,
    on_batch: OnBatch = lambda batch, batches: None,
    on_epoch: OnEpoch = lambda entry: None,
) -> tuple[list[dict], BaseException | None]:
    """Train in place and keep the weights of the best validation epoch, or the recipe's choice.

    Returns the history and what ended the training early: a KeyboardInterrupt, a NotFiniteError or
    None. Before the first epoch has ended there is nothing to keep, and either is raised. With a
    `checkpoint` folder the end of every epoch is saved there; `resume` goes on from it. `on_batch`
    receives how many batches of the epoch are done and how many there are, `on_epoch` the entry of
    each finished epoch in metrics.json's history.
    """
    training = Training(model, dataset, recipe, accelerator)
    if resume and checkpoint:
        training.resume(checkpoint)
    ended_by = None
    try:
        while not training.is_done:
            entry = training.run_epoch(on_batch)
            if checkpoint is not None and accelerator.is_main_process:
                save_checkpoint(checkpoint, training.identity, vars(training.state))
            on_epoch(entry)
    except (KeyboardInterrupt, NotFiniteError) as error:
        if not training.state.history:
            raise
        ended_by = error
    model.network.load_state_dict(training.state.best_weights)
    round_tables(model.network)
    return training.state.history, ended_by


@torch.no_grad()
def round_tables(network: RNNClassifier) -> None:
    """Round all embeddings to half precision, so that a model folder holds them in half the bytes.

    The GRU and the last layer are small and stay as they are, and so does an embedding with values
    that half precision cannot hold.
    """
    for module in network.modules():
        if isinstance(module, torch.nn.Embedding):
            half = module.weight.half()
            if half.isfinite().all():
                module.weight.copy_(half)


@torch.no_grad()
def _average(tensors: Iterable[Tensor], accelerator: Accelerator) -> None:
    """Give each of `tensors` the mean of its values in all processes."""
    if accelerator.num_processes > 1:
        for tensor in tensors:
            tensor.copy_(accelerator.reduce(tensor.detach(), "mean"))
