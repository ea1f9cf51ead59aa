"""TextClassifier: a network with its encoder and labels; predicts, saves and loads.

Nothing here trains; what the files of a model hold is persistence.py's affair.
"""

import math
from collections.abc import Sequence
from numbers import Real
from pathlib import Path

import numpy as np
import torch

from . import hub
from .card import card_files
from .encoding import CharacterEncoder, InputError, length_buckets, shorten
from .explanation import (
    Explanation,
    letter_contributions,
    sum_over_characters,
    sum_over_words,
)
from .folder import (
    MAX_BYTES,
    TRAINING_TEXTS,
    WEIGHTS,
    read_model_folder,
    whole_set,
    write_model_folder,
)
from .network import RNNClassifier
from .persistence import build, config_of, files_of
from .words import WordEncoder

SHIPPED_NAMES = Path(__file__).parent / "weights" / "names"
PREDICTION_BATCH = 256  # a quarter faster than 1,024: its states stay in the cache


class TextClassifier:
    """Says which label a text has, with probabilities.

    `bias` is added to the network's outputs, and logits are divided by `temperature` before they
    become probabilities, so that these mean what they say. The network may have further outputs,
    for texts of none of the labels (`other_labels`); what they get is shared out equally among the
    labels, so that a text from outside spreads its probability. `columns` names the columns "id",
    "text" and "label" of a table that is to come back as ids and label numbers, if there is such a
    table. `training` is kept in config.json for the record: the options that made the model.
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
        self.bias = [0.0] * network.config.n_labels
        self.temperature = 1.0
        self.unsure_below = 0.5  # a top probability under this is no answer to rely on
        self.metrics: dict | None = None  # what metrics.json holds, once saved or loaded
        self.folder: Path | None = None  # where it was saved or loaded last

    def logits(self, ids: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Return logits (n, labels), in the order of the rows, for encoded texts on any device."""
        return share_out(self.outputs(ids, lengths), len(self.labels))

    @torch.inference_mode()
    def outputs(self, ids: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Return the network's outputs (n, labels and other labels), `bias` added."""
        self.network.eval()
        outputs = torch.empty(len(lengths), len(self.bias), device=ids.device)
        bias = torch.tensor(self.bias, device=ids.device)
        for index in length_buckets(lengths, PREDICTION_BATCH):
            in_batch = lengths[index]
            rows = index.to(ids.device)
            found = self.network(ids[rows, : int(in_batch.max())], in_batch)
            outputs[rows] = found.float() + bias  # bf16 where the caller computes in it
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
        in_range = isinstance(top_k, Real) and 1 <= top_k <= len(self.labels)
        if not in_range or int(top_k) != top_k:
            raise InputError(
                f"k must be a whole number from 1 to {len(self.labels)}, not {shorten(top_k)}."
            )
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
        write_model_folder(Path(folder), config_of(self), files_of(self) | (extra_files or {}))
        self.folder = Path(folder)

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
        if not self.metrics:
            raise InputError("A model without metrics is not complete: run python train.py.")
        files = files_of(self)
        files |= card_files(self, files[WEIGHTS], repo_id, dataset)
        texts = self.folder / TRAINING_TEXTS if self.folder else None
        if texts and texts.exists():
            files[TRAINING_TEXTS] = texts.read_bytes()
        return hub.upload(
            "model",
            repo_id,
            whole_set(config_of(self), files),
            commit_message,
            private=private,
            token=token,
            managed=MAX_BYTES,
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
        folder = model_folder(model, revision, token)
        try:
            classifier = cls.from_files(read_model_folder(folder), folder)
        except InputError as error:
            if folder == Path(model):
                raise
            raise InputError(f"{model}, from the Hub: {error}") from None
        return classifier

    @classmethod
    def from_files(cls, files: dict[str, bytes], folder: Path) -> "TextClassifier":
        """Build the model from the files' contents; InputErrors say that they are of `folder`."""
        return build(cls, files, folder)


def model_folder(model: str | Path, revision: str | None = None, token: str | None = None) -> Path:
    """Return the folder `model`, or the one in the Hub's cache, fetched if need be."""
    if not Path(model).is_dir() and isinstance(model, str) and hub.is_hub_id(model):
        folder = hub.download("model", model, MAX_BYTES, revision, token)
        if not (folder / WEIGHTS).exists():
            raise InputError(f"{model} has no {WEIGHTS}; pickled weights are not loaded.")
        return folder
    if revision:
        raise InputError(f"{model} is a folder: only USER/NAME of the Hub has revisions.")
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
