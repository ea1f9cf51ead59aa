"""TextClassifier: the door to everything. It answers, explains, loads and saves."""

import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple, Unpack

import numpy as np
import torch

from .answers.belief import believed, of_whole
from .answers.decisions import Verdict, end_of_side, joint_of
from .answers.explanation import Explanation, letter_contributions
from .answers.held_out import COVERAGE, HeldOutRows
from .answers.known import FEW_BEARERS, SURNAME_TIMES, Facts, Ranking
from .answers.mix import FEWEST_ROWS, Mix, mix_of
from .core import pad_ids
from .data.hints import Hints
from .data.lists import Missing, Pairs, dataset_of, drops, label_text, listed
from .data.rows import Dataset, Rows
from .data.texts import is_missing
from .encoder import Encoder
from .errors import InputError, listing, shorten
from .network import TextNetwork
from .storage import hub
from .storage.card import card_files, source_of
from .storage.config import files_of, model_from, to_publish, weights_digest
from .storage.folder import MAX_BYTES, read_model_folder, write_model_folder
from .tasks.custom import custom_recipe, custom_task
from .tasks.part import Part, Word
from .tasks.recipe import Options
from .tasks.task import Task
from .trained import Calibration, Model, Reading

CHUNK = 4096  # texts that are padded at once
TOP_K = 3  # predictions by default
SHIPPED_NAMES = hub.SHIPPED / "names"
# The mix of a list: its own, shares by label (None for none), or None, the usual one
Prior = Literal["list"] | Mapping[str | None, float] | None


@dataclass(frozen=True)
class Answer:
    """Everything that page, API, lists and command line show about one text."""

    text: str
    name: str  # what is read of the text: without titles, initials and the like
    surname: str  # the part of it that the data are asked for
    # What is read in Latin letters, for a reader; None where it is not known
    romanised: str | None
    notes: list[str]  # on how it was read, a sentence each
    verdict: Verdict  # the answer in a word, by network and data together
    of_network: Verdict  # the network's alone
    # The end of a scale and the probability of its side, where the verdict is a side
    side: tuple[str, float] | None
    predictions: Ranking
    # Probability that it has none of the labels; None where that is not asked
    none: float | None
    network: list[
        float
    ]  # what the network alone gives these labels and, at the end, none
    facts: Facts  # what the data have of the text
    # One of these it is nine times in ten, whichever is right, by the network; None is none
    likely_set: tuple[str | None, ...] = ()
    weights: str = ""  # the SHA-256 of those that answered

    @property
    def known(self) -> Ranking | None:
        """The labels that the text has in the data, the largest share first; None: it has none."""
        return self.facts.shares or None

    @property
    def unsure(self) -> bool:
        """Whether neither the first prediction nor none is to be relied on."""
        return self.verdict.is_open

    @property
    def nearest_label(self) -> str:
        """The label of the headline, the likeliest one where that has none."""
        if self.verdict.kind in ("label", "either", "unsure"):
            return self.verdict.labels[0]
        return self.predictions[0][0]

    @property
    def is_none(self) -> bool:
        """Whether 'none of these' is the answer."""
        return self.verdict.kind == "none"


class Judged(NamedTuple):
    """What network and data have of n texts: the arrays are (n, labels and none)."""

    readings: list[Reading]
    parts: list[tuple[Part, Facts]]  # the surname in each
    whole: np.ndarray  # the network's probabilities of the texts
    surname: np.ndarray  # and of their surnames
    belief: np.ndarray  # of network and data together


def ranked(joint: np.ndarray, k: int) -> list[list[int]]:
    """Return the indices of the `k` likeliest labels of each row (n, labels and none)."""
    return np.argsort(-joint[:, :-1], axis=1, kind="stable")[:, :k].tolist()


