"""The confusion matrix as an HTML table, and the misclassified rows behind a cell.

Works on metrics.json alone, independent of the model.
"""

from typing import Any

from markupsafe import Markup

from ..errors import InputError, shorten
from ..storage.schema import often_mistaken
from ..tasks.task import TaskWords
from .markup import draw, percent

FIT = 20  # columns on a wide screen
BRIEF = 24  # characters of a label beside the matrix
BESIDE = ["unsure", "none"]  # columns beside those of the labels


def matrix_html(metrics: dict, words: TaskWords, as_percent: bool) -> Markup:
    """Return the table: true labels are rows, predicted ones columns, then unsure and none.

    The colour grows with the root of the share of the row, so that rare mistakes show too.
    Of many labels it has those with most mistakes.
    """
    labels, (counts, names) = metrics["labels"], _counts(metrics)
    kept, columns = rows_and_columns(metrics)
    heads = [shorten(names[i], BRIEF) for i in columns]
    rows = []
    for i in kept:
        total, cells = max(sum(counts[i]), 1), []
        for j in columns:
            share, number = counts[i][j] / total, str(counts[i][j] or "")
            said = f"{names[i]} read as {names[j]}: {counts[i][j]} of {total}, {percent(share)}"
            if as_percent and number:
                number = "<1" if share < 0.005 else f"{share:.0%}".removesuffix("%")
            cells.append((i, j, share**0.5, number, said))
        rows.append(cells)
    behind = f"the {words.texts}" if has_texts(metrics, words) else "what is"
    of_many = f" These are the {len(kept)} of {len(labels)} {words.labels} with the most mistakes."
    of_many *= len(kept) < len(labels)
    pairs = list(zip(heads, rows, strict=False))
    return draw.matrix(words, of_many, behind, len(heads) > FIT, heads, pairs, len(labels))


def rows_and_columns(metrics: dict) -> tuple[list[int], list[int]]:
    """Return which labels are rows of the table, and its columns: they and what is BESIDE them."""
    counts, names = _counts(metrics)
    kept = often_mistaken(metrics["test"]["confusion"])
    beside = range(len(metrics["labels"]), len(names))
    return kept, kept + [i for i in beside if any(row[i] for row in counts)]


def _counts(metrics: dict) -> tuple[list[list[int]], list[str]]:
    """Return the rows with the names of the columns; older metrics have none BESIDE the labels."""
    if verdicts := metrics["test"].get("verdicts"):
        return verdicts["matrix"], metrics["labels"] + BESIDE
    return metrics["test"]["confusion"], metrics["labels"]


def has_texts(metrics: dict, words: TaskWords) -> bool:
    """Return whether the texts that a cell counts are there to be shown."""
    errors, is_right = metrics["test"].get("errors"), metrics["test"]["accuracy"] == 1
    is_there = all("text" in error for error in errors) if errors else is_right
    return is_there and not words.not_shown


def errors_behind(
    metrics: dict, words: TaskWords, true_label: str, predicted_label: str
) -> list[dict]:
    """Return the test rows of `true_label` read as `predicted_label`, most probable first."""
    for label in (true_label, predicted_label):
        if label not in metrics["labels"]:
            known = shorten(", ".join(metrics["labels"]), 1000)
            raise InputError(f"No {words.label} {shorten(label)!r}; there are: {known}.")
    if true_label == predicted_label:
        raise InputError(
            f"Right answers are counted and not listed: give two different {words.labels}."
        )
    return _errors(metrics["test"], {"label": true_label, "predicted": predicted_label})


def _errors(scores: dict, wanted: dict) -> list[dict]:
    found = [error for error in scores.get("errors", []) if wanted.items() <= error.items()]
    return sorted(found, key=lambda error: -error["probability"])


def cell_html(metrics: dict, words: TaskWords, row: Any, column: Any, box: str = "name") -> Markup:
    """Return what stands behind a cell: the texts, or for the diagonal what became of the rest.

    A text is a button that opens it in its `box`. Raises InputError for no such cell: a program may
    ask for anything.
    """
    labels, (counts, names) = metrics["labels"], _counts(metrics)
    if not all(type(i) is int and 0 <= i < len(of) for i, of in ((row, labels), (column, names))):
        last = f"{len(labels) - 1}, columns to {len(names) - 1}"
        raise InputError(f"There is no such cell: rows go from 0 to {last}.")
    count, errors = f"{counts[row][column]} of {sum(counts[row])}", list[dict]()
    place = {"predicted": names[column]} if names is labels else {"column": column}
    wanted = {"label": labels[row]} | place
    if row == column:
        others = ((n, names[j]) for j, n in enumerate(counts[row]) if n and j != row)
        taken = ", ".join(f"{label} ({n})" for n, label in sorted(others, reverse=True)[:5])
        said = f"{count} are right."
        said += f" The others are most often taken for {taken}." * bool(taken)
    elif words.not_shown:
        errors = _errors(metrics.get("own", {}), wanted)
        said = f"{count} test {words.texts}. {words.not_shown}{'' if errors else ' none.'}"
    elif not counts[row][column]:
        said = "None."
    elif not has_texts(metrics, words):
        said = f"{count}. The model comes without its {words.texts}."
    else:
        errors = _errors(metrics["test"], wanted)
        said = f"{count}. Those whose most likely {words.label} is wrong, with its probability:"
        said += " none." * (not errors)
    return draw.behind(labels[row], names[column], said, errors, words.texts, box)
