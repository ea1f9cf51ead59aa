"""The benchmarks that score: they run on a small data set and their tables have what they say."""

import json
import math
import time
from dataclasses import replace

import numpy as np
import pytest
from conftest import ROOT, write_names, write_rows

from benchmarks.common import forget_accelerator
from model import TextClassifier, normalise
from model.data.pairs import read_pretraining
from model.data.rows import Rows
from model.data.texts import match_key
from model.data.variation import in_both_forms
from model.letters import decompose, script_name
from model.tasks import TASKS
from model.tasks.names import NAMES, read_names
from model.training.build import build
from model.training.calibration import NONE_PRIOR

TINY = {
    "embedding_size": 8,
    "hidden_size": 8,
    "ngram_buckets": 64,
    "epochs": 1,
    "linear_buckets": 64,
}


@pytest.fixture
def quick(monkeypatch):
    """One cost and one weight to choose from."""
    from benchmarks.accuracy import compare, linear_rivals

    monkeypatch.setattr(linear_rivals, "COSTS", (1.0,))
    monkeypatch.setattr(compare, "EXTRA_WEIGHTS", (0.5,))


@pytest.fixture
def data(tmp_path):
    """Names with and without marks and in Greek, and some of other languages to pretrain on."""
    names = {
        "German": "Müller Schröder Köhler Bäcker Jäger Krüger Schäfer Böhm Lübke Förster",
        "Italian": "Rossi Bianchi Esposito Ricci Gallo Conti Costa Giordano Mancini Rizzo",
        "Greek": "Παπαδόπουλος Γεωργίου Δημητρίου Νικολάου Ιωάννου Βασιλείου Χρήστου Αντωνίου",
    }
    rows = [(name, language) for language, text in names.items() for name in text.split()]
    others = "Novák Svoboda Dvořák Černý Procházka Kučera Veselý Horák Němec Pokorný Marek Pospíšil"
    outside = [(name, "Czech") for name in others.split()]
    test = [("Kümmel", "German"), ("Lombardi", "Italian"), ("Schütz", "German")]
    return write_names(tmp_path, rows, test, [*outside, ("Schmidt", "German")])


def test_compare_scores_rivals_and_networks_on_the_same_texts(data, quick, small_recipe):
    from benchmarks.accuracy import compare

    dataset = read_names(data)
    pretraining, _ = read_pretraining([data / "pretraining.csv.gz"], dataset, NAMES.words)
    network = TextClassifier.of(build(small_recipe, pretraining))
    lists = {"native": Rows(["Σταύρου", "Ρήγας"], ["Greek", "Greek|Italian"])}
    lists["outside"] = Rows(["Beneš", "Růžička"], ["", ""])
    groups = [
        [network, network],
        *([r] for r in compare.fit_rivals(dataset, data / "pretraining.csv.gz")),
    ]
    columns = [[compare.scores_of(model, dataset, lists) for model in group] for group in groups]
    rows = {row[0]: row[1:] for row in compare.table(columns)}
    assert {len(cells) for cells in rows.values()} == {1 + 3}
    plain = network.predict_batch(["Kummel", "Lombardi", "Schutz"]).argmax(axis=1)
    right = np.mean([network.labels[i] for i in plain] == np.array(dataset.test.labels))
    assert rows["test names without marks: accuracy"][:2] == ["3", f"{right:.2%} ± 0.00%"]
    svm, regression = rows["native: right"][2:]
    assert svm == regression == "100.00%"  # Greek letters are Greek to both
    for row in ("test names as written: ECE", "outside: none or unsure"):
        assert rows[row][2] == ""  # a LinearSVC has no probabilities
        assert rows[row][3]
    reports = [[compare.report_on(m, dataset, dataset.test) for m in group] for group in groups]
    table = list(compare.calibration(dataset.labels, [reports[0], reports[2]]))
    assert [row[0] for row in table] == ["German", "Greek", "Italian", "mean"]
    n = reports[2][0]["per_label"][0]["predicted"]
    assert table[0][4] == f"{n:,}"


