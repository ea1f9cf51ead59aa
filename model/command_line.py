"""The commands of `python -m model`, which __main__.py starts."""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Literal

import torch
from tqdm import tqdm

from .arguments import Parser, exit_code, page_options
from .atomic import write_files
from .classifier import SHIPPED_NAMES, TextClassifier
from .data.tables import Table
from .errors import InputError
from .predict.files import evaluate_table, predict_file
from .storage import hub
from .storage.card import card_files, source_of
from .storage.config import model_from
from .storage.folder import MAX_BYTES, read_model_folder
from .storage.space import HARDWARE, MANAGED, space_files, static_files

INSTALLED = "surname-gru"
IS_INSTALLED = Path(sys.argv[0]).stem == INSTALLED
PROGRAM = INSTALLED if IS_INSTALLED else f"python -m {__package__}"
STOPPED = "every file and upload is complete or did not happen"


def parse_arguments(arguments: list[str]) -> dict[str, Any]:
    """Return the function of a command as `run`, and what it is called with.

    Exits with 2 and one line if the command line is wrong.
    """
    text = "Train a text classifier, use it, publish it."
    parser = Parser(prog=PROGRAM, description=text)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    # These two have parsers of their own, to which `main` hands over.
    commands.add_parser("train", help="Train a model.", add_help=False)
    commands.add_parser("app", help="Serve the web page.", add_help=False)

    def command(run: Callable, *shared: Parser) -> Callable:
        text = run.__doc__
        added = commands.add_parser(
            run.__name__, help=text, description=text, parents=shared
        )
        added.set_defaults(run=run)
        return added.add_argument

    table = _table_options()
    folder = _folder_options()
    upload = _upload_options()
    add = command(predict, table)
    add("-o", "--output", default="-", help="file (default: standard output)")
    add = command(evaluate, table)
    add("--label-column", metavar="NAME", help="heading, or number from 1")
    add = command(export, folder)
    files = "folder for index.html and classifier.js"
    add("output", type=Path, metavar="OUT", help=files)
    weights = "precision of weights: int8 is small, fp16 nearly exact (default: int8)"
    add("--precision", choices=["int8", "fp16"], default="int8", help=weights)
    command(card, folder)
    add = command(push, folder, upload)
    dataset = "dataset on the Hub that it was trained on"
    add("--dataset", metavar="USER/NAME", help=dataset)
    add = command(space, folder, upload)
    static = "the page without a server: free for everyone"
    add("--static", action="store_true", help=static)
    hardware = "zero is ZeroGPU (default: cpu)"
    add("--hardware", choices=HARDWARE, default="", help=hardware)
    return vars(parser.parse_all(arguments))


def _table_options() -> Parser:
    """Return the options of commands that read a table."""
    parser = Parser(add_help=False)
    add = parser.add_argument
    add("table", help="table to read, - for standard input")
    model = "folder, or USER/NAME of the Hub (default: names)"
    add("--model", default=SHIPPED_NAMES, help=model)
    column = "text column: heading, or number from 1"
    add("--column", "--text-column", metavar="NAME", help=column)
    header = "whether the first row is a header"
    add("--header", action=argparse.BooleanOptionalAction, help=header)
    encoding = "of a text file, such as cp1251 (default: by content)"
    add("--encoding", metavar="NAME", help=encoding)
    sheet = "sheet of an XLSX file (default: the first visible)"
    add("--sheet", metavar="NAME", help=sheet)
    top_k = "number of labels (default: 3, or fewer)"
    add("--top-k", type=int, metavar="K", help=top_k)
    skip_bad = "leave out unusable rows, and count them"
    add("--skip-bad", action="store_true", help=skip_bad)
    return parser


def _folder_options() -> Parser:
    """Return the option of commands that read a model folder."""
    parser = Parser(add_help=False)
    model = "model folder (default: the shipped names)"
    parser.add_argument(
        "--model", type=Path, default=SHIPPED_NAMES, metavar="FOLDER", help=model
    )
    return parser


def _upload_options() -> Parser:
    """Return the options of commands that write to the Hub."""
    parser = Parser(add_help=False)
    add = parser.add_argument
    add("repository", metavar="USER/NAME", help="created if there is none")
    add("--private", action="store_true", default=None, help="visible to you alone")
    dry_run = "list what would be sent, without a network"
    add("--dry-run", action="store_true", help=dry_run)
    return parser


