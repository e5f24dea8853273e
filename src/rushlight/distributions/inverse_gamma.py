"""The inverse gamma distribution."""

from __future__ import annotations

from math import inf
from typing import Any

from rushlight.distributions import constraints
from rushlight.distributions import functions as f
from rushlight.distributions.elementwise_transforms import PowerTransform
from rushlight.distributions.gamma import Gamma
from rushlight.distributions.transformed_distribution import TransformedDistribution
from rushlight.tensor.tensor import Tensor

__all__ = ["InverseGamma"]


class InverseGamma(TransformedDistribution):
    """1 / x for gamma numbers x."""

    arg_constraints = {"concentration": constraints.positive, "rate": constraints.positive}
    support = constraints.positive
    has_rsample = True
    base_dist: Any

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        base = Gamma(concentration, rate, validate_args=validate_args)
        super().__init__(
            base, PowerTransform(-f.ones((), dtype=base.rate.dtype)), validate_args=validate_args)

    @property
    def concentration(self) -> Tensor:
        """The gamma distribution's."""
        return self.base_dist.concentration

    @property
    def rate(self) -> Tensor:
        """The gamma distribution's."""
        return self.base_dist.rate

    @property
    def mean(self) -> Tensor:
        """rate / (a - 1); infinite unless a > 1."""
        a = self.concentration
        return (self.rate / (a - 1)).masked_fill(a <= 1, inf)

    @property
    def mode(self) -> Tensor:
        """rate / (a + 1)."""
        return self.rate / (self.concentration + 1)

    @property
    def variance(self) -> Tensor:
        """rate**2 / ((a - 1)**2 (a - 2)); infinite unless a > 2."""
        a = self.concentration
        return (self.rate.square() / ((a - 1).square() * (a - 2))).masked_fill(a <= 2, inf)

    def entropy(self) -> Tensor:
        """a + log(rate) + log(gamma(a)) - (1 + a) digamma(a)."""
        a = self.concentration
        return a + self.rate.log() + f.lgamma(a) - (a + 1) * f.digamma(a)
