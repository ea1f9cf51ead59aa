"""What the data have of a text: looked up for a reader's sake, and never learnt or scored."""

import gzip
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from models import answering, rows_of

from model import InputError, TextClassifier
from model.answers import belief
from model.answers.belief import believed, of_whole
from model.answers.known import GivenName, LookUp
from model.answers.reply import reply
from model.data.rows import Dataset, Rows
from model.storage.config import files_of, model_from
from model.storage.folder import LOOK_UP, whole_set
from model.tasks.names import NAMES, read_names
from model.training.look_up import look_up_of
from model.training.metrics import all_metrics

LABELS = "Italian Japanese Russian".split()
# By the network: of two labels, and of none
ODDS = st.lists(st.floats(1e-4, 1), min_size=3, max_size=3).map(np.array)
NETWORK = ODDS.map(lambda odds: odds[None] / odds.sum())
BEARERS = st.dictionaries(st.integers(0, 2), st.integers(1, 24), min_size=1)


@pytest.mark.parametrize(("seen", "bearers"), [(False, 1), (True, 0.5)])
def test_a_bearer_counts_by_how_likely_each_family_has_one(monkeypatch, seen, bearers):
    """Of the second label, in one turn, where the network is worth two bearers."""
    monkeypatch.setattr(belief, "TURNS", 1)
    parts = [0.6 * 0.003, 0.1, 0.3 * 0.026]
    heard = [1.2, 0.2, 0.6]
    for i, part in enumerate(parts):
        heard[i] += bearers * part / sum(parts)
    softer = [(share / (2 + bearers)) ** (1 / 1.2) for share in heard]
    expected = [share / sum(softer) for share in softer]
    [of_both] = believed(np.array([[0.6, 0.1, 0.3]]), [{1: 1}], [seen])
    assert of_both.tolist() == pytest.approx(expected)


def test_a_whole_name_counts_by_the_root_of_what_it_adds_to_the_surname():
    of_both = of_whole(*np.array([[[0.5, 0.5]], [[0.09, 0.91]], [[0.001, 0.91]]]))
    assert of_both.tolist() == [pytest.approx([0.75, 0.25])]


@given(NETWORK, BEARERS)
def test_what_is_believed_is_a_distribution_and_the_networks_without_bearers(
    network, bearers
):
    both = believed(np.vstack([network, network]), [bearers, {}], [False, False])
    assert both.sum(axis=1) == pytest.approx([1, 1])
    assert both[1].tolist() == network[0].tolist()


@given(NETWORK, BEARERS, st.integers(1, 24))
def test_more_bearers_of_a_label_never_make_it_less_likely(network, bearers, more):
    label = min(bearers)
    further = bearers | {label: bearers[label] + more}
    [less], [after] = (believed(network, [of], [False]) for of in (bearers, further))
    assert after[label] >= less[label] - 1e-9


@given(st.floats(0, 0.08), st.integers(0, 1))
def test_one_bearer_makes_no_label_of_what_is_none_to_the_network(share, label):
    network = np.array([[share, 0.08 - share, 0.92]])
    assert believed(network, [{label: 1}], [False]).argmax() == 2


@pytest.mark.parametrize(
    ("times", "bearers", "is_given"),
    rows_of("""
1 | 1 |
2 | 11 | given
3 | 12 |
4 | 12 | given
"""),
)
def test_a_given_name_is_hardly_a_surname(times, bearers, is_given):
    of_name = {"jan": GivenName(int(times), [1])}
    look_up = LookUp({"jan": {0: int(bearers)}}, given=of_name)
    assert look_up.facts("jan", {}, LABELS).is_given == bool(is_given)
    assert look_up.facts("jan", {0: 1.0}, LABELS).is_given == (times == "4")


def test_a_list_alone_does_not_make_a_surname_a_usual_given_name():
    look_up = LookUp(given={"jan": GivenName(-3, [1]), "tom": GivenName(0, [2])})
    jan, tom = (look_up.facts(name, {0: 1.0}, LABELS) for name in ("jan", "tom"))
    assert (jan.usually_given, tom.usually_given) == ((), ("Russian",))
    assert jan.times == tom.times  # as surnames in full names


DATA = Dataset(
    train=Rows(["Novák", "Dub"], ["Russian", "Russian"]),
    validation=Rows(),
    test=Rows(["Visser", "Dub"], ["Italian", "Italian"]),
    labels=LABELS,
    other_labels=["Indian"],
    given_names=Rows(["Ota", "Dub"], ["Russian", "Italian"]),
    given_known=Rows(["Jan", "Jan"], ["Russian", "Dutch"], values=[4, 4]),
    attested=Rows(
        ["Conti", "Boer", "Visser", "Singh", "Singh"],
        ["Italian", "Japanese", "Russian", "Indian", "Fijian"],
        values=[24, 24, 12, 20, 3],
    ),
)


def test_what_is_looked_up_changes_the_answer_of_the_network(small_recipe):
    """It says Italian of every text, and Fijians are a seventh of the Indians."""
    model = answering(DATA, small_recipe, [4, 1, 1, 1]).model
    model.training_texts = {"novak": {2: 1.0}, "dub": {2: 1.0}}
    look_up = look_up_of(model, DATA)
    assert look_up.bearers == {"boer": {1: 24}, "visser": {2: 12}, "singh": {3: 23}}
    assert look_up.peoples == {"singh": ["Indian"]}
    assert look_up.unseen == {"visser": {0: 1.0}}
    assert look_up.given == {"dub": (-3, [0]), "jan": (4, [2, "Dutch"])}


