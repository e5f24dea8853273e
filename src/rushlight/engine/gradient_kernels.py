"""The native loops of a convolution's gradient for its weight: sums over all places.

Each place has a gradient for each out channel, and each tap of each channel saw something there;
their products are added up. With many out channels, these are the lanes of vectors: the gradient is
turned so that they lie side by side, and each number that a tap saw is multiplied with a few
vectors (`by_channels`). With few, neighbouring places are the lanes (`by_places`).

Sums in registers are short, so that they lose little; sums of them wait in memory.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from rushlight.engine import builtins as py
from rushlight.engine import native, share
from rushlight.engine.convolution_kernels import vector
from rushlight.engine.function_writer import (
    Native,
    Value,
    constant,
    repeat,
    stack,
    variable,
    when,
)
from rushlight.engine.share import Words
from rushlight.engine.vectors import Vector
from rushlight.engine.walks import least

# By places: so many rows and taps at a time. By channels: so many vectors of them, and taps.
_WIDE_TILE, _NARROW_TILE = {4: 6, 1: 9}, {3: 4, 1: 8}
_WIDE_BLOCK, _NARROW_BLOCK = {4: 6, 2: 12, 1: 13}, {2: 6, 1: 9}


def tiles() -> dict[int, int]:
    """The rows and taps of blocks, by places."""
    return _WIDE_TILE if native.vector_bits() == 512 else _NARROW_TILE


def blocks() -> dict[int, int]:
    """The vectors of channels and taps of blocks, by channels; most vectors first."""
    return _WIDE_BLOCK if native.vector_bits() == 512 else _NARROW_BLOCK


# --- rows as columns

TURNED = Words(
    "source made", "rows columns row_parts batch row made_batch made_column")


@cache
def turned(type: str) -> int:
    """The kernel that writes matrices' rows, which lie side by side, as columns that do."""
    lanes = vector(type)

    def write(words: Value, begin: Value, end: Value) -> None:
        w = TURNED.read(words)
        count = lanes.lanes
        with repeat(end - begin) as i:
            item = begin + i
            first, matrix = (item % w.row_parts) * count, item // w.row_parts
            source, made = w.source.plus(matrix * w.batch), w.made.plus(matrix * w.made_batch)
            _turn(lanes, source, w.row, first, w.rows, w.columns, made.plus(first * lanes.size),
                  w.made_column, lanes.first(w.rows - first))

    return share.kernel(f"turned_{type}", write)


