"""A trained model in, answers out; it trains nothing and opens no file.

    readings = read_all(model, ["Nakamura", "Smith"])   each text taken apart once
    judged = judge(model, list(readings.values()))      what network and data have of them, together
    conclude(model, judged, k=3)                        an Answer each

`read_list` does all of it, for page, endpoints, command line and Python alike: a list is judged
first, and then it is known how it is mixed, which its answers may follow.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import chain, compress
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np
import torch
from torch import Tensor

from .answers.belief import believed, of_whole
from .answers.decisions import Evidence, decide, end_of_side, joint_of
from .answers.explanation import Explanation, explanation_of
from .answers.held_out import COVERAGE, HeldOutRows
from .answers.known import FEW_BEARERS, SURNAME_TIMES, Facts
from .answers.mix import FEWEST_ROWS, Mix, mix_of
from .answers.reply import Answer
from .core import pad_ids
from .errors import InputError, shorten
from .tasks.part import Part, Word
from .tasks.typed import NO_NAME
from .text.letters import is_in_han
from .trained import Model, Reading

CHUNK = 4096  # texts that are padded at once
LEAST_SURNAME = 0.5  # probability of the label that is named behind a given name
Ids = tuple[int, ...]
Prior = Literal["list"] | None  # the mix of a list: its own, or the usual one
# Texts whose judgements are kept until the mix is known, about 2 kB each; more are judged twice
KEPT = 100_000
Report = Callable[[int, int, str], object]  # texts done, of all, what is done to them
T = TypeVar("T")


class Run(NamedTuple):
    """What the network makes of n different texts, each read once."""

    row_of: dict[Ids, int]  # by what was read
    outputs: Tensor  # (n, labels and other labels), with the bias
    # Probabilities (n, labels and none), float32: those of labels are given that it has one
    table: np.ndarray

    def of(self, texts: Iterable[Ids]) -> np.ndarray:
        """Return the rows of the table for texts with these ids."""
        return self.table[[self.row_of[ids] for ids in texts]]

    def outputs_of(self, texts: Iterable[Ids]) -> Tensor:
        """Return their outputs (n, labels and other labels)."""
        return self.outputs[[self.row_of[ids] for ids in texts]]

    def joint_of(self, texts: Iterable[Ids]) -> np.ndarray:
        """Return their probabilities (n, labels and none), of which each row sums to 1."""
        table = self.of(texts)
        return joint_of(table[:, :-1], table[:, -1])


class Judged(NamedTuple):
    """What network and data have of n texts: the arrays are (n, labels and none)."""

    readings: Sequence[Reading]
    parts: list[tuple[Part, Facts]]  # the surname in each
    whole: np.ndarray  # the network's probabilities of the texts
    surname: np.ndarray  # and of their surnames
    belief: np.ndarray  # of network and data together
    usual: list[Evidence]  # what the verdicts follow from, under the usual mix
    run: Run


# ------------------------------------------------------------------------------- text to reading


def read(model: Model, text: str, any_text: bool = False) -> Reading:
    """Return `text` taken apart, as the network reads it; with `any_text` a blank one, too.

    Raises InputError if it is not a text of the model's task, for example if it is empty.
    """
    kind = model.task.kind
    is_free = any_text and isinstance(text, str)
    if not is_free:
        kind.check(text)
    typed = model.task.as_typed(text)
    units = model.encoder.read(typed.name)
    if not is_free:
        kind.check_units(units)
    return Reading(text, typed, units, tuple(model.encoder.ids(units)))


def problem_with(model: Model, text: str) -> str | None:
    """Return why `read` refuses a text, without what to give instead; None if it does not."""
    try:
        read(model, text)
    except InputError as error:
        return error.problem
    return None


def read_all(
    model: Model, texts: Sequence[str], any_text: bool = False, drop: bool = False
) -> dict[str, Reading]:
    """Return a reading of each distinct text; with `drop`, of each that can be read."""
    readings: dict[str, Reading] = {}
    for i, text in enumerate(texts):
        if isinstance(text, str) and text in readings:
            continue
        try:
            readings[text] = read(model, text, any_text)
        except InputError as error:
            if drop:
                continue
            if len(texts) == 1:
                raise
            raise error.at(f"texts[{i}]") from None
    return readings


# ----------------------------------------------------------------------- reading to probabilities


def run(model: Model, texts: Iterable[Ids]) -> Run:
    """Return what the network makes of texts with these ids, beside others of about their length.

    What is read alike passes it once.
    """
    in_order = sorted(set(texts), key=lambda ids: (len(ids), ids))
    n_labels = len(model.labels)
    outputs = [torch.empty(0, n_labels + len(model.other_labels))]
    table = [torch.empty(0, n_labels + 1)]
    for start in range(0, len(in_order), CHUNK):
        ids, lengths = pad_ids(in_order[start : start + CHUNK])
        of_chunk = model.outputs(ids.to(model.device), lengths).cpu()
        outputs.append(of_chunk)
        table.append(torch.column_stack(model.shares_of(of_chunk, lengths)))
    row_of = {ids: i for i, ids in enumerate(in_order)}
    return Run(row_of, torch.cat(outputs), torch.cat(table).numpy())


def predict_all(
    model: Model, texts: Sequence[str], any_text: bool = False, drop: bool = False
) -> np.ndarray:
    """Return the network's probabilities of `texts`, (n, labels and none), as Run has them.

    With `drop` a text that cannot be read has NaN.
    """
    readings = read_all(model, texts, any_text, drop)
    found = run(model, (reading.ids for reading in readings.values()))
    table = np.full((len(texts), len(model.labels) + 1), np.nan, np.float32)
    read = [isinstance(text, str) and text in readings for text in texts]
    table[read] = found.of(readings[text].ids for text in compress(texts, read))
    return table


def judge(
    model: Model, readings: Sequence[Reading], beside: Iterable[Ids] = ()
) -> Judged:
    """Return what network and data have of texts.

    The network reads what is `beside` them at the same time.
    """
    facts_of = cache(lambda text: known(model, text))  # because names share parts
    parts = [known_part(model, reading.name, facts_of) for reading in readings]
    surnames = []
    for reading, (part, _) in zip(readings, parts, strict=True):
        is_whole = part.text == reading.name
        of_part = reading if is_whole else read(model, part.text, any_text=True)
        surnames.append(of_part.ids)
    wholes = [reading.ids for reading in readings]
    found = run(model, [*wholes, *surnames, *beside])
    whole, surname = found.joint_of(wholes), found.joint_of(surnames)
    belief = believed_of(whole, surname, readings, parts)
    usual = evidence_on(model, readings, parts, belief, whole, surname)
    return Judged(readings, parts, whole, surname, belief, usual, found)


def believed_of(
    whole: np.ndarray,
    surname: np.ndarray,
    readings: Sequence[Reading],
    parts: Sequence[tuple[Part, Facts]],
) -> np.ndarray:
    """Return the probabilities (n, labels and none) of network and data together.

    `whole` and `surname` are the network's, of the texts and of the surnames in them. A name that
    is all in Han has a character or two besides, which tell less than the bearers of its surname.
    """
    bearers = [facts.bearers for _, facts in parts]
    seen = [not facts.is_unseen for _, facts in parts]
    belief = believed(surname, bearers, seen)
    is_full = (whole != surname).any(axis=1)
    for i in np.flatnonzero(is_full).tolist():
        is_full[i] = not (bearers[i] and is_in_han(readings[i].name))
    belief[is_full] = of_whole(belief[is_full], whole[is_full], surname[is_full])
    return belief


def known(model: Model, text: str) -> Facts:
    """Return what the data have of this very text, as the model's folder holds it."""
    key = model.task.kind.key(text)
    trained = model.training_texts.get(key, {})
    return model.look_up.facts(key, trained, model.labels)


