"""Transforms that change what counts as an event, or that work on parts of a tensor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rushlight.distributions import constraints
from rushlight.distributions import functions as f
from rushlight.distributions.distribution import Distribution
from rushlight.distributions.transform import Transform
from rushlight.distributions.utils import _sum_rightmost
from rushlight.tensor.size import Size


class IndependentTransform(Transform):
    """Another transform with some dims of the batch counted as the event's."""

    def __init__(
        self, base_transform: Transform, reinterpreted_batch_ndims: int, cache_size: int = 0
    ) -> None:
        super().__init__(cache_size)
        self.base_transform = base_transform.with_cache(cache_size)
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims

    def with_cache(self, cache_size: int = 1) -> Any:
        """The same with another cache."""
        if self._cache_size == cache_size:
            return self
        return IndependentTransform(
            self.base_transform, self.reinterpreted_batch_ndims, cache_size=cache_size)

    @constraints.dependent_property(is_discrete=False)
    def domain(self) -> Any:
        """The base's, with more dims in an event."""
        return constraints.independent(self.base_transform.domain, self.reinterpreted_batch_ndims)

    @constraints.dependent_property(is_discrete=False)
    def codomain(self) -> Any:
        """The base's, with more dims in an event."""
        return constraints.independent(self.base_transform.codomain, self.reinterpreted_batch_ndims)

    @property
    def bijective(self) -> Any:
        """Whether the base is."""
        return self.base_transform.bijective

    @property
    def sign(self) -> Any:
        """The base's."""
        return self.base_transform.sign

    def _call(self, x: Any) -> Any:
        if x.dim() < self.domain.event_dim:
            raise ValueError(f"x needs {self.domain.event_dim} dims, it has {x.dim()}")
        return self.base_transform(x)

    def _inverse(self, y: Any) -> Any:
        if y.dim() < self.codomain.event_dim:
            raise ValueError(f"y needs {self.codomain.event_dim} dims, it has {y.dim()}")
        return self.base_transform.inv(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """The base's, summed over the dims that were taken from the batch."""
        return _sum_rightmost(
            self.base_transform.log_abs_det_jacobian(x, y), self.reinterpreted_batch_ndims)

    def forward_shape(self, shape: Sequence[int]) -> Any:
        """The base's."""
        return self.base_transform.forward_shape(shape)

    def inverse_shape(self, shape: Sequence[int]) -> Any:
        """The base's."""
        return self.base_transform.inverse_shape(shape)

    def __repr__(self) -> str:
        return f"IndependentTransform({self.base_transform!r}, {self.reinterpreted_batch_ndims})"


class ReshapeTransform(Transform):
    """Events of one shape seen in another. ValueError for shapes of different sizes."""

    bijective = True

    def __init__(
        self, in_shape: Sequence[int], out_shape: Sequence[int], cache_size: int = 0
    ) -> None:
        self.in_shape = Size(in_shape)
        self.out_shape = Size(out_shape)
        if self.in_shape.numel() != self.out_shape.numel():
            raise ValueError(
                f"{list(in_shape)} and {list(out_shape)} do not hold equally many elements")
        super().__init__(cache_size)

    @constraints.dependent_property
    def domain(self) -> Any:
        """Real numbers of `in_shape`."""
        return constraints.independent(constraints.real, len(self.in_shape))

    @constraints.dependent_property
    def codomain(self) -> Any:
        """Real numbers of `out_shape`."""
        return constraints.independent(constraints.real, len(self.out_shape))

    def with_cache(self, cache_size: int = 1) -> Any:
        """The same with another cache."""
        if self._cache_size == cache_size:
            return self
        return ReshapeTransform(self.in_shape, self.out_shape, cache_size=cache_size)

    def _call(self, x: Any) -> Any:
        return x.reshape((*x.shape[: x.dim() - len(self.in_shape)], *self.out_shape))

    def _inverse(self, y: Any) -> Any:
        return y.reshape((*y.shape[: y.dim() - len(self.out_shape)], *self.in_shape))

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """0."""
        return x.new_zeros(x.shape[: x.dim() - len(self.in_shape)])

    def forward_shape(self, shape: Sequence[int]) -> Any:
        """`in_shape` at the end becomes `out_shape`. ValueError if it is not there."""
        return _with_tail(shape, self.in_shape, self.out_shape)

    def inverse_shape(self, shape: Sequence[int]) -> Any:
        """`out_shape` at the end becomes `in_shape`. ValueError if it is not there."""
        return _with_tail(shape, self.out_shape, self.in_shape)


def _with_tail(shape: Sequence[int], old: Size, new: Size) -> Size:
    kept = len(shape) - len(old)
    if kept < 0 or tuple(shape[kept:]) != tuple(old):
        raise ValueError(f"a shape that ends in {list(old)} is needed, not {list(shape)}")
    return Size((*shape[:kept], *new))


class CatTransform(Transform):
    """A transform for each of some consecutive pieces, of these lengths along `dim`.

    AssertionError for what is no transform, or of another size.
    """

    def __init__(
        self, tseq: Sequence[Transform], dim: int = 0, lengths: Sequence[int] | None = None,
        cache_size: int = 0,
    ) -> None:
        if not all(isinstance(each, Transform) for each in tseq):
            raise AssertionError("CatTransform takes a sequence of Transforms")
        super().__init__(cache_size)
        self.transforms = [each.with_cache(cache_size) for each in tseq]
        self.lengths = [1] * len(self.transforms) if lengths is None else list(lengths)
        if len(self.lengths) != len(self.transforms):
            raise AssertionError(f"{len(self.transforms)} transforms need as many lengths")
        self.dim = dim

    @property
    def event_dim(self) -> int:
        """The largest of the parts'."""
        return max(each.event_dim for each in self.transforms)

    @property
    def length(self) -> int:
        """The size of `dim`."""
        return sum(self.lengths)

    def with_cache(self, cache_size: int = 1) -> Any:
        """The same with another cache."""
        if self._cache_size == cache_size:
            return self
        return CatTransform(self.transforms, self.dim, self.lengths, cache_size)

    def _pieces(self, value: Any) -> Any:
        if not -value.dim() <= self.dim < value.dim() or value.size(self.dim) != self.length:
            raise AssertionError(
                f"dim {self.dim} must be of size {self.length}, the shape is {list(value.shape)}")
        return value.split(self.lengths, self.dim)

    def _call(self, x: Any) -> Any:
        return f.cat([
            each(part) for each, part in zip(self.transforms, self._pieces(x), strict=True)],
            self.dim)

    def _inverse(self, y: Any) -> Any:
        return f.cat([
            each.inv(part) for each, part in zip(self.transforms, self._pieces(y), strict=True)],
            self.dim)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """The parts', one after the other along `dim`, or summed if that is in the event."""
        found = []
        for each, before, after in zip(
                self.transforms, self._pieces(x), self._pieces(y), strict=True):
            term = each.log_abs_det_jacobian(before, after)
            found.append(_sum_rightmost(term, self.event_dim - each.event_dim))
        dim = self.dim - x.dim() if self.dim >= 0 else self.dim
        dim += self.event_dim
        return f.cat(found, dim) if dim < 0 else sum(found)

    @property
    def bijective(self) -> bool:
        """Whether every part is."""
        return all(each.bijective for each in self.transforms)

    @constraints.dependent_property
    def domain(self) -> Any:
        """The parts', side by side."""
        return constraints.cat([each.domain for each in self.transforms], self.dim, self.lengths)

    @constraints.dependent_property
    def codomain(self) -> Any:
        """The parts', side by side."""
        return constraints.cat([each.codomain for each in self.transforms], self.dim, self.lengths)


class StackTransform(Transform):
    """A transform for each slice along `dim`.

    AssertionError for what is no transform, or of another size.
    """

    def __init__(
        self, tseq: Sequence[Transform], dim: int = 0, cache_size: int = 0
    ) -> None:
        if not all(isinstance(each, Transform) for each in tseq):
            raise AssertionError("StackTransform takes a sequence of Transforms")
        super().__init__(cache_size)
        self.transforms = [each.with_cache(cache_size) for each in tseq]
        self.dim = dim

    def with_cache(self, cache_size: int = 1) -> Any:
        """The same with another cache."""
        if self._cache_size == cache_size:
            return self
        return StackTransform(self.transforms, self.dim, cache_size)

    def _slices(self, value: Any) -> list[Any]:
        count = len(self.transforms)
        if not -value.dim() <= self.dim < value.dim() or value.size(self.dim) != count:
            raise AssertionError(
                f"dim {self.dim} must be of size {count}, the shape is {list(value.shape)}")
        return [value.select(self.dim, i) for i in range(count)]

    def _call(self, x: Any) -> Any:
        return f.stack([
            each(part) for each, part in zip(self.transforms, self._slices(x), strict=True)],
            self.dim)

    def _inverse(self, y: Any) -> Any:
        return f.stack([
            each.inv(part) for each, part in zip(self.transforms, self._slices(y), strict=True)],
            self.dim)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """The parts', stacked along `dim`."""
        triples = zip(self.transforms, self._slices(x), self._slices(y), strict=True)
        return f.stack([each.log_abs_det_jacobian(*pair) for each, *pair in triples], self.dim)

    @property
    def bijective(self) -> bool:
        """Whether every part is."""
        return all(each.bijective for each in self.transforms)

    @constraints.dependent_property
    def domain(self) -> Any:
        """The parts', side by side."""
        return constraints.stack([each.domain for each in self.transforms], self.dim)

    @constraints.dependent_property
    def codomain(self) -> Any:
        """The parts', side by side."""
        return constraints.stack([each.codomain for each in self.transforms], self.dim)


class CumulativeDistributionTransform(Transform):
    """y = distribution.cdf(x): values of the distribution become uniform on [0, 1]."""

    bijective = True
    codomain = constraints.unit_interval
    sign = 1

    def __init__(self, distribution: Distribution, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.distribution = distribution

    @property
    def domain(self) -> Any:
        """The distribution's support."""
        return self.distribution.support

    def _call(self, x: Any) -> Any:
        return self.distribution.cdf(x)

    def _inverse(self, y: Any) -> Any:
        return self.distribution.icdf(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """The distribution's log_prob."""
        return self.distribution.log_prob(x)

    def with_cache(self, cache_size: int = 1) -> Any:
        """The same with another cache."""
        if self._cache_size == cache_size:
            return self
        return CumulativeDistributionTransform(self.distribution, cache_size=cache_size)
