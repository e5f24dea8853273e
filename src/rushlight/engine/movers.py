"""Copies of large arrays, on all cores: row by row, or in squares where the order changes.

What is small, or of a dtype that kernels don't know, NumPy copies. (The kernels, which load with
LLVM: `copy_kernels.py`.)
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from rushlight.engine import deferred
from rushlight.engine.deferred import LEAST as LEAST

Array = np.ndarray[Any, Any]
_ready: dict[Any, Any] = {}
MOST_READY = 1024
_SMALL_PART = 2048  # elements of an array below which NumPy joins sooner
_MOST_PARTS = 128  # arrays that one kernel joins


def is_large(array: Any) -> bool:
    """Whether kernels move so many elements sooner than NumPy does."""
    return type(array) is np.ndarray and many(array.size)


def many(count: int) -> bool:
    """Whether so many elements are worth a kernel, and there are kernels."""
    return count >= LEAST and available()


@cache
def available() -> bool:
    """Whether there are kernels at all."""
    from rushlight.engine import native  # LLVM is for those who have large arrays

    return native.available()


def copied(array: Any, order: str) -> Array:
    """A copy in row-major order ("C"), or in the order of the array itself ("K")."""
    array = deferred.computed(array)
    if not is_large(array):
        return array.copy(order)
    if order == "K" and not array.flags.c_contiguous:
        made = np.empty_like(array, order="K", subok=False)
    else:
        made = empty(array.shape, array.dtype)
    fill(made, array)
    return made


def empty(shape: tuple[int, ...], dtype: Any) -> Array:
    """An uninitialised array for kernels to fill: a large one in memory that was used before."""
    return _copy_kernels().empty(shape, dtype)


@cache
def _copy_kernels() -> Any:
    from rushlight.engine import copy_kernels

    return copy_kernels


def converted(array: Array, dtype: Any) -> Array:
    """A copy in another dtype, in row-major order."""
    if not is_large(array):
        return array.astype(dtype, "C")
    made = empty(array.shape, np.dtype(dtype))
    fill(made, array)
    return made


def fill(target: Array, source: Array) -> None:
    """`target[...] = source`: broadcast to its shape, converted to its dtype.

    Raises ValueError, and writes nothing, if it does not broadcast or may not be written.
    """
    work = _work(target, source) if is_large(target) and type(source) is np.ndarray else None
    if work is None or not target.flags.writeable or np.may_share_memory(target, source):
        target[...] = source
    elif type(work) is tuple:
        _copy_kernels().share(*work[:3], target, source, *work[3])
    else:
        work.fill([source], [target])


def joined(arrays: list[Array], axis: int, shape: tuple[int, ...], dtype: Any) -> Array:
    """The arrays one after another along an axis, converted to the dtype: `shape` is known."""
    size = math.prod(shape)
    if not many(size) or size < _SMALL_PART * len(arrays):
        return np.concatenate(arrays, axis, dtype=dtype, casting="unsafe")
    made = empty(shape, dtype)
    if len(arrays) <= _MOST_PARTS and all(
        each.dtype is made.dtype and each.flags.c_contiguous for each in arrays
    ):
        _copy_kernels().join(made, arrays, math.prod(shape[:axis]))
        return made
    before, start = (slice(None),) * axis, 0
    for each in arrays:
        stop = start + each.shape[axis]
        fill(made[(*before, slice(start, stop))], each)
        start = stop
    return made


def rolled(array: Array, shifts: dict[int, int]) -> Array:
    """The elements moved on by so many places along each axis; what falls off comes in again."""
    made = empty(array.shape, array.dtype)
    pieces: list[tuple[tuple[slice, ...], tuple[slice, ...]]] = [((), ())]
    for axis, n in enumerate(array.shape):
        by = shifts.get(axis, 0) % n
        ways = [(slice(by, n), slice(0, n - by)), (slice(0, by), slice(n - by, n))]
        pieces = [((*to, way[0]), (*start, way[1]))
                  for to, start in pieces for way in ways[: 1 + (by > 0)]]
    for to, start in pieces:
        fill(made[to], array[start])
    return made


def repeated(array: Array, repeats: tuple[int, ...]) -> Array:
    """As np.tile, of which `array` has as many dims as there are repeats."""
    shape = array.shape
    made = empty(tuple([n * times for n, times in zip(shape, repeats, strict=True)]), array.dtype)
    pairs = [each for pair in zip(repeats, shape, strict=True) for each in pair]
    single = [each for n in shape for each in (1, n)]
    fill(made.reshape(pairs), array.reshape(single))
    return made


def _work(target: Array, source: Array) -> Any:
    """What is to be done for arrays laid out like these; None where NumPy does it."""
    key = (target.dtype, target.shape, target.strides, source.dtype, source.shape, source.strides)
    try:
        return _ready[key]
    except KeyError:
        pass
    if len(_ready) >= MOST_READY:
        _ready.clear()
    work = _ready[key] = _copy_kernels().prepared(target, source)
    return work
