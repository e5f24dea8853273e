"""Arithmetic of numbers: sums, products, quotients, powers, extremes of two, interpolation.

Each row is a formula in the scalar language and a slope for each input; `elementwise.py` says what
follows from it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.engine import expression as e
from rushlight.ops import write
from rushlight.ops.elementwise import pointwise
from rushlight.ops.op import composite, conjugate, publish
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Tensor


def _dtype_of(value: Any) -> dtypes.dtype:
    return value.dtype if isinstance(value, Tensor) else dtypes.default_for(value)


def _check_alpha(input: Any, other: Any, alpha: Any) -> None:
    """RuntimeError for an alpha of a higher category than the operands."""
    highest = max(_dtype_of(input).category, _dtype_of(other).category)
    if dtypes.default_for(alpha).category > max(highest, dtypes.INTEGER):
        raise RuntimeError(
            f"alpha={alpha} is of a higher type than the tensors: convert them first")
    if isinstance(alpha, bool) and highest > dtypes.BOOL:
        raise RuntimeError("alpha is a bool, which only goes with bool tensors")


def _scaled(grad: Tensor, alpha: Any) -> Tensor:
    if alpha == 1:
        return grad
    return grad * (alpha.conjugate() if isinstance(alpha, complex) else alpha)


@pointwise(input=1, other=lambda grad, alpha: _scaled(grad, alpha), check=_check_alpha,
           operator="add")
def add(input, other, *, alpha=1):
    """input + alpha * other. Source: https://pytorch.org/docs/stable/generated/torch.add.html"""
    return input + alpha * other


def _no_bools(input: Any, other: Any, alpha: Any = 1) -> None:
    """PyTorch subtracts no bools: it says to use ^ or logical_xor."""
    if dtypes.bool_ in (_dtype_of(input), _dtype_of(other)):
        raise RuntimeError("bool tensors can't be subtracted: use ^ or logical_xor()")
    _check_alpha(input, other, alpha)


@pointwise(input=1, other=lambda grad, alpha: _scaled(grad, -alpha), check=_no_bools,
           operator="sub", aliases=("subtract",))
def sub(input, other, *, alpha=1):
    """input - alpha * other."""
    return input - alpha * other


def _subtracted(input: Any, other: Any, alpha: Any = 1, out: Any = ...) -> Any:
    return np.subtract(other, input if alpha == 1 else alpha * input, out=out)


_subtracted.quick = True  # type: ignore[attr-defined]  # fit for the short cut, as a ufunc is


@pointwise(input=lambda grad, alpha: _scaled(grad, -alpha), other=1, check=_no_bools,
           numpy=_subtracted, node="RsubBackward1", inplace=False)
def rsub(input, other, *, alpha=1):
    """other - alpha * input."""
    return other - alpha * input


@pointwise(input="other", other="input", operator="mul", aliases=("multiply",))
def mul(input, other):
    """input * other."""
    return input * other


setattr(Tensor, "__rsub__", rsub.shortcut)


def _no_integer_zero(input: Any, other: Any, **_: Any) -> None:
    """Division of integers by zero is an error, as everywhere in Python."""
    highest = max(_dtype_of(input).category, _dtype_of(other).category)
    divisor = other._array if isinstance(other, Tensor) else other
    if highest <= dtypes.INTEGER and not np.all(divisor):
        raise RuntimeError("ZeroDivisionError: an integer was divided by zero")


@pointwise(input=lambda grad, other: grad / conjugate(other),
           other=lambda grad, out, other: -grad * (out / other).conj(), promote="float",
           operator="truediv", node="DivBackward0")
def true_divide(input, other):
    """input / other; integers give the default dtype."""
    return input / other


@pointwise(supports="bif", tensors=(), check=_no_integer_zero, operator="floordiv",
           input=lambda grad: grad * 0, other=lambda grad, other: other * 0)
def floor_divide(input, other):
    """The quotient rounded down. RuntimeError for an integer divided by zero."""
    return e.floor_divide(input, other)


@pointwise(name="_trunc_divide", face=False, method=False, supports="bif", node="DivBackward1",
           check=_no_integer_zero, input=lambda grad: grad * 0, other=lambda grad, other: other * 0)
