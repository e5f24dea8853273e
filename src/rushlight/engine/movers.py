"""Copies of large arrays, on all cores: row by row, or in squares where the order changes.

Elements that keep their dtype are moved by kernels that know only how many bytes one has and how
far apart neighbours lie; where they are converted, or the order changes, by the loops of
`loops.py`. What is small, or of a dtype that these don't know, NumPy copies.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from rushlight.engine import deferred, types
from rushlight.engine.deferred import LEAST

Array = np.ndarray[Any, Any]
_ready: dict[Any, Any] = {}
MOST_READY = 1024
_PIECE = 1 << 17  # bytes to one turn of a thread
_SMALL_PART = 2048  # elements of an array below which NumPy joins sooner
_MOST_PARTS = 128  # arrays that one kernel joins
_CONSTANT = (-1, 0, 1, 2, 3, 4)  # distances of neighbours for which LLVM writes vector code


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
    return _memory().empty(shape, dtype)


@cache
def _memory() -> Any:
    from rushlight.engine import memory  # which LLVM makes

    return memory


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
        share, address, items, grain, words = work
        share(address, items, grain, target, source, *words)
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
        _join(made, arrays, math.prod(shape[:axis]))
        return made
    before, start = (slice(None),) * axis, 0
    for each in arrays:
        stop = start + each.shape[axis]
        fill(made[(*before, slice(start, stop))], each)
        start = stop
    return made


def _join(made: Array, arrays: list[Array], rows: int) -> None:
    """Put the rows of all arrays one after another, for each row of the result."""
    from rushlight.engine.share import share

    width = made.nbytes // rows if rows else 0
    pieces = max(1, -(-width // _PIECE))
    parts: list[Any] = []
    for each in arrays:
        parts += (each, each.nbytes // rows)
    grain = max(1, _PIECE // max(1, width))
    share(_joiner(), rows * pieces, grain, made, width, pieces, len(arrays), *parts)


@cache
def _joiner() -> int:
    """The kernel that fills pieces of rows from those parts that they meet."""
    from rushlight.engine import builtins as py
    from rushlight.engine import share, walks
    from rushlight.engine.function_writer import Field, Value, choose, repeat, variable, when

    def join(words: Value, begin: Value, end: Value) -> None:
        made, width, pieces, count = share.given(words, "piii")
        with repeat(end - begin) as i:
            item = begin + i
            row, low = item // pieces, (item % pieces) * _PIECE
            high, offset = walks.least(low + _PIECE, width), variable("i64", 0)
            with repeat(count) as k:
                part = words.plus(8 * 5).plus(k * 16)
                size, first = part[Field("i64", 8)], offset.value
                start = choose(first.below(low), low, first)
                length = walks.least(first + size, high) - start
                with when(length.like(0).below(length)):
                    py.memcpy(made.plus(row * width + start),
                              part[Field("ptr", 0)].plus(row * size + start - first), length)
                offset.set(first + size)

    return share.kernel("join", join)


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
    work = _ready[key] = _prepared(target, source)
    return work


def _prepared(target: Array, source: Array) -> Any:
    from rushlight.engine import walks

    more = source.ndim - target.ndim
    if more > 0 and source.shape[:more] == (1,) * more:  # leading dims of size 1 don't count
        source = source[(0,) * more]
    source = np.broadcast_to(source, target.shape)
    order = _order(target, source)
    walk = walks.merged([target.shape[d] for d in order], [target.strides[d] for d in order],
                        [source.strides[d] for d in order])
    same = target.dtype == source.dtype
    crossing = len(walk.sizes) > 1 and abs(walk.strides[1][-2]) < abs(walk.strides[1][-1])
    if same and (not crossing or target.itemsize not in walks.WORDS):
        return _in_rows(walk, target.itemsize)
    return _by_loops(walk, source.dtype, target.dtype)


def _order(target: Array, source: Array) -> list[int]:
    """The dims from the slowest to the fastest in the target; but the one in which the source's
    elements lie nearest is the last but one at least, so that squares can be read and written."""
    dims = [d for d in range(target.ndim) if target.shape[d] != 1]
    dims.sort(key=lambda d: -abs(target.strides[d]))
    across = [d for d in dims if source.strides[d]]
    if len(dims) > 2 and across:
        nearest = min(reversed(across), key=lambda d: abs(source.strides[d]))
        if nearest not in dims[-2:]:
            dims.remove(nearest)
            dims.insert(len(dims) - 1, nearest)
    return dims


def _in_rows(walk: Any, bytes: int) -> tuple[Any, int, int, int, list[int]]:
    """The kernel, its items, and its words, for rows of elements of one dtype."""
    from rushlight.engine import share

    n = walk.sizes[-1]
    steps = [each[-1] for each in walk.strides]
    known = [each // bytes if each % bytes == 0 and each // bytes in _CONSTANT else None
             for each in steps]
    piece = min(n, max(1, _PIECE // bytes))
    pieces = -(-n // piece)
    words = [bytes, *steps, n, piece, pieces, *walk.words()]
    grain = max(1, _PIECE // (bytes * piece))
    return share.share, _kernel(bytes, *known), walk.rows() * pieces, grain, words


@cache
def _kernel(bytes: int, to_step: int | None, from_step: int | None) -> int:
    """The kernel that copies rows; steps, in elements, are None where only the words know them."""
    from rushlight.engine import builtins as py
    from rushlight.engine import share, walks
    from rushlight.engine.function_writer import Value, repeat

    def copy(words: Value, begin: Value, end: Value) -> None:
        to, start, _, to_bytes, from_bytes, n, piece, pieces = share.given(words, "ppiiiiii")
        if to_step is not None:
            to_bytes = to_bytes.like(to_step * bytes)
        if from_step is not None:
            from_bytes = from_bytes.like(from_step * bytes)
        with repeat(end - begin) as i:
            item = begin + i
            first = (item % pieces) * piece
            left = n - first
            count = walks.least(piece, left)
            row_to, row_from = walks.starts(item // pieces, words.plus(8 * 9), 2)
            here = to.plus(row_to + first * to_bytes)
            there = start.plus(row_from + first * from_bytes)
            if to_step == from_step == 1:
                py.memcpy(here, there, count * bytes)
            else:
                with repeat(count) as j:
                    walks.move(bytes, here.plus(j * to_bytes), there.plus(j * from_bytes), 0)

    return share.kernel(f"copy{bytes}", copy)


def _by_loops(walk: Any, source: Any, target: Any) -> Any:
    """Loops that convert, or that go through two dims in squares; None if they don't know a dtype.
    """
    from rushlight.engine import launch
    from rushlight.engine.plan import Output, Value

    if source == target:  # only the bytes count
        source = target = np.dtype(f"i{target.itemsize}")
    read, wanted = types.type_of(source), types.type_of(target)
    if read is None or wanted is None:
        return None
    values = [Value("load", read, (), 0)]
    if read != wanted:
        values.append(Value("cast", wanted, (0,)))
    if target.char in types.NARROW:
        values.append(Value("narrow", wanted, (len(values) - 1,), target))
    dtypes, strides = [source, target], [walk.strides[1], walk.strides[0]]
    mode, kept, reduced, items, grain = launch.pointwise(dtypes, walk.sizes, strides)
    return launch.Work(
        mode, kept, reduced, dtypes, 1, tuple(values), (Output(len(values) - 1, target, False),),
        walk.sizes, strides, items, grain, [])
