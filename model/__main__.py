"""The command line: `python -m model --help`, installed `surname-gru --help`."""

import argparse
import signal
import sys
from pathlib import Path
from typing import TypeAlias

import torch
from tqdm import tqdm

from .arguments import TERMINATED, Parser, exit_code, nonempty, nonempty_path
from .classifier import SHIPPED_NAMES, TextClassifier
from .errors import InputError
from .predict.files import BadRowError, Summary, predict_file
from .storage import hub, space
from .storage.card import card_files, source_of
from .storage.edited import ALL_OWN, is_all_own
from .storage.folder import WEIGHTS, read_card, write_card
from .storage.published import to_publish

INSTALLED = "surname-gru"
PROGRAM = INSTALLED if Path(sys.argv[0]).stem == INSTALLED else f"python -m {__package__}"
MODEL_HELP = "folder, or USER/NAME[@REVISION] of the Hub; default: the shipped names"
UPLOADING = "the upload is complete or did not happen; --dry-run lists what it has"
Commands: TypeAlias = "argparse._SubParsersAction[Parser]"

PREDICT_HELP = """\
Copies a table and puts label_1, probability_1, label_2, ... behind each row.

  a table               python -m model predict people.csv -o out.csv
  a spreadsheet         python -m model predict people.xlsx -o out.xlsx --sheet 2024
  a list, one a line    python -m model predict names.txt -o out.csv
  a pipe                cut -d, -f2 people.csv | python -m model predict - > out.csv

Reads CSV with commas, semicolons or tabs, lists (.txt), JSON Lines and XLSX; all but XLSX may be
gzipped. The header and the column of the texts are found by content and named when it is done;
--column, --header and --no-header say them instead. UTF-8, UTF-16 and UTF-32 are recognised, and
anything else is read as Windows-1252, with a note.

The output is in the form of the input unless its name says another (.csv, .tsv, .jsonl, .xlsx). It
keeps every column and the order of the rows. A file is written whole or not at all, and never over
the input.
"""


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line; exit with 2 if it is wrong."""
    parser = Parser(prog=PROGRAM, description="Train a text classifier, use it, publish it.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    # These two have parsers of their own, to which `main` hands over.
    commands.add_parser("train", help="train a model", add_help=False)
    commands.add_parser("app", help="serve the web page", add_help=False)
    _add_predict(commands)
    _add_evaluate(commands)
    _add_card(commands)
    _add_push(commands)
    _add_space(commands)
    return parser.parse_args(arguments)


def _add_predict(commands: Commands) -> None:
    parser = commands.add_parser(
        "predict",
        help="predict for every row of a table",
        description=PREDICT_HELP.replace("python -m model", PROGRAM),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=predict, stopped="no file written")
    _add_table(parser, "INPUT", "--column")
    parser.add_argument(
        *("-o", "--output"), metavar="OUTPUT", type=nonempty, default="-", help="default: stdout"
    )
    parser.add_argument("--top-k", type=int, metavar="K", help="labels; default: 3, or fewer")
    parser.add_argument(
        "--skip-bad",
        action="store_true",
        help="leave out rows that cannot be predicted and count them; else the first one ends all",
    )


def _add_evaluate(commands: Commands) -> None:
    text = (
        "Print how a model does on a table of texts and labels: any that predict reads, or the "
        "contest's own table."
    )
    parser = commands.add_parser("evaluate", help="score a labelled table", description=text)
    parser.set_defaults(run=evaluate, stopped="not evaluated")
    _add_table(parser, "TABLE", "--column", "--text-column")
    parser.add_argument(
        "--label-column", metavar="NAME", type=nonempty, help="column of the labels, likewise"
    )
    parser.add_argument(
        "--top-k", type=int, metavar="K", help="counts labels among the K likeliest; default: 3"
    )
    parser.add_argument(
        "--skip-bad",
        action="store_true",
        help="leave out rows that cannot be read or have a label that the model has not",
    )


def _add_table(parser: Parser, metavar: str, *column: str) -> None:
    """Add the table, the model, and the options that say what else would be found by content."""
    source = "table to read, - for standard input"
    parser.add_argument("table", metavar=metavar, type=nonempty, help=source)
    parser.add_argument("--model", type=nonempty, default=SHIPPED_NAMES, help=MODEL_HELP)
    help = "column of the texts: heading, or number"
    parser.add_argument(*column, dest="column", metavar="NAME", type=nonempty, help=help)
    header = parser.add_mutually_exclusive_group()
    header.add_argument(
        "--header", action="store_true", default=None, help="the first row is a header"
    )
    header.add_argument(
        "--no-header", action="store_false", dest="header", help="the first row is a row"
    )
    parser.add_argument(
        "--sheet", metavar="NAME", type=nonempty, help="of XLSX; default: the first visible"
    )


def _add_card(commands: Commands) -> None:
    text = (
        "Rewrite what is generated in README.md of a model folder, and confusion.png, from its "
        "other files. What was written by hand stays."
    )
    parser = commands.add_parser("card", help="rewrite a model folder's card", description=text)
    parser.set_defaults(run=card, stopped="the card is not rewritten")
    parser.add_argument("--model", type=nonempty_path, default=SHIPPED_NAMES, help="folder")


def _add_push(commands: Commands) -> None:
    text = "Upload a model folder to the Hugging Face Hub in one commit, with its card rewritten."
    parser = commands.add_parser("push", help="upload a model to the Hub", description=text)
    parser.set_defaults(run=push, stopped=UPLOADING)
    parser.add_argument(
        "repository", metavar="USER/NAME", type=nonempty, help="made if there is none"
    )
    parser.add_argument("--model", type=nonempty_path, default=SHIPPED_NAMES, help="folder")
    parser.add_argument(
        "--dataset", metavar="USER/NAME", type=nonempty, help="what it was trained on, on the Hub"
    )
    _add_upload_options(parser)


def _add_space(commands: Commands) -> None:
    text = "Put the web page on the Hub as a Space, or bring it up to date, in one commit."
    parser = commands.add_parser("space", help="put the page on the Hub", description=text)
    parser.set_defaults(run=make_space, stopped=UPLOADING)
    parser.add_argument(
        "repository", metavar="USER/NAME", type=nonempty, help="made if there is none"
    )
    hardware = "zero is ZeroGPU, which free accounts may use; default: cpu"
    parser.add_argument("--hardware", choices=space.HARDWARE, default="cpu", help=hardware)
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--model", type=nonempty_path, default=SHIPPED_NAMES, help="folder to send along"
    )
    source.add_argument(
        "--model-id", metavar="USER/MODEL", type=nonempty, help="model on the Hub instead"
    )
    _add_upload_options(parser)


def _add_upload_options(parser: Parser) -> None:
    parser.add_argument("--private", action="store_true", default=None, help="seen by you alone")
    parser.add_argument(
        "--publish-texts",
        action=argparse.BooleanOptionalAction,
        help="send the texts that the model was trained and tested on, too (default: only those "
        "that come with this program)",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="list what would be sent, without a network"
    )


class ProgressBar:
    """Draws how far the input is read, rows per second and time left, on a terminal only."""

    def __init__(self) -> None:
        self.bar: tqdm | None = None

    def update(self, rows: int, read: int, size: int | None) -> None:
        """Draw; without a size there are rows and their rate only."""
        if self.bar is None:
            known = "{percentage:3.0f}%|{bar}| {desc} [{elapsed}<{remaining}]"
            unknown = "{desc} [{elapsed}]"
            self.bar = tqdm(
                total=size, bar_format=known if size else unknown, disable=None, leave=False
            )
        elapsed = self.bar.format_dict["elapsed"] if not self.bar.disable else 0
        rate = f", {rows / elapsed:,.0f} rows/s" if elapsed else ""
        self.bar.set_description_str(f"{rows:,} rows{rate}", refresh=False)
        self.bar.update(read - self.bar.n)

    def close(self) -> None:
        """Remove the bar."""
        if self.bar is not None:
            self.bar.close()


def predict(options: argparse.Namespace) -> None:
    """Run `predict` and say on stderr what was done."""
    # One chunk to a core is faster than one operation to all cores, and much faster where other
    # programs keep a core busy: torch's threads wait for one another at each step of the GRU.
    workers = torch.get_num_threads()
    torch.set_num_threads(1)
    progress = ProgressBar()
    try:
        summary = predict_file(
            TextClassifier.load(options.model),
            options.table,
            options.output,
            sheet=options.sheet,
            column=options.column,
            header=options.header,
            top_k=options.top_k,
            skip_bad=options.skip_bad,
            workers=workers,
            on_progress=progress.update,
        )
    finally:
        torch.set_num_threads(workers)
        progress.close()
    print(describe(summary), file=sys.stderr)


def describe(summary: Summary) -> str:
    """Return one line on what was found and done."""
    parts = [f"{summary.rows:,} row{'s' * (summary.rows != 1)} predicted", summary.found]
    if n := summary.skipped:
        parts.append(f"{n:,} bad row{'s' * (n != 1)} left out")
    return "; ".join([*parts, *[summary.note] * bool(summary.note)])


def evaluate(options: argparse.Namespace) -> None:
    """Run `evaluate`: print the scores."""
    from .predict.evaluation import evaluate_table  # here because scikit-learn takes a second

    classifier = TextClassifier.load(options.model)
    print(
        evaluate_table(
            classifier,
            options.table,
            sheet=options.sheet,
            column=options.column,
            header=options.header,
            label_column=options.label_column,
            top_k=options.top_k,
            skip_bad=options.skip_bad,
        )
    )


def card(options: argparse.Namespace) -> None:
    """Run `card`: the folder's other files stay as they are."""
    classifier = TextClassifier.load(options.model)
    weights, earlier = (options.model / WEIGHTS).read_bytes(), read_card(options.model)
    files = card_files(classifier, weights, source_of(options.model), earlier=earlier)
    write_card(options.model, files)
    done = f"confusion.png is rewritten; {ALL_OWN}"
    if not is_all_own(earlier):
        done = "README.md and confusion.png are rewritten"
    print(f"{options.model}: {done}", file=sys.stderr)