def _trunc_divide(input, other):
    """The quotient rounded towards zero."""
    return e.trunc_divide(input, other)


def _divider(rounding_mode: Any) -> Any:
    if rounding_mode is None:
        return true_divide
    if rounding_mode == "floor":
        return floor_divide
    if rounding_mode == "trunc":
        return _trunc_divide
    raise RuntimeError(
        f"div(): rounding_mode is None, 'trunc' or 'floor', not {rounding_mode!r}")


@composite(aliases=("divide",))
def div(input: Any, other: Any, *, rounding_mode: str | None = None, out: Any = None) -> Tensor:
    """input / other; with `rounding_mode` "floor" or "trunc" rounded, and integers stay integers.

    Source: https://pytorch.org/docs/stable/generated/torch.div.html
    """
    return _divider(rounding_mode)(input, other, out=out)


def div_(self: Tensor, other: Any, *, rounding_mode: str | None = None) -> Tensor:
    """In-place `div`."""
    return write.inplace(_divider(rounding_mode).row, self, (other,), {})


publish(div_, "div_", face=False, doc=div_.__doc__, aliases=("divide_",))
setattr(Tensor, "__div__", Tensor.__truediv__)  # the names of Python 2, which PyTorch kept
setattr(Tensor, "__rdiv__", Tensor.__rtruediv__)


@pointwise(supports="bif", tensors=(), check=_no_integer_zero, operator="mod", input=1,
           other=lambda grad, input, other: -grad * input.div(other, rounding_mode="floor"))
def remainder(input, other):
    """What is left of input after floor division by other; it has the sign of other."""
    return e.remainder(input, other)


@pointwise(supports="bif", check=_no_integer_zero, input=1,
           other=lambda grad, input, other: -grad * input.div(other, rounding_mode="trunc"))
def fmod(input, other):
    """What is left of input after division rounded to zero; it has the sign of input."""
    return e.fmod(input, other)


def _no_bool(input: Any) -> None:
    if input.dtype is dtypes.bool_:
        raise RuntimeError("neg(): a bool has no negative: use ~ or logical_not()")


@pointwise(exact=True, input=-1, check=_no_bool, aliases=("negative",))
def neg(input):
    """-input. RuntimeError for bool."""
    return -input


@composite()
def positive(input: Tensor) -> Tensor:
    """The tensor itself. RuntimeError for bool."""
    if input._array.dtype == np.bool_:
        raise RuntimeError("positive(): a bool has no sign: convert it to a number first")
    return input


def _power(input: Any, exponent: Any, out: Any = ...) -> Any:
    """Small whole powers by products, integers to negative powers as whole numbers."""
    if type(exponent) in (int, float) or np.ndim(exponent) == 0:
        if exponent == 2:
            return np.square(input, out=out)
        if exponent == 3:
            return np.multiply(np.square(input), input, out=out)
        if exponent == 0.5 and np.asarray(input).dtype.kind == "f":
            return np.sqrt(input, out=out)
    kind = np.asarray(input).dtype.kind
    if kind == "b":
        return np.logical_or(input, np.logical_not(exponent))
    if kind in "iu" and np.any(np.less(exponent, 0)):
        return _whole_power(input, exponent)
    if kind == "c" and np.ndim(exponent):  # exp(exponent * log(input)), as PyTorch has it
        undefined = np.equal(input, 0) & np.equal(exponent, 0)
        return np.where(undefined, np.nan * (1 + 1j), np.power(input, exponent))
    return np.power(input, exponent, out=out)


def _whole_power(base: Any, exponent: Any) -> Any:
    """Integer powers where a negative one leaves only what 1 and -1 give."""
    reciprocal = np.where(np.equal(base, -1), np.where(np.remainder(exponent, 2) == 0, 1, -1), 0)
    reciprocal = np.where(np.equal(base, 1), 1, reciprocal)
    positive = np.power(base, np.maximum(exponent, 0))
    return np.where(np.less(exponent, 0), reciprocal, positive)


_power.quick = True  # type: ignore[attr-defined]  # fit for the short cut, as a ufunc is


