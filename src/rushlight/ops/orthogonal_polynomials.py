"""Orthogonal polynomials of degree n at x: Chebyshev's, Hermite's, Laguerre's, Legendre's.

Each follows from its two predecessors: P(k+1) = a(k, x) P(k) + b(k) P(k-1). All degrees of a tensor
`n` are computed in one pass up to the highest.
Source: https://docs.pytorch.org/docs/stable/special.html; Abramowitz and Stegun, chapter 22.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rushlight.ops.elementwise import pointwise
from rushlight.ops.rare import in_float64
from rushlight.tensor.tensor import Array

_HIGHEST = 10_000  # degrees computed step by step: beyond, nan
Step = Callable[[int, Array], tuple[Array, float]]


def _evaluated(first: Callable[[Array], Array], step: Step) -> Callable[..., Array]:
    """The polynomial whose degree 1 is `first`; negative degrees are 0, fractions cut off."""
    def values(input: Array, n: Array) -> Array:
        x, degree = np.broadcast_arrays(input, np.trunc(n))
        before, now = np.ones(x.shape), first(x)
        found = np.where(degree < 0, 0, np.where(degree == 0, before, now))
        highest = int(min(np.max(degree, initial=0), _HIGHEST))
        for k in range(1, highest):
            slope, back = step(k, x)
            before, now = now, slope * now + back * before
            found = np.where(degree == k + 1, now, found)
        return np.where(degree > _HIGHEST, np.nan, found)

    return values


def _doubled(_: int, x: Array) -> tuple[Array, float]:
    return 2 * x, -1.0


_KINDS: dict[str, tuple[Callable[[Array], Array], Step, str]] = {
    "chebyshev_polynomial_t": (lambda x: x, _doubled, "Chebyshev's first kind"),
    "chebyshev_polynomial_u": (lambda x: 2 * x, _doubled, "Chebyshev's second kind"),
    "chebyshev_polynomial_v": (lambda x: 2 * x - 1, _doubled, "Chebyshev's third kind"),
    "chebyshev_polynomial_w": (lambda x: 2 * x + 1, _doubled, "Chebyshev's fourth kind"),
    "hermite_polynomial_h": (
        lambda x: 2 * x, lambda k, x: (2 * x, -2.0 * k), "Hermite's, as in physics"),
    "hermite_polynomial_he": (
        lambda x: x, lambda k, x: (x, -float(k)), "Hermite's, as in probability"),
    "laguerre_polynomial_l": (
        lambda x: 1 - x, lambda k, x: ((2 * k + 1 - x) / (k + 1), -k / (k + 1)), "Laguerre's"),
    "legendre_polynomial_p": (
        lambda x: x, lambda k, x: ((2 * k + 1) * x / (k + 1), -k / (k + 1)), "Legendre's"),
}


def _shifted(values: Callable[..., Array]) -> Callable[..., Array]:
    return lambda input, n: values(2 * input - 1, n)


def _publish(name: str, values: Callable[..., Array], what: str) -> None:
    def row(input, n):
        pass

    row.__doc__ = f"The polynomial of degree n at `input`: {what}; 0 for a negative n."
    pointwise(name=f"special.{name}", method=False, inplace=False, numpy=in_float64(values),
              promote="float", supports="bif", tensors=())(row)


for _name, (_first, _step, _what) in _KINDS.items():
    _values = _evaluated(_first, _step)
    _publish(_name, _values, _what)
    if _name.startswith("chebyshev"):
        _publish("shifted_" + _name, _shifted(_values), _what + ", for 0 to 1")
