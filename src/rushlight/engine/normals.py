"""Normal random arrays, in the two ways in which PyTorch's CPU kernels make them.

A contiguous target of 16 numbers or more is made 16 at a time: 8 uniform numbers give distances,
the next 8 angles; 8 cosines come first, then 8 sines. Any other target is made of float64 pairs,
and an odd one waits in the stream for the next call. Invariant: as in `distributions.py`, the same
words are drawn as PyTorch draws, and the values agree to the last bit. The transform is in
`box_muller.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from rushlight.engine import movers
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
from rushlight.engine.distributions import (
    FLOAT64,
    HALVES,
    Array,
    Dtype,
    Shape,
    cast,
    only_floats,
    real,
    unit32,
    unit64,
    units64,
)
from rushlight.engine.streams import Stream

_ROWS = 512  # of 16 numbers: what is transformed at a time, to stay in the processor's cache


def normal(
    stream: Stream,
    shape: Shape,
    dtype: Dtype,
    mean: float = 0.0,
    std: float = 1.0,
    contiguous: bool = True,
) -> Array:
    """randn, and normal_(mean, std). Say `contiguous=False` for a target that isn't."""
    if dtype.kind == "c":
        parts = normal(stream, (*shape, 2), real(dtype), mean, std / math.sqrt(2), contiguous)
        return parts.view(dtype).reshape(shape)
    only_floats("normal_", dtype)
    if not std >= 0:
        raise RuntimeError(f"normal_ needs a standard deviation of at least 0, got {std}")
    count = math.prod(shape)
    if count < 16 or not contiguous:
        return cast(_moved64(pairs(stream, count), mean, std), dtype).reshape(shape)
    if movers.many(count):
        return cast(_many_sixteens(stream, count, dtype, mean, std), dtype).reshape(shape)
    if dtype == FLOAT64:
        return _moved64(_sixteens64(stream, count), mean, std).reshape(shape)
    values = _sixteens32(stream, count, dtype)
    if mean != 0 or std != 1:
        values = fused32(values, np.float64(np.float32(std)), np.float32(mean))
    return cast(values, dtype).reshape(shape)


def normal_around(stream: Stream, mean: Array, std: Array | float, dtype: Dtype) -> Array:
    """normal(mean, std) where one is a tensor: a draw of the common shape, scaled, then moved."""
    shape = np.broadcast_shapes(mean.shape, np.shape(std))
    if isinstance(std, np.ndarray):
        if not (std >= 0).all():
            raise RuntimeError("normal needs standard deviations of at least 0: some are less")
        values = normal(stream, shape, dtype)
        values *= std
    else:
        values = normal(stream, shape, dtype, 0.0, std)
    values += mean
    return values


def log_normal(
    stream: Stream, shape: Shape, dtype: Dtype, mean: float = 1.0, std: float = 2.0
) -> Array:
    """log_normal_(mean, std)."""
    only_floats("log_normal_", dtype)
    if not std > 0:
        raise RuntimeError(f"log_normal_ needs a standard deviation above 0, got {std}")
    exponents = _moved64(pairs(stream, math.prod(shape)), mean, std)
    return cast(exp64(exponents), dtype).reshape(shape)


def _moved64(values: Array, mean: float, std: float) -> Array:
    """values * std + mean; adding turns a negative zero into zero."""
    return fused64(values, std, mean) if mean != 0 or std != 1 else values + 0.0


# ---- in pairs


def pairs(stream: Stream, count: int) -> Array:
    """Standard normal float64 numbers, two from every two uniform ones."""
    values = np.empty(count)
    done = 0
    if count and stream.kept_normal is not None:
        values[0] = stream.kept_normal
        stream.kept_normal = None
        done = 1
    missing = count - done
    uniforms = units64(stream, missing + missing % 2)
    made = _few_pairs(uniforms) if count < 16 else _many_pairs(uniforms)
    values[done:] = made[:missing]
    if missing % 2:
        stream.kept_normal = float(made[missing])
    return values


