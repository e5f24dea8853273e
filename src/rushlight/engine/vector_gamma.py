"""The logarithm of the gamma function's size, as LLVM IR without branches but one."""

from __future__ import annotations

from typing import Final

from rushlight.engine import vector_coefficients as fitted
from rushlight.engine.vector_branches import unless
from rushlight.engine.vector_exponentials import log_as_pair
from rushlight.engine.vector_writer import (
    INFINITY,
    Value,
    choose,
    fma,
    magnitude,
    nearest,
    ordered_sum,
    polynomial,
    product,
    two_sum,
)

_LARGE: Final = 8.0  # from here on Stirling's series is short
_HALF_LOG_2_PI_E: Final = 0.4189385332046727  # log(2 pi) / 2 - 1 / 2
_SLOPE_AT_2: Final = (0.42278433509846713, 4.942915152430645e-18)
_LEAST: Final = 2.0**-60  # below it lgamma(-x) is lgamma(x)


def lgamma(x: Value) -> Value:
    """log(abs(gamma(x))) of a double."""
    positive = _of_positive(magnitude(x))
    return unless("lgamma.of_negative", -x, 0.0, positive, _of_negative, x, positive)


def _of_positive(a: Value) -> Value:
    """lgamma of a number that isn't negative."""
    # a is k + 2 + v for a whole k and abs(v) up to 1/2, and gamma(a) is gamma(2 + v) times
    # (2 + v) (3 + v) ... (a - 1), or without a (a + 1) ... (1 + v).
    middle = a.at_most(_LARGE)
    whole = nearest(middle)
    k, v = whole - 2.0, middle - whole
    factor = choose(k < -1.0, fma(middle, middle, middle), middle)
    factor = choose(k < 0.0, factor, 1.0)
    for step in range(int(_LARGE) - 2):
        factor = factor * choose(k > float(step), v + float(step + 2), 1.0)
    large = a > _LARGE - 0.5
    log, log_lost = log_as_pair(choose(large, a, factor))

    sign = choose(k < 0.0, k.like(-1.0), 1.0)
    first, first_lost = product(v, _SLOPE_AT_2[0])
    total, lost = two_sum(log * sign, first)
    rest = fma(log_lost, sign, lost) + fma(v, _SLOPE_AT_2[1], first_lost)
    small_result = total + fma(polynomial(v, fitted.LGAMMA["double"]), v * v, rest)

    inverse = 1.0 / a
    series = polynomial(inverse * inverse, fitted.LGAMMA_FAR["double"]) * inverse
    less_half = a - 0.5
    main, main_lost = product(less_half, log - 1.0)
    rest = fma(less_half, log_lost, main_lost) + (series + _HALF_LOG_2_PI_E)
    large_result = choose(main < INFINITY, main + rest, main)
    result = choose(large, large_result, small_result)
    return choose(a < INFINITY, choose(a.equals(0.0), INFINITY, result), a)


def _of_negative(x: Value, positive: Value) -> Value:
    """lgamma of a negative number: log(pi / (a sin(pi a))) - lgamma(a), where a is -x."""
    a = magnitude(x)
    r = magnitude(a - nearest(a))
    square = r * r
    # The sine over pi is r + r**3 p(r**2). Near the function's roots every bit of it counts.
    sine, sine_lost = ordered_sum(r, polynomial(square, fitted.SIN_PI["double"]) * (square * r))
    factor, factor_lost = product(a, sine)
    log, log_lost = log_as_pair(factor)
    total, lost = two_sum(log, positive)
    rest = lost + (log_lost + fma(a, sine_lost, factor_lost) / factor)
    result = choose(a < _LEAST, positive, -(total + rest))
    return choose(r.equals(0.0), INFINITY, choose(a < INFINITY, result, INFINITY))
