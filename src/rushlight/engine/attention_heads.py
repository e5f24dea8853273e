"""The heads of attention: how few of keys and values stand for many, as views of equal heads."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]


class Heads(NamedTuple):
    """Arrays of the same heads, the mask of the scores' shape; all are views of what was given."""

    q: Array
    k: Array
    v: Array
    mask: Array | None


def aligned(
    q: Array, k: Array, v: Array, mask: Array | None, grouped: bool, causal: bool
) -> tuple[Shape, Heads]:
    """The shape of the result, and the arrays with heads and masks repeated.

    grouped: each head of keys and values, in dim -3, stands for several of queries. Raises
    ValueError where sizes don't fit.
    """
    groups, count = 1, q.shape[-3] if q.ndim > 2 else 1
    if grouped and q.ndim > 2:
        if k.shape[-3] != v.shape[-3] or count % k.shape[-3]:
            raise ValueError("heads of keys don't divide those of queries")
        groups = count // k.shape[-3]
    scores, width = (q.shape[-2], k.shape[-2]), v.shape[-1]
    if groups == 1:
        heads = np.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
        over = None if mask is None else np.broadcast_to(mask, (*heads, *scores))
        q, k, v = (np.broadcast_to(each, (*heads, *each.shape[-2:])) for each in (q, k, v))
        return (*heads, scores[0], width), Heads(q, k, v, over)
    outer = np.broadcast_shapes(q.shape[:-3], k.shape[:-3], v.shape[:-3])
    heads, apart = (*outer, count), (*outer, count // groups, groups)
    over = None if mask is None else np.broadcast_to(
        mask, (*heads, *scores)).reshape(*apart, *scores)
    q = np.broadcast_to(q, (*heads, *q.shape[-2:])).reshape(*apart, *q.shape[-2:])
    k, v = (np.broadcast_to(each, (*apart[:-1], *each.shape[-2:])) for each in (k, v))
    shape = (*heads, scores[0], width)
    if scores[0] == 1 and not causal:  # the queries of a group are as those of one head
        return shape, Heads(q[..., 0, :], k, v, None if over is None else over[..., 0, :])
    k, v = (np.broadcast_to(each[..., None, :, :], (*apart, *each.shape[-2:])) for each in (k, v))
    return shape, Heads(q, k, v, over)


def side_by_side(array: Array) -> Array:
    """The array, its rows' numbers side by side."""
    return array if is_side_by_side(array) else np.ascontiguousarray(array)


def is_side_by_side(array: Array) -> bool:
    """Whether they are."""
    return array.flags.aligned and (
        array.strides[-1] == array.itemsize or array.shape[-1] == 1)


def mask_rows(mask: Array, keys: int) -> Array:
    """The mask, its rows side by side, with a number for each key."""
    return side_by_side(np.repeat(mask, keys, -1) if mask.shape[-1] == 1 else mask)
