"""The forms in which training texts are seen: without marks, and as full names."""

import random
from collections import Counter

import pytest

from model.data.rows import Rows
from model.data.variation import Variation, folded, vary_all

GIVEN = Rows(
    ["Hans", "Jürgen", "Maria", "花子", "ひろし", "Иван", "민수", "Hanako"],
    ["German", "German", "Italian", "Japanese", "Japanese", "Russian", "Korean", "Japanese"],
)
ALWAYS = Variation(GIVEN, fold_share=0.0, full_share=1.0)


def forms(variation, text, label, draws=400):
    """Return how often each form of a text came."""
    draw = random.Random(1)
    return Counter(variation.vary(text, label, draw) for _ in range(draws))


@pytest.mark.parametrize(
    ("text", "without"),
    [
        *(("Dvořák", "Dvorak"), ("Łukasz", "Lukasz"), ("Đặng", "Dang"), ("Weiß", "Weiss")),
        *(("Йовков", "Йовков"), ("がとう", "がとう"), ("Smith", "Smith"), ("أحمد", "أحمد")),
    ],
)
def test_marks_are_folded_in_latin_letters_only(text, without):
    assert folded(text) == without


def test_a_share_of_marked_names_is_folded():
    seen = forms(Variation(GIVEN, 0.3, 0.0), "Dvořák", "Czech")
    assert set(seen) == {"Dvořák", "Dvorak"}
    assert 0.2 < seen["Dvorak"] / seen.total() < 0.4


def test_a_full_name_has_a_given_name_of_its_language_and_script():
    seen = forms(ALWAYS, "山田", "Japanese")
    assert set(seen) == {"山田花子", "山田 花子", "山田, 花子"}  # hiragana is another script
    assert set(forms(ALWAYS, "김", "Korean")) == {"김민수", "김 민수", "김, 민수"}
    assert set(forms(ALWAYS, "Иванов", "Russian")) == {
        *("Иван Иванов", "Иванов Иван", "Иванов, Иван"),
    }


def test_the_given_name_is_mostly_but_not_always_of_the_same_language():
    seen = forms(ALWAYS, "Rossi", "Italian")
    own = sum(n for form, n in seen.items() if "Maria" in form)
    assert 0.7 < own / seen.total() < 0.95
    assert {"Hans Rossi", "Hanako Rossi"} <= set(seen)


def test_who_is_from_outside_gets_a_given_name_of_any_language():
    assert len(forms(ALWAYS, "Okonkwo", "Nigerian")) > 8


def test_families_come_first_where_speakers_put_them_so():
    def first(label):
        seen = forms(ALWAYS, "Tanaka", label)
        return sum(n for form, n in seen.items() if form.startswith("Tanaka ")) / seen.total()

    assert first("Japanese") > 0.4 > 0.25 > first("German")


def test_a_script_without_given_names_stays_alone():
    assert set(forms(ALWAYS, "Παπάς", "Greek")) == {"Παπάς"}


def test_one_seed_gives_one_result_and_no_share_changes_nothing():
    rows = Rows(["Müller", "山田", "Rossi"] * 20, ["German", "Japanese", "Italian"] * 20)
    varied = vary_all(Variation(GIVEN, 0.3, 0.5), rows, 7)
    assert varied == vary_all(Variation(GIVEN, 0.3, 0.5), rows, 7)
    assert varied != vary_all(Variation(GIVEN, 0.3, 0.5), rows, 8)
    assert vary_all(Variation(GIVEN, 0.0, 0.0), rows, 7) == rows.texts
