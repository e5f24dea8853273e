"""The native loops of convolution: products of a small block of weights with vectors of places.

An input lies in planes, one for each sample and channel, so that each tap of the kernel is a fixed
distance in memory from a place, and neighbouring places are neighbours (`direct_convolution.py`
says how). So one loop does every convolution: for each tap of each channel it reads a few vectors
of places and multiplies them with one weight for each row of a block of output channels; sums stay
in registers (`_block`). A result's last vectors are cut by masks: nothing beyond is touched.

Sums run in one order, over taps of the first channel, of the second and so on, whoever computes
them.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from rushlight.engine import native, share
from rushlight.engine.function_writer import (
    Field,
    Native,
    Value,
    choose,
    constant,
    repeat,
    repeat_while,
    stack,
    variable,
    when,
)
from rushlight.engine.share import Words
from rushlight.engine.vectors import Vector
from rushlight.engine.walks import least

# Blocks of so many rows, each with how many vectors of places they are multiplied with at most:
# sums, vectors and a weight must fit into the registers. Fewer where fewer places are left.
_WIDE: dict[int, tuple[int, ...]] = {
    8: (3, 2, 1), 6: (4, 2, 1), 4: (6, 3, 1), 3: (6, 3, 1), 2: (8, 4, 1), 1: (8, 4, 1)}
_NARROW: dict[int, tuple[int, ...]] = {4: (3, 2, 1), 2: (4, 2, 1), 1: (6, 3, 1)}


def vector(type: str) -> Vector:
    """The vectors of this machine."""
    return Vector(type, native.vector_bits() // (32 if type == "float" else 64))


def blocks() -> dict[int, tuple[int, ...]]:
    """The sizes of blocks of rows, largest first, and their widths."""
    return _WIDE if native.vector_bits() == 512 else _NARROW


# --- planes

PLANES = Words(
    "source made residues",
    "channels sample channel deep down across sizes_z sizes_y sizes_x low_z low_y low_x step_z "
    "step_y step_x places_z places_y places_x count_z count_y count_x plane")


@cache
def planes(type: str, dense: bool) -> int:
    """The kernel that copies channels into planes with zeros around them, in which elements that a
    stride lies between are neighbours. dense: whether the source's rows are, and are taken whole.
    """
    lanes = vector(type)

    def write(words: Value, begin: Value, end: Value) -> None:
        w = PLANES.read(words)
        with repeat(end - begin) as i:
            item = begin + i
            source = w.source.plus(
                (item // w.channels) * w.sample + (item % w.channels) * w.channel)
            to = variable("ptr", w.made.plus(item * w.plane))
            with repeat(w.count_z) as a, repeat(w.count_y) as b, repeat(w.count_x) as c:
                at_z = w.residues.item("i64", a) - w.low_z
                at_y = w.residues.item("i64", w.count_z + b) - w.low_y
                at_x = w.residues.item("i64", w.count_z + w.count_y + c) - w.low_x
                first = _divided_up(constant("i64", 0) - at_x, w.step_x)
                last = _divided_up(w.sizes_x - at_x, w.step_x)
                with repeat(w.places_z) as z, repeat(w.places_y) as y:
                    in_z, in_y = z * w.step_z + at_z, y * w.step_y + at_y
                    inside = in_z.within(w.sizes_z) & in_y.within(w.sizes_y)
                    row = source.plus(in_z * w.deep + in_y * w.down)
                    _copy_row(lanes, row, to.value, at_x, first, choose(inside, last, 0), w,
                              dense)
                    to.set(to.value.plus(w.places_x * lanes.size))

    return share.kernel(f"planes_{type}{'_dense' * dense}", write)


def _divided_up(number: Value, by: Value) -> Value:
    """The quotient, rounded up."""
    return choose(number.below(0), number, number + by - 1) // by


def _copy_row(
    lanes: Vector, row: Value, to: Value, at: Value, first: Value, last: Value, w: Any,
    dense: bool,
) -> None:
    """One row of a plane: of the source from place `first` to `last`, zeros around."""
    with repeat((w.places_x + (lanes.lanes - 1)) // lanes.lanes) as k:
        offset = k * lanes.lanes
        taken = lanes.between(first, last, offset)
        if dense:
            values = lanes.load_some(row.plus((offset + at) * lanes.size), taken)
        else:
            numbers = lanes.times(lanes.numbers(offset), w.step_x * w.across)
            values = lanes.gather(row.plus(at * w.across), numbers, taken)
        lanes.store_some(values, to.plus(offset * lanes.size), lanes.first(w.places_x - offset))


# --- weights

WEIGHTS = Words(
    "source made taps", "blocks first rows channels taps_count row channel group")


@cache
def weights(type: str, rows: int) -> int:
    """The kernel that puts the weights of blocks of so many rows side by side, tap by tap."""
    lanes = vector(type)
    word = Field({"float": "i32", "double": "i64"}[type], 0)

    def write(words: Value, begin: Value, end: Value) -> None:
        w = WEIGHTS.read(words)
        of_row = w.channels * w.taps_count * lanes.size
        with repeat(end - begin) as i:
            group, block = (begin + i) // w.blocks, (begin + i) % w.blocks
            first = w.first + block * rows
            to = variable("ptr", w.made.plus((group * w.rows + first) * of_row))
            source = w.source.plus(group * w.group + first * w.row)
            with repeat(w.channels) as c, repeat(w.taps_count) as t:
                here = source.plus(c * w.channel + w.taps.item("i64", t))
                for j in range(rows):
                    to.value.plus(j * lanes.size)[word] = here.plus(w.row * j)[word]
                to.set(to.value.plus(rows * lanes.size))

    return share.kernel(f"weights_{type}_{rows}", write)


# --- products

PRODUCT = Words(
    "planes weights start made taps",
    "groups blocks first rows runs_pieces runs_each span_pieces span runs runs_y length run_z "
    "run_y made_run_z made_run_y pitch inside made_y made_x sample group repeats entries step "
    "made_sample made_row")


@cache
def product(type: str, rows: int) -> int:
    """The kernel that multiplies blocks of so many rows of weights with planes."""
    lanes = vector(type)
    line = _line(lanes, rows)

    def write(words: Value, begin: Value, end: Value) -> None:
        w = PRODUCT.read(words)
        with repeat(end - begin) as i:
            rest = begin + i
            block, rest = rest % w.blocks, rest // w.blocks
            part, rest = rest % w.span_pieces, rest // w.span_pieces
            some, rest = rest % w.runs_pieces, rest // w.runs_pieces
            group, sample = rest % w.groups, rest // w.groups
            row = group * w.rows + w.first + block * rows
            taps = w.weights.plus(row * w.repeats * w.entries * lanes.size)
            source = w.planes.plus(sample * w.sample + group * w.group)
            to = w.made.plus(sample * w.made_sample + row * w.made_row)
            q, q_end = part * w.span, least(w.length, (part + 1) * w.span)
            run, run_end = some * w.runs_each, least(w.runs, (some + 1) * w.runs_each)
            with repeat(run_end - run) as k:
                z, y = (run + k) // w.runs_y, (run + k) % w.runs_y
                line(source.plus(z * w.run_z + y * w.run_y), taps,
                     w.start.plus(row * lanes.size),
                     to.plus(z * w.made_run_z + y * w.made_run_y), q, q_end, w.pitch, w.inside,
                     w.made_y, w.made_x, w.made_row, w.taps, w.entries, w.repeats, w.step)

    return share.kernel(f"product_{type}_{rows}", write)


_LINE = "ptr ptr ptr ptr i64 i64 i64 i64 i64 i64 i64 ptr i64 i64 i64"


def _line(lanes: Vector, rows: int) -> Native:
    """Compute the places `q` to `end` of one run. Of each `pitch` places the first `inside` are
    wanted; a step of a pitch is `made_y` bytes in the result, one of a place `made_x`.
    """
    widths = blocks()[rows]
    by_width = {each: _block(lanes, rows, each) for each in widths}
    spread = _spread(lanes, rows)
    size, tile_row = lanes.size, widths[0] * lanes.lanes * lanes.size

    def write(
        source: Value, taps: Value, start: Value, to: Value, begin: Value, end: Value,
        pitch: Value, inside: Value, made_y: Value, made_x: Value, made_row: Value,
        table: Value, entries: Value, repeats: Value, step: Value,
    ) -> None:
        tile = stack(lanes.type, rows * widths[0])
        q = variable("i64", begin)
        with repeat_while(lambda: q.value.below(end)):
            now = q.value
            left = end - now
            y, x = now // pitch, now % pitch
            done = variable("i64", 0)
            for width in widths:
                fits = constant("i64", (width - 1) * lanes.lanes).below(left)
                with when(fits & done.value.equals(0)):
                    count = least(left, constant("i64", width * lanes.lanes))
                    whole = made_x.equals(size) & (count + x).at_most(inside)
                    target = choose(whole, to.plus(y * made_y + x * size), tile)
                    by_width[width](
                        source.plus(now * size), taps, start, target,
                        choose(whole, made_row, tile_row), table, entries, repeats, step,
                        count - (width - 1) * lanes.lanes)
                    with when(whole.equals(0)):
                        spread(tile, to, y, x, count, pitch, inside, made_y, made_x, made_row)
                    done.set(count)
            q.set(now + done.value)

    return Native(f"line_{rows}", f"void({_LINE.replace(' ', ', ')})", write)


def _spread(lanes: Vector, rows: int) -> Native:
    """Write the places that are wanted from a block's sums to where they belong."""
    size, tile_row = lanes.size, blocks()[rows][0] * lanes.lanes * lanes.size

    def write(
        tile: Value, to: Value, first_y: Value, first_x: Value, count: Value, pitch: Value,
        inside: Value, made_y: Value, made_x: Value, made_row: Value,
    ) -> None:
        y, x, done = variable("i64", first_y), variable("i64", first_x), variable("i64", 0)
        with repeat_while(lambda: done.value.below(count)):
            here = least(inside - x.value, count - done.value)
            target = to.plus(y.value * made_y + x.value * made_x)
            vectors = (here + (lanes.lanes - 1)) // lanes.lanes
            source = tile.plus(done.value * size)
            with repeat(vectors) as k:
                offset = k * lanes.lanes
                mask = lanes.first(here - offset)
                with repeat(rows) as j:
                    values = lanes.load_some(source.plus(j * tile_row + offset * size), mask)
                    place = target.plus(j * made_row + offset * made_x)
                    with when(made_x.equals(size)):
                        lanes.store_some(values, place, mask)
                    with when(made_x.differs(size)):
                        steps = lanes.times(lanes.numbers(constant("i64", 0)), made_x)
                        lanes.scatter(values, place, steps, mask)
            done.set(done.value + pitch - x.value)
            y.set(y.value + 1)
            x.set(0)

    return Native(f"spread_{rows}", "void(ptr, ptr, i64, i64, i64, i64, i64, i64, i64, i64)", write)


