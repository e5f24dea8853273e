"""Functions of angles and their inverses, as LLVM IR without branches but one.

What is left of a large angle after whole turns is found by Payne and Hanek's way: only those
digits of 2 / pi matter which aren't whole turns when x multiplies them. x = 2**k * x' with a
whole x' leaves the same as x' times (2**k * 2 / pi) without that product's own whole turns.
Floats below 2**15 go by Cody and Waite's way instead, unless their vector has a larger one.
"""

from __future__ import annotations

import math
from typing import Final

from rushlight.engine import vector_coefficients as fitted
from rushlight.engine.vector_branches import unless
from rushlight.engine.vector_exponentials import TINY, nearest_integer
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
    quotient,
    root,
    table_entry,
    two_sum,
    with_sign,
)

# Multiples of pi / 4 as pairs.
PI_4: Final = (0.7853981633974483, 3.061616997868383e-17)
PI_2: Final = (1.5707963267948966, 6.123233995736766e-17)
PI_3_4: Final = (2.356194490192345, 9.184850993605148e-17)
PI: Final = (3.141592653589793, 1.2246467991473532e-16)

# Up to here a float's quarter turns have at most 15 bits. pi / 2 is a sum of positive floats; the
# second one has only 7 bits, so that it times them is exact.
_NEAR: Final = 2.0**15
PI_2_PARTS: Final = (
    1.570796251296997, 7.543712854385376e-08, 6.07710062827671e-11, -1.2177051942436535e-18
)
# The polynomials of h = r**2 / 2: cos(r) = 1 - h + h**2 p(h), sin(r) = r - r h q(h).
_COS_OF_HALF: Final = tuple(c * 4.0 * 2.0**k for k, c in enumerate(fitted.COS["float"]))
_SIN_OF_HALF: Final = tuple(c * -2.0 * 2.0**k for k, c in enumerate(fitted.SIN["float"]))

_DIGITS: Final = 1152
_TWO_OVER_PI: Final = int(  # times 2**1152
    "A2F9836E4E441529FC2757D1F534DDC0DB6295993C439041FE5163ABDEBBC561B7246E3A"
    "424DD2E006492EEA09D1921CFE1DEB1CB129A73EE88235F52EBB4484E99C7026B45F7E41"
    "3991D639835339F49C845F8BBDF9283B1FF897FFDE05980FEF2F118B5A0A6D1F6D367ECF"
    "27CB09B74F463F669E5FEA2D7527BAC7EBE5F17B3D0739F78A5292EA6BFB5FB11F8D5D08",
    16,
)


