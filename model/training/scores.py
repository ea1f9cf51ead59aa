"""Scores of a classifier, and the record of a training: metrics.json and the training texts.

`report` and what it uses take probabilities and labels; the functions below them ask a model.
"""

import platform
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import confusion_matrix, f1_score, precision_recall_fscore_support
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

from ..data.rows import Dataset, Rows
from ..data.variation import folded, without_marks
from ..decisions import Verdict, end_of_side
from ..letters import script_name
from ..tasks.recipe import Recipe
from ..tasks.task import Task
from ..trained import Model
from .calibration import NONE_PRIOR
from .checkpoint import MAIN, PRETRAINING, REFIT

CALIBRATION_BINS = 15
PER_LABEL = ("precision", "recall", "f1", "support")
CONFIDENT = 0.8
OUTSIDE = "outside_names"  # the list of names that have none of the labels
TO_GUESS = 500  # test texts that the page asks its visitors about
FOLDED = (
    "rows",
    "accuracy",
    "macro_f1",
    "top3_accuracy",
)  # scores of texts without their marks


def report(
    probabilities: np.ndarray,
    targets: np.ndarray,
    labels: Sequence[str],
    accepted: Sequence[set[int]],
    wholes: Sequence[bool] = (),
) -> dict:
    """Return the scores of `probabilities` (n, labels) against `targets` (n,), JSON-ready.

    `accepted[i]` holds every label that text i has in the data; a text of several labels has a row
    for each, so `accuracy` cannot reach 1 there while `accuracy_any` can. Where `wholes` marks
    the texts that are whole sentences, these are also scored by themselves.
    """
    predicted, label_ids = probabilities.argmax(axis=1), list(range(len(labels)))
    columns = precision_recall_fscore_support(
        targets, predicted, labels=label_ids, zero_division=0
    )
    # scikit-learn counts in floats where no answer is right.
    per_label = [column.tolist() for column in (*columns[:3], columns[3].astype(int))]
    top3 = np.argsort(-probabilities, axis=1, kind="stable")[:, :3]
    bins = equal_bins(probabilities.max(axis=1), predicted == targets)
    calibration = [label_calibration(probabilities, targets, i) for i in label_ids]
    scores = {
        "rows": len(targets),
        "accuracy": float((predicted == targets).mean()),
        "accuracy_any": float(
            np.mean([p in a for p, a in zip(predicted, accepted, strict=True)])
        ),
        "macro_f1": macro_f1(targets, predicted),
        "top3_accuracy": float((top3 == targets[:, None]).any(axis=1).mean()),
        "ece": expected_calibration_error(bins),
        "classwise_ece": float(
            np.mean([label["calibration_error"] for label in calibration])
        ),
        "reliability": bins,
        "confusion": confusion_matrix(targets, predicted, labels=label_ids).tolist(),
        "per_label": [
            {"label": label, **dict(zip(PER_LABEL, found, strict=True)), **gaps}
            for label, *found, gaps in zip(labels, *per_label, calibration, strict=True)
        ],
    }
    if any(wholes):
        index = np.flatnonzero(wholes).tolist()
        own = report(
            probabilities[index], targets[index], labels, [accepted[i] for i in index]
        )
        scores["wholes"] = {
            name: own[name] for name in ("rows", "accuracy", "macro_f1", "ece")
        }
    return scores


def macro_f1(targets: ArrayLike, predicted: ArrayLike) -> float:
    """Return the mean F1 of the labels that occur among `targets`, each counting as much.

    A label without a row here has no F1: it counts as a mistake where it is predicted, no more.

    >>> macro_f1(["a", "a", "b"], ["a", "c", "b"])
    0.8333333333333333
    """
    labels = np.unique(targets)
    return float(
        f1_score(targets, predicted, labels=labels, average="macro", zero_division=0)
    )


def equal_bins(
    probability: np.ndarray, is_true: np.ndarray
) -> list[tuple[float, float, int]]:
    """Return (mean probability, share of true rows, rows) of bins of equal mass, lowest first.

    Source: Nguyen and O'Connor 2015, "Posterior calibration and exploratory analysis for natural
    language processing models" (adaptive binning).
    """
    order = np.argsort(probability, kind="stable")
    parts = np.array_split(order, min(CALIBRATION_BINS, len(order)))
    return [
        (float(probability[p].mean()), float(is_true[p].mean()), len(p)) for p in parts
    ]


