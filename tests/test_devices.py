"""Training, resuming and prediction on each device and in each precision.

The same bodies run on the CPU, where they have to agree exactly, and on a CUDA GPU, if there is
one. A GPU adds up in another order, multiplies in TF32 inside cuDNN, and adds gradients of
embeddings in no fixed order: it agrees within a tolerance.
"""

import copy
import json
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from accelerators import accelerator_on, stop_after, train
from conftest import PRETRAIN, run_here, write_names

from benchmarks.common import forget_accelerator
from model import TextClassifier
from model.commands.train import main
from model.errors import InputError
from model.tasks.names import read_names
from model.tasks.recipe import Recipe
from model.training.build import build
from model.training.loop import make_accelerator

needs_cuda = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="there is no CUDA GPU"
)
CUDA = [pytest.mark.cuda, needs_cuda]
every_device = pytest.mark.parametrize(
    "device", ["cpu", pytest.param("cuda", marks=CUDA)]
)
SIZES = {"embedding_size": 8, "hidden_size": 12, "ngrams": (2,), "ngram_buckets": 64}
SIZES |= {"pool": True, "linear_ngrams": (1, 2), "linear_buckets": 100}
RATES = {"epochs": 3, "batch_size": 8, "learning_rate": 0.01, "one_cycle": True}
# Which epoch is best hangs on the last bit of a logit.
RECIPE = Recipe(**SIZES, **RATES, logit_adjustment=0.5, keeps_last_epoch=True, seed=1)
NAMES = ["Rossi", "Tanaka", "Volkov", "Conti", "Ito", "Li", "Esposito", "Vasnetsov"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_names(tmp_path_factory.mktemp("devices"), pretrain=PRETRAIN)


def train_on(device, data, recipe, precision=None, *options, **more):
    """Train on a device; return the classifier and the history."""
    with accelerator_on(device, precision) as accelerator:
        assert accelerator.device.type == device
        _, classifier, history, _ = train(
            data, recipe, *options, **more, accelerator=accelerator
        )
    return classifier, history


def assert_same_answers(found, expected, device, on_cuda):
    both = (model.predict_batch(NAMES) for model in (found, expected))
    np.testing.assert_allclose(*both, rtol=0, atol=on_cuda if device == "cuda" else 0)


@every_device
def test_training_prediction_and_explanation_agree_with_the_cpu_s(
    device, data, tmp_path
):
    """In fp32 and without dropout, whose random numbers differ."""
    expected, on_cpu = train_on("cpu", data, RECIPE, "no")
    found, history = train_on(device, data, RECIPE, "no")
    assert_same_answers(found, expected, device, 0.05)
    assert on_cpu[-1]["train_loss"] < on_cpu[0]["train_loss"]
    found.save(tmp_path / "m")
    loaded = TextClassifier.load(tmp_path / "m")
    assert next(loaded.network.parameters()).device.type == "cpu"
    assert_same_answers(loaded, found, device, 0.02)
    for name in ("train_loss", "validation_loss"):
        for entry, other in zip(history, on_cpu, strict=True):
            assert entry[name] == pytest.approx(
                other[name], rel=0.05 if device == "cuda" else 0
            )
    network = copy.deepcopy(expected.network).to(device)
    on_device = TextClassifier(replace(expected.model, network=network))
    assert_same_answers(on_device, expected, device, 0.005)
    explained, again = (
        each.explain("Rossi").contributions for each in (expected, on_device)
    )
    for (letter, value), other in zip(explained, again, strict=True):
        assert other == (
            letter,
            pytest.approx(value, rel=0, abs=0.01 if device == "cuda" else 0),
        )


@every_device
def test_resuming_on_the_device_gives_the_model_of_a_whole_run(device, data, tmp_path):
    recipe, file = replace(RECIPE, dropout=0.3), tmp_path / "main.pt"
    whole, _ = train_on(device, data, recipe, "bf16")
    train_on(device, data, recipe, "bf16", file, progress=stop_after(2))
    resumed, _ = train_on(device, data, recipe, "bf16", file, resume=True)
    assert_same_answers(resumed, whole, device, 0.05)


@every_device
def test_the_gru_never_computes_in_fp16(device, data):
    """What cuDNN's would do under autocast; the last layer is in bf16, as asked for."""
    network, states = build(RECIPE, read_names(data)).network.to(device).train(), []
    network.gru.register_forward_hook(lambda *each: states.append(each[-1][0].data))
    ids, lengths = (
        torch.tensor([[2, 3, 4, 5], [2, 3, 4, 0]], device=device),
        torch.tensor([4, 3]),
    )
    with torch.no_grad():
        assert network(ids, lengths).dtype == torch.float32
    with accelerator_on(device, "bf16") as accelerator, accelerator.autocast():
        logits = network(ids, lengths)
    torch.testing.assert_close(
        states[1], states[0], atol=1e-6 if device == "cuda" else 0.1, rtol=0
    )
    logits.float().sum().backward()
    gradients = [weights.grad for weights in network.gru.parameters()]
    assert {each.dtype for each in (*gradients, states[0])} == {torch.float32}
    assert all(gradient.isfinite().all() and gradient.any() for gradient in gradients)


@pytest.mark.cuda
@needs_cuda
@pytest.mark.parametrize("asked_for", [[], ["--use-gpu"]])
def test_the_command_line_trains_on_a_gpu_unless_told_otherwise(
    asked_for, data, tmp_path
):
    options = (
        "--epochs",
        "1",
        "--pretrain-epochs",
        "1",
        "--hidden-size",
        "8",
        "--batch-size",
        "8",
    )
    done = run_here(
        main, "--data", data, "--output", tmp_path / "m", *options, *asked_for
    )
    assert done.returncode == 0, done.stderr
    assert "device cuda" in done.stdout
    assert json.loads((tmp_path / "m" / "metrics.json").read_text())["device"] == "cuda"


@pytest.mark.parametrize("precision", ["fp16", "bf16 ", "b" * 1000])
def test_any_other_precision_is_refused_in_one_line(monkeypatch, precision):
    monkeypatch.setenv("ACCELERATE_MIXED_PRECISION", precision)
    with pytest.raises(InputError) as error:
        make_accelerator(use_gpu=False)
    message = r"ACCELERATE_MIXED_PRECISION is '[^\n]{,300}': set it to no or bf16, or unset it\."
    assert re.fullmatch(message, str(error.value))


@pytest.mark.parametrize("capability", ["avx512_bf16", "avx512_f"])
def test_a_cpu_uses_bf16_where_it_has_instructions_unless_told_otherwise(
    monkeypatch, capability
):
    monkeypatch.setattr(
        torch.cpu, "get_capabilities", lambda: {capability: True}, raising=False
    )
    has_it = "bf16" in capability
    for asked, expected in (
        ("", "bf16" if has_it else "no"),
        ("BF16", "bf16"),
        ("no", "no"),
    ):
        monkeypatch.setenv("ACCELERATE_MIXED_PRECISION", asked)
        if asked == "BF16" and not has_it:  # which would be emulated
            with pytest.raises(
                InputError, match="not supported on this cpu: set it to no"
            ):
                make_accelerator(use_gpu=False)
        else:
            assert make_accelerator(use_gpu=False).mixed_precision == expected
        forget_accelerator()


@pytest.fixture(autouse=True)
def _forgotten():
    """Leave no device of one test to the next."""
    forget_accelerator()
    yield
    forget_accelerator()
