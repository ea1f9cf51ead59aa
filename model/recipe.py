"""Recipes: everything but the data that decides what is trained.

Builds untrained classifiers; trains nothing.
"""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from torch import manual_seed

from .classifier import TextClassifier
from .dataset import Dataset
from .encoding import CharacterEncoder, InputError
from .network import NetworkConfig, RNNClassifier
from .word_vectors import read_vectors, start_from
from .words import WordEncoder

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Recipe:
    """Everything but the data that decides what is trained; the defaults are the lecture's.

    `patience` is how many epochs without a better validation accuracy end the training; None means
    that all epochs run. The epoch of the best validation accuracy is kept either way, unless
    `keeps_last_epoch`. `one_cycle` lets the learning rate rise to `learning_rate` and fall again
    over all epochs (Smith and Topin 2018, "Super-convergence"); without it the rate stays constant.

    With `words` a text is read word by word, and a word that fewer than `min_count` training texts
    have is unknown; without, character by character. `word_vectors` is a file of the repository
    whose vectors the words start from.

    `linear_ngrams` adds the linear classifier of n-grams of these sizes, hashed into
    `linear_buckets` rows, which learns at `linear_learning_rate` in all stages.

    `pretrain_epochs` above 0 asks for a first stage on texts at large; the main stage goes on from
    its weights, and sees in each epoch `outsiders` times as many texts of none of the labels as it
    has others; None stands for all there are. Logit adjustment (Menon et al. 2021, "Long-tail
    learning via logit adjustment") keeps rare labels from vanishing: 0 leaves the labels'
    frequencies as they are, 1 trains as if all were equally frequent. Answers then get the labels'
    frequencies back to `prior_power`, on top of what training left of them; None fits it to
    validation rows. Labels whose recall on validation is below `recall_floor` are raised to it, as
    far as that goes, if they have fifty rows there.

    `spelling_variants` adds to each Russian name one in another system of romanisation. `refit`
    asks for a last stage that does the main one again on training and validation rows together; it
    keeps its last epoch, for no rows are left to choose one by.
    """

    embedding_size: int = 100
    hidden_size: int = 100
    layers: int = 2
    bidirectional: bool = True
    dropout: float = 0.0
    ngrams: tuple[int, ...] = ()
    ngram_buckets: int = 8192
    pool: bool = False
    linear_ngrams: tuple[int, ...] = ()
    linear_buckets: int = 131072
    linear_learning_rate: float = 6e-3
    fold_case: bool = True
    epochs: int = 100
    batch_size: int = 256
    learning_rate: float = 1e-3
    one_cycle: bool = False
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    patience: int | None = None
    seed: int = 0
    pretrain_epochs: int = 0
    pretrain_batch_size: int = 512
    pretrain_learning_rate: float = 4e-3
    pretrain_dropout: float = 0.3
    outsiders: float | None = 0.0
    logit_adjustment: float = 0.0
    prior_power: float | None = 0.0
    recall_floor: float = 0.0
    spelling_variants: bool = False
    pretrain_spelling_variants: bool = False
    refit: bool = False
    keeps_last_epoch: bool = False
    words: bool = False
    min_count: int = 1
    word_vectors: str = ""

    def first_stage(self) -> "Recipe":
        """Return the recipe of pretraining: the same network, schedule and seed, on all texts."""
        return replace(
            self,
            epochs=self.pretrain_epochs,
            batch_size=self.pretrain_batch_size,
            learning_rate=self.pretrain_learning_rate,
            dropout=self.pretrain_dropout,
            spelling_variants=self.pretrain_spelling_variants,
            pretrain_epochs=0,
            outsiders=None,
            logit_adjustment=0.0,
            refit=False,
        )

    def last_stage(self) -> "Recipe":
        """Return the recipe of the refit on training and validation rows."""
        return replace(self, keeps_last_epoch=True)  # each epoch counts as the best: no patience

    def build(self, dataset: Dataset, pretrained: TextClassifier | None = None) -> TextClassifier:
        """Return a classifier for `dataset`, its weights drawn from `seed`.

        With a `pretrained` classifier of the same sizes and labels, weights, encoder and further
        labels are taken from it; without, the labels of outsiders are the further ones.
        Raises InputError if the sizes make no network.
        """
        manual_seed(self.seed)
        texts = dataset.train.texts + dataset.outsiders.texts
        encoder = pretrained.encoder if pretrained else self._encoder(texts)
        outsiders = sorted(set(dataset.outsiders.labels))
        others = pretrained.other_labels if pretrained else outsiders
        sizes = _network(
            vocabulary_size=encoder.vocabulary_size,
            n_labels=len(dataset.labels) + len(others),
            embedding_size=self.embedding_size,
            hidden_size=self.hidden_size,
            n_layers=self.layers,
            bidirectional=self.bidirectional,
            dropout=self.dropout,
            ngrams=self.ngrams,
            ngram_buckets=self.ngram_buckets,
            pool=self.pool,
            linear_ngrams=self.linear_ngrams,
            linear_buckets=self.linear_buckets,
            n_others=len(others),
        )
        network = RNNClassifier(sizes)
        if isinstance(encoder, WordEncoder) and self.word_vectors and not pretrained:
            start_from(network.embedding, encoder, read_vectors(ROOT / self.word_vectors))
        record = {  # as JSON has it
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }
        classifier = TextClassifier(
            network, encoder, dataset.labels, record, others, dataset.columns
        )
        if pretrained:
            classifier.network.load_state_dict(pretrained.network.state_dict())
        return classifier

    def _encoder(self, texts: list[str]) -> CharacterEncoder | WordEncoder:
        if self.words:
            return WordEncoder.from_texts(texts, self.min_count)
        return CharacterEncoder.from_texts(texts) if self.fold_case else CharacterEncoder.ascii()


def _network(**sizes: Any) -> NetworkConfig:
    try:
        return NetworkConfig(**sizes)
    except ValueError as error:
        raise InputError(f"No such network: {error}.") from None


LECTURE = Recipe(fold_case=False)  # the lecture's network and options: nothing added
