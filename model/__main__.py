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
from .storage.card import card_files, note_on, source_of
from .storage.folder import MAX_BYTES, WEIGHTS, read_card, write_card
from .storage.space import HARDWARE, MANAGED, space_files, static_files

INSTALLED = "surname-gru"
PROGRAM = INSTALLED if Path(sys.argv[0]).stem == INSTALLED else f"python -m {__package__}"
PREDICT = f"""\
Copies a table and puts label_1, probability_1, label_2, ... behind each row.

  a table            {PROGRAM} predict people.csv -o out.csv
  a spreadsheet      {PROGRAM} predict people.xlsx -o out.xlsx --sheet 2024
  a list or a pipe   cut -d, -f2 people.csv | {PROGRAM} predict - > out.csv

Reads CSV, TSV, lists (.txt), JSON Lines and XLSX, and writes the same form unless the name of the
output says another. The header and the column of the texts are found by content.
"""
WRONG_COLUMN = "warning: {}: --column names another"
STOPPED = "every file and upload is complete or did not happen"


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Parse the command line; exit with 2 and one line if it is wrong."""
    parser = Parser(prog=PROGRAM, description="Train a text classifier, use it, publish it.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    # These two have parsers of their own, to which `main` hands over.
    commands.add_parser("train", help="Train a model.", add_help=False)
    commands.add_parser("app", help="Serve the web page.", add_help=False)

    def command(run: Callable, shared: Parser, text: str | None = None) -> Callable:
        how: dict = {"help": run.__doc__, "description": text or run.__doc__, "parents": [shared]}
        how["formatter_class"] = argparse.RawDescriptionHelpFormatter
        parser = commands.add_parser(run.__name__, **how)
        parser.set_defaults(run=run)
        return parser.add_argument

    table, folder = Parser(add_help=False), Parser(add_help=False)
    add = table.add_argument
    add("table", help="table to read, - for standard input")
    add("--model", default=SHIPPED_NAMES, help="folder, or USER/NAME of the Hub (default: names)")
    add("--column", "--text-column", metavar="NAME", help="of the texts: heading, or number from 1")
    add("--header", action=argparse.BooleanOptionalAction, help="whether the first row is one")
    add("--encoding", metavar="NAME", help="of text, such as cp1251 (default: by content)")
    add("--sheet", metavar="NAME", help="of XLSX (default: the first visible)")
    add("--top-k", type=int, metavar="K", help="number of labels (default: 3, or fewer)")
    add("--skip-bad", action="store_true", help="leave out unusable rows, and count them")
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
    weights = "of weights: int8 is small, fp16 nearly exact (default: int8)"
    add("--precision", choices=["int8", "fp16"], default="int8", help=weights)
    command(card, folder)
    add = command(push, upload)
    add("--dataset", metavar="USER/NAME", help="on the Hub, that it was trained on")
    add = command(space, upload)
    add("--model-id", metavar="USER/NAME", help="model on the Hub, not a folder")
    add("--static", action="store_true", help="the page without a server: free for everyone")
    add("--hardware", choices=HARDWARE, help="zero is ZeroGPU (default: cpu)")
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
    print(*parts, *filter(None, [done.table.note]), sep="; ", file=sys.stderr)
    _print_notes(done.table.warning and WRONG_COLUMN.format(done.table.warning))


def _how_to_read(options: argparse.Namespace) -> dict:
    names = ("sheet", "column", "header", "encoding", "top_k", "skip_bad")
    return {name: getattr(options, name) for name in names}


def evaluate(options: argparse.Namespace) -> None:
    """Print how a model does on a table of texts and labels: any that predict reads."""
    from .predict.evaluation import evaluate_table  # here because scikit-learn takes a second

    classifier, how = TextClassifier.load(options.model), _how_to_read(options)
    how["label_column"] = options.label_column
    scores, warning = evaluate_table(classifier, options.table, **how)
    print(scores)
    _print_notes(warning and WRONG_COLUMN.format(warning))


def card(options: argparse.Namespace) -> None:
    """Rewrite confusion.png and what is generated in README.md of a model folder."""
    folder = options.model
    classifier, earlier = TextClassifier.load(folder), read_card(folder)
    weights = (folder / WEIGHTS).read_bytes()
    write_card(folder, card_files(classifier, weights, source_of(folder), earlier=earlier))
    print(note_on(earlier) or f"the card of {folder} is rewritten", file=sys.stderr)


def export(options: argparse.Namespace) -> None:
    """Write the web page as one file that needs no server."""
    from .tabs.alone import web_files  # here because gradio takes seconds
    from .tabs.page_model import read_model

    files, left_out = web_files(read_model(options.model), options.precision)
    with writing(options.output):
        options.output.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            write_file(options.output / name, content)
    sizes = ", ".join(f"{name} {len(content):,} bytes" for name, content in files.items())
    print(f"{options.output}: {sizes}")
    _print_notes(left_out)


def push(options: argparse.Namespace) -> None:
    """Upload a model folder to the Hugging Face Hub in one commit, with its card rewritten."""
    name = options.repository
    files, left_out = TextClassifier.load(options.model).files_for_hub(name, options.dataset)
    done = f"has the model now; load it with TextClassifier.load({name!r})"
    _send("model", options, files, done, message="Upload the model", managed=MAX_BYTES)
    _print_notes(left_out, note_on(read_card(options.model)))


def space(options: argparse.Namespace) -> None:
    """Put the web page on the Hub as a Space, or bring it up to date, in one commit."""
    more: dict[str, Any] = {"message": "Upload the page", "managed": MANAGED}
    if options.static:
        if options.hardware or options.model_id:
            raise InputError("--static takes a --model, and neither --hardware nor --model-id.")
        from .tabs.alone import web_files  # here because gradio takes seconds
        from .tabs.page_model import read_model

        model = read_model(options.model)
        files = static_files(model.classifier, options.repository)
        page, left_out = web_files(model, space=options.repository)
        _send("space", options, files | page, "has the page now", sdk="static", **more)
    else:
        hardware = options.hardware or "cpu"
        files, left_out = space_files(options.model, options.model_id, hardware)
        more |= {"sdk": "gradio", "hardware": HARDWARE[hardware]}
        done = "has the page now; the Hub builds it in a few minutes"
        _send("space", options, files, done, **more)
    _print_notes(left_out)


def _send(kind: hub.Kind, options: argparse.Namespace, files: dict, done: str, **more: Any) -> None:
    if options.dry_run:
        hub.check_writable_id(options.repository)
        for path in sorted(files):
            print(f"{len(files[path]):>11,} bytes  {path}")
        print(f"{sum(map(len, files.values())):>11,} bytes in {len(files)} files")
    else:
        url = hub.upload(kind, options.repository, files, private=options.private, **more)
        print(f"{url} {done}")


def _print_notes(*notes: str) -> None:
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
