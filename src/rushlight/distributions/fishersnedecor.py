"""The F distribution of Fisher and Snedecor."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from typing import Any

from rushlight.distributions import constraints
from rushlight.distributions import functions as f
from rushlight.distributions.gamma import Gamma
from rushlight.distributions.parametric import Parametric
from rushlight.distributions.utils import broadcast_all, tiny
from rushlight.tensor.tensor import Tensor

__all__ = ["FisherSnedecor"]


class FisherSnedecor(Parametric):
    """Ratios of two mean squares, of `df1` and `df2` degrees of freedom."""

    arg_constraints = {"df1": constraints.positive, "df2": constraints.positive}
    support = constraints.positive
    has_rsample = True

    def __init__(self, df1: Any, df2: Any, validate_args: bool | None = None) -> None:
        self.df1, self.df2 = broadcast_all(df1, df2)
        super().__init__(self.df1.size(), validate_args=validate_args)
        self._gamma1 = Gamma(self.df1 * 0.5, self.df1, validate_args=False)
        self._gamma2 = Gamma(self.df2 * 0.5, self.df2, validate_args=False)

    @property
    def mean(self) -> Tensor:
        """df2 / (df2 - 2); nan unless df2 > 2."""
        return (self.df2 / (self.df2 - 2)).masked_fill(self.df2 <= 2, nan)

    @property
    def mode(self) -> Tensor:
        """(df1 - 2) / df1 df2 / (df2 + 2); nan unless df1 > 2."""
        formula = (self.df1 - 2) / self.df1 * self.df2 / (self.df2 + 2)
        return formula.masked_fill(self.df1 <= 2, nan)

    @property
    def variance(self) -> Tensor:
        """2 df2**2 (df1 + df2 - 2) / (df1 (df2 - 2)**2 (df2 - 4)); nan unless df2 > 4."""
        above = 2 * self.df2.pow(2) * (self.df1 + self.df2 - 2)
        below = self.df1 * (self.df2 - 2).pow(2) * (self.df2 - 4)
        return (above / below).masked_fill(self.df2 <= 4, nan)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Gamma numbers over gamma numbers."""
        above = self._gamma1.rsample(sample_shape)
        below = self._gamma2.rsample(sample_shape)
        least = tiny(self.df1)
        return (above / below.clamp(min=least)).clamp(min=least)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        if self._validate_args:
            self._validate_sample(value)
        a, b, ratio = self.df1 * 0.5, self.df2 * 0.5, self.df1 / self.df2
        ways = f.lgamma(a + b) - f.lgamma(a) - f.lgamma(b)
        return (
            ways + a * ratio.log() + (a - 1) * value.log() - (a + b) * (ratio * value).log1p())
