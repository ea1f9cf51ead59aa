"""The List tab: many texts at once, pasted or from a file, and a CSV to take away.

A row that cannot be predicted stays in its place, with the reason. Everything is kept in memory
and nothing is written to a disk.
"""

import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypedDict

import gradio as gr
from gradio.data_classes import FileDataMeta

from ..answering import Prior, Report, Wanted, Work, check_prior, read_list, read_text
from ..answers.mix import Mix
from ..answers.reply import NOTES, Answer, Reply, cells_of, reply
from ..classifier import TOP_K, TextClassifier
from ..data.formats import CSV, LIST, XLSX
from ..data.hints import Hints
from ..data.layout import Asked
from ..data.records import Limits, Record
from ..data.tables import Table, read_table
from ..errors import InputError
from ..predict.outputs import check_headings, headings, shares_in_words, write_csv
from ..trained import Model
from . import uploads
from .markup import data_url, draw, html
from .page_model import PRIVATE, QUIET, PageModel

OWN_MIX = "What is frequent in the list becomes likelier in every row, what is rare less likely."
MAX_ROWS = 10_000
MAX_SHOWN = 1_000  # rows; the CSV has all
MAX_BYTES = 2_000_000
LIMITS = f"up to {MAX_ROWS:,} rows and {MAX_BYTES // 1_000_000} MB"
TAKEN = Limits(
    MAX_BYTES,
    MAX_ROWS,
    max_columns=200,  # every row gets as many cells as the first one has
    max_cells=120_000,
    max_unpacked=20_000_000,  # markup is ten times as long as its texts
    advice=f"give {LIMITS}, in 200 columns",
)
# An uploaded table or list of any format; the visitor decides what is not certain.
read_file = partial(read_table, asked=Asked(options=()), limits=TAKEN)
MAX_UNITS = 180_000  # letters or words of different texts, which take four seconds
CHUNK_ROWS = 512
# Functions that take seconds: at most two of all run at once, so that single texts need not wait.
LONG: Any = {"concurrency_limit": 2, "concurrency_id": "long"}
FILE_TYPES = ".csv .tsv .txt .jsonl .json .xlsx .gz".split()
# A record and its answer: of TOP_K predictions, or without any if the record has a problem.
Row = tuple[Record, Answer]


class Upload(TypedDict):
    """A file as the clients of the API send it."""

    path: str
    meta: FileDataMeta


class ListRow(Reply):
    """One line of /predict_list: what /predict returns, or no predictions and the problem."""

    line: int
    problem: str


def list_tab(shown: PageModel) -> None:
    """Lay out a box to paste into, a file, the column to read, and what came of it."""
    kind = shown.kind
    suffix = shown.suffix
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
            file, *choice = file_box(shown)
    preview = html("", f"preview{suffix}", "preview")
    by_mix = gr.Checkbox(
        label="Read as one list: use its own mix",
        info=OWN_MIX,
        elem_id=f"mix{suffix}",
    )
    run = gr.Button("Read the list", variant="primary")
    results = results_below(shown)
    chosen = [uploaded, *choice, preview]
    on_upload(shown, pasted, file, chosen, results)
    on_run(shown, run, [pasted, uploaded, by_mix], results)
    list_endpoints(shown)


def file_box(shown: PageModel) -> tuple[gr.File, gr.Row, gr.Checkbox, gr.Dropdown]:
    """Lay out the box for a file and, hidden until there is one, how to read it."""
    suffix = shown.suffix
    file = gr.File(
        label="or a file",
        file_types=FILE_TYPES,
        height=130,
        elem_classes="upload",
        elem_id=f"file{suffix}",
    )
    with gr.Row(visible=False) as choice:
        header = gr.Checkbox(
            label="The first row is a header",
            elem_id=f"header{suffix}",
        )
        column = gr.Dropdown(
            [],
            label=f"Column of {shown.kind.texts}",
            elem_id=f"column{suffix}",
        )
    return file, choice, header, column


def results_below(shown: PageModel) -> list[gr.components.Component | gr.Column]:
    """Lay out the results, empty: a summary, and in a column the rows and the chart.

    Between them is the Table that was read.
    """
    suffix = shown.suffix
    summary = html("", f"summary{suffix}", "summary", "live")
    with gr.Column(visible=False) as results:
        rows = gr.HTML(
            html_template="${page.rows(value)}",
            elem_id=f"rows{suffix}",
            elem_classes="list-rows",
        )
        chart = gr.HTML(
            html_template="${page.counts(value)}",
            elem_id=f"chart{suffix}",
            elem_classes="chart part",
        )
    return [summary, results, gr.State(), rows, chart]


