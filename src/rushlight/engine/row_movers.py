"""Reading and writing large arrays at places that an index names: gathers and scatters, natively.

An index names places along one dim; each place stands for an element, or for a row of bytes that
lie side by side. `slices` and `elements` read, `put` and `add` write. Invariants: indices are
checked before anything is written; equal places are written in the order in which they come, since
each part of the target belongs to one thread at a time. So the result is NumPy's, to the bit.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from rushlight.engine import memory, share, walks
from rushlight.engine.function_writer import Native, Value, choose, give, repeat, variable, when
from rushlight.engine.share import ANSWER, given
from rushlight.engine.walks import Walk, index_at, merged, move, starts

Array = np.ndarray[Any, Any]
Strides = tuple[int, ...]
_ready: dict[Any, Any] = {}
MOST_READY = 1024
_TURN = 1 << 16  # bytes to one turn of a thread
_LISTED = 512  # places that are sorted out at a time


def _remembered(key: Any, make: Any) -> Any:
    """What `make()` gave for this key."""
    found = _ready.get(key)
    if found is None:
        if len(_ready) >= MOST_READY:
            _ready.clear()
        found = _ready[key] = make()
    return found


# --- where things lie

def _along_slices(array: Array, dim: int, index: Array) -> tuple[list[int], Strides, Strides]:
    """The dims of the array with those of the index in place of one of them: their sizes, and the
    strides there of the array and of the index."""
    before, after = array.shape[:dim], array.shape[dim + 1 :]
    sizes = [*before, *index.shape, *after]
    strides = (*array.strides[:dim], *(0,) * index.ndim, *array.strides[dim + 1 :])
    of_index = (*(0,) * len(before), *index.strides, *(0,) * len(after))
    return sizes, strides, of_index


def _along_elements(array: Array, dim: int, index: Array) -> tuple[list[int], Strides, Strides]:
    """The dims of an index as many-dimensional as the array, likewise."""
    strides = (*array.strides[:dim], 0, *array.strides[dim + 1 :])
    return list(index.shape), strides, index.strides


def _packed(walk: Walk, itemsize: int) -> tuple[Walk, int]:
    """The walk without its last dim where all arrays but the index (the first) have elements side
    by side there and one place stands for all of them; and the bytes that are an element then."""
    index, *others = [each[-1] for each in walk.strides]
    if index == 0 and all([each == itemsize for each in others]):
        bytes = itemsize * walk.sizes[-1]
        if len(walk.sizes) == 1:
            return Walk([1], [[0] for _ in walk.strides]), bytes
        return Walk(walk.sizes[:-1], [each[:-1] for each in walk.strides]), bytes
    return walk, itemsize


# --- checking

def within(index: Array, lowest: int, size: int) -> bool:
    """Whether all of a contiguous array of indices are from `lowest` to `size` - 1."""
    return not share.share(
        _check(index.itemsize), index.size, _TURN // 4, index, lowest, size - lowest)


@cache
def _check(bytes: int) -> int:
    def check(words: Value, begin: Value, end: Value) -> None:
        index, lowest, count = given(words, "pii")
        bad = variable("i64", 0)
        first = index.plus(begin * bytes)
        with repeat(end - begin) as i:
            inside = (index_at(bytes, first.plus(i * bytes)) - lowest).within(count)
            bad.set(bad.value | inside.equals(0).to("i64", "zext"))
        with when(bad.value.differs(0)):
            words[ANSWER] = 1

    return share.kernel(f"check{bytes}", check)


# --- reading

def slices(array: Array, dim: int, index: Array, negative: bool) -> Array | None:
    """The slices of an array along a dim that an index names; its dims stand in the dim's place.

    negative: whether negative indices count from the end. None if one is out of range, or the
    arrays' dims are too many.
    """
    return _read(_along_slices, array, dim, index, negative)


def elements(array: Array, dim: int, index: Array) -> Array | None:
    """The elements that an index of as many dims names along one; likewise."""
    return _read(_along_elements, array, dim, index, False)


def _read(along: Any, array: Array, dim: int, index: Array, negative: bool) -> Array | None:
    key = (along, array.shape, array.strides, array.itemsize, dim, index.shape, index.strides,
           index.itemsize, negative)
    work = _remembered(key, lambda: _reading(along, array, dim, index, negative))
    if not work:
        return None
    shape, kernel, items, grain, words = work
    made = memory.empty(shape, array.dtype)
    return None if share.share(kernel, items, grain, made, array, index, *words) else made


def _reading(along: Any, array: Array, dim: int, index: Array, negative: bool) -> Any:
    """The result's shape, the kernel that reads, its items and its words; () where there is none.
    """
    sizes, of_array, of_index = along(array, dim, index)
    side_by_side = []
    step = array.itemsize
    for each in reversed(sizes):
        side_by_side.append(step)
        step *= each
    walk, bytes = _packed(merged(sizes, of_index, of_array, side_by_side[::-1]), array.itemsize)
    walk = Walk(walk.sizes, walk.strides[:2])
    size = array.shape[dim]
    if size == 0 or len(walk.words()) > walks.MOST_WORDS:
        return ()
    n = walk.sizes[-1]
    piece = min(n, max(1, _TURN // max(bytes, 8)))
    pieces = -(-n // piece)
    steps = [array.strides[dim], *[each[-1] for each in walk.strides]]
    words = [bytes, size, *steps, n, piece, pieces, *walk.words()]
    grain = max(1, _TURN // (max(bytes, 8) * piece))
    known = bytes if bytes in walks.WORDS or bytes == 16 else 0
    constant = [each if each in usual else None
                for each, usual in zip(steps, ((known,), (index.itemsize, 0), (0, known)), strict=True)]
    kernel = _reader(known, index.itemsize, negative, *constant)
    return tuple(sizes), kernel, walk.rows() * pieces, grain, words


@cache
def _reader(
    bytes: int, index_bytes: int, negative: bool, step: int | None, index_step: int | None,
    array_step: int | None,
) -> int:
    """The kernel that reads elements of so many bytes, 0 if only the words say how many; None for
    steps which only the words say."""
    def row(
        out: Value, array: Value, index: Value, count: Value, size: Value, size_of: Value,
        *steps: Value,
    ) -> None:
        by, index_by, array_by = (
            given if each is None else given.like(each)
            for each, given in zip((step, index_step, array_step), steps, strict=True))
        if bytes:
            size_of = size_of.like(bytes)
        bad = variable("i64", 0)
        with repeat(count) as j:
            place = index_at(index_bytes, index.plus(j * index_by))
            if negative:
                place = place + choose(place.below(0), size, place.like(0))
            inside = place.within(size)
            bad.set(bad.value | inside.equals(0).to("i64", "zext"))
            start = array.plus(choose(inside, place, 0) * by + j * array_by)
            move(bytes, out.plus(j * size_of), start, size_of)
        give(bad.value)

    read_row = Native("row", "i64(ptr noalias, ptr noalias, ptr noalias, i64, i64, i64, i64, i64, "
                      "i64)", row)

    def read(words: Value, begin: Value, end: Value) -> None:
        to, array, index, bytes_, size, by, index_by, array_by, n, piece, pieces = (
            given(words, "pppiiiiiiii"))
        with repeat(end - begin) as i:
            item = begin + i
            at, first = item // pieces, (item % pieces) * piece
            left = n - first
            index_row, array_row = starts(at, words.plus(8 * 12), 2)
            bad = read_row(
                to.plus((at * n + first) * bytes_), array.plus(array_row + first * array_by),
                index.plus(index_row + first * index_by), choose(piece.below(left), piece, left),
                size, bytes_, by, index_by, array_by)
            with when(bad.differs(0)):
                words[ANSWER] = 1

    return share.kernel("read", read)