def _check_power(input: Any, exponent: Any) -> None:
    if isinstance(exponent, int) and exponent < 0 and _dtype_of(input).category <= dtypes.INTEGER:
        raise RuntimeError("integers to negative powers are no integers: convert to float first")


def _base_slope(grad: Tensor, input: Any, exponent: Any) -> Any:
    if not isinstance(exponent, Tensor):
        if exponent == 0:
            return grad * 0
        if exponent == 2:
            return grad * (2 * input).conj()
        return grad * (exponent * input ** (exponent - 1)).conj()
    slope = exponent * input ** (exponent - 1)
    return (grad * slope.conj()).where(exponent != 0, 0)


def _exponent_slope(grad: Tensor, input: Any, exponent: Any, out: Tensor) -> Any:
    logarithm = input.log() if isinstance(input, Tensor) else _log(input, out)
    flat = (input == 0) & (exponent.real >= 0)
    product = grad * (out * logarithm).conj()
    if isinstance(flat, bool):
        return product * 0 if flat else product
    return product.where(~flat, 0)


def _log(number: Any, out: Tensor) -> Any:
    if number == 0:
        return -np.inf
    return np.log(number + 0j if out._array.dtype.kind == "c" else number).item()


def _pow_node(bound: Any) -> str:
    return f"PowBackward{int(isinstance(bound['exponent'], Tensor))}"


@pointwise(name="pow", numpy=_power, tensors=(), check=_check_power, node=_pow_node, operator="pow",
           input=_base_slope, exponent=_exponent_slope)
def pow(input, exponent):
    """input ** exponent. RuntimeError for integers to negative powers.

    Source: https://pytorch.org/docs/stable/generated/torch.pow.html
    """


@composite(out=True)
def float_power(input: Any, exponent: Any) -> Tensor:
    """input ** exponent in double precision."""
    if not isinstance(input, Tensor) and not isinstance(exponent, Tensor):
        raise TypeError("float_power(): input or exponent must be a Tensor")
    wide = dtypes.complex128 if any(
        _dtype_of(each).is_complex for each in (input, exponent)) else dtypes.float64
    base, power = (
        each.to(wide) if isinstance(each, Tensor) else each for each in (input, exponent))
    return pow(base, power)


def float_power_(self: Tensor, exponent: Any) -> Tensor:
    """In-place `float_power`. RuntimeError unless the tensor has double precision."""
    result = float_power(self, exponent)
    if result.dtype is not self.dtype:
        raise RuntimeError(f"float_power_(): {self.dtype} can't hold the result, {result.dtype}")
    return write.replace(self, "float_power", result)


publish(float_power_, "float_power_", face=False, doc=float_power_.__doc__)


def _share(grad: Tensor, loses: Tensor, ties: Tensor) -> Any:
    """The gradient where the other operand was not taken; half of it where both were equal."""
    return grad.where(~loses, 0) * (1 - 0.5 * ties.to(grad.dtype))


@pointwise(tensors=("input", "other"), supports="bif", inplace=False,
           input=lambda grad, input, other: _share(grad, input < other, input == other),
           other=lambda grad, input, other: _share(grad, other < input, input == other))
def maximum(input, other):
    """The larger of the two; nan if either is."""
    return e.maximum(input, other)


@pointwise(tensors=("input", "other"), supports="bif", inplace=False,
           input=lambda grad, input, other: _share(grad, input > other, input == other),
           other=lambda grad, input, other: _share(grad, other > input, input == other))
def minimum(input, other):
    """The smaller of the two; nan if either is."""
    return e.minimum(input, other)


@pointwise(tensors=("input", "other"), supports="bif", inplace=False,
           input=lambda grad, input, other: grad.where((input >= other) | other.isnan(), 0),
           other=lambda grad, input, other: grad.where(~((input >= other) | other.isnan()), 0))
def fmax(input, other):
    """The larger of the two; the other one where one is nan."""
    return e.fmax(input, other)


@pointwise(tensors=("input", "other"), supports="bif", inplace=False,
           input=lambda grad, input, other: grad.where((input <= other) | other.isnan(), 0),
           other=lambda grad, input, other: grad.where(~((input <= other) | other.isnan()), 0))
def fmin(input, other):
    """The smaller of the two; the other one where one is nan."""
    return e.fmin(input, other)


