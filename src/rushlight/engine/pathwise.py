"""How gamma and Dirichlet numbers move with their shape parameters, the draw being the same.

With F the distribution function and f the density, F(x; a) stays as it is while a changes, so
dx/da = -(dF/da) / f: implicit reparameterization (Figurnov, Mohamed and Mnih, 2018). dF/da is the
integral, up to x, of f times (log t - the mean of log t); the integral over everything is 0, so the
tail on the side of x that f falls to will do. In u = log t or logit t, f there decreases with
ever steeper slope, and the double exponential rule of Takahasi and Mori for half-lines has ten
digits with 60 to 90 points. Below x = 1 and beside 0 a power series is used, which cancels nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rushlight.engine.gamma_functions import digamma

Array = np.ndarray[Any, Any]

_STEP = 0.11
_W = np.arange(-3.2, 6.3, _STEP)
_POINTS = np.exp(_W - np.exp(-_W))  # from 1e-12 to 500, in units of where the integrand decays
_NEAR = int(np.searchsorted(_POINTS, 50.0))  # enough for gamma numbers, whose tails are short
_WEIGHTS = _STEP * _POINTS * (1 + np.exp(-_W))
_AT_ONCE = 256  # so many numbers times the points stay in the cache


def _tail(
    log_density: Callable[[Array, slice], Array], factor: Callable[[Array, slice], Array],
    scale: Array, count: int,
) -> Array:
    """The integral of exp(log_density(s)) factor(s) over s > 0, for each number."""
    found = np.empty_like(scale)
    points, weights = _POINTS[:count], _WEIGHTS[:count]
    for start in range(0, scale.size, _AT_ONCE):
        here = slice(start, start + _AT_ONCE)
        s = scale[here, None] * points
        values = np.exp(log_density(s, here)) * factor(s, here)
        found[here] = scale[here] * (values @ weights)
    return found


def _decay(slope: Array, curvature: Array) -> Array:
    """The distance over which exp(-slope s - curvature s**2 / 2) decays."""
    return 1 / (slope + np.sqrt(curvature) + 1e-300)


def gamma(a: Array, x: Array) -> Array:
    """dx/da of a standard gamma number x with shape parameter a; one-dimensional float64 arrays."""
    log_rest = np.log(x) - digamma(a)
    found = np.empty_like(x)
    near = x < 1
    found[near] = _gamma_near(a[near], x[near], log_rest[near])
    a, x, log_rest = a[~near], x[~near], log_rest[~near]
    sign = np.where(x < a, -1.0, 1.0)[:, None]  # to which side f falls
    gap = abs(a - x)

    def log_density(s: Array, here: slice) -> Array:
        t = sign[here] * s
        return -gap[here, None] * s - x[here, None] * (np.exp(t) - 1 - t)

    scale = _decay(gap, x)
    found[~near] = sign[:, 0] * x * _tail(
        log_density, lambda s, here: log_rest[here, None] + sign[here] * s, scale, _NEAR)
    return found


def _gamma_near(a: Array, x: Array, log_rest: Array) -> Array:
    """The same for x < 1: the integrand's exponential as a series."""
    total = np.zeros_like(x)
    power = np.ones_like(x)
    for n in range(24):
        total += power * (log_rest - 1 / (a + n)) / (a + n)
        power *= -x / (n + 1)
    return -x * np.exp(x) * total


def dirichlet(x: Array, a: Array, total: Array) -> Array:
    """How a share x moves with its own shape parameter a, all of which add up to `total`.

    It is -(dF/da) / f / (1 - x) for x of the beta distribution (a, total - a). One-dimensional
    float64 arrays.
    """
    b = total - a
    found = np.empty_like(x)
    near = (x < 0.1) & (x * np.maximum(b, 1) < 1)
    offset = digamma(total) - digamma(a)
    found[near] = _beta_near(x[near], a[near], b[near], offset[near])
    x, a, b, total, offset = (each[~near] for each in (x, a, b, total, offset))
    log_rest = np.log(x) + offset
    rest = 1 - x
    slope = a * rest - b * x  # of log f in logit t
    sign = np.where(slope > 0, -1.0, 1.0)[:, None]

    # logit t = logit x +- s adds -shift to the logarithm of the share that grows, t or 1 - t, and
    # -shift - s to that of the other one.
    growing = np.where(slope > 0, x, rest)[:, None]
    fading = np.where(slope > 0, a, b)[:, None]
    fades = slope[:, None] > 0

    def shift(s: Array, here: slice) -> Array:
        return np.log(1 - growing[here] * (1 - np.exp(-s)))

    def log_density(s: Array, here: slice) -> Array:
        return -fading[here] * s - total[here, None] * shift(s, here)

    def factor(s: Array, here: slice) -> Array:
        return log_rest[here, None] - shift(s, here) - np.where(fades[here], s, 0)

    scale = _decay(abs(slope), total * x * rest)
    found[~near] = sign[:, 0] * x * _tail(log_density, factor, scale, _POINTS.size)
    return found


def _beta_near(x: Array, a: Array, b: Array, offset: Array) -> Array:
    """The same beside 0: the integrand's (1 - t)**(b - 1) as a series."""
    total = np.zeros_like(x)
    power = np.ones_like(x)
    log_rest = np.log(x) + offset
    for n in range(32):
        total += power * (log_rest - 1 / (a + n)) / (a + n)
        power *= x * (n + 1 - b) / (n + 1)
    return -x * total * (1 - x) ** -b
