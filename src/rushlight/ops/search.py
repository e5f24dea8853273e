"""Finding and counting: `searchsorted`, `bucketize`, `isin`, `bincount`, `histc`.

No gradients flow. Sequences that are searched rise, with nan, if any, at their end.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rushlight.ops.arguments import need_tensor, size_of, widened
from rushlight.ops.convert import cast
from rushlight.ops.extremes import need_ordered
from rushlight.ops.op import composite, op
from rushlight.ops.sort import whole_number
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Array, Tensor, wrap

# --- searching


@op(method=False, out=True)
def searchsorted(
    sorted_sequence: Tensor, input: Any, *, out_int32: bool = False, right: bool = False,
    side: str | None = None, sorter: Tensor | None = None,
) -> Any:
    """Where to insert each value of `input` so that `sorted_sequence` stays sorted.

    The sequence is 1-d, or has a sequence in its last dim for each row of `input`. right, or
    side="right": behind equal elements, not before. sorter: the indices that sort the sequence.
    Source: https://pytorch.org/docs/stable/generated/torch.searchsorted.html
    """
    edges = need_tensor("searchsorted", "sorted_sequence", sorted_sequence)._array
    if side not in (None, "left", "right") or (right and side == "left"):
        raise RuntimeError(
            f"searchsorted(): side is 'left' or 'right', not {side!r}" + (
                ", and right=True says otherwise" if right else ""))
    if sorter is not None:
        edges = _sorted_by(edges, sorter)
    return _search("searchsorted", edges, input, right or side == "right", out_int32)


@op(method=False, out=True)
def bucketize(
    input: Any, boundaries: Tensor, *, out_int32: bool = False, right: bool = False
) -> Any:
    """Which bucket each value falls in: how many boundaries are below it.

    right: a boundary equal to the value counts too.
    Source: https://pytorch.org/docs/stable/generated/torch.bucketize.html
    """
    edges = need_tensor("bucketize", "boundaries", boundaries)._array
    if edges.ndim != 1:
        raise RuntimeError(f"bucketize(): boundaries must be 1-d, not {list(edges.shape)}")
    return _search("bucketize", edges, input, right, out_int32)


def _sorted_by(edges: Array, sorter: Tensor) -> Array:
    order = sorter._array
    if order.shape != edges.shape or order.dtype != np.int64:
        raise RuntimeError(
            f"searchsorted(): sorter must be int64 of shape {list(edges.shape)}, not "
            f"{sorter.dtype} of shape {list(order.shape)}")
    if order.size and (order.min() < 0 or order.max() >= edges.shape[-1]):
        raise RuntimeError(
            f"searchsorted(): sorter has an index outside 0 to {edges.shape[-1] - 1}")
    return np.take_along_axis(edges, order, -1)


def _search(name: str, edges: Array, input: Any, right: bool, out_int32: bool) -> Array:
    values = input._array if isinstance(input, Tensor) else np.asarray(input)
    need_ordered(name, edges, "iufV")
    need_ordered(name, values, "iufV")
    if out_int32 and edges.shape[-1:] > (2**31 - 1,):
        raise RuntimeError(f"{name}(): {edges.shape[-1]} places do not fit into int32")
    side: Any = "right" if right else "left"
    edges, values = widened(edges), widened(values)
    if edges.ndim == 1:
        found: Any = edges.searchsorted(values, side)
    else:
        if values.ndim == 0 or edges.shape[:-1] != values.shape[:-1]:
            raise RuntimeError(
                f"{name}(): sequences of shape {list(edges.shape)} and values of shape "
                f"{list(values.shape)} must agree in all dims but the last, or the sequence be 1-d")
        found = np.empty(values.shape, np.int64)
        for row in np.ndindex(edges.shape[:-1]):
            found[row] = edges[row].searchsorted(values[row], side)
    return np.asarray(found, np.int32 if out_int32 else np.int64)


@op(method=False, out=True)
def isin(
    elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False
) -> Any:
    """Whether each element is among `test_elements`. invert: whether it is not.

    Source: https://pytorch.org/docs/stable/generated/torch.isin.html
    """
    among, tests = (
        each._array if isinstance(each, Tensor) else np.asarray(each)
        for each in (elements, test_elements))
    need_ordered("isin", among)
    return np.isin(among, tests, invert=invert)


# --- counting


@op()
def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Any:
    """How often each number from 0 on occurs in a 1-d tensor of integers.

    weights: add these up instead of ones. minlength: at least as many bins.
    Source: https://pytorch.org/docs/stable/generated/torch.bincount.html
    """
    array = input._array
    need_ordered("bincount", array, "iu")
    if array.ndim != 1 or (array.size and array.min() < 0):
        raise RuntimeError(
            f"bincount(): input must be 1-d and not negative; it has shape {list(array.shape)}")
    if whole_number("bincount", "minlength", minlength) < 0:
        raise RuntimeError(f"bincount(): minlength is {minlength}: it can't be negative")
    if weights is None:
        return np.bincount(array, minlength=minlength)
    if weights._array.shape != array.shape:
        raise RuntimeError(
            f"bincount(): weights of shape {list(weights.shape)} for an input of shape "
            f"{list(array.shape)}: give one for each element")
    sums = np.bincount(array, cast(weights._array, dtypes.float64), minlength)
    return sums.astype(np.float32) if weights._array.dtype == np.float32 else sums


@op(out=True)
def histc(input: Tensor, bins: int = 100, min: float = 0, max: float = 0) -> Any:
    """How many elements lie in each of `bins` equal parts from `min` to `max`.

    With min and max equal, from the smallest element to the largest. Elements outside are left out.
    Source: https://pytorch.org/docs/stable/generated/torch.histc.html
    """
    array = input._array
    need_ordered("histc", array, "fV")
    if whole_number("histc", "bins", bins) <= 0:
        raise RuntimeError(f"histc(): bins is {bins}: there must be at least one")
    low, high = _range(array, float(min), float(max))
    wide = widened(array).reshape(-1)
    inside = wide[(wide >= low) & (wide <= high)]
    part = ((inside - wide.dtype.type(low)) * bins / (high - low)).astype(np.int64)
    return np.bincount(np.minimum(part, bins - 1), minlength=bins).astype(array.dtype)


def _range(array: Array, low: float, high: float) -> tuple[float, float]:
    """What the bins cover; RuntimeError unless it is finite and rises."""
    if low == high and array.size:
        low, high = float(array.min()), float(array.max())
    if low == high:
        low, high = low - 1, high + 1
    if not np.isfinite(high - low) or low > high:
        raise RuntimeError(
            f"histc(): the range from {low} to {high} must be finite, and max above min")
    return low, high


# --- places


@composite(method=False, looks=True)
def unravel_index(indices: Tensor, shape: Any) -> tuple[Tensor, ...]:
    """The index in each dim of `shape` of elements numbered in row-major order, int64.

    TypeError for numbers that are no integers; ValueError for negative sizes, and for numbers
    outside the shape, which PyTorch wraps round.
    """
    if indices.dtype.is_floating_point or indices.is_complex() or indices.dtype is dtypes.bool_:
        raise TypeError(f"unravel_index(): the numbers must be integers, not {indices.dtype}")
    sizes = size_of(shape)
    if min(sizes, default=0) < 0:
        raise ValueError(f"unravel_index(): sizes must not be negative: {list(sizes)}")
    array = np.asarray(indices._array, np.int64)
    if array.size and not (array.min() > -1 and array.max() < math.prod(sizes)):
        raise ValueError(
            f"unravel_index(): a number lies outside the {math.prod(sizes)} elements of "
            f"{list(sizes)}")
    found = np.unravel_index(array, sizes) if array.size else [array] * len(sizes)
    return tuple([wrap(np.asarray(each, np.int64)) for each in found])
