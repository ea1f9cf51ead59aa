"""The data of the tab Train, and its Web Worker, as the page asks them."""

from math import exp

import pytest
from conftest import ROOT
from node import run

from data.builder.playground import playground_names
from data.builder.rows import unpacked
from model.core import normalise
from model.data.texts import match_key
from model.letters import decompose

NAMES = (ROOT / "model" / "web" / "names.txt").read_text("utf-8")
DATA, WORKER = ["network.js", "datasets.js"], ["network.js", "datasets.js", "worker.js"]
ASK = """(async (sent, heard) => {
  globalThis.postMessage = (message) => {
    sent.push(structuredClone(message));
    if (message.running) heard();
  };
  for (const [method, request] of given) {
    const trained = new Promise((resolve) => { heard = resolve; });
    onmessage({data: {id: 0, method, given: request}});
    if (method === 'train') await trained;
  }
  return sent;
})([])"""
TEXTS = [f"{first}{a}{b}" for first in "éx" for a in "klmnoprs" for b in "tuvw"]
TABLE = "".join(f"{text}\t{'accented' if text[0] == 'é' else 'plain'}\n" for text in TEXTS)
START = {"data": "own", "table": TABLE, "cells": ["gru", "rnn"], "units": 8, "both": True}
START |= {"rate": 0.02, "batch": 8, "seed": 1}


def test_names_are_training_names_in_plain_letters_and_none_of_the_test():
    files = ("names_train.csv.gz", "names_test.csv.gz", "common.csv.gz")
    rows = {file: unpacked(ROOT / "data" / file) for file in files}
    assert playground_names(rows) == NAMES
    assert len(NAMES.encode()) <= 60_000
    read = run(DATA, "DATA.names({names: given, seed: 0})", NAMES)
    names = [row["text"] for row in read["training"] + read["heldOut"]]
    assert not set(map(match_key, names)) & {match_key(name) for name, _ in rows[files[1]]}
    assert set("".join(names)) <= set("abcdefghijklmnopqrstuvwxyz '-")
    assert ["".join(row["units"]) for row in read["training"] + read["heldOut"]] == names


def test_letters_are_those_that_python_reads():
    texts = ["  Łódź-Ærø ", "O’Neill\u200b", "İstanbul", "ﬁn\u00a0ß", "ΠΑΠΆΣ", "김", "👍 a\tb"]
    read = run(
        DATA, "[false, true].map((isName) => given.map((text) => unitsOf(text, isName)))", texts
    )
    assert ["".join(units) for units in read[0]] == [
        decompose(text, symbols=True) for text in texts
    ]
    assert ["".join(units) for units in read[1][:4]] == [normalise(text) for text in texts[:4]]


def test_a_table_is_read_however_it_is_written_and_split_by_text():
    rows = [(text, label) for label in ("a", "b,\t; c") for text in (*TEXTS[:30], 'say "hi"')]
    lines = ["".join(f'"{text.replace(chr(34), chr(34) * 2)}"{by}"{label}"\n' for text, label in rows)
             for by in "\t,;"]  # fmt: skip
    tables = [*lines, "text,is\r\n\r\n" + lines[1].replace("\n", "\r\n")]
    read = run(DATA, "given.map((table) => DATA.own({table, seed: 4}))", tables)
    assert read == read[:1] * 4
    sides = [{row["text"] for row in read[0][side]} for side in ("training", "heldOut")]
    assert sides[0] | sides[1] == {text for text, _ in rows}
    assert not sides[0] & sides[1]
    assert len(sides[1]) == 7


def test_a_table_that_cannot_be_used_is_refused_with_its_line():
    refused = {
        "": "Two labels are needed",
        TABLE + "odd\n": "Line 65 does not have two columns",
        TABLE + "\tplain\n": "Line 65 has no text or no label",
        TABLE + f"{'o' * 101}\tplain\n": "Line 65 has a text of 101 letters, and 100 are the most",
        TABLE + f"\n\nodd\trare\n{TABLE}": "“rare” (line 67) has fewer than 5 different texts",
        "".join(f"{n}\t{n % 2}\n" for n in range(5001)): "Line 5001 is row 5001",
        "".join(f"{n}\t{n % 31}\n" for n in range(99)): "Line 31 has label 31",
    }
    attempt = "given.map((table) => { try { DATA.own({table}); } catch (error) { return error.message; } })"
    for said, expected in zip(run(DATA, attempt, [*refused]), refused.values(), strict=True):
        assert said.startswith(expected)


def test_which_came_first():
    data = run(DATA, "DATA.order({length: 9, seed: 2})")
    rows = data["training"] + data["heldOut"]
    assert len(rows) == 3000
    for text, label in ((row["text"], data["labels"][row["label"]]) for row in rows):
        assert (len(text), text.count("a"), text.count("b")) == (9, 1, 1)
        assert label == ("a first" if text.index("a") < text.index("b") else "b first")


def test_a_worker_learns_and_questions_do_not_change_what_it_learns():
    asked = [
        ["look", {"network": 0, "moment": 0, "text": "Ékt"}],
        ["look", {"network": 0, "moment": None, "text": "ékt"}],
        ["read", {"network": 0, "moment": None, "text": "ékt"}],
        ["broken", {"network": 0, "moment": None}],
        ["broken", {"network": 0, "moment": None, "hold": {"update": 1}}],
        ["broken", {"network": 1, "moment": None, "silenced": [*range(16)]}],
        ["heldOut", {"network": 0, "moment": None}],
        ["strongest", {"network": 1, "moment": 3}],
        ["look", {"network": 0, "moment": 0, "text": " "}],
    ]
    steps = [["one", {}]] * 60
    plain, sent = (
        run(
            WORKER, ASK, [["start", START], *steps, *questions, *steps, ["weights", {"network": 0}]]
        )
        for questions in ([], asked)
    )
    results = [message["result"] for message in sent if "result" in message]
    assert results.pop()["weights"] == plain[-1]["result"]["weights"]
    untrained, look, read, intact, held, silenced, answers, strongest = results[len(steps) + 1 :][
        :8
    ]
    assert untrained["heldOut"] < look["heldOut"] == intact["before"] == intact["after"] == 1
    assert held["after"] == silenced["after"] == 0.5
    assert all(row["label"] == row["answer"] for row in answers)
    assert read["shares"][-1] == look["probabilities"] == read["alone"][0]
    assert sum(look["states"], []) == read["states"]
    weighed = [exp(sum(parts)) for parts in zip(*read["added"], strict=True)]
    assert [w / sum(weighed) for w in weighed] == pytest.approx(look["probabilities"], abs=1e-5)
    assert [len(texts) for texts in strongest["layers"][0]] == [6] * 16
    assert "The text is empty" in next(m["problem"] for m in sent if "problem" in m)


def test_it_trains_until_it_is_paused_and_keeps_moments():
    sent = run(WORKER, ASK, [["start", START], ["train", {}], ["pause", {}]])
    events = [message for message in sent if "event" in message]
    assert [event["running"] for event in events] == [False, True, False]
    assert events[0]["moments"] == [0]
    moments, step = events[-1]["moments"], events[-1]["step"]
    assert 1 < len(moments) <= 40
    assert max(moments) <= step == events[-1]["curves"][0]["step"]
    assert sent[1]["result"]["labels"] == ["accented", "plain"]
    assert all(network["loss"] < 0.6 for network in events[-1]["networks"])
