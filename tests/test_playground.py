"""The tab Train without a browser: its network against PyTorch, its data, its worker, its file."""

import re
from functools import partial

import numpy as np
import pytest
import torch
from conftest import ROOT
from networks import CELLS, gradients, pytorch, states_and_logits
from node import run_js
from safetensors.torch import load, load_file, save
from torch import nn
from torch.nn.functional import cross_entropy

from data.build import browser_names
from data.builder.rows import unpacked
from model import TextClassifier
from model.data.texts import match_key
from model.errors import InputError
from model.tabs.alone import web_files
from model.tabs.app import build_demo
from model.tabs.page_model import read_model
from model.tabs.scripts import web
from model.tasks.names import NAMES

E, V, H, C = 5, 9, 4, 3
IDS = [
    [2, 8, 3, 3, 1],
    [4],
    [7, 2],
]
TARGETS = [1, 0, 2]
LEARN = """(() => {
  const {config, texts, labels, broken} = given;
  const network = new Network(config, 3, Float64Array);
  const copied = network.copy();
  const runs = texts.map((ids) => network.forward(ids, broken));
  const lengths = runs.map((run, i) => network.backward(run, labels[i]));
  const weights = Object.entries(network.weights).map(([name, {shape, values, gradient}]) =>
    [name, {shape, values: [...values], gradient: [...gradient]}]);
  network.step(0.01, texts.length, 0.1);
  const stepped = [...network.copy()];
  return {runs, lengths, weights: Object.fromEntries(weights), stepped,
    restored: network.restore(copied).copy()};
})()"""

doubles = partial(torch.tensor, dtype=torch.float64)
close = partial(torch.allclose, rtol=0, atol=1e-10)


def of_letters(direction, part):
    """Return what happened at each letter in a direction of a layer, (T, …)."""
    return doubles([letter[part] for letter in direction])


def learn(cell, both=False, layers=1, broken=None):
    """Return what JavaScript computes, and its network in PyTorch with the weights as drawn."""
    config = {
        "cell": cell,
        "both": both,
        "vocabulary": V,
        "embedding": E,
        "units": H,
        "labels": C,
        "layers": layers,
    }
    given = {
        "config": config,
        "texts": IDS,
        "labels": TARGETS,
        "broken": broken or {},
    }
    found = run_js(["network"], LEARN, given)
    return found, pytorch(config, found["weights"])


@pytest.mark.parametrize(
    ("both", "layers"),
    [
        (False, 1),
        (True, 1),
        (True, 2),
    ],
)
@pytest.mark.parametrize("cell", CELLS)
def test_a_step_of_training_is_pytorch_s(cell, both, layers):
    found, network = learn(cell, both, layers)
    start = []
    for weight in found["weights"].values():
        start += weight["values"]
    for ours, ids, label in zip(found["runs"], IDS, TARGETS, strict=True):
        outputs, logits = states_and_logits(network, ids)
        loss = cross_entropy(logits, torch.tensor(label))
        loss.backward()
        assert close(doubles(ours["probabilities"]), logits.softmax(0))
        states = [of_letters(read, "state") for read in ours["directions"]]
        assert close(torch.cat(states, 1), outputs)
    for name, weight in network.named_parameters():
        gradient = doubles(found["weights"][name]["gradient"]).view_as(weight)
        assert close(gradient, weight.grad), name
        weight.grad /= len(IDS)
    norm = nn.utils.clip_grad_norm_(network.parameters(), 0.1)
    assert norm > 0.1
    optimiser = torch.optim.Adam(network.parameters(), 0.01)
    optimiser.step()
    weights = [weight.flatten() for weight in network.parameters()]
    stepped = doubles(found["stepped"])
    assert torch.allclose(stepped, torch.cat(weights), atol=1e-8)
    assert found["restored"] == start


def test_the_gradient_at_every_letter_is_that_of_a_loss_which_starts_there():
    found, network = learn("gru")
    expected = gradients(network, IDS[0], TARGETS[0])
    (of_text, *_) = found["lengths"]
    assert close(doubles(of_text[0]), expected)


def test_gates_held_at_keeping_leave_the_state_at_0():
    found, _ = learn("lstm", broken={"hold": {"forget": 0, "input": 0}})
    (forward,) = found["runs"][0]["directions"]
    assert not of_letters(forward, "state").any()


