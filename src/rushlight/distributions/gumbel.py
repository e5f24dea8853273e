"""The Gumbel distribution."""

from __future__ import annotations

import math
from typing import Any

from rushlight.distributions import constraints
from rushlight.distributions import functions as f
from rushlight.distributions.elementwise_transforms import AffineTransform, ExpTransform
from rushlight.distributions.transformed_distribution import TransformedDistribution
from rushlight.distributions.uniform import Uniform
from rushlight.distributions.utils import broadcast_all, eps, euler_constant, tiny
from rushlight.tensor.tensor import Tensor

__all__ = ["Gumbel"]


class Gumbel(TransformedDistribution):
    """The largest of many numbers: loc - scale log(-log(u)) for uniform u."""

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        low = f.full_like(self.loc, tiny(self.loc))
        base = Uniform(low, f.full_like(self.loc, 1 - eps(self.loc)), validate_args=validate_args)
        super().__init__(base, [
            ExpTransform().inv, AffineTransform(loc=0, scale=-f.ones_like(self.scale)),
            ExpTransform().inv, AffineTransform(loc=self.loc, scale=-self.scale),
        ], validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """loc + scale times Euler's constant."""
        return self.loc + self.scale * euler_constant

    @property
    def mode(self) -> Tensor:
        """loc."""
        return self.loc

    @property
    def stddev(self) -> Tensor:
        """scale pi / sqrt(6)."""
        return math.pi / math.sqrt(6) * self.scale

    @property
    def variance(self) -> Tensor:
        """(scale pi)**2 / 6."""
        return self.stddev.pow(2)

    def log_prob(self, value: Tensor) -> Tensor:
        """y - exp(y) - log(scale) for y = (loc - value) / scale."""
        if self._validate_args:
            self._validate_sample(value)
        y = (self.loc - value) / self.scale
        return (y - y.exp()) - self.scale.log()

    def entropy(self) -> Tensor:
        """log(scale) + 1 + Euler's constant."""
        return self.scale.log() + (1 + euler_constant)