def known_part(
    model: Model, name: str, facts_of: Callable[[str], Facts]
) -> tuple[Part, Facts]:
    """Return the surname in a name without titles, and what the data have of it."""

    def word(text: str) -> Word:
        facts = facts_of(text)
        common = [label for label, share in facts.shares if share >= FEW_BEARERS]
        return Word(common, facts.given, facts.times, facts.is_common)

    part = model.task.part(name, word)
    facts = facts_of(part.text)
    if part.text != name:  # as a surname it is not a given name
        facts = facts._replace(given=(), times=SURNAME_TIMES)
        if not (part.is_certain or facts.has_data):
            part = Part(
                name, is_certain=False
            )  # of words that nobody knows all are read
    return part, facts


# ------------------------------------------------------------------------------------------ lists


def read_list(
    model: Model,
    texts: Iterable[str],
    k: int,
    *,
    finds_mix: bool = False,
    by_mix: bool = False,
    coverage: float = COVERAGE,
    any_text: bool = False,
    chunk: int = CHUNK,
    in_turn: Any = map,
    on_progress: Report = lambda done, of_all, doing: None,
) -> tuple[Mix | None, str, Iterator[Answer]]:
    """Return the mix of a list, why it has none, and the answers to its distinct texts.

    Only if it `finds_mix` is there one; the answers follow it `by_mix`. Chunks of texts are read
    `in_turn`, which may be the `map` of threads. Others are as in `read` and `conclude`.
    """
    texts = list(texts)
    if not all(isinstance(text, str) for text in texts):
        read_all(model, texts, any_text)  # says which is none
    counts = Counter(texts)
    different = list(counts)
    starts = range(0, len(different), chunk)

    def judged(start: int) -> Judged:
        readings = read_all(model, different[start : start + chunk], any_text)
        return judge(model, list(readings.values()))

    if finds_mix and len(different) <= KEPT:
        judged = cache(judged)

    def read_for_mix(start: int) -> tuple[np.ndarray, ...]:
        part = judged(start)
        return part.belief, usable(part), decided(part)

    def reported(parts: Iterable[T], doing: str) -> Iterator[T]:
        for start, part in zip(starts, parts, strict=True):
            on_progress(min(start + chunk, len(different)), len(different), doing)
            yield part

    mix, problem = None, ""
    if finds_mix:
        no_rows = np.empty(0, bool)
        nothing = np.empty((0, len(model.labels) + 1)), no_rows, no_rows
        parts = nothing, *reported(in_turn(read_for_mix, starts), "read")
        belief, is_used, is_decided = map(np.concatenate, zip(*parts, strict=True))
        used = is_used * np.array(list(counts.values()), int)
        try:
            mix = mix_of_rows(model, belief, used, is_decided)
        except InputError as error:
            problem = str(error)

    def answers(start: int) -> list[Answer]:
        return conclude(model, judged(start), k, mix if by_mix else None, coverage)

    return (
        mix,
        problem,
        chain.from_iterable(reported(in_turn(answers, starts), "answered")),
    )


