"""What answer.js and drawing.js draw of JSON: what a visitor reads, in which order and how long."""

import re
import xml.etree.ElementTree as ET
from collections import Counter
from html import unescape

import numpy as np
import pytest
from node import drawn, run_js

from model.answers.decisions import Thresholds, candidates, evidence_of
from model.tabs.alone import OF_ELEMENTS
from model.tabs.scripts import HEAD, IMPORT, files_of, web
from model.tasks.names import NAMES


def text_of(html):
    """Return what is to be read, a space between elements, and percentages without decimals."""
    without_tags = re.sub("<[^>]*>", " ", html)
    whole = re.sub(r"\.\d+%", "%", unescape(without_tags))
    return " ".join(whole.split())


def attributes(name, html):
    return re.findall(f'{name}="([^"]*)"', html)


def property_of(name, html):
    values = re.findall(rf"--{name}:\s*([\d.]+)", html)
    return [float(value) for value in values]


def reply(
    *predictions, kind="label", both=(), why="low", none=None, parted=None, **facts
):
    """What /predict returns; `both` are the verdict's labels, `parted` shares of the network."""
    shown = [{"label": label, "probability": p} for label, p in predictions]
    for row, share in zip(shown, parted or [], strict=False):
        row["network"] = share
    verdict = {"kind": kind, "labels": both, "why": why}
    labels, shares = zip(*predictions, strict=True)
    [evidence] = evidence_of(np.array([[*shares, none or 0]]), labels, Thresholds())
    return {
        "predictions": shown,
        "candidates": [label for label, _ in candidates(evidence)],
        "family": "",
        "none": none,
        "verdict": {**verdict, "source": "data" if parted else "network"},
        "bearers": "",
        "mostly": ["Thai"],
        "unseen": None,
        "peoples": [],
        "given": [],
        **facts,
    }


def imports(file):
    return {name for _, name in IMPORT.findall(web(f"{file}.js"))}


def test_the_head_names_each_file_that_other_scripts_take_from_it():
    head = {*files_of(HEAD)}
    files = {file for entry in OF_ELEMENTS.values() for file in files_of(entry)}
    taken = set().union(*map(imports, files - head)) & head
    assert taken <= imports(HEAD)
    assert {"answer", "boxes"} <= imports(HEAD)  # of listing.py and quality.py


COLOURED = "given.map((labels) => labels.map((_, i) => colourOfLabel(i, {labels})))"


def test_a_language_has_its_colour_among_any_languages_and_other_labels_take_them_in_turn():
    labels = list(NAMES.languages)
    fewer, others = labels[::-2], [f"label {i}" for i in range(20)]
    mixed = [labels[5], "other"]
    given = [labels, fewer, others, mixed]
    all_of_them, few, in_turn, with_another = run_js(["drawing"], COLOURED, given)
    assert len({*all_of_them}) == len(labels)
    colour_of = dict(zip(labels, all_of_them, strict=True))
    assert few == [colour_of[label] for label in fewer]
    assert in_turn == (2 * all_of_them)[:20]
    assert with_another == all_of_them[:2]
    assert colour_of["German"] == "--hue: 1; --light: 0.40; --chroma: 0.14"


LANGUAGES = ["Khmer", "Lao", "Thai"]


def answer(*predictions, labels=LANGUAGES, ordered=False, **more):
    return {
        "reply": reply(*predictions, **more),
        "notes": [],
        "words": {"text": "name", "labels": "languages", "units": "letters"},
        "labels": labels,
        "ordered": ordered,
        "caution": "",
    }


def bars_of(html):
    return html[html.index("<ol") :]


def test_bars_are_as_long_as_probabilities_and_none_is_certain_or_impossible():
    value = answer(
        ("Thai", 0.6),
        ("<Lao>", 0.0004),
        ("Khmer", 0.1234),
        none=0.2766,
    )
    (html, sure) = drawn("answer", [value, answer(("Thai", 0.9995), ("Lao", 0.999))])
    bars = bars_of(html)
    names = ["Thai", "&#60;Lao&#62;", "Khmer", "None"]
    assert re.findall('"of">([^<]*)<', bars) == names
    values = re.findall('"value">([^<]*)<', bars + sure)
    written = ["60.0%", "&#60; 0.1%", "12.3%", "27.7%", "&#62; 99.9%", "99.9%"]
    assert values == written  # the one place that counts their digits
    assert property_of("share", bars) == [0.6, 0.0004, 0.1234, 0.2766]
    assert attributes("aria-label", bars) == ["Likely languages"]
    assert "<Lao>" not in html


