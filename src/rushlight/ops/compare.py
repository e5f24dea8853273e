"""Comparison, logic, bits, and questions about numbers: rows whose result has no gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.engine import expression as e
from rushlight.ops.elementwise import pointwise
from rushlight.ops.op import composite
from rushlight.tensor.tensor import Tensor, wrap


@pointwise(result="bool", operator="eq")
def eq(input, other):
    """input == other, elementwise."""
    return e.equal(input, other)


@pointwise(result="bool", operator="ne", aliases=("not_equal",))
def ne(input, other):
    """input != other, elementwise."""
    return e.not_equal(input, other)


@pointwise(result="bool", supports="bif", operator="lt", aliases=("less",))
def lt(input, other):
    """input < other, elementwise."""
    return input < other


@pointwise(result="bool", supports="bif", operator="le", aliases=("less_equal",))
def le(input, other):
    """input <= other, elementwise."""
    return input <= other


@pointwise(result="bool", supports="bif", operator="gt", aliases=("greater",))
def gt(input, other):
    """input > other, elementwise."""
    return input > other


@pointwise(result="bool", supports="bif", operator="ge", aliases=("greater_equal",))
def ge(input, other):
    """input >= other, elementwise."""
    return input >= other


def _or_identity(compare: Any, unlike: bool) -> Any:
    """`==` of a tensor and something that is no number falls back to identity, as in Python."""

    def method(self: Tensor, other: Any) -> Any:
        result = compare(self, other)
        return unlike if result is NotImplemented else result

    return method


Tensor.__eq__ = _or_identity(Tensor.__eq__, False)  # type: ignore[method-assign]
Tensor.__ne__ = _or_identity(Tensor.__ne__, True)  # type: ignore[method-assign]
Tensor.__hash__ = object.__hash__  # type: ignore[method-assign]  # a class with __eq__ loses it


@pointwise(result="bool", tensors=("input", "other"))
def logical_and(input, other):
    """Whether both are true (not zero)."""
    return e.logical_and(input, other)


@pointwise(result="bool", tensors=("input", "other"))
def logical_or(input, other):
    """Whether either is true (not zero)."""
    return e.logical_or(input, other)


@pointwise(result="bool", tensors=("input", "other"))
def logical_xor(input, other):
    """Whether exactly one is true (not zero)."""
    return e.logical_xor(input, other)


@pointwise(result="bool")
def logical_not(input):
    """Whether it is false (zero)."""
    return e.logical_not(input)


@pointwise(supports="bi", tensors=(), operator="and")
def bitwise_and(input, other):
    """The bits both have; for bool, logical and."""
    return input & other


@pointwise(supports="bi", tensors=(), operator="or")
def bitwise_or(input, other):
    """The bits either has; for bool, logical or."""
    return input | other


@pointwise(supports="bi", tensors=(), operator="xor")
def bitwise_xor(input, other):
    """The bits exactly one has; for bool, logical xor."""
    return input ^ other


@pointwise(supports="bi")
def bitwise_not(input):
    """The bits it lacks; for bool, logical not."""
    return ~input


setattr(Tensor, "__invert__", bitwise_not)

@pointwise(supports="i", tensors=(), operator="lshift")
def bitwise_left_shift(input, other):
    """input * 2**other, in bits."""
    return e.left_shift(input, other)


@pointwise(supports="i", tensors=(), operator="rshift")
def bitwise_right_shift(input, other):
    """input / 2**other rounded down, in bits."""
    return e.right_shift(input, other)


@pointwise(supports="i", tensors=("input", "other"))
def gcd(input, other):
    """The greatest common divisor."""
    return e.gcd(input, other)


@pointwise(supports="i", tensors=("input", "other"))
def lcm(input, other):
    """The least common multiple."""
    return e.absolute(e.lcm(input, other))


@pointwise(result="bool", inplace=False)
def isnan(input):
    """Whether it is nan."""
    return e.isnan(input)


@pointwise(result="bool", inplace=False)
def isinf(input):
    """Whether it is infinite."""
    return e.isinf(input)


@pointwise(result="bool", inplace=False)
def isfinite(input):
    """Whether it is neither infinite nor nan."""
    return e.isfinite(input)


@pointwise(exact=True, result="bool", supports="bif", inplace=False)
def isposinf(input):
    """Whether it is +inf."""
    return e.equal(input, float("inf"))


@pointwise(exact=True, result="bool", supports="bif", inplace=False)
def isneginf(input):
    """Whether it is -inf."""
    return e.equal(input, -float("inf"))


@pointwise(result="bool", inplace=False)
def isreal(input):
    """Whether its imaginary part is zero."""
    return e.equal(e.imag(input), 0)


@pointwise(exact=True, result="bool", supports="bif", inplace=False)
def signbit(input):
    """Whether its sign bit is set: -0.0 counts as negative."""
    return e.signbit(input)


def _check_pair(name: str, input: Tensor, other: Tensor) -> None:
    for each in (input, other):
        if not isinstance(each, Tensor):
            raise TypeError(f"{name}() compares Tensors, not {type(each).__name__}")
    if input.dtype is not other.dtype:
        raise RuntimeError(f"{name}(): the dtypes are {input.dtype} and {other.dtype}: give one")


@composite(looks=True)
def isclose(
    input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08,
    equal_nan: bool = False,
) -> Tensor:
    """Whether |input - other| <= atol + rtol * |other|, elementwise; equal infinities are close."""
    _check_pair("isclose", input, other)
    if rtol < 0 or atol < 0:
        raise RuntimeError(f"isclose(): rtol and atol must not be negative: {rtol}, {atol}")
    a, b = input._array, other._array
    try:
        close = np.equal(a, b)
    except ValueError:
        raise RuntimeError(
            f"isclose(): shapes {list(a.shape)} and {list(b.shape)} do not broadcast") from None
    if equal_nan:
        close = close | ((a != a) & (b != b))
    wide = np.complex128 if a.dtype.kind == "c" else np.float64
    if a.dtype.kind in "fcV" or rtol or atol:
        gap = np.abs(a.astype(wide) - b.astype(wide))
        near = gap <= atol + np.abs(rtol * b.astype(wide))
        close = close | (near & np.isfinite(gap))
    return wrap(np.asarray(close))


@composite()
def allclose(
    input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08,
    equal_nan: bool = False,
) -> bool:
    """Whether all elements are close: see `isclose`."""
    return bool(isclose(input, other, rtol, atol, equal_nan)._array.all())


@composite()
def equal(input: Tensor, other: Tensor) -> bool:
    """Whether both have the same shape and the same elements."""
    for each in (input, other):
        if not isinstance(each, Tensor):
            raise TypeError(f"equal() compares Tensors, not {type(each).__name__}")
    return input._array.shape == other._array.shape and bool(
        (input._array == other._array).all())


@composite()
def is_nonzero(input: Tensor) -> bool:
    """Whether the one element is not zero."""
    return bool(input)
