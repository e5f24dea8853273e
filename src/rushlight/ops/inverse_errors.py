"""The inverse of the error function, as a formula: a first guess and two of Halley's steps.

Source of the guess: Winitzki, A handy approximation for the error function and its inverse, 2008.
"""

from __future__ import annotations

import math
from typing import Any

from rushlight.engine import expression as e
from rushlight.ops.elementwise import pointwise

_A = 0.147  # Winitzki's constant: the guess is right to 2 in 1,000
_HALF_ROOT_PI = math.sqrt(math.pi) / 2


@pointwise(input=lambda out: _HALF_ROOT_PI * (out * out).exp(), promote="float", supports="bif",
           aliases=("special.erfinv",))
def erfinv(input):
    """The number whose erf is `input`: infinite at -1 and 1, nan beyond."""
    size: Any = e.absolute(input)
    rest = 1 - size  # exact where it is small
    log = e.where(size < 0.5, e.log1p(-size * size), e.log(rest) + e.log1p(size))
    half = 2 / (math.pi * _A) + log / 2
    inner = e.sqrt(half * half - log / _A)
    found = e.sqrt(-log / _A / (inner + half))
    for _ in range(2):
        error = e.where(size < 0.5, e.erf(found) - size, rest - e.erfc(found))
        step = error * _HALF_ROOT_PI * e.exp(found * found)
        found = found - step / (1 + found * step)
    found = e.where(size < 1, found, -e.log(rest))  # infinite at 1, nan beyond
    return e.copysign(found, input)
