"""The datasheet's tables and sentences as Markdown, made from rows and evidence.

Reads and writes no file.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable

from builder import mash
from builder.evidence import Evidence
from builder.languages import LANGUAGES
from builder.scripts import Name, loose_key, script_of
from builder.write import is_test

from model.data.texts import match_key

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
    """Return rows a language in train and test, how many it shares, and the share with marks."""
    languages = languages_of(rows)
    lines = []
    for language in sorted({language for _, language in rows}):
        names = [name for name, label in rows if label == language]
        test = sum(map(is_test, names))
        shared = sum(len(languages[match_key(name)]) > 1 for name in names)
        marked = sum(not name.isascii() for name in names)
        lines.append([language, len(names), len(names) - test, test, shared, marked])
    total = ["all rows", *(sum(line[i] for line in lines) for i in range(1, 6))]
    header = ["language", "names", "train", "test", "also in another language", "with marks"]
    body = [[*line[:5], f"{100 * line[5] / line[1]:.1f}%"] for line in [*lines, total]]
    return table(header, body)


def native_table(parts: dict[str, Rows], names: list[Name]) -> str:
    """Return rows a language and script in train and test, and how many each source attests."""
    kept = {(loose_key(name), language) for rows in parts.values() for name, language in rows}
    attested: dict[tuple[str, str], Counter] = defaultdict(Counter)
    pairs = {(loose_key(n.text), n.group, script_of(n.text), n.source) for n in names}
    for key, language, script, source in pairs:
        if (key, language) in kept:
            attested[language, script][source] += 1
    counts = {part: by_script(rows) for part, rows in parts.items()}
    lines = [
        [language, script, counts["train"][language, script], counts["test"][language, script],
         ", ".join(f"{source} {n:,}" for source, n in attested[language, script].most_common())]
        for language, script in sorted(attested)
    ]  # fmt: skip
    total = ["all rows", "", *(sum(line[i] for line in lines) for i in (2, 3)), ""]
    return table(["language", "script", "train", "test", "sources"], [*lines, total])


def by_script(rows: Rows) -> Counter:
    """Return how many rows each (label, script) has."""
    return Counter((label, script_of(name)) for name, label in rows)


def given_table(rows: Rows) -> str:
    """Return how many given names each language has, by script."""
    counts = by_script(rows)
    lines = []
    for language in LANGUAGES:
        own = {s: n for (label, s), n in counts.items() if label == language and s != "Latin"}
        others = ", ".join(f"{script} {n:,}" for script, n in sorted(own.items()))
        lines.append([language, counts[language, "Latin"], others or "–"])
    return table(["language", "in Latin letters", "in its own script"], lines)


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


def pretraining_text(rows: Rows, ours: dict[str, Rows], evidence: dict[str, Evidence]) -> str:
    """Return what the pretraining file holds, its names per language and per nationality."""
    every, rows = len(rows), [row for row in rows if row[1] != mash.GROUP]
    counts = by_script(rows)
    latin = Counter({group: n for (group, script), n in counts.items() if script == "Latin"})
    own = {part: n for part, n in counts.items() if part[1] != "Latin"}
    names = Counter(group for _, group in rows)
    in_train = Counter(language for _, language in ours["train"])
    others = [group for group, _ in names.most_common() if group not in LANGUAGES]
    lines = [
        [language, latin[language], in_train[language], names[language] - latin[language]]
        for language in LANGUAGES
    ]
    outside = sorted((part for part in own if part[0] not in LANGUAGES), key=lambda p: -own[p])
    header = ["language", "in Latin letters", "of these in names_train", "in other scripts"]
    return (
        f"{_pretraining_facts(rows, ours['test'], evidence)} {every - len(rows):,} more rows are "
        f"`{mash.GROUP}`.\n\n"
        + table(header, lines)
        + f"\n\nThe other {len(others)} groups: "
        + ", ".join(f"{group} {names[group]:,}" for group in others)
        + ".\n\nOf these in their own script: "
        + ", ".join(f"{group} in {script} {own[group, script]:,}" for group, script in outside)
        + "."
    )


def _pretraining_facts(rows: Rows, test: Rows, evidence: dict[str, Evidence]) -> str:
    latin = [row for row in rows if script_of(row[0]) == "Latin"]
    every = languages_of(latin)
    groups = {key: found for key, found in every.items() if key in evidence}
    marked = sum(not name.isascii() for name, _ in latin)
    hidden = len(languages_of(test))
    listed = {key for key in groups if any(evidence[key].sources.values())}
    persons = {key: sum(evidence[key].persons.values()) for key in groups}
    single = sum(persons[key] <= 1 for key in groups.keys() - listed)
    unmet = sum(persons[key] == 0 for key in listed)
    several = sum(len(found) > 1 for found in groups.values())
    return (
        f"{len(rows):,} rows: {len(latin):,} of {len(every):,} names in Latin letters, "
        f"{marked:,} of these rows with marks, and {len(rows) - len(latin):,} in other scripts. "
        f"{len(every) - len(groups):,} of the names are given names alone. "
        f"The sources know {len(evidence):,} surnames in Latin letters; {hidden:,} of them are in "
        f"the test file, and {len(evidence) - len(groups) - hidden:,} are known from neutral "
        "nationalities alone or must stay unseen with a test name in another script. Of the "
        f"surnames here {single:,} are known from one person and no list, {unmet:,} from lists "
        f"alone, and {several:,} have more than one group."
    )


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
