"""The first few elements of rows in an order, natively: `topk` where few are asked for.

A thread goes through a row and keeps the best so far, in order. Long rows go in parts: the best of
all parts, which come in the order of the row, are then the row of a second pass.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from rushlight.engine import memory, share, walks
from rushlight.engine.function_writer import (
    Value,
    choose,
    repeat,
    repeat_while,
    stack,
    variable,
    when,
)
from rushlight.engine.radix import Order
from rushlight.engine.share import given

Array = np.ndarray[Any, Any]
MOST = 64  # elements that are kept in order at most
_BLOCK = 32  # elements that are looked at together
_PART = 1 << 14  # elements of a long row to one turn of a thread
_TURN = 16384


def leaders(array: Array, count: int, descending: bool) -> tuple[Array, Array]:
    """The first `count` elements of each row (the last dim) of a contiguous array when sorted, and
    where they are; of equal ones those that come first."""
    n = array.shape[-1]
    rows = array.size // n
    order = _kernel(Order.of(array.dtype, descending), array.itemsize)
    parts = -(-n // _PART)
    if n < (parts - 1) * _PART + count:  # the last part would have too few
        parts = max(1, parts - 1)
    values = memory.empty((rows, parts, count), array.dtype)
    places = memory.empty(values.shape, np.dtype(np.int64))
    share.share(order, rows * parts, max(1, _TURN // n), values, places, array, n, parts,
                _PART if parts > 1 else n, count)
    shape = (*array.shape[:-1], count)
    if parts > 1:
        several = places.reshape(rows, parts * count)
        values, places = leaders(values.reshape(rows, parts * count), count, descending)
        places = np.take_along_axis(several, places, 1)
    return values.reshape(shape), places.reshape(shape)


@cache
def _kernel(order: Order, bytes: int) -> int:
    largest = (1 << 63) - 1

    def lead(words: Value, begin: Value, end: Value) -> None:
        values, places, array, n, parts, size, count = given(words, "pppiiii")
        keys, numbers = stack("i64", MOST + 1), stack("i64", MOST + 1)
        with repeat(end - begin) as i:
            item = begin + i
            row, part = item // parts, item % parts
            first = part * size
            left = choose(part.equals(parts - 1), n - first, size)
            start = array.place(order.type, row * n + first)
            held = variable("i64", 0)
            limit = variable("i64", largest)

            def look(j: Value) -> None:
                """Put an element in its place among the best, if it belongs there."""
                key = order.key(start.item(order.type, j))
                with when(key.below(limit.value) | held.value.below(count)):
                    at = variable("i64", held.value)

                    def before() -> Value:
                        above = keys.item("i64", choose(at.value.equals(0), at.value, at.value - 1))
                        return at.value.differs(0) & key.below(above)

                    with repeat_while(before):
                        above = at.value - 1
                        keys.set_item("i64", at.value, keys.item("i64", above))
                        numbers.set_item("i64", at.value, numbers.item("i64", above))
                        at.set(above)
                    keys.set_item("i64", at.value, key)
                    numbers.set_item("i64", at.value, j)
                    held.set(walks.least(held.value + 1, count))
                    with when(held.value.equals(count)):
                        limit.set(keys.item("i64", count - 1))

            blocks = left // _BLOCK
            with repeat(blocks) as block:
                begun = block * _BLOCK
                low = variable("i64", largest)
                with repeat(_BLOCK) as j:
                    key = order.key(start.item(order.type, begun + j))
                    low.set(walks.least(key, low.value))
                worth = low.value.below(limit.value) | held.value.below(count)
                with when(worth), repeat(_BLOCK) as j:
                    look(begun + j)
            with repeat(left - blocks * _BLOCK) as j:
                look(blocks * _BLOCK + j)
            with repeat(count) as k:
                number = numbers.item("i64", k)
                values.set_item(order.type, item * count + k, start.item(order.type, number))
                places.set_item("i64", item * count + k, first + number)

    return share.kernel("lead", lead)
