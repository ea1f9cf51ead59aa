"""Lists that come as files: an upload is read and deleted, /predict_file answers with a CSV."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from ..data.tables import Table
from . import tables, uploads
from .errors import one_line
from .shown import Shown
from .tables import Row

MAYBE_BOOLEAN = {"anyOf": [{"type": "boolean"}, {"type": "null"}]}


def file_endpoint(shown: Shown) -> None:
    """Offer /predict_file to programs: widgets that are never shown check what comes in."""
    with gr.Row(visible=False):
        file = gr.File(label="file")
        column = gr.Textbox(label="column", value="")
        header = gr.JSON(label="header", value=None)  # a checkbox cannot be null
        setattr(header, "api_info", lambda: MAYBE_BOOLEAN)  # noqa: B010  else it is any JSON
        output = gr.Textbox(label="csv")
        button = gr.Button()

    @one_line
    @shown.endpoint
    def predict_file(file: dict, column: str = "", header: bool | None = None) -> str:
        """Return a table as CSV with predictions behind every row, safe in a spreadsheet.

        The last column, prediction_note, says which rows are unsure and what is wrong with others.

        Args:
            file: CSV, TSV, TXT, JSON Lines or XLSX, up to 10,000 rows and 2 MB.
            column: the heading of the column of {texts}, or its number; found if empty.
            header: whether the first row is a header; found by content if null.
        """
        table = read_and_remove(file, shown).choose(
            str(column or "") or None, None if header is None else bool(header)
        )
        heading = table.names if table.header else None
        return tables.to_csv(table, predict(shown, table), heading)

    button.click(
        predict_file,
        [file, column, header],
        output,
        api_name=f"predict_file{shown.suffix}",
        preprocess=False,  # gr.File would make an empty file for each that comes in
        concurrency_limit=2,
    )


def read_and_remove(file: dict[str, Any] | None, shown: Shown) -> Table:
    """Read an uploaded file and delete it; raise InputError if it cannot be read."""
    name, content = uploads.read_and_remove(file)
    return tables.read_file(content, name, shown.classifier.hints)


def predict(shown: Shown, table: Table, progress: Callable = lambda share, unit: None) -> list[Row]:
    """Return the rows of `table` with predictions; `progress` gets (done, rows)."""
    return tables.predict_rows(
        shown.classifier, table, lambda done, n: progress((done, n), unit="rows")
    )
