"""Exponential functions, logarithms and powers, as LLVM IR without branches but one.

Both precisions use the same formulas where they can; a formula says "float" or "double" only for
its coefficients and limits. Where float32 arithmetic can't keep within one unit in the last place,
the float32 function computes in float64.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from rushlight.engine import vector_coefficients as fitted
from rushlight.engine.vector_branches import unless
from rushlight.engine.vector_scaling import times_two_to, two_to
from rushlight.engine.vector_writer import (
    INFINITY,
    NAN,
    Value,
    choose,
    fma,
    magnitude,
    nearest,
    ordered_sum,
    polynomial,
    product,
    quotient,
    root,
    single,
    split,
    two_sum,
    with_sign,
)

# ln(2) in two parts: the first has so few bits that an exponent times it is exact.
LN2_PARTS: Final = {
    "float": (0.693359375, -2.12194440054690583e-4),
    "double": (6.93147180369123816490e-01, 1.90821492927058770002e-10),
}
LN2: Final = (0.6931471805599453, 2.3190468138462996e-17)  # as a pair of doubles
LOG2_E: Final = (1.4426950408889634, 2.0355273740931033e-17)
LOG10_E: Final = (0.4342944819032518, 1.098319650216765e-17)
LOG10_2: Final = (0.3010299956639812, -2.8037281277851704e-18)

# ---- powers of two


def nearest_integer(x: Value, factor: float) -> tuple[Value, Value]:
    """The integer nearest to x * factor: in the low bits of a shifted number, and as a number."""
    shifted = fma(x, factor, x.layout.magic)
    return shifted, shifted - x.layout.magic


# ---- exp and its kin

# Beyond these the result is 0 or infinite all the same.
_EXP_LIMITS: Final = {"float": (-104.0, 89.0), "double": (-746.0, 710.0)}
_EXP2_LIMITS: Final = {"float": (-151.0, 129.0), "double": (-1076.0, 1025.0)}
_EXPM1_LIMITS: Final = {"float": (-20.0, 89.0), "double": (-40.0, 710.0)}
_SINH_LIMIT: Final = 710.5
# Nearer to 0 than this, sin(x), sinh(x) and the like are x to the last bit.
TINY: Final = {"float": 2.0**-13, "double": 2.0**-28}


def clamp(x: Value, limits: tuple[float, float]) -> Value:
    """x, but not beyond the limits; NaN stays NaN."""
    return x.at_least(limits[0]).at_most(limits[1])


def without_ln2(x: Value) -> tuple[Value, Value]:
    """x = n ln(2) + r with r small: n in the low bits of a shifted number, and r."""
    high, low = LN2_PARTS[x.type]
    shifted, n = nearest_integer(x, 1 / math.log(2))
    return shifted, fma(n, -low, fma(n, -high, x))


def small_power(r: Value, precision: str) -> Value:
    """e**r for r within ln(2) / 2."""
    return fma(fma(polynomial(r, fitted.EXP[precision]), r, 1.0), r, 1.0)


def exp(x: Value) -> Value:
    """e**x."""
    shifted, r = without_ln2(clamp(x, _EXP_LIMITS[x.type]))
    return times_two_to(small_power(r, x.type), shifted)


def exp2(x: Value) -> Value:
    """2**x."""
    x = clamp(x, _EXP2_LIMITS[x.type])
    shifted, n = nearest_integer(x, 1.0)
    r = x - n
    return times_two_to(fma(polynomial(r, fitted.EXP2[x.type]), r, 1.0), shifted)


def _less_one(r: Value, tail: Value, shifted: Value) -> Value:
    """(1 + r + tail) 2**n - 1, with n in the low bits of a shifted number."""
    half = two_to(shifted - 1.0)  # of 2**n, which may be just too large
    start = half - 0.5
    total = fma(r, half, start)
    lost = fma(r, half, start - total)
    if r.type == "float":  # in which 2**24 - 0.5 is 2**24: there that half matters
        lost = choose(start.equals(half), lost - 0.5, lost)
    return (total + fma(tail, half, lost)) * 2.0


def _expm1(x: Value) -> Value:
    """e**x - 1 for doubles that aren't very near 0."""
    shifted, r = without_ln2(clamp(x, _EXPM1_LIMITS["double"]))
    return _less_one(r, polynomial(r, fitted.EXP["double"]) * (r * r), shifted)


