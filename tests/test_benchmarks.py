"""The benchmarks that score: they run on a small data set and their tables have what they say."""

from dataclasses import replace

import pytest
from conftest import ROOT

from model.names_dataset import read_names

TINY = {
    "embedding_size": 8,
    "hidden_size": 8,
    "ngram_buckets": 64,
    "epochs": 1,
    "linear_buckets": 64,
}


@pytest.fixture
def scripts(monkeypatch):
    """The modules, on the tiny recipes."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import ablation
    import compare
    import linear_rivals

    for module in (ablation, compare):
        task = module.TASK
        tiny = replace(
            task,
            recipe=replace(task.recipe, **TINY),
            pretrained_recipe=replace(task.pretrained_recipe, **TINY, pretrain_epochs=1),
        )
        monkeypatch.setattr(module, "TASK", tiny)
    monkeypatch.setattr(linear_rivals, "COSTS", (1.0,))
    return ablation, compare


def test_compare_scores_rivals_and_ours_on_the_same_rows(small_data_with_more, scripts):
    _, compare = scripts
    dataset = read_names(small_data_with_more)
    results = compare.print_results(
        compare.compare(dataset, [small_data_with_more / "pretraining.csv.gz"], seeds=2, changes={})
    )
    cells = [result.cells() for group in results.values() for result in group]
    assert [len(row) for row in cells] == [len(compare.HEADERS)] * 6
    rows = [row[-1] for row in cells]
    assert rows == ["30", "30", "30 + 3", "30 + 3", "30 + 7", "30"]  # no Conti: a test name
    assert "±" in cells[-1][3]
    gaps = compare.gaps("small", results)
    linear, ours = results["linear"], results["ours"][0]
    best = max(rival.score("accuracy") for rival in linear)
    assert gaps[0][1] == f"{100 * (ours.score('accuracy') - best):+.1f}"


def test_ablation_shares_pretraining_and_measures_every_row(small_data_with_more, scripts):
    ablation, _ = scripts
    trainer = ablation.Trainer(
        read_names(small_data_with_more), [small_data_with_more / "pretraining.csv.gz"]
    )
    levers = ablation.levers()
    levers["the lecture's network, 20 epochs"] = levers["no pretraining"]  # the same, but small
    default = trainer.accelerator.mixed_precision
    try:
        rows = list(ablation.table(levers, trainer, seeds=1))
    finally:
        trainer.set_precision(default)
    assert [row[0] for row in rows] == [n for n in levers if n != "fp32" or default != "no"]
    assert {len(row) for row in rows} == {len(ablation.HEADERS)}
    firsts = {lever.first_stage for lever in levers.values() if lever.first_stage}
    assert len(firsts) == 6  # full, no linear classifier, no variants, letters, 2–3, last states


def test_reviews_are_compared_on_the_same_rows(scripts, monkeypatch):
    import compare_reviews

    task = compare_reviews.TASK
    tiny = replace(task.recipe, hidden_size=8, epochs=1, batch_size=8)
    monkeypatch.setattr(compare_reviews, "TASK", replace(task, recipe=tiny))
    costs = {"LinearSVC": (1.0,), "LogisticRegression": (1.0,)}
    monkeypatch.setattr(compare_reviews, "RIVALS", costs)
    dataset = task.read(ROOT / "tests" / "data" / "reviews.tsv")
    cells = [result.cells() for result in compare_reviews.results(dataset, seeds=2)]
    assert [row[0].split()[0] for row in cells] == ["LinearSVC", "LogisticRegression", "ours"]
    assert {len(row) for row in cells} == {len(compare_reviews.HEADERS)}
    assert "±" in cells[-1][2]
    assert cells[-1][-1].endswith("%")
    at = compare_reviews.HEADERS.index("standard error")
    for row in cells:  # of the share of right sentences, by the spread of right and wrong ones
        share, n = float(row[at - 1].split("%")[0]) / 100, sum(dataset.test.wholes)
        error = (share * (1 - share) ** 2 + (1 - share) * share**2) ** 0.5 / n**0.5
        assert float(row[at].rstrip("%")) == pytest.approx(100 * error, abs=0.02)
