"""Runs the page's JavaScript in the node that playwright brings, without a document."""

import base64
import json
import subprocess
import unicodedata

import numpy as np
import pytest

from model.data.texts import is_of_another_script
from model.errors import InputError
from model.storage.browser import pack
from model.tabs.markup import message_of
from model.tabs.reading import view_of
from model.tabs.scripts import COLOURS, FILES

playwright = pytest.importorskip("playwright._impl._driver")
# Those whose exports the tests of a classifier ask
CLASSIFIER = (
    "classifier surest decisions inputs readers typed part notes network".split()
)
ASK = """
import {readFileSync} from 'node:fs';
const given = JSON.parse(readFileSync(0, 'utf8'));
const listed = (key, value) => ArrayBuffer.isView(value) ? [...value] : value;
process.stdout.write(JSON.stringify(await (%s), listed));"""
PACKED = {"embedding", "given", "memory", "states", "groups"}
TALK = """(async (sent, heard) => {
  globalThis.postMessage = (message) => {
    sent.push(structuredClone(message));
    if (message.running) heard();
  };
  for (const [method, request] of given) {
    const trained = new Promise((resolve) => { heard = resolve; });
    onmessage({data: {id: 0, method, given: request}});
    if (method === 'train') await trained;
    else await new Promise((next) => setImmediate(next)); // what was on its way has come
  }
  return sent;
})([])"""
ANSWERS = """TextClassifier.load(Uint8Array.from(atob(given.model), (c) => c.charCodeAt(0)))
  .then(async (classifier) => ({
    ids: given.texts.map((text) => classifier.reader.ids(classifier.reader.readUnits(text))),
    shares: given.answered.map((text) => {
      const {network} = classifier, {ids} = classifier.readText(text);
      const {labels, none} = network.probabilities(network.run(ids).outputs, ids.length);
      return [...labels, none];
    }),
    shown: given.shown.map((text) => classifier.view(text)),
    refused: (given.counts ?? []).map((k) => orProblem(() => classifier.predict('a', k)).problem),
    predicted: given.explained.map((text) => classifier.predict(text)),
    nearest: await Promise.all((given.nearest ?? []).map((text) => nearestOf(text, classifier))),
    opened: given.explained.map((text) => classifier.view(text, true)),
  }))"""


def run_js(modules, expression, given=None):
    """Return what a JavaScript expression makes of `given` and of exports of model/web/.

    All numbers pass as JSON, which keeps all digits of a double.
    """
    files = [FILES[f"{name}.js"].as_uri() for name in modules]
    imports = [f"Object.assign(globalThis, await import('{file}'));" for file in files]
    imports.append(f"globalThis.colours = {COLOURS};")
    code = "\n".join(imports) + ASK % expression
    node = playwright.compute_driver_executable()[0]
    done = subprocess.run(
        [node, "--input-type=module", "-e", code],
        input=json.dumps(given),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def drawn(function, values):
    """Return the HTML that a function of answer.js makes of each of some values."""
    return run_js(["answer"], f"given.map((value) => {function}(value))", values)


def packed(classifier, precision):
    """Return a model for TextClassifier.load, in base64."""
    return base64.b64encode(pack(classifier.model, precision)).decode()


def close(ours, theirs, most=1e-3):
    """Whether two pieces of JSON are the same but for numbers that differ by `most`."""
    if isinstance(theirs, dict):
        same = (close(ours[key], value, most) for key, value in theirs.items())
        return ours.keys() == theirs.keys() and all(same)
    if isinstance(theirs, list | tuple | np.ndarray):
        same = (close(*pair, most) for pair in zip(ours, theirs, strict=False))
        return len(ours) == len(theirs) and all(same)
    return (
        ours == pytest.approx(theirs, abs=most)
        if isinstance(theirs, float)
        else ours == theirs
    )


def ask(classifier, precision, **given):
    """Return what JavaScript says of the texts, and the shares that Python gives those answered."""
    given = (
        {"texts": [], "explained": []}
        | given
        | {"model": packed(classifier, precision)}
    )
    found = run_js(CLASSIFIER, ANSWERS, given)
    return found, np.column_stack(classifier.predict_all(given["answered"]))


def viewed(page, text, opened=False):
    """Return what the page of app.py shows of a text, or {"problem"}."""
    try:
        return view_of(page, text, opened)
    except InputError as error:
        return {"problem": message_of(error)}


def is_same_view(ours, page, text, opened=False, most=2e-5):
    """Return whether JavaScript shows the same of a text as Python, but for `most` in numbers.

    It has no rules of kana and Russian, and numbers where Python packs thousandths.
    """
    theirs = viewed(page, text, opened)
    if "problem" in theirs:
        return ours == theirs
    if any(map(is_of_another_script, unicodedata.normalize("NFKC", text))):
        theirs["reply"]["romanised"] = None
        if text not in page.model.readings:
            notes = theirs["notes"]
            theirs["notes"] = [
                each for each in notes if not each.startswith("In Latin")
            ]
    for name in PACKED & theirs.keys():
        theirs[name] = np.frombuffer(base64.b64decode(theirs[name]), "<i2") / 1000
        ours[name] = np.clip(ours[name], -32.768, 32.767)
    more = {"letters": 1e-4} | dict.fromkeys(PACKED, 6e-4)
    differ = [
        key
        for key in ours
        if not close(ours[key], theirs[key], max(most, more.get(key, 0)))
    ]
    return ours.keys() == theirs.keys() and not differ


def talk(requests):
    """Return what the worker of the tab Train posts when asked [[method, what is given], …].

    After `train` the next request waits until it trains.
    """
    return run_js(["worker"], TALK, requests)
