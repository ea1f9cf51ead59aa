"""Networks as shapes alone: counted, or filled from a file, before any memory is taken for them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from ..core import NetworkConfig, RNNClassifier

MAX_WEIGHTS = 10**8  # more is a mistake or a damaged config.json, and would fill the memory


class _SkipInitialisation(TorchFunctionMode):
    def __torch_function__(
        self, func: Callable, types: Any, args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if getattr(func, "__module__", None) == "torch.nn.init":
            return kwargs.get("tensor", args[0] if args else None)
        return func(*args, **kwargs)


@contextmanager
def shapes_only() -> Iterator[None]:
    """Put the weights of modules that are built in this context on torch's meta device.

    They are not initialised either: drawing random numbers on that device would first import
    sympy and the compiler, which takes two seconds.
    """
    with torch.device("meta"), _SkipInitialisation():
        yield


def check_size(config: NetworkConfig) -> None:
    """Raise ValueError if the network would have more than MAX_WEIGHTS weights."""
    try:
        with shapes_only():
            n_weights = sum(weight.numel() for weight in RNNClassifier(config).parameters())
    except (RuntimeError, TypeError, OverflowError):  # too large even for a shape
        n_weights = MAX_WEIGHTS + 1
    if n_weights > MAX_WEIGHTS:
        raise ValueError(f"its sizes ask for more than {MAX_WEIGHTS:,} weights")


def fill(module: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Give a module of shapes alone its weights, in fp32; raise ValueError if they do not fit."""
    if not all(tensor.is_floating_point() for tensor in weights.values()):
        raise ValueError("its weights are not floating-point numbers")
    try:
        module.load_state_dict({name: t.float() for name, t in weights.items()}, assign=True)
    except RuntimeError as error:  # the first line names the class only
        raise ValueError(str(error).splitlines()[-1].strip()) from None
    if not all(weight.isfinite().all() for weight in module.parameters()):
        raise ValueError("its weights are not finite")
