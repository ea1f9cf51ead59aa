"""Which tables are trained on: found and read before torch, which takes seconds, is imported.

tables = read_tables(Path("plates.csv"), Description(), column="plate")
tables["train"].summary                 # "text from column plate, label from column country…"
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import InputError
from .columns import LABEL_HEADINGS, TEXT_HEADINGS
from .hints import MAY_BE_MEANT, MISSING, Hints
from .layout import OPTIONS, Asked
from .records import TRAINING
from .tables import Table, read_table

SPLITS = ("train", "validation", "test")
TABLE_ENDINGS = (".csv", ".tsv", ".jsonl", ".xlsx")


def is_table_name(path: Path) -> bool:
    """Return whether it is the name of a table."""
    name = path.name.casefold()
    return name.removesuffix(".gz").endswith(TABLE_ENDINGS)


def read_tables(
    data: Path | Mapping[str, Path],
    nouns: Any,
    command: str = "give",
    asked: Asked = Asked(),
) -> dict[str, Table]:
    """Return a table, the tables in a folder, or those given, by split, with their labels.

    The splits are those of SPLITS. `nouns` has what texts and labels are called, as a Description
    does, and `command` is what a question answers with. Raises InputError
    for a table that cannot be read.
    """
    paths = _tables_in(data) if isinstance(data, Path) else data
    hints = Hints(
        [nouns.text, nouns.texts, *TEXT_HEADINGS],
        text=nouns.text,
        short=False,
        label_headings=[nouns.label, nouns.labels, *LABEL_HEADINGS],
        has_labels=True,
        missing=MISSING - MAY_BE_MEANT,
    )
    options = command, "--text-column", *OPTIONS[2:]
    asked = asked._replace(options=options)
    tables: dict[str, Table] = {}
    for split, path in paths.items():
        table = read_table(str(path), asked=asked, hints=hints, limits=TRAINING)
        if table.header and not tables:  # which the next tables mostly share
            headings = [table.names[table.column], *hints.headings]
            of_labels = [table.names[table.label], *hints.label_headings]
            hints = replace(hints, headings=headings, label_headings=of_labels)
        tables[split] = table
    return tables


def _tables_in(data: Path) -> dict[str, Path]:
    """Return the tables in a folder by split: one alone, or those with its name in theirs."""
    if not data.is_dir():
        return {"train": data}
    tables = list(filter(is_table_name, sorted(data.iterdir())))
    if len(tables) == 1:
        return {"train": tables[0]}
    by_split = {}
    n_named = 0
    for split in SPLITS:
        named = [table for table in tables if split in table.name.casefold()]
        n_named += len(named)
        if named:
            by_split[split] = named[0]
    if "train" not in by_split or n_named > len(by_split):
        raise InputError(
            f"{data} has {len(tables)} tables: leave one in it, or one with train in its name and "
            "one each with validation and test, or name them with --train, --validation, --test."
        )
    return by_split
