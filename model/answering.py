"""A trained model in, answers out; it trains nothing and opens no file.

    readings = read_texts(model, ["Nakamura", "Smith"])   a Reading each: the text taken apart once
    cases = judge(model, list(readings.values()))         a Case each: what network and data have
    conclude(model, cases, k=3)                           an Answer each, by a Verdict on Evidence

`read_list` does all of it, for page, endpoints, command line and Python alike: a list is judged
first, and then it is known how it is mixed, which its answers may follow.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from itertools import chain, compress
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np
import torch
from torch import Tensor

from .answers.belief import believed, of_whole
from .answers.decisions import (
    Evidence,
    candidates,
    decide,
    end_of_side,
    joint_of,
)
from .answers.explanation import Explanation, explanation_of
from .answers.held_out import COVERAGE, HeldOutRows
from .answers.known import SURNAME_TIMES, Facts
from .answers.mix import FEWEST_TO_MIX, Mix, mix_of
from .answers.reply import Answer
from .core import pad_ids
from .errors import InputError, shorten
from .tasks.part import Part
from .tasks.typed import NO_NAME
from .text.letters import is_in_han
from .trained import Model, Reading

CHUNK = 4096  # texts that are padded at once
Ids = tuple[int, ...]
Prior = Literal["list"] | None  # the mix of a list: its own, or the usual one
# Texts whose judgements are kept until the mix is known, about 2 kB each; more are judged twice
KEPT = 100_000
Report = Callable[[int, int, str], object]  # texts done, of all, what is done to them
T = TypeVar("T")


class Outputs(NamedTuple):
    """The network's, of n different texts, each read once."""

    row_of: dict[Ids, int]  # by what was read
    logits: Tensor  # (n, labels and other labels), with the bias
    # Probabilities (n, labels and none), float32: those of labels are given that it has one
    probabilities: np.ndarray

    def probabilities_of(self, texts: Iterable[Ids]) -> np.ndarray:
        """Return those of texts with these ids."""
        return self.probabilities[[self.row_of[ids] for ids in texts]]

    def logits_of(self, texts: Iterable[Ids]) -> Tensor:
        """Return their logits (n, labels and other labels)."""
        return self.logits[[self.row_of[ids] for ids in texts]]

    def joint_of(self, texts: Iterable[Ids]) -> np.ndarray:
        """Return their probabilities (n, labels and none), of which each row sums to 1."""
        probabilities = self.probabilities_of(texts)
        return joint_of(probabilities[:, :-1], probabilities[:, -1])


class Case(NamedTuple):
    """One text, and what network and data have of it.

    Its arrays (labels and none) are rows of those of all texts that are judged together.
    """

    reading: Reading
    part: Part  # the surname in it
    facts: Facts  # what the data have of that
    network: np.ndarray  # the network's probabilities of the text
    surname: np.ndarray  # and of its surname
    evidence: Evidence  # of network and data together, under the usual mix
    outputs: (
        Outputs  # of the network on all these texts, and on what is read beside them
    )

    @property
    def is_used(self) -> bool:
        """Whether it tells how its list is mixed.

        Blank texts, sentences, given names and texts that the network cannot read do not.
        """
        evidence = self.evidence
        is_name = evidence.doubt not in NO_NAME and evidence.given is None
        return bool(self.reading.units) and evidence.is_read and is_name

    @property
    def is_decided(self) -> bool:
        """Whether the data decide it: they have it, and one answer stands out."""
        is_sure = decide(self.evidence).kind in ("label", "none")
        return self.facts.has_data and is_sure


# ------------------------------------------------------------------------------- text to reading


def read_text(model: Model, text: str, any_text: bool = False) -> Reading:
    """Return `text` taken apart, as the network reads it; with `any_text` a blank one, too.

    Raises InputError if it is not a text of the model's task, for example if it is empty.
    """
    kind = model.task.kind
    is_free = any_text and isinstance(text, str)
    if not is_free:
        kind.check(text)
    typed = model.task.as_typed(text)
    units = model.encoder.read_units(typed.name)
    if not is_free:
        kind.check_units(units)
    return Reading(text, typed, units, tuple(model.encoder.ids(units)))