def test_a_state_that_is_always_replaced_is_the_candidate_but_for_silenced_units():
    broken = {"hold": {"update": 0, "reset": 0}, "silenced": [1, H + 2]}
    found, _ = learn("gru", True, broken=broken)
    directions = found["runs"][0]["directions"]
    for read, unit in zip(directions, (1, 2), strict=True):
        _, _, candidate = of_letters(read, "gates").unbind(1)
        candidate[:, unit] = 0
        states = of_letters(read, "state")
        assert torch.allclose(states, candidate)
        assert torch.equal(states[2], states[3])  # the same letter, whatever was before


def test_a_silenced_unit_of_an_lstm_has_neither_state_nor_carry_and_says_nothing():
    """As in PyTorch where no unit listens to it; the first unit, too."""
    found, network = learn("lstm", True, broken={"silenced": [0, 3, H + 2]})
    network.cell.weight_hh_l0.data[:, [0, 3]] = 0
    network.cell.weight_hh_l0_reverse.data[:, 2] = 0
    expected = states_and_logits(network, IDS[0])[0].detach()
    expected[:, [0, 3, H + 2]] = 0
    directions = found["runs"][0]["directions"]
    states, carries = (
        torch.cat([of_letters(read, part) for read in directions], 1)
        for part in ("state", "carry")
    )
    assert close(states, expected)
    assert torch.equal(carries == 0, expected == 0)


TRY = "given.map((own) => { try { return DATA.own(own); } catch (e) { return e.message; } })"
TEXTS = [f"{first}{a}{b}" for first in "éx" for a in "klmnoprs" for b in "tuvw"]
TABLE = "".join(
    f"{text}\t{'accented' if text[0] == 'é' else 'plain'}\n" for text in TEXTS
)


@pytest.fixture(scope="module")
def names():
    return web("names.txt")


@pytest.fixture(scope="module")
def rows():
    """The names of each file that those of the page are taken from, or must not be in."""
    files = ("names_train.csv.gz", "names_test.csv.gz", "common.csv.gz")
    return {file: unpacked(ROOT / "data" / file) for file in files}


def test_names_are_those_that_the_builder_writes(names, rows):
    assert browser_names(rows) == names
    assert len(names.encode()) <= 60_000


def test_no_name_is_one_of_the_test(names, rows):
    found = re.findall("(: |, )([^,\n]+)", names)
    keys = {match_key(name) for _, name in found}
    assert len(keys) > 5_000
    of_test = {match_key(name) for name, _ in rows["names_test.csv.gz"]}
    assert not keys & of_test


def test_a_table_is_read_however_it_is_written_and_spellings_of_a_text_stay_together():
    texts = [*TEXTS[:30], 'a ""hi""']
    rows = [(text, "a") for text in texts]
    rows += [(text.upper(), "b,\t; c") for text in texts]
    tables = [
        "".join(f'"{text}"{by}"{label}"\r\n' for text, label in rows) for by in "\t,;"
    ]
    given = [{"table": table} for table in tables]
    headed = "id;is;text\n\n" + "".join(f'1;"{b}";"{a}"\n' for a, b in rows)
    given.append({"table": headed, "columns": [2, 1], "hasHeading": True})
    read, *same = run_js(["datasets"], TRY, given)
    assert same == [read] * 3
    training = {row["text"].lower() for row in read["training"]}
    held_out = {row["text"].lower() for row in read["heldOut"]}
    assert training | held_out == {*TEXTS[:30], 'a "hi"'}
    assert not training & held_out


def test_a_table_that_cannot_be_learnt_is_refused_with_its_line():
    refused = {
        "": "There is nothing to read",
        "odd\nodd\n": "There are not two columns",
        "é\ta\nx\ta\n": "Two labels are needed",
        TABLE + "odd\n": "Line 65 has no text or no label",
        TABLE + "\tplain\n": "Line 65 has no text or no label",
        TABLE
        + f"{'o' * 101}\tplain\n": "Line 65 has a text of 101 letters, and 100 are the most",
        f'{TABLE}\n\n"o\nd"\trare\nodd\trare\n{TABLE}': "“rare”, line 67, has fewer than 5",
        "".join(f"{n}\t{n % 2}\n" for n in range(5001)): "Line 5001 is row 5001",
        "".join(f"{n}\t{n % 31}\n" for n in range(99)): "Line 31 has label 31",
    }
    problems = run_js(["datasets"], TRY, [{"table": table} for table in refused])
    for problem, expected in zip(problems, refused.values(), strict=True):
        assert problem.startswith(expected)


