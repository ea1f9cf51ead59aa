"""The confusion matrix as an HTML table, and the misclassified rows behind a cell.

Works on metrics.json alone, independent of the model.
"""

from markupsafe import Markup

from ..errors import InputError, shorten
from ..storage.facts import often_mistaken
from ..tasks.task import TaskWords
from .markup import percent, text_button

FIT = 20  # columns on a wide screen
BRIEF = 24  # characters of a label beside the matrix
HEADING = Markup("<h2>{} read as {}</h2><p>{}</p>{}")


def matrix_html(metrics: dict, words: TaskWords, as_percent: bool) -> Markup:
    """Return the table: true labels are rows, predicted ones columns.

    The colour grows with the root of the share of the row, so that rare mistakes show too.
    Of many labels it has those with most mistakes.
    """
    labels, counts = metrics["labels"], metrics["test"]["confusion"]
    kept = often_mistaken(counts)
    head = Markup('<th scope="col"><span>{}</span></th>')
    heads = Markup().join(head.format(shorten(labels[i], BRIEF)) for i in kept)
    behind = f"the {words.texts}" if has_texts(metrics, words) else "what is"
    rows = Markup().join(_row(i, kept, labels, counts[i], as_percent) for i in kept)
    kind = "" if len(kept) > FIT else "sideways"  # that of narrow screens
    of_many = f" These are the {len(kept)} of {len(labels)} {words.labels} with most mistakes."
    of_many *= len(kept) < len(labels)
    return Markup(
        "<p>Rows are true {}, columns predicted ones.{} Choose a cell by mouse, or by arrow keys "
        'and Enter, to see {} behind it.<span class="{}"> Scroll sideways to see all columns.'
        '</span></p><div class="scroll"><table class="matrix" aria-label="Confusion matrix">'
        "<thead><tr><td></td>{}</tr></thead><tbody>{}</tbody></table></div>"
    ).format(words.labels, of_many, behind, kind, heads, rows)


def has_texts(metrics: dict, words: TaskWords) -> bool:
    """Return whether the texts that a cell counts are there to be shown."""
    errors, is_right = metrics["test"].get("errors"), metrics["test"]["accuracy"] == 1
    is_there = all("text" in error for error in errors) if errors else is_right
    return is_there and not words.not_shown


def _row(i: int, kept: list[int], labels: list[str], counts: list[int], as_percent: bool) -> Markup:
    total = max(sum(counts), 1)
    cell = Markup(
        '<td class="{0}" style="--share:{1:.3f}"><button data-row="{2}" data-column="{3}" '
        'tabindex="{4}" aria-pressed="false" title="{5}" aria-label="{5}">{6}</button></td>'
    )
    cells = []
    for j in kept:
        count = counts[j]
        share = count / total
        said = f"{labels[i]} read as {labels[j]}: {count} of {total}, {percent(share)}"
        number = str(count)
        if as_percent:
            number = "<1" if share < 0.005 else f"{share:.0%}".removesuffix("%")
        kind, tab = "right" if i == j else "wrong", 0 if i == j == kept[0] else -1
        cells.append(cell.format(kind, share**0.5, i, j, tab, said, number if count else ""))
    row = Markup('<tr><th scope="row">{}</th>{}</tr>')
    return row.format(shorten(labels[i], BRIEF), Markup().join(cells))


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
    listed = _list_html(errors, words, box) if errors else ""
    return HEADING.format(labels[row], labels[column], said, listed)


def _list_html(errors: list[dict], words: TaskWords, box: str) -> Markup:
    item = Markup("<li>{} <span>{}</span>")
    items = Markup().join(
        item.format(text_button(box, error["text"]), percent(error["probability"]))
        for error in errors
    )
    texts = Markup('<ul class="names" tabindex="0" aria-label="Misclassified {}">{}</ul>')
    return texts.format(words.texts, items)


def _diagonal_html(labels: list[str], i: int, counts: list[int]) -> Markup:
    total = sum(counts)
    wrong = sorted(((n, labels[j]) for j, n in enumerate(counts) if n and j != i), reverse=True)
    taken = ", ".join(f"{label} ({n})" for n, label in wrong[:5])
    others = f"The others are taken most often for {taken}." if wrong else ""
    said = f"{counts[i]} of {total} are right. {others}"
    return HEADING.format(labels[i], labels[i], said, "")
