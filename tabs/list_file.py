"""Lists that come as files: an upload is read and deleted, /predict_file answers with a CSV."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from model.errors import InputError, shorten

from . import tables, uploads
from .errors import one_line
from .shown import Shown
from .tables import Row, Table


def file_endpoint(shown: Shown) -> None:
    """Offer /predict_file to programs: widgets that are never shown check what comes in."""
    with gr.Row(visible=False):
        file = gr.File(label="file")
        column = gr.Textbox(label="column", value="")
        header = gr.Checkbox(label="header", value=True)
        output = gr.Textbox(label="csv")
        button = gr.Button()

    @one_line
    @shown.endpoint
    def predict_file(file: dict, column: str = "", header: bool = True) -> str:
        """Return a CSV file's text with predictions behind every row, safe in a spreadsheet.

        The last column, prediction_note, says which rows are unsure and what is wrong with others.

        Args:
            file: a CSV or TXT file in UTF-8, UTF-16 or Windows-1252, up to 10,000 rows and 2 MB.
            column: the heading of the column of {texts}; the first column if empty.
            header: whether the first row is a header.
        """
        table = read_and_remove(file)
        index = find_column(table, str(column or ""), header)
        return tables.to_csv(table, predict(shown, table, index, header), table.heading(header))

    button.click(
        predict_file,
        [file, column, header],
        output,
        api_name=f"predict_file{shown.suffix}",
        preprocess=False,  # gr.File would make an empty file for each that comes in
        concurrency_limit=2,
    )


def read_and_remove(file: dict[str, Any] | None) -> Table:
    """Read an uploaded file and delete it; raise InputError if it cannot be read."""
    name, content = uploads.read_and_remove(file)
    return tables.read_file(content, name)


def find_column(table: Table, heading: str, header: bool) -> int:
    """Return the index of the column with this heading, the first one if none is asked for."""
    if not heading:
        return 0
    names = table.records[0].fields if header else []
    if names.count(heading) != 1:
        known = ", ".join(names) or "none, because there is no header"
        heading, known = shorten(heading), shorten(known)
        raise InputError(f"{table.name} has no one column {heading!r}; it has: {known}.")
    return names.index(heading)


def predict(
    shown: Shown,
    table: Table,
    column: int,
    header: bool,
    progress: Callable = lambda share, unit: None,
) -> list[Row]:
    """Return the rows of `table` with predictions; `progress` gets (done, rows)."""
    return tables.predict_rows(
        shown.classifier, table, column, header, lambda done, n: progress((done, n), unit="rows")
    )
