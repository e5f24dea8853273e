"""The largest elements of windows, and where they are.

Windows are given by the positions of their elements in an input whose trailing dims are made one:
`positions` is (places, elements of a window), or has the input's leading dims before that where
each has windows of its own.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rushlight.engine import native

Array = np.ndarray[Any, Any]
_ROOM = 1 << 24  # elements of windows written out at once


def largest(input: Array, positions: Array) -> tuple[Array, Array]:
    """(lines, elements) to two arrays of (lines, places): the largest, and their positions.

    Of equal elements the first counts; nan is larger than all.
    """
    if _loops_know(input) and input.size and positions.size:
        from rushlight.engine import pooling_kernels

        return pooling_kernels.largest(
            np.ascontiguousarray(input), np.ascontiguousarray(positions))
    lines, shape = len(input), (len(input), positions.shape[-2])
    values, found = np.empty(shape, input.dtype), np.empty(shape, np.int64)
    step = max(1, _ROOM // max(1, math.prod(positions.shape[-2:])))
    for start in range(0, lines, step):
        part = slice(start, start + step)
        own = positions if positions.ndim == 2 else positions[part]
        seen = input[part][:, own] if positions.ndim == 2 else _each(input[part], own)
        nth = seen.argmax(-1)[..., None]
        values[part] = np.take_along_axis(seen, nth, -1)[..., 0]
        everywhere = np.broadcast_to(own, seen.shape)
        found[part] = np.take_along_axis(everywhere, nth, -1)[..., 0]
    return values, found


def back(grad: Array, found: Array, size: int) -> Array:
    """The gradient's way: (lines, places) to (lines, size), each added at its position."""
    if _loops_know(grad) and grad.size:
        from rushlight.engine import pooling_kernels

        return pooling_kernels.back(
            np.ascontiguousarray(grad), np.ascontiguousarray(found), size)
    made = np.zeros((len(grad), size), grad.dtype)
    np.add.at(made, (np.arange(len(grad))[:, None], found), grad)
    return made


def _loops_know(array: Array) -> bool:
    return array.dtype.char in "fd" and native.available()


def _each(input: Array, positions: Array) -> Array:
    """Each line's own windows."""
    flat = positions.reshape(len(positions), -1)
    return np.take_along_axis(input, flat, 1).reshape(positions.shape)
