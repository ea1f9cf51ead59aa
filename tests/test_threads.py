"""How many threads train: chosen by trying, without a trace in what is trained."""

from dataclasses import replace

import pytest
import torch
from accelerators import assert_same_weights, stop_after, train, watching

from model import TextClassifier
from model.errors import InputError
from model.training import threads
from model.training.threads import quickest

CORES = 2


@pytest.fixture(autouse=True)
def several_cores(monkeypatch):
    """Two threads, of which the environment says nothing."""
    before = torch.get_num_threads()
    monkeypatch.delenv("OMP_NUM_THREADS")
    torch.set_num_threads(CORES)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def clock(monkeypatch):
    """Seconds that pass as a test says."""

    class Clock:
        now = 0.0

        def perf_counter(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(threads, "time", clock)
    return clock


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ({1: 8, 2: 5, 4: 3}, 4),
        ({1: 8, 2: 5, 4: 6}, 2),
        ({1: 8, 2: 7.9, 4: 1}, 1),  # two are hardly quicker: no more are tried
        ({1: 8, 2: 30, 4: 90}, 1),  # as beside a busy program
    ],
)
def test_as_many_threads_train_as_are_quickest(clock, seconds, expected):
    def take_steps():
        clock.now += seconds[torch.get_num_threads()]

    assert quickest(take_steps, 1, most=4) == expected


def test_what_is_clearly_slower_is_not_tried_for_long(clock):
    tried = []

    def take_steps():
        tried.append(torch.get_num_threads())
        clock.now += tried[-1] ** 4

    quickest(take_steps, 10, CORES)
    assert tried.count(2) == 2  # the first does not count


def test_a_short_training_has_one_thread_and_is_not_compared(clock):
    tried = []

    def take_steps():
        tried.append(torch.get_num_threads())
        clock.now += 1

    assert quickest(take_steps, 4, CORES) == 1
    assert set(tried) == {1}


def preferring(monkeypatch, gain):
    """Compare even in the shortest training; more threads may take `gain` of the time."""
    monkeypatch.setattr(threads, "SHORT_TRAINING", 0)
    monkeypatch.setattr(threads, "SECONDS", 0)
    monkeypatch.setattr(threads, "GAIN", gain)


@pytest.fixture
def recipe(small_recipe):
    """Two epochs of a step each, because threads of a busy machine are slow."""
    return replace(small_recipe, epochs=2, batch_size=1000, dropout=0.3)


@pytest.fixture
def one(monkeypatch):
    preferring(monkeypatch, 0)


@pytest.fixture
def all_cores(monkeypatch):
    preferring(monkeypatch, float("inf"))


@pytest.mark.slow
def test_trying_changes_nothing_of_what_is_trained(
    small_data, recipe, one, monkeypatch
):
    states, lines = [], []

    def begin(stage, epochs):
        states.append(torch.get_rng_state())

    def say(line):
        begin(line, 0)
        lines.append(line)

    progress = watching(begin=begin, say=say)
    chosen = train(small_data, recipe, progress=progress)
    before, after, *_ = states
    assert torch.equal(before, after)
    assert torch.get_num_threads() == 1
    assert lines.pop(0) == "threads: 1"
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    given = train(small_data, recipe, progress=progress)
    assert_same_weights(chosen.model, given.model)
    assert not any(line.startswith("threads") for line in lines)


@pytest.mark.slow
def test_a_resumed_training_keeps_the_number_of_threads(
    small_data, recipe, tmp_path, all_cores, monkeypatch
):
    train(small_data, recipe, checkpoint=tmp_path, progress=stop_after(1))
    assert torch.get_num_threads() == CORES
    torch.set_num_threads(1)  # as where there is one core
    with monkeypatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        refusal = "threads 2, not 1: set OMP_NUM_THREADS=2, or"
        with pytest.raises(InputError, match=refusal):
            train(small_data, recipe, checkpoint=tmp_path, resume=True)
    train(small_data, recipe, checkpoint=tmp_path, resume=True)
    assert torch.get_num_threads() == CORES


def test_fit_records_the_number_and_leaves_torch_s_as_it_was(one):
    texts = "Osaka Kyoto Kobe Nara Nagoya Torino Milano Roma Pisa Bari".split()
    pairs = texts, ["J"] * 5 + ["I"] * 5
    classifier = TextClassifier.fit(
        *pairs, test=(["Oslo", "Turin"], ["J", "I"]), epochs=1
    )
    assert classifier.model.metrics["threads"] == 1
    assert torch.get_num_threads() == CORES
