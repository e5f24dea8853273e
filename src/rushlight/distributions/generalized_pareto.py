"""The generalized Pareto distribution."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, nan
from typing import Any

from rushlight.distributions import constraints
from rushlight.distributions import functions as f
from rushlight.distributions.parametric import Parametric
from rushlight.distributions.utils import broadcast_all
from rushlight.tensor.tensor import Tensor

__all__ = ["GeneralizedPareto"]


class GeneralizedPareto(Parametric):
    """What lies beyond `loc`: with z = (x - loc) / scale, more than x has (1 + c z)**(-1 / c).

    concentration: c; the tail is exponential at 0, a power above, and ends below.
    """

    arg_constraints = {
        "loc": constraints.real, "scale": constraints.positive, "concentration": constraints.real}
    has_rsample = True

    def __init__(
        self, loc: Any, scale: Any, concentration: Any, validate_args: bool | None = None
    ) -> None:
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        super().__init__(self.loc.size(), validate_args=validate_args)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        """From loc to loc - scale / c, or without end where c >= 0."""
        end = self.loc - self.scale / self.concentration
        return constraints.interval(
            self.loc, end.masked_fill(self.concentration >= 0, inf))

    def _shape(self) -> tuple[Tensor, Tensor]:
        """Where c counts as 0, and c with a harmless value there."""
        exponential = f.isclose(self.concentration, f.zeros_like(self.concentration))
        return exponential, self.concentration.masked_fill(exponential, 1.0)

    @property
    def mean(self) -> Tensor:
        """loc + scale / (1 - c); nan unless c < 1."""
        c = self.concentration
        return (self.loc + self.scale / (1 - c)).masked_fill(c >= 1, nan)

    @property
    def mode(self) -> Tensor:
        """loc."""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """scale**2 / ((1 - c)**2 (1 - 2 c)); nan unless c < 1/2."""
        c = self.concentration
        return (self.scale**2 / ((1 - c) ** 2 * (1 - 2 * c))).masked_fill(c >= 0.5, nan)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """The icdf of uniform numbers."""
        return self.icdf(f.rand(self._extended_shape(sample_shape), dtype=self.loc.dtype))

    def log_survival_function(self, value: Tensor) -> Tensor:
        """log(1 - cdf): -log(1 + c z) / c."""
        exponential, c = self._shape()
        z = (value - self.loc) / self.scale
        return f.where(exponential, -z, -(c * z).log1p() / c)

    def log_prob(self, value: Tensor) -> Tensor:
        """-(1 + 1 / c) log(1 + c z) - log(scale)."""
        if self._validate_args:
            self._validate_sample(value)
        exponential, c = self._shape()
        z = (value - self.loc) / self.scale
        return f.where(exponential, -z, -(1 + 1 / c) * (c * z).log1p()) - self.scale.log()

    def log_cdf(self, value: Tensor) -> Tensor:
        """log(cdf)."""
        if self._validate_args:
            self._validate_sample(value)
        return (-self.log_survival_function(value).exp()).log1p()

    def cdf(self, value: Tensor) -> Tensor:
        """1 - (1 + c z)**(-1 / c)."""
        return self.log_cdf(value).exp()

    def icdf(self, value: Tensor) -> Tensor:
        """loc + scale ((1 - value)**-c - 1) / c."""
        exponential, c = self._shape()
        log_rest = (-value).log1p()
        return self.loc + self.scale * f.where(
            exponential, -log_rest, (-c * log_rest).expm1() / c)

    def entropy(self) -> Tensor:
        """log(scale) + c + 1."""
        return self.scale.log() + self.concentration + 1
