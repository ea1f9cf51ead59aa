"""What is computed in bf16 and what in fp32, and that no other precision is trained in."""

from dataclasses import replace

import pytest
import torch
from accelerators import accelerator_on

from benchmarks.common import forget_accelerator
from model.errors import InputError
from model.tasks.names import read_names
from model.training.build import build
from model.training.loop import fit, make_accelerator


def train(data, recipe, accelerator, **options):
    """Return a trained model and the types of the last layer's outputs, by training or not."""
    dataset = read_names(data)
    model = build(recipe, dataset)
    types = {True: set(), False: set()}
    linear = model.network.linear
    linear.register_forward_hook(lambda module, _, output: types[module.training].add(output.dtype))
    fit(model, dataset, recipe, accelerator, **options)
    return model, types


def test_bf16_computes_matrix_products_in_it_and_keeps_weights_and_validation_in_fp32(
    small_data, small_recipe
):
    weights = {}
    for precision, expected in (("bf16", torch.bfloat16), ("no", torch.float32)):
        with accelerator_on("cpu", precision) as accelerator:
            model, types = train(small_data, small_recipe, accelerator)
        assert types == {True: {expected}, False: {torch.float32}}
        weights[precision] = model.network.state_dict()
        floating = [t for t in weights[precision].values() if t.is_floating_point()]
        assert {tensor.dtype for tensor in floating} == {torch.float32}
    rounded, exact = (weights[precision]["linear.weight"] for precision in ("bf16", "no"))
    assert not torch.equal(rounded, exact)
    torch.testing.assert_close(rounded, exact, atol=0.02, rtol=0)


@pytest.fixture
def environment(monkeypatch):
    """Set ACCELERATE_MIXED_PRECISION; with that, Accelerate forgets what it was before."""
    forget_accelerator()
    yield lambda value: monkeypatch.setenv("ACCELERATE_MIXED_PRECISION", value)
    forget_accelerator()


@pytest.mark.parametrize("precision", ["fp16", "fp8", "garbage", "float32", "bf16 ", "b" * 1000])
def test_any_other_precision_is_refused_in_one_line(environment, precision):
    environment(precision)
    with pytest.raises(InputError) as error:
        make_accelerator(use_gpu=False)
    message = str(error.value)
    assert message.startswith("ACCELERATE_MIXED_PRECISION is '")
    assert message.endswith("': set it to no or bf16, or unset it.")
    assert "\n" not in message
    assert len(message) < 300


def test_a_wish_for_the_cpu_that_is_neither_yes_nor_no_is_refused(environment, monkeypatch):
    monkeypatch.setenv("ACCELERATE_USE_CPU", "abc")
    for use_gpu in (None, False):
        with pytest.raises(InputError, match=r"^ACCELERATE_USE_CPU is 'abc': set it to true"):
            make_accelerator(use_gpu)


def without_bf16(monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_f": True}, raising=False)


@pytest.mark.parametrize("capability", ["avx512_bf16", "amx_bf16"])
def test_a_cpu_with_instructions_for_bf16_uses_them_unless_told_otherwise(
    environment, monkeypatch, capability
):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {capability: True}, raising=False)
    for asked, expected in (("", "bf16"), ("bf16", "bf16"), ("BF16", "bf16"), ("no", "no")):
        environment(asked)
        assert make_accelerator(use_gpu=False).mixed_precision == expected
        forget_accelerator()


def test_a_cpu_without_them_trains_in_fp32_and_does_not_emulate_bf16(environment, monkeypatch):
    without_bf16(monkeypatch)
    environment("")
    assert make_accelerator(use_gpu=False).mixed_precision == "no"
    forget_accelerator()
    environment("bf16")
    with pytest.raises(
        InputError, match="is bf16, which is not supported on this cpu: set it to no"
    ):
        make_accelerator(use_gpu=False)


def test_resuming_in_another_precision_is_refused(small_data, small_recipe, tmp_path):
    with accelerator_on("cpu", "bf16") as accelerator:
        train(small_data, small_recipe, accelerator, checkpoint=tmp_path)
    with (
        accelerator_on("cpu", "no") as accelerator,
        pytest.raises(InputError, match="precision bf16, not no: set ACCELERATE_MIXED_PRECISION="),
    ):
        train(small_data, small_recipe, accelerator, checkpoint=tmp_path, resume=True)


def test_resuming_on_another_kind_of_device_is_refused(small_data, small_recipe, tmp_path):
    """The checkpoint of a training on the CPU, with another device written into it."""
    accelerator = make_accelerator(use_gpu=False)
    train(small_data, small_recipe, accelerator, checkpoint=tmp_path)
    saved = torch.load(tmp_path / "state.pt", weights_only=True)
    saved["identity"]["recipe"]["device"] = "cuda"
    torch.save(saved, tmp_path / "state.pt")
    with pytest.raises(InputError, match="device cuda, not cpu: resume on a cuda device, or train"):
        train(small_data, small_recipe, accelerator, checkpoint=tmp_path, resume=True)


def test_dropout_and_precision_leave_a_resumed_training_as_it_was(
    small_data, small_recipe, tmp_path
):
    """In both precisions: interrupted after two epochs and resumed, it ends as if never so."""
    recipe = replace(small_recipe, dropout=0.3)

    def interrupt(entry):
        if entry["epoch"] == 2:
            raise KeyboardInterrupt

    for precision in ("bf16", "no"):
        folder = tmp_path / precision
        with accelerator_on("cpu", precision) as accelerator:
            whole, _ = train(small_data, recipe, accelerator)
            train(small_data, recipe, accelerator, checkpoint=folder, on_epoch=interrupt)
            resumed, _ = train(small_data, recipe, accelerator, checkpoint=folder, resume=True)
        for name, tensor in whole.network.state_dict().items():
            assert torch.equal(tensor, resumed.network.state_dict()[name])
