"""Layer norm and RMS norm by kernels that read each row once (`engine/row_norms.py`).

Other dtypes, and gradients of gradients, are left to the row in `ops/normalization.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from rushlight.autograd.modes import modes
from rushlight.engine import at_hand
from rushlight.engine.deferred import computed
from rushlight.ops.whole_steps import again, kind, record
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
        at_hand.worth_a_kernel(array.size, _COST)
    ):
        return None
    w = None if weight is None else computed(weight._array)
    b = None if bias is None else computed(bias._array)
    kernels = _kernels()
    if kernels is None or not kernels.fits(array, w, b):
        return None
    given = (array, width, w, b, eps, centred)
    made, kept = kernels.forward(*given)
    result = wrap(made)
    if modes.grad and (input._node is not None or (weight is not None and weight._node is not None)
                       or (bias is not None and bias._node is not None)):
        inputs = (input, weight, bias)
        return record(_NODES[name], result, inputs, (*inputs, given, kept, by_ops))
    return result


def _gradients(grad: Tensor, saved: tuple[Any, ...]) -> Sequence[Tensor | None]:
    """All three at once, unless they are to be differentiated again."""
    *inputs, (array, width, weight, bias, _, centred), kept, by_ops = saved
    if modes.grad:
        return again(by_ops, inputs, grad)
    to_input, to_weight, to_bias = _kernels().backward(
        computed(grad._array), array, width, weight, bias is not None, kept, centred)
    return (
        wrap(to_input), None if weight is None else wrap(to_weight.reshape(weight.shape)),
        None if bias is None else wrap(to_bias.reshape(bias.shape)))


_NODES = {name: kind(name, _gradients)
          for name in ("NativeLayerNormBackward0", "FusedRmsNormBackward0")}
