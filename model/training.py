"""Training: from a data set and a recipe to a classifier's weights.

`fit` is the loop. It prints nothing; it reports through callbacks, and writes nothing but its
checkpoint. Accelerate carries the device, mixed precision and processes. Several processes share
the batches out among them, and average their weights every few steps (Stich 2019, "Local SGD
converges fast and communicates little"): to exchange gradients at each step took more time than
the step.
"""

import copy
import math
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import parse_flag_from_env
from torch.nn.functional import cross_entropy

from .checkpoint import check_fits, load_checkpoint, save_checkpoint
from .classifier import TextClassifier
from .dataset import Dataset, EncodedRows
from .encoding import InputError, shorten
from .network import RNNClassifier
from .optimization import make_optimizer, make_schedule, mean_loss
from .recipe import Recipe
from .training_rows import TrainingRows

STEPS_APART = 8  # of each process, before weights are averaged
# In the environment, which torchrun's processes inherit.
PRECISION, CPU_ONLY = "ACCELERATE_MIXED_PRECISION", "ACCELERATE_USE_CPU"


class NotFiniteError(ArithmeticError):
    """The training loss became infinite or not a number."""


@dataclass
class Progress:
    """Where a training stands after a whole epoch; a checkpoint holds exactly this.

    No random state is in it: every epoch draws its own from the recipe's seed and its number.
    """

    history: list[dict]  # one entry per epoch, as metrics.json has them
    best_epoch: int
    best_weights: dict[str, torch.Tensor]
    weights: dict[str, torch.Tensor]
    optimizer: dict
    schedule: dict


