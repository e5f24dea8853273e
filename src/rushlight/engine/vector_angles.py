"""Functions of angles and their inverses, as LLVM IR with one branch: for angles that are far.

What is left of a near angle after whole turns is found by Cody and Waite's way: turns are
subtracted in parts. Of a far one, by Payne and Hanek's: only those digits of 2 / pi matter which
aren't whole turns when x multiplies them. x = 2**k * x' with a whole x' leaves the same as x'
times (2**k * 2 / pi) without that product's own whole turns.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from rushlight.engine import vector_coefficients as fitted
from rushlight.engine.vector_branches import unless
from rushlight.engine.vector_exponentials import nearest_integer
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
    split,
    table_entry,
    two_sum,
    with_sign,
)

Formula = Callable[[Value], Value]

# As pairs.
PI_2: Final = (1.5707963267948966, 6.123233995736766e-17)
PI: Final = (3.141592653589793, 1.2246467991473532e-16)

# Up to here angles are near: so many quarter turns have at most 13 bits, or 22.
_NEAR: Final = {"float": 2.0**13, "double": 2.0**22}
# pi / 2 as a sum; the second part has so few bits that it times those turns is exact.
_PI_2_PARTS: Final = {
    "float": (1.570796251296997, 7.549533620476723e-08, 2.5633440682570896e-12),
    "double": (PI_2[0], 6.12323399409214e-17, 1.6446256936324258e-26),
}
# The polynomials of h = r**2 / 2: cos(r) = 1 - h + h**2 p(h), sin(r) = r - r h q(h).
_COS_OF_HALF: Final = tuple(c * 4.0 * 2.0**k for k, c in enumerate(fitted.COS["float"]))
_SIN_OF_HALF: Final = tuple(c * -2.0 * 2.0**k for k, c in enumerate(fitted.SIN["float"]))
_MINUS_SIN_HALF: Final = tuple(-c for c in fitted.SIN_HALF["double"])

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


# ---- what is left of angles that aren't far


def _less_turns(x: Value, n: Value, turn: float) -> tuple[Value, Value]:
    """x - n turn pi / 2 for a turn of 1 or 2, as r - excess: r, excess."""
    first, second, *others = (part * turn for part in _PI_2_PARTS[x.type])
    # The first product and, if r is small, the second one are exact.
    start = fma(n, -first, x)
    r = fma(n, -second, start)
    excess = fma(n, second, r - start)
    for part in others:
        excess = fma(n, part, excess)
    return r, excess


# ---- sin, cos and tan of float


def _near_sine(x: Value, turns: int) -> Value:
    """sin(x + turns pi / 2) of a float that isn't far."""
    shifted, n = nearest_integer(x, 2 / math.pi)
    r, excess = _less_turns(x, n, 1)
    half = fma(r, r * 0.5, -(r * excess))  # of (r - excess)**2
    cosine = fma(half, fma(polynomial(half, _COS_OF_HALF), half, -1.0), 1.0)
    # Written so that -0 stays -0.
    sine = r - fma(polynomial(half, _SIN_OF_HALF) * half, r - excess, excess)
    quarters = shifted.bits + turns if turns else shifted.bits
    value = choose((quarters & 1).differs(0), cosine, sine)
    return (value.bits ^ ((quarters & 2) << 30)).number


def _near_tangent(x: Value) -> Value:
    """tan(x) of a number that isn't far."""
    shifted, n = nearest_integer(x, 2 / math.pi)
    r, excess = _less_turns(x, n, 1)
    rest = -excess
    if x.type == "float":
        r, rest = ordered_sum(r, rest)  # r is at least ten times the excess
    square, square_lost = product(r, r)
    if x.type == "float":  # what the tangent loses with its square, nearly
        rest = fma(square_lost * 0.3, r, rest)
    rest = fma(square, fma(square, rest, rest), rest)  # times the tangent's slope, nearly
    even, lost = ordered_sum(r, fma(polynomial(square, fitted.TAN[x.type]) * square, r, rest))
    inverse = -1.0 / even
    odd = fma(inverse, fma(inverse, lost, fma(inverse, even, 1.0)), inverse)
    return choose((shifted.bits & 1).differs(0), odd, choose(x.equals(0.0), x, even))


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


def _far_sine(x: Value, turns: int) -> Value:
    """sin(x + turns pi / 2) for every float but 0, in float64."""
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