def predict(
    model: str,
    table: str,
    output: str,
    **options: Any,
) -> None:
    """Copy a table with predictions behind each row: CSV, TSV, a list, JSON Lines or XLSX."""
    # One chunk to a core is faster than one operation to all cores, and much faster where other
    # programs keep a core busy: torch's threads wait for one another at each step of the GRU.
    options["workers"] = torch.get_num_threads()
    torch.set_num_threads(1)
    classifier = TextClassifier.load(model)
    with tqdm(unit=" texts", disable=None, leave=False) as bar:
        options["on_progress"] = bar.update
        n, read, left_out = predict_file(classifier, table, output, **options)
    rows = "1 row" if n == 1 else f"{n:,} rows"
    parts = [f"{rows} predicted", read.summary]
    if read.note:
        parts.append(read.note)
    _print_notes("; ".join(parts), left_out, _warning(read))


def evaluate(model: str, table: str, **options: Any) -> None:
    """Print how a model does on a table of texts and labels: any that predict reads."""
    classifier = TextClassifier.load(model)
    scores, read, left_out = evaluate_table(classifier, table, **options)
    print(scores)
    _print_notes(left_out, _warning(read))


def _warning(table: Table) -> str:
    if not table.warning:
        return ""
    return f"warning: {table.warning}: --column names another"


def card(model: Path) -> None:
    """Rewrite README.md and confusion.png of a model folder."""
    files = read_model_folder(model)
    read = model_from(files, model)
    write_files(model, card_files(read, files, source_of(model)))
    _print_notes(f"the card of {model} is rewritten")


def export(model: Path, output: Path, precision: Literal["int8", "fp16"]) -> None:
    """Write the web page as one file that needs no server."""
    from .tabs.alone import web_files  # here because gradio takes seconds
    from .tabs.page_model import read_model

    shown = read_model(model)
    files, left_out = web_files(shown, precision)
    write_files(output, files)
    sizes = [f"{name} {len(content):,} bytes" for name, content in files.items()]
    print(f"{output}: {', '.join(sizes)}")
    _print_notes(left_out)


def push(
    model: Path,
    repository: str,
    dataset: str | None,
    **options: Any,
) -> None:
    """Upload a model folder to the Hugging Face Hub in one commit, with its card rewritten."""
    classifier = TextClassifier.load(model)
    files, left_out = classifier.files_for_hub(repository, dataset)
    done = f"has the model now; load it with TextClassifier.load({repository!r})"
    options |= {"message": "Upload the model", "managed": MAX_BYTES}
    _send("model", repository, files, done, **options)
    _print_notes(left_out)


def space(
    model: Path, repository: str, static: bool, hardware: str, **options: Any
) -> None:
    """Put the web page on the Hub as a Space, or bring it up to date, in one commit."""
    options |= {"message": "Upload the page", "managed": MANAGED}
    done = "has the page now"
    if static:
        if hardware:
            raise InputError("--static needs no server: leave --hardware out.")
        from .tabs.alone import web_files  # here because gradio takes seconds
        from .tabs.page_model import read_model

        shown = read_model(model)
        page, left_out = web_files(shown, space=repository)
        files = static_files(shown.classifier.model, repository) | page
        options["space_sdk"] = "static"
    else:
        hardware = hardware or "cpu"
        files, left_out = space_files(model, hardware)
        options |= {"space_sdk": "gradio", "space_hardware": HARDWARE[hardware]}
        done += "; the Hub builds it in a few minutes"
    _send("space", repository, files, done, **options)
    _print_notes(left_out)


def _send(
    kind: hub.Kind,
    repository: str,
    files: dict,
    done: str,
    dry_run: bool,
    **options: Any,
) -> None:
    """Upload `files`, or list them for a `dry_run`."""
    if dry_run:
        hub.check_writable_id(repository)
        for path in sorted(files):
            print(f"{len(files[path]):>11,} bytes  {path}")
        print(f"{sum(map(len, files.values())):>11,} bytes in {len(files)} files")
    else:
        address = hub.upload(kind, repository, files, **options)
        print(f"{address} {done}")


def _print_notes(*notes: str) -> None:
    for note in filter(None, notes):
        print(note, file=sys.stderr)


def main(arguments: list[str]) -> int:
    """Run the command line; errors of input end in one line and exit code 2."""
    if arguments[:1] == ["train"]:
        # Here because the scores of a training take a second
        from .commands import train

        return train.main(arguments[1:], f"{PROGRAM} train")
    if arguments[:1] == ["app"]:
        page = page_options(arguments[1:], f"{PROGRAM} app")
        # Here because gradio takes seconds
        from .tabs.app import build_demo, load_models, run

        return run(build_demo(load_models(page)), page)
    options = parse_arguments(arguments)
    command = options.pop("run")
    return exit_code(PROGRAM, partial(command, **options), STOPPED)
