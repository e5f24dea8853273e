"""The geometric distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rushlight.autograd.modes import no_grad
from rushlight.distributions import constraints
from rushlight.distributions import functions as f
from rushlight.distributions.odds import Odds
from rushlight.distributions.utils import broadcast_all, tiny
from rushlight.tensor.tensor import Tensor

__all__ = ["Geometric"]


class Geometric(Odds):
    """How many trials of probability `probs` (log-odds `logits`) fail before the first success."""

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.nonnegative_integer

    def __init__(
        self, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self._take(probs, logits)
        super().__init__(self._param.size(), validate_args=validate_args)
        if self._validate_args and probs is not None and not (self.probs > 0).all():
            raise ValueError(
                f"Geometric: the parameter probs must be above 0, but it is\n{self.probs}")

    @property
    def mean(self) -> Tensor:
        """1 / p - 1."""
        return 1 / self.probs - 1

    @property
    def mode(self) -> Tensor:
        """0."""
        return f.zeros_like(self.probs)

    @property
    def variance(self) -> Tensor:
        """(1 / p - 1) / p."""
        return (1 / self.probs - 1) / self.probs

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Whole numbers from 0 on."""
        with no_grad():
            u = f.empty(self._extended_shape(sample_shape), dtype=self.probs.dtype)
            u.uniform_(tiny(self.probs), 1)
            return (u.log() / (-self.probs).log1p()).floor()

    def log_prob(self, value: Tensor) -> Tensor:
        """value log(1 - p) + log(p)."""
        if self._validate_args:
            self._validate_sample(value)
        value, probs = broadcast_all(value, self.probs)
        fails = probs.masked_fill((probs == 1) & (value == 0), 0)
        return value * (-fails).log1p() + self.probs.log()

    def entropy(self) -> Tensor:
        """The entropy of one trial, over p."""
        one = f.binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")
        return one / self.probs
