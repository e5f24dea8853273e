"""Rounding, signs, limits and choice: functions that are constant or linear in pieces."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rushlight.autograd.modes import modes
from rushlight.engine import expression as e
from rushlight.engine.deferred import LEAST
from rushlight.ops.arguments import widened
from rushlight.ops.elementwise import pointwise
from rushlight.ops.op import composite, op, publish
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Tensor, wrap


@pointwise(exact=True, supports="if", input=lambda grad: grad * 0)
def floor(input):
    """The largest whole number not above."""
    return e.floor(input)


@pointwise(exact=True, supports="if", input=lambda grad: grad * 0)
def ceil(input):
    """The smallest whole number not below."""
    return e.ceil(input)


@pointwise(exact=True, supports="if", aliases=("fix",), input=lambda grad: grad * 0)
def trunc(input):
    """The whole part."""
    return e.trunc(input)


@pointwise(exact=True, supports="f", input=1)
def frac(input):
    """The part after the point, with the sign of input."""
    return input - e.trunc(input)


def _round(input: Any, decimals: Any = 0) -> Any:
    if input.dtype.kind in "iu":
        return input.copy()
    if decimals == 0:
        return np.rint(input)
    scale = 10.0**decimals
    return np.rint(input * scale) / scale


@pointwise(exact=True, supports="if", numpy=_round, operands=("input",),
           input=lambda grad: grad * 0)
def round(input, *, decimals=0):
    """The nearest whole number (halves to the even one), or to so many decimals."""


def _sign(a: Any) -> Any:
    """-1, 0 or 1; 0 for nan, as PyTorch has it."""
    return (a > 0).astype(a.dtype) - (a < 0).astype(a.dtype)


@pointwise(exact=True, supports="bif",
           numpy=lambda input: input.copy() if input.dtype.kind == "b" else _sign(input),
           input=lambda grad: grad * 0)
def sign(input):
    """-1, 0 or 1."""


def _direction(input: Any) -> Any:
    a = input
    if a.dtype.kind != "c":
        return a.copy() if a.dtype.kind == "b" else _sign(a)
    length = np.abs(a)
    return np.where(length == 0, 0, a / np.where(length == 0, 1, length)).astype(a.dtype)


def _direction_slope(grad: Tensor, input: Tensor, out: Tensor) -> Any:
    if not input.dtype.is_complex:
        return grad * 0
    length = input.abs()
    turned = (grad - out * (grad * out.conj()).real) / length
    return turned.where(length != 0, 0)


@pointwise(exact=True, numpy=_direction, input=_direction_slope)
def sgn(input):
    """The sign; for complex numbers input / |input|, and 0 for 0."""


def _check_limits(input: Any, min: Any, max: Any) -> None:
    if min is None and max is None:
        raise RuntimeError("clamp(): give min, max or both")


def _clamp_slope(grad: Tensor, input: Tensor, min: Any, max: Any) -> Any:
    inside = True
    if min is not None:
        inside = inside & (input >= min)
    if max is not None:
        inside = inside & (input <= max)
    return grad.where(inside, 0)


@pointwise(exact=True, supports="bif", aliases=("clip",), check=_check_limits, input=_clamp_slope,
           min=lambda grad, input, min, max: grad.where(
               (input < min) if max is None else (input < min) & (min < max), 0),
           max=lambda grad, input, min, max: grad.where(
               (input > max) if min is None else (input > max) | (max < min), 0))
def clamp(input, min=None, max=None):
    """input, but not below min nor above max (numbers or tensors; either may be left out).

    Source: https://pytorch.org/docs/stable/generated/torch.clamp.html
    """
    if min is not None:
        input = e.maximum(input, min)
    return input if max is None else e.minimum(input, max)


@pointwise(exact=True, supports="bif", input=lambda grad, input, min: grad.where(input >= min, 0),
           min=lambda grad, input, min: grad.where(input < min, 0))
def clamp_min(input, min):
    """input, but not below min."""
    return e.maximum(input, min)


@pointwise(exact=True, supports="bif", input=lambda grad, input, max: grad.where(input <= max, 0),
           max=lambda grad, input, max: grad.where(input > max, 0))
def clamp_max(input, max):
    """input, but not above max."""
    return e.minimum(input, max)


def _where_positive(grad: Any, out: Any) -> Any:
    """The gradient where the result of `relu` is above 0 (or is no number), 0 elsewhere."""
    gate, values = out._array, grad._array
    if modes.grad or not type(gate) is type(values) is np.ndarray or gate.size >= LEAST:
        return passed(grad, out, ~(out <= 0))
    return wrap(np.where(gate <= 0, 0, values))


@op(name="_beside", face=False, method=False, grad=lambda grad: grad,
    input=lambda grad, input: wrap(np.zeros_like(input._array, subok=False)))
def beside(grad: Tensor, input: Tensor) -> Any:
    """`grad`, as what `input` has a share in: its derivative there is 0, but there is one."""
    return grad._array


def passed(grad: Any, input: Any, mask: Any) -> Any:
    """The gradient where `mask` holds, 0 elsewhere; mask is of `input`, and flat nearly everywhere.
    """
    return beside_where_recorded(grad.where(mask, 0), input)


def beside_where_recorded(grad: Any, input: Any) -> Any:
    """`beside` where a gradient of the gradient may be asked for, else `grad`."""
    return beside(grad, input) if modes.grad else grad


@pointwise(supports="if", aliases=("nn.functional.relu",), input=_where_positive)
def relu(input):
    """max(input, 0)."""
    return e.maximum(input, 0)


@pointwise(exact=True, supports="bif", tensors=("input", "values"))
def heaviside(input, values):
    """0 below zero, 1 above, `values` at zero."""
    return e.heaviside(input, values)


@pointwise(exact=True, name="_where", face=False, method=False, tensors=(),
           operands=("input", "other"), node="WhereBackward0",
           input=lambda grad, condition: _where(condition, grad, 0),  # type: ignore[has-type]
           other=lambda grad, condition: _where(condition, 0, grad))  # type: ignore[has-type]
def _where(condition, input, other):
    """input where the condition holds, else other."""
    return e.where(condition, input, other)


def _choose(condition: Any, input: Any = None, other: Any = None, *, out: Any = None) -> Any:
    """`input` where `condition` (bool) holds, else `other`; with the condition alone, `nonzero`.

    Source: https://pytorch.org/docs/stable/generated/torch.where.html
    """
    if not isinstance(condition, Tensor):
        raise TypeError(f"where(): condition must be a Tensor, not {type(condition).__name__}")
    if input is None and other is None:
        if out is not None:
            raise TypeError("where(): out= goes with a choice of two: give input and other")
        return condition.nonzero(as_tuple=True)
    if condition._array.dtype not in (np.bool_, np.uint8):
        raise RuntimeError(f"where(): condition must be a bool tensor, not {condition.dtype}")
    if condition._array.dtype != np.bool_:
        condition = wrap(condition._array != 0)
    return _where(condition, input, other, out=out)


publish(_choose, "where", method=False, doc=_choose.__doc__)


@composite(name="where", face=False, looks=True)
def where_method(self: Tensor, condition: Tensor, other: Any) -> Tensor:
    """This tensor where `condition` holds, else `other`."""
    return _choose(condition, self, other)


@op(inplace=True, out=True, input=lambda grad, input: grad.where(input.isfinite(), 0))
def nan_to_num(
    input: Tensor, nan: float | None = None, posinf: float | None = None,
    neginf: float | None = None,
) -> Any:
    """input with nan, +inf and -inf replaced (by 0 and the dtype's limits if not given)."""
    array = input._array
    if input.dtype.category < dtypes.FLOATING:
        return array.copy()
    limits = dtypes.finfo(input.dtype)
    high = limits.max if posinf is None else posinf
    low = limits.min if neginf is None else neginf
    return np.nan_to_num(widened(array), nan=nan or 0.0, posinf=high, neginf=low).astype(
        array.dtype, copy=False)


@pointwise(supports="f", tensors=("input", "other"),
           input=lambda grad, input, other: grad.where(input != other, 0),
           other=lambda grad, input, other: grad.where(input == other, 0))
def nextafter(input, other):
    """The next number after input towards other."""
    return e.nextafter(input, other)


def _power_of_2(exponent: Tensor) -> Any:
    return 2**exponent  # of integers, a whole number: PyTorch's slope for 2**-1 is 0


@pointwise(promote="float", tensors=("input", "other"),
           input=lambda other: _power_of_2(other), other=lambda out: out * math.log(2))
def ldexp(input, other):
    """input * 2**other."""
    return input * e.power(2.0, other)


# --- complex numbers


@op(name="_conj", face=False, node="ConjBackward0", input=lambda grad: grad.conj())
def _conj(input: Tensor) -> Any:
    return np.conjugate(input._array)


@composite(out=True, inplace=True)
def conj_physical(input: Tensor) -> Tensor:
    """The complex conjugate, written out; a real tensor itself."""
    return _conj(input) if input._array.dtype.kind == "c" else input


@composite()
def conj(input: Tensor) -> Tensor:
    """The complex conjugate; a real tensor itself."""
    return _conj(input) if input._array.dtype.kind == "c" else input


@composite()
def resolve_conj(input: Tensor) -> Tensor:
    """The tensor itself: conjugates are always written out here."""
    return input


@composite()
def resolve_neg(input: Tensor) -> Tensor:
    """The tensor itself: negatives are always written out here."""
    return input


@composite()
def is_conj(input: Tensor) -> bool:
    """False: conjugates are always written out here."""
    return False


@composite()
def is_neg(input: Tensor) -> bool:
    """False: negatives are always written out here."""
    return False


def _angle_slope(grad: Tensor, input: Tensor) -> Any:
    if not input.dtype.is_complex:
        return grad * 0
    length = input.abs()
    turned = input * (1j * grad) / (length * length)
    return turned.where(length != 0, 0)


def _angle(input: Any) -> Any:
    a = input
    if a.dtype.kind == "c":
        return np.angle(a)
    flat = np.where(a < 0, np.pi, 0).astype(a.dtype)
    return np.where(np.isnan(a), a, flat)


@pointwise(result="real", promote="float", numpy=_angle, inplace=False, input=_angle_slope)
def angle(input):
    """The angle in radians; 0 or pi for real numbers."""


@op(name="_real", face=False, method=False, view=True, node="RealBackward0",
    input=lambda grad: grad.to(grad.dtype.to_complex()))
def _real(input: Tensor) -> Any:
    return input._array.real


@op(name="_imag", face=False, method=False, view=True, node="ImagBackward0",
    input=lambda grad: grad.to(grad.dtype.to_complex()) * 1j)
def _imag(input: Tensor) -> Any:
    return input._array.imag


def real(input: Tensor) -> Tensor:
    """The real part, as a view; a real tensor itself."""
    return _real(input) if input._array.dtype.kind == "c" else input


def imag(input: Tensor) -> Tensor:
    """The imaginary part, as a view. RuntimeError for a real tensor."""
    if input._array.dtype.kind != "c":
        raise RuntimeError(f"imag(): a tensor of {input.dtype} has no imaginary part")
    return _imag(input)


def _set_part(name: str) -> Any:
    def setter(self: Tensor, value: Any) -> None:
        part = real(self) if name == "real" else imag(self)
        part.copy_(value)

    return setter


publish(real, "real", method=False, doc=real.__doc__)
publish(imag, "imag", method=False, doc=imag.__doc__)
setattr(Tensor, "real", property(real, _set_part("real")))
setattr(Tensor, "imag", property(imag, _set_part("imag")))
