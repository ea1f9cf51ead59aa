"""Training, resuming and prediction on each device and in each precision.

The same bodies run on the CPU, where they have to agree exactly, and on a CUDA GPU, if there is
one. A GPU adds up in another order, multiplies in TF32 inside cuDNN, and adds gradients of
embeddings in no fixed order: it agrees within a tolerance.
"""

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
from model.training.build import build_model
from model.training.session import make_accelerator

needs_cuda = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="there is no CUDA GPU"
)
CUDA = [pytest.mark.cuda, needs_cuda]
every_device = pytest.mark.parametrize(
    "device", ["cpu", pytest.param("cuda", marks=CUDA)], scope="module"
)
RECIPE = Recipe(
    embedding_size=8,
    hidden_size=12,
    ngrams=(2,),
    ngram_buckets=64,
    pool=True,
    linear_ngrams=(1, 2),
    linear_buckets=100,
    epochs=3,
    batch_size=8,
    learning_rate=0.01,
    one_cycle=True,
    logit_adjustment=0.5,
    keep="last",  # the choice of the best hangs on the last bit of a logit
    seed=1,
)
NAMES = ["Rossi", "Tanaka", "Volkov", "Conti", "Ito", "Li", "Esposito", "Vasnetsov"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_names(tmp_path_factory.mktemp("devices"), pretrain=PRETRAIN)


def train_on(device, data, recipe, precision, **options):
    """Train on a device; return the stage."""
    with accelerator_on(device, precision) as accelerator:
        assert accelerator.device.type == device
        return train(data, recipe, accelerator, **options)


def tolerance(device, on_cuda):
    """Return how far from the CPU's a figure may be."""
    return on_cuda if device == "cuda" else 0


def assert_same_answers(model, expected, atol):
    probabilities, others = (
        TextClassifier(each).predict_batch(NAMES) for each in (model, expected)
    )
    np.testing.assert_allclose(
        probabilities,
        others,
        rtol=0,
        atol=atol,
    )


@every_device
def test_training_and_prediction_agree_with_the_cpu_s(device, data, tmp_path):
    """In fp32 and without dropout, whose random numbers differ."""
    on_cpu = train_on("cpu", data, RECIPE, "no")
    on_device = train_on(device, data, RECIPE, "no")
    assert_same_answers(on_device.model, on_cpu.model, tolerance(device, 0.05))
    for name in ("train_loss", "validation_loss"):
        losses, others = (
            [entry[name] for entry in stage.history] for stage in (on_device, on_cpu)
        )
        assert losses == pytest.approx(others, rel=tolerance(device, 0.05))
        assert losses[-1] < losses[0]

    TextClassifier(on_device.model).save(tmp_path / "m")
    loaded = TextClassifier.load(tmp_path / "m")
    assert loaded.model.device.type == "cpu"
    assert_same_answers(loaded.model, on_device.model, tolerance(device, 0.02))


@every_device
def test_resuming_on_the_device_gives_the_model_of_a_whole_run(device, data, tmp_path):
    recipe = replace(RECIPE, dropout=0.3)
    given = (device, data, recipe, "bf16")
    whole = train_on(*given)
    train_on(*given, checkpoint=tmp_path, progress=stop_after(2))
    resumed = train_on(*given, checkpoint=tmp_path, resume=True)
    assert_same_answers(resumed.model, whole.model, tolerance(device, 0.05))


@every_device
def test_the_gru_s_states_and_gradients_are_in_fp32(device, data):
    """A network that has computed a batch in fp32 and in bf16, and the GRU's states of both."""
    network = build_model(RECIPE, read_names(data)).network.to(device).train()
    states = []

    def keep_states(module, inputs, outputs):
        states.append(outputs[0].data)

    network.gru.register_forward_hook(keep_states)
    ids = torch.tensor([[2, 3, 4, 5], [2, 3, 4, 0]], device=device)
    lengths = torch.tensor([4, 3])
    with torch.no_grad():
        assert network(ids, lengths).dtype == torch.float32
    with accelerator_on(device, "bf16") as accelerator, accelerator.autocast():
        logits = network(ids, lengths)
    logits.float().sum().backward()
    in_fp32, in_bf16 = states
    assert in_fp32.dtype == torch.float32
    atol = 1e-6 if device == "cuda" else 0.1
    torch.testing.assert_close(
        in_bf16,
        in_fp32,
        atol=atol,
        rtol=0,
    )
    for weights in network.gru.parameters():
        assert weights.grad.dtype == torch.float32
        assert weights.grad.isfinite().all()
        assert weights.grad.any()


@pytest.mark.cuda
@needs_cuda
@pytest.mark.parametrize("asked_for", [[], ["--use-gpu"]])
def test_the_command_line_trains_on_a_gpu_unless_told_otherwise(
    asked_for, data, tmp_path
):
    options = "--epochs 1 --pretrain-epochs 1 --hidden-size 8 --batch-size 8".split()
    folder = tmp_path / "m"
    done = run_here(main, "--data", data, "--output", folder, *options, *asked_for)
    assert done.returncode == 0, done.stderr
    assert "device cuda" in done.stdout
    assert json.loads((folder / "metrics.json").read_text())["device"] == "cuda"


@pytest.mark.parametrize("precision", ["fp16", "bf16 ", "b" * 1000])
def test_any_other_precision_is_refused_in_one_line(monkeypatch, precision):
    monkeypatch.setenv("ACCELERATE_MIXED_PRECISION", precision)
    with pytest.raises(InputError) as error:
        make_accelerator(use_gpu=False)
    message = r"ACCELERATE_MIXED_PRECISION is '[^\n]{,300}': set it to no or bf16, or unset it\."
    assert re.fullmatch(message, str(error.value))


def set_bf16(monkeypatch, is_there, precision):
    """Give the CPU instructions for bf16, or none, and ask for a precision."""
    capability = "avx512_bf16" if is_there else "avx512_f"
    monkeypatch.setattr(
        torch.cpu, "get_capabilities", lambda: {capability: True}, raising=False
    )
    monkeypatch.setenv("ACCELERATE_MIXED_PRECISION", precision)


@pytest.mark.parametrize(
    ("is_there", "precision", "expected"),
    [
        (True, "", "bf16"),
        (True, "BF16", "bf16"),
        (True, "no", "no"),
        (False, "", "no"),
        (False, "no", "no"),
    ],
)
def test_a_cpu_uses_bf16_where_it_has_instructions_unless_told_otherwise(
    monkeypatch, is_there, precision, expected
):
    set_bf16(monkeypatch, is_there, precision)
    assert make_accelerator(use_gpu=False).mixed_precision == expected


def test_bf16_is_refused_where_it_would_be_emulated(monkeypatch):
    set_bf16(monkeypatch, False, "bf16")
    message = "not supported on this cpu: set it to no"
    with pytest.raises(InputError, match=message):
        make_accelerator(use_gpu=False)


@pytest.fixture(autouse=True)
def _forgotten():
    """Leave no device of one test to the next."""
    forget_accelerator()
    yield
    forget_accelerator()