def test_a_rival_of_none_is_calibrated_as_the_network_is(data, quick):
    from benchmarks.accuracy import compare

    dataset = read_names(data)
    _, regression = compare.fit_rivals(dataset, data / "pretraining.csv.gz")
    outside = read_pretraining([data / "pretraining.csv.gz"], dataset, NAMES.words)[1].outsiders
    known, none = regression.predict_any(["Kümmel", "Dvořák", "x"])
    assert known.shape == (3, 3)
    assert known.sum(axis=1) == pytest.approx(1)
    assert none.argmax() == 1
    # Odds of none: half a weight for each outsider, against each row twice, and Schmidt.
    train, outside = in_both_forms(dataset.train), in_both_forms(outside)
    rows = 2 * len(train) + len(dataset.validation)
    assert regression.odds_of_none == pytest.approx(0.5 * len(outside) / (rows + 0.5))
    tuned = 0.5 * len(outside) / (2 * len(train) + 0.5)
    assert math.exp(regression.calibration.bias[-1]) == pytest.approx(
        NONE_PRIOR / (1 - NONE_PRIOR) / tuned
    )


def test_ablation_shares_pretraining_and_measures_every_row(
    small_data_with_more, monkeypatch, tmp_path
):
    from benchmarks.accuracy import ablation

    monkeypatch.setattr(ablation, "RESULTS", tmp_path / "ablation.jsonl")
    monkeypatch.setattr(ablation, "BEFORE", {})
    task = ablation.TASK
    tiny = replace(
        task,
        recipe=replace(task.recipe, **TINY),
        pretrained_recipe=replace(task.pretrained_recipe, **TINY, pretrain_epochs=1),
    )
    monkeypatch.setattr(ablation, "TASK", tiny)
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
    assert {len(row) for row in rows} == {1 + len(ablation.FORMS)}
    first_stages = {r.pretraining.first_stage() for r in levers.values() if r.pretraining}
    # Full, without one form of texts each, no linear, no scripts, letters, 2–3, last states, and
    # two with other letters to begin with, which pretrain alike.
    assert len(first_stages) == 10
    assert len(trainer._pretrained) == len(first_stages) + (default != "no")


def test_the_larger_held_out_set_has_latin_names_that_are_not_in_training():
    dataset = read_names(NAMES.data, validation_share=0.3)
    held_out = set(map(match_key, dataset.validation.texts))
    assert not held_out & set(map(match_key, dataset.train.texts))
    assert {script_name(text) for text in dataset.validation.texts} == {"Latin"}
    latin = [text for text in dataset.train.texts if script_name(text) == "Latin"]
    share = len(held_out) / (len(held_out) + len(set(map(match_key, latin))))
    assert share == pytest.approx(0.3, abs=0.01)


def test_each_third_of_the_names_is_scored_by_a_model_that_has_not_met_it(
    data, small_recipe, monkeypatch, capsys
):
    from benchmarks.accuracy import thirds

    write_rows(data / "given_names.csv.gz", [("Anna", "German"), ("Maria", "Italian")])
    write_rows(data / "readings.csv.gz", [("山田", "Yamada")])
    names = read_names(data)
    recipe = replace(small_recipe, epochs=1, pretrain_epochs=1, refit=True)
    monkeypatch.setattr(thirds, "TASK", replace(NAMES, data=data, pretrained_recipe=recipe))
    met, train, predict = {}, thirds.train, TextClassifier.predict_any
    answered = []

    def watched_train(folder, seed):
        part, model = read_names(folder), train(folder, seed)
        met[id(model)] = set(map(match_key, part.train.texts + part.validation.texts))
        assert set(part.labels) == {"German", "Italian", "Greek"}
        return model

    def watched_predict(model, texts):
        answered.extend(texts)
        assert met[id(model)].isdisjoint(map(match_key, texts))
        return predict(model, texts)

    monkeypatch.setattr(thirds, "train", watched_train)
    monkeypatch.setattr(TextClassifier, "predict_any", watched_predict)
    monkeypatch.setattr("sys.argv", ["thirds"])
    thirds.main()
    assert {*names.train.texts, *names.validation.texts} <= set(answered)
    assert set.intersection(*met.values()) == set()
    printed = capsys.readouterr().out
    assert "| held-out names as written: accuracy | 20 |" in printed
    assert "| Greek, Greek: right | 8 |" in printed


