"""Every option of train.py reaches what it names, and changes the model that comes out.

Each test runs the command line's own `main` on real files. Options of files and messages are in
test_train.py too.
"""

import contextlib
import io
import json
import random
import sys
from collections import Counter
from dataclasses import dataclass, replace
from math import log
from pathlib import Path

import pytest
import torch
from conftest import ROOT, write_names, write_rows
from safetensors.torch import load_file

from benchmarks.common import forget_accelerator
from model import TextClassifier
from model.commands import train
from model.data.beliefs import save_beliefs
from model.data.pairs import read_pretraining
from model.data.rows import Beliefs
from model.data.variation import folded
from model.letters import LetterEncoder
from model.tasks import TASKS
from model.tasks.names import read_names

# The recipes with small tables, for speed, and without dropout, to learn by heart.
SMALL = {
    "embedding_size": 8,
    "ngram_buckets": 256,
    "linear_buckets": 2048,
    "dropout": 0.0,
    "pretrain_dropout": 0.0,
    "pretrain_batch_size": 40,
}
NAMES = replace(
    TASKS["names"],
    recipe=replace(TASKS["names"].recipe, **SMALL),
    pretrained_recipe=replace(TASKS["names"].pretrained_recipe, **SMALL),
)
QUICK = ("--epochs", "2", "--pretrain-epochs", "1", "--hidden-size", "8", "--batch-size", "32")
BASE = ("--seed", "1", "--no-use-gpu")


@dataclass
class Result:
    """A model folder, and what train.py returned and printed."""

    folder: Path
    code: int
    output: str
    errors: str

    def __post_init__(self):
        if (self.folder / "config.json").exists():
            self.config = json.loads((self.folder / "config.json").read_text())
            self.metrics = json.loads((self.folder / "metrics.json").read_text())
            self.weights = load_file(self.folder / "model.safetensors")

    def stages(self):
        """Return how many epochs each stage had."""
        return {name: len(self.metrics[name]) for name in self.metrics if name.endswith("history")}


def same_weights(first, second):
    shapes = [{name: t.shape for name, t in each.weights.items()} for each in (first, second)]
    return shapes[0] == shapes[1] and all(
        torch.equal(tensor, second.weights[name]) for name, tensor in first.weights.items()
    )


ENDINGS = {
    "Italian": "ini",
    "Japanese": "moto",
    "Russian": "nov",
    "Indian": "esh",
    "Norwegian": "sen",
}


