"""A line search for the strong Wolfe conditions: a step that goes down enough, to where it is flat
enough."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from rushlight.tensor.tensor import Tensor

Function = Callable[[float], tuple[float, Tensor]]
_ENOUGH_DOWN, _ENOUGH_FLAT = 1e-4, 0.9
_MOST, _SHORTEST = 25, 1e-9


class _Point(NamedTuple):
    """How far along the line, the loss there, its gradient, and its slope along the line."""

    far: float
    loss: float
    grad: Any
    slope: float


def strong_wolfe(
    function: Function, size: float, direction: Tensor, loss: float, grad: Tensor, slope: float
) -> tuple[float, Tensor, float, int]:
    """Loss and gradient at the place found, how far it is, and how often `function` was called.

    Source: Nocedal and Wright, Numerical Optimization, 2006, algorithms 3.5 and 3.6
    """
    longest = direction.abs().max().item()

    def point(far: float) -> _Point:
        value, found = function(far)
        return _Point(far, value, found, found.dot(direction).item())

    start = before = _Point(0.0, loss, grad, slope)
    now, calls, turns = point(size), 1, 0
    low, high = start, now
    while turns < _MOST:
        low, high = sorted((before, now), key=lambda each: each.loss)
        if not _low_enough(now, start) or (turns > 1 and now.loss >= before.loss):
            break
        if abs(now.slope) <= -_ENOUGH_FLAT * slope:
            return now.loss, now.grad, now.far, calls
        if now.slope >= 0:
            break
        least, most = now.far + 0.01 * (now.far - before.far), now.far * 10
        before, now = now, point(_lowest(before, now, (least, most)))
        calls, turns = calls + 1, turns + 1
        low, high = sorted((start, now), key=lambda each: each.loss)
    stuck = False  # so close to an end of the bracket that it would hardly move
    while turns < _MOST and abs(high.far - low.far) * longest >= _SHORTEST:
        near, away = sorted((low.far, high.far))
        size, edge = _lowest(low, high, None), 0.1 * (away - near)
        close = min(away - size, size - near) < edge
        if close and (stuck or not near < size < away):
            size = away - edge if abs(size - away) < abs(size - near) else near + edge
            close = False
        stuck = close
        now = point(size)
        calls, turns = calls + 1, turns + 1
        if not _low_enough(now, start) or now.loss >= low.loss:
            high = now
            low, high = sorted((low, high), key=lambda each: each.loss)
        else:
            if abs(now.slope) <= -_ENOUGH_FLAT * slope:
                return now.loss, now.grad, now.far, calls
            if now.slope * (high.far - low.far) >= 0:
                high = low
            low = now
    return low.loss, low.grad, low.far, calls


def _low_enough(now: _Point, start: _Point) -> bool:
    return now.loss <= start.loss + _ENOUGH_DOWN * now.far * start.slope


def _lowest(a: _Point, b: _Point, bounds: tuple[float, float] | None) -> float:
    """Where the cubic through two points with their slopes is lowest, between bounds."""
    least, most = bounds or sorted((a.far, b.far))
    if a.far > b.far:
        a, b = b, a
    if a.far == b.far:
        return (least + most) / 2
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.far - b.far)
    square = d1 * d1 - a.slope * b.slope
    if square < 0 or math.isnan(square):
        return (least + most) / 2
    d2 = math.sqrt(square)
    lowest = b.far - (b.far - a.far) * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2)
    return min(max(lowest, least), most)
