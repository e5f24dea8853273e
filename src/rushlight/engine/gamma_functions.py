"""Digamma, its derivatives and the incomplete gamma functions, in float64 over NumPy arrays.

Each takes float64 arrays and gives one. Sources: https://dlmf.nist.gov/5 (5.5.4 reflection, 5.11.2
digamma far out, 5.15 polygamma), https://dlmf.nist.gov/25.11 (25.11.28 zeta by Euler and
Maclaurin), https://dlmf.nist.gov/8 (8.7.1 the series, 8.9.2 the continued fraction, 8.12 large a).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rushlight.engine.numpy_program import OPERATIONS

Array = np.ndarray[Any, Any]

# Bernoulli's numbers B2, B4 ... B16.
BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
_FAR = 10  # from here on the asymptotic series have 16 digits
_HUGE = 1e6  # from here on the incomplete gamma function is a normal one, a little corrected
_TERMS = 20_000  # as many steps as a series or a fraction may take; they grow as sqrt(a)
_EPS = 2.0**-53


def lgamma(x: Array) -> Array:
    """log(abs(gamma(x)))."""
    found: Array = OPERATIONS["lgamma"](x)
    return found


def digamma(x: Array) -> Array:
    """The derivative of log(gamma(x)): infinite at 0, nan at the other poles."""
    below = x < 0
    y = np.where(below, 1 - x, x)
    total = np.zeros_like(y)
    for step in range(_FAR):
        near = y < _FAR
        total = np.where(near, total - 1 / np.where(near & (y != 0), y, 1), total)
        y = np.where(near, y + 1, y)
        if step == 0:
            total = np.where(x == 0, np.copysign(np.inf, -x), total)
    inverse = 1 / (y * y)
    series = np.zeros_like(y)
    for k in range(len(BERNOULLI), 0, -1):
        series = (series + BERNOULLI[k - 1] / (2 * k)) * inverse
    found = total + np.log(y) - 0.5 / y - series
    fraction = x - np.rint(x)  # exact, however small
    reflected = found - math.pi / np.tan(math.pi * np.where(below, fraction, 0.5))
    return np.where(below, np.where(fraction == 0, np.nan, reflected), found)


def hurwitz_zeta(s: float, q: Array) -> Array:
    """The sum of 1 / (k + q)**s over k = 0, 1, 2 ... for q > 0 and s > 1."""
    total = np.zeros_like(q)
    far = q
    for _ in range(_FAR):
        total += far**-s
        far = far + 1
    total += far ** (1 - s) / (s - 1) + 0.5 * far**-s
    factor, power = s, far ** (-s - 1)
    for k, number in enumerate(BERNOULLI, 1):
        total += number / math.factorial(2 * k) * factor * power
        factor *= (s + 2 * k - 1) * (s + 2 * k)
        power = power / (far * far)
    return total


def polygamma(n: int, x: Array) -> Array:
    """The n-th derivative of digamma."""
    if n == 0:
        return digamma(x)
    sign = -1.0 if n % 2 == 0 else 1.0
    below = x <= 0
    size = float(math.factorial(n)) if n <= 170 else math.inf
    found = sign * size * hurwitz_zeta(n + 1.0, np.where(below, 1 - x, x))
    if not below.any():
        return found
    whole = x == np.floor(x)
    turn = np.where(below & ~whole, x - np.floor(x), 0.5)
    reflected = -sign * found - math.pi ** (n + 1) * _cotangent(n, 1 / np.tan(math.pi * turn))
    return np.where(below, np.where(whole, sign * np.inf, reflected), found)


def _cotangent(n: int, c: Array) -> Array:
    """The n-th derivative of the cotangent, given the cotangent: a polynomial in it."""
    polynomial = np.polynomial.Polynomial([0.0, 1.0])
    for _ in range(n):
        polynomial = polynomial.deriv() * np.polynomial.Polynomial([-1.0, 0.0, -1.0])
    found: Array = polynomial(c)
    return found


def gammainc(a: Array, x: Array) -> tuple[Array, Array]:
    """The gamma distribution below and above x: P(a, x) and Q(a, x), which sum to 1."""
    a, x = np.broadcast_arrays(a, x)
    good = (a > 0) & (x > 0) & np.isfinite(a) & np.isfinite(x)
    safe_a, safe_x = np.where(good, a, 1.0), np.where(good, x, 1.0)
    huge, left = safe_a > _HUGE, safe_x < safe_a + 1
    factor = _factor(safe_a, safe_x)
    near_normal = _near_normal(safe_a, safe_x)
    low = np.where(huge, 1 - near_normal, factor * _series(safe_a, safe_x, left & ~huge))
    high = np.where(huge, near_normal, factor * _fraction(safe_a, safe_x, ~left & ~huge))
    low, high = np.where(left, low, 1 - high), np.where(left, 1 - low, high)
    step = np.where((x == 0) | np.isinf(a), 0.0, 1.0)  # all mass lies to one side
    neither = (a == 0) & (x == 0) | np.isinf(a) & np.isinf(x)
    step = np.where((a >= 0) & (x >= 0) & ~neither, step, np.nan)
    return np.where(good, low, step), np.where(good, high, 1 - step)


def _factor(a: Array, x: Array) -> Array:
    """x**a exp(-x) / gamma(a); for large a by Stirling's series, whose terms do not cancel."""
    inverse = 1 / (a * a)
    series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / a
    far = np.sqrt(a / (2 * math.pi)) * np.exp(-a * _excess((x - a) / a) - series)
    return np.where(a < _FAR, np.exp(a * np.log(x) - x - lgamma(a)), far)