def nothing_read() -> tuple[str, gr.Column, None]:
    """Return no summary and no results: an old download must not stand beside a new list."""
    return "", gr.Column(visible=False), None


# What the two below return fills `chosen` of `list_tab`: the table, the row of choices, whether
# there is a header, the column, and a preview.


def nothing_chosen() -> tuple:
    """Return no table, and nothing to choose from."""
    return None, gr.Row(visible=False), gr.skip(), gr.skip(), ""


def to_choose(table: Table) -> tuple:
    """Return a table with its header, its columns and a preview."""
    return (
        table,
        gr.Row(visible=True),
        table.header,
        gr.Dropdown(columns_of(table), value=table.column),
        draw.preview(table),
    )


def on_upload(
    shown: PageModel, pasted: Any, file: Any, chosen: list, results: list
) -> None:
    """Offer the columns of a file as soon as it is there. A pasted text takes its place."""
    uploaded, _, header, column, _ = chosen
    cleared = results[:3]

    def take(file: dict) -> tuple:
        upload = uploads.read_and_remove(file)
        table = read_file(*upload, hints=shown.model.hints)
        return "", *to_choose(table)

    def choose(table: Table | None, header: bool, column: int) -> tuple:
        if table is None:
            return nothing_chosen()
        return to_choose(replace(table, header=header, column=column, warning=""))

    def forget() -> tuple:
        return *nothing_chosen(), *nothing_read()

    def replace_file(table: Table | None) -> Any:
        return gr.skip() if table is None else (None, *forget())

    file.upload(nothing_read, None, cleared, **QUIET)
    # Preprocessed, gr.File would make an empty file for each that comes in.
    filled = [pasted, *chosen]
    file.upload(take, file, filled, preprocess=False, **LONG, **PRIVATE)
    changed = [header.input, column.input]
    choice = [uploaded, header, column]
    gr.on(changed, choose, choice, chosen, **QUIET)
    # The file itself is not an output: a late answer would take away the next one.
    emptied = [*chosen, *cleared]
    file.clear(forget, None, emptied, **QUIET)
    pasted.input(replace_file, uploaded, [file, *emptied], **QUIET)


def on_run(shown: PageModel, run: gr.Button, inputs: list, results: list) -> None:
    """Fill the results when the list is to be read; the old ones go first, also if that fails.

    Another choice of the mix fills them again.
    """

    *_, by_mix = inputs
    summary, below, last, *_ = results

    def read_list(
        text: str,
        table: Table | None,
        by_mix: bool,
        progress: gr.Progress = gr.Progress(),
    ) -> tuple:
        """Predict the file's rows, else the pasted lines; Gradio hands over `progress`."""
        if table is None:
            table = read_lines(text, shown.model.hints)
        return answered(table, by_mix, progress)

    def read_again(
        table: Table | None, by_mix: bool, progress: gr.Progress = gr.Progress()
    ) -> tuple:
        """Predict what is there once more, if anything is."""
        if table is None:
            return (gr.skip(),) * len(results)
        return answered(table, by_mix, progress)

    def answered(table: Table, by_mix: bool, progress: gr.Progress) -> tuple:
        def report(done: int, of_all: int, doing: str) -> None:
            progress((done, of_all), desc=doing.capitalize(), unit="rows")

        rows, mix, problem = read_rows(shown.classifier, table, by_mix, report)
        return (
            summary_of(shown, table, rows, by_mix, problem),
            gr.Column(visible=True),
            table,
            rows_of(shown, rows),
            chart_of(shown, rows, mix),
        )

    how: Any = {"show_progress_on": summary, **LONG, **PRIVATE}
    emptied = run.click(nothing_read, None, [summary, below, last], **QUIET)
    emptied.then(read_list, inputs, results, **how)
    by_mix.input(read_again, [last, by_mix], results, **how)


