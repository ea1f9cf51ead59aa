"""Fill the datasheet's tables and draw its plot from the built dataset.

`python data/describe.py` rewrites the parts of data/README.md between its markers and
data/counts.svg. Needs the builder's cache for the table of sources, and data/lecture/ for the
comparison, which stays as it is where the lecture's files are absent. Writes no name file.
"""

import argparse
import re
import sys
from collections import Counter

import audit
import matplotlib
from build import FOLDER, build
from builder.pretraining import FILE_NAME
from builder.write import is_test
from datasheet import (
    Rows,
    comparison_text,
    counts_table,
    given_table,
    native_table,
    pretraining_text,
    several_text,
    sources_table,
)

from model.errors import InputError

README = FOLDER / "README.md"
PLOT = FOLDER / "counts.svg"
LECTURE = FOLDER / "lecture"


def read_lecture() -> dict[str, Rows] | None:
    """Return the lecture's rows by part, or None where its files are absent."""
    if not (LECTURE / "names_train.csv.gz").exists():
        return None
    return {part: audit.read_part(LECTURE, part) for part in ("train", "test")}


def draw_plot(rows: Rows) -> None:
    """Draw names per language as horizontal bars, train and test stacked."""
    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "surnames"  # the same file every time
    from matplotlib import pyplot

    languages = sorted({language for _, language in rows}, reverse=True)
    parts = {part: Counter(lang for n, lang in rows if is_test(n) == (part == "test"))
             for part in ("train", "test")}  # fmt: skip
    figure, axes = pyplot.subplots(figsize=(7, 4.5), layout="constrained")
    train = [parts["train"][language] for language in languages]
    axes.barh(languages, train, label="train", color="#2b6cb0")
    test = [parts["test"][language] for language in languages]
    axes.barh(languages, test, left=train, label="test", color="#90cdf4")
    axes.set_xlabel("names")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(PLOT, metadata={"Date": None})


def replace_part(text: str, marker: str, content: str) -> str:
    """Return `text` with what stands between two markers replaced."""
    pattern = re.compile(f"(<!-- {marker} -->\n).*?(<!-- /{marker} -->)", re.DOTALL)
    return pattern.sub(lambda match: f"{match[1]}{content}\n{match[2]}", text)


def fill(text: str, verdicts: dict[str, list[dict[str, str]]]) -> str:
    """Return the datasheet's text with every part between markers made anew.

    `verdicts` are {marker: rows of a file of verdicts}.
    """
    ours, native = (
        {part: audit.read_part(FOLDER, part, stem) for part in ("train", "test")}
        for stem in ("names", "native")
    )
    rows = ours["train"] + ours["test"]
    built = build()
    parts = {
        "counts": counts_table(rows),
        "native": native_table(native, built.native),
        "given": given_table(built.files["given_names.csv.gz"]),
        "sources": sources_table(built.table, built.chosen),
        "several": several_text(rows),
        "pretraining": pretraining_text(built.files[FILE_NAME], ours, built.table),
        "audit": audit.summary(verdicts["audit"]),
        "audit_written": audit.summary(verdicts["audit_written"], by_script=True),
    }
    lecture = read_lecture()
    if lecture:
        parts["lecture"] = comparison_text(ours, lecture)
    for marker, content in parts.items():
        text = replace_part(text, marker, content)
    return text


def main(arguments: list[str] | None = None) -> int:
    """Rewrite the datasheet's parts and the plot; return the exit status."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args(arguments)
    try:
        # first, as the rest takes a minute
        paths = {"audit": audit.AUDIT, "audit_written": audit.WRITTEN}
        verdicts = {marker: audit.read_audit(path) for marker, path in paths.items()}
        text = fill(README.read_text(encoding="utf-8"), verdicts)
    except (audit.AuditError, InputError, OSError) as error:
        print(f"data/describe.py: {error}", file=sys.stderr)
        return 2
    README.write_text(text, encoding="utf-8")
    draw_plot(audit.read_dataset())
    return 0


if __name__ == "__main__":
    sys.exit(main())
