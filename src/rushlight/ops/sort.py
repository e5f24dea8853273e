"""Order: `sort`, `argsort`, `topk`, and the element of a given rank.

All stand on one stable sort (`_order`): nan counts as the largest, and a descending sort keeps the
order of equals too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.ops.arguments import one_dim, widened
from rushlight.ops.extremes import need_ordered, sent_back
from rushlight.ops.op import composite, op
from rushlight.ops.returns import results
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Array, Tensor

_Sort = results("sort", "values", "indices")
_TopK = results("topk", "values", "indices")
_Kth = results("kthvalue", "values", "indices")
_Median = results("median", "values", "indices")
_NanMedian = results("nanmedian", "values", "indices")
_Mode = results("mode", "values", "indices")


def _order(name: str, array: Array, axis: int, descending: bool) -> Array:
    """The indices that sort the array along the axis."""
    need_ordered(name, array)
    keys = widened(array)
    if not descending:
        return np.argsort(keys, axis, kind="stable")
    backwards = np.argsort(np.flip(keys, axis), axis, kind="stable")
    return array.shape[axis] - 1 - np.flip(backwards, axis)


def _one(array: Array, kind: Any) -> Any:
    """The answer for a 0-d tensor."""
    return kind._make((array.copy(), np.zeros((), np.int64)))


@op(out=True, input=lambda grad, input_shape, dim, out: sent_back(
    grad, dim, True, out[1], input_shape))
def sort(
    input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False
) -> Any:
    """The elements in rising order along `dim`, and where each was.

    Returns (values, indices). The sort is always stable; nan is the largest.
    Source: https://pytorch.org/docs/stable/generated/torch.sort.html
    """
    array = input._array
    axis = one_dim(dim, array.ndim)
    need_ordered("sort", array)
    if array.ndim == 0:
        return _one(array, _Sort)
    order = _order("sort", array, axis, descending)
    return _Sort._make((np.take_along_axis(array, order, axis), order))


@composite(out=True)
def argsort(
    input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False
) -> Tensor:
    """The indices that `sort` returns."""
    return sort(input.detach(), dim, descending, stable)[1]


@composite(out=True)
def msort(input: Tensor) -> Tensor:
    """The elements in rising order along the first dim."""
    return sort(input, 0)[0]


@op(out=True, input=lambda grad, input_shape, dim, out: sent_back(
    grad, dim, True, out[1], input_shape))
def topk(
    input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True
) -> Any:
    """The `k` largest (or smallest) elements along `dim`, in order, and where each was.

    RuntimeError if there are fewer than `k`.
    Source: https://pytorch.org/docs/stable/generated/torch.topk.html
    """
    array = input._array
    axis = one_dim(dim, array.ndim)
    if not 0 <= k <= (array.shape[axis] if array.ndim else 1):
        raise RuntimeError(f"topk(): k={k}, but dim {dim} of {list(array.shape)} has fewer")
    need_ordered("topk", array, "iufV")
    if array.ndim == 0:
        return _one(array, _TopK)
    order = np.take(_order("topk", array, axis, largest), range(k), axis)
    return _TopK._make((np.take_along_axis(array, order, axis), order))


def _ranked(array: Array, order: Array, axis: int, rank: Any, keepdim: bool, kind: Any) -> Any:
    """The elements of a rank (one, or one for each row) and where they were."""
    at = np.broadcast_to(rank, (*array.shape[:axis], 1, *array.shape[axis + 1 :]))
    where = np.take_along_axis(order, at, axis)
    values = np.take_along_axis(array, where, axis)
    if not keepdim:
        values, where = values.squeeze(axis), where.squeeze(axis)
    return kind._make((np.asarray(values), np.asarray(where)))


def _need_row(name: str, array: Array, axis: int) -> None:
    if array.ndim and array.shape[axis] == 0:
        raise IndexError(f"{name}(): dim {axis} of shape {list(array.shape)} has no element")


def _to_rank(grad: Any, input_shape: Any, dim: int, keepdim: bool, out: Any) -> Tensor:
    return sent_back(grad, dim, keepdim, out[1], input_shape)


@op(out=True, input=_to_rank)
def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """The k-th smallest element along `dim`, counted from 1, and where it was."""
    array = input._array
    axis = one_dim(dim, array.ndim)
    if not 1 <= k <= (array.shape[axis] if array.ndim else 1):
        raise RuntimeError(f"kthvalue(): k={k} is out of range for dim {dim} of "
                           f"{list(array.shape)}")
    if array.ndim == 0:
        return _one(array, _Kth)
    order = _order("kthvalue", array, axis, False)
    return _ranked(array, order, axis, k - 1, keepdim, _Kth)


def _middle(name: str, kind: Any, ignore_nan: bool) -> tuple[Any, Any]:
    """`median` or `nanmedian`: the lower of two middles; nan wins unless it is ignored."""

    @op(name=f"_{name}_along", face=False, method=False, out=True,
        node=f"{name.capitalize()}Backward1", input=_to_rank)
    def along(input: Tensor, dim: int, keepdim: bool = False) -> Any:
        array = input._array
        axis = one_dim(dim, array.ndim)
        _need_row(name, array, axis)
        if array.ndim == 0:
            return _one(array, kind)
        order = _order(name, array, axis, False)
        undefined = (array != array).sum(axis, keepdims=True)
        count = array.shape[axis]
        rank = (count - 1) // 2 + 0 * undefined
        if ignore_nan:
            rank = np.maximum(count - undefined - 1, 0) // 2
        else:
            rank = np.where(undefined > 0, count - undefined, rank)
        return _ranked(array, order, axis, rank, keepdim, kind)

    def over_all(input: Tensor) -> Tensor:
        if not input._array.size:
            if input.dtype.category < dtypes.FLOATING:
                return input.new_full((), dtypes.iinfo(input.dtype).min)
            return input.sum() * float("nan")
        return along(input.reshape(-1), 0)[0]

    return over_all, along


def _publish_middle(name: str, kind: Any, ignore_nan: bool) -> None:
    over_all, along = _middle(name, kind, ignore_nan)

    def function(
        input: Tensor, dim: Any = None, keepdim: bool = False, *, out: Any = None
    ) -> Any:
        return over_all(input) if dim is None else along(input, dim, keepdim, out=out)

    nan = "nan is left out" if ignore_nan else "nan if there is one"
    function.__doc__ = f"The middle element (the lower of two; {nan}); with `dim`, and where."
    composite(name=name)(function)


_publish_middle("median", _Median, False)
_publish_middle("nanmedian", _NanMedian, True)


@op(out=True, input=_to_rank)
def mode(input: Tensor, dim: int = -1, keepdim: bool = False) -> Any:
    """The commonest element along `dim` (the smallest of several), and where it last was."""
    array = input._array
    axis = one_dim(dim, array.ndim)
    _need_row("mode", array, axis)
    if array.ndim == 0:
        return _one(array, _Mode)
    need_ordered("mode", array)
    rows = np.moveaxis(array, axis, -1)
    values = np.empty(rows.shape[:-1], array.dtype)
    where = np.empty(rows.shape[:-1], np.int64)
    for at in np.ndindex(rows.shape[:-1]):
        seen, counts = np.unique(rows[at], return_counts=True)
        values[at] = seen[np.argmax(counts)]
        where[at] = np.flatnonzero(rows[at] == values[at])[-1]
    if keepdim:
        values, where = np.expand_dims(values, axis), np.expand_dims(where, axis)
    return _Mode._make((values, where))


def _quantile(
    name: str, input: Tensor, q: Any, dim: Any, keepdim: bool, interpolation: str
) -> Tensor:
    """Between the two elements whose ranks are next to q (n - 1)."""
    from rushlight.ops.construct import tensor

    levels = q if isinstance(q, Tensor) else tensor(float(q), dtype=input.dtype)
    if levels.dtype is not input.dtype or input.dtype not in (dtypes.float32, dtypes.float64):
        raise RuntimeError(f"{name}(): input and q must be float32 both, or float64 both")
    if levels.ndim > 1 or not bool(((levels._array >= 0) & (levels._array <= 1)).all()):
        raise RuntimeError(f"{name}(): q must be numbers between 0 and 1, at most 1-d")
    if interpolation not in ("linear", "lower", "higher", "midpoint", "nearest"):
        raise RuntimeError(f"{name}(): no interpolation called {interpolation!r}")
    flat = input.reshape(-1) if dim is None else input
    axis = one_dim(0 if dim is None else dim, flat.ndim)
    if not flat._array.size:
        raise RuntimeError(f"{name}(): the input has no elements")
    ordered = sort(flat, axis)[0].movedim(axis, -1) if flat.ndim else flat.reshape(1)
    ranks = _ranks(ordered, levels.reshape(-1), name.startswith("nan"))
    result = _between(ordered, ranks, interpolation)
    result = result.movedim(-1, 0) if levels.ndim else result.squeeze(-1)
    if keepdim and dim is None:
        result = result.reshape(*levels.shape, *[1] * input.ndim)
    elif keepdim and input.ndim:
        result = result.unsqueeze(axis + levels.ndim)
    return result


def _ranks(ordered: Any, levels: Any, ignore_nan: bool) -> Any:
    """The rank of each level in each row; the last, which is nan, where a nan is not ignored."""
    undefined = ordered.isnan().sum(-1, True)
    last = ordered.shape[-1] - 1
    if ignore_nan:
        return (last - undefined).clamp_min(0).to(levels.dtype) * levels
    return (levels * last).where(undefined == 0, last)


def _between(ordered: Any, ranks: Any, interpolation: str) -> Any:
    """The elements of the ranks, between two where a rank is no whole number."""
    if interpolation == "nearest":
        ranks = ranks.round()
    below, above = ranks.detach().floor(), ranks.detach().ceil()
    low, high = (ordered.gather(-1, each.long()) for each in (below, above))
    if interpolation == "lower":
        return low
    if interpolation == "higher":
        return high
    return low.lerp(high, 0.5 if interpolation == "midpoint" else ranks - below)


@composite(out=True)
def quantile(
    input: Tensor, q: Any, dim: Any = None, keepdim: bool = False, *,
    interpolation: str = "linear",
) -> Tensor:
    """The value below which a share `q` of the elements lies; nan if there is one."""
    return _quantile("quantile", input, q, dim, keepdim, interpolation)


@composite(out=True)
def nanquantile(
    input: Tensor, q: Any, dim: Any = None, keepdim: bool = False, *,
    interpolation: str = "linear",
) -> Tensor:
    """`quantile` with nan left out."""
    return _quantile("nanquantile", input, q, dim, keepdim, interpolation)
