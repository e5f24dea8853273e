"""How several arrays are walked through side by side: sizes, and each array's strides in bytes.

`merged` joins neighbouring dims where all arrays allow, so that most walks end as one long row.
The native functions find where a row of a walk begins, and move one element.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rushlight.engine import builtins as py
from rushlight.engine.function_writer import Field, Value, choose, repeat, variable

WORDS = {1: "i8", 2: "i16", 4: "i32", 8: "i64"}  # by size: what is moved as one number
INDICES = {4: "i32", 8: "i64"}


class Walk(NamedTuple):
    """The sizes of dims, and for each array its strides along them."""

    sizes: list[int]
    strides: list[list[int]]

    def rows(self) -> int:
        """How many rows there are: places in all dims but the last."""
        found = 1
        for each in self.sizes[:-1]:
            found *= each
        return found

    def words(self) -> list[int]:
        """The number of dims but the last, their sizes, and each array's strides along them."""
        words = [len(self.sizes) - 1, *self.sizes[:-1]]
        for each in self.strides:
            words += each[:-1]
        return words


def merged(sizes: Sequence[int], *strides: Sequence[int]) -> Walk:
    """The walk over these dims, of which there is at least one: those of size 1 left out, and
    neighbours made one where that is the same for all arrays."""
    kept: list[int] = []
    walks: list[list[int]] = [[] for _ in strides]
    for dim, size in enumerate(sizes):
        if size == 1:
            continue
        if kept and all(walk[-1] == each[dim] * size
                        for walk, each in zip(walks, strides, strict=True)):
            kept[-1] *= size
            for walk, each in zip(walks, strides, strict=True):
                walk[-1] = each[dim]
        else:
            kept.append(size)
            for walk, each in zip(walks, strides, strict=True):
                walk.append(each[dim])
    if not kept:
        return Walk([1], [[0] for _ in strides])
    return Walk(kept, walks)


def starts(row: Value, words: Value, arrays: int) -> list[Value]:
    """How many bytes into each array a row begins, where `words` are those of its walk."""
    ndim, sizes = words.item("i64", 0), words.place("i64", 1)
    rest, found = variable("i64", row), [variable("i64", 0) for _ in range(arrays)]
    with repeat(ndim) as i:
        d = ndim - 1 - i
        size = sizes.item("i64", d)
        at = rest.value % size
        rest.set(rest.value // size)
        for k, each in enumerate(found):
            each.set(each.value + at * sizes.item("i64", ndim * (k + 1) + d))
    return [each.value for each in found]


def least(a: Value, b: Value | int) -> Value:
    """The smaller of the two."""
    return choose(a.below(b), a, b)


def index_at(bytes: int, place: Value) -> Value:
    """The index of so many bytes that lies there."""
    type = INDICES[bytes]
    found = place[Field(type, 0)]
    return found if bytes == 8 else found.to("i64", "sext")


def move(bytes: int, to: Value, start: Value, size: Value | int) -> None:
    """Copy an element of so many bytes; 0 stands for `size` bytes."""
    if bytes in WORDS:
        to[Field(WORDS[bytes], 0)] = start[Field(WORDS[bytes], 0)]
    else:
        py.memcpy(to, start, bytes or size)
