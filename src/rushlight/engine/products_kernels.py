"""The innermost part of a product of matrices: a few rows by a few vectors of the result.

Every element of such a tile is a sum that stays in a register while k runs. Each step reads one
number of each row of `a`, wherever it lies, and a few vectors of one row of `b`, which lie side by
side; so `a` need not be copied, and transposed operands cost nothing. The sum of an element is
formed in the order of k by the same instructions in every tile: it doesn't matter into which tiles
a matrix is cut.
"""

from __future__ import annotations

from functools import cache

from rushlight.engine import builtins as py
from rushlight.engine.function_writer import (
    Native,
    Unit,
    Value,
    constant,
    instruction,
    repeat,
    variable,
    when,
)
from rushlight.engine.products_vectors import Lanes, registers

# k, a, bytes from one row of a and from one k to the next, b, bytes from one k to the next, the
# tile of the result and bytes from row to row, what is added to it (null: nothing) and bytes from
# row to row of that, how many numbers of the last vector count, where to pack what is read of b.
SIGNATURE = (
    "void(i64, ptr noalias, i64, i64, ptr noalias, i64, ptr, i64, ptr, i64, i64, ptr noalias)")
WIDEST = 4  # vectors
# Where the rows of b lie far apart, no processor guesses what is needed soon: these rows further
# on, and the panel after the next one
_ROWS_AHEAD, _PANELS_AHEAD = 8, 2


def most_rows(vectors: int) -> int:
    """How many rows of so many vectors fit into the registers, with what they are made of."""
    return (registers() - 1) // vectors - 1


def vectors_for(rows: int) -> int:
    """How many vectors wide tiles of a result with so many rows should be."""
    wide = [each for each in range(2, WIDEST + 1) if most_rows(each) >= rows]
    return max(wide, default=2)


def _fetch(place: Value, near: int) -> None:
    """Bring what lies there into the cache, the nearest (3) or the next one (2)."""
    instruction(
        "void", f"call void @llvm.prefetch.p0(ptr {place.text}, i32 0, i32 {near}, i32 1)")


@cache
def tile(
    type: str, rows: int, vectors: int, partial: bool, panel: int, a_packed: bool, b_packed: bool,
    packs: bool,
) -> int:
    """The address of the kernel for tiles of this size.

    partial: the last vector is cut off. panel: how many vectors wide packed panels of `b` are.
    a_packed, b_packed: the numbers lie in the order of their use. packs: what is read of `b` is
    written so, for the next tile.
    """
    lanes = Lanes(type)

    def write(
        k: Value, a: Value, a_row: Value, a_step: Value, b: Value, b_step: Value, c: Value,
        c_row: Value, start: Value, start_row: Value, tail: Value, pack: Value,
    ) -> None:
        mask = lanes.first(tail) if partial else None
        if a_packed:
            a_row, a_step = (constant("i64", each * lanes.bytes) for each in (1, rows))
        if b_packed:
            b_step = constant("i64", panel * lanes.width)

        def load(row: Value) -> list[Value]:
            whole = vectors - partial
            made = [lanes.load(row.plus(i * lanes.width)) for i in range(whole)]
            if mask is not None:
                made.append(lanes.load_some(row.plus(whole * lanes.width), mask))
            return made

        below = [a_row * i for i in range(rows)]
        sums = [[variable(lanes.vector, lanes.zero()) for _ in range(vectors)]
                for _ in range(rows)]
        at_a, at_b, at_pack = variable("ptr", a), variable("ptr", b), variable("ptr", pack)
        with repeat(k):
            row_of_b = load(at_b.value)
            for i, each in enumerate(row_of_b):
                if not b_packed:
                    _fetch(at_b.value.plus(b_step * _ROWS_AHEAD + i * lanes.width), 3)
                    if vectors < WIDEST:
                        _fetch(at_b.value.plus((panel * _PANELS_AHEAD + i) * lanes.width), 2)
                if packs:
                    lanes.store(each, at_pack.value.plus(i * lanes.width))
            for offset, row in zip(below, sums, strict=True):
                number = lanes.spread(at_a.value.plus(offset))
                for total, each in zip(row, row_of_b, strict=True):
                    total.set(lanes.multiply_add(number, each, total.value))
            at_a.set(at_a.value.plus(a_step))
            at_b.set(at_b.value.plus(b_step))
            at_pack.set(at_pack.value.plus(panel * lanes.width))
        with when(start.differs(None)):
            for i, row in enumerate(sums):
                for total, each in zip(row, load(start.plus(start_row * i)), strict=True):
                    total.set(lanes.add(total.value, each))
        for i, row in enumerate(sums):
            place = c.plus(c_row * i)
            for j, total in enumerate(row):
                at = place.plus(j * lanes.width)
                if mask is not None and j == vectors - 1:
                    lanes.store_some(total.value, at, mask)
                else:
                    lanes.store(total.value, at)

    made = Native("tile", SIGNATURE, write)
    return py.exported(Unit(), [made], {})["tile"]