def weighed_bins(
    probability: np.ndarray, is_true: np.ndarray, weights: np.ndarray
) -> list[tuple[float, float, float]]:
    """Return `equal_bins` of rows that count by their `weights`, whose sum each bin ends with."""
    order = np.argsort(probability, kind="stable")
    middles = weights[order].cumsum() - weights[order] / 2
    numbers = (middles / weights.sum() * CALIBRATION_BINS).astype(int)
    bins = []
    for number in np.unique(numbers):
        part = order[numbers == number]
        of_part = {"weights": weights[part]}
        means = [
            np.average(values[part], **of_part) for values in (probability, is_true)
        ]
        bins.append((float(means[0]), float(means[1]), float(weights[part].sum())))
    return bins


def expected_calibration_error(bins: Sequence[tuple[float, float, float]]) -> float:
    """Return the mean gap between probability and share of true rows over bins; 0 is best.

    >>> expected_calibration_error([(0.5, 0.25, 10), (0.75, 0.75, 30)])
    0.0625
    """
    rows = sum(n for _, _, n in bins)
    return sum(abs(p - right) * n for p, right, n in bins) / rows


def label_calibration(
    probabilities: np.ndarray, targets: np.ndarray, label: int
) -> dict:
    """Return how far the probabilities of one label, by its index, can be relied on.

    `calibration_error` is its mean gap over bins of all rows: the class-wise ECE of Kull et al.
    2019, "Beyond temperature scaling". `gap` is the mean top probability less the precision of the
    rows `predicted` to have it, with its standard error; both are None without such a row.
    """
    probability, is_true = probabilities[:, label], targets == label
    gaps = (probability - is_true)[probabilities.argmax(axis=1) == label]
    return {
        "calibration_error": expected_calibration_error(
            equal_bins(probability, is_true)
        ),
        "predicted": len(gaps),
        "gap": float(gaps.mean()) if len(gaps) else None,
        "gap_error": float(gaps.std() / len(gaps) ** 0.5) if len(gaps) else None,
    }


def score_verdicts(
    verdicts: Sequence[Verdict], targets: np.ndarray, labels: Sequence[str]
) -> tuple[dict, np.ndarray]:
    """Return the scores of the verdicts on n texts with `targets`, and the column of each.

    `matrix` counts the texts of each target by columns: labels, unsure, none. The four shares sum
    to 1.
    """
    columns = [
        column_of(verdict, target, labels)
        for verdict, target in zip(verdicts, targets, strict=True)
    ]
    n_labels = len(labels)
    matrix = confusion_matrix(targets, columns, labels=range(n_labels + 2))[:n_labels]
    right, (unsure, none) = matrix.trace(), matrix.sum(axis=0)[-2:]
    wrong = len(targets) - right - unsure - none
    counts = {
        "plain_right": right,
        "plain_wrong": wrong,
        "unsure": unsure,
        "none": none,
    }
    shares = {name: float(n / len(targets)) for name, n in counts.items()}
    return {**shares, "matrix": matrix.tolist()}, np.array(columns)


def column_of(verdict: Verdict, target: int, labels: Sequence[str]) -> int:
    """Return the column of the matrix that a verdict on a text with this target counts in.

    A side of a scale counts as the target if it holds it, else as its end, which it is named after.
    """
    if verdict.kind == "none":
        return len(labels) + 1
    if verdict.is_open:
        return len(labels)
    if labels[target] in verdict.labels:
        return target
    end = end_of_side(verdict, labels)
    return labels.index(end[0] if end else verdict.labels[0])


def score_list(
    model: Model, wanted: Sequence[str], probabilities: np.ndarray, none: np.ndarray
) -> dict:
    """Return the scores of n texts that are never trained on.

    `wanted` holds a label for each text, or `a|b` where either is right, and the scores are the
    share of `right` answers and that of unsure ones among them. Or it holds "" for each, as none of
    the labels fits: the scores are the shares of none, of none or unsure, and of labels above 0.8,
    which are wrong. The model gave `probabilities` (n, labels), given a label, and `none` (n,).
    """
    verdicts = model.decide(probabilities, none)
    is_none = np.array([verdict.kind == "none" for verdict in verdicts])
    is_open = np.array([verdict.is_open for verdict in verdicts])
    best = probabilities.max(axis=1) * (1 - none)
    if any(wanted):
        answers = [model.labels[i] for i in probabilities.argmax(axis=1)]
        right = np.array(
            [a in w.split("|") for a, w in zip(answers, wanted, strict=True)]
        )
        right &= ~is_none
        shares = {"right": right, "unsure_if_right": is_open[right]}
    else:
        shares = {"none": is_none, "none_or_unsure": is_none | is_open}
        shares["above_80"] = ~is_none & (best > CONFIDENT)
    means = {
        name: float(share.mean()) if len(share) else 0.0
        for name, share in shares.items()
    }
    return {"rows": len(wanted)} | means


