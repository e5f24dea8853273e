"""Running sums and products along an axis: on all cores where there are kernels, else NumPy's.

float32 is summed in float64 and rounded once for each element. Invariant: what an element is
depends on the shape alone. Sums of float32 along more than `BLOCK` elements start anew with each
block, and the sum of the blocks before is added last, so that blocks can be summed side by side;
all else is computed strictly one after another. (The kernels: `scan_kernels.py`.)
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from rushlight.engine import movers
from rushlight.engine.deferred import computed

Array = np.ndarray[Any, Any]
BLOCK = 512
_PRECISE = {np.dtype(np.float32): np.float64, np.dtype(np.complex64): np.complex128}
_KNOWN = "fdl"  # dtypes that there are kernels for


def running(ufunc: np.ufunc, array: Any, axis: int) -> Array:
    """`ufunc` (add or multiply) accumulated along an axis, in the array's dtype."""
    array = computed(array)
    blocked = ufunc is np.add and array.dtype == np.float32 and array.shape[axis] > BLOCK
    if movers.is_large(array) and array.dtype.char in _KNOWN:
        return _natively(ufunc, array, axis)
    if blocked:
        return _in_blocks(array, axis)
    run = ufunc.accumulate(array, axis, _PRECISE.get(array.dtype))
    return run.astype(array.dtype, copy=False)


def _in_blocks(array: Array, axis: int) -> Array:
    wide = np.moveaxis(array, axis, -1).astype(np.float64, "C")
    n = wide.shape[-1]
    whole = n // BLOCK * BLOCK
    blocks = np.add.accumulate(wide[..., :whole].reshape(*wide.shape[:-1], -1, BLOCK), -1)
    before = sums_before(blocks[..., -1])
    blocks += before[..., :-1, None]
    found = np.empty(wide.shape, array.dtype)
    found[..., :whole] = blocks.reshape(*wide.shape[:-1], whole)
    found[..., whole:] = np.add.accumulate(wide[..., whole:], -1) + before[..., -1:]
    return np.moveaxis(found, -1, axis)


def sums_before(totals: Array) -> Array:
    """The sum of all blocks before each, and of all of them."""
    zero = -0.0 if totals.dtype.kind == "f" else 0  # what leaves even -0.0 as it is
    before = np.full((*totals.shape[:-1], totals.shape[-1] + 1), zero, totals.dtype)
    np.add.accumulate(totals, -1, out=before[..., 1:])
    return before


def _natively(ufunc: np.ufunc, array: Array, axis: int) -> Array:
    if not array.flags.c_contiguous:
        array = movers.copied(array, "C")
    made = movers.empty(array.shape, array.dtype)
    rows, n = math.prod(array.shape[:axis]), array.shape[axis]
    columns = math.prod(array.shape[axis + 1 :])
    multiply = ufunc is np.multiply
    _kernels().accumulate(made, array, rows, n, columns, multiply)
    return made


@cache
def _kernels() -> Any:
    from rushlight.engine import scan_kernels  # which LLVM makes

    return scan_kernels
