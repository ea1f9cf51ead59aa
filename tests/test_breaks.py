"""The deliberate breaks of benchmarks/breaks.py still find what they break."""

import sys

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))

from breaks import BREAKS, FAST_TESTS, broken


@pytest.mark.parametrize("each", BREAKS, ids=lambda each: each.name)
def test_a_break_finds_its_text_exactly_once_and_leaves_valid_code(each):
    compile(broken(each), each.file, "exec")
    assert each.old != each.new


def test_no_two_breaks_are_the_same():
    assert len({each.name for each in BREAKS}) == len(BREAKS)
    assert len({each[1:] for each in BREAKS}) == len(BREAKS)


def test_the_tests_that_have_to_notice_are_there():
    assert all((ROOT / "tests" / name).exists() for name in FAST_TESTS)