def usable(judged: Judged) -> np.ndarray:
    """Return which texts tell how their list is mixed, bool (n,).

    Blank texts, sentences, given names and texts that the network cannot read do not.
    """
    is_name = [
        bool(reading.units) and e.is_read and e.doubt not in NO_NAME and e.given is None
        for reading, e in zip(judged.readings, judged.usual, strict=True)
    ]
    return np.array(is_name, bool)


def decided(judged: Judged) -> np.ndarray:
    """Return which texts the data decide, bool (n,): they have them, and one answer stands out."""
    is_decided = []
    for evidence, (_, facts) in zip(judged.usual, judged.parts, strict=True):
        is_sure = decide(evidence).kind in ("label", "none")
        is_decided.append(facts.has_data and is_sure)
    return np.array(is_decided, bool)


def mix_of_rows(
    model: Model, joint: np.ndarray, counts: np.ndarray, is_decided: np.ndarray
) -> Mix:
    """Return the mix of a list with the probabilities `joint` (n, labels and none).

    Each row counts as often as `counts` (n,) says, and data decide some (n,). Raises InputError
    below FEWEST_ROWS in all.
    """
    held_out = held_out_of(model)
    n = int(counts.sum())
    if n < FEWEST_ROWS:
        raise InputError(
            f"A mix of its own needs {FEWEST_ROWS} usable rows, and the list has {n}: read it "
            "without."
        )
    is_used = counts > 0
    return mix_of(joint[is_used], counts[is_used], held_out, is_decided[is_used])