def expm1_32(x: Value) -> Value:
    """e**x - 1 of a float."""
    high, low = LN2_PARTS["float"]
    limited = clamp(x, _EXPM1_LIMITS["float"])
    shifted, n = nearest_integer(limited, 1 / math.log(2))
    start = fma(n, -high, limited)
    r = fma(n, -low, start)
    lost = fma(n, -low, start - r)
    result = _less_one(r, fma(polynomial(r, fitted.EXPM1["float"]), r * r, lost), shifted)
    return choose(magnitude(x) < TINY["float"] ** 2, x, result)


def expm1_64(x: Value) -> Value:
    """e**x - 1 of a double."""
    return choose(magnitude(x) < TINY["double"] ** 2, x, _expm1(x))


class _HyperbolicParts:
    """With x = n ln(2) + r: the halves of sinh and cosh of n ln(2), and sinh and cosh of r."""

    def __init__(self, x: Value, precision: str) -> None:
        shifted, self.r = without_ln2(clamp(x, (-_SINH_LIMIT, _SINH_LIMIT)))
        magic, least = x.layout.magic, 1.0 - x.layout.bias
        grows = two_to((shifted - 2.0).at_least(magic + least))
        falls = two_to((2.0 * magic - 2.0 - shifted).at_least(magic + least))
        self.sinh_n, self.cosh_n = grows - falls, grows + falls
        square = self.r * self.r
        self.sinh_r_less_r = polynomial(square, fitted.SINH[precision]) * (square * self.r)
        self.cosh_r_less_one = polynomial(square, fitted.COSH[precision]) * square


def sinh(x: Value, precision: str = "double") -> Value:
    """The hyperbolic sine."""
    parts = _HyperbolicParts(x, precision)
    start = fma(parts.cosh_n, parts.r, parts.sinh_n)
    lost = fma(parts.cosh_n, parts.r, parts.sinh_n - start)
    rest = fma(parts.sinh_n, parts.cosh_r_less_one, fma(parts.cosh_n, parts.sinh_r_less_r, lost))
    return choose(magnitude(x) < TINY[x.type], x, (start + rest) * 2.0)


def cosh(x: Value, precision: str = "double") -> Value:
    """The hyperbolic cosine."""
    parts = _HyperbolicParts(x, precision)
    sinh_r = parts.r + parts.sinh_r_less_r
    rest = fma(parts.cosh_n, parts.cosh_r_less_one, parts.sinh_n * sinh_r)
    return (parts.cosh_n + rest) * 2.0


# e**(2 r) for r within ln(2) / 4.
_EXP_TWICE: Final = (1.0, 2.0, *(c * 2.0**k for k, c in enumerate(fitted.EXP["float"], 2)))


def tanh32(x: Value) -> Value:
    """The hyperbolic tangent of a float, without a division."""
    square = x * x
    near = fma(polynomial(square, fitted.TANH["float"]), square * x, x)
    # Beyond 1 it is 1 - 2 E / (1 + E) with E = exp(-2 x): at most 1/7, so a short polynomial of E
    # will do. x = -r - n ln(2) / 2 by one product: its error grows with n, but E shrinks faster.
    a = magnitude(x)
    limited = a.at_most(10.0)
    shifted, n = nearest_integer(limited, -2.0 / math.log(2))
    r = fma(n, -math.log(2) / 2, -limited)
    e = (polynomial(r, _EXP_TWICE).bits + (shifted.bits << x.layout.mantissa)).number
    far = fma(polynomial(e, fitted.TANH_FAR["float"]), e, 1.0)
    return with_sign(choose(a > 1.0, far, near), x)


def tanh64(x: Value) -> Value:
    """The hyperbolic tangent of a double."""
    less_one = _expm1((magnitude(x) * 2.0).at_most(44.0))
    # Where less_one is more than 2 the loss isn't exact, but then neither does it matter.
    result, lost = quotient(less_one, *ordered_sum(less_one.like(2.0), less_one))
    return choose(magnitude(x) < TINY["double"], x, with_sign(result + lost, x))


# ---- logarithms

_ROOT_HALF_BITS: Final = {"float": 0x3F3504F3, "double": 0x3FE6A09E667F3BCD}


