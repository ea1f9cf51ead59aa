"""The record of a training: metrics.json, the training texts, and what is looked up."""

import platform
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import torch

from ..answers.decisions import joint_of
from ..answers.held_out import COVERAGE, NONE_PRIOR, HeldOutRows
from ..data.rows import Dataset, Rows
from ..data.variation import folded, without_marks
from ..tasks.task import Task
from ..text.letters import script_name
from ..trained import Model
from .checkpoint import MAIN, PRETRAINING, REFIT
from .reliability import expected_calibration_error, weighed_bins
from .scores import report
from .verdict_scores import (
    score_labelled,
    score_outside,
    score_verdicts,
)

OUTSIDE = "outside_names"  # the list of names that have none of the labels
TO_GUESS = 500  # test texts that the page asks its visitors about
HISTORIES = {
    MAIN: "history",
    PRETRAINING: "pretraining_history",
    REFIT: "refit_history",
}
# Scores of texts without their marks, and of the task's public texts
OF_FOLDED = "rows accuracy macro_f1 top3_accuracy ece classwise_ece per_label".split()
OF_PUBLIC = ("rows", "accuracy", "confusion", "errors")


def all_metrics(
    model: Model,
    dataset: Dataset,
    task: Task,
    histories: dict[str, list[dict]],
    before_refit: Model | None = None,
) -> dict:
    """Return metrics.json but for the baselines and halves. No choice is made on the test rows.

    `histories` holds an entry per epoch for each stage; it is empty for a model that is scored
    after its training. `before_refit` is the model trained without the validation rows, if `model`
    has seen them.
    """
    publish_texts = task.publish_texts
    public_rows = task.public_rows()
    test = score_rows(model, dataset, dataset.test, publish_texts)
    metrics = {
        "labels": model.labels,
        "dataset": dataset.files,
        "test": test | score_unmarked(model, dataset, dataset.test),
        **_score_beside(model, dataset, task),
    }
    if model.held_out:
        metrics["test"]["sets"] = score_sets(model, dataset.test, model.held_out)
    metrics["test"]["cautions"] = dataset.cautions
    if dataset.validation:
        metrics["validation"] = _validate(before_refit or model, dataset)
    if public_rows:
        scores = score_rows(
            model,
            dataset,
            public_rows,
            publish_texts=True,
        )
        metrics["own"] = {name: scores[name] for name in OF_PUBLIC}
    published = dataset.test if publish_texts else Rows()
    metrics["to_guess"] = to_guess(model, dataset, public_rows or published)
    for stage, history in histories.items():
        if stage in HISTORIES:
            metrics[HISTORIES[stage]] = history
    entries = [entry for history in histories.values() for entry in history]
    return metrics | {
        "device": model.device.type,
        "threads": torch.get_num_threads(),
        "seconds": sum(entry["seconds"] for entry in entries),
        "versions": {
            "python": platform.python_version(),
            "torch": str(torch.__version__),
        },
    }


def _validate(model: Model, dataset: Dataset) -> dict:
    """Return the scores of the validation rows, those of none among them."""
    none = dataset.validation_none.texts
    outside = Rows(none, [""] * len(none))
    scores = score_rows(model, dataset, dataset.validation)
    scores |= score_unmarked(model, dataset, dataset.validation)
    return scores | score_test_lists(model, {"outside": outside})


def _score_beside(
    model: Model,
    dataset: Dataset,
    task: Task,
) -> dict:
    """Return the scores of the task's test lists, of those of none, and of other scripts."""
    lists = task.test_lists(model.labels)
    scores: dict = score_test_lists(model, lists | {"forms": dataset.forms})
    if model.other_labels:
        scores["none_prior"] = NONE_PRIOR
        if OUTSIDE in lists:
            scores["with_none"] = score_with_none(
                model,
                dataset.test,
                lists[OUTSIDE],
            )
    if dataset.native:
        scores["native"] = score_test_lists(model, by_script(dataset))
    return scores


