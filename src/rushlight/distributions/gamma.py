"""The gamma distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rushlight.distributions import constraints
from rushlight.distributions import functions as f
from rushlight.distributions.exp_family import ExponentialFamily
from rushlight.distributions.parametric import Parametric
from rushlight.distributions.utils import broadcast_all, tiny
from rushlight.tensor.tensor import Tensor

__all__ = ["Gamma"]


class Gamma(Parametric, ExponentialFamily):
    """The sum of `concentration` waiting times, which need not be whole, each of rate `rate`.

    The samples are PyTorch's, bit for bit. Their derivative with respect to `concentration` is
    computed to some ten digits; PyTorch approximates it to three or four.
    """

    arg_constraints = {"concentration": constraints.positive, "rate": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        self.concentration, self.rate = broadcast_all(concentration, rate)
        super().__init__(self.concentration.size(), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """concentration / rate."""
        return self.concentration / self.rate

    @property
    def mode(self) -> Tensor:
        """(concentration - 1) / rate; 0 where that is negative."""
        return ((self.concentration - 1) / self.rate).clamp(min=0)

    @property
    def variance(self) -> Tensor:
        """concentration / rate ** 2."""
        return self.concentration / self.rate.pow(2)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Positive numbers, never 0."""
        shape = self._extended_shape(sample_shape)
        value = f._standard_gamma(self.concentration.expand(shape)) / self.rate.expand(shape)
        return value.clamp(min=tiny(value))

    def log_prob(self, value: Tensor) -> Tensor:
        """log(rate**a value**(a - 1) exp(-rate value) / gamma(a))."""
        if self._validate_args:
            self._validate_sample(value)
        value = f.as_tensor(value, dtype=self.rate.dtype)
        a = self.concentration
        return f.xlogy(a, self.rate) + f.xlogy(a - 1, value) - self.rate * value - f.lgamma(a)

    def cdf(self, value: Tensor) -> Tensor:
        """P(concentration, rate value), the incomplete gamma function."""
        if self._validate_args:
            self._validate_sample(value)
        return f.gammainc(self.concentration, self.rate * value)

    def entropy(self) -> Tensor:
        """a - log(rate) + log(gamma(a)) + (1 - a) digamma(a)."""
        a = self.concentration
        return a - self.rate.log() + f.lgamma(a) + (1.0 - a) * f.digamma(a)

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return self.concentration - 1, -self.rate

    def _log_normalizer(self, x: Tensor, y: Tensor) -> Tensor:  # type: ignore[override]
        return f.lgamma(x + 1) + (x + 1) * (-y.reciprocal()).log()
