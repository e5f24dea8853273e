"""Transforms of vectors and matrices: shares of 1, correlations, positive-definite matrices.

Source of the stick-breaking and correlation transforms: the Stan Reference Manual, Constraint
Transforms, https://mc-stan.org/docs/reference-manual/transforms.html
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rushlight.distributions import constraints
from rushlight.distributions import functions as f
from rushlight.distributions.elementwise_transforms import clipped_sigmoid
from rushlight.distributions.transform import Transform, same_kind
from rushlight.distributions.utils import eps, tiny, tril_matrix_to_vec, vec_to_tril_matrix
from rushlight.tensor.size import Size
from rushlight.tensor.tensor import Tensor


def _need_dims(transform: Transform, shape: Sequence[int], dims: int) -> None:
    if len(shape) < dims:
        raise ValueError(
            f"{type(transform).__name__} needs at least {dims} dim(s), the shape is {list(shape)}")


class SoftmaxTransform(Transform):
    """y = softmax(x): not bijective, but fine to optimise through. Its inverse is the logarithm."""

    domain = constraints.real_vector
    codomain = constraints.simplex
    __eq__ = same_kind
    __hash__ = None

    def _call(self, x: Any) -> Any:
        return x.softmax(-1)

    def _inverse(self, y: Any) -> Any:
        return y.log()

    def forward_shape(self, shape: Sequence[int]) -> Any:
        """The same. ValueError for a number."""
        _need_dims(self, shape, 1)
        return shape

    inverse_shape = forward_shape


class StickBreakingTransform(Transform):
    """From n numbers to n + 1 shares of 1: each says what part of the rest of a stick to take."""

    domain = constraints.real_vector
    codomain = constraints.simplex
    bijective = True
    __eq__ = same_kind
    __hash__ = None

    def _call(self, x: Any) -> Any:
        part = clipped_sigmoid(x - _log_pieces_left(x))
        rest = (1 - part).cumprod(-1)
        return f.pad(part, [0, 1], value=1) * f.pad(rest, [1, 0], value=1)

    def _inverse(self, y: Any) -> Any:
        taken = y[..., :-1]
        rest = (1 - taken.cumsum(-1)).clamp(min=tiny(y))
        return taken.log() - rest.log() + _log_pieces_left(taken)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """The sum of log(share * (1 - part))."""
        odds = x - _log_pieces_left(x)
        return (-odds + f.logsigmoid(odds) + y[..., :-1].log()).sum(-1)

    def forward_shape(self, shape: Sequence[int]) -> Any:
        """One more along the last dim."""
        _need_dims(self, shape, 1)
        return Size((*shape[:-1], shape[-1] + 1))

    def inverse_shape(self, shape: Sequence[int]) -> Any:
        """One fewer along the last dim."""
        _need_dims(self, shape, 1)
        return Size((*shape[:-1], shape[-1] - 1))


def _log_pieces_left(x: Tensor) -> Tensor:
    """log(n), log(n - 1) ... log(1) for n numbers: with these for x all shares are equal."""
    n = x.shape[-1]
    counts: Tensor = f.arange(n, 0, -1, dtype=x.dtype, device=x.device).log()
    return counts


class CorrCholeskyTransform(Transform):
    """From n (n - 1) / 2 numbers to the Cholesky factor of a correlation matrix of n rows.

    The tanh of each number is a partial correlation.
    """

    domain = constraints.real_vector
    codomain = constraints.corr_cholesky
    bijective = True

    def _call(self, x: Any) -> Any:
        away = eps(x)
        partial = vec_to_tril_matrix(x.tanh().clamp(min=-1 + away, max=1 - away), diag=-1)
        rest = (1 - partial**2).sqrt().cumprod(-1)
        partial = partial + f.eye(partial.shape[-1], dtype=x.dtype, device=x.device)
        return partial * f.pad(rest[..., :-1], [1, 0], value=1)

    def _inverse(self, y: Any) -> Any:
        rest = f.pad((1 - (y * y).cumsum(-1))[..., :-1], [1, 0], value=1)
        partial = tril_matrix_to_vec(y, diag=-1) / tril_matrix_to_vec(rest, diag=-1).sqrt()
        return (partial.log1p() - (-partial).log1p()) / 2

    def log_abs_det_jacobian(self, x: Any, y: Any, intermediates: Any = None) -> Any:
        """That of the sticks and that of the tanh."""
        rest = 1 - (y * y).cumsum(-1)
        sticks = 0.5 * tril_matrix_to_vec(rest, diag=-2).log().sum(-1)
        return sticks - 2 * (x + f.softplus(-2 * x) - math.log(2.0)).sum(-1)

    def forward_shape(self, shape: Sequence[int]) -> Any:
        """(..., n (n - 1) / 2) to (..., n, n). ValueError for other lengths."""
        _need_dims(self, shape, 1)
        entries = shape[-1]
        n = round((0.25 + 2 * entries) ** 0.5 + 0.5)
        if n * (n - 1) // 2 != entries:
            raise ValueError(f"{entries} numbers are not the lower half of any square matrix")
        return Size((*shape[:-1], n, n))

    def inverse_shape(self, shape: Sequence[int]) -> Any:
        """(..., n, n) to (..., n (n - 1) / 2). ValueError unless square."""
        _need_dims(self, shape, 2)
        if shape[-1] != shape[-2]:
            raise ValueError(f"a square matrix is needed, the shape is {list(shape)}")
        n = shape[-1]
        return Size((*shape[:-2], n * (n - 1) // 2))


class LowerCholeskyTransform(Transform):
    """From any matrix to a lower triangular one: the diagonal's exponential, zeros above it."""

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.lower_cholesky
    __eq__ = same_kind
    __hash__ = None

    def _call(self, x: Any) -> Any:
        return x.tril(-1) + x.diagonal(dim1=-2, dim2=-1).exp().diag_embed()

    def _inverse(self, y: Any) -> Any:
        return y.tril(-1) + y.diagonal(dim1=-2, dim2=-1).log().diag_embed()


class PositiveDefiniteTransform(Transform):
    """From any matrix to a positive-definite one, by way of its Cholesky factor."""

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.positive_definite
    __eq__ = same_kind
    __hash__ = None

    def _call(self, x: Any) -> Any:
        factor = LowerCholeskyTransform()(x)
        return factor @ factor.mT

    def _inverse(self, y: Any) -> Any:
        return LowerCholeskyTransform().inv(f.cholesky(y))
