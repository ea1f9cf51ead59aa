"""Training, resuming and prediction on each device and in each precision.

The same bodies run on the CPU, where they have to agree exactly, and on a CUDA GPU, if there is
one. A GPU adds up in another order, multiplies in TF32 inside cuDNN, and adds gradients of
embeddings in no fixed order: it agrees within a tolerance.
"""

import json
from dataclasses import replace

import pytest
import torch
from accelerators import accelerator_on, stop_after, train
from conftest import PRETRAIN, run_here, write_names

from benchmarks.common import forget_accelerator
from model import TextClassifier
from model.commands.train import main
from model.core import pad_ids
from model.data.pairs import read_pretraining
from model.errors import InputError
from model.tasks.names import WORDS, read_names
from model.tasks.recipe import Recipe
from model.training.build import build
from model.training.calibration import calibrate
from model.training.loop import make_accelerator
from model.training.stages import Trainer

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA GPU")
ON_CUDA = pytest.param("cuda", marks=[pytest.mark.cuda, needs_cuda])
every_device = pytest.mark.parametrize("device", ["cpu", ON_CUDA])
RECIPE = Recipe(
    embedding_size=8,
    hidden_size=12,
    layers=2,
    ngrams=(2,),
    ngram_buckets=64,
    pool=True,
    linear_ngrams=(1, 2),
    linear_buckets=100,
    epochs=3,
    batch_size=8,
    learning_rate=0.01,
    one_cycle=True,
    outsiders=0.5,
    logit_adjustment=0.5,
    refit=True,
    keeps_last_epoch=True,  # which epoch is best hangs on the last bit of a logit
    pretrain_epochs=2,
    pretrain_batch_size=8,
    seed=1,
)
NAMES = ["Rossi", "Tanaka", "Volkov", "Conti", "Ito", "Li", "Esposito", "Vasnetsov"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_names(tmp_path_factory.mktemp("devices"), pretrain=PRETRAIN)


def tolerance(device, on_cuda):
    """Return how far a device's result may be from the CPU's."""
    return {"atol": on_cuda if device == "cuda" else 0.0, "rtol": 0.0}


def train_on(device, data, recipe, precision=None, *options, **more):
    """Train on a device; return the classifier and the history."""
    with accelerator_on(device, precision) as accelerator:
        assert accelerator.device.type == device
        _, classifier, history, _ = train(data, recipe, *options, **more, accelerator=accelerator)
    return classifier, history


def assert_same_answers(found, expected, device, on_cuda):
    both = (torch.from_numpy(model.predict_batch(NAMES)) for model in (found, expected))
    torch.testing.assert_close(*both, **tolerance(device, on_cuda))


@every_device
def test_a_network_learns_on_the_device_in_its_default_precision(device, data):
    recipe = replace(RECIPE, layers=1, epochs=15, learning_rate=0.03, logit_adjustment=0.0)
    classifier, history = train_on(device, data, recipe)
    assert next(classifier.network.parameters()).device.type == device
    assert history[-1]["train_loss"] < history[0]["train_loss"] / 2
    rows = read_names(data).train
    predicted = classifier.predict_batch(rows.texts).argmax(axis=1)
    right = [classifier.labels[i] == label for i, label in zip(predicted, rows.labels, strict=True)]
    assert sum(right) >= 0.9 * len(rows)


@every_device
def test_training_agrees_with_the_cpu_s(device, data):
    """In fp32 and without dropout, whose random numbers differ."""
    expected, on_cpu = train_on("cpu", data, RECIPE, "no")
    found, history = train_on(device, data, RECIPE, "no")
    assert_same_answers(found, expected, device, 0.05)
    for name in ("train_loss", "validation_loss"):
        for entry, other in zip(history, on_cpu, strict=True):
            assert entry[name] == pytest.approx(other[name], rel=0.05 if device == "cuda" else 0)


@every_device
def test_stages_and_calibration_agree_with_the_cpu_s(device, data):
    file = data / "pretraining.csv.gz"
    pretraining, dataset = read_pretraining([file], read_names(data), WORDS)
    recipe = replace(RECIPE, prior_power=0.5, pretrain_dropout=0.0)

    found = []
    for each in ("cpu", device):
        with accelerator_on(each, "no") as accelerator:
            trained = Trainer(accelerator).train(recipe, dataset, pretraining)
            calibrate(trained.model, dataset, refitted := trained.refitted)
        ids, lengths = pad_ids([refitted.encoder.encode(name) for name in NAMES])
        outputs = refitted.outputs(ids.to(each), lengths).cpu()
        found.append((refitted.calibration.bias, refitted.calibration.temperature, outputs))
    (bias, temperature, outputs), (other_bias, other_temperature, others) = found
    assert bias == other_bias  # of frequencies alone
    assert temperature == pytest.approx(other_temperature, rel=0.3 if device == "cuda" else 0)
    torch.testing.assert_close(others, outputs, **tolerance(device, 0.2))


@every_device
def test_prediction_and_explanation_agree_with_the_cpu_s(device, data):
    classifier, _ = train_on("cpu", data, RECIPE)
    expected = torch.from_numpy(classifier.predict_batch(NAMES))
    explained = classifier.explain("Rossi").contributions
    classifier.network.to(device)
    found = torch.from_numpy(classifier.predict_batch(NAMES))
    torch.testing.assert_close(found, expected, **tolerance(device, 0.005))
    for (letter, value), (other, worked_out) in zip(
        classifier.explain("Rossi").contributions, explained, strict=True
    ):
        assert letter == other
        assert value == pytest.approx(worked_out, abs=0.01 if device == "cuda" else 0)


@every_device
def test_a_model_is_saved_from_the_device_and_loaded_onto_the_cpu(device, data, tmp_path):
    classifier, _ = train_on(device, data, RECIPE)
    classifier.save(tmp_path / "m")
    loaded = TextClassifier.load(tmp_path / "m")
    assert next(loaded.network.parameters()).device.type == "cpu"
    assert_same_answers(loaded, classifier, device, 0.005)


@every_device
@pytest.mark.parametrize("precision", ["bf16", "no"])
def test_resuming_on_the_device_gives_the_model_of_an_uninterrupted_training(
    device, precision, data, tmp_path
):
    recipe, file = replace(RECIPE, dropout=0.3, epochs=3), tmp_path / "main.pt"
    whole, history = train_on(device, data, recipe, precision)
    train_on(device, data, recipe, precision, file, progress=stop_after(2))
    resumed, again = train_on(device, data, recipe, precision, file, resume=True)
    assert [entry["epoch"] for entry in again] == [entry["epoch"] for entry in history]
    assert_same_answers(resumed, whole, device, 0.05)


@every_device
@pytest.mark.parametrize("padded", [False, True])
def test_the_gru_never_computes_in_fp16(device, data, padded):
    """What cuDNN's would do under autocast; the last layer is in bf16, as asked for."""
    network = build(RECIPE, read_names(data)).network.to(device).train()
    types = {}
    for name in ("gru", "linear"):
        part = getattr(network, name)
        part.register_forward_hook(lambda _, __, output, name=name: types.update({name: output}))
    ids = torch.tensor([[2, 3, 4, 5], [2, 3, 4, 0 if padded else 5]], device=device)
    with accelerator_on(device, "bf16") as accelerator, accelerator.autocast():
        logits = network(ids, torch.tensor([4, 3 if padded else 4]))
    states = types["gru"][0]
    states = states.data if padded else states  # of a packed sequence
    assert states.dtype != torch.float16
    assert device != "cuda" or states.dtype == torch.float32
    assert types["linear"].dtype == torch.bfloat16
    logits.float().sum().backward()
    gradients = [weights.grad for weights in network.gru.parameters()]
    assert {gradient.dtype for gradient in gradients} == {torch.float32}
    assert all(gradient.isfinite().all() and gradient.any() for gradient in gradients)


@pytest.mark.cuda
@needs_cuda
@pytest.mark.parametrize("padded", [False, True])
def test_the_gru_on_cuda_is_exact_under_autocast_too(data, padded):
    network = build(RECIPE, read_names(data)).network.to("cuda").eval()
    found = []
    network.gru.register_forward_hook(
        lambda _, __, output: found.append(output[0].data if padded else output[0])
    )
    ids = torch.tensor([[2, 3, 4, 5], [2, 3, 4, 0 if padded else 5]], device="cuda")
    lengths = torch.tensor([4, 3 if padded else 4])
    with torch.no_grad():
        network(ids, lengths)
        with torch.autocast("cuda", torch.bfloat16):
            network(ids, lengths)
    torch.testing.assert_close(found[1], found[0], atol=1e-6, rtol=0)


@pytest.mark.cuda
@needs_cuda
def test_a_checkpoint_of_the_gpu_is_refused_on_the_cpu_and_the_other_way_round(data, tmp_path):
    for first, second in (("cuda", "cpu"), ("cpu", "cuda")):
        file = tmp_path / f"{first}.pt"
        train_on(first, data, RECIPE, "no", file)
        message = f"device {first}, not {second}: resume on a {first} device"
        with pytest.raises(InputError, match=message):
            train_on(second, data, RECIPE, "no", file, resume=True)


@pytest.mark.cuda
@needs_cuda
def test_the_environment_s_cpu_is_not_given_the_gpu_s_precision(monkeypatch):
    """ACCELERATE_USE_CPU with a GPU in the machine: bf16 only if the CPU itself has it."""
    monkeypatch.setenv("ACCELERATE_USE_CPU", "true")
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict, raising=False)
    with accelerator_on("cuda") as accelerator:  # that is, use_gpu=True
        assert accelerator.device.type == "cpu"
        assert accelerator.mixed_precision == "no"


