"""The forms in which training texts are seen: without marks, and as full names."""

import random
from collections import Counter

from model.data.rows import Rows
from model.data.variation import Variation, in_both_forms, vary_all

GIVEN = Rows(
    ["Hans", "Jürgen", "Maria", "花子", "ひろし", "Иван", "민수", "Hanako"],
    ["German", "German", "Italian", "Japanese", "Japanese", "Russian", "Korean", "Japanese"],
)
ALWAYS = Variation(GIVEN, full_share=1.0)


def forms(variation, text, label, draws=400):
    """Return how often each form of a text came."""
    draw = random.Random(1)
    return Counter(variation.vary(text, label, draw) for _ in range(draws))


def test_names_with_marks_on_latin_letters_come_without_them_too_and_others_once():
    marked, others = ["Dvořák", "Łukasz", "Đặng", "Weiß"], ["Йовков", "がとう", "Smith", "أحمد"]
    both = in_both_forms(Rows(marked + others, list("ABCDEFGH")))
    assert both.texts == [*marked, *others, "Dvorak", "Lukasz", "Dang", "Weiss"]
    assert both.labels == list("ABCDEFGHABCD")


def test_a_full_name_has_a_given_name_of_its_language_and_script():
    seen = forms(ALWAYS, "山田", "Japanese")
    assert set(seen) == {"山田花子", "山田 花子", "山田, 花子"}  # hiragana is another script
    assert set(forms(ALWAYS, "김", "Korean")) == {"김민수", "김 민수", "김, 민수"}
    assert set(forms(ALWAYS, "Иванов", "Russian")) == {
        *("Иван Иванов", "Иванов Иван", "Иванов, Иван"),
    }
    assert set(forms(ALWAYS, "Παπάς", "Greek")) == {"Παπάς"}  # no given name has its script
    assert set(forms(ALWAYS, "金", "Korean")) == {"金"}  # not a Japanese one: it would look Korean


def test_pinyin_has_a_tone_at_times_and_other_names_have_none():
    never = Variation(GIVEN, full_share=0.0)
    seen = forms(never, "Zhou", "Chinese", draws=2000)
    assert set(seen) == {"Zhou", "Zhōu", "Zhóu", "Zhǒu", "Zhòu"}
    assert seen["Zhou"] > 1700
    assert set(forms(never, "Zhou", "Korean")) == {"Zhou"}


def share(seen, part):
    return sum(n for form, n in seen.items() if part in form) / seen.total()


def test_the_given_name_is_mostly_of_the_same_language_and_order_and_without_marks_as_well():
    seen = forms(ALWAYS, "Rossi", "Italian")
    assert 0.7 < share(seen, "Maria") < 0.95
    family_first = (share(forms(ALWAYS, "Tanaka", of), "Tanaka ") for of in ("Japanese", "German"))
    assert next(family_first) > 0.4 > 0.25 > next(family_first)
    seen = forms(ALWAYS, "Muller", "German")
    assert 0.3 < share(seen, "Jurgen") / (share(seen, "Jurgen") + share(seen, "Jürgen")) < 0.7
    assert share(forms(ALWAYS, "Müller", "German"), "Jurgen") == 0
    assert {"Hans Rossi", "Hanako Rossi"} <= set(seen)
    assert len(forms(ALWAYS, "Okonkwo", "Nigerian")) > 8  # from outside: of any language


def test_vietnamese_names_have_a_middle_name_after_the_surname_at_times():
    seen = forms(Variation(Rows(["Minh"], ["Vietnamese"]), full_share=1.0), "Trần", "Vietnamese")
    assert set(seen) == {"Trần Minh", "Trần Văn Minh", "Minh Trần", "Trần, Minh"}
    assert 0.4 < seen["Trần Văn Minh"] / (seen["Trần Văn Minh"] + seen["Trần Minh"]) < 0.6
    assert not any("Văn" in form for form in forms(ALWAYS, "Tanaka", "Japanese"))


def test_one_seed_gives_one_result_and_no_share_changes_nothing():
    rows = Rows(["Müller", "山田", "Rossi"] * 20, ["German", "Japanese", "Italian"] * 20)
    varied = vary_all(Variation(GIVEN, 0.5), rows, 7)
    assert varied == vary_all(Variation(GIVEN, 0.5), rows, 7)
    assert varied != vary_all(Variation(GIVEN, 0.5), rows, 8)
    assert vary_all(Variation(GIVEN, 0.0), rows, 7) == rows.texts
