"""The native loops that standardize channels or groups of them: forward, and all three gradients.

What is standardized together, a unit, is made of segments, stretches of numbers side by side: of a
batch norm's channel, one in each sample; of a group norm's group, one for each channel. Each
segment has one weight and one bias.

A unit is one item of work, so that threads don't change its sums, which are kept in float64.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any, NamedTuple

import numpy as np

from rushlight.engine import memory, native, share
from rushlight.engine.convolution_kernels import vector
from rushlight.engine.function_writer import (
    Field,
    Value,
    Variable,
    choose,
    instruction,
    repeat,
    repeat_while,
    variable,
    when,
)
from rushlight.engine.share import Words
from rushlight.engine.vectors import Vector
from rushlight.engine.walks import least

Array = np.ndarray[Any, Any]
TYPES = {"f": "float", "d": "double"}
LEAST = 8  # numbers to a segment: with less, vectors are mostly empty
_STRETCH = 4096  # numbers that are added in lanes
_CHAINS = 2  # sums at a time, or each addition waits for the last
_NUMBER = Field("double", 0)


class Layout(NamedTuple):
    """How units lie in an array of (samples, groups, channels of a group, numbers).

    over_samples: whether a unit is a group in all samples, of one channel; else in one sample.
    """

    samples: int
    groups: int
    channels: int
    size: int
    over_samples: bool

    @property
    def units(self) -> int:
        """How many there are."""
        return self.groups if self.over_samples else self.samples * self.groups

    @property
    def segments(self) -> int:
        """How many a unit has."""
        return self.samples if self.over_samples else self.channels

    def words(self, itemsize: int) -> tuple[int, ...]:
        """What the kernels are told of it: `_GIVEN`."""
        step = self.size * itemsize
        return (
            self.groups, self.segments, self.size, step * self.channels,
            step * self.groups if self.over_samples else step, self.channels,
            int(not self.over_samples))


@lru_cache(1024)
def layout(shape: tuple[int, ...], axes: tuple[int, ...], form: tuple[int, ...]) -> Layout | None:
    """That of an array of this shape, standardized along these axes by weights of the shape `form`;
    None if these loops don't know it."""
    ndim = len(shape)
    inner = [n for i, n in enumerate(shape) if i in axes and i and form[i] == 1]
    size = int(np.prod(inner, dtype=np.int64))
    if ndim < 3 or size < LEAST or form[0] != 1 or form[1] != shape[1] or 1 in axes:
        return None
    if axes[-len(inner):] != tuple(range(ndim - len(inner), ndim)):
        return None
    if ndim - len(inner) == 2 and axes[: -len(inner)] in ((), (0,)):
        return Layout(shape[0], shape[1], 1, size, axes[0] == 0)
    if ndim == 4 and axes == (2, 3) and form[2] == shape[2]:
        return Layout(shape[0], shape[1], shape[2], shape[3], False)
    return None


_GIVEN = "groups segments size unit_step segment_step unit_weights segment_weights"
_MOMENTS = Words("input mean variance", _GIVEN)
_FORWARD = Words("input weight bias eps made", _GIVEN)
_BACK = Words("grad input weight eps made to_weight to_bias", _GIVEN)


