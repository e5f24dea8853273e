"""A mixture of distributions of one family."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rushlight.autograd.modes import no_grad
from rushlight.distributions import constraints
from rushlight.distributions.categorical import Categorical
from rushlight.distributions.distribution import Distribution
from rushlight.tensor.size import Size
from rushlight.tensor.tensor import Tensor

__all__ = ["MixtureSameFamily"]


class MixtureSameFamily(Distribution):
    """One of several components, which are the last dim of the batch of `component_distribution`.

    mixture_distribution: a Categorical that says how likely each is. ValueError for other classes,
    and for batches that do not fit.
    """

    arg_constraints: dict[str, constraints.Constraint] = {}
    has_rsample = False

    def __init__(
        self, mixture_distribution: Categorical, component_distribution: Distribution,
        validate_args: bool | None = None,
    ) -> None:
        if not isinstance(mixture_distribution, Categorical):
            raise ValueError("the mixture distribution must be a Categorical")
        if not isinstance(component_distribution, Distribution):
            raise ValueError("the component distribution must be a Distribution")
        mixed = mixture_distribution.batch_shape
        *batch, count = component_distribution.batch_shape or (0,)
        for given, wanted in zip(reversed(mixed), reversed(batch), strict=False):
            if 1 != given != wanted != 1:
                raise ValueError(
                    f"the mixture's batch_shape {list(mixed)} does not fit the components', "
                    f"{batch} and one for each")
        weights = mixture_distribution.logits.shape[-1]
        if weights != count:
            raise ValueError(
                f"the mixture has {weights} weights for {count} components (the last dim of "
                "their batch)")
        if tuple(mixed) != tuple(batch):
            mixture_distribution = mixture_distribution.expand(batch)
        self._mixture_distribution = mixture_distribution
        self._component_distribution = component_distribution
        self._num_component = count
        event = component_distribution.event_shape
        self._event_ndims = len(event)
        super().__init__(batch, event, validate_args=validate_args)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        """The same with a larger batch."""
        new = self._get_checked_instance(MixtureSameFamily, _instance)
        batch = Size(batch_shape)
        new._component_distribution = self._component_distribution.expand(
            (*batch, self._num_component))
        new._mixture_distribution = self._mixture_distribution.expand(batch)
        new._num_component = self._num_component
        new._event_ndims = self._event_ndims
        super(MixtureSameFamily, new).__init__(batch, self._event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    @constraints.dependent_property
    def support(self) -> Any:
        """The components'."""
        return constraints.MixtureSameFamilyConstraint(self._component_distribution.support)

    @property
    def mixture_distribution(self) -> Categorical:
        """How likely each component is."""
        return self._mixture_distribution

    @property
    def component_distribution(self) -> Distribution:
        """The components."""
        return self._component_distribution

    def _weights(self) -> Tensor:
        """The probabilities, with the event's dims at the end."""
        probs = self._mixture_distribution.probs
        return probs.reshape(probs.shape + (1,) * self._event_ndims)

    @property
    def mean(self) -> Tensor:
        """The mean of the components'."""
        return (self._weights() * self._component_distribution.mean).sum(-1 - self._event_ndims)

    @property
    def variance(self) -> Tensor:
        """The mean of the components' variances and the variance of their means."""
        parts, dim = self._component_distribution, -1 - self._event_ndims
        away = parts.mean - self.mean.unsqueeze(dim)
        return (self._weights() * (parts.variance + away.pow(2.0))).sum(dim)

    def cdf(self, value: Tensor) -> Tensor:
        """The mean of the components'."""
        below = self._component_distribution.cdf(self._beside_components(value))
        return (below * self._mixture_distribution.probs).sum(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the mean of the components' densities."""
        if self._validate_args:
            self._validate_sample(value)
        parts = self._component_distribution.log_prob(self._beside_components(value))
        return (parts + self._mixture_distribution.logits.log_softmax(-1)).logsumexp(-1)

    def _beside_components(self, value: Tensor) -> Tensor:
        return value.unsqueeze(-1 - self._event_ndims)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Samples of all components, of which one each is taken."""
        with no_grad():
            dims = self._event_ndims
            chosen = self._mixture_distribution.sample(sample_shape)
            drawn = self._component_distribution.sample(sample_shape)
            chosen = chosen.reshape(chosen.shape + (1,) * (dims + 1))
            place = drawn.ndim - 1 - dims
            wanted = (*drawn.shape[:place], 1, *drawn.shape[place + 1 :])
            return drawn.gather(place, chosen.expand(wanted)).squeeze(place)

    def __repr__(self) -> str:
        parts = f"{self.mixture_distribution},\n  {self.component_distribution}"
        return f"MixtureSameFamily(\n  {parts})"
