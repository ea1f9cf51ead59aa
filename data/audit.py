"""Draw names for an audit by eye, print them blind, and sum up the verdicts.

    python data/audit.py draw      data/audit.csv: 50 names a language, verdicts kept if drawn again
    python data/audit.py blind     the drawn names, shuffled, without their labels
    python data/audit.py summary   the table of verdicts

Verdicts are `right`, `wrong` and `unsure`. Judges nothing itself.
"""

import argparse
import csv
import gzip
import hashlib
import io
import random
import sys
from collections import Counter, defaultdict
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
AUDIT = FOLDER / "audit.csv"
COLUMNS = ("name", "language", "verdict", "comment")
VERDICTS = ("right", "wrong", "unsure")
NAMES_PER_LANGUAGE = 50
SEED = 18


class AuditError(ValueError):
    """data/audit.csv cannot be used; the message is one line that says where and why."""


def read_part(folder: Path, part: str) -> list[tuple[str, str]]:
    """Return the (name, language) rows of the train or the test file in a folder."""
    with gzip.open(folder / f"names_{part}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return [(name, language) for name, language in csv.reader(file)]


def read_dataset() -> list[tuple[str, str]]:
    """Return the (name, language) rows of both files."""
    return [*read_part(FOLDER, "train"), *read_part(FOLDER, "test")]


def draw(rows: list[tuple[str, str]], seed: int = SEED) -> list[tuple[str, str]]:
    """Return NAMES_PER_LANGUAGE rows of each language.

    A row's lot depends on the seed and the row alone, so that after a change of the dataset most
    of the drawn names, and their verdicts, stay.
    """
    by_language = defaultdict(list)
    for name, language in rows:
        lot = hashlib.sha256(f"{seed}:{language}:{name}".encode()).hexdigest()
        by_language[language].append((lot, name))
    return [
        (name, language)
        for language in sorted(by_language)
        for _, name in sorted(by_language[language])[:NAMES_PER_LANGUAGE]
    ]


def read_audit() -> list[dict[str, str]]:
    """Return the rows of data/audit.csv, none if it is absent; raise AuditError if one is unfit."""
    if not AUDIT.exists():
        return []
    try:
        text = AUDIT.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise AuditError("data/audit.csv is not UTF-8: save it as UTF-8") from error
    lines = csv.reader(io.StringIO(text, newline=""))
    if tuple(next(lines, ())) != COLUMNS:
        raise AuditError(f"data/audit.csv, line 1: the header must be {','.join(COLUMNS)}")
    return [_check_row(row, lines.line_num) for row in lines if row]


def _check_row(row: list[str], line: int) -> dict[str, str]:
    if len(row) != len(COLUMNS):
        raise AuditError(f"data/audit.csv, line {line}: {len(row)} columns, not {len(COLUMNS)}")
    named = dict(zip(COLUMNS, row, strict=True))
    if named["verdict"] not in ("", *VERDICTS):
        raise AuditError(
            f"data/audit.csv, line {line}: the verdict {named['verdict']!r} is none of "
            f"{', '.join(VERDICTS)} (or nothing, if the name is not read yet)"
        )
    return named


def write_draw() -> None:
    """Write data/audit.csv, keeping the verdicts of names drawn before."""
    before = {(row["name"], row["language"]): row for row in read_audit()}
    with AUDIT.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for name, language in draw(read_dataset()):
            empty = {"name": name, "language": language, "verdict": "", "comment": ""}
            writer.writerow(before.get((name, language), empty))


def print_blind() -> None:
    """Print the drawn names in an order that gives no label away."""
    names = sorted({row["name"] for row in read_audit()})
    random.Random(SEED).shuffle(names)
    print("\n".join(names))


def summary(rows: list[dict[str, str]]) -> str:
    """Return the verdicts by language as a Markdown table."""
    counts = defaultdict(Counter)
    for row in rows:
        for key in (row["language"], "all"):
            counts[key][row["verdict"] or "not read"] += 1
    lines = [
        "| language | names | right | wrong | unsure | wrong, % |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for language in [*sorted(counts.keys() - {"all"}), *(["all"] if counts else [])]:
        found = counts[language]
        read = sum(found[verdict] for verdict in VERDICTS)
        cells = [str(found[verdict]) for verdict in VERDICTS]
        share = f"{100 * found['wrong'] / read:.1f}" if read else "not read yet"
        lines.append(f"| {language} | {sum(found.values())} | {' | '.join(cells)} | {share} |")
    return "\n".join(lines)


def main() -> int:
    """Run one of the three modes; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mode", choices=("draw", "blind", "summary"))
    mode = parser.parse_args().mode
    if mode != "draw" and not AUDIT.exists():
        print("data/audit.csv is not there yet: run `python data/audit.py draw`.", file=sys.stderr)
        return 2
    try:
        if mode == "draw":
            write_draw()
        elif mode == "blind":
            print_blind()
        else:
            print(summary(read_audit()))
    except AuditError as error:
        print(f"data/audit.py: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
