"""The negative binomial distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rushlight.autograd.modes import no_grad
from rushlight.distributions import constraints
from rushlight.distributions import functions as f
from rushlight.distributions.gamma import Gamma
from rushlight.distributions.odds import Odds
from rushlight.distributions.utils import lazy_property
from rushlight.tensor.tensor import Tensor

__all__ = ["NegativeBinomial"]


class NegativeBinomial(Odds):
    """How many trials succeed, with probability `probs`, before `total_count` have failed.

    total_count may be any number from 0 on.
    """

    arg_constraints = {
        "total_count": constraints.greater_than_eq(0),
        "probs": constraints.half_open_interval(0.0, 1.0), "logits": constraints.real,
    }
    support = constraints.nonnegative_integer

    def __init__(
        self, total_count: Any, probs: Any = None, logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        (count,) = self._take(probs, logits, total_count)
        self.total_count = count.to(self._param.dtype)
        super().__init__(self._param.size(), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """r p / (1 - p)."""
        return self.total_count * self.logits.exp()

    @property
    def mode(self) -> Tensor:
        """(r - 1) p / (1 - p), rounded down; 0 where that is negative."""
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0.0)

    @property
    def variance(self) -> Tensor:
        """r p / (1 - p)**2."""
        return self.mean / (-self.logits).sigmoid()

    @lazy_property
    def _gamma(self) -> Gamma:
        """The rates of which Poisson counts are drawn."""
        return Gamma(self.total_count, (-self.logits).exp(), validate_args=False)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Counts: Poisson numbers with gamma rates."""
        with no_grad():
            return f.poisson(self._gamma.sample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        """log(gamma(r + k) / (k! gamma(r))) + r log(1 - p) + k log(p)."""
        if self._validate_args:
            self._validate_sample(value)
        r = self.total_count
        powers = r * f.logsigmoid(-self.logits) + value * f.logsigmoid(self.logits)
        ways = f.lgamma(r + value) - f.lgamma(value + 1.0) - f.lgamma(r)
        return powers + ways.masked_fill(r + value == 0, 0.0)
