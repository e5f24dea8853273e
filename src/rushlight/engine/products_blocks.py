"""Products of (batches of) matrices, a block of the result at a time: what the threads share.

A block is some tiles high and some panels wide. A panel of `b` is packed into a buffer that stays
in the cache, by the topmost tile as it reads it, or before that where it doesn't lie in rows; then
all the tiles below are made of it. Where k is long this happens for one stretch of it after
another, and each adds to the last. All of `a` can be packed beforehand.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final, NamedTuple

from rushlight.engine import products_kernels, products_packing, share
from rushlight.engine.function_writer import (
    Field,
    Native,
    Value,
    call_at,
    choose,
    repeat,
    repeat_while,
    stack,
    variable,
    when,
)
from rushlight.engine.walks import starts

BUFFER: Final = 1 << 17  # bytes of panels that are packed at a time


class Words(NamedTuple):
    """What the kernel is told, after where the result, a, b and what is added begin."""

    products: Any
    parts: Any  # into how many parts k is cut, each with a result of its own
    blocks_down: Any  # blocks of one product
    blocks_across: Any
    block_tiles: Any  # of one block, from top to bottom
    block_panels: Any  # and from left to right
    group: Any  # panels that are packed at a time
    tiles: Any  # of one product
    panels: Any
    height: Any  # of all tiles but perhaps the last
    width: Any  # columns of a panel
    width_bytes: Any
    columns: Any
    tail: Any  # how many numbers of the very last vector of a row count
    k: Any
    k_part: Any
    k_block: Any
    a_row: Any  # bytes from one row to the next
    a_step: Any  # and from one k to the next
    a_packed: Any  # bytes for each row and k, where a is packed; else 0
    b_step: Any
    b_column: Any
    c_row: Any
    c_product: Any
    start_row: Any
    packer: Any  # 0: the tiles at the top of a block pack what they read
    # The kernels of tiles: at the top of a block, if there is no packer, and elsewhere; in the
    # last row of tiles, and elsewhere; at the right edge, and elsewhere
    top: Any
    top_edge: Any
    last_top: Any
    last_top_edge: Any
    tile: Any
    edge: Any
    last_tile: Any
    last_edge: Any


class Packing(NamedTuple):
    """What the kernel is told that packs all of `a`, after where to and from where."""

    parts: Any
    tiles: Any
    height: Any
    rows: Any
    k: Any
    k_part: Any
    k_block: Any
    a_row: Any
    a_step: Any
    bytes: Any
    product_bytes: Any
    packer: Any
    last_packer: Any


def _read(kind: Any, words: Value) -> Any:
    return kind(*[words[Field("i64", 8 * i)] for i in range(len(kind._fields))])


def _least(x: Value, y: Value) -> Value:
    return choose(x.below(y), x, y)


def _code(address: Value) -> Value:
    return address.to("ptr", "inttoptr")


# --- products

_BEFORE = 8 * 5  # bytes: the answer, and four addresses


@cache
def kernel() -> int:
    """The address of the kernel. Behind its words: those of the walk over a, b and start."""
    return share.kernel("product", _product)


def _product(words: Value, begin: Value, end: Value) -> None:
    """Blocks begin to end."""
    c, a, b, start = share.given(words, "pppp")
    rules = words.plus(_BEFORE)
    told = _read(Words, rules)
    room = stack("i64", BUFFER // 8 + 8)
    buffer = _code((room.to("i64", "ptrtoint") + 63) & -64)
    with repeat(end - begin) as i:
        rest = variable("i64", begin + i)
        places = []
        for count in (told.blocks_across, told.blocks_down, told.parts):
            places.append(rest.value % count)
            rest.set(rest.value // count)
        across, down, part = places
        product = rest.value
        a_at, b_at, start_at = starts(product, rules.plus(8 * len(Words._fields)), 3)
        first = part * told.k_part
        _block(
            rules, buffer, c.plus((part * told.products + product) * told.c_product),
            a.plus(a_at + first * told.a_step), b.plus(b_at + first * told.b_step),
            choose(start.equals(None), start, start.plus(start_at)), down * told.block_tiles,
            across * told.block_panels, _least(told.k_part, told.k - first))


def _write_block(
    rules: Value, buffer: Value, c: Value, a: Value, b: Value, start: Value, tile: Value,
    panel: Value, k: Value,
) -> None:
    """The block that begins with this tile and this panel."""
    told: Words = _read(Words, rules)
    panels = _least(told.block_panels, told.panels - panel)
    done, added, added_row = (
        variable("i64", 0), variable("ptr", start), variable("i64", told.start_row))
    with repeat_while(lambda: done.value.below(k)):
        depth = _least(told.k_block, k - done.value)
        ready = variable("i64", 0)
        with repeat_while(lambda: ready.value.below(panels)):
            group, at = _least(told.group, panels - ready.value), panel + ready.value
            source = b.plus(done.value * told.b_step + at * told.width * told.b_column)
            with when(told.packer.differs(0)):
                call_at(
                    _code(told.packer), products_packing.SIGNATURE, buffer, source, depth,
                    _least(group * told.width, told.columns - at * told.width), told.b_step,
                    told.b_column, depth * told.width_bytes)
            with repeat(_least(told.block_tiles, told.tiles - tile)) as i:
                _row(told, tile + i, told.packer.equals(0) & i.equals(0), at, group, depth, c,
                     a.plus(done.value * told.a_step), source, buffer, added.value,
                     added_row.value)
            ready.set(ready.value + group)
        done.set(done.value + depth)
        added.set(c)
        added_row.set(told.c_row)


_block = Native("block", "void(ptr, ptr, ptr, ptr, ptr, ptr, i64, i64, i64)", _write_block)


def _row(
    told: Words, tile: Value, top: Value, panel: Value, panels: Value, depth: Value, c: Value,
    a: Value, source: Value, buffer: Value, added: Value, added_row: Value,
) -> None:
    """The tiles of a block that stand side by side."""
    above, last = tile * told.height, tile.equals(told.tiles - 1)
    middle, edge = (
        choose(top, choose(last, last_top, first), choose(last, last_other, other))
        for last_top, first, last_other, other in (
            (told.last_top, told.top, told.last_tile, told.tile),
            (told.last_top_edge, told.top_edge, told.last_edge, told.edge)))
    row_of_a = a.plus(above * (told.a_row + told.a_packed * depth))
    packed = depth * told.width_bytes
    columns, apart = choose(top, source, buffer), choose(top, told.width_bytes, packed)
    with repeat(panels) as j:
        right = (panel + j) * told.width_bytes
        call_at(
            _code(choose((panel + j).equals(told.panels - 1), edge, middle)),
            products_kernels.SIGNATURE, depth, row_of_a, told.a_row, told.a_step,
            columns.plus(j * apart), told.b_step, c.plus(above * told.c_row + right), told.c_row,
            choose(added.equals(None), added, added.plus(above * added_row + right)), added_row,
            told.tail, buffer.plus(j * packed))


# --- packing

@cache
def packing_kernel() -> int:
    """The address of the kernel that packs. Behind its words: those of the walk over a."""
    return share.kernel("packing", _packing)


def _packing(words: Value, begin: Value, end: Value) -> None:
    """Tiles begin to end, each over a part of k."""
    to, a = share.given(words, "pp")
    rules = words.plus(8 * 3)
    told: Packing = _read(Packing, rules)
    with repeat(end - begin) as i:
        item = begin + i
        tile, rest = item % told.tiles, item // told.tiles
        part, product = rest % told.parts, rest // told.parts
        at, = starts(product, rules.plus(8 * len(Packing._fields)), 1)
        first, above = part * told.k_part, tile * told.height
        packer = choose(tile.equals(told.tiles - 1), told.last_packer, told.packer)
        k, done = _least(told.k_part, told.k - first), variable("i64", 0)
        source = a.plus(at + above * told.a_row + first * told.a_step)
        target = to.plus(product * told.product_bytes + first * told.rows * told.bytes)
        with repeat_while(lambda: done.value.below(k)):
            depth = _least(told.k_block, k - done.value)
            call_at(
                _code(packer), products_packing.SIGNATURE,
                target.plus((done.value * told.rows + above * depth) * told.bytes),
                source.plus(done.value * told.a_step), depth,
                _least(told.height, told.rows - above), told.a_step, told.a_row, 0)
            done.set(done.value + depth)
