"""What answer.js and drawing.js draw of JSON: what a visitor reads, in which order and how long."""

import re
import xml.etree.ElementTree as ET
from html import unescape
from itertools import pairwise

import pytest
from node import drawn, run


def text_of(html):
    """Return what is to be read, with a space between elements."""
    without_tags = re.sub("<[^>]*>", " ", html)
    return " ".join(unescape(without_tags).split())


def attributes(name, html):
    return re.findall(f'{name}="([^"]*)"', html)


def property_of(name, html):
    values = re.findall(rf"--{name}:\s*([\d.]+)", html)
    return [float(value) for value in values]


def reply(*predictions, kind="label", labels=(), none=None, known=None):
    """What /predict returns; `labels` are those of the verdict."""
    shown = [{"label": label, "probability": p} for label, p in predictions]
    return {
        "predictions": shown,
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
    value = answer(
        ("Thai", 0.9995),
        ("Lao", 0.999),
        ("Khmer", 0.001),
    )
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
    value = answer(("good", 0.5), ("bad", 0.3))
    (html,) = drawn("answer", [value])
    assert attributes("class", html)[1].strip() == "bars"
    assert "good 50.0% bad 30.0%" in text_of(html)


def test_an_unsure_answer_has_grey_bars():
    values = [
        answer(("Thai", 0.3), none=0.1, kind="unsure"),
        answer(("Thai", 0.3)),
    ]
    unsure, sure = drawn("answer", values)
    assert attributes("li class", unsure) == ["unsure", "none"]
    assert attributes("li class", sure) == [""]


def test_a_caution_stands_below_the_bars():
    values = [
        answer(("Thai", 0.3), caution="Not <calibrated>."),
        answer(("Thai", 0.3)),
    ]
    cautious, plain = drawn("answer", values)
    assert cautious.endswith("<p>Not &#60;calibrated&#62;.</p>")
    assert plain.endswith("</ol>")


def test_a_problem_is_a_line_in_place_of_an_answer():
    problem = {"problem": "The text is <empty>."}
    line = "<p>The text is &#60;empty&#62;.</p>"
    assert drawn("answer", [problem]) == [line]
    assert drawn("letters", [problem]) == [line]
    assert drawn("notes", [problem]) == [""]


def test_without_letters_nothing_is_drawn_of_them():
    assert drawn("letters", [None]) == [""]


def test_notes_stand_before_the_link():
    value = {"notes": ["One <word>.", "Two."]}
    (notes,) = drawn("notes", [value])
    assert text_of(notes) == "One <word>. Two. Copy link"
    assert "<word>" not in notes


def shares_of(**shares):
    return [{"label": label, "share": share} for label, share in shares.items()]


@pytest.mark.parametrize(
    ("known", "verdict", "headline", "why"),
    [
        pytest.param(
            shares_of(Lao=0.8, Thai=0.2),
            {},
            "Thai",
            "Our data agree.",
            id="a share of 0.2 is right",
        ),
        pytest.param(
            shares_of(Lao=0.81, Thai=0.19),
            {},
            "Lao",
            "would say Thai (70.0%).",
            id="a smaller one is not",
        ),
        pytest.param(
            shares_of(Lao=0.1, Khmer=0.1),
            {},
            "Lao or Khmer",
            "would say Thai",
            id="two are the largest",
        ),
        pytest.param(
            shares_of(Thai=0.19, Lao=0.1),
            {},
            "Thai",
            "Our data agree.",
            id="the largest is right, however small",
        ),
        pytest.param(
            shares_of(Thai=1),
            {"kind": "unsure"},
            "Thai",
            "would be unsure.",
            id="unsure",
        ),
        pytest.param(
            shares_of(Thai=1),
            {"kind": "either", "labels": ["Thai", "Lao"]},
            "Thai",
            "would say Thai or Lao.",
            id="either",
        ),
        pytest.param(
            shares_of(Lao=1),
            {"kind": "none"},
            "Lao",
            "would say none of these.",
            id="none",
        ),
    ],
)
def test_what_data_say_is_the_headline_with_the_network_below(
    known,
    verdict,
    headline,
    why,
):
    value = answer(("Thai", 0.7), ("Lao", 0.2), known=known, **verdict)
    (html,) = drawn("answer", [value])
    assert html.startswith(f'<p class="verdict">{headline}<small>')
    assert why in text_of(html)


def letters(*contributions, ends=None, unknown=(), piece="letter", start=0.5):
    given = {"label": "<Thai>", "contributions": contributions, "start": start}
    return given | {"piece": piece, "ends": ends, "unknown": unknown}


def test_letters_show_what_each_adds_to_the_sum():
    value = letters(
        ["a", 1.25],
        [" ", -0.5],
        ["<", 0.04],
        ["b", -2.5],
    )
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
    value = letters(["a", 0], ["b", 0])
    (html,) = drawn("letters", [value])
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
    alone = value | {"groups": {"First": texts}}
    return drawn("examples", [value, alone])


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
    without_rows = {"title": "A", "counts": []}
    html, empty, nothing = drawn("counts", [value, without_rows, None])
    assert (
        text_of(html)
        == "Languages Thai 1,500 (75%) unsure 300 (15%) none of these 200 (10%)"
    )
    assert property_of("share", html) == [0.75, 0.15, 0.1]
    assert attributes("li class", html) == ["", "unsure", "none"]
    assert text_of(empty) == "A"
    assert nothing == ""


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("sign(-0.004)", "+0.00"),
        ("sign(-0.006)", "−0.01"),
        ("sign(3.14159, 1)", "+3.1"),
        ("plain(0.5)", "0.50"),
        ("plain(-0.5)", "−0.50"),
        ("glyph('\\u0301')", "◌\u0301"),
        ("glyph(' ')", "␣"),
        ("glyph('<')", "&#60;"),
        ("brief('None of these 18 languages')", "None of these"),
        ("brief('x'.repeat(24))", "x" * 22 + "…"),
        ("brief('x'.repeat(23))", "x" * 23),
        ("esc('\"<&>')", "&#34;&#60;&#38;&#62;"),
        ("range(3).join()", "0,1,2"),
        ("ranked([1, 3, 2, 3]).join()", "1,3,2,0"),
        ("head('a', 0)", '<th scope="col" data-at="0">a</th>'),
        ("head('a')", '<th scope="col" >a</th>'),
    ],
)
def test_values_are_written_so_that_they_can_be_read(call, expected):
    assert run(["drawing.js"], f"draw.{call}") == expected


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


