"""Random arrays: what PyTorch's CPU kernels make of a stream's words, bit for bit.

Every kernel takes the stream, a shape and a NumPy dtype, and gives a fresh C-contiguous array; `fill`
writes one into any array. Invariant: a kernel draws as many words as PyTorch's, so that the next one
starts at the same place. Values agree to the last bit too, but for what a docstring names.
The words come from `streams.py`; drawing integers and categories is in `choices.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np

from rushlight.engine.box_muller import (
    TWO_PI,
    exp64,
    fused32,
    fused64,
    per_value,
    radius32,
    radius64,
    turn32,
    turn64,
)
from rushlight.engine.streams import Stream

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]

FLOAT32, FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)
HALVES = (np.dtype(np.float16), np.dtype(ml_dtypes.bfloat16))
_ROWS = 512  # of 16 numbers: what is transformed at a time, to stay in the processor's cache


def fill(target: Array, sample: Callable[..., Array], *inputs: Array) -> None:
    """Write `sample(shape, *inputs)` into `target` in the order of its memory, as PyTorch does.

    `sample` sees the axes sorted by stride; inputs are broadcast to the target and sorted with it.
    """
    axes = sorted(range(target.ndim), key=lambda axis: -abs(target.strides[axis]))
    sorted_inputs = [np.broadcast_to(each, target.shape).transpose(axes) for each in inputs]
    view = target.transpose(axes)
    view[...] = sample(view.shape, *sorted_inputs)


def cast(values: Array, dtype: np.dtype[Any]) -> Array:
    """float64 or int64 values in `dtype`. The 16-bit floats are reached through float32."""
    if values.dtype == dtype:
        return values
    if dtype in HALVES:
        values = values.astype(np.float32)
    elif dtype.kind in "iu":
        values = values.astype(np.int64)
    return values.astype(dtype)


def _real(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return FLOAT32 if dtype.itemsize == 8 else FLOAT64


# ---- uniform


def unit64(words: Array) -> Array:
    """53 of 64 bits as a float64 in [0, 1)."""
    return (words & 0x1F_FFFF_FFFF_FFFF) * 2.0**-53


def unit32(words: Array) -> Array:
    """24 of 32 bits as a float32 in [0, 1)."""
    return (words & 0xFF_FFFF).astype(np.float32) * np.float32(2.0**-24)


def _units32(stream: Stream, count: int) -> Array:
    found = stream.table(unit32, count)
    if found is None:
        return unit32(stream.words(count))
    table, start = found
    return table[start : start + count].copy()


def uniform(
    stream: Stream, shape: Shape, dtype: np.dtype[Any], low: float = 0.0, high: float = 1.0
) -> Array:
    """rand, and uniform_(low, high)."""
    if dtype.kind == "c":
        return uniform(stream, (*shape, 2), _real(dtype), low, high).view(dtype).reshape(shape)
    count = math.prod(shape)
    values = unit64(stream.words64(count)) if dtype == FLOAT64 else _units32(stream, count)
    if low != 0 or high != 1:
        values = _stretched(values, low, high)
    if dtype in HALVES:
        values = _below(values.astype(dtype), low, high)
    return values.reshape(shape)


def _stretched(values: Array, low: float, high: float) -> Array:
    if values.dtype == FLOAT64:
        return _below(fused64(values, high - low, low), low, high)
    low, high = np.float32(low), np.float32(high)
    return _below(fused32(values, np.float64(high - low), low), low, high)


def _below(values: Array, low: float, high: float) -> Array:
    """What was rounded up to the upper bound becomes the lower one."""
    values[values == values.dtype.type(high)] = low
    return values


# ---- normal


def normal(
    stream: Stream,
    shape: Shape,
    dtype: np.dtype[Any],
    mean: float = 0.0,
    std: float = 1.0,
    contiguous: bool = True,
) -> Array:
    """randn, and normal_(mean, std).

    PyTorch has two ways: sixteen at a time for a contiguous target of at least that size, and pairs
    in float64 for others. Say `contiguous=False` for a target that isn't.
    """
    if dtype.kind == "c":
        parts = normal(stream, (*shape, 2), _real(dtype), mean, std / math.sqrt(2), contiguous)
        return parts.view(dtype).reshape(shape)
    count = math.prod(shape)
    if count < 16 or not contiguous:
        return cast(_moved64(pairs(stream, count), mean, std), dtype).reshape(shape)
    if dtype == FLOAT64:
        return _moved64(_sixteens64(stream, count), mean, std).reshape(shape)
    values = _sixteens32(stream, count, dtype)
    if mean != 0 or std != 1:
        values = fused32(values, np.float64(np.float32(std)), np.float32(mean))
    return cast(values, dtype).reshape(shape)


def normal_around(stream: Stream, mean: Array, std: Array | float, dtype: np.dtype[Any]) -> Array:
    """normal(mean, std) where one is a tensor: a draw of the common shape, scaled, then moved."""
    shape = np.broadcast_shapes(mean.shape, np.shape(std))
    if not isinstance(std, np.ndarray):
        values = normal(stream, shape, dtype, 0.0, std)
    else:
        values = normal(stream, shape, dtype)
        values *= std
    values += mean
    return values


def _moved64(values: Array, mean: float, std: float) -> Array:
    return fused64(values, std, mean) if mean != 0 or std != 1 else values + 0.0


def pairs(stream: Stream, count: int) -> Array:
    """Standard normal float64 numbers, two from every four words; an odd one waits for next time."""
    values = np.empty(count)
    kept = stream.kept_normal
    done = 0
    if count and kept is not None:
        values[0], stream.kept_normal, done = kept, None, 1
    missing = count - done
    uniforms = unit64(stream.words64(missing + missing % 2))
    made = _pairs_small(uniforms) if count < 16 else _pairs_large(uniforms)
    values[done:] = made[:missing]
    if missing % 2:
        stream.kept_normal = float(made[missing])
    return values


def _pairs_small(uniforms: Array) -> list[float]:
    numbers = iter(uniforms.tolist())
    made = []
    for u, v in zip(numbers, numbers, strict=True):
        radius = math.sqrt(-2.0 * math.log1p(-v))
        angle = TWO_PI * u
        made += (radius * math.cos(angle), radius * math.sin(angle))
    return made


def _pairs_large(uniforms: Array) -> Array:
    radius = np.sqrt(-2.0 * per_value(math.log1p, -uniforms[1::2]))
    cos, sin = turn64(uniforms[::2])
    return np.stack((radius * cos, radius * sin), axis=1).reshape(-1)


def _box_muller(uniforms: Array, radius: Any, turn: Any) -> Array:
    """Rows of 16 uniform numbers as rows of 16 normal ones: 8 with cosines, then 8 with sines."""
    r = radius(uniforms[:, :8])
    cos, sin = turn(uniforms[:, 8:])
    return np.concatenate((r * cos, r * sin), axis=1)


def _rows_of_16(words: Array, tail: int, count: int, transform: Any) -> Array:
    """Normal numbers from the words of `count` uniform ones; the last 16 from those at `tail`."""
    result = np.empty(count, transform(words[:0].reshape(0, 16)).dtype)
    body = count - count % 16
    rows, words_of_rows = result[:body].reshape(-1, 16), words[:body].reshape(-1, 16)
    for start in range(0, len(rows), _ROWS):
        rows[start : start + _ROWS] = transform(words_of_rows[start : start + _ROWS])
    if body < count:
        result[-16:] = transform(words[tail : tail + 16].reshape(1, 16))
    return result


def _sixteens64(stream: Stream, count: int) -> Array:
    words = stream.words64(count + 16 if count % 16 else count)
    return _rows_of_16(words, count, count, lambda w: _box_muller(unit64(w), radius64, turn64))


def _sixteens32(stream: Stream, count: int, dtype: np.dtype[Any]) -> Array:
    """The last 16 are made anew if count is no multiple of 16, from words after all others.

    The 16-bit floats don't draw the words that this would waste.
    """
    tail = count - count % 16 if dtype in HALVES else count
    drawn = tail + 16 if count % 16 else count
    found = stream.table(_normals_from_each, drawn)
    if found is None:
        words = stream.words(drawn)
        return _rows_of_16(words, tail, count, lambda w: _box_muller(unit32(w), radius32, turn32))
    table, start = found
    if count == 16:
        return table[:, start : start + 8].reshape(16)
    result = np.empty(count, np.float32)
    body = count - count % 16
    made = table[:, start : start + body].reshape(2, -1, 16)[:, :, :8]
    result[:body].reshape(-1, 2, 8)[...] = made.swapaxes(0, 1)
    if body < count:
        result[-16:].reshape(2, 8)[...] = table[:, start + tail : start + tail + 8]
    return result


def _normals_from_each(words: Array) -> Array:
    """For each word the two normal numbers that it makes with the word eight further on."""
    uniforms = unit32(words)
    table = np.zeros((2, words.size), np.float32)
    cos, sin = turn32(uniforms[8:])
    r = radius32(uniforms[:-8])
    np.multiply(r, cos, out=table[0, :-8])
    np.multiply(r, sin, out=table[1, :-8])
    return table + np.float32(0)  # no negative zeros, as after adding the mean


# ---- made from uniform float64 numbers
#
# A transcendental function of a float64 result is the C library's, as in PyTorch. For narrower
# results NumPy's own, faster, differs in a bit of the float64 that rounding drops, but for one value
# in some hundred millions.


def exponential(stream: Stream, shape: Shape, dtype: np.dtype[Any], rate: float = 1.0) -> Array:
    """exponential_(rate)."""
    u = unit64(stream.words64(math.prod(shape)))
    logs = per_value(math.log1p, -u) if dtype == FLOAT64 else np.log1p(-u)
    return cast(-1.0 / rate * logs, dtype).reshape(shape)


def geometric(stream: Stream, shape: Shape, dtype: np.dtype[Any], p: float) -> Array:
    """geometric_(p): a rounded-up quotient, where the logarithm's last bit is lost anyway."""
    u = unit64(stream.words64(math.prod(shape)))
    with np.errstate(divide="ignore"):
        return cast(np.ceil(np.log(u) / math.log1p(-p)), dtype).reshape(shape)


