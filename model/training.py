"""Training: from a data set and a recipe to a classifier's weights.

`fit` is the loop. It prints nothing; it reports through callbacks, and writes nothing but its
checkpoint. Accelerate carries the device, mixed precision and processes: with several processes
each batch is shared out among them, so that a recipe means the same however many there are.
"""

import copy
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from accelerate import Accelerator
from torch.nn.functional import cross_entropy

from .checkpoint import load_checkpoint, save_checkpoint
from .classifier import TextClassifier
from .dataset import Dataset, EncodedRows
from .encoding import CharacterEncoder, length_buckets
from .network import NetworkConfig, RNNClassifier

VALIDATION_BATCH = 1024


@dataclass(frozen=True)
class Recipe:
    """Everything but the data that decides what is trained; the defaults are the lecture's.

    `patience` is how many epochs without a better validation accuracy end the training; None means
    that all epochs run. The epoch of the best validation accuracy is kept either way. `one_cycle`
    lets the learning rate rise to `learning_rate` and fall again over all epochs (Smith and Topin
    2018, "Super-convergence"); without it the rate stays constant.
    """

    embedding_size: int = 100
    hidden_size: int = 100
    layers: int = 2
    bidirectional: bool = True
    dropout: float = 0.0
    ngrams: tuple[int, ...] = ()
    ngram_buckets: int = 8192
    pool: bool = False
    fold_case: bool = True
    epochs: int = 100
    batch_size: int = 256
    learning_rate: float = 1e-3
    one_cycle: bool = False
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    patience: int | None = None
    seed: int = 0

    def build(self, dataset: Dataset) -> TextClassifier:
        """Return an untrained classifier for `dataset`, its weights drawn from `seed`."""
        torch.manual_seed(self.seed)
        encoder = (
            CharacterEncoder.from_texts(dataset.train.texts)
            if self.fold_case
            else CharacterEncoder.ascii()
        )
        network = NetworkConfig(
            vocabulary_size=encoder.vocabulary_size,
            n_labels=len(dataset.labels),
            embedding_size=self.embedding_size,
            hidden_size=self.hidden_size,
            n_layers=self.layers,
            bidirectional=self.bidirectional,
            dropout=self.dropout,
            ngrams=self.ngrams,
            ngram_buckets=self.ngram_buckets,
            pool=self.pool,
        )
        record = asdict(self) | {"ngrams": list(self.ngrams)}  # as JSON has it
        return TextClassifier(RNNClassifier(network), encoder, dataset.labels, record)


LECTURE = Recipe(fold_case=False)  # the lecture's network and options: nothing added


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
    """Return an Accelerator on CUDA (bf16 autocast), else MPS, else the CPU.

    `use_gpu` False keeps to the CPU. Under torchrun it joins the group of processes.
    """
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    on_cpu = use_gpu is False or not (cuda or mps)
    precision = "bf16" if cuda and not on_cpu else None  # None: ACCELERATE_MIXED_PRECISION says
    return Accelerator(cpu=on_cpu, mixed_precision=precision)


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
    """Train in place and keep the weights of the best validation epoch.

    Return the history and what ended the training early: a KeyboardInterrupt, a NotFiniteError or
    None. Before the first epoch has ended there is nothing to keep, and it is raised on. With a
    `checkpoint` folder every epoch's end is saved there; with `resume` it goes on from it.
    """
    device = accelerator.device
    raw_network = classifier.network.to(device)
    train, validation = (
        EncodedRows.from_rows(rows, classifier.encoder, classifier.labels, device)
        for rows in (dataset.train, dataset.validation)
    )
    optimizer = torch.optim.AdamW(
        raw_network.parameters(),
        lr=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        fused=True,  # one pass over all weights: the n-gram table is large
    )
    batches = -(-len(train) // recipe.batch_size)
    schedule = _make_schedule(optimizer, recipe, batches)
    network = accelerator.prepare(raw_network)
    identity = {"recipe": asdict(recipe), "data": dataset.files}
    progress = Progress([], 0, {}, {}, {}, {})
    if resume and checkpoint and (saved := load_checkpoint(checkpoint, identity)):
        progress = Progress(**saved)
        raw_network.load_state_dict(progress.weights)
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
            entry |= _validate(raw_network, validation, accelerator)
            if not math.isfinite(entry["validation_loss"]):
                raise NotFiniteError(
                    f"The validation loss is {entry['validation_loss']} after epoch {epoch}, at "
                    f"learning rate {schedule.get_last_lr()[0]:.2g}: try a lower --learning-rate."
                )
            entry["seconds"] = time.perf_counter() - start
            progress = _advance(progress, entry, raw_network, optimizer, schedule)
            if checkpoint is not None and accelerator.is_main_process:
                save_checkpoint(checkpoint, identity, vars(progress))
            on_epoch(entry)
    except (KeyboardInterrupt, NotFiniteError) as error:
        if not progress.history:
            raise
        ended_by = error
    raw_network.load_state_dict(progress.best_weights)
    return progress.history, ended_by


def _make_schedule(
    optimizer: torch.optim.Optimizer, recipe: Recipe, batches: int
) -> torch.optim.lr_scheduler.LRScheduler:
    if recipe.one_cycle:
        return torch.optim.lr_scheduler.OneCycleLR(
            optimizer, recipe.learning_rate, total_steps=batches * recipe.epochs, pct_start=0.2
        )
    return torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)


