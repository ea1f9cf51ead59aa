"""TextClassifier: a network with its encoder and labels; predicts, saves and loads.

Nothing here trains; the files of a model folder are folder.py's affair.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict
from numbers import Real
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from safetensors import SafetensorError

from .encoding import CharacterEncoder, InputError, check_text, length_buckets, shorten
from .explanation import Explanation, letter_contributions, sum_over_characters
from .folder import (
    CONFIG,
    METRICS,
    WEIGHTS,
    parse_json,
    read_model_folder,
    to_json,
    write_model_folder,
)
from .network import NetworkConfig, RNNClassifier

FORMAT_VERSION = 2
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
        in_range = isinstance(top_k, Real) and 1 <= top_k <= len(self.labels)
        if not in_range or int(top_k) != top_k:
            raise InputError(
                f"k must be a whole number from 1 to {len(self.labels)}, not {shorten(top_k)}."
            )
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
        files = {
            WEIGHTS: safetensors.torch.save(weights),
            **({METRICS: to_json(self.metrics)} if self.metrics else {}),
            **(extra_files or {}),
        }
        write_model_folder(Path(folder), config, files)

    @classmethod
    def load(cls, folder: str | Path) -> "TextClassifier":
        """Load a model folder onto the CPU; raise InputError if it is missing or unfit."""
        folder = Path(folder)
        return cls.from_files(read_model_folder(folder), folder)

    @classmethod
    def from_files(cls, files: dict[str, bytes], folder: Path) -> "TextClassifier":
        """Build the model from the files' contents; InputErrors say that they are of `folder`."""
        config = parse_json(files[CONFIG], folder / CONFIG)
        if not isinstance(config, dict) or config.get("format_version") != FORMAT_VERSION:
            raise InputError(
                f"{folder / CONFIG} is not of format version {FORMAT_VERSION}: "
                "train the model anew with this version's train.py."
            )
        try:
            network_config = NetworkConfig(**config["network"])
            weights = _read_weights(files[WEIGHTS], network_config)
            classifier = cls(
                RNNClassifier(network_config),
                CharacterEncoder(**config["encoder"]),
                config["labels"],
                config["training"],
                config["other_labels"],
            )
            classifier.temperature = float(config["calibration"]["temperature"])
            classifier.unsure_below = float(config["calibration"]["unsure_below"])
            _check_shapes(weights, classifier.network.state_dict())
            classifier.network.load_state_dict(weights)
            _check_parts(classifier)
        except (
            SafetensorError,
            RuntimeError,
            LookupError,
            TypeError,
            ValueError,
            OverflowError,
        ) as error:
            reason = shorten((str(error) or type(error).__name__).splitlines()[0])
            raise InputError(f"{folder} is damaged ({reason}): train it anew.") from None
        if METRICS in files:
            classifier.metrics = parse_json(files[METRICS], folder / METRICS)
        classifier.network.eval()
        return classifier


def _read_weights(content: bytes, config: NetworkConfig) -> dict[str, torch.Tensor]:
    """Return the tensors in `content`; raise ValueError if they are far more or fewer.

    So a small file makes no large network, which would take memory before its shapes are compared.
    """
    if not config.n_weights <= len(content) <= 8 * config.n_weights + 1_000_000:  # bytes
        raise ValueError(f"{len(content):,} bytes cannot hold the {config.n_weights:,} weights")
    weights = safetensors.torch.load(content)
    if not all(tensor.is_floating_point() for tensor in weights.values()):
        raise ValueError("its weights are no floating-point numbers")
    return weights


def _check_shapes(weights: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> None:
    if missing := set(expected) - set(weights):
        raise ValueError(f"the weights {min(missing)} are missing")
    if strange := set(weights) - set(expected):
        raise ValueError(f"the weights {shorten(min(strange))} are none of the network's")
    for name, tensor in weights.items():
        if tensor.shape != expected[name].shape:
            raise ValueError(
                f"the weights {name} have the shape {list(tensor.shape)} and the network "
                f"{list(expected[name].shape)}"
            )


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
    if not isinstance(classifier.training, dict):
        raise ValueError("its training options have no names")
    labels = classifier.labels + classifier.other_labels
    encoder, config = classifier.encoder, classifier.network.config
    if len(set(labels)) != len(labels) or not all(isinstance(x, str) and x for x in labels):
        raise ValueError("its labels are not distinct texts")
    if not all(x.isprintable() for x in labels):
        raise ValueError("its labels have characters that cannot be shown")
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
