"""Activation functions: `torch.nn.functional.elu` and its kin, each a formula and its slope.

Source: https://docs.pytorch.org/docs/stable/nn.functional.html#non-linear-activation-functions
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from rushlight.engine import expression as e
from rushlight.ops import write
from rushlight.ops.arguments import need_tensor
from rushlight.ops.elementwise import pointwise
from rushlight.ops.op import FACE, composite, conjugate, publish
from rushlight.ops.rounding import passed
from rushlight.tensor.tensor import Tensor

_ROOM = "nn.functional."


def activation(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """A pointwise row of `nn.functional`, whose function can also write into its input."""

    def decorate(formula: Callable[..., Any]) -> Any:
        name = formula.__name__
        options.setdefault("supports", "f")
        plain = pointwise(name=_ROOM + name, method=False, inplace=False, **options)(formula)
        _with_inplace(name, plain)
        return plain

    return decorate


def _with_inplace(name: str, plain: Any, face: bool = False) -> None:
    row = plain.row
    names = (*row.positional, "inplace")

    def function(*args: Any, **kwargs: Any) -> Any:
        given = dict(zip(names, args, strict=False)) | kwargs
        input, inplace = given.pop("input", None), given.pop("inplace", False)
        need_tensor(name, "input", input)
        return write.inplace(row, input, (), given) if inplace else plain(input, **given)

    def function_(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return write.inplace(row, input, args, kwargs)

    function.__wrapped__ = plain.__wrapped__  # type: ignore[attr-defined]
    publish(function, _ROOM + name, doc=row.doc, method=False)
    publish(function_, f"{_ROOM}{name}_", doc=f"In-place `{name}`.", method=False)
    if face:
        FACE[name + "_"] = function_


_with_inplace("relu", FACE["relu"], face=True)


@activation(input=lambda grad, out: passed(grad, out, (out > 0) & (out < 6)), supports="if")
def relu6(input):
    """The input, limited to 0 to 6."""
    return e.minimum(e.maximum(input, 0), 6)


@activation(input=lambda grad, input, negative_slope:
            passed(grad, input, input > 0) + passed(grad, input, input <= 0) * negative_slope)
def leaky_relu(input, negative_slope=0.01):
    """The input where it is above 0, `negative_slope` times it elsewhere."""
    return e.where(e.greater(input, 0), input, input * negative_slope)


def _elu_slope(
    grad: Any, input: Any, alpha: Any, scale: Any = 1, input_scale: Any = 1
) -> Any:
    below = grad * ((input * input_scale).exp() * (alpha * scale * input_scale))
    return (grad * scale).where(input > 0, below)


@activation(input=lambda grad, input, alpha: _elu_slope(grad, input, alpha))
def elu(input, alpha=1.0):
    """The input where it is above 0, alpha * (exp(input) - 1) elsewhere.

    Source: Clevert et al., 2016, https://arxiv.org/abs/1511.07289
    """
    return e.where(e.greater(input, 0), input, e.expm1(input) * alpha)


_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946


@activation(input=lambda grad, input: _elu_slope(grad, input, _SELU_ALPHA, _SELU_SCALE))
def selu(input):
    """`elu` with the scale and alpha that keep mean 0 and variance 1.

    Source: Klambauer et al., 2017, https://arxiv.org/abs/1706.02515
    """
    below = e.expm1(input) * (_SELU_ALPHA * _SELU_SCALE)
    return e.where(e.greater(input, 0), input * _SELU_SCALE, below)


@activation(input=lambda grad, input, alpha: _elu_slope(grad, input, alpha, 1, 1 / alpha))
def celu(input, alpha=1.0):
    """`elu` of input / alpha, whose slope is continuous for any alpha.

    Source: Barron, 2017, https://arxiv.org/abs/1704.07483
    """
    return e.where(e.greater(input, 0), input, e.expm1(input / alpha) * alpha)


for _name in ("selu", "celu"):
    FACE[_name], FACE[_name + "_"] = FACE[_ROOM + _name], FACE[f"{_ROOM}{_name}_"]


def _silu_slope(grad: Any, input: Any) -> Any:
    share = input.sigmoid()
    return grad * conjugate(share * (1 + input * (1 - share)))


@activation(input=_silu_slope, supports="fc")
def silu(input):
    """input * sigmoid(input), also called swish.

    Source: Hendrycks and Gimpel, 2016, https://arxiv.org/abs/1606.08415
    """
    return input / (1 + e.exp(-input))


def _softplus(x: Any) -> Any:
    """log(1 + exp(x)), without leaving range."""
    return e.maximum(x, 0) + e.log1p(e.exp(-e.absolute(x)))


def _mish_slope(grad: Any, input: Any) -> Any:
    gate = FACE[_ROOM + "softplus"](input).tanh()
    return grad * (gate + input * input.sigmoid() * (1 - gate * gate))


@activation(input=_mish_slope)
def mish(input):
    """input * tanh(softplus(input)).

    Source: Misra, 2019, https://arxiv.org/abs/1908.08681
    """
    return input * e.tanh(_softplus(input))


def _check_limits(input: Any, min_val: Any, max_val: Any) -> None:
    if int(min_val) < 0 and input._array.dtype == np.uint8:
        raise RuntimeError(f"hardtanh(): {input.dtype} has no numbers below 0, such as {min_val}")
    if min_val > max_val:
        raise ValueError(f"hardtanh(): min_val {min_val} is above max_val {max_val}")


@activation(input=lambda grad, input, min_val, max_val:
            passed(grad, input, (input > min_val) & (input < max_val)),
            supports="if", operands=("input",), check=_check_limits)
def hardtanh(input, min_val=-1.0, max_val=1.0):
    """The input, limited to `min_val` to `max_val`."""
    return e.minimum(e.maximum(input, min_val), max_val)


@activation(input=lambda grad, input: passed(grad / 6, input, (input > -3) & (input < 3)))
def hardsigmoid(input):
    """input / 6 + 1/2, limited to 0 to 1."""
    return e.minimum(e.maximum(input + 3, 0), 6) / 6


@activation(input=lambda grad, input: grad * (input / 3 + 0.5).where(input < 3, 1).where(
    input > -3, 0))
def hardswish(input):
    """input * hardsigmoid(input). Source: Howard et al., 2019, https://arxiv.org/abs/1905.02244"""
    return input * e.minimum(e.maximum(input + 3, 0), 6) / 6