def problem_with(model: Model, text: str) -> str | None:
    """Return why `read_text` refuses a text, without what to give instead; None if it does not."""
    try:
        read_text(model, text)
    except InputError as error:
        return error.problem
    return None


def read_texts(
    model: Model, texts: Sequence[str], any_text: bool = False, drop: bool = False
) -> dict[str, Reading]:
    """Return a reading of each distinct text; with `drop`, of each that can be read."""
    readings: dict[str, Reading] = {}
    for i, text in enumerate(texts):
        if isinstance(text, str) and text in readings:
            continue
        try:
            readings[text] = read_text(model, text, any_text)
        except InputError as error:
            if drop:
                continue
            if len(texts) == 1:
                raise
            raise error.at(f"texts[{i}]") from None
    return readings


# ----------------------------------------------------------------------- reading to probabilities


def run_network(model: Model, texts: Iterable[Ids]) -> Outputs:
    """Return what the network makes of texts with these ids, beside others of about their length.

    What is read alike passes it once.
    """
    in_order = sorted(set(texts), key=lambda ids: (len(ids), ids))
    n_labels = len(model.labels)
    logits = [torch.empty(0, n_labels + len(model.other_labels))]
    probabilities = [torch.empty(0, n_labels + 1)]
    for start in range(0, len(in_order), CHUNK):
        ids, lengths = pad_ids(in_order[start : start + CHUNK])
        of_chunk = model.outputs(ids.to(model.device), lengths).cpu()
        logits.append(of_chunk)
        probabilities.append(torch.column_stack(model.shares_of(of_chunk, lengths)))
    row_of = {ids: i for i, ids in enumerate(in_order)}
    return Outputs(row_of, torch.cat(logits), torch.cat(probabilities).numpy())


