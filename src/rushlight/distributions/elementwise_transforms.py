"""Transforms of single numbers, each on its own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rushlight.distributions import constraints
from rushlight.distributions import functions as f
from rushlight.distributions.transform import Transform, same_kind
from rushlight.distributions.utils import _sum_rightmost, broadcast_all, eps, tiny
from rushlight.tensor.tensor import Tensor


class ExpTransform(Transform):
    """y = exp(x)."""

    domain = constraints.real
    codomain = constraints.positive
    bijective = True
    sign = 1
    __eq__ = same_kind
    __hash__ = None

    def _call(self, x: Any) -> Any:
        return x.exp()

    def _inverse(self, y: Any) -> Any:
        return y.log()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """x."""
        return x


class PowerTransform(Transform):
    """y = x ** exponent, for positive x."""

    domain = constraints.positive
    codomain = constraints.positive
    bijective = True

    def __init__(self, exponent: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        (self.exponent,) = broadcast_all(exponent)

    def with_cache(self, cache_size: int = 1) -> Any:
        """The same with another cache."""
        if self._cache_size == cache_size:
            return self
        return PowerTransform(self.exponent, cache_size=cache_size)

    @property
    def sign(self) -> Any:
        """The exponent's."""
        return self.exponent.sign()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PowerTransform) and bool((self.exponent == other.exponent).all())

    __hash__ = None

    def _call(self, x: Any) -> Any:
        return x**self.exponent

    def _inverse(self, y: Any) -> Any:
        return y ** (1 / self.exponent)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log(abs(exponent * x ** (exponent - 1)))."""
        return (self.exponent * y / x).abs().log()

    def forward_shape(self, shape: Sequence[int]) -> Any:
        """The exponent may add dims."""
        return f.broadcast_shapes(shape, self.exponent.shape)

    inverse_shape = forward_shape


def clipped_sigmoid(x: Tensor) -> Tensor:
    """The sigmoid, kept inside (0, 1) where rounding would reach the ends."""
    inside: Tensor = x.sigmoid().clamp(min=tiny(x), max=1.0 - eps(x))
    return inside


class SigmoidTransform(Transform):
    """y = 1 / (1 + exp(-x)), and never quite 0 or 1."""

    domain = constraints.real
    codomain = constraints.unit_interval
    bijective = True
    sign = 1
    __eq__ = same_kind
    __hash__ = None

    def _call(self, x: Any) -> Any:
        return clipped_sigmoid(x)

    def _inverse(self, y: Any) -> Any:
        y = y.clamp(min=tiny(y), max=1.0 - eps(y))
        return y.log() - (-y).log1p()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log(y (1 - y)), without cancellation."""
        return -f.softplus(-x) - f.softplus(x)


class SoftplusTransform(Transform):
    """y = log(1 + exp(x)), and x itself where x > 20."""

    domain = constraints.real
    codomain = constraints.positive
    bijective = True
    sign = 1
    __eq__ = same_kind
    __hash__ = None

    def _call(self, x: Any) -> Any:
        return f.softplus(x)

    def _inverse(self, y: Any) -> Any:
        return (-(-y).expm1()).log() + y

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log(sigmoid(x))."""
        return -f.softplus(-x)


class TanhTransform(Transform):
    """y = tanh(x). With `cache_size=1` the inverse of a result loses no digits."""

    domain = constraints.real
    codomain = constraints.interval(-1.0, 1.0)
    bijective = True
    sign = 1
    __eq__ = same_kind
    __hash__ = None

    def _call(self, x: Any) -> Any:
        return x.tanh()

    def _inverse(self, y: Any) -> Any:
        return y.atanh()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log(1 - y ** 2), without cancellation."""
        return 2.0 * (math.log(2.0) - x - f.softplus(-2.0 * x))


class AbsTransform(Transform):
    """y = abs(x): not bijective, its inverse gives the positive x."""

    domain = constraints.real
    codomain = constraints.positive
    __eq__ = same_kind
    __hash__ = None

    def _call(self, x: Any) -> Any:
        return x.abs()

    def _inverse(self, y: Any) -> Any:
        return y


class AffineTransform(Transform):
    """y = loc + scale * x. event_dim: how many of the last dims count as one event."""

    bijective = True

    def __init__(self, loc: Any, scale: Any, event_dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.loc = loc
        self.scale = scale
        self._event_dim = event_dim

    @property
    def event_dim(self) -> int:
        """How many of the last dims count as one event."""
        return self._event_dim

    @constraints.dependent_property(is_discrete=False)
    def domain(self) -> Any:
        """The real numbers, or events of them."""
        if not self._event_dim:
            return constraints.real
        return constraints.independent(constraints.real, self._event_dim)

    codomain = domain

    def with_cache(self, cache_size: int = 1) -> Any:
        """The same with another cache."""
        if self._cache_size == cache_size:
            return self
        return AffineTransform(self.loc, self.scale, self._event_dim, cache_size=cache_size)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AffineTransform) and _same(self.loc, other.loc) and _same(
            self.scale, other.scale)

    __hash__ = None

    @property
    def sign(self) -> Any:
        """The scale's."""
        if isinstance(self.scale, Tensor):
            return self.scale.sign()
        return 1 if self.scale > 0 else -1 if self.scale < 0 else 0

    def _call(self, x: Any) -> Any:
        return self.loc + self.scale * x

    def _inverse(self, y: Any) -> Any:
        return (y - self.loc) / self.scale

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log(abs(scale)), summed over the event."""
        if isinstance(self.scale, Tensor):
            stretch = self.scale.abs().log()
        else:
            stretch = f.full_like(x, math.log(abs(self.scale)))
        return _sum_rightmost(f.broadcast_to(stretch, x.shape), self._event_dim)

    def forward_shape(self, shape: Sequence[int]) -> Any:
        """The parameters may add dims."""
        return f.broadcast_shapes(
            shape, getattr(self.loc, "shape", ()), getattr(self.scale, "shape", ()))

    inverse_shape = forward_shape


def _same(a: Any, b: Any) -> bool:
    """Whether two parameters, numbers or tensors, are the same or equal."""
    if a is b:
        return True
    equal = a == b
    return bool(equal.all()) if isinstance(equal, Tensor) else bool(equal)
