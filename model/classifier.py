"""TextClassifier: a network with its encoder and labels; predicts, saves and loads.

A model folder is read and written here, whole or not at all. Nothing here trains.
"""

import json
import math
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from numbers import Real
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from safetensors import SafetensorError

from .encoding import CharacterEncoder, InputError, length_buckets
from .explanation import (
    Explanation,
    letter_contributions,
    sum_over_characters,
    sum_over_words,
)
from .network import NetworkConfig, RNNClassifier
from .words import WordEncoder

FORMAT_VERSION = 2
WEIGHTS, CONFIG, METRICS = "model.safetensors", "config.json", "metrics.json"
MODEL_FILES = {WEIGHTS, CONFIG, METRICS, "README.md", "training_texts.json.gz"}
ENCODERS = {"characters": CharacterEncoder, "words": WordEncoder}  # by their kind in config.json
PREDICTION_BATCH = 256  # a quarter faster than 1,024: its states stay in the cache


class TextClassifier:
    """Says which label a text has, with probabilities.

    Logits are divided by `temperature` before they become probabilities, so that these mean what
    they say. The network may have further outputs, for texts of none of the labels
    (`other_labels`); what they get is shared out equally among the labels, so that a text from
    outside spreads its probability. `columns` names the columns "id", "text" and "label" of a table
    that is to come back as ids and label numbers, if there is such a table. `training` is kept in
    config.json for the record: the options that made the model.
    """

    def __init__(
        self,
        network: RNNClassifier,
        encoder: CharacterEncoder | WordEncoder,
        labels: Sequence[str],
        training: dict | None = None,
        other_labels: Sequence[str] = (),
        columns: dict[str, str] | None = None,
    ):
        self.network = network
        self.encoder = encoder
        self.labels = list(labels)
        self.other_labels = list(other_labels)
        self.training = training or {}
        self.columns = columns or {}
        self.temperature = 1.0
        self.unsure_below = 0.5  # a top probability under this is no answer to rely on
        self.metrics: dict | None = None  # what metrics.json holds, once saved or loaded

    def logits(self, ids: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Return logits (n, labels), in the order of the rows, for encoded texts on any device."""
        return share_out(self.outputs(ids, lengths), len(self.labels))

    @torch.inference_mode()
    def outputs(self, ids: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Return what the network itself gives, (n, labels and other labels)."""
        self.network.eval()
        n_outputs = len(self.labels) + len(self.other_labels)
        outputs = torch.empty(len(lengths), n_outputs, device=ids.device)
        for index in length_buckets(lengths, PREDICTION_BATCH):
            in_batch = lengths[index]
            rows = index.to(ids.device)
            outputs[rows] = self.network(ids[rows, : int(in_batch.max())], in_batch)
        return outputs

    def predict_batch(self, texts: Sequence[str]) -> np.ndarray:
        """Return probabilities (n, labels) as float32, in the order of `labels`.

        Raises InputError for a text that the encoder cannot read: empty, for one.
        """
        if isinstance(texts, str):
            raise InputError("A list of texts is needed: for one text there is predict().")
        texts = list(texts)
        for text in texts:
            self.encoder.check(text)
        return self.predict_any(texts)

    def predict_any(self, texts: Sequence[str]) -> np.ndarray:
        """Return what `predict_batch` does, for any texts: blank ones get an answer too."""
        ids, lengths = self.encoder.encode_batch(texts)
        device = next(self.network.parameters()).device
        return self.probabilities(self.logits(ids.to(device), lengths))

    def probabilities(self, logits: torch.Tensor) -> np.ndarray:
        """Return calibrated probabilities (n, labels) for logits (n, labels)."""
        return (logits / self.temperature).softmax(dim=1).cpu().numpy()

    def predict(self, text: str, top_k: int = 3) -> dict[str, float]:
        """Return the `top_k` most likely labels with their probabilities, most likely first.

        Raises InputError for an unfit text or a `top_k` outside 1 to the number of labels.
        """
        whole = isinstance(top_k, Real) and math.isfinite(top_k) and int(top_k) == top_k
        if not whole or not 1 <= top_k <= len(self.labels):
            raise InputError(f"k must be a whole number from 1 to {len(self.labels)}, not {top_k}.")
        probabilities = self.predict_batch([text])[0]
        best = np.argsort(-probabilities, kind="stable")[: int(top_k)]
        return {self.labels[i]: float(probabilities[i]) for i in best}

    def explain(self, text: str) -> Explanation:
        """Return what each character or word of `text` adds to the logit of its best label.

        By integrated gradients (Sundararajan et al. 2017, "Axiomatic attribution for deep
        networks") from a baseline of zero embeddings. The logit is the calibrated one, divided by
        `temperature`. Raises InputError for an unfit text.
        """
        label = next(iter(self.predict(text, top_k=1)))
        ids, _ = self.encoder.encode_batch([text])
        device = next(self.network.parameters()).device
        raw = letter_contributions(self.network, ids.to(device), self.labels.index(label))
        values = (raw / self.temperature).tolist()
        if isinstance(self.encoder, WordEncoder):
            return Explanation(text, label, sum_over_words(self.encoder.pieces(text), values))
        return Explanation(text, label, sum_over_characters(text, values))

    def is_unsure(self, text: str, probability: float) -> bool:
        """Tell whether an answer to `text` of this probability is none to rely on."""
        return probability < self.unsure_below or not self.encoder.knows(text)

    def save(
        self,
        folder: str | Path,
        metrics: dict | None = None,
        extra_files: dict[str, bytes] | None = None,
    ) -> None:
        """Write the model folder, or raise InputError and leave what was there untouched."""
        self.metrics = metrics or self.metrics
        config = {
            "format_version": FORMAT_VERSION,
            "network": asdict(self.network.config),
            "encoder": {"kind": self._encoder_kind(), **asdict(self.encoder)},
            "labels": self.labels,
            "other_labels": self.other_labels,
            "calibration": {"temperature": self.temperature, "unsure_below": self.unsure_below},
            "training": self.training,
            **({"columns": self.columns} if self.columns else {}),
        }
        weights = {name: t.detach().cpu() for name, t in self.network.state_dict().items()}
        files = {
            WEIGHTS: safetensors.torch.save(weights),
            CONFIG: to_json(config),
            **({METRICS: to_json(self.metrics)} if self.metrics else {}),
            **(extra_files or {}),
        }
        _replace_folder(Path(folder), files)

    def _encoder_kind(self) -> str:
        return next(kind for kind, cls in ENCODERS.items() if type(self.encoder) is cls)

    @classmethod
    def load(cls, folder: str | Path) -> "TextClassifier":
        """Load a model folder onto the CPU; raise InputError if it is missing or unfit."""
        folder = Path(folder)
        if not folder.is_dir():
            raise InputError(f"No model folder {folder}: run python train.py to make one.")
        config = _read_json(folder / CONFIG)
        if not isinstance(config, dict) or config.get("format_version") != FORMAT_VERSION:
            raise InputError(
                f"{folder / CONFIG} is not of format version {FORMAT_VERSION}: "
                "train the model anew with this version's train.py."
            )
        try:
            classifier = cls(
                RNNClassifier(NetworkConfig(**config["network"])),
                _make_encoder(**config["encoder"]),
                config["labels"],
                config["training"],
                config["other_labels"],
                config.get("columns"),
            )
            classifier.temperature = float(config["calibration"]["temperature"])
            classifier.unsure_below = float(config["calibration"]["unsure_below"])
            weights = safetensors.torch.load((folder / WEIGHTS).read_bytes())
            classifier.network.load_state_dict(weights)
            _check_parts(classifier)
        except FileNotFoundError:
            raise InputError(f"{folder} has no {WEIGHTS}: run python train.py again.") from None
        except (
            SafetensorError,
            RuntimeError,
            LookupError,
            TypeError,
            ValueError,
            OSError,
        ) as error:
            reason = (str(error) or type(error).__name__).splitlines()[0]
            raise InputError(f"{folder} is damaged ({reason}): train it anew.") from None
        if (folder / METRICS).exists():
            classifier.metrics = _read_json(folder / METRICS)
        classifier.network.eval()
        return classifier


def share_out(outputs: torch.Tensor, n_labels: int) -> torch.Tensor:
    """Return logits (B, n_labels) for a network's outputs (B, n_labels or more).

    The probability of the outputs behind the labels is shared out equally among the labels.
    """
    if outputs.shape[1] == n_labels:
        return outputs
    log_probabilities = outputs.log_softmax(dim=1)
    others = log_probabilities[:, n_labels:].logsumexp(dim=1, keepdim=True)  # -> (B, 1)
    return torch.logaddexp(log_probabilities[:, :n_labels], others - math.log(n_labels))


def _make_encoder(kind: str = "characters", **options) -> CharacterEncoder | WordEncoder:
    return ENCODERS[kind](**options)


def _check_parts(classifier: TextClassifier) -> None:
    """Raise ValueError where the parts of a loaded model do not fit or hold impossible values."""
    labels = classifier.labels + classifier.other_labels
    encoder, config = classifier.encoder, classifier.network.config
    if len(set(labels)) != len(labels) or not all(isinstance(x, str) and x for x in labels):
        raise ValueError("its labels are not distinct texts")
    if (len(labels), encoder.vocabulary_size) != (config.n_labels, config.vocabulary_size):
        raise ValueError("labels or vocabulary do not fit the network")
    if not 1e-3 <= classifier.temperature <= 1e3:
        raise ValueError(f"its temperature is {classifier.temperature}")
    if not 0 <= classifier.unsure_below <= 1:
        raise ValueError(f"its threshold for unsure answers is {classifier.unsure_below}")
    if not all(weight.isfinite().all() for weight in classifier.network.parameters()):
        raise ValueError("its weights are not finite")


def to_json(value: object) -> bytes:
    """Return `value` as JSON text, the same bytes for the same value."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _read_json(path: Path) -> dict:
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise InputError(f"{path.parent} has no {path.name}: run python train.py again.") from None
    except (ValueError, RecursionError, OSError):
        raise InputError(f"{path} is damaged (not JSON): train the model anew.") from None


def check_writable(folder: Path) -> None:
    """Raise InputError unless a model folder can be written at `folder`; create its parents."""
    folder = folder.resolve()
    if Path.cwd().is_relative_to(folder):
        raise InputError(f"{folder} is where you are: give --output a folder below this one.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists() and not folder.is_dir():
            raise InputError(f"{folder} is a file: give --output a folder.")
        foreign = {path.name for path in folder.iterdir()} - MODEL_FILES if folder.exists() else ()
        with tempfile.TemporaryDirectory(prefix=".writable-", dir=folder.parent):
            pass
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}.") from None
    if foreign:
        raise InputError(
            f"{folder} holds {min(foreign)}, which is no part of a model: give --output another "
            "folder, since this one would be replaced."
        )


def _replace_folder(folder: Path, files: dict[str, bytes]) -> None:
    """Write `files` into a new folder beside `folder`, then put it in its place."""
    folder = folder.resolve()
    check_writable(folder)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
        new, old = Path(scratch, "new"), Path(scratch, "old")
        try:
            new.mkdir()
            for name, content in files.items():
                with open(new / name, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
            if folder.exists():
                folder.rename(old)
            new.rename(folder)
        except OSError as error:
            if old.exists() and not folder.exists():
                shutil.move(old, folder)
            raise InputError(f"{folder} cannot be written: {error.strerror}.") from None
