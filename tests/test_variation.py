"""The forms in which names come: as people type them, with tones, and as full names."""

import random
from collections import Counter

import pytest
from models import rows_of

from model.data.rows import Rows
from model.data.variation import Variation, in_both_forms, vary_all

GIVEN_NAMES = dict(
    rows_of("""
German | Hans Jürgen
Italian | Maria
Japanese | 花子 ひろし Hanako
Russian | Иван
Korean | 민수
""")
)
GIVEN = Rows()
for label, names in GIVEN_NAMES.items():
    of_label = names.split()
    GIVEN += Rows(of_label, [label] * len(of_label))
ALWAYS = Variation(GIVEN, full_share=1.0)
SELDOM = Variation(GIVEN, full_share=1e-9, unmarked_share=0.5)
NEVER = Variation(GIVEN, full_share=0.0)


def forms(variation, text, label, draws=400):
    """Return how often each form of a text came."""
    draw = random.Random(1)
    drawn = [variation.vary(text, label, draw) for _ in range(draws)]
    return Counter(drawn)


def share(counts, part):
    """Return the share of the forms that have a part."""
    n_with_part = sum(n for form, n in counts.items() if part in form)
    return n_with_part / counts.total()


def test_names_with_marks_on_latin_letters_come_without_them_too():
    marked = ["Dvořák", "Łukasz", "Đặng", "Weiß"]
    both = in_both_forms(Rows(marked, list("ABCD")))
    assert both.texts == [*marked, "Dvorak", "Lukasz", "Dang", "Weiss"]
    assert both.labels == list("ABCDABCD")


@pytest.mark.parametrize("text", ["Йовков", "がとう", "Smith", "أحمد"])
def test_other_names_come_once(text):
    assert in_both_forms(Rows([text], ["A"])).texts == [text]


@pytest.mark.parametrize(
    ("text", "label", "expected"),
    [
        # Hiragana is another script.
        ("山田", "Japanese", ["山田花子", "山田 花子", "山田, 花子"]),
        ("김", "Korean", ["김민수", "김 민수", "김, 민수"]),
        ("Иванов", "Russian", ["Иван Иванов", "Иванов Иван", "Иванов, Иван"]),
        ("Παπάς", "Greek", ["Παπάς"]),  # no given name has its script
        ("金", "Korean", ["金"]),  # a Japanese one would make it look Japanese
    ],
)
def test_a_full_name_has_a_given_name_of_its_language_in_its_script(
    text, label, expected
):
    assert set(forms(ALWAYS, text, label)) == set(expected)


def test_pinyin_has_a_tone_at_times():
    counts = forms(SELDOM, "Zhou", "Chinese", draws=2000)
    assert set(counts) == {"Zhou", "Zhōu", "Zhóu", "Zhǒu", "Zhòu"}
    assert counts["Zhou"] > 1700


def test_names_of_other_languages_and_texts_of_another_task_come_as_they_are():
    assert set(forms(SELDOM, "Zhou", "Korean")) == {"Zhou"}
    assert set(forms(NEVER, "Noodles", "Chinese")) == {"Noodles"}
    assert set(forms(NEVER, "Crème-brûlée", "German")) == {"Crème-brûlée"}


def test_given_name_and_order_are_mostly_those_of_the_language():
    counts = forms(ALWAYS, "Rossi", "Italian")
    assert 0.7 < share(counts, "Maria") < 0.95
    assert {"Hans Rossi", "Hanako Rossi"} <= set(counts)
    as_japanese = share(forms(ALWAYS, "Tanaka", "Japanese"), "Tanaka ")
    as_german = share(forms(ALWAYS, "Tanaka", "German"), "Tanaka ")
    assert as_japanese > 0.4 > 0.25 > as_german


def test_given_names_have_marks_where_the_surname_has_and_at_times_elsewhere():
    counts = forms(ALWAYS, "Muller", "German")
    plain = share(counts, "Jurgen")
    marked = share(counts, "Jürgen")
    assert 0.3 < plain / (plain + marked) < 0.7
    counts = forms(ALWAYS, "Müller", "German")
    assert not {"Jurgen Müller", "Müller Jurgen", "Müller, Jurgen"} & set(counts)
    assert "Jürgen Müller" in counts


@pytest.mark.parametrize(
    ("text", "label", "expected"),
    [
        ("Müller", "German", {"Müller", "Muller", "Mueller"}),
        ("Ødegård", "Norwegian", {"Ødegård", "Odegard", "Oedegaard"}),
        ("Yılmaz-Öz", "Turkish", {"Yılmaz-Öz", "Yilmaz-Oz", "YılmazÖz", "YilmazOz"}),
        ("Müller", "Spanish", {"Müller", "Muller"}),
        ("Weiß", "German", {"Weiß", "Weiss"}),
        ("Łukasz", "Polish", {"Łukasz", "Lukasz"}),
        ("Đặng", "Vietnamese", {"Đặng", "Dang"}),
        ("O'Connor", "Irish", {"O'Connor", "OConnor"}),
        ("Παπάς", "Greek", {"Παπάς"}),
        ("Smith", "English", {"Smith"}),
    ],
)
def test_a_name_comes_as_people_type_it(text, label, expected):
    assert set(forms(SELDOM, text, label)) == expected


def test_no_other_spelling_is_a_name_that_is_held_out():
    variation = Variation(GIVEN, 1e-9, 0.5, avoided={"mueller"})
    assert set(forms(variation, "Müller", "German")) == {"Müller", "Muller"}


def test_a_name_from_outside_has_given_names_of_any_language():
    assert len(forms(ALWAYS, "Okonkwo", "Nigerian")) > 8


def test_vietnamese_names_alone_have_a_middle_name_at_times():
    variation = Variation(Rows(["Minh"], ["Vietnamese"]), full_share=1.0)
    counts = forms(variation, "Trần", "Vietnamese")
    assert set(counts) == {
        "Trần Minh",
        "Trần Văn Minh",
        "Minh Trần",
        "Trần, Minh",
    }
    with_middle = counts["Trần Văn Minh"]
    without = counts["Trần Minh"]
    assert 0.4 < with_middle / (with_middle + without) < 0.6
    assert share(forms(ALWAYS, "Tanaka", "Japanese"), "Văn") == 0


NAMES = ["Müller", "山田", "Rossi"]
LANGUAGES = ["German", "Japanese", "Italian"]
ROWS = Rows(NAMES * 20, LANGUAGES * 20)


def test_one_seed_gives_one_result_and_no_share_changes_nothing():
    variation = Variation(GIVEN, 0.5)
    varied = vary_all(variation, ROWS, seed=7)
    assert varied == vary_all(variation, ROWS, seed=7)
    assert varied != vary_all(variation, ROWS, seed=8)
    assert vary_all(NEVER, ROWS, seed=7) == ROWS.texts
