"""The List tab of the page without a server: its CSV is the Gradio page's."""

import re

import pytest
from conftest import SHIPPED
from models import load
from node import packed, run

from model.tabs import tables

ASK = """(async (sent) => {
  globalThis.postMessage = (message) => sent.push(message);
  const ask = (id, method, request) => onmessage({data: {id, method, given: request}});
  await ask(0, 'load', Uint8Array.from(atob(given.model), (c) => c.charCodeAt(0)));
  const read = ([name, text]) => tableOf({name, text, isFile: name}, given.hints, {});
  const found = given.files.map(read), shown = {hasNone: true, hasKnown: true};
  const texts = found.flatMap(({rows}) => rows.flatMap((row) => row.problem ? [] : [row.text]));
  await Promise.all([ask(1, 'answers', {texts}), ask(2, 'answers', {texts})]);
  const answers = sent.at(-1).result, answer = (row) => row.problem ? row : answers.shift();
  const csv = found.map((table) => csvOf(table, table.rows.map(answer), shown));
  return {csv, older: sent.find(({id, done}) => id === 1 && !done)};
})([])"""
FILES = {
    "": 'Rossi\nKim\n\n5\nMüller, "Anna"\n=1+1\nNA\nRossi\n',
    "a.csv": 'id;Familienname;"a ""b"", c"\r\n1;Müller;"2\r\nlines"\r\n"=1";Li;",@y"\r\n3;;\r\n4',
    "b.csv": "wer,nr\nRossi,-1\nNguyen,2\n",
    "c.tsv": "no\tcity\tname\n1\t+Rome\tRossi\n2\tSeoul\tKim\tPark\n",
}
SHARE = re.compile(r'"([01]\.\d{4})"')


def test_a_table_comes_back_as_from_the_gradio_page_and_a_newer_list_takes_an_older_one_s_place():
    hints, files = load(SHIPPED).hints, list(FILES.items())
    given = {"hints": {"headings": hints.headings, "label": hints.label, "text": hints.text}}
    given |= {"model": packed(load(SHIPPED), "fp16"), "files": files}
    found = run(["network.js", "classifier.js", "tables.js", "answering.js"], ASK, given)
    for (name, text), ours in zip(files, found["csv"], strict=True):
        read = tables.read_file(text.encode(), name, hints) if name else None
        table = read or tables.read_lines(text, hints)
        names = table.names if table.header or table.width == 1 else None
        theirs = tables.to_csv(table, tables.predict_rows(load(SHIPPED), table), names)
        assert SHARE.sub("", ours) == SHARE.sub("", theirs), name
        shares = [[*map(float, SHARE.findall(csv))] for csv in (ours, theirs)]
        assert shares[0] == pytest.approx(shares[1], abs=6e-4), name
    assert found["older"] == {"id": 1, "problem": "Another list is read."}