def _exponent_and_rest(x: Value) -> tuple[Value, Value]:
    """x = 2**e * m, for positive normal x: e as a number, and m in [sqrt(1/2), sqrt(2))."""
    layout = x.layout
    bits = x.bits
    steps = (bits - _ROOT_HALF_BITS[x.type]) >> layout.mantissa
    m = (bits - (steps << layout.mantissa)).number
    if x.type == "float":
        return steps.rounded, m
    # Few processors have that conversion for vectors of doubles.
    return (steps + layout.magic_bits).number - layout.magic, m


def _log_parts(x: Value) -> tuple[Value, Value]:
    """x = 2**e * (1 + f), for positive x: e and f."""
    layout = x.layout
    up = float(layout.mantissa + 1)
    subnormal = x < layout.least_normal
    e, m = _exponent_and_rest(choose(subnormal, x * 2.0**up, x))
    return choose(subnormal, e - up, e), m - 1.0


def _log_less_first(f: Value) -> Value:
    """log(1 + f) - f for a double f in [sqrt(1/2) - 1, sqrt(2) - 1)."""
    # The odd powers of s, of which fewer will do; f - s * f is 2 s without the error of s.
    s = f / (f + 2.0)
    square, half = s * s, f * f * 0.5
    return fma(s, fma(polynomial(square, fitted.LOG_RATIO["double"]), square, half), -half)


def _log(e: Value, f: Value, lost: Value | None = None) -> Value:
    """log(2**e * (1 + f + lost)), where f is in [sqrt(1/2) - 1, sqrt(2) - 1)."""
    # What was lost when f was rounded changes the result by itself / (1 + f), nearly.
    correction = None if lost is None else fma(-f, lost, lost)
    high, low = LN2
    if f.type == "double":
        rest = _log_less_first(f)
        rest = rest if correction is None else rest + correction
        return fma(e, high, f + fma(e, low, rest))
    square = f * f
    # Adding what was lost rounds once more: that leaves less room for the polynomial's error.
    fit = fitted.LOG if correction is None else fitted.LOG1P
    tail = polynomial(f, (-0.5, *fit["float"]))
    if correction is None:
        rest = fma(tail, square, f)  # the nearest float to log(2) happens to have 28 right bits
    else:
        rest = f + fma(tail, square, fma(e, high - single(high), correction))
    return fma(e, high, rest)


def _at_borders(x: Value, result: Value) -> Value:
    """A logarithm's result for positive finite x, made right for every other x."""
    result = choose(x < INFINITY, result, x)
    result = choose(x.equals(0.0), -INFINITY, result)
    return choose(x < 0.0, NAN, result)


def _of_any(x: Value, name: str, logarithm: Callable[[Value, Value, Value], Value]) -> Value:
    """A logarithm of every x, by a formula of e, of f, and of e made right at the borders."""

    def at_borders(x: Value) -> Value:
        e, f = _log_parts(x)
        return logarithm(e, f, _at_borders(x, e))

    if x.type == "float":
        return at_borders(x)
    # Zeros, subnormal and negative numbers have such an exponent, infinities and NaN too.
    e, m = _exponent_and_rest(x)
    f = m - 1.0
    return unless(f"{name}.at_borders", magnitude(e), 1021.0, logarithm(e, f, e), at_borders, x)


def log(x: Value) -> Value:
    """The natural logarithm."""
    return _of_any(x, "log", lambda _, f, e: _log(e, f))


def _log1p_parts(x: Value) -> tuple[Value, Value, Value]:
    """1 + x = 2**e * (1 + f + lost), without the loss that 1 + x would bring: e, f, lost."""
    e, _ = _exponent_and_rest(x + 1.0)
    scale = two_to(x.layout.magic + 2.0 - e)  # 4 / 2**e: 1 / 2**e may be subnormal
    start = scale * 0.25 - 1.0
    f = fma(x * 0.25, scale, start)
    return e, f, fma(x * 0.25, scale, start - f)


def log1p(x: Value) -> Value:
    """log(1 + x)."""
    result = choose(x < INFINITY, _log(*_log1p_parts(x)), x)
    result = choose(x.equals(-1.0), -INFINITY, result)
    result = choose(x < -1.0, NAN, result)
    return choose(magnitude(x) < TINY[x.type] ** 2, x, result)


