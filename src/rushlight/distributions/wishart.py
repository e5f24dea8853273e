"""The Wishart distribution: covariance matrices of normal vectors.

Source: https://en.wikipedia.org/wiki/Wishart_distribution (Bartlett decomposition, entropy)
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

from rushlight.autograd.modes import is_grad_enabled
from rushlight.distributions import constraints
from rushlight.distributions import functions as f
from rushlight.distributions.chi2 import Chi2
from rushlight.distributions.exp_family import ExponentialFamily
from rushlight.distributions.multivariate_normal import ScaleMatrix, half_log_det
from rushlight.tensor.size import Size
from rushlight.tensor.tensor import Tensor

__all__ = ["Wishart"]


def _multivariate_digamma(x: Tensor, p: int) -> Tensor:
    """The derivative of mvlgamma."""
    return f.digamma(x.unsqueeze(-1) - f.arange(p, dtype=x.dtype) / 2).sum(-1)


def _trace(matrix: Tensor) -> Tensor:
    return matrix.diagonal(dim1=-2, dim2=-1).sum(-1)


class Wishart(ScaleMatrix, ExponentialFamily):
    """x.mT @ x for `df` rows x of normal vectors of a covariance (..., n, n).

    df: any number above n - 1. The covariance is given as covariance_matrix, its inverse
    precision_matrix, or its Cholesky factor scale_tril.
    """

    support = constraints.positive_definite
    has_rsample = True
    _mean_carrier_measure = 0

    @property
    def arg_constraints(self) -> dict[str, constraints.Constraint]:
        """df above n - 1, and a matrix."""
        return {
            "covariance_matrix": constraints.positive_definite,
            "precision_matrix": constraints.positive_definite,
            "scale_tril": constraints.lower_cholesky,
            "df": constraints.greater_than(self._event_shape[-1] - 1),
        }

    def __init__(
        self, df: Any, covariance_matrix: Tensor | None = None,
        precision_matrix: Tensor | None = None, scale_tril: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        matrix = self._take_matrix(covariance_matrix, precision_matrix, scale_tril)
        n = matrix.shape[-1]
        df = df if isinstance(df, Tensor) else f.tensor(df, dtype=matrix.dtype)
        batch = f.broadcast_shapes(df.shape, matrix.shape[:-2])
        self.df = df.expand(batch)
        if (self.df <= n - 1).any():
            raise ValueError(f"Wishart: df must be above n - 1 = {n - 1}, but it is\n{self.df}")
        setattr(self, self._given, matrix.expand((*batch, *matrix.shape[-2:])))
        self._batch_shape, self._event_shape = Size(batch), Size(matrix.shape[-2:])
        super().__init__(batch, matrix.shape[-2:], validate_args=validate_args)
        if (self.df < n).any():
            warnings.warn(
                f"Wishart: samples for df below n = {n} may be singular", stacklevel=2)
        self._unbroadcasted_scale_tril = self._factor(matrix)

    def _chi2(self) -> Chi2:
        """The squares on the diagonal of Bartlett's factor."""
        n = self._event_shape[-1]
        return Chi2(self.df.unsqueeze(-1) - f.arange(n, dtype=self.df.dtype), validate_args=False)

    @property
    def mean(self) -> Tensor:
        """df times the covariance."""
        return self.df.reshape((*self._batch_shape, 1, 1)) * self.covariance_matrix

    @property
    def mode(self) -> Tensor:
        """(df - n - 1) times the covariance; nan unless df > n + 1."""
        factor = self.df - self._event_shape[-1] - 1
        factor = factor.masked_fill(factor <= 0, math.nan)
        return factor.reshape((*self._batch_shape, 1, 1)) * self.covariance_matrix

    @property
    def variance(self) -> Tensor:
        """df times (v_ij**2 + v_ii v_jj) for the covariance v."""
        v = self.covariance_matrix
        diagonal = v.diagonal(dim1=-2, dim2=-1)
        products = diagonal.unsqueeze(-1) * diagonal.unsqueeze(-2)
        return self.df.reshape((*self._batch_shape, 1, 1)) * (v.pow(2) + products)

    def _draw(self, sample_shape: Sequence[int]) -> Tensor:
        """Bartlett: a triangular factor with chi on the diagonal, normal numbers below."""
        shape = self._extended_shape(sample_shape)
        n = self._event_shape[-1]
        noise = self._chi2().rsample(sample_shape).sqrt().diag_embed(dim1=-2, dim2=-1)
        rows, columns = f.tril_indices(n, n, -1)
        below = f.zeros(shape, dtype=noise.dtype)
        below[..., rows, columns] = f.randn(
            (*shape[:-2], n * (n - 1) // 2), dtype=noise.dtype)
        factor = self._unbroadcasted_scale_tril @ (noise + below)
        return factor @ factor.mT

    def rsample(
        self, sample_shape: Sequence[int] = (), max_try_correction: int | None = None
    ) -> Tensor:
        """Positive-definite matrices.

        max_try_correction: how often to draw anew those that rounding made singular (3; 10 while
        gradients are off).
        """
        if max_try_correction is None:
            max_try_correction = 3 if is_grad_enabled() else 10
        # PyTorch throws its first draw away, by mistake; the stream is drawn from as there.
        self._draw(sample_shape)
        drawn = self._draw((Size(sample_shape).numel(),))
        drawn = drawn.reshape(self._extended_shape(sample_shape))
        bad = ~self.support.check(drawn)
        if not bad.any():
            return drawn
        warnings.warn("Wishart: a singular sample was drawn", stacklevel=2)
        for _ in range(max_try_correction):
            drawn = f.where(bad[..., None, None], self._draw(sample_shape), drawn)
            bad = ~self.support.check(drawn)
            if not bad.any():
                break
        return drawn

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        nu, n = self.df, self._event_shape[-1]
        lower = self._unbroadcasted_scale_tril
        spread = -nu * (n * math.log(2.0) / 2 + half_log_det(lower)) - f.mvlgamma(nu / 2, n)
        factor, info = f.cholesky_ex(value)
        log_det = (2 * half_log_det(factor)).masked_fill(info != 0, -math.inf)
        solved = f.cholesky_solve(value, lower)
        return spread + (nu - n - 1) / 2 * log_det - _trace(solved) / 2

    def entropy(self) -> Tensor:
        """-the expected log_prob."""
        nu, n = self.df, self._event_shape[-1]
        spread = n * math.log(2.0) / 2 + half_log_det(self._unbroadcasted_scale_tril)
        return (
            (n + 1) * spread + f.mvlgamma(nu / 2, n)
            - (nu - n - 1) / 2 * _multivariate_digamma(nu / 2, n) + nu * n / 2)

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return -self.precision_matrix / 2, (self.df - self._event_shape[-1] - 1) / 2

    def _log_normalizer(self, x: Tensor, y: Tensor) -> Tensor:  # type: ignore[override]
        n = self._event_shape[-1]
        rest = y + (n + 1) / 2
        log_det = 2 * half_log_det(f.cholesky(-2 * x))
        return rest * (n * math.log(2.0) - log_det) + f.mvlgamma(rest, n)
