"""Elementary functions of one number: exponentials, logarithms, circular and hyperbolic functions.

Each row is a formula in the scalar language and its slope; `elementwise.py` says what follows.
Source of the slopes: https://dlmf.nist.gov/4
"""

from __future__ import annotations

import math
from typing import Any

from rushlight.engine import expression as e
from rushlight.ops.elementwise import pointwise
from rushlight.ops.op import conjugate

_TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)


@pointwise(input="out", promote="float")
def exp(input):
    """e ** input."""
    return e.exp(input)


@pointwise(input=lambda out: out * math.log(2), promote="float", aliases=("special.exp2",))
def exp2(input):
    """2 ** input."""
    return e.exp2(input)


@pointwise(input=lambda out: out + 1, promote="float", aliases=("special.expm1",))
def expm1(input):
    """exp(input) - 1, exact near zero."""
    return e.expm1(input)


@pointwise(input=lambda grad, input: grad / input.conj(), promote="float")
def log(input):
    """The natural logarithm."""
    return e.log(input)


@pointwise(input=lambda grad, input: grad / (input.conj() * math.log(2)), promote="float")
def log2(input):
    """The logarithm to base 2."""
    return e.log2(input)


@pointwise(input=lambda grad, input: grad / (input.conj() * math.log(10)), promote="float")
def log10(input):
    """The logarithm to base 10."""
    return e.log10(input)


@pointwise(input=lambda grad, input: grad / (input + 1).conj(), promote="float",
           aliases=("special.log1p",))
def log1p(input):
    """log(1 + input), exact near zero."""
    return e.log1p(input)


@pointwise(input=lambda grad, out: grad / (2 * out.conj()), promote="float")
def sqrt(input):
    """The square root."""
    return e.sqrt(input)


@pointwise(input=lambda out: -0.5 * out**3, promote="float")
def rsqrt(input):
    """1 / sqrt(input)."""
    return 1 / e.sqrt(input)


@pointwise(input=lambda input: 2 * input, promote="int")
def square(input):
    """input * input."""
    return input * input


@pointwise(input=lambda out: -out * out, promote="float")
def reciprocal(input):
    """1 / input."""
    return 1 / input


@pointwise(input=lambda input: input.cos(), promote="float")
def sin(input):
    """The sine of an angle in radians."""
    return e.sin(input)


@pointwise(input=lambda input: -input.sin(), promote="float")
def cos(input):
    """The cosine of an angle in radians."""
    return e.cos(input)


@pointwise(input=lambda out: 1 + out * out, promote="float")
def tan(input):
    """The tangent of an angle in radians."""
    return e.tan(input)


@pointwise(input=lambda input: (1 - input * input).rsqrt(), promote="float", aliases=("arcsin",))
def asin(input):
    """The angle in [-pi/2, pi/2] whose sine is input."""
    return e.arcsin(input)


@pointwise(input=lambda input: -(1 - input * input).rsqrt(), promote="float", aliases=("arccos",))
def acos(input):
    """The angle in [0, pi] whose cosine is input."""
    return e.arccos(input)


@pointwise(input=lambda grad, input: grad / (input * input + 1).conj(), promote="float",
           aliases=("arctan",))
def atan(input):
    """The angle in [-pi/2, pi/2] whose tangent is input."""
    return e.arctan(input)


@pointwise(input=lambda input: input.cosh(), promote="float")
def sinh(input):
    """The hyperbolic sine."""
    return e.sinh(input)


@pointwise(input=lambda input: input.sinh(), promote="float")
def cosh(input):
    """The hyperbolic cosine."""
    return e.cosh(input)


@pointwise(input=lambda out: 1 - out * out, promote="float", aliases=("nn.functional.tanh",))
def tanh(input):
    """The hyperbolic tangent."""
    return e.tanh(input)


@pointwise(input=lambda input: (input * input + 1).rsqrt(), promote="float", aliases=("arcsinh",))
def asinh(input):
    """The number whose hyperbolic sine is input."""
    return e.arcsinh(input)


@pointwise(input=lambda input: ((input - 1).rsqrt() * (input + 1).rsqrt()), promote="float",
           aliases=("arccosh",))
def acosh(input):
    """The number >= 0 whose hyperbolic cosine is input."""
    return e.arccosh(input)


@pointwise(input=lambda grad, input: grad / (1 - input * input).conj(), promote="float",
           aliases=("arctanh",))
def atanh(input):
    """The number whose hyperbolic tangent is input."""
    return e.arctanh(input)


@pointwise(input=lambda out: out * (1 - out), promote="float",
           aliases=("special.expit", "nn.functional.sigmoid"))
def sigmoid(input):
    """1 / (1 + exp(-input))."""
    return 1 / (1 + e.exp(-input))


@pointwise(input=lambda input: _TWO_OVER_ROOT_PI * (-input * input).exp(), promote="float",
           supports="bif", aliases=("special.erf",))
def erf(input):
    """The error function: 2 / sqrt(pi) times the integral of exp(-t*t) from 0 to input."""
    return e.erf(input)


@pointwise(input=lambda input: -_TWO_OVER_ROOT_PI * (-input * input).exp(), promote="float",
           supports="bif", aliases=("special.erfc",))
def erfc(input):
    """1 - erf(input), exact where that is tiny."""
    return e.erfc(input)


@pointwise(input=math.pi / 180, promote="float", supports="bif")
def deg2rad(input):
    """Degrees as radians."""
    return input * (math.pi / 180)


@pointwise(input=180 / math.pi, promote="float", supports="bif")
def rad2deg(input):
    """Radians as degrees."""
    return input * (180 / math.pi)


@pointwise(input=lambda grad, out, other, input: grad * (input - out).exp().conj(),
           other=lambda grad, out, other: grad * (other - out).exp().conj(), supports="fc",
           tensors=("input", "other"), inplace=False)
def logaddexp(input, other):
    """log(exp(input) + exp(other)), without overflow."""
    return e.logaddexp(input, other)


@pointwise(input=lambda grad, out, other, input: grad * (input - out).exp2().conj(),
           other=lambda grad, out, other: grad * (other - out).exp2().conj(), supports="f",
           tensors=("input", "other"), inplace=False)
def logaddexp2(input, other):
    """log2(2**input + 2**other), without overflow."""
    return e.logaddexp2(input, other)


def _sinc_slope(grad: Any, input: Any) -> Any:
    angle = input * math.pi
    nonzero = input.where(input != 0, 1)
    slope = (angle * angle.cos() - angle.sin()) / (nonzero * nonzero * math.pi)
    return grad * conjugate(slope.where(input != 0, 0))


@pointwise(promote="float", aliases=("special.sinc",), input=_sinc_slope)
def sinc(input):
    """sin(pi * input) / (pi * input), and 1 at 0."""
    angle = input * math.pi
    return e.where(input == 0, 1 + angle, e.sin(angle) / angle)
