"""Random integers, permutations and categories: PyTorch's, bit for bit.

Invariant: as in `distributions.py`, the same words are drawn as PyTorch draws.
"""

from __future__ import annotations

import math
from functools import cache, partial

import numpy as np

from rushlight.engine import movers
from rushlight.engine.distributions import (
    BFLOAT16,
    FLOAT16,
    FLOAT32,
    FLOAT64,
    HALVES,
    LARGEST,
    Array,
    Dtype,
    Shape,
    cast,
    exponential,
    fill,
    only_floats,
    units64,
)
from rushlight.engine.streams import Stream

_DIGITS = {FLOAT64: 53, FLOAT32: 24, FLOAT16: 11, BFLOAT16: 8}  # of the mantissa
_LOWEST, _HIGHEST = -(1 << 63), (1 << 63) - 1
_WIDE = 1 << 28  # among so many values a word of 32 bits would be too uneven
_LONG = 214748364  # a permutation of so many takes 64 bits a place, and another algorithm
_FEW = 250  # places that a plain loop shuffles faster than whole-array steps do

# ---- integers


def integers(stream: Stream, shape: Shape, dtype: Dtype, low: int, high: int | None) -> Array:
    """randint(low, high) and random_(low, high); without `high`, up to the largest of the dtype."""
    count = math.prod(shape)
    if high is None and low == _LOWEST:
        if dtype not in (np.int64, FLOAT64, FLOAT32, BFLOAT16):
            raise RuntimeError(f"integers of the whole 64-bit range cannot be drawn in {dtype}")
        return cast(stream.words64(count).view(np.int64), dtype).reshape(shape)
    low, span = _range(dtype, low, high)
    if span < _WIDE and movers.many(count):
        from rushlight.engine import twister  # which LLVM makes

        return cast(twister.integers(stream.words(count), low, span), dtype).reshape(shape)
    if span < _WIDE:
        values = (stream.words(count) % span).astype(np.int64)
    else:
        values = (stream.words64(count) % span).view(np.int64)
    if low:
        values += low
    return cast(values, dtype).reshape(shape)


def any_integers(stream: Stream, shape: Shape, dtype: Dtype) -> Array:
    """random_(): from 0 to the dtype's largest, or for floats through all whole numbers."""
    if dtype.kind == "c" or (dtype.kind == "u" and dtype.itemsize > 1):
        raise NotImplementedError(f"random_ without bounds is not defined for {dtype}: give bounds")
    count = math.prod(shape)
    wide = dtype == np.int64 or dtype == FLOAT64
    words = stream.words64(count) if wide else stream.words(count)
    return cast((words % (_largest(dtype) + 1)).astype(np.int64), dtype).reshape(shape)


@cache
def _largest(dtype: Dtype) -> int:
    """The largest integer, or of a float the last before which none is left out."""
    if dtype.kind == "b":
        return 1
    return int(np.iinfo(dtype).max) if dtype.kind in "iu" else 1 << _DIGITS[dtype]


@cache
def _limits(dtype: Dtype) -> tuple[float, float]:
    """Between which bounds may be, all of which are 64-bit integers."""
    if dtype in LARGEST:
        return -LARGEST[dtype], LARGEST[dtype]
    return (-_largest(dtype) - 1 if dtype.kind == "i" else 0), min(_largest(dtype), _HIGHEST)


def _range(dtype: Dtype, low: int, high: int | None) -> tuple[int, int]:
    """The first integer and how many there are, none of which rounds to a bound or beyond."""
    top = _largest(dtype) if high is None else high - 1
    first, last = _limits(dtype)
    if not first <= low <= top <= last:
        raise RuntimeError(
            f"no integers from {low} to {top} can be drawn in {dtype}: the first must not exceed "
            f"the last, and both must be from {first} to {last}"
        )
    if dtype in LARGEST:
        low = _rounded_inwards(dtype, low, 1)
        top = top if high is None else _rounded_inwards(dtype, high, -1) - 1
    return low, top - low + 1


def _rounded_inwards(dtype: Dtype, bound: int, inwards: int) -> int:
    """The bound; or if its neighbour inside would round beyond it, the dtype's next one inside."""
    neighbour = bound + inwards
    rounded = int(cast(np.array(neighbour), dtype))
    if rounded * inwards >= bound * inwards + (inwards < 0):
        return bound
    return rounded + inwards * (1 << (abs(neighbour).bit_length() - _DIGITS[dtype]))


# ---- permutations