def test_on_a_scale_bars_stand_in_its_order():
    labels = [
        ("good", 0.5),
        ("bad", 0.3),
        ("fair", 0.2),
    ]
    value = answer(*labels, labels=["bad", "fair", "good"], ordered=True)
    (html,) = drawn("answer", [value])
    assert text_of(html).endswith("bad 30% fair 20% good 50%")
    assert property_of("hue", html) == [45, 45, 250]
    assert property_of("chroma", html) == [0.14, 0, 0.14]  # grey in the middle


def test_a_label_has_the_same_colour_in_each_answer_and_chart():
    values = [
        answer(("Thai", 0.6), ("Lao", 0.3), none=0.1),
        answer(("Lao", 0.6), ("Khmer", 0.3)),
    ]
    first, second = [property_of("hue", html) for html in drawn("answer", values)]
    counts = [["Lao", 2], ["Lao or Thai", 1], ["Khmer", 1]]
    chart = {"title": "A", "counts": counts, "labels": LANGUAGES, "ordered": False}
    (html,) = drawn("counts", [chart])
    assert len({*first, *second}) == 3
    assert first[1] == second[0]
    assert property_of("hue", html) == second


def test_a_problem_is_a_line_in_place_of_an_answer():
    problem = {"problem": "The text is <empty>."}
    line = "<p>The text is &#60;empty&#62;.</p>"
    assert drawn("answer", [problem]) == [line]
    assert drawn("sending", [problem]) == [""]


def test_how_a_text_was_read_stands_under_the_headline():
    value = answer(("Thai", 0.7)) | {"notes": ["One <word>.", "Two."]}
    (html,) = drawn("answer", [value])
    told = "Thai with a probability of 70%. One <word>. Two."
    assert text_of(html[: html.index("</p>")]) == told
    assert "<word>" not in html


def test_marks_stand_where_the_network_alone_would_end_and_none_is_first_if_it_wins():
    value = answer(("Thai", 0.2), ("Lao", 0.1), none=0.7, none_of_network=0.125)
    for row, share in zip(value["reply"]["predictions"], (0.75, 0.11), strict=True):
        row["network"] = share
    (html,) = drawn("answer", [value])
    bars = bars_of(html)
    told = "None of these 70% Thai 20% Lao 10%"
    assert text_of(bars) == told
    titles = attributes("i title", bars)
    assert text_of(" ".join(titles)) == "The network alone: 12% The network alone: 75%"
    assert re.findall(r"left: ([\d.]+)%", bars) == ["12.5", "75.0"]


