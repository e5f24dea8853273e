"""Determinants: `det`, `slogdet` and `logdet`.

The derivative of det(A) is the matrix of cofactors: det(A) times the inverse where there is one,
else made of the singular vectors.
Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.slogdet.html
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.ops import solves
from rushlight.ops.cholesky import need_square
from rushlight.ops.matmul import adjoint
from rushlight.ops.op import FACE, composite, op
from rushlight.ops.returns import results
from rushlight.tensor.tensor import Tensor

Slogdet = results("linalg_slogdet", "sign", "logabsdet")


def _diagonal(values: Tensor, A: Tensor) -> Tensor:
    """The values, one for each matrix, on diagonals of the size of A."""
    found: Tensor = values[..., None, None] * FACE["eye"](A.shape[-1], dtype=A.dtype)
    return found


def _by_inverse(values: Tensor, A: Tensor) -> Tensor:
    """The values times the adjoint of the inverse of each matrix."""
    found: Tensor = solves._solve(adjoint(A), _diagonal(values, A))
    return found


def _cofactors(grad: Tensor, A: Tensor) -> Tensor:
    """The gradient of the determinant, by singular values: for singular matrices too."""
    U, S, Vh = FACE["linalg.svd"](A)
    n = S.shape[-1]
    without = FACE["eye"](n, dtype=S.dtype)  # the product of all singular values but one
    others = (S.unsqueeze(-2) * (1 - without) + without).prod(-1)
    scale = grad * (_det(U) * _det(Vh)).conj()
    found: Tensor = (U * (scale[..., None] * others).unsqueeze(-2)) @ Vh
    return found


def _det_to_a(grad: Tensor, A: Tensor, out: Tensor) -> Tensor:
    if A.shape[-1] == 1:
        return grad[..., None, None]
    if A._array.size and (np.abs(out._array) <= np.finfo(out._array.dtype).tiny).any():
        return _cofactors(grad, A)
    return _by_inverse(grad * out.conj(), A)


@op(name="_det", method=False, face=False, node="LinalgDetBackward0", A=_det_to_a)
def _det(A: Tensor) -> Any:
    return np.linalg.det(A._array)


@composite(name="linalg.det", method=False, out=True)
def linalg_det(A: Tensor) -> Tensor:
    """The determinants of square matrices, (..., n, n), float or complex.

    RuntimeError for other tensors.
    """
    need_square("linalg.det", A)
    found: Tensor = _det(A)
    return found


@composite()
def det(input: Tensor) -> Tensor:
    """`linalg.det` under its old name."""
    found: Tensor = linalg_det(input)
    return found


def _slogdet_to_a(grads: Any, A: Tensor, out: Any) -> Tensor:
    """The sign turns with the imaginary part of tr(inv(A) dA), the logarithm grows with the real.
    """
    of_sign, of_logarithm = grads
    sign, logarithm = out
    grad = FACE["zeros_like"](logarithm) if of_logarithm is None else of_logarithm
    if A.is_complex() and of_sign is not None:
        grad = FACE["complex"](grad, -(of_sign.conj() * sign).imag)
    return _by_inverse(grad, A)


@op(name="_slogdet", method=False, face=False, node="LinalgSlogdetBackward0", A=_slogdet_to_a)
def _slogdet(A: Tensor) -> Any:
    sign, logarithm = np.linalg.slogdet(A._array)
    return np.asarray(sign), np.asarray(logarithm)


@composite(name="linalg.slogdet", method=False, out=True)
def linalg_slogdet(A: Tensor) -> Any:
    """(sign, logabsdet) of square matrices: det = sign * exp(logabsdet), 0 and -inf if singular.

    RuntimeError for what is no float or complex matrix, (..., n, n).
    """
    need_square("linalg.slogdet", A)
    return Slogdet(_slogdet(A))


@composite(out=True)
def slogdet(input: Tensor) -> Any:
    """`linalg.slogdet` under its old name."""
    return linalg_slogdet(input)


@composite()
def logdet(input: Tensor) -> Tensor:
    """The logarithm of the determinant: nan for a negative one. RuntimeError as `slogdet`."""
    sign, logarithm = linalg_slogdet(input)
    if input.is_complex():
        return sign.log() + logarithm
    return FACE["where"](sign == -1, float("nan"), logarithm)
