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

from rushlight.engine import memory, native, pool, share, walks
from rushlight.engine.function_writer import (
    Field,
    Native,
    Value,
    choose,
    give,
    repeat,
    stack,
    variable,
    when,
)
from rushlight.engine.share import ANSWER, given
from rushlight.engine.walks import Walk, index_at, least, merged, move, starts

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
    if index == 0 and all(each == itemsize for each in others):
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

    negative: whether negative indices count from the end. None if one is out of range.
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
    if size == 0:
        return ()
    n = walk.sizes[-1]
    piece = min(n, max(1, _TURN // max(bytes, 8)))
    pieces = -(-n // piece)
    steps = [array.strides[dim], *[each[-1] for each in walk.strides]]
    words = [bytes, size, *steps, n, piece, pieces, *walk.words()]
    grain = max(1, _TURN // (max(bytes, 8) * piece))
    known = bytes if bytes in walks.WORDS or bytes == 16 else 0
    usual = ((known,), (index.itemsize, 0), (0, known))
    constant = [each if each in some else None for each, some in zip(steps, usual, strict=True)]
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
                index.plus(index_row + first * index_by), least(left, piece),
                size, bytes_, by, index_by, array_by)
            with when(bad.differs(0)):
                words[ANSWER] = 1

    return share.kernel("read", read)


# --- writing

ADDED = {"f": "float", "d": "double", "F": "float", "D": "double"}  # what is added; else integers


def put(target: Array, dim: int, index: Array, values: Array, one_by_one: bool) -> None:
    """Write `values` at the places that an index, already checked, names along a dim of `target`.

    one_by_one: whether the index has a place for each element, not one for each slice. `values`
    have the shape of what is named, and share no memory with the target. Of values for one place
    the last one stays.
    """
    _write("put", target, dim, index, values, one_by_one)


def add(target: Array, dim: int, index: Array, values: Array, one_by_one: bool) -> None:
    """Add `values` there, in the order in which they come; likewise."""
    _write("add", target, dim, index, values, one_by_one)


def _write(
    how: str, target: Array, dim: int, index: Array, values: Array, one_by_one: bool
) -> None:
    threads = pool.get_num_threads()
    key = (how, target.shape, target.strides, target.dtype.char, dim, index.shape, index.strides,
           index.itemsize, values.shape, values.strides, one_by_one, threads)
    kernel, items, grain, words = _remembered(
        key, lambda: _writing(how, target, dim, index, values, one_by_one, threads))
    share.share(kernel, items, grain, target, index, values, *words)


def _writing(
    how: str, target: Array, dim: int, index: Array, values: Array, one_by_one: bool, threads: int
) -> Any:
    """The kernel that writes, its items and its words.

    An item is a part of the places, at one place of the dims before: whoever has it goes through
    all of the index there and does what falls into the part.
    """
    along = _along_elements if one_by_one else _along_slices
    sizes, of_target, of_index = along(target, dim, index)
    strides = (of_index, of_target, values.strides)
    outer = merged(sizes[:dim], *[each[:dim] for each in strides])
    inner, bytes = _packed(
        merged(sizes[dim:], *[each[dim:] for each in strides]), target.itemsize)
    rows, n, size = inner.rows(), inner.sizes[-1], target.shape[dim]
    items = outer.rows() * outer.sizes[-1]
    parts = 1 if items >= 4 * threads else threads
    outer = Walk([*outer.sizes, 1], [[*each, 0] for each in outer.strides])
    steps = [target.strides[dim], *[each[-1] for each in inner.strides]]
    number = target.itemsize // (2 if target.dtype.kind == "c" else 1)  # bytes of what is added
    words = [bytes, size, parts, *steps, n, rows, bytes // number, *outer.words(), *inner.words()]
    grain = max(1, _TURN // (max(bytes, 8) * rows * n))
    if how == "put":
        type, known = None, bytes if bytes in walks.WORDS or bytes == 16 else 0
    else:
        type = ADDED.get(target.dtype.char) or walks.WORDS[number]
        known = number if bytes == number else 0
    usual = ((known,), (index.itemsize, 0), (0, known), (known, 0))
    constant = [each if each in some else None for each, some in zip(steps, usual, strict=True)]
    kernel = _writer(known, index.itemsize, type, tuple(constant))
    return kernel, items * parts, grain, words


@cache
def _writer(
    bytes: int, index_bytes: int, added: str | None, constant: tuple[int | None, ...]
) -> int:
    """The kernel that writes elements of so many bytes (0: the words say how many), or that adds
    numbers of a type, one or (0) as many as the words say for each place. None for steps which
    only the words say."""
    def combine(to: Value, start: Value, size: Value, count: Value) -> None:
        if added is None:
            move(bytes, to, start, size)
        elif bytes:
            to[Field(added, 0)] = to[Field(added, 0)] + start[Field(added, 0)]
        else:
            with repeat(count) as k:
                place = to.place(added, k)
                place[Field(added, 0)] = place[Field(added, 0)] + start.item(added, k)

    def write(words: Value, begin: Value, end: Value) -> None:
        (target, index, values, size_of, size, parts, by, index_by, target_by, values_by, n, rows,
         count) = given(words, "pppiiiiiiiiii")
        by, index_by, target_by, values_by = (
            told if each is None else told.like(each)
            for each, told in zip(constant, (by, index_by, target_by, values_by), strict=True))
        outer = words.plus(8 * 14)
        inner = outer.plus((outer.item("i64", 0) * 4 + 1) * 8)
        listed = stack("i64", _LISTED)
        with repeat(end - begin) as i:
            item = begin + i
            at, part = item // parts, item % parts
            low = part * size // parts
            places = (part + 1) * size // parts - low
            outer_starts = starts(at, outer, 3)
            with repeat(rows) as r:
                here, to, start = (
                    array.plus(a + b) for array, a, b in zip(
                        (index, target, values), outer_starts, starts(r, inner, 3), strict=True))
                to = to.plus(low * by)

                def one(j: Value) -> None:
                    place = index_at(index_bytes, here.plus(j * index_by)) - low
                    with when(place.within(places)):
                        combine(to.plus(place * by + j * target_by), start.plus(j * values_by),
                                size_of, count)

                alone = parts.equals(1)
                with when(alone), repeat(n) as j:
                    one(j)
                with when(alone.equals(0)), repeat((n + (_LISTED - 1)) // _LISTED) as block:
                    first = block * _LISTED
                    found = _list_those_within(
                        index_bytes, here, index_by, first, least(n - first, _LISTED), low, places,
                        listed)
                    with repeat(found) as k:
                        one(listed.item("i64", k))

    return share.kernel("write", write)


def _list_those_within(
    index_bytes: int, index: Value, step: Value, first: Value, count: Value, low: Value,
    places: Value, listed: Value,
) -> Value:
    """Write down which of `count` indices, from number `first` on, name one of so many places from
    `low` on; gives how many these are."""
    found, begun = variable("i64", 0), variable("i64", 0)
    if native.vector_bits() == 512:  # then there is an instruction for just this
        with when(step.equals(index_bytes)):
            eights = count // 8
            with repeat(eights) as k:
                at = first + k * 8
                more = _list_eight(index_bytes, index.plus(at * index_bytes), at, low, places,
                                   listed.place("i64", found.value))
                found.set(found.value + more)
            begun.set(eights * 8)
    with repeat(count - begun.value) as k:
        at = first + begun.value + k
        place = index_at(index_bytes, index.plus(at * step)) - low
        listed.set_item("i64", found.value, at)
        found.set(found.value + place.within(places).to("i64", "zext"))
    return found.value


_EIGHT = "<8 x i64>"
_NUMBERS = "<" + ", ".join(f"i64 {k}" for k in range(8)) + ">"


def _list_eight(
    index_bytes: int, index: Value, at: Value, low: Value, places: Value, listed: Value
) -> Value:
    """The same for eight indices that lie side by side."""
    def splat(value: Value) -> Value:
        one = value.vector(f"insertelement {_EIGHT} poison, i64 {value.text}, i64 0", _EIGHT)
        return one.vector(f"shufflevector {_EIGHT} {one.text}, {_EIGHT} poison, <8 x i32> "
                          "zeroinitializer", _EIGHT)

    kind = f"<8 x {walks.INDICES[index_bytes]}>"
    given = index.vector(f"load {kind}, ptr {index.text}, align {index_bytes}", kind)
    if index_bytes < 8:
        given = given.to(_EIGHT, "sext")
    inside = (given - splat(low)).within(splat(places))
    numbers = splat(at).vector(f"add {_EIGHT} {splat(at).text}, {_NUMBERS}", _EIGHT)
    listed.vector(
        f"call void @llvm.masked.compressstore.v8i64({_EIGHT} {numbers.text}, ptr {listed.text}, "
        f"<8 x i1> {inside.text})", "void")
    bits = inside.vector(f"bitcast <8 x i1> {inside.text} to i8", "i8")
    return bits.vector(f"call i8 @llvm.ctpop.i8(i8 {bits.text})", "i8").to("i64", "zext")
