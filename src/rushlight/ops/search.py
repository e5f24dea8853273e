"""Finding and counting: `searchsorted`, `bincount`, `histc`, `unique`. No gradients flow."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rushlight.ops.arguments import one_dim, widened
from rushlight.ops.convert import cast
from rushlight.ops.extremes import need_ordered
from rushlight.ops.op import composite
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Array, Tensor, wrap


@composite(method=False, out=True)
def searchsorted(
    sorted_sequence: Tensor, input: Any, *, out_int32: bool = False, right: bool = False,
    side: str | None = None, sorter: Tensor | None = None,
) -> Tensor:
    """Where each value would go in the sorted rows of the last dim so that they stay sorted.

    right (or side="right"): after equal elements. Raises RuntimeError unless the leading dims of
    both are the same, or the sequence is 1-d.
    Source: https://pytorch.org/docs/stable/generated/torch.searchsorted.html
    """
    if side not in (None, "left", "right"):
        raise RuntimeError(f"searchsorted(): side is 'left' or 'right', not {side!r}")
    if right and side == "left":
        raise RuntimeError("searchsorted(): right=True and side='left' contradict each other")
    edges = widened(sorted_sequence._array)
    values = widened(input._array) if isinstance(input, Tensor) else np.asarray(input, edges.dtype)
    if edges.ndim == 0:
        raise RuntimeError("searchsorted(): the sorted sequence must have a dim")
    if isinstance(input, Tensor) and input.dtype is not sorted_sequence.dtype:
        raise RuntimeError(
            f"searchsorted(): the dtypes are {sorted_sequence.dtype} and {input.dtype}: give one")
    if edges.ndim > 1 and edges.shape[:-1] != values.shape[:-1]:
        raise RuntimeError(
            f"searchsorted(): the leading dims of {list(edges.shape)} and {list(values.shape)} "
            "must be the same")
    if sorter is not None:
        edges = _sorted_by(edges, sorter)
    which = "right" if right or side == "right" else "left"
    kind = np.int32 if out_int32 else np.int64
    if edges.ndim == 1:
        return wrap(np.asarray(np.searchsorted(edges, values, which)).astype(kind))  # type: ignore[call-overload]
    found = np.empty(values.shape, kind)
    for at in np.ndindex(edges.shape[:-1]):
        found[at] = np.searchsorted(edges[at], values[at], which)  # type: ignore[call-overload]
    return wrap(found)


def _sorted_by(edges: Array, sorter: Tensor) -> Array:
    order = sorter._array
    if order.shape != edges.shape:
        raise RuntimeError("searchsorted(): sorter must have the shape of the sequence")
    if order.dtype != np.int64:
        raise RuntimeError(f"searchsorted(): sorter must be int64, not {sorter.dtype}")
    if order.size and (order.min() < 0 or order.max() >= edges.shape[-1]):
        raise RuntimeError("searchsorted(): sorter holds an index out of range")
    return np.take_along_axis(edges, order, -1)


@composite(method=False, out=True)
def bucketize(
    input: Any, boundaries: Tensor, *, out_int32: bool = False, right: bool = False
) -> Tensor:
    """The number of the interval between `boundaries` (1-d, sorted) that each value is in."""
    if boundaries.ndim != 1:
        raise RuntimeError(f"bucketize(): boundaries must be 1-d, not {boundaries.ndim}-d")
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)


@composite()
def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """How often each of 0, 1, 2 ... occurs, or the sum of the weights where it does.

    Raises RuntimeError unless `input` is 1-d, of integers that are not negative.
    """
    array = input._array
    if array.dtype.kind not in "biu":
        raise NotImplementedError(f"bincount() counts integers, not {input.dtype}")
    if array.ndim != 1 or array.dtype.kind == "b":
        raise RuntimeError(f"bincount(): input must be 1-d and of integers, not {input.ndim}-d "
                           f"{input.dtype}")
    if array.size and array.min() < 0:
        raise RuntimeError("bincount(): input must not be negative")
    if minlength < 0:
        raise RuntimeError(f"bincount(): minlength must not be negative, it is {minlength}")
    if weights is None:
        return wrap(np.bincount(array.astype(np.int64), minlength=minlength).astype(np.int64))
    if weights._array.shape != array.shape:
        raise RuntimeError("bincount(): weights must have the shape of input")
    heavy = cast(weights._array, dtypes.float64)
    counted = np.bincount(array.astype(np.int64), heavy, minlength)
    kind = weights._array.dtype if weights._array.dtype == np.float32 else np.float64
    return wrap(counted.astype(kind))


@composite(out=True)
def histc(input: Tensor, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """How many elements are in each of `bins` equal intervals from `min` to `max`.

    With both 0, from the smallest to the largest element. RuntimeError for bad limits.
    """
    array = input._array
    if array.dtype.kind not in "fV":
        raise NotImplementedError(f"histc() is not defined for {input.dtype}")
    if bins <= 0:
        raise RuntimeError(f"histc(): bins must be positive, it is {bins}")
    values = array.astype(np.float64).reshape(-1)
    low, high = float(min), float(max)
    if low == high and values.size:
        low, high = values.min(), values.max()
    if not (np.isfinite(low) and np.isfinite(high)) or low > high:
        raise RuntimeError(f"histc(): the limits must be finite, min below max: {low}, {high}")
    if low == high:
        low, high = low - 1, high + 1
    inside = values[(values >= low) & (values <= high)]
    place = np.minimum(((inside - low) * bins / (high - low)).astype(np.int64), bins - 1)
    return wrap(np.bincount(place, minlength=bins).astype(array.dtype))


def _results(found: list[Any], wanted: list[bool], both: bool) -> Any:
    chosen = [wrap(np.asarray(each)) for each, want in zip(found, wanted, strict=True) if want]
    return chosen[0] if len(chosen) == 1 and not both else tuple(chosen)


@composite()
def unique(
    input: Tensor, sorted: bool = True, return_inverse: bool = False,
    return_counts: bool = False, dim: int | None = None,
) -> Any:
    """The different elements (or slices along `dim`), in order.

    return_inverse: where each element went; return_counts: how often each occurs.
    Source: https://pytorch.org/docs/stable/generated/torch.unique.html
    """
    axis = None if dim is None else one_dim(dim, input.ndim)
    array = input._array
    kind = array.dtype
    values, inverse, counts = np.unique(
        widened(array), return_inverse=True, return_counts=True, axis=axis, equal_nan=False)
    shape = array.shape if axis is None else (array.shape[axis],)
    found = [values.astype(kind), inverse.reshape(shape).astype(np.int64), counts.astype(np.int64)]
    return _results(found, [True, return_inverse, return_counts], False)


@composite()
def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The elements (or slices along `dim`) that differ from the one before."""
    array = input._array
    rows = array.reshape(-1, 1) if dim is None else np.moveaxis(
        array, one_dim(dim, input.ndim), 0)
    flat = rows.reshape(len(rows), math.prod(rows.shape[1:]))
    changes = np.ones(len(flat), np.bool_)
    changes[1:] = (flat[1:] != flat[:-1]).any(1)
    values = rows[changes]
    values = values.reshape(-1) if dim is None else np.moveaxis(values, 0, dim)
    inverse = np.cumsum(changes) - 1
    counts = np.bincount(inverse, minlength=int(changes.sum()))
    shape = array.shape if dim is None else (len(rows),)
    found = [values, inverse.reshape(shape).astype(np.int64), counts.astype(np.int64)]
    return _results(found, [True, return_inverse, return_counts], False)


@composite(method=False, out=True)
def isin(
    elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False
) -> Tensor:
    """Whether each element is among `test_elements`."""
    a, b = (each._array if isinstance(each, Tensor) else np.asarray(each)
            for each in (elements, test_elements))
    need_ordered("isin", a)
    return wrap(np.asarray(np.isin(a, b, invert=invert)))


