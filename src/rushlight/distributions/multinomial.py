"""The multinomial distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rushlight.distributions import constraints
from rushlight.distributions import functions as f
from rushlight.distributions.binomial import Binomial
from rushlight.distributions.categorical import Categorical
from rushlight.distributions.parametric import Parametric
from rushlight.distributions.utils import broadcast_all
from rushlight.tensor.size import Size
from rushlight.tensor.tensor import Tensor

__all__ = ["Multinomial"]


class Multinomial(Parametric):
    """How often each of n categories comes up in `total_count` trials.

    n weights `probs`, or their logarithms `logits`, along the last dim. total_count is an int;
    `log_prob` also takes values with other sums, if arguments are not validated.
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}

    def __init__(
        self, total_count: int = 1, probs: Tensor | None = None, logits: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        if not isinstance(total_count, int):
            raise NotImplementedError(
                f"Multinomial: total_count must be an int, not {type(total_count).__name__}")
        self.total_count = total_count
        self._categorical = Categorical(probs, logits)
        shape = self._categorical.param_shape
        super().__init__(shape[:-1], shape[-1:], validate_args=validate_args)

    @property
    def _param(self) -> Tensor:
        return self._categorical._param

    @property
    def probs(self) -> Tensor:
        """The probabilities."""
        return self._categorical.probs

    @property
    def logits(self) -> Tensor:
        """Their logarithms."""
        return self._categorical.logits

    @property
    def param_shape(self) -> Size:
        """The shape of the probabilities."""
        return self._categorical.param_shape

    @constraints.dependent_property(is_discrete=True, event_dim=1)
    def support(self) -> Any:
        """Counts with a sum of at most total_count."""
        return constraints.multinomial(self.total_count)

    @property
    def mean(self) -> Tensor:
        """n p."""
        return self.probs * self.total_count

    @property
    def variance(self) -> Tensor:
        """n p (1 - p)."""
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Counts, of the parameters' dtype."""
        trials = self._categorical.sample((self.total_count, *sample_shape)).movedim(0, -1)
        counts = f.zeros(self._extended_shape(sample_shape), dtype=self.probs.dtype)
        return counts.scatter_add_(-1, trials, f.ones_like(trials, dtype=counts.dtype))

    def log_prob(self, value: Tensor) -> Tensor:
        """log(n! / product of k!) + the sum of k log(p)."""
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        logits = logits.masked_fill((value == 0) & (logits == -math.inf), 0)
        ways = f.lgamma(value.sum(-1) + 1) - f.lgamma(value + 1).sum(-1)
        return ways + (logits * value).sum(-1)

    def entropy(self) -> Tensor:
        """-the expected log_prob, by way of each category's binomial distribution."""
        n = self.total_count
        one_by_one = Binomial(n, self.probs, validate_args=False)
        counts = one_by_one.enumerate_support(expand=False)[1:]
        expected = one_by_one.log_prob(counts).exp() * f.lgamma(counts + 1)
        return n * self._categorical.entropy() - math.lgamma(n + 1) + expected.sum([0, -1])