@activation(input=lambda grad, input, threshold: passed(grad, input, input > threshold),
            supports="if", operands=("input",))
def threshold(input, threshold, value):
    """The input where it is above `threshold`, `value` elsewhere."""
    return e.where(e.greater(input, threshold), input, value + input * 0)


FACE["threshold"], FACE["threshold_"] = FACE[_ROOM + "threshold"], FACE[_ROOM + "threshold_"]


# --- those that only give new tensors

def _row(aliases: tuple[str, ...] = (), **options: Any) -> Callable[[Callable[..., Any]], Any]:
    def decorate(formula: Callable[..., Any]) -> Any:
        options.setdefault("supports", "f")
        return pointwise(name=_ROOM + formula.__name__, method=False, inplace=False,
                         aliases=aliases, **options)(formula)

    return decorate


def _gelu_slope(grad: Any, input: Any, approximate: str) -> Any:
    if approximate == "none":
        density = (input * input * -0.5).exp() * (1 / math.sqrt(2 * math.pi))
        return grad * (0.5 * (1 + (input * math.sqrt(0.5)).erf()) + input * density)
    inner = (input + input**3 * 0.044715) * math.sqrt(2 / math.pi)
    slope = (1 + input * input * (3 * 0.044715)) * math.sqrt(2 / math.pi)
    gate = inner.tanh()
    return grad * (0.5 * (1 + gate) + 0.5 * input * (1 - gate * gate) * slope)


def _check_approximate(approximate: Any, **_: Any) -> None:
    if approximate not in ("none", "tanh"):
        raise RuntimeError(f"gelu(): approximate is 'none' or 'tanh', not {approximate!r}")


@_row(input=_gelu_slope, check=_check_approximate)
def gelu(input, *, approximate="none"):
    """The input times the share of a normal distribution below it.

    approximate: "none", by the error function, or "tanh", by a formula near it.
    Source: Hendrycks and Gimpel, 2016, https://arxiv.org/abs/1606.08415
    """
    if approximate == "none":
        return input * 0.5 * (1 + e.erf(input * math.sqrt(0.5)))
    inner = (input + input * input * input * 0.044715) * math.sqrt(2 / math.pi)
    return input * 0.5 * (1 + e.tanh(inner))


