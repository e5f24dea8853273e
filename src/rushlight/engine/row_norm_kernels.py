"""The native loops that standardize rows: layer norms, and without their means RMS norms.

A row is numbers side by side; weights and biases lie along it. The gradients of these are sums over
rows: rows are dealt with in blocks, whose number depends on nothing but the shape.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from rushlight.engine import memory, share
from rushlight.engine.function_writer import Value, repeat
from rushlight.engine.norm_kernels import TYPES, Unit
from rushlight.engine.share import Words
from rushlight.engine.walks import least

Array = np.ndarray[Any, Any]
_BLOCKS = 64  # of rows, at most
_LEAST_WORK = 2048  # numbers to a block
# As norm_kernels' units of a single segment.
_GIVEN = "groups segments size unit_step segment_step unit_weights segment_weights"
_FORWARD = Words("input weight bias eps made", _GIVEN)
_BACK = Words("grad input weight eps made to_weight to_bias", f"{_GIVEN} rows rows_each")


@cache
def _forward(type: str, centred: bool, weighted: bool, biased: bool) -> int:
    def write(words: Value, begin: Value, end: Value) -> None:
        w = _FORWARD.read(words)
        with repeat(end - begin) as i:
            unit = Unit(type, w, begin + i)
            lanes = unit.lanes
            middle, scale = _measured(unit, w.input, centred)
            factor = unit.spread(scale)

            def value(x: Value, *rest: Value) -> Value:
                apart = x if middle is None else lanes.subtract(x, middle)
                normal = lanes.multiply(apart, factor)
                if weighted and biased:
                    return lanes.fma(normal, *rest)
                if weighted:
                    return lanes.multiply(normal, rest[0])
                return lanes.add(normal, rest[0]) if biased else normal

            source, made = unit.places(_first(), w.input, w.made)
            unit.write(made, [source, *[w.weight] * weighted, *[w.bias] * biased], value)

    return share.kernel(f"row_norm_{type}_{centred:d}{weighted:d}{biased:d}", write)


@cache
def _back(type: str, centred: bool, weighted: bool) -> int:
    """The gradient as in `norm_kernels`, the weight within the sums."""
    def write(words: Value, begin: Value, end: Value) -> None:
        w = _BACK.read(words)
        with repeat(end - begin) as i:
            block = begin + i
            first = block * w.rows_each
            summed = [each.place(type, block * w.size) for each in (w.to_weight, w.to_bias)]
            for each in summed:
                _clear(type, each, w.size)
            with repeat(least(w.rows_each, w.rows - first)) as k:
                _row_back(Unit(type, w, first + k), w, summed, centred, weighted)

    return share.kernel(f"row_norm_back_{type}_{centred:d}{weighted:d}", write)


def _row_back(unit: Unit, w: Any, summed: list[Value], centred: bool, weighted: bool) -> None:
    lanes = unit.lanes
    middle, scale = _measured(unit, w.input, centred)
    factor = unit.spread(scale)
    grad, source, made = unit.places(_first(), w.grad, w.input, w.made)
    places = [grad, source, *[w.weight] * weighted]

    def seen(g: Value, x: Value, *rest: Value) -> tuple[Value, Value]:
        """The gradient of the standardized number, and the number."""
        apart = x if middle is None else lanes.subtract(x, middle)
        return lanes.multiply(g, rest[0]) if rest else g, lanes.multiply(apart, factor)

    def terms(*read: Value) -> list[Value]:
        slope, normal = seen(*read)
        return [slope, lanes.multiply(slope, normal)]

    totals = [unit.wide.variable(unit.wide.zero) for _ in range(2)]
    unit.add_up(places, terms, totals)
    level, across = (unit.spread(unit.total(each.value).over(unit.count)) for each in totals)

    def value(g: Value, x: Value, *rest: Value) -> Value:
        slope, normal = seen(g, x, *rest)
        slope = lanes.subtract(slope, level) if centred else slope
        return lanes.multiply(lanes.subtract(slope, lanes.multiply(normal, across)), factor)

    unit.write(made, places, value)
    to_weight, to_bias = summed
    unit.write(to_weight, [to_weight, *places], lambda held, *read: lanes.fma(
        read[0], seen(*read)[1], held))
    unit.write(to_bias, [to_bias, grad], lanes.add)


def _first() -> Value:
    """The number of a row's one segment."""
    return Value("i64", "0")


def _clear(type: str, array: Value, size: Value) -> None:
    with repeat(size) as k:
        array.set_item(type, k, 0.0)


def _measured(unit: Unit, source: Value, centred: bool) -> tuple[Value | None, Value]:
    """The row's mean in all lanes, if it counts, and 1 / sqrt(variance + eps)."""
    if centred:
        mean, variance = unit.moments(source)
        return unit.spread(mean), unit.scale(variance)
    lanes, square = unit.lanes, unit.wide.variable(unit.wide.zero)
    unit.add_up(unit.places(_first(), source), lambda x: [lanes.multiply(x, x)], [square])
    return None, unit.scale(unit.total(square.value).over(unit.count))


def _words(rows: int, size: int, itemsize: int) -> tuple[int, ...]:
    return rows, 1, size, size * itemsize, 0, 0, 1


def forward(
    array: Array, weight: Array | None, bias: Array | None, size: int, centred: bool, eps: float
) -> Array:
    """Each row of so many numbers standardized, times weights, plus biases."""
    made, rows = memory.empty(array.shape, array.dtype), array.size // size
    share.share(
        _forward(TYPES[array.dtype.char], centred, weight is not None, bias is not None), rows,
        max(1, _LEAST_WORK // size), array, 0 if weight is None else weight,
        0 if bias is None else bias, np.array(eps), made, *_words(rows, size, array.itemsize))
    return made


def back(
    grad: Array, array: Array, weight: Array | None, size: int, centred: bool, eps: float
) -> tuple[Array, Array, Array]:
    """The gradients of the array, of the weights and of the biases, from that of the result."""
    made, rows = memory.empty(array.shape, array.dtype), array.size // size
    rows_each = max(-(-rows // _BLOCKS), -(-_LEAST_WORK // size))
    blocks = -(-rows // rows_each)
    to_weight, to_bias = (memory.empty((blocks, size), array.dtype) for _ in range(2))
    share.share(
        _back(TYPES[array.dtype.char], centred, weight is not None), blocks, 1, grad, array,
        0 if weight is None else weight, np.array(eps), made, to_weight, to_bias,
        *_words(rows, size, array.itemsize), rows, rows_each)
    return made, to_weight.sum(0), to_bias.sum(0)
