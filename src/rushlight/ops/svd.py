"""Singular values, and what is made of them: `svd`, `svdvals`, `pinv`, `matrix_rank`, `lstsq`.

Sources: Townsend, Differentiating the singular value decomposition, 2016; Golub and Pereyra, The
differentiation of pseudo-inverses, 1973; https://docs.pytorch.org/docs/stable/linalg.html
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.ops.cholesky import need_matrices, need_square
from rushlight.ops.matmul import adjoint
from rushlight.ops.op import FACE, composite, op
from rushlight.ops.returns import results
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Array, Tensor

LinalgSvd = results("linalg_svd", "U", "S", "Vh")
Svd = results("svd", "U", "S", "V")
Lstsq = results("linalg_lstsq", "solution", "residuals", "rank", "singular_values")
_DRIVERS = ("gels", "gelsy", "gelsd", "gelss")


# --- the decomposition


def diagonal_of(matrix: Tensor) -> Tensor:
    """The diagonals, (..., n)."""
    return matrix.diagonal(0, -2, -1)


def without_diagonal(differences: Tensor) -> Tensor:
    """The matrices with ones on the diagonal, where they hold zeros: to divide by."""
    found: Tensor = differences + FACE["eye"](differences.shape[-1], dtype=differences.dtype)
    return found


def close_to_zero(values: Tensor) -> bool:
    """Whether a phase that must not matter does not, within 1%."""
    return bool((np.abs(values._array) <= 1e-2).all())


def _to_input(grads: Any, out: Any) -> Tensor:
    U, S, Vh = out
    k = S.shape[-1]
    to_u, to_s, to_v = grads
    U, Vh = U[..., :k], Vh[..., :k, :]
    if to_u is None and to_v is None:
        return (U * to_s.unsqueeze(-2)) @ Vh
    squares = S * S
    gaps = without_diagonal(squares.unsqueeze(-2) - squares.unsqueeze(-1))
    inner: Any = None
    products: list[Any] = []
    if to_u is not None:
        to_u = to_u[..., :k]
        left = adjoint(U) @ to_u
        products.append(left)
        inner = (left - adjoint(left)) / gaps * S.unsqueeze(-2)
    if to_v is not None:
        to_v = to_v[..., :k, :]
        right = Vh @ adjoint(to_v)
        products.append(right)
        part = S.unsqueeze(-1) * ((right - adjoint(right)) / gaps)
        inner = part if inner is None else inner + part
    if to_s is not None:
        inner = inner + FACE["diag_embed"](to_s)
    if U.is_complex():
        phase = sum([diagonal_of(each).imag for each in products])
        if not close_to_zero(phase):
            raise RuntimeError(
                "svd: singular vectors of complex matrices are only known up to a phase, and this "
                "loss depends on it: it has no gradient")
        if len(products) == 2:
            turned = diagonal_of(left - adjoint(left)) / (2 * S)
            inner = inner + FACE["diag_embed"](turned)
    if to_u is not None and U.shape[-2] > k:
        beyond = to_u / S.unsqueeze(-2)
        return (U @ inner + beyond - U @ (adjoint(U) @ beyond)) @ Vh
    if to_v is not None and Vh.shape[-1] > k:
        beyond = to_v / S.unsqueeze(-1)
        return U @ (inner @ Vh + beyond - beyond @ adjoint(Vh) @ Vh)
    return U @ inner @ Vh


@op(name="_linalg_svd", method=False, face=False, node="LinalgSvdBackward0", A=_to_input)
def _svd(A: Tensor, full_matrices: bool) -> Any:
    array = A._array
    m, n = array.shape[-2:]
    if array.size == 0:  # LAPACK's answer has no columns
        k, batch = min(m, n), array.shape[:-2]
        rows, columns = (m, n) if full_matrices else (k, k)
        u, v = (np.broadcast_to(np.eye(*each, dtype=array.dtype), (*batch, *each)).copy()
                for each in ((m, rows), (columns, n)))
        return u, np.zeros((*batch, k), array.real.dtype), v
    return tuple(np.linalg.svd(array, full_matrices))


@composite(name="linalg.svd", method=False, out=True)
def linalg_svd(A: Tensor, full_matrices: bool = True, *, driver: str | None = None) -> Any:
    """(U, S, Vh) of A = U @ diag(S) @ Vh, S from the largest down.

    A: (..., m, n), float or complex. full_matrices: U and Vh are square. RuntimeError for other
    tensors, for a `driver` (they are CUDA's), and in backward where the loss depends on a phase.
    """
    need_matrices("linalg.svd", A)
    _no_driver("linalg.svd", driver)
    return LinalgSvd(_svd(A, full_matrices))


def _no_driver(name: str, driver: str | None) -> None:
    if driver is not None:
        raise RuntimeError(f"{name}(): a driver ({driver!r}) is for CUDA only")


@op(name="_linalg_svdvals", method=False, face=False, node="LinalgSvdBackward0",
    A=lambda grad, A: _to_input((None, grad, None), _svd(A, False)))
def _svdvals(A: Tensor) -> Any:
    if A._array.size == 0:
        return np.zeros((*A.shape[:-2], min(A.shape[-2:])), A._array.real.dtype)
    return np.linalg.svd(A._array, compute_uv=False)


@composite(name="linalg.svdvals", method=False, out=True)
def svdvals(A: Tensor, *, driver: str | None = None) -> Tensor:
    """The singular values, (..., min(m, n)), from the largest down. RuntimeError as `svd`."""
    need_matrices("linalg.svdvals", A)
    _no_driver("linalg.svdvals", driver)
    found: Tensor = _svdvals(A)
    return found


@composite(out=True, looks=True)
def svd(input: Tensor, some: bool = True, compute_uv: bool = True) -> Any:
    """(U, S, V) of input = U @ diag(S) @ V.mH: `linalg.svd` of old.

    some: only as many columns as there are singular values. compute_uv=False: U and V are zeros.
    """
    need_matrices("svd", input)
    if not compute_uv:
        *batch, m, n = input.shape
        U, V = (FACE["zeros"](*batch, k, k, dtype=input.dtype) for k in (m, n))
        return Svd((U, _svdvals(input), V))
    U, S, Vh = _svd(input, not some)
    return Svd((U, S, Vh.mH))


# --- the pseudo-inverse, and what counts as zero


def _number(value: Any) -> Any:
    """A tolerance as an array that meets singular values: a number, or one for each matrix."""
    return value._array[..., None] if isinstance(value, Tensor) else value


def _cut(name: str, values: Array, shape: tuple[int, ...], atol: Any, rtol: Any) -> Array:
    """Which singular values count, of matrices of this shape."""
    for each in (atol, rtol):
        if isinstance(each, Tensor) and each.is_complex():
            raise RuntimeError(f"{name}(): a tolerance is real, not {each.dtype}")
    if rtol is None:
        given = atol is not None
        usual = max(shape[-2:]) * np.finfo(values.dtype).eps
        rtol = np.where(_number(atol) > 0, 0, usual) if given else usual
    largest = np.max(values, -1, keepdims=True, initial=0)
    tolerance = np.maximum(0 if atol is None else _number(atol), _number(rtol) * largest)
    found: Array = values > tolerance
    return found


def _pinv_to_a(grad: Tensor, A: Tensor, out: Tensor) -> Tensor:
    turned, to_a = adjoint(out), adjoint(grad)
    found: Tensor
    if A.shape[-2] <= A.shape[-1]:
        k = to_a @ out
        right = k @ turned
        found = (-adjoint(out @ k) + right - A @ out @ right + turned @ out @ (to_a - k @ A))
    else:
        k = out @ to_a
        left = turned @ k
        found = -adjoint(k @ out) + (to_a - A @ k) @ out @ turned + left - left @ out @ A
    return found


@op(name="_linalg_pinv", method=False, face=False, node="LinalgPinvBackward0", A=_pinv_to_a)
def _pinv(A: Tensor, atol: Any, rtol: Any, hermitian: bool) -> Any:
    array = A._array
    if array.size == 0:
        return np.zeros((*array.shape[:-2], *array.shape[:-3:-1]), array.dtype)
    if hermitian:
        values, u = np.linalg.eigh(array)
        sizes, right = np.abs(values), u.swapaxes(-1, -2).conj()
    else:
        u, values, right = np.linalg.svd(array, False)
        sizes = values
        u, right = right.swapaxes(-1, -2).conj(), u.swapaxes(-1, -2).conj()
    counts = _cut("linalg.pinv", sizes, array.shape, atol, rtol)
    inverse = np.where(counts, 1 / np.where(counts, values, 1), 0).astype(values.dtype)
    return (u * inverse[..., None, :]) @ right


@composite(name="linalg.pinv", method=False, out=True)
def pinv(
    A: Tensor, rcond: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None
) -> Tensor:
    """The Moore-Penrose inverse, (..., n, m), of matrices (..., m, n), float or complex.

    Singular values of at most max(atol, rtol * the largest) count as zero; rtol is max(m, n) times
    the dtype's eps if neither is given. hermitian: only the lower half is read. RuntimeError for
    other tensors.
    """
    need_matrices("linalg.pinv", A)
    if hermitian:
        need_square("linalg.pinv", A)
    found: Tensor = _pinv(A, atol, rcond if rtol is None else rtol, hermitian)
    return found


@composite()
def pinverse(input: Tensor, rcond: float = 1e-15) -> Tensor:
    """`linalg.pinv` under its old name."""
    found: Tensor = pinv(input, rcond)
    return found


@composite(name="linalg.matrix_rank", method=False, out="cast", looks=True)
def matrix_rank(
    A: Tensor, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None
) -> Tensor:
    """How many singular values count (see `pinv`), int64. RuntimeError as `pinv`."""
    array = need_matrices("linalg.matrix_rank", A)
    if hermitian:
        need_square("linalg.matrix_rank", A)
    if tol is not None:
        atol, rtol = tol, 0
    if array.size == 0:
        return FACE["zeros"](A.shape[:-2], dtype=dtypes.int64)
    values = np.abs(np.linalg.eigvalsh(array)) if hermitian else np.linalg.svd(
        array, compute_uv=False)
    counts = _cut("linalg.matrix_rank", values, array.shape, atol, rtol)
    return FACE["from_numpy"](np.asarray(counts.sum(-1)))


@composite(name="linalg.lstsq", method=False, out=True, looks=True)
def lstsq(A: Tensor, B: Tensor, rcond: Any = None, *, driver: str | None = None) -> Any:
    """(solution, residuals, rank, singular_values): X that makes ||A @ X - B|| least.

    A: (..., m, n), B: (..., m, k) or (..., m), of one dtype. rcond: singular values of at most
    rcond times the largest count as zero. driver: "gelsy", "gelsd", "gelss", or "gels", which takes
    every A for one of full rank; residuals, ranks and singular values are empty where LAPACK's
    driver gives none. RuntimeError for dtypes and sizes that do not fit, and other drivers.
    """
    array = need_matrices("linalg.lstsq", A)
    driver = driver or "gelsy"
    if driver not in _DRIVERS:
        raise RuntimeError(
            f"linalg.lstsq(): driver is one of {', '.join(_DRIVERS)}, not {driver!r}")
    if B.dtype is not A.dtype:
        raise RuntimeError(f"linalg.lstsq(): A is {A.dtype} and B {B.dtype}: they need one dtype")
    if B.ndim == 0:
        raise RuntimeError("linalg.lstsq(): B needs at least one dim")
    vector = A.ndim - 1 == B.ndim and B.shape == A.shape[:-1]
    right = B.unsqueeze(-1) if vector else B
    if right.ndim < 2 or right.shape[-2] != A.shape[-2]:
        raise RuntimeError(
            f"linalg.lstsq(): A of {list(A.shape)} and B of {list(B.shape)} do not fit")
    m, n = A.shape[-2:]
    cut = max(m, n) * np.finfo(array.dtype).eps if rcond is None else rcond
    found = _pinv(A, None, cut, False) @ right
    residuals = (found.real if A.is_complex() else found).flatten()[:0]
    rank, values = FACE["empty"](0, dtype=dtypes.int64), residuals.detach()
    if driver != "gels":
        rank = matrix_rank(A.detach(), rtol=cut)
    if driver in ("gelsd", "gelss"):
        values = _svdvals(A.detach())
    full = driver == "gels" or bool((rank == n).all())
    if m > n and full and driver != "gelsy":
        off = A @ found - right
        residuals = (off * off.conj()).real.sum(-2) if A.is_complex() else (off * off).sum(-2)
    return Lstsq((found.squeeze(-1) if vector else found, residuals, rank, values))