def some_names(seed, **numbers):
    """Return so many names of each language, which their endings tell in nine of ten cases."""
    draw = random.Random(seed)
    rows = []
    for language, number in numbers.items():
        for _ in range(number):
            stem = "".join(draw.choice("bcdfglmprst") + draw.choice("aeiou") for _ in range(3))
            told = language if draw.random() < 0.9 else draw.choice(sorted(ENDINGS))
            rows.append((stem.title() + ENDINGS[told], language))
    return rows


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Names with twice as many Russian ones as others, and more names to pretrain on."""
    return write_names(
        tmp_path_factory.mktemp("options") / "d",
        some_names(1, Italian=50, Japanese=50, Russian=100),
        some_names(2, Italian=5, Japanese=5, Russian=5),
        some_names(3, Italian=20, Japanese=20, Russian=20, Indian=30, Norwegian=30),
    )


@pytest.fixture(scope="module")
def start():
    """Return a function that runs train.py in this process with a captured output."""

    def run(folder, *arguments):
        output, errors = io.StringIO(), io.StringIO()
        with (
            pytest.MonkeyPatch.context() as patch,
            contextlib.redirect_stdout(output),
            contextlib.redirect_stderr(errors),
        ):
            patch.setattr(sys, "argv", ["train.py", *map(str, arguments)])
            if TASKS["names"].recipe.bidirectional:
                patch.setitem(TASKS, "names", NAMES)
            code = train.main()
        return Result(folder, code, output.getvalue(), errors.getvalue())

    return run


@pytest.fixture(scope="module")
def base(start, data, tmp_path_factory):
    """What comes out without any of the options that are tried."""
    folder = tmp_path_factory.mktemp("base") / "m"
    result = start(folder, "--data", data, "--output", folder, *QUICK, *BASE)
    assert result.code == 0, result.errors
    return result


@pytest.fixture
def changed(start, data, tmp_path):
    """Return a function that trains like `base`, with further arguments."""

    def run(*arguments):
        folder = tmp_path / f"m{len(list(tmp_path.iterdir()))}"
        result = start(folder, "--data", data, "--output", folder, *QUICK, *BASE, *arguments)
        assert result.code == 0, result.errors
        return result

    return run


def test_the_same_options_give_the_same_model(base, changed):
    again = changed()
    assert same_weights(again, base)
    assert again.config["calibration"] == base.config["calibration"]


@pytest.mark.parametrize(
    ("arguments", "before", "after"),
    [
        (("--hidden-size", "11"), ("gru.weight_hh_l0", (24, 8)), ("gru.weight_hh_l0", (33, 11))),
        (("--layers", "2"), ("gru.weight_ih_l1", None), ("gru.weight_ih_l1", (24, 16))),
        (
            ("--no-bidirectional",),
            ("gru.weight_ih_l0_reverse", (24, 8)),
            ("gru.weight_ih_l0_reverse", None),
        ),
    ],
)
def test_the_network_has_the_sizes_asked_for(base, changed, arguments, before, after):
    def shape(result, name):
        return tuple(result.weights[name].shape) if name in result.weights else None

    result = changed(*arguments)
    assert shape(base, before[0]) == before[1]
    assert shape(result, after[0]) == after[1]
    TextClassifier.load(result.folder).predict("Rossi")


def test_bidirectional_is_what_the_network_is_made_of_where_the_recipe_s_is_not(
    start, data, tmp_path, monkeypatch
):
    one_way = replace(NAMES, recipe=replace(NAMES.recipe, bidirectional=False))
    monkeypatch.setitem(TASKS, "names", one_way)
    options = ("--data", data, *QUICK[:2], *QUICK[4:], *BASE, "--pretrain-epochs", "0")
    for argument, reverse in (((), False), (("--bidirectional",), True)):
        folder = tmp_path / str(reverse)
        result = start(folder, *options, "--output", folder, *argument)
        assert ("gru.weight_hh_l0_reverse" in result.weights) == reverse, result.errors


@pytest.mark.parametrize(
    "arguments",
    [
        ("--seed", "2"),
        ("--learning-rate", "0.02"),
        ("--batch-size", "20"),
        ("--logit-adjustment", "1"),
    ],
)
def test_the_weights_are_others(base, changed, arguments):
    result = changed(*arguments)
    assert not same_weights(result, base)
    name = arguments[0].removeprefix("--").replace("-", "_")
    assert result.config["training"][name] == float(arguments[1])
    assert result.config["training"] | {name: 0, "command": ""} == base.config["training"] | {
        name: 0,
        "command": "",
    }


def test_epochs_are_those_of_training_and_refit(base, changed):
    assert base.stages() == {"pretraining_history": 1, "history": 2, "refit_history": 2}
    result = changed("--epochs", "3")
    assert result.stages() == {"pretraining_history": 1, "history": 3, "refit_history": 3}
    assert not same_weights(result, base)


def test_pretrain_epochs_are_those_of_pretraining(base, changed):
    result = changed("--pretrain-epochs", "3")
    assert result.stages() == {"pretraining_history": 3, "history": 2, "refit_history": 2}
    assert not same_weights(result, base)
    without = changed("--pretrain-epochs", "0")
    assert without.stages() == {"history": 2, "refit_history": 2}
    assert without.config["other_labels"] == []


def test_prior_power_gives_answers_the_frequencies_of_training_back(base, changed, data):
    none, whole = changed("--prior-power", "0"), changed("--prior-power", "1")
    assert same_weights(none, whole)
    assert same_weights(base, whole)  # whose biases are fitted
    assert none.config["calibration"]["bias"][:3] == [0, 0, 0] != base.config["calibration"]["bias"]
    counts = Counter(read_names(data).train.labels)
    by_hand = [log(counts[label] / counts.total()) for label in base.config["labels"]]
    biases = [torch.tensor(each.config["calibration"]["bias"]) for each in (none, whole)]
    moved = (biases[1] - biases[0]).tolist()
    assert moved == pytest.approx([*by_hand, 0, 0], abs=1e-5)  # outsiders' stay


def test_pretraining_files_are_those_named(base, changed, tmp_path):
    file = tmp_path / "more.csv.gz"
    write_rows(file, [("Virtanen", "Finnish"), ("Okafor", "Igbo"), ("Sato", "Japanese")])
    result = changed("--pretraining", file)
    assert result.config["other_labels"] == ["Finnish", "Igbo"]
    assert base.config["other_labels"] == ["Indian", "Norwegian"]
    assert "more.csv.gz" in result.metrics["dataset"]
    assert "pretraining.csv.gz" not in result.metrics["dataset"]


def test_data_is_the_folder_named(base, changed, tmp_path):
    rows = [(f"{a}{b}", a.upper()) for a in "st" for b in "aeiou"]
    other = write_names(tmp_path / "other", rows, [("sax", "S")])
    result = changed("--data", other, "--pretrain-epochs", "0")
    assert result.config["labels"] == ["S", "T"]
    assert base.config["labels"] == ["Italian", "Japanese", "Russian"]
    assert result.config["training"]["data"] == str(other)


def test_a_teacher_s_beliefs_are_learnt(base, changed, data, tmp_path):
    """The teacher is sure of what is least believed of these texts without it."""
    texts = [f"y{a}y{b}y{c}" for a in "aeiou" for b in "aeiou" for c in "aeiou"]
    untold = TextClassifier.load(base.folder).predict_batch(texts).mean(axis=0)
    least = int(untold.argmin())
    beliefs = Beliefs(texts, torch.eye(3)[[least] * len(texts)])
    save_beliefs(tmp_path / "beliefs.tsv", base.config["labels"], beliefs)
    result = changed("--teacher", tmp_path / "beliefs.tsv")
    assert result.metrics["dataset"]["beliefs.tsv"]["rows"] == 125
    told = TextClassifier.load(result.folder).predict_batch(texts).mean(axis=0)
    assert told[least] > untold[least] + 0.1


def test_a_task_has_data_and_labels_of_its_own(start, tmp_path):
    reviews = ROOT / "tests" / "data" / "reviews.tsv"
    options = ("--task", "reviews", "--data", reviews, *QUICK[:2], *QUICK[4:], *BASE)
    result = start(tmp_path / "m", *options, "--output", tmp_path / "m")
    assert result.code == 0, result.errors
    assert result.config["labels"][0] == "negative"
    assert result.config["encoder"]["kind"] == "words"


def test_lecture_is_its_network_in_its_own_letters(start, data, tmp_path):
    options = ("--lecture", "--data", data, "--epochs", "1", "--no-use-gpu")
    result = start(tmp_path / "m", *options, "--output", tmp_path / "m")
    assert result.code == 0, result.errors
    assert result.weights["embedding.weight"].shape == (128, 100)
    assert result.weights["gru.weight_ih_l1_reverse"].shape == (300, 200)
    assert not any(name.startswith(("linear_ngrams", "ngram")) for name in result.weights)
    assert result.config["encoder"] == {"kind": "characters"}
    assert result.stages() == {"history": 1}
    assert train.parse_arguments(["--lecture"]).epochs is None  # then the lecture's 100


def test_output_is_the_folder_named_and_otherwise_the_task_s(base, tmp_path):
    assert (base.folder / "model.safetensors").exists()

    def folder(*arguments):
        return train.output_folders(train.parse_arguments([*map(str, arguments)]))

    assert folder()[0] == ROOT / "model" / "weights" / "names"
    reviews = ("--task", "reviews", "--data", "x")
    assert folder(*reviews)[0] == ROOT / "model" / "weights" / "reviews"
    assert folder("--lecture")[0] == Path("out/lecture")
    named = folder("--lecture", "--output", tmp_path / "a")
    assert named == (tmp_path / "a", tmp_path / "a.checkpoint")


def test_a_dry_run_trains_on_a_few_rows_and_writes_nothing(start, data, tmp_path):
    options = ("--data", data, *BASE, "--batch-size", "4", "--epochs", "5", "--output", tmp_path)
    before = list(data.iterdir())
    result = start(tmp_path / "m", *options, "--dry-run")
    assert result.code == 0, result.errors
    assert result.output.startswith("8 rows to train")
    assert result.output.count("epoch   1/1") == 3
    assert "dry run: nothing saved" in result.output
    assert list(tmp_path.iterdir()) == []
    assert list(data.iterdir()) == before


def test_resume_goes_on_where_ctrl_c_stopped_and_ends_with_the_same_model(
    start, base, data, tmp_path, monkeypatch
):
    folder = tmp_path / "m"
    options = ("--data", data, "--output", folder, *QUICK, *BASE)
    on_epoch = train.StageProgress.on_epoch

    def interrupted(self, entry):
        on_epoch(self, entry)
        if (self.stage, entry["epoch"]) == ("refit", 1):
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(train.StageProgress, "on_epoch", interrupted)
        stopped = start(folder, *options)
    assert stopped.code == 130
    assert stopped.output.count("train loss") == 4
    resumed = start(folder, *options, "--resume")
    assert resumed.code == 0
    assert resumed.output.count("train loss") == 1  # the refit's second epoch
    assert same_weights(resumed, base)
    assert resumed.config["calibration"] == base.config["calibration"]
    assert not (tmp_path / "m.checkpoint").exists()


def test_the_cpu_is_used_where_asked_for_and_a_missing_gpu_is_said(start, base, data, tmp_path):
    assert base.metrics["device"] == "cpu"
    assert "device cpu" in base.output
    if torch.cuda.is_available() or torch.backends.mps.is_available():
        pytest.skip("there is a GPU: test_devices.py trains on it")
    options = ("--data", data, *QUICK, "--output", tmp_path / "m", "--use-gpu")
    result = start(tmp_path / "m", *options)
    assert result.code == 0
    assert result.errors == "warning: no GPU here, so the CPU trains\n"


def write_guesses(folder, share):
    """Write random names, a `share` of them of A and the rest of B, which no letter tells."""
    draw = random.Random(0)
    names = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(1450)]
    rows = [(name, "A" if draw.random() < share else "B") for name in names]
    return write_names(folder, rows[:1400], rows[1400:])


LONG = ("--epochs", "6", "--hidden-size", "8", "--batch-size", "128", "--learning-rate", "0.03")


def test_scores_on_validation_and_calibration_are_of_the_model_that_has_not_seen_it(
    start, tmp_path
):
    """Guesses of names unseen are right by chance; the refit has learnt its rows by heart."""
    guesswork = write_guesses(tmp_path / "d", share=0.5)
    options = (*LONG, *BASE, "--prior-power", "0", "--output", tmp_path / "m")
    result = start(tmp_path / "m", "--data", guesswork, *options)
    assert result.code == 0, result.errors
    validation = result.metrics["validation"]["accuracy"]
    best = max(entry["validation_accuracy"] for entry in result.metrics["history"])
    by_heart = result.metrics["refit_history"][-1]["validation_accuracy"]
    assert validation == pytest.approx(best)
    assert validation < by_heart - 0.1
    # Fitted on what was learnt by heart, the temperature would trust in guesses.
    assert result.config["calibration"]["temperature"] > 1.2
    saved = TextClassifier.load(result.folder)
    rows = read_names(guesswork).validation
    predicted = saved.predict_batch(rows.texts).argmax(axis=1)
    right = [saved.labels[i] == label for i, label in zip(predicted, rows.labels, strict=True)]
    assert sum(right) / len(right) == pytest.approx(by_heart, abs=0.02)  # what is saved: the refit


def test_test_rows_are_read_after_all_training_and_calibration(start, data, tmp_path, monkeypatch):
    read = []
    encode = LetterEncoder.encode

    def watched(self, text):
        read.append(text)
        return encode(self, text)

    monkeypatch.setattr(LetterEncoder, "encode", watched)
    result = start(tmp_path / "m", "--data", data, *QUICK, *BASE, "--output", tmp_path / "m")
    assert result.code == 0, result.errors
    _, dataset = read_pretraining([data / "pretraining.csv.gz"], read_names(data), NAMES.words)
    validation, test = dataset.validation.texts, dataset.test.texts
    first_test = next(i for i, text in enumerate(read) if text in test)
    last_train = max(i for i, text in enumerate(read) if text in dataset.train.texts)
    plain = list(map(folded, test))
    scored = test + plain + validation + dataset.validation_outsiders.texts
    assert read[first_test:][: len(scored)] == scored
    # Between them: what else the refit's last epoch is trained on, and validation to calibrate.
    between = validation + dataset.outsiders.texts + validation
    assert read[last_train + 1 : first_test] == between


@pytest.fixture(autouse=True)
def _default_precision():
    """Leave no precision of another test behind."""
    forget_accelerator()
    yield
    forget_accelerator()
