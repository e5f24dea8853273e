"""Windows that slide over the trailing dims of an array: seen all at once, and added back.

Invariant: `look` copies nothing and `add_up` is its transpose: what a window shows of an element is
added to that element.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]


class Sliding(NamedTuple):
    """Where windows are, a number for each of the trailing dims.

    `padding` is how many zeros stand before and behind.
    """

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    dilation: tuple[int, ...]

    def places(self, sizes: Sequence[int]) -> tuple[int, ...]:
        """How many windows fit along each dim of these sizes; below 1 where none does."""
        return tuple([
            (size + low + high - reach) // step + 1
            for size, step, (low, high), reach in zip(
                sizes, self.stride, self.padding, self.reach, strict=True)])

    @property
    def reach(self) -> tuple[int, ...]:
        """How many elements along each dim a window covers, from its first to its last."""
        return tuple([
            far * (count - 1) + 1 for far, count in zip(self.dilation, self.kernel, strict=True)])


def padded(array: Array, padding: Sequence[tuple[int, int]]) -> Array:
    """The array with zeros around its trailing dims; itself if there are none."""
    if not any(map(any, padding)):
        return array
    outer = array.ndim - len(padding)
    sizes = [n + low + high for n, (low, high) in zip(array.shape[outer:], padding, strict=True)]
    made = np.zeros((*array.shape[:outer], *sizes), array.dtype)
    made[(..., *_inside(array.shape[outer:], padding))] = array  # type: ignore[index]
    return made


def _inside(sizes: Sequence[int], padding: Sequence[tuple[int, int]]) -> list[slice]:
    """Where an array of these sizes lies within its padded form."""
    return [slice(low, low + n) for n, (low, _) in zip(sizes, padding, strict=True)]


def look(array: Array, where: Sliding) -> Array:
    """(..., *sizes) as (..., *kernel, *places), the elements of each window; zeros where padded."""
    outer = array.ndim - len(where.kernel)
    places = where.places(array.shape[outer:])
    array = padded(array, where.padding)
    steps = array.strides[outer:]
    inner = [step * far for step, far in zip(steps, where.dilation, strict=True)]
    across = [step * each for step, each in zip(steps, where.stride, strict=True)]
    return np.lib.stride_tricks.as_strided(
        array, (*array.shape[:outer], *where.kernel, *places),
        (*array.strides[:outer], *inner, *across), writeable=False)


def add_up(windows: Array, sizes: Sequence[int], where: Sliding) -> Array:
    """(..., *kernel, *places) to (..., *sizes): each element the sum of what windows have of it."""
    count = len(where.kernel)
    outer = windows.ndim - 2 * count
    whole = [n + low + high for n, (low, high) in zip(sizes, where.padding, strict=True)]
    made = np.zeros((*windows.shape[:outer], *whole), windows.dtype)
    spans = [(n - 1) * step + 1
             for n, step in zip(windows.shape[outer + count :], where.stride, strict=True)]
    for tap in itertools.product(*map(range, where.kernel)):
        seen = tuple([
            slice(k * far, k * far + span, step) for k, far, span, step in zip(
                tap, where.dilation, spans, where.stride, strict=True)])
        made[(..., *seen)] += windows[(slice(None),) * outer + tap]  # type: ignore[arg-type]
    return made[(..., *_inside(sizes, where.padding))]  # type: ignore[arg-type]
