"""What the data have of a text: looked up for a reader's sake, and never learnt or scored."""

import gzip
import json
from dataclasses import replace

import pytest
from models import rows_of

from model import InputError, TextClassifier
from model.answers.decisions import Verdict, with_facts
from model.answers.known import Facts, LookUp
from model.data.rows import Dataset, Rows
from model.storage.config import files_of, model_from
from model.storage.folder import LOOK_UP, whole_set
from model.tabs.name import as_json
from model.tasks.names import NAMES, read_names
from model.training.metrics import all_metrics, look_up_of

NETWORK = {
    "Dutch": Verdict("label", ("Dutch",), 0.8),
    "Dutch or German": Verdict("either", ("Dutch", "German"), 0.9),
    "unsure": Verdict("unsure", ("Dutch",), 0.3),
    "none": Verdict("none", (), 0.7),
}
# What the network says; the shares of the data, "?" behind them where there is too little evidence,
# and what else they have; the verdict of both
VERDICTS = """
nothing is known | Dutch | | Dutch
both agree | Dutch | Dutch 1 | Dutch
within 0.1 of the largest | Dutch | German .5 Dutch .45 | Dutch
a smaller share does not | Dutch | German .6 Dutch .4 | label German .6
two agree where each has a quarter | Dutch or German | German .7 Dutch .3 | Dutch or German
two of which one has less | Dutch or German | German .8 Dutch .2 | label German .8
two beside one | Dutch or German | Czech .45 Dutch .28 German .27 | label Czech .45
too little evidence | Dutch | German .6 Dutch .4 ? | Dutch
an unsure network | unsure | Dutch 1 | label Dutch 1
two close shares | unsure | Czech .5 Polish .45 Dutch .05 | either Czech Polish .95
a network that says none | none | Dutch 1 | label Dutch 1
a name of other people | Dutch | people Indian | none 1
none, as the network says | none | people Indian | none
a given name | Dutch | given Czech Dutch | given Czech Dutch 1
a given name that is a surname too | Dutch | Dutch 1 given Czech | Dutch
"""


def facts_of(words):
    """Return the facts of the third column."""
    shares, _, given = words.removesuffix(" ?").partition("given")
    if shares.startswith("people"):
        return Facts([], people=shares.split()[1])
    labels, numbers = shares.split()[::2], map(float, shares.split()[1::2])
    pairs = list(zip(labels, numbers, strict=True))
    return Facts(pairs, given=tuple(given.split()), is_firm=not words.endswith("?"))


@pytest.mark.parametrize(("title", "network", "facts", "expected"), rows_of(VERDICTS))
def test_the_verdict_is_of_network_and_data(title, network, facts, expected):
    verdict = with_facts(NETWORK[network], facts_of(facts))
    if expected == network:
        assert verdict == NETWORK[network]
    else:
        kind, *labels, probability = expected.split()
        share = pytest.approx(float(probability))
        assert verdict == (kind, tuple(labels), share, "data"), title


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        *((NETWORK[words], words) for words in ("Dutch", "Dutch or German", "unsure")),
        (NETWORK["none"], "none of these"),
        (Verdict("side", ("bad", "poor"), 0.9), "bad or poor"),
        (Verdict("given", ("Dutch", "German"), 1.0, "data"), "given name"),
    ],
)
def test_a_verdict_in_words(verdict, words):
    assert verdict.in_words == words


DATA = Dataset(
    train=Rows(["Novák", "Dub"], ["Czech", "Czech"]),
    validation=Rows(),
    test=Rows(["Visser", "Dub"], ["Dutch", "Dutch"]),
    labels=["Czech", "Dutch"],
    given_names=Rows(["Jan", "Ota", "Dub"], ["Dutch", "Czech", "Dutch"]),
    given_known=Rows(["Jan", "Jan", "Eva"], ["Dutch", "Czech", "Czech"]),
    attested=Rows(["Visser", "Boer", "Singh"], ["Dutch", "Dutch", "Indian"]),
    weak=frozenset(["Visser"]),
)


def test_texts_to_look_up_are_those_that_were_not_trained_on():
    look_up = look_up_of(DATA, {"novak", "dub"})
    assert look_up.unseen == {"visser": {1: 1.0}}
    assert look_up.pretrained == {"boer": {1: 1.0}}
    assert look_up.others == {"singh": "Indian"}
    assert look_up.given == {"dub": [1], "eva": [0], "jan": [0, 1]}
    assert look_up.weak == {"visser"}


LABELS = "Italian Japanese Russian".split()
EVERYTHING = LookUp(
    unseen={"rossi": {1: 0.75, 2: 0.25}},
    pretrained={"verdi": {0: 1.0}},
    others={"singh": "Indian"},
    given={"anna": [0, 2]},
    weak={"verdi"},
)


@pytest.fixture(scope="module")
def knowing(small_classifier):
    """The small classifier with a look-up, saved and loaded."""
    model = replace(small_classifier.model, look_up=EVERYTHING)
    return TextClassifier(model_from(files_of(model), NAMES.output))


def test_what_is_known_stays_in_a_model_folder(knowing):
    assert knowing.model.look_up == EVERYTHING
    rossi, verdi, singh, anna = knowing.answers(["Rossi", "VERDI", "Singh", "Anna"])
    assert rossi.known == [("Japanese", 0.75), ("Russian", 0.25)]
    assert rossi.facts.is_unseen
    assert not verdi.facts.is_firm
    assert singh.facts.people == "Indian"
    replies = list(map(as_json, [rossi, verdi, anna]))
    assert [reply["unseen"] for reply in replies] == [True, False, None]
    assert [reply["firm"] for reply in replies] == [True, False, None]
    assert anna.verdict == ("given", ("Italian", "Russian"), 1.0, "data")


def test_what_is_known_leaves_the_network_its_own_answer(knowing, small_classifier):
    for text in ("Rossi", "Singh", "Anna"):
        answer = knowing.answer(text)
        assert answer.of_network == small_classifier.answer(text).verdict
        assert answer.predictions == small_classifier.answer(text).predictions


@pytest.mark.parametrize(
    "content",
    [
        '{"given": {"anna": [3]}}',
        '{"unseen": {"rossi": {"0": 2}}}',
        '{"others": []}',
        "[",
    ],
)
def test_a_damaged_look_up_is_refused(knowing, content):
    files = files_of(knowing.model)
    files[LOOK_UP] = gzip.compress(content.encode())
    files = whole_set(json.loads(files["config.json"]), files)
    with pytest.raises(InputError, match=r"look_up\.json\.gz is damaged"):
        model_from(files, NAMES.output)


def test_scores_never_look_a_text_up(small_classifier, small_data):
    dataset = read_names(small_data)
    key = dataset.key
    wrong = {}
    for text, label in (dataset.test + dataset.validation).pairs():
        other = (LABELS.index(label) + 1) % 3
        wrong[key(text)] = {other: 1.0}
    model = replace(small_classifier.model, look_up=LookUp(unseen=wrong))
    knowing = TextClassifier(model)
    texts, labels = dataset.test.texts, dataset.test.labels
    is_of_data = [answer.verdict.source == "data" for answer in knowing.answers(texts)]
    assert any(is_of_data)
    assert knowing.evaluate(texts, labels) == small_classifier.evaluate(texts, labels)
    history = {"main": []}
    ours = all_metrics(model, dataset, NAMES, history)
    theirs = all_metrics(small_classifier.model, dataset, NAMES, history)
    assert ours == theirs
