"""Fill the datasheet's tables and draw its plot from the built dataset.

`python data/describe.py` rewrites the parts of data/README.md between its markers and
data/counts.svg. Needs the builder's cache for the table of sources, and data/lecture/ for the
comparison, which stays as it is where the lecture's files are absent. Writes no name file.
"""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable

import audit
import matplotlib
from build import FOLDER, build
from builder.evidence import Evidence
from builder.write import is_test

from model.encoding import match_key

README = FOLDER / "README.md"
PLOT = FOLDER / "counts.svg"
LECTURE = FOLDER / "lecture"
Rows = list[tuple[str, str]]
Languages = dict[str, set[str]]
EXAMPLES = 6


def languages_of(rows: Iterable[tuple[str, str]]) -> Languages:
    """Return {match key: languages}."""
    found = defaultdict(set)
    for name, language in rows:
        found[match_key(name)].add(language)
    return found


def table(header: list[str], lines: Iterable[list]) -> str:
    """Return a Markdown table; numbers get thousands separators."""
    rows = [header, ["---", *["--:"] * (len(header) - 1)], *lines]
    cells = ([f"{c:,}" if isinstance(c, int) else str(c) for c in row] for row in rows)
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def counts_table(rows: Rows) -> str:
    """Return rows a language in train and test, and how many names it shares."""
    languages = languages_of(rows)
    lines = []
    for language in sorted({language for _, language in rows}):
        names = [name for name, label in rows if label == language]
        test = sum(map(is_test, names))
        shared = sum(len(languages[match_key(name)]) > 1 for name in names)
        lines.append([language, len(names), len(names) - test, test, shared])
    total = ["all rows", *(sum(line[i] for line in lines) for i in range(1, 5))]
    return table(
        ["language", "names", "train", "test", "also in another language"], [*lines, total]
    )


def sources_table(evidence: dict[str, Evidence], chosen: dict[str, list[str]]) -> str:
    """Return how many names of each language each source attests."""
    counts: dict[str, Counter] = {language: Counter() for language in chosen}
    for language, keys in chosen.items():
        for key in keys:
            counts[language].update(evidence[key].sources.get(language, ()))
            counts[language]["name2nat"] += evidence[key].persons[language] > 0
    sources = sorted({source for found in counts.values() for source in found if found[source]})
    short = [
        s.replace("@zxcvbn-ts/language-", "zxcvbn-").replace("-personal-name", "") for s in sources
    ]
    lines = [[language, *(counts[language][s] for s in sources)] for language in counts]
    return table(["language", *short], lines)


def several_text(rows: Rows) -> str:
    """Return the names of several languages, listed by their languages, and the ceiling."""
    spelling = {match_key(name): name for name, _ in rows}
    groups = defaultdict(list)
    for key, languages in languages_of(rows).items():
        if len(languages) > 1:
            groups[", ".join(sorted(languages))].append(spelling[key])
    test = [row for row in rows if is_test(row[0])]
    ceiling = len(languages_of(test)) / len(test)
    names = sum(map(len, groups.values()))
    listed = [
        f"- **{languages}** ({len(group)}): {', '.join(sorted(group))}"
        for languages, group in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    ]
    return (
        f"{names:,} of {len(spelling):,} names have more than one language. A model that gives one "
        f"answer a name can be right on at most {100 * ceiling:.1f}% of the test rows; "
        "`accuracy_any` has no such ceiling.\n\n<details><summary>All of them</summary>\n\n"
        + "\n".join(listed)
        + "\n\n</details>"
    )


def read_lecture() -> dict[str, Rows] | None:
    """Return the lecture's rows by part, or None where its files are absent."""
    if not (LECTURE / "names_train.csv.gz").exists():
        return None
    return {part: audit.read_part(LECTURE, part) for part in ("train", "test")}


def comparison_text(ours: dict[str, Rows], lecture: dict[str, Rows]) -> str:
    """Return the table that sets the two datasets side by side, and where labels disagree."""
    lines = zip(*(_facts(parts) for parts in (ours, lecture)), strict=True)
    body = [[ours_fact[0], ours_fact[1], other[1]] for ours_fact, other in lines]
    mine, theirs = (languages_of(parts["train"] + parts["test"]) for parts in (ours, lecture))
    both = mine.keys() & theirs.keys()
    disjoint = sorted(key for key in both if not mine[key] & theirs[key])
    shown = disjoint[:: max(1, len(disjoint) // EXAMPLES)][:EXAMPLES]
    examples = "; ".join(
        f"{key.capitalize()} ({', '.join(sorted(theirs[key]))} there, "
        f"{', '.join(sorted(mine[key]))} here)"
        for key in shown
    )
    return (
        table(["", "ours", "the lecture's"], body)
        + f"\n\n{len(both):,} names are in both sets; {len(disjoint):,} of them share no label, "
        f"for example {examples}."
    )


def _facts(parts: dict[str, Rows]) -> list[tuple[str, str]]:
    rows = parts["train"] + parts["test"]
    sizes = Counter(language for _, language in rows).most_common()
    keys = {match_key(name) for name, _ in parts["train"]}
    shared = sum(match_key(name) in keys for name, _ in parts["test"])
    same_text = {name for name, _ in parts["train"]}
    return [
        ("rows, train", f"{len(parts['train']):,}"),
        ("rows, test", f"{len(parts['test']):,}"),
        ("distinct names", f"{len({match_key(name) for name, _ in rows}):,}"),
        ("largest language", f"{sizes[0][0]}, {100 * sizes[0][1] / len(rows):.0f}% of rows"),
        ("smallest language", f"{sizes[-1][0]}, {sizes[-1][1]:,} rows"),
        ("test rows whose name is in train", f"{shared:,}"),
        ("the same, letter for letter", f"{sum(n in same_text for n, _ in parts['test']):,}"),
    ]


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


def main() -> int:
    """Rewrite the datasheet's parts and the plot; return the exit status."""
    ours = {part: audit.read_part(FOLDER, part) for part in ("train", "test")}
    rows = ours["train"] + ours["test"]
    text = README.read_text(encoding="utf-8")
    text = replace_part(text, "counts", counts_table(rows))
    text = replace_part(text, "sources", sources_table(*build()))
    text = replace_part(text, "several", several_text(rows))
    text = replace_part(text, "audit", audit.summary(audit.read_audit()))
    lecture = read_lecture()
    if lecture:
        text = replace_part(text, "lecture", comparison_text(ours, lecture))
    README.write_text(text, encoding="utf-8")
    draw_plot(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
