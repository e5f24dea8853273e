"""The error functions, as LLVM IR without branches."""

from __future__ import annotations

from typing import Final

from rushlight.engine import vector_coefficients as fitted
from rushlight.engine.vector_exponentials import small_power, without_ln2
from rushlight.engine.vector_scaling import times_two_to, two_to
from rushlight.engine.vector_tables import ERF, ERF_SLOPE, LAST, STEPS
from rushlight.engine.vector_writer import (
    Value,
    choose,
    fma,
    magnitude,
    ordered_sum,
    polynomial,
    product,
    quotient,
    table_entry,
    two_sum,
    with_sign,
)


def _erf_near_0(x: Value) -> Value:
    """erf(x) for abs(x) up to 1."""
    return fma(polynomial(x * x, fitted.ERF[x.type]), x, x)


# erf of it happens to be a float, nearly; tools/fit_polynomials.py has it too.
_MIDDLE: Final = 2.2872557640075684


def erf32(x: Value) -> Value:
    """The error function of a float."""
    a = magnitude(x)
    far = polynomial(a.at_most(3.93) - _MIDDLE, fitted.ERF_FAR["float"])  # beyond 3.92 it is 1
    return with_sign(choose(a > 1.0, far, _erf_near_0(a)), x)


# erf(r + d) is erf(r) and the slope there times d and a polynomial of r and d: 1 - r d + ...
def erf64(x: Value) -> Value:
    """The error function of a double."""
    a = magnitude(x)
    within = choose(a < float(LAST), a, float(LAST))  # NaN too
    shifted = fma(within, float(STEPS), within.layout.magic)
    r = (shifted - within.layout.magic) * (1 / STEPS)
    d = a.at_most(float(LAST)) - r
    place = shifted.bits - within.layout.magic_bits
    start = table_entry("@rl.erf", ERF, place)
    slope = table_entry("@rl.erf_slope", ERF_SLOPE, place)
    square = r * r
    # Hermite's polynomials of r, the k-th over (k + 1)!.
    total = polynomial(square, (-1 / 42, 1 / 7, -2 / 21, 4 / 315))
    total = fma(total, d, r * polynomial(square, (-1 / 6, 2 / 9, -2 / 45)))
    total = fma(total, d, polynomial(square, (1 / 10, -2 / 5, 2 / 15)))
    total = fma(total, d, r * polynomial(square, (1 / 2, -1 / 3)))
    total = fma(total, d, polynomial(square, (-1 / 3, 2 / 3)))
    total = fma(total, d, -r) * d
    step = slope * d
    return with_sign(start + fma(total, step, step), x)


# erfc(a) exp(a * a) times a + 4 or 1 + 2 a is a smooth function of q = (a - 4) / (a + 4), which is
# 1 - 8 / (a + 4). The first needs one division; the second changes less, so it loses less.


def erfc32(x: Value) -> Value:
    """1 - erf(x) of a float, without the loss that the difference would bring."""
    wide = x.wide
    a = magnitude(wide).at_most(11.0)
    shifted, r = without_ln2(-(a * a))
    inverse = 1.0 / (a + 4.0)
    smooth = polynomial(fma(inverse, -8.0, 1.0), fitted.ERFC_FLOAT["narrow"])
    size = smooth * inverse * (small_power(r, "narrow") * two_to(shifted))
    return choose(wide < 0.0, 2.0 - size, size).narrow


def erfc64(x: Value) -> Value:
    """1 - erf(x) of a double, without the loss that the difference would bring."""
    a = magnitude(x).at_most(28.0)
    square, square_lost = product(a, a)
    shifted, r = without_ln2(-square)
    r, r_lost = two_sum(r, -square_lost)
    tail = fma(polynomial(r, fitted.EXP["double"]), r * r, r_lost)  # e**-square is 1 + r + tail
    # q is 2 a / (a + 4) - 1; an error in q matters as much as one in the function's value.
    more, more_lost = quotient(a * 2.0, *ordered_sum(a.like(4.0), a))  # up to 28 in any order
    q = more - 1.0 + more_lost
    constant, *others = fitted.ERFC["double"]
    slope = polynomial(q, others)
    smooth = fma(slope, q, constant)
    smooth_lost = fma(slope, q, constant - smooth)
    below = fma(a, 2.0, 1.0)
    scale, lost = quotient(smooth, below, fma(a, 2.0, 1.0 - below), smooth_lost)
    size = times_two_to(scale + fma(scale, r, fma(scale, tail, lost)), shifted)
    return choose(x < 0.0, 2.0 - size, size)
