"""A = L @ D @ L.mH for Hermitian and symmetric matrices, by SciPy's LAPACK: `ldl_factor`.

Source: Bunch and Kaufman, Some stable methods for calculating inertia and solving symmetric linear
systems, 1977; https://docs.pytorch.org/docs/stable/generated/torch.linalg.ldl_factor.html
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.ops.cholesky import need_square, refuse_singular
from rushlight.ops.op import composite, op
from rushlight.ops.rare import scipy
from rushlight.ops.returns import results
from rushlight.tensor.tensor import Array, Tensor, wrap

Factor = results("linalg_ldl_factor", "LD", "pivots")
FactorEx = results("linalg_ldl_factor_ex", "LD", "pivots", "info")


def _lapack(name: str, step: str, hermitian: bool, dtype: np.dtype[Any]) -> Any:
    """LAPACK's `trf` or `trs` of Hermitian, or symmetric, matrices of this dtype."""
    kind = "he" if hermitian and dtype.kind == "c" else "sy"
    return getattr(scipy("linalg.lapack", name), {
        "f": "s", "d": "d", "F": "c", "D": "z"}[dtype.char] + kind + step)


@composite(name="linalg.ldl_factor_ex", method=False, out=True, looks=True)
def ldl_factor_ex(A: Tensor, *, hermitian: bool = False, check_errors: bool = False) -> Any:
    """(LD, pivots, info): D on the diagonal, in blocks of 1 or 2, L below; pivots as LAPACK's.

    A: (..., n, n), of which the lower half is read. info: the first zero pivot, or 0. RuntimeError
    for other tensors; with `check_errors` LinAlgError where info is not 0; ImportError without
    SciPy.
    """
    array = need_square("linalg.ldl_factor", A)
    factor = _lapack("linalg.ldl_factor", "trf", hermitian, array.dtype)
    packed, pivots = np.zeros(array.shape, array.dtype), np.zeros(array.shape[:-1], np.int32)
    info = np.zeros(array.shape[:-2], np.int32)
    if array.size:
        for place in np.ndindex(info.shape):
            made, pivots[place], info[place] = factor(array[place], lower=1)
            packed[place] = np.tril(made)
    found = FactorEx(map(wrap, (packed, pivots, info)))
    if check_errors:
        refuse_singular("linalg.ldl_factor", found.info)
    return found


@composite(name="linalg.ldl_factor", method=False, out=True, looks=True)
def ldl_factor(A: Tensor, *, hermitian: bool = False) -> Any:
    """(LD, pivots) as `ldl_factor_ex`; LinAlgError for a singular matrix."""
    return Factor(ldl_factor_ex(A, hermitian=hermitian, check_errors=True)[:2])


def _to_b(grad: Tensor, LD: Tensor, pivots: Tensor, hermitian: bool) -> Tensor:
    if hermitian or not LD.is_complex():
        return _solve(LD, pivots, grad, hermitian)
    found: Tensor = _solve(LD, pivots, grad.conj().resolve_conj(), hermitian)
    return found.conj().resolve_conj()


def _are_pivots(pivots: Array) -> bool:
    size = np.abs(pivots.astype(np.int64))
    return bool(((size >= 1) & (size <= pivots.shape[-1])).all())


@op(name="_ldl_solve", method=False, face=False, node="LinalgLdlSolveBackward0", B=_to_b)
def _solve(LD: Tensor, pivots: Tensor, B: Tensor, hermitian: bool) -> Any:
    factor, b, swaps = LD._array, B._array, pivots._array
    solve = _lapack("linalg.ldl_solve", "trs", hermitian, factor.dtype)
    batch = np.broadcast_shapes(factor.shape[:-2], b.shape[:-2])

    def over(array: Array, dims: int) -> Array:
        return np.broadcast_to(array, (*batch, *array.shape[array.ndim - dims :]))

    found = np.zeros((*batch, *b.shape[-2:]), b.dtype)
    if found.size and _are_pivots(swaps):  # LAPACK believes what it gets
        factor, b, swaps = over(factor, 2), over(b, 2), over(swaps, 1)
        for place in np.ndindex(batch):
            found[place], _ = solve(factor[place], swaps[place], b[place], lower=1)
    return found


@composite(name="linalg.ldl_solve", method=False, out=True)
def ldl_solve(LD: Tensor, pivots: Tensor, B: Tensor, *, hermitian: bool = False) -> Tensor:
    """X of A @ X = B, A as `ldl_factor` gives it; batches broadcast.

    LD: (..., n, n), pivots: integers (..., n), B: (..., n, k). RuntimeError for sizes and dtypes
    that do not fit; ImportError without SciPy.
    """
    array = need_square("linalg.ldl_solve", LD)
    if B.ndim < 2 or B.shape[-2] != array.shape[-1] or B.dtype is not LD.dtype:
        raise RuntimeError(
            f"linalg.ldl_solve(): B must be (..., {array.shape[-1]}, k) of {LD.dtype}, it is "
            f"{list(B.shape)} of {B.dtype}")
    if list(pivots.shape) != [*LD.shape[:-1]] or pivots._array.dtype.kind not in "iu":
        raise RuntimeError(
            f"linalg.ldl_solve(): the pivots must be integers, {list(LD.shape[:-1])}, they are "
            f"{list(pivots.shape)} of {pivots.dtype}")
    if type(pivots._array) is np.ndarray and not _are_pivots(pivots._array):
        raise RuntimeError(
            f"linalg.ldl_solve(): a pivot is the number of a row, 1 to {LD.shape[-1]} or negative")
    found: Tensor = _solve(LD, pivots, B, hermitian)
    return found
