"""The benchmarks run on small data, and their tables hold what they say."""

import math
import time
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from conftest import ROOT, write_names

from benchmarks.accuracy import ablation, compare, own_texts
from benchmarks.accuracy.baselines import NONE, Baseline, fit_best, report_on
from model import TextClassifier
from model.data.pairs import read_pretraining
from model.data.rows import Rows
from model.data.variation import in_both_forms
from model.tasks import TASKS
from model.tasks.names import NAMES, read_names
from model.training.build import build
from model.training.calibration import NONE_PRIOR

TINY = {"embedding_size": 8, "hidden_size": 8, "ngram_buckets": 64, "linear_buckets": 64}
TINY |= {"epochs": 1, "pretrain_epochs": 1}


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


@pytest.fixture
def baselines(data, monkeypatch):
    """Both of them, fitted to the names."""
    monkeypatch.setattr(compare, "COSTS", (1.0,))
    monkeypatch.setattr(compare, "EXTRA_WEIGHTS", (0.5,))
    monkeypatch.setattr(compare, "NAMES", replace(NAMES, data=data))
    return list(compare.fit_baselines(read_names(data)))


def test_compare_scores_baselines_and_networks_on_the_same_texts(data, baselines, small_recipe):
    dataset = read_names(data)
    pretraining, _ = read_pretraining([data / "pretraining.csv.gz"], dataset, NAMES.words)
    network = TextClassifier.of(build(small_recipe, pretraining))
    lists = {"native": Rows(["Σταύρου", "Ρήγας"], ["Greek", "Greek|Italian"])}
    lists["outside"] = Rows(["Beneš", "Růžička"], ["", ""])
    groups = [[network, network], *([baseline] for baseline in baselines)]
    columns = [[compare.scores_of(model, dataset, lists) for model in group] for group in groups]
    rows = {row[0]: row[1:] for row in compare.table(columns)}
    assert {len(cells) for cells in rows.values()} == {1 + 3}
    plain = network.predict_batch(["Kummel", "Lombardi", "Schutz"]).argmax(axis=1)
    right = np.mean([network.labels[i] for i in plain] == np.array(dataset.test.labels))
    assert rows["test names without marks: accuracy"][:2] == ["3", f"{right:.2%} ± 0.00%"]
    answers = network.answers(dataset.test.texts, 1)
    plain = [
        answer.predictions[0][0] == label and not answer.unsure and not answer.is_none
        for answer, label in zip(answers, dataset.test.labels, strict=True)
    ]
    cell = rows["test names as written: right, and neither unsure nor none"][1]
    assert cell == f"{np.mean(plain):.2%} ± 0.00%"
    assert rows["native: right"][2:] == ["100.00%"] * 2  # Greek letters are Greek to both
    for row in ("test names as written: ECE", "outside: none or unsure"):
        assert rows[row][2] == ""  # a LinearSVC has no probabilities
        assert rows[row][3]
    reports = [[report_on(model, dataset, dataset.test) for model in group] for group in groups]
    table = list(compare.calibration(dataset.labels, [reports[0], reports[2]]))
    assert [row[0] for row in table] == ["German", "Greek", "Italian", "mean"]
    assert table[0][4] == f"{reports[2][0]['per_label'][0]['predicted']:,}"


def test_a_baseline_of_none_is_calibrated_as_the_network_is(data, baselines):
    dataset, regression = read_names(data), baselines[1]
    outside = read_pretraining([data / "pretraining.csv.gz"], dataset, NAMES.words)[1].none
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


def test_the_baseline_with_the_highest_validation_accuracy_is_fitted_to_all_rows(data):
    dataset = read_names(data)
    cases = [Baseline("LinearSVC", cost) for cost in (1e-9, 1.0)]
    best = fit_best(cases, dataset)
    assert best.cost == 1.0
    vocabulary = best.pipeline[0].vocabulary_
    assert any(mark in vocabulary for mark in ("u\u0308", "o\u0308", "a\u0308"))  # decomposed
    assert all(text[0].casefold() in vocabulary for text in dataset.validation.texts)
    assert NONE not in best.outputs


