"""Systems of equations and inverses: `linalg.solve`, `inv`, and those of tensors.

Batches of matrices by NumPy's LAPACK. A singular matrix is an error, or, in the forms that end with
`_ex`, a number in `info`.
Source: https://docs.pytorch.org/docs/stable/linalg.html
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rushlight.ops.cholesky import need_square, refuse_singular
from rushlight.ops.lu import factored
from rushlight.ops.matmul import adjoint
from rushlight.ops.op import composite, op
from rushlight.ops.returns import results
from rushlight.tensor.tensor import Array, Tensor, wrap

SolveEx = results("linalg_solve_ex", "result", "info")
InvEx = results("linalg_inv_ex", "inverse", "info")


def _each(
    by_lapack: Callable[..., Array], shape: tuple[int, ...], matrix: Array, *right: Array
) -> Array:
    """LAPACK's result; of a singular matrix nan, of the others in its batch what there is."""
    try:
        return by_lapack(matrix, *right)
    except np.linalg.LinAlgError:
        found = np.full(shape, np.nan, matrix.dtype)
        batch = shape[:-2]
        matrix = np.broadcast_to(matrix, (*batch, *matrix.shape[-2:]))
        right = tuple([np.broadcast_to(each, (*batch, *each.shape[-2:])) for each in right])
        for place in np.ndindex(batch):
            if not factored(matrix[place])[2]:
                found[place] = by_lapack(matrix[place], *[each[place] for each in right])
        return found


def _info(A: Tensor, found: Tensor) -> Tensor:
    """Which matrices are singular; looked at closely only where the result is not finite."""
    array = A._array
    if type(array) is np.ndarray and not np.isfinite(found._array).all():
        return wrap(factored(array)[2])
    return wrap(np.zeros(array.shape[:-2], np.int32))


# --- systems


def _solve_to_b(grad: Tensor, A: Tensor) -> Tensor:
    found: Tensor = _solve(adjoint(A), grad)
    return found


@op(name="_solve", method=False, face=False, node="LinalgSolveExBackward0", B=_solve_to_b,
    A=lambda grad, A, out: -_solve_to_b(grad, A) @ adjoint(out))
def _solve(A: Tensor, B: Tensor) -> Any:
    """X of A @ X = B for matrices, or batches that broadcast."""
    a, b = A._array, B._array
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return _each(np.linalg.solve, (*batch, *b.shape[-2:]), a, b)


def is_vector(A: Tensor, B: Tensor) -> bool:
    """Whether B is one vector, or one for each matrix of the batch."""
    return B.ndim == 1 or (A.ndim - 1 == B.ndim and B.shape == A.shape[:-1])


@composite(name="linalg.solve_ex", method=False, out=True, looks=True)
def solve_ex(A: Tensor, B: Tensor, *, left: bool = True, check_errors: bool = False) -> Any:
    """(X, info) of A @ X = B, of X @ A = B if not `left`; info: the first zero pivot, or 0.

    A: (..., n, n), float or complex, B: (..., n, k) or (..., n), of the same dtype; batches
    broadcast. RuntimeError for other sizes or dtypes; with `check_errors` LinAlgError for a
    singular matrix.
    """
    need_square("linalg.solve", A)
    if A.dtype is not B.dtype:
        raise RuntimeError(f"linalg.solve(): A is {A.dtype} and B {B.dtype}: they need one dtype")
    vector = is_vector(A, B)
    if vector and not left:
        raise RuntimeError("linalg.solve(): with left=False B can't be a vector")
    right = B.unsqueeze(-1) if vector else B
    if right.ndim < 2 or right.shape[-2 if left else -1] != A.shape[-1]:
        raise RuntimeError(
            f"linalg.solve(): A of {list(A.shape)} and B of {list(B.shape)} do not fit")
    found = _solve(A, right) if left else _solve(A.mT, right.mT).mT
    info = _info(A, found)
    if check_errors:
        refuse_singular("linalg.solve", info)
    return SolveEx((found.squeeze(-1) if vector else found, info))


@composite(name="linalg.solve", method=False, out=True)
def solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """X of A @ X = B, of X @ A = B if not `left`: as `solve_ex`.

    LinAlgError for a singular matrix, RuntimeError for sizes and dtypes that do not fit.
    """
    found: Tensor = solve_ex(A, B, left=left, check_errors=True)[0]
    return found


# --- inverses


@op(name="_inv", method=False, face=False, node="LinalgInvExBackward0",
    A=lambda grad, out: -adjoint(out) @ grad @ adjoint(out))
def _inv(A: Tensor) -> Any:
    return _each(np.linalg.inv, A._array.shape, A._array)


@composite(name="linalg.inv_ex", method=False, out=True, looks=True)
def inv_ex(A: Tensor, *, check_errors: bool = False) -> Any:
    """(inverse, info): as `linalg.inv`; info: the first zero pivot of a singular matrix, or 0."""
    need_square("linalg.inv", A)
    found = _inv(A)
    info = _info(A, found)
    if check_errors:
        refuse_singular("linalg.inv", info)
    return InvEx((found, info))


@composite(name="linalg.inv", method=False, out=True)
def inv(A: Tensor) -> Tensor:
    """The inverse of square matrices, (..., n, n), float or complex.

    LinAlgError for a singular one, RuntimeError for others that are no such matrices.
    """
    found: Tensor = inv_ex(A, check_errors=True)[0]
    return found


@composite(out=True)
def inverse(input: Tensor) -> Tensor:
    """`linalg.inv` under its old name."""
    found: Tensor = inv(input)
    return found


# --- of tensors, seen as matrices


@composite(name="linalg.tensorinv", method=False, out=True)
def tensorinv(A: Tensor, ind: int = 2) -> Tensor:
    """The inverse of A seen as a matrix, its first `ind` dims the rows.

    RuntimeError unless ind > 0 and these dims have as many elements as the others.
    """
    if ind <= 0:
        raise RuntimeError(f"linalg.tensorinv(): ind must be positive, it is {ind}")
    rows, columns = A.shape[:ind], A.shape[ind:]
    if math.prod(rows) != math.prod(columns):
        raise RuntimeError(
            f"linalg.tensorinv(): {list(rows)} and {list(columns)} are not as many elements")
    flat = A.reshape(math.prod(rows), math.prod(columns))
    found: Tensor = inv(flat).reshape(*columns, *rows)
    return found


@composite(name="linalg.tensorsolve", method=False, out=True)
def tensorsolve(A: Tensor, B: Tensor, dims: Sequence[int] | None = None) -> Tensor:
    """X of tensordot(A, X, X.ndim) = B; `dims` of A are moved to its end first.

    RuntimeError unless A, seen as a matrix with the rows of B, is square.
    """
    if dims is not None:
        A = A.movedim(tuple(dims), tuple(range(-len(dims), 0)))
    shape = A.shape[B.ndim :]
    if B.numel() != math.prod(shape) or A.numel() != B.numel() ** 2:
        raise RuntimeError(
            f"linalg.tensorsolve(): A of {list(A.shape)} is no square matrix over B of "
            f"{list(B.shape)}")
    found: Tensor = solve(A.reshape(B.numel(), B.numel()), B.flatten()).reshape(shape)
    return found
