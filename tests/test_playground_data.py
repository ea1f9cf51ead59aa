"""The data of the tab Train, and its Web Worker, as the page asks them."""

from conftest import ROOT
from node import run

from data.builder.playground import playground_names
from data.builder.rows import unpacked
from model.core import normalise
from model.data.texts import match_key
from model.letters import decompose

DATA = ["network.js", "datasets.js"]
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
    assert playground_names(rows) == names
    assert len(names.encode()) <= 60_000
    found = run(DATA, "DATA.names({names: given, seed: 0})", names)
    read = {row["text"]: "".join(row["units"]) for row in found["training"] + found["heldOut"]}
    assert not set(map(match_key, read)) & {match_key(name) for name, _ in rows[files[1]]}
    assert all(name == letters for name, letters in read.items())


def test_letters_are_those_that_python_reads():
    texts = ["  Łódź-Ærø ", "O’Neill\u200b", "İstanbul", "ﬁn\u00a0ß", "ΠΑΠΆΣ", "김", "👍 a\tb"]
    read = run(DATA, "[false, true].map((name) => given.map((text) => unitsOf(text, name)))", texts)
    assert list(map("".join, read[0])) == [decompose(text, symbols=True) for text in texts]
    assert list(map("".join, read[1][:4])) == list(map(normalise, texts[:4]))


def test_a_table_is_read_however_it_is_written_and_refused_with_its_line():
    rows = [(text, label) for label in ("a", "b,\t; c") for text in (*TEXTS[:30], 'a ""hi""')]
    tables = ["".join(f'"{text}"{by}"{label}"\r\n' for text, label in rows) for by in "\t,;"]
    read = run(DATA, TRY, [*tables, "text,is\n\n" + tables[1]])
    assert read == read[:1] * 4
    sides = [{row["text"] for row in read[0][side]} for side in ("training", "heldOut")]
    assert sides[0] | sides[1] == {*TEXTS[:30], 'a "hi"'}
    assert not sides[0] & sides[1]
    refused = {
        "": "Two labels are needed",
        TABLE + "odd\n": "Line 65 does not have two columns",
        TABLE + "\tplain\n": "Line 65 has no text or no label",
        TABLE + f"{'o' * 101}\tplain\n": "Line 65 has a text of 101 letters, and 100 are the most",
        f'{TABLE}\n\n"o\nd"\trare\nodd\trare\n{TABLE}': "“rare”, line 67, has fewer than 5",
        "".join(f"{n}\t{n % 2}\n" for n in range(5001)): "Line 5001 is row 5001",
        "".join(f"{n}\t{n % 31}\n" for n in range(99)): "Line 31 has label 31",
    }
    for said, expected in zip(run(DATA, TRY, [*refused]), refused.values(), strict=True):
        assert said.startswith(expected)


def test_a_worker_learns_and_questions_do_not_change_what_it_learns():
    start = {"data": "own", "table": TABLE, "cells": ["gru", "rnn"], "units": 8, "both": True}
    start |= {"rate": 0.02, "batch": 8, "seed": 1}
    asked = {
        "look": {"moment": 0, "text": "Ékt"},
        "read": {"text": "ékt"},
        "broken": {"hold": {"update": 1}},
        "heldOut": {},
        "strongest": {"moment": 3},
    }
    questions, steps = [[m, {"network": 0, **q}] for m, q in asked.items()], [["one", {}]] * 60
    last = [["weights", {"network": 0}], ["train", {}], ["pause", {}]]
    requests = ([["start", start], *steps, *more, *steps, *last] for more in ([], questions))
    plain, sent = (run([*DATA, "worker.js"], ASK, of) for of in requests)
    results = [[m["result"] for m in messages if "result" in m] for messages in (plain, sent)]
    assert results[0][-1]["weights"] == results[1][-1]["weights"]
    _, untrained, read, held, answers, strongest, _ = results[1]
    assert untrained["heldOut"] < held["before"] == 1
    assert held["after"] == 0.5  # nothing is ever written
    assert all(row["label"] == row["answer"] for row in answers)
    assert max(read["shares"][-1]) > 0.9 > max(untrained["probabilities"])
    assert [len(texts) for texts in strongest["layers"][0]] == [6] * 16
    events = [message for message in sent if "event" in message]
    assert [event["running"] for event in events[-2:]] == [True, False]
    assert events[-1]["step"] > 120 >= events[-3]["step"]
    assert events[0]["moments"] == [0]
    assert len(events[-1]["moments"]) > 10