def test_ablation_shares_pretraining_and_scores_every_row(data, monkeypatch):
    task = replace(
        NAMES,
        data=data,
        recipe=replace(NAMES.recipe, **TINY | {"pretrain_epochs": 0}),
        pretrained_recipe=replace(NAMES.pretrained_recipe, **TINY, average_from=None),
    )
    monkeypatch.setattr(ablation, "TASK", task)
    shipped = task.pretrained_recipe
    recipes = {
        "what ships": shipped,
        "no logit adjustment": replace(shipped, logit_adjustment=0.0),
        "letters only": replace(shipped, ngrams=()),
        "no pretraining": task.recipe,
    }
    runner = ablation.Runner(read_names(data))
    rows = list(ablation.table(recipes, runner, seeds=2))
    assert [row[0] for row in rows] == list(recipes)
    assert {len(row) for row in rows} == {1 + len(ablation.HEADERS)}
    assert len(runner.pretrained) == 2 * 2  # of each seed, with n-grams and without


def test_reviews_are_compared_on_the_same_rows(monkeypatch, capsys):
    folder, task = ROOT / "tests" / "data", TASKS["reviews"]
    monkeypatch.setattr(compare, "COSTS", (1.0,))
    monkeypatch.setattr(compare, "read_reviews", lambda: task.read(folder / "reviews.tsv"))
    monkeypatch.setattr("sys.argv", ["compare", "--task", "reviews"])
    compare.main()
    lines = capsys.readouterr().out.splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if "|" in line]
    heads, rows = rows[0], {row[0]: row[1:] for row in rows}
    dataset, shipped = task.read(folder / "reviews.tsv"), TextClassifier.load(task.output)
    answers = shipped.predict_any(dataset.test.texts)[0].argmax(axis=1)
    right = np.array([shipped.labels[i] for i in answers]) == dataset.test.labels
    whole = right[np.flatnonzero(dataset.test.wholes)]
    name = "test phrases as written"
    assert rows[f"{name}: accuracy"][:2] == [str(len(right)), f"{right.mean():.2%}"]
    assert rows[f"{name}, whole sentences: accuracy"][:2] == [
        str(len(whole)),
        f"{whole.mean():.2%}",
    ]
    assert heads[:3] == ["", "n", "ours"]
    assert [head.split()[0] for head in heads[3:]] == ["LinearSVC", "LogisticRegression"]


def test_own_texts_trains_on_as_many_texts_as_it_says(monkeypatch):
    pairs = [(f"{a}{b}{c}", a) for a in "ab" for b in "klmnop" for c in "rstu"]
    monkeypatch.setitem(own_texts.TABLES, "toy", (lambda: pairs, 30))
    quick = partial(TextClassifier.fit, epochs=1, held_out_in_turn=0)
    monkeypatch.setattr(TextClassifier, "fit", quick)
    name, rows, *scores = own_texts.compare("toy", seeds=1)
    assert (name, rows) == ("toy", "30, 18")
    assert scores[1] == "100.0%"  # the first letter is the label, which the baseline sees


def test_the_lecture_s_loop_learns_and_each_case_is_timed(small_data, small_recipe, monkeypatch):
    from benchmarks import speed

    task = replace(NAMES, data=small_data, pretrained_recipe=small_recipe)
    monkeypatch.setattr(speed, "TASK", task)
    monkeypatch.setattr(speed, "LECTURE", small_recipe)
    monkeypatch.setattr(speed, "read_pretraining", lambda paths, dataset, kind: (None, dataset))
    monkeypatch.setattr(speed, "start_page", lambda: None)
    monkeypatch.setattr(speed, "call", lambda command: None)
    rows = list(speed.table(["cpu"], 1, time.perf_counter))
    speed.forget_accelerator()
    kinds = [row[0].partition(": ")[2] for row in rows]
    assert kinds == ["cpu", "LinearSVC", "cpu", "cpu", "plain loop", *kinds[-2:]]
    for _, seconds, rate, _ in rows[2:5]:
        n = len(read_names(small_data).train)
        assert float(rate.replace(",", "")) == pytest.approx(n / float(seconds), rel=1)
    torch.manual_seed(0)
    train = read_names(small_data).train
    loop = speed.LectureLoop(train)
    for _ in range(60):
        loop.train()
    ids = torch.tensor([[ord(c) for c in "Rossi"]]).T
    _, states = loop.gru(loop.embedding(ids))
    logits = loop.linear(torch.cat([states[-1], states[-2]], dim=1))
    assert sorted(set(train.labels))[int(logits.argmax())] == "Italian"
