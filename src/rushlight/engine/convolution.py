"""Convolution of arrays: the product that is linear in both its operands, and its two transposes.

`forward` slides a weight over an input. `to_input` and `to_weight` are its transposes, which take
the result's gradient back to either operand; each of the three is a derivative of the other two, so
no more are ever needed. float32 and float64 go to loops of our own (`direct_convolution.py`,
`direct_gradient.py`) where there is LLVM; `by_windows` is each as a sum of matrix products over
windows (`windows.py`), for any dtype, and what the loops are held to.

input: (batch, channels, *sizes). weight: (out channels, channels / groups, *kernel). Of any number
of trailing dims.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from rushlight.engine import native, windows
from rushlight.engine.windows import Sliding

Array = np.ndarray[Any, Any]
_ROOM = 1 << 24  # elements of windows written out at once


class Geometry(NamedTuple):
    """How a weight moves over an input, a number (of padding: a pair) for each trailing dim."""

    stride: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    dilation: tuple[int, ...]
    groups: int

    def sliding(self, kernel: tuple[int, ...]) -> Sliding:
        """The windows that a kernel of this shape looks through."""
        return Sliding(kernel, self.stride, self.padding, self.dilation)


def forward(input: Array, weight: Array, bias: Array | None, geometry: Geometry) -> Array:
    """The convolution: (batch, out channels, *places); bias: (out channels), added to it."""
    if _loops_know(input, weight):
        from rushlight.engine import direct_convolution

        return direct_convolution.forward(input, weight, bias, geometry)
    return _biased(forward_by_windows(input, weight, geometry), bias)


def to_input(
    grad: Array, weight: Array, bias: Array | None, sizes: tuple[int, ...], geometry: Geometry
) -> Array:
    """From the gradient of the result to that of an input with these trailing sizes; bias:
    (channels), added to it, as a transposed convolution has one."""
    if _loops_know(grad, weight):
        from rushlight.engine import direct_convolution

        return direct_convolution.to_input(grad, weight, bias, sizes, geometry)
    return _biased(to_input_by_windows(grad, weight, sizes, geometry), bias)


def to_weight(
    grad: Array, input: Array, kernel: tuple[int, ...], geometry: Geometry
) -> Array:
    """From the gradient of the result to that of a weight with this kernel."""
    if _loops_know(grad, input):
        from rushlight.engine import direct_gradient

        return direct_gradient.to_weight(grad, input, kernel, geometry)
    return to_weight_by_windows(grad, input, kernel, geometry)


def _loops_know(a: Array, b: Array) -> bool:
    """Whether loops of our own can do it: three dims at most, and elements in both."""
    return (
        a.dtype == b.dtype and a.dtype.char in "fd" and a.ndim <= 5 and a.size > 0 and b.size > 0
        and native.available())


def _biased(made: Array, bias: Array | None) -> Array:
    if bias is not None:
        made += bias.reshape(-1, *(1,) * (made.ndim - 2))
    return made


# --- by windows


def forward_by_windows(input: Array, weight: Array, geometry: Geometry) -> Array:
    """`forward`, without a bias."""
    where = geometry.sliding(weight.shape[2:])
    places = where.places(input.shape[2:])
    matrix = _matrices(weight, geometry.groups)
    made = np.empty((len(input), len(weight), *places), input.dtype)
    for part in _parts(len(input), input.shape[1], where, places):
        columns = _columns(input[part], where, geometry.groups)
        made[part] = (matrix @ columns).reshape(made[part].shape)
    return made


def to_input_by_windows(
    grad: Array, weight: Array, sizes: tuple[int, ...], geometry: Geometry
) -> Array:
    """`to_input`, without a bias."""
    where = geometry.sliding(weight.shape[2:])
    channels = weight.shape[1] * geometry.groups
    matrix = _matrices(weight, geometry.groups).swapaxes(-1, -2)
    made = np.empty((len(grad), channels, *sizes), grad.dtype)
    places = grad.shape[2:]
    for part in _parts(len(grad), channels, where, places):
        columns = matrix @ _rows(grad[part], geometry.groups)
        shape = (len(columns), channels, *where.kernel, *places)
        made[part] = windows.add_up(columns.reshape(shape), sizes, where)
    return made


def to_weight_by_windows(
    grad: Array, input: Array, kernel: tuple[int, ...], geometry: Geometry
) -> Array:
    """`to_weight`."""
    where = geometry.sliding(kernel)
    groups = geometry.groups
    out, channels = grad.shape[1] // groups, input.shape[1] // groups
    made = np.zeros((groups, out, channels * math.prod(kernel)), grad.dtype)
    for part in _parts(len(input), input.shape[1], where, grad.shape[2:]):
        columns = _columns(input[part], where, groups)
        made += np.add.reduce(_rows(grad[part], groups) @ columns.swapaxes(-1, -2), 0)
    return made.reshape(groups * out, channels, *kernel)


def _parts(
    batch: int, channels: int, where: Sliding, places: tuple[int, ...]
) -> Iterator[slice]:
    """The batch in slices whose windows have room."""
    each = max(1, channels * math.prod(where.kernel) * math.prod(places))
    step = max(1, _ROOM // each)
    for start in range(0, batch, step):
        yield slice(start, start + step)


def _matrices(weight: Array, groups: int) -> Array:
    """The weight as (groups, out channels of one, elements of a window)."""
    return weight.reshape(groups, len(weight) // groups, math.prod(weight.shape[1:]))


def _columns(input: Array, where: Sliding, groups: int) -> Array:
    """The windows as (batch, groups, elements of a window, places)."""
    seen = windows.look(input, where)
    of_one = input.shape[1] // groups * math.prod(where.kernel)
    places = math.prod(seen.shape[2 + len(where.kernel) :])
    return seen.reshape(len(input), groups, of_one, places)


def _rows(grad: Array, groups: int) -> Array:
    """A result, or its gradient, as (batch, groups, out channels of one, places)."""
    return grad.reshape(len(grad), groups, grad.shape[1] // groups, math.prod(grad.shape[2:]))