def predict_texts(model: Model, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities (n, labels), given that a text has a label, and those of none (n,)."""
    probabilities, none = model.probabilities(list(map(model.encoder.encode, texts)))
    return probabilities.numpy(), none.numpy()


def score_with_none(model: Model, test: Rows, outside: Rows) -> dict:
    """Return the calibration error of probabilities as they are printed, that of none included.

    The answer is the most likely of the labels and none. It is right if it is the label of a `test`
    row, or none for a text from `outside`, which has none of the labels. Rows are weighed so that
    NONE_PRIOR of them are from outside, as calibration assumes.
    """
    probabilities, none = predict_texts(model, test.texts + outside.texts)
    printed = np.column_stack([probabilities * (1 - none[:, None]), none])
    targets = [model.labels.index(label) for label in test.labels]
    targets += [len(model.labels)] * len(outside)
    shares = (1 - NONE_PRIOR) / len(test), NONE_PRIOR / len(outside)
    weights = np.repeat(shares, (len(test), len(outside)))
    is_right = printed.argmax(axis=1) == targets
    bins = weighed_bins(printed.max(axis=1), is_right, weights)
    counts = {"rows": len(test), "outside": len(outside), "none_share": NONE_PRIOR}
    return counts | {"ece": expected_calibration_error(bins)}


def evaluate(
    model: Model, dataset: Dataset, rows: Rows, publish_texts: bool | None = None
) -> dict:
    """Return the scores on `rows`; unless `publish_texts` is None, the misclassified rows too.

    An error holds its text or, where texts may not be published, the data's own number of its row
    (counted from 0 if they have none), and its column in the matrix of verdicts.
    """
    probabilities, none = predict_texts(model, rows.texts)
    targets = np.array([model.labels.index(label) for label in rows.labels])
    scores = report(
        probabilities, targets, model.labels, dataset.accepted(rows), rows.wholes
    )
    verdicts = model.decide(probabilities, none)
    scores["verdicts"], columns = score_verdicts(verdicts, targets, model.labels)
    if publish_texts is None:
        return scores
    predicted, ids = probabilities.argmax(axis=1), rows.ids or range(len(rows))
    scores["errors"] = [
        {
            **({"text": rows.texts[i]} if publish_texts else {"row": int(ids[i])}),
            "label": rows.labels[i],
            "predicted": model.labels[predicted[i]],
            "probability": round(float(probabilities[i].max()), 4),
            "column": int(columns[i]),
        }
        for i in np.flatnonzero(predicted != targets)
    ]
    return scores


def on_lists(model: Model, lists: dict[str, Rows]) -> dict[str, dict]:
    """Return the scores of each list of texts; its rows' labels are the `wanted` of score_list."""
    return {
        name: score_list(model, rows.labels, *predict_texts(model, rows.texts))
        for name, rows in lists.items()
        if len(rows)
    }


def by_script(dataset: Dataset) -> dict[str, Rows]:
    """Return the test rows in other scripts, by language and script, with all labels they have."""
    rows, parts = dataset.native, defaultdict[str, Rows](Rows)
    for text, label, accepted in zip(
        rows.texts, rows.labels, dataset.accepted(rows), strict=True
    ):
        labels = "|".join(dataset.labels[i] for i in sorted(accepted))
        parts[f"{label}, {script_name(text)}"] += Rows([text], [labels])
    return dict(sorted(parts.items()))


def all_metrics(
    model: Model,
    dataset: Dataset,
    task: Task,
    histories: dict[str, list[dict]],
    held_out: Model | None = None,
) -> dict:
    """Return metrics.json but for the baselines and halves. No choice is made on the test rows.

    `histories` holds an entry per epoch for each stage, cross-validation and trial, whose time
    counts too. `held_out` is the model trained without the validation rows, if `model` has seen
    them. `folded` is the test without marks.
    """
    publish_texts, public_rows = task.publish_texts, task.public_rows()
    test = evaluate(model, dataset, dataset.test, publish_texts)
    # Where symbols are read, texts that differ in marks are different ones.
    if model.encoder.units == "letters" and not model.encoder.symbols:
        folded = evaluate(model, dataset, without_marks(dataset.test))
        test["folded"] = {name: folded[name] for name in FOLDED}
    best, none = held_out or model, dataset.validation_none.texts
    outside = on_lists(best, {"outside": Rows(none, [""] * len(none))})
    validation = evaluate(best, dataset, dataset.validation) | outside
    metrics: dict = {"labels": model.labels, "dataset": dataset.files}
    metrics |= {"test": test, "validation": validation}
    lists = task.lists(model.labels)
    metrics |= on_lists(model, lists)
    if model.other_labels:
        metrics["none_prior"] = NONE_PRIOR
        if OUTSIDE in lists:
            metrics["with_none"] = score_with_none(model, dataset.test, lists[OUTSIDE])
    if len(dataset.native):
        metrics["native"] = on_lists(model, by_script(dataset))
    if public_rows:
        scores = evaluate(model, dataset, public_rows, publish_texts=True)
        names = ("rows", "accuracy", "confusion", "errors")
        metrics["own"] = {name: scores[name] for name in names}
    may_show = public_rows or (dataset.test if publish_texts else None)
    named = {MAIN: "history"} | {
        stage: f"{stage}_history" for stage in (PRETRAINING, REFIT)
    }
    return metrics | {
        "to_guess": to_guess(model, dataset, may_show) if may_show else [],
        **{
            named[stage]: history
            for stage, history in histories.items()
            if stage in named
        },
        "device": model.device.type,
        "threads": torch.get_num_threads(),
        "seconds": sum(
            entry["seconds"] for stage in histories.values() for entry in stage
        ),
        "versions": {
            "python": platform.python_version(),
            "torch": str(torch.__version__),
        },
    }


def to_guess(model: Model, dataset: Dataset, rows: Rows) -> list[dict]:
    """Return up to 500 random `rows`, each with its label and the model's answer, null for none.

    Texts of several labels are left out: a question about them has more than one right answer. The
    choice is seeded and depends on the rows alone, so that every model gets the same questions.
    """
    clear = [
        i for i, accepted in enumerate(dataset.accepted(rows)) if len(accepted) < 2
    ]
    order = np.random.default_rng(0).permutation(len(clear))[:TO_GUESS]
    chosen = rows.take([clear[i] for i in order])
    probabilities, none = predict_texts(model, chosen.texts)
    verdicts = model.decide(probabilities, none)
    best = [model.labels[i] for i in probabilities.argmax(axis=1)]
    return [
        {
            "text": text,
            "label": label,
            "answer": None if verdict.kind == "none" else answer,
        }
        for text, label, answer, verdict in zip(
            chosen.texts, chosen.labels, best, verdicts, strict=True
        )
    ]


def features(of_words: bool, keep_case: bool = False) -> Any:
    """Return the TF-IDF of 1 to 5 letters, and of 1 to 2 words too if texts are read `of_words`."""
    shared = {"sublinear_tf": True, "lowercase": not keep_case}
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 5), **shared)
    words = TfidfVectorizer(token_pattern=r"\w+|[^\w\s]", ngram_range=(1, 2), **shared)
    return make_union(words, letters) if of_words else letters


