"""Norms of matrices: `linalg.matrix_norm`, `linalg.norm`, `linalg.cond`; and decompositions of low
rank, by random projection.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.linalg.norm.html; Halko, Martinsson
and Tropp, Finding structure with randomness, 2009.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rushlight.ops.cholesky import need_matrices, need_square
from rushlight.ops.matmul import adjoint
from rushlight.ops.norms import norm, vector_norm
from rushlight.ops.op import FACE, composite
from rushlight.ops.qr import linalg_qr
from rushlight.ops.solves import inv_ex
from rushlight.ops.svd import _svdvals, linalg_svd
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Tensor

Order = float | str | None


@composite(name="linalg.matrix_norm", method=False, out=True)
def matrix_norm(
    A: Tensor, ord: Order = "fro", dim: Sequence[int] = (-2, -1), keepdim: bool = False, *,
    dtype: Any = None,
) -> Tensor:
    """A norm of the matrices that lie in two dims: "fro", "nuc", inf, -inf, 1, -1, 2 or -2.

    dtype: convert the elements first. RuntimeError for what is no float or complex matrix, other
    orders, and for dims that are no two different ones.
    """
    if A.ndim < 2 or A.dtype.category < dtypes.FLOATING:
        raise RuntimeError("linalg.matrix_norm(): a matrix or a batch of them is needed, float or "
                           f"complex, not {list(A.shape)} of {A.dtype}")
    dims = [dim] if isinstance(dim, int) else [*dim]
    if len(dims) != 2:
        raise RuntimeError(f"linalg.matrix_norm(): dim must be two dims, not {dim}")
    for d in dims:
        if not -A.ndim <= d < A.ndim:
            raise IndexError(f"linalg.matrix_norm(): dim {d} is not one of the {A.ndim} of A")
    rows, columns = (d % A.ndim for d in dims)
    if rows == columns:
        raise RuntimeError(f"linalg.matrix_norm(): the dims must differ, they are {tuple(dims)}")
    A = A if dtype is None else A.to(dtype)
    found: Tensor
    if ord in ("nuc", 2, -2):
        need_matrices("linalg.matrix_norm", A)
    if ord == "fro":
        found = vector_norm(A, 2, (rows, columns), keepdim)
        return found
    if ord == "nuc":
        found = norm(A, "nuc", (rows, columns), keepdim)
        return found
    if ord in (2, -2):
        values = _svdvals(A.movedim((rows, columns), (-2, -1)))
        found = _largest(values, -1, False) if ord == 2 else values.amin(-1)
        if keepdim:
            for d in sorted((rows, columns)):
                found = found.unsqueeze(d)
        return found
    if ord not in (1, -1, math.inf, -math.inf):
        raise RuntimeError(f"linalg.matrix_norm(): no such order: {ord!r}")
    along, over = (rows, columns) if abs(ord) == 1 else (columns, rows)
    sums = vector_norm(A, 1, along, True)
    found = _largest(sums, over, True) if ord > 0 else sums.amin(over, True)
    return found if keepdim else found.squeeze((rows, columns))


def _largest(values: Tensor, dim: int, keepdim: bool) -> Tensor:
    """The largest value; 0 where there is none."""
    found: Tensor = (
        values.amax(dim, keepdim) if values.shape[dim] else values.sum(dim, keepdim))
    return found


@composite(name="linalg.norm", method=False, out=True)
def linalg_norm(
    A: Tensor, ord: Order = None, dim: int | Sequence[int] | None = None, keepdim: bool = False, *,
    dtype: Any = None,
) -> Tensor:
    """`matrix_norm` where `ord` is given and there are two dims, or is a name; else `vector_norm`.

    RuntimeError where neither fits.
    """
    found: Tensor
    dims = None if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)
    if ord is not None:
        if dims is not None and len(dims) not in (1, 2):
            raise RuntimeError(f"linalg.norm(): dim is one dim or two where ord is given: {dim}")
        if dims is None and A.ndim not in (1, 2):
            raise RuntimeError(
                f"linalg.norm(): say which dims, A has {A.ndim} and ord is {ord!r}")
        count = A.ndim if dims is None else len(dims)
        if count == 2:
            found = matrix_norm(A, ord, (0, 1) if dims is None else dims, keepdim, dtype=dtype)
            return found
        if isinstance(ord, str):
            raise RuntimeError(f"linalg.norm(): {ord!r} is a norm of matrices: give two dims")
    found = vector_norm(A, 2 if ord is None else ord, dims, keepdim, dtype=dtype)
    return found


@composite(name="linalg.cond", method=False, out=True, looks=True)
def cond(A: Tensor, p: Order = None) -> Tensor:
    """norm(A) * norm(inv(A)): how much a solution with A makes of errors; inf if A is singular.

    A: (..., n, n), or (..., m, n) for the norms None, 2 and -2. RuntimeError for other tensors.
    """
    need_matrices("linalg.cond", A)
    if p is None or p in (2, -2):
        values = _svdvals(A)
        if values.shape[-1] == 0:
            return FACE["zeros"](A.shape[:-2], dtype=values.dtype)
        first, last = values[..., 0], values[..., -1]
        return last / first if p == -2 else first / last
    need_square("linalg.cond", A)
    norm = matrix_norm(A, p)
    if A.shape[-1] == 0:
        return norm
    inverse, info = inv_ex(A)
    found: Tensor = norm * matrix_norm(inverse, p)
    return found.masked_fill(info != 0, math.inf) if info._array.any() else found


# --- low rank


def _basis(A: Tensor, q: int, niter: int) -> Tensor:
    """Orthonormal columns that span nearly what the first q singular vectors span."""
    found = linalg_qr(A @ FACE["randn"](A.shape[-1], q, dtype=A.dtype))[0]
    for _ in range(niter):
        found = linalg_qr(adjoint(A) @ found)[0]
        found = linalg_qr(A @ found)[0]
    return found


@composite(method=False)
def svd_lowrank(A: Tensor, q: int = 6, niter: int = 2, M: Tensor | None = None) -> Any:
    """(U, S, V) of nearly A - M, for the q largest singular values.

    A: (..., m, n). niter: how often a random projection is improved.
    """
    need_matrices("svd_lowrank", A)
    A = A if M is None else A - M
    wide = A.shape[-2] < A.shape[-1]
    A = adjoint(A) if wide else A
    Q = _basis(A, q, niter)
    U, S, Vh = linalg_svd(adjoint(Q) @ A, full_matrices=False)
    U, V = Q @ U, adjoint(Vh)
    return (V, S, U) if wide else (U, S, V)


@composite(method=False)
def pca_lowrank(A: Tensor, q: int | None = None, center: bool = True, niter: int = 2) -> Any:
    """(U, S, V) of nearly A, its columns' means taken away: the q principal components are in V.

    A: (..., m, n); q: min(6, m, n) if not given. ValueError for another q or a negative `niter`.
    """
    m, n = A.shape[-2:]
    q = min(6, m, n) if q is None else q
    if not 0 <= q <= min(m, n):
        raise ValueError(f"pca_lowrank(): q must be 0 to {min(m, n)}, it is {q}")
    if niter < 0:
        raise ValueError(f"pca_lowrank(): niter must not be negative, it is {niter}")
    return svd_lowrank(A - A.mean(-2, True) if center else A, q, niter)
