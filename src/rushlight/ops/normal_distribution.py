"""The normal distribution's functions and the entropy's: `ndtr`, `ndtri`, `erfcx`, `entr`, `logit`.

Source: https://docs.pytorch.org/docs/stable/special.html
"""

from __future__ import annotations

import math
from typing import Any

from rushlight.engine import expression as e
from rushlight.ops.elementwise import pointwise
from rushlight.ops.op import FACE, composite
from rushlight.ops.rare import by_scipy
from rushlight.tensor.tensor import Tensor

_ROOT_HALF = math.sqrt(0.5)
_ROOT_TWO_PI = math.sqrt(2 * math.pi)


@pointwise(name="special.ndtr", method=False, inplace=False, promote="float", supports="bif",
           input=lambda input: (input * input / -2).exp() / _ROOT_TWO_PI)
def ndtr(input):
    """The share of the normal distribution that lies below `input`."""
    return e.erfc(-_ROOT_HALF * input) / 2


@pointwise(name="special.erfcx", method=False, inplace=False, numpy=by_scipy("erfcx"),
           promote="float", supports="bif",
           input=lambda input, out: 2 * input * out - 2 / math.sqrt(math.pi))
def erfcx(input):
    """exp(input^2) * erfc(input)."""


@pointwise(name="special.log_ndtr", method=False, inplace=False, numpy=by_scipy("log_ndtr"),
           promote="float", supports="bif",
           input=lambda input: math.sqrt(2 / math.pi) / erfcx(input * -_ROOT_HALF))
def log_ndtr(input):
    """The logarithm of ndtr, exact far below 0."""


@pointwise(name="special.ndtri", method=False, inplace=False, numpy=by_scipy("ndtri"),
           promote="float", supports="bif",
           input=lambda out: _ROOT_TWO_PI * (out * out / 2).exp())
def ndtri(input):
    """The number that a share `input` of the normal distribution lies below."""


@pointwise(name="special.entr", method=False, inplace=False, promote="float", supports="bif",
           input=lambda input: -input.log() - 1)
def entr(input):
    """-input * log(input), 0 at 0 and -inf below."""
    product = -input * e.log(input)
    below = e.where(input == 0, e.absolute(input), -math.inf)
    return e.where(e.isnan(input), input, e.where(input > 0, product, below))


@pointwise(name="special.xlog1py", method=False, inplace=False, promote="float", supports="bif",
           tensors=(), input=lambda grad, input, other: grad * _log1p(input, other),
           other=lambda grad, input, other: grad * input / (other + 1))
def xlog1py(input, other):
    """input * log1p(other), 0 where input is 0 (nan where other is nan)."""
    product = input * e.log1p(other)
    return e.where(e.isnan(other), other, e.where(input == 0, input * 0, product))


def _log1p(input: Any, other: Any) -> Tensor:
    tensor = FACE["as_tensor"](other)
    found: Tensor = tensor.log1p().where(~((input == 0) & (tensor <= -1)), 0)
    return found


@composite(out=True, inplace=True, aliases=("special.logit",))
def logit(input: Tensor, eps: float | None = None) -> Tensor:
    """log(input / (1 - input)), the inverse of sigmoid; nan outside 0 to 1.

    eps: bring the input into eps to 1 - eps first. Integers count as floats.
    """
    found: Tensor = _logit(input) if eps is None else _logit_within(input, float(eps))
    return found


@pointwise(name="_logit", method=False, face=False, inplace=False, promote="float", supports="bif",
           node="LogitBackward0",
           input=lambda grad, input: (grad / (input * (1 - input))).where(
               (input >= 0) & (input <= 1), math.nan))
def _logit(input):
    return e.log(input / (1 - input))


@pointwise(name="_logit_within", method=False, face=False, inplace=False, promote="float",
           supports="bif", node="LogitBackward0", operands=("input",),
           input=lambda grad, input, eps: (grad / (input * (1 - input))).where(
               (input >= eps) & (input <= 1 - eps), 0))
def _logit_within(input, eps):
    inside = e.where(input < eps, eps, e.where(input > 1 - eps, 1 - eps, input))
    return e.log(inside / (1 - inside))
