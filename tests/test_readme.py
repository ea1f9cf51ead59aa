"""README's figures are those of the shipped model."""

import json
import tomllib

import pytest
import yaml
from conftest import REVIEWS, ROOT, SHIPPED

from benchmarks.accuracy import held_out
from model import __version__

README = (ROOT / "README.md").read_text()
PAGES = [
    ROOT / "docs" / f"{name}.md" for name in ("reliability", "training", "reviews")
]
SAID = " ".join(" ".join([README, *(page.read_text() for page in PAGES)]).split())
NAMES, FILMS = (
    json.loads((path / "metrics.json").read_text()) for path in (SHIPPED, REVIEWS)
)

BY_LANGUAGE = "benchmarks/README.md#common-names-all-trained-on"
TRAINED_ON = f"common, trained on ([by language]({BY_LANGUAGE}))"


def with_error(share, n):
    return f"{share:.1%} ± {(share * (1 - share) / n) ** 0.5:.1%}"


def test_the_results_of_names_are_those_in_metrics_json():
    test, minutes = NAMES["test"], NAMES["seconds"] / 60
    config = json.loads((SHIPPED / "config.json").read_text())
    native = [scores["right"] for scores in NAMES["native"].values()]
    marked = test["marked"]
    czech = next(row for row in marked["per_label"] if row["label"] == "Czech")
    for sentence in (
        f"in the repository, in {minutes:.1f} minutes",
        f"its {test['rows']:,} test names {test['accuracy']:.1%} have their own language "
        f"as top guess, {test['top3_accuracy']:.1%} in the top 3; "
        f"macro-F1 {test['macro_f1']:.3f}; calibration error {test['ece']:.3f}, "
        f"and {NAMES['with_none']['ece']:.3f} as printed",
        f"from Cyrillic to Han, {min(native):.1%} to {max(native):.1%} are right",
        f"made-up full names {NAMES['full_names']['right']:.1%}",
        f"typed without | {czech['rows']} | {czech['without_marks']:.1%} |",
        f"{test['ece']:.3f} is that of P(language",
        f"1 − P(none), has {NAMES['with_none']['ece']:.3f} with none",
        f"Below {config['calibration']['unsure_below']:.2f} an answer is unsure",
        f"of {marked['rows']:,} test names with marks {marked['as_written']:.1%} have "
        f"a right top guess as written, {marked['without_marks']:.1%} without (Czech "
        f"ones {czech['as_written']:.1%} and {czech['without_marks']:.1%})",
    ):
        assert sentence in SAID
    for name in ("outside_names", "outside_written", "mash"):
        n, found = NAMES[name]["rows"], NAMES[name]
        cells = [with_error(found[key], n) for key in ("none_or_unsure", "above_80")]
        assert f"| {n} | {found['none']:.1%} | {cells[0]} | {cells[1]} |" in README


def held_out_scores(names, model="network"):
    """Return a row of benchmarks/accuracy/held_out.json."""
    table = json.loads(held_out.WRITTEN.read_text())
    rows = {(row["names"], row["model"]): row for row in table}
    return rows[names, model]


def cells_of(row, top, baseline):
    """Return the cells of a row of README's table of scores."""
    is_open = row["unsure"] + row["either"]
    shares = [row["plainly right"], is_open, row["none"], row["wrong"]]
    said = [f"{share:.1%}" for share in [*shares, row["wrong above 0.8"]]]
    return f"| {row['rows']:,} | {top} | {' | '.join(said)} | {baseline} |"


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("common, not seen", "common, withheld, by bearers"),
        ("rarer, not seen: the test split", "rare"),
        (TRAINED_ON, "common, all, trained on"),
    ],
)
def test_the_scores_of_names_are_the_benchmark_s(title, names):
    ours = held_out_scores(names)
    baseline = held_out_scores(names, "LinearSVC")
    top = f"{ours['first right']:.1%} ± {ours['standard error']:.1%}"
    other = f"{baseline['first right']:.1%}"
    assert f"| {title} {cells_of(ours, top, other)}" in README


def test_the_first_figures_are_of_names_that_the_network_has_not_seen():
    common = held_out_scores("common, withheld, by bearers")
    rare = held_out_scores("rare")
    page = held_out_scores("common, all, trained on", "the page")
    assert (
        f"its top guess is right for **{common['first right']:.1%}** of bearers, of "
        f"rarer ones for {rare['first right']:.1%}; {common['plainly right']:.1%} and "
        f"{rare['plainly right']:.1%} are plainly right."
    ) in SAID
    assert f"Looked up, {page['plainly right']:.1%} of all common ones" in SAID
    assert (
        f"| the same, looked up by the page in the data that they are from {cells_of(page, '', '')}"
        in README
    )
    assert rare["first right"] == pytest.approx(NAMES["test"]["accuracy_any"])


@pytest.mark.parametrize("language", ["Scottish", "Portuguese", "Irish"])
def test_the_weakest_languages_are_those_in_metrics_json(language):
    test, i = NAMES["test"], NAMES["labels"].index(language)
    counts = test["verdicts"]["matrix"][i]
    *plain, unsure, none = [count / sum(counts) for count in counts]
    shares = [plain[i], unsure, none, sum(plain) - plain[i]]
    shares.insert(0, test["per_label"][i]["recall"])
    cells = " | ".join(f"{share:.1%}" for share in shares)
    row = next(line for line in README.splitlines() if line.startswith(f"| {language}"))
    assert f"| {sum(counts)} | {cells} | | |" in row


def test_the_first_screen_starts_the_page():
    parts = ("docs/name.webp", "**not** seen", "python app.py", "pytest")
    places = [README.index(part) for part in parts]
    assert places == sorted(places)
    assert len(README.splitlines()) <= 170


def test_what_to_cite_has_the_version_of_the_package():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert (cited["version"], cited["license"]) == (
        __version__,
        project["license"],
    )


def test_the_results_of_reviews_are_those_in_metrics_json():
    test, wholes = FILMS["test"], FILMS["test"]["wholes"]
    cores = {1: "one core", 2: "two cores"}[FILMS["threads"]]
    share = with_error(wholes["accuracy"], wholes["rows"])
    for sentence in (
        f"right on {test['accuracy']:.1%} of the {test['rows']:,} phrases",
        f"and on {share} of these {wholes['rows']:,} whole sentences",
        f"with a calibration error of {test['ece']:.3f}",
        f"{FILMS['seconds'] / 60:.1f} minutes of training on {cores}",
    ):
        assert sentence in SAID
