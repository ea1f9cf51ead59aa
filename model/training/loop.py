"""One stage of training: epochs, the best or the mean of which is kept, a checkpoint after each.

Prints nothing; a `Progress` receives what is done. Accelerate handles device and precision.
"""

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.swa_utils import AveragedModel

from .. import core
from ..data.rows import Dataset
from ..errors import InputError
from ..network import TextNetwork, joint_loss, parameter_groups
from ..tasks.recipe import Recipe
from ..trained import Model
from .checkpoint import MAIN, STAGES, damaged, load_checkpoint, save_checkpoint
from .epochs import rows_to_train
from .session import Session
from .threads import quickest

TRIED = 2  # steps, to compare numbers of threads by
TRIAL = 1 / 4  # of the epochs, in which a stage may give up


class NotFiniteError(InputError):
    """The loss became infinite or not a number."""


@dataclass
class Stage:
    """What one stage trains, and the history of its epochs."""

    model: Model  # whose weights change in place
    dataset: Dataset
    recipe: Recipe
    name: str = MAIN
    # One entry per epoch, as metrics.json has them
    history: list[dict] = field(default_factory=list)
    # Asked after each epoch of its TRIAL, with the share of it that is done
    gives_up: Callable[[float], bool] = lambda done: False


def fit_stage(stage: Stage, session: Session) -> Model:
    """Train the stage's model; return it with the best epoch's weights, or the recipe's choice.

    Raises what ends it early, a KeyboardInterrupt or a NotFiniteError. Then, too, the model has
    the best weights so far, unless the history is still empty.
    """
    recipe, progress = stage.recipe, session.progress
    progress.begin(stage.name, recipe.most_epochs or recipe.epochs)
    training = Training(stage, session)
    if session.resume:
        training.resume()
        progress.on_resume(stage.history)
    training.set_threads()
    try:
        while not training.is_done:
            entry = training.run_epoch()
            training.save()
            progress.on_epoch(entry)
    finally:
        if stage.history:
            session.histories[stage.name] = stage.history
            stage.model.network.load_state_dict(training.best_weights)
            round_ngrams(stage.model.network)
    return stage.model