OF_DATA = {
    "names": list(NAMES.languages),
    "order": ["a first", "b"],
    "own": ["<b>", "%", "ж"],
}
TYPED = [
    "Rossi",
    " O’Neill ",
    "Van  der Berg",
    "Müller-Weiß",
    "Łódź Ødegård",
    "ＴＡＭ🙂",
    "Щукин",
]
TYPED += ["O’Neill\u200b", "İstanbul", "ﬁn\u00a0ß", "ΠΑΠΆΣ", "김", "👍 a\tb"]
CODE = web("code.txt")
MAKE = """(async () => {
  const {data, labels, texts} = given;
  const letters = [..." '-abcdefghijklmnoprstuvwxyz\u0308"];
  const sizes = {vocabulary: letters.length + 2, embedding: 16, units: 8, labels: labels.length};
  const network = new Network({cell: 'gru', both: data !== 'own', ...sizes});
  const {config, weights} = network;
  const settings = {data, rate: 0.01, batch: 32, seed: 7};
  const model = {config, encoder: {characters: letters.join('')}, labels, weights};
  const ids = texts.map((text) => idsOf(unitsOf(text, data === 'names'), letters));
  const probabilities = ids.map((ids) => network.forward(ids).probabilities);
  const file = [...new Uint8Array(await downloadModel(model, settings).blob.arrayBuffer())];
  return {ids, probabilities, code: pytorchCode(given.code, config, settings), file};
})()"""


@pytest.fixture(scope="module", params=OF_DATA)
def downloaded(request, tmp_path_factory):
    """The data, the file that was downloaded, and what JavaScript says of the texts."""
    data = request.param
    given = {
        "data": data,
        "labels": OF_DATA[data],
        "texts": TYPED,
        "code": CODE,
    }
    found = run_js(["network", "datasets", "download"], MAKE, given)
    file = tmp_path_factory.mktemp("file") / f"gru-{data}.safetensors"
    file.write_bytes(bytes(found["file"]))
    return data, file, found


def test_a_downloaded_model_answers_as_in_the_browser(downloaded):
    _, file, found = downloaded
    answers = TextClassifier.load(file).predict_batch(TYPED)
    assert np.allclose(answers, found["probabilities"], rtol=0, atol=1e-5)
    length = int.from_bytes(file.read_bytes()[:8], "little")
    assert length % 8 == 0  # of the header, as readers in place need it


@pytest.mark.slow
def test_neither_page_has_scores_of_a_downloaded_model(downloaded):
    data, file, _ = downloaded
    shown = read_model(file)
    assert shown.title == f"Gru-{data}"
    demo = build_demo([shown])
    functions = {function.api_name: function.fn for function in demo.fns.values()}
    for name, arguments in (("metrics", []), ("errors", OF_DATA[data][:2])):
        message = r"^This model was not .* --model FOLDER --save, or"
        with pytest.raises(InputError, match=message):
            functions[name](*arguments)
    files, _ = web_files(shown)
    assert b"This model was not scored" in files["index.html"]


def test_the_code_of_the_page_is_the_same_network_in_pytorch(downloaded):
    _, file, found = downloaded
    names = {"batches": []}  # none to train on
    exec(found["code"], names)
    classifier = names["classifier"]
    classifier.load_state_dict(load_file(file))
    logits = [classifier(torch.tensor([ids])) for ids in found["ids"]]
    probabilities = torch.cat(logits).softmax(1).detach()
    assert np.allclose(probabilities, found["probabilities"], rtol=0, atol=1e-5)


def with_a_long_header(content):
    length = int.from_bytes(content[:8], "little")
    spaces = 32_000_000
    start = (length + spaces).to_bytes(8, "little")
    end = 8 + length
    return start + content[8:end] + b" " * spaces + content[end:]


BROKEN_FILES = {
    "cut in its header": lambda content: content[:100],
    "cut in its numbers": lambda content: content[:-1],
    "no metadata": lambda content: save(load(content)),
    "a text": lambda _: b"Rossi,Italian\n" * 99,
    "a header of 32 MB": with_a_long_header,
}


@pytest.mark.parametrize("damage", BROKEN_FILES.values(), ids=BROKEN_FILES)
def test_a_damaged_file_is_refused_in_one_line(downloaded, tmp_path, damage):
    _, file, _ = downloaded
    path = tmp_path / "gru.safetensors"
    path.write_bytes(damage(file.read_bytes()))
    with pytest.raises(InputError, match=rf"^{path} is damaged.*: .*\.$"):
        TextClassifier.load(path)


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    path = tmp_path / "gru.safetensors"
    with path.open("wb") as file:
        file.truncate(401_000_001)
    with pytest.raises(InputError, match="has 401,000,001 bytes and may have"):
        TextClassifier.load(path)
