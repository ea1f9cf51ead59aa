"""The commands of `python -m model` and their options.

Imports neither torch nor a task, which take seconds: --help answers at once.
"""

import argparse
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .. import __version__
from ..arguments import INSTALLED, PROGRAM, QUIET, SHEET, SHIPPED, Parser
from ..data.formats import NO_FILE
from ..data.layout import OPTIONS

SHIPPED_NAMES = SHIPPED / "names"
INPUT = "table to read, - for standard input"
FORMATS = ["csv", "tsv", "jsonl"]
FORMAT = (
    "of standard output (default: the table's own; of --text and a lone text jsonl)"
)
DESCRIPTIONS = {
    "predict": "Copy a table with predictions behind each row: CSV, TSV, a list, JSON Lines or "
    "XLSX.",
    "evaluate": "Print how a model does on a table of texts and labels: any that predict reads.",
    "export": "Write the web page as one file that needs no server.",
    "card": "Rewrite README.md and confusion.png of a model folder.",
    "remake": "Make the look-up, the card and the checksums of a model folder again from its data: "
    "the weights stay.",
    "push": "Upload a model folder to the Hugging Face Hub in one commit, with its card rewritten.",
    "space": "Put the web page on the Hub as a Space, or bring it up to date, in one commit.",
}


def parse_arguments(arguments: list[str]) -> dict[str, Any]:
    """Return the name of a command as `command`, `quiet`, and what the command is called with.

    Exits with 2 and one line if the command line is wrong, and without a command with the help.
    """
    text = "Train a text classifier, use it, publish it."
    parser = Parser(prog=PROGRAM, description=text)
    parser.add_argument(
        "--version", action="version", version=f"{INSTALLED} {__version__}"
    )
    commands = parser.add_subparsers(
        title="commands", dest="command", metavar="COMMAND"
    )
    # These two have parsers of their own, to which __main__.py hands over.
    commands.add_parser("train", help="Train a model.", add_help=False)
    commands.add_parser("app", help="Serve the web page.", add_help=False)

    def command(name: str, *shared: Parser) -> Callable:
        text = DESCRIPTIONS[name]
        added = commands.add_parser(name, help=text, description=text, parents=shared)
        added.add_argument("--quiet", action="store_true", help=QUIET)
        return added.add_argument

    _add_table_commands(command)
    _add_folder_commands(command)
    options = parser.parse_all(arguments)
    if not options.command:
        parser.print_help()
        parser.exit()
    if options.command in ("predict", "evaluate"):
        typed = shlex.join([*PROGRAM.split(), *arguments])
        options.options = typed, *OPTIONS[1:]
    if options.command == "predict":
        _complete(options, parser)
    return vars(options)


def _add_table_commands(command: Callable) -> None:
    table = _table_options()
    add = command("predict", table)
    add("table", nargs="?", help=INPUT)
    add("--text", nargs="+", metavar="TEXT", help="texts in place of a table")
    add(
        "-o",
        "--output",
        dest="path",
        metavar="OUTPUT",
        default="-",
        help="file (default: standard output)",
    )
    add(
        "--prior",
        choices=["list"],
        help="read the rows as one list, by the mix of labels that they have together",
    )
    add(
        "--sets",
        type=float,
        metavar="COVERAGE",
        help="a column of labels one of which is right so often, such as 0.9",
    )
    add(
        "--columns",
        type=lambda names: names.split(","),
        metavar="NAME,…",
        help="what to append, such as answer,probability_1 (default: all)",
    )
    add("--format", choices=FORMATS, dest="format", help=FORMAT)
    add(
        "--json",
        action="store_const",
        const="json",
        dest="format",
        help="what the page's /predict returns of each row, an object a line",
    )
    add = command("evaluate", table)
    add("table", help=INPUT)
    add("--label-column", metavar="NAME", help="heading, or number from 1")
    add("--save", action="store_true", help="keep the scores, where the model has none")


def _add_folder_commands(command: Callable) -> None:
    folder = _folder_options()
    upload = _upload_options()
    add = command("export", folder)
    add(
        "output",
        type=Path,
        metavar="OUT",
        help="folder for index.html and classifier.js",
    )
    add(
        "--precision",
        choices=["int8", "fp16"],
        default="int8",
        help="precision of weights: int8 is small, fp16 nearly exact (default: int8)",
    )
    command("card", folder)
    command("remake", folder)
    add = command("push", folder, upload)
    add(
        "--dataset",
        metavar="USER/NAME",
        help="dataset on the Hub that it was trained on",
    )
    add = command("space", folder, upload)
    add(
        "--static",
        action="store_true",
        help="the page without a server: free for everyone",
    )
    add(
        "--hardware",
        choices=["cpu", "zero"],
        default="",
        help="zero is ZeroGPU (default: cpu)",
    )


def _complete(options: argparse.Namespace, parser: Parser) -> None:
    """Have predict read standard input where nothing else is given; exit with 2 for too much."""
    if options.text and options.table:
        parser.error("--text is in place of a table: give one of them")
    if options.format and options.path != "-":
        parser.error(
            "--format and --json are for standard output: a file's ending says its format"
        )
    if not (options.text or options.table):
        if not sys.stdin or sys.stdin.isatty():
            parser.error("predict needs a table, - for standard input, or --text")
        options.table = "-"
    # Said at once, before torch is imported
    if options.table not in (None, "-") and not os.path.lexists(options.table):
        parser.error(NO_FILE.format(options.table))


def _table_options() -> Parser:
    """Return the options of commands that read a table."""
    parser = Parser(add_help=False)
    add = parser.add_argument
    add(
        "--model",
        default=SHIPPED_NAMES,
        help="folder or file, names, reviews, or USER/NAME of the Hub (default: names)",
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
        help=SHEET,
    )
    add(
        "--top-k", type=int, metavar="K", help="number of labels (default: 3, or fewer)"
    )
    add(
        "--strict",
        action="store_true",
        help="end at a row that cannot be read, in place of counting them",
    )
    return parser


def _folder_options() -> Parser:
    """Return the option of commands that read a model folder."""
    parser = Parser(add_help=False)
    parser.add_argument(
        "--model",
        type=Path,
        default=SHIPPED_NAMES,
        metavar="FOLDER",
        help="model folder, names or reviews (default: names)",
    )
    return parser


def _upload_options() -> Parser:
    """Return the options of commands that write to the Hub."""
    parser = Parser(add_help=False)
    add = parser.add_argument
    add("repository", metavar="USER/NAME", help="created if there is none")
    add("--private", action="store_true", default=None, help="visible to you alone")
    add(
        "--dry-run",
        action="store_true",
        help="list what would be sent, without a network",
    )
    return parser
