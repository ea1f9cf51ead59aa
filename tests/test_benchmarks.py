"""The benchmarks run on small data, and their tables hold what they say."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from conftest import write_names

from benchmarks import speed
from benchmarks.accuracy import compare
from model import TextClassifier
from model.data.pairs import read_pretraining
from model.data.rows import Rows
from model.tasks.names import NAMES, read_names
from model.training.build import build


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


def test_compare_scores_the_baseline_and_networks_on_the_same_texts(
    data, small_recipe, monkeypatch
):
    monkeypatch.setattr(compare, "COSTS", (1.0,))
    monkeypatch.setattr(compare, "NAMES", replace(NAMES, data=data))
    dataset = read_names(data)
    baseline = compare.fit_baseline("names", dataset)
    pretraining, _ = read_pretraining([data / "pretraining.csv.gz"], dataset, NAMES.words)
    network = TextClassifier.of(build(small_recipe, pretraining))
    lists = {"native": Rows(["Σταύρου", "Ρήγας"], ["Greek", "Greek|Italian"])}
    lists["outside"] = Rows(["Beneš", "Růžička"], ["", ""])
    groups = [[network, network], [baseline]]
    columns = [[compare.scores_of(model, dataset, lists) for model in group] for group in groups]
    rows = {row[0]: row[1:] for row in compare.table(columns)}
    assert {len(cells) for cells in rows.values()} == {1 + 2}
    plain = network.predict_batch(["Kummel", "Lombardi", "Schutz"]).argmax(axis=1)
    right = np.mean([network.labels[i] for i in plain] == np.array(dataset.test.labels))
    assert rows["test texts without marks: accuracy"][:2] == ["3", f"{right:.2%} ± 0.00%"]
    assert rows["native: right"][2] == "100.00%"  # Greek letters are Greek to it
    assert rows["outside: none or unsure"][1]
    assert rows["outside: none or unsure"][2] == ""  # the baseline never answers with none


def test_common_names_weigh_by_their_bearers():
    shown = TextClassifier.load(NAMES.output).answer("Kelly")

    def answer(is_none, unsure, **languages):
        found = list(languages.items())
        return replace(shown, is_none=is_none, unsure=unsure, predictions=found)

    irish = {"language": "Irish", "form": "own", "rank": "1", "accepted": "Irish|English"}
    weights = {"Kelly": "5", "Ryan": "3", "Foley": "2"}
    rows = [irish | {"name": name, "weight": weight} for name, weight in weights.items()]
    answers = [
        answer(False, False, English=0.9, Irish=0.1),
        answer(True, True, Irish=0.3, Dutch=0.2),
        answer(False, False, Polish=0.9, Czech=0.06, Dutch=0.04, Irish=0.0),
    ]
    shares = ["80.0%", "50.0%", "30.0%", "80.0%", "30.0%", "30.0%", "20.0%"]
    of_group, of_all = compare.common_table(rows, [answers])
    assert (of_group, of_all) == (["Irish, own", "3", *shares], ["all", "3", *shares])
    wrong = list(compare.wrong_names(rows, answers))
    assert wrong == [["Foley", "1", "Irish, English", "Polish", "0.90"]]


@pytest.mark.nightly
def test_speed_takes_distinct_names_and_people_drawn_by_their_bearers(data, monkeypatch):
    (data / "counts").symlink_to(NAMES.data / "counts")
    monkeypatch.setattr(speed, "TASK", replace(NAMES, data=data))
    monkeypatch.setattr(speed, "PEOPLE", 500)
    people = speed.draw_people(20_000)
    assert people.count("Garcia") == pytest.approx(20_000 * 1_462_923 / 44_627_843, rel=0.15)
    groups = list(islice(speed.groups(["cpu"]), 2))
    assert [n for _, n, _ in groups] == [3, 500]
    assert [len(cases) for *_, cases in groups] == [2, 2]
    assert all(case() > 0 for *_, cases in groups for case in cases.values())
