"""Gamma, Dirichlet and binomial numbers: PyTorch's, draw for draw.

They are made by rejection, so how many uniform numbers one takes is known only when it is there:
plain loops over `Stream.one_by_one`. A normal number comes from the stream's pair, as in
`normals.py`. Sources: Marsaglia and Tsang, A simple method for generating gamma variables, 2000;
Hörmann, The generation of binomial random variates, 1993 (algorithm BTRS).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from rushlight.engine import movers
from rushlight.engine.box_muller import TWO_PI
from rushlight.engine.distributions import FLOAT32, FLOAT64, Array, cast, units64
from rushlight.engine.streams import Stream

Draw = Callable[[], float]
_SQUEEZE = float(np.float32(0.0331))  # PyTorch's sampler has this constant in float32, and 1/3


def _need_floats(name: str, dtype: np.dtype[np.generic]) -> None:
    if dtype not in (FLOAT32, FLOAT64):
        raise NotImplementedError(f"{name}() makes float32 and float64 numbers, not {dtype}")


def standard_gamma(stream: Stream, shapes: Array) -> Array:
    """Gamma numbers of rate 1 with these shape parameters, in their dtype; never 0."""
    _need_floats("_standard_gamma", shapes.dtype)
    values = cast(_gammas(stream, shapes), shapes.dtype)
    found: Array = np.maximum(values, np.finfo(shapes.dtype).tiny).reshape(shapes.shape)
    return found


def dirichlet(stream: Stream, shapes: Array) -> Array:
    """Gamma numbers over the sum of their row: inside (0, 1), and each row adds up to 1."""
    _need_floats("_sample_dirichlet", shapes.dtype)
    values = _gammas(stream, shapes.astype(np.float64)).reshape(shapes.shape)
    shares = cast(values / values.sum(-1, keepdims=True), shapes.dtype)
    limits = np.finfo(shapes.dtype)
    found: Array = np.clip(shares, limits.tiny, 1 - limits.epsneg)
    return found


def _gammas(stream: Stream, shapes: Array) -> Array:
    """Gamma numbers in float64, in one row, in the order of the shape parameters.

    What comes of the shape parameter alone is rounded to its dtype first, as in PyTorch.
    """
    setup = _setup(shapes.ravel())
    if movers.many(shapes.size):
        from rushlight.engine import gamma_kernels  # which LLVM makes

        return gamma_kernels.gammas(stream, *setup, _SQUEEZE)
    kept = [] if stream.kept_normal is None else [stream.kept_normal]
    with stream.one_by_one(partial(units64, stream)) as draw:
        def normal() -> float:
            if kept:
                return kept.pop()
            angle, v = TWO_PI * draw(), draw()
            radius = math.sqrt(-2.0 * math.log1p(-v))
            kept.append(radius * math.sin(angle))
            return radius * math.cos(angle)

        a, inverse, d = (each.tolist() for each in setup)
        found = [
            _gamma(*each, draw, normal) for each in zip(a, inverse, d, strict=True)]
    stream.kept_normal = kept[0] if kept else None
    return np.array(found, np.float64)


def _setup(shapes: Array) -> tuple[Array, Array, Array]:
    """The shape parameters, the inverses of those below 1, and Marsaglia and Tsang's d."""
    one = shapes.dtype.type(1)
    small = shapes < 1
    inverse = one / np.where(shapes > 0, shapes, one)
    d = np.where(small, shapes + one, shapes) - np.float32(1 / 3)
    return shapes, np.where(small, inverse, 0), d


def _gamma(a: float, inverse: float, d: float, draw: Draw, normal: Draw) -> float:
    if not 0 < a < math.inf:
        return 0.0 if a == 0 else math.nan
    # Below 1: a gamma number of a + 1, shrunk.
    scale = (1.0 - draw()) ** inverse if inverse else 1.0
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x = normal()
        root = 1.0 + c * x
        if root <= 0:
            continue
        v = root * root * root
        u = 1.0 - draw()
        square = x * x
        if u < 1.0 - _SQUEEZE * square * square or (
                math.log(u) < 0.5 * square + d * (1.0 - v + math.log(v))):
            return scale * d * v


# ---- how often something of probability p happens in so many trials


def binomial(stream: Stream, counts: Array, p: Array) -> Array:
    """binomial(counts, p) for arrays of one shape and dtype."""
    _need_floats("binomial", counts.dtype)
    pairs = zip(counts.astype(np.float64).ravel().tolist(), p.astype(np.float64).ravel().tolist(),
                strict=True)
    with stream.one_by_one(partial(units64, stream)) as draw:
        found = [_successes(count, each, draw) for count, each in pairs]
    return cast(np.array(found, np.float64), counts.dtype).reshape(counts.shape)


def _successes(count: float, p: float, draw: Draw) -> float:
    if count != count or p != p:
        return math.nan
    if count <= 0 or p <= 0:
        return 0.0
    if p >= 1:
        return count
    if p > 0.5:
        return count - _successes(count, 1.0 - p, draw)
    return _by_rejection(count, p, draw) if count * p >= 10 else _by_waiting(count, p, draw)


def _by_waiting(count: float, p: float, draw: Draw) -> float:
    """Add up waiting times, which are geometric, until the trials are used up."""
    log_miss = math.log1p(-p)
    waited, found = 0.0, 0
    while True:
        u = draw()
        waited += math.ceil(math.log(u) / log_miss) if u else math.inf
        if waited > count:
            return float(found)
        found += 1


_STIRLING = (
    0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509,
    0.0166446911898211, 0.0138761288230707, 0.0118967099458917, 0.0104112652619720,
    0.00925546218271273, 0.00833056343336287,
)  # fmt: skip


def _stirling_rest(k: float) -> float:
    """What Stirling's formula for log(k!) lacks."""
    if k <= 9:
        return _STIRLING[int(k)]
    square = (k + 1) * (k + 1)
    return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1)


def _by_rejection(count: float, p: float, draw: Draw) -> float:
    spread = math.sqrt(count * p * (1 - p))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    center = count * p + 0.5
    odds = p / (1 - p)
    alpha = (2.83 + 5.1 / b) * spread
    squeeze = 0.92 - 4.2 / b
    m = math.floor((count + 1) * p)
    while True:
        u = draw() - 0.5
        v = draw()
        edge = 0.5 - abs(u)
        k = math.floor((2 * a / edge + b) * u + center) if edge else -1
        if edge >= 0.07 and v <= squeeze:
            return float(k)
        if k < 0 or k > count:
            continue
        height = math.log(v * alpha / (a / (edge * edge) + b)) if v else -math.inf
        bound = (
            (m + 0.5) * math.log((m + 1) / (odds * (count - m + 1)))
            + (count + 1) * math.log((count - m + 1) / (count - k + 1))
            + (k + 0.5) * math.log(odds * (count - k + 1) / (k + 1))
            + _stirling_rest(m) + _stirling_rest(count - m)
            - _stirling_rest(k) - _stirling_rest(count - k))
        if height <= bound:
            return float(k)
