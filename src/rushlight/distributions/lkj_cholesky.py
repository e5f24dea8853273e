"""The distribution of correlation matrices of Lewandowski, Kurowicka and Joe, by Cholesky factors.

Source: Lewandowski, Kurowicka and Joe, Generating random correlation matrices based on vines and
extended onion method, 2009 (section 3: the onion method).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rushlight.autograd.modes import no_grad
from rushlight.distributions import constraints
from rushlight.distributions import functions as f
from rushlight.distributions.beta import Beta
from rushlight.distributions.parametric import Parametric
from rushlight.distributions.utils import broadcast_all, tiny
from rushlight.tensor.size import Size
from rushlight.tensor.tensor import Tensor

__all__ = ["LKJCholesky"]


class LKJCholesky(Parametric):
    """Cholesky factors of correlation matrices with density det ** (concentration - 1).

    dim: their rows, at least 2. concentration: 1 for equal densities, more for weaker correlations.
    """

    arg_constraints = {"concentration": constraints.positive}
    support = constraints.corr_cholesky

    def __init__(
        self, dim: int, concentration: Any = 1.0, validate_args: bool | None = None
    ) -> None:
        if dim < 2:
            raise ValueError(f"LKJCholesky: dim must be an int of at least 2, not {dim}")
        self.dim = dim
        (self.concentration,) = broadcast_all(concentration)
        shape = self.concentration.size()
        super().__init__(shape, Size((dim, dim)), validate_args=validate_args)

    def _beta(self) -> Beta:
        """The squares of the lengths of the rows left of the diagonal."""
        before = f.arange(self.dim - 1, dtype=self.concentration.dtype)
        before = f.cat([before.new_zeros(1), before])
        marginal = self.concentration + 0.5 * (self.dim - 2)
        return Beta(before + 0.5, marginal.unsqueeze(-1) - 0.5 * before, validate_args=False)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Lower triangular matrices with rows of length 1."""
        with no_grad():
            squares = self._beta().sample(sample_shape).unsqueeze(-1)
            directions = f.randn(
                self._extended_shape(sample_shape), dtype=self.concentration.dtype).tril(-1)
            directions = directions / (directions**2).sum(-1, keepdim=True).sqrt()
            directions[..., 0, :] = 0.0  # nothing is left of the first row's diagonal
            rows = squares.sqrt() * directions
            rest = (1 - (rows**2).sum(-1)).clamp(min=tiny(rows))
            return rows + rest.sqrt().diag_embed()

    def log_prob(self, value: Tensor) -> Tensor:
        """The sum over rows k of (dim - k + 2 concentration - 2) log(diagonal), normalised."""
        if self._validate_args:
            self._validate_sample(value)
        n, concentration = self.dim, self.concentration
        diagonal = value.diagonal(dim1=-1, dim2=-2)[..., 1:]
        rows = f.arange(2, n + 1, dtype=concentration.dtype)
        powers = 2 * (concentration - 1).unsqueeze(-1) + n - rows
        plain = (powers * diagonal.log()).sum(-1)
        alpha = concentration + 0.5 * (n - 1)
        whole = (
            0.5 * (n - 1) * math.log(math.pi) + f.mvlgamma(alpha - 0.5, n - 1)
            - f.lgamma(alpha) * (n - 1))
        return plain - whole
