"""Hostile files and inputs: bombs, long lines, odd bytes, links and lies get a clear answer."""

import re

import hostile_files as hostile
import pytest
from conftest import SHIPPED, read_as
from models import load

from model import InputError
from model.storage.plots import confusion_file
from model.tabs.page_model import PageModel
from model.tabs.reading import view_of
from model.tasks.reviews import REVIEWS
from model.text.words import WordEncoder


@pytest.mark.parametrize("case", hostile.CASES, ids=lambda case: case.name)
@pytest.mark.slow
def test_a_hostile_file_gets_a_clear_answer(case, tmp_path):
    path = case.make(tmp_path)
    answer = hostile.answer(case, load(SHIPPED), path)
    assert re.search(case.answer, answer)
    assert "\n" not in answer
    assert len(answer) < 1000


@pytest.mark.parametrize(
    "text",
    ["\u303d" * 40, "\ufdfa" * 90, "x" * 10**7],
    ids=["a sign", "a ligature", "a letter"],
)
def test_a_text_that_would_take_long_to_explain_is_refused(text):
    page = PageModel("m", load(SHIPPED))
    with pytest.raises(InputError, match=r"at most|mostly marks|no letter"):
        view_of(page, text)


def test_a_review_of_ten_million_characters_is_refused():
    text = "good " * 2 * 10**6
    encoder = WordEncoder("good bad")
    with pytest.raises(InputError, match="at most 100,000"):
        read_as(REVIEWS.kind, text, encoder.read_units)


def test_a_language_that_looks_like_a_formula_is_drawn_as_it_is():
    labels = ["$\\frac{$", "<b>"]
    confusion = [[1, 2], [3, 4]]
    svg = confusion_file(labels, confusion, "svg")
    assert b"$\\frac{$" in svg
    assert b"<b>" not in svg