def _is_done(progress: Progress, recipe: Recipe) -> bool:
    epochs = len(progress.history)
    out_of_patience = (
        recipe.patience is not None and epochs - progress.best_epoch >= recipe.patience
    )
    return epochs >= recipe.epochs or (epochs > 0 and out_of_patience)


def _advance(
    progress: Progress,
    entry: dict,
    network: RNNClassifier,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
) -> Progress:
    """Return the progress after one more epoch; the earlier of two equally good epochs stays."""
    best_accuracy = max((e["validation_accuracy"] for e in progress.history), default=-1.0)
    is_best = entry["validation_accuracy"] > best_accuracy
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
    network: torch.nn.Module,
    train: EncodedRows,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    recipe: Recipe,
    epoch: int,
    accelerator: Accelerator,
    on_batch: Callable[[int, int], None],
) -> float:
    """Go once over `train`; return the mean loss per row, the same in every process."""
    rank, processes = accelerator.process_index, accelerator.num_processes
    shuffling = torch.Generator().manual_seed(recipe.seed * 1_000_003 + epoch)
    torch.manual_seed((recipe.seed * 1_000_003 + epoch) * 1_009 + rank)  # for dropout
    batches = length_buckets(train.lengths, recipe.batch_size, shuffling)
    losses = torch.zeros(len(batches), device=train.ids.device)
    network.train()
    for batch, index in enumerate(batches):
        # A process for which a small last batch has no row takes the whole of it.
        ids, lengths, targets = train.take(index[rank::processes] if len(index) > rank else index)
        with accelerator.autocast():
            loss = cross_entropy(
                network(ids, lengths), targets, label_smoothing=recipe.label_smoothing
            )
        accelerator.backward(loss)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        losses[batch] = loss.detach()
        on_batch(batch + 1, len(batches))
    # Only here does the host wait for the device.
    losses = accelerator.reduce(losses, "mean").cpu()
    if not losses.isfinite().all():
        first = int((~losses.isfinite()).nonzero()[0])
        raise NotFiniteError(
            f"The loss is {losses[first]} in epoch {epoch}, batch {first + 1} of {len(batches)}, "
            f"at learning rate {schedule.get_last_lr()[0]:.2g}: try a lower --learning-rate."
        )
    sizes = torch.tensor([len(index) for index in batches])
    return float((losses * sizes).sum() / sizes.sum())


@torch.inference_mode()
def _validate(network: RNNClassifier, rows: EncodedRows, accelerator: Accelerator) -> dict:
    """Return loss and accuracy on `rows`, each process counting its share, the same in all."""
    network.eval()
    totals = torch.zeros(2, dtype=torch.float64 if rows.ids.device.type != "mps" else torch.float32)
    totals = totals.to(rows.ids.device)
    buckets = length_buckets(rows.lengths, VALIDATION_BATCH)
    for index in buckets[accelerator.process_index :: accelerator.num_processes]:
        ids, lengths, targets = rows.take(index)
        logits = network(ids, lengths)
        totals[0] += cross_entropy(logits, targets, reduction="sum")
        totals[1] += (logits.argmax(dim=1) == targets).sum()
    loss, correct = accelerator.reduce(totals, "sum").tolist()
    return {"validation_loss": loss / len(rows), "validation_accuracy": correct / len(rows)}
