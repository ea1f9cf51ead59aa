"""Draw names for an audit by eye, print them blind, and sum up the verdicts.

    python data/audit.py draw      50 names a language, verdicts kept if a name is drawn again
    python data/audit.py blind     the drawn names, shuffled, without their labels
    python data/audit.py summary   the table of verdicts

They are in data/audit.csv. With --written, the file is data/audit_written.csv: 40 names of each
language in its own script, and 30 names with marks of each language in Latin letters. Verdicts are
`right`, `wrong` and `unsure`. Judges nothing itself.
"""

import argparse
import csv
import gzip
import hashlib
import io
import random
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

from anyascii import anyascii

FOLDER = Path(__file__).resolve().parent
AUDIT = FOLDER / "audit.csv"
WRITTEN = FOLDER / "audit_written.csv"
COLUMNS = ("name", "language", "verdict", "comment")
VERDICTS = ("right", "wrong", "unsure")
NAMES_PER_LANGUAGE = 50
NATIVE_NAMES, MARKED_NAMES = 40, 30  # of a language and script; of a language
SEED = 18


class AuditError(ValueError):
    """A file of verdicts cannot be used; the message is one line that says where and why."""


def read_part(folder: Path, part: str, stem: str = "names") -> list[tuple[str, str]]:
    """Return the (name, language) rows of the train or the test file in a folder."""
    with gzip.open(folder / f"{stem}_{part}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return [(name, language) for name, language in csv.reader(file)]


def read_dataset(stem: str = "names") -> list[tuple[str, str]]:
    """Return the (name, language) rows of both files."""
    return [*read_part(FOLDER, "train", stem), *read_part(FOLDER, "test", stem)]


def draw(
    rows: list[tuple[str, str]],
    seed: int = SEED,
    size: int = NAMES_PER_LANGUAGE,
    group: Callable[[str, str], str] = lambda name, language: language,
) -> list[tuple[str, str]]:
    """Return `size` rows of each language, or of whatever `group` tells of a name and its language.

    A row's lot depends on the seed and the row alone, its marks left out, so that after a change of
    the dataset most of the drawn names, and their verdicts, stay.
    """
    by_group = defaultdict(list)
    for name, language in rows:
        lot = hashlib.sha256(f"{seed}:{language}:{_plain(name)}".encode()).hexdigest()
        by_group[group(name, language)].append((lot, name, language))
    return [
        (name, language)
        for key in sorted(by_group)
        for _, name, language in sorted(by_group[key])[:size]
    ]


def draw_written() -> list[tuple[str, str]]:
    """Return the rows of data/audit_written.csv: names in their own script, then with marks."""
    marked = [(name, language) for name, language in read_dataset() if not name.isascii()]
    return [
        *draw(read_dataset("native"), size=NATIVE_NAMES, group=language_and_script),
        *draw(marked, size=MARKED_NAMES),
    ]


def language_and_script(name: str, language: str) -> str:
    """Return both in words: Japanese has names in three scripts, Korean in two."""
    script = unicodedata.name(name[0]).split()[0].capitalize()
    return f"{language}, {'Han' if script == 'Cjk' else script}"


def _plain(name: str) -> str:
    """Return the name without marks; in another script, as it is."""
    return anyascii(name) if unicodedata.name(name[0]).startswith("LATIN") else name


def read_audit(path: Path | None = None) -> list[dict[str, str]]:
    """Return the rows of a file of verdicts, none if it is absent; raise AuditError if invalid."""
    path = path or AUDIT
    if not path.exists():
        return []
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise AuditError(f"data/{path.name} is not UTF-8: save it as UTF-8") from error
    lines = csv.reader(io.StringIO(text, newline=""))
    if tuple(next(lines, ())) != COLUMNS:
        raise AuditError(f"data/{path.name}, line 1: the header must be {','.join(COLUMNS)}")
    return [_check_row(row, f"data/{path.name}, line {lines.line_num}") for row in lines if row]


def _check_row(row: list[str], place: str) -> dict[str, str]:
    if len(row) != len(COLUMNS):
        raise AuditError(f"{place}: {len(row)} columns, not {len(COLUMNS)}")
    named = dict(zip(COLUMNS, row, strict=True))
    if named["verdict"] not in ("", *VERDICTS):
        raise AuditError(
            f"{place}: the verdict {named['verdict']!r} is none of "
            f"{', '.join(VERDICTS)} (or nothing, if the name is not read yet)"
        )
    return named


def write_draw(path: Path) -> None:
    """Write the file, keeping the verdicts of names drawn before, whatever marks they had."""
    before = {(_plain(row["name"]), row["language"]): row for row in read_audit(path)}
    drawn = draw_written() if path == WRITTEN else draw(read_dataset())
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for name, language in drawn:
            empty = {"language": language, "verdict": "", "comment": ""}
            writer.writerow({**before.get((_plain(name), language), empty), "name": name})


def print_blind(path: Path) -> None:
    """Print the drawn names in an order that gives no label away."""
    names = sorted({row["name"] for row in read_audit(path)})
    random.Random(SEED).shuffle(names)
    print("\n".join(names))


def summary(rows: list[dict[str, str]], by_script: bool = False) -> str:
    """Return the verdicts by language, or by language and script, as a Markdown table."""
    counts = defaultdict(Counter)
    for row in rows:
        language = row["language"]
        group = language_and_script(row["name"], language) if by_script else language
        for key in (group, "all"):
            counts[key][row["verdict"] or "not read"] += 1
    lines = [
        "| language | names | right | wrong | unsure | wrong, % |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for key in [*sorted(counts.keys() - {"all"}), *(["all"] if counts else [])]:
        found = counts[key]
        read = sum(found[verdict] for verdict in VERDICTS)
        cells = [str(found[verdict]) for verdict in VERDICTS]
        share = f"{100 * found['wrong'] / read:.1f}" if read else "not read yet"
        lines.append(f"| {key} | {sum(found.values())} | {' | '.join(cells)} | {share} |")
    return "\n".join(lines)


def main() -> int:
    """Run one of the three modes; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mode", choices=("draw", "blind", "summary"))
    parser.add_argument("--written", action="store_true", help=f"use data/{WRITTEN.name}")
    options = parser.parse_args()
    path = WRITTEN if options.written else AUDIT
    if options.mode != "draw" and not path.exists():
        print(
            f"data/{path.name} is not there yet: run `python data/audit.py draw`.", file=sys.stderr
        )
        return 2
    try:
        if options.mode == "draw":
            write_draw(path)
        elif options.mode == "blind":
            print_blind(path)
        else:
            print(summary(read_audit(path), by_script=options.written))
    except AuditError as error:
        print(f"data/audit.py: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