@pytest.mark.parametrize(
    ("given", "headline", "reason"),
    [
        pytest.param(
            {"bearers": "many", "unseen": True},
            "Thai",
            "with a probability of 70%. Our data have many of its bearers. "
            "The network has not been trained on it.",
            id="of the data",
        ),
        pytest.param(
            {"given": ["Lao", "Thai"]},
            "Thai",
            "with a probability of 70%. Also a usual given name: Lao and Thai.",
            id="a given name, too",
        ),
        pytest.param(
            {
                "bearers": "a few",
                "kind": "either",
                "both": ["Thai", "Lao"],
                "parted": [0.1, 0.71],
            },
            "Thai or Lao",
            "Too close to call: Thai has only 70%. Our data have a few of its bearers. "
            "By its spelling alone it looks like Lao (marked).",
            id="the network says another",
        ),
        pytest.param(
            {"parted": [0.2, 0.1], "none_of_network": 0.6},
            "Thai",
            "with a probability of 70%. "
            "By its spelling alone it looks like none of these (marked).",
            id="the network says none",
        ),
        pytest.param(
            {"kind": "none", "none": 0.25, "peoples": ["Indian", "Thai", "Lao"]},
            "None of these",
            "with a probability of 25%. Thai is the nearest. "
            "Our data have it as an Indian, Thai and Lao name.",
            id="other peoples",
        ),
        pytest.param(
            {"kind": "given", "given": ["Indian", "Lao"], "family": "Thai"},
            "Usually a given name; as a surname: Thai",
            "Our data have it as an Indian and Lao given name. The bars are for a surname.",
            id="given name",
        ),
        pytest.param(
            {"kind": "text", "why": "text", "bearers": "many"},
            "Not a name",
            "but a sentence, a tag or an address: type a name.",
            id="not a name",
        ),
        pytest.param(
            {"kind": "text", "why": "placeholder"},
            "Not a name",
            "but a placeholder: type a name.",
            id="a placeholder",
        ),
        pytest.param(
            {"kind": "unsure", "why": "word"},
            "Unsure",
            "A common word; as a name: Thai 70% or Lao 20%, together nine in ten.",
            id="a common word",
        ),
        pytest.param(
            {"bearers": "a few", "mostly": ["Greek", "Indian"]},
            "Thai",
            "with a probability of 70%. "
            "Our data have a few of its bearers, most of them Greek and Indian.",
            id="most bearers are of others",
        ),
    ],
)
def test_the_headline_is_the_verdict_and_the_reason_says_why(given, headline, reason):
    value = answer(("Thai", 0.7), ("Lao", 0.2), **given)
    (html,) = drawn("answer", [value])
    assert f'">{headline}<small>' in html
    assert text_of(html[: html.index("</p>")]) == f"{headline} {reason}"
    assert ("<ol" in html) == (headline != "Not a name")


@pytest.mark.parametrize(
    ("shares", "reason"),
    [
        (
            [0.4, 0.3, 0.05, 0.21],
            "Khmer 40%, Lao 30% or none of these 21%, together nine in ten.",
        ),
        (
            [0.38, 0.1, 0.05, 0.43],
            "none of these 43% or Khmer 38%, together eight in ten.",
        ),
        ([0.9, 0.04, 0.05, 0.01], "Khmer 90%."),
    ],
)
def test_an_unsure_answer_names_what_is_likely_in_the_order_of_the_bars(shares, reason):
    *of_labels, none = shares
    value = answer(*zip(LANGUAGES, of_labels, strict=True), none=none, kind="unsure")
    (html,) = drawn("answer", [value])
    told = f"Unsure Too low: {reason}"
    assert text_of(html[: html.index("</p>")]) == told
    [evidence] = evidence_of(np.array([shares]), LANGUAGES, Thresholds())
    for label, share in candidates(evidence):
        assert f"{label or 'none of these'} {share:.0%}" in reason


def test_an_unsure_answer_names_four_at_most():
    labels = [*"abcdef"]
    value = answer(*((label, 0.16) for label in labels), labels=labels, kind="unsure")
    (html,) = drawn("answer", [value])
    assert "a 16%, b 16%, c 16% or d 16%, together six in ten." in text_of(html)


def test_a_label_is_the_likeliest_of_a_text_without_one_from_five_percent():
    values = [answer(("Thai", p), none=1 - p, kind="none") for p in (0.04, 0.05)]
    told = [
        "Thai" in text_of(html).rpartition("None of these")[0]
        for html in drawn("answer", values)
    ]
    assert told == [False, True]


def test_examples_that_are_answered_wrongly_stand_last_with_the_answer():
    texts = {"a": "Thai", "<b>": "Thai", "c": "Lao", "d": "", "f": "Lao"}
    answers = {
        "a": reply(("Lao", 0.9)),
        "<b>": reply(("Thai", 0.9)),
        "c": reply(("Lao", 0.9), kind="none"),
        "f": reply(("Lao", 0.9), kind="unsure", none=0),
    }
    groups = {"First": texts, "Second": {"g": "Thai"}}
    value = {"box": "name", "groups": groups, "answers": answers, "words": {}}
    (html,) = drawn("examples", [value])
    wrong = "a : answered Lao c : answered None of these"
    told = f"First <b> d {wrong} f : answered Unsure Second g"
    assert text_of(html) == told