def push(options: argparse.Namespace) -> None:
    """Run `push` and say where the model is now."""
    classifier = TextClassifier.load(options.model)
    repository, publish = options.repository, options.publish_texts
    if options.dry_run:
        hub.check_writable_id(repository)
        files, left_out = classifier.files_for_hub(repository, options.dataset, publish)
        done = hub.listing(files)
    else:
        left_out = to_publish(classifier, publish)[1]
        url = classifier.push_to_hub(
            repository, private=options.private, dataset=options.dataset, publish_texts=publish
        )
        done = f"{url} has the model now; load it with TextClassifier.load({repository!r})"
    print(done)
    if left_out:
        print(left_out, file=sys.stderr)
    if is_all_own(read_card(options.model)):
        print(ALL_OWN, file=sys.stderr)


def make_space(options: argparse.Namespace) -> None:
    """Run `space` and say where the page is now."""
    name, hardware = options.repository, options.hardware
    hub.check_writable_id(name)
    files, left_out = space.space_files(
        name, options.model, options.model_id, options.publish_texts, hardware
    )
    if options.dry_run:
        done = hub.listing(files)
    else:
        url = space.upload(name, files, private=options.private, hardware=hardware)
        done = f"{url} has the page now; the Hub builds it in a few minutes"
    print(done)
    if left_out:
        print(left_out, file=sys.stderr)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; errors of input end in one line and exit code 2."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["train"]:
        from .commands import train  # here because the scores of a training take a second

        return train.main(arguments[1:], f"{PROGRAM} train")
    if arguments[:1] == ["app"]:
        from .tabs import port

        port.check(f"{PROGRAM} app")
        from .tabs import app  # after the check, and here because gradio takes seconds

        return app.main(arguments[1:], f"{PROGRAM} app")
    options = parse_arguments(arguments)

    def run() -> None:
        try:
            options.run(options)
        except BadRowError as error:
            raise InputError(f"{error} (--skip-bad leaves such rows out)") from None

    return exit_code(PROGRAM, run, options.stopped)


def start() -> int:
    """Run the command line as a program of its own."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))  # so that files are cleaned up
    return main()


if __name__ == "__main__":
    sys.exit(start())
