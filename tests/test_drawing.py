"""What answer.js and drawing.js draw of JSON: what a visitor reads, in which order and how long."""

import re
import xml.etree.ElementTree as ET
from html import unescape
from itertools import pairwise

import pytest
from node import drawn, run


def text_of(html):
    """Return what is to be read, with a space between elements."""
    return " ".join(unescape(re.sub("<[^>]*>", " ", html)).split())


def attributes(name, html):
    return re.findall(f'{name}="([^"]*)"', html)


def property_of(name, html):
    return [float(value) for value in re.findall(rf"--{name}:\s*([\d.]+)", html)]


def reply(*predictions, kind="label", labels=(), none=None, known=None):
    """What /predict returns; `labels` are those of the verdict."""
    return {
        "predictions": [{"label": label, "probability": p} for label, p in predictions],
        "known": known,
        "none": none,
        "verdict": {"kind": kind, "labels": labels},
        "unsure": kind in ("unsure", "either"),
    }


def answer(*predictions, scale=None, caution="", **more):
    return {
        "reply": reply(*predictions, **more),
        "words": {"labels": "languages", "units": "letters"},
        "scale": scale,
        "size": 18,
        "caution": caution,
    }


def bars_of(html):
    return html[html.index("<ol") :]


def test_bars_are_as_long_as_probabilities():
    value = answer(
        ("Thai", 0.6),
        ("<Lao>", 0.0004),
        ("Khmer", 0.1234),
        none=0.2766,
    )
    (html,) = drawn("answer", [value])
    bars = bars_of(html)
    expected = "Thai 60.0% <Lao> < 0.1% Khmer 12.3% None of these 18 languages 27.7%"
    assert text_of(bars) == expected
    assert property_of("share", bars) == [0.6, 0.0004, 0.1234, 0.2766]
    assert attributes("aria-label", bars) == ["Likely languages"]
    assert "<Lao>" not in html


def test_no_probability_is_shown_as_certain_or_impossible():
    value = answer(("Thai", 0.9995), ("Lao", 0.999), ("Khmer", 0.001))
    (html,) = drawn("answer", [value])
    assert text_of(html).endswith("Thai > 99.9% Lao 99.9% Khmer 0.1%")


def test_on_a_scale_bars_stand_in_its_order():
    labels = [
        ("good", 0.5),
        ("bad", 0.3),
        ("fair", 0.2),
    ]
    value = answer(*labels, scale=["bad", "fair", "good"])
    (html,) = drawn("answer", [value])
    assert text_of(html).endswith("bad 30.0% fair 20.0% good 50.0%")
    assert property_of("place", html) == [0, 0.5, 1]
    assert attributes("class", html)[1] == "bars scale"


def test_without_a_scale_the_likeliest_bar_is_first():
    (html,) = drawn("answer", [answer(("good", 0.5), ("bad", 0.3))])
    assert attributes("class", html)[1].strip() == "bars"
    assert "good 50.0% bad 30.0%" in text_of(html)


def test_an_unsure_answer_has_grey_bars():
    (unsure,) = drawn("answer", [answer(("Thai", 0.3), none=0.1, kind="unsure")])
    (sure,) = drawn("answer", [answer(("Thai", 0.3))])
    assert attributes("li class", unsure) == ["unsure", "none"]
    assert attributes("li class", sure) == [""]


def test_a_caution_stands_below_the_bars():
    value = answer(("Thai", 0.3), caution="Not <calibrated>.")
    (cautious,) = drawn("answer", [value])
    (plain,) = drawn("answer", [answer(("Thai", 0.3))])
    assert cautious.endswith("<p>Not &#60;calibrated&#62;.</p>")
    assert plain.endswith("</ol>")


def test_a_problem_is_a_line_in_place_of_an_answer():
    problem = {"problem": "The text is <empty>."}
    line = "<p>The text is &#60;empty&#62;.</p>"
    assert drawn("answer", [problem]) == drawn("letters", [problem]) == [line]
    assert drawn("notes", [problem]) == [""]


def test_without_letters_nothing_is_drawn_of_them():
    assert drawn("letters", [None]) == [""]


def test_notes_stand_before_the_link():
    (notes,) = drawn("notes", [{"notes": ["One <word>.", "Two."]}])
    assert text_of(notes) == "One <word>. Two. Copy link"
    assert "<word>" not in notes