def _few_pairs(uniforms: Array) -> list[float]:
    numbers = iter(uniforms.tolist())
    made: list[float] = []
    for u, v in zip(numbers, numbers, strict=True):
        radius = math.sqrt(-2.0 * math.log1p(-v))
        made += (radius * math.cos(TWO_PI * u), radius * math.sin(TWO_PI * u))
    return made


def _many_pairs(uniforms: Array) -> Array:
    radius = np.sqrt(-2.0 * per_value(math.log1p, -uniforms[1::2]))
    cos, sin = turn64(uniforms[::2])
    return np.stack((radius * cos, radius * sin), axis=1).reshape(-1)


# ---- sixteen at a time


def _made32(words: Array) -> Array:
    """Rows of 16 words as rows of 16 normal float32 numbers."""
    uniforms = unit32(words)
    radius = radius32(uniforms[:, :8])
    cos, sin = turn32(uniforms[:, 8:])
    return np.concatenate((radius * cos, radius * sin), axis=1) + np.float32(0)


def _made64(words: Array) -> Array:
    """The same of 64-bit words and float64 numbers."""
    uniforms = unit64(words)
    radius = radius64(uniforms[:, :8])
    cos, sin = turn64(uniforms[:, 8:])
    return np.concatenate((radius * cos, radius * sin), axis=1)


def _in_rows(result: Array, words: Array, tail: int, made: Callable[[Array], Array]) -> Array:
    """Fill `result` from as many words; its last 16, if they are no row, from those at `tail`."""
    body = result.size - result.size % 16
    rows, sources = result[:body].reshape(-1, 16), words[:body].reshape(-1, 16)
    for start in range(0, len(rows), _ROWS):
        rows[start : start + _ROWS] = made(sources[start : start + _ROWS])
    if body < result.size:
        result[-16:] = made(words[tail : tail + 16].reshape(1, 16))
    return result


def _many_sixteens(
    stream: Stream, count: int, dtype: Dtype, mean: float, std: float
) -> Array:
    """The same natively, times `std` plus `mean`; float32 for the 16-bit floats."""
    from rushlight.engine import normal_kernels  # which LLVM makes

    wide = FLOAT64 if dtype == FLOAT64 else np.dtype(np.float32)
    each = 2 if dtype == FLOAT64 else 1  # words to a number
    body, rest = count - count % 16, count % 16
    start = body if dtype in HALVES else count  # of the words for the last 16, if they are no row
    words = stream.words(each * (start + 16 if rest else count))
    result = movers.empty((count,), wide)
    normal_kernels.fill(result[:body], words, mean, std)
    if rest:
        normal_kernels.fill(result[-16:], words[each * start :], mean, std)
    return result


def _sixteens64(stream: Stream, count: int) -> Array:
    words = stream.words64(count + 16 if count % 16 else count)
    return _in_rows(np.empty(count), words, count, _made64)


def _sixteens32(stream: Stream, count: int, dtype: Dtype) -> Array:
    """The last 16, if they are no row, come from new words, and those drawn for them are wasted.

    Only for the 16-bit floats PyTorch does not draw words to waste.
    """
    tail = count - count % 16 if dtype in HALVES else count
    drawn = tail + 16 if count % 16 else count
    found = stream.table(_made_from_each, drawn)
    if found is None:
        return _in_rows(np.empty(count, np.float32), stream.words(drawn), tail, _made32)
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


def _made_from_each(words: Array) -> Array:
    """For each word the two normal numbers that it makes with the word eight places on."""
    uniforms = unit32(words)
    radius = radius32(uniforms[:-8])
    table = np.zeros((2, words.size), np.float32)
    table[:, :-8] = turn32(uniforms[8:])
    table[:, :-8] *= radius
    table += np.float32(0)
    return table