def _far_tangent_32(x: Value) -> Value:
    """tan(x) for every float but 0, in float64."""
    high, low = _turns_factor(x, 1)
    wide = x.wide
    shifted = fma(wide, high, wide.layout.magic)
    y = fma(wide, low, fma(wide, high, -(shifted - wide.layout.magic)))
    square = y * y
    sine = polynomial(square, fitted.SIN_QUARTER["narrow"]) * y
    cosine = polynomial(square, fitted.COS_QUARTER["narrow"])
    odd = (shifted.bits & 1).differs(0)
    return (choose(odd, -cosine, sine) / choose(odd, sine, cosine)).narrow


def _unless_far(name: str, x: Value, near: Value, formula: Formula) -> Value:
    return unless(f"{name}.far", magnitude(x), _NEAR[x.type], near, formula, x)


def sin32(x: Value) -> Value:
    """The sine of a float."""
    return _unless_far("sin", x, _near_sine(x, 0), lambda far: _far_sine(far, 0))


def cos32(x: Value) -> Value:
    """The cosine of a float."""
    return _unless_far("cos", x, _near_sine(x, 1), lambda far: _far_sine(far, 1))


def tan32(x: Value) -> Value:
    """The tangent of a float."""
    return _unless_far("tan", x, _near_tangent(x), _far_tangent_32)


# ---- sin, cos and tan of double


def _near_sine_of_halves(x: Value, shifted: Value, n: Value) -> Value:
    """sin(x - n pi) with the other sign where the shifted number is odd."""
    r, excess = _less_turns(x, n, 2)
    square, square_lost = product(r, r)
    # The excess times the cosine, and what the sine loses with its square, both nearly.
    excess = fma(square_lost * 0.13, r, fma(square, -0.5, 1.0) * excess)
    # Written so that -0 stays -0.
    sine = r - fma(polynomial(square, _MINUS_SIN_HALF) * square, r, excess)
    return (sine.bits ^ (shifted.bits << 63)).number


_ROW_STEP: Final = 16
_ROWS: Final = (2047 - 1075) // _ROW_STEP + 1


def _far_reduced(x: Value) -> tuple[Value, Value, Value]:
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


def _circular(shifted: Value, r: Value, low: Value) -> Value:
    """sin(r + low + n pi / 2), with n in the low bits of a shifted number."""
    odd = (shifted.bits & 1).differs(0)
    (sine, sine_rest), (cosine, cosine_rest) = _sine(r, low), _cosine(r, low)
    value = choose(odd, cosine, sine) + choose(odd, cosine_rest, sine_rest)
    return (value.bits ^ ((shifted.bits & 2) << 62)).number


def _far_cosine(x: Value) -> Value:
    shifted, r, low = _far_reduced(x)
    return _circular(shifted + 1.0, r, low)


def _far_tangent_64(x: Value) -> Value:
    shifted, r, low = _far_reduced(x)
    odd = (shifted.bits & 1).differs(0)
    sine, sine_lost = ordered_sum(*_sine(r, low))
    cosine, cosine_lost = ordered_sum(*_cosine(r, low))
    result, lost = quotient(
        choose(odd, -cosine, sine),
        choose(odd, sine, cosine),
        choose(odd, sine_lost, cosine_lost),
        choose(odd, -cosine_lost, sine_lost),
    )
    return result + lost


def sin64(x: Value) -> Value:
    """The sine of a double."""
    shifted, n = nearest_integer(x, 1 / math.pi)
    near = _near_sine_of_halves(x, shifted, n)
    return _unless_far("sin", x, near, lambda far: _circular(*_far_reduced(far)))


def cos64(x: Value) -> Value:
    """The cosine of a double."""
    # cos(x) is sin(x - (n - 1/2) pi), or its negative where n is odd.
    shifted = fma(x, 1 / math.pi, 0.5) + x.layout.magic
    near = _near_sine_of_halves(x, shifted, shifted - x.layout.magic - 0.5)
    return _unless_far("cos", x, near, _far_cosine)


def tan64(x: Value) -> Value:
    """The tangent of a double."""
    return _unless_far("tan", x, _near_tangent(x), _far_tangent_64)


# ---- the inverses


def _arcsin_parts(x: Value) -> tuple[Value, Value, Value, Value]:
    """Is abs(x) more than 1/2?; s, arcsin(s) / s - 1, and what s lost, nearly.

    s is abs(x), or else sqrt((1 - abs(x)) / 2).
    """
    a = magnitude(x)
    large = a > 0.5
    square = choose(large, fma(a, -0.5, 0.5), a * a)
    s = root(square)
    # The root lost rest / (2 s). That matters most where s is nearly 1/2.
    lost = fma(-s, s, square) * fma(s, -2.0, 2.0)
    rest = polynomial(square, fitted.ARCSIN[x.type]) * square
    return large, s, rest, lost


