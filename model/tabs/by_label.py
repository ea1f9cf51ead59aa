"""The scores by label as an HTML table whose headings sort it.

Works on metrics.json alone, independent of the model and of gradio.
"""

from html import escape

from ..tasks.words import TaskWords

SCORES = {"precision": "precision", "recall": "recall", "f1": "F1", "support": "rows"}
# The first press on a heading puts the largest number on top, or A before Z; the next turns it.
ON_LOAD = """
element.addEventListener('click', (event) => {
  const head = event.target.closest('th[aria-sort]');
  if (!head) return;
  const column = head.cellIndex, body = element.querySelector('tbody');
  const isText = column === 0, was = head.getAttribute('aria-sort');
  const up = was === 'none' ? isText : was === 'descending';
  const key = (row) => row.cells[column].dataset.value;
  const order = (a, b) => isText ? key(a).localeCompare(key(b)) : key(a) - key(b);
  const rows = [...body.rows].sort((a, b) => up ? order(a, b) : order(b, a));
  body.append(...rows);
  for (const other of element.querySelectorAll('th[aria-sort]'))
    other.setAttribute('aria-sort', 'none');
  head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
});
"""


def by_label_html(metrics: dict, words: TaskWords) -> str:
    """Return the table of precision, recall, F1 and rows, one row a label."""
    order = "none" if words.on_a_scale else "ascending"  # that of the alphabet
    heads = _heading(words.label, order) + "".join(map(_heading, SCORES.values()))
    rows = "".join(map(_row, metrics["test"]["per_label"]))
    return (
        f'<h2>By {words.label}</h2><div class="scroll"><table class="by-label">'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _heading(name: str, order: str = "none") -> str:
    return f'<th scope="col" aria-sort="{order}"><button>{name}</button></th>'


def _row(scores: dict) -> str:
    label = escape(scores["label"])
    cells = "".join(f'<td data-value="{scores[key]}">{_shown(scores[key])}</td>' for key in SCORES)
    return f'<tr><th scope="row" data-value="{label}">{label}</th>{cells}</tr>'


def _shown(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.2f}"
