"""Changes of one letter: each of them, and for each label the surest."""

from string import ascii_lowercase

import pytest
from node import run_js

from model.answers.nearest import MARKED, MOST_LETTERS, alphabets, changes
from model.text.letters import LetterEncoder


@pytest.fixture(params=["python", "node"])
def made(request):
    """Return the changes of a text, made by Python or by the page without a server."""
    if request.param == "python":
        return changes

    def in_javascript(text, letters, keep_case=False):
        call = "Object.fromEntries(changesOf(given[0], given[1], given[2], given[3]))"
        found = run_js(["changes"], call, [text, letters, MARKED, keep_case])
        return {new: tuple(change) for new, change in found.items()}

    return in_javascript


@pytest.mark.parametrize("text", ["anna", "o'hara", "de luca"])
def test_each_letter_is_replaced_added_and_dropped(made, text):
    expected = set()
    for i in range(len(text) + 1):
        for letter in ascii_lowercase:
            expected.add(text[:i] + letter + text[i:])
            if text[i : i + 1].isalpha():
                expected.add(text[:i] + letter + text[i + 1 :])
                expected.add(text[:i] + text[i + 1 :])
    assert set(made(text, ascii_lowercase)) == expected - {text}


def test_a_change_says_what_it_replaces(made):
    found = made("MÜLLER", "ou")
    assert found["MOLLER"] == ("M", "Ü", "O", "LLER")
    assert found["MÜLER"] == ("MÜ", "L", "", "LER")
    assert found["OMÜLLER"] == ("", "", "O", "MÜLLER")


def test_letters_with_marks_stand_where_they_stood_without_and_case_may_be_kept(made):
    # Three have a letter less.
    assert set(made("Ana", "á")) == {"Na", "Ána", "Aa", "An", "Aná"}
    expected = "aAb bAb b ab bb Aab Abb A Aa Aba".split()
    assert set(made("Ab", "ab", True)) == set(expected)
    assert "XHTTP" not in made("HTTP", "x", True)


def test_letters_are_of_one_script_and_known_to_the_network():
    encoder = LetterEncoder.from_texts(["Müller", "Щукин", "佐藤"])
    letters = alphabets(encoder, ["muller", "щукин", "佐藤"])
    of = {kind: letters[encoder.id_of[kind]] for kind in encoder.scripts}
    assert set("mulerü") <= set(of["LATIN"]) <= set("mulerüäëö")
    assert set(of["CYRILLIC"]) == set("щукин")
    assert all(len(of_kind) <= MOST_LETTERS for of_kind in letters.values())
