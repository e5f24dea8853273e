"""Distributions that are their tensors: how one with a larger batch is made of another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rushlight.distributions.distribution import Distribution
from rushlight.tensor.size import Size
from rushlight.tensor.tensor import Tensor

_OURS = __name__.rpartition(".")[0]


class Parametric(Distribution):
    """A distribution whose attributes follow its batch.

    Invariant: an attribute that is a distribution has the same `batch_shape`; one that is a tensor
    has it too, followed by as many dims as `_event_dims` says (0 if it does not).
    """

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        """The same distribution with a larger `batch_shape`; no memory is copied.

        NotImplementedError for a subclass whose `__init__` is its own and whose `expand` is not.
        """
        owner = next(
            each for each in type(self).__mro__
            if "arg_constraints" in vars(each) and each.__module__.startswith(_OURS))
        new = self._get_checked_instance(owner, _instance)
        batch = Size(batch_shape)
        for name, value in self.__dict__.items():
            new.__dict__[name] = self._expanded(name, value, batch)
        new._batch_shape = batch
        new._validate_args = self._validate_args
        return new

    def _expanded(self, name: str, value: Any, batch: Size) -> Any:
        dims = self._event_dims.get(name, 0)
        if isinstance(value, Distribution):
            return value.expand(batch)
        if isinstance(value, Tensor) and dims is not None:
            return value.expand((*batch, *value.shape[value.ndim - dims :]))
        return value