@pointwise(tensors=("input", "other"), promote="float", supports="bif", aliases=("arctan2",),
           input=lambda grad, input, other: grad * other / (input * input + other * other),
           other=lambda grad, input, other: -grad * input / (input * input + other * other))
def atan2(input, other):
    """The angle of the point (other, input), in radians."""
    return e.arctan2(input, other)


@pointwise(tensors=("input", "other"), supports="f",
           input=lambda grad, input, out: grad * (input / out),
           other=lambda grad, other, out: grad * (other / out))
def hypot(input, other):
    """sqrt(input**2 + other**2), without overflow."""
    return e.hypot(input, other)


@pointwise(promote="float", supports="bif",
           input=lambda grad, input, out: (grad * out / input).where(input != 0, 0), other=0)
def copysign(input, other):
    """The magnitude of input with the sign of other."""
    return e.copysign(input, other)


def _log_or_zero(input: Tensor, other: Tensor) -> Tensor:
    """log(other), but zero where input is zero and there is no logarithm."""
    return other.log().where(~((input == 0) & (other <= 0)), 0)


@pointwise(promote="float", supports="bif", tensors=(), aliases=("special.xlogy",),
           input=lambda grad, input, other: grad * _log_or_zero(input, _tensor(other, input)),
           other=lambda grad, input, other: grad * input / other)
def xlogy(input, other):
    """input * log(other), 0 where input is 0 (nan where other is nan)."""
    product = input * e.log(other)
    return e.where(e.isnan(other), other, e.where(input == 0, input * 0, product))


def _tensor(value: Any, like: Any) -> Tensor:
    return value if isinstance(value, Tensor) else like.new_full((), value)


def _check_same(**operands: Any) -> None:
    given = {value.dtype for value in operands.values() if isinstance(value, Tensor)}
    if len(given) > 1:
        raise RuntimeError(f"the tensors have dtypes {', '.join(map(str, given))}: give one")


@pointwise(exact=True, supports="fc", check=_check_same,
           input=lambda grad, weight: grad * (1 - conjugate(weight)),
           end=lambda grad, weight: grad * conjugate(weight),
           weight=lambda grad, input, end: grad * (end - input).conj())
def lerp(input, end, weight):
    """input + weight * (end - input).

    Source: https://pytorch.org/docs/stable/generated/torch.lerp.html
    """
    near = input + weight * (end - input)
    far = end - (end - input) * (1 - weight)
    return e.where(e.absolute(weight) < 0.5, near, far)  # type: ignore[operator]


@pointwise(supports="ifc", operands=("input", "tensor1", "tensor2"), input=1,
           tensor1=lambda grad, tensor2, value: grad * conjugate(tensor2 * value),
           tensor2=lambda grad, tensor1, value: grad * conjugate(tensor1 * value))
def addcmul(input, tensor1, tensor2, *, value=1):
    """input + value * tensor1 * tensor2."""
    return input + value * (tensor1 * tensor2)


def _no_integers(input: Any, tensor1: Any, tensor2: Any, value: Any) -> None:
    if tensor1.dtype.category <= dtypes.INTEGER and tensor2.dtype.category <= dtypes.INTEGER:
        raise RuntimeError("addcdiv(): integers are not divided here: convert them to float first")


@pointwise(supports="fc", operands=("input", "tensor1", "tensor2"), check=_no_integers, input=1,
           tensor1=lambda grad, tensor2, value: grad * conjugate(value / tensor2),
           tensor2=lambda grad, tensor1, tensor2, value:
           -grad * conjugate(value * tensor1 / (tensor2 * tensor2)))
def addcdiv(input, tensor1, tensor2, *, value=1):
    """input + value * tensor1 / tensor2."""
    return input + value * (tensor1 / tensor2)


@pointwise(exact=True, name="abs", result="real", aliases=("absolute",), supports="bifc",
           input=lambda grad, input: grad * input.sgn())
def abs(input):
    """The distance from zero; real for complex numbers."""
    return e.absolute(input)


for _operator, _function in {"abs": abs, "neg": neg, "pos": positive}.items():
    setattr(Tensor, f"__{_operator}__", _function)
