"""README's figures are those of the shipped model."""

import json
import tomllib

import pytest
import yaml
from conftest import ROOT, SHIPPED

README = (ROOT / "README.md").read_text()
PAGES = [ROOT / "docs" / f"{name}.md" for name in ("training", "reviews")]
SAID = " ".join(" ".join([README, *(page.read_text() for page in PAGES)]).split())
NAMES, REVIEWS = (
    json.loads((ROOT / "model" / "weights" / task / "metrics.json").read_text())
    for task in ("names", "reviews")
)


def test_the_results_are_those_in_metrics_json():
    test = NAMES["test"]
    row = (
        f"| {test['rows']:,} | {test['accuracy']:.1%} | {test['accuracy_any']:.1%} "
        f"| {test['macro_f1']:.3f} | {test['top3_accuracy']:.1%} | {test['ece']:.3f} |"
    )
    assert row in README
    assert f"in the repository, in {NAMES['seconds'] / 60:.1f} minutes" in SAID


def test_what_readme_tells_of_single_languages_is_in_metrics_json():
    scores = {scores["label"]: scores for scores in NAMES["test"]["per_label"]}
    lowest = sorted(scores.values(), key=lambda score: score["f1"])[:3]
    assert ", ".join(f"{score['label']} ({score['f1']:.2f})" for score in lowest) in SAID
    scottish, portuguese = scores["Scottish"], scores["Portuguese"]
    found = f"{scottish['recall']:.0%} of the Scottish and {portuguese['recall']:.0%} of the"
    assert found in SAID
    right = f"{scottish['precision']:.0%} and {portuguese['precision']:.0%} of those that it calls"
    assert right in SAID


def test_the_figures_of_other_scripts_full_names_and_none_are_in_metrics_json():
    right = [scores["right"] for scores in NAMES["native"].values()]
    assert f"from Cyrillic to Han, {min(right):.1%} to {max(right):.1%} are right" in SAID
    assert f"and with a comma, {NAMES['full_names']['right']:.1%}" in SAID
    for name in ("outside_names", "outside_written", "mash"):
        n = NAMES[name]["rows"]
        shares = NAMES[name]["none_or_unsure"], NAMES[name]["above_80"]
        errors = ((share * (1 - share) / n) ** 0.5 for share in shares)
        cells = [f"{share:.1%} ± {error:.1%}" for share, error in zip(shares, errors, strict=True)]
        row = f"| {n} | {NAMES[name]['none']:.1%} | {cells[0]} | {cells[1]} |"
        assert row in README


def test_what_the_page_says_of_the_test_names_is_in_metrics_json():
    if "verdicts" not in NAMES["test"]:
        pytest.skip("the shipped model was trained before there were verdicts")
    right, wrong, unsure, none = list(NAMES["test"]["verdicts"].values())[:4]
    assert f"{right:.1%} get a plain answer that is right and {wrong:.1%} one that is wrong" in SAID
    assert f"{unsure:.1%} are called unsure and {none:.1%} none of the 18" in SAID


def test_the_first_screen_starts_the_page_and_the_share_of_common_names_is_the_benchmark_s():
    place = [README.index(text) for text in ("docs/name.webp", "99.5%", "python app.py", "pytest")]
    assert place == sorted(place)
    assert len(README.splitlines()) <= 170
    table = (ROOT / "benchmarks" / "README.md").read_text()
    _, _, n, _, right, _, own, _, top, none, unsure, wrong, _ = next(
        map(str.strip, line.split("|")) for line in table.splitlines() if "| all |" in line
    )
    row = f"| {int(n):,} | {right} | {own} | {top} | {none} | {unsure} | {wrong} |"
    assert row in README
    assert f"**{right} get a right answer**" in README


def test_what_to_cite_has_the_version_of_the_package():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert (cited["version"], cited["license"]) == (project["version"], project["license"])


def test_the_threshold_of_unsure_answers_is_the_shipped_model_s():
    config = json.loads((SHIPPED / "config.json").read_text())
    threshold = config["calibration"]["unsure_below"]
    assert f"An answer whose probability is below {threshold:.2f} counts as unsure" in SAID


def test_the_results_of_reviews_are_those_in_metrics_json():
    test, wholes = REVIEWS["test"], REVIEWS["test"]["wholes"]
    n, share = wholes["rows"], wholes["accuracy"]
    error = (share * (1 - share) / n) ** 0.5
    assert f"right on {test['accuracy']:.1%} of the {test['rows']:,} phrases" in SAID
    assert f"and on {share:.1%} ± {error:.1%} of these {n:,} whole sentences" in SAID
    assert f"with a calibration error of {test['ece']:.3f}" in SAID
    cores = {1: "one core", 2: "two cores"}[REVIEWS["threads"]]
    assert f"{REVIEWS['seconds'] / 60:.1f} minutes of training on {cores}" in SAID