@every_device
def test_the_command_line_trains_on_the_device_asked_for(device, data, tmp_path):
    options = ("--epochs", "1", "--pretrain-epochs", "1", "--hidden-size", "8", "--batch-size", "8")
    gpu = "--use-gpu" if device == "cuda" else "--no-use-gpu"
    done = run_here(main, "--data", data, "--output", tmp_path / "m", *options, gpu)
    assert done.returncode == 0, done.stderr
    assert f"device {device}" in done.stdout
    assert json.loads((tmp_path / "m" / "metrics.json").read_text())["device"] == device


@pytest.mark.cuda
@needs_cuda
@pytest.mark.parametrize("use_gpu", [None, True])
def test_a_gpu_is_used_unless_the_cpu_is_asked_for(use_gpu):
    assert make_accelerator(use_gpu).device.type == "cuda"


def test_bf16_computes_matrix_products_in_it_and_keeps_weights_and_validation_in_fp32(data):
    models, types = {}, {True: set(), False: set()}
    forward = torch.nn.Linear.forward

    def watched(self, values):
        types[self.training].add(forward(self, values).dtype)
        return forward(self, values)

    for precision, expected in (("bf16", torch.bfloat16), ("no", torch.float32)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(torch.nn.Linear, "forward", watched)
            models[precision], _ = train_on("cpu", data, RECIPE, precision)
        assert types == {True: {expected}, False: {torch.float32}}
        types[True].clear()
        assert {weight.dtype for weight in models[precision].network.parameters()} == {
            torch.float32
        }
    weights = [model.network.linear.weight for model in models.values()]
    assert not torch.equal(*weights)
    torch.testing.assert_close(*weights, atol=0.05, rtol=0)


@pytest.mark.parametrize("precision", ["fp16", "fp8", "garbage", "bf16 ", "b" * 1000])
def test_any_other_precision_is_refused_in_one_line(monkeypatch, precision):
    monkeypatch.setenv("ACCELERATE_MIXED_PRECISION", precision)
    with pytest.raises(InputError) as error:
        make_accelerator(use_gpu=False)
    message = str(error.value)
    assert message.startswith("ACCELERATE_MIXED_PRECISION is '")
    assert message.endswith("': set it to no or bf16, or unset it.")
    assert "\n" not in message
    assert len(message) < 300


@pytest.mark.parametrize("capability", ["avx512_bf16", "amx_bf16", "avx512_f"])
def test_a_cpu_uses_bf16_where_it_has_instructions_for_it_unless_told_otherwise(
    monkeypatch, capability
):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {capability: True}, raising=False)
    has_it = "bf16" in capability
    for asked, expected in (("", "bf16" if has_it else "no"), ("BF16", "bf16"), ("no", "no")):
        monkeypatch.setenv("ACCELERATE_MIXED_PRECISION", asked)
        if asked == "BF16" and not has_it:  # which would be emulated
            with pytest.raises(InputError, match="not supported on this cpu: set it to no"):
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
