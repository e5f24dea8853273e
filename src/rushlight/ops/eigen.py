"""Eigenvalues and eigenvectors: `eigh` of Hermitian matrices, `eig` of any.

Source: Giles, Collected matrix derivative results for forward and reverse mode algorithmic
differentiation, 2008; https://docs.pytorch.org/docs/stable/generated/torch.linalg.eigh.html
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.ops import solves
from rushlight.ops.cholesky import LinAlgError, need_square
from rushlight.ops.matmul import adjoint
from rushlight.ops.op import FACE, composite, op
from rushlight.ops.returns import results
from rushlight.ops.svd import close_to_zero, diagonal_of, without_diagonal
from rushlight.tensor.tensor import Array, Tensor

Eig = results("linalg_eig", "eigenvalues", "eigenvectors")
Eigh = results("linalg_eigh", "eigenvalues", "eigenvectors")


def _need_no_phase(name: str, diagonal: Tensor) -> None:
    if diagonal.is_complex() and not close_to_zero(diagonal.imag):
        raise RuntimeError(
            f"{name}: complex eigenvectors are only known up to a phase, and this loss depends on "
            "it: it has no gradient")


def _in_eigenbasis(to_values: Any, off: Tensor, values: Tensor) -> Tensor:
    """`off` over the differences of the eigenvalues; the gradients of these on the diagonal."""
    gaps = without_diagonal(values.unsqueeze(-2) - values.unsqueeze(-1))
    one = FACE["eye"](values.shape[-1], dtype=values.dtype)
    found: Tensor = off / (gaps.conj() if gaps.is_complex() else gaps) * (1 - one)
    return found if to_values is None else found + FACE["diag_embed"](to_values)


# --- Hermitian matrices


def _eigh_to_a(grads: Any, out: Any) -> Tensor:
    to_values, to_vectors = grads
    values, V = out
    if to_vectors is None:
        return (V * to_values.unsqueeze(-2)) @ adjoint(V)
    off = adjoint(V) @ to_vectors
    _need_no_phase("linalg.eigh", diagonal_of(off))
    off = (off - adjoint(off)) / 2  # orthonormal vectors can only turn
    return V @ _in_eigenbasis(to_values, off, values) @ adjoint(V)


@op(name="_linalg_eigh", method=False, face=False, node="LinalgEighBackward0", A=_eigh_to_a)
def _eigh(A: Tensor, UPLO: Any) -> Any:
    return tuple(np.linalg.eigh(A._array, UPLO))


@op(name="_linalg_eigvalsh", method=False, face=False, node="LinalgEighBackward0",
    A=lambda grad, A, UPLO: _eigh_to_a((grad, None), _eigh(A, UPLO)))
def _eigvalsh(A: Tensor, UPLO: Any) -> Any:
    return np.linalg.eigvalsh(A._array, UPLO)


def _half(name: str, UPLO: str) -> Any:
    if str(UPLO).upper() not in ("L", "U"):
        raise RuntimeError(f'{name}(): UPLO is "L" or "U", the half that is read, not {UPLO!r}')
    return UPLO.upper()


@composite(name="linalg.eigh", method=False, out=True)
def eigh(A: Tensor, UPLO: str = "L") -> Any:
    """(eigenvalues, eigenvectors) of Hermitian matrices: real values in rising order, vectors in
    columns.

    A: (..., n, n), float or complex, of which one half is read. RuntimeError for other tensors, and
    in backward where the loss depends on a vector's phase.
    """
    need_square("linalg.eigh", A)
    return Eigh(_eigh(A, _half("linalg.eigh", UPLO)))


@composite(name="linalg.eigvalsh", method=False, out=True)
def eigvalsh(A: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues of Hermitian matrices, in rising order. RuntimeError as `eigh`."""
    need_square("linalg.eigvalsh", A)
    found: Tensor = _eigvalsh(A, _half("linalg.eigvalsh", UPLO))
    return found


# --- any matrices


def _eig_to_a(grads: Any, A: Tensor, out: Any) -> Tensor:
    to_values, to_vectors = grads
    values, V = out
    turned = adjoint(V)
    if to_vectors is None:
        inner = FACE["diag_embed"](to_values)
    else:
        off = turned @ to_vectors
        along = diagonal_of(off)
        _need_no_phase("linalg.eig", along)
        off = off - turned @ (V * along.real.unsqueeze(-2))
        inner = _in_eigenbasis(to_values, off, values)
    found: Tensor = solves._solve(turned, inner @ turned)
    return found if A.is_complex() else found.real


def _finite(name: str, array: Array) -> Array:
    if not np.isfinite(array).all():
        raise RuntimeError(f"{name}(): the matrix holds inf or nan")
    return array


@op(name="_linalg_eig", method=False, face=False, node="LinalgEigBackward0", A=_eig_to_a)
def _eig(A: Tensor) -> Any:
    array = _finite("linalg.eig", A._array)
    try:
        found = np.linalg.eig(array)
    except np.linalg.LinAlgError:
        raise LinAlgError("linalg.eig(): the eigenvalues did not converge") from None
    wide = np.result_type(array, np.complex64)
    return tuple([each.astype(wide, copy=False) for each in found])


@composite(name="linalg.eig", method=False, out=True)
def eig(A: Tensor) -> Any:
    """(eigenvalues, eigenvectors) of square matrices, complex, in no order; vectors in columns, of
    length 1.

    A: (..., n, n), float or complex. RuntimeError for other tensors, for inf and nan, and in
    backward where the loss depends on a vector's phase.
    """
    need_square("linalg.eig", A)
    return Eig(_eig(A))


@composite(name="linalg.eigvals", method=False, out=True)
def eigvals(A: Tensor) -> Tensor:
    """The eigenvalues of square matrices, complex, in no order. RuntimeError as `eig`."""
    need_square("linalg.eigvals", A)
    found: Tensor = _eig(A)[0]
    return found
