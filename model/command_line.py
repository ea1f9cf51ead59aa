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
PROGRAM = (
    INSTALLED if Path(sys.argv[0]).stem == INSTALLED else f"python -m {__package__}"
)
STOPPED = "every file and upload is complete or did not happen"


def parse_arguments(arguments: list[str]) -> dict[str, Any]:
    """Return the function of a command as `run`, and what it is called with.

    Exits with 2 and one line if the command line is wrong.
    """
    parser = Parser(
        prog=PROGRAM, description="Train a text classifier, use it, publish it."
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    # These two have parsers of their own, to which `main` hands over.
    commands.add_parser("train", help="Train a model.", add_help=False)
    commands.add_parser("app", help="Serve the web page.", add_help=False)

    def command(run: Callable, shared: Parser) -> Callable:
        text = run.__doc__
        parser = commands.add_parser(
            run.__name__, help=text, description=text, parents=[shared]
        )
        parser.set_defaults(run=run)
        return parser.add_argument

    table, folder = Parser(add_help=False), Parser(add_help=False)
    add = table.add_argument
    add("table", help="table to read, - for standard input")
    add(
        "--model",
        default=SHIPPED_NAMES,
        help="folder, or USER/NAME of the Hub (default: names)",
    )
    add(
        "--column",
        "--text-column",
        metavar="NAME",
        help="text column: heading, or number from 1",
    )
    add(
        "--header",
        action=argparse.BooleanOptionalAction,
        help="whether the first row is a header",
    )
    add(
        "--encoding",
        metavar="NAME",
        help="of a text file, such as cp1251 (default: by content)",
    )
    add(
        "--sheet",
        metavar="NAME",
        help="sheet of an XLSX file (default: the first visible)",
    )
    add(
        "--top-k", type=int, metavar="K", help="number of labels (default: 3, or fewer)"
    )
    add(
        "--skip-bad",
        action="store_true",
        help="leave out unusable rows, and count them",
    )
    model = "model folder (default: the shipped names)"
    folder.add_argument(
        "--model", type=Path, default=SHIPPED_NAMES, metavar="FOLDER", help=model
    )
    upload = Parser(add_help=False, parents=[folder])
    add = upload.add_argument
    add("repository", metavar="USER/NAME", help="created if there is none")
    add("--private", action="store_true", default=None, help="visible to you alone")
    add(
        "--dry-run",
        action="store_true",
        help="list what would be sent, without a network",
    )

    add = command(predict, table)
    add("-o", "--output", default="-", help="file (default: standard output)")
    add = command(evaluate, table)
    add("--label-column", metavar="NAME", help="heading, or number from 1")
    add = command(export, folder)
    add(
        "output",
        type=Path,
        metavar="OUT",
        help="folder for index.html and classifier.js",
    )
    weights = "precision of weights: int8 is small, fp16 nearly exact (default: int8)"
    add("--precision", choices=["int8", "fp16"], default="int8", help=weights)
    command(card, folder)
    add = command(push, upload)
    add(
        "--dataset",
        metavar="USER/NAME",
        help="dataset on the Hub that it was trained on",
    )
    add = command(space, upload)
    add(
        "--static",
        action="store_true",
        help="the page without a server: free for everyone",
    )
    add(
        "--hardware",
        choices=HARDWARE,
        default="",
        help="zero is ZeroGPU (default: cpu)",
    )
    return vars(parser.parse_all(arguments))


def predict(model: str, table: str, output: str, **how: Any) -> None:
    """Copy a table with predictions behind each row: CSV, TSV, a list, JSON Lines or XLSX."""
    # One chunk to a core is faster than one operation to all cores, and much faster where other
    # programs keep a core busy: torch's threads wait for one another at each step of the GRU.
    how["workers"] = torch.get_num_threads()
    torch.set_num_threads(1)
    classifier = TextClassifier.load(model)
    with tqdm(unit=" texts", disable=None, leave=False) as bar:
        how["on_progress"] = bar.update
        n, found, left_out = predict_file(classifier, table, output, **how)
    parts = [f"{n:,} row{'s' * (n != 1)} predicted", found.summary, found.note]
    _print_notes("; ".join(filter(None, parts)), left_out, _guess(found))


def evaluate(model: str, table: str, **how: Any) -> None:
    """Print how a model does on a table of texts and labels: any that predict reads."""
    scores, found, left_out = evaluate_table(TextClassifier.load(model), table, **how)
    print(scores)
    _print_notes(left_out, _guess(found))


def _guess(table: Table) -> str:
    return f"warning: {table.warning}: --column names another" * bool(table.warning)


def card(model: Path) -> None:
    """Rewrite confusion.png and what is generated in README.md of a model folder."""
    files = read_model_folder(model)
    made, note = card_files(model_from(files, model), files, source_of(model))
    write_files(model, made)
    _print_notes(note or f"the card of {model} is rewritten")


def export(model: Path, output: Path, precision: Literal["int8", "fp16"]) -> None:
    """Write the web page as one file that needs no server."""
    from .tabs.alone import check, web_files  # here because gradio takes seconds
    from .tabs.page_model import read_model

    shown = read_model(model)
    files, left_out = web_files(shown, precision)
    checked = check(files["index.html"], shown)
    write_files(output, files)
    sizes = ", ".join(
        f"{name} {len(content):,} bytes" for name, content in files.items()
    )
    print(f"{output}: {sizes}; {checked}")
    _print_notes(left_out)


def push(model: Path, repository: str, dataset: str | None, **how: Any) -> None:
    """Upload a model folder to the Hugging Face Hub in one commit, with its card rewritten."""
    files, *notes = TextClassifier.load(model).files_for_hub(repository, dataset)
    done = f"has the model now; load it with TextClassifier.load({repository!r})"
    how |= {"message": "Upload the model", "managed": MAX_BYTES}
    _send("model", repository, files, done, **how)
    _print_notes(*notes)


def space(
    model: Path, repository: str, static: bool, hardware: str, **how: Any
) -> None:
    """Put the web page on the Hub as a Space, or bring it up to date, in one commit."""
    done, how = (
        "has the page now",
        how | {"message": "Upload the page", "managed": MANAGED},
    )
    if static:
        if hardware:
            raise InputError("--static needs no server: leave --hardware out.")
        from .tabs.alone import web_files  # here because gradio takes seconds
        from .tabs.page_model import read_model

        shown = read_model(model)
        files = static_files(shown.classifier.model, repository)
        page, left_out = web_files(shown, space=repository)
        files, how = files | page, how | {"space_sdk": "static"}
    else:
        hardware = hardware or "cpu"
        files, left_out = space_files(model, hardware)
        how |= {"space_sdk": "gradio", "space_hardware": HARDWARE[hardware]}
        done += "; the Hub builds it in a few minutes"
    _send("space", repository, files, done, **how)
    _print_notes(left_out)


def _send(
    kind: hub.Kind, repository: str, files: dict, done: str, dry_run: bool, **how: Any
) -> None:
    """Upload `files`, or list them for a `dry_run`."""
    if dry_run:
        hub.check_writable_id(repository)
        for path in sorted(files):
            print(f"{len(files[path]):>11,} bytes  {path}")
        print(f"{sum(map(len, files.values())):>11,} bytes in {len(files)} files")
    else:
        print(f"{hub.upload(kind, repository, files, **how)} {done}")


def _print_notes(*notes: str) -> None:
    for note in filter(None, notes):
        print(note, file=sys.stderr)


def main(arguments: list[str]) -> int:
    """Run the command line; errors of input end in one line and exit code 2."""
    if arguments[:1] == ["train"]:
        from .commands import (
            train,
        )  # here because the scores of a training take a second

        return train.main(arguments[1:], f"{PROGRAM} train")
    if arguments[:1] == ["app"]:
        page = page_options(arguments[1:], f"{PROGRAM} app")
        from .tabs.app import (
            build_demo,
            load_models,
            run,
        )  # here because gradio takes seconds

        return run(build_demo(load_models(page)), page)
    options = parse_arguments(arguments)
    return exit_code(PROGRAM, partial(options.pop("run"), **options), STOPPED)
