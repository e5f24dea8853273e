"""Positive-definite and triangular matrices: `cholesky`, `solve_triangular` and what they make.

Batches of matrices throughout. A triangular system is solved by halves, so that most of the work
is products; each derivative is again such a system.
Sources: Murray, Differentiation of the Cholesky decomposition, 2016;
https://docs.pytorch.org/docs/stable/linalg.html
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.ops.matmul import adjoint
from rushlight.ops.op import FACE, composite, op
from rushlight.ops.returns import results
from rushlight.tensor.tensor import Array, Tensor, wrap

_FEW = 8  # rows that are solved one after the other
CholeskyEx = results("linalg_cholesky_ex", "L", "info")
_eye: Any = FACE["eye"]


def need_square(name: str, matrix: Tensor) -> Array:
    """The array of square matrices, (..., n, n); RuntimeError in the name of `name` otherwise."""
    array = need_matrices(name, matrix)
    if array.shape[-1] != array.shape[-2]:
        raise RuntimeError(
            f"{name}(): a square matrix or a batch of them is needed, not {list(array.shape)}")
    return array


def need_matrices(name: str, matrix: Tensor) -> Array:
    """The array of matrices, (..., m, n), that LAPACK knows; RuntimeError otherwise."""
    array = matrix._array
    if array.ndim < 2:
        raise RuntimeError(
            f"{name}(): a matrix or a batch of them is needed, not {list(array.shape)}")
    if array.dtype.char not in "fdFD":
        raise RuntimeError(
            f"{name}(): matrices are float32, float64 or complex, not {matrix.dtype}")
    return array


class LinAlgError(RuntimeError):
    """A matrix for which the computation does not exist: `torch.linalg.LinAlgError`."""


LinAlgError.__module__ = "torch.linalg"


def refuse_singular(name: str, info: Tensor) -> None:
    """LinAlgError in the name of `name` where a matrix of the batch is singular."""
    singular = np.flatnonzero(info._array)
    if len(singular):
        which = f"matrix {singular[0]} of the batch" if info.ndim else "the matrix"
        raise LinAlgError(
            f"{name}(): {which} is singular: pivot {info._array.flat[singular[0]]} is 0")


# --- triangular systems


def _solve_lower(lower: Array, right: Array, unit: bool) -> Array:
    """X of lower @ X = right; batches broadcast. A zero on the diagonal gives inf and nan."""
    n = lower.shape[-1]
    if n > _FEW:
        half = n // 2
        first = _solve_lower(lower[..., :half, :half], right[..., :half, :], unit)
        rest = right[..., half:, :] - lower[..., half:, :half] @ first
        second = _solve_lower(lower[..., half:, half:], rest, unit)
        return np.concatenate([first, second], -2)
    batch = np.broadcast_shapes(lower.shape[:-2], right.shape[:-2])
    found = np.empty((*batch, n, right.shape[-1]), right.dtype)
    for i in range(n):
        row = right[..., i : i + 1, :]
        if i:
            row = row - lower[..., i : i + 1, :i] @ found[..., :i, :]
        found[..., i : i + 1, :] = row if unit else row / lower[..., i : i + 1, i : i + 1]
    return found


def _solved(a: Array, b: Array, upper: bool, left: bool, unit: bool) -> Array:
    if not left:
        return _solved(a.swapaxes(-1, -2), b.swapaxes(-1, -2), not upper, True, unit).swapaxes(
            -1, -2)
    with np.errstate(all="ignore"):
        if upper:  # both axes turned round, it is lower
            return _solve_lower(a[..., ::-1, ::-1], b[..., ::-1, :], unit)[..., ::-1, :]
        return _solve_lower(a, b, unit)


def _to_b(grad: Tensor, A: Tensor, upper: bool, left: bool, unitriangular: bool) -> Tensor:
    found: Tensor = solve_triangular(
        adjoint(A), grad, upper=not upper, left=left, unitriangular=unitriangular)
    return found


def _to_a(
    grad: Tensor, A: Tensor, out: Tensor, upper: bool, left: bool, unitriangular: bool
) -> Tensor:
    side = _to_b(grad, A, upper, left, unitriangular)
    whole = -(side @ adjoint(out) if left else adjoint(out) @ side)
    off = int(unitriangular)
    return whole.triu(off) if upper else whole.tril(-off)


@op(name="linalg.solve_triangular", node="LinalgSolveTriangularBackward0", method=False, out=True,
    A=_to_a, B=_to_b)
def solve_triangular(
    A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Any:
    """X of A @ X = B (of X @ A = B if not `left`) for triangular A: only that half is read.

    A: (..., n, n), B: (..., n, k); batches broadcast. unitriangular: the diagonal counts as ones.
    RuntimeError for sizes that do not fit, or two dtypes.
    """
    a, b = need_square("linalg.solve_triangular", A), B._array
    if a.dtype != b.dtype:
        raise RuntimeError(
            f"linalg.solve_triangular(): A is {A.dtype} and B {B.dtype}: they need one dtype")
    side = -2 if left else -1
    if b.ndim < 2 or b.shape[side] != a.shape[-1]:
        raise RuntimeError(
            f"linalg.solve_triangular(): A of shape {list(a.shape)} and B of shape "
            f"{list(b.shape)} do not fit: dim {side} of B must be {a.shape[-1]}")
    return _solved(a, b, upper, left, unitriangular)


TriangularSolve = results("triangular_solve", "solution", "cloned_coefficient")


@composite(out=True)
def triangular_solve(
    input: Tensor, A: Tensor, upper: bool = True, transpose: bool = False,
    unitriangular: bool = False,
) -> Any:
    """(X, A) for X of A @ X = input, or of A.mT @ X = input: `linalg.solve_triangular` of old."""
    turned = A.mT if transpose else A
    return TriangularSolve((
        solve_triangular(turned, input, upper=upper != transpose, unitriangular=unitriangular),
        A.clone()))


# --- Cholesky


def _factor(name: str, array: Array) -> Array:
    """The lower factor of (a batch of) matrices, of which only the lower half is read."""
    array = np.tril(array)
    array = array + np.tril(array, -1).swapaxes(-1, -2).conj()
    try:
        return np.linalg.cholesky(array)
    except np.linalg.LinAlgError:
        raise LinAlgError(
            f"{name}: the factorization could not be completed: the input is not "
            "positive-definite") from None


def _cholesky_slope(grad: Tensor, out: Tensor, upper: bool = False) -> Tensor:
    if upper:
        grad, out = adjoint(grad), adjoint(out)
    product = (adjoint(out) @ grad).tril()
    middle = product + adjoint(product.tril(-1))  # a Hermitian matrix with twice the right diagonal
    solved = solve_triangular(adjoint(out), 0.5 * middle, upper=True)
    found: Tensor = solve_triangular(out, solved, upper=False, left=False)
    return found


@op(name="linalg.cholesky", node="LinalgCholeskyExBackward0", method=False, out=True,
    input=_cholesky_slope)
def _linalg_cholesky(input: Tensor, *, upper: bool = False) -> Any:
    """L, lower triangular, of input = L @ L.mH; its adjoint if `upper`.

    input: (..., n, n), Hermitian; only its lower half is read. LinAlgError (a RuntimeError) unless
    it is positive definite.
    """
    found = _factor("linalg.cholesky", need_square("linalg.cholesky", input))
    return found.swapaxes(-1, -2).conj() if upper else found


@composite(out=True)
def cholesky(input: Tensor, upper: bool = False) -> Tensor:
    """`linalg.cholesky` under its old name."""
    found: Tensor = _linalg_cholesky(input, upper=upper)
    return found


@composite(name="linalg.cholesky_ex", method=False, out=True, looks=True)
def cholesky_ex(input: Tensor, *, upper: bool = False, check_errors: bool = False) -> Any:
    """(L, info): instead of an error, info says where a matrix stops being positive definite.

    It is 0 for a matrix that is positive definite; L is only meaningful for those.
    """
    array = need_square("linalg.cholesky_ex", input)
    info = _orders(array)
    if check_errors and info.any():
        _factor("linalg.cholesky_ex", array)
    told = wrap(info)
    one = _eye(array.shape[-1], dtype=input.dtype)
    good = input.where(told[..., None, None] == 0, one) if info.any() else input
    return CholeskyEx((_linalg_cholesky(good, upper=upper), told))


def _orders(array: Array) -> Array:
    """For each matrix the first order at which it is not positive definite, or 0."""
    n = array.shape[-1]
    info = np.zeros(array.shape[:-2], np.int32)
    for place in np.ndindex(info.shape):
        for order in range(1, n + 1) if not _is_definite(array[place]) else ():
            if not _is_definite(array[place][:order, :order]):
                info[place] = order
                break
    return info


def _is_definite(matrix: Array) -> bool:
    try:
        return bool(np.isfinite(_factor("", matrix)).all())
    except LinAlgError:
        return False


def _solved_by_factor(b: Array, factor: Array, upper: bool) -> Array:
    """X of A @ X = b for the Cholesky factor of A."""
    flipped = factor.swapaxes(-1, -2).conj()
    lower, higher = (flipped, factor) if upper else (factor, flipped)
    return _solved(higher, _solved(lower, b, False, True, False), True, True, False)


def _to_factor(by_a: Tensor, L: Tensor, upper: bool) -> Tensor:
    """The gradient of the factor, given that of A = L @ L.mH; as in PyTorch L counts as whole."""
    both = by_a + adjoint(by_a)
    return L @ both if upper else both @ L


def _solve_to_b(grad: Tensor, L: Tensor, upper: bool) -> Tensor:
    found: Tensor = cholesky_solve(grad, L, upper)
    return found


def _solve_to_factor(grad: Tensor, out: Tensor, L: Tensor, upper: bool) -> Tensor:
    return _to_factor(-_solve_to_b(grad, L, upper) @ adjoint(out), L, upper)


@op(name="cholesky_solve", out=True, B=_solve_to_b, L=_solve_to_factor)
def cholesky_solve(B: Tensor, L: Tensor, upper: bool = False) -> Any:
    """X of A @ X = B, given the Cholesky factor of A; batches broadcast."""
    factor, b = need_square("cholesky_solve", L), B._array
    if b.ndim < 2 or b.dtype != factor.dtype or b.shape[-2] != factor.shape[-1]:
        raise RuntimeError(
            f"cholesky_solve(): B must be (..., {factor.shape[-1]}, k) of {L.dtype}, it is "
            f"{list(b.shape)} of {B.dtype}")
    return _solved_by_factor(b, factor, upper)


@op(name="cholesky_inverse", out=True,
    L=lambda grad, out, L, upper: _to_factor(-out @ grad @ out, L, upper))
def cholesky_inverse(L: Tensor, upper: bool = False) -> Any:
    """The inverse of a positive-definite matrix, given its Cholesky factor."""
    factor = need_square("cholesky_inverse", L)
    one = np.eye(factor.shape[-1], dtype=factor.dtype)
    return _solved_by_factor(one, factor, upper)