def _quarter_turns(shift: int, count: int) -> list[float]:
    """2**shift * 2 / pi without multiples of 4, as a sum of so many doubles."""
    one = 1 << _DIGITS
    rest = (_TWO_OVER_PI << shift) % (4 * one)
    if rest > 2 * one:
        rest -= 4 * one
    parts = []
    for _ in range(count):
        parts.append(rest / one)  # rounded correctly, since both are integers
        numerator, denominator = parts[-1].as_integer_ratio()
        rest -= numerator * (one // denominator)
    return parts


# ---- sin, cos and tan of float: in float64

_STEP: Final = 27  # a float of 2**50 or more is a multiple of 2**27


def _turns_factor(x: Value, halves: int) -> tuple[Value, Value]:
    """2 / pi / halves as a pair of doubles, less what would add whole turns to x times it."""
    size = magnitude(x)
    pairs = [
        [math.ldexp(part, -shift) / halves for part in _quarter_turns(shift, 2)]
        for shift in range(0, 4 * _STEP, _STEP)
    ]
    high, low = (x.wide.like(part) for part in pairs[0])
    for step, pair in enumerate(pairs[1:]):
        large = size > 2.0 ** (50 + step * _STEP)
        high, low = choose(large, pair[0], high), choose(large, pair[1], low)
    return high, low


def _near_sine(x: Value, turns: int) -> Value:
    """sin(x + turns pi / 2) for abs(x) up to _NEAR, by Cody and Waite's way."""
    first, second, *others = PI_2_PARTS
    shifted, n = nearest_integer(x, 2 / math.pi)
    # x = n pi / 2 + r - excess. The first product and, if r is small, the second one are exact.
    start = fma(n, -first, x)
    r = fma(n, -second, start)
    excess = fma(n, second, r - start)
    for part in others:
        excess = fma(n, part, excess)
    half = fma(r, r * 0.5, -(r * excess))  # of (r - excess)**2
    cosine = fma(half, fma(polynomial(half, _COS_OF_HALF), half, -1.0), 1.0)
    # Written so that -0 stays -0.
    sine = r - fma(polynomial(half, _SIN_OF_HALF) * half, r - excess, excess)
    quarters = shifted.bits + turns if turns else shifted.bits
    value = choose((quarters & 1).differs(0), cosine, sine)
    return (value.bits ^ ((quarters & 2) << 30)).number


def _far_sine(x: Value, turns: int) -> Value:
    """sin(x + turns pi / 2) for every x, in float64."""
    high, low = _turns_factor(x, 2)
    wide = x.wide
    if turns:
        # cos(pi (n - 1/2 + y)) is sin(pi y), or its negative where n is odd.
        shifted = (wide * high + 0.5) + wide.layout.magic
        offset = wide.layout.magic - shifted + 0.5
    else:
        shifted = fma(wide, high, wide.layout.magic)
        offset = -(shifted - wide.layout.magic)
    y = fma(wide, low, fma(wide, high, offset))
    sine = polynomial(y * y, fitted.SIN_TURN["narrow"]) * y
    return (sine.bits ^ (shifted.bits << 63)).number.narrow


def sin32(x: Value) -> Value:
    """The sine of a float."""
    return unless(
        "sin.far", magnitude(x), _NEAR, _near_sine(x, 0), lambda far: _far_sine(far, 0), x)


def cos32(x: Value) -> Value:
    """The cosine of a float."""
    return unless(
        "cos.far", magnitude(x), _NEAR, _near_sine(x, 1), lambda far: _far_sine(far, 1), x)


def tan32(x: Value) -> Value:
    """The tangent of a float."""
    high, low = _turns_factor(x, 1)
    wide = x.wide
    shifted = fma(wide, high, wide.layout.magic)
    y = fma(wide, low, fma(wide, high, -(shifted - wide.layout.magic)))
    square = y * y
    sine = polynomial(square, fitted.SIN_QUARTER["narrow"]) * y
    cosine = polynomial(square, fitted.COS_QUARTER["narrow"])
    odd = (shifted.bits & 1).differs(0)
    result = choose(odd, -cosine, sine) / choose(odd, sine, cosine)
    return choose(x.equals(0.0), x, result.narrow)


# ---- sin, cos and tan of double

_ROW_STEP: Final = 16
_ROWS: Final = (2047 - 1075) // _ROW_STEP + 1


def _reduced(x: Value) -> tuple[Value, Value, Value]:
    """x = n pi / 2 + r: n without multiples of 4 in a shifted number, and r as a pair."""
    # A double of 2**(52 + 16 k) or more is a multiple of 2**(16 k): row k is for those.
    excess = ((x.bits >> 52) & 2047) - 1075
    row = excess.at_least(0) >> 4
    scaled = x * ((1023 - (row << 4)) << 52).number
    columns = list(zip(*(_quarter_turns(_ROW_STEP * k, 3) for k in range(_ROWS)), strict=True))
    first, second, third = (
        table_entry(f"@rl.quarter_turns.{column}", numbers, row)
        for column, numbers in enumerate(columns)
    )
    a, a_lost = product(scaled, first)
    a = fma(nearest(a * 0.25), -4.0, a)
    b, b_lost = product(scaled, second)
    total, lost = two_sum(a, a_lost)
    total, lost_too = two_sum(total, b)
    shifted = total + x.layout.magic
    part = total - (shifted - x.layout.magic)
    part, lost = ordered_sum(part, lost + lost_too + fma(scaled, third, b_lost))
    high, low = product(part, PI_2[0])
    return shifted, high, fma(part, PI_2[1], fma(lost, PI_2[0], low))


def _sine(r: Value, low: Value) -> tuple[Value, Value]:
    """sin(r + low) for r within pi / 4, as two numbers that are still to be added."""
    square = r * r
    tail = polynomial(square, fitted.SIN["double"]) * (square * r)
    return r, tail + fma(square * low, -0.5, low)


def _cosine(r: Value, low: Value) -> tuple[Value, Value]:
    """cos(r + low) for r within pi / 4, as two numbers that are still to be added."""
    square = r * r
    start, lost = ordered_sum(r.like(1.0), square * -0.5)
    tail = polynomial(square, fitted.COS["double"]) * (square * square)
    return start, lost + fma(r, -low, tail)


def _circular(r: Value, low: Value, shifted: Value) -> Value:
    """sin(r + low + n pi / 2), with n in the low bits of a shifted number."""
    odd = (shifted.bits & 1).differs(0)
    (sine, sine_rest), (cosine, cosine_rest) = _sine(r, low), _cosine(r, low)
    value = choose(odd, cosine, sine) + choose(odd, cosine_rest, sine_rest)
    return (value.bits ^ ((shifted.bits & 2) << 62)).number


def sin64(x: Value) -> Value:
    """The sine of a double."""
    shifted, r, low = _reduced(x)
    return choose(magnitude(x) < TINY["double"], x, _circular(r, low, shifted))


def cos64(x: Value) -> Value:
    """The cosine of a double."""
    shifted, r, low = _reduced(x)
    return _circular(r, low, shifted + 1.0)


def tan64(x: Value) -> Value:
    """The tangent of a double."""
    shifted, r, low = _reduced(x)
    odd = (shifted.bits & 1).differs(0)
    sine, sine_lost = ordered_sum(*_sine(r, low))
    cosine, cosine_lost = ordered_sum(*_cosine(r, low))
    result, lost = quotient(
        choose(odd, -cosine, sine),
        choose(odd, sine, cosine),
        choose(odd, sine_lost, cosine_lost),
        choose(odd, -cosine_lost, sine_lost),
    )
    return choose(magnitude(x) < TINY["double"], x, result + lost)


# ---- the inverses: for double; "narrow" coefficients will do where a float is wanted


def _arcsin_part(x: Value, precision: str) -> tuple[Value, Value, Value]:
    """Is abs(x) large?; s, and arcsin(s) - s, for s = abs(x) or else sqrt((1 - abs(x)) / 2)."""
    a = magnitude(x)
    large = a > 0.5
    square = choose(large, fma(a, -0.5, 0.5), a * a)
    s = choose(large, root(square), a)
    return large, s, polynomial(square, fitted.ARCSIN[precision]) * (square * s)


def arcsin(x: Value, precision: str = "double") -> Value:
    """The inverse of sin; NaN beyond 1."""
    large, s, tail = _arcsin_part(x, precision)
    result = choose(large, PI_2[0] - fma(s, 2.0, fma(tail, 2.0, -PI_2[1])), s + tail)
    return with_sign(result, x)


def arccos(x: Value, precision: str = "double") -> Value:
    """The inverse of cos; NaN beyond 1."""
    large, s, tail = _arcsin_part(x, precision)
    small_result = PI_2[0] - (with_sign(s, x) + (with_sign(tail, x) - PI_2[1]))
    double = fma(s, 2.0, tail * 2.0)
    negative = PI[0] - fma(s, 2.0, fma(tail, 2.0, -PI[1]))
    return choose(large, choose(x < 0.0, negative, double), small_result)


def _arctan_part(q: Value, precision: str) -> Value:
    """arctan(q) for q within 0.6."""
    square = q * q
    return fma(polynomial(square, fitted.ARCTAN[precision]) * square, q, q)


# Where arctan(q) starts to be pi / 4 + arctan((q - 1) / (q + 1)): far enough from 0 that the second
# term and its error are small.
_MIDDLE: Final = 0.6


def arctan(x: Value, precision: str = "double") -> Value:
    """The inverse of tan."""
    a = magnitude(x)
    middle, large = a > _MIDDLE, a > 1.0 / _MIDDLE
    above = choose(large, a.like(-1.0), choose(middle, a - 1.0, a))
    below = choose(large, a, choose(middle, a + 1.0, 1.0))
    part = _arctan_part(above / below, precision)
    high = choose(large, a.like(PI_2[0]), choose(middle, a.like(PI_4[0]), 0.0))
    low = choose(large, a.like(PI_2[1]), choose(middle, a.like(PI_4[1]), 0.0))
    return with_sign(high + (part + low), x)


def arctan2(y: Value, x: Value, precision: str = "double") -> Value:
    """The angle of the point (x, y)."""
    across, up = magnitude(x), magnitude(y)
    steep = up > across
    small, large = choose(steep, across, up), choose(steep, up, across)
    # Of infinities only which of the two are infinite matters; of two zeros, only the signs.
    infinite = large.equals(INFINITY)
    small = choose(infinite, choose(small.equals(INFINITY), small.like(1.0), 0.0), small)
    large = choose(infinite, 1.0, large)
    large = choose(large.equals(0.0), 1.0, large)
    if precision == "double":  # the sum of the two mustn't overflow, nor 0.6 of them be rounded
        scale = choose(large < 2.0**-900, large.like(2.0**100), 1.0)
        scale = choose(large > 2.0**1000, 2.0**-100, scale)
        small, large = small * scale, large * scale
    middle = small > large * _MIDDLE
    above = choose(middle, small - large, small)
    below = choose(middle, small + large, large)
    part = _arctan_part(above / below, precision)
    backward = x.bits < 0
    # The angle is k pi / 4 plus or minus the part.
    part = choose(steep, -part, part)
    part = choose(backward, -part, part)
    high, low = (
        choose(
            middle,
            choose(backward, part.like(PI_3_4[i]), PI_4[i]),
            choose(steep, PI_2[i], choose(backward, part.like(PI[i]), 0.0)),
        )
        for i in (0, 1)
    )
    result = with_sign(high + (part + low), y)
    return choose(x.differs(x), x, choose(y.differs(y), y, result))
