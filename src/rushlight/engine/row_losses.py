"""Cross entropy of rows of scores with a class for each, and its gradient: native kernels.

A row is read while it is in the cache: its largest number, the sum of exponentials, and what the
class has. The gradient is written in one pass.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from rushlight.engine import attention_tiles as vectors
from rushlight.engine import memory, share
from rushlight.engine.function_writer import (
    Field,
    Value,
    choose,
    instruction,
    library,
    repeat,
    variable,
    when,
)
from rushlight.engine.products_vectors import Lanes
from rushlight.engine.row_sums import over, read, sums, write
from rushlight.engine.vector_writer import INFINITY

Array = np.ndarray[Any, Any]
_TYPES = {"f": "float", "d": "double"}
_GRAIN = 1 << 13  # numbers to one turn of a thread
_log = library("log", "double(double)")


def _largest(lanes: Lanes, here: Value, width: Value) -> Value:
    """The largest number of a row, in every lane; NaN may be left out."""
    low = vectors.splat(lanes, -INFINITY)
    tops = [variable(lanes.vector, low) for _ in range(4)]

    def look(at: Value, chain: int, mask: Value | None) -> None:
        value = read(lanes, here.plus(at), mask)
        if mask is not None:
            value = vectors.select(lanes, mask, value, low)
        tops[chain].set(vectors.larger(lanes, tops[chain].value, value))

    over(lanes, width, look)
    top = low
    for each in tops:
        top = vectors.larger(lanes, top, each.value)
    number = instruction(lanes.type, f"call {lanes.type} @llvm.vector.reduce.fmax.{lanes.name}("
                         f"{lanes.vector} {top.text})")
    return vectors.spread(lanes, number)


def _first(lanes: Lanes, value: Value) -> Value:
    return instruction(lanes.type, f"extractelement {lanes.vector} {value.text}, i64 0")


def _wide(lanes: Lanes, number: Value) -> Value:
    return number if lanes.type == "double" else number.to("double", "fpext")


@cache
def _forward(type: str) -> int:
    lanes = Lanes(type)
    number = Field(type, 0)

    def rows_of(words: Value, begin: Value, end: Value) -> None:
        terms, saved, x, classes, width, ignored = share.given(words, "ppppii")
        with repeat(end - begin) as i:
            row = begin + i
            here, target = x.plus(row * width * lanes.bytes), classes.item("i64", row)
            top = _largest(lanes, here, width)
            base = vectors.finite_or_zero(lanes, top)

            def power(at: Value, mask: Value | None, here: Value = here,
                      base: Value = base) -> list[Value]:
                apart = vectors.minus(lanes, read(lanes, here.plus(at), mask), base)
                made = vectors.exponential(lanes, apart)
                return [made if mask is None else vectors.select(lanes, mask, made, lanes.zero())]

            total, = sums(lanes, width, power, 1)
            for k, each in enumerate((base, total)):
                saved.set_item(type, row * 2 + k, _first(lanes, each))
            skipped, inside = target.equals(ignored), target.within(width)
            with when(inside.equals(0) & skipped.equals(0)):
                words[share.ANSWER] = 1
            term = variable("double", 0.0)
            with when(inside & skipped.equals(0)):
                right = _wide(lanes, here.plus(target * lanes.bytes)[number])
                term.set(_log(_wide(lanes, _first(lanes, total)))
                         + _wide(lanes, _first(lanes, base)) - right)
            found = term.value
            terms.set_item(type, row, found if type == "double" else found.to(type, "fptrunc"))

    return share.kernel("row_entropy", rows_of, vectors.functions(lanes))


@cache
def _backward(type: str) -> int:
    lanes = Lanes(type)
    number = Field(type, 0)

    def rows_of(words: Value, begin: Value, end: Value) -> None:
        made, x, saved, classes, grads, step, width, ignored = share.given(words, "pppppiii")
        with repeat(end - begin) as i:
            row = begin + i
            at_row, target = row * width * lanes.bytes, classes.item("i64", row)
            here, there = x.plus(at_row), made.plus(at_row)
            skipped = target.equals(ignored)
            grad = choose(skipped, 0.0, grads.plus(row * step)[number])
            base, total = (
                vectors.spread(lanes, saved.item(type, row * 2 + k)) for k in range(2))
            factor = vectors.over(lanes, vectors.spread(lanes, grad), total)

            def put(at: Value, chain: int, mask: Value | None) -> None:
                apart = vectors.minus(lanes, read(lanes, here.plus(at), mask), base)
                share_ = vectors.times(lanes, vectors.exponential(lanes, apart), factor)
                write(lanes, share_, there.plus(at), mask)

            over(lanes, width, put)
            with when(skipped.equals(0)):
                place = there.plus(target * lanes.bytes)
                place[number] = place[number] - grad

    return share.kernel("row_entropy_gradient", rows_of, vectors.functions(lanes))


def forward(x: Array, classes: Array, ignored: int) -> tuple[Array, Array] | None:
    """-log of the share of each row's class, 0 where that is `ignored`; and what backward needs.

    x: (rows, width), classes: (rows) of int64; both contiguous. None for a class there is not.
    """
    rows, width = x.shape
    terms, saved = memory.empty((rows,), x.dtype), memory.empty((rows, 2), x.dtype)
    wrong = share.share(_forward(_TYPES[x.dtype.char]), rows, max(1, _GRAIN // width), terms, saved,
                        x, classes, width, ignored)
    return None if wrong else (terms, saved)


def backward(
    grads: Array, x: Array, saved: Array, classes: Array, ignored: int
) -> Array:
    """The gradient of x. grads: one for each row, or one for all."""
    made = memory.empty(x.shape, x.dtype)
    step = grads.itemsize if grads.size == len(x) > 1 else 0
    share.share(_backward(_TYPES[x.dtype.char]), len(x), max(1, _GRAIN // x.shape[1]), made, x,
                saved, classes, grads, step, x.shape[1], ignored)
    return made