def with_class(chart, tag, *classes):
    return [part for part in chart.iter(tag) if part.get("class") in classes]


LEFT = 6 + 7 * len("100%")  # of the texts on both sides
RIGHT = 400 - 14 - 8 * len("lower")


@pytest.fixture
def corners(chart):
    """The three points of the line that rises."""
    (up,) = with_class(chart, "polyline", "up")
    pairs = [point.split(",") for point in up.get("points").split()]
    return [(float(x), float(y)) for x, y in pairs]


def test_a_line_goes_from_the_left_edge_to_the_right(corners):
    first, middle, last = [x for x, _ in corners]
    assert first == LEFT
    assert last == RIGHT
    assert middle == pytest.approx((first + last) / 2, abs=0.1)


def test_the_largest_value_is_on_top(corners):
    heights = [y for _, y in corners]
    assert heights == [170, 90, 10]


def test_what_stands_behind_the_lines_has_their_places(chart):
    (behind,) = with_class(chart, "path", "behind")
    assert behind.get("d") == f"M{(LEFT + RIGHT) / 2:g} 90"


def test_a_chart_has_a_rule_at_each_height(chart):
    rules = with_class(chart, "path", None)
    lines = [rule.get("d") for rule in rules]
    assert lines == [f"M{LEFT} {y}H{RIGHT}" for y in (170, 10)]


def test_a_chart_has_its_label(chart):
    assert chart.get("aria-label") == "Two & more"


def test_names_at_the_ends_of_lines_do_not_cover_each_other(chart):
    names = with_class(chart, "text", "up", "near", "low", "lower")
    assert [name.text for name in names] == ["up", "near", "lower", "low"]
    places = [float(name.get("y")) for name in names]
    assert places == [14, 30, 158, 174]
    for above, below in pairwise(places):
        assert below - above >= 16


@pytest.fixture
def spans(chart):
    """The left and the right end of each text below the chart."""
    ends = []
    for text in with_class(chart, "text", "below"):
        middle = float(text.get("x"))
        half = 4 * len(text.text)
        ends.append((middle - half, middle + half))
    return ends


def test_texts_below_a_chart_do_not_cover_each_other(spans):
    first_left, _ = spans[0]
    assert first_left >= 0
    for (_, end), (start, _) in pairwise(spans):
        assert end < start


def test_texts_below_a_chart_stand_close(spans):
    assert 3 <= len(spans) < 20
    for (_, end), (start, _) in pairwise(spans):
        assert start - end < 80
