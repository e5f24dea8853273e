"""Attention on all cores: what is settled once for arrays of given shapes and strides."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from rushlight.engine import attention_kernels as kernels
from rushlight.engine import attention_tiles, memory, walks
from rushlight.engine.products_vectors import Lanes
from rushlight.engine.share import share

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]
_TYPES = {"f": "float", "d": "double"}
_NOTHING = np.zeros(1)
_TURN = 1 << 18  # multiplications that are worth a turn of a thread
_MOST_READY = 512
_ready: dict[Any, Any] = {}


class Made(NamedTuple):
    """What attention gives, and of each query its largest score and one over its weights' sum."""

    out: Array
    saved: Array


def fits(q: Array, v: Array) -> bool:
    """Whether there are kernels for these."""
    return q.dtype.char in _TYPES and q.shape[-1] + v.shape[-1] <= kernels.MOST_WIDTH


def side_by_side(array: Array) -> Array:
    """The array, its rows' numbers side by side."""
    if array.strides[-1] == array.itemsize and array.flags.aligned:
        return array
    return np.ascontiguousarray(array)


def forward(
    q: Array, k: Array, v: Array, mask: Array | None, causal: bool, scale: float
) -> Made:
    """softmax(q @ k.mT * scale + mask) @ v, for arrays of one dtype and as many dims, none empty.

    mask: of the scores' shape, with any strides: bool, or numbers of the same dtype.
    """
    key = (q.dtype.char, q.shape, q.strides, k.shape, k.strides, v.shape, v.strides, causal, scale,
           None if mask is None else (mask.dtype.char, mask.strides))
    work = _ready.get(key)
    if work is None:
        q, k, v = side_by_side(q), side_by_side(k), side_by_side(v)
        if mask is not None:
            mask = side_by_side(mask)
        if len(_ready) >= _MOST_READY:
            _ready.clear()
        work = _Forward(q, k, v, mask, causal, scale)
        if work.key(q, k, v, mask) == key:
            _ready[key] = work
    out = memory.empty(work.shape, q.dtype)
    saved = memory.empty(work.saved, q.dtype)
    share(work.kernel, work.items, work.grain, out, saved, q, k, v,
          _NOTHING if mask is None else mask, work.plan)
    return Made(out if work.order is None else out.transpose(work.order), saved)


class _Forward:
    """The kernel, and all it is told but the arrays."""

    def __init__(
        self, q: Array, k: Array, v: Array, mask: Array | None, causal: bool, scale: float
    ) -> None:
        lanes = Lanes(_TYPES[q.dtype.char])
        self.settings = causal, scale
        heads, queries, keys = q.shape[:-2], q.shape[-2], k.shape[-2]
        width, values = q.shape[-1], v.shape[-1]
        self.shape, self.order = laid_as(q, (*q.shape[:-1], values))
        out = np.empty(self.shape, q.dtype)
        out = out if self.order is None else out.transpose(self.order)
        count = math.prod(heads)
        self.saved = (count, 2, queries)
        few = queries <= kernels.FEW
        self.kernel = (kernels.few_kernel if few else kernels.kernel)(lanes.type)
        vectors = -(-queries // lanes.count)
        tiles = 1 if few else -(-vectors // attention_tiles.widest())
        height = queries if few else -(-vectors // tiles) * lanes.count
        self.items = count * (1 if few else -(-queries // height))
        work = min(height, queries) * keys * (width + values)
        self.grain = max(1, _TURN // work)
        kind = 0 if mask is None else 1 if mask.dtype.char == "?" else 2
        words = kernels.Words(
            self.items // count, height, queries, keys, width, values, q.strides[-2],
            k.strides[-2], v.strides[-2], out.strides[-2],
            0 if mask is None else mask.strides[-2], 0 if mask is None else mask.itemsize, kind,
            int(causal), int(np.float64(scale).view(np.int64)))
        nothing = (0,) * len(heads)
        walk = walks.merged(heads or (1,), *[
            each.strides[:-2] or (0,) for each in (q, k, v)],
            nothing or (0,) if mask is None else mask.strides[:-2] or (0,),
            out.strides[:-2] or (0,))
        # The walk's last dim is walked like the others here
        listed = [len(walk.sizes), *walk.sizes, *[s for each in walk.strides for s in each]]
        self.plan = np.array([*words, *listed], np.int64)

    def key(self, q: Array, k: Array, v: Array, mask: Array | None) -> Any:
        """What arrays are looked up by."""
        return (q.dtype.char, q.shape, q.strides, k.shape, k.strides, v.shape, v.strides,
                *self.settings, None if mask is None else (mask.dtype.char, mask.strides))


def laid_as(array: Array, shape: Shape) -> tuple[Shape, list[int] | None]:
    """A shape to make an array with, and how to transpose it, so that its dims lie in memory as
    another array's do, the last one innermost."""
    strides, last = array.strides, array.ndim - 1
    long = [d for d in range(last) if shape[d] != 1]
    ordered = sorted(long, key=lambda d: -abs(strides[d]))
    if 0 in strides or ordered == long:
        return shape, None
    order = [*[d for d in range(last) if shape[d] == 1], *ordered, last]
    return tuple([shape[d] for d in order]), [order.index(d) for d in range(last + 1)]
