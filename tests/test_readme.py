"""The figures of README, docs and cards are those of the shipped models and of the repository."""

import csv
import json
import re
import tomllib

import pytest
import yaml
from conftest import REVIEWS, ROOT, SHIPPED
from models import load, rows_of

from benchmarks.accuracy import withheld
from data.builder.rows import unpacked
from model import __version__
from model.data.texts import match_key
from model.storage.space import PICTURES


def one_line(place):
    """Return a text of the repository without its line breaks."""
    return " ".join((ROOT / place).read_text("utf-8").split())


def of_folder(folder):
    """Return metrics.json and the calibration of a shipped model."""
    metrics, config = (
        json.loads((folder / f"{name}.json").read_text())
        for name in ("metrics", "config")
    )
    return metrics, config["calibration"]


README = one_line("README.md")
CARD = one_line("model/weights/names/README.md")
NAMES, NAMES_CALIBRATION = of_folder(SHIPPED)
FILMS, FILMS_CALIBRATION = of_folder(REVIEWS)
CORES = {1: "one core", 2: "two threads"}


def with_error(share, n):
    return f"{share:.1%} ± {(share * (1 - share) / n) ** 0.5:.1%}"


def minutes(metrics):
    return f"{metrics['seconds'] / 60:.1f} minutes"


def rows_in(file):
    return unpacked(ROOT / "data" / file)


def figures_of_readme():
    lines = (ROOT / "model" / "core.py").read_text("utf-8").splitlines()
    yield f"accuracy, in {len(lines)} lines"
    model = load(SHIPPED).model
    yield " ".join(model.task.card.in_short[model.sha256].split())  # as About has it
    marked, outside = NAMES["test"]["marked"], NAMES["outside_names"]
    czech = next(row for row in marked["per_label"] if row["label"] == "Czech")
    yield f"of {marked['rows']:,} test names with marks {marked['as_written']:.1%} have a right"
    yield f"as written, {marked['without_marks']:.1%} without (Czech ones"
    yield f"{czech['as_written']:.1%} and {czech['without_marks']:.1%})"
    yield f"of {outside['rows']} surnames of 109 other languages"
    yield f"{outside['none_or_unsure']:.1%} are called none or unsure"
    yield f"and {outside['above_80']:.1%} are given one language"


def figures_of_card():
    for file in NAMES["dataset"]:
        if file != "pretraining.csv.gz":  # of which it counts those not held out
            yield f"`{file}`: {len(rows_in(file)):,} rows, SHA-256"


def figures_of_datasheet():
    yield f"{len(rows_in('pretraining.csv.gz')):,} rows."


def figures_of_promises():
    rows, trained = rows_in("names_train.csv.gz"), load(SHIPPED).model.training_texts
    n_trained = sum(match_key(name) in trained for name, _ in rows)
    yield f"{n_trained:,} of {len(rows):,} rows were trained on; on the test split"
    yield f"on the test split {NAMES['test']['accuracy']:.1%}"
    yield f"{NAMES['test']['ece']:.3f} is that of P(language"
    yield f"1 − P(none), which has an error of {NAMES['with_none']['ece']:.3f}"
    yield f"on the test split {FILMS['test']['accuracy']:.1%}"


def figures_of_training():
    yield f"took {minutes(NAMES)} with {CORES[NAMES['threads']]}"
    yield f"Of what people type, {NAMES['none_prior']:.0%} is taken"


def figures_of_reviews():
    test, wholes = FILMS["test"], FILMS["test"]["wholes"]
    share = with_error(wholes["accuracy"], wholes["rows"])
    yield f"right on {test['accuracy']:.1%} of the {test['rows']:,} phrases"
    yield f"and on {share} of these {wholes['rows']:,} whole sentences"
    yield f"with a calibration error of {test['ece']:.3f}"
    yield f"{minutes(FILMS)} of training on {CORES[FILMS['threads']]}"
    verdicts = test["verdicts"]
    yield (
        f"gives {verdicts['plain_right']:.1%} of the phrases a right answer and "
        f"{verdicts['plain_wrong']:.1%} a wrong one, and is unsure about {verdicts['unsure']:.1%}"
    )
    temperature = FILMS_CALIBRATION["temperature"]
    of_twenty = temperature * 20 ** FILMS_CALIBRATION["length_power"]
    yield f"{temperature:.2f} for one, {of_twenty:.2f} for twenty"
    yield f"the threshold of {FILMS_CALIBRATION['unsure_below']:.2f}"
    n, n_right = right_verdicts("before")
    yield f'of {n} sentences such as "not bad" and'
    yield f"written before a model was asked | {n_right} ("
    n, n_right = right_verdicts("apart")
    yield f"written by somebody who had seen neither these nor the frames | {n_right} ("
    yield f"of {n} more, written by somebody"


def figures_of_history():
    cells = ""
    for title in ("validation", "test"):
        split = FILMS[title]
        for part, of in ((split["wholes"], "sentences"), (split, "phrases")):
            yield f"| {part['rows']:,} {title} {of} |"
            yield f"| {part['ece']:.3f} |"
            cells += f" {part['accuracy']:.1%} |"
    yield f"shipped weights | 1.98 million |{cells}"


