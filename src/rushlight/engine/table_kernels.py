"""The native loops of linear maps whose results are each made of few elements (`resampling.py`).

The tables of neighbouring dims make one, of positions in all these dims made one and of products of
weights. An item of work is one line: a plane of an image, say.
"""

from __future__ import annotations

import math
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from rushlight.engine import memory, share
from rushlight.engine.function_writer import Field, Value, repeat, variable
from rushlight.engine.share import Words

if TYPE_CHECKING:
    from rushlight.engine.resampling import Table

Array = np.ndarray[Any, Any]
TYPES = {"f": "float", "d": "double"}
MOST = 1 << 18  # entries of a table
_MAP = Words("source made offsets weights", "size places taps")


@cache
def _kernel(type: str, weighted: bool) -> int:
    number = Field(type, 0)

    def write(words: Value, begin: Value, end: Value) -> None:
        w = _MAP.read(words)
        with repeat(end - begin) as i:
            line = begin + i
            source = w.source.place(type, line * w.size)
            made = w.made.place(type, line * w.places)
            with repeat(w.places) as k:
                if weighted:
                    value = _sum(type, w, source, k)
                else:  # of one element each
                    value = source.item(type, w.offsets.item("i64", k))
                made.place(type, k)[number] = value

    return share.kernel(f"mapped_{type}_{weighted:d}", write)


def _sum(type: str, w: Any, source: Value, place: Value) -> Value:
    first, total = place * w.taps, variable(type, 0.0)
    with repeat(w.taps) as j:
        seen = source.item(type, w.offsets.item("i64", first + j))
        total.set(total.value + seen * w.weights.item(type, first + j))
    return total.value


@lru_cache(256)
def _as_one(tables: tuple[Table, ...], char: str) -> tuple[Array, Array | None]:
    """Of neighbouring dims: (places, elements) of positions, and of weights."""
    offsets: Any = np.zeros((1, 1), np.int64)
    weights: Any = np.ones((1, 1))
    for table in tables:
        held: Any = np.ones(table.at.shape) if table.weight is None else table.weight
        shape = (len(offsets) * len(held), offsets.shape[1] * held.shape[1])
        offsets = (offsets[:, None, :, None] * table.size + table.at[None, :, None, :])
        weights = weights[:, None, :, None] * held[None, :, None, :]
        offsets, weights = offsets.reshape(shape), weights.reshape(shape)
    if offsets.shape[1] == 1 and (weights == 1).all():
        return np.ascontiguousarray(offsets), None
    return np.ascontiguousarray(offsets), weights.astype(char)


def knows(array: Array, tables: tuple[Table | None, ...]) -> bool:
    """Whether the loops can do these trailing dims together."""
    return array.dtype.char in TYPES and array.size > 0 and all(
        each is not None for each in tables) and math.prod(
            [each.at.size for each in tables if each is not None]) in range(1, MOST)


def apply(array: Array, tables: tuple[Table, ...]) -> Array:
    """The trailing dims mapped by their tables."""
    offsets, weights = _as_one(tables, array.dtype.char)
    outer = array.shape[: array.ndim - len(tables)]
    size, (places, taps) = math.prod([each.size for each in tables]), offsets.shape
    made = memory.empty((*outer, *[len(each.at) for each in tables]), array.dtype)
    share.share(
        _kernel(TYPES[array.dtype.char], weights is not None), math.prod(outer),
        max(1, 16_384 // max(places * taps, 1)), np.ascontiguousarray(array), made, offsets,
        0 if weights is None else weights, size, places, taps)
    return made
