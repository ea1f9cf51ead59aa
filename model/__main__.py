"""The command line: `python -m model --help`, installed `surname-gru --help`."""

import argparse
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from .arguments import TERMINATED, Parser, exit_code
from .atomic import write_file, writing
from .classifier import SHIPPED_NAMES, TextClassifier
from .commands import app
from .errors import InputError
from .predict.files import BadRowError, predict_file
from .storage import hub
from .storage.card import ALL_OWN, card_files, is_all_own, source_of
from .storage.folder import MAX_BYTES, WEIGHTS, read_card, write_card
from .storage.space import HARDWARE, MANAGED, space_files, static_files

INSTALLED = "surname-gru"
PROGRAM = INSTALLED if Path(sys.argv[0]).stem == INSTALLED else f"python -m {__package__}"
PREDICT = f"""\
Copies a table and puts label_1, probability_1, label_2, ... behind each row.

  a table               {PROGRAM} predict people.csv -o out.csv
  a spreadsheet         {PROGRAM} predict people.xlsx -o out.xlsx --sheet 2024
  a list, one a line    {PROGRAM} predict names.txt -o out.csv
  a pipe                cut -d, -f2 people.csv | {PROGRAM} predict - > out.csv

Reads CSV, TSV, lists (.txt), JSON Lines and XLSX, and writes the same form unless the name of the
output says another. The header and the column of the texts are found by content. A file is written
whole or not at all, and never over the input.
"""
STOPPED = "every file and upload is complete or did not happen"


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Parse the command line; exit with 2 and one line if it is wrong."""
    parser = Parser(prog=PROGRAM, description="Train a text classifier, use it, publish it.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    # These two have parsers of their own, to which `main` hands over.
    commands.add_parser("train", help="Train a model.", add_help=False)
    commands.add_parser("app", help="Serve the web page.", add_help=False)

    def command(run: Callable, shared: Parser, text: str | None = None) -> Callable:
        parser = commands.add_parser(run.__name__, help=run.__doc__, parents=[shared])
        parser.description = text or run.__doc__
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.set_defaults(run=run)
        return parser.add_argument

    table, folder = Parser(add_help=False), Parser(add_help=False)
    add = table.add_argument
    add("table", help="table to read, - for standard input")
    model = "folder, or USER/NAME[@REVISION] of the Hub (default: the shipped names)"
    add("--model", default=SHIPPED_NAMES, help=model)
    column = "of the texts: heading, or number from 1 (default: by content)"
    add("--column", "--text-column", metavar="NAME", help=column)
    header = "whether the first row is a header (default: by content)"
    add("--header", action=argparse.BooleanOptionalAction, help=header)
    encoding = "of text, such as cp1251 (default: by content)"
    add("--encoding", metavar="NAME", help=encoding)
    add("--sheet", metavar="NAME", help="of XLSX (default: the first visible)")
    add("--top-k", type=int, metavar="K", help="number of labels (default: 3, or fewer)")
    skip = "leave out rows that cannot be used, and count them"
    add("--skip-bad", action="store_true", help=skip)
    model = "model folder (default: the shipped names)"
    folder.add_argument("--model", type=Path, default=SHIPPED_NAMES, metavar="FOLDER", help=model)
    upload = Parser(add_help=False, parents=[folder])
    add = upload.add_argument
    add("repository", metavar="USER/NAME", help="created if there is none")
    add("--private", action="store_true", default=None, help="visible to you alone")
    add("--dry-run", action="store_true", help="list what would be sent, without a network")

    add = command(predict, table, PREDICT)
    add("-o", "--output", default="-", help="file (default: standard output)")
    add = command(evaluate, table)
    add("--label-column", metavar="NAME", help="heading, or number from 1")
    add = command(export, folder)
    add("output", type=Path, metavar="OUT", help="folder for index.html and classifier.js")
    weights = "of the weights: int8 is small, fp16 nearly exact (default: int8)"
    add("--precision", choices=["int8", "fp16"], default="int8", help=weights)
    command(card, folder)
    add = command(push, upload)
    add("--dataset", metavar="USER/NAME", help="on the Hub, that it was trained on")
    add = command(space, upload)
    add("--model-id", metavar="USER/NAME", help="model on the Hub, not a folder")
    add("--static", action="store_true", help="the page without a server: free for everyone")
    zero = "zero is ZeroGPU, which free accounts may use (default: cpu)"
    add("--hardware", choices=HARDWARE, help=zero)
    return parser.parse_all(arguments)


def predict(options: argparse.Namespace) -> None:
    """Copy a table with predictions behind each row."""
    # One chunk to a core is faster than one operation to all cores, and much faster where other
    # programs keep a core busy: torch's threads wait for one another at each step of the GRU.
    workers = torch.get_num_threads()
    torch.set_num_threads(1)
    with tqdm(unit=" rows", disable=None, leave=False) as bar:
        done = predict_file(
            TextClassifier.load(options.model),
            options.table,
            options.output,
            workers=workers,
            on_progress=bar.update,
            **_how_to_read(options),
        )
    parts = [f"{done.rows:,} row{'s' * (done.rows != 1)} predicted", done.table.summary]
    if n := done.skipped:
        parts.append(f"{n:,} bad row{'s' * (n != 1)} left out")
    parts += [done.table.note] * bool(done.table.note)
    print("; ".join(parts), file=sys.stderr)
    _warn(done.table.warning)


def _warn(warning: str) -> None:
    if warning:
        print(f"warning: {warning}: --column names another", file=sys.stderr)


def _how_to_read(options: argparse.Namespace, *more: str) -> dict:
    names = ("sheet", "column", "header", "encoding", "top_k", "skip_bad", *more)
    return {name: getattr(options, name) for name in names}


def evaluate(options: argparse.Namespace) -> None:
    """Print how a model does on a table of texts and labels: any that predict reads."""
    from .predict.evaluation import evaluate_table  # here because scikit-learn takes a second

    classifier, how = TextClassifier.load(options.model), _how_to_read(options, "label_column")
    scores, warning = evaluate_table(classifier, options.table, **how)
    print(scores)
    _warn(warning)


def card(options: argparse.Namespace) -> None:
    """Rewrite confusion.png and what is generated in README.md of a model folder."""
    folder = options.model
    classifier, earlier = TextClassifier.load(folder), read_card(folder)
    weights = (folder / WEIGHTS).read_bytes()
    write_card(folder, card_files(classifier, weights, source_of(folder), earlier=earlier))
    done = "is rewritten" if not is_all_own(earlier) else f"has its picture again; {ALL_OWN}"
    print(f"the card of {folder} {done}", file=sys.stderr)


def export(options: argparse.Namespace) -> None:
    """Write the web page as one file that needs no server."""
    from .tabs.alone import check, web_files  # here because gradio takes seconds

    files, left_out = web_files(options.model, options.precision)
    checked = check(files["index.html"], options.model)
    with writing(options.output):
        options.output.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            write_file(options.output / name, content)
    sizes = ", ".join(f"{name} {len(content):,} bytes" for name, content in files.items())
    print(f"{options.output}: {sizes}; {checked}")
    if left_out:
        print(left_out, file=sys.stderr)


def push(options: argparse.Namespace) -> None:
    """Upload a model folder to the Hugging Face Hub in one commit, with its card rewritten."""
    name = options.repository
    files, left_out = TextClassifier.load(options.model).files_for_hub(name, options.dataset)
    notes = [left_out, ALL_OWN * is_all_own(read_card(options.model))]
    done = f"has the model now; load it with TextClassifier.load({name!r})"
    _send("model", options, files, notes, done, message="Upload the model", managed=MAX_BYTES)


def space(options: argparse.Namespace) -> None:
    """Put the web page on the Hub as a Space, or bring it up to date, in one commit."""
    more: dict[str, Any] = {"message": "Upload the page", "managed": MANAGED}
    if options.static:
        if options.hardware or options.model_id:
            raise InputError("--static takes a --model, and neither --hardware nor --model-id.")
        from .tabs.alone import web_files  # here because gradio takes seconds

        files = static_files(options.model, options.repository)
        page, left_out = web_files(options.model, space=options.repository)
        _send("space", options, files | page, [left_out], "has the page now", sdk="static", **more)
        return
    hardware = options.hardware or "cpu"
    files, left_out = space_files(options.model, options.model_id, hardware)
    done = "has the page now; the Hub builds it in a few minutes"
    more |= {"sdk": "gradio", "hardware": HARDWARE[hardware]}
    _send("space", options, files, [left_out], done, **more)


def _send(
    kind: hub.Kind, options: argparse.Namespace, files: dict, notes: list, done: str, **more: Any
) -> None:
    if options.dry_run:
        hub.check_writable_id(options.repository)
        print(hub.listing(files))
    else:
        url = hub.upload(kind, options.repository, files, private=options.private, **more)
        print(f"{url} {done}")
    for note in filter(None, notes):
        print(note, file=sys.stderr)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; errors of input end in one line and exit code 2."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["train"]:
        from .commands import train  # here because the scores of a training take a second

        return train.main(arguments[1:], f"{PROGRAM} train")
    if arguments[:1] == ["app"]:
        page = app.parse_arguments(arguments[1:], f"{PROGRAM} app")
        app.announce(page)
        from .tabs.app import build_demo, load_models, run  # here because gradio takes seconds

        return run(build_demo(load_models(page)), page)
    options = parse_arguments(arguments)

    def command() -> None:
        try:
            options.run(options)
        except BadRowError as error:
            raise InputError(f"{error} (--skip-bad leaves such rows out)") from None

    return exit_code(PROGRAM, command, STOPPED)


def start() -> int:
    """Run the command line as a program of its own."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))  # so that files are cleaned up
    return main()


if __name__ == "__main__":
    sys.exit(start())