def log_normal(
    stream: Stream, shape: Shape, dtype: np.dtype[Any], mean: float = 1.0, std: float = 2.0
) -> Array:
    """log_normal_(mean, std)."""
    exponents = _moved64(pairs(stream, math.prod(shape)), mean, std)
    return cast(exp64(exponents), dtype).reshape(shape)


def cauchy(
    stream: Stream, shape: Shape, dtype: np.dtype[Any], median: float = 0.0, sigma: float = 1.0
) -> Array:
    """cauchy_(median, sigma)."""
    angle = math.pi * (unit64(stream.words64(math.prod(shape))) - 0.5)
    tangents = per_value(math.tan, angle) if dtype == FLOAT64 else np.tan(angle)
    return cast(fused64(tangents, sigma, median), dtype).reshape(shape)


def bernoulli(
    stream: Stream, shape: Shape, dtype: np.dtype[Any], p: Array | float
) -> Array:
    """bernoulli_(p): one where a uniform number is below p, which broadcasts to the shape.

    A number or a float64 array is compared with float64 numbers, other arrays with float32 ones.
    """
    count = math.prod(shape)
    if isinstance(p, np.ndarray):
        if p.dtype == FLOAT64:
            uniforms = unit64(stream.words64(count))
        else:
            uniforms, p = _units32(stream, count), p.astype(np.float32)
        return np.asarray(uniforms.reshape(shape) < p).astype(dtype)
    below = math.ceil(p * 2.0**53)  # an integer compares alike, without the way to float64
    return ((stream.words64(count) & 0x1F_FFFF_FFFF_FFFF) < below).astype(dtype).reshape(shape)


