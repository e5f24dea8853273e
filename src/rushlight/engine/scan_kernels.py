"""The kernels of running sums and products: see `scans.py` for what they promise.

A sum must wait for the one before it, several cycles of the processor. So a thread works on
`LANES` rows or blocks at a time: their elements are widened into a buffer, accumulated there turn
by turn, and narrowed from there.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from rushlight.engine import pool, share, walks
from rushlight.engine.function_writer import Field, Value, Variable, repeat, stack, variable
from rushlight.engine.scans import BLOCK, sums_before

Array = np.ndarray[Any, Any]
LANES = 4
# Elements from one lane of the buffer to the next: were they a page apart, the processor would take
# what one lane reads for what another has just written.
_APART = BLOCK + BLOCK // LANES
_STRIP = 256  # columns to an item at most
_TURN = 16384  # elements to one turn of a thread
_TYPES = {"f": ("float", "double"), "d": ("double", "double"), "l": ("i64", "i64")}


def accumulate(
    made: Array, array: Array, rows: int, n: int, columns: int, multiply: bool
) -> None:
    """Fill `made` with what is accumulated along the middle one of three dims, all row-major."""
    blocked = not multiply and array.dtype.char in "fl" and n > BLOCK  # of integers nobody can tell
    kernels = _Kernels.of(array.dtype.char, multiply)
    if columns > 1:
        block = BLOCK if blocked and array.dtype.char == "f" else n
        kernels.along_columns(made, array, rows, n, columns, block)
    elif blocked:
        kernels.along_blocks(made, array, rows, n)
    else:
        kernels.along_rows(made, array, rows, n)


class _Kernels:
    """The kernels for elements of a dtype."""

    def __init__(self, char: str, multiply: bool):
        self.multiply = multiply
        self.type, self.wide = _TYPES[char]
        self.bytes = 4 if self.type == "float" else 8
        self.start = 1 if multiply else 0 if char == "l" else -0.0  # changes nothing
        # Compiled when first wanted:
        self.rows, self.totals = cache(self._rows), cache(self._totals)
        self.spans, self.columns = cache(self._spans), cache(self._columns)

    @staticmethod
    @cache
    def of(char: str, multiply: bool) -> _Kernels:
        """Those for a dtype and an operation."""
        return _Kernels(char, multiply)

    # --- short rows, and those that are accumulated strictly

    def along_rows(self, made: Array, array: Array, rows: int, n: int) -> None:
        """Accumulate along rows, `LANES` of them at a time."""
        lanes = LANES if rows >= LANES and self.wide == "double" else 1
        grain = max(1, _TURN // (lanes * n))
        share.share(self.rows(lanes), -(-rows // lanes), grain, made, array, rows, n)

    def _rows(self, lanes: int) -> int:
        """The kernel; where rows are missing to so many lanes, the last one is done again."""
        def rows_of(words: Value, begin: Value, end: Value) -> None:
            made, array, rows, n = share.given(words, "ppii")
            buffer = stack(self.wide, lanes * _APART)
            with repeat(end - begin) as i:
                sums = [variable(self.wide, self.start) for _ in range(lanes)]
                starts = [walks.least((begin + i) * lanes + k, rows - 1) * n for k in range(lanes)]
                if self.wide == "i64":
                    self._straight(made, array, starts[0], sums[0], n)
                else:
                    self._buffered(made, array, starts, sums, n, buffer)

        return share.kernel("rows", rows_of)

    def _buffered(
        self, made: Value, array: Value, starts: list[Value], sums: list[Variable], n: Value,
        buffer: Value,
    ) -> None:
        """Accumulate along several rows in parts that fit the buffer."""
        with repeat((n + (BLOCK - 1)) // BLOCK) as part:
            places = [each + part * BLOCK for each in starts]
            count = walks.least(n - part * BLOCK, BLOCK)
            self._load(buffer, array, places, count)
            self._run(buffer, sums, count)
            for k, place in enumerate(places):
                self._store(made, place, buffer.place(self.wide, k * _APART), count, None)

    # --- long rows, in blocks

    def along_blocks(self, made: Array, array: Array, rows: int, n: int) -> None:
        """Accumulate along rows in blocks. Few rows are cut into spans, about one to each thread;
        then what the blocks before a span come to must be known first."""
        blocks = -(-n // BLOCK)
        spans = min(pool.get_num_threads() if rows < 2 * pool.get_num_threads() else 1,
                    -(-blocks // LANES))
        size = -(-blocks // spans // LANES) * LANES
        spans = -(-blocks // size)
        known = size * (spans - 1)
        totals = np.empty((rows, known), np.float64 if self.wide == "double" else np.int64)
        if known:
            share.share(self.totals(), rows * (known // LANES), _TURN // (LANES * BLOCK), totals,
                        array, known // LANES, n)
        before = sums_before(totals)[:, ::size].copy()
        share.share(self.spans(), rows * spans, 1, made, array, before, spans, size, n)

    def _totals(self) -> int:
        """The kernel that tells what blocks come to, `LANES` of them at a time."""
        def totals_of(words: Value, begin: Value, end: Value) -> None:
            totals, array, groups, n = share.given(words, "ppii")
            buffer = stack(self.wide, LANES * _APART)
            with repeat(end - begin) as i:
                item = begin + i
                first = item // groups * n + item % groups * (LANES * BLOCK)
                sums = [variable(self.wide, self.start) for _ in range(LANES)]
                places = [first + k * BLOCK for k in range(LANES)]
                self._load(buffer, array, places, first.like(BLOCK))
                self._run(buffer, sums, first.like(BLOCK), False)
                for k, each in enumerate(sums):
                    totals.set_item(self.wide, item * LANES + k, each.value)

        return share.kernel("totals", totals_of)

    def _spans(self) -> int:
        """The kernel that accumulates spans of blocks."""
        def spans_of(words: Value, begin: Value, end: Value) -> None:
            made, array, before, spans, size, n = share.given(words, "pppiii")
            buffer = stack(self.wide, LANES * _APART)
            with repeat(end - begin) as i:
                item = begin + i
                row, first = item // spans * n, item % spans * (size * BLOCK)
                left = walks.least(n - first, size * BLOCK)
                offset = variable(self.wide, before.item(self.wide, item))

                if self.wide == "i64":
                    self._straight(made, array, row + first, offset, left)
                else:
                    self._in_blocks(made, array, row + first, offset, left, buffer)

        return share.kernel("spans", spans_of)

    def _in_blocks(
        self, made: Value, array: Value, first: Value, offset: Variable, left: Value, buffer: Value
    ) -> None:
        """Accumulate the blocks from a place on, to which `offset` is added, each for itself."""
        def some(at: Value, lanes: int, count: Value) -> None:
            places = [at + k * BLOCK for k in range(lanes)]
            sums = [variable(self.wide, self.start) for _ in range(lanes)]
            self._load(buffer, array, places, count)
            self._run(buffer, sums, count)
            for k, place in enumerate(places):
                lane = buffer.place(self.wide, k * _APART)
                self._store(made, place, lane, count, offset.value)
                offset.set(offset.value + sums[k].value)

        groups = left // (LANES * BLOCK)
        with repeat(groups) as g:
            some(first + g * (LANES * BLOCK), LANES, left.like(BLOCK))
        done = groups * (LANES * BLOCK)
        with repeat((left - done + (BLOCK - 1)) // BLOCK) as b:
            at = done + b * BLOCK
            some(first + at, 1, walks.least(left - at, BLOCK))

    def _straight(
        self, made: Value, array: Value, place: Value, total: Variable, count: Value
    ) -> None:
        """Accumulate integers, which wait for nothing, from a place on."""
        start, to = array.place(self.type, place), made.place(self.type, place)
        with repeat(count) as j:
            total.set(self._combined(total.value, start.item(self.type, j)))
            to.set_item(self.type, j, total.value)

    def _load(self, buffer: Value, array: Value, places: list[Value], count: Value) -> None:
        """Widen elements from each place on into the buffer's lanes."""
        for k, place in enumerate(places):
            lane, start = buffer.place(self.wide, k * _APART), array.place(self.type, place)
            with repeat(count) as j:
                lane.set_item(self.wide, j, self._widened(start.item(self.type, j)))

    def _run(self, buffer: Value, sums: list[Variable], count: Value, kept: bool = True) -> None:
        """Accumulate along each lane of the buffer; kept: and write down each step."""
        with repeat(count) as j:
            for k, each in enumerate(sums):
                place = buffer.place(self.wide, j + k * _APART)
                total = self._combined(each.value, place[Field(self.wide, 0)])
                each.set(total)
                if kept:
                    place[Field(self.wide, 0)] = total

    def _store(
        self, made: Value, place: Value, lane: Value, count: Value, offset: Value | None
    ) -> None:
        """Narrow a lane, with the sum of what was before, into the result."""
        to = made.place(self.type, place)
        with repeat(count) as j:
            total = lane.item(self.wide, j)
            to.set_item(self.type, j, self._narrowed(
                total if offset is None else self._combined(offset, total)))

    # --- columns

    def along_columns(
        self, made: Array, array: Array, outer: int, n: int, columns: int, block: int
    ) -> None:
        """Accumulate along the middle one of three dims, in strips of columns."""
        wanted = -(-outer * columns // (4 * pool.get_num_threads()))
        strip = min(_STRIP, max(16, -(-wanted // 16) * 16))
        strips = -(-columns // strip)
        grain = max(1, _TURN // (n * strip))
        share.share(self.columns(), outer * strips, grain, made, array, n, columns, strip, strips,
                    block)

    def _columns(self) -> int:
        """The kernel that accumulates strips of columns, row by row."""
        type, wide = self.type, self.wide

        def columns_of(words: Value, begin: Value, end: Value) -> None:
            made, array, n, columns, strip, strips, block = share.given(words, "ppiiiii")
            sums, before = stack(wide, _STRIP), stack(wide, _STRIP)
            with repeat(end - begin) as i:
                item = begin + i
                first = (item % strips) * strip
                width = walks.least(columns - first, strip)
                top = item // strips * n * columns + first
                with repeat(width) as c:
                    before.set_item(wide, c, self.start)
                with repeat((n + block - 1) // block) as part:
                    with repeat(width) as c:
                        sums.set_item(wide, c, self.start)
                    with repeat(walks.least(n - part * block, block)) as r:
                        row = top + (part * block + r) * columns
                        here, there = array.place(type, row), made.place(type, row)
                        with repeat(width) as c:
                            total = self._combined(
                                sums.item(wide, c), self._widened(here.item(type, c)))
                            sums.set_item(wide, c, total)
                            there.set_item(type, c, self._narrowed(
                                self._combined(before.item(wide, c), total)))
                    with repeat(width) as c:
                        before.set_item(wide, c, self._combined(
                            before.item(wide, c), sums.item(wide, c)))

        return share.kernel("columns", columns_of)

    def _combined(self, a: Any, b: Any) -> Any:
        return a * b if self.multiply else a + b

    def _widened(self, value: Any) -> Any:
        return value.to("double", "fpext") if self.type == "float" else value

    def _narrowed(self, value: Any) -> Any:
        return value.to("float", "fptrunc") if self.type == "float" else value
