"""A = Q @ R with orthonormal columns in Q: `qr`, and Householder's reflections that it is made of.

Sources: Golub and Van Loan, Matrix Computations, 5.2; Roberts and Roberts, QR and LQ decomposition
matrix backpropagation algorithms, 2020;
https://docs.pytorch.org/docs/stable/generated/torch.linalg.qr.html
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.ops.cholesky import need_matrices, solve_triangular
from rushlight.ops.matmul import adjoint
from rushlight.ops.op import FACE, composite, op
from rushlight.ops.returns import results
from rushlight.ops.svd import diagonal_of
from rushlight.tensor.tensor import Tensor

LinalgQr = results("linalg_qr", "Q", "R")
Qr = results("qr", "Q", "R")
Geqrf = results("geqrf", "a", "tau")


def _mirrored(matrix: Tensor) -> Tensor:
    """The upper half and its adjoint below it, real on the diagonal."""
    upper = matrix.triu()
    both = upper + adjoint(upper)
    found: Tensor = both - FACE["diag_embed"](diagonal_of(both) / 2)
    return found


def _square_to_a(to_q: Any, to_r: Any, Q: Tensor, R: Tensor) -> Tensor:
    """Of A with no more columns than rows."""
    inner: Any = 0 if to_r is None else to_r @ adjoint(R)
    inner = inner if to_q is None else inner - adjoint(Q) @ to_q
    found = Q @ _mirrored(inner)
    found = found if to_q is None else found + to_q
    return solve_triangular(adjoint(R), found, upper=False, left=False)


def _to_a(grads: Any, A: Tensor, mode: str, out: Any) -> Tensor:
    to_q, to_r = grads
    m, n = A.shape[-2:]
    if mode == "r":
        raise RuntimeError(
            'linalg.qr: mode="r" does not compute Q, which the gradient needs: use "reduced"')
    if mode == "complete" and m > n:
        raise RuntimeError(
            'linalg.qr: mode="complete" has no gradient for more rows than columns: use "reduced"')
    Q, R = out
    if m >= n:
        return _square_to_a(to_q, to_r, Q, R)
    if to_r is None:
        first = _square_to_a(to_q, None, Q, R[..., :m])
        rest = FACE["zeros_like"](A[..., m:])
    else:
        beyond = A[..., m:] @ adjoint(to_r[..., m:])
        first = _square_to_a(
            beyond if to_q is None else to_q + beyond, to_r[..., :m], Q, R[..., :m])
        rest = Q @ to_r[..., m:]
    return FACE["cat"]([first, rest], -1)


@op(name="_linalg_qr", method=False, face=False, node="LinalgQrBackward0", A=_to_a)
def _qr(A: Tensor, mode: str) -> Any:
    if mode == "r":
        return np.zeros(0, A._array.dtype), np.linalg.qr(A._array, "r")
    return tuple(np.linalg.qr(A._array, mode))  # type: ignore[call-overload]


@composite(name="linalg.qr", method=False, out=True)
def linalg_qr(A: Tensor, mode: str = "reduced") -> Any:
    """(Q, R) of A = Q @ R: Q (..., m, k) with orthonormal columns, R (..., k, n) upper triangular.

    A: (..., m, n), float or complex. mode: "reduced", k is min(m, n); "complete", k is m; "r", Q is
    empty. RuntimeError for other tensors and modes, and in backward where the mode allows none.
    """
    need_matrices("linalg.qr", A)
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(f'linalg.qr(): mode is "reduced", "complete" or "r", not {mode!r}')
    return LinalgQr(_qr(A, mode))


@composite(out=True)
def qr(input: Tensor, some: bool = True) -> Any:
    """`linalg.qr` of old: "reduced", or "complete" if not `some`."""
    return Qr(linalg_qr(input, "reduced" if some else "complete"))


# --- reflections I - tau v v.mH, v with zeros, a one, and then what is below A's diagonal


def _reflectors(name: str, A: Tensor, tau: Tensor) -> tuple[Tensor, int]:
    """The v, in columns, and how many there are."""
    need_matrices(name, A)
    m, n = A.shape[-2:]
    k = tau.shape[-1] if tau.ndim else -1
    if not 0 <= k <= n or tau.shape[:-1] != A.shape[:-2] or tau.dtype is not A.dtype:
        raise RuntimeError(
            f"{name}(): tau must be {[*A.shape[:-2], n]} (or fewer in the last dim) of {A.dtype}, "
            f"it is {list(tau.shape)} of {tau.dtype}")
    return A.tril(-1)[..., :k] + FACE["eye"](m, k, dtype=A.dtype), k


def _reflected(v: Tensor, tau: Tensor, i: int, C: Tensor, left: bool, turned: bool) -> Tensor:
    """H_i @ C, or C @ H_i; `turned`: of H_i.mH."""
    column, scale = v[..., i : i + 1], tau[..., i, None, None]
    scale = scale.conj() if turned else scale
    found: Tensor
    if left:
        found = C - (scale * column) @ (adjoint(column) @ C)
    else:
        found = C - (C @ column) @ (scale * adjoint(column))
    return found


@composite(name="linalg.householder_product", method=False, out=True, aliases=("orgqr",),
           looks=True)
def householder_product(A: Tensor, tau: Tensor) -> Tensor:
    """The first n columns of H_1 @ ... @ H_k, what `geqrf` keeps of Q.

    A: (..., m, n), m >= n; tau: (..., k), k <= n. RuntimeError for other sizes or dtypes.
    """
    v, k = _reflectors("linalg.householder_product", A, tau)
    m, n = A.shape[-2:]
    if m < n:
        raise RuntimeError(
            f"linalg.householder_product(): A needs no fewer rows than columns, it is {m} x {n}")
    found: Tensor = FACE["eye"](m, n, dtype=A.dtype).expand(A.shape)
    if k == 0:
        found = found + (v @ adjoint(v))[..., :n]  # nothing, but part of the graph
    for i in range(k - 1, -1, -1):
        found = _reflected(v, tau, i, found, True, False)
    return found


Tensor.orgqr = householder_product  # type: ignore[attr-defined]


@composite(out=True, looks=True)
def ormqr(
    input: Tensor, tau: Tensor, other: Tensor, left: bool = True, transpose: bool = False
) -> Tensor:
    """Q @ other, or other @ Q if not `left`, with Q.mH for Q if `transpose`; Q as `geqrf` keeps it.

    input: (..., m, k), tau: (..., k), other: (..., m, n), or (..., n, m). RuntimeError for sizes
    that do not fit.
    """
    v, k = _reflectors("ormqr", input, tau)
    if other.ndim < 2 or other.shape[-2 if left else -1] != input.shape[-2]:
        raise RuntimeError(
            f"ormqr(): input of {list(input.shape)} and other of {list(other.shape)} do not fit")
    steps = range(k - 1, -1, -1) if left != transpose else range(k)
    for i in steps:
        other = _reflected(v, tau, i, other, left, transpose)
    return other


@composite(out=True, looks=True)
def geqrf(input: Tensor) -> Any:
    """(a, tau): R on and above the diagonal of a, the reflections that make Q below it and in tau.

    input: (..., m, n), float or complex. RuntimeError for other tensors.
    """
    array = need_matrices("geqrf", input)
    packed, tau = np.linalg.qr(array, "raw")
    return Geqrf(map(FACE["from_numpy"], (packed.swapaxes(-1, -2), tau)))
