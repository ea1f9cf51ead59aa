"""Hostile files, small: bombs, long lines, odd bytes, links and lies get a clear answer."""

import re

import pytest
import torch
from conftest import ROOT

from model import TextClassifier


def load_cases():
    import sys

    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        import hostile
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))
    return hostile


hostile = load_cases()


@pytest.fixture(scope="module")
def classifier():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield TextClassifier.load(hostile.SHIPPED)
    torch.set_num_threads(threads)


@pytest.mark.parametrize("case", hostile.cases(), ids=lambda case: case.name)
def test_a_hostile_file_gets_a_clear_answer(classifier, case, tmp_path):
    said = hostile.answer(case, classifier, case.make(tmp_path, hostile.SMALL))
    assert re.search(case.answer, said)
    assert "\n" not in said
    assert len(said) < 1000
