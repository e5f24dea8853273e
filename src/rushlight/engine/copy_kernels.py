"""The kernels of large copies: see `movers.py`.

Elements that keep their dtype are moved by kernels that know only how many bytes one has and how
far apart neighbours lie; where they are converted, or the order of memory changes, by the loops of
`loops.py`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from rushlight.engine import builtins as py
from rushlight.engine import launch, plan, types
from rushlight.engine.function_writer import Field, Value, choose, repeat, variable, when
from rushlight.engine.memory import empty as empty
from rushlight.engine.share import given, kernel
from rushlight.engine.share import share as share
from rushlight.engine.walks import WORDS, Walk, least, merged, move, starts

Array = np.ndarray[Any, Any]
_PIECE = 1 << 17  # bytes to one turn of a thread
_CONSTANT = (-1, 0, 1, 2, 3, 4)  # distances of neighbours for which LLVM writes vector code


def prepared(target: Array, source: Array) -> Any:
    """What is to be done to fill a target laid out like this from such a source: a kernel, its
    items, how many to one turn, and its words; or the loops; None if there are none.
    """
    more = source.ndim - target.ndim
    if more > 0 and source.shape[:more] == (1,) * more:  # leading dims of size 1 don't count
        source = source[(0,) * more]
    source = np.broadcast_to(source, target.shape)
    order = _order(target, source)
    walk = merged([target.shape[d] for d in order], [target.strides[d] for d in order],
                  [source.strides[d] for d in order])
    same = target.dtype == source.dtype
    crossing = len(walk.sizes) > 1 and abs(walk.strides[1][-2]) < abs(walk.strides[1][-1])
    if same and (not crossing or target.itemsize not in WORDS):
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


def _in_rows(walk: Walk, bytes: int) -> tuple[int, int, int, list[int]]:
    """The kernel, its items, and its words, for rows of elements of one dtype."""
    n = walk.sizes[-1]
    steps = [each[-1] for each in walk.strides]
    known = [each // bytes if each % bytes == 0 and each // bytes in _CONSTANT else None
             for each in steps]
    piece = min(n, max(1, _PIECE // bytes))
    pieces = -(-n // piece)
    words = [bytes, *steps, n, piece, pieces, *walk.words()]
    grain = max(1, _PIECE // (bytes * piece))
    return _kernel(bytes, *known), walk.rows() * pieces, grain, words


@cache
def _kernel(bytes: int, to_step: int | None, from_step: int | None) -> int:
    """The kernel that copies rows; steps, in elements, are None where only the words know them."""
    def copy(words: Value, begin: Value, end: Value) -> None:
        to, start, _, to_bytes, from_bytes, n, piece, pieces = given(words, "ppiiiiii")
        if to_step is not None:
            to_bytes = to_bytes.like(to_step * bytes)
        if from_step is not None:
            from_bytes = from_bytes.like(from_step * bytes)
        with repeat(end - begin) as i:
            item = begin + i
            first = (item % pieces) * piece
            left = n - first
            count = least(piece, left)
            row_to, row_from = starts(item // pieces, words.plus(8 * 9), 2)
            here = to.plus(row_to + first * to_bytes)
            there = start.plus(row_from + first * from_bytes)
            if to_step == from_step == 1:
                py.memcpy(here, there, count * bytes)
            else:
                with repeat(count) as j:
                    move(bytes, here.plus(j * to_bytes), there.plus(j * from_bytes), 0)

    return kernel(f"copy{bytes}", copy)


def _by_loops(walk: Walk, source: Any, target: Any) -> Any:
    """Loops that convert, or that go through two dims in squares; None if they don't know a dtype.
    """
    if source == target:  # only the bytes count
        source = target = np.dtype(f"i{target.itemsize}")
    read, wanted = types.type_of(source), types.type_of(target)
    if read is None or wanted is None:
        return None
    values = [plan.Value("load", read, (), 0)]
    if read != wanted:
        values.append(plan.Value("cast", wanted, (0,)))
    if target.char in types.NARROW:
        values.append(plan.Value("narrow", wanted, (len(values) - 1,), target))
    dtypes, strides = [source, target], [walk.strides[1], walk.strides[0]]
    mode, kept, reduced, items, grain = launch.pointwise(dtypes, walk.sizes, strides)
    output = plan.Output(len(values) - 1, target, False)
    return launch.Work(
        mode, kept, reduced, dtypes, 1, tuple(values), (output,), walk.sizes, strides, items, grain,
        [])


# --- joins

def join(made: Array, arrays: list[Array], rows: int) -> None:
    """Put the rows of all arrays one after another, for each row of the result."""
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
    def join_parts(words: Value, begin: Value, end: Value) -> None:
        made, width, pieces, count = given(words, "piii")
        with repeat(end - begin) as i:
            item = begin + i
            row, low = item // pieces, (item % pieces) * _PIECE
            high, offset = least(low + _PIECE, width), variable("i64", 0)
            with repeat(count) as k:
                part = words.plus(8 * 5).plus(k * 16)
                size, first = part[Field("i64", 8)], offset.value
                start = choose(first.below(low), low, first)
                length = least(first + size, high) - start
                with when(length.like(0).below(length)):
                    py.memcpy(made.plus(row * width + start),
                              part[Field("ptr", 0)].plus(row * size + start - first), length)
                offset.set(first + size)

    return kernel("join", join_parts)
