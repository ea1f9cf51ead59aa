"""The datasheet's tables and sentences as Markdown, made from what is built."""

import re
from collections import Counter, defaultdict

from . import audit
from .builder import mash
from .builder.dataset import Dataset
from .builder.languages import LANGUAGES
from .builder.rows import Rows, labels_by_key
from .builder.spelling import loose_key, match_key, script_of


def filled(text: str, dataset: Dataset) -> str:
    """Return the datasheet's text with every part between markers made again."""
    parts = {
        "counts": counts_table(dataset),
        "pretraining": pretraining_text(dataset),
        "audit": audit.summary(audit.AUDIT),
        "audit_written": audit.summary(audit.WRITTEN),
    }
    for marker, part in parts.items():
        between = f"(?s)(?<=<!-- {marker} -->\n).*?(?=\n<!-- /{marker} -->)"
        text = re.sub(between, lambda _, part=part: part, text)
    return text


def counts_table(dataset: Dataset) -> str:
    """Return how many rows each language and script has in each file, and from which sources."""
    files = {name.removesuffix(".csv.gz"): rows for name, rows in dataset.files.items()}
    train, test = (files[f"names_{p}"] + files[f"native_{p}"] for p in ("train", "test"))
    labels = labels_by_key(train + test)
    shared = [row for row in train + test if len(labels[match_key(row[0])]) > 1]
    marked = [row for row in train + test if script_of(row[0]) == "Latin" and not row[0].isascii()]
    counts = [
        Counter((label, script_of(name)) for name, label in rows)
        for rows in (train, test, shared, marked, files["given_names"], files["pretraining"])
    ]
    sources = sources_by_part(dataset, train + test)
    parts = [p for p in sorted(set().union(*counts)) if p[0] in LANGUAGES]
    lines = [
        [*part, *(f"{count[part]:,}" for count in counts), listed(sources[part])] for part in parts
    ]
    totals = (sum(count[part] for part in parts) for count in counts)
    lines.append(["all", "", *(f"{total:,}" for total in totals), ""])
    header = ["language", "script", "train", "test", "of several languages", "with marks",
              "given names", "pretraining", "surnames that a source attests"]  # fmt: skip
    rows = [header, ["---", "---", *["--:"] * len(counts), "---"], *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def sources_by_part(dataset: Dataset, rows: Rows) -> dict[tuple[str, str], Counter]:
    """Return {(language, script): source -> how many of the `rows` it has}."""
    found = defaultdict(Counter)
    for name, language in rows:
        if evidence := dataset.table.get(match_key(name)):
            found[language, "Latin"].update(evidence.sources.get(language, ()))
            found[language, "Latin"]["name2nat"] += evidence.persons[language] > 0
    kept = {(loose_key(name), language) for name, language in rows}
    attested = {(loose_key(n.text), n.group, script_of(n.text), n.source) for n in dataset.native}
    for key, language, script, source in attested:
        found[language, script][source] += (key, language) in kept
    return found


def listed(counts: Counter) -> str:
    """Return the counted things with their numbers, the most frequent first."""
    falling = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{thing} {n:,}" for thing, n in falling if n)


def pretraining_text(dataset: Dataset) -> str:
    """Return what the pretraining file holds, and its nationalities."""
    rows = dataset.files["pretraining.csv.gz"]
    latin = [row for row in rows if script_of(row[0]) == "Latin" and row[1] != mash.GROUP]
    groups = labels_by_key(latin)
    known = [dataset.table[key] for key in groups if key in dataset.table]
    single = [e for e in known if e.persons.total() <= 1 and not any(e.sources.values())]
    several = sum(len(found) > 1 for found in groups.values())
    others = Counter(group for _, group in rows if group not in LANGUAGES)
    return (
        f"{len(rows):,} rows, {len(latin):,} of them of {len(groups):,} names in Latin letters. "
        f"{len(single):,} of these names are known from one person and no list, {several:,} have "
        f"more than one group. The {len(others)} groups beside the languages: {listed(others)}."
    )
