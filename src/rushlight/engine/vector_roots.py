"""Lengths and remainders, as LLVM IR without branches."""

from __future__ import annotations

from typing import Final

from rushlight.engine.vector_branches import unless
from rushlight.engine.vector_writer import (
    INFINITY,
    Value,
    choose,
    fma,
    left_over,
    magnitude,
    root,
    truncated,
    with_sign,
)


def hypot32(x: Value, y: Value) -> Value:
    """sqrt(x * x + y * y) of floats: in float64 the squares can't overflow or vanish."""
    a, b = x.wide, y.wide
    result = root(fma(a, a, b * b)).narrow
    return _infinite_if_either_is(x, y, result)


def hypot64(x: Value, y: Value) -> Value:
    """sqrt(x * x + y * y) of doubles, also where the squares would overflow or vanish."""
    a, b = magnitude(x), magnitude(y)
    small, large = choose(b > a, a, b), choose(b > a, b, a)
    scale = choose(large < 2.0**-400, large.like(2.0**600), 1.0)
    scale = choose(large > 2.0**500, 2.0**-600, scale)
    back = choose(large < 2.0**-400, large.like(2.0**-600), 1.0)
    back = choose(large > 2.0**500, 2.0**600, back)
    small, large = small * scale, large * scale
    return _infinite_if_either_is(x, y, root(fma(large, large, small * small)) * back)


def _infinite_if_either_is(x: Value, y: Value, result: Value) -> Value:
    """An infinite operand makes a length infinite even if the other one is NaN."""
    result = choose(magnitude(x).equals(INFINITY), INFINITY, result)
    return choose(magnitude(y).equals(INFINITY), INFINITY, result)


# Quotients up to here are whole numbers after truncation that are exact, or one too many.
_MOST: Final = {"float": 2.0**23, "double": 2.0**52}


def fmod(x: Value, y: Value) -> Value:
    """What is left of x after whole multiples of y, exactly; it has the sign of x."""
    a, b = magnitude(x), magnitude(y)
    times = a / b
    rest = fma(-truncated(times), b, a)
    rest = choose(rest < 0.0, rest + b, rest)
    rest = with_sign(choose(a < b, a, rest), x)  # also of an infinite b
    return unless("fmod.far", times, _MOST[x.type], rest, left_over, x, y)


def remainder(x: Value, y: Value) -> Value:
    """x % y by Python's rule: what is left has the sign of y."""
    rest = fmod(x, y)
    other_sign = choose(y < 0.0, -rest, rest) < 0.0
    return choose(rest.equals(0.0), with_sign(rest, y), choose(other_sign, rest + y, rest))
