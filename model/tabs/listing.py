"""The List tab: many texts at once, pasted or from a file, and a CSV to take away.

A row that cannot be predicted stays in its place, with the reason. Everything is kept in memory
and nothing is written to a disk.
"""

import io
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import accumulate
from typing import Any, TypedDict

import gradio as gr
from gradio.data_classes import FileDataMeta

from ..classifier import TOP_K, Answer, TextClassifier
from ..data.forms import CSV, LIST, XLSX
from ..data.hints import Hints
from ..data.records import Limits, Record
from ..data.tables import Table, read_table
from ..data.texts import unfolded_length
from ..decisions import Verdict
from ..errors import InputError
from ..predict.outputs import (
    KNOWN,
    added_names,
    behind,
    cells_of,
    known_cell,
    write_csv,
)
from . import markup, name, uploads
from .markup import data_url, draw
from .page_model import PRIVATE, QUIET, PageModel

MAX_ROWS = 10_000
MAX_BYTES = 2_000_000
LIMITS = f"up to {MAX_ROWS:,} rows and {MAX_BYTES // 1_000_000} MB"
TAKEN = Limits(
    MAX_BYTES,
    MAX_ROWS,
    max_columns=200,  # every row gets as many cells as the first one has
    max_cells=150_000,
    max_unpacked=20_000_000,  # markup is ten times as long as its texts
    advice=f"give {LIMITS}, in 200 columns",
)
# An uploaded table or list of any form; its header and column are found by content.
read_file = partial(read_table, limits=TAKEN)
MAX_UNITS = 300_000  # letters or words of different texts, which take four seconds
CHUNK_ROWS = 512
# Functions that take seconds: at most two of all run at once, so that single texts need not wait.
LONG: Any = {"concurrency_limit": 2, "concurrency_id": "long"}
NO_ANSWER = Answer(
    text="",
    romanised=None,
    notes=[],
    verdict=Verdict("label", (), 0.0),
    side=None,
    predictions=[],
    none=None,
    known=None,
)
RANKS = ["1st", "2nd", "3rd"]
WIDTHS = {"none": 8, KNOWN: 18}  # of columns, per cent; the note has what is left
FILE_TYPES = [".csv", ".tsv", ".txt", ".jsonl", ".xlsx", ".gz"]
Row = tuple[
    Record, Answer
]  # of `TOP_K` predictions; of none if the record has a problem


class Upload(TypedDict):
    """A file as the clients of the API send it."""

    path: str
    meta: FileDataMeta


class ListRow(name.Reply):
    """One line of /predict_list: what /predict returns, or no predictions and the problem."""

    line: int
    problem: str


def list_tab(shown: PageModel) -> None:
    """A box to paste into, a file, the column to read, and what came of it."""
    kind, suffix = shown.kind, shown.suffix
    gr.Markdown(
        f"Paste one {kind.text} a line, or upload a file: CSV, TSV, TXT, JSON Lines or Excel "
        f"(.xlsx), {LIMITS}. Rows that cannot be read are marked and kept. An uploaded file "
        f"is deleted as soon as it is read; {kind.texts} stay in memory only, and no longer than "
        "an hour after you leave."
    )
    uploaded = gr.State()  # the Table of the file
    with gr.Row(equal_height=False):
        with gr.Column(min_width=280):
            pasted = gr.Textbox(
                label=f"{kind.texts.capitalize()}, one a line",
                placeholder="\n".join(shown.examples[:6]) or shown.page.placeholder,
                lines=7,
                max_lines=7,
                elem_id=f"pasted{suffix}",
            )
        with gr.Column(min_width=280):
            file = gr.File(
                label="or a file",
                file_types=FILE_TYPES,
                height=130,
                elem_classes="upload",
                elem_id=f"file{suffix}",
            )
            with gr.Row(visible=False) as choice:
                header = gr.Checkbox(
                    label="The first row is a header", elem_id=f"header{suffix}"
                )
                column = gr.Dropdown(
                    [], label=f"Column of {kind.texts}", elem_id=f"column{suffix}"
                )
    preview = markup.html("", f"preview{suffix}", "preview")
    run = gr.Button("Read the list", variant="primary")
    outputs = results_below(shown)
    on_upload(
        shown, pasted, file, [uploaded, choice, header, column, preview], outputs[:2]
    )
    on_run(shown, run, [pasted, uploaded], outputs)
    list_endpoints(shown)


