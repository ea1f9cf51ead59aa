"""The deliberate breaks of benchmarks/robustness/breaks.py still find what they break."""

import pytest
from conftest import ROOT

from benchmarks.robustness.breaks import BREAKS, FAST_TESTS, broken, failing_test


@pytest.mark.parametrize("each", BREAKS, ids=lambda each: each.name)
def test_a_break_finds_its_text_exactly_once_and_leaves_valid_code(each):
    compile(broken(each), each.file, "exec")
    assert each.old != each.new


def test_no_two_breaks_are_the_same():
    assert len({each.name for each in BREAKS}) == len(BREAKS)
    assert len({each[1:] for each in BREAKS}) == len(BREAKS)


def test_the_tests_that_have_to_notice_are_there_and_can_run_in_a_copy():
    named = {each.noticed_in for each in BREAKS if each.noticed_in}
    assert all((ROOT / "tests" / name).exists() for name in {*FAST_TESTS, *named})
    assert failing_test(None, "--collect-only") is None