def list_endpoints(shown: PageModel) -> None:
    """Offer /predict_list and /predict_file."""
    classifier = shown.classifier

    def predict_list(text: str, prior: Prior = None) -> list[ListRow]:
        """Say which {labels} each of many {texts} most likely has.

        Args:
            text: {texts}, one a line; up to 10,000 lines and 2 MB.
            prior: "list" to read them by the mix of {labels} that they have together.
        """
        table = read_lines(text, shown.model.hints)
        return [
            {"line": record.line, **reply(answer), "problem": record.problem or ""}
            for record, answer in predict_rows(classifier, table, prior)
        ]

    def predict_file(
        file: Upload,
        column: str = "",
        header: bool | None = None,
        prior: Prior = None,
    ) -> str:
        """Return a table as CSV with predictions behind every row, safe in a spreadsheet.

        `answer` has the answer in words. After the {labels}, `prediction_note` marks the answers
        that are the data's and gives the problem of a row that cannot be read; `known` lists the
        {labels} that the {text} has in the data, if the model comes with its {texts}.

        Args:
            file: CSV, TSV, TXT, JSON Lines or XLSX, up to 10,000 rows and 2 MB.
            column: the heading of the column of {texts}, or its number; found if empty.
            header: whether the first row is a header; found if null.
            prior: "list" to read the rows by the mix of {labels} that they have together.
        """
        asked = Asked(
            column=column or None,
            header=None if header is None else bool(header),
            options=("give", "column", "", "header: true", "header: false"),
        )
        upload = uploads.read_and_remove(file)
        table = read_file(*upload, asked=asked, hints=shown.model.hints)
        rows = predict_rows(classifier, table, prior)
        return to_csv(shown.model, table, rows, table.header)

    shown.endpoint(predict_list, **LONG)
    shown.endpoint(predict_file, **LONG)


def read_lines(text: str, hints: Hints) -> Table:
    """Read one text a line, commas and quotes as they stand, without blank lines at the end.

    If tabs part the first line, as in cells of a spreadsheet, it is read as a table. Raises
    InputError where it is not certain which column has the texts.
    """
    if not isinstance(text, str):
        raise InputError(
            f"A text is needed, not {type(text).__name__}: give one a line."
        )
    first_line = text.lstrip("\r\n").partition("\n")[0]
    read_pasted = partial(read_table, "The list", text, hints=hints, limits=TAKEN)
    if "\t" in first_line:
        asked = Asked(options=["paste one column alone:", *[""] * 4])
        return read_pasted(format=CSV, asked=asked)
    return read_pasted(format=LIST, asked=Asked(header=False))


def predict_rows(
    classifier: TextClassifier, table: Table, prior: Prior = None
) -> list[Row]:
    """Return every row of a table with its answer, as `read_rows` does, by a mix if asked."""
    check_prior(prior)
    by_mix = prior == "list"
    rows, _, problem = read_rows(classifier, table, by_mix, finds_mix=by_mix)
    if problem:
        raise InputError(problem)
    return rows


def read_rows(
    classifier: TextClassifier,
    table: Table,
    by_mix: bool = False,
    on_progress: Report = lambda done, of_all, doing: None,
    finds_mix: bool = True,
) -> tuple[list[Row], Mix | None, str]:
    """Return each row below the header with its answer, in order, and the mix of the list.

    Without a mix, the reason for that comes last. With `by_mix` the answers follow the mix. Raises
    InputError if there are no rows or too many, or if their different texts have more than
    MAX_UNITS.
    """
    if not table.rows:
        raise InputError(
            f"{table.name} has a header and no row below it: give at least one."
        )
    if len(table.rows) > MAX_ROWS:
        raise TAKEN.exceeded(table.name, f"more than {MAX_ROWS:,} rows")
    texts = [text_of(record, table.column) for record in table.rows]
    problems = problems_of(classifier.model, table.name, texts)
    records = table.checked(problems.__getitem__).rows
    readable = [record.fields[table.column] for record in records if not record.problem]
    mix, why_none, found = read_list(
        classifier.model,
        readable,
        classifier.count_of(),
        Wanted(finds_mix, by_mix),
        Work(CHUNK_ROWS, on_progress=on_progress),
    )
    answers = {answer.text: answer for answer in found}
    rows = []
    for record, text in zip(records, texts, strict=True):
        rows.append((record, answers.get(text) or Answer(text)))
    return rows, mix, why_none


def text_of(record: Record, column: int) -> str:
    """Return the text of a record; of one that is too short for its column, all that it has."""
    if column < len(record.fields):
        return record.fields[column]
    return "".join(record.fields)


