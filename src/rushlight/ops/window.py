"""The three linear maps behind in-place writes to views: a window's part, the rest, and the spread.

A `Window` names the elements of a base that a view shows. These rows are not on the face: only
`autograd/inplace.py` calls them, by method.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.autograd.inplace import Window
from rushlight.ops.op import op
from rushlight.tensor import storage
from rushlight.tensor.tensor import Array, Tensor


def _looking(cotangent: Array, window: Window) -> Array:
    """The window's view of a contiguous array that has the base's shape."""
    base, view = window.base, window.view
    offset = (storage.address(view) - storage.address(base)) // base.itemsize
    strides = tuple(each // view.itemsize * cotangent.itemsize for each in view.strides)
    flat = cotangent.reshape(-1)
    return np.lib.stride_tricks.as_strided(flat[offset:], view.shape, strides)


def _positions(window: Window) -> Array:
    """Where the window's elements are in the base's logical order, for a base of any strides."""

    def places(array: Array, start: int) -> Array:
        found = np.full(array.shape, start, np.int64)
        for dim, (size, stride) in enumerate(zip(array.shape, array.strides, strict=True)):
            found += (np.arange(size) * stride).reshape((size,) + (1,) * (array.ndim - dim - 1))
        return found

    offset = storage.address(window.view) - storage.address(window.base)
    of_base = places(window.base, 0).reshape(-1)
    order = np.argsort(of_base, kind="stable")
    found = np.searchsorted(of_base[order], places(window.view, offset).reshape(-1))
    return order[found].reshape(window.view.shape)


def _simple(window: Window) -> bool:
    base, view = window.base, window.view
    return base.flags.c_contiguous and base.itemsize == view.itemsize and view.size > 0


@op(face=False, input=lambda grad, window: grad._window_spread(window))
def _window_part(input: Tensor, window: Window) -> Any:
    """The elements of `input` (of the base's shape) that the window shows."""
    array = np.ascontiguousarray(input._array)
    if _simple(window):
        return _looking(array, window).copy()
    return array.reshape(-1)[_positions(window)]


@op(face=False, input=lambda grad, window: grad._window_rest(window))
def _window_rest(input: Tensor, window: Window) -> Any:
    """`input` with zeros where the window is."""
    array = np.array(input._array, order="C")
    if _simple(window):
        _looking(array, window)[...] = 0
    else:
        array.reshape(-1)[_positions(window)] = 0
    return array


@op(face=False, input=lambda grad, window: grad._window_part(window))
def _window_spread(input: Tensor, window: Window) -> Any:
    """Zeros of the base's shape, with `input` added where the window is."""
    spread = np.zeros(window.base.shape, input._array.dtype)
    np.add.at(spread.reshape(-1), _positions(window), input._array)
    return spread
