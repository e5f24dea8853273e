"""The multivariate normal distribution whose covariance is a diagonal and a few directions.

With covariance D + W @ W.mT for few columns of W everything goes by the capacitance matrix
C = 1 + W.mT @ inv(D) @ W: by the lemmas of Woodbury and of the matrix determinant.
Source: https://en.wikipedia.org/wiki/Woodbury_matrix_identity
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from rushlight.distributions import constraints
from rushlight.distributions import functions as f
from rushlight.distributions.multivariate_normal import (
    batch_mahalanobis,
    batch_mv,
    half_log_det,
)
from rushlight.distributions.parametric import Parametric
from rushlight.distributions.utils import _standard_normal, lazy_property
from rushlight.tensor.size import Size
from rushlight.tensor.tensor import Tensor

__all__ = ["LowRankMultivariateNormal"]


def capacitance_tril(factor: Tensor, diag: Tensor) -> Tensor:
    """The Cholesky factor of C."""
    one = f.eye(factor.shape[-1], dtype=factor.dtype)
    return f.cholesky(one + (factor.mT / diag.unsqueeze(-2)) @ factor)


def lowrank_log_det(diag: Tensor, capacitance: Tensor) -> Tensor:
    """The logarithm of the covariance's determinant."""
    return 2 * half_log_det(capacitance) + diag.log().sum(-1)


def lowrank_mahalanobis(factor: Tensor, diag: Tensor, x: Tensor, capacitance: Tensor) -> Tensor:
    """x times the covariance's inverse times x."""
    along = batch_mv(factor.mT / diag.unsqueeze(-2), x)
    return (x.pow(2) / diag).sum(-1) - batch_mahalanobis(capacitance, along)


class LowRankMultivariateNormal(Parametric):
    """Vectors around `loc` (..., n) with covariance diag(cov_diag) + cov_factor @ cov_factor.mT.

    cov_factor: (..., n, m), best with m much smaller than n; cov_diag: (..., n). ValueError for
    sizes that do not fit.
    """

    arg_constraints = {
        "loc": constraints.real_vector,
        "cov_factor": constraints.independent(constraints.real, 2),
        "cov_diag": constraints.independent(constraints.positive, 1),
    }
    support = constraints.real_vector
    has_rsample = True
    _event_dims = {
        "loc": 1, "cov_factor": 2, "cov_diag": 1, "variance": 1, "scale_tril": 2,
        "covariance_matrix": 2, "precision_matrix": 2, "_unbroadcasted_cov_factor": None,
        "_unbroadcasted_cov_diag": None, "_capacitance_tril": None,
    }

    def __init__(
        self, loc: Tensor, cov_factor: Tensor, cov_diag: Tensor,
        validate_args: bool | None = None,
    ) -> None:
        if loc.dim() < 1 or cov_factor.dim() < 2:
            raise ValueError(
                "LowRankMultivariateNormal: loc needs at least one dim and cov_factor two")
        n = loc.shape[-1]
        if cov_factor.shape[-2] != n or tuple(cov_diag.shape[-1:]) != (n,):
            raise ValueError(
                f"LowRankMultivariateNormal: for loc of {n} numbers cov_factor must be "
                f"(..., {n}, m) and cov_diag (..., {n}); they are {list(cov_factor.shape)} and "
                f"{list(cov_diag.shape)}")
        try:
            batch = f.broadcast_shapes(loc.shape[:-1], cov_factor.shape[:-2], cov_diag.shape[:-1])
        except RuntimeError as error:
            raise ValueError(f"LowRankMultivariateNormal: {error}") from None
        self.loc = loc.expand((*batch, n))
        self.cov_factor = cov_factor.expand((*batch, *cov_factor.shape[-2:]))
        self.cov_diag = cov_diag.expand((*batch, n))
        super().__init__(batch, (n,), validate_args=validate_args)
        self._unbroadcasted_cov_factor = cov_factor
        self._unbroadcasted_cov_diag = cov_diag
        self._capacitance_tril = capacitance_tril(cov_factor, cov_diag)

    @property
    def mean(self) -> Tensor:
        """loc."""
        return self.loc

    @property
    def mode(self) -> Tensor:
        """loc."""
        return self.loc

    @lazy_property
    def variance(self) -> Tensor:
        """The covariance's diagonal."""
        squares = self._unbroadcasted_cov_factor.pow(2).sum(-1) + self._unbroadcasted_cov_diag
        return squares.expand(self._batch_shape + self._event_shape)

    def _square(self, matrix: Tensor) -> Tensor:
        return matrix.expand(self._batch_shape + self._event_shape + self._event_shape)

    @lazy_property
    def scale_tril(self) -> Tensor:
        """The Cholesky factor of the covariance."""
        root = self._unbroadcasted_cov_diag.sqrt().unsqueeze(-1)
        scaled = self._unbroadcasted_cov_factor / root
        one = f.eye(self._event_shape[0], dtype=scaled.dtype)
        return self._square(root * f.cholesky(scaled @ scaled.mT + one))

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        """diag(cov_diag) + cov_factor @ cov_factor.mT."""
        factor = self._unbroadcasted_cov_factor
        return self._square(factor @ factor.mT + self._unbroadcasted_cov_diag.diag_embed())

    @lazy_property
    def precision_matrix(self) -> Tensor:
        """The covariance's inverse."""
        diag = self._unbroadcasted_cov_diag
        along = self._unbroadcasted_cov_factor.mT / diag.unsqueeze(-2)
        solved = f.solve_triangular(self._capacitance_tril, along, upper=False)
        return self._square(diag.reciprocal().diag_embed() - solved.mT @ solved)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """loc + cov_factor times normal vectors + sqrt(cov_diag) times others."""
        shape = self._extended_shape(sample_shape)
        few = Size((*shape[:-1], self.cov_factor.shape[-1]))
        along = _standard_normal(few, self.loc.dtype, self.loc.device)
        around = _standard_normal(shape, self.loc.dtype, self.loc.device)
        return (
            self.loc + batch_mv(self._unbroadcasted_cov_factor, along)
            + self._unbroadcasted_cov_diag.sqrt() * around)

    def log_prob(self, value: Tensor) -> Tensor:
        """-(n log(2 pi) + log(det(covariance)) + the squared distance) / 2."""
        if self._validate_args:
            self._validate_sample(value)
        diag = self._unbroadcasted_cov_diag
        distance = lowrank_mahalanobis(
            self._unbroadcasted_cov_factor, diag, value - self.loc, self._capacitance_tril)
        spread = lowrank_log_det(diag, self._capacitance_tril)
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + spread + distance)

    def entropy(self) -> Tensor:
        """(n (1 + log(2 pi)) + log(det(covariance))) / 2."""
        spread = lowrank_log_det(self._unbroadcasted_cov_diag, self._capacitance_tril)
        whole = 0.5 * (self._event_shape[0] * (1.0 + math.log(2 * math.pi)) + spread)
        return whole.expand(self._batch_shape)
