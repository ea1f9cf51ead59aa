"""The List tab: many names at once, pasted or from a file, and a CSV to take away."""

from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

import gradio as gr

from model.encoding import InputError, shorten

from . import markup, tables
from .errors import one_line
from .name import Prediction
from .quality import data_url
from .shown import Shown
from .tables import Row, Table

HEADERS = ["#", "name", "1st", "%", "2nd", "% ", "3rd", "%  ", "problem"]
INTRODUCTION = (
    f"One name a line, or a CSV or TXT file in UTF-8: {tables.LIMITS}. Names are kept in memory "
    "while this page is open and written nowhere. A row that cannot be read is marked and kept."
)


class ListRow(TypedDict):
    """One line of /predict_list: its predictions, or its problem."""

    line: int
    text: str
    predictions: list[Prediction]
    problem: str


def list_tab(shown: Shown) -> None:
    """A box to paste into, a file, the column to read, and what came of it."""
    suffix = shown.suffix
    gr.Markdown(INTRODUCTION)
    uploaded = gr.State()  # the Table of the file
    with gr.Row(equal_height=False):
        with gr.Column(min_width=280):
            pasted = gr.Textbox(
                label="Surnames, one a line", lines=7, max_lines=7, elem_id=f"pasted{suffix}"
            )
        with gr.Column(min_width=280):
            file = gr.File(
                label="or a file",
                file_types=[".csv", ".txt", ".tsv"],
                height=130,
                elem_id=f"file{suffix}",
            )
            with gr.Row(visible=False) as choice:
                header = gr.Checkbox(label="The first row is a header", elem_id=f"header{suffix}")
                column = gr.Dropdown([], label="Column of names", elem_id=f"column{suffix}")
    run = gr.Button("Read the list", variant="primary")
    summary = gr.HTML(elem_id=f"summary{suffix}", js_on_load=None)
    with gr.Column(visible=False) as results:
        rows = gr.Dataframe(
            headers=HEADERS,
            label="Predictions",
            interactive=False,
            max_height=520,
            wrap=True,
            column_widths=[50, 170, 110, 90, 110, 90, 110, 90, 250],
            elem_classes="contained",
            elem_id=f"rows{suffix}",
        )
        chart = gr.HTML(elem_id=f"chart{suffix}", elem_classes="chart", js_on_load=None)

    @one_line
    def take(path: str) -> tuple:
        """Keep the file's content in memory, remove the file, offer its columns."""
        table = read_and_remove(path)
        first_is_header = table.has_heading()
        return table, gr.Row(visible=True), first_is_header, choose(table, first_is_header)

    def forget() -> tuple:
        return None, gr.Row(visible=False)

    def offer(table: Table | None, header: bool) -> gr.Dropdown:
        return choose(table, header) if table else gr.skip()

    @one_line
    def read_list(
        text: str,
        table: Table | None,
        header: bool,
        column: int | None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008  how gradio hands it over
    ) -> tuple:
        """Predict the file's rows if there is a file, else the pasted lines."""
        header, column = (header, column or 0) if table else (False, 0)
        table = table or tables.read_lines(text)
        found = predict(shown, table, column, header, progress)
        content = tables.to_csv(table, found, header)
        return (
            summary_html(found, content),
            gr.Column(visible=True),
            [table_row(number, row) for number, row in enumerate(found, start=1)],
            chart_html(found),
        )

    @one_line
    def predict_list(text: str) -> list[ListRow]:
        """Say which languages each of many surnames comes from.

        Args:
            text: surnames, one a line; up to 10,000 lines and 2 MB.
        """
        return [as_json(row) for row in predict(shown, tables.read_lines(text), 0, False)]

    gr.api(predict_list, api_name=f"predict_list{suffix}", concurrency_limit=2)
    file_endpoint(shown)
    file.upload(take, file, [uploaded, choice, header, column], api_visibility="private")
    file.clear(forget, None, [uploaded, choice], api_visibility="private")
    header.input(offer, [uploaded, header], column, api_visibility="private")
    run.click(
        read_list,
        [pasted, uploaded, header, column],
        [summary, results, rows, chart],
        concurrency_limit=2,
        api_visibility="private",
    )


def file_endpoint(shown: Shown) -> None:
    """Offer /predict_file to programs: widgets that are never shown check what comes in."""
    with gr.Row(visible=False):
        file = gr.File(label="file")
        column = gr.Textbox(label="column", value="")
        header = gr.Checkbox(label="header", value=True)
        output = gr.Textbox(label="csv")
        button = gr.Button()

    @one_line
    def predict_file(file: str, column: str = "", header: bool = True) -> str:
        """Return a CSV file's text with predictions behind every row, safe in a spreadsheet.

        Args:
            file: a CSV file in UTF-8, up to 10,000 rows and 2 MB.
            column: the heading of the column of surnames; the first column if empty.
            header: whether the first row is a header.
        """
        table = read_and_remove(file)
        index = find_column(table, column, header)
        return tables.to_csv(table, predict(shown, table, index, header), header)

    button.click(
        predict_file,
        [file, column, header],
        output,
        api_name=f"predict_file{shown.suffix}",
        concurrency_limit=2,
    )


def read_and_remove(path: str | None) -> Table:
    """Read an uploaded file and delete it: no name outlives the request on the disk."""
    if path is None:
        raise InputError("There is no file: give a CSV file.")
    try:
        return tables.read_csv(Path(path).read_bytes(), Path(path).name)
    finally:
        Path(path).unlink(missing_ok=True)


def choose(table: Table, header: bool) -> gr.Dropdown:
    """Return the choice of columns of `table`."""
    return gr.Dropdown(table.columns(header), value=table.default_column(header))


def find_column(table: Table, heading: str, header: bool) -> int:
    """Return the index of the column with this heading, the first one if none is asked for."""
    if not heading:
        return 0
    names = table.records[0].fields if header else []
    if names.count(heading) != 1:
        known = ", ".join(names) or "none, for there is no header"
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


def as_json(row: Row) -> ListRow:
    """Return one row as /predict_list gives it."""
    return {
        "line": row.record.line,
        "text": row.text,
        "predictions": [{"label": label, "probability": p} for label, p in row.predictions],
        "problem": row.problem,
    }


def table_row(number: int, row: Row) -> list:
    """Return the cells of one row of the table on the page."""
    cells = [part for label, p in row.predictions for part in (label, markup.percent(p))]
    text = row.text.encode("utf-8", "replace").decode()
    return [number, text, *cells, *[""] * (2 * tables.TOP_K - len(cells)), row.problem]


def summary_html(rows: list[Row], content: str) -> str:
    """Return how many rows were read, and the link to the CSV."""
    bad = sum(bool(row.problem) for row in rows)
    said = f"{len(rows):,} rows read" + (f", {bad:,} of them with a problem." if bad else ".")
    # The BOM tells spreadsheets that the file is UTF-8.
    url = data_url("text/csv", content.encode("utf-8-sig"))
    return f'<p role="status">{said}</p>' + markup.download(url, "languages.csv", "Download as CSV")


def chart_html(rows: list[Row]) -> str:
    """Return the bars of languages over the list."""
    counts = tables.count_languages(rows)
    total = sum(n for _, n in counts) or 1
    bars = [(label, n / total, f"{n:,} ({n / total:.0%})") for label, n in counts]
    return "<h2>Languages in the list</h2>" + markup.bars(bars, "Languages in the list")
