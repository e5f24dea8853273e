"""The gamma function's family: `lgamma`, `digamma`, `polygamma`, `mvlgamma`, `igamma`.

`lgamma` is a word of the scalar language; the others are NumPy functions in float64
(`engine/gamma_functions.py`). Source: https://docs.pytorch.org/docs/stable/special.html
"""

from __future__ import annotations

import math
from typing import Any

from rushlight.engine import expression as e
from rushlight.engine import gamma_functions as kernels
from rushlight.ops import write
from rushlight.ops.elementwise import pointwise
from rushlight.ops.op import FACE, composite
from rushlight.ops.rare import in_float64
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Tensor


@pointwise(input=lambda input: input.digamma(), promote="float", supports="bif",
           aliases=("special.gammaln",))
def lgamma(input):
    """The logarithm of the gamma function's absolute value."""
    return e.lgamma(input)


@pointwise(numpy=in_float64(kernels.digamma), input=lambda input: input.polygamma(1),
           promote="float", supports="bif", aliases=("special.digamma", "special.psi"))
def digamma(input):
    """The derivative of lgamma."""


def _polygamma(n: int) -> Any:
    """The row of one order, made when first asked for."""
    found = _ORDERS.get(n)
    if found is None:
        @pointwise(name="polygamma", numpy=in_float64(lambda input: kernels.polygamma(n, input)),
                   input=lambda input: polygamma(n + 1, input), promote="float", supports="bif",
                   method=False, face=False, inplace=False)
        def row(input):
            """One order of polygamma."""

        found = _ORDERS[n] = row
    return found


_ORDERS: dict[int, Any] = {}


@composite(method=False, out=True, aliases=("special.polygamma",))
def polygamma(n: int, input: Tensor) -> Tensor:
    """The n-th derivative of digamma, n >= 0.

    RuntimeError for a negative n.
    """
    if n < 0:
        raise RuntimeError(f"polygamma(n, x): n must not be negative, it is {n}")
    found: Tensor = _polygamma(int(n))(input)
    return found


def _method(self: Tensor, n: int) -> Tensor:
    """The n-th derivative of digamma."""
    return polygamma(n, self)


def _method_(self: Tensor, n: int) -> Tensor:
    """In-place `polygamma`."""
    return write.replace(self, "polygamma_", polygamma(n, self))


Tensor.polygamma = _method  # type: ignore[attr-defined]
Tensor.polygamma_ = _method_  # type: ignore[attr-defined]


@composite(out=True, inplace=True, aliases=("special.multigammaln",), looks=True)
def mvlgamma(input: Tensor, p: int) -> Tensor:
    """The logarithm of the gamma function of p dims: log(pi) p (p-1) / 4 + sum lgamma(x - i / 2).

    RuntimeError unless p >= 1, and for bool.
    """
    if p < 1:
        raise RuntimeError(f"mvlgamma(): p must be at least 1, it is {p}")
    if input.dtype.category == dtypes.BOOL:
        raise RuntimeError("mvlgamma() is not defined for torch.bool")
    if input.dtype.category < dtypes.FLOATING:
        input = input.to(dtypes.get_default_dtype())
    steps = FACE["arange"](p, dtype=input.dtype) / 2
    shifted = input.unsqueeze(-1) - steps
    return shifted.lgamma().sum(-1) + p * (p - 1) / 4 * math.log(math.pi)


def _undefined(grad: Tensor) -> Tensor:
    raise NotImplementedError(
        "the derivative of igamma and igammac with respect to `input` is not defined in PyTorch "
        "either: only `other` may require gradients")


def _density(input: Tensor, other: Tensor) -> Tensor:
    """The gamma distribution's density at `other`."""
    return ((input - 1) * other.log() - other - input.lgamma()).exp()


@pointwise(numpy=in_float64(lambda input, other: kernels.gammainc(input, other)[0]), promote="same",
           supports="f", tensors=("input", "other"), input=_undefined, other=_density,
           aliases=("special.gammainc",))
def igamma(input, other):
    """The regularised lower incomplete gamma function P(input, other)."""


@pointwise(numpy=in_float64(lambda input, other: kernels.gammainc(input, other)[1]), promote="same",
           supports="f", tensors=("input", "other"), input=_undefined,
           other=lambda input, other: -_density(input, other), aliases=("special.gammaincc",))
def igammac(input, other):
    """The regularised upper incomplete gamma function Q(input, other) = 1 - P."""
