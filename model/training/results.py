"""The record of a training in a model folder: metrics.json and the training texts."""

import platform
from collections import defaultdict

import numpy as np
import torch
from torch import Tensor

from ..core import pad_ids
from ..data.rows import Dataset, Rows, encode_rows
from ..data.texts import text_key
from ..data.variation import without_marks
from ..letters import LetterEncoder, script_name
from ..storage.parts import Parts
from .calibration import NONE_PRIOR
from .scores import report, score_list

TO_GUESS = 500  # test texts that the page asks its visitors about
FOLDED = ("rows", "accuracy", "macro_f1", "top3_accuracy")  # scores of texts without their marks


def evaluate(model: Parts, dataset: Dataset, rows: Rows, publish_texts: bool | None = None) -> dict:
    """Return the scores on `rows`; unless `publish_texts` is None, the misclassified rows too.

    An error holds its text or, where texts may not be published, the data's own number of its row
    (counted from 0 if they have none). Rows that are whole texts are also scored by themselves.
    """
    encoded = encode_rows(rows, model.encoder, model.labels, model.device)
    probabilities = model.probabilities(encoded.ids, encoded.lengths)[0].numpy()
    targets, accepted = encoded.targets.cpu().numpy(), dataset.accepted(rows)
    scores = report(probabilities, targets, model.labels, accepted, rows.wholes)
    if publish_texts is None:
        return scores
    predicted, ids = probabilities.argmax(axis=1), rows.ids or range(len(rows))
    scores["errors"] = [
        {
            **({"text": rows.texts[i]} if publish_texts else {"row": int(ids[i])}),
            "label": rows.labels[i],
            "predicted": model.labels[predicted[i]],
            "probability": round(float(probabilities[i].max()), 4),
        }
        for i in np.flatnonzero(predicted != targets)
    ]
    return scores


def on_lists(model: Parts, lists: dict[str, Rows]) -> dict[str, dict]:
    """Return what the model makes of each list of texts that are never trained on, by score_list.

    A row's label is `a|b` where either is right, and "" where none is.
    """
    return {name: _on_list(model, rows) for name, rows in lists.items() if len(rows)}


def _on_list(model: Parts, rows: Rows) -> dict:
    probabilities, none = _predict(model, rows.texts)
    unsure_below = model.calibration.unsure_below
    return score_list(rows.labels, model.labels, probabilities.numpy(), none.numpy(), unsure_below)


def _predict(model: Parts, texts: list[str]) -> tuple[Tensor, Tensor]:
    ids, lengths = pad_ids([model.encoder.encode(text) for text in texts])
    return model.probabilities(ids.to(model.device), lengths)


def by_script(dataset: Dataset) -> dict[str, Rows]:
    """Return the test rows in other scripts, by language and script, with all labels they have."""
    rows = dataset.native
    parts: defaultdict[str, Rows] = defaultdict(lambda: Rows([], []))
    for text, label, accepted in zip(rows.texts, rows.labels, dataset.accepted(rows), strict=True):
        part = parts[f"{label}, {script_name(text)}"]
        part.texts.append(text)
        part.labels.append("|".join(dataset.labels[i] for i in sorted(accepted)))
    return dict(sorted(parts.items()))


def all_metrics(
    model: Parts,
    dataset: Dataset,
    histories: dict[str, list[dict]],
    publish_texts: bool,
    held_out: Parts | None = None,
    public_rows: Rows | None = None,
    lists: dict[str, Rows] | None = None,
) -> dict:
    """Return the content of metrics.json. Nothing else looks at the test rows.

    `histories` holds an entry per epoch for each stage. `held_out` is the model trained without the
    validation rows, if `model` has seen them. `public_rows` are texts that may be shown where those
    of the data may not: their errors are stored under "own". `lists` are scored by `on_lists`, and
    so are test rows in other scripts, and the outsiders among the validation rows. Where marks are
    read, the test rows are scored without them too, as `folded`. `to_guess` are texts for the
    page's game, where any may be shown.
    """
    best = held_out or model
    outsiders = dataset.validation_outsiders.texts
    held_out_outsiders = {"outside": Rows(outsiders, [""] * len(outsiders))}
    return {
        "labels": model.labels,
        "dataset": dataset.files,
        "test": evaluate(model, dataset, dataset.test, publish_texts) | _on_folded(model, dataset),
        "validation": evaluate(best, dataset, dataset.validation)
        | on_lists(best, held_out_outsiders),
        **({"none_prior": NONE_PRIOR} if model.other_labels else {}),
        **({"native": on_lists(model, by_script(dataset))} if len(dataset.native) else {}),
        **on_lists(model, lists or {}),
        **({"own": _on_public_rows(model, dataset, public_rows)} if public_rows else {}),
        "to_guess": to_guess(
            model, dataset, public_rows or (dataset.test if publish_texts else None)
        ),
        **histories,
        "device": model.device.type,
        "threads": torch.get_num_threads(),
        "seconds": sum(entry["seconds"] for stage in histories.values() for entry in stage),
        "versions": {"python": platform.python_version(), "torch": str(torch.__version__)},
    }


def to_guess(model: Parts, dataset: Dataset, rows: Rows | None) -> list[dict]:
    """Return up to 500 random `rows`, each with its label and the model's answer, null for none.

    Texts of several labels are left out: a question about them has more than one right answer. The
    choice is seeded and depends on the rows alone, so that every model gets the same questions.
    """
    if not rows:
        return []
    clear = [i for i, accepted in enumerate(dataset.accepted(rows)) if len(accepted) < 2]
    order = np.random.default_rng(0).permutation(len(clear))[:TO_GUESS]
    chosen = rows.take([clear[i] for i in order])
    probabilities, none = _predict(model, chosen.texts)
    best, labels = probabilities.max(dim=1)
    is_none = none > best * (1 - none)
    answers = [None if n else model.labels[i] for i, n in zip(labels, is_none, strict=True)]
    rows_in_order = zip(chosen.texts, chosen.labels, answers, strict=True)
    return [{"text": t, "label": label, "answer": answer} for t, label, answer in rows_in_order]


def _on_folded(model: Parts, dataset: Dataset) -> dict:
    if not isinstance(model.encoder, LetterEncoder):
        return {}
    scores = evaluate(model, dataset, without_marks(dataset.test))
    return {"folded": {name: scores[name] for name in FOLDED}}


def _on_public_rows(model: Parts, dataset: Dataset, rows: Rows) -> dict:
    scores = evaluate(model, dataset, rows, publish_texts=True)
    return {name: scores[name] for name in ("rows", "accuracy", "confusion", "errors")}


def training_texts(dataset: Dataset) -> dict[str, list[int]]:
    """Return match key -> label indices of the training rows, validation rows included."""
    label_ids: dict[str, list[int]] = {}
    for rows in (dataset.train, dataset.validation):
        for text, accepted in zip(rows.texts, dataset.accepted(rows), strict=True):
            label_ids[text_key(text)] = sorted(accepted)
    return dict(sorted(label_ids.items()))