def test_what_data_and_network_say_is_named_by_what_each_says():
    """Labels with a share of 0.2 are right, and the largest, however small."""

    def known(*shares):
        return [{"label": label, "share": share} for label, share in shares]

    network = ("Thai", 0.7), ("Lao", 0.2)
    cases = [
        (known(("Lao", 0.8), ("Thai", 0.2)), {}, "Thai", "Our data agree."),
        (known(("Lao", 0.81), ("Thai", 0.19)), {}, "Lao", "would say Thai (70.0%)."),
        (known(("Lao", 0.1), ("Khmer", 0.1)), {}, "Lao or Khmer", "would say Thai"),
        (known(("Thai", 0.19), ("Lao", 0.1)), {}, "Thai", "Our data agree."),
        (known(("Thai", 1)), {"kind": "unsure"}, "Thai", "would be unsure."),
        (
            known(("Thai", 1)),
            {"kind": "either", "labels": ["Thai", "Lao"]},
            "Thai",
            "would say Thai or Lao.",
        ),
    ]
    values = [answer(*network, known=shares, **more) for shares, more, *_ in cases]
    for html, (_, _, headline, why) in zip(drawn("answer", values), cases, strict=True):
        assert html.startswith(f'<p class="verdict">{headline}<small>')
        assert why in text_of(html)
    (of_none,) = drawn(
        "answer", [answer(*network, known=known(("Lao", 1)), kind="none")]
    )
    assert "would say none of these." in text_of(of_none)


def letters(*contributions, ends=None, unknown=(), piece="letter", start=0.5):
    given = {"label": "<Thai>", "contributions": contributions, "start": start}
    return given | {"piece": piece, "ends": ends, "unknown": unknown}


def test_letters_show_what_each_adds_to_the_sum():
    value = letters(["a", 1.25], [" ", -0.5], ["<", 0.04], ["b", -2.5])
    (html,) = drawn("letters", [value])
    items = bars_of(html)
    assert text_of(items) == "a +1.3 ␣ −0.5 < 0 b −2.5"
    assert property_of("strength", items) == [0.5, 0.2, 0.02, 1]
    assert attributes("li class", items) == ["plus", "minus", "none", "minus"]
    sums = "What each letter adds to the score of <Thai> : −1.7 in all, from +0.5 with every"
    assert text_of(html).startswith(f"{sums} letter blanked out to −1.2.")
    assert "<Thai>" not in html


@pytest.fixture(scope="module")
def words():
    given = [
        ["good", 2.0],
        [" ", 0],
        ["zzz", 1.0],
        [" ", 0.3],
    ]
    ends = ["bad", "fine"]
    value = letters(
        *given,
        ends=ends,
        unknown=["zzz"],
        piece="word",
    )
    return drawn("letters", [value])[0]


def test_blanks_that_add_nothing_are_left_out(words):
    assert attributes("li class", words) == ["plus", "none unknown", "plus"]
    assert "adds to fine (+, blue) or bad (−, orange): +3.3 in all" in text_of(words)


def test_unseen_words_are_grey(words):
    assert "A word in grey did not appear in training." in text_of(words)


def test_letters_that_add_nothing_have_no_colour():
    (html,) = drawn("letters", [letters(["a", 0], ["b", 0])])
    assert "grey" not in html
    assert property_of("strength", html) == [0, 0]  # and not 0 / 0


@pytest.fixture(scope="module")
def examples():
    """The HTML of examples in two groups, and of the first group without the second."""
    texts = {
        "a": "Thai",
        "<b>": "Thai",
        "c": "Lao",
        "d": "",
        "e": "Lao",
        "f": "Lao",
    }
    answers = {
        "a": reply(("Lao", 0.9)),
        "<b>": reply(("Thai", 0.9)),
        "c": reply(("Lao", 0.9), kind="none"),
        "e": reply(("Lao", 0.9)),
        "f": reply(("Lao", 0.9), kind="unsure"),
    }
    value = {
        "box": "name",
        "groups": {"First": texts, "Second": {"g": "Thai"}},
        "answers": answers,
    }
    return drawn("examples", [value, value | {"groups": {"First": texts}}])


def test_examples_that_are_answered_wrongly_stand_last_with_the_answer(examples):
    html, _ = examples
    titles = "First <b> d e a : the network says Lao c : the network says none of these"
    assert text_of(html) == f"{titles} f : the network is unsure Second g"


def test_an_example_types_its_text_into_the_box(examples):
    html, _ = examples
    texts = [unescape(text) for text in attributes("data-text", html)]
    assert texts == ["<b>", "d", "e", "a", "c", "f", "g"]
    assert set(attributes("data-box", html)) == {"name"}
    assert set(attributes("data-tab", html)) == {"name"}


def test_examples_of_several_groups_have_their_labels_as_titles(examples):
    html, alone = examples
    several = "at home in several languages"
    labels = ["Thai", several, "Lao", "Thai", "Lao", "Lao", "Thai"]
    assert attributes("title", html) == labels
    assert set(attributes("title", alone)) == {""}


