"""Normalizations that also give the mean and the scale that they used: `native_layer_norm` and kin.
"""

from __future__ import annotations

from typing import Any

from rushlight.ops.batch_normalization import batch_norm
from rushlight.ops.normalization import group_norm, layer_norm
from rushlight.ops.op import composite
from rushlight.ops.rounding import beside_where_recorded
from rushlight.tensor.tensor import Tensor

_Three = tuple[Tensor, Tensor, Tensor]


def _statistics(
    input: Any, weight: Any, axes: tuple[int, ...], eps: float
) -> tuple[Tensor, Tensor]:
    """The mean along these dims, and 1 / sqrt(variance + eps), in the dtype of the weight."""
    dtype = (input if weight is None else weight).dtype
    wide = input if input.dtype.itemsize > 2 else input.float()
    scale = (wide.var(axes, correction=0, keepdim=True) + eps).rsqrt()
    return wide.mean(axes, True).to(dtype), scale.to(dtype)


@composite(method=False)
def native_layer_norm(
    input: Tensor, normalized_shape: Any, weight: Tensor | None, bias: Tensor | None, eps: float
) -> _Three:
    """`layer_norm`, the means, and what the distances from them were multiplied with."""
    made = layer_norm(input, normalized_shape, weight, bias, eps)
    first, ndim = input._array.ndim - len(normalized_shape), input._array.ndim
    return made, *_statistics(input.detach(), weight, tuple(range(first, ndim)), eps)


@composite(method=False)
def native_group_norm(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, N: int, C: int, HxW: int,
    group: int, eps: float,
) -> _Three:
    """`group_norm`, the means, and what the distances from them were multiplied with."""
    made = group_norm(input, group, weight, bias, eps)
    mean, scale = _statistics(
        input.detach().reshape((N, group, C // group * HxW)), weight, (2,), eps)
    return (made, *[beside_where_recorded(each.reshape((N, group)), made)
                    for each in (mean, scale)])


@composite(method=False, out=True)
def native_batch_norm(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None,
    running_var: Tensor | None, training: bool, momentum: float, eps: float,
) -> _Three:
    """`batch_norm`, the means, and what the distances from them were multiplied with; both are
    empty unless in training.
    """
    made = batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)
    if not training:
        return made, input.new_empty((0,)), input.new_empty((0,))
    axes = (0, *range(2, input._array.ndim))
    mean, scale = _statistics(input.detach(), weight, axes, eps)
    return made, mean.reshape((-1,)), scale.reshape((-1,))


@composite(method=False, out=True)
def _native_batch_norm_legit(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, *rest: Any
) -> _Three:
    """`native_batch_norm`; also without running statistics: (..., training, momentum, eps)."""
    running = rest if len(rest) == 5 else (None, None, *rest)
    return native_batch_norm(input, weight, bias, *running)
