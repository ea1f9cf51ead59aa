"""An answer, and how it is written out: as JSON for programs, as cells behind a row of a table.

    >>> label = Verdict("label", ("Dutch",), 0.9)
    >>> answer = Answer("Vries", verdict=label, predictions=[("Dutch", 0.9)], network=[0.8, 0.1])
    >>> reply(answer)["verdict"]["labels"], reply(answer)["predictions"]
    (['Dutch'], [{'label': 'Dutch', 'probability': 0.9, 'network': 0.8}])
    >>> list(cells_of(answer, 1).values())[:3]
    ['Dutch', 'Dutch', 0.9]

`reply` of model/web/engine/classifier.js writes the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from .decisions import LEAST_SURNAME, Kind, Source, Verdict, Why
from .known import Facts, Ranking

NO_VERDICT = Verdict("label", (), 0.0)
NOTES = {"data": "by our data", "list": "by the list’s mix"}  # by an answer's source
NO_FACTS = Facts()
MOST_IGNORED = 20  # characters that a note lists


@dataclass(frozen=True)
class Answer:
    """Everything that page, API, lists and command line show about one text.

    By default that of a text which cannot be read.
    """

    text: str
    name: str = ""  # what is read of it: without titles, initials and the like
    surname: str = ""  # that the data are asked for
    # What is read in Latin letters, for a reader; None where it is not known
    romanised: str | None = None
    notes: Sequence[str] = ()  # on how it was read, a sentence each
    verdict: Verdict = NO_VERDICT  # the answer in a word, by network and data together
    of_network: Verdict = NO_VERDICT  # the network's alone
    # The end of a scale and the probability of its side, where the verdict is a side
    side: tuple[str, float] | None = None
    predictions: Sequence[tuple[str, float]] = ()
    # Probability that it has none of the labels; None where that is not asked
    none: float | None = None
    # What the network alone gives these labels and, at the end, none
    network: Sequence[float] = (0.0,)
    facts: Facts = NO_FACTS  # what the data have of the text
    # One of these it is nine times in ten, whichever is right, by the network; None is none
    likely_set: Sequence[str | None] = ()
    # What an unsure text may be, the likeliest first; None is none
    candidates: Sequence[tuple[str | None, float]] = ()
    weights: str = ""  # the SHA-256 of those that answered

    @property
    def family(self) -> str:
        """The label that is named behind a given name, "" if none is likely enough."""
        if self.verdict.kind != "given":
            return ""
        label, probability = self.predictions[0]
        return label if probability >= LEAST_SURNAME else ""

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


class Side(TypedDict):
    """An end of a scale, and the probability of its half, 0 to 1."""

    label: str
    probability: float


class Prediction(Side):
    """One label and its probability, and that which the network alone gives it, 0 to 1."""

    network: float


class KnownLabel(TypedDict):
    """A label that a text has in the data, and its share of the text, 0 to 1."""

    label: str
    share: float


class VerdictReply(TypedDict):
    """What is said of a text, in one word: `Verdict` of model/answers/decisions.py."""

    kind: Kind
    labels: list[str]
    probability: float
    probability_of: str
    source: Source
    why: Why
    open: str


class Reply(TypedDict):
    """What /predict returns; `predictions` come most likely first.

    `verdict` and what follows from it, down to `predictions`, are by network and data together;
    `network` is what the network says alone, and `none_of_network` its probability of none.
    `part` is that of a full name that was looked up, "" if that is all of it.
    `none` is the probability that the text has none of the labels, null where that is not asked.
    `either` are two labels too close to tell apart, in an unsure answer; `side` is an end of a
    scale with the probability of its half, where no label alone is likely enough. `candidates` are
    what an unsure text may be, the likeliest first: labels, null for none. `family` is the
    likely label of a given name as a surname, "" if there is none.
    `known` is what the data have; it is `unseen` if the network was not trained on it. Both are
    null where the data lack the text. `bearers` says how many it has there: "a few", "some", "many"
    or "", and `mostly` whose more than half of them are, the largest first. `peoples` outside of
    all labels have the text, and those in `given` have it as a usual given name, the likeliest
    first: labels, or peoples if no label has it. `set` has labels, null for none, one of which is
    right nine times in ten, by the network. `weights` are the SHA-256 of those that answer.
    """

    text: str
    part: str
    romanised: str | None
    verdict: VerdictReply
    network: VerdictReply
    unsure: bool
    either: list[str] | None
    side: Side | None
    candidates: list[str | None]
    family: str
    none: float | None
    none_of_network: float | None
    predictions: list[Prediction]
    known: list[KnownLabel] | None
    unseen: bool | None
    bearers: str
    mostly: list[str]
    peoples: list[str]
    given: list[str]
    set: list[str | None]
    weights: str


def reply(answer: Answer) -> Reply:
    """Return an answer as /predict gives it."""
    verdict = answer.verdict
    facts = answer.facts
    *of_labels, of_none = answer.network
    side: Side | None = None
    if answer.side:
        end, of_side = answer.side
        side = {"label": end, "probability": of_side}
    known: list[KnownLabel] = [
        {"label": label, "share": share} for label, share in facts.shares
    ]
    predictions: list[Prediction] = [
        {"label": label, "probability": probability, "network": alone}
        for (label, probability), alone in zip(
            answer.predictions, of_labels, strict=True
        )
    ]
    return {
        "text": answer.text,
        "part": "" if answer.surname == answer.name else answer.surname,
        "romanised": answer.romanised,
        "verdict": _verdict(verdict),
        "network": _verdict(answer.of_network),
        "unsure": answer.unsure,
        "either": list(verdict.labels) if verdict.kind == "either" else None,
        "side": side,
        "candidates": [label for label, _ in answer.candidates],
        "family": answer.family,
        "none": answer.none,
        "none_of_network": None if answer.none is None else of_none,
        "predictions": predictions,
        "known": known or None,
        "unseen": facts.is_unseen if known else None,
        "bearers": facts.amount,
        "mostly": list(facts.mostly),
        "peoples": list(facts.peoples),
        "given": list(facts.usually_given),
        "set": list(answer.likely_set),
        "weights": answer.weights,
    }


def _verdict(verdict: Verdict) -> VerdictReply:
    return {
        "kind": verdict.kind,
        "labels": list(verdict.labels),
        "probability": verdict.probability,
        "probability_of": verdict.probability_of,
        "source": verdict.source,
        "why": verdict.why,
        "open": verdict.open,
    }


def cells_of(answer: Answer, k: int, note: str = "", **further: str) -> dict[str, Any]:
    """Return the cells behind a row of a table, by their headings: of `k` labels, "" for no value.

    Cells that are given `further`, then the `note` with that on the source, stand before what is
    for programs: why an answer is open, its probability, of what that is, and the first 12 digits
    of the SHA-256 of the weights. What is not a name has no labels.
    """
    verdict = answer.verdict
    is_name = verdict.kind != "text"
    predictions = [*answer.predictions] if is_name else []
    cells: dict[str, Any] = {"answer": verdict.in_words}
    for rank in range(1, k + 1):
        label, probability = (
            predictions[rank - 1] if rank <= len(predictions) else ("", "")
        )
        cells[f"label_{rank}"] = label
        cells[f"probability_{rank}"] = probability
    cells["none_probability"] = (
        answer.none if is_name and answer.none is not None else ""
    )
    cells |= further
    notes = filter(None, [note, NOTES.get(verdict.source)])
    cells["prediction_note"] = "; ".join(notes)
    cells["open"] = verdict.open
    cells["answer_probability"] = verdict.probability or ""
    cells["probability_of"] = verdict.probability_of
    cells["weights"] = answer.weights[:12]
    cells["known"] = known_in_words(answer.facts) if is_name else ""
    return {
        heading: round(cell, 4) if isinstance(cell, float) else cell
        for heading, cell in cells.items()
    }


def known_in_words(facts: Facts) -> str:
    """Return what is known of a text: labels with their shares, largest first, none as 0.00.

    Of the name of other peoples those are their names.
    """
    shares = []
    for label, share in facts.shares:
        rounded = "<0.01" if share < 0.005 else f"{share:.2f}"
        shares.append(f"{label} {rounded}")
    return "; ".join(shares or facts.peoples)


def set_in_words(likely: Sequence[str | None]) -> str:
    """Return a set of labels as tables have it, none at the end.

    >>> set_in_words((None, "Spanish", "Portuguese"))
    'Spanish, Portuguese, none'
    """
    labels = [label for label in likely if label is not None]
    return ", ".join(labels + ["none"] * (None in likely))
