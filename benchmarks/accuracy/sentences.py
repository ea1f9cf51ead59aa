"""How often each sentence of the page is said, what it claims, and how often it is true there.

    nice python -m benchmarks.accuracy.sentences    # a minute

A sentence is measured on the answers that carry it, and none of them is looked up:

- names of the test split and from outside, whose own entries are taken out of the look-up;
- persons left out of the counts (persons.py), whose nationality is the truth, so families that have
  moved count as errors;
- made-up full names of tests/data, of which each word is known to be a given name or a surname.

Names from outside weigh as NONE_PRIOR says. "Claims" is the mean of the probabilities that are said
there. The intervals are Wilson's of 95%, for as many answers as the weights are worth. lists.py has
how often a list's intervals hold, and the film reviews' card how often a side is right. Needs
data/.cache, which `python -m data.build` fills.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from scipy.stats import binomtest

from benchmarks.accuracy import persons
from benchmarks.common import accepted_of_test, machine, print_table, rows_of, weigh
from data.builder.packages import fetch_all
from model import TextClassifier
from model.answering import judge, read_texts
from model.answers import belief
from model.answers.decisions import Evidence, candidates, decide
from model.answers.held_out import NONE_PRIOR
from model.tasks.names import NAMES
from model.training.look_up import NAMED, peoples_of

LEVELS = (0.6, 0.8, 0.9, 0.97, 1.0)  # ends of the bins of a label's probability
NEAREST = 0.05  # of the label that is named behind "none of these"
COLUMNS = ("texts", "sentence", "said", "claims", "true", "95% interval", "in the data")


class Said(NamedTuple):
    """A sentence under one answer."""

    sentence: str
    claim: float | None
    is_true: bool
    weight: float
    is_found: bool  # whether the data have the text


def of_answer(
    evidence: Evidence, network: np.ndarray, truth: set[str | None]
) -> Iterator[tuple[str, float | None, bool]]:
    """Yield what is said of one text: sentence, claim, and whether the `truth` is among it.

    `network` has the probabilities (labels and none) by the network alone. The truth has None where
    no label is right.
    """
    verdict = decide(evidence)
    labels = set(verdict.labels)
    names = [*evidence.labels, None]
    match verdict.kind:
        case "label":
            level = next(end for end in LEVELS if verdict.probability <= end)
            yield (
                f"a language, up to {level:.2f}",
                verdict.probability,
                bool(labels & truth),
            )
        case "either":
            yield "A or B", verdict.probability, bool(labels & truth)
        case "none":
            yield "none of these", verdict.probability, None in truth
            if evidence.best >= NEAREST:
                nearest = evidence.labels[evidence.order[0]]
                yield "X is the nearest", None, nearest in truth
        case "unsure":
            named = dict(candidates(evidence))
            yield (
                "unsure: one of these",
                sum(named.values()),
                not truth.isdisjoint(named),
            )
            likeliest = names[int(np.argmax(evidence.joint))]
            yield "unsure: the likeliest", max(evidence.joint), likeliest in truth
    if verdict.source == "data":
        alone = int(network.argmax())
        yield "by its spelling alone it looks like X", None, names[alone] in truth


def of_test_names(classifier: TextClassifier) -> Iterator[Said]:
    """Yield what is said of names that were not seen, and are not looked up."""
    model = classifier.model
    outside = NAMES.test_lists(model.labels)["outside_names"].texts
    truths = {name: {None} for name in outside} | accepted_of_test()
    for name in truths:
        key = model.task.kind.key(name)
        for entries in vars(model.look_up).values():
            entries.pop(key, None)
    is_outside = [truth == {None} for truth in truths.values()]
    weights = weigh(is_outside, {True: NONE_PRIOR, False: 1 - NONE_PRIOR})
    cases = judge(model, list(read_texts(model, list(truths)).values()))
    for case, truth, weight in zip(cases, truths.values(), weights, strict=True):
        for said in of_answer(case.evidence, case.network, truth):
            yield Said(*said, weight, case.facts.has_data)


def of_persons(classifier: TextClassifier) -> Iterator[Said]:
    """Yield what is said of persons by the bearers that are left of their surnames."""
    rows, network = persons.read_persons(persons.drawn(400))
    bearers = [row["bearers"] for row in rows]
    joint = belief.believed(network, bearers, [True] * len(rows))
    weights = persons.weights_of(rows)
    model = classifier.model
    for i, evidence in enumerate(model.evidence(joint, alone=False)):
        row = rows[i]
        is_other = joint[i].argmax() != network[i].argmax()
        source = "data" if is_other else "network"
        evidence = evidence._replace(source=source)
        is_outside = row["language"] == persons.OUTSIDE
        truth = {None if is_outside else row["language"]}
        is_found = bool(row["bearers"])
        for said in of_answer(evidence, network[i], truth):
            yield Said(*said, weights[i], is_found)
        is_named = row["outside"].total() >= NAMED
        if decide(evidence).kind == "none" and is_named:
            peoples = peoples_of(row["outside"])
            is_right = row["people"] in peoples
            yield Said(
                "our data have it as an X name", None, is_right, weights[i], True
            )


def of_words(classifier: TextClassifier) -> Iterator[Said]:
    """Yield what is said of the words of full names, and which of them is the surname."""
    rows = rows_of("full_names")
    answers = classifier.answers([row["text"] for row in rows])
    for row, answer in zip(rows, answers, strict=True):
        surname = row["surname"]
        is_right = answer.surname == surname
        yield Said("“X” is read as the surname", None, is_right, 1, bool(answer.known))
        given = row["text"].replace(surname, "").strip(" ,،、")
        for word, is_given in ((given, True), (surname, False)):
            alone = classifier.answer(word)
            if alone.verdict.kind == "given":
                yield Said("usually a given name", None, is_given, 1, True)
            if alone.facts.usually_given:
                is_right = row["language"] in alone.facts.usually_given
                yield Said("(also) a usual given name in X", None, is_right, 1, True)


def table_of(texts: str, said: Iterable[Said]) -> Iterator[list]:
    """Yield the row of each sentence that is said of some texts."""
    of_sentence = defaultdict(list)
    for one in said:
        of_sentence[one.sentence].append(one)
    for sentence, ones in sorted(of_sentence.items()):
        weights = np.array([one.weight for one in ones])
        n = round(weights.sum() ** 2 / (weights**2).sum())
        share = np.average([one.is_true for one in ones], weights=weights)
        found = np.average([one.is_found for one in ones], weights=weights)
        interval = binomtest(round(n * share), n).proportion_ci(method="wilson")
        claim = None
        if ones[0].claim is not None:
            claim = np.average([one.claim for one in ones], weights=weights)
        ends = f"{interval.low:.1%} to {interval.high:.1%}"
        yield [texts, sentence, len(ones), claim, share, ends, f"{found:.0%}"]


def main() -> None:
    """Print a row for each sentence and kind of text."""
    print(machine(), end="\n\n", flush=True)
    fetch_all()
    classifier = TextClassifier.load()
    cells = [*table_of("words of full names", of_words(classifier))]
    cells += table_of("persons left out", of_persons(classifier))
    cells += table_of(
        "names not seen", of_test_names(classifier)
    )  # empties the look-up
    print_table(COLUMNS, cells)


if __name__ == "__main__":
    main()
