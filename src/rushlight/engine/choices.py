"""Random integers, permutations and categories: PyTorch's, bit for bit.

Invariant: as in `distributions.py`, the same words are drawn as PyTorch draws.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rushlight.engine.distributions import FLOAT32, FLOAT64, HALVES, Shape, cast, exponential, unit64
from rushlight.engine.streams import Stream

Array = np.ndarray[Any, Any]

_DIGITS = {FLOAT64: 53, FLOAT32: 24, HALVES[0]: 11, HALVES[1]: 8}  # of the mantissa
_LOWEST = -(1 << 63)
_WIDE = 1 << 28  # from this many values on, a word of 32 bits would be too uneven
_SKEWED = 214748364  # a permutation of so many takes 64 bits a place, and another algorithm
_FEW = 1000  # below, a plain loop shuffles faster


# ---- integers


def integers(
    stream: Stream, shape: Shape, dtype: np.dtype[Any], low: int, high: int | None
) -> Array:
    """randint(low, high) and random_(low, high); without `high`, up to the largest of the dtype."""
    count = math.prod(shape)
    if high is None and low == _LOWEST:
        return cast(stream.words64(count).view(np.int64), dtype).reshape(shape)
    low, span = _bounds(dtype, low, high)
    if span < _WIDE:
        values = (stream.words(count) % span).astype(np.int64)
    else:
        values = (stream.words64(count) % span).view(np.int64)
    if low:
        values += low
    return cast(values, dtype).reshape(shape)


def any_integers(stream: Stream, shape: Shape, dtype: np.dtype[Any]) -> Array:
    """random_(): from 0 to the dtype's largest, or for floats to the last of all whole numbers."""
    count = math.prod(shape)
    wide = dtype == np.int64 or dtype == FLOAT64
    words = stream.words64(count) if wide else stream.words(count)
    return cast((words % (_largest(dtype) + 1)).astype(np.int64), dtype).reshape(shape)


def _largest(dtype: np.dtype[Any]) -> int:
    if dtype.kind == "b":
        return 1
    return int(np.iinfo(dtype).max) if dtype.kind in "iu" else 1 << _DIGITS[dtype]


def _bounds(dtype: np.dtype[Any], low: int, high: int | None) -> tuple[int, int]:
    """The first of the integers and how many there are, such that rounding to dtype stays inside."""
    digits = _DIGITS.get(dtype)
    if digits is not None:
        low = _rounded_inwards(dtype, digits, low, 1)
    if high is None:
        return low, min(_largest(dtype), (1 << 63) - 1) - low + 1
    if digits is not None:
        high = _rounded_inwards(dtype, digits, high, -1)
    return low, high - low


def _rounded_inwards(dtype: np.dtype[Any], digits: int, bound: int, inwards: int) -> int:
    """The bound itself, or if its neighbour inside would round beyond it, the next in dtype."""
    neighbour = bound + inwards
    rounded = int(cast(np.array(neighbour), dtype))
    if (bound - rounded) * inwards <= (0 if inwards > 0 else -1):
        return bound
    return rounded + inwards * (1 << (abs(neighbour).bit_length() - digits))


# ---- permutations


def permutation(stream: Stream, n: int, dtype: np.dtype[Any]) -> Array:
    """randperm(n)."""
    if n >= _SKEWED:
        order = _inside_out(stream.words64(n) % np.arange(1, n + 1, dtype=np.uint64))
    else:
        partners = np.arange(n)
        partners[:-1] += stream.words(max(n - 1, 0)) % np.arange(n, 1, -1, dtype=np.uint32)
        order = _swapped(partners)
    return cast(order, dtype)


def _swapped(partners: Array) -> Array:
    """0, 1, 2 ... after swapping places i and partners[i] >= i, one i after another."""
    if partners.size < _FEW:
        order = list(range(partners.size))
        for i, partner in enumerate(partners.tolist()):
            order[i], order[partner] = order[partner], order[i]
        return np.array(order, np.int64)
    return _traced(partners)


def _traced(partners: Array) -> Array:
    """The same without a loop over places: where each value came from.

    Place k is written before its turn by the swaps m < k with partner k; the last of them put there
    what stood at m. So what stands at k when its turn comes is found by going back from swap to swap.
    """
    places = np.arange(partners.size)
    origin = places.copy()
    early = partners != places
    origin[partners[early]] = places[early]  # the last one wins
    while True:
        further = origin[origin]
        if np.array_equal(further, origin):
            break
        origin = further
    swaps = np.sort(partners << 32 | places)  # those with one partner stand together, in order
    turn, partner = swaps & 0xFFFF_FFFF, swaps >> 32
    again = np.flatnonzero(partner[1:] == partner[:-1]) + 1
    order = partners.copy()
    order[turn[again]] = origin[turn[again - 1]]
    return order


def _inside_out(partners: Array) -> Array:
    """0, 1, 2 ... after swapping places i and partners[i] <= i, one i after another.

    Counting places from the other end and time backwards these are the swaps of `_swapped`; and
    swaps done backwards make the inverse permutation.
    """
    last = partners.size - 1
    backwards = _swapped(last - partners[::-1].astype(np.int64))
    order = np.empty_like(backwards)
    order[backwards] = np.arange(partners.size)
    return last - order[::-1]


# ---- categories


def multinomial(stream: Stream, weights: Array, count: int, replacement: bool) -> Array:
    """`count` indices for a vector of weights or each row of a matrix, int64.

    Equal quotients without replacement keep the order of their indices; PyTorch's may differ.
    """
    if replacement and count > 1:
        return _with_replacement(stream, weights, count)
    noise = exponential(stream, weights.shape, weights.dtype)
    with np.errstate(divide="ignore", invalid="ignore"):
        keys = weights / noise
    if count == 1:
        return np.argmax(keys, axis=-1, keepdims=True)
    order = np.argsort(-keys, axis=-1, kind="stable")
    return np.ascontiguousarray(order[..., :count])


def _with_replacement(stream: Stream, weights: Array, count: int) -> Array:
    rows = weights.reshape(-1, weights.shape[-1])
    rows = rows.astype(np.float32) if rows.dtype in HALVES else rows
    limits = np.cumsum(rows, axis=1)
    limits /= limits[:, -1:]
    limits[:, -1] = 1
    drawn = unit64(stream.words64(len(rows) * count)).reshape(len(rows), count)
    result = np.empty(drawn.shape, np.int64)
    for row, limit, uniforms in zip(result, limits.astype(np.float64), drawn, strict=True):
        row[...] = np.searchsorted(limit, uniforms)
    return result.reshape(*weights.shape[:-1], count)
