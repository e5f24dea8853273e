"""Stable sorting of large arrays by radix: counting digit by digit, on all cores.

An element becomes a key, an unsigned integer in whose order the elements are (nan above all else,
-0.0 as 0.0), less the smallest key there is. A key and the element's number make a record; for each
digit, from the lowest, the records are counted by digit and then put in their places. The first
round reads the array itself, the last one writes the result.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from rushlight.engine import memory, pool, share, walks
from rushlight.engine.function_writer import (
    Field,
    Value,
    choose,
    constant,
    give,
    library,
    repeat,
    stack,
    variable,
    when,
)
from rushlight.engine.share import ANSWER, given

Array = np.ndarray[Any, Any]
_DIGIT = 8  # bits of a digit at most
_BUCKETS = 1 << _DIGIT
_TURN = 16384  # elements to one turn of a thread
_MANY = 192  # elements of a row from which large digits pay
_FEW = 24  # elements of a row that are sorted by insertion
_LONG = 1 << 15  # elements of a row from which several threads share it
_INFINITY = {"e": 0x7C00, "E": 0x7F80, "f": 0x7F800000, "d": 0x7FF0000000000000}
_malloc, _free = library("malloc", "ptr(i64)"), library("free", "void(ptr)")


def sorts(dtype: Any) -> bool:
    """Whether elements of this dtype can be sorted here."""
    return dtype.kind in "iub" or dtype.char in _INFINITY


def sort(array: Array, descending: bool) -> tuple[Array, Array]:
    """The rows (the last dim) of a contiguous array sorted, and where each element was, int64."""
    values = memory.empty(array.shape, array.dtype)
    places = memory.empty(array.shape, np.dtype(np.int64))
    n = array.shape[-1]
    rows = array.size // n
    order = Order.of(array.dtype, descending)
    lowest, bits, exact = order.range_of(array)
    rounds = max(1, -(-bits // (_DIGIT if n >= _MANY else _DIGIT - 2)))
    digit = -(-bits // rounds)
    if n >= _LONG and rows < 4 * pool.get_num_threads():
        for k in range(rows):
            row = [each.reshape(rows, n)[k] for each in (array, values, places)]
            _sort_together(order, row, lowest, bits, rounds, digit)
    else:
        if share.share(order.rows(bits > 32), rows, max(1, _TURN // n), values, places, array, n,
                       lowest, rounds, digit):
            raise MemoryError(f"there is no memory to sort rows of {n} elements")
    if not exact:  # zeros have signs and nans have digits, which keys don't know
        from rushlight.engine import row_movers

        found = row_movers.elements(array, array.ndim - 1, places)
        assert found is not None
        values = found
    return values, places


def _sort_together(
    order: Order, row: list[Array], lowest: int, bits: int, rounds: int, digit: int
) -> None:
    """Sort one long row (given, with its results): for each digit, all threads count, then all put
    records in their places."""
    array, values, places = row
    n, wide = array.size, bits > 32
    parts = 4 * pool.get_num_threads()
    part = -(-n // parts)
    buckets = 1 << digit
    counts = np.empty((parts, buckets), np.int64)
    buffers = [memory.empty((n * (2 if wide else 1),), np.dtype(np.int64))
               for _ in range(min(rounds - 1, 2))]
    source = array
    for k in range(rounds):
        first, last = k == 0, k == rounds - 1
        target = values if last else buffers[k % 2]
        share.share(order.count(first, wide), parts, 1, counts, source, lowest, k * digit,
                    buckets, n, part)
        share.share(_places(), 1, 1, counts, parts, buckets)
        share.share(order.distribute(first, last, wide), parts, 1, counts, target, places, source,
                    lowest, k * digit, buckets, n, part)
        source = target


@cache
def _places() -> int:
    """The kernel that makes of each part's counts where the part's first record of a digit goes."""
    def add_up(words: Value, begin: Value, end: Value) -> None:
        counts, parts, buckets = given(words, "pii")
        total = variable("i64", 0)
        with repeat(buckets) as bucket, repeat(parts) as part:
            place = counts.place("i64", part * buckets + bucket)
            count = place[Field("i64", 0)]
            place[Field("i64", 0)] = total.value
            total.set(total.value + count)

    return share.kernel("places", add_up)


class _Records:
    """Where keys and numbers are read from and written to: an array itself, or records."""

    def __init__(self, order: Order, start: Value, lowest: Value, wide: bool, first: bool = False):
        self.order, self.start, self.lowest, self.wide, self.first = (
            order, start, lowest, wide, first)

    def read(self, i: Value) -> tuple[Value, Value]:
        """The key and the number of what stands at a place."""
        if self.first:
            return self.order.key(self.start.item(self.order.type, i)) - self.lowest, i
        if self.wide:
            return self.start.item("i64", i * 2), self.start.item("i64", i * 2 + 1)
        record = self.start.item("i64", i)
        return record >> 32, record & 0xFFFFFFFF

    def write(self, i: Value, key: Value, number: Value) -> None:
        """Write a record."""
        if self.wide:
            self.start.set_item("i64", i * 2, key)
            self.start.set_item("i64", i * 2 + 1, number)
        else:
            self.start.set_item("i64", i, (key << 32) | number)


class Order:
    """How elements of a dtype are ordered, up or down: their keys, and the kernels."""

    def __init__(self, char: str, kind: str, bytes: int, descending: bool):
        self.kind, self.descending, self.bits = kind, descending, 8 * bytes
        self.infinity = _INFINITY.get(char, 0)
        self.type, self.sign = walks.WORDS[bytes], 1 << (8 * bytes - 1)
        # Compiled when first wanted:
        self.count, self.distribute = cache(self._count), cache(self._distribute)
        self.rows, self.limits = cache(self._rows), cache(self._limits)

    @staticmethod
    def of(dtype: Any, descending: bool) -> Order:
        """The order of a dtype."""
        kind = "f" if dtype.char in _INFINITY else "u" if dtype.kind in "ub" else "i"
        return _order(dtype.char if kind == "f" else "", kind, dtype.itemsize, descending)

    # --- keys

    def key(self, element: Value) -> Value:
        """The key, as an i64 that is in order when compared with a sign."""
        found = element
        if self.kind == "i":
            found = element ^ self.sign
        elif self.kind == "f":
            size = element & (self.sign - 1)
            falls = element.below(0)
            found = choose(falls, element ^ -1, element ^ self.sign)
            found = choose(size.equals(0), element.like(self.sign), found)
            found = choose(element.like(self.infinity).below(size), element.like(-1), found)
        if self.descending:
            found = found ^ -1
        return found ^ self.sign if self.bits == 64 else found.to("i64", "zext")

    def element(self, key: Value) -> Value:
        """What has this key; of nan and of zeros, one of them."""
        found = key ^ self.sign if self.bits == 64 else key.to(self.type, "trunc")
        if self.descending:
            found = found ^ -1
        if self.kind == "i":
            return found ^ self.sign
        if self.kind == "f":
            return choose(found.below(0), found ^ self.sign, found ^ -1)
        return found

    def range_of(self, array: Array) -> tuple[int, int, bool]:
        """The lowest key, how many bits the others have above it, and whether keys say all."""
        parts = -(-array.size // _TURN)
        found = np.empty((parts, 2), np.int64)
        special = share.share(self.limits(), parts, 4, found, array, array.size)
        low, high = int(found[:, 0].min()), int(found[:, 1].max())
        return low, (high - low).bit_length(), not special

    def _limits(self) -> int:
        def limits(words: Value, begin: Value, end: Value) -> None:
            found, array, size = given(words, "ppi")
            with repeat(end - begin) as i:
                part = begin + i
                first = part * _TURN
                count = walks.least(size - first, _TURN)
                start = array.place(self.type, first)
                low = variable("i64", self.key(start.item(self.type, 0)))
                high, special = variable("i64", low.value), variable("i64", 0)
                with repeat(count) as j:
                    element = start.item(self.type, j)
                    key = self.key(element)
                    low.set(walks.least(key, low.value))
                    high.set(choose(high.value.below(key), key, high.value))
                    if self.kind == "f":
                        lost = self.element(key).differs(element)
                        special.set(special.value | lost.to("i64", "zext"))
                found.set_item("i64", part * 2, low.value)
                found.set_item("i64", part * 2 + 1, high.value)
                with when(special.value.differs(0)):
                    words[ANSWER] = 1

        return share.kernel("limits", limits)

    # --- long rows

    def _count(self, first: bool, wide: bool) -> int:
        """The kernel that counts digits in parts of a row."""
        def count(words: Value, begin: Value, end: Value) -> None:
            counts, source, lowest, shift, buckets, n, size = given(words, "ppiiiii")
            records = _Records(self, source, lowest, wide, first)
            with repeat(end - begin) as i:
                part = begin + i
                mine = counts.place("i64", part * buckets)
                with repeat(buckets) as bucket:
                    mine.set_item("i64", bucket, 0)
                with repeat(walks.least(n - part * size, size)) as j:
                    key, _ = records.read(part * size + j)
                    place = mine.place("i64", (key >> shift) & (buckets - 1))
                    place[Field("i64", 0)] = place[Field("i64", 0)] + 1

        return share.kernel("count", count)

    def _distribute(self, first: bool, last: bool, wide: bool) -> int:
        """The kernel that puts the records of a part where they belong by one digit."""
        def distribute(words: Value, begin: Value, end: Value) -> None:
            counts, target, places, source, lowest, shift, buckets, n, size = (
                given(words, "ppppiiiii"))
            records, made = (_Records(self, each, lowest, wide, one)
                             for each, one in ((source, first), (target, False)))
            with repeat(end - begin) as i:
                part = begin + i
                mine = counts.place("i64", part * buckets)
                with repeat(walks.least(n - part * size, size)) as j:
                    key, number = records.read(part * size + j)
                    place = mine.place("i64", (key >> shift) & (buckets - 1))
                    at = place[Field("i64", 0)]
                    place[Field("i64", 0)] = at + 1
                    if first:  # who writes to the array meanwhile must not lead astray
                        at = choose(at.within(n), at, 0)
                    if last:
                        target.set_item(self.type, at, self.element(key + lowest))
                        places.set_item("i64", at, number)
                    else:
                        made.write(at, key, number)

        return share.kernel("distribute", distribute)

    # --- short rows

    def _rows(self, wide: bool) -> int:
        """The kernel that sorts whole rows, each in one thread."""
        def sort_rows(words: Value, begin: Value, end: Value) -> None:
            values, places, array, n, lowest, rounds, digit = given(words, "pppiiii")
            bytes = n * (16 if wide else 8)
            memory = _malloc(bytes * 2)
            with when(memory.equals(None)):
                words[ANSWER] = 1
                give(None)
            counts = stack("i64", (64 // (_DIGIT - 2) + 1) * _BUCKETS)
            mask = (constant("i64", 1) << digit) - 1
            with repeat(end - begin) as i:
                start = array.place(self.type, (begin + i) * n)
                here, there = variable("ptr", memory), variable("ptr", memory.plus(bytes))
                unsorted = _Records(self, start, lowest, wide, True)
                records = _Records(self, memory, lowest, wide)
                with repeat(rounds * _BUCKETS) as k:
                    counts.set_item("i64", k, 0)
                with repeat(n) as j:
                    key, number = unsorted.read(j)
                    records.write(j, key, number)
                    with repeat(rounds) as k:
                        place = counts.place("i64", k * _BUCKETS + ((key >> (k * digit)) & mask))
                        place[Field("i64", 0)] = place[Field("i64", 0)] + 1
                with repeat(rounds) as k:
                    shift, mine = k * digit, counts.place("i64", k * _BUCKETS)
                    source, target = (_Records(self, each.value, lowest, wide)
                                      for each in (here, there))
                    key, _ = source.read(constant("i64", 0))
                    with when(mine.item("i64", (key >> shift) & mask).differs(n)):
                        total = variable("i64", 0)
                        with repeat(mask + 1) as bucket:
                            count = mine.item("i64", bucket)
                            mine.set_item("i64", bucket, total.value)
                            total.set(total.value + count)
                        with repeat(n) as j:
                            key, number = source.read(j)
                            place = mine.place("i64", (key >> shift) & mask)
                            at = place[Field("i64", 0)]
                            place[Field("i64", 0)] = at + 1
                            target.write(at, key, number)
                        here.set(target.start)
                        there.set(source.start)
                done = _Records(self, here.value, lowest, wide)
                to, numbers = (values.place(self.type, (begin + i) * n),
                               places.place("i64", (begin + i) * n))
                with repeat(n) as j:
                    key, number = done.read(j)
                    to.set_item(self.type, j, self.element(key + lowest))
                    numbers.set_item("i64", j, number)
            _free(memory)

        return share.kernel("sort_rows", sort_rows)


@cache
def _order(char: str, kind: str, bytes: int, descending: bool) -> Order:
    return Order(char, kind, bytes, descending)
