"""Orders: `sort`, `argsort`, `msort`, `topk`.

Every sort is stable: equal elements keep their order, also when the order is descending. nan counts
as larger than any number, so it comes last, or first when descending. Next: `select.py` (one
element of an order), `distinct.py`, `bins.py`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from rushlight.engine.deferred import computed
from rushlight.engine.movers import copied, is_large
from rushlight.ops.arguments import one_dim, widened
from rushlight.ops.extremes import sent_back
from rushlight.ops.op import composite, op
from rushlight.ops.returns import results
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Array, Tensor

_FEW = 256  # from this size on, the largest few are found without sorting all
_LONG = 1 << 15  # below this size, many rows are sorted sooner, if there are kernels
_LEADERS = 64  # so few are found in one go


def need_order(name: str, array: Array, kinds: str = "biufV") -> None:
    """RuntimeError for complex numbers, which have no order (and what else is left out)."""
    if array.dtype.kind not in kinds:
        raise RuntimeError(f"{name}() is not defined for {dtypes.of(array.dtype)}")


def backwards(array: Array, axis: int) -> Array:
    """A view from the last element along `axis` to the first."""
    return array[(slice(None),) * axis + (slice(None, None, -1),)]


@cache
def _radix() -> Any:
    from rushlight.engine import radix  # which LLVM makes

    return radix


@cache
def _leaders() -> Any:
    from rushlight.engine import leaders

    return leaders


def _natively(array: Array, axis: int, descending: bool) -> tuple[Array, Array] | None:
    """The array sorted along `axis`, and the indices, where a kernel has them sooner."""
    if not is_large(array) or not _radix().sorts(array.dtype):
        return None
    last = axis == array.ndim - 1
    rows = array if last else array.swapaxes(axis, -1)
    if not rows.flags.c_contiguous:
        rows = copied(rows, "C")
    found: tuple[Array, Array] = _radix().sort(rows, descending)
    if last:
        return found
    values, places = (copied(each.swapaxes(axis, -1), "C") for each in found)
    return values, places


def order(array: Array, axis: int, descending: bool = False) -> Array:
    """The indices that sort the array along `axis`."""
    array = computed(array)
    found = _natively(array, axis, descending)
    if found is not None:
        return found[1]
    if not descending:
        return widened(array).argsort(axis, kind="stable")
    ascending = backwards(widened(array), axis).argsort(axis, kind="stable")
    return array.shape[axis] - 1 - backwards(ascending, axis)


def ordered(array: Array, axis: int, descending: bool = False) -> Array:
    """The array sorted along `axis`, as `order` would have it."""
    array = computed(array)
    found = _natively(array, axis, descending)
    if found is not None:
        return found[0]
    copy = np.array(backwards(array, axis) if descending else array, subok=False)
    if array.dtype in dtypes.LOW_PRECISION:
        copy = np.sort(widened(copy), axis, kind="stable").astype(array.dtype)
    else:
        copy.sort(axis, kind="stable")
    return np.ascontiguousarray(backwards(copy, axis)) if descending else copy


def both(array: Array, axis: int, descending: bool = False) -> tuple[Array, Array]:
    """The array sorted along `axis`, and the indices that sort it."""
    array = computed(array)
    found = _natively(array, axis, descending)
    if found is not None:
        return found
    indices = order(array, axis, descending)
    if array.size < _FEW:  # so few are quicker to sort again than to look up
        return ordered(array, axis, descending), indices
    return np.take_along_axis(array, indices, axis), indices


def first(array: Array, axis: int, count: int) -> Array:
    """The first `count` elements along `axis`."""
    return array[(slice(None),) * axis + (slice(0, count),)]


_Sorted = results("sort", "values", "indices")


@op(out=True, node=lambda bound: f"SortBackward{int(bound['stable'] is not None)}",
    input=lambda grad, dim, out, input_shape: sent_back(grad, dim, True, out[1], input_shape))
def sort(
    input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool | None = None
) -> Any:
    """The elements sorted along `dim`, and where each was: (values, indices).

    The order is always stable; nan counts as the largest.
    Source: https://pytorch.org/docs/stable/generated/torch.sort.html
    """
    array = input._array
    need_order("sort", array)
    axis = one_dim(dim, array.ndim)
    if array.ndim == 0:
        return _Sorted._make((array.copy(), np.zeros((), np.int64)))
    return _Sorted._make(both(array, axis, descending))


@op(out=True)
def argsort(
    input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool | None = None
) -> Any:
    """The indices that sort the elements along `dim`: see `sort`.

    Source: https://pytorch.org/docs/stable/generated/torch.argsort.html
    """
    array = input._array
    need_order("argsort", array)
    axis = one_dim(dim, array.ndim)
    return order(array, axis, descending) if array.ndim else np.zeros((), np.int64)


@composite(out=True)
def msort(input: Tensor) -> Tensor:
    """The elements sorted along the first dim.

    Source: https://pytorch.org/docs/stable/generated/torch.msort.html
    """
    return sort(input, 0).values


_Top = results("topk", "values", "indices")


@op(out=True,
    input=lambda grad, dim, out, input_shape: sent_back(grad, dim, True, out[1], input_shape))
def topk(
    input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True
) -> Any:
    """The `k` largest elements along `dim`, or the smallest, and their places: (values, indices).

    They come in order, whatever `sorted` says. nan counts as the largest. Raises RuntimeError if
    there are fewer than `k`.
    Source: https://pytorch.org/docs/stable/generated/torch.topk.html
    """
    array = input._array
    need_order("topk", array, "iufV")
    axis = one_dim(dim, array.ndim)
    count, size = whole_number("topk", "k", k), array.shape[axis] if array.ndim else 1
    if not 0 <= count <= size:
        raise RuntimeError(
            f"topk(): k is {count}, but dim {dim} of a tensor of shape {list(array.shape)} has "
            f"{size} elements to choose from")
    if array.ndim == 0:
        return _Top._make((array.copy(), np.zeros((), np.int64)))
    return _Top._make(_top(array, axis, count, largest)[::-1])


def _top(line: Array, axis: int, count: int, largest: bool) -> tuple[Array, Array]:
    """The places of the first few in order, and the elements there."""
    line, size = computed(line), line.shape[axis]
    if is_large(line) and 0 < count <= _LEADERS and _radix().sorts(line.dtype):
        rows = line if axis == line.ndim - 1 else line.swapaxes(axis, -1)
        values, places = _leaders().leaders(
            rows if rows.flags.c_contiguous else copied(rows, "C"), count, largest)
        if axis == line.ndim - 1:
            return places, values
        return (np.ascontiguousarray(places.swapaxes(axis, -1)),
                np.ascontiguousarray(values.swapaxes(axis, -1)))
    if size < _FEW or 2 * count > size or count == 0 or (size < _LONG < line.size):
        values, places = both(line, axis, largest)
        return (np.ascontiguousarray(first(places, axis, count)),
                np.ascontiguousarray(first(values, axis, count)))
    cut = size - count if largest else count - 1
    parted = np.argpartition(widened(line), cut, axis)
    places = first(backwards(parted, axis) if largest else parted, axis, count)
    places = np.sort(places, axis)
    rank = order(np.take_along_axis(line, places, axis), axis, largest)
    places = np.take_along_axis(places, rank, axis)
    return places, np.take_along_axis(line, places, axis)


def whole_number(op_name: str, name: str, value: Any) -> int:
    """`value` as an int; TypeError if it is none."""
    if not hasattr(value, "__index__") or isinstance(value, bool):
        raise TypeError(f"{op_name}(): {name} must be an int, not {type(value).__name__}")
    return value.__index__()
