"""What the data have of a text: looked up for a reader's sake, and never learnt or scored."""

import gzip
import json
from dataclasses import replace

import pytest

from model import InputError, TextClassifier
from model.data.rows import Dataset, Rows
from model.decisions import Verdict, with_facts
from model.known import Facts, LookUp
from model.storage.config import files_of, model_from
from model.storage.folder import LOOK_UP, whole_set
from model.tabs.name import as_json
from model.tasks.names import NAMES, read_names
from model.training.metrics import all_metrics, look_up_of

DUTCH = Verdict("label", ("Dutch",), 0.8)
DUTCH_OR_GERMAN = Verdict("either", ("Dutch", "German"), 0.9)
UNSURE = Verdict("unsure", ("Dutch",), 0.3)
NONE = Verdict("none", (), 0.7)


@pytest.mark.parametrize(
    ("network", "facts", "expected"),
    [
        pytest.param(DUTCH, Facts([]), DUTCH, id="nothing is known"),
        pytest.param(DUTCH, Facts([("Dutch", 1.0)]), DUTCH, id="both agree"),
        pytest.param(
            DUTCH,
            Facts([("German", 0.5), ("Dutch", 0.45)]),
            DUTCH,
            id="a share within 0.1 of the largest agrees",
        ),
        pytest.param(
            DUTCH,
            Facts([("German", 0.6), ("Dutch", 0.4)]),
            Verdict("label", ("German",), 0.6, "data"),
            id="a smaller share does not",
        ),
        pytest.param(
            DUTCH_OR_GERMAN,
            Facts([("German", 0.7), ("Dutch", 0.3)]),
            DUTCH_OR_GERMAN,
            id="two labels agree where each has a quarter",
        ),
        pytest.param(
            DUTCH_OR_GERMAN,
            Facts([("German", 0.8), ("Dutch", 0.2)]),
            Verdict("label", ("German",), 0.8, "data"),
            id="two labels of which one has less",
        ),
        pytest.param(
            DUTCH_OR_GERMAN,
            Facts([("Czech", 0.45), ("Dutch", 0.28), ("German", 0.27)]),
            Verdict("label", ("Czech",), 0.45, "data"),
            id="two labels beside one that has more",
        ),
        pytest.param(
            DUTCH,
            Facts([("German", 0.6), ("Dutch", 0.4)], is_firm=False),
            DUTCH,
            id="too little evidence",
        ),
        pytest.param(
            UNSURE,
            Facts([("Dutch", 1.0)]),
            Verdict("label", ("Dutch",), 1.0, "data"),
            id="an unsure network",
        ),
        pytest.param(
            UNSURE,
            Facts([("Czech", 0.5), ("Polish", 0.45), ("Dutch", 0.05)]),
            Verdict("either", ("Czech", "Polish"), 0.95, "data"),
            id="two close shares are named together",
        ),
        pytest.param(
            NONE,
            Facts([("Dutch", 1.0)]),
            Verdict("label", ("Dutch",), 1.0, "data"),
            id="a network that says none",
        ),
        pytest.param(
            DUTCH,
            Facts([], people="Indian"),
            Verdict("none", (), 1.0, "data"),
            id="a name of other people",
        ),
        pytest.param(
            NONE, Facts([], people="Indian"), NONE, id="none, as the network says"
        ),
        pytest.param(
            DUTCH,
            Facts([], given=("Czech", "Dutch")),
            Verdict("given", ("Czech", "Dutch"), 1.0, "data"),
            id="a given name",
        ),
        pytest.param(
            DUTCH,
            Facts([("Dutch", 1.0)], given=("Czech",)),
            DUTCH,
            id="a given name that is a surname too",
        ),
    ],
)
def test_the_verdict_is_of_network_and_data(network, facts, expected):
    verdict = with_facts(network, facts)
    assert verdict[:2] == expected[:2]
    assert verdict.probability == pytest.approx(expected.probability)
    assert verdict.source == expected.source


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (DUTCH, "Dutch"),
        (Verdict("either", ("Dutch", "German"), 0.9), "Dutch or German"),
        (Verdict("side", ("bad", "poor"), 0.9), "bad or poor"),
        (Verdict("given", ("Dutch", "German"), 1.0, "data"), "given name"),
        (NONE, "none of these"),
        (UNSURE, "unsure"),
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
