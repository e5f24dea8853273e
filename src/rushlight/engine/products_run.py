"""Large products of matrices on all cores, by kernels that LLVM makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rushlight.engine import memory, products_blocks
from rushlight.engine import share as engine_share
from rushlight.engine.products_plan import Blocks, Dots

Array = np.ndarray[Any, Any]
Run = Callable[[Array, Array, Array | None], Array]


def prepared(a: Array, b: Array, start: Array | None, shape: tuple[int, ...]) -> Run:
    """What gives `a @ b`, or `start + a @ b`, in this shape, for arrays that lie as these do.

    They are of one dtype, of 2 or more dims, none empty, and may lie in memory in any way:
    transposed, strided, broadcast. start: an array that broadcasts to the product's shape and whose
    rows lie side by side. Of what is given later only the memory counts.
    """
    work = Dots(a, b, start) if Dots.fit(a, b) else Blocks(a, b, start)
    dtype, made_shape = a.dtype, work.shape if work.is_in_parts else shape
    share, kernel, blocks, words = engine_share.share, work.kernel, work.blocks, work.words

    def run(a: Array, b: Array, start: Array | None) -> Array:
        made = memory.empty(made_shape, dtype)
        if work.packing:
            packed = memory.empty((work.packed_size,), dtype)
            share(products_blocks.packing_kernel(), work.packed_tiles, 1, packed, a, *work.packing)
            a = packed
        elif work.turned:
            a, b = b, a
        if not work.is_in_parts:
            share(kernel, blocks, 1, made, a, b, 0 if start is None else start, *words)
            return made
        share(kernel, blocks, 1, made, a, b, 0, *words)
        made = np.add.reduce(made, 0, dtype).reshape(shape)
        return made if start is None else made + start

    return run
