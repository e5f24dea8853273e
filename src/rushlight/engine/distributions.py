"""Random arrays: what PyTorch's CPU kernels make of a stream's words, bit for bit.

Every kernel takes the stream, a shape and a NumPy dtype, and gives a fresh C-contiguous array;
`fill` writes one into any array. Invariant: a kernel draws as many words as PyTorch's, so that the
next one starts at the same place. The values agree to the last bit too, unless a comment here says
how rarely they don't. The words come from `streams.py`, normal numbers are made in `normals.py`,
integers and categories are drawn in `choices.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import ml_dtypes
import numpy as np

from rushlight.engine import movers
from rushlight.engine.box_muller import fused32, fused64, per_value
from rushlight.engine.streams import Stream

Array = np.ndarray[Any, Any]
Dtype = np.dtype[Any]
Shape = tuple[int, ...]

FLOAT32, FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)
FLOAT16, BFLOAT16 = np.dtype(np.float16), np.dtype(ml_dtypes.bfloat16)
HALVES = (FLOAT16, BFLOAT16)
LARGEST = {
    FLOAT64: float(np.finfo(np.float64).max),
    FLOAT32: float(np.finfo(np.float32).max),
    FLOAT16: 65504.0,
    BFLOAT16: 255 * 2.0**120,
}
_MASK53, _MASK24 = (1 << 53) - 1, (1 << 24) - 1


def fill(target: Array, sample: Callable[..., Array], *inputs: Array) -> None:
    """Write `sample(shape, *inputs)` into `target` in the order of its memory, as PyTorch does.

    `sample` sees the axes sorted by stride; inputs are broadcast to the target and sorted with it.
    """
    axes = sorted(range(target.ndim), key=lambda axis: -abs(target.strides[axis]))
    sorted_inputs = [np.broadcast_to(each, target.shape).transpose(axes) for each in inputs]
    view = target.transpose(axes)
    view[...] = sample(view.shape, *sorted_inputs)


def cast(values: Array, dtype: Dtype) -> Array:
    """float64 or int64 values in `dtype`. The 16-bit floats are reached through float32."""
    if values.dtype == dtype:
        return values
    if dtype in HALVES:
        values = values.astype(np.float32)
    elif dtype.kind in "iu":
        values = values.astype(np.int64)
    return values.astype(dtype)


def only_floats(name: str, dtype: Dtype) -> None:
    """Refuse other dtypes."""
    if dtype not in LARGEST:
        raise NotImplementedError(f"{name} makes floating-point numbers, not {dtype}")


# ---- uniform


def unit64(words: Array) -> Array:
    """53 of 64 bits as a float64 in [0, 1)."""
    return (words & _MASK53) * 2.0**-53


def unit32(words: Array) -> Array:
    """24 of 32 bits as a float32 in [0, 1)."""
    return (words & _MASK24).astype(np.float32) * np.float32(2.0**-24)


def _unit64_from_each(words: Array) -> Array:
    """For each word the float64 that it makes with the next."""
    wide = words.astype(np.uint64)
    return unit64(wide[:-1] << 32 | wide[1:])


@cache
def _twister() -> Any:
    from rushlight.engine import twister  # which LLVM makes

    return twister


def units64(stream: Stream, count: int) -> Array:
    """The next float64 numbers in [0, 1), two words each."""
    if movers.many(count):
        return _twister().uniform(stream.words(2 * count), FLOAT64, 0.0, 1.0, 1.0)
    found = stream.table(_unit64_from_each, 2 * count)
    if found is None:
        return unit64(stream.words64(count))
    table, start = found
    return table[start : start + 2 * count : 2].copy()


def units32(stream: Stream, count: int) -> Array:
    """The next float32 numbers in [0, 1), one word each."""
    if movers.many(count):
        return _twister().uniform(stream.words(count), FLOAT32, 0.0, 1.0, 1.0)
    found = stream.table(unit32, count)
    if found is None:
        return unit32(stream.words(count))
    table, start = found
    return table[start : start + count].copy()


def uniform(
    stream: Stream, shape: Shape, dtype: Dtype, low: float = 0.0, high: float = 1.0
) -> Array:
    """rand, and uniform_(low, high)."""
    if dtype.kind == "c":
        return uniform(stream, (*shape, 2), real(dtype), low, high).view(dtype).reshape(shape)
    only_floats("uniform_", dtype)
    count = math.prod(shape)
    if low == 0 and high == 1:
        values = units64(stream, count) if dtype == FLOAT64 else units32(stream, count)
    else:
        values = _between(stream, count, dtype, low, high)
    if dtype in HALVES:
        values = _below(values.astype(dtype), low, high)
    return values.reshape(shape)


def real(dtype: Dtype) -> Dtype:
    """What a complex dtype is made of."""
    return FLOAT32 if dtype.itemsize == 8 else FLOAT64


def _between(stream: Stream, count: int, dtype: Dtype, low: float, high: float) -> Array:
    most = LARGEST[dtype]
    if not (-most <= low <= high <= most and high - low <= most):
        raise RuntimeError(
            f"uniform_ from {low} to {high}: the bounds must be in order, and they and their "
            f"distance at most {most} for {dtype}"
        )
    if dtype == FLOAT64:
        if movers.many(count):
            return _twister().uniform(stream.words(2 * count), dtype, low, high - low, high)
        return _below(fused64(units64(stream, count), high - low, low), low, high)
    first = np.float32(low)
    span = np.float64(np.float32(high) - first)
    if movers.many(count):
        return _twister().uniform(stream.words(count), FLOAT32, low, span, high)
    return _below(fused32(units32(stream, count), span, first), low, high)


def _below(values: Array, low: float, high: float) -> Array:
    """What was rounded up to the upper bound becomes the lower one."""
    values[values == values.dtype.type(high)] = low
    return values


# ---- made from uniform float64 numbers
#
# A float64 result is the C library's logarithm or tangent, as in PyTorch. For narrower dtypes it is
# NumPy's, faster and perhaps different in the last bit of a float64: rounding drops that bit, but
# for one value in some hundred millions.


def exponential(stream: Stream, shape: Shape, dtype: Dtype, rate: float = 1.0) -> Array:
    """exponential_(rate)."""
    if dtype not in LARGEST:
        raise RuntimeError(f"exponential_ makes floating-point numbers, not {dtype}")
    if not rate > 0:
        raise RuntimeError(f"exponential_ needs a rate above 0, got {rate}")
    u = units64(stream, math.prod(shape))
    logs = per_value(math.log1p, -u) if dtype == FLOAT64 else np.log1p(-u)
    return cast(-1.0 / rate * logs, dtype).reshape(shape)


def geometric(stream: Stream, shape: Shape, dtype: Dtype, p: float) -> Array:
    """geometric_(p)."""
    if dtype not in LARGEST and dtype.kind not in "iu":
        raise NotImplementedError(f"geometric_ makes integers or floats, not {dtype}")
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ needs a probability between 0 and 1, got {p}")
    u = units64(stream, math.prod(shape))
    trials = np.ceil(np.log(u) / math.log1p(-p))  # the logarithm's last bit is lost anyway
    return cast(trials, dtype).reshape(shape)


def cauchy(
    stream: Stream, shape: Shape, dtype: Dtype, median: float = 0.0, sigma: float = 1.0
) -> Array:
    """cauchy_(median, sigma)."""
    if dtype not in LARGEST:
        raise RuntimeError(f"cauchy_ makes floating-point numbers, not {dtype}")
    if not sigma > 0:
        raise RuntimeError(f"cauchy_ needs a sigma above 0, got {sigma}")
    angle = math.pi * (units64(stream, math.prod(shape)) - 0.5)
    tangents = per_value(math.tan, angle) if dtype == FLOAT64 else np.tan(angle)
    return cast(fused64(tangents, sigma, median), dtype).reshape(shape)


# ---- yes or no


def bernoulli(stream: Stream, shape: Shape, dtype: Dtype, p: Array | float) -> Array:
    """bernoulli_(p): one where a uniform number is below p, which broadcasts to the shape.

    A number or a float64 array is compared with float64 numbers, other arrays with float32 ones.
    """
    if dtype.kind == "c":
        raise NotImplementedError(f"bernoulli_ makes real numbers, not {dtype}")
    count = math.prod(shape)
    if not isinstance(p, np.ndarray):
        if not 0 <= p <= 1:
            raise RuntimeError(f"bernoulli_ needs a probability from 0 to 1, got {p}")
        return (units64(stream, count) < p).astype(dtype).reshape(shape)
    if not ((p >= 0) & (p <= 1)).all():
        raise RuntimeError("bernoulli_ needs probabilities from 0 to 1: some are not")
    narrow = p.dtype != FLOAT64
    uniforms = units32(stream, count) if narrow else units64(stream, count)
    p = p.astype(np.float32) if narrow else p
    return np.asarray(uniforms.reshape(shape) < p).astype(dtype)


def dropout_noise(stream: Stream, shape: Shape, dtype: Dtype, p: float) -> Array:
    """What dropout(p) multiplies by while training: 0 with probability p, else 1 / (1 - p)."""
    keep = np.float64(1 - p) if dtype == FLOAT64 else np.float32(1 - p)
    noise = bernoulli(stream, shape, dtype, 1 - p)
    noise *= (1 / keep).astype(dtype)
    return noise


# ---- Poisson: how many words a number takes is known only when it is drawn


def poisson(stream: Stream, rates: Array) -> Array:
    """poisson(rates), in their shape and dtype."""
    only_floats("poisson", rates.dtype)
    wide = rates.astype(np.float64).ravel()
    if not ((wide >= 0) & (wide < 2.0**62)).all():
        raise RuntimeError("poisson needs rates from 0 to 2**62: some are not")
    with stream.one_by_one(partial(units64, stream)) as draw:
        counts = [_count(rate, draw) for rate in wide.tolist()]
    return cast(np.array(counts, np.int64), rates.dtype).reshape(rates.shape)


def _count(rate: float, draw: Callable[[], float]) -> int:
    if rate >= 10:
        return _count_by_rejection(rate, draw)
    if rate == 0:
        return 0
    limit = math.exp(-rate)  # so many uniform numbers multiplied stay above it
    product = draw()
    count = 0
    while product > limit:
        product *= draw()
        count += 1
    return count


def _count_by_rejection(rate: float, draw: Callable[[], float]) -> int:
    """Transformed rejection with squeeze (Hörmann 1993, algorithm PTRS)."""
    b = 0.931 + 2.53 * math.sqrt(rate)
    a = -0.059 + 0.02483 * b
    log_alpha = math.log(1.1239 + 1.1328 / (b - 3.4))
    log_rate = math.log(rate)
    squeeze = 0.9277 - 3.6224 / (b - 2)
    while True:
        u = draw() - 0.5
        v = draw()
        edge = 0.5 - abs(u)
        k = math.floor((2 * a / edge + b) * u + rate + 0.43) if edge else -1
        if edge >= 0.07 and v <= squeeze:
            return k
        if k < 0 or (edge < 0.013 and v > edge):
            continue
        proposed = math.log(v) + log_alpha - math.log(a / (edge * edge) + b) if v else -math.inf
        if proposed <= -rate + k * log_rate - math.lgamma(k + 1):
            return k
