"""The parts of large matrices below or above a diagonal: each row copied so far, the rest zero."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from rushlight.engine import movers

Array = np.ndarray[Any, Any]
_PIECE = 1 << 17  # bytes to one turn of a thread
_FAR = 1 << 40  # more columns than there can be


def lower(array: Array, diagonal: int) -> Array:
    """The matrices in the last two dims with zeros above the diagonal."""
    if not movers.is_large(array):
        return np.tril(array, diagonal)
    return _part(array, -_FAR, diagonal + 1)


def upper(array: Array, diagonal: int) -> Array:
    """The matrices in the last two dims with zeros below the diagonal."""
    if not movers.is_large(array):
        return np.triu(array, diagonal)
    return _part(array, diagonal, _FAR)


def _part(array: Array, first: int, last: int) -> Array:
    """What lies in columns i + first to i + last - 1 of row i, and zeros."""
    from rushlight.engine import share

    if not array.flags.c_contiguous:
        array = movers.copied(array, "C")
    made = movers.empty(array.shape, array.dtype)
    rows, columns = array.shape[-2:]
    grain = max(1, _PIECE // (columns * array.itemsize))
    share.share(_kernel(), array.size // columns, grain, made, array, rows, columns, first, last,
                array.itemsize)
    return made


@cache
def _kernel() -> int:
    from rushlight.engine import builtins as py
    from rushlight.engine import share
    from rushlight.engine.function_writer import Value, choose, constant, repeat

    def within(value: Value, most: Value) -> Value:
        """The value, or the nearest number from 0 to `most`."""
        least = choose(value.below(0), constant("i64", 0), value)
        return choose(most.below(least), most, least)

    def part(words: Value, begin: Value, end: Value) -> None:
        made, array, rows, columns, first, last, bytes = share.given(words, "ppiiiii")
        with repeat(end - begin) as k:
            item = begin + k
            i = item % rows
            low, high = within(i + first, columns) * bytes, within(i + last, columns) * bytes
            width = columns * bytes
            to, start = made.plus(item * width), array.plus(item * width)
            py.memset(to, 0, low)
            py.memcpy(to.plus(low), start.plus(low), high - low)
            py.memset(to.plus(high), 0, width - high)

    return share.kernel("triangle", part)
