"""Large products of matrices on all cores, by kernels that LLVM makes."""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.engine import memory, pool, products_blocks, share
from rushlight.engine.products_plan import Blocks, Dots

Array = np.ndarray[Any, Any]
_ready: dict[Any, Any] = {}
MOST_READY = 1024


def product(a: Array, b: Array, start: Array | None = None) -> Array:
    """`a @ b`, or `start + a @ b`, for two arrays of one dtype and of 2 or more dims, none empty.

    They may lie in memory in any way: transposed, strided, broadcast. start: an array that
    broadcasts to the product's shape and whose rows lie side by side.
    """
    key = (a.dtype.char, a.shape, a.strides, b.shape, b.strides,
           None if start is None else (start.shape, start.strides), pool.get_num_threads())
    work = _ready.get(key)
    if work is None:
        if len(_ready) >= MOST_READY:
            _ready.clear()
        work = _ready[key] = Dots(a, b, start) if Dots.fit(a, b) else Blocks(a, b, start)
    made = memory.empty(work.shape, a.dtype)
    if work.packing:
        packed = memory.empty((work.packed_size,), a.dtype)
        share.share(
            products_blocks.packing_kernel(), work.packed_tiles, 1, packed, a, *work.packing)
        a = packed
    elif work.turned:
        a, b = b, a
    added = 0 if start is None or work.is_in_parts else start
    share.share(work.kernel, work.blocks, 1, made, a, b, added, *work.words)
    if not work.is_in_parts:
        return made
    made = np.add.reduce(made, 0, made.dtype)
    return made if start is None else made + start
