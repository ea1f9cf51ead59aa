"""One stage of training: epochs, the best or the mean of which is kept, a checkpoint after each.

Prints nothing; a `Progress` receives what is done. Accelerate carries device, precision and
processes. Several processes share the batches, and average their weights every few steps (Stich
2019, "Local SGD converges fast and communicates little"): exchanging gradients at each step took
longer than the step itself.
"""

import copy
import math
import os
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import torch
from accelerate import Accelerator
from accelerate.utils import parse_flag_from_env
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from .. import core
from ..data.rows import Dataset
from ..errors import InputError, shorten
from ..network import TextNetwork, joint_loss, parameter_groups
from ..tasks.recipe import Recipe
from ..trained import Model
from .build import TrainingRows
from .checkpoint import damaged, load_checkpoint, save_checkpoint
from .progress import SILENT, Progress

STEPS_APART = 8  # of each process, before weights are averaged
# In the environment because torchrun's processes inherit it.
PRECISION, CPU_ONLY = "ACCELERATE_MIXED_PRECISION", "ACCELERATE_USE_CPU"


class NotFiniteError(InputError):
    """The loss became infinite or not a number."""


def make_accelerator(use_gpu: bool | None = None) -> Accelerator:
    """Return an Accelerator on CUDA, else MPS, else the CPU; in torchrun's group of processes.

    `use_gpu` False keeps to the CPU, and so does the environment's ACCELERATE_USE_CPU. Weights,
    gradients and optimiser are fp32. With precision "bf16", the default where the device has
    instructions for it, matrix products are in bf16, except the GRU's on CUDA (core.py says why).
    The environment's ACCELERATE_MIXED_PRECISION chooses. Raises InputError for any other precision,
    because gradients are not scaled here, and for "bf16" where it would be emulated.
    """
    chosen = os.environ.get(PRECISION, "").lower()
    if chosen not in ("", "no", "bf16"):
        raise InputError(
            f"{PRECISION} is {shorten(chosen)!r}: set it to no or bf16, or unset it."
        )
    try:
        on_cpu = parse_flag_from_env(CPU_ONLY) or use_gpu is False
    except ValueError:
        given = shorten(os.environ[CPU_ONLY])
        message = f"{CPU_ONLY} is {given!r}: set it to true or false, or unset it."
        raise InputError(message) from None
    if on_cpu or not (torch.cuda.is_available() or torch.backends.mps.is_available()):
        found: dict = getattr(
            torch.cpu, "get_capabilities", dict
        )()  # older torch has none
        device, has_bf16 = (
            "cpu",
            any(found.get(name) for name in ("avx512_bf16", "amx_bf16")),
        )
    else:
        device = "cuda" if torch.cuda.is_available() else "mps"
        has_bf16 = device == "cuda" and torch.cuda.is_bf16_supported(
            including_emulation=False
        )
    if chosen == "bf16" and not has_bf16:
        message = f"{PRECISION} is bf16, which is not supported on this {device}: set it to no."
        raise InputError(message)
    precision = chosen or ("bf16" if has_bf16 else "no")
    return Accelerator(cpu=device == "cpu", mixed_precision=precision)