def problems_of(
    model: Model, table_name: str, texts: Sequence[str]
) -> dict[str, str | None]:
    """Return for each different text what is wrong with it, or None.

    Raises InputError if the network would have to read more than MAX_UNITS of them.
    """
    problems: dict[str, str | None] = {}
    n_units = 0
    for text in dict.fromkeys(texts):
        try:
            n_units += len(read_text(model, text).ids)
            problems[text] = None
        except InputError as error:
            problems[text] = error.problem
        if n_units > MAX_UNITS:
            kind = model.task.kind
            raise InputError(
                f"{table_name} has more than {MAX_UNITS:,} {kind.units} in different "
                f"{kind.texts}: give it in parts, or use python -m model predict."
            )
    return problems


def summary_of(
    shown: PageModel, table: Table, rows: Sequence[Row], by_mix: bool, problem: str
) -> Any:
    """Return what was read, in HTML with a link to the CSV, and what its mix changed, if asked."""
    is_list = table.width == 1  # of nothing but texts
    content = to_csv(shown.model, table, rows, table.header or is_list)
    encoded = content.encode("utf-8-sig")  # by this mark spreadsheets see UTF-8
    n_bad = sum(bool(record.problem) for record, _ in rows)
    url = data_url("text/csv", encoded)
    changed = sum(answer.verdict.source == "list" for _, answer in rows)
    by_list = (
        problem or f"{changed:,} of {len(rows):,} read otherwise by the list’s mix."
    )
    notes = " ".join(filter(None, [by_list if by_mix else "", shown.caution]))
    return draw.summary(len(rows), MAX_SHOWN, n_bad, table.remark, notes, url)


def columns_of(table: Table) -> list[tuple[str, int]]:
    """Return what each column is called, by its number; without a header its first cell helps."""
    choices = []
    for i, cell in enumerate(table.records[0].fields):
        title = f"column {i + 1}"
        text = cell.strip()
        if not table.header:
            title = f"{title} ({text})"
        elif text:
            title = text
        choices.append((title, i))
    return choices


def rows_of(shown: PageModel, rows: Sequence[Row]) -> dict:
    """Return the first rows with their answers, for rows.js."""
    kind = shown.kind
    return {
        "words": {"text": kind.text, "labels": kind.labels},
        "labels": shown.labels,
        "ordered": kind.on_a_scale,
        "hasKnown": bool(shown.model.training_texts),
        "rows": [
            {
                "text": answer.text,
                "answer": answer.verdict.in_words,
                "note": record.problem or NOTES.get(answer.verdict.source, ""),
                "reply": None if record.problem else reply(answer),
            }
            for record, answer in rows[:MAX_SHOWN]
        ],
    }


def chart_of(shown: PageModel, rows: Sequence[Row], mix: Mix | None) -> dict:
    """Return the share of each label, else how often each answer was given, for answer.js."""
    title = f"{shown.kind.labels.capitalize()} in the list"
    return {
        "title": title,
        "counts": count_labels(rows),
        "shares": mix and shares_in_words(mix, shown.labels),
        "labels": shown.labels,
        "ordered": shown.kind.on_a_scale,
    }


def count_labels(rows: Sequence[Row]) -> list[tuple[str, int]]:
    """Return how often each answer was given, in words, most frequent first.

    Ties go to the first in the alphabet.
    """
    answers = [answer.verdict.in_words for record, answer in rows if not record.problem]
    return Counter(sorted(answers)).most_common()


def to_csv(model: Model, table: Table, rows: Sequence[Row], has_names: bool) -> str:
    """Return a CSV of every row: its own cells, predictions, the note, and what is known.

    With `has_names`, the names of the columns stand above them.
    """
    added = headings(model, TOP_K)
    check_headings(table, added)
    lines: list[tuple[Record, list]] = []
    for record, answer in rows:
        notes = filter(None, [record.problem, note_on_encoding(table, record)])
        cells = cells_of(answer, TOP_K, "; ".join(notes))
        lines.append((table.fitted(record), [cells[name] for name in added]))
    text = io.StringIO()
    header = [*table.names, *added] if has_names else None
    delimiter = "," if table.delimiter == "\t" else table.delimiter
    write_csv(text, header, lines, delimiter, for_spreadsheet=True)
    return text.getvalue()


def note_on_encoding(table: Table, record: Record) -> str:
    """Return the table's note on its guessed encoding for a row that the guess may have changed."""
    is_clear = table.format == XLSX or "".join(record.fields).isascii()
    return "" if is_clear else table.note