def arcsin(x: Value) -> Value:
    """The inverse of sin; NaN beyond 1."""
    large, s, rest, lost = _arcsin_parts(x)
    quarter, quarter_low = split(x.type, PI_2)
    twice = choose(large, s * -2.0, magnitude(x))
    total, total_lost = ordered_sum(choose(large, x.like(quarter), 0.0), twice)
    low = choose(large, fma(lost, -2.0, quarter_low), 0.0)
    return with_sign(total + fma(rest, twice, total_lost + low), x)


def arccos(x: Value) -> Value:
    """The inverse of cos; NaN beyond 1."""
    large, s, rest, lost = _arcsin_parts(x)
    # pi / 2 - x, or 2 s for x near 1, or pi - 2 s for x near -1.
    quarter, quarter_low = split(x.type, PI_2)
    half, half_low = split(x.type, PI)
    backward = x < 0.0
    twice = choose(large, with_sign(s, x) * 2.0, -x)
    high, low = (choose(backward, x.like(part), 0.0) for part in (half, half_low))
    low = fma(choose(backward, x.like(-2.0), 2.0), lost, low)
    high, low = choose(large, high, quarter), choose(large, low, quarter_low)
    total, total_lost = ordered_sum(high, twice)
    return total + fma(rest, twice, total_lost + low)


def _arctan_of_quotient(q: Value, lost: Value | None, high: Value, low: Value) -> Value:
    """high + low + arctan(q + lost), where abs(q) is within 1, and within high if that isn't 0."""
    square = q * q
    tail, tail_lost = product(polynomial(square, fitted.ARCTAN[q.type]), square)
    if lost is None:
        return high + (fma(tail, q, q) + low)
    total, total_lost = ordered_sum(high, q)
    low = total_lost + (low + fma(lost * square, -0.5, lost))  # times the slope at 1, at least
    return total + fma(tail, q, fma(tail_lost, q, low))


# For floats, what quotients lose in rounding has to be made good.


def arctan(x: Value) -> Value:
    """The inverse of tan."""
    a = magnitude(x)
    large = a > 1.0
    beyond = a.at_most(2.0**60)
    inverse = -1.0 / beyond
    lost = None
    if x.type == "float":
        lost = choose(large, inverse * fma(inverse, beyond, 1.0), 0.0)
    high, low = (choose(large, x.like(part), 0.0) for part in split(x.type, PI_2))
    return with_sign(_arctan_of_quotient(choose(large, inverse, a), lost, high, low), x)


# Numbers beyond these are brought nearer, so that their inverses and quotients keep their bits.
_SCALES: Final = {
    "float": (2.0**-60, 2.0**40, 2.0**60, 2.0**-40),
    "double": (2.0**-900, 2.0**100, 2.0**1000, 2.0**-100),
}


def arctan2(y: Value, x: Value) -> Value:
    """The angle of the point (x, y)."""
    across, up = magnitude(x), magnitude(y)
    steep = up > across
    small, large = choose(steep, across, up), choose(steep, up, across)
    # Of infinities only which of the two are infinite matters; of two zeros, only the signs.
    infinite = large.equals(INFINITY)
    small = choose(infinite, choose(small.equals(INFINITY), small.like(1.0), 0.0), small)
    large = choose(infinite, 1.0, large)
    large = choose(large.equals(0.0), 1.0, large)
    least, up_scale, most, down_scale = _SCALES[x.type]
    scale = choose(large < least, large.like(up_scale), 1.0)
    scale = choose(large > most, down_scale, scale)
    small, large = small * scale, large * scale
    backward = x.bits < 0
    # The angle is 0, pi / 2 or pi and the quotient's angle, or less it.
    sign = choose(steep, choose(backward, x.like(1.0), -1.0), choose(backward, x.like(-1.0), 1.0))
    if x.type == "float":
        inverse = sign / large
        q = small * inverse
        lost = fma(-q, large, small * sign) * magnitude(inverse)
    else:
        q, lost = small * sign / large, None
    high, low = (
        choose(steep, x.like(quarter), choose(backward, x.like(half), 0.0))
        for quarter, half in zip(split(x.type, PI_2), split(x.type, PI), strict=True)
    )
    result = with_sign(_arctan_of_quotient(q, lost, high, low), y)
    return choose(x.differs(x), x, choose(y.differs(y), y, result))