class Unit:
    """The unit that is being worked on, and its vectors."""

    def __init__(self, type: str, w: Any, number: Value) -> None:
        self.lanes, self.w, self.number = vector(type), w, number
        self.group = number % w.groups
        self.wide = Vector("double", self.lanes.lanes)
        first = number * w.unit_step
        self.first = choose(w.segment_weights.equals(0), self.group * w.unit_step, first)
        self.count = (w.segments * w.size).to("double", "sitofp")

    def weight(self, segment: Value) -> Value:
        """Which weight a segment has."""
        return self.group * self.w.unit_weights + segment * self.w.segment_weights

    def places(self, segment: Value, *arrays: Value) -> list[Value]:
        """Where the segment begins in these arrays."""
        return [each.plus(self.first + segment * self.w.segment_step) for each in arrays]

    def total(self, value: Value) -> Value:
        """The sum of the lanes, of float64."""
        return value.vector(
            f"call reassoc double @llvm.vector.reduce.fadd.v{self.lanes.lanes}f64(double 0.0, "
            f"{self.wide.type} {value.text})", "double")

    def add_up(self, places: list[Value], terms: Any, totals: list[Variable]) -> None:
        """Add what `terms` makes of a segment's vectors to the totals; its terms under the mask,
        None for all, count."""
        lanes, size = self.lanes, self.w.size
        with repeat((size + (_STRETCH - 1)) // _STRETCH) as stretch:
            start = stretch * _STRETCH
            count = least(size - start, size.like(_STRETCH))
            sums = [[lanes.variable(lanes.zero) for _ in range(_CHAINS)] for _ in totals]

            def add(chain: int, at: Value, mask: Value | None) -> None:
                read = [self.load(each, at, mask) for each in places]
                for chains, term in zip(sums, terms(*read), strict=True):
                    term = term if mask is None else lanes.only(term, mask)
                    chains[chain].set(lanes.add(chains[chain].value, term))

            turns = count // (lanes.lanes * _CHAINS)
            with repeat(turns) as turn:
                for chain in range(_CHAINS):
                    add(chain, start + (turn * _CHAINS + chain) * lanes.lanes, None)
            done = variable("i64", turns * (_CHAINS * lanes.lanes))
            with repeat_while(lambda: done.value.below(count)):
                add(0, start + done.value, lanes.first(count - done.value))
                done.set(done.value + lanes.lanes)
            for chains, total in zip(sums, totals, strict=True):
                whole = lanes.add(chains[0].value, chains[1].value)
                if lanes.element == "float":
                    whole = whole.to(self.wide.type, "fpext")
                total.set(self.wide.add(total.value, whole))

    def write(self, made: Value, places: list[Value], value: Any) -> None:
        """Write what `value` makes of a segment's vectors."""
        lanes, size = self.lanes, self.w.size
        with repeat(size // lanes.lanes) as k:
            at = k * lanes.lanes
            read = [self.load(each, at, None) for each in places]
            lanes.store(value(*read), made.plus(at * lanes.size))
        at = size // lanes.lanes * lanes.lanes
        with when(at.below(size)):
            mask = lanes.first(size - at)
            read = [self.load(each, at, mask) for each in places]
            lanes.store_some(value(*read), made.plus(at * lanes.size), mask)

    def load(self, place: Value, at: Value, mask: Value | None) -> Value:
        """A vector of numbers, from the `at`-th on."""
        here = place.plus(at * self.lanes.size)
        return self.lanes.load(here) if mask is None else self.lanes.load_some(here, mask)

    def spread(self, number: Value) -> Value:
        """A number of float64, in all lanes."""
        return self.lanes.all(
            number if self.lanes.element == "double" else number.to("float", "fptrunc"))

    def moments(self, source: Value) -> tuple[Value, Value]:
        """The mean, and the sum of the squares of the distances from it."""
        lanes = self.lanes
        total, square = (self.wide.variable(self.wide.zero) for _ in range(2))
        with repeat(self.w.segments) as segment:
            self.add_up(self.places(segment, source), lambda x: [x], [total])
        mean = self.total(total.value).over(self.count)
        middle = self.spread(mean)

        def squares(x: Value) -> list[Value]:
            apart = lanes.subtract(x, middle)
            return [lanes.multiply(apart, apart)]

        with repeat(self.w.segments) as segment:
            self.add_up(self.places(segment, source), squares, [square])
        return mean, self.total(square.value).over(self.count)

    def scale(self, variance: Value) -> Value:
        """1 / sqrt(variance + eps)."""
        wide = variance + self.w.eps[_NUMBER]
        root = instruction("double", f"call double @llvm.sqrt.f64(double {wide.text})")
        return Value("double", "1.0").over(root)

    def number_at(self, array: Value, index: Value, missing: float) -> Value:
        """A weight, as float64; `missing` where there is no array."""
        found = variable("double", missing)
        with when(array.differs(None)):
            number = array.item(self.lanes.element, index)
            found.set(number if number.type == "double" else number.to("double", "fpext"))
        return found.value

    def put(self, array: Value, index: Value, number: Value) -> None:
        """Write a number of float64 into an array of the unit's type."""
        type = self.lanes.element
        array.set_item(type, index, number if type == "double" else number.to(type, "fptrunc"))


@cache
def _moments(type: str) -> int:
    def write(words: Value, begin: Value, end: Value) -> None:
        w = _MOMENTS.read(words)
        with repeat(end - begin) as i:
            unit = Unit(type, w, begin + i)
            mean, variance = unit.moments(w.input)
            unit.put(w.mean, unit.number, mean)
            unit.put(w.variance, unit.number, variance)

    return share.kernel(f"moments_{type}", write)


@cache
def _forward(type: str) -> int:
    def write(words: Value, begin: Value, end: Value) -> None:
        w = _FORWARD.read(words)
        with repeat(end - begin) as i:
            unit = Unit(type, w, begin + i)
            lanes = unit.lanes
            mean, variance = unit.moments(w.input)
            scale, middle = unit.scale(variance), unit.spread(mean)
            with repeat(w.segments) as segment:
                at = unit.weight(segment)
                factor = unit.spread(scale * unit.number_at(w.weight, at, 1.0))
                bias = unit.spread(unit.number_at(w.bias, at, 0.0))
                source, made = unit.places(segment, w.input, w.made)
                unit.write(made, [source], lambda x, middle=middle, factor=factor, bias=bias: (
                    lanes.fma(lanes.subtract(x, middle), factor, bias)))

    return share.kernel(f"standardized_{type}", write)


@cache
def _back(type: str) -> int:
    """With n numbers to a unit, distances d from the mean, scale s, weights w and gradients g:
    s * (w * g - sum(w * g) / n - d * s**2 * sum(w * g * d) / n)."""
    def write(words: Value, begin: Value, end: Value) -> None:
        w = _BACK.read(words)
        with repeat(end - begin) as i:
            unit = Unit(type, w, begin + i)
            lanes = unit.lanes
            mean, variance = unit.moments(w.input)
            scale, middle = unit.scale(variance), unit.spread(mean)
            all_grads, all_shares = variable("double", 0.0), variable("double", 0.0)
            with repeat(w.segments) as segment:
                grads, shares = (unit.wide.variable(unit.wide.zero) for _ in range(2))
                unit.add_up(
                    unit.places(segment, w.grad, w.input),
                    lambda g, x: [g, lanes.multiply(g, lanes.subtract(x, middle))],
                    [grads, shares])
                grad, shared = unit.total(grads.value), unit.total(shares.value)
                place = unit.number * w.segments + segment
                unit.put(w.to_bias, place, grad)
                unit.put(w.to_weight, place, shared * scale)
                weight = unit.number_at(w.weight, unit.weight(segment), 1.0)
                all_grads.set(all_grads.value + grad * weight)
                all_shares.set(all_shares.value + shared * weight)
            level = unit.spread(scale * all_grads.value.over(unit.count))
            slope = unit.spread(
                scale * scale * scale * all_shares.value.over(unit.count) * -1.0)
            with repeat(w.segments) as segment:
                factor = unit.spread(
                    scale * unit.number_at(w.weight, unit.weight(segment), 1.0))
                grad, source, made = unit.places(segment, w.grad, w.input, w.made)
                unit.write(made, [grad, source], lambda g, x, factor=factor: lanes.fma(
                    lanes.subtract(x, middle), slope,
                    lanes.subtract(lanes.multiply(g, factor), level)))

    return share.kernel(f"standardized_back_{type}", write)


def knows(array: Array) -> bool:
    """Whether there are loops for this dtype, and LLVM to make them."""
    return array.dtype.char in TYPES and array.flags.aligned and native.available()


def moments(array: Array, laid: Layout) -> tuple[Array, Array]:
    """The mean and the variance (the mean square of distances) of each unit."""
    mean, variance = (memory.empty((laid.units,), array.dtype) for _ in range(2))
    share.share(_moments(TYPES[array.dtype.char]), laid.units, 1, array, mean, variance,
                *laid.words(array.itemsize))
    return mean, variance


def forward(
    array: Array, weight: Array | None, bias: Array | None, laid: Layout, eps: float
) -> Array:
    """The standardized numbers, times weights, plus biases."""
    made = memory.empty(array.shape, array.dtype)
    share.share(
        _forward(TYPES[array.dtype.char]), laid.units, 1, array, 0 if weight is None else weight,
        0 if bias is None else bias, np.array(eps), made,
        *laid.words(array.itemsize))
    return made


def back(
    grad: Array, array: Array, weight: Array | None, laid: Layout, eps: float
) -> tuple[Array, Array, Array]:
    """The gradients of the array, of the weights and of the biases, from that of the result."""
    made = memory.empty(array.shape, array.dtype)
    to_weight, to_bias = (
        memory.empty((laid.units, laid.segments), array.dtype) for _ in range(2))
    share.share(
        _back(TYPES[array.dtype.char]), laid.units, 1, grad, array,
        0 if weight is None else weight, np.array(eps), made, to_weight, to_bias,
        *laid.words(array.itemsize))
    if laid.over_samples:
        return made, to_weight.sum(1), to_bias.sum(1)
    each = (laid.samples, laid.groups * laid.channels)
    return made, to_weight.reshape(each).sum(0), to_bias.reshape(each).sum(0)
