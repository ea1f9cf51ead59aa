"""The command line of a trained model: `python -m model --help`."""

import argparse
import signal
import sys
from typing import TypeAlias

import torch
from tqdm import tqdm

from .arguments import Parser, nonempty, nonempty_path
from .classifier import SHIPPED_NAMES, TextClassifier
from .errors import InputError
from .predict.files import BadRowError, Summary, predict_file
from .storage import space
from .storage.card import card_files, source_of
from .storage.folder import WEIGHTS, write_card

PROGRAM = f"python -m {__package__}"
MODEL_HELP = "folder, or USER/NAME[@REVISION] of the Hub; default: the shipped names"
Commands: TypeAlias = "argparse._SubParsersAction[Parser]"
INTERRUPTED, TERMINATED, BROKEN_PIPE = 130, 143, 141  # as the shell has them: 128 + the signal

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
    parser = Parser(prog=PROGRAM, description=__doc__)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_predict(commands)
    _add_card(commands)
    _add_push(commands)
    _add_space(commands)
    return parser.parse_args(arguments)


def _add_predict(commands: Commands) -> None:
    parser = commands.add_parser(
        "predict",
        help="predict for every row of a table",
        description=PREDICT_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=predict)
    source = "table to read, - for standard input"
    parser.add_argument("input", metavar="INPUT", type=nonempty, help=source)
    parser.add_argument(
        *("-o", "--output"), metavar="OUTPUT", type=nonempty, default="-", help="default: stdout"
    )
    parser.add_argument("--model", type=nonempty, default=SHIPPED_NAMES, help=MODEL_HELP)
    add_table_options(parser)
    parser.add_argument("--top-k", type=int, metavar="K", help="labels; default: 3, or fewer")
    parser.add_argument(
        "--skip-bad",
        action="store_true",
        help="leave out rows that cannot be predicted and count them; else the first one ends all",
    )


def add_table_options(parser: Parser) -> None:
    """Add the options that say what else would be found by content."""
    parser.add_argument(
        "--column", metavar="NAME", type=nonempty, help="column of the texts: heading, or number"
    )
    header = parser.add_mutually_exclusive_group()
    header.add_argument(
        "--header", action="store_true", default=None, help="the first row is a header"
    )
    header.add_argument(
        "--no-header", action="store_false", dest="header", help="the first row is a row"
    )
    parser.add_argument(
        "--sheet", metavar="NAME", type=nonempty, help="of XLSX; default: the first"
    )


def _add_card(commands: Commands) -> None:
    text = "Rewrite README.md and confusion.png of a model folder from its other files."
    parser = commands.add_parser("card", help="rewrite a model folder's card", description=text)
    parser.set_defaults(run=card)
    parser.add_argument("--model", type=nonempty_path, default=SHIPPED_NAMES, help="folder")


def _add_push(commands: Commands) -> None:
    text = "Upload a model folder to the Hugging Face Hub in one commit, with its card rewritten."
    parser = commands.add_parser("push", help="upload a model to the Hub", description=text)
    parser.set_defaults(run=push)
    parser.add_argument(
        "repository", metavar="USER/NAME", type=nonempty, help="made if there is none"
    )
    parser.add_argument("--model", type=nonempty_path, default=SHIPPED_NAMES, help="folder")
    parser.add_argument(
        "--dataset", metavar="USER/NAME", type=nonempty, help="what it was trained on, on the Hub"
    )
    parser.add_argument("--private", action="store_true", default=None, help="seen by you alone")


def _add_space(commands: Commands) -> None:
    text = "Put the web page on the Hub as a Space, or bring it up to date, in one commit."
    parser = commands.add_parser("space", help="put the page on the Hub", description=text)
    parser.set_defaults(run=make_space)
    parser.add_argument(
        "repository", metavar="USER/NAME", type=nonempty, help="made if there is none"
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--model", type=nonempty_path, default=SHIPPED_NAMES, help="folder to send along"
    )
    source.add_argument(
        "--model-id", metavar="USER/MODEL", type=nonempty, help="model on the Hub instead"
    )
    parser.add_argument("--private", action="store_true", default=None, help="seen by you alone")


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
            options.input,
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
    parts = [f"{summary.rows:,} rows predicted", summary.found]
    parts += [f"{summary.skipped:,} bad rows left out"] * bool(summary.skipped)
    return "; ".join([*parts, *[summary.note] * bool(summary.note)])


def card(options: argparse.Namespace) -> None:
    """Run `card`: the folder's other files stay as they are."""
    classifier = TextClassifier.load(options.model)
    weights = (options.model / WEIGHTS).read_bytes()
    write_card(options.model, card_files(classifier, weights, source_of(options.model)))
    print(f"{options.model}: README.md and confusion.png are rewritten", file=sys.stderr)


def push(options: argparse.Namespace) -> None:
    """Run `push` and say where the model is now."""
    if not options.model.is_dir():
        raise InputError(f"No model folder {options.model}: run python train.py to make one.")
    classifier = TextClassifier.load(options.model)
    url = classifier.push_to_hub(
        options.repository, private=options.private, dataset=options.dataset
    )
    print(f"{url} has the model now; load it with TextClassifier.load({options.repository!r})")


def make_space(options: argparse.Namespace) -> None:
    """Run `space` and say where the page is now."""
    url = space.push_space(
        options.repository, options.model, options.model_id, private=options.private
    )
    print(f"{url} has the page now; the Hub builds it in a few minutes")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; errors of input end in one line and exit code 2."""
    options = parse_arguments(arguments)
    try:
        options.run(options)
    except KeyboardInterrupt:
        print("stopped: no file written", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        return BROKEN_PIPE
    except BadRowError as error:
        print(f"{PROGRAM}: {error} (--skip-bad leaves such rows out)", file=sys.stderr)
        return 2
    except InputError as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))  # so that files are cleaned up
    sys.exit(main())
