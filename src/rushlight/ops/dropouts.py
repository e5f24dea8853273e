"""The dropout family: noise while training, nothing otherwise.

`dropout` zeroes elements, `dropout1d` and its kin whole channels; the alpha forms set them to what
`selu` tends to and keep mean and variance. The noise is PyTorch's for the same seed.
Source: https://docs.pytorch.org/docs/stable/nn.functional.html#dropout-functions
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from rushlight.ops import write
from rushlight.ops.arguments import need_tensor
from rushlight.ops.op import composite, op
from rushlight.ops.random import kernels
from rushlight.tensor.generator import stream_of
from rushlight.tensor.meta import MetaArray
from rushlight.tensor.tensor import Tensor, settled, wrap

_LEAST = 1.7580993408473766  # selu's value at minus infinity, its sign left out


@op(name="_scaled_by", face=False, method=False, node="MulBackward0", input="noise")
def _scaled_by(input: Tensor, noise: Tensor) -> Any:
    """input * noise, which broadcasts to input's shape and is of its dtype."""
    return input._array * noise._array


def _kept(input: Tensor, p: float, channels: bool) -> Any:
    """1 where an element, or a whole channel, is kept, and 0 elsewhere.

    For each element the noise is drawn in the order of the input's memory.
    """
    array = settled(input)
    if array.dtype.kind not in "fVc":
        raise RuntimeError(f"dropout is for floating point, not {input.dtype}: convert it first")
    stream, dtype = stream_of(None), array.dtype
    if channels or array.flags.c_contiguous:
        return kernels.bernoulli(stream, _noise_shape(input, channels), dtype, 1 - p)
    noise = np.empty_like(array, subok=False)
    kernels.fill(noise, lambda shape: kernels.bernoulli(stream, shape, dtype, 1 - p))
    return noise


def _noise_shape(input: Tensor, channels: bool) -> tuple[int, ...]:
    shape = input._array.shape
    if not channels:
        return shape
    if len(shape) < 2:
        raise RuntimeError(
            f"dropout of channels needs 2 dims or more, a batch and its channels, not {len(shape)}")
    return (*shape[:2], *[1] * (len(shape) - 2))


def _nothing(input: Tensor) -> Tensor:
    return input * wrap(np.zeros((), input._array.dtype))


def _zeroing(input: Tensor, p: float, channels: bool = False) -> Tensor:
    """Zeros with probability `p`, the rest scaled so that the mean stays."""
    array = settled(input)
    if p == 1 or type(array) is MetaArray:
        return _nothing(input)
    if channels or array.dtype.kind not in "fV" or not array.flags.c_contiguous:
        noise = _kept(input, p, channels)
        noise *= (1 / array.dtype.type(1 - p)).astype(array.dtype)
    else:
        noise = kernels.dropout_noise(stream_of(None), array.shape, array.dtype, p)
    return _scaled_by(input, wrap(np.asarray(noise)))


def _saturating(input: Tensor, p: float, channels: bool = False) -> Tensor:
    """What is dropped becomes selu's lower limit; then all is scaled and moved back."""
    if p == 1 or type(settled(input)) is MetaArray:
        return _nothing(input)
    noise = wrap(np.asarray(_kept(input, p, channels)))
    scale = 1 / math.sqrt((_LEAST * _LEAST * p + 1) * (1 - p))
    moved = (noise - 1) * (_LEAST * scale) + _LEAST * scale * p
    return input * (noise * scale) + moved


def _applied(
    name: str, input: Tensor, p: float, training: bool, inplace: bool,
    drop: Callable[..., Tensor], channels: bool = False,
) -> Tensor:
    """The checks that all of them share, and nothing to do where there is no training."""
    array = need_tensor(name, "input", input)._array
    if not 0 <= p <= 1:
        raise ValueError(f"{name}(): p must be between 0 and 1, it is {p}")
    if not training or p == 0 or not array.size:
        return input
    _noise_shape(input, channels)
    result = drop(input, p, channels)
    return write.replace(input, name, result) if inplace else result