def _turn(
    lanes: Vector, source: Value, row: Value, first: Value, rows: Value, columns: Value,
    made: Value, made_column: Any, fits: Value | None,
) -> None:
    """Write a vector of rows from `first` on as columns; without a mask of what fits, whole ones,
    and as many of them as make whole vectors too. Beyond the last row is the last row again."""
    size, count = lanes.size, lanes.lanes
    begins = [source.plus(least(first + j, rows - 1) * row) for j in range(count)]
    with repeat((columns + (count - 1)) // count) as k:
        column = k * count
        mask = lanes.first(columns - column)
        read = [lanes.load_some(each.plus(column * size), mask) for each in begins]
        here = made.plus(column * made_column)
        for j, each in enumerate(lanes.turned(read)):
            place = here.plus(constant("i64", j) * made_column)
            if fits is None:
                lanes.store(each, place)
            else:
                with when((column + j).below(columns)):
                    lanes.store_some(each, place, fits)


# --- many channels: they are in vectors

BY_CHANNELS = Words(
    "grad planes made taps",
    "groups blocks first rows columns entries entries_each entry_groups splits chunks deep down "
    "across rows_each row_pieces span span_pieces run_z run_y step grad_row grad_sample sample "
    "group")
MOST_PLACES = 144  # of a chunk


@cache
def by_channels(type: str, vectors: int) -> int:
    """The kernel that does so many vectors of out channels and `blocks()[vectors]` taps at a time.

    An item is a block of channels, some taps, and a part of the places, which it goes through in
    chunks; it turns the gradient of each. `made` holds (splits, groups, taps, columns): sums wait
    there.
    """
    lanes, taps = vector(type), blocks()[vectors]
    sums = _channel_sums(lanes, vectors, taps)
    width = vectors * lanes.lanes

    def write(words: Value, begin: Value, end: Value) -> None:
        w = BY_CHANNELS.read(words)
        size = lanes.size
        turned_chunk = stack(lanes.type, -(-MOST_PLACES // lanes.lanes) * lanes.lanes * vectors)
        with repeat(end - begin) as i:
            rest = begin + i
            entry, rest = (rest % w.entry_groups) * w.entries_each, rest // w.entry_groups
            channel, rest = w.first + (rest % w.blocks) * width, rest // w.blocks
            group, split = rest % w.groups, rest // w.groups
            entries = least(w.entries_each, w.entries - entry)
            row = w.columns * size
            made = w.made.plus(
                ((split * w.groups + group) * w.entries + entry) * row + channel * size)
            with repeat(entries) as e:
                for v in range(vectors):
                    lanes.store(lanes.zero, made.plus(e * row + v * lanes.lanes * size))
            table = w.taps.place("i64", entry)
            grads = w.grad.plus(group * w.rows * w.grad_row)
            planes = w.planes.plus(group * w.group)
            first, last = (at * w.chunks // w.splits for at in (split, split + 1))
            with repeat(last - first) as c:
                chunk = first + c
                part, chunk = chunk % w.span_pieces, chunk // w.span_pieces
                some, chunk = chunk % w.row_pieces, chunk // w.row_pieces
                z, sample = chunk % w.deep, chunk // w.deep
                x, y = part * w.span, some * w.rows_each
                runs, count = least(w.rows_each, w.down - y), least(w.span, w.across - x)
                grad = grads.plus(
                    sample * w.grad_sample + ((z * w.down + y) * w.across + x) * size)
                for v in range(vectors):
                    _turn(lanes, grad, w.grad_row, channel + v * lanes.lanes, w.rows, runs * count,
                          turned_chunk.plus(v * lanes.lanes * size), width * size, None)
                seen = planes.plus(sample * w.sample + z * w.run_z + y * w.run_y + x * w.step)
                with repeat((entries + (taps - 1)) // taps) as e:
                    sums(turned_chunk, seen, w.step, w.run_y, table.place("i64", e * taps),
                         entries - e * taps, runs, count, made.plus(e * taps * row), row)

    return share.kernel(f"by_channels_{type}_{vectors}", write)


def _channel_sums(lanes: Vector, vectors: int, taps: int) -> Native:
    """Add the products of some rows of places, for a block of channels and taps, to what waits."""
    size = lanes.size

    def write(
        grad: Value, planes: Value, step: Value, row: Value, table: Value, entries: Value,
        rows: Value, count: Value, made: Value, made_row: Value,
    ) -> None:
        sums = [[lanes.variable(lanes.zero) for _ in range(vectors)] for _ in range(taps)]
        offsets = [table.item("i64", least(constant("i64", k), entries - 1)) for k in range(taps)]
        at_grad = variable("ptr", grad)
        with repeat(rows) as r:
            at = planes.plus(r * row)
            with repeat(count) as q:
                now = at_grad.value
                factors = [lanes.load(now.plus(v * lanes.lanes * size)) for v in range(vectors)]
                at_grad.set(now.plus(vectors * lanes.lanes * size))
                here = at.plus(q * step)
                for k, offset in enumerate(offsets):
                    seen = lanes.spread(here.plus(offset))
                    for v, factor in enumerate(factors):
                        sums[k][v].set(lanes.fma(factor, seen, sums[k][v].value))
        for k in range(taps):
            with when(constant("i64", k).below(entries)):
                for v in range(vectors):
                    place = made.plus(made_row * k).plus(v * lanes.lanes * size)
                    lanes.store(lanes.add(lanes.load(place), sums[k][v].value), place)

    return Native(f"channel_sums_{vectors}", "void(ptr noalias, ptr noalias, i64, i64, ptr "
                  "noalias, i64, i64, i64, ptr noalias, i64)", write)


# --- few channels: places in vectors

BY_PLACES = Words(
    "grad planes made tiles taps",
    "rows entries rows_each entries_each row_groups entry_groups groups splits chunks deep down "
    "length runs_each runs_pieces span span_pieces grad_run_z grad_run_y run_z run_y grad_sample "
    "grad_row sample group tile")


@cache
def by_places(type: str, rows: int) -> int:
    """The kernel that multiplies the gradient of places with what each tap saw there, and adds up.

    An item is some rows and taps, in blocks of `rows` and `tiles()[rows]`, and a part of the
    places. It goes through those in chunks, which stay in the first cache while all its blocks are
    multiplied; each block's sums, vectors still, wait in memory.
    """
    lanes, taps = vector(type), tiles()[rows]
    sums = _sums(lanes, rows, taps)
    tile = rows * taps * lanes.lanes * lanes.size

    def write(words: Value, begin: Value, end: Value) -> None:
        w = BY_PLACES.read(words)
        with repeat(end - begin) as i:
            rest = begin + i
            row, rest = (rest % w.row_groups) * w.rows_each, rest // w.row_groups
            entry, rest = (rest % w.entry_groups) * w.entries_each, rest // w.entry_groups
            group, split = rest % w.groups, rest // w.groups
            entries = least(w.entries_each, w.entries - entry)
            count = least(w.rows_each, w.rows - row)
            own = w.tiles.plus((begin + i) * w.tile)
            py.memset(own, 0, w.tile)
            grads = w.grad.plus((group * w.rows + row) * w.grad_row)
            planes = w.planes.plus(group * w.group)
            table = w.taps.place("i64", entry)
            first, last = (at * w.chunks // w.splits for at in (split, split + 1))
            with repeat(last - first) as c:
                chunk = first + c
                part, chunk = chunk % w.span_pieces, chunk // w.span_pieces
                some, chunk = chunk % w.runs_pieces, chunk // w.runs_pieces
                z, sample = chunk % w.deep, chunk // w.deep
                q, run = part * w.span, some * w.runs_each
                number, runs = least(w.span, w.length - q), least(w.runs_each, w.down - run)
                here = planes.plus(
                    sample * w.sample + z * w.run_z + run * w.run_y + q * lanes.size)
                grad = grads.plus(sample * w.grad_sample + z * w.grad_run_z + run * w.grad_run_y
                                  + q * lanes.size)
                at = variable("ptr", own)
                with repeat((entries + (taps - 1)) // taps) as e, (
                    repeat((count + (rows - 1)) // rows)
                ) as r:
                    sums(grad, w.grad_row, r * rows, count - 1, here,
                         table.place("i64", e * taps), entries - e * taps, runs, w.grad_run_y,
                         w.run_y, number, at.value)
                    at.set(at.value.plus(tile))
            to = w.made.place(type, ((split * w.groups + group) * w.rows + row) * w.entries + entry)
            _write_sums(lanes, rows, taps, own, to, count, entries, w.entries)

    return share.kernel(f"by_places_{type}_{rows}", write)


def _sums(lanes: Vector, rows: int, taps: int) -> Native:
    """Add to a tile the products of a chunk: some numbers, whole vectors, of some runs, for a block
    of rows and taps. What goes beyond the last row or tap is done again, and nobody reads it."""
    size = lanes.size

    def write(
        grad: Value, grad_row: Value, row: Value, last_row: Value, planes: Value, table: Value,
        entries: Value, runs: Value, grad_run: Value, run: Value, count: Value, tile: Value,
    ) -> None:
        sums = [[lanes.variable(lanes.zero) for _ in range(taps)] for _ in range(rows)]
        grads = [grad.plus(least(row + j, last_row) * grad_row) for j in range(rows)]
        seen = [planes.plus(table.item("i64", least(constant("i64", k), entries - 1)))
                for k in range(taps)]
        with repeat(runs) as r:
            start, grad_start = r * run, r * grad_run
            with repeat(count // lanes.lanes) as v:
                offset = v * (lanes.lanes * size)
                factors = [lanes.load(each.plus(grad_start + offset)) for each in grads]
                for k, each in enumerate(seen):
                    values = lanes.load(each.plus(start + offset))
                    for j, factor in enumerate(factors):
                        sums[j][k].set(lanes.fma(factor, values, sums[j][k].value))
        for j in range(rows):
            for k in range(taps):
                place = tile.plus((j * taps + k) * lanes.lanes * size)
                lanes.store(lanes.add(lanes.load(place), sums[j][k].value), place)

    return Native(f"sums_{rows}", "void(ptr noalias, i64, i64, i64, ptr noalias, ptr noalias, i64, "
                  "i64, i64, i64, i64, ptr noalias)", write)


def _write_sums(
    lanes: Vector, rows: int, taps: int, tiles: Value, to: Value, count: Value, entries: Value,
    of_row: Value,
) -> None:
    """Add up the lanes of all tiles, and write what counts."""
    size, count_of_tile = lanes.size, rows * taps
    whole = -(-count_of_tile // lanes.lanes) * lanes.lanes
    at, sums = variable("ptr", tiles), stack(lanes.type, whole // lanes.lanes)
    with repeat((entries + (taps - 1)) // taps) as e, repeat((count + (rows - 1)) // rows) as r:
        tile = at.value
        for first in range(0, whole, lanes.lanes):
            vectors = [
                lanes.load(tile.plus(i * lanes.lanes * size)) if i < count_of_tile else lanes.zero
                for i in range(first, first + lanes.lanes)]
            lanes.store(lanes.totals(vectors), sums.plus(first * size))
        with repeat(least(constant("i64", rows), count - r * rows)) as j:
            row = to.place(lanes.element, (r * rows + j) * of_row + e * taps)
            with repeat(least(constant("i64", taps), entries - e * taps)) as k:
                row.set_item(lanes.element, k, sums.item(lanes.element, j * taps + k))
        at.set(tile.plus(count_of_tile * lanes.lanes * size))
