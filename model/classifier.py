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

from . import hub
from .encoding import CharacterEncoder, InputError, check_text, length_buckets
from .explanation import Explanation, letter_contributions, sum_over_characters
from .network import NetworkConfig, RNNClassifier

FORMAT_VERSION = 2
WEIGHTS, CONFIG, METRICS = "model.safetensors", "config.json", "metrics.json"
SHIPPED_NAMES = Path(__file__).parent / "weights" / "names"
TRAINING_TEXTS, CARD, PICTURE = "training_texts.json.gz", "README.md", "confusion.png"
MODEL_FILES = {WEIGHTS, CONFIG, METRICS, CARD, PICTURE, TRAINING_TEXTS}
PREDICTION_BATCH = 256  # a quarter faster than 1,024: its states stay in the cache


class TextClassifier:
    """Says which label a text has, with probabilities.

    Logits are divided by `temperature` before they become probabilities, so that these mean what
    they say. The network may have further outputs, for texts of none of the labels
    (`other_labels`); what they get is shared out equally among the labels, so that a text from
    outside spreads its probability. `training` is kept in config.json for the record: the options
    that made the model.
    """

    def __init__(
        self,
        network: RNNClassifier,
        encoder: CharacterEncoder,
        labels: Sequence[str],
        training: dict | None = None,
        other_labels: Sequence[str] = (),
    ):
        self.network = network
        self.encoder = encoder
        self.labels = list(labels)
        self.other_labels = list(other_labels)
        self.training = training or {}
        self.temperature = 1.0
        self.unsure_below = 0.5  # a top probability under this is no answer to rely on
        self.metrics: dict | None = None  # what metrics.json holds, once saved or loaded
        self.folder: Path | None = None  # where it was saved or loaded last

    @torch.inference_mode()
    def logits(self, ids: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Return logits (n, labels), in the order of the rows, for encoded texts on any device."""
        self.network.eval()
        logits = torch.empty(len(lengths), len(self.labels), device=ids.device)
        for index in length_buckets(lengths, PREDICTION_BATCH):
            in_batch = lengths[index]
            rows = index.to(ids.device)
            outputs = self.network(ids[rows, : int(in_batch.max())], in_batch)
            logits[rows] = share_out(outputs, len(self.labels))
        return logits

    def predict_batch(self, texts: Sequence[str]) -> np.ndarray:
        """Return probabilities (n, labels) as float32, in the order of `labels`.

        Raises InputError for a text that is empty, too long or without a letter.
        """
        if isinstance(texts, str):
            raise InputError("A list of texts is needed: for one text there is predict().")
        texts = list(texts)
        for text in texts:
            check_text(text)
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
        """Return what each character of `text` adds to the logit of its most likely label.

        By integrated gradients (Sundararajan et al. 2017, "Axiomatic attribution for deep
        networks") from a baseline of zero embeddings. The logit is the calibrated one, divided by
        `temperature`. Raises InputError for an unfit text.
        """
        label = next(iter(self.predict(text, top_k=1)))
        ids, _ = self.encoder.encode_batch([text])
        device = next(self.network.parameters()).device
        raw = letter_contributions(self.network, ids.to(device), self.labels.index(label))
        values = (raw / self.temperature).tolist()
        return Explanation(text, label, sum_over_characters(text, values))

    def save(
        self,
        folder: str | Path,
        metrics: dict | None = None,
        extra_files: dict[str, bytes] | None = None,
    ) -> None:
        """Write the model folder, or raise InputError and leave what was there untouched."""
        self.metrics = metrics or self.metrics
        _replace_folder(Path(folder), self.files() | (extra_files or {}))
        self.folder = Path(folder)

    def files(self) -> dict[str, bytes]:
        """Return the model folder's own files, name -> content: weights, config and metrics."""
        config = {
            "format_version": FORMAT_VERSION,
            "network": asdict(self.network.config),
            "encoder": asdict(self.encoder),
            "labels": self.labels,
            "other_labels": self.other_labels,
            "calibration": {"temperature": self.temperature, "unsure_below": self.unsure_below},
            "training": self.training,
        }
        weights = {name: t.detach().cpu() for name, t in self.network.state_dict().items()}
        return {
            WEIGHTS: safetensors.torch.save(weights),
            CONFIG: to_json(config),
            **({METRICS: to_json(self.metrics)} if self.metrics else {}),
        }

    def push_to_hub(
        self,
        repo_id: str,
        *,
        private: bool | None = None,
        token: str | None = None,
        dataset: str | None = None,
        commit_message: str = "Upload the model",
    ) -> str:
        """Upload the model in one commit to USER/NAME on the Hub and return its address.

        Its card is written anew for that address; `dataset` is the Hub's dataset that it was
        trained on, if the classifier does not know. Training texts go along where the model folder
        has them. Raises InputError where something is missing or the upload fails; then nothing is
        uploaded.
        """
        from .card import card_files  # here, for it brings matplotlib

        if not self.metrics:
            raise InputError("A model without metrics is not complete: run python train.py.")
        files = self.files()
        files |= card_files(self, files[WEIGHTS], repo_id, dataset)
        texts = self.folder / TRAINING_TEXTS if self.folder else None
        if texts and texts.exists():
            files[TRAINING_TEXTS] = texts.read_bytes()
        return hub.upload(
            "model",
            repo_id,
            files,
            commit_message,
            private=private,
            token=token,
            managed=MODEL_FILES,
        )

    @classmethod
    def from_pretrained(
        cls, model: str | Path, *, revision: str | None = None, token: str | None = None
    ) -> "TextClassifier":
        """Do what `load` does, under the name that users of the Hub know.

        huggingface_hub's own mixin does not fit: it keeps the arguments of a module's __init__ in
        a config.json of its own form, and a classifier is more than one module.
        """
        return cls.load(model, revision, token)

    @classmethod
    def load(
        cls,
        model: str | Path = SHIPPED_NAMES,
        revision: str | None = None,
        token: str | None = None,
    ) -> "TextClassifier":
        """Load a model folder, or USER/NAME of the Hub, onto the CPU; default: the shipped names.

        `revision` is a branch, tag or commit of the Hub; USER/NAME@REVISION says the same. A folder
        of that name comes first. Raises InputError if the model is missing or unfit.
        """
        folder = _local_folder(model, revision, token)
        try:
            classifier = cls._load_folder(folder)
        except InputError as error:
            if folder == Path(model):
                raise
            raise InputError(f"{model}, from the Hub: {error}") from None
        classifier.folder = folder
        return classifier

    @classmethod
    def _load_folder(cls, folder: Path) -> "TextClassifier":
        config = _read_json(folder / CONFIG)
        if not isinstance(config, dict) or config.get("format_version") != FORMAT_VERSION:
            raise InputError(
                f"{folder / CONFIG} is not of format version {FORMAT_VERSION}: "
                "train the model anew with this version's train.py."
            )
        try:
            classifier = cls(
                RNNClassifier(NetworkConfig(**config["network"])),
                CharacterEncoder(**config["encoder"]),
                config["labels"],
                config["training"],
                config["other_labels"],
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


def _local_folder(model: str | Path, revision: str | None, token: str | None) -> Path:
    """Return the folder `model`, or the one in the Hub's cache, fetched if need be."""
    if not Path(model).is_dir() and isinstance(model, str) and hub.is_hub_id(model):
        folder = hub.download("model", model, MODEL_FILES, revision, token)
        if not (folder / WEIGHTS).exists():
            raise InputError(
                f"{model} has no {WEIGHTS} on the Hub; pickled weights are not loaded."
            )
        return folder
    if revision:
        raise InputError(f"{model} is a folder: only USER/NAME of the Hub has revisions.")
    if not Path(model).is_dir():
        raise InputError(f"No model folder {model}: run python train.py to make one.")
    return Path(model)


def share_out(outputs: torch.Tensor, n_labels: int) -> torch.Tensor:
    """Return logits (B, n_labels) for a network's outputs (B, n_labels or more).

    The probability of the outputs behind the labels is shared out equally among the labels.
    """
    if outputs.shape[1] == n_labels:
        return outputs
    log_probabilities = outputs.log_softmax(dim=1)
    others = log_probabilities[:, n_labels:].logsumexp(dim=1, keepdim=True)  # -> (B, 1)
    return torch.logaddexp(log_probabilities[:, :n_labels], others - math.log(n_labels))


def _check_parts(classifier: TextClassifier) -> None:
    """Raise ValueError where the parts of a loaded model do not fit or hold impossible values."""
    labels = classifier.labels + classifier.other_labels
    encoder, config = classifier.encoder, classifier.network.config
    if len(set(labels)) != len(labels) or not all(isinstance(x, str) and x for x in labels):
        raise ValueError("its labels are not distinct texts")
    characters = encoder.characters
    if not isinstance(characters, str) or not characters.isascii():
        raise ValueError("its characters are not ASCII text")
    if len(set(characters)) != len(characters):
        raise ValueError("its characters repeat")
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


def write_file(path: Path, content: bytes) -> None:
    """Replace one file of a model folder, whole or not at all; raise InputError if it fails."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.") from None
    finally:
        unfinished.unlink(missing_ok=True)


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
