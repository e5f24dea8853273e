"""Layer norm and RMS norm by kernels that read each row once (`engine/row_norms.py`).

Other dtypes, and gradients of gradients, are left to the row in `ops/normalization.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from rushlight.autograd.differentiate import grad as gradients_of
from rushlight.autograd.function import Function
from rushlight.autograd.modes import modes
from rushlight.engine import deferred
from rushlight.engine.deferred import computed
from rushlight.tensor.tensor import Tensor, wrap

_COST = 8  # operations on each element


@cache
def _kernels() -> Any:
    """The module of the kernels; None where nothing can be compiled."""
    from rushlight.engine import native

    if not native.available():
        return None
    from rushlight.engine import row_norms

    return row_norms


def normalized(
    name: str, input: Tensor, weight: Tensor | None, bias: Tensor | None, width: int, eps: float,
    centred: bool, by_ops: Callable[..., Tensor],
) -> Tensor | None:
    """Rows of `width` numbers standardized; None for what the kernels don't do, or not sooner.

    by_ops: the same of (input, weight, bias), to be differentiated again.
    """
    array = computed(input._array)
    if type(array) is not np.ndarray or not array.size or not (
        deferred.worth_a_kernel(array.size, _COST)
    ):
        return None
    w = None if weight is None else computed(weight._array)
    b = None if bias is None else computed(bias._array)
    kernels = _kernels()
    if kernels is None or not kernels.fits(array, w, b):
        return None
    if modes.grad and (input._node is not None or (weight is not None and weight._node is not None)
                       or (bias is not None and bias._node is not None)):
        made: Tensor = NODES[name].apply(
            input, weight, bias, (array, width, w, b, eps, centred), by_ops)
        return made
    return wrap(kernels.forward(array, width, w, b, eps, centred)[0])


class _Norm(Function):
    @staticmethod
    def forward(
        ctx: Any, input: Tensor, weight: Tensor | None, bias: Tensor | None,
        given: tuple[Any, ...], by_ops: Callable[..., Tensor],
    ) -> Any:
        """The standardized rows."""
        ctx.given, ctx.by_ops = given, by_ops
        made, ctx.kept = _kernels().forward(*given)
        ctx.save_for_backward(input, weight, bias)
        return wrap(made)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        """All three at once, unless they are to be differentiated again."""
        inputs = ctx.saved_tensors
        if modes.grad:
            return *_by_ops(inputs, grad, ctx.by_ops), None, None
        array, width, weight, bias, _, centred = ctx.given
        to_input, to_weight, to_bias = _kernels().backward(
            computed(grad._array), array, width, weight, bias is not None, ctx.kept, centred)
        return (
            wrap(to_input), None if weight is None else wrap(to_weight.reshape(weight.shape)),
            None if bias is None else wrap(to_bias.reshape(bias.shape)), None, None)


def _by_ops(
    inputs: tuple[Tensor | None, ...], grad: Tensor, by_ops: Callable[..., Tensor]
) -> list[Tensor | None]:
    wanted = [each for each in inputs if each is not None and each._node is not None]
    found = iter(gradients_of(
        [by_ops(*inputs)], wanted, [grad], create_graph=True, allow_unused=True))
    return [next(found) if each is not None and each._node is not None else None
            for each in inputs]


class NativeLayerNorm(_Norm):
    """Layer norm as a step of the graph."""


class FusedRmsNorm(_Norm):
    """RMS norm as a step of the graph."""


# The graph's names are PyTorch's
NODES = {"NativeLayerNormBackward0": NativeLayerNorm, "FusedRmsNormBackward0": FusedRmsNorm}
for _name, _node in NODES.items():
    _node._node_class.__name__ = _name