def score_baselines(dataset: Dataset, recipe: Recipe) -> dict[str, dict]:
    """Return the test scores of two baselines, which learn the training and validation rows.

    They are a LinearSVC of the `features`, not tuned, and the most frequent label.
    """
    of_words = recipe.units == "words"
    units = "1 to 2 words and 1 to 5 letters" if of_words else "1 to 5 letters"
    rows, test, scores = (
        dataset.train + dataset.validation,
        dataset.test,
        dict[str, dict](),
    )
    most = max(dataset.labels, key=rows.labels.count)
    svm = make_pipeline(features(of_words, recipe.keep_case), LinearSVC(random_state=0))
    for key, name, baseline in (
        ("rival", f"linear classifier of {units}", svm),
        ("most_frequent", f"most frequent label, {most}", DummyClassifier()),
    ):
        start = time.perf_counter()
        predicted = baseline.fit(rows.texts, rows.labels).predict(test.texts)
        scores[key] = {
            "name": name,
            "accuracy": float((predicted == test.labels).mean()),
            "macro_f1": macro_f1(test.labels, predicted),
            "seconds": time.perf_counter() - start,
        }
    return scores


def training_texts(dataset: Dataset) -> dict[str, dict[int, float]]:
    """Return match key -> {label index: share} of the training rows, validation rows included.

    The shares are those of the text without its marks, which the match key ignores too. Where the
    dataset has none, the labels have equal shares.
    """
    plain = {
        dataset.key(t): shares for t, shares in dataset.shares.items() if folded(t) == t
    }
    rows, texts = dataset.train + dataset.validation, {}
    for text, accepted in zip(rows.texts, dataset.accepted(rows), strict=True):
        key, equal = (
            dataset.key(text),
            {dataset.labels[i]: 1 / len(accepted) for i in accepted},
        )
        texts[key] = {
            dataset.labels.index(label): round(share, 3) or float(f"{share:.1g}")
            for label, share in plain.get(key, equal).items()
        }
    return dict(sorted(texts.items()))
