"""The multivariate normal distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rushlight.distributions import constraints
from rushlight.distributions import functions as f
from rushlight.distributions.parametric import Parametric
from rushlight.distributions.utils import _standard_normal, lazy_property
from rushlight.tensor.tensor import Tensor

__all__ = ["MultivariateNormal"]


def batch_mv(matrix: Tensor, vector: Tensor) -> Tensor:
    """Matrix times vector, batches of both broadcast."""
    return (matrix @ vector.unsqueeze(-1)).squeeze(-1)


def batch_mahalanobis(lower: Tensor, x: Tensor) -> Tensor:
    """The square of the length of the inverse of `lower` times `x`, batches broadcast.

    lower: (..., n, n), lower triangular; x: (..., n). Vectors that share a matrix are solved for
    together.
    """
    n = x.shape[-1]
    matrices = lower.shape[:-2]
    batch = f.broadcast_shapes(x.shape[:-1], matrices)
    x = x.to(lower.dtype).expand((*batch, n))
    new = len(batch) - len(matrices)
    shared = [i for i in range(len(batch)) if i < new or (matrices[i - new] == 1 != batch[i])]
    own = [i for i in range(len(batch)) if i not in shared]
    order = own + shared
    columns = x.permute([*order, len(batch)]).reshape(
        [batch[i] for i in own] + [-1, n]).mT
    stacked = lower.reshape([batch[i] for i in own] + [n, n])
    squares = f.solve_triangular(stacked, columns, upper=False).pow(2).sum(-2)
    found = squares.reshape([batch[i] for i in order])
    return found.permute([order.index(i) for i in range(len(batch))])


def precision_to_scale_tril(precision: Tensor) -> Tensor:
    """The Cholesky factor of the inverse of a positive-definite matrix."""
    turned = f.cholesky(f.flip(precision, (-2, -1)))
    upper = f.flip(turned, (-2, -1)).mT
    one = f.eye(precision.shape[-1], dtype=precision.dtype)
    return f.solve_triangular(upper, one, upper=False)


def half_log_det(lower: Tensor) -> Tensor:
    """Half the logarithm of the determinant of lower @ lower.mT."""
    return lower.diagonal(dim1=-2, dim2=-1).log().sum(-1)


class ScaleMatrix(Parametric):
    """A distribution with one of covariance_matrix, precision_matrix and scale_tril.

    Invariant: `_unbroadcasted_scale_tril` is the Cholesky factor of the covariance, with the batch
    dims of the matrix that was given, and not those of other parameters.
    """

    _event_dims = {
        "covariance_matrix": 2, "precision_matrix": 2, "scale_tril": 2,
        "_unbroadcasted_scale_tril": None,
    }
    _unbroadcasted_scale_tril: Tensor

    def _take_matrix(
        self, covariance: Tensor | None, precision: Tensor | None, scale_tril: Tensor | None
    ) -> Tensor:
        """The one matrix that is given. ValueError for none or several, or one of under 2 dims."""
        names = ("covariance_matrix", "precision_matrix", "scale_tril")
        given = {
            name: each for name, each in zip(
                names, (covariance, precision, scale_tril), strict=True) if each is not None}
        if len(given) != 1:
            raise ValueError(
                f"{type(self).__name__}: give exactly one of {', '.join(names)}, not {len(given)}")
        ((self._given, matrix),) = given.items()
        if matrix.dim() < 2:
            raise ValueError(
                f"{type(self).__name__}: {self._given} needs at least two dims, it has "
                f"{matrix.dim()}")
        return matrix

    def _factor(self, matrix: Tensor) -> Tensor:
        """The Cholesky factor of the covariance that a matrix stands for."""
        if self._given == "scale_tril":
            return matrix
        if self._given == "covariance_matrix":
            return f.cholesky(matrix)
        return precision_to_scale_tril(matrix)

    def _whole(self, matrix: Tensor) -> Tensor:
        n = matrix.shape[-1]
        return matrix.expand((*self._batch_shape, n, n))

    @lazy_property
    def scale_tril(self) -> Tensor:
        """The Cholesky factor of the covariance."""
        return self._whole(self._unbroadcasted_scale_tril)

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        """scale_tril @ scale_tril.mT."""
        lower = self._unbroadcasted_scale_tril
        return self._whole(lower @ lower.mT)

    @lazy_property
    def precision_matrix(self) -> Tensor:
        """The covariance's inverse."""
        return self._whole(f.cholesky_inverse(self._unbroadcasted_scale_tril))


class MultivariateNormal(ScaleMatrix):
    """Vectors around `loc` (..., n) with a covariance (..., n, n).

    It is given as covariance_matrix, its inverse precision_matrix, or its Cholesky factor
    scale_tril, which is the quickest.
    """

    arg_constraints = {
        "loc": constraints.real_vector, "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite, "scale_tril": constraints.lower_cholesky,
    }
    support = constraints.real_vector
    has_rsample = True
    _event_dims = {**ScaleMatrix._event_dims, "loc": 1}

    def __init__(
        self, loc: Tensor, covariance_matrix: Tensor | None = None,
        precision_matrix: Tensor | None = None, scale_tril: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        if loc.dim() < 1:
            raise ValueError("MultivariateNormal: loc needs at least one dim")
        matrix = self._take_matrix(covariance_matrix, precision_matrix, scale_tril)
        batch = f.broadcast_shapes(matrix.shape[:-2], loc.shape[:-1])
        n = loc.shape[-1]
        self.loc = loc.expand((*batch, n))
        setattr(self, self._given, matrix.expand((*batch, *matrix.shape[-2:])))
        super().__init__(batch, (n,), validate_args=validate_args)
        self._unbroadcasted_scale_tril = self._factor(matrix)

    @property
    def mean(self) -> Tensor:
        """loc."""
        return self.loc

    @property
    def mode(self) -> Tensor:
        """loc."""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """The covariance's diagonal."""
        squares = self._unbroadcasted_scale_tril.pow(2).sum(-1)
        return squares.expand(self._batch_shape + self._event_shape)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """loc + scale_tril times standard normal vectors."""
        shape = self._extended_shape(sample_shape)
        drawn = _standard_normal(shape, self.loc.dtype, self.loc.device)
        return self.loc + batch_mv(self._unbroadcasted_scale_tril, drawn)

    def log_prob(self, value: Tensor) -> Tensor:
        """-(n log(2 pi) + the squared distance) / 2 - log(det(scale_tril))."""
        if self._validate_args:
            self._validate_sample(value)
        lower = self._unbroadcasted_scale_tril
        distance = batch_mahalanobis(lower, value - self.loc)
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + distance) - half_log_det(
            lower)

    def entropy(self) -> Tensor:
        """n (1 + log(2 pi)) / 2 + log(det(scale_tril))."""
        n = self._event_shape[0]
        spread = half_log_det(self._unbroadcasted_scale_tril)
        return (0.5 * n * (1.0 + math.log(2 * math.pi)) + spread).expand(self._batch_shape)
