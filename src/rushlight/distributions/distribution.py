"""What a distribution is: shapes, checks, and what every one of them may be asked.

`batch_shape` are the dims of the parameters, one distribution for each; `event_shape` are the dims
of one sample. A sample is of `sample_shape + batch_shape + event_shape`.
Source: https://docs.pytorch.org/docs/stable/distributions.html
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, ClassVar

from rushlight.autograd.modes import no_grad
from rushlight.distributions import constraints
from rushlight.distributions.utils import lazy_property
from rushlight.tensor.size import Size
from rushlight.tensor.tensor import Tensor

__all__ = ["Distribution"]


class Distribution:
    """The base of all distributions.

    validate_args: check parameters and values against `arg_constraints` and `support`; None is the
    default, which `set_default_validate_args` sets and which is on at first.
    """

    has_rsample: Any = False
    has_enumerate_support: Any = False
    _validate_args = __debug__
    # Of attributes that are tensors, how many dims belong to the event; None: any, they stay.
    _event_dims: ClassVar[dict[str, int | None]] = {}

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Whether distributions check from now on, where not told otherwise."""
        if value not in (True, False):
            raise ValueError(f"the default is True or False, not {value!r}")
        Distribution._validate_args = value

    def __init__(
        self, batch_shape: Sequence[int] = (), event_shape: Sequence[int] = (),
        validate_args: bool | None = None,
    ) -> None:
        self._batch_shape = Size(batch_shape)
        self._event_shape = Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._check_parameters()

    def _check_parameters(self) -> None:
        """ValueError for a parameter that its constraint does not allow."""
        try:
            allowed = self.arg_constraints
        except NotImplementedError:
            allowed = {}
            warnings.warn(
                f"{type(self).__name__} has no arg_constraints, so its parameters are not checked: "
                "set arg_constraints = {} or pass validate_args=False", stacklevel=4)
        for name, constraint in allowed.items():
            if constraints.is_dependent(constraint):
                continue
            if name not in self.__dict__ and isinstance(
                    getattr(type(self), name, None), lazy_property):
                continue  # made of another parameter, which is checked
            value = getattr(self, name)
            if not constraint.check(value).all():
                raise ValueError(
                    f"{type(self).__name__}: the parameter {name}, of shape {tuple(value.shape)}, "
                    f"must satisfy {constraint!r}, but it is\n{value}")

    # --- shapes

    @property
    def batch_shape(self) -> Size:
        """The dims of the parameters."""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """The dims of one sample."""
        return self._event_shape

    def _extended_shape(self, sample_shape: Sequence[int] = ()) -> Size:
        """The shape of a sample of `sample_shape`."""
        return Size((*sample_shape, *self._batch_shape, *self._event_shape))

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        """The same distribution with a larger `batch_shape`; no memory is copied.

        NotImplementedError for a subclass whose `__init__` is its own and whose `expand` is not.
        """
        raise NotImplementedError(f"{type(self).__name__} has no expand()")

    def _get_checked_instance(self, cls: type, _instance: Any = None) -> Any:
        """A blank instance for `expand` of `cls` to fill, or the one that a subclass has made."""
        if _instance is None and type(self).__init__ is not cls.__init__:  # type: ignore[misc]
            raise NotImplementedError(
                f"{type(self).__name__} has an __init__ of its own, {cls.__name__} does not know "
                "how to expand it: give it an expand() too")
        return self.__new__(type(self)) if _instance is None else _instance

    # --- what it is

    @property
    def arg_constraints(self) -> dict[str, constraints.Constraint]:
        """The constraint of each parameter."""
        raise NotImplementedError(f"{type(self).__name__} has no arg_constraints")

    @property
    def support(self) -> Any:
        """Where samples lie."""
        raise NotImplementedError(f"{type(self).__name__} has no support")

    @property
    def mean(self) -> Tensor:
        """The expectation."""
        raise NotImplementedError(f"the mean of {type(self).__name__} is not known")

    @property
    def mode(self) -> Tensor:
        """The likeliest value."""
        raise NotImplementedError(f"the mode of {type(self).__name__} is not known")

    @property
    def variance(self) -> Tensor:
        """The expected square of the distance from the mean."""
        raise NotImplementedError(f"the variance of {type(self).__name__} is not known")

    @property
    def stddev(self) -> Tensor:
        """The square root of the variance."""
        root: Tensor = self.variance.sqrt()
        return root

    # --- samples

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Random values, of `sample_shape + batch_shape + event_shape`, without gradients."""
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Random values that gradients go through, to the parameters."""
        raise NotImplementedError(f"{type(self).__name__} has no rsample()")

    def sample_n(self, n: int) -> Tensor:
        """`sample((n,))`, under its old name."""
        warnings.warn("sample_n(n) is going away: use sample((n,))", FutureWarning, stacklevel=2)
        return self.sample((n,))

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All values of a discrete distribution, one after the other along dim 0.

        expand: repeat them over the batch; else the batch's dims are of size 1.
        """
        raise NotImplementedError(f"{type(self).__name__} has no enumerate_support()")

    def _all_values(self, values: Tensor, expand: bool) -> Tensor:
        """Values along dim 0, in front of the batch's dims."""
        dims = len(self._batch_shape)
        listed: Tensor = values.reshape((-1,) + (1,) * dims + values.shape[1:])
        if expand:
            listed = listed.expand((-1, *self._batch_shape, *values.shape[1:]))
        return listed

    # --- probabilities

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density, or the probability, at `value`."""
        raise NotImplementedError(f"{type(self).__name__} has no log_prob()")

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of a sample at or below `value`."""
        raise NotImplementedError(f"the cdf of {type(self).__name__} is not known")

    def icdf(self, value: Tensor) -> Tensor:
        """The inverse of `cdf`."""
        raise NotImplementedError(f"the icdf of {type(self).__name__} is not known")

    def entropy(self) -> Tensor:
        """The expected -log_prob, for each of the batch."""
        raise NotImplementedError(f"the entropy of {type(self).__name__} is not known")

    def perplexity(self) -> Tensor:
        """exp(entropy)."""
        spread: Tensor = self.entropy().exp()
        return spread

    def _validate_sample(self, value: Tensor) -> None:
        """ValueError unless `value` fits the shapes and lies in the support."""
        if not isinstance(value, Tensor):
            raise ValueError(f"the value must be a Tensor, not {type(value).__name__}")
        dims = len(self._event_shape)
        event = value.shape[len(value.shape) - dims :] if dims <= value.ndim else value.shape
        if tuple(event) != tuple(self._event_shape):
            raise ValueError(
                f"{type(self).__name__}: the last dims of the value must be the event's, "
                f"{list(self._event_shape)}; its shape is {list(value.shape)}")
        whole = self._batch_shape + self._event_shape
        for given, wanted in zip(reversed(value.shape), reversed(whole), strict=False):
            if 1 != given != wanted != 1:
                raise ValueError(
                    f"{type(self).__name__}: a value of shape {list(value.shape)} does not "
                    f"broadcast with batch_shape + event_shape, {list(whole)}")
        try:
            support = self.support
        except NotImplementedError:
            warnings.warn(
                f"{type(self).__name__} has no support, so the value is not checked: define "
                "support or pass validate_args=False", stacklevel=3)
            return
        if not support.check(value).all():
            raise ValueError(
                f"{self!r}: the value, of shape {tuple(value.shape)}, must be in the support "
                f"{support!r}, but it is\n{value}")

    def __repr__(self) -> str:
        names = [each for each in self.arg_constraints if each in self.__dict__]
        values = [self.__dict__[each] for each in names]
        shown = [
            f"{name}: {value if value.numel() == 1 else value.shape}"
            for name, value in zip(names, values, strict=True)
        ]
        return f"{type(self).__name__}({', '.join(shown)})"