def test_at_most_fourteen_examples_stand_before_those_of_a_click():
    groups = {title: {f"{title}{i}": "" for i in range(20)} for title in "ABC"}
    value = {"box": "name", "groups": groups, "answers": {}}
    (html,) = drawn("examples", [value])
    first, _, rest = html.partition("<details>")
    counts = Counter(text[0] for text in attributes("data-text", first))
    assert counts == {"A": 8, "B": 3, "C": 3}
    assert len(attributes("data-text", rest)) == 60 - 14


def test_a_list_is_counted_in_shares_of_all_its_rows():
    counts = [["Thai", 1500], ["unsure", 300], ["given name", 200]]
    labels = {"labels": LANGUAGES, "ordered": False}
    value = {"title": "Languages", "counts": counts, **labels}
    (html,) = drawn("counts", [value])
    told = "Languages Thai 1,500 (75%) unsure 300 (15%) given name 200 (10%)"
    assert text_of(html) == told
    assert property_of("share", html) == [0.75, 0.15, 0.1]
    assert attributes("li class", html) == ["", "unsure", "none"]


CALLS = """[sign(-0.004), plain(-0.5), glyph('\u0301'), glyph('<'), brief('x'.repeat(24)),
  esc('"<&>')]"""


def test_values_are_written_so_that_they_can_be_read():
    written = ["+0.00", "−0.50", "◌\u0301", "&#60;", "x" * 22 + "…"]
    assert run_js(["drawing"], CALLS) == [*written, "&#34;&#60;&#38;&#62;"]


CHART = """chart({label: 'Two & more', width: 400, height: 200,
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
    return ET.fromstring(run_js(["drawing"], CHART, lines))


def with_class(chart, tag, *classes):
    return [part for part in chart.iter(tag) if part.get("class") in classes]


LEFT = 6 + 7 * len("100%")  # of the texts on both sides
RIGHT = 400 - 14 - 8 * len("lower")


def test_lines_of_a_chart_and_what_is_behind_them_have_their_places(chart):
    (up,) = with_class(chart, "polyline", "up")
    middle = (LEFT + RIGHT) / 2
    corners = re.findall("[0-9.]+", up.get("points"))
    expected = [LEFT, 170, middle, 90, RIGHT, 10]
    assert [*map(float, corners)] == pytest.approx(expected, abs=0.1)
    (behind,) = with_class(chart, "path", "behind")
    assert behind.get("d") == f"M{middle:g} 90"
    rules = [rule.get("d") for rule in with_class(chart, "path", None)]
    assert rules == [f"M{LEFT} {y}H{RIGHT}" for y in (170, 10)]
    assert chart.get("aria-label") == "Two & more"


def test_names_at_the_ends_of_lines_do_not_cover_each_other(chart):
    names = with_class(chart, "text", "up", "near", "low", "lower")
    places = {name.text: float(name.get("y")) for name in names}
    assert places == {"up": 14, "near": 30, "lower": 166, "low": 182}


def test_texts_below_a_chart_do_not_cover_each_other(chart):
    """They are 64 or 72 wide, and each place is 15.6 beside the one before."""
    texts = [text.text for text in with_class(chart, "text", "below")]
    assert texts == ["letter 0", "letter 5", "letter 10", "letter 15"]


def test_of_no_gradient_nothing_is_left():
    assert run_js(["train_pictures"], "reachOf(given, 0)", [[0, 0]]) == 0


THREADS = """(() => {
  const reading = {H: 32, T: 1, state: (d, t, u) => u};
  return given.map((u) => threadsOf({reading, unit: {dir: 0, u}}, 0, 20));
})()"""


def test_a_unit_that_is_watched_has_its_thread_among_those_that_fit():
    watched = range(32)
    for u, drawn_units in enumerate(run_js(["stage_rows"], THREADS, [*watched])):
        assert u in drawn_units
        assert len(set(drawn_units)) == 10
        assert drawn_units == sorted(drawn_units, reverse=True)
