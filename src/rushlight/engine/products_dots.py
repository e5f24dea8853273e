"""Products with few rows where k runs side by side in both operands: sums along vectors.

`x @ weight.T` for a few rows of x, and a matrix times a vector, read every number of one operand
once or a few times; so nothing is worth packing. A tile is a few rows of `a` times a few columns of
`b`; each of its elements is a vector of sums, which are added up at the end of a stretch of k.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from rushlight.engine import builtins as py
from rushlight.engine import share
from rushlight.engine.function_writer import (
    Field,
    Native,
    Unit,
    Value,
    call_at,
    choose,
    constant,
    repeat,
    repeat_while,
    variable,
    when,
)
from rushlight.engine.products_vectors import Lanes, registers
from rushlight.engine.walks import starts

MOST_ROWS = 16  # of a: with more, packing b pays for itself
MOST_COLUMNS = 4  # of b, likewise: then the operands change places
LEAST_K = 4  # vectors: with less, adding up costs too much
_STRETCH = 4096  # numbers that are added in lanes
_CHAINS = 8  # sums at a time, or each addition waits for the last
_SIGNATURE = "void(i64, ptr noalias, i64, ptr noalias, i64, ptr, i64, i64, ptr, i64, i64)"


class Words(NamedTuple):
    """What the kernel is told, after where the result, a, b and what is added begin."""

    products: Any
    parts: Any  # into how many parts k is cut, each with a result of its own
    blocks: Any  # of columns
    block_columns: Any
    rows: Any
    columns: Any
    k: Any
    k_part: Any
    a_row: Any  # bytes from one row to the next
    b_column: Any
    c_row: Any
    c_column: Any
    c_product: Any
    start_row: Any
    start_column: Any
    bytes: Any  # of a number
    tile_rows: Any
    tile_columns: Any
    tile: Any  # the kernels of tiles, and of those with what rows or columns are left
    right_tile: Any
    last_tile: Any
    last_right_tile: Any


def tile_size(rows: int, columns: int) -> tuple[int, int]:
    """How many rows and columns the tiles of a product with so many have."""
    high = min(rows, 4)
    return high, min(columns, 8, (registers() - 1) // high - 1)


@cache
def tile(type: str, rows: int, columns: int) -> int:
    """The address of the kernel for tiles of this size."""
    lanes = Lanes(type)
    number = Field(type, 0)
    chains = max(1, _CHAINS // (rows * columns))

    def write(
        k: Value, a: Value, a_row: Value, b: Value, b_column: Value, c: Value, c_row: Value,
        c_column: Value, start: Value, start_row: Value, start_column: Value,
    ) -> None:
        totals = [[variable(type, _zero(type)) for _ in range(columns)] for _ in range(rows)]
        with when(start.differs(None)):
            for i, row in enumerate(totals):
                for j, total in enumerate(row):
                    total.set(start.plus(start_row * i).plus(start_column * j)[number])
        done = variable("i64", 0)
        with repeat_while(lambda: done.value.below(k)):
            left = k - done.value
            depth = choose(left.below(_STRETCH), left, left.like(_STRETCH))
            sums = [[[variable(lanes.vector, lanes.zero()) for _ in range(columns)]
                     for _ in range(rows)] for _ in range(chains)]
            at_a, at_b = (each.plus(done.value * lanes.bytes) for each in (a, b))

            def add(chain: int, offset: Value, some: Value | None) -> None:
                def load(place: Value) -> Value:
                    return lanes.load(place) if some is None else lanes.load_some(place, some)

                rows_of_a = [load(at_a.plus(a_row * i + offset)) for i in range(rows)]
                for j in range(columns):
                    column = load(at_b.plus(b_column * j + offset))
                    for each, row in zip(rows_of_a, sums[chain], strict=True):
                        row[j].set(lanes.multiply_add(each, column, row[j].value))

            turns = depth // (lanes.count * chains)
            with repeat(turns) as turn:
                for chain in range(chains):
                    add(chain, (turn * chains + chain) * lanes.width, None)
            place = variable("i64", turns * chains * lanes.count)
            with repeat_while(lambda: place.value.below(depth)):
                rest = depth - place.value
                add(0, place.value * lanes.bytes, lanes.first(rest))
                place.set(place.value + lanes.count)
            for i, many in enumerate(totals):
                for j, total in enumerate(many):
                    whole = sums[0][i][j].value
                    for each in sums[1:]:
                        whole = lanes.add(whole, each[i][j].value)
                    total.set(total.value + lanes.total(whole))
            done.set(done.value + depth)
        for i, row in enumerate(totals):
            for j, total in enumerate(row):
                c.plus(c_row * i).plus(c_column * j)[number] = total.value

    made = Native("dots", _SIGNATURE, write)
    return py.exported(Unit(), [made], {})["dots"]


def _zero(type: str) -> Value:
    return Value(type, "0.0" if type in ("float", "double") else "0")


@cache
def kernel() -> int:
    """The address of the kernel. Behind its words: those of the walk over a, b and start."""
    return share.kernel("dots_of", _dots)


def _dots(words: Value, begin: Value, end: Value) -> None:
    """Blocks begin to end."""
    c, a, b, start = share.given(words, "pppp")
    rules = words.plus(8 * 5)
    told = Words(*[rules[Field("i64", 8 * i)] for i in range(len(Words._fields))])
    with repeat(end - begin) as i:
        item = begin + i
        block, rest = item % told.blocks, item // told.blocks
        part, product = rest % told.parts, rest // told.parts
        a_at, b_at, start_at = starts(product, rules.plus(8 * len(Words._fields)), 3)
        first, column = part * told.k_part, variable("i64", block * told.block_columns)
        last = _least(told.columns, column.value + told.block_columns)
        depth = _least(told.k_part, told.k - first)
        here = c.plus((part * told.products + product) * told.c_product)
        of_a = a.plus(a_at + first * told.bytes)
        with repeat_while(lambda: column.value.below(last)):
            wide = _least(told.tile_columns, last - column.value)
            of_b = b.plus(b_at + first * told.bytes + column.value * told.b_column)
            row = variable("i64", 0)
            full = wide.equals(told.tile_columns)
            with repeat_while(lambda: row.value.below(told.rows)):
                high = _least(told.tile_rows, told.rows - row.value)
                chosen = choose(
                    high.equals(told.tile_rows), choose(full, told.tile, told.right_tile),
                    choose(full, told.last_tile, told.last_right_tile))
                count = choose(full, constant("i64", 1), wide)
                with repeat(count) as j:
                    added = start.plus(start_at + row.value * told.start_row
                                       + (column.value + j) * told.start_column)
                    call_at(
                        chosen.to("ptr", "inttoptr"), _SIGNATURE, depth,
                        of_a.plus(row.value * told.a_row), told.a_row,
                        of_b.plus(j * told.b_column), told.b_column,
                        here.plus(row.value * told.c_row + (column.value + j) * told.c_column),
                        told.c_row, told.c_column, choose(start.equals(None), start, added),
                        told.start_row, told.start_column)
                row.set(row.value + high)
            column.set(column.value + wide)


def _least(x: Value, y: Value) -> Value:
    return choose(x.below(y), x, y)
