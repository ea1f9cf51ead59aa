"""Draw names for an audit by eye: `python -m data.audit`, which also prints the verdicts so far.

data/audit.csv has 50 names of each language; data/audit_written.csv has 40 of each language in its
own script, and 30 with marks of each in Latin letters. The verdicts, `right`, `wrong` or `unsure`,
are filled in by hand, and stay if a name is drawn again.
"""

import csv
import sys
from collections import Counter, defaultdict
from pathlib import Path

from anyascii import anyascii

from model.errors import InputError

from .builder.rows import Rows, shuffled, unpacked
from .builder.spelling import script_of

FOLDER = Path(__file__).resolve().parent
AUDIT, WRITTEN = FOLDER / "audit.csv", FOLDER / "audit_written.csv"
COLUMNS = ["name", "language", "verdict", "comment"]
VERDICTS = ("right", "wrong", "unsure")
NAMES, NATIVE_NAMES, MARKED_NAMES = 50, 40, 30  # of each language and script
SEED = 18


def rows_of(stem: str) -> Rows:
    """Return the rows of a train and a test file."""
    return [row for part in ("train", "test") for row in unpacked(FOLDER / f"{stem}_{part}.csv.gz")]


def drawn(path: Path) -> Rows:
    """Return the (name, language) rows that a file of verdicts has."""
    names = rows_of("names")
    if path == AUDIT:
        return sample(names, NAMES)
    marked = [(name, language) for name, language in names if not name.isascii()]
    return sample(rows_of("native"), NATIVE_NAMES) + sample(marked, MARKED_NAMES)


def sample(rows: Rows, size: int) -> Rows:
    """Return `size` rows of each language and script.

    A row's lot depends on the seed and the row alone, its marks left out, so that after a change of
    the dataset most of the drawn names, and their verdicts, stay.
    """
    lots = defaultdict(list)
    for name, language in rows:
        lot = shuffled(f"{SEED}:{language}:{plain(name)}")
        lots[language, script_of(name)].append((lot, (name, language)))
    return [row for part in sorted(lots) for _, row in sorted(lots[part])[:size]]


def plain(name: str) -> str:
    """Return a Latin name without marks, and any other as it is."""
    return anyascii(name) if script_of(name) == "Latin" else name


def verdicts(path: Path) -> list[dict[str, str]]:
    """Return the rows of a file of verdicts; raise InputError with the line if one is invalid."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            lines = csv.DictReader(file, restkey="more", restval="?")
            rows = [(lines.line_num, row) for row in lines]
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8: save it as UTF-8.") from error
    for number, row in rows or [(1, {})]:
        if list(row) != COLUMNS or "?" in row.values() or row["verdict"] not in ("", *VERDICTS):
            raise InputError(
                f"{path}, line {number}: the columns must be {','.join(COLUMNS)}, and a verdict "
                f"{', '.join(VERDICTS)}, or empty until the name is read."
            )
    return [row for _, row in rows]


def summary(path: Path) -> str:
    """Return the verdicts by language and script as a Markdown table."""
    counts = defaultdict(Counter)
    for row in verdicts(path):
        for group in (f"{row['language']}, {script_of(row['name'])}", "all"):
            counts[group][row["verdict"] or "not read"] += 1
    lines = ["| | names | right | wrong | unsure | wrong, % |", "|---|--:|--:|--:|--:|--:|"]
    for group in sorted(counts, key=lambda group: (group == "all", group)):
        numbers = [counts[group][verdict] for verdict in VERDICTS]
        share = f"{100 * numbers[1] / sum(numbers):.1f}" if sum(numbers) else "not read yet"
        cells = [group, counts[group].total(), *numbers, share]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def draw(path: Path) -> None:
    """Redraw a file, keeping the verdicts of names drawn before, whatever marks they had."""
    before = {(plain(row["name"]), row["language"]): row for row in verdicts(path)}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        for name, language in drawn(path):
            kept = before.get((plain(name), language), {})
            writer.writerow(kept | {"name": name, "language": language})


def main() -> int:
    """Run the command; return its exit status."""
    try:
        for path in (AUDIT, WRITTEN):
            draw(path)
            print(f"{path.name}\n\n{summary(path)}\n")
    except (InputError, OSError) as error:
        print(f"data.audit: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