def test_a_list_is_counted_in_shares_of_all_its_rows():
    counts = [
        ["Thai", 1500],
        ["unsure", 300],
        ["none of these", 200],
    ]
    value = {"title": "Languages", "counts": counts}
    html, empty, nothing = drawn("counts", [value, {"title": "A", "counts": []}, None])
    assert (
        text_of(html)
        == "Languages Thai 1,500 (75%) unsure 300 (15%) none of these 200 (10%)"
    )
    assert property_of("share", html) == [0.75, 0.15, 0.1]
    assert attributes("li class", html) == ["", "unsure", "none"]
    assert text_of(empty) == "A"
    assert nothing == ""


def test_numbers_and_letters_are_written_so_that_they_can_be_read():
    cases = {
        "sign(-0.004)": "+0.00",
        "sign(-0.006)": "−0.01",
        "sign(3.14159, 1)": "+3.1",
        "plain(0.5)": "0.50",
        "plain(-0.5)": "−0.50",
        "glyph('\\u0301')": "◌\u0301",
        "glyph(' ')": "␣",
        "glyph('<')": "&#60;",
        "brief('None of these 18 languages')": "None of these",
        "brief('x'.repeat(24))": "x" * 22 + "…",
        "brief('x'.repeat(23))": "x" * 23,
        "esc('\"<&>')": "&#34;&#60;&#38;&#62;",
        "range(3).join()": "0,1,2",
        "ranked([1, 3, 2, 3]).join()": "1,3,2,0",
        "head('a', 0)": '<th scope="col" data-at="0">a</th>',
        "head('a')": '<th scope="col" >a</th>',
    }
    found = run(["drawing.js"], f"[{', '.join('draw.' + call for call in cases)}]")
    assert found == list(cases.values())


CHART = """draw.chart({label: 'Two & more', width: 400, height: 200,
  lines: given.map(([name, points]) => ({name, points, as: `class="${name}"`})),
  left: [[0, '0%'], [1, '100%']],
  below: Array.from({length: 20}, (_, i) => [i / 2, `letter ${i}`]),
  behind: (x, y) => `<path class="behind" d="M${x(5)} ${y(0.5)}"/>`})"""


@pytest.fixture(scope="module")
def chart():
    lines = [
        ["up", [[0, 0], [5, 0.5], [10, 1]]],
        ["near", [[0, 1], [10, 0.99]]],
    ]
    lines += [
        ["low", [[0, 0.5], [10, 0]]],
        ["lower", [[0, 0.2], [10, 0.001]]],
    ]
    return ET.fromstring(run(["drawing.js"], CHART, lines))


def test_a_line_goes_from_the_left_edge_to_the_right_and_the_largest_value_is_on_top(
    chart,
):
    up = next(line for line in chart.iter("polyline") if line.get("class") == "up")
    corners = [at.split(",") for at in up.get("points").split()]
    (x0, y0), (x1, y1), (x2, y2) = [map(float, corner) for corner in corners]
    assert (y2, y0, y1) == (10, 170, 90)
    assert x1 == pytest.approx((x0 + x2) / 2, abs=0.1)
    left, right = 6 + 7 * len("100%"), 400 - 14 - 8 * len("lower")
    assert (x0, x2) == (left, right)  # of the texts on both sides
    (behind,) = (path for path in chart.iter("path") if path.get("class"))
    assert behind.get("d") == f"M{(left + right) / 2:g} 90"
    rules = [path.get("d") for path in chart.iter("path") if not path.get("class")]
    assert rules == [f"M{left} {y}H{right}" for y in (170, 10)]
    assert chart.get("aria-label") == "Two & more"


def test_names_at_the_ends_of_lines_do_not_cover_each_other(chart):
    classes = ("up", "near", "low", "lower")
    names = [text for text in chart.iter("text") if text.get("class") in classes]
    places = [float(text.get("y")) for text in names]
    assert [text.text for text in names] == ["up", "near", "lower", "low"]
    assert [b - a >= 16 for a, b in pairwise(places)] == [True] * 3
    assert places == [14, 30, 158, 174]


def test_texts_below_a_chart_do_not_cover_each_other(chart):
    below = [text for text in chart.iter("text") if text.get("class") == "below"]
    spans = [(float(text.get("x")), 4 * len(text.text)) for text in below]
    assert 3 <= len(spans) < 20
    assert spans[0][0] >= spans[0][1]
    assert all(a + half < b - more for (a, half), (b, more) in pairwise(spans))
    assert all(b - more - a - half < 80 for (a, half), (b, more) in pairwise(spans))