class Training:
    """The state of a stage between two epochs.

    It has no random state: every epoch draws from the recipe's seed and its own number.
    """

    def __init__(self, stage: Stage, session: Session):
        self.stage = stage
        self.recipe = stage.recipe
        self.session = session
        self.progress = session.progress
        self.accelerator = accelerator = session.accelerator
        self.checkpoint: Path | None = None
        if session.checkpoint and stage.name in STAGES:
            self.checkpoint = session.checkpoint / f"{stage.name}.pt"
        self.network = stage.model.network.to(accelerator.device)
        self.rows = rows_to_train(
            stage.model, stage.dataset, self.recipe, accelerator.device
        )
        self.validation = stage.model.encode_rows(stage.dataset.validation)
        self.best_epoch = 0
        self.best_weights: dict[str, Tensor] = {}
        self.optimizer = self._make_optimizer(self.network)
        n_steps = self.rows.n_steps * self.recipe.epochs
        one_cycle = self.recipe.one_cycle and not self.recipe.average_from
        self.schedule = core.make_schedule(self.optimizer, n_steps, one_cycle)
        self.stateful: list[Any] = [self.network, self.optimizer, self.schedule]
        self.mean: AveragedModel | None = None
        if self.recipe.average_from:
            self.mean = AveragedModel(self.network)
            self.stateful.append(self.mean)

    def _make_optimizer(self, network: TextNetwork) -> Optimizer:
        recipe = self.recipe
        groups = parameter_groups(network, recipe.linear_learning_rate)
        return core.make_optimizer(groups, recipe.learning_rate, recipe.weight_decay)

    @property
    def identity(self) -> dict:
        """What its checkpoint belongs to."""
        return self.session.identity(self.recipe, self.stage.dataset)

    def set_threads(self) -> None:
        """Choose the number of threads, once a session, by the time of a few steps.

        They are taken with copies of network and optimiser, which are thrown away, and the random
        state is left as it was.
        """
        most = torch.get_num_threads()
        is_cpu = self.accelerator.device.type == "cpu"
        if self.session.threads or not (is_cpu and most > 1):
            return
        network = copy.deepcopy(self.network)
        optimizer = self._make_optimizer(network)
        schedule = core.make_schedule(optimizer, 1, one_cycle=False)
        rows, batches = self.rows.draw(epoch=1)
        some = [rows.take(index) for index in batches[:TRIED]]
        n_times = len(batches) * self.recipe.epochs / len(some)

        def take_steps() -> None:
            core.train_epoch(
                network,
                some,
                optimizer,
                schedule,
                self.accelerator,
                self._loss,
            )

        with torch.random.fork_rng(devices=[]):
            threads = quickest(take_steps, n_times, most)
        self.session.set_threads(threads)
        self.progress.say(f"threads: {threads}")

    def state(self) -> dict:
        """Return what a checkpoint holds."""
        return {
            "history": self.stage.history,
            "best_epoch": self.best_epoch,
            "best_weights": self.best_weights,
            "threads": self.session.threads,
            "parts": [one.state_dict() for one in self.stateful],
        }

    def save(self) -> None:
        """Save a checkpoint if the session has a folder for them."""
        if self.checkpoint:
            save_checkpoint(self.checkpoint, self.identity, self.state())

    def resume(self) -> None:
        """Continue from the checkpoint if there is one; raise InputError if it does not fit."""
        if self.checkpoint is None:
            return
        state = load_checkpoint(self.checkpoint, self.identity)
        if state is None:
            return
        try:
            for one, saved in zip(self.stateful, state["parts"], strict=True):
                one.load_state_dict(saved)
            self.stage.history += state["history"]
            self.best_epoch = state["best_epoch"]
            self.best_weights = state["best_weights"]
            self.session.set_threads(state["threads"])
        # The checkpoint is another version's.
        except (LookupError, RuntimeError, TypeError, ValueError) as error:
            raise damaged(self.checkpoint, error) from None

    @property
    def is_done(self) -> bool:
        """Whether all epochs are run, a quarter since the loss was lowest, or it gave up."""
        n_done, recipe = len(self.stage.history), self.recipe
        trial = math.ceil(TRIAL * recipe.epochs)
        if 0 < n_done <= trial and self.stage.gives_up(n_done / trial):
            return True
        if (
            recipe.keep == "lowest loss"
            and n_done - self.best_epoch > recipe.epochs / 4
        ):
            return True
        return n_done >= (recipe.most_epochs or recipe.epochs)

    def run_epoch(self) -> dict:
        """Train for one more epoch; return its entry of the history."""
        start = time.perf_counter()
        epoch = len(self.stage.history) + 1
        rate = float(self.schedule.get_last_lr()[0])
        train_loss = self._train(epoch)
        network = self._averaged_network(epoch)
        validation_loss, validation_accuracy = core.loss_and_accuracy(
            network, self.validation, network.n_own_labels
        )
        entry = {
            "epoch": epoch,
            "seconds": time.perf_counter() - start,
            "learning_rate": rate,
            "train_loss": train_loss,
            "validation_loss": validation_loss,
            "validation_accuracy": validation_accuracy,
        }
        check_finite(entry)
        self._keep_if_best(entry, network)
        self.stage.history.append(entry)
        return entry

    def _train(self, epoch: int) -> float:
        """Train on the rows of an epoch; return the mean loss of a row."""
        rows, batches = self.rows.draw(epoch)

        # For dropout, which no generator can be given
        torch.manual_seed((self.recipe.seed * 1_000_003 + epoch) * 1_009)
        losses = core.train_epoch(
            self.network,
            map(rows.take, batches),
            self.optimizer,
            self.schedule,
            self.accelerator,
            self._loss,
            lambda: self.progress.on_batch(len(batches)),
        )
        sizes = torch.tensor([float(len(batch)) for batch in batches])
        sizes = sizes.to(losses.device)
        return float(losses @ sizes / sizes.sum())  # the host waits for the device

    def _loss(
        self, network: TextNetwork, ids: Tensor, lengths: Tensor, targets: Tensor
    ) -> Tensor:
        """Return the loss of a batch, as `core.train_epoch` asks for it."""
        if self.recipe.solves_linear:
            apart = [network.classify(network.embed(ids), lengths)]
        else:
            apart = network.logits_apart(ids, lengths)
        return joint_loss(apart, targets, self.rows.log_prior, self.recipe.margins)

    def _averaged_network(self, epoch: int) -> TextNetwork:
        """Return the mean of the last epochs where the recipe asks for it, else the network."""
        if self.mean is None or epoch < (self.recipe.average_from or 0):
            return self.network
        self.mean.update_parameters(self.network)
        return cast(TextNetwork, self.mean.module)

    def _keep_if_best(self, entry: dict, network: TextNetwork) -> None:
        """Keep the weights of an epoch that is the best so far, or a mean of epochs.

        The earlier of two equally good epochs is kept.
        """
        best = max(map(self._score, self.stage.history), default=-math.inf)
        is_mean = network is not self.network
        if is_mean or self._score(entry) > best or self.recipe.keep == "last":
            self.best_epoch = entry["epoch"]
            self.best_weights = copy.deepcopy(network.state_dict())

    def _score(self, entry: dict) -> float:
        """Return how good an epoch is; higher is better."""
        if self.recipe.keep == "lowest loss":
            return -entry["validation_loss"]
        return entry["validation_accuracy"]


def check_finite(entry: dict) -> None:
    """Raise NotFiniteError if a loss of an epoch is infinite or not a number."""
    for name in ("train_loss", "validation_loss"):
        loss = entry[name]
        if not math.isfinite(loss):
            raise NotFiniteError(
                f"The {name.replace('_', ' ')} is {loss} in epoch {entry['epoch']}, "
                f"begun at learning rate {entry['learning_rate']:.2g}",
                "try a lower learning_rate",
                "learning_rate",
            )


@torch.no_grad()
def round_ngrams(network: TextNetwork) -> None:
    """Round all embeddings to half precision, so that a model folder holds them in half the bytes.

    The GRU and the last layer are small and stay as they are, and so does an embedding with values
    that half precision cannot hold.
    """
    for module in network.modules():
        if isinstance(module, torch.nn.Embedding):
            half = module.weight.half()
            if half.isfinite().all():
                module.weight.copy_(half)
