"""Functions of matrices that solve nothing: `matrix_exp`, `linalg.vander`, `linalg.diagonal`.

Sources: Higham, The scaling and squaring method for the matrix exponential revisited, 2005;
https://docs.pytorch.org/docs/stable/generated/torch.linalg.matrix_exp.html
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.ops.matmul import adjoint
from rushlight.ops.op import FACE, composite, op
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Array, Tensor

# exp(A) is (V + U) / (V - U) up to these powers where the 1-norm of A is at most _BOUND.
_PADE = (
    64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000,
    10559470521600, 670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1)
_BOUND = 4.25


def _exponential(a: Array) -> Array:
    norm = np.abs(a).sum(-2).max(-1, initial=0)
    with np.errstate(divide="ignore"):
        halvings = np.maximum(0, np.ceil(np.log2(norm / _BOUND)))
    halvings = np.where(np.isfinite(halvings), halvings, 0).astype(int)
    a = a / (2.0**halvings)[..., None, None].astype(a.real.dtype)
    b, one = _PADE, np.eye(a.shape[-1], dtype=a.dtype)
    a2 = a @ a
    a4 = a2 @ a2
    a6 = a2 @ a4
    u = a @ (a6 @ (b[13] * a6 + b[11] * a4 + b[9] * a2)
             + b[7] * a6 + b[5] * a4 + b[3] * a2 + b[1] * one)
    v = (a6 @ (b[12] * a6 + b[10] * a4 + b[8] * a2)
         + b[6] * a6 + b[4] * a4 + b[2] * a2 + b[0] * one)
    found = np.linalg.solve(v - u, v + u)
    for k in range(halvings.max(initial=0)):
        found = np.where((halvings > k)[..., None, None], found @ found, found)
    return found


def _to_input(grad: Tensor, A: Tensor) -> Tensor:
    """The upper right of the exponential of [[A.mH, grad], [0, A.mH]]."""
    n, turned = A.shape[-1], adjoint(A)
    cat = FACE["cat"]
    whole = cat([cat([turned, grad], -1), cat([FACE["zeros_like"](A), turned], -1)], -2)
    found: Tensor = matrix_exp(whole)
    return found[..., :n, n:]


@op(name="matrix_exp", node="LinalgMatrixExpBackward0", aliases=("linalg.matrix_exp",), A=_to_input)
def matrix_exp(A: Tensor) -> Any:
    """I + A + A @ A / 2 + ...: the exponential of square matrices, (..., n, n), float or complex.

    RuntimeError for other tensors.
    """
    array = A._array
    if array.ndim < 2 or array.shape[-1] != array.shape[-2] or A.dtype.category < dtypes.FLOATING:
        raise RuntimeError(
            "matrix_exp(): a square matrix or a batch of them is needed, float or complex, not "
            f"{list(array.shape)} of {A.dtype}")
    wide = np.complex128 if array.dtype.kind == "c" else np.float64  # squaring doubles each error
    return _exponential(array.astype(wide)).astype(array.dtype, copy=False)


@composite(name="linalg.vander", method=False)
def linalg_vander(x: Tensor, *, N: int | None = None) -> Tensor:
    """The powers 0 to N - 1 (as many as x is long) of each element: (..., n, N).

    RuntimeError for bool and for N <= 1.
    """
    if x.dtype.category == dtypes.BOOL:
        raise RuntimeError("linalg.vander(): x can't be bool")
    x = x.reshape(1) if x.ndim == 0 else x
    count = x.shape[-1] if N is None else N
    if N is not None and N <= 1:
        raise RuntimeError(f"linalg.vander(): N must be greater than 1, it is {N}")
    steps = x.unsqueeze(-1).expand(*x.shape, max(count - 1, 0)).cumprod(-1)
    first = FACE["ones"](*x.shape, 1, dtype=steps.dtype, device=x.device)
    found: Tensor = FACE["cat"]([first, steps], -1)
    return found


@composite(name="linalg.diagonal", method=False)
def linalg_diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The diagonals of matrices, a view: `diagonal` over the last two dims."""
    found: Tensor = A.diagonal(offset, dim1, dim2)
    return found
