"""What becomes of a distribution when its values are transformed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rushlight.autograd.modes import no_grad
from rushlight.distributions import constraints
from rushlight.distributions.distribution import Distribution
from rushlight.distributions.independent import Independent
from rushlight.distributions.parametric import Parametric
from rushlight.distributions.transform import ComposeTransform, Transform
from rushlight.distributions.utils import _sum_rightmost
from rushlight.tensor.tensor import Tensor

__all__ = ["TransformedDistribution"]


class TransformedDistribution(Parametric):
    """The distribution of t(x), for x of a distribution and one transform or a list of them.

    ValueError for what is no transform, and where values have fewer dims than the transform needs.
    """

    arg_constraints: dict[str, constraints.Constraint] = {}

    def __init__(
        self, base_distribution: Distribution, transforms: Any, validate_args: bool | None = None
    ) -> None:
        self.transforms: list[Transform] = (
            [transforms] if isinstance(transforms, Transform) else transforms)
        if not isinstance(self.transforms, list) or not all(
                isinstance(each, Transform) for each in self.transforms):
            raise ValueError(
                f"transforms must be a Transform or a list of them, not {transforms!r}")
        whole = self._whole()
        base_shape = base_distribution.batch_shape + base_distribution.event_shape
        if len(base_shape) < whole.domain.event_dim:
            raise ValueError(
                f"the transforms need values of at least {whole.domain.event_dim} dims, the base "
                f"distribution has {list(base_shape)}")
        shape = whole.forward_shape(base_shape)
        grown = whole.inverse_shape(shape)  # parameters of transforms may add dims to the batch
        own_dims = len(base_distribution.event_shape)
        if tuple(grown) != tuple(base_shape):
            base_distribution = base_distribution.expand(grown[: len(grown) - own_dims])
        missing = whole.domain.event_dim - own_dims
        if missing > 0:
            base_distribution = Independent(base_distribution, missing)
        self.base_dist = base_distribution
        dims = max(whole.codomain.event_dim,
                   own_dims + whole.codomain.event_dim - whole.domain.event_dim)
        cut = len(shape) - dims
        super().__init__(shape[:cut], shape[cut:], validate_args=validate_args)

    def _whole(self) -> ComposeTransform:
        return ComposeTransform(self.transforms)

    @property
    def has_rsample(self) -> bool:
        """Whether the base has."""
        return bool(self.base_dist.has_rsample)

    @constraints.dependent_property(is_discrete=False)
    def support(self) -> Any:
        """The last transform's codomain."""
        if not self.transforms:
            return self.base_dist.support
        found = self.transforms[-1].codomain
        more = len(self._event_shape) - found.event_dim
        return constraints.independent(found, more) if more > 0 else found

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Samples of the base, transformed."""
        with no_grad():
            return self._whole()(self.base_dist.sample(sample_shape))

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Samples of the base, transformed, with gradients."""
        return self._whole()(self.base_dist.rsample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        """The base's at the inverse, less the logarithm of how much the transforms stretch."""
        if self._validate_args:
            self._validate_sample(value)
        dims = len(self._event_shape)
        found: Any = 0.0
        y = value
        for each in reversed(self.transforms):
            x = each.inv(y)
            dims += each.domain.event_dim - each.codomain.event_dim
            found = found - _sum_rightmost(
                each.log_abs_det_jacobian(x, y), dims - each.domain.event_dim)
            y = x
        return found + _sum_rightmost(
            self.base_dist.log_prob(y), dims - len(self.base_dist.event_shape))

    def _monotonize_cdf(self, value: Tensor) -> Tensor:
        """1 - value where the transforms fall."""
        sign: Any = self._whole().sign
        return value if isinstance(sign, int) and sign == 1 else sign * (value - 0.5) + 0.5

    def cdf(self, value: Tensor) -> Tensor:
        """The base's at the inverse."""
        x = self._whole().inv(value)
        if self._validate_args:
            self.base_dist._validate_sample(x)
        return self._monotonize_cdf(self.base_dist.cdf(x))

    def icdf(self, value: Tensor) -> Tensor:
        """The base's, transformed."""
        return self._whole()(self.base_dist.icdf(self._monotonize_cdf(value)))