def _block(lanes: Vector, rows: int, width: int) -> Native:
    """The innermost loop: `rows` sums of `width` vectors of places each, all in registers.

    table: how far each tap lies from a place; after its entries the next `step` bytes further, and
    so on. last: how many numbers of the last vector there are.
    """
    size = lanes.size

    def write(
        source: Value, taps: Value, start: Value, made: Value, made_row: Value, table: Value,
        entries: Value, repeats: Value, step: Value, last: Value,
    ) -> None:
        mask = lanes.first(last)
        sums = [[lanes.variable(first) for _ in range(width)]
                for first in [lanes.spread(start.plus(j * size)) for j in range(rows)]]
        weight, channel = variable("ptr", taps), variable("ptr", source)
        with repeat(repeats):
            with repeat(entries) as t:
                here = channel.value.plus(table.item("i64", t))
                places = [
                    lanes.load(here.plus(v * lanes.lanes * size)) if v < width - 1
                    else lanes.load_some(here.plus(v * lanes.lanes * size), mask)
                    for v in range(width)]
                now = weight.value
                for j in range(rows):
                    factor = lanes.spread(now.plus(j * size))
                    for v in range(width):
                        each = sums[j][v]
                        each.set(lanes.fma(places[v], factor, each.value))
                weight.set(now.plus(rows * size))
            channel.set(channel.value.plus(step))
        for j in range(rows):
            to = made.plus(made_row * j)
            for v in range(width):
                place = to.plus(v * lanes.lanes * size)
                if v < width - 1:
                    lanes.store(sums[j][v].value, place)
                else:
                    lanes.store_some(sums[j][v].value, place, mask)

    return Native(f"block_{rows}_{width}",
                  "void(ptr noalias, ptr noalias, ptr noalias, ptr noalias, i64, ptr noalias, i64, "
                  "i64, i64, i64)", write)
