"""Channels standardized over a batch: `batch_norm`, `instance_norm`; by neighbouring channels:
`local_response_norm`. Running statistics are updated in place.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rushlight.autograd.modes import no_grad
from rushlight.engine import deferred, norm_kernels
from rushlight.engine.resampling import Table
from rushlight.ops.arguments import need_tensor, widened
from rushlight.ops.average_pooling import _of_integers
from rushlight.ops.normalization import (
    _final,
    _floating,
    _of_shape,
    _standardized,
    _summed_to,
    in_order,
    loops,
)
from rushlight.ops.op import composite, op
from rushlight.ops.resampling import resampled_beside
from rushlight.tensor.tensor import Tensor, wrap

_ROOM = "nn.functional."
_NODE = "NativeBatchNormBackward0"


# --- by statistics that are given


def _scale(running_var: Any, eps: float) -> Any:
    return (running_var + eps).rsqrt()


def _along_channels(value: Any, ndim: int) -> Any:
    return value.reshape((-1, *(1,) * (ndim - 2)))


def _to_input(grad: Any, weight: Any, running_var: Any, eps: float) -> Any:
    scale = _scale(running_var, eps)
    scale = scale if weight is None else scale * weight
    return (grad * _along_channels(scale, grad._array.ndim)).to(grad.dtype)


def _to_weight(
    grad: Any, input: Any, weight: Any, running_mean: Any, running_var: Any, eps: float
) -> Any:
    ndim = grad._array.ndim
    normal = input - _along_channels(running_mean, ndim)
    shares = grad * normal * _along_channels(_scale(running_var, eps), ndim)
    return _to_bias(shares, weight)


def _to_bias(grad: Any, bias: Any) -> Any:
    ndim = grad._array.ndim
    return _summed_to(grad, (1, -1, *(1,) * (ndim - 2)), bias.shape, bias.dtype)


def _vector(value: Tensor) -> Any:
    return widened(deferred.computed(value._array))


@op(name="_scaled", face=False, method=False, node=_NODE, input=_to_input, weight=_to_weight,
    bias=lambda grad, bias: _to_bias(grad, bias))
def _scaled(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor,
    running_var: Tensor, eps: float,
) -> Any:
    """`input` standardized by given means and variances of channels, times weight plus bias."""
    array = deferred.of(widened(input._array))
    mean, variance = _vector(running_mean), _vector(running_var)
    scale = 1 / np.sqrt(variance + variance.dtype.type(eps))
    scale = scale if weight is None else scale * _vector(weight)
    shift = -mean * scale
    shift = shift if bias is None else shift + _vector(bias)
    form = (1, -1, *(1,) * (array.ndim - 2))
    return _final(array * scale.reshape(form) + shift.reshape(form), input)


# --- by those of the input


def _updated(running: Any, value: Any, momentum: float) -> None:
    """running = (1 - momentum) * running + momentum * value, in place."""
    if running is not None:
        running.mul_(1 - momentum).add_(value.to(running.dtype), alpha=momentum)


def _update(
    input: Any, axes: tuple[int, ...], running_mean: Any, running_var: Any, momentum: float
) -> None:
    """Move the running statistics of the channels towards the input's: an average over samples
    where `axes`, the dims that statistics are taken along, leave the samples apart.
    """
    if not input._array.size:
        return
    if running_mean is None and running_var is None:
        return
    with no_grad():
        mean, variance = _moments(input, axes)
        if running_mean is not None:
            _updated(running_mean, mean if 0 in axes else mean.mean(0), momentum)
        if running_var is not None:
            _updated(running_var, variance if 0 in axes else variance.mean(0), momentum)


def _moments(input: Any, axes: tuple[int, ...]) -> tuple[Any, Any]:
    """The means and the unbiased variances along these dims."""
    array = input._array
    form = (1, array.shape[1], *(1,) * (array.ndim - 2))
    laid = loops(input, (), array.shape, form, (axes, 0.0, True))
    if laid is None:
        wide = input if input.dtype.itemsize > 2 else input.float()
        return wide.mean(axes), wide.var(axes)
    mean, variance = norm_kernels.moments(in_order(input), laid)
    count = array.size // laid.units
    shape = [n for i, n in enumerate(array.shape) if i not in axes]
    return wrap(mean.reshape(shape)), wrap((variance * (count / (count - 1))).reshape(shape))


def _checked(
    op: str, input: Any, running_mean: Any, running_var: Any, weight: Any, bias: Any, least: int
) -> int:
    """How many channels; RuntimeError where shapes do not fit."""
    array = _floating(op, input)
    if array.ndim < least:
        raise RuntimeError(f"{op}(): input has at least {least} dims, not {array.ndim}")
    channels = array.shape[1]
    for name, each in (("weight", weight), ("bias", bias), ("running_mean", running_mean),
                       ("running_var", running_var)):
        if each is not None and need_tensor(op, name, each)._array.shape != (channels,):
            raise RuntimeError(
                f"{op}(): {name} has shape {list(each.shape)}: it must be [{channels}], a number "
                "for each channel")
    _of_shape(op, "weight", weight, (channels,), array.dtype)
    _of_shape(op, "bias", bias, (channels,), array.dtype)
    return channels


@composite(name=_ROOM + "batch_norm", method=False)
def batch_norm(
    input: Tensor, running_mean: Tensor | None, running_var: Tensor | None,
    weight: Tensor | None = None, bias: Tensor | None = None, training: bool = False,
    momentum: float = 0.1, eps: float = 1e-05,
) -> Tensor:
    """Each channel less its mean, by the root of its variance + eps; times weight, plus bias.

    input: (batch, channels, ...), the others (channels) or None. With training mean and variance
    are the input's own, and the running ones move towards them by `momentum`, the variance by the
    unbiased one; without it they are the running ones.
    Raises ValueError for one value to a channel in training, RuntimeError where shapes do not fit.
    Source: Ioffe and Szegedy, 2015, https://arxiv.org/abs/1502.03167
    """
    if need_tensor("batch_norm", "input", input)._array.shape == (0,):
        return input.clone()
    _checked("batch_norm", input, running_mean, running_var, weight, bias, 2)
    array = input._array
    if not training:
        if running_mean is None or running_var is None:
            raise RuntimeError(
                "batch_norm(): without training, running_mean and running_var must be given")
        return _scaled(input, weight, bias, running_mean, running_var, eps)
    axes = (0, *range(2, array.ndim))
    count = math.prod([array.shape[each] for each in axes])
    if count == 1:
        raise ValueError(
            "batch_norm(): in training each channel needs more than one value, and input has shape "
            f"{list(array.shape)}")
    _update(input, axes, running_mean, running_var, momentum)
    return _over_input(input, weight, bias, axes, eps)


def _over_input(
    input: Any, weight: Any, bias: Any, axes: tuple[int, ...], eps: float
) -> Tensor:
    array = input._array
    form = (1, array.shape[1], *(1,) * (array.ndim - 2))
    return _standardized(input, weight, bias, array.shape, form, (axes, eps, True), _NODE)


@composite(name="batch_norm", method=False)
def _face_batch_norm(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None,
    running_var: Tensor | None, training: bool, momentum: float, eps: float, cudnn_enabled: bool,
) -> Tensor:
    """`nn.functional.batch_norm`, with its arguments in another order."""
    return batch_norm(
        input, running_mean, running_var, weight, bias, training, momentum, eps)


@composite(name=_ROOM + "instance_norm", method=False)
def instance_norm(
    input: Tensor, running_mean: Tensor | None = None, running_var: Tensor | None = None,
    weight: Tensor | None = None, bias: Tensor | None = None, use_input_stats: bool = True,
    momentum: float = 0.1, eps: float = 1e-05,
) -> Tensor:
    """As `batch_norm`, but each sample by itself.

    use_input_stats: by each sample's own mean and variance, towards whose averages over the batch
    the running ones move; else by the running ones.
    Raises ValueError for one value to a channel, RuntimeError where shapes do not fit.
    Source: Ulyanov et al., 2016, https://arxiv.org/abs/1607.08022
    """
    _checked("instance_norm", input, running_mean, running_var, weight, bias, 2)
    array = input._array
    if not use_input_stats:
        if running_mean is None or running_var is None:
            raise RuntimeError(
                "instance_norm(): without use_input_stats, running_mean and running_var must be "
                "given")
        return _scaled(input, weight, bias, running_mean, running_var, eps)
    if math.prod(array.shape[2:]) == 1:
        raise ValueError(
            "instance_norm(): each channel of a sample needs more than one value, and input has "
            f"shape {list(array.shape)}")
    axes = tuple(range(2, array.ndim))
    _update(input, axes, running_mean, running_var, momentum)
    return _over_input(input, weight, bias, axes, eps)


@composite(name="instance_norm", method=False)
def _face_instance_norm(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None,
    running_var: Tensor | None, use_input_stats: bool, momentum: float, eps: float,
    cudnn_enabled: bool,
) -> Tensor:
    """`nn.functional.instance_norm`, with its arguments in another order."""
    return instance_norm(
        input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps)


# --- by neighbouring channels


@composite(name=_ROOM + "local_response_norm", method=False)
def local_response_norm(
    input: Tensor, size: int, alpha: float = 0.0001, beta: float = 0.75, k: float = 1.0
) -> Tensor:
    """x / (k + alpha * mean of x * x over `size` neighbouring channels) ** beta.

    input: (batch, channels, ...) of at least 3 dims. Channels beyond the ends count as 0.
    Source: Krizhevsky et al., 2012, section 3.3 of "ImageNet Classification with Deep CNNs"
    """
    array = need_tensor("local_response_norm", "input", input)._array
    if array.ndim < 3:
        raise ValueError(
            f"local_response_norm(): input has at least 3 dims, not {array.ndim}")
    if not input.numel():
        return input
    channels = array.shape[1]
    at = np.arange(channels)[:, None] - size // 2 + np.arange(size)
    inside = (at >= 0) & (at < channels)
    table = Table(channels, at.clip(0, channels - 1), inside / size)
    tables = (table, *(None,) * (array.ndim - 2))
    if array.dtype.kind in "iu":
        square = _of_integers(input * input, tables, None)
    else:
        square = resampled_beside(input * input, tables, "AvgPool2DBackward0")
    return input / (square * alpha + k).pow(beta)
