"""The data of the tab Train, and its Web Worker, as the page asks them."""

import re

from conftest import ROOT
from node import run

from data.build import browser_names
from data.builder.rows import unpacked
from model.data.texts import match_key

DATA = ["network.js", "tables.js", "datasets.js"]
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
TRY = "given.map((table) => { try { return DATA.own({table}); } catch (e) { return e.message; } })"
TEXTS = [f"{first}{a}{b}" for first in "éx" for a in "klmnoprs" for b in "tuvw"]
TABLE = "".join(f"{text}\t{'accented' if text[0] == 'é' else 'plain'}\n" for text in TEXTS)


def test_names_are_training_names_in_plain_letters_and_none_of_the_test():
    names = (ROOT / "model" / "web" / "names.txt").read_text("utf-8")
    files = ("names_train.csv.gz", "names_test.csv.gz", "common.csv.gz")
    rows = {file: unpacked(ROOT / "data" / file) for file in files}
    assert browser_names(rows) == names
    assert len(names.encode()) <= 60_000
    read = {match_key(name) for _, name in re.findall("(: |, )([^,\n]+)", names)}
    assert len(read) > 5_000
    assert not read & {match_key(name) for name, _ in rows[files[1]]}


def test_a_table_is_read_however_it_is_written_and_refused_with_its_line():
    rows = [(text, label) for label in ("a", "b,\t; c") for text in (*TEXTS[:30], 'a ""hi""')]
    tables = ["".join(f'"{text}"{by}"{label}"\r\n' for text, label in rows) for by in "\t,;"]
    refused = {
        "": "Two labels are needed",
        TABLE + "odd\n": "Line 65 does not have two columns",
        TABLE + "\tplain\n": "Line 65 has no text or no label",
        TABLE + f"{'o' * 101}\tplain\n": "Line 65 has a text of 101 letters, and 100 are the most",
        f'{TABLE}\n\n"o\nd"\trare\nodd\trare\n{TABLE}': "“rare”, line 67, has fewer than 5",
        "".join(f"{n}\t{n % 2}\n" for n in range(5001)): "Line 5001 is row 5001",
        "".join(f"{n}\t{n % 31}\n" for n in range(99)): "Line 31 has label 31",
    }
    read, *same = run(DATA, TRY, [*tables, "text,is\n\n" + tables[1], *refused])
    assert same[:3] == [read] * 3
    sides = [{row["text"] for row in read[side]} for side in ("training", "heldOut")]
    assert sides[0] | sides[1] == {*TEXTS[:30], 'a "hi"'}
    assert not sides[0] & sides[1]
    for said, expected in zip(same[3:], refused.values(), strict=True):
        assert said.startswith(expected)


def test_a_worker_learns_and_questions_do_not_change_what_it_learns():
    start = {"data": "own", "table": TABLE, "cells": ["gru"], "units": 8, "both": True}
    start |= {"rate": 0.02, "batch": 8, "seed": 1}
    network = {"network": 0}
    look, held = network | {"moment": 0, "text": "Ékt"}, network | {"hold": {"update": 1}}
    questions = [["look", look], ["read", network | {"text": "ékt"}], ["broken", held]]
    questions += [["heldOut", network]]
    steps, last = [["one", {}]] * 60, [["weights", network], ["train", {}], ["pause", {}]]
    requests = ([["start", start], *steps, *more, *steps, *last] for more in ([], questions))
    plain, sent = (run([*DATA, "worker.js"], ASK, of) for of in requests)
    results = [[m["result"] for m in messages if "result" in m] for messages in (plain, sent)]
    assert results[0][-1]["weights"] == results[1][-1]["weights"]
    _, untrained, read, held, answers, _ = results[1]
    assert untrained["heldOut"] < held["before"] == 1
    assert held["after"] == 0.5  # nothing is ever written
    assert all(row["label"] == row["answer"] for row in answers)
    assert max(read["shares"][-1]) > 0.9 > max(untrained["probabilities"])
    events = [message for message in sent if "event" in message]
    assert [event["running"] for event in events[-2:]] == [True, False]
    assert events[-1]["step"] > 120
    assert len(events[-1]["moments"]) > 10