def _softplus_slope(grad: Any, input: Any, beta: Any, threshold: Any) -> Any:
    return (grad * (input * beta).sigmoid()).where(input * beta <= threshold, grad)


@_row(input=_softplus_slope)
def softplus(input, beta=1, threshold=20):
    """log(1 + exp(beta * input)) / beta; the input itself where beta * input is above threshold."""
    scaled = input * beta
    return e.where(e.greater(scaled, threshold), input, _softplus(scaled) / beta)


@_row(input=lambda input: (-input).sigmoid())
def logsigmoid(input):
    """log(sigmoid(input)), without leaving range."""
    return e.minimum(input, 0) - e.log1p(e.exp(-e.absolute(input)))


@_row(input=lambda grad, input, lambd: passed(grad, input, input.abs() > lambd),
      aliases=("hardshrink",))
def hardshrink(input, lambd=0.5):
    """The input where it is further than `lambd` from 0, 0 elsewhere."""
    return e.where(e.less_equal(e.absolute(input), lambd), input * 0, input)


def _check_lambda(lambd: Any, **_: Any) -> None:
    if not lambd >= 0:
        raise RuntimeError(f"softshrink(): lambd must be at least 0, not {lambd}")


@_row(input=lambda grad, input, lambd: passed(grad, input, input.abs() > lambd),
      check=_check_lambda)
def softshrink(input, lambd=0.5):
    """The input moved towards 0 by `lambd`, but not beyond. Raises RuntimeError if that is below 0.
    """
    return input - e.minimum(e.maximum(input, -lambd), lambd)


@composite(name=_ROOM + "softsign", method=False)
def softsign(input: Tensor) -> Tensor:
    """input / (1 + |input|)."""
    return input / (input.abs() + 1)


@composite(name=_ROOM + "tanhshrink", method=False)
def tanhshrink(input: Tensor) -> Tensor:
    """input - tanh(input)."""
    return input - input.tanh()


# --- with parts of the input, or a weight

@composite(name=_ROOM + "glu", method=False)
def glu(input: Tensor, dim: int = -1) -> Tensor:
    """The first half along `dim` times the sigmoid of the second.

    Raises RuntimeError for an odd size.
    Source: Dauphin et al., 2017, https://arxiv.org/abs/1612.08083
    """
    need_tensor("glu", "input", input)
    if input.dim() == 0 or input.shape[dim] % 2:
        raise RuntimeError(
            f"glu(): dim {dim} of an input of shape {list(input.shape)} can't be halved: its size "
            "must be even")
    first, second = FACE["chunk"](input, 2, dim)
    return first * second.sigmoid()


@composite(name=_ROOM + "prelu", method=False, aliases=("prelu",))
def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """The input where it is above 0, `weight` times it elsewhere.

    weight: one element, or one for each channel, dim 1 of the input. RuntimeError for others.
    Source: He et al., 2015, https://arxiv.org/abs/1502.01852
    """
    need_tensor("prelu", "input", input), need_tensor("prelu", "weight", weight)
    if weight.numel() != 1:
        channels = input.shape[1] if input.dim() > 1 else 1
        if weight.dim() > 1 or input.dim() == 0 or weight.numel() != channels:
            raise RuntimeError(
                f"prelu(): weight of shape {list(weight.shape)} does not fit an input of shape "
                f"{list(input.shape)}: it has one element, or {channels}")
        weight = weight.reshape(1, -1, *[1] * (input.dim() - 2)) if input.dim() > 1 else weight
    else:
        weight = weight.reshape([1] * input.dim())
    return _prelu(input, weight)


@pointwise(name="_prelu_kernel", method=False, face=False, inplace=False, supports="f",
           input=lambda grad, input, weight:
           passed(grad, input, input > 0) + passed(grad, input, input <= 0) * weight,
           weight=lambda grad, input: passed(grad * input, input, input <= 0))
def _prelu(input, weight):
    """The input where it is above 0, `weight` times it elsewhere."""
    return e.where(e.greater(input, 0), input, input * weight)