def _log_pair(f: Value) -> tuple[Value, Value]:
    """log(1 + f) for a double f in [sqrt(1/2) - 1, sqrt(2) - 1), as a pair of some 64 bits."""
    # s = f / (2 + f) as a pair, then 2 s + 2/3 s**3 as pairs and the higher powers singly.
    s, s_lost = quotient(f, *ordered_sum(f.like(2.0), f))
    square, square_lost = product(s, s)
    square_lost = fma(s * 2.0, s_lost, square_lost)
    cube, cube_lost = product(square, s)
    cube_lost = fma(square, s_lost, fma(square_lost, s, cube_lost))
    third, third_lost = product(cube, 2 / 3)
    third_lost = fma(cube, 2 / 3 * 2.0**-54, fma(cube_lost, 2 / 3, third_lost))
    tail = polynomial(square, fitted.LOG_RATIO_TAIL["double"]) * square * cube
    total, lost = ordered_sum(s * 2.0, third)
    return ordered_sum(total, fma(s_lost, 2.0, lost + third_lost + tail))


def log_as_pair(x: Value) -> tuple[Value, Value]:
    """The natural logarithm of a positive finite double, as a pair of some 64 bits."""
    e, f = _log_parts(x)
    high, low = _log_pair(f)
    start, start_lost = product(e, LN2[0])
    total, lost = ordered_sum(start, high)
    return ordered_sum(total, lost + low + fma(e, LN2[1], start_lost))


def _log_to_base(
    e: Value, f: Value, at_borders: Value,
    of_two: tuple[float, float], of_e: tuple[float, float], tail: Sequence[float],
) -> Value:
    """log(2**e * (1 + f)) to the base whose logarithms of 2 and e these are."""
    two, two_low = split(e.type, of_two)
    slope, slope_low = split(e.type, of_e)
    if e.type == "float":
        rest = polynomial(f, tail) * f
    else:
        rest = fma(f, slope_low, _log_less_first(f) * slope)
    if two_low:
        rest = fma(e, two_low, rest)
    return fma(at_borders, two, fma(f, slope, rest))


def log2(x: Value) -> Value:
    """The logarithm to base 2."""
    tail = fitted.LOG2_TAIL["float"]
    return _of_any(x, "log2", partial(_log_to_base, of_two=(1.0, 0.0), of_e=LOG2_E, tail=tail))


def log10(x: Value) -> Value:
    """The logarithm to base 10."""
    tail = fitted.LOG10_TAIL["float"]
    return _of_any(x, "log10", partial(_log_to_base, of_two=LOG10_2, of_e=LOG10_E, tail=tail))


# ---- the inverses of the hyperbolic functions


def _log_narrow(x: Value) -> Value:
    """log(x) of a positive normal double, with some 38 right bits."""
    e, f = _exponent_and_rest(x)
    f = f - 1.0
    return fma(polynomial(f, fitted.LOG2["narrow"]), f, e) * LN2[0]


def _log1p_of_sum(high: Value, low: Value) -> Value:
    """log(1 + high + low) for doubles that aren't negative and not very large."""
    e, f, lost = _log1p_parts(high)
    return _log(e, f, fma(low, two_to(high.layout.magic - e), lost))


_LARGE: Final = 2.0**28  # beyond it, x * x + 1 is x * x


def arcsinh64(x: Value) -> Value:
    """The inverse of sinh, of a double."""
    a = magnitude(x)
    middle = a.at_most(_LARGE)
    square = middle * middle
    # a + sqrt(a * a + 1) is 1 + a + a * a / (1 + sqrt(a * a + 1)).
    high, low = ordered_sum(middle, square / (root(square + 1.0) + 1.0))
    e, f = _log_parts(a)
    large = choose(a < INFINITY, _log(e + 1.0, f), a)
    result = choose(a > _LARGE, large, _log1p_of_sum(high, low))
    return choose(a < TINY["double"], x, with_sign(result, x))


def arccosh64(x: Value) -> Value:
    """The inverse of cosh, of a double; NaN below 1."""
    middle = x.at_most(_LARGE) - 1.0
    high, low = two_sum(middle, root(fma(middle, middle, middle * 2.0)))
    e, f = _log_parts(x)
    large = choose(x < INFINITY, _log(e + 1.0, f), x)
    result = choose(x > _LARGE, large, _log1p_of_sum(high, low))
    return choose(x < 1.0, NAN, result)