def permutation(stream: Stream, n: int, dtype: Dtype) -> Array:
    """randperm(n)."""
    most = _largest(dtype) + (dtype in LARGEST)
    if not 0 <= n <= most:
        raise RuntimeError(f"randperm of {dtype} needs a size from 0 to {most}, got {n}")
    if movers.many(n) and n < _LONG:
        from rushlight.engine import shuffles  # which LLVM makes

        return movers.converted(shuffles.shuffled(stream.words(n - 1), n), dtype)
    if n < _LONG:
        partners = np.arange(n)
        partners[:-1] += stream.words(max(n - 1, 0)) % np.arange(n, 1, -1, dtype=np.uint32)
        order = _swapped(partners)
    else:
        order = _inside_out(stream.words64(n) % np.arange(1, n + 1, dtype=np.uint64))
    return cast(order, dtype)


def _swapped(partners: Array) -> Array:
    """0, 1, 2 ... after swapping places i and partners[i] >= i, one i after another."""
    if partners.size >= _FEW:
        return _traced(partners)
    order = list(range(partners.size))
    for i, partner in enumerate(partners.tolist()):
        order[i], order[partner] = order[partner], order[i]
    return np.array(order, np.int64)


def _traced(partners: Array) -> Array:
    """The same without a loop over places: where each value came from.

    Until its own turn, place k is written by the swaps m < k with partner k; the last of them put
    there what stood at m. What stands at k at its turn is found by going from swap to swap.
    """
    places = np.arange(partners.size)
    origin = places.copy()
    early = np.flatnonzero(partners != places)
    origin[partners[early]] = early  # of several the last one stays
    while not np.array_equal(further := origin[origin], origin):
        origin = further
    swaps = np.sort(partners << 32 | places)  # those with one partner side by side, in order
    turn, partner = swaps & 0xFFFF_FFFF, swaps >> 32
    again = np.flatnonzero(partner[1:] == partner[:-1])
    order = partners.copy()
    order[turn[again + 1]] = origin[turn[again]]
    return order


def _inside_out(partners: Array) -> Array:
    """0, 1, 2 ... after swapping places i and partners[i] <= i, one i after another.

    Counted from the other end these are the swaps of `_swapped` in reverse, and swaps in reverse
    make the inverse permutation.
    """
    last = partners.size - 1
    backwards = _swapped(last - partners[::-1].astype(np.int64))
    order = np.empty_like(backwards)
    order[backwards] = np.arange(partners.size)
    return last - order[::-1]


# ---- categories


def multinomial(stream: Stream, weights: Array, count: int, replacement: bool = False) -> Array:
    """`count` indices for a vector of weights, or for each row of a matrix, int64.

    Without replacement, categories whose quotient of weight and noise is the same (both of weight
    0, or by chance in the 16-bit floats) come in the order of their indices, in PyTorch in any.
    """
    _check_weights(weights, count, replacement)
    if replacement and count > 1:
        return _with_replacement(stream, weights, count)
    # Laid out as the weights are, unless rows of them share memory.
    noise = np.empty(weights.shape, weights.dtype) if 0 in weights.strides else np.empty_like(
        weights)
    fill(noise, partial(exponential, stream, dtype=weights.dtype))
    keys = weights / noise
    if count == 1:
        return np.argmax(keys, axis=-1, keepdims=True)
    order = np.argsort(-keys, axis=-1, kind="stable")
    return np.ascontiguousarray(order[..., :count])


def _check_weights(weights: Array, count: int, replacement: bool) -> None:
    only_floats("multinomial", weights.dtype)
    if weights.ndim not in (1, 2):
        raise RuntimeError(f"multinomial needs a vector or matrix of weights, got {weights.shape}")
    categories = weights.shape[-1]
    if count < 1 or not (replacement or count <= categories):
        raise RuntimeError(
            f"multinomial cannot draw {count} of {categories} categories: at least 1, and without "
            "replacement no more than there are"
        )
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise RuntimeError("multinomial needs finite weights of at least 0: some are not")
    if not (weights > 0).any(axis=-1).all():
        raise RuntimeError("multinomial needs a weight above 0 in each row: a sum is 0")


def _with_replacement(stream: Stream, weights: Array, count: int) -> Array:
    rows = weights.reshape(-1, weights.shape[-1])
    limits = np.cumsum(rows, axis=1, dtype=np.float32 if rows.dtype in HALVES else None)
    limits /= limits[:, -1:]
    drawn = units64(stream, len(rows) * count).reshape(len(rows), count)
    result = np.empty(drawn.shape, np.int64)
    for row, limit, uniforms in zip(result, limits.astype(np.float64), drawn, strict=True):
        row[...] = np.searchsorted(limit, uniforms)
    return result.reshape(*weights.shape[:-1], count)