def check_prior(prior: Prior) -> None:
    """Raise InputError for what is not a prior."""
    if prior not in ("list", None):
        raise InputError(f'prior must be "list" or None, not {shorten(repr(prior))}.')


def held_out_of(model: Model) -> HeldOutRows:
    """Return the model's held-out rows; raise InputError where it has none."""
    if model.held_out is None:
        raise InputError(
            "The model was saved without held-out rows, which this needs: retrain it."
        )
    return model.held_out


def sets_of(
    model: Model, joint: np.ndarray, coverage: float = COVERAGE
) -> list[tuple[str | None, ...]]:
    """Return the sets of texts whose labels and none have the probabilities `joint`."""
    is_in = held_out_of(model).sets(joint, coverage)
    names = [*model.labels, None]
    sets = []
    for i, order in enumerate(np.argsort(-joint, axis=1, kind="stable")):
        sets.append(tuple(names[j] for j in order if is_in[i, j]))
    return sets


# ----------------------------------------------------------------------- probabilities to answers


def conclude(
    model: Model,
    judged: Judged,
    k: int,
    mix: Mix | None = None,
    coverage: float = COVERAGE,
) -> list[Answer]:
    """Return the answers to what was judged, with `k` labels, as texts of a list with this mix.

    `coverage` is that of their sets.
    """
    readings, parts, network, surname, _, usual, _ = judged
    sets: list[tuple[str | None, ...]] = [()] * len(readings)
    if model.held_out:
        sets = sets_of(model, network, coverage)
    moved = usual
    if mix:
        is_open = ~decided(judged)[:, None]
        whole = np.where(is_open, mix.moved(network), network)
        surname = np.where(is_open, mix.moved(surname), surname)
        belief = believed_of(whole, surname, readings, parts)
        moved = evidence_on(model, readings, parts, belief, whole, surname)
    answers = []
    for i, alone in enumerate(model.evidence(network)):
        reading = readings[i]
        part, facts = parts[i]
        evidence = moved[i]
        verdict = decide(evidence)
        if mix and verdict[:2] != decide(usual[i])[:2]:
            verdict = verdict._replace(source="list")
        best = evidence.order[:k]
        likeliest = model.labels[best[0]]
        answer = Answer(
            text=reading.text,
            name=reading.name,
            surname=part.text,
            romanised=model.task.romanise(reading.name, likeliest, model.readings),
            notes=notes_on(model, reading, part, evidence),
            verdict=verdict,
            of_network=decide(alone._replace(is_read=evidence.is_read)),
            side=end_of_side(verdict, model.labels),
            predictions=[(model.labels[j], evidence.joint[j]) for j in best],
            none=evidence.joint[-1] if model.other_labels else None,
            network=[alone.joint[j] for j in (*best, -1)],
            facts=facts,
            likely_set=sets[i],
            weights=model.sha256,
        )
        answers.append(answer)
    return answers


def notes_on(
    model: Model, reading: Reading, part: Part, evidence: Evidence
) -> list[str]:
    """Return how a text was read, a sentence each."""
    notes = list(reading.typed.notes)
    if evidence.doubt not in NO_NAME:
        notes += part.notes(reading.name)
    notes += model.task.notes(reading.name, reading.units)
    if not evidence.is_read:
        notes.append(f"None of these {model.task.kind.units} appeared in training.")
    return notes


