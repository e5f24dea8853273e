"""The native loops of pooling by the largest: choosing, and taking a gradient back.

An item is one line: a plane of an image, say. Its windows are told by a table, (places, elements of
a window), of positions in the line; every line has the same, or its own.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from rushlight.engine import memory, share
from rushlight.engine.function_writer import Field, Value, choose, repeat, variable
from rushlight.engine.share import Words

Array = np.ndarray
TYPES = {"f": "float", "d": "double"}
_CHOOSING = Words("input table values found", "size places taps own bytes")
_BACK = Words("grad found made", "size places bytes")


@cache
def _choosing(type: str) -> int:
    number = Field(type, 0)

    def write(words: Value, begin: Value, end: Value) -> None:
        w = _CHOOSING.read(words)
        with repeat(end - begin) as i:
            line = begin + i
            source, first = w.input.plus(line * w.size * w.bytes), line * w.places
            table = w.table.place("i64", line * w.own)
            with repeat(w.places) as k:
                window = table.place("i64", k * w.taps)
                at = variable("i64", window.item("i64", 0))
                best = variable(type, source.item(type, at.value))
                with repeat(w.taps - 1) as j:
                    here = window.item("i64", j + 1)
                    each, held = source.item(type, here), best.value
                    # The first nan stays: nothing is more than it, and it equals itself not.
                    better = each.at_most(held).equals(0) & held.equals(held)
                    best.set(choose(better, each, held))
                    at.set(choose(better, here, at.value))
                w.values.plus((first + k) * w.bytes)[number] = best.value
                w.found.set_item("i64", first + k, at.value)

    return share.kernel(f"choosing_{type}", write)


@cache
def _back(type: str) -> int:
    number = Field(type, 0)

    def write(words: Value, begin: Value, end: Value) -> None:
        w = _BACK.read(words)
        with repeat(end - begin) as i:
            line = begin + i
            made, first = w.made.plus(line * w.size * w.bytes), line * w.places
            with repeat(w.size) as k:
                made.plus(k * w.bytes)[number] = 0.0
            with repeat(w.places) as k:
                place = made.place(type, w.found.item("i64", first + k))
                place[number] = place[number] + w.grad.plus((first + k) * w.bytes)[number]

    return share.kernel(f"pooling_back_{type}", write)


def largest(input: Array, positions: Array) -> tuple[Array, Array]:
    """(lines, size) to two arrays of (lines, places): the largest, and their positions."""
    (lines, size), (places, taps) = input.shape, positions.shape[-2:]
    values = memory.empty((lines, places), input.dtype)
    found = memory.empty((lines, places), np.dtype(np.int64))
    share.share(_choosing(TYPES[input.dtype.char]), lines, _grain(places * taps), input, positions,
                values, found, size, places, taps, (positions.ndim > 2) * places * taps,
                input.itemsize)
    return values, found


def back(grad: Array, found: Array, size: int) -> Array:
    """(lines, places) to (lines, size): each number added at its position, into zeros."""
    lines, places = grad.shape
    made = memory.empty((lines, size), grad.dtype)
    share.share(_back(TYPES[grad.dtype.char]), lines, _grain(size + places), grad, found, made,
                size, places, grad.itemsize)
    return made


def _grain(steps: int) -> int:
    """Lines to one turn of a thread."""
    return max(1, 16_384 // max(steps, 1))
