"""What many distributions need: parameters of one shape, probabilities and logits, lazy values."""

from __future__ import annotations

import functools
import numbers
from collections.abc import Callable, Sequence
from typing import Any

from rushlight.autograd.modes import enable_grad
from rushlight.distributions import functions as f
from rushlight.tensor.dtypes import finfo, get_default_dtype
from rushlight.tensor.tensor import Tensor

euler_constant = 0.57721566490153286060

__all__ = [
    "broadcast_all", "clamp_probs", "lazy_property", "logits_to_probs", "probs_to_logits",
    "tril_matrix_to_vec", "vec_to_tril_matrix",
]


def broadcast_all(*values: Any) -> tuple[Tensor, ...]:
    """Tensors of one shape from tensors and numbers.

    Numbers take the dtype of the first tensor, or the default one if there is none. ValueError for
    anything that is neither.
    """
    for each in values:
        if not isinstance(each, (Tensor, numbers.Number)):
            raise ValueError(
                f"parameters must be Tensors or numbers, and {type(each).__name__} is neither")
    first = next((each for each in values if isinstance(each, Tensor)), None)
    dtype = get_default_dtype() if first is None else first.dtype
    return tuple(f.broadcast_tensors(*[
        each if isinstance(each, Tensor) else f.tensor(each, dtype=dtype) for each in values]))


def _standard_normal(shape: Sequence[int], dtype: Any, device: Any) -> Tensor:
    """Normal numbers of mean 0 and variance 1."""
    drawn: Tensor = f.empty(tuple(shape), dtype=dtype, device=device).normal_()
    return drawn


def _sum_rightmost(value: Tensor, dim: int) -> Tensor:
    """The sum over the last `dim` dims."""
    if dim == 0:
        return value
    summed: Tensor = value.reshape((*value.shape[: value.ndim - dim], -1)).sum(-1)
    return summed


def tiny(like: Tensor) -> float:
    """The smallest normal number of a tensor's dtype."""
    return finfo(like.dtype).tiny


def eps(like: Tensor) -> float:
    """From 1 to the next number of a tensor's dtype."""
    return finfo(like.dtype).eps


def clamp_probs(probs: Tensor) -> Tensor:
    """Probabilities at least the dtype's eps away from 0 and 1, so that logarithms are finite."""
    away = eps(probs)
    clamped: Tensor = probs.clamp(min=away, max=1 - away)
    return clamped


def logits_to_probs(logits: Tensor, is_binary: bool = False) -> Tensor:
    """Sigmoids of log-odds, or the softmax along the last dim of unnormalised logarithms."""
    probs: Tensor = logits.sigmoid() if is_binary else logits.softmax(-1)
    return probs


def probs_to_logits(probs: Tensor, is_binary: bool = False) -> Tensor:
    """The log-odds of probabilities, or their logarithms."""
    clamped = clamp_probs(probs)
    logits: Tensor = clamped.log()
    return logits - (-clamped).log1p() if is_binary else logits


class lazy_property:
    """A method whose value is computed at the first look and is an attribute from then on."""

    def __init__(self, wrapped: Callable[[Any], Any]) -> None:
        self.wrapped = wrapped
        functools.update_wrapper(self, wrapped)  # type: ignore[arg-type]

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        with enable_grad():
            value = self.wrapped(instance)
        setattr(instance, self.wrapped.__name__, value)
        return value


def tril_matrix_to_vec(mat: Tensor, diag: int = 0) -> Tensor:
    """The entries on and below a diagonal, row by row: (..., n, n) to (..., entries).

    ValueError for a diagonal that the matrix does not have.
    """
    n = mat.shape[-1]
    if not -n <= diag < n:
        raise ValueError(f"diag must be from {-n} to {n - 1} for {n} rows, not {diag}")
    rows, columns = f.tril_indices(n, n, diag)
    taken: Tensor = mat[..., rows, columns]
    return taken


def vec_to_tril_matrix(vec: Tensor, diag: int = 0) -> Tensor:
    """The inverse of `tril_matrix_to_vec`: zero above the diagonal.

    ValueError for a number of entries that no such matrix has.
    """
    entries = vec.shape[-1]
    # n (n + 1) / 2 entries for the main diagonal, and diag more in all but the outermost rows.
    odd = 1 + 2 * diag
    n = (-odd + (odd**2 + 8 * entries + 4 * abs(diag) * (diag + 1)) ** 0.5) / 2
    if abs(round(n) - n) > 1e-9:
        raise ValueError(
            f"{entries} entries do not fill the lower half of a matrix with diag={diag}")
    size = round(n)
    matrix = f.zeros((*vec.shape[:-1], size, size), dtype=vec.dtype, device=vec.device)
    rows, columns = f.tril_indices(size, size, diag)
    matrix[..., rows, columns] = vec
    filled: Tensor = matrix
    return filled