class Training:
    """One stage of training of `model`, whose weights it changes in place.

    It has no random state: every epoch draws from the recipe's seed and its own number.
    """

    def __init__(
        self, model: Model, dataset: Dataset, recipe: Recipe, accelerator: Accelerator
    ):
        self.recipe, self.accelerator = recipe, accelerator
        self.network = model.network.to(accelerator.device)
        self.rows = TrainingRows(model, dataset, recipe, accelerator)
        self.validation = model.encode_rows(dataset.validation)
        # Several processes take fewer steps, on more rows each, at rates that are higher by the
        # root of their number (Malladi et al. 2022, "On the SDEs and scaling rules for adaptive
        # gradient algorithms"). Most n-grams are so rare that one process at a time meets them:
        # their linear classifier's rate grows with the number itself.
        n = accelerator.num_processes
        rate, linear_rate = (
            math.sqrt(n) * recipe.learning_rate,
            n * recipe.linear_learning_rate,
        )
        groups = parameter_groups(self.network, linear_rate)
        self.optimizer = core.make_optimizer(groups, rate, recipe.weight_decay)
        one_cycle = recipe.one_cycle and not recipe.average_from
        steps = self.rows.n_steps * recipe.epochs
        self.schedule = core.make_schedule(self.optimizer, steps, one_cycle)
        self.mean = AveragedModel(self.network) if recipe.average_from else None
        self.parts: list[Any] = [self.network, self.optimizer, self.schedule]
        self.parts += [self.mean] if self.mean else []
        self.history: list[dict] = []  # one entry per epoch, as metrics.json holds them
        self.best_epoch, self.best_weights = 0, dict[str, Tensor]()
        # What a checkpoint belongs to: processes share the steps out.
        on = {
            "device": accelerator.device.type,
            "precision": accelerator.mixed_precision,
        }
        self.identity = {"data": dataset.files, **asdict(recipe), "processes": n, **on}

    def state(self) -> dict:
        """Return what a checkpoint holds."""
        names = ("history", "best_epoch", "best_weights")
        parts = [part.state_dict() for part in self.parts]
        return {name: getattr(self, name) for name in names} | {"parts": parts}

    def resume(self, checkpoint: Path) -> None:
        """Go on from `checkpoint` if there is one; raise InputError if it does not fit."""
        state = load_checkpoint(checkpoint, self.identity)
        if state is None:
            return
        try:
            for part, saved in zip(self.parts, state.pop("parts"), strict=True):
                part.load_state_dict(saved)
        except (
            LookupError,
            RuntimeError,
            TypeError,
            ValueError,
        ) as error:  # another version's
            raise damaged(checkpoint, error) from None
        vars(self).update(state)

    @property
    def is_done(self) -> bool:
        """Whether all epochs are run, or a quarter of them since the loss was lowest."""
        n, recipe = len(self.history), self.recipe
        is_over = recipe.stops_by_loss and n - self.best_epoch > recipe.epochs / 4
        return is_over or n >= (recipe.most_epochs or recipe.epochs)

    def run_epoch(self, progress: Progress) -> dict:
        """Train for one more epoch; return its entry of the history, the same in every process."""
        accelerator, epoch, start = (
            self.accelerator,
            len(self.history) + 1,
            time.perf_counter(),
        )
        rate = float(self.schedule.get_last_lr()[0])
        encoded, batches = self.rows.draw(epoch)

        def after_batch(batch: int) -> None:
            if batch % STEPS_APART == 0:
                _average(self.network.parameters(), accelerator)
            progress.on_batch(batch, len(batches))

        # For dropout, which no generator can be given.
        seed = (
            self.recipe.seed * 1_000_003 + epoch
        ) * 1_009 + accelerator.process_index
        torch.manual_seed(seed)
        losses = core.train_epoch(
            self.network,
            map(encoded.take, batches),
            self.optimizer,
            self.schedule,
            accelerator,
            self._loss,
            after_batch,
        )
        _average(self.network.parameters(), accelerator)
        for (
            moments
        ) in self.optimizer.state.values():  # so that a checkpoint holds for all
            _average([moments["exp_avg"], moments["exp_avg_sq"]], accelerator)
        sizes = torch.tensor([len(index) for index in batches], device=losses.device)
        total, n = accelerator.reduce(
            torch.stack([losses @ sizes.float(), sizes.sum()]), "sum"
        )
        entry = {"epoch": epoch, "seconds": 0.0, "learning_rate": rate}
        entry["train_loss"] = float(
            total / n
        )  # only here does the host wait for the device
        trained = self.network
        if self.mean and epoch >= (self.recipe.average_from or 0):
            self.mean.update_parameters(self.network)
            trained = cast(TextNetwork, self.mean.module)
        entry["validation_loss"], entry["validation_accuracy"] = self._validate(trained)
        for name in ("train_loss", "validation_loss"):
            if not math.isfinite(entry[name]):
                found = (
                    f"The {name.replace('_', ' ')} is {entry[name]} in epoch {epoch}"
                )
                raise NotFiniteError(
                    f"{found}, begun at learning rate {rate:.2g}",
                    "try a lower learning_rate",
                    "learning_rate",
                )
        entry["seconds"] = time.perf_counter() - start
        # A mean of epochs replaces the best one; of two equally good epochs, the earlier is kept.
        best = max(map(self._score, self.history), default=-math.inf)
        is_best = self._score(entry) > best or trained is not self.network
        if is_best or self.recipe.keeps_last_epoch:
            self.best_epoch, self.best_weights = (
                epoch,
                copy.deepcopy(trained.state_dict()),
            )
        self.history.append(entry)
        return entry

    def _loss(
        self, network: TextNetwork, ids: Tensor, lengths: Tensor, targets: Tensor
    ) -> Tensor:
        """Return the loss of a batch, as `core.train_epoch` asks for it."""
        apart = network.logits_apart(ids, lengths)
        return joint_loss(apart, targets, self.rows.log_prior, self.recipe.margins)

    def _validate(self, network: TextNetwork) -> list[float]:
        """Return loss and accuracy on the validation rows, which the processes share."""
        rows, accelerator = self.validation, self.accelerator
        share = torch.arange(
            accelerator.process_index, len(rows), accelerator.num_processes
        )
        own = core.EncodedRows(*rows.take(share))
        totals = core.loss_and_right(network, own, network.n_own_labels)
        totals = accelerator.reduce(totals.to(rows.ids.device, torch.float32), "sum")
        return [total / len(rows) for total in totals.tolist()]

    def _score(self, entry: dict) -> float:
        """Return how good an epoch is, to choose the best one by."""
        by_loss = self.recipe.stops_by_loss
        return -entry["validation_loss"] if by_loss else entry["validation_accuracy"]


def fit(
    model: Model,
    dataset: Dataset,
    recipe: Recipe,
    accelerator: Accelerator,
    checkpoint: Path | None = None,
    resume: bool = False,
    progress: Progress = SILENT,
) -> tuple[list[dict], BaseException | None]:
    """Train in place and keep the weights of the best validation epoch, or the recipe's choice.

    Returns the history and what ended the training early: a KeyboardInterrupt, a NotFiniteError or
    None. Before the first epoch has ended there is nothing to keep, and either is raised. The end
    of every epoch is saved in the file `checkpoint`, if one is given; `resume` goes on from it.
    """
    training = Training(model, dataset, recipe, accelerator)
    if resume and checkpoint:
        training.resume(checkpoint)
        progress.on_resume(training.history)
    ended_by = None
    try:
        while not training.is_done:
            entry = training.run_epoch(progress)
            if checkpoint and accelerator.is_main_process:
                save_checkpoint(checkpoint, training.identity, training.state())
            progress.on_epoch(entry)
    except (KeyboardInterrupt, NotFiniteError) as error:
        if not training.history:
            raise
        ended_by = error
    model.network.load_state_dict(training.best_weights)
    round_tables(model.network)
    return training.history, ended_by


@torch.no_grad()
def round_tables(network: TextNetwork) -> None:
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
