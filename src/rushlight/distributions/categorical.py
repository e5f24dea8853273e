"""The categorical distribution."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from typing import Any

from rushlight.autograd.modes import no_grad
from rushlight.distributions import constraints
from rushlight.distributions import functions as f
from rushlight.distributions.odds import need_one
from rushlight.distributions.parametric import Parametric
from rushlight.distributions.utils import lazy_property, logits_to_probs, probs_to_logits
from rushlight.tensor.dtypes import finfo, int64
from rushlight.tensor.size import Size
from rushlight.tensor.tensor import Tensor

__all__ = ["Categorical"]


class Categorical(Parametric):
    """A number from 0 to n - 1, for n weights `probs`, or their logarithms `logits`.

    They are along the last dim, and are normalised.
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    has_enumerate_support = True
    _event_dims = {"probs": 1, "logits": 1}

    def __init__(
        self, probs: Tensor | None = None, logits: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        need_one(probs, logits)
        if probs is not None:
            _need_dim("probs", probs)
            self.probs = probs / probs.sum(-1, keepdim=True)
        elif logits is not None:
            _need_dim("logits", logits)
            self.logits = logits - logits.logsumexp(-1, keepdim=True)
        self._num_events = self._param.shape[-1]
        super().__init__(self._param.shape[:-1], validate_args=validate_args)

    @property
    def _param(self) -> Tensor:
        """The one that was given, or both being there, the probabilities."""
        given: Tensor = self.__dict__["probs" if "probs" in self.__dict__ else "logits"]
        return given

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> Any:
        """0 to n - 1."""
        return constraints.integer_interval(0, self._num_events - 1)

    @lazy_property
    def logits(self) -> Tensor:
        """The logarithms of the probabilities."""
        return probs_to_logits(self.probs)

    @lazy_property
    def probs(self) -> Tensor:
        """The probabilities."""
        return logits_to_probs(self.logits)

    @property
    def param_shape(self) -> Size:
        """The shape of the probabilities."""
        return self._param.size()

    @property
    def mean(self) -> Tensor:
        """nan: categories have none."""
        return f.full(self._extended_shape(), nan, dtype=self.probs.dtype)

    @property
    def mode(self) -> Tensor:
        """The likeliest category."""
        return self.probs.argmax(-1)

    @property
    def variance(self) -> Tensor:
        """nan: categories have none."""
        return self.mean

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Categories, int64."""
        rows = self.probs.reshape(-1, self._num_events)
        with no_grad():
            drawn = f.multinomial(rows, Size(sample_shape).numel(), True).T
        return drawn.reshape(self._extended_shape(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        """The category's logit."""
        if self._validate_args:
            self._validate_sample(value)
        value, logits = f.broadcast_tensors(value.long().unsqueeze(-1), self.logits)
        return logits.gather(-1, value[..., :1]).squeeze(-1)

    def entropy(self) -> Tensor:
        """-the sum of p log(p)."""
        logits = self.logits.clamp(min=finfo(self.logits.dtype).min)  # 0 times it is 0
        return -(logits * self.probs).sum(-1)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """0 to n - 1."""
        return self._all_values(f.arange(self._num_events, dtype=int64), expand)


def _need_dim(name: str, value: Tensor) -> None:
    if value.dim() < 1:
        raise ValueError(f"Categorical: the parameter {name} needs at least one dim")