def predict_texts(model: Model, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities (n, labels), given that a text has a label, and those of none (n,)."""
    ids = [model.encoder.encode(text) for text in texts]
    probabilities, none = model.probabilities(ids)
    return probabilities.numpy(), none.numpy()


def score_rows(
    model: Model,
    dataset: Dataset,
    rows: Rows,
    publish_texts: bool | None = None,
) -> dict:
    """Return the scores on `rows`; unless `publish_texts` is None, the misclassified rows too.

    An error holds its text or, where texts may not be published, the data's own number of its row
    (counted from 0 if they have none), and its column in the matrix of verdicts.
    """
    labels = model.labels
    probabilities, none = predict_texts(model, rows.texts)
    targets = np.array([labels.index(label) for label in rows.labels])
    accepted = dataset.accepted(rows)
    scores = report(
        probabilities,
        targets,
        labels,
        accepted,
        rows.wholes,
    )
    verdicts = model.decide(joint_of(probabilities, none))
    scores["verdicts"], columns = score_verdicts(verdicts, targets, labels)
    if publish_texts is None:
        return scores
    predicted = probabilities.argmax(axis=1)
    numbers = rows.ids or range(len(rows))
    errors = []
    for i in np.flatnonzero(predicted != targets):
        place = {"text": rows.texts[i]} if publish_texts else {"row": int(numbers[i])}
        probability = float(probabilities[i].max())
        error = {
            "label": rows.labels[i],
            "predicted": labels[predicted[i]],
            "probability": round(probability, 4),
            "column": int(columns[i]),
        }
        errors.append(place | error)
    return scores | {"errors": errors}


def score_unmarked(
    model: Model,
    dataset: Dataset,
    rows: Rows,
) -> dict[str, dict]:
    """Return the scores of `rows` typed without marks, and of those with marks in both forms.

    `folded` is of all rows, `marked` of those that have marks: the share that is right as written
    and without marks. Where symbols are read, texts that differ in marks are different ones, and
    nothing is scored.
    """
    encoder = model.encoder
    if encoder.units != "letters" or encoder.symbols:
        return {}
    plain = without_marks(rows)
    scores = score_rows(model, dataset, plain)
    result = {"folded": {name: scores[name] for name in OF_FOLDED}}
    index = [i for i, text in enumerate(rows.texts) if text != plain.texts[i]]
    if index:
        written = score_rows(model, dataset, rows.take(index))
        typed = score_rows(model, dataset, plain.take(index))
        by_label = zip(written["per_label"], typed["per_label"], strict=True)
        result["marked"] = {
            "rows": len(index),
            "as_written": written["accuracy"],
            "without_marks": typed["accuracy"],
            "per_label": [
                {
                    "label": row["label"],
                    "rows": row["support"],
                    "as_written": row["recall"],
                    "without_marks": typed_row["recall"],
                }
                for row, typed_row in by_label
                if row["support"]
            ],
        }
    return result


def score_test_lists(model: Model, lists: dict[str, Rows]) -> dict[str, dict]:
    """Return the scores of each list of texts that are never trained on.

    Its rows have a label each, or `a|b` where either is right; or "" each, where none of the labels
    fits.
    """
    scores = {}
    for name, rows in lists.items():
        if not rows:
            continue
        joint = joint_of(*predict_texts(model, rows.texts))
        shares = joint[:, :-1]
        verdicts = model.decide(joint)
        if any(rows.labels):
            answers = [model.labels[i] for i in shares.argmax(axis=1)]
            scores[name] = score_labelled(verdicts, answers, rows.labels)
        else:
            scores[name] = score_outside(verdicts, shares)
    return scores


def by_script(dataset: Dataset) -> dict[str, Rows]:
    """Return the test rows in other scripts, by language and script, with all labels they have."""
    rows = dataset.native
    rows_of = defaultdict[str, Rows](Rows)
    for i, accepted in enumerate(dataset.accepted(rows)):
        text, label = rows.texts[i], rows.labels[i]
        wanted = "|".join(dataset.labels[j] for j in sorted(accepted))
        rows_of[f"{label}, {script_name(text)}"] += Rows([text], [wanted])
    return dict(sorted(rows_of.items()))


def score_sets(model: Model, rows: Rows, held_out: HeldOutRows) -> dict:
    """Return how many of each label's `rows` are in their set of COVERAGE, and its mean labels."""
    joint = joint_of(*predict_texts(model, rows.texts))
    _, is_pooled = held_out.thresholds(COVERAGE)
    is_in = held_out.sets(joint, COVERAGE)
    targets = np.array([model.labels.index(label) for label in rows.labels])
    covered = []
    for i in range(len(model.labels)):
        own = is_in[targets == i, i]
        covered.append(float(own.mean()) if len(own) else None)
    return {
        "coverage": COVERAGE,
        "size": float(is_in[:, :-1].sum(axis=1).mean()),
        "none": float(is_in[:, -1].mean()),
        "covered": covered,
        "pooled": is_pooled[:-1].tolist(),
    }


def score_with_none(
    model: Model,
    test: Rows,
    outside: Rows,
) -> dict:
    """Return the calibration error of probabilities as they are printed, that of none included.

    The answer is the most likely of the labels and none. It is right if it is the label of a `test`
    row, or none for a text from `outside`, which has none of the labels. Rows are weighed so that
    NONE_PRIOR of them are from outside, as calibration assumes.
    """
    n_test = len(test)
    n_outside = len(outside)
    printed = joint_of(*predict_texts(model, test.texts + outside.texts))
    targets = [model.labels.index(label) for label in test.labels]
    targets += [len(model.labels)] * n_outside
    is_right = printed.argmax(axis=1) == targets
    shares = [(1 - NONE_PRIOR) / n_test, NONE_PRIOR / n_outside]
    weights = np.repeat(shares, [n_test, n_outside])
    bins = weighed_bins(printed.max(axis=1), is_right, weights)
    return {
        "rows": n_test,
        "outside": n_outside,
        "none_share": NONE_PRIOR,
        "ece": expected_calibration_error(bins),
    }


def to_guess(
    model: Model,
    dataset: Dataset,
    rows: Rows,
) -> list[dict]:
    """Return up to 500 random `rows`, each with its label and the model's answer, null for none.

    Texts of several labels are left out: a question about them has more than one right answer. The
    choice is seeded and depends on the rows alone, so that every model gets the same questions.
    """
    if not rows:
        return []
    accepted = dataset.accepted(rows)
    clear = [i for i, labels in enumerate(accepted) if len(labels) < 2]
    order = np.random.default_rng(0).permutation(len(clear))
    chosen = rows.take([clear[i] for i in order[:TO_GUESS]])
    probabilities, none = predict_texts(model, chosen.texts)
    verdicts = model.decide(joint_of(probabilities, none))
    questions = []
    for i, best in enumerate(probabilities.argmax(axis=1)):
        is_none = verdicts[i].kind == "none"
        question = {
            "text": chosen.texts[i],
            "label": chosen.labels[i],
            "answer": None if is_none else model.labels[best],
        }
        questions.append(question)
    return questions


def shares_by_key(rows: Rows, dataset: Dataset) -> dict[str, dict[int, float]]:
    """Return match key -> {label index: share} of some rows.

    The shares are those of the text without its marks, which the match key ignores too. Where the
    dataset has none, the labels have equal shares.
    """
    labels = dataset.labels
    shares_of_key = {
        dataset.key(text): shares
        for text, shares in dataset.shares.items()
        if folded(text) == text
    }
    texts = {}
    for text, accepted in zip(rows.texts, dataset.accepted(rows), strict=True):
        key = dataset.key(text)
        equal = {labels[i]: 1 / len(accepted) for i in accepted}
        shares = shares_of_key.get(key, equal)
        texts[key] = {
            labels.index(label): _rounded(share) for label, share in shares.items()
        }
    return dict(sorted(texts.items()))


def _rounded(share: float) -> float:
    """Return a share with three digits behind the point, a smaller one with its first digit."""
    return round(share, 3) or float(f"{share:.1g}")