def results_below(shown: PageModel) -> list[gr.components.Component | gr.Column]:
    """Lay out the results, empty: a summary, and in a column the rows and the chart."""
    suffix, titles = (
        shown.suffix,
        behind(shown.classifier, RANKS, "none", KNOWN, "note"),
    )
    widths = [4, 14, *(WIDTHS.get(title, 13) for title in titles)]
    widths[2 + titles.index("note")] += 100 - sum(widths)
    summary = markup.html("", f"summary{suffix}", "summary", markup.LIVE)
    with gr.Column(visible=False) as results:
        rows = gr.Dataframe(
            headers=["#", shown.kind.text, *titles],
            label="Predictions",
            interactive=False,
            max_height=520,
            wrap=True,
            column_widths=[f"{width}%" for width in widths],
            elem_classes="contained list-rows",
            elem_id=f"rows{suffix}",
        )
        chart = markup.drawn("counts", f"chart{suffix}", "chart part")
    return [summary, results, rows, chart]


def nothing_read() -> tuple[str, gr.Column]:
    """Return no summary and no results: an old download must not stand beside a new list."""
    return "", gr.Column(visible=False)


def on_upload(
    shown: PageModel, pasted: Any, file: Any, chosen: list, results: list
) -> None:
    """Offer the columns of a file as soon as it is there. A pasted text takes its place."""
    uploaded, _, header, column, _ = chosen

    def show(table: Table | None) -> tuple:
        if table is None:
            return None, gr.Row(visible=False), gr.skip(), gr.skip(), ""
        return (
            table,
            gr.Row(visible=True),
            table.header,
            columns_of(table),
            draw.preview(table),
        )

    def take(file: dict) -> tuple:
        return "", *show(
            read_file(*uploads.read_and_remove(file), hints=shown.classifier.hints)
        )

    def choose(table: Table | None, header: bool, column: int) -> tuple:
        if table and header != table.header:
            return show(table.choose(header=header))  # whose column is found again
        return show(table and replace(table, column=column, warning=""))

    def forget() -> tuple:
        return (*show(None), *nothing_read())

    def replace_file(table: Table | None) -> tuple:
        return (None, *forget()) if table else (gr.skip(),) * 8

    file.upload(nothing_read, None, results, **QUIET)
    # Preprocessed, gr.File would make an empty file for each that comes in.
    file.upload(take, file, [pasted, *chosen], preprocess=False, **LONG, **PRIVATE)
    gr.on(
        [header.input, column.input],
        choose,
        [uploaded, header, column],
        chosen,
        **QUIET,
    )
    # The file itself is not an output: a late answer would take away the next one.
    file.clear(forget, None, [*chosen, *results], **QUIET)
    pasted.input(replace_file, uploaded, [file, *chosen, *results], **QUIET)


def on_run(shown: PageModel, run: gr.Button, inputs: list, outputs: list) -> None:
    """Fill the results when the list is to be read; the old ones go first, also if that fails."""

    def read_list(
        text: str, table: Table | None, progress: gr.Progress = gr.Progress()
    ) -> tuple:
        """Predict the file's rows, else the pasted lines; gradio hands over what shows progress."""
        table = table or read_lines(text, shown.classifier.hints)
        found = predict_rows(shown.classifier, table, partial(progress, unit="rows"))
        has_names = table.header or table.width == 1  # a list of nothing but texts
        content = to_csv(shown.classifier, table, found, has_names)
        url = data_url(
            "text/csv", content.encode("utf-8-sig")
        )  # by it spreadsheets see UTF-8
        n_bad = sum(bool(record.problem) for record, _ in found)
        summary = draw.summary(len(found), n_bad, table.remark, shown.caution, url)
        title = f"{shown.kind.labels.capitalize()} in the list"
        chart = {"title": title, "counts": count_labels(found)}
        return summary, gr.Column(visible=True), table_of(shown, found), chart

    cleared = run.click(nothing_read, None, outputs[:2], **QUIET)
    where: Any = {"show_progress_on": outputs[0], **PRIVATE}
    cleared.then(read_list, inputs, outputs, **LONG, **where)


