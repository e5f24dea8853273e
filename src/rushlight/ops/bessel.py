"""Bessel functions, Airy's and the zeta function.

Only the zeroth modified one, `i0`, is NumPy's; the others are SciPy's.
Source: https://docs.pytorch.org/docs/stable/special.html
"""

from __future__ import annotations

import numpy as np

from rushlight.ops.elementwise import pointwise
from rushlight.ops.op import FACE
from rushlight.ops.rare import by_scipy, in_float64, scipy
from rushlight.tensor.tensor import Array, Tensor


def _over(numerator: Tensor, input: Tensor) -> Tensor:
    """numerator / input, and its limit 1/2 at 0."""
    nonzero = input.where(input != 0, 1)
    found: Tensor = (numerator / nonzero).where(input != 0, 0.5)
    return found


@pointwise(numpy=in_float64(np.i0), input=lambda input: FACE["special.i1"](input),
           promote="float", supports="bif", aliases=("special.i0",))
def i0(input):
    """The modified Bessel function of the first kind, of order 0."""


@pointwise(name="special.i0e", method=False, inplace=False, numpy=by_scipy("i0e"), promote="float",
           supports="bif", input=lambda input, out: FACE["special.i1e"](input) - input.sign() * out)
def i0e(input):
    """exp(-|input|) * i0(input)."""


@pointwise(name="special.i1", method=False, inplace=False, numpy=by_scipy("i1"), promote="float",
           supports="bif", input=lambda input, out: i0(input) - _over(out, input))
def i1(input):
    """The modified Bessel function of the first kind, of order 1."""


@pointwise(name="special.i1e", method=False, inplace=False, numpy=by_scipy("i1e"), promote="float",
           supports="bif",
           input=lambda input, out: i0e(input) - input.sign() * out - _over(out, input))
def i1e(input):
    """exp(-|input|) * i1(input)."""


def _zeta_slope(input: Tensor, other: Tensor) -> Tensor:
    return -input * zeta(input + 1, other)


def _no_slope(grad: Tensor) -> Tensor:
    raise NotImplementedError("special.zeta: the derivative with respect to `input` is not there")


@pointwise(name="special.zeta", method=False, inplace=False, numpy=by_scipy("zeta"),
           promote="float", supports="bif", tensors=(), input=_no_slope, other=_zeta_slope)
def zeta(input, other):
    """The sum of 1 / (k + other)^input over k = 0, 1, ..."""


def _airy(x: Array) -> Array:
    found: Array = scipy("special", "airy_ai").airy(x)[0]
    return found


def _spherical(x: Array) -> Array:
    """sin(x) / x, and 1 at 0."""
    return np.where(np.isinf(x), 0, np.sinc(x / np.pi))


for _name, _numpy, _doc in (
    ("airy_ai", in_float64(_airy), "Airy's function Ai."),
    ("bessel_j0", by_scipy("j0"), "The Bessel function of the first kind, of order 0."),
    ("bessel_j1", by_scipy("j1"), "The Bessel function of the first kind, of order 1."),
    ("bessel_y0", by_scipy("y0"), "The Bessel function of the second kind, of order 0."),
    ("bessel_y1", by_scipy("y1"), "The Bessel function of the second kind, of order 1."),
    ("modified_bessel_i0", in_float64(np.i0), "`i0`, without a derivative."),
    ("modified_bessel_i1", by_scipy("i1"), "`i1`, without a derivative."),
    ("modified_bessel_k0", by_scipy("k0"),
     "The modified Bessel function of the second kind, of order 0."),
    ("modified_bessel_k1", by_scipy("k1"),
     "The modified Bessel function of the second kind, of order 1."),
    ("scaled_modified_bessel_k0", by_scipy("k0e"), "exp(x) * modified_bessel_k0(x)."),
    ("scaled_modified_bessel_k1", by_scipy("k1e"), "exp(x) * modified_bessel_k1(x)."),
    ("spherical_bessel_j0", in_float64(_spherical), "sin(x) / x: the spherical Bessel function."),
):
    def _row(input):
        pass

    _row.__doc__ = _doc
    pointwise(name=f"special.{_name}", method=False, inplace=False, numpy=_numpy, promote="float",
              supports="bif")(_row)
