"""The benchmarks that score: they run on a small data set and their tables have what they say."""

from dataclasses import replace

import pytest
from conftest import ROOT, write_names

from model.tasks.names import read_names

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
    from benchmarks.accuracy import ablation, compare, linear_rivals

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


def printed_rows(capsys):
    """The cells of the Markdown table that was printed, without its head."""
    lines = capsys.readouterr().out.strip().splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_compare_scores_rivals_and_ours_on_the_same_rows(small_data_with_more, scripts, capsys):
    _, compare = scripts
    dataset = read_names(small_data_with_more)
    files = [small_data_with_more / "pretraining.csv.gz"]
    results = compare.print_results(dataset, compare.compare(dataset, files, seeds=2))
    cells = printed_rows(capsys)
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
    first_stages = {r.pretraining.first_stage() for r in levers.values() if r.pretraining}
    # Full, without one form of texts each, no linear, letters, 2–3, last states.
    assert len(first_stages) == 8
    assert len(trainer._pretrained) == len(first_stages) + (default != "no")


def test_reviews_are_compared_on_the_same_rows(monkeypatch):
    from benchmarks.accuracy import compare_reviews

    task = compare_reviews.TASK
    tiny = replace(task.recipe, hidden_size=8, epochs=1, batch_size=8)
    monkeypatch.setattr(compare_reviews, "TASK", replace(task, recipe=tiny))
    costs = {"LinearSVC": (1.0,), "LogisticRegression": (1.0,)}
    monkeypatch.setattr(compare_reviews, "RIVALS", costs)
    dataset = task.read(ROOT / "tests" / "data" / "reviews.tsv")
    results = compare_reviews.results(dataset, seeds=2)
    padding = compare_reviews.padding_share(dataset)
    cells = [compare_reviews.cells(result, padding) for result in results]
    assert [row[0].split()[0] for row in cells] == ["LinearSVC", "LogisticRegression", "ours"]
    assert {len(row) for row in cells} == {len(compare_reviews.HEADERS)}
    assert "±" in cells[-1][2]
    assert cells[-1][-1].endswith("%")
    at = compare_reviews.HEADERS.index("standard error")
    for row in cells:  # of the share of right sentences, by the spread of right and wrong ones
        share, n = float(row[at - 1].split("%")[0]) / 100, sum(dataset.test.wholes)
        error = (share * (1 - share) ** 2 + (1 - share) * share**2) ** 0.5 / n**0.5
        assert float(row[at].rstrip("%")) == pytest.approx(100 * error, abs=0.02)


def test_a_classifier_of_written_names_tells_marks_apart_and_a_folded_one_does_not(tmp_path):
    from benchmarks.accuracy import written

    rows = [(name, "German") for name in ("Müller", "Schröder", "Köhler", "Bäcker", "Jäger")]
    rows += [(name, "English") for name in ("Muller", "Schroder", "Kohler", "Backer", "Jager")]
    rows += [(name, "Italian") for name in ("Rossi", "Bianchi", "Esposito", "Ricci", "Gallo")]
    dataset = read_names(write_names(tmp_path, train=rows, test=[("Kümmel", "German")]))
    rivals = written.fit(dataset)
    texts, answers = ["Kümmel", "Kummel", "Bummel"], [{"German"}, {"English"}, {"English"}]
    assert written.right(rivals["Unicode"], texts, answers).all()
    assert written.right(rivals["folded"], texts[:2], answers[:2]).sum() == 1
    lines = list(written.table(rivals, texts, answers, ["a", "b", "b"]))
    assert [line[:2] for line in lines] == [["a", "1"], ["b", "2"], ["all", "3"]]
    assert lines[-1][3] == "100.0%"
