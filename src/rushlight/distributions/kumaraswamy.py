"""The Kumaraswamy distribution."""

from __future__ import annotations

from math import nan
from typing import Any

from rushlight.distributions import constraints
from rushlight.distributions import functions as f
from rushlight.distributions.elementwise_transforms import AffineTransform, PowerTransform
from rushlight.distributions.transformed_distribution import TransformedDistribution
from rushlight.distributions.uniform import Uniform
from rushlight.distributions.utils import broadcast_all, euler_constant
from rushlight.tensor.tensor import Tensor

__all__ = ["Kumaraswamy"]


class Kumaraswamy(TransformedDistribution):
    """Numbers in (0, 1) with the cdf 1 - (1 - x**a)**b: a is concentration1, b concentration0."""

    arg_constraints = {
        "concentration1": constraints.positive, "concentration0": constraints.positive}
    support = constraints.unit_interval
    has_rsample = True

    def __init__(
        self, concentration1: Any, concentration0: Any, validate_args: bool | None = None
    ) -> None:
        self.concentration1, self.concentration0 = broadcast_all(concentration1, concentration0)
        base = Uniform(f.zeros_like(self.concentration0), f.ones_like(self.concentration0),
                       validate_args=validate_args)
        super().__init__(base, [
            PowerTransform(self.concentration0.reciprocal()), AffineTransform(1.0, -1.0),
            PowerTransform(self.concentration1.reciprocal()),
        ], validate_args=validate_args)

    def _moment(self, n: int) -> Tensor:
        """The expectation of x**n: b beta(1 + n / a, b)."""
        b = self.concentration0
        first = 1 + n / self.concentration1
        return b * (f.lgamma(first) + f.lgamma(b) - f.lgamma(first + b)).exp()

    @property
    def mean(self) -> Tensor:
        """b beta(1 + 1 / a, b)."""
        return self._moment(1)

    @property
    def mode(self) -> Tensor:
        """((a - 1) / (a b - 1))**(1 / a); nan where a or b is below 1."""
        a, b = self.concentration1, self.concentration0
        return ((a - 1) / (a * b - 1)).pow(1 / a).masked_fill((a < 1) | (b < 1), nan)

    @property
    def variance(self) -> Tensor:
        """The second moment less the mean's square."""
        return self._moment(2) - self.mean.pow(2)

    def entropy(self) -> Tensor:
        """1 - 1 / b + (1 - 1 / a) H(b) - log(a b), H being the harmonic number."""
        a, b = self.concentration1, self.concentration0
        harmonic = f.digamma(b + 1) + euler_constant
        return 1 - 1 / b + (1 - 1 / a) * harmonic - a.log() - b.log()
