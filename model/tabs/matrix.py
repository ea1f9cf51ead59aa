"""The confusion matrix as an HTML table, and the misclassified rows behind a cell.

Works on metrics.json alone, independent of the model.
"""

from typing import NamedTuple

from markupsafe import Markup

from ..errors import InputError, shorten
from ..storage.schema import often_mistaken
from ..tasks.task import TaskWords
from .markup import draw, percent

FIT = 20  # columns on a wide screen
BRIEF = 24  # characters of a label beside the matrix


class Cell(NamedTuple):
    """A cell of the matrix: its place, depth of colour (0 to 1), text and what is read out."""

    row: int
    column: int
    colour: float
    number: str
    said: str
    is_first: bool  # one cell is in the tab order, and arrow keys go on from there


def matrix_html(metrics: dict, words: TaskWords, as_percent: bool) -> Markup:
    """Return the table: true labels are rows, predicted ones columns.

    The colour grows with the root of the share of the row, so that rare mistakes show too.
    Of many labels it has those with most mistakes.
    """
    labels, counts = metrics["labels"], metrics["test"]["confusion"]
    kept = often_mistaken(counts)
    heads = [shorten(labels[i], BRIEF) for i in kept]
    rows = [_row(i, kept, labels, counts[i], as_percent) for i in kept]
    behind = f"the {words.texts}" if has_texts(metrics, words) else "what is"
    of_many = f" These are the {len(kept)} of {len(labels)} {words.labels} with most mistakes."
    of_many *= len(kept) < len(labels)
    pairs = zip(heads, rows, strict=True)
    return draw.matrix(words, of_many, behind, len(kept) > FIT, heads, pairs)


def has_texts(metrics: dict, words: TaskWords) -> bool:
    """Return whether the texts that a cell counts are there to be shown."""
    errors, is_right = metrics["test"].get("errors"), metrics["test"]["accuracy"] == 1
    is_there = all("text" in error for error in errors) if errors else is_right
    return is_there and not words.not_shown


def _row(
    i: int, kept: list[int], labels: list[str], counts: list[int], as_percent: bool
) -> list[Cell]:
    total, cells = max(sum(counts), 1), []
    for j in kept:
        share = counts[j] / total
        said = f"{labels[i]} read as {labels[j]}: {counts[j]} of {total}, {percent(share)}"
        number = str(counts[j])
        if as_percent:
            number = "<1" if share < 0.005 else f"{share:.0%}".removesuffix("%")
        is_first = i == j == kept[0]
        cells.append(Cell(i, j, share**0.5, number if counts[j] else "", said, is_first))
    return cells


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
    return _errors(metrics["test"], true_label, predicted_label)


def _errors(scores: dict, true_label: str, predicted_label: str) -> list[dict]:
    pair = (true_label, predicted_label)
    errors = scores.get("errors", [])
    found = [error for error in errors if (error["label"], error["predicted"]) == pair]
    return sorted(found, key=lambda error: -error["probability"])


def cell_html(metrics: dict, words: TaskWords, row: int, column: int, box: str = "name") -> Markup:
    """Return what stands behind a cell: the texts, or for the diagonal what became of the rest.

    A text is a button that opens it in its `box`.
    """
    labels, counts = metrics["labels"], metrics["test"]["confusion"]
    if not all(type(i) is int and 0 <= i < len(labels) for i in (row, column)):
        raise InputError(f"There is no such cell: rows and columns go from 0 to {len(labels) - 1}.")
    if row == column:
        return _diagonal_html(labels, row, counts[row])
    count = f"{counts[row][column]} of {sum(counts[row])}"
    if words.not_shown:
        errors = _errors(metrics.get("own", {}), labels[row], labels[column])
        said = f"{count} test {words.texts}. {words.not_shown}{'' if errors else ' none.'}"
    else:
        errors = _errors(metrics["test"], labels[row], labels[column])
        said = f"{count}, with the probability that {labels[column]} got:"
        if not counts[row][column]:
            said = "None."
        elif not (errors and has_texts(metrics, words)):
            said, errors = f"{count}. The model comes without its {words.texts}.", []
    return draw.behind(labels[row], labels[column], said, errors, words.texts, box)


def _diagonal_html(labels: list[str], i: int, counts: list[int]) -> Markup:
    total = sum(counts)
    wrong = sorted(((n, labels[j]) for j, n in enumerate(counts) if n and j != i), reverse=True)
    taken = ", ".join(f"{label} ({n})" for n, label in wrong[:5])
    others = f"The others are taken most often for {taken}." if wrong else ""
    return draw.behind(labels[i], labels[i], f"{counts[i]} of {total} are right. {others}")
