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


def _seen_as(array: Array, like: Array) -> Array:
    """Complex numbers as pairs of real ones, or back, where `like` is of the other kind."""
    if (array.dtype.kind == "c") == (like.dtype.kind == "c"):
        return array
    if array.dtype.kind == "c":
        return array[..., None].view(array.real.dtype)
    return array.view(np.result_type(array, np.complex64))[..., 0]


def _in_kind_of_view(window: Window) -> Window:
    """The window with its base as numbers of the view's kind."""
    return Window(_seen_as(window.base, window.view), window.view)


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
    array = _seen_as(np.ascontiguousarray(input._array), window.view)
    window = _in_kind_of_view(window)
    if _simple(window):
        return _looking(array, window).copy()
    return array.reshape(-1)[_positions(window)]


@op(face=False, input=lambda grad, window: grad._window_rest(window))
def _window_rest(input: Tensor, window: Window) -> Any:
    """`input` with zeros where the window is."""
    rest = np.array(input._array, order="C")
    array, window = _seen_as(rest, window.view), _in_kind_of_view(window)
    if _simple(window):
        _looking(array, window)[...] = 0
    else:
        array.reshape(-1)[_positions(window)] = 0
    return rest


@op(face=False, input=lambda grad, window: grad._window_part(window))
def _window_spread(input: Tensor, window: Window) -> Any:
    """Zeros of the base's shape, with `input` added where the window is."""
    inner = _in_kind_of_view(window)
    spread = np.zeros(inner.base.shape, input._array.dtype)
    np.add.at(spread.reshape(-1), _positions(inner), input._array)
    return _seen_as(spread, window.base)