@pytest.mark.parametrize(
    ("odds", "kept"),
    [([47, 18, 17, 18], {"boer"}), ([28, 24, 24, 24], {"boer", "conti"})],
)
def test_what_is_looked_up_changes_what_the_page_says(small_recipe, odds, kept):
    """From 45% on a label is an answer, and the best guess is one of those that are unsure."""
    attested = Rows(["Conti", "Boer"], ["Italian", "Japanese"], values=[24, 1])
    dataset = replace(DATA, attested=attested)
    model = answering(dataset, small_recipe, odds).model
    assert look_up_of(model, dataset).bearers.keys() == kept


EVERYTHING = LookUp(
    bearers={"rossi": {1: 24, 2: 3}, "verdi": {0: 3}, "singh": {3: 24}},
    peoples={"singh": ["Indian", "Fijian"]},
    unseen={"rossi": {1: 0.75, 2: 0.25}},
    given={"anna": GivenName(4, [2, 0]), "laszlo": GivenName(4, ["Hungarian"])},
)


@pytest.fixture(scope="module")
def knowing(small_classifier):
    """The small classifier with a look-up, saved and loaded."""
    model = replace(small_classifier.model, look_up=EVERYTHING)
    return TextClassifier(model_from(files_of(model), NAMES.output))


def test_what_is_known_stays_in_a_model_folder(knowing):
    assert knowing.model.look_up == EVERYTHING
    texts = ["Rossi", "VERDI", "Singh", "Anna", "László"]
    rossi, verdi, singh, anna, laszlo = answers = knowing.answers(texts)
    assert rossi.known == [("Japanese", 0.75), ("Russian", 0.25)]
    assert singh.facts.peoples == ("Indian", "Fijian")
    replies = list(map(reply, answers))
    assert [reply["unseen"] for reply in replies] == [True, False, None, None, None]
    assert [reply["bearers"] for reply in replies] == ["many", "some", "many", "", ""]
    assert verdi.known == [("Italian", 1.0)]
    assert anna.verdict == ("given", ("Russian", "Italian"), 1.0, "data", "")
    assert anna.verdict.in_words == "given name"
    assert laszlo.verdict == ("given", (), 1.0, "data", "")
    assert laszlo.facts.given == ("Hungarian",)


def test_what_is_known_leaves_the_network_its_own_answer(knowing, small_classifier):
    texts = ["Rossi", "Singh", "Anna"]
    alone = small_classifier.answers(texts, 3)
    for answer, network in zip(knowing.answers(texts, 3), alone, strict=True):
        assert answer.of_network == network.verdict
        theirs = dict(network.predictions)
        assert knowing.predict(answer.text, 3) == pytest.approx(theirs)
        in_order = [theirs[label] for label, _ in answer.predictions]
        assert answer.network == pytest.approx([*in_order, 0])


def test_the_headline_has_the_first_of_the_predictions(knowing):
    names = "Rossi Verdi Singh Nakamura Popov Suzuki Conti Morozov Sato Orlov".split()
    answers = knowing.answers(names + [f"Maria {name}" for name in names])
    for answer in answers:
        assert answer.verdict.labels[:1] == (answer.predictions[0][0],)
    assert {answer.verdict.source for answer in answers} == {"network", "data"}


def with_look_up(classifier, content):
    """Return the model of its folder, whose look-up is this text."""
    files = files_of(classifier.model)
    files[LOOK_UP] = gzip.compress(content.encode())
    return model_from(whole_set(json.loads(files["config.json"]), files), NAMES.output)


@pytest.mark.parametrize(
    "content",
    [
        '{"given": {"anna": [4, [3]]}}',
        '{"bearers": {"rossi": {"4": 3}}}',
        '{"unseen": {"rossi": {"0": 2}}}',
        '{"peoples": []}',
        "[",
    ],
)
def test_a_damaged_look_up_is_refused(knowing, content):
    with pytest.raises(InputError, match=r"look_up\.json\.gz is damaged"):
        with_look_up(knowing, content)


def test_scores_never_look_a_text_up(small_classifier, small_data):
    dataset = read_names(small_data)
    key = dataset.key
    wrong = {}
    for text, label in (dataset.test + dataset.validation).pairs():
        other = (LABELS.index(label) + 1) % 3
        wrong[key(text)] = {other: 1.0}
    bearers = {name: dict.fromkeys(of_name, 24) for name, of_name in wrong.items()}
    look_up = LookUp(bearers, unseen=wrong)
    model = replace(small_classifier.model, look_up=look_up)
    knowing = TextClassifier(model)
    texts, labels = dataset.test.texts, dataset.test.labels
    is_of_data = [answer.verdict.source == "data" for answer in knowing.answers(texts)]
    assert any(is_of_data)
    assert knowing.evaluate(texts, labels) == small_classifier.evaluate(texts, labels)
    history = {"main": []}
    ours = all_metrics(model, dataset, NAMES, history)
    theirs = all_metrics(small_classifier.model, dataset, NAMES, history)
    assert ours == theirs