def make_accelerator(use_gpu: bool | None = None) -> Accelerator:
    """Return an Accelerator on CUDA, else MPS, else the CPU.

    `use_gpu` False, like the environment's ACCELERATE_USE_CPU, keeps to the CPU. Under torchrun it
    joins the group of processes. Weights, gradients and the optimizer are fp32.
    With precision "bf16" matrix products are computed in bf16, apart from the GRU's on CUDA, which
    are in fp32 or, as cuDNN does where it can, in TF32 (network.py explains why). With "no" nothing
    is in bf16. The default is "bf16" on a GPU or CPU with instructions for it; the environment's
    ACCELERATE_MIXED_PRECISION overrules that. Raises InputError for any other precision, fp16 and
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


def fit(
    classifier: TextClassifier,
    dataset: Dataset,
    recipe: Recipe,
    accelerator: Accelerator,
    checkpoint: Path | None = None,
    resume: bool = False,
    on_batch: Callable[[int, int], None] = lambda batch, batches: None,
    on_epoch: Callable[[dict], None] = lambda entry: None,
) -> tuple[list[dict], BaseException | None]:
    """Train in place and keep the weights of the best validation epoch, or the recipe's choice.

    Return the history and what ended the training early: a KeyboardInterrupt, a NotFiniteError or
    None. Before the first epoch has ended there is nothing to keep, and it is raised on. With a
    `checkpoint` folder every epoch's end is saved there; with `resume` it goes on from it.
    """
    network = classifier.network.to(accelerator.device)
    train = TrainingRows(classifier, dataset, recipe, accelerator)
    validation = EncodedRows.from_rows(
        dataset.validation, classifier.encoder, classifier.labels, accelerator.device
    )
    optimizer = make_optimizer(network, recipe, accelerator.num_processes)
    schedule = make_schedule(optimizer, recipe, train.n_steps)
    options = asdict(recipe) | {
        "processes": accelerator.num_processes,  # these share the steps out
        "device": accelerator.device.type,
        "precision": accelerator.mixed_precision,
    }
    identity = {"recipe": options, "data": dataset.files}
    progress = Progress([], 0, {}, {}, {}, {})
    if resume and checkpoint and (saved := load_checkpoint(checkpoint, identity)):
        check_fits(checkpoint, saved, network, vars(progress))
        progress = Progress(**saved)
        network.load_state_dict(progress.weights)
        optimizer.load_state_dict(progress.optimizer)
        schedule.load_state_dict(progress.schedule)
    ended_by = None
    try:
        while not _is_done(progress, recipe):
            epoch = len(progress.history) + 1
            start = time.perf_counter()
            loss = _train_epoch(
                network, train, optimizer, schedule, recipe, epoch, accelerator, on_batch
            )
            entry = {"epoch": epoch, "seconds": 0.0, "train_loss": loss}
            entry |= _validate(classifier, validation, accelerator)
            if not math.isfinite(entry["validation_loss"]):
                raise NotFiniteError(
                    f"The validation loss is {entry['validation_loss']} after epoch {epoch}, at "
                    f"learning rate {schedule.get_last_lr()[0]:.2g}: try a lower --learning-rate."
                )
            entry["seconds"] = time.perf_counter() - start
            progress = _advance(progress, entry, recipe, network, optimizer, schedule)
            if checkpoint is not None and accelerator.is_main_process:
                save_checkpoint(checkpoint, identity, vars(progress))
            on_epoch(entry)
    except (KeyboardInterrupt, NotFiniteError) as error:
        if not progress.history:
            raise
        ended_by = error
    network.load_state_dict(progress.best_weights)
    network.round_tables()
    return progress.history, ended_by


def _is_done(progress: Progress, recipe: Recipe) -> bool:
    epochs = len(progress.history)
    out_of_patience = (
        recipe.patience is not None and epochs - progress.best_epoch >= recipe.patience
    )
    return epochs >= recipe.epochs or (epochs > 0 and out_of_patience)


def _advance(
    progress: Progress,
    entry: dict,
    recipe: Recipe,
    network: RNNClassifier,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
) -> Progress:
    """Return the progress after one more epoch; the earlier of two equally good epochs stays."""
    best_accuracy = max((e["validation_accuracy"] for e in progress.history), default=-1.0)
    is_best = entry["validation_accuracy"] > best_accuracy or recipe.keeps_last_epoch
    weights = copy.deepcopy(network.state_dict())
    return Progress(
        history=[*progress.history, entry],
        best_epoch=entry["epoch"] if is_best else progress.best_epoch,
        best_weights=weights if is_best else progress.best_weights,
        weights=weights,
        optimizer=optimizer.state_dict(),
        schedule=schedule.state_dict(),
    )


def _train_epoch(
    network: RNNClassifier,
    train: TrainingRows,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    recipe: Recipe,
    epoch: int,
    accelerator: Accelerator,
    on_batch: Callable[[int, int], None],
) -> float:
    """Go once over the rows; return the mean loss per row, the same in every process."""
    batches = train.batches(epoch)
    # For dropout.
    torch.manual_seed((recipe.seed * 1_000_003 + epoch) * 1_009 + accelerator.process_index)
    losses = torch.zeros(len(batches), device=train.encoded.ids.device)
    network.train()
    for batch, index in enumerate(batches, start=1):
        ids, lengths, targets = train.take(index)
        with accelerator.autocast():
            outputs = network.logits_apart(ids, lengths)
            loss = mean_loss(outputs, targets, train.log_prior, recipe.label_smoothing)
        accelerator.backward(loss)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        if batch % STEPS_APART == 0:
            _average(network.parameters(), accelerator)
        losses[batch - 1] = loss.detach()
        on_batch(batch, len(batches))
    _average(network.parameters(), accelerator)
    for moments in optimizer.state.values():  # so that a checkpoint holds for all processes
        _average([moments["exp_avg"], moments["exp_avg_sq"]], accelerator)
    # Only here does the host wait for the device.
    sums = accelerator.reduce(losses, "sum")
    if not (finite := sums.isfinite()).all():
        first = int((~finite).nonzero()[0])
        raise NotFiniteError(
            f"The loss is {sums[first]} in epoch {epoch}, batch {first + 1} of {len(batches)}, "
            f"at learning rate {schedule.get_last_lr()[0]:.2g}: try a lower --learning-rate."
        )
    sizes = torch.tensor([len(index) for index in batches], device=losses.device)
    total, rows = accelerator.reduce(torch.stack([losses @ sizes.float(), sizes.sum()]), "sum")
    return float(total / rows)


@torch.no_grad()
def _average(tensors: Iterable[torch.Tensor], accelerator: Accelerator) -> None:
    """Give each of `tensors` the mean of its values in all processes."""
    if accelerator.num_processes > 1:
        for tensor in tensors:
            tensor.copy_(accelerator.reduce(tensor.detach(), "mean"))


def _validate(classifier: TextClassifier, rows: EncodedRows, accelerator: Accelerator) -> dict:
    """Return loss and accuracy on `rows`, each process counting its share, the same in all."""
    share = torch.arange(accelerator.process_index, len(rows), accelerator.num_processes)
    ids, lengths, targets = rows.take(share)
    logits = classifier.logits(ids, lengths).to("cpu", torch.float64)
    targets = targets.cpu()
    totals = torch.stack(
        [
            cross_entropy(logits, targets, reduction="sum"),
            (logits.argmax(dim=1) == targets).sum(),
        ]
    )
    loss, correct = accelerator.reduce(totals.to(rows.ids.device, torch.float32), "sum").tolist()
    return {"validation_loss": loss / len(rows), "validation_accuracy": correct / len(rows)}
