"""Panels of a matrix copied so that their rows lie one after another, as tiles of a product read.

A panel is some columns wide, and a row of it follows the last without a gap. The operand whose
rows are read number by number is packed the same way, as its transpose.
"""

from __future__ import annotations

from functools import cache

from rushlight.engine import builtins as py
from rushlight.engine.function_writer import (
    Field,
    Native,
    Unit,
    Value,
    choose,
    constant,
    repeat,
    repeat_while,
    variable,
    when,
)
from rushlight.engine.products_vectors import Lanes

# Where to, from where, how many rows and columns there are, bytes from row to row, from column to
# column, and from panel to panel of what is written.
SIGNATURE = "void(ptr noalias, ptr noalias, i64, i64, i64, i64, i64)"


@cache
def packer(type: str, width: int, row: int, column: int) -> int:
    """The address of the packer into panels of this width. row, column: the bytes between elements
    if they are those of one, else 0.

    The last panel may have fewer columns. The others it then gets hold anything.
    """
    lanes = Lanes(type)
    write = _across if column == lanes.bytes else _along if row == lanes.bytes else _any
    made = Native("pack", SIGNATURE, lambda *given: write(lanes, width, *given))
    return py.exported(Unit(), [made], {})["pack"]


def _groups(lanes: Lanes, width: int) -> list[tuple[int, Value | None]]:
    """Where the vectors of a row of a panel begin, in bytes; and the mask of one that is cut off.
    """
    whole, rest = divmod(width, lanes.count)
    masks = [None] * whole + ([lanes.first(constant("i64", rest))] if rest else [])
    return [(i * lanes.width, mask) for i, mask in enumerate(masks)]


def _put(lanes: Lanes, value: Value, place: Value, mask: Value | None) -> None:
    if mask is None:
        lanes.store(value, place)
    else:
        lanes.store_some(value, place, mask)


def _across(
    lanes: Lanes, width: int, to: Value, start: Value, rows: Value, columns: Value, row: Value,
    column: Value, apart: Value,
) -> None:
    """Where the elements of a row lie side by side."""
    groups, bytes = _groups(lanes, width), width * lanes.bytes
    panels = columns // width
    rest = columns - panels * width
    limits = []
    for at, _ in groups:
        left = rest - at // lanes.bytes
        limits.append(lanes.first(choose(left.below(0), left.like(0), left)))
    with repeat(rows) as k:
        source, target = start.plus(k * row), to.plus(k * bytes)
        with repeat(panels) as j:
            for at, mask in groups:
                place = source.plus(j * bytes + at)
                value = lanes.load(place) if mask is None else lanes.load_some(place, mask)
                _put(lanes, value, target.plus(j * apart + at), mask)
        with when(rest.differs(0)):
            for (at, mask), limit in zip(groups, limits, strict=True):
                value = lanes.load_some(source.plus(panels * bytes + at), limit)
                _put(lanes, value, target.plus(panels * apart + at), mask)


def _along(
    lanes: Lanes, width: int, to: Value, start: Value, rows: Value, columns: Value, row: Value,
    column: Value, apart: Value,
) -> None:
    """Where the elements of a column lie side by side: squares are read and turned."""
    n = lanes.count
    first, target = variable("i64", 0), variable("ptr", to)
    with repeat_while(lambda: first.value.below(columns)):
        last = columns - 1 - first.value
        for at, mask in _groups(lanes, width):
            sources = []
            for i in range(n):  # columns beyond the last one are the last one again
                place = constant("i64", at // lanes.bytes + i)
                within = choose(place.below(last), place, last)
                sources.append(start.plus((first.value + within) * column))
            done = variable("i64", 0)
            with repeat(rows // n):
                _turn(lanes, width, at, mask, sources, target.value, done.value, None)
                done.set(done.value + n)
            with when(done.value.below(rows)):
                _turn(lanes, width, at, mask, sources, target.value, done.value, rows - done.value)
        first.set(first.value + width)
        target.set(target.value.plus(apart))


def _turn(
    lanes: Lanes, width: int, at: int, mask: Value | None, sources: list[Value], target: Value,
    done: Value, left: Value | None,
) -> None:
    """Read a square of the rows that follow those done, and write it turned.

    left: how many rows there are, where they are fewer than the square has.
    """
    bytes = width * lanes.bytes
    some = None if left is None else lanes.first(left)
    places = [each.plus(done * lanes.bytes) for each in sources]
    square = [lanes.load(each) if some is None else lanes.load_some(each, some) for each in places]
    place = target.plus(done * bytes + at)
    for i, each in enumerate(lanes.transposed(square)):
        if left is None:
            _put(lanes, each, place.plus(i * bytes), mask)
        else:
            with when(constant("i64", i).below(left)):
                _put(lanes, each, place.plus(i * bytes), mask)


def _any(
    lanes: Lanes, width: int, to: Value, start: Value, rows: Value, columns: Value, row: Value,
    column: Value, apart: Value,
) -> None:
    """Wherever the elements lie."""
    number = Field(lanes.type, 0)
    with repeat(rows) as k:
        source, target = start.plus(k * row), to.plus(k * (width * lanes.bytes))
        with repeat(columns) as j:
            place = j // width * apart + j % width * lanes.bytes
            target.plus(place)[number] = source.plus(j * column)[number]