def test_reviews_are_compared_on_the_same_rows(monkeypatch):
    from benchmarks.accuracy import compare_reviews

    costs = {"LinearSVC": (1.0,), "LogisticRegression": (1.0,)}
    monkeypatch.setattr(compare_reviews, "RIVALS", costs)
    dataset = TASKS["reviews"].read(ROOT / "tests" / "data" / "reviews.tsv")
    shipped = TASKS["reviews"].output
    svm, regression, ours = compare_reviews.results(dataset, [shipped, shipped])
    assert [row[0].split()[0] for row in (svm, regression, ours)] == [*costs, "ours"]
    assert {len(row) for row in (svm, regression, ours)} == {len(compare_reviews.HEADERS)}
    measured = json.loads((shipped / "metrics.json").read_text())["test"]
    assert ours[2] == f"{measured['accuracy']:.2%} ± 0.00%"
    assert ours[-1].endswith("%")
    ece = compare_reviews.HEADERS.index("ECE")
    assert svm[ece] == ""
    assert regression[ece]
    at = compare_reviews.HEADERS.index("standard error")
    for row, n in ((svm, sum(dataset.test.wholes)), (ours, measured["wholes"]["rows"])):
        # Of the share of right sentences, by the spread of right and wrong ones.
        share = float(row[at - 1].split("%")[0]) / 100
        error = (share * (1 - share) ** 2 + (1 - share) * share**2) ** 0.5 / n**0.5
        assert float(row[at].rstrip("%")) == pytest.approx(100 * error, abs=0.02)


def test_a_classifier_of_letters_tells_marks_apart_and_a_folded_one_does_not():
    from benchmarks.accuracy.linear_rivals import Rival, Settings

    names = {
        "German": "Müller Schröder Köhler Bäcker Jäger",
        "English": "Muller Schroder Kohler Backer Jager",
    }
    names["Italian"] = "Rossi Bianchi Esposito Ricci Gallo"
    rows = [(name, language) for language, text in names.items() for name in text.split()]
    rows = Rows(*map(list, zip(*rows, strict=True)))
    labels = list(names)
    folded, letters = (
        Rival(Settings("LinearSVC", "char_wb", 5, read=read), labels, rows)
        for read in (normalise, decompose)
    )
    german, english = letters.logits(["Kümmel", "Kummel"]).argmax(dim=1).tolist()
    assert (labels[german], labels[english]) == ("German", "English")
    assert len(set(folded.logits(["Kümmel", "Kummel"]).argmax(dim=1).tolist())) == 1


@pytest.fixture
def timed(small_data, monkeypatch, small_recipe):
    """A small training whose steps can be timed."""
    from benchmarks.speed import gpu

    monkeypatch.setattr(gpu, "EPOCHS", 2)
    monkeypatch.setattr(gpu, "STEPS", 3)
    monkeypatch.setattr(gpu, "WARM_UP", 1)
    yield gpu.Case(replace(small_recipe, batch_size=2), read_names(small_data))
    forget_accelerator()


def test_a_timed_step_is_taken_apart_without_gaps(timed):
    from benchmarks.speed import gpu

    start = time.perf_counter()
    parts = gpu.step_parts(timed, "cpu")
    whole = time.perf_counter() - start
    assert list(parts) == ["rows", "forward", "backward", "optimiser"]
    assert min(parts.values()) > 0
    assert gpu.STEPS * sum(parts.values()) < whole
    most, busy = gpu.operations(timed, "cpu")
    shares = [share for _, share in most]
    assert shares == sorted(shares, reverse=True)
    assert 0 < sum(shares) <= 1
    assert busy == 0


def test_time_to_a_goal_ends_with_the_goal_or_the_last_epoch(timed, monkeypatch):
    from benchmarks.speed import gpu

    monkeypatch.setattr(gpu, "GOAL", 0.0)
    first, _ = gpu.time_to_goal(timed, "cpu")
    assert first == 0  # reached before any training
    monkeypatch.setattr(gpu, "GOAL", 1.1)
    seconds, share = gpu.time_to_goal(timed, "cpu")
    assert seconds > 0
    assert share <= 1
    assert gpu.goal_text((seconds, share)) == f"not in {seconds:.0f} s ({share:.1%})"
    assert len(gpu.epoch_seconds(timed, "cpu")) == gpu.EPOCHS
    assert gpu.names_per_second(timed, "cpu") > 0