def list_endpoints(shown: PageModel) -> None:
    """Offer /predict_list and /predict_file."""

    @partial(shown.endpoint, concurrency_limit=2, concurrency_id="long")
    def predict_list(text: str) -> list[ListRow]:
        """Say which {labels} each of many {texts} most likely has.

        Args:
            text: {texts}, one a line; up to 10,000 lines and 2 MB.
        """
        table = read_lines(text, shown.classifier.hints)
        return [
            {
                "line": record.line,
                **name.as_json(answer),
                "problem": record.problem or "",
            }
            for record, answer in predict_rows(shown.classifier, table)
        ]

    @partial(shown.endpoint, concurrency_limit=2, concurrency_id="long")
    def predict_file(file: Upload, column: str = "", header: bool | None = None) -> str:
        """Return a table as CSV with predictions behind every row, safe in a spreadsheet.

        After these, `prediction_note` marks unsure rows and gives the problem of others; `known`
        lists the {labels} that the {text} has in the data, if the model comes with its {texts}.

        Args:
            file: CSV, TSV, TXT, JSON Lines or XLSX, up to 10,000 rows and 2 MB.
            column: the heading of the column of {texts}, or its number; found if empty.
            header: whether the first row is a header; found by content if null.
        """
        table = read_file(*uploads.read_and_remove(file), hints=shown.classifier.hints)
        table = table.choose(column or None, None if header is None else bool(header))
        rows = predict_rows(shown.classifier, table)
        return to_csv(shown.classifier, table, rows, table.header)


def columns_of(table: Table) -> gr.Dropdown:
    """Return the choice of columns of `table`; without a header the first row helps to choose."""
    choices = []
    for i, cell in enumerate(table.records[0].fields):
        title = f"column {i + 1}"
        choices.append(((cell or title) if table.header else f"{title} ({cell})", i))
    return gr.Dropdown(choices, value=table.column)


def table_of(shown: PageModel, rows: list[Row]) -> dict:
    """Return the table on the page, in which unsure rows and those of none have a colour."""
    data, styling = [], []
    for number, (record, answer) in enumerate(rows, start=1):
        ranks = [f"{label} {markup.percent(p)}" for label, p in answer.predictions]
        ranks += [""] * (len(RANKS) - len(ranks))
        none = "" if answer.none is None else markup.percent(answer.none)
        note = record.problem or note_on(answer)
        cells = behind(shown.classifier, ranks, none, known_cell(answer), note)
        data.append([number, answer.text, *cells])
        kind = (
            "none" if answer.is_none else "unsure" * answer.unsure
        )  # as style.css has them
        styling.append([f"--tint: var(--{kind})" if kind else ""] * len(data[0]))
    return {"data": data, "metadata": {"styling": styling}}


def read_lines(text: str, hints: Hints) -> Table:
    """Read one text a line, commas and quotes as they stand, without blank lines at the end.

    If tabs part the first line it is read as a table, whose header and column are found.
    """
    if not isinstance(text, str):
        raise InputError(
            f"A text is needed, not {type(text).__name__}: give one a line."
        )
    form = (
        CSV if "\t" in text.lstrip("\r\n").partition("\n")[0] else LIST
    )  # from a spreadsheet
    header = None if form == CSV else False
    return read_table(
        "The list", text, form=form, header=header, hints=hints, limits=TAKEN
    )


