"""Rows brought to mean 0 and variance 1, or to mean square 1, and the gradients: native kernels.

Forward reads a row from memory once, and so does backward: sums, slopes and what a row adds to the
gradients of weight and bias are made while it is in the cache. Rows are added up block by block;
how many blocks there are depends on shapes alone.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from rushlight.engine import attention_tiles as vectors
from rushlight.engine import memory, share
from rushlight.engine.function_writer import Value, choose, repeat
from rushlight.engine.products_vectors import Lanes
from rushlight.engine.row_sums import over, read, sums, write

Array = np.ndarray[Any, Any]
_TYPES = {"f": "float", "d": "double"}
_GRAIN = 1 << 15  # numbers to one turn of a thread
_BLOCKS, _LEAST_ROWS = 16, 16
_NOTHING = np.zeros(1)


def _kept(lanes: Lanes, value: Value, mask: Value | None) -> Value:
    """The value under the mask, and zeros."""
    return value if mask is None else vectors.select(lanes, mask, value, lanes.zero())


def _as_number(lanes: Lanes, number: Value) -> Value:
    """A whole number in every lane."""
    return vectors.spread(lanes, number.to(lanes.type, "sitofp"))


@cache
def _forward(type: str, weighted: bool, biased: bool, centred: bool) -> int:
    lanes = Lanes(type)

    def rows_of(words: Value, begin: Value, end: Value) -> None:
        made, x, weight, bias, saved, numbers, width = share.given(words, "ppppppi")
        eps = vectors.spread(lanes, numbers.item(type, 0))
        count, one = _as_number(lanes, width), vectors.splat(lanes, 1.0)
        with repeat(end - begin) as i:
            row = (begin + i) * width * lanes.bytes
            here, there = x.plus(row), made.plus(row)
            mean = lanes.zero()
            if centred:
                total, = sums(lanes, width, lambda at, mask: [
                    read(lanes, here.plus(at), mask)], 1)
                mean = vectors.over(lanes, total, count)

            def square(at: Value, mask: Value | None) -> list[Value]:
                apart = vectors.minus(lanes, read(lanes, here.plus(at), mask), mean)
                apart = _kept(lanes, apart, mask)
                return [vectors.times(lanes, apart, apart)]

            squares, = sums(lanes, width, square, 1)
            spread = lanes.add(vectors.over(lanes, squares, count), eps)
            root = spread.vector(
                f"call {lanes.vector} @llvm.sqrt.{lanes.name}({lanes.vector} {spread.text})",
                lanes.vector)
            scale = vectors.over(lanes, one, root)

            def put(at: Value, chain: int, mask: Value | None) -> None:
                apart = vectors.minus(lanes, read(lanes, here.plus(at), mask), mean)
                value = vectors.times(lanes, apart, scale)
                if weighted:
                    value = vectors.times(lanes, value, read(lanes, weight.plus(at), mask))
                if biased:
                    value = lanes.add(value, read(lanes, bias.plus(at), mask))
                write(lanes, value, there.plus(at), mask)

            over(lanes, width, put)
            _keep(lanes, saved, begin + i, mean, scale)

    return share.kernel("row_norm", rows_of)


def _keep(lanes: Lanes, saved: Value, row: Value, mean: Value, scale: Value) -> None:
    for k, each in enumerate((mean, scale)):
        number = each.vector(f"extractelement {lanes.vector} {each.text}, i64 0", lanes.type)
        saved.set_item(lanes.type, row * 2 + k, number)


@cache
def _backward(type: str, weighted: bool, biased: bool, centred: bool) -> int:
    lanes = Lanes(type)

    def rows_of(words: Value, begin: Value, end: Value) -> None:
        made, added, grad, x, weight, saved, rows, each, width = share.given(words, "ppppppiii")
        with repeat(end - begin) as i:
            first = (begin + i) * each
            left = rows - first
            add = added.plus((begin + i) * width * (2 * lanes.bytes))

            def clear(at: Value, chain: int, mask: Value | None) -> None:
                for place in (add, add.plus(width * lanes.bytes)):
                    write(lanes, lanes.zero(), place.plus(at), mask)

            if weighted or biased:
                over(lanes, width, clear)
            with repeat(choose(left.below(each), left, each)) as k:
                one_row(made, add, grad, x, weight, saved, first + k, width)

    def one_row(made: Value, add: Value, grad: Value, x: Value, weight: Value, saved: Value,
                row: Value, width: Value) -> None:
        at_row = row * width * lanes.bytes
        here, came, there = x.plus(at_row), grad.plus(at_row), made.plus(at_row)
        mean, scale = (
            vectors.spread(lanes, saved.item(type, row * 2 + k)) for k in range(2))

        def both(at: Value, mask: Value | None) -> tuple[Value, Value, Value]:
            """The gradient, with the weight, and the standardized numbers."""
            given = read(lanes, came.plus(at), mask)
            apart = vectors.minus(lanes, read(lanes, here.plus(at), mask), mean)
            slope = given
            if weighted:
                slope = vectors.times(lanes, given, read(lanes, weight.plus(at), mask))
            return given, slope, vectors.times(lanes, apart, scale)

        def terms(at: Value, mask: Value | None) -> list[Value]:
            given, slope, normal = both(at, mask)
            if weighted:
                place = add.plus(at)
                now = read(lanes, place, mask)
                write(lanes, lanes.multiply_add(given, normal, now), place, mask)
            if biased:
                place = add.plus(width * lanes.bytes).plus(at)
                write(lanes, lanes.add(given, read(lanes, place, mask)), place, mask)
            return [slope, vectors.times(lanes, slope, normal)]

        total, across = sums(lanes, width, terms, 2)
        count = _as_number(lanes, width)
        middle = vectors.over(lanes, total, count) if centred else lanes.zero()
        across = vectors.over(lanes, across, count)

        def put(at: Value, chain: int, mask: Value | None) -> None:
            _, slope, normal = both(at, mask)
            value = vectors.minus(lanes, vectors.minus(lanes, slope, middle),
                                  vectors.times(lanes, normal, across))
            write(lanes, vectors.times(lanes, value, scale), there.plus(at), mask)

        over(lanes, width, put)

    return share.kernel("row_norm_gradient", rows_of)


def fits(x: Array, *others: Array | None) -> bool:
    """Whether there are kernels for these."""
    if x.dtype.char not in _TYPES:
        return False
    for each in others:  # a loop: a comprehension is one more call
        if each is not None and not (
            each.dtype == x.dtype and type(each) is np.ndarray and each.flags.c_contiguous
        ):
            return False
    return True


def forward(
    x: Array, width: int, weight: Array | None, bias: Array | None, eps: float, centred: bool
) -> tuple[Array, Array]:
    """Rows of `width` numbers standardized, times weight, plus bias; and what the gradient needs.

    centred: whether the mean is taken away.
    """
    x = x if x.flags.c_contiguous else np.ascontiguousarray(x)
    rows = x.size // width
    made = memory.empty(x.shape, x.dtype)
    saved = memory.empty((rows, 2), x.dtype)
    kernel = _forward(_TYPES[x.dtype.char], weight is not None, bias is not None, centred)
    share.share(
        kernel, rows, max(1, _GRAIN // width), made, x, _NOTHING if weight is None else weight,
        _NOTHING if bias is None else bias, saved, _number(eps, x.dtype.char), width)
    return made, saved


@cache
def _number(value: float, char: str) -> Array:
    return np.array([value], char)


def backward(
    grad: Array, x: Array, width: int, weight: Array | None, biased: bool, saved: Array,
    centred: bool,
) -> tuple[Array, Array, Array]:
    """The gradients of x, and of weight and bias, which are anything where there are none."""
    x, grad = np.ascontiguousarray(x), np.ascontiguousarray(grad)
    rows = x.size // width
    blocks = max(1, min(_BLOCKS, rows // _LEAST_ROWS))
    each = -(-rows // blocks)
    blocks = -(-rows // each)
    made = memory.empty(x.shape, x.dtype)
    sums = memory.empty((blocks, 2, width), x.dtype)
    kernel = _backward(_TYPES[x.dtype.char], weight is not None, biased, centred)
    share.share(
        kernel, blocks, 1, made, sums, grad, x, _NOTHING if weight is None else weight, saved,
        rows, each, width)
    whole = sums[0] if blocks == 1 else np.add.reduce(sums, 0)
    return made, whole[0], whole[1]