def _excess(u: Array) -> Array:
    """u - log(1 + u) for u > -1, without cancellation near 0."""
    series = np.zeros_like(u)
    for n in range(19, 1, -1):
        series = 1 / n - u * series
    return np.where(abs(u) < 0.1, u * u * series, u - np.log1p(u))


def _near_normal(a: Array, x: Array) -> Array:
    """Q(a, x) for a so large that two terms of the uniform expansion are enough."""
    u = (x - a) / a
    eta = np.copysign(np.sqrt(2 * _excess(u)), u)
    near = abs(eta) < 0.02
    e, v = np.where(near, 1.0, eta), np.where(near, 1.0, u)
    first = np.where(
        near, -1 / 3 + eta * (1 / 12 - eta * (2 / 135 - eta * (1 / 864 + eta / 2835))),
        1 / v - 1 / e)
    second = np.where(
        near, -1 / 540 - eta / 288, 1 / e**3 - 1 / v**3 - 1 / v**2 - 1 / (12 * v))
    rest = np.exp(-0.5 * a * eta * eta) / np.sqrt(2 * math.pi * a) * (first + second / a)
    upper: Array = 0.5 * OPERATIONS["erfc"](eta * np.sqrt(a / 2)) + rest
    return upper


def _series(a: Array, x: Array, wanted: Array) -> Array:
    term = np.where(wanted, 1 / a, 0.0)
    total = term
    for n in range(1, _TERMS):
        term = term * (x / (a + n))
        total = total + term
        if not (term > total * _EPS).any():
            break
    return total


def _fraction(a: Array, x: Array, wanted: Array) -> Array:
    """Lentz's way through the continued fraction of Q / factor."""
    x = np.where(wanted, x, a + 2)
    b = x + 1 - a
    c = np.full_like(b, 1e300)
    d = 1 / b
    found = d
    for n in range(1, _TERMS):
        numerator = n * (a - n)
        b = b + 2
        d = 1 / (numerator * d + b)
        c = b + numerator / c
        change = c * d
        found = found * change
        if not (abs(change - 1) > 2 * _EPS).any():
            break
    return found
