"""Functions of one number in float16 and bfloat16, for all 65,536 values there are.

The truth is float64's, by NumPy or SciPy, rounded to float32 and then to 16 bits. A result may be a
neighbour of that.
"""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest
import scipy.special

import rushlight as torch

TRUTHS = {
    "exp": np.exp, "exp2": np.exp2, "expm1": np.expm1, "log": np.log, "log2": np.log2,
    "log10": np.log10, "log1p": np.log1p, "sin": np.sin, "cos": np.cos, "tan": np.tan,
    "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh,
    "tanh": np.tanh, "asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh,
    "sqrt": np.sqrt, "rsqrt": lambda x: 1 / np.sqrt(x), "reciprocal": lambda x: 1 / x,
    "square": np.square, "abs": np.abs, "neg": np.negative, "ceil": np.ceil, "floor": np.floor,
    "trunc": np.trunc, "round": np.rint, "sigmoid": scipy.special.expit,
    "erf": scipy.special.erf, "erfc": scipy.special.erfc, "erfinv": scipy.special.erfinv,
    "lgamma": lambda x: np.where(np.isinf(x), np.inf, scipy.special.gammaln(x)),
    "digamma": scipy.special.digamma,
    "i0": scipy.special.i0, "logit": scipy.special.logit,
    "special.i0e": scipy.special.i0e, "special.i1": scipy.special.i1,
    "special.i1e": scipy.special.i1e, "special.ndtr": scipy.special.ndtr,
    "special.ndtri": scipy.special.ndtri, "special.log_ndtr": scipy.special.log_ndtr,
    "special.entr": scipy.special.entr, "special.erfcx": scipy.special.erfcx,
    "special.bessel_j0": scipy.special.j0, "special.bessel_j1": scipy.special.j1,
    "deg2rad": np.deg2rad, "rad2deg": np.rad2deg, "frac": lambda x: x - np.trunc(x),
    "sign": lambda x: 1.0 * (x > 0) - (x < 0),  # of nan 0, as in PyTorch
}
# Beyond these a step on the way leaves float32, in PyTorch's kernels as in these.
WITHIN = {"sigmoid": 88.0}
DTYPES = {"float16": np.dtype(np.float16), "bfloat16": np.dtype(ml_dtypes.bfloat16)}
EVERY = np.arange(65536, dtype=np.uint16)


def order(values):
    """A whole number for each value, neighbours one apart."""
    bits = values.view(np.int16).astype(np.int32)
    return np.where(bits < 0, -(bits & 0x7FFF), bits)


def named(name):
    found = torch
    for part in name.split("."):
        found = getattr(found, part)
    return found


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", TRUTHS)
def test_every_value_is_right_or_a_neighbour(name, dtype):
    x = EVERY.view(DTYPES[dtype])
    with np.errstate(all="ignore"):
        x = x[~(np.abs(x.astype(np.float64)) > WITHIN.get(name, np.inf))]
        wide = TRUTHS[name](x.astype(np.float64))
        truth = wide.astype(np.float32).astype(DTYPES[dtype])
    tensor = torch.from_numpy(x.view(np.int16)).view(getattr(torch, dtype))
    made = named(name)(tensor)
    assert made.dtype is getattr(torch, dtype)
    found = made.view(torch.int16).numpy().view(DTYPES[dtype])
    missing = np.isnan(truth.astype(np.float32))
    np.testing.assert_array_equal(np.isnan(found.astype(np.float32)), missing)
    off = np.abs(order(found) - order(truth))[~missing]
    worst = np.argmax(off)
    assert off[worst] <= 1, (x[~missing][worst], found[~missing][worst], truth[~missing][worst])