def evidence_on(
    model: Model,
    readings: Sequence[Reading],
    parts: Sequence[tuple[Part, Facts]],
    belief: np.ndarray,
    whole: np.ndarray,
    surname: np.ndarray,
) -> list[Evidence]:
    """Return what the verdicts follow from, by `belief`.

    That is by data where the network says another label, of the `whole` text as it stands and as a
    name with this `surname`.
    """
    best = belief.argmax(axis=1)
    unheard = of_whole(surname, whole, surname)
    is_other = (best != whole.argmax(axis=1)) & (best != unheard.argmax(axis=1))
    found = []
    for i, of_text in enumerate(model.evidence(belief, alone=not model.look_up)):
        reading = readings[i]
        _, facts = parts[i]
        found.append(
            of_text._replace(
                doubt=model.task.doubt(reading.text),
                given=facts.given if facts.is_given else None,
                is_read=model.encoder.recognises(reading.units),
                source="data" if is_other[i] else "network",
            )
        )
    return found


# ----------------------------------------------------------------------------------- explanations


class LeftOut(NamedTuple):
    """A piece of a text."""

    piece: str
    length: int  # how many ids it is read as
    ids: Ids | None  # of the text without it; None if that cannot be read


def check_explained(model: Model, text: str) -> None:
    """Raise InputError for a text that is longer than the task explains: it would take seconds."""
    if len(text) > model.task.page.max_explained:
        raise InputError(model.task.too_long)


def left_out(model: Model, reading: Reading) -> list[LeftOut]:
    """Return the pieces of what is read of a text, with the text that is left without each.

    Raises InputError as `check_explained`.
    """
    check_explained(model, reading.text)
    pieces = model.encoder.pieces(reading.name)
    found = []
    for i, (piece, length) in enumerate(pieces):
        ids: Ids | None = reading.ids
        if length or model.task.kind.units != "words":  # a gap between words stays
            rest = "".join(other for j, (other, _) in enumerate(pieces) if j != i)
            try:
                ids = read(model, rest).ids
            except InputError:
                ids = None
        found.append(LeftOut(piece, length, ids))
    return found


def explain(
    model: Model,
    judged: Judged,
    answer: Answer,
    pieces: Sequence[LeftOut],
    label: str | None = None,
) -> Explanation:
    """Return the explanation of the one text that was judged beside its `pieces`, by its `answer`.

    It is of the network's own answer, unless a `label` is given.
    """
    if answer.verdict.kind == "text":
        return Explanation(answer.text, answer.verdict.in_words)
    columns, name = explained(model, answer, label)

    def probability(ids: Ids | None) -> float | None:
        if ids is None:
            return None
        return float(judged.run.joint_of([ids])[0, columns].sum())

    whole = float(judged.whole[0, columns].sum())
    without = [probability(part.ids) for part in pieces]
    return explanation_of(
        answer.text, name, [part.piece for part in pieces], whole, without
    )


def explained(
    model: Model, answer: Answer, label: str | None = None
) -> tuple[list[int], str]:
    """Return the columns of probabilities that are explained, and what they are of together.

    That is the network's first label, none, or the half of a scale which that label is in; of a
    given name the label that is named behind it, if one is.
    """
    labels = model.labels
    if label is None:
        first, probability = answer.predictions[0]
        if answer.verdict.kind == "given" and probability >= LEAST_SURNAME:
            label = first
        elif answer.of_network.kind == "none":
            return [-1], answer.of_network.in_words
        else:
            label = answer.of_network.labels[0]
        place, half = labels.index(label), len(labels) // 2
        halves = range(half), range(len(labels) - half, len(labels))
        for columns in halves if model.task.kind.on_a_scale else ():
            if place in columns:
                return [*columns], " or ".join(labels[i] for i in columns)
    return [labels.index(label)], label
