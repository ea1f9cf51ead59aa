"""The datasheet's table and figures as Markdown, made from the rows of the files."""

import re
from collections import Counter

from .builder.languages import LANGUAGES
from .builder.pretraining import MASHED
from .builder.rows import Rows, labels_by_key
from .builder.spelling import match_key, script_of

HEADER = ["language", "script", "train", "test", "of several languages", "with marks"]
HEADER += ["given names", "pretraining"]


def filled(text: str, files: dict[str, Rows]) -> str:
    """Return the datasheet's text with every part between markers made again."""
    parts = {"counts": counts_table(files), "pretraining": pretraining_text(files)}
    for marker, part in parts.items():
        between = f"(?s)(?<=<!-- {marker} -->\n).*?(?=\n<!-- /{marker} -->)"
        text = re.sub(between, lambda _, part=part: part, text)
    return text


def counts_table(files: dict[str, Rows]) -> str:
    """Return how many rows each language and script has in each file."""
    train, test = (
        files[f"names_{p}.csv.gz"] + files[f"native_{p}.csv.gz"] for p in ("train", "test")
    )
    labels = labels_by_key(train + test)
    shared = [row for row in train + test if len(labels[match_key(row[0])]) > 1]
    marked = [row for row in train + test if script_of(row[0]) == "Latin" and not row[0].isascii()]
    given, pretraining = files["given_names.csv.gz"], files["pretraining.csv.gz"]
    counts = [
        Counter((label, script_of(name)) for name, label in rows)
        for rows in (train, test, shared, marked, given, pretraining)
    ]
    parts = [p for p in sorted(set().union(*counts)) if p[0] in LANGUAGES]
    lines = [[*part, *(f"{count[part]:,}" for count in counts)] for part in parts]
    totals = (sum(count[part] for part in parts) for count in counts)
    lines.append(["all", "", *(f"{total:,}" for total in totals)])
    rows = [HEADER, ["---", "---", *["--:"] * len(counts)], *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def pretraining_text(files: dict[str, Rows]) -> str:
    """Return what the pretraining file holds, and its nationalities."""
    rows = files["pretraining.csv.gz"]
    latin = [row for row in rows if script_of(row[0]) == "Latin" and row[1] != MASHED]
    groups = labels_by_key(latin)
    several = sum(len(found) > 1 for found in groups.values())
    others = Counter(group for _, group in rows if group not in LANGUAGES)
    falling = sorted(others.items(), key=lambda item: (-item[1], item[0]))
    listed = ", ".join(f"{group} {n:,}" for group, n in falling)
    return (
        f"{len(rows):,} rows, {len(latin):,} of them of {len(groups):,} names in Latin letters, of "
        f"which {several:,} have more than one group. The {len(others)} groups beside the "
        f"languages: {listed}."
    )