class TextClassifier:
    """Predicts the label of a text, with probabilities, by a trained model.

    >>> classifier = TextClassifier.load()  # the shipped model of names
    >>> next(iter(classifier.predict("Nakamura")))
    'Japanese'
    """

    def __init__(self, model: Model):
        self.model = model

    @property
    def labels(self) -> list[str]:
        """The labels, in the order of the probabilities."""
        return self.model.labels

    @property
    def other_labels(self) -> list[str]:
        """What the network's outputs for texts of none of the labels stand for."""
        return self.model.other_labels

    @property
    def task(self) -> Task:
        """What the texts and labels are, and how they are called."""
        return self.model.task

    @property
    def network(self) -> TextNetwork:
        """The network, a torch module."""
        return self.model.network

    @property
    def encoder(self) -> Encoder:
        """What makes ids of a text."""
        return self.model.encoder

    @property
    def calibration(self) -> Calibration:
        """What makes probabilities of the network's outputs."""
        return self.model.calibration

    @property
    def metrics(self) -> dict:
        """The scores, as metrics.json has them; empty if it was not scored."""
        return self.model.metrics

    @property
    def training_texts(self) -> dict[str, dict[int, float]]:
        """Match key -> {label index: share} of the texts in the model folder, if it holds them."""
        return self.model.training_texts

    @cached_property
    def weights_sha256(self) -> str:
        """The SHA-256 of the weights, as config.json has it of model.safetensors."""
        return weights_digest(self.model)

    @property
    def training(self) -> dict:
        """The options that it was trained with."""
        return self.model.training

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

    def read(self, text: str, any_text: bool = False) -> Reading:
        """Return `text` taken apart, as the network reads it; with `any_text` a blank one, too.

        Raises InputError if it is not a text of this task, for example if it is empty.
        """
        kind = self.task.kind
        is_free = any_text and isinstance(text, str)
        if not is_free:
            kind.check(text)
        typed = self.task.as_typed(text)
        units = self.encoder.read(typed.name)
        if not is_free:
            kind.check_units(units)
        ids = tuple(self.encoder.ids(units))
        return Reading(text, typed, units, ids)

    def problem_with(self, text: str) -> str | None:
        """Return why `read` refuses a text, without what to give instead; None if it does not."""
        try:
            self.read(text)
        except InputError as error:
            return error.problem
        return None

    @property
    def hints(self) -> Hints:
        """What helps to find its texts in a table."""
        columns = self.model.columns
        hints = self.task.hints
        if not columns:
            return hints
        unquoted = []
        if "id" in columns:
            unquoted = [columns["id"], columns["text"]]
        headings = [columns["text"], *hints.headings]
        of_labels = [columns["label"]]
        return replace(
            hints, headings=headings, unquoted=unquoted, label_headings=of_labels
        )

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
        joint = self._joint([self.read(text)])
        [best] = ranked(joint, k)
        return {self.labels[i]: float(joint[0, i]) for i in best}

    def predict_batch(
        self, texts: Iterable[str], missing: Missing = "error", prior: Prior = None
    ) -> np.ndarray:
        """Return probabilities (n, labels) as float32, in the order of `labels`; rows sum to 1.

        They are those of each label if the text has one of them. `prior` is as in `answers`. Raises
        InputError for a text that cannot be read; with `missing` "drop" one that is None, NaN or
        pandas.NA has NaN.
        """
        probabilities, none = self.predict_all(texts, missing=missing)
        if prior is None:
            return probabilities
        joint = joint_of(probabilities, none)
        mix = self._mix(prior, joint, ~np.isnan(none))
        shares = mix.moved(joint)[:, :-1]
        return shares / shares.sum(axis=1, keepdims=True)

    def none_batch(
        self, texts: Iterable[str], missing: Missing = "error"
    ) -> np.ndarray:
        """Return the probability of none of the labels, (n,) as float32; 0 where it has no output.

        `missing` and errors are as in `predict_batch`.
        """
        return self.predict_all(texts, missing=missing)[1]

    def predict_all(
        self, texts: Iterable[str], any_text: bool = False, missing: Missing = "error"
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return what `predict_batch` and `none_batch` do; with `any_text` of blank texts too."""
        texts = listed(texts, "texts")
        readings = self._read_all(texts, any_text, drops(missing))
        table = self._table(map(readings.get, texts))
        return table[:, :-1], table[:, -1]

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

        With `any_text` blank ones get an answer too. With a `prior` they are those of a list with
        this mix: "list" finds it by the texts, of which it needs FEWEST_ROWS that can be used;
        labels that a mapping lacks have no share, and of none it has the usual one.
        """
        k = self.count_of(top_k)
        texts = listed(texts, "texts")
        judged = self.judge(texts, any_text)
        mix = self.mix_of(prior, [judged], Counter(texts))
        answers = {answer.text: answer for answer in self.conclude(judged, k, mix)}
        return [answers[text] for text in texts]

    def judge(self, texts: Sequence[str], any_text: bool = False) -> Judged:
        """Return what network and data have of each distinct text."""
        readings = list(self._read_all(texts, any_text).values())
        facts_of = cache(self.facts)  # because names share parts
        parts = [self.known_part(reading.name, facts_of) for reading in readings]
        surnames = []
        for reading, (part, facts) in zip(readings, parts, strict=True):
            # Of words that nobody knows the network reads all
            is_found = part.is_certain or facts.shares or facts.bearers
            is_whole = part.text == reading.name or not is_found
            surnames.append(
                reading if is_whole else self.read(part.text, any_text=True)
            )
        both = self._joint([*readings, *surnames])
        whole, surname = np.split(both, 2)
        belief = self._believed(whole, surname, parts)
        return Judged(readings, parts, whole, surname, belief)

    def mix_of(
        self, prior: Prior, judged: Sequence[Judged], counts: Mapping[str, int]
    ) -> Mix | None:
        """Return the mix of a list whose texts were `judged`, each `counts` times; None for None.

        Sentences, given names and texts that the network cannot read do not count. Errors are those
        of `answers`.
        """
        if prior is None:
            return None
        used = []
        for part in judged:
            for reading, (_, facts) in zip(part.readings, part.parts, strict=True):
                is_used = self.encoder.recognises(reading.units) and not facts.is_given
                is_used = is_used and self.task.doubt(reading.text) != "text"
                used.append(is_used * counts[reading.text])
        nothing = np.empty((0, len(self.labels) + 1))
        joint = np.concatenate([nothing, *(part.belief for part in judged)])
        return self._mix(prior, joint, np.array(used))

    def _mix(self, prior: Prior, joint: np.ndarray, counts: np.ndarray) -> Mix:
        """Return the mix of a list with these probabilities (n, labels and none)."""
        held_out = self._held_out
        if isinstance(prior, Mapping):
            return Mix(self._given_shares(prior, held_out.prior), held_out.prior)
        if prior != "list":
            raise InputError(
                f'prior must be "list", shares by label or None, not {shorten(repr(prior))}.'
            )
        n = int(counts.sum())
        if n < FEWEST_ROWS:
            raise InputError(
                f"A mix of its own needs {FEWEST_ROWS} usable rows, and the list has {n}: read it "
                "without."
            )
        is_used = counts > 0
        return mix_of(joint[is_used], counts[is_used], held_out)

    def _given_shares(
        self, prior: Mapping[str | None, float], usual: np.ndarray
    ) -> np.ndarray:
        """Return the shares (labels and none) that a mapping gives, which sum to 1."""
        names = [label for label in prior if label is not None]
        if names:
            self._own_labels(names, len(names))
        shares = np.array([prior.get(label, 0.0) for label in self.labels])
        none = prior.get(None, usual[-1])
        total = shares.sum()
        if not (shares.min() >= 0 <= none < 1 and 0 < total < np.inf):
            raise InputError(
                "The shares of a prior must not be below 0, one must be above, and None below 1."
            )
        return np.append((1 - none) * shares / total, none)

    @property
    def _held_out(self) -> HeldOutRows:
        if self.model.held_out is None:
            raise InputError(
                "The model was saved without held-out rows, which this needs: retrain it."
            )
        return self.model.held_out

    def sets(
        self, texts: Iterable[str], coverage: float = COVERAGE
    ) -> list[tuple[str | None, ...]]:
        """Return for each text the labels one of which it has, most likely first; None is none.

        Whichever is right is in the set with the probability `coverage`, from 0.5 to 0.99, by the
        network alone; held_out.py has the method and its source. Raises InputError for any other
        coverage, and for a model that has no held-out rows.
        """
        if not 0.5 <= coverage <= 0.99:
            raise InputError(f"coverage must be from 0.5 to 0.99, not {coverage}.")
        texts = listed(texts, "texts")
        readings = self._read_all(texts, any_text=False)
        return self._sets(self._joint(map(readings.__getitem__, texts)), coverage)

    def _sets(
        self, joint: np.ndarray, coverage: float = COVERAGE
    ) -> list[tuple[str | None, ...]]:
        """Return the sets of texts whose labels and none have the probabilities `joint`."""
        is_in = self._held_out.sets(joint, coverage)
        names = [*self.labels, None]
        sets = []
        for i, order in enumerate(np.argsort(-joint, axis=1, kind="stable")):
            sets.append(tuple(names[j] for j in order if is_in[i, j]))
        return sets

    def conclude(
        self,
        judged: Judged,
        top_k: int | None = None,
        mix: Mix | None = None,
        coverage: float = COVERAGE,
    ) -> list[Answer]:
        """Return the answers to what was judged, as texts of a list with this mix.

        `coverage` is that of their sets.
        """
        k = self.count_of(top_k)
        readings, parts, network, surname, usual_belief = judged
        is_alone = not self.model.look_up
        decide = self.model.decide
        usual = decide(usual_belief, is_alone)
        whole, belief, verdicts = network, usual_belief, usual
        if mix:
            whole = mix.moved(network)
            belief = self._believed(whole, mix.moved(surname), parts)
            verdicts = decide(belief, is_alone)
        best = ranked(belief, k)
        is_other = belief.argmax(axis=1) != whole.argmax(axis=1)
        sets: list[tuple[str | None, ...]] = [()] * len(readings)
        if self.model.held_out:
            sets = self._sets(network, coverage)
        answers = []
        for i, of_network in enumerate(decide(network)):
            verdict = verdicts[i]
            if verdict[:2] != usual[i][:2]:
                verdict = verdict._replace(source="list")
            elif is_other[i]:
                verdict = verdict._replace(source="data")
            answer = self._answer(
                readings[i],
                *parts[i],
                best[i],
                belief[i],
                network[i],
                (verdict, of_network),
                sets[i],
            )
            answers.append(answer)
        return answers

    def _believed(
        self,
        whole: np.ndarray,
        surname: np.ndarray,
        parts: Sequence[tuple[Part, Facts]],
    ) -> np.ndarray:
        """Return the probabilities (n, labels and none) of network and data together.

        `whole` and `surname` are the network's, of the texts and of the surnames in them.
        """
        bearers = [facts.bearers for _, facts in parts]
        seen = [not facts.is_unseen for _, facts in parts]
        belief = believed(surname, bearers, seen)
        is_full = (whole != surname).any(axis=1)
        of_full = belief[is_full], whole[is_full], surname[is_full]
        belief[is_full] = of_whole(*of_full)
        return belief

    def _answer(
        self,
        reading: Reading,
        part: Part,
        facts: Facts,
        best: list[int],
        belief: np.ndarray,
        network: np.ndarray,
        verdicts: tuple[Verdict, Verdict],
        likely_set: tuple[str | None, ...],
    ) -> Answer:
        """Return the answer to a text by its `verdicts`, of both and of the network alone.

        `best` are the indices of its labels, the likeliest first.
        """
        predictions = [(self.labels[i], float(belief[i])) for i in best]
        verdict, of_network = verdicts
        best_label, best_probability = predictions[0]
        doubt = self.task.doubt(reading.text)
        notes = list(reading.typed.notes)
        if doubt != "text":
            notes += part.notes(reading.name)
        notes += self.task.notes(reading.name, reading.units)
        is_unknown = not self.encoder.recognises(reading.units)
        if is_unknown:
            notes.append(f"None of these {self.task.kind.units} appeared in training.")
        unsure = Verdict("unsure", (best_label,), best_probability, verdict.source)
        if doubt == "text":
            verdict = Verdict("text", (), 1.0)
        elif facts.is_given:
            given = tuple(label for label in facts.given if label in self.labels)
            verdict = Verdict("given", given, 1.0, "data")
        elif doubt or (is_unknown and verdict.kind != "none"):
            verdict = unsure
        if is_unknown and of_network.kind != "none":
            of_network = unsure._replace(source="network")
        return Answer(
            text=reading.text,
            name=reading.name,
            surname=part.text,
            romanised=self.task.romanise(reading.name, best_label, self.model.readings),
            notes=notes,
            verdict=verdict,
            of_network=of_network,
            side=end_of_side(verdict, self.labels),
            predictions=predictions,
            none=float(belief[-1]) if self.other_labels else None,
            network=network[[*best, -1]].tolist(),
            facts=facts,
            likely_set=likely_set,
            weights=self.weights_sha256,
        )

    def known_part(
        self, name: str, facts_of: Callable[[str], Facts]
    ) -> tuple[Part, Facts]:
        """Return the surname in a name without titles, and what the data have of it."""

        def known(text: str) -> Word:
            facts = facts_of(text)
            common = [label for label, share in facts.shares if share >= FEW_BEARERS]
            return Word(common, facts.given, facts.times, facts.is_common)

        part = self.task.part(name, known)
        facts = facts_of(part.text)
        if part.text != name:  # as a surname it is not a given name
            facts = facts._replace(given=(), times=SURNAME_TIMES)
        return part, facts

    def facts(self, text: str) -> Facts:
        """Return what the data have of this very text, as the model's folder holds it."""
        key = self.task.kind.key(text)
        trained = self.training_texts.get(key, {})
        return self.model.look_up.facts(key, trained, self.labels)

    def _joint(self, readings: Iterable[Reading]) -> np.ndarray:
        """Return the network's probabilities (n, labels and none), of which each row sums to 1."""
        table = self._table(readings)
        return joint_of(table[:, :-1], table[:, -1])

    def _table(self, readings: Iterable[Reading | None]) -> np.ndarray:
        """Return the probabilities of labels and, at the end, of none; without a reading NaN.

        What is read alike passes the network once, beside texts of about its length.
        """
        readings = list(readings)
        distinct = {reading.ids for reading in readings if reading}
        in_order = sorted(distinct, key=lambda ids: (len(ids), ids))
        n_columns = len(self.labels) + 1
        nothing = np.full(n_columns, np.nan)
        row_of: dict[tuple[int, ...], np.ndarray] = {}
        for start in range(0, len(in_order), CHUNK):
            chunk = in_order[start : start + CHUNK]
            probabilities = np.column_stack(self.model.probabilities(chunk))
            row_of.update(zip(chunk, probabilities, strict=True))
        table = [row_of[reading.ids] if reading else nothing for reading in readings]
        return np.array(table, np.float32).reshape(-1, n_columns)

    def _read_all(
        self, texts: Sequence[str], any_text: bool, drop: bool = False
    ) -> dict[str, Reading]:
        """Return a reading of each distinct text; with `drop`, none of those that are missing."""
        readings: dict[str, Reading] = {}
        for i, text in enumerate(texts):
            is_known = isinstance(text, str) and text in readings
            if is_known or (drop and is_missing(text)):
                continue
            try:
                readings[text] = self.read(text, any_text)
            except InputError as error:
                if len(texts) == 1:
                    raise
                raise error.at(f"texts[{i}]") from None
        return readings

    def explain(
        self, text: str, on_a_scale: bool = False, label: str | None = None
    ) -> Explanation:
        """Return what each character or word of `text` adds to the logit of a `label`.

        By default it is the one that is likeliest to the network. With `on_a_scale`, where labels
        have an order, it is what each adds to the sum of logits weighted from -1, the first label,
        to 1. Integrated gradients, see explanation.py, of calibrated logits. Raises InputError for
        an invalid text, and for a label that the model lacks.
        """
        reading = self.read(text)
        ids, lengths = pad_ids([reading.ids])
        ids = ids.to(self.model.device)
        outputs = self.model.outputs(ids, lengths)[0]
        n_labels = len(self.labels)
        # Of the logits in the sum that is explained
        weights = torch.zeros_like(outputs)
        if on_a_scale:
            best = n_labels - 1
            weights[:n_labels] = torch.linspace(-1, 1, n_labels)
        else:
            best = int(outputs[:n_labels].argmax())
            if label is not None:
                [name] = self._own_labels([label], 1)
                best = self.labels.index(name)
            weights[best] = 1

        logits = outputs[None, :n_labels]
        temperature = self.calibration.temperatures(lengths, logits).item()
        share = self.calibration.share
        added = letter_contributions(self.network, ids, weights, share) / temperature
        values = added.tolist()
        total = float(outputs @ weights) / temperature
        start = total - sum(values)  # without any letter
        rest = iter(values)
        contributions = []
        for piece, n_ids in self.encoder.pieces(reading.name):
            # A text that is only read in part has fewer values than pieces.
            value = sum(islice(rest, n_ids), 0.0)
            contributions.append((piece, value))
        return Explanation(text, self.labels[best], tuple(contributions), start)

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
        # Here because scikit-learn takes a second
        from .training.metrics import all_metrics
        from .training.scores import report, top_accuracy

        k = self.count_of(top_k)
        texts = listed(texts, "texts")
        names = self._own_labels(listed(labels, "labels"), len(texts))
        probabilities, none = self.predict_all(texts, any_text=True)
        targets = np.array([self.labels.index(name) for name in names])
        rows = Rows(texts, names)
        data = Dataset(Rows(), Rows(), rows, self.labels, key=self.task.kind.key)
        accepted = data.accepted(rows)
        scores = report(probabilities, targets, self.labels, accepted)
        verdicts = self.model.decide(joint_of(probabilities, none))
        kinds = [verdict.kind for verdict in verdicts]
        scores["top_accuracy"] = top_accuracy(probabilities, targets, k)
        scores["none"] = kinds.count("none") / len(kinds)
        scores["unsure"] = float(np.mean([verdict.is_open for verdict in verdicts]))
        predicted = probabilities.argmax(axis=1)
        scores |= self._score_unseen(texts, predicted, targets)
        if keep:
            if "history" in self.metrics or scores["trained_on"]:
                raise InputError(
                    "These scores are not kept: the model has scores of its training, or was "
                    "trained on some of these rows."
                )
            self.model.metrics = all_metrics(self.model, data, self.task, {})
        return scores

    def _own_labels(self, labels: list, n_texts: int) -> list[str]:
        """Return `labels` of any type as the model's; raise InputError for any other."""
        if len(labels) != n_texts or not labels:
            raise InputError(
                f"{n_texts} texts, {len(labels)} labels: each text needs a label."
            )
        names = list(map(label_text, labels))
        for i, name in enumerate(names):
            if not name:
                raise InputError(f"labels[{i}]: The label is missing.")
            if name not in self.labels:
                known = listing(self.labels)
                raise InputError(
                    f"labels[{i}]: The model has no label {shorten(name)!r} but: {known}."
                )
        return names

    def _score_unseen(
        self, texts: Sequence[str], predicted: np.ndarray, targets: np.ndarray
    ) -> dict:
        """Return `trained_on` and `unseen` of `evaluate`; the labels are by index."""
        from .training.scores import macro_f1  # here, too

        if not self.training_texts:
            return {"trained_on": None, "unseen": None}
        keys = map(self.task.kind.key, texts)
        is_unseen = np.array([key not in self.training_texts for key in keys])
        predicted, targets = predicted[is_unseen], targets[is_unseen]
        unseen = None
        if len(targets):
            unseen = {
                "rows": len(targets),
                "accuracy": float((predicted == targets).mean()),
                "macro_f1": macro_f1(targets, predicted),
            }
        return {"trained_on": len(texts) - len(targets), "unseen": unseen}

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
        missing: Missing = "drop",
        verbose: bool = True,
        **options: Unpack[Options],
    ) -> "TextClassifier":
        """Train a classifier of `texts` with their `labels`, as `train.py --data TABLE` does.

        `validation` and `test` are pairs of such lists; without the first a tenth of the texts is
        held out, and without the second nothing is scored: a card or a Space needs it, or
        `evaluate` with `keep`. A warning says how many test texts are copies of training texts, or
        nearly so. `sample_weight` says how much each text counts, in training and calibration.
        `units` is "letters" or "words", `keep_case` tells "A" from "a" (None: if that tells labels
        apart, but never if `quick`), `task` is a task.toml or what it says, `options` are fields of
        the recipe such as epochs and seed. `quick` is for a first try: one stage instead of three
        or more, and rougher probabilities. `verbose` shows a bar on a terminal or in a notebook,
        and prints it if capitals are kept, which `training["keep_case"]` has, too. Below 5,000 rows
        the linear half is solved at once, and `linear_learning_rate` and `margins` change nothing
        unless `solves_linear` is False.

        Labels may be numbers, bools or categories; the model's are texts, and 1.0 is "1". Rows
        that lack text or label, as None, NaN or pandas.NA, or cannot be used are left out with a
        warning that counts them, and refused if `missing` is "error". Raises InputError for what
        cannot be trained on.

        >>> cities = "Osaka Kyoto Kobe Nara Nagoya Torino Milano Roma Pisa Bari".split()
        >>> TextClassifier.fit(cities, ["Japan"] * 5 + ["Italy"] * 5, epochs=1).labels
        ['Italy', 'Japan']
        """
        # Here because these take a second.
        from .training.case import choose_case
        from .training.progress import Progress
        from .training.session import Session, make_accelerator, restoring_threads
        from .training.stages import finish, train

        custom = custom_task(task, units=units, keep_case=keep_case)
        lists = {
            "train": (texts, labels),
            "validation": validation,
            "test": test,
        }
        strict = not drops(missing)
        dataset = dataset_of(lists, custom.kind, strict, sample_weight)
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
            best = finish(trained, dataset, custom, with_baseline=True)
        best.training["command"] = "TextClassifier.fit"
        best.network.cpu()
        return cls(best)

    def save(self, folder: str | Path) -> None:
        """Write the model folder, with a card if it was scored.

        Raises InputError and leaves what was there untouched.
        """
        folder = Path(folder)
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
        return hub.upload(
            "model",
            repo_id,
            files,
            "Upload the model",
            private=private,
            token=token,
            managed=MAX_BYTES,
        )

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
