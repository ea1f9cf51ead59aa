"""TextClassifier: the door to everything. It answers, explains, loads and saves."""

import warnings
from collections.abc import Iterable
from contextlib import closing
from numbers import Real
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from . import answering
from .answering import Prior, check_prior
from .answers.decisions import joint_of
from .answers.explanation import Explanation
from .answers.held_out import COVERAGE
from .answers.reply import Answer
from .data.sequences import Pairs, Unreadable, as_list, dataset_of, is_nan, own_labels
from .errors import InputError, shorten
from .storage import hub
from .storage.card import card_files, source_of
from .storage.config import files_of, model_from, to_publish, weights_digest
from .storage.folder import MAX_BYTES, read_model_folder, write_model_folder
from .tasks.custom import custom_recipe, custom_task
from .tasks.recipe import Options
from .tasks.task import Task
from .trained import Model

TOP_K = 3  # predictions by default
SHIPPED_NAMES = hub.SHIPPED / "names"


class TextClassifier:
    """Predicts the label of a text, with probabilities, by a trained model.

    >>> classifier = TextClassifier.load()  # the shipped model of names
    >>> next(iter(classifier.predict("Nakamura")))
    'Japanese'
    """

    def __init__(self, model: Model):
        self.model = model
        model.sha256 = model.sha256 or weights_digest(model)

    @property
    def labels(self) -> list[str]:
        """The labels, in the order of the probabilities."""
        return self.model.labels

    @property
    def task(self) -> Task:
        """What the texts and labels are, and how they are called."""
        return self.model.task

    @property
    def metrics(self) -> dict:
        """The scores, as metrics.json has them; empty if it was not scored."""
        return self.model.metrics

    def __repr__(self) -> str:
        """Return what it is, with its accuracy on test texts if it was scored.

        >>> TextClassifier.load("model/weights/names")  # doctest: +ELLIPSIS
        TextClassifier(18 labels; letters; test accuracy ...%)
        """
        scores = "not scored"
        if "test" in self.metrics:
            accuracy = self.metrics["test"]["accuracy"]
            scores = f"test accuracy {accuracy:.1%}"
        return f"TextClassifier({len(self.labels)} labels; {self.task.kind.units}; {scores})"

    def count_of(self, top_k: int | None = None) -> int:
        """Return how many labels to give where `top_k` are asked for: three by default, or all.

        Raises InputError if it is not a whole number from 1 to the number of labels.
        """
        n_labels = len(self.labels)
        if top_k is None:
            return min(TOP_K, n_labels)
        if isinstance(top_k, bool) or top_k not in range(1, n_labels + 1):
            raise InputError(
                f"top_k must be a whole number from 1 to {n_labels}, not {shorten(repr(top_k))}.",
                word="top_k",
            )
        return int(top_k)

    def predict(self, text: str, top_k: int | None = None) -> dict[str, float]:
        """Return the `top_k` most likely labels with their probabilities, most likely first.

        Those of all labels and of 'none of these' sum to 1. Three by default. Raises InputError for
        an invalid text or a `top_k` that is not from 1 to the number of labels.
        """
        if isinstance(text, Iterable) and not isinstance(text, str):
            raise InputError("One text is needed: answers and predict_batch take many.")
        k = self.count_of(top_k)
        [evidence] = self.model.evidence(joint_of(*self.predict_all([text])))
        return {self.labels[i]: evidence.joint[i] for i in evidence.order[:k]}

    def predict_batch(
        self,
        texts: Iterable[str],
        unreadable: Unreadable = "error",
        prior: Prior = None,
    ) -> np.ndarray:
        """Return probabilities (n, labels) as float32, in the order of `labels`; rows sum to 1.

        They are those of each label if the text has one of them. With the `prior` "list" they are
        of a list with its own mix, which is the network's alone, too, found by all texts: that of
        `answers` follows the data, and leaves out sentences and given names. Raises InputError for
        a text that cannot be read or is missing, as None, NaN and pandas.NA are; if `unreadable`
        is "nan", it has NaN.
        """
        check_prior(prior)
        probabilities, none = self.predict_all(texts, unreadable=unreadable)
        if prior is None:
            return probabilities
        joint = joint_of(probabilities, none)
        is_there = ~np.isnan(none)
        mix = answering.mix_of_rows(
            self.model, joint, is_there, np.zeros(len(none), bool)
        )
        shares = mix.moved(joint)[:, :-1]
        return shares / shares.sum(axis=1, keepdims=True)

    def none_batch(
        self, texts: Iterable[str], unreadable: Unreadable = "error"
    ) -> np.ndarray:
        """Return the probability of none of the labels, (n,) as float32; 0 where it has no output.

        `unreadable` and errors are as in `predict_batch`.
        """
        return self.predict_all(texts, unreadable=unreadable)[1]

    def predict_all(
        self,
        texts: Iterable[str],
        any_text: bool = False,
        unreadable: Unreadable = "error",
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return what `predict_batch` and `none_batch` do; with `any_text` of blank texts too."""
        texts = as_list(texts, "texts")
        return answering.predict_all(self.model, texts, any_text, is_nan(unreadable))

    def sets(
        self,
        texts: Iterable[str],
        coverage: float = COVERAGE,
        unreadable: Unreadable = "error",
    ) -> list[tuple[str | None, ...]]:
        """Return for each text the labels one of which it has, most likely first; None is none.

        Whichever is right is in the set with the probability `coverage`, from 0.5 to 0.99, by the
        network alone; held_out.py has the method and its source. Raises InputError for any other
        coverage, and for a model that has no held-out rows. An unreadable text has an empty set if
        it is "nan".
        """
        if not (isinstance(coverage, Real) and 0.5 <= coverage <= 0.99):
            raise InputError(
                f"coverage must be from 0.5 to 0.99, not {shorten(repr(coverage))}."
            )
        joint = joint_of(*self.predict_all(texts, unreadable=unreadable))
        return answering.sets_of(self.model, joint, coverage)

    def answer(self, text: str, top_k: int | None = None) -> Answer:
        """Return everything that there is to show about `text`, with `top_k` predictions."""
        return self.answers([text], top_k)[0]

    def answers(
        self,
        texts: Iterable[str],
        top_k: int | None = None,
        any_text: bool = False,
        prior: Prior = None,
    ) -> list[Answer]:
        """Return `answer` for each of `texts`, predicted together; equal texts share one.

        With `any_text` blank ones get an answer too. With the `prior` "list" they are those of a
        list with its own mix, which is found by the texts: it needs FEWEST_TO_MIX that can be used.
        """
        check_prior(prior)
        is_list = prior == "list"
        texts = as_list(texts, "texts")
        k = self.count_of(top_k)
        wanted = answering.Wanted(is_list, by_mix=is_list, any_text=any_text)
        _, problem, answers = answering.read_list(self.model, texts, k, wanted)
        if problem:
            raise InputError(problem)
        answer_to = {answer.text: answer for answer in answers}
        return [answer_to[text] for text in texts]

    def explain(self, text: str, label: str | None = None) -> Explanation:
        """Return how probable a `label` is without each character or word of `text`.

        By default it is the network's own answer, on a scale its half; explanation.py has the
        method. Raises InputError for an invalid text, for one of more than `max_explained`
        characters (40 of letters, 400 of words), and for a label that the model lacks.
        """
        if label is not None:
            [label] = own_labels([label], self.labels, 1)
        reading = answering.read_text(self.model, text)
        pieces = answering.left_out(self.model, reading)
        beside = [piece.ids for piece in pieces if piece.ids]
        [case] = answering.judge(self.model, [reading], beside)
        [answer] = answering.conclude(self.model, [case], 1)
        return answering.explain(self.model, case, answer, pieces, label)

    def evaluate(
        self,
        texts: Iterable[str],
        labels: Iterable,
        top_k: int | None = None,
        keep: bool = False,
    ) -> dict:
        """Return the scores on texts with their labels, as metrics.json has them of the test split.

        A text with several labels stands in both lists once for each. `top_accuracy` counts labels
        among the `top_k` most likely ones, `none` and `unsure` are shares of the answers.
        `trained_on` counts the rows whose text is among the model's training texts, `unseen` has
        the scores of the others; both are None where its folder holds no texts. Blank texts count
        too. Raises InputError for a label that the model does not have.

        With `keep` these rows become the test split of a model that has none: `save` writes their
        scores as metrics.json, which page, card and Hub need. Raises InputError if it was trained
        on some of them.
        """
        from .scoring import score_texts  # here because scikit-learn takes a second

        return score_texts(self.model, texts, labels, self.count_of(top_k), keep)

    @classmethod
    def fit(
        cls,
        texts: Iterable[str],
        labels: Iterable,
        validation: Pairs | None = None,
        *,
        test: Pairs | None = None,
        sample_weight: Iterable[float] | None = None,
        units: str | None = None,
        keep_case: bool | None = None,
        task: str | Path | dict | None = None,
        quick: bool = False,
        use_gpu: bool | None = None,
        strict: bool = False,
        verbose: bool = True,
        **options: Unpack[Options],
    ) -> "TextClassifier":
        """Train a classifier of `texts` with their `labels`, as `train.py --data TABLE` does.

        `validation` and `test` are pairs of such lists; without the first a tenth of the texts, of
        few a fifth, is held out, and without the second nothing is scored: a card or a Space needs
        it, or `evaluate` with `keep`. A warning says how many test texts are copies of training
        texts, or nearly so. `sample_weight` says how much each text counts, in training and
        calibration. `units` is "letters" or "words", `keep_case` tells "A" from "a" (None: if that
        tells labels apart, but never if `quick`), `task` is a task.toml or what it says, `options`
        are fields of the recipe such as epochs and seed. `quick` is for a first try: fewer epochs,
        and one choice less. `verbose` shows a bar on a terminal or in a notebook, and prints it if
        capitals are kept, which `model.training["keep_case"]` has, too. Below 50,000 rows the
        linear half is solved at once, and `linear_learning_rate` and `margins` change nothing
        unless `solves_linear` is False.

        Labels may be numbers, bools or categories; the model's are texts, and 1.0 is "1". Rows
        that lack text or label, as None, NaN or pandas.NA, or cannot be used are left out with a
        warning that counts them, and refused if `strict`. Raises InputError for what cannot be
        trained on.

        >>> cities = "Osaka Kyoto Kobe Nara Nagoya Torino Milano Roma Pisa Bari".split()
        >>> TextClassifier.fit(cities, ["Japan"] * 5 + ["Italy"] * 5, epochs=1).labels
        ['Italy', 'Japan']
        """
        # Here because these take a second.
        from .training.capitals import choose_case
        from .training.progress import Progress
        from .training.session import Session, make_accelerator, restoring_threads
        from .training.stages import finish, train

        custom = custom_task(task, units=units, keep_case=keep_case)
        pairs_of = {"train": (texts, labels), "validation": validation, "test": test}
        dataset = dataset_of(pairs_of, custom.kind, strict, sample_weight)
        notes = [*dataset.notes, *dataset.cautions]
        if notes:
            warnings.warn("; ".join(notes), stacklevel=2)
        if not quick:
            custom, dataset = choose_case(custom, dataset)
        if verbose:
            for line in dataset.summary:
                print(line)
        recipe = custom_recipe(custom, dataset, options, quick)
        accelerator = make_accelerator(use_gpu)
        with (
            closing(Progress(accelerator if verbose else None)) as progress,
            restoring_threads(),
        ):
            trained = train(recipe, dataset, Session(accelerator, progress))
            if trained.ended_by:
                raise trained.ended_by
            best = finish(trained, dataset, custom)
        best.training["command"] = "TextClassifier.fit"
        best.network.cpu()
        return cls(best)

    def save(self, folder: str | Path) -> None:
        """Write the model folder, with a card if it was scored.

        Raises InputError and leaves what was there untouched.
        """
        folder = Path(folder)
        if "\0" in str(folder):
            raise InputError(
                f"{str(folder)!r} cannot be written: no name has a zero byte."
            )
        files = files_of(self.model)
        if self.metrics:
            files |= card_files(self.model, files, source_of(folder))
        write_model_folder(folder, files)
        self.model.folder = folder

    def push_to_hub(
        self,
        repo_id: str,
        *,
        private: bool | None = None,
        token: str | None = None,
        dataset: str | None = None,
    ) -> str:
        """Upload the model in one commit to USER/NAME on the Hub and return its address.

        `dataset` is as in `files_for_hub`, the others as in huggingface_hub. Raises InputError if
        something is missing or the upload fails; then nothing is uploaded.
        """
        files, _ = self.files_for_hub(repo_id, dataset)
        options: Any = {"private": private, "token": token, "managed": MAX_BYTES}
        return hub.upload("model", repo_id, files, "Upload the model", **options)

    def files_for_hub(
        self, repo_id: str, dataset: str | None = None
    ) -> tuple[dict[str, bytes], str]:
        """Return the files that `push_to_hub` uploads, and a line on what is left out of them.

        The card is rewritten for that address. `dataset` is the Hub's dataset that it was trained
        on, for the card. Texts that the model holds go up if its task.toml says so or if they come
        with this program.
        """
        if dataset:
            hub.check_writable_id(dataset)
        model, left_out = to_publish(self.model)
        files = files_of(model)
        card = card_files(model, files, repo_id, dataset)
        return files | card, left_out

    @classmethod
    def load(
        cls, model: str | Path = SHIPPED_NAMES, token: str | None = None
    ) -> "TextClassifier":
        """Load a model folder, "names" or "reviews", which are shipped, or USER/NAME of the Hub.

        A file that the page's tab Train has made is loaded, too.

        USER/NAME@REVISION names a branch, a tag or a commit of the Hub. A folder of that name comes
        first. The model is on the CPU; default: the shipped names. Raises InputError if it is
        missing or invalid.
        """
        folder = hub.model_folder(model, token)
        return cls(model_from(read_model_folder(folder), folder))

    # huggingface_hub's own mixin does not fit: it stores the arguments of one module's __init__.
    from_pretrained = load
