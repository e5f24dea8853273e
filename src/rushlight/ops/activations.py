"""Activations: what stands between the layers of a model, element by element.

Each row is a formula and the formula of its derivative (`slopes.py`). `torch.nn.functional` has
them with `inplace=`, and some are names of `torch` and `torch.Tensor` too. `gates.py` has those
that are no formula of one element: `glu`, `prelu`, `rrelu`, `gumbel_softmax`.
Source: https://docs.pytorch.org/docs/stable/nn.functional.html#non-linear-activation-functions
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

from rushlight.ops import write
from rushlight.ops.elementwise import pointwise
from rushlight.ops.op import FACE, composite, publish
from rushlight.ops.slopes import either as e
from rushlight.ops.slopes import traced
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Tensor

_ALPHA, _SCALE = 1.6732632423543772, 1.0507009873554805  # of selu: self-normalising networks, 2017
_CUBIC = 0.044715  # of gelu's approximation by tanh


def with_inplace(function: Callable[..., Any], written: str = "") -> Callable[..., Any]:
    """Publish a row under `torch.nn.functional` with `inplace`, after the row's own parameters.

    written: where the name with an underscore is, too; in "torch" means in both.
    """
    row = function.row  # type: ignore[attr-defined]
    count = len(row.positional)

    def overwrite(input: Tensor, *settings: Any, **named: Any) -> Tensor:
        return write.inplace(row, input, settings, named)

    def activation(*given: Any, inplace: bool = False, **named: Any) -> Tensor:
        if len(given) > count:
            *given, inplace = given  # type: ignore[assignment]
        if named and row.positional[len(given):] == tuple(named):  # all in order: the short way
            given, named = (*given, *named.values()), {}
        return overwrite(*given, **named) if inplace else function(*given, **named)

    def plain(input: Tensor, inplace: bool = False) -> Tensor:
        return overwrite(input) if inplace else function(input)

    made: Any = plain if row.parameters == ("input",) else activation
    title = row.name.rpartition(".")[2]
    shown = inspect.signature(function)
    switch = inspect.Parameter("inplace", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=False)
    made.__signature__ = shown.replace(
        parameters=[*shown.parameters.values(), switch])
    publish(made, f"nn.functional.{title}", doc=row.doc, method=False)
    if written:
        publish(overwrite, f"nn.functional.{title}_", doc=f"In-place `{title}`.", method=False)
    if written == "torch":
        FACE[f"{title}_"] = overwrite
    return made


# --- with a kink


@traced(flat=True)
def _hardtanh_backward(grad, input, min_val, max_val):
    return e.where((input <= min_val) | (input >= max_val), 0, grad)


def _check_hardtanh(input: Any, min_val: Any, max_val: Any) -> None:
    if input.dtype in (dtypes.bool_, dtypes.uint8) and (
        int(min_val) < 0 or input.dtype == dtypes.bool_
    ):
        raise RuntimeError(
            f"hardtanh(): limits {min_val} and {max_val} are not for {input.dtype}: it holds "
            "nothing below 0")
    if min_val > max_val:
        raise ValueError(f"hardtanh(): min_val {min_val} is above max_val {max_val}")


@pointwise(name="hardtanh", supports="if", operands=("input",), face=False, method=False,
           inplace=False, check=_check_hardtanh, input=_hardtanh_backward)
def _hardtanh(input, min_val=-1.0, max_val=1.0):
    """input, but not below `min_val` nor above `max_val`. ValueError if min_val > max_val."""
    return e.minimum(e.maximum(input, min_val), max_val)


@traced(flat=True)
def _relu6_backward(grad, input):
    return e.where((input <= 0) | (input >= 6), 0, grad)


@pointwise(name="relu6", supports="if", face=False, method=False, inplace=False,
           node="HardtanhBackward0", input=_relu6_backward)
def _relu6(input):
    """input, but not below 0 nor above 6."""
    return e.minimum(e.maximum(input, 0), 6)


@traced(flat=True)
def _leaky_relu_backward(grad, input, negative_slope):
    return e.where(input > 0, grad, grad * negative_slope)


@pointwise(name="leaky_relu", supports="f", operands=("input",), face=False, method=False,
           inplace=False, input=_leaky_relu_backward)
def _leaky_relu(input, negative_slope=0.01):
    """input where it is positive, else input * negative_slope."""
    return e.where(input > 0, input, input * negative_slope)


@traced(flat=True)
def _threshold_backward(grad, input, threshold):
    return e.where(input <= threshold, 0, grad)


@pointwise(name="threshold", supports="if", operands=("input",), method=False, inplace=False,
           input=_threshold_backward)
def _threshold(input, threshold, value):
    """input where it is above `threshold`, else `value`."""
    return e.where(input <= threshold, value, input)


@traced(flat=True)
def _hardsigmoid_backward(grad, input):
    return e.where((input > -3) & (input < 3), grad / 6, 0)


@pointwise(name="hardsigmoid", supports="f", face=False, method=False, inplace=False,
           input=_hardsigmoid_backward)
def _hardsigmoid(input):
    """A sigmoid of three straight lines: 0 up to -3, 1 from 3 on."""
    return e.minimum(e.maximum(input + 3, 0), 6) / 6


@traced
def _hardswish_backward(grad, input):
    return e.where(input <= -3, 0, e.where(input < 3, grad * (input / 3 + 0.5), grad))


@pointwise(name="hardswish", supports="f", face=False, method=False, inplace=False,
           input=_hardswish_backward)
def _hardswish(input):
    """input * hardsigmoid(input)."""
    return input * e.minimum(e.maximum(input + 3, 0), 6) / 6


@traced(flat=True)
def _shrink_backward(grad, input, lambd):
    return e.where(e.absolute(input) <= lambd, 0, grad)


@pointwise(supports="f", operands=("input",), inplace=False, aliases=("nn.functional.hardshrink",),
           input=_shrink_backward)
def hardshrink(input, lambd=0.5):
    """input, but 0 from -lambd to lambd."""
    return e.where(e.absolute(input) <= lambd, 0, input)


def _check_softshrink(input: Any, lambd: Any) -> None:
    if not 0 <= lambd <= dtypes.finfo(input.dtype).max:
        raise RuntimeError(f"softshrink(): lambd must not be negative, it is {lambd}")


@pointwise(name="nn.functional.softshrink", supports="f", operands=("input",), method=False,
           inplace=False, check=_check_softshrink, input=_shrink_backward)
def softshrink(input, lambd=0.5):
    """input brought `lambd` nearer to 0, and 0 from -lambd to lambd."""
    return e.where(input > lambd, input - lambd, e.where(input < -lambd, input + lambd, input * 0))


# --- exponential on one side


def _below_zero(input):
    """input, but 0 where it is positive: there its exponential would leave range."""
    return e.where(input <= 0, input, 0)


@traced
def _elu_backward(grad, input, alpha):
    return e.where(input <= 0, grad * alpha * e.exp(_below_zero(input)), grad)


@pointwise(name="elu", supports="f", operands=("input",), face=False, method=False, inplace=False,
           input=_elu_backward)
def _elu(input, alpha=1.0):
    """input where it is positive, else alpha * (exp(input) - 1)."""
    return e.where(input <= 0, alpha * e.expm1(input), input)


@traced
def _selu_backward(grad, input):
    return grad * e.where(input <= 0, _SCALE * _ALPHA * e.exp(_below_zero(input)), _SCALE)


@pointwise(name="selu", supports="f", method=False, inplace=False, node="EluBackward0",
           input=_selu_backward)
def _selu(input):
    """`elu`, scaled so that layers keep mean 0 and variance 1."""
    return e.where(input <= 0, _SCALE * _ALPHA * e.expm1(input), _SCALE * input)


def _check_celu(input: Any, alpha: Any) -> None:
    if alpha == 0:
        raise RuntimeError("celu(): alpha must not be 0")


@traced
def _celu_backward(grad, input, alpha):
    return e.where(input <= 0, grad * e.exp(_below_zero(input / alpha)), grad)


@pointwise(name="celu", supports="f", operands=("input",), method=False, inplace=False,
           check=_check_celu, input=_celu_backward)
def _celu(input, alpha=1.0):
    """input where it is positive, else alpha * (exp(input / alpha) - 1)."""
    return e.where(input <= 0, alpha * e.expm1(input / alpha), input)


# --- smooth


@traced
def _softplus_backward(grad, input, beta, threshold):
    scaled = input * beta
    return e.where(scaled > threshold, grad, grad * e.sigmoid(scaled))


@pointwise(name="nn.functional.softplus", supports="f", operands=("input",), method=False,
           inplace=False, input=_softplus_backward)
def softplus(input, beta=1.0, threshold=20.0):
    """log(1 + exp(beta * input)) / beta; input where beta * input is above `threshold`."""
    scaled = input * beta
    return e.where(scaled > threshold, input, e.log1p(e.exp(scaled)) / beta)


@traced
def _logsigmoid_backward(grad, input):
    return grad * e.sigmoid(-input)


@pointwise(name="nn.functional.logsigmoid", supports="f", method=False, inplace=False,
           node="LogSigmoidBackward0", input=_logsigmoid_backward)
def logsigmoid(input):
    """log(sigmoid(input)), without leaving range."""
    return e.minimum(input, 0) - e.log1p(e.exp(-e.absolute(input)))


@traced
def _silu_backward(grad, input):
    share = e.sigmoid(input)
    return grad * e.conj(share * (1 + input * (1 - share)))


@pointwise(name="silu", supports="fc", face=False, method=False, inplace=False,
           input=_silu_backward)
def _silu(input):
    """input * sigmoid(input)."""
    return input / (1 + e.exp(-input))


@traced
def _mish_backward(grad, input):
    part = e.tanh(e.softplus(input))
    return grad * (part + input * e.sigmoid(input) * (1 - part * part))


@pointwise(name="mish", supports="f", face=False, method=False, inplace=False, input=_mish_backward)
def _mish(input):
    """input * tanh(log(1 + exp(input)))."""
    return input * e.tanh(e.softplus(input))


@traced
def _gelu_backward(grad, input):
    share = 0.5 * (1 + e.erf(input * math.sqrt(0.5)))
    density = e.exp(-0.5 * input * input) / math.sqrt(2 * math.pi)
    return grad * (share + input * density)


@pointwise(name="gelu", supports="f", face=False, method=False, inplace=False,
           input=_gelu_backward)
def _gelu(input):
    """input times the share of a normal distribution below it."""
    return 0.5 * input * (1 + e.erf(input * math.sqrt(0.5)))


@traced
def _gelu_by_tanh_backward(grad, input):
    squared = input * input
    bend = e.tanh(math.sqrt(2 / math.pi) * input * (1 + _CUBIC * squared))
    steep = math.sqrt(2 / math.pi) * (1 + 3 * _CUBIC * squared)
    return 0.5 * grad * (1 + bend + input * (1 - bend * bend) * steep)


@pointwise(name="_gelu_by_tanh", supports="f", face=False, method=False, inplace=False,
           node="GeluBackward0", input=_gelu_by_tanh_backward)
def _gelu_by_tanh(input):
    """`gelu`, nearly."""
    bend = math.sqrt(2 / math.pi) * input * (1 + _CUBIC * input * input)
    return 0.5 * input * (1 + e.tanh(bend))


@composite(name="nn.functional.gelu", method=False)
def gelu(input: Tensor, *, approximate: str = "none", out: Tensor | None = None) -> Tensor:
    """input times the share of a normal distribution below it; approximate="tanh": by a tanh.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.gelu.html
    """
    if approximate == "none":
        return _gelu(input, out=out)
    if approximate != "tanh":
        raise RuntimeError(f"gelu(): approximate is 'none' or 'tanh', not {approximate!r}")
    return _gelu_by_tanh(input, out=out)


@composite(name="nn.functional.softsign", method=False)
def softsign(input: Tensor) -> Tensor:
    """input / (1 + |input|)."""
    return input / (1 + input.abs())


@composite(name="nn.functional.tanhshrink", method=False)
def tanhshrink(input: Tensor) -> Tensor:
    """input - tanh(input)."""
    return input - input.tanh()


relu = with_inplace(FACE["relu"], "torch")
relu6 = with_inplace(_relu6)
hardtanh = with_inplace(_hardtanh, "functional")
leaky_relu = with_inplace(_leaky_relu, "functional")
threshold = with_inplace(_threshold, "torch")
hardsigmoid = with_inplace(_hardsigmoid)
hardswish = with_inplace(_hardswish)
elu = with_inplace(_elu, "functional")
selu = with_inplace(_selu, "torch")
celu = with_inplace(_celu, "torch")
silu = with_inplace(_silu)
mish = with_inplace(_mish)
