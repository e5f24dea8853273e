"""Three ways from any matrix to one with orthonormal columns, all of them made of ops.

The first two start from a skew-symmetric matrix A: exp(A), and (I - A/2)^-1 (I + A/2). The third is
a product of reflections, one for each column.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rushlight.ops.op import FACE, op
from rushlight.tensor.tensor import wrap

_DEGREE = {4: 10, 8: 18}  # of the series, by bytes to a real number, for matrices of norm 1/2


def _identity(like: Any) -> Any:
    return FACE["eye"](like.shape[-1], dtype=like.dtype, device=like.device)


def exponential(matrix: Any) -> Any:
    """exp(matrix): a power series for the matrix over 2^n, then squared n times."""
    norm = matrix.detach().abs().sum(-2).max().item() if matrix.numel() else 0.0
    squarings = max(0, math.ceil(math.log2(2 * norm))) if 0 < norm < math.inf else 0
    small, one = matrix / 2**squarings, _identity(matrix)
    real = matrix.dtype.itemsize // (2 if matrix.is_complex() else 1)
    found = one
    for k in range(_DEGREE.get(real, 10), 0, -1):
        found = one + (small @ found) / k
    for _ in range(squarings):
        found = found @ found
    return found


@op(name="_solved", face=False, method=False,
    input=lambda grad, input, out: -(_solved(input.mH, grad) @ out.mH),  # type: ignore[has-type]
    other=lambda grad, input: _solved(input.mH, grad))  # type: ignore[has-type]
def _solved(input: Any, other: Any) -> Any:
    """The matrix X with `input @ X == other`."""
    return np.linalg.solve(input._array, other._array)


def cayley(matrix: Any) -> Any:
    """(I - matrix/2)^-1 (I + matrix/2)."""
    one = _identity(matrix)
    return _solved(one - matrix / 2, one + matrix / 2)


def reflections(columns: Any, tau: Any) -> Any:
    """The first columns of the product of I - tau v v^H, for each column v below its leading 1."""
    rows, count = columns.shape[-2:]
    found = FACE["eye"](rows, count, dtype=columns.dtype, device=columns.device)
    vectors = columns.tril(-1) + found
    for i in reversed(range(count)):
        v = vectors[..., :, i : i + 1]
        found = found - (v * tau[..., i : i + 1].unsqueeze(-1)) @ (v.mH @ found)
    return found


def factored(matrix: Any) -> tuple[Any, Any]:
    """A matrix as reflections, and their factors: what LAPACK calls geqrf."""
    raw, tau = np.linalg.qr(matrix.detach()._array, mode="raw")
    return wrap(np.ascontiguousarray(np.swapaxes(raw, -1, -2))), wrap(np.ascontiguousarray(tau))


def made_orthogonal(matrix: Any) -> Any:
    """The matrix with its columns made orthonormal, each in turn against those before."""
    q, r = np.linalg.qr(matrix.detach()._array)
    signs = np.sign(np.diagonal(r, axis1=-2, axis2=-1))
    return wrap(q * signs[..., None, :])


def is_orthogonal(matrix: Any) -> bool:
    """Whether the columns are orthonormal, up to rounding."""
    array = matrix.detach()._array
    products = np.swapaxes(array, -1, -2).conj() @ array
    allowed = 10 * array.shape[-2] * np.finfo(array.dtype).eps
    return bool(np.allclose(products, np.eye(array.shape[-1]), atol=allowed))
