"""The List tab of the page without a server: its CSV is the Gradio page's."""

import base64
import re

import pytest
from conftest import SHIPPED
from models import load
from node import run

from model.storage.browser import pack
from model.tabs import tables

ASK = """(async (sent) => {
  globalThis.postMessage = (message) => sent.push(message);
  const ask = (id, method, request) => onmessage({data: {id, method, given: request}});
  await ask(0, 'load', Uint8Array.from(atob(given.model), (c) => c.charCodeAt(0)));
  const found = given.files.map(([name, text]) =>
    tableOf({name, text, isFile: name !== 'The list'}, given.hints, {}));
  const texts = found.flatMap(({rows}) => rows.filter((row) => !row.problem).map((row) => row.text));
  await Promise.all([ask(1, 'answers', {texts}), ask(2, 'answers', {texts})]);
  const answers = sent.at(-1).result, csv = found.map((table) => csvOf(table, table.rows.map((row) =>
    row.problem ? row : answers.shift()), {hasNone: true, hasKnown: true}));
  return {csv, sent: sent.map(({result, ...message}) => message)};
})([])"""
FILES = {
    "The list": 'Rossi\nKim\n\n5\nMüller, "Anna"\n=1+1\nNA\nRossi\n',
    "a.csv": 'id;Familienname;"a ""b"", c"\r\n1;Müller;x\r\n"=1+1";Nakamura;"b,@y"\r\n3;;\r\n4\r\n'
    '5;Rossi;"two\r\nlines"\r\n',
    "b.csv": "Rossi,-1\nNguyen,2\n",
    "c.csv": "wer,nr\nRossi,1\nNguyen,2\n",
    "d.csv": "Rossi\nKim\n",
    "e.tsv": "no\tcity\tname\n1\t+Rome\tRossi\n2\tSeoul\tKim\tPark\n",
}
SHARE = re.compile(r'"([01]\.\d{4})"')


def test_a_table_comes_back_as_from_the_gradio_page_and_a_newer_list_takes_an_older_one_s_place():
    hints, files = load(SHIPPED).hints, list(FILES.items())
    given = {"hints": {"headings": hints.headings, "label": hints.label, "text": hints.text}}
    given |= {"model": base64.b64encode(pack(load(SHIPPED), "fp16")).decode(), "files": files}
    found = run(["network.js", "classifier.js", "tables.js", "answering.js"], ASK, given)
    for (name, text), ours in zip(files, found["csv"], strict=True):
        read = tables.read_lines(text, hints, name) if name == "The list" else None
        table = read or tables.read_file(text.encode(), name, hints)
        names = table.names if table.header or table.width == 1 else None
        theirs = tables.to_csv(table, tables.predict_rows(load(SHIPPED), table), names)
        assert SHARE.sub("", ours) == SHARE.sub("", theirs), name
        shares = [[*map(float, SHARE.findall(csv))] for csv in (ours, theirs)]
        assert shares[0] == pytest.approx(shares[1], abs=6e-4), name
    assert {"id": 1, "problem": "Another list is read."} in found["sent"]
    assert {"id": 2, "done": 1} in found["sent"]
