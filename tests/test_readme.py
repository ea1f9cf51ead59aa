"""README's figures are those of the shipped model."""

import json
import tomllib

import pytest
import yaml
from conftest import REVIEWS, ROOT, SHIPPED

from model import __version__

README = (ROOT / "README.md").read_text()
PAGES = [ROOT / "docs" / f"{name}.md" for name in ("training", "reviews")]
SAID = " ".join(" ".join([README, *(page.read_text() for page in PAGES)]).split())
NAMES, FILMS = (
    json.loads((path / "metrics.json").read_text()) for path in (SHIPPED, REVIEWS)
)


def with_error(share, n):
    return f"{share:.1%} ± {(share * (1 - share) / n) ** 0.5:.1%}"


def test_the_results_of_names_are_those_in_metrics_json():
    test, minutes = NAMES["test"], NAMES["seconds"] / 60
    config = json.loads((SHIPPED / "config.json").read_text())
    languages = {scores["label"]: scores for scores in test["per_label"]}
    lowest = sorted(languages.values(), key=lambda scores: scores["f1"])[:3]
    scottish, portuguese = languages["Scottish"], languages["Portuguese"]
    native = [scores["right"] for scores in NAMES["native"].values()]
    right, wrong, unsure, none = list(test["verdicts"].values())[:4]
    for sentence in (
        f"| {test['rows']:,} | {test['accuracy']:.1%} | {test['accuracy_any']:.1%} "
        f"| {test['macro_f1']:.3f} | {test['top3_accuracy']:.1%} | {test['ece']:.3f} "
        f"| {NAMES['with_none']['ece']:.3f} |",
        f"in the repository, in {minutes:.1f} minutes",
        ", ".join(f"{scores['label']} ({scores['f1']:.2f})" for scores in lowest),
        f"{scottish['recall']:.0%} of the Scottish and {portuguese['recall']:.0%} of the",
        f"{scottish['precision']:.0%} and {portuguese['precision']:.0%} of those that it calls",
        f"from Cyrillic to Han, {min(native):.1%} to {max(native):.1%} are right",
        f"and with a comma, {NAMES['full_names']['right']:.1%}",
        f"{right:.1%} get a plain answer that is right and {wrong:.1%} one that is wrong",
        f"{unsure:.1%} are called unsure and {none:.1%} none of the 18",
        "An answer whose probability is below "
        f"{config['calibration']['unsure_below']:.2f} counts as unsure",
    ):
        assert sentence in SAID
    for name in ("outside_names", "outside_written", "mash"):
        n, found = NAMES[name]["rows"], NAMES[name]
        cells = [with_error(found[key], n) for key in ("none_or_unsure", "above_80")]
        assert f"| {n} | {found['none']:.1%} | {cells[0]} | {cells[1]} |" in README


def test_the_results_of_names_with_marks_are_those_in_metrics_json():
    marked = NAMES["test"].get("marked")
    if not marked:
        pytest.skip("the shipped model was scored before there were any")
    czech = next(row for row in marked["per_label"] if row["label"] == "Czech")
    assert (
        f"the {marked['rows']:,} test names with marks {marked['as_written']:.1%} are right "
        f"as written, {marked['without_marks']:.1%} typed without (Czech ones "
        f"{czech['as_written']:.1%} and {czech['without_marks']:.1%})"
    ) in SAID


def test_the_first_screen_starts_the_page():
    parts = ("docs/name.webp", "99.1%", "python app.py", "pytest")
    places = [README.index(part) for part in parts]
    assert places == sorted(places)
    assert len(README.splitlines()) <= 170


def test_the_share_of_common_names_is_the_benchmark_s():
    lines = (ROOT / "benchmarks" / "README.md").read_text().splitlines()
    of_all = next(line for line in lines if "| all |" in line)
    cells = [cell.strip() for cell in of_all.split("|")]
    _, _, n, _, right, _, own, _, top, none, unsure, wrong, _ = cells
    row = f"| {int(n):,} | {right} | {own} | {top} | {none} | {unsure} | {wrong} |"
    assert row in README
    assert f"**{right} get a right answer**" in README


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
