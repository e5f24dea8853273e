"""A = P @ L @ U, by rows exchanged: `lu_factor`, `lu`, `lu_unpack`, `lu_solve`.

NumPy keeps its LU factors to itself, so they are made here: halves of the columns in turn, most of
the work products. The one row with a derivative is `lu_factor_ex`.
Source: Golub and Van Loan, Matrix Computations, 3.4;
https://docs.pytorch.org/docs/stable/generated/torch.linalg.lu_factor.html
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rushlight.ops.cholesky import _solve_lower, need_matrices, refuse_singular, solve_triangular
from rushlight.ops.matmul import adjoint
from rushlight.ops.op import FACE, composite, op
from rushlight.ops.returns import results
from rushlight.tensor.tensor import Array, Tensor

_FEW = 8  # columns that are eliminated one after the other
LU = results("linalg_lu", "P", "L", "U")
Factor = results("linalg_lu_factor", "LU", "pivots")
FactorEx = results("linalg_lu_factor_ex", "LU", "pivots", "info")
Unpacked = results("lu_unpack", "P", "L", "U")


# --- elimination


def _eliminate(a: Array) -> tuple[Array, Array]:
    """(L and U in one, which row went where) of matrices of shape (batch, m, n)."""
    batch, m, n = a.shape
    if n > _FEW and m > 1:
        half = min(n, m) // 2
        left, order = _eliminate(a[:, :, :half])
        right = np.take_along_axis(a[:, :, half:], order[:, :, None], 1)
        top = _solve_lower(left[:, :half], right[:, :half], True)
        below, moved = _eliminate(right[:, half:] - left[:, half:] @ top)
        order[:, half:] = np.take_along_axis(order[:, half:], moved, 1)
        under = np.take_along_axis(left[:, half:], moved[:, :, None], 1)
        return np.concatenate([
            np.concatenate([left[:, :half], top], 2), np.concatenate([under, below], 2)], 1), order
    a, each = a.copy(), np.arange(batch)
    order = np.tile(np.arange(m), (batch, 1))
    for k in range(min(m, n)):
        best = k + np.argmax(_size(a[:, k:, k]), 1)
        for array in (a, order):
            array[each, k], array[each, best] = array[each, best], array[each, k].copy()
        pivot = a[:, k, k]
        a[:, k + 1 :, k] /= np.where(pivot == 0, 1, pivot)[:, None]
        a[:, k + 1 :, k + 1 :] -= a[:, k + 1 :, k, None] * a[:, k, None, k + 1 :]
    return a, order


def _size(a: Array) -> Array:
    return np.abs(a.real) + np.abs(a.imag) if a.dtype.kind == "c" else np.abs(a)


def _exchanges(order: Array, count: int) -> Array:
    """The row, counted from 1, that each step exchanged with its own."""
    found = np.empty((len(order), count), np.int32)
    at = np.tile(np.arange(order.shape[1]), (len(order), 1))
    each = np.arange(len(order))
    for k in range(count):
        j = np.argmax(at == order[:, k, None], 1)
        found[:, k] = j + 1
        at[each, k], at[each, j] = at[each, j], at[each, k].copy()
    return found


def _order(pivots: Array, m: int) -> Array:
    """The rows after all exchanges."""
    flat = pivots.reshape(math.prod(pivots.shape[:-1]), pivots.shape[-1])
    at, each = np.tile(np.arange(m), (len(flat), 1)), np.arange(len(flat))
    for k in range(flat.shape[1]):
        j = flat[:, k] - 1
        at[each, k], at[each, j] = at[each, j], at[each, k].copy()
    return at.reshape(*pivots.shape[:-1], m)


def factored(array: Array) -> tuple[Array, Array, Array]:
    """(LU, pivots, info) of matrices (..., m, n); info: the first pivot that is 0, or 0."""
    *batch, m, n = array.shape
    k = min(m, n)
    with np.errstate(all="ignore"):
        found, order = _eliminate(array.reshape(math.prod(batch), m, n))
    zero = np.diagonal(found, axis1=1, axis2=2) == 0
    info = np.where(zero.any(1), zero.argmax(1) + 1, 0) if k else np.zeros(len(found))
    return (found.reshape(array.shape), _exchanges(order, k).reshape(*batch, k),
            info.astype(np.int32).reshape(batch))


# --- the row


def _to_input(grad: Tensor, out: Any) -> Tensor:
    P, L, U = lu_unpack(*out[:2])
    n, k = U.shape[-1], L.shape[-1]
    to_l, to_u = grad[..., :k], grad[..., :k, :]
    rows = L.shape[-2]
    inner = adjoint(L) @ to_l.tril(-1)
    outer = to_u.triu() @ adjoint(U)
    first = L[..., :k, :]
    if n > k:  # what lies right of the square follows from L
        right = to_u[..., k:]
        inner = adjoint(first) @ to_l.tril(-1) - right @ adjoint(U[..., k:])
        outer = to_u[..., :k].triu() @ adjoint(U[..., :k])
    square = U[..., :k]
    if rows > k:  # what lies below it follows from U
        below = to_l[..., k:, :]
        inner = adjoint(first) @ to_l[..., :k, :].tril(-1)
        outer = outer - adjoint(L[..., k:, :]) @ below
    found = solve_triangular(
        adjoint(first), inner.tril(-1) + outer.triu(), upper=True, unitriangular=True)
    found = solve_triangular(adjoint(square), found, upper=False, left=False)
    if rows > k:
        below = solve_triangular(adjoint(square), below, upper=False, left=False)
        found = FACE["cat"]([found, below], -2)
    if n > k:
        right = solve_triangular(adjoint(first), right, upper=True, unitriangular=True)
        found = FACE["cat"]([found, right], -1)
    return P @ found


@op(name="_lu_factor", method=False, face=False, node="LinalgLuFactorExBackward0", A=_to_input)
def _lu_factor(A: Tensor) -> Any:
    """(LU, pivots, info)."""
    return factored(A._array)


@composite(name="linalg.lu_factor_ex", method=False, out=True, looks=True)
def lu_factor_ex(A: Tensor, *, pivot: bool = True, check_errors: bool = False) -> Any:
    """(LU, pivots, info): L below the diagonal, U on and above it, of P @ A = L @ U.

    A: (..., m, n), float32, float64 or complex. pivots: the row, counted from 1, with which each
    was exchanged. info: the first zero on U's diagonal, or 0. RuntimeError for other tensors and
    for pivot=False, LinAlgError where info is not 0 and `check_errors` is set.
    """
    need_matrices("linalg.lu_factor", A)
    if not pivot:
        raise RuntimeError("linalg.lu_factor(): pivot=False is not there on the CPU")
    found = FactorEx(_lu_factor(A))
    if check_errors:
        refuse_singular("linalg.lu_factor", found.info)
    return found


@composite(name="linalg.lu_factor", method=False, out=True, looks=True)
def lu_factor(A: Tensor, *, pivot: bool = True) -> Any:
    """(LU, pivots): as `lu_factor_ex`; LinAlgError for a matrix that is singular."""
    return Factor(lu_factor_ex(A, pivot=pivot, check_errors=True)[:2])


@composite(out=True, looks=True)
def lu(A: Tensor, pivot: bool = True, get_infos: bool = False) -> Any:
    """(LU, pivots), with `get_infos` (LU, pivots, info): `linalg.lu_factor` of old."""
    found = lu_factor_ex(A, pivot=pivot, check_errors=not get_infos)
    return found if get_infos else tuple(found[:2])


@composite(method=False, looks=True)
def lu_unpack(
    LU_data: Tensor, LU_pivots: Tensor, unpack_data: bool = True, unpack_pivots: bool = True,
    *, out: Any = None,
) -> Any:
    """(P, L, U) of what `linalg.lu_factor` gives; what is not asked for is empty.

    LU_data: (..., m, n). LU_pivots: int32, (..., min(m, n)). RuntimeError for other pivots.
    """
    m, n = LU_data.shape[-2:]
    k = min(m, n)
    if unpack_pivots and LU_pivots._array.dtype != np.int32:
        raise RuntimeError(f"lu_unpack(): the pivots must be int32, they are {LU_pivots.dtype}")
    P = L = U = FACE["empty"](0, dtype=LU_data.dtype)
    if unpack_pivots:
        swaps = LU_pivots._array
        if type(swaps) is np.ndarray and not ((swaps >= 1) & (swaps <= m)).all():
            raise RuntimeError(f"lu_unpack(): a pivot is the number of a row, 1 to {m}")
        P = _permutation(LU_pivots, m, LU_data.dtype)
    if unpack_data:
        one = FACE["eye"](m, k, dtype=LU_data.dtype)
        L = LU_data[..., :k].tril(-1) + one
        U = LU_data[..., :k, :].triu()
    if out is not None:
        for place, made in zip(out, (P, L, U), strict=True):
            place.resize_(made.shape).copy_(made)
        return Unpacked(out)
    return Unpacked((P, L, U))


@op(name="_permutation", method=False, face=False)
def _permutation(pivots: Tensor, m: int, dtype: Any) -> Any:
    """P of A = P @ L @ U."""
    order = _order(pivots._array, m)
    found = np.zeros((*order.shape, m), dtype.numpy)
    np.put_along_axis(found, order[..., None, :], 1, -2)
    return found


@composite(name="linalg.lu", method=False, out=True, looks=True)
def linalg_lu(A: Tensor, *, pivot: bool = True) -> Any:
    """(P, L, U) of A = P @ L @ U: P exchanges rows, L is lower with ones, U is upper triangular.

    A: (..., m, n). RuntimeError for what is no float or complex matrix, and for pivot=False.
    """
    need_matrices("linalg.lu", A)
    if not pivot:
        raise RuntimeError("linalg.lu(): pivot=False is not there on the CPU")
    return LU(lu_unpack(*_lu_factor(A)[:2]))


# --- systems


@composite(name="linalg.lu_solve", method=False, out=True, looks=True)
def linalg_lu_solve(
    LU: Tensor, pivots: Tensor, B: Tensor, *, left: bool = True, adjoint: bool = False
) -> Tensor:
    """X of A @ X = B (X @ A = B if not `left`, A.mH for A with `adjoint`), A given by its factors.

    LU: (..., n, n), pivots: int32, (..., n), B: (..., n, k); batches broadcast. RuntimeError for
    dtypes and sizes that do not fit.
    """
    array = need_matrices("linalg.lu_solve", LU)
    if array.shape[-1] != array.shape[-2]:
        raise RuntimeError(f"linalg.lu_solve(): LU must be square, it is {list(array.shape)}")
    if B.dtype is not LU.dtype or pivots._array.dtype != np.int32:
        raise RuntimeError(
            f"linalg.lu_solve(): LU is {LU.dtype}, B {B.dtype} (must be the same), the pivots "
            f"{pivots.dtype} (must be int32)")
    if list(pivots.shape) != [*LU.shape[:-1]]:
        raise RuntimeError(
            f"linalg.lu_solve(): pivots of {list(pivots.shape)} do not fit LU of {list(LU.shape)}")
    if B.ndim < 2 or B.shape[-2 if left else -1] != LU.shape[-1]:
        raise RuntimeError(
            f"linalg.lu_solve(): B of {list(B.shape)} does not fit LU of {list(LU.shape)}")
    if not left:  # X @ A = B is A.mH @ X.mH = B.mH
        return linalg_lu_solve(
            LU, pivots, _adjoint(B), adjoint=not adjoint).mH.resolve_conj()
    P, _, _ = lu_unpack(LU, pivots, unpack_data=False)
    if adjoint:
        inner = solve_triangular(_adjoint(LU), B, upper=False)
        return P @ solve_triangular(_adjoint(LU), inner, upper=True, unitriangular=True)
    inner = solve_triangular(LU, P.mT @ B, upper=False, unitriangular=True)
    return solve_triangular(LU, inner, upper=True)


_adjoint = adjoint  # a parameter above has the name


@composite(out=True)
def lu_solve(b: Tensor, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:
    """`linalg.lu_solve(LU_data, LU_pivots, b)` under its old name."""
    found: Tensor = linalg_lu_solve(LU_data, LU_pivots, b)
    return found
