"""Training: from a data set and a recipe to a classifier and its metrics.

`fit` is the loop; it prints nothing and writes no file, but reports through callbacks.
"""

import copy
import gzip
import json
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from .classifier import TextClassifier
from .dataset import Dataset, EncodedRows, Rows
from .encoding import CharacterEncoder, match_key
from .evaluation import report
from .network import NetworkConfig, RNNClassifier


@dataclass(frozen=True)
class Recipe:
    """Everything but the data that decides what is trained; the defaults are the lecture's.

    `patience` is how many epochs without a better validation accuracy end the training; None means
    that all epochs run. The epoch of the best validation accuracy is kept either way.
    """

    embedding_size: int = 100
    hidden_size: int = 100
    layers: int = 2
    bidirectional: bool = True
    dropout: float = 0.0
    fold_case: bool = True
    epochs: int = 100
    batch_size: int = 256
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
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
        )
        return TextClassifier(RNNClassifier(network), encoder, dataset.labels, asdict(self))


LECTURE = Recipe(fold_case=False)  # the lecture's network and options: nothing added


def pick_device(use_gpu: bool | None = None) -> torch.device:
    """Return CUDA, else MPS, else the CPU; the CPU at once if `use_gpu` is False."""
    if use_gpu is not False and torch.cuda.is_available():
        return torch.device("cuda")
    if use_gpu is not False and torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def fit(
    classifier: TextClassifier,
    dataset: Dataset,
    recipe: Recipe,
    device: torch.device,
    on_batch: Callable[[int, int], None] = lambda batch, batches: None,
    on_epoch: Callable[[dict], None] = lambda entry: None,
) -> tuple[list[dict], bool]:
    """Train in place, keep the weights of the best validation epoch; return history, interrupted.

    A KeyboardInterrupt ends the training after the last whole epoch; before the first has ended
    there is nothing to keep, and it is raised on.
    """
    network = classifier.network.to(device)
    train, validation = (
        EncodedRows.from_rows(rows, classifier.encoder, classifier.labels, device)
        for rows in (dataset.train, dataset.validation)
    )
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
    )
    generator = torch.Generator().manual_seed(recipe.seed)
    history: list[dict] = []
    best_epoch, best_accuracy, best_weights = 0, -1.0, None
    interrupted = False
    try:
        for epoch in range(1, recipe.epochs + 1):
            start = time.perf_counter()
            train_loss = _train_epoch(network, train, optimizer, recipe, generator, on_batch)
            logits = classifier.logits(validation.ids, validation.lengths)
            correct = logits.argmax(dim=1) == validation.targets
            entry = {
                "epoch": epoch,
                "seconds": time.perf_counter() - start,
                "train_loss": train_loss,
                "validation_loss": float(cross_entropy(logits, validation.targets)),
                "validation_accuracy": float(correct.float().mean()),
            }
            history.append(entry)
            if entry["validation_accuracy"] > best_accuracy:
                best_epoch, best_accuracy = epoch, entry["validation_accuracy"]
                best_weights = copy.deepcopy(network.state_dict())
            on_epoch(entry)
            if recipe.patience is not None and epoch - best_epoch >= recipe.patience:
                break
    except KeyboardInterrupt:
        if best_weights is None:
            raise
        interrupted = True
    network.load_state_dict(best_weights)
    return history, interrupted


def _train_epoch(
    network: RNNClassifier,
    train: EncodedRows,
    optimizer: torch.optim.Optimizer,
    recipe: Recipe,
    generator: torch.Generator,
    on_batch: Callable[[int, int], None],
) -> float:
    """Go once over `train`; return the mean loss per row."""
    network.train()
    batches = -(-len(train) // recipe.batch_size)
    total = torch.zeros((), device=train.ids.device)
    for batch, (ids, lengths, targets) in enumerate(train.batches(recipe.batch_size, generator), 1):
        loss = cross_entropy(network(ids, lengths), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(targets)
        on_batch(batch, batches)
    return total.item() / len(train)


def evaluate(
    classifier: TextClassifier,
    dataset: Dataset,
    rows: Rows,
    publish_texts: bool | None = None,
) -> dict:
    """Return the report on `rows`; with `publish_texts` not None the misclassified rows too.

    An error names its text, or its row number (from 0) where texts may not be published.
    """
    device = next(classifier.network.parameters()).device
    encoded = EncodedRows.from_rows(rows, classifier.encoder, classifier.labels, device)
    logits = classifier.logits(encoded.ids, encoded.lengths)
    probabilities = logits.softmax(dim=1).cpu().numpy()
    targets = encoded.targets.cpu().numpy()
    scores = report(probabilities, targets, classifier.labels, dataset.accepted(rows))
    if publish_texts is None:
        return scores
    predicted = probabilities.argmax(axis=1)
    scores["errors"] = [
        {
            **({"text": rows.texts[i]} if publish_texts else {"row": int(i)}),
            "label": rows.labels[i],
            "predicted": classifier.labels[predicted[i]],
            "probability": round(float(probabilities[i].max()), 4),
        }
        for i in np.flatnonzero(predicted != targets)
    ]
    return scores


def all_metrics(
    classifier: TextClassifier, dataset: Dataset, history: list[dict], publish_texts: bool
) -> dict:
    """Return the content of metrics.json; the only place where the test rows are looked at."""
    return {
        "labels": classifier.labels,
        "dataset": dataset.files,
        "test": evaluate(classifier, dataset, dataset.test, publish_texts),
        "validation": evaluate(classifier, dataset, dataset.validation),
        "history": history,
        "device": next(classifier.network.parameters()).device.type,
        "seconds": sum(entry["seconds"] for entry in history),
        "versions": {"python": platform.python_version(), "torch": str(torch.__version__)},
    }


def training_texts(dataset: Dataset) -> bytes:
    """Return training_texts.json.gz: folded text -> label indices, validation rows included."""
    label_ids: dict[str, list[int]] = {}
    for rows in (dataset.train, dataset.validation):
        for text, accepted in zip(rows.texts, dataset.accepted(rows), strict=True):
            label_ids[match_key(text)] = sorted(accepted)
    text = json.dumps(dict(sorted(label_ids.items())), separators=(",", ":"))
    return gzip.compress(text.encode(), mtime=0)