def dropout_noise(stream: Stream, shape: Shape, dtype: np.dtype[Any], p: float) -> Array:
    """What dropout(p) multiplies by while training: 0 with probability p, else 1 / (1 - p)."""
    keep = np.float64(1 - p) if dtype == FLOAT64 else np.float32(1 - p)
    noise = bernoulli(stream, shape, dtype, 1 - p)
    noise *= (1 / keep).astype(dtype)
    return noise


# ---- Poisson


def poisson(stream: Stream, rates: Array) -> Array:
    """poisson(rates), in their shape and dtype. How many words a number takes is known afterwards."""
    small = rates.astype(np.float64).ravel().tolist()
    with stream.one_by_one(unit64) as draw:
        counts = [_poisson_small(rate, draw) if rate < 10 else _poisson_large(rate, draw) for rate in small]
    return cast(np.array(counts, np.int64), rates.dtype).reshape(rates.shape)


def _poisson_small(rate: float, draw: Callable[[], float]) -> int:
    """How many uniform numbers may be multiplied before the product falls to exp(-rate)."""
    if rate == 0:
        return 0
    limit = math.exp(-rate)
    product = draw()
    count = 0
    while product > limit:
        product *= draw()
        count += 1
    return count


def _poisson_large(rate: float, draw: Callable[[], float]) -> int:
    """Transformed rejection (Hörmann 1993, PTRS)."""
    b = 0.931 + 2.53 * math.sqrt(rate)
    a = -0.059 + 0.02483 * b
    log_alpha = math.log(1.1239 + 1.1328 / (b - 3.4))
    log_rate = math.log(rate)
    squeeze = 0.9277 - 3.6224 / (b - 2)
    while True:
        u = draw() - 0.5
        v = draw()
        edge = 0.5 - abs(u)
        k = math.floor((2 * a / edge + b) * u + rate + 0.43)
        if edge >= 0.07 and v <= squeeze:
            return k
        if k < 0 or (edge < 0.013 and v > edge):
            continue
        proposed = math.log(v) + log_alpha - math.log(a / (edge * edge) + b)
        if proposed <= -rate + k * log_rate - math.lgamma(k + 1):
            return k