def predict_all(
    model: Model, texts: Sequence[str], any_text: bool = False, drop: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Return the network's probabilities of `texts`: (n, labels), given one, and none's (n,).

    With `drop` a text that cannot be read has NaN.
    """
    readings = read_texts(model, texts, any_text, drop)
    outputs = run_network(model, (reading.ids for reading in readings.values()))
    shares = np.full((len(texts), len(model.labels) + 1), np.nan, np.float32)
    is_read = [isinstance(text, str) and text in readings for text in texts]
    shares[is_read] = outputs.probabilities_of(
        readings[text].ids for text in compress(texts, is_read)
    )
    return shares[:, :-1], shares[:, -1]


def judge(
    model: Model, readings: Sequence[Reading], beside: Iterable[Ids] = ()
) -> list[Case]:
    """Return the case of each text; the network reads what is `beside` them at the same time."""
    facts_of = cache(partial(facts_on, model))  # because names share parts
    parts = [part_of(model, reading.name, facts_of) for reading in readings]
    surnames = []
    for reading, (part, _) in zip(readings, parts, strict=True):
        is_whole = part.text == reading.name
        of_part = reading if is_whole else read_text(model, part.text, any_text=True)
        surnames.append(of_part.ids)
    wholes = [reading.ids for reading in readings]
    outputs = run_network(model, [*wholes, *surnames, *beside])
    network, surname = outputs.joint_of(wholes), outputs.joint_of(surnames)
    evidence = evidence_on(model, readings, parts, network, surname)
    return [
        Case(reading, *parts[i], network[i], surname[i], evidence[i], outputs)
        for i, reading in enumerate(readings)
    ]


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


def facts_on(model: Model, text: str) -> Facts:
    """Return what the data have of this very text, as the model's folder holds it."""
    key = model.task.kind.key(text)
    trained = model.training_texts.get(key, {})
    return model.look_up.facts(key, trained, model.labels)


def part_of(
    model: Model, name: str, facts_of: Callable[[str], Facts]
) -> tuple[Part, Facts]:
    """Return the surname in a name without titles, and what the data have of it."""
    part = model.task.part(name, facts_of)
    facts = facts_of(part.text)
    if part.text != name:  # as a surname it is not a given name
        facts = facts._replace(given=(), times=SURNAME_TIMES)
        if not (part.is_certain or facts.has_data):
            # Of words that nobody knows all are read
            part = Part(name, is_certain=False)
    return part, facts


# ------------------------------------------------------------------------------------------ lists


class Wanted(NamedTuple):
    """What is wanted of a list beside its answers."""

    finds_mix: bool = False  # otherwise it has none
    by_mix: bool = False  # whether the answers follow it
    coverage: float = COVERAGE  # of their sets
    any_text: bool = False  # whether a blank text is answered, too


class Work(NamedTuple):
    """How a list is worked through, a chunk of distinct texts at a time."""

    chunk: int = CHUNK
    in_turn: Any = map  # or the `map` of threads
    on_progress: Report = lambda done, of_all, doing: None


def read_list(
    model: Model,
    texts: Iterable[str],
    k: int,
    wanted: Wanted = Wanted(),
    work: Work = Work(),
) -> tuple[Mix | None, str, Iterator[Answer]]:
    """Return the mix of a list, why it has none, and the answers to its distinct texts."""
    texts = list(texts)
    if not all(isinstance(text, str) for text in texts):
        read_texts(model, texts, wanted.any_text)  # says which is none
    counts = Counter(texts)
    different = list(counts)
    starts = range(0, len(different), work.chunk)

    def cases_from(start: int) -> list[Case]:
        chunk = different[start : start + work.chunk]
        readings = read_texts(model, chunk, wanted.any_text)
        return judge(model, list(readings.values()))

    if wanted.finds_mix and len(different) <= KEPT:
        cases_from = cache(cases_from)

    def for_mix(start: int) -> tuple[np.ndarray, ...]:
        cases = cases_from(start)
        rows = [(case.evidence.joint, case.is_used, case.is_decided) for case in cases]
        return tuple(map(np.array, zip(*rows, strict=True)))

    def reported(chunks: Iterable[T], doing: str) -> Iterator[T]:
        for start, chunk in zip(starts, chunks, strict=True):
            done = min(start + work.chunk, len(different))
            work.on_progress(done, len(different), doing)
            yield chunk

    mix, problem = None, ""
    if wanted.finds_mix:
        no_rows = np.empty(0, bool)
        nothing = np.empty((0, len(model.labels) + 1)), no_rows, no_rows
        rows = nothing, *reported(work.in_turn(for_mix, starts), "read")
        belief, is_used, is_decided = map(np.concatenate, zip(*rows, strict=True))
        used = is_used * np.array(list(counts.values()), int)
        try:
            mix = mix_of_rows(model, belief, used, is_decided)
        except InputError as error:
            problem = str(error)

    def answers(start: int) -> list[Answer]:
        followed = mix if wanted.by_mix else None
        return conclude(model, cases_from(start), k, followed, wanted.coverage)

    return (
        mix,
        problem,
        chain.from_iterable(reported(work.in_turn(answers, starts), "answered")),
    )


def mix_of_rows(
    model: Model, joint: np.ndarray, counts: np.ndarray, is_decided: np.ndarray
) -> Mix:
    """Return the mix of a list with the probabilities `joint` (n, labels and none).

    Each row counts as often as `counts` (n,) says, and data decide some (n,). Raises InputError
    below FEWEST_TO_MIX in all.
    """
    held_out = held_out_of(model)
    n = int(counts.sum())
    if n < FEWEST_TO_MIX:
        raise InputError(
            f"A mix of its own needs {FEWEST_TO_MIX} usable rows, and the list has {n}: read it "
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
    cases: Sequence[Case],
    k: int,
    mix: Mix | None = None,
    coverage: float = COVERAGE,
) -> list[Answer]:
    """Return the answers to cases, with `k` labels, as texts of a list with this mix.

    `coverage` is that of their sets.
    """
    network = np.stack([case.network for case in cases])
    sets: list[tuple[str | None, ...]] = [()] * len(cases)
    if model.held_out:
        sets = sets_of(model, network, coverage)
    evidence = [case.evidence for case in cases]
    if mix:
        evidence = moved_evidence(model, cases, mix)
    rows = zip(cases, evidence, model.evidence(network), sets, strict=True)
    return [answer_to(model, *row, k) for row in rows]


def moved_evidence(model: Model, cases: Sequence[Case], mix: Mix) -> list[Evidence]:
    """Return the evidence on cases as texts of a list with this mix; what data decide stays."""
    readings, parts, facts, network, surname, *_ = zip(*cases, strict=True)
    is_open = np.array([[not case.is_decided] for case in cases])
    moved = [
        np.where(is_open, mix.moved(joint), joint)
        for joint in (np.stack(network), np.stack(surname))
    ]
    return evidence_on(model, readings, [*zip(parts, facts, strict=True)], *moved)


def answer_to(
    model: Model,
    case: Case,
    evidence: Evidence,
    of_network: Evidence,
    likely_set: tuple[str | None, ...],
    k: int,
) -> Answer:
    """Return the answer to a case, with `k` labels, by this evidence and that of the network."""
    name = case.reading.name
    verdict = decide(evidence)
    if verdict[:2] != decide(case.evidence)[:2]:
        verdict = verdict._replace(source="list")
    best = evidence.order[:k]
    likeliest = model.labels[best[0]]
    return Answer(
        text=case.reading.text,
        name=name,
        surname=case.part.text,
        romanised=model.task.romanise(name, likeliest, model.readings),
        notes=notes_on(model, case),
        verdict=verdict,
        of_network=decide(of_network._replace(is_read=evidence.is_read)),
        side=end_of_side(verdict, model.labels),
        predictions=[(model.labels[j], evidence.joint[j]) for j in best],
        none=evidence.joint[-1] if model.other_labels else None,
        network=[of_network.joint[j] for j in (*best, -1)],
        facts=case.facts,
        likely_set=likely_set,
        candidates=candidates(evidence) if verdict.kind == "unsure" else (),
        weights=model.sha256,
    )


def notes_on(model: Model, case: Case) -> list[str]:
    """Return how a text was read, a sentence each."""
    reading, evidence = case.reading, case.evidence
    notes = list(reading.typed.notes)
    if evidence.doubt not in NO_NAME:
        notes += case.part.notes(reading.name)
    notes += model.task.notes(reading.name, reading.units)
    if not evidence.is_read:
        notes.append(f"None of these {model.task.kind.units} appeared in training.")
    return notes


def evidence_on(
    model: Model,
    readings: Sequence[Reading],
    parts: Sequence[tuple[Part, Facts]],
    network: np.ndarray,
    surname: np.ndarray,
) -> list[Evidence]:
    """Return what the verdicts on n texts follow from, by network and data together.

    That is by data where the network says another label, of the text as it stands and as a name
    with its surname.
    """
    belief = believed_of(network, surname, readings, parts)
    best = belief.argmax(axis=1)
    unheard = of_whole(surname, network, surname)
    is_other = (best != network.argmax(axis=1)) & (best != unheard.argmax(axis=1))
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

    text: str
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
                ids = read_text(model, rest).ids
            except InputError:
                ids = None
        found.append(LeftOut(piece, length, ids))
    return found


def explain(
    model: Model,
    case: Case,
    answer: Answer,
    pieces: Sequence[LeftOut],
    label: str | None = None,
) -> Explanation:
    """Return the explanation of a case that was judged beside its `pieces`, by its `answer`.

    It is of the network's own answer, unless a `label` is given.
    """
    if answer.verdict.kind == "text":
        return Explanation(answer.text, answer.verdict.in_words)
    columns, name = explained(model, answer, label)

    def probability(ids: Ids | None) -> float | None:
        if ids is None:
            return None
        return float(case.outputs.joint_of([ids])[0, columns].sum())

    whole = float(case.network[columns].sum())
    without = [probability(piece.ids) for piece in pieces]
    return explanation_of(
        answer.text, name, [piece.text for piece in pieces], whole, without
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
        if answer.family:
            label = answer.family
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