def right_verdicts(written):
    """Return the number of sentences as people type them about a film, and of right verdicts."""
    lines = (ROOT / "tests" / "data" / "typed_reviews.tsv").read_text("utf-8")
    rows = csv.DictReader(lines.splitlines(), delimiter="\t")
    rows = [row for row in rows if row["written"] == written]
    classifier = load(REVIEWS)
    verdicts = [classifier.answer(row["sentence"]).verdict for row in rows]
    accepted = [
        set(classifier.labels[int(row["lowest"]) : int(row["highest"]) + 1])
        for row in rows
    ]
    is_right = [
        verdict.kind != "unsure" and labels.issuperset(verdict.labels)
        for verdict, labels in zip(verdicts, accepted, strict=True)
    ]
    return len(rows), sum(is_right)


PAGES = {
    "README.md": figures_of_readme,
    "data/README.md": figures_of_datasheet,
    "model/weights/names/README.md": figures_of_card,
    "docs/promises.md": figures_of_promises,
    "docs/training.md": figures_of_training,
    "docs/reviews.md": figures_of_reviews,
    "benchmarks/history.md": figures_of_history,
}


@pytest.mark.parametrize("page", PAGES)
def test_the_figures_of_a_page_are_what_commands_print(page):
    text = one_line(page)
    assert [figure for figure in PAGES[page]() if figure not in text] == []


def withheld_scores(names, model="network"):
    """Return a row of benchmarks/accuracy/withheld.json."""
    table = json.loads(withheld.WRITTEN.read_text())
    rows = {(row["names"], row["model"]): row for row in table}
    return rows[names, model]


def cells_of(row, top, baseline):
    """Return the cells of a row of the card's table of names that were seen or not."""
    is_open = row["unsure"] + row["either"]
    shares = [row["plainly right"], is_open, row["none"], row["wrong"]]
    said = [f"{share:.1%}" for share in [*shares, row["wrong above 0.8"]]]
    return f"| {row['rows']:,} | {top} | {' | '.join(said)} | {baseline} |"


@pytest.mark.parametrize(
    ("title", "names"),
    rows_of("""
common, not seen | common, withheld, by bearers
rarer, not seen: the test split | rare
common, trained on | common, all, trained on
"""),
)
def test_the_scores_of_names_are_the_benchmark_s(title, names):
    ours = withheld_scores(names)
    baseline = withheld_scores(names, "LinearSVC")
    top = f"{ours['first right']:.1%} ± {ours['standard error']:.1%}"
    other = f"{baseline['first right']:.1%}"
    assert f"| {title} {cells_of(ours, top, other)}" in CARD


def test_the_first_figures_are_of_names_that_the_network_has_not_seen():
    common = withheld_scores("common, withheld, by bearers")
    rare = withheld_scores("rare")
    page = withheld_scores("common, all, trained on", "the page")
    linear = {
        names: withheld_scores(names, "LinearSVC")["first right"]
        for names in ("common, withheld, by bearers", "rare", "common, all, trained on")
    }
    common_linear, rare_linear, all_linear = linear.values()
    rare_right = f"{rare['first right']:.1%} | {rare_linear:.1%}"
    plainly_right = f"{page['plainly right']:.1%} | {all_linear:.1%}"
    share = f"{common['first right']:.1%} ± {common['standard error']:.1%}"
    for row in (
        f"**not** seen, weighted by bearers | {share} | {common_linear:.1%} |",
        f"{rare['rows']:,} rarer ones that it has not seen | {rare_right} |",
        f"{page['rows']:,} common ones in its data, as the page answers | {plainly_right} |",
    ):
        assert row in README
    looked_up = "the same, as the page answers, which counts their bearers"
    assert f"| {looked_up} {cells_of(page, '', '')}".replace("  ", " ") in CARD
    assert rare["first right"] == pytest.approx(NAMES["test"]["accuracy_any"])


def test_every_link_leads_somewhere_and_every_picture_is_linked():
    pages = [*ROOT.glob("*.md"), *ROOT.glob("*/*.md")]
    linked = set()
    for page in pages:
        tests = re.findall(r"\btest_\w+\.py", page.read_text("utf-8"))
        linked.update(ROOT / "tests" / test for test in tests)
        for place in re.findall(r"\]\((?!https?:)([^)#\s]+)", page.read_text("utf-8")):
            linked.add((page.parent / place).resolve())
    assert [path for path in linked if not path.exists()] == []
    thumbnails = {ROOT / place for place in PICTURES.values()}
    assert set(ROOT.glob("docs/**/*.webp")) <= linked | thumbnails


def test_the_tree_of_the_architecture_has_each_module():
    tree = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    told = re.findall(r"\w+\.\w+", tree.replace(".html, .js", ".js"))
    names = {path.name for path in ROOT.glob("model/**/*.[pj][ys]")}
    assert names.difference(told) == {"__init__.py"}


def test_what_to_cite_has_the_version_of_the_package():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert cited["version"] == __version__
    assert cited["license"] in project["license"]  # which has that of the data, too


def test_readme_and_docs_stay_short():
    pages = list((ROOT / "docs").glob("*.md"))
    n_words = [len(page.read_text("utf-8").split()) for page in pages]
    assert len(README.split()) <= 900
    assert len(pages) <= 12
    assert sum(n_words) + len(README.split()) <= 15_000
