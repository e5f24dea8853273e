"""What distributions with a probability share: it may be given as such, or as log-odds."""

from __future__ import annotations

from typing import Any

from rushlight.distributions.parametric import Parametric
from rushlight.distributions.utils import (
    broadcast_all,
    lazy_property,
    logits_to_probs,
    probs_to_logits,
)
from rushlight.tensor.size import Size
from rushlight.tensor.tensor import Tensor


def need_one(probs: Any, logits: Any) -> None:
    """ValueError unless exactly one of the two is given."""
    if (probs is None) == (logits is None):
        raise ValueError("give either `probs` or `logits`, and not both")


class Odds(Parametric):
    """A distribution with `probs` or `logits`; each follows from the other when asked for."""

    def _take(self, probs: Any, logits: Any, *others: Any) -> tuple[Tensor, ...]:
        """Set the one that is given; it and the others broadcast, and the others are returned."""
        need_one(probs, logits)
        given, *rest = broadcast_all(logits if probs is None else probs, *others)
        setattr(self, "logits" if probs is None else "probs", given)
        return tuple(rest)

    @property
    def _param(self) -> Tensor:
        """The one that was given, or both being there, the probabilities."""
        given: Tensor = self.__dict__["probs" if "probs" in self.__dict__ else "logits"]
        return given

    @property
    def param_shape(self) -> Size:
        """The shape of the probabilities."""
        return self._param.size()

    @lazy_property
    def logits(self) -> Tensor:
        """log(p / (1 - p))."""
        return probs_to_logits(self.probs, is_binary=True)

    @lazy_property
    def probs(self) -> Tensor:
        """1 / (1 + exp(-logits))."""
        return logits_to_probs(self.logits, is_binary=True)