def arctanh64(x: Value) -> Value:
    """The inverse of tanh, of a double; NaN beyond 1."""
    a = magnitude(x)
    result = log1p(2.0 * a / (1.0 - a)) * 0.5
    return choose(a < TINY["double"], x, with_sign(result, x))


# For floats there are digits enough in float64 to add the 1 first, unless the operand is tiny.


def arcsinh32(x: Value) -> Value:
    """The inverse of sinh, of a float."""
    size = magnitude(x)
    a = size.wide
    result = with_sign(_log_narrow(a + root(fma(a, a, 1.0))).narrow, x)
    result = choose(size < TINY["float"], x, result)
    return choose(size < INFINITY, result, x)


def arccosh32(x: Value) -> Value:
    """The inverse of cosh, of a float; NaN below 1."""
    a = x.wide
    result = _log_narrow(a + root(fma(a, a, -1.0))).narrow
    result = choose(x < INFINITY, result, x)
    return choose(x < 1.0, NAN, result)


def arctanh32(x: Value) -> Value:
    """The inverse of tanh, of a float; NaN beyond 1."""
    size = magnitude(x)
    a = size.wide
    result = (_log_narrow((a + 1.0) / (1.0 - a)) * 0.5).narrow
    at_end = choose(size.equals(1.0), size.like(INFINITY), NAN)
    result = with_sign(choose(size < 1.0, result, at_end), x)
    return choose(size < TINY["float"], x, result)


# ---- of two numbers


def _log2_narrow(x: Value) -> Value:
    """The logarithm of a positive finite float to base 2, in float64 with some 38 right bits."""
    e, f = _log_parts(x)
    wide = f.wide
    return fma(polynomial(wide, fitted.LOG2["narrow"]), wide, e.wide)


def _power_borders(x: Value, y: Value, size: Value) -> Value:
    """x**y by C's rules, where `size` is abs(x)**y, right for zeros, infinities and NaN too."""
    size = choose(magnitude(x).equals(1.0), 1.0, size)  # 1**NaN is 1, (-1)**infinity too
    whole = nearest(y).equals(y)
    half = y * 0.5
    size = choose(nearest(half).differs(half), choose(whole, with_sign(size, x), size), size)
    # A negative finite number has no power that isn't whole; nor a power of NaN.
    no_power = choose(x < 0.0, choose(x > -INFINITY, NAN, size), size)
    return choose(y.equals(0.0), 1.0, choose(whole, size, no_power))


def power64(x: Value, y: Value) -> Value:
    """x**y of doubles."""
    a = magnitude(x)
    total, lost = log_as_pair(a)
    total = choose(a < INFINITY, total, a)
    total = choose(a.equals(0.0), -INFINITY, total)
    exponent, rest = product(y, total)
    rest = fma(y, lost, rest)
    rest = choose(magnitude(exponent) < 800.0, rest, 0.0)  # an infinite one has no rest
    shifted, r = without_ln2(clamp(exponent, _EXP_LIMITS["double"]))
    r, r_lost = ordered_sum(r, rest)
    less_one = r + fma(polynomial(r, fitted.EXP["double"]), r * r, r_lost)
    return _power_borders(x, y, times_two_to(less_one + 1.0, shifted))


def power32(x: Value, y: Value) -> Value:
    """x**y of floats."""
    a = magnitude(x)
    base = choose(a < INFINITY, _log2_narrow(a), a.wide)
    base = choose(a.equals(0.0), -INFINITY, base)
    exponent = clamp(y.wide * base, (-200.0, 200.0))
    shifted, n = nearest_integer(exponent, 1.0)
    r = exponent - n
    size = fma(polynomial(r, fitted.EXP2["narrow"]), r, 1.0) * two_to(shifted)
    return _power_borders(x, y, size.narrow)


def logaddexp(x: Value, y: Value) -> Value:
    """log(e**x + e**y)."""
    first, second = choose(x > y, x, y), choose(x > y, y, x)
    total = first + log1p(exp(second - first))
    total = choose(x.equals(y), x + LN2[0], total)  # also of two infinities of the same sign
    return choose(x.differs(x), x, choose(y.differs(y), y, total))