@composite(name="nn.functional.dropout", method=False)
def dropout(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Zero each element with probability `p` and scale the rest by 1 / (1 - p), while training.

    Raises ValueError for a probability outside [0, 1], RuntimeError for integers.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.dropout.html
    """
    return _applied("dropout", input, p, training, inplace, _zeroing)


@composite(name="nn.functional.alpha_dropout", method=False)
def alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """Dropout that keeps mean and variance of what `selu` gives.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.alpha_dropout.html
    """
    return _applied("alpha_dropout", input, p, training, inplace, _saturating)


@composite(name="nn.functional.feature_alpha_dropout", method=False)
def feature_alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """`alpha_dropout` of whole channels: of (N, C, ...), each (n, c) together."""
    return _applied("feature_alpha_dropout", input, p, training, inplace, _saturating, True)


@composite(name="nn.functional.dropout1d", method=False)
def dropout1d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Dropout of whole channels of (N, C, L) or (C, L). RuntimeError for other numbers of dims."""
    ndim = need_tensor("dropout1d", "input", input)._array.ndim
    if 0 <= p <= 1 and ndim not in (2, 3):
        raise RuntimeError(f"dropout1d(): input is (N, C, L) or (C, L): it has {ndim} dims")
    return _of_channels("dropout1d", input, p, training, inplace, ndim == 2)


@composite(name="nn.functional.dropout2d", method=False)
def dropout2d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Dropout of whole channels of (N, C, H, W); a tensor of 3 dims is taken as (N, C, L)."""
    ndim = need_tensor("dropout2d", "input", input)._array.ndim
    if ndim not in (3, 4):
        warnings.warn(f"dropout2d(): input is (N, C, H, W), not of {ndim} dims", stacklevel=2)
    elif ndim == 3:
        warnings.warn(
            "dropout2d(): input of 3 dims is taken as (N, C, L): use dropout1d()", stacklevel=2)
    return _of_channels("dropout2d", input, p, training, inplace, False)


@composite(name="nn.functional.dropout3d", method=False)
def dropout3d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Dropout of whole channels of (N, C, D, H, W) or (C, D, H, W)."""
    ndim = need_tensor("dropout3d", "input", input)._array.ndim
    if ndim not in (4, 5):
        warnings.warn(
            f"dropout3d(): input is (N, C, D, H, W) or (C, D, H, W), not of {ndim} dims",
            stacklevel=2)
    return _of_channels("dropout3d", input, p, training, inplace, ndim != 5)


def _of_channels(
    name: str, input: Tensor, p: float, training: bool, inplace: bool, no_batch: bool
) -> Tensor:
    """Dropout of channels, the first dim being them where there is no batch."""
    if not no_batch:
        return _applied(name, input, p, training, inplace, _zeroing, True)
    batch = input.unsqueeze(0)
    made = _applied(name, batch, p, training, False, _zeroing, True).squeeze(0)
    return write.replace(input, name, made) if inplace else made


# --- as `torch` has them: `train` is always given


def _plain(name: str, drop: Callable[..., Tensor], channels: bool) -> None:
    def function(input: Tensor, p: float, train: bool) -> Tensor:
        return _applied(name, input, p, train, False, drop, channels)

    def function_(input: Tensor, p: float, train: bool) -> Tensor:
        return _applied(name, input, p, train, True, drop, channels)

    function.__doc__ = f"`nn.functional.{name}` with `train` always given."
    function_.__doc__ = f"In-place `{name}`."
    composite(name=name, method=False)(function)
    composite(name=name + "_", method=False)(function_)


_plain("dropout", _zeroing, False)
_plain("feature_dropout", _zeroing, True)
_plain("alpha_dropout", _saturating, False)
_plain("feature_alpha_dropout", _saturating, True)
