"""Recipes: everything but the data that decides what is trained, as plain data."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Annotated, Any, Literal, TypedDict

from pydantic import ConfigDict, Field, TypeAdapter

from ..encoder import Units

Count = Annotated[int, Field(ge=1, le=10**6)]
Size = Annotated[int, Field(ge=1, le=10**4)]
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Decay = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
Epochs = Annotated[int, Field(ge=0, le=10**6)]
Sizes = tuple[int, ...]
Keep = Literal["best", "last", "lowest loss"]


def option(default: Any, text: str) -> Any:
    """Return a field that the command line has as an option, with `text` as its help."""
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True)
class Recipe:
    """Options of a training. The defaults are the lecture's."""

    # ---- Sizes of the network that reads: a GRU, and the n-grams and pooling beside its letters

    embedding_size: int = 100
    # Standard deviation of the ids' embeddings before training
    embedding_std: Decay = 1.0
    hidden_size: Size = option(100, "GRU units per direction and layer")
    layers: Annotated[int, Field(ge=1, le=100)] = option(2, "GRU layers")
    bidirectional: bool = option(True, "whether a second GRU reads backwards")
    dropout: float = 0.0
    # Sizes of the n-grams whose embeddings the GRU reads too
    ngrams: Sizes = ()
    ngram_buckets: int = 8192
    # Sizes of n-grams of scripts, which both kinds of n-grams have in addition
    script_ngrams: Sizes = ()
    # Whether the mean and the maximum of all states stand beside the last ones
    pool: bool = False

    # ---- The linear classifier of n-grams beside the GRU, and how it gets its weights

    # Sizes of its n-grams; without any there is none
    linear_ngrams: Sizes = ()
    linear_buckets: int = 131072
    # Whether they see a mark before and a mark behind the text
    marks_ends: bool = False
    # Numbers per n-gram, if fewer than labels; 0: a vote for each label
    linear_rank: int = 0
    # Whether it is solved at once, as LinearSVC is and as that of a custom task with fewer than
    # 50,000 rows; otherwise it learns in steps, at a rate of its own
    solves_linear: bool = False
    # What an error costs then, the C of LinearSVC; None: chosen by cross-validation
    linear_cost: Rate | None = None
    # Whether its steps have a margin loss
    margins: bool = False
    # Of its steps, in all stages
    linear_learning_rate: Rate = 6e-3

    # ---- What is read of a text, and which units get an id of their own

    # What is read one by one: ASCII characters, decomposed Unicode letters, or words
    units: Units = "characters"
    # Scripts whose letters count by kind alone in n-grams; each as in Unicode names, like "CJK"
    kinds_in_ngrams: tuple[str, ...] = ()
    # Whether emoji and other symbols are read too, as those of a custom task are
    symbols: bool = False
    keep_case: bool = False
    # Whether unknown words are read in pieces
    in_pieces: bool = False
    # Size of the vocabulary, which has the most frequent ones; None: all
    most_words: Count | None = None
    # File of the package whose vectors the words start from
    word_vectors: str = ""

    # ---- Texts of an epoch, and their forms; what has a share is drawn again in each

    # Whether texts with marks appear without them too
    both_forms: bool = False
    # Share of the texts with marks that lose them, beside those copies
    unmarked_share: Share = 0.0
    # Share of the texts beside which a given name stands
    full_share: Share = 0.0
    # Common names, one rank and number of extra copies after another: (30, 3) for the first 30
    common_copies: tuple[tuple[int, int], ...] = ()
    # Share of the units that are read as the unknown one of their kind
    unknown_share: Share = 0.0
    # Texts of none of the labels in an epoch, per other text; None: all of them
    outsiders: float | None = 0.0

    # ---- Steps of the main stage, and the seed of all stages

    epochs: Count = option(100, "maximum number of epochs")
    batch_size: Count = option(256, "texts per batch")
    learning_rate: Rate = option(1e-3, "highest learning rate of AdamW")
    # Whether the rate rises to `learning_rate` and falls again over all epochs
    one_cycle: bool = False
    # The weights are the mean of those at the ends of the epochs from this one on, at a constant
    # rate (Izmailov et al. 2018, "Averaging weights leads to wider optima and better
    # generalization"). Pretraining averages none.
    average_from: Count | None = None
    weight_decay: Decay = 0.0
    seed: Seed = option(0, "seed of all random draws in training")

    # ---- A first stage on texts at large, from whose weights the main stage goes on

    pretrain_epochs: Epochs = option(0, "epochs of pretraining")
    pretrain_batch_size: int = 512
    pretrain_learning_rate: float = 4e-3
    pretrain_dropout: float = 0.3
    # The `full_share` of pretraining; full names take twice the time
    pretrain_full_share: Share = 0.0
    # The `outsiders` of pretraining
    pretrain_outsiders: float | None = None

    # ---- How probabilities follow from what the network gives, and how far rare labels count

    # Share of the GRU's logits in the answer; the rest is the linear classifier's. None: fitted on
    # validation, which cannot be where there are texts of none.
    fixed_gru_weight: Share | None = 0.5
    # Rows that the usual temperature, GRU's weight and threshold count as, beside those of
    # validation
    prior_rows: Annotated[int, Field(ge=0)] = 0
    logit_adjustment: Share = option(
        0.0, "how far to train as if labels were equally frequent, 0 to 1"
    )
    # None: fitted on validation
    prior_power: Share | None = option(
        0.0, "how far label frequencies count in answers, 0 to 1"
    )

    # ---- Which epoch's weights are kept, and whether validation rows are trained on at last

    # Whether a last stage repeats the main one on training and validation rows. Where the linear
    # half is solved, only that learns them.
    refit: bool = False
    # Unless they are a mean, those of the epoch with the best validation accuracy, of the last, or
    # of that with the lowest loss; then training stops once epochs / 4 have brought none lower
    keep: Keep = "best"
    # How many epochs are run; the learning rates are those of all `epochs`
    most_epochs: Count | None = None

    __pydantic_config__ = ConfigDict(extra="forbid")

    @property
    def has_solved_half(self) -> bool:
        """Whether the linear half is solved, not trained.

        If `fixed_gru_weight` is None, the network answers only where it adds to that; if it is 0,
        never.
        """
        return bool(self.linear_ngrams) and self.solves_linear

    def first_stage(self) -> "Recipe":
        """Return the recipe of pretraining: the same network, schedule and seed.

        A text that would come in both forms comes in one of them, drawn in each epoch.
        """
        return replace(
            self,
            epochs=self.pretrain_epochs,
            batch_size=self.pretrain_batch_size,
            learning_rate=self.pretrain_learning_rate,
            dropout=self.pretrain_dropout,
            average_from=None,
            pretrain_epochs=0,
            outsiders=self.pretrain_outsiders,
            full_share=self.pretrain_full_share,
            both_forms=False,
            unmarked_share=0.5 if self.both_forms else 0.0,
            logit_adjustment=0.0,
            refit=False,
        )

    def last_stage(self, best_epoch: int | None = None) -> "Recipe":
        """Return the recipe of the refit, after which no rows are left to choose an epoch by."""
        return replace(
            self,
            keep="last",
            most_epochs=best_epoch if self.keep == "lowest loss" else None,
        )

    def record(self) -> dict:
        """Return the options as config.json holds them."""
        return json.loads(json.dumps(asdict(self)))


class Options(TypedDict, total=False):
    """The fields of a Recipe that editors and type checkers offer for a table of one's own.

    They stand here again because no TypedDict can be made of a dataclass; the others work, too.
    """

    embedding_size: int
    hidden_size: int
    layers: int
    bidirectional: bool
    dropout: float
    pool: bool
    solves_linear: bool
    margins: bool
    linear_learning_rate: float
    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    seed: int
    fixed_gru_weight: float | None
    logit_adjustment: float
    prior_power: float | None
    refit: bool
    keep: Keep


RENAMED = {"mix": "fixed_gru_weight"}  # as files of earlier versions have it
LECTURE = Recipe()  # the lecture's network and options, nothing added


def make_recipe(options: Mapping[str, Any]) -> Recipe:
    """Return the recipe of `options`, or raise ValidationError; the string "fitted" is None."""
    values = {
        RENAMED.get(name, name): None if value == "fitted" else value
        for name, value in options.items()
    }
    return TypeAdapter(Recipe).validate_python(values)
