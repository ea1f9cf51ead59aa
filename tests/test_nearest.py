"""Changes of one letter: each of them, and for each label the surest."""

import copy
from itertools import product
from string import ascii_lowercase

import pytest
from node import run

from model.letters import LetterEncoder
from model.nearest import MARKED, MOST, alphabets, changes
from model.tabs.nearest import nearest_value
from model.tabs.page_model import PageModel


@pytest.mark.parametrize("text", ["anna", "o'hara", "de luca"])
def test_each_letter_is_replaced_added_and_dropped(text):
    expected = set()
    for i in range(len(text) + 1):
        for letter in ascii_lowercase:
            expected.add(text[:i] + letter + text[i:])
            if text[i : i + 1].isalpha():
                expected.add(text[:i] + letter + text[i + 1 :])
                expected.add(text[:i] + text[i + 1 :])
    assert set(changes(text, ascii_lowercase)) == expected - {text}


def test_a_change_says_what_it_replaces():
    found = changes("MÜLLER", "ou")
    assert found["MOLLER"] == ("M", "Ü", "O", "LLER")
    assert found["MÜLER"] == ("MÜ", "L", "", "LER")
    assert found["OMÜLLER"] == ("", "", "O", "MÜLLER")


def test_a_letter_with_a_mark_stands_where_it_stood_without():
    found = changes("Ana", "á")
    assert set(found) == {"Na", "Ána", "Aa", "An", "Aná"}  # three have a letter less


def test_where_case_is_kept_a_capital_is_a_letter_as_all_others():
    expected = "aAb bAb b ab bb Aab Abb A Aa Aba".split()
    assert set(changes("Ab", "ab", keep_case=True)) == set(expected)
    assert "XHTTP" not in changes("HTTP", "x", keep_case=True)


def test_changes_in_javascript_are_the_same():
    texts = ["KIM", "Müller", "o'Hara"]
    made = (
        "given[0].map((text) => Object.fromEntries(changesOf(text, 'iouü', given[1])))"
    )
    found = run(["changes.js"], made, [texts, MARKED])
    for text, ours in zip(texts, found, strict=True):
        theirs = changes(text, "iouü")
        assert ours == {new: list(change) for new, change in theirs.items()}


def test_letters_are_of_one_script_and_known_to_the_network():
    encoder = LetterEncoder.from_texts(["Müller", "Щукин", "佐藤"])
    letters = alphabets(encoder, ["muller", "щукин", "佐藤"])
    of = {kind: letters[encoder.id_of[kind]] for kind in encoder.scripts}
    assert set("mulerü") <= set(of["LATIN"]) <= set("mulerüäëö")
    assert set(of["CYRILLIC"]) == set("щукин")
    assert all(len(of_kind) <= MOST for of_kind in letters.values())


def test_for_each_label_it_is_the_surest_of_all_changes(small_classifier):
    classifier = copy.deepcopy(small_classifier)
    classifier.calibration.temperature = 0.05  # so that it is sure of something
    letters = alphabets(classifier.encoder, {})
    [known] = letters.values()
    now = classifier.answer("rossi").of_network
    surest: dict[str, float] = {}
    for i, new in product(range(6), ["", *known]):
        for end in (i, i + 1):
            text = "rossi"[:i] + new + "rossi"[end:]
            kind, labels, probability, _ = classifier.answer(text).of_network
            if kind == "label" and labels != now.labels:
                surest[labels[0]] = max(probability, surest.get(labels[0], 0))
    assert len(surest) > 1
    found = nearest_value(PageModel("mine", classifier), "rossi", letters)["nearest"]
    shares = {one["label"]: one["probability"] for one in found}
    assert shares == pytest.approx(surest, abs=1e-6)
    assert list(shares.values()) == sorted(shares.values(), reverse=True)