def predict_rows(
    classifier: TextClassifier,
    table: Table,
    on_progress: Callable[[tuple[int, int]], object] = lambda done_of_all: None,
) -> list[Row]:
    """Return every row below the header with its answer, in order."""
    column = table.column
    if not (records := table.rows):
        raise InputError(
            f"{table.name} has a header and no row below it: give at least one."
        )
    texts = ["".join(r.fields[column : column + 1] or r.fields) for r in records]
    # Ends at the first text too many, because ligatures take long to take apart.
    if any(size > MAX_BYTES for size in accumulate(map(unfolded_length, texts))):
        raise InputError(
            f"{table.name} has more than {MAX_BYTES:,} characters in its texts when ligatures are "
            "taken apart: give it in parts."
        )
    found, n_units = dict[str, str | None](), 0
    for text in dict.fromkeys(texts):
        found[text], size = problem_and_size(classifier, text)
        n_units += size
        if n_units > MAX_UNITS:
            kind = classifier.task.kind
            raise InputError(
                f"{table.name} has more than {MAX_UNITS:,} {kind.units} in different "
                f"{kind.texts}: give it in parts, or use python -m model predict."
            )
    records = [
        record._replace(problem=record.problem or found[text])
        for record, text in zip(records, texts, strict=True)
    ]
    good = [
        text for record, text in zip(records, texts, strict=True) if not record.problem
    ]
    answers: list[Answer] = []
    for start in range(0, len(good), CHUNK_ROWS):
        answers += classifier.answers(good[start : start + CHUNK_ROWS])
        on_progress((len(answers), len(good)))
    rest = iter(answers)  # of the good ones, in their order
    return [
        (record, replace(NO_ANSWER, text=text) if record.problem else next(rest))
        for record, text in zip(records, texts, strict=True)
    ]


def problem_and_size(classifier: TextClassifier, text: str) -> tuple[str | None, int]:
    """Return what is wrong with a text, or None, and how many units the network reads of it."""
    try:
        return None, len(classifier.encoder.ids(classifier.read(text)))
    except InputError as error:
        return error.problem, 0


def note_on(answer: Answer) -> str:
    """Return what there is to say of an answer beside its predictions, if anything."""
    return "none of these" if answer.is_none else "unsure" * answer.unsure


def to_csv(
    classifier: TextClassifier, table: Table, rows: Sequence[Row], has_names: bool
) -> str:
    """Return every row and column in order, then predictions, the note, and what is known.

    Above them are the names of the columns, if it `has_names`. A row that is too wide has its last
    cells as one.
    """
    added, last = (
        added_names(classifier, table, TOP_K, "prediction_note"),
        table.width - 1,
    )
    delimiter = "," if table.delimiter == "\t" else table.delimiter
    answered: list[tuple[Record, list]] = []
    for record, answer in rows:
        cells = [*record.fields, *[""] * (table.width - len(record.fields))]
        fields = [*cells[:last], table.delimiter.join(cells[last:])]
        # A note on a text is a guess at its encoding, of the rows that have more than ASCII.
        is_clear = table.form == XLSX or "".join(record.fields).isascii()
        notes = [record.problem, note_on(answer), "" if is_clear else table.note]
        found = cells_of(classifier, answer, TOP_K, "; ".join(filter(None, notes)))
        answered.append((record._replace(fields=fields), found))
    header = [*table.names, *added] if has_names else None
    write_csv(text := io.StringIO(), header, answered, delimiter, for_spreadsheet=True)
    return text.getvalue()


def count_labels(rows: Sequence[Row]) -> list[tuple[str, int]]:
    """Return how often each label was the answer, or a note in its place, most frequent first."""
    answers = [answer for record, answer in rows if not record.problem]
    found = [note_on(answer) or answer.predictions[0][0] for answer in answers]
    return Counter(
        sorted(found)
    ).most_common()  # of equal ones the first in the alphabet
