"""Student's t distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rushlight.distributions import constraints
from rushlight.distributions import functions as f
from rushlight.distributions.chi2 import Chi2
from rushlight.distributions.parametric import Parametric
from rushlight.distributions.utils import _standard_normal, broadcast_all
from rushlight.tensor.tensor import Tensor

__all__ = ["StudentT"]


class StudentT(Parametric):
    """Normal numbers over an estimate of their deviation with `df` degrees of freedom."""

    arg_constraints = {
        "df": constraints.positive, "loc": constraints.real, "scale": constraints.positive}
    support = constraints.real
    has_rsample = True

    def __init__(
        self, df: Any, loc: Any = 0.0, scale: Any = 1.0, validate_args: bool | None = None
    ) -> None:
        self.df, self.loc, self.scale = broadcast_all(df, loc, scale)
        super().__init__(self.df.size(), validate_args=validate_args)
        self._chi2 = Chi2(self.df, validate_args=False)

    @property
    def mean(self) -> Tensor:
        """loc; nan unless df > 1."""
        return self.loc.masked_fill(self.df <= 1, math.nan)

    @property
    def mode(self) -> Tensor:
        """loc."""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """scale**2 df / (df - 2) for df > 2, infinite for df > 1, else nan."""
        formula = self.scale.pow(2) * self.df / (self.df - 2)
        return formula.masked_fill(self.df <= 2, math.inf).masked_fill(self.df <= 1, math.nan)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """loc + scale times normal numbers over the root of a mean square."""
        shape = self._extended_shape(sample_shape)
        drawn = _standard_normal(shape, self.df.dtype, self.df.device)
        squares = self._chi2.rsample(sample_shape)
        return self.loc + self.scale * drawn * (squares / self.df).rsqrt()

    def log_prob(self, value: Tensor) -> Tensor:
        """-(df + 1) / 2 log(1 + z**2 / df), normalised."""
        if self._validate_args:
            self._validate_sample(value)
        z = (value - self.loc) / self.scale
        whole = (
            self.scale.log() + 0.5 * self.df.log() + 0.5 * math.log(math.pi)
            + f.lgamma(0.5 * self.df) - f.lgamma(0.5 * (self.df + 1.0)))
        return -0.5 * (self.df + 1.0) * (z**2.0 / self.df).log1p() - whole

    def entropy(self) -> Tensor:
        """-the expected log_prob."""
        half, more = 0.5 * self.df, 0.5 * (self.df + 1)
        log_beta = f.lgamma(half) + math.lgamma(0.5) - f.lgamma(more)
        return (
            self.scale.log() + more * (f.digamma(more) - f.digamma(half)) + 0.5 * self.df.log()
            + log_beta)
