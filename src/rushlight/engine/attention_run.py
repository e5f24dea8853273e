"""Attention on all cores: what is settled once for arrays of given shapes and strides."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from rushlight.engine import attention_gradient as gradient
from rushlight.engine import attention_kernels as kernels
from rushlight.engine import attention_tiles, memory, walks
from rushlight.engine.attention_heads import (
    aligned,
    is_side_by_side,
    mask_rows,
    side_by_side,
)
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


def forward(
    q: Array, k: Array, v: Array, mask: Array | None, causal: bool, scale: float, grouped: bool
) -> Made:
    """softmax(q @ k.mT * scale + mask) @ v, for arrays of one dtype and as many dims, none empty.

    mask: broadcasts to the scores; bool, or numbers of the same dtype. grouped: see `aligned`.
    Raises ValueError where heads or masks don't fit.
    """
    key = (q.dtype.char, q.shape, q.strides, k.shape, k.strides, v.shape, v.strides, causal, scale,
           grouped, None if mask is None else (mask.dtype.char, mask.shape, mask.strides))
    work = _ready.get(key)
    if work is None:
        rows = (q, k, v) if mask is None else (q, k, v, mask)
        if not all(map(is_side_by_side, rows)) or (
            mask is not None and mask.shape[-1] != k.shape[-2]
        ):
            q, k, v = side_by_side(q), side_by_side(k), side_by_side(v)
            mask = None if mask is None else mask_rows(mask, k.shape[-2])
            return forward(q, k, v, mask, causal, scale, grouped)
        work = _kept(key, _Forward(q, k, v, mask, causal, scale, grouped))
    out = memory.empty(work.shape, q.dtype)
    saved = memory.empty(work.saved, q.dtype)
    share(work.kernel, work.items, work.grain, out, saved, q, k, v,
          _NOTHING if mask is None else mask, work.plan)
    return Made(out if work.order is None else out.transpose(work.order).reshape(work.final), saved)


def _kept(key: Any, work: Any) -> Any:
    """The work, remembered; arrays that are not aligned share no key with those that are."""
    if len(_ready) >= _MOST_READY:
        _ready.clear()
    _ready[key] = work
    return work


class _Forward:
    """The kernel, and all it is told but the arrays."""

    def __init__(
        self, q: Array, k: Array, v: Array, mask: Array | None, causal: bool, scale: float,
        grouped: bool,
    ) -> None:
        lanes = Lanes(_TYPES[q.dtype.char])
        self.final, (q, k, v, mask) = aligned(q, k, v, mask, grouped, causal)
        queries, keys, width, values = q.shape[-2], k.shape[-2], q.shape[-1], v.shape[-1]
        self.shape, self.order, strides = _laid_as(q, (*q.shape[:-1], values))
        if self.order is None:
            self.shape = self.final
        count = math.prod(q.shape[:-2])
        self.saved = (count, 2, queries)
        few = queries <= kernels.FEW
        self.kernel = (kernels.few_kernel if few else kernels.kernel)(lanes.type)
        tiles, height = (1, queries) if few else _tiles(lanes, queries)
        self.items = count * tiles
        self.grain = max(1, _TURN // (min(height, queries) * keys * (width + values)))
        words = kernels.Words(
            tiles, height, queries, keys, width, values, q.strides[-2], k.strides[-2],
            v.strides[-2], strides[-2], *_of_mask(mask), int(causal), _bits(scale))
        over = None if mask is None else mask.strides
        self.plan = _plan(words, q.shape, q.strides, k.strides, v.strides, over, strides)


def backward(
    grad: Array, made: Made, q: Array, k: Array, v: Array, mask: Array | None, causal: bool,
    scale: float, grouped: bool,
) -> tuple[Array, Array, Array]:
    """The gradients of q, k and v: in their shapes, but with the heads that they broadcast to."""
    lanes = Lanes(_TYPES[q.dtype.char])
    widths = q.shape[-1], q.shape[-1], v.shape[-1]
    if mask is not None:
        mask = mask_rows(mask, k.shape[-2])
    padded = [_padded(side_by_side(each), lanes.count) for each in (q, k, v, grad, made.out)]
    q, k, v, grad, out = padded
    if grouped or mask is not None or not q.shape[:-2] == k.shape[:-2] == v.shape[:-2]:
        _, (q, k, v, mask) = aligned(q, k, v, mask, grouped, causal)
        grad, out = (each.reshape(*q.shape[:-1], v.shape[-1]) for each in (grad, out))
    key = ("back", q.dtype.char, causal, scale, q.shape, v.shape, k.shape, *[
        each.strides for each in (q, k, v, grad, out)],
        None if mask is None else (mask.dtype.char, mask.strides))
    work = _ready.get(key)
    if work is None:
        work = _kept(key, _Backward(q, k, v, mask, grad, out, causal, scale))
    found = [memory.empty(each, q.dtype) for each in work.shapes]
    share(work.kernel, work.items, 1, q, k, v, _NOTHING if mask is None else mask, out, grad,
          *found, made.saved, work.plan)
    found[0] = found[0][0] if work.stretches == 1 else np.add.reduce(found[0], 0)
    to_q, to_k, to_v = [
        (each if order is None else each.transpose(order))[..., :width]
        for each, order, width in zip(found, work.orders, widths, strict=True)]
    if to_k.ndim > made.out.ndim:  # the queries of a group share keys
        to_k, to_v = np.add.reduce(to_k, -3), np.add.reduce(to_v, -3)
    return to_q.reshape(*made.out.shape[:-1], widths[0]), to_k, to_v


class _Backward:
    """The kernel, and all it is told but the arrays."""

    def __init__(
        self, q: Array, k: Array, v: Array, mask: Array | None, grad: Array, out: Array,
        causal: bool, scale: float,
    ) -> None:
        lanes = Lanes(_TYPES[q.dtype.char])
        heads, queries, keys = q.shape[:-2], q.shape[-2], k.shape[-2]
        self.stretches, stretch = gradient.stretches(math.prod(heads), keys)
        self.items = math.prod(heads) * self.stretches
        self.kernel = gradient.kernel(lanes.type)
        laid = [_laid_as(each, each.shape) for each in (q, k, v)]
        self.shapes = [shape for shape, _, _ in laid]
        self.orders = [order for _, order, _ in laid]
        to_q, to_k, to_v = (strides for _, _, strides in laid)
        self.shapes[0] = (self.stretches, *self.shapes[0])
        words = gradient.Words(
            self.stretches, stretch, _tiles(lanes, queries)[1], queries, keys, q.shape[-1],
            v.shape[-1], q.strides[-2], k.strides[-2], v.strides[-2], out.strides[-2],
            grad.strides[-2], to_q[-2], to_k[-2], to_v[-2], q.size * q.itemsize, *_of_mask(mask),
            int(causal), _bits(scale))
        over = None if mask is None else mask.strides
        self.plan = _plan(words, q.shape, q.strides, k.strides, v.strides, over, out.strides,
                          grad.strides, to_q, to_k, to_v)


# --- what both are told


def _tiles(lanes: Lanes, queries: int) -> tuple[int, int]:
    """How many blocks of queries there are, and how many are in one."""
    vectors = -(-queries // lanes.count)
    tiles = -(-vectors // attention_tiles.widest())
    height = -(-vectors // tiles) * lanes.count
    return -(-queries // height), height


def _of_mask(mask: Array | None) -> tuple[int, int, int]:
    """Bytes from row to row, those of a number, and the kind."""
    if mask is None:
        return 0, 0, 0
    return mask.strides[-2], mask.itemsize, 1 if mask.dtype.char == "?" else 2


def _bits(scale: float) -> int:
    return int(np.float64(scale).view(np.int64))


def _plan(words: Sequence[int], shape: Shape, *strides: Shape | None) -> Array:
    """The words, and those of the walk over the heads of arrays with these strides."""
    heads = shape[:-2] or (1,)
    none = (0,) * len(heads)
    walk = walks.merged(
        heads, *[none if each is None else each[:-2] or none for each in strides])
    return np.array([*words, len(walk.sizes), *walk.sizes, *chain(*walk.strides)], np.int64)


def _padded(array: Array, lanes: int) -> Array:
    """The array with zeros behind its rows, up to a multiple of lanes."""
    width = array.shape[-1]
    if width % lanes == 0:
        return array
    made = np.zeros((*array.shape[:-1], width + -width % lanes), array.dtype)
    made[..., :width] = array
    return made


def _laid_as(array: Array, shape: Shape) -> tuple[Shape, list[int] | None, Shape]:
    """A shape to make an array with, how to transpose it, and the strides it then has, so that its
    dims lie in memory as another array's do, the last one innermost."""
    strides, last = array.strides, array.ndim - 1
    long = [d for d in range(last) if shape[d] != 1]
    ordered = sorted(long, key=lambda d: -abs(strides[d]))
    order = [*[d for d in range(last) if shape[d] == 1], *ordered, last]
    if 0 in strides or ordered == long:
        order = list(range(last + 1))
    steps, step = [0] * (last + 1), array.itemsize
    for d in reversed(order):
        steps[d] = step
        step *= shape[d]
    if order == list(range(last + 1)):
        return shape, None, tuple(steps)
    return (tuple([shape[d] for d in order]), [order.index(d) for d in range(last + 1)],
            tuple(steps))
