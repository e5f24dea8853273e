"""Activations that are no formula of one element: `glu`, `prelu`, `rrelu`, `gumbel_softmax`."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from rushlight.ops import write
from rushlight.ops.activations import leaky_relu
from rushlight.ops.arguments import need_tensor, one_dim
from rushlight.ops.elementwise import pointwise
from rushlight.ops.op import FACE, composite, op
from rushlight.ops.random import kernels
from rushlight.ops.slopes import either as e
from rushlight.ops.slopes import traced
from rushlight.ops.softmax import softmax
from rushlight.tensor.generator import stream_of
from rushlight.tensor.tensor import Tensor, wrap

# --- glu


@pointwise(name="_gated", face=False, method=False, inplace=False, supports="f")
def _gated(input, gate):
    return input / (1 + e.exp(-gate))


@traced
def _to_first(grad, gate):
    return grad * e.sigmoid(gate)


@traced
def _to_gate(grad, input, gate):
    share = e.sigmoid(gate)
    return grad * input * share * (1 - share)


def _glu_back(grad: Tensor, input: Tensor, dim: int) -> Tensor:
    first, gate = input.chunk(2, dim)
    return FACE["cat"]((_to_first(grad, gate), _to_gate(grad, first, gate)), dim)


@op(name="nn.functional.glu", method=False, out=True, input=_glu_back)
def glu(input: Tensor, dim: int = -1) -> Any:
    """The first half of `input` along `dim` times the sigmoid of the second.

    Raises RuntimeError where that size is odd, IndexError for a dim out of range.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.glu.html
    """
    array = need_tensor("glu", "input", input)._array
    if not array.ndim:
        raise RuntimeError("glu(): input needs a dim to be halved")
    axis = one_dim(dim, array.ndim)
    half = array.shape[axis] // 2
    if array.shape[axis] % 2:
        raise RuntimeError(
            f"glu(): size {array.shape[axis]} of dim {axis} is odd, and can't be halved")
    before = (slice(None),) * axis
    first, gate = array[(*before, slice(None, half))], array[(*before, slice(half, None))]
    return _gated.row.compute(wrap(first), wrap(gate))


# --- prelu


@pointwise(name="_prelu_backward", face=False, method=False, inplace=False, supports="f",
           cotangent=lambda grad, input, weight: _prelu_backward(  # type: ignore[has-type]
               grad, input, weight),
           input=lambda grad: grad * 0,
           weight=lambda grad, cotangent, input: FACE["where"](input > 0, 0, grad * cotangent))
def _prelu_backward(cotangent, input, weight):
    return e.where(input > 0, cotangent, cotangent * weight)


@pointwise(name="_prelu_kernel", method=False, inplace=False, supports="f",
           tensors=("input", "weight"),
           input=lambda grad, input, weight: _prelu_backward(grad, input, weight),
           weight=lambda grad, input: grad * input.clamp_max(0))
def _prelu_kernel(input, weight):
    """input where it is positive, else input * weight, which broadcasts."""
    return e.where(input > 0, input, input * weight)


@composite(aliases=("nn.functional.prelu",))
def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """input where it is positive, else input times the weight of its channel, dim 1.

    weight: one element for all channels, or one for each. RuntimeError where sizes do not fit.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.prelu.html
    """
    array, factors = (need_tensor("prelu", *each)._array for each in (
        ("input", input), ("weight", weight)))
    if factors.ndim > 1:
        raise RuntimeError(f"prelu(): weight has 0 or 1 dims, not {factors.ndim}")
    if array.dtype != factors.dtype:
        raise RuntimeError(f"prelu(): input is {input.dtype}, weight {weight.dtype}: convert one")
    if factors.size != 1:
        if not array.ndim:
            raise RuntimeError("prelu(): an input without dims takes one weight")
        channels = array.shape[1] if array.ndim > 1 else 1
        if factors.size != channels:
            raise RuntimeError(
                f"prelu(): weight has {factors.size} elements, input of shape "
                f"{list(array.shape)} has {channels} channels")
    if array.ndim != factors.ndim:
        weight = weight.reshape([
            factors.size if dim == 1 else 1 for dim in range(array.ndim)])
    return _prelu_kernel(input, weight)


# --- rrelu


@op(name="_rrelu_backward", face=False, method=False, cotangent="noise",
    input=lambda grad: grad * 0)
def _rrelu_backward(cotangent: Tensor, input: Tensor, noise: Tensor) -> Any:
    return cotangent._array * noise._array


@op(name="_rrelu_with_noise", face=False, method=False, node="RreluWithNoiseBackward0",
    input=lambda grad, input, noise: _rrelu_backward(grad, input, noise))
def _rrelu_with_noise(input: Tensor, noise: Tensor) -> Any:
    return input._array * noise._array


def _rrelu(input: Tensor, lower: float, upper: float, training: bool) -> Tensor:
    array = need_tensor("rrelu", "input", input)._array
    for name, bound in (("lower", lower), ("upper", upper)):
        if not math.isfinite(bound):
            raise RuntimeError(f"rrelu(): {name} must be finite, it is {bound}")
    if lower > upper:
        raise RuntimeError(f"rrelu(): lower {lower} is above upper {upper}")
    if not training:
        return leaky_relu(input, (lower + upper) / 2)
    if array.dtype.kind not in "fV":
        raise NotImplementedError(f"rrelu() is not defined for {input.dtype}: for floating point")
    noise = np.ones(array.shape, array.dtype)
    low = np.asarray(array <= 0)
    drawn = kernels.units64(stream_of(None), int(np.count_nonzero(low)))
    noise[low] = (drawn * (upper - lower) + lower).astype(array.dtype)
    return _rrelu_with_noise(input, wrap(noise))


@composite(method=False)
def rrelu(
    input: Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False
) -> Tensor:
    """input where it is positive, else input times a slope: drawn from [lower, upper] for each
    element while training, their middle otherwise.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.rrelu.html
    """
    return _rrelu(input, lower, upper, training)


@composite(aliases=("nn.functional.rrelu_",), method=False)
def rrelu_(
    input: Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False
) -> Tensor:
    """In-place `rrelu`."""
    return write.replace(input, "rrelu", _rrelu(input, lower, upper, training))


@composite(name="nn.functional.rrelu", method=False)
def _functional_rrelu(
    input: Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False,
    inplace: bool = False,
) -> Tensor:
    """`torch.rrelu`, with `inplace`."""
    return (rrelu_ if inplace else rrelu)(input, lower, upper, training)


# --- gumbel_softmax


@composite(name="nn.functional.gumbel_softmax", method=False)
def gumbel_softmax(
    logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1
) -> Tensor:
    """Samples of a category each along `dim`, as shares that gradients flow through.

    tau: the lower, the nearer to one-hot. hard: one-hot samples, with the gradient of the shares.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.gumbel_softmax.html
    """
    if eps != 1e-10:
        warnings.warn("gumbel_softmax(): eps has no effect any more", stacklevel=2)
    shape = tuple(need_tensor("gumbel_softmax", "logits", logits).shape)
    noise = -FACE["empty"](shape, dtype=logits.dtype).exponential_().log()
    shares = softmax((logits + noise) / tau, dim)
    if not hard:
        return shares
    chosen = FACE["zeros_like"](logits).detach().scatter(
        dim, shares.detach().argmax(dim, keepdim=True), 1.0)
    return chosen - shares.detach() + shares
