"""The Weibull distribution."""

from __future__ import annotations

from typing import Any

from rushlight.distributions import constraints
from rushlight.distributions import functions as f
from rushlight.distributions.elementwise_transforms import AffineTransform, PowerTransform
from rushlight.distributions.exponential import Exponential
from rushlight.distributions.transformed_distribution import TransformedDistribution
from rushlight.distributions.utils import broadcast_all, euler_constant
from rushlight.tensor.tensor import Tensor

__all__ = ["Weibull"]


class Weibull(TransformedDistribution):
    """scale times exponential numbers to the power 1 / concentration."""

    arg_constraints = {"scale": constraints.positive, "concentration": constraints.positive}
    support = constraints.positive

    def __init__(self, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.scale, self.concentration = broadcast_all(scale, concentration)
        self.concentration_reciprocal = self.concentration.reciprocal()
        base = Exponential(f.ones_like(self.scale), validate_args=validate_args)
        super().__init__(base, [
            PowerTransform(self.concentration_reciprocal), AffineTransform(0, self.scale),
        ], validate_args=validate_args)

    def _moment(self, n: int) -> Tensor:
        return f.lgamma(1 + n * self.concentration_reciprocal).exp()

    @property
    def mean(self) -> Tensor:
        """scale gamma(1 + 1 / c)."""
        return self.scale * self._moment(1)

    @property
    def mode(self) -> Tensor:
        """scale ((c - 1) / c)**(1 / c)."""
        power = self.concentration_reciprocal
        return self.scale * ((self.concentration - 1) / self.concentration) ** power

    @property
    def variance(self) -> Tensor:
        """scale**2 (gamma(1 + 2 / c) - gamma(1 + 1 / c)**2)."""
        return self.scale.pow(2) * (self._moment(2) - self._moment(1).pow(2))

    def entropy(self) -> Tensor:
        """Euler's constant times (1 - 1 / c), + log(scale / c) + 1."""
        power = self.concentration_reciprocal
        return euler_constant * (1 - power) + (self.scale * power).log() + 1
