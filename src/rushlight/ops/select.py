"""One element of an order: `median`, `nanmedian`, `kthvalue`, `mode`, `quantile`, `nanquantile`.

A median of an even number is the lower of the two in the middle. Unless the name begins with `nan`,
a nan anywhere is the result. See `sort.py` for the order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rushlight.ops.arguments import one_dim, widened
from rushlight.ops.extremes import need_elements, need_ordered, sent_back, shared
from rushlight.ops.op import composite, op, publish
from rushlight.ops.returns import results
from rushlight.ops.sort import order, sort, whole_number
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Array, Tensor, wrap


def _picked(fields: Any, array: Array, indices: Array, axis: int, keepdim: bool) -> Any:
    """(values, indices) for one index along `axis`, which `indices` still has with size 1."""
    line = array if array.ndim else array.reshape(1)
    values = np.take_along_axis(line, indices, axis)
    shape = list(array.shape)
    if shape:
        shape[axis : axis + 1] = [1] if keepdim else []
    return fields._make((values.reshape(shape), indices.reshape(shape)))


def _nth(line: Array, n: int, axis: int) -> Array:
    """The index of the n-th smallest element along `axis`."""
    at = (slice(None),) * axis + (slice(n, n + 1),)
    if line.shape[axis] < 256:
        return order(line, axis)[at]
    return np.argpartition(widened(line), n, axis)[at]


def _index_back(grad: Any, input_shape: Any, dim: int, keepdim: bool, out: Any) -> Tensor:
    return sent_back(grad, dim, keepdim, out[1], input_shape)


# --- medians


def _middle(line: Array, axis: int) -> Array:
    """The index of the median along `axis`, or that of the first nan."""
    missing = line != line
    middle = _nth(line, (line.shape[axis] - 1) // 2, axis)
    if not missing.any():
        return middle
    return np.where(missing.any(axis, keepdims=True), missing.argmax(axis, keepdims=True), middle)


def _middle_number(line: Array, axis: int) -> Array:
    """The index of the median along `axis` of what is not nan."""
    numbers = np.count_nonzero(line == line, axis, keepdims=True)
    return np.take_along_axis(order(line, axis), np.maximum(numbers - 1, 0) // 2, axis)


def _median(name: str, middle: Callable[[Array, int], Array], doc: str) -> Any:
    """Publish one of the medians: of all elements, or along a dim with indices."""
    fields = results(name, "values", "indices")

    @op(name=name, method=False, face=False, out=True,
        input=lambda grad, input, out: shared(grad, input, out, None, False))
    def over_all(input: Tensor) -> Any:
        need_ordered(name, input._array, "iufV")
        line = input._array.reshape(-1)
        if line.size == 0:
            nothing = np.iinfo(line.dtype).min if line.dtype.kind in "iu" else np.nan
            return np.asarray(nothing).astype(line.dtype)
        return line[middle(line, 0)].reshape(())

    @op(name=name, method=False, face=False, out=True, node=f"{name.capitalize()}Backward1",
        input=_index_back)
    def along(input: Tensor, dim: int, keepdim: bool = False) -> Any:
        array = input._array
        need_ordered(name, array, "iufV")
        axis = one_dim(dim, array.ndim)
        need_elements(name, array, axis)
        indices = middle(array if array.ndim else array.reshape(1), axis)
        return _picked(fields, array, indices, axis, keepdim)

    def function(input: Tensor, *args: Any, **kwargs: Any) -> Any:
        form = along if args or kwargs.keys() - {"out"} else over_all
        return form(input, *args, **kwargs)

    function.row = along.row  # type: ignore[attr-defined]
    publish(function, name, doc=doc)
    return function


median = _median("median", _middle, """\
The median of all elements, or along `dim` with its place: (values, indices).

    median(input)                       a 0-d tensor
    median(input, dim, keepdim=False)   (values, indices)

Of an even number of elements the lower in the middle; nan if there is one.
Source: https://pytorch.org/docs/stable/generated/torch.median.html
""")
nanmedian = _median("nanmedian", _middle_number, """\
The median of what is not nan: see `median`.

Source: https://pytorch.org/docs/stable/generated/torch.nanmedian.html
""")


# --- the k-th, and the commonest

_Kth = results("kthvalue", "values", "indices")


@op(out=True, input=_index_back)
def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """The `k`-th smallest element along `dim`, counted from 1, and its place: (values, indices).

    Source: https://pytorch.org/docs/stable/generated/torch.kthvalue.html
    """
    array = input._array
    need_ordered("kthvalue", array, "iufV")
    axis = one_dim(dim, array.ndim)
    need_elements("kthvalue", array, axis)
    line = array if array.ndim else array.reshape(1)
    if not 1 <= whole_number("kthvalue", "k", k) <= line.shape[axis]:
        raise RuntimeError(
            f"kthvalue(): k is {k}, it must be from 1 to {line.shape[axis]}, the size of dim {dim}")
    return _picked(_Kth, array, _nth(line, k - 1, axis), axis, keepdim)


_Mode = results("mode", "values", "indices")


@op(out=True, input=_index_back)
def mode(input: Tensor, dim: int = -1, keepdim: bool = False) -> Any:
    """The commonest element along `dim`, of equally common ones the smallest: (values, indices).

    Source: https://pytorch.org/docs/stable/generated/torch.mode.html
    """
    array = input._array
    need_ordered("mode", array)
    axis = one_dim(dim, array.ndim)
    need_elements("mode", array, axis)
    line = np.moveaxis(array if array.ndim else array.reshape(1), axis, -1)
    places = order(line, line.ndim - 1)
    sorted_ = np.take_along_axis(line, places, -1)
    here = np.arange(line.shape[-1])
    begins = np.ones(line.shape, bool)
    begins[..., 1:] = sorted_[..., 1:] != sorted_[..., :-1]
    length = here - np.maximum.accumulate(np.where(begins, here, 0), -1)
    last = length.argmax(-1, keepdims=True)  # the last element of the longest run
    indices = np.moveaxis(np.take_along_axis(places, last, -1), -1, axis)
    return _picked(_Mode, array, indices, axis, keepdim)


# --- quantiles

_INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


@composite(out=True, looks=True)
def quantile(
    input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *,
    interpolation: str = "linear",
) -> Tensor:
    """The values below which the parts `q` of the elements lie, of all or along `dim`.

    q: a number from 0 to 1, or a 1-d tensor of them, whose dim comes first in the result.
    interpolation: between two elements, "linear", or "lower", "higher", "midpoint", "nearest".
    Source: https://pytorch.org/docs/stable/generated/torch.quantile.html
    """
    return _quantile("quantile", input, q, dim, keepdim, interpolation, False)


@composite(out=True, looks=True)
def nanquantile(
    input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *,
    interpolation: str = "linear",
) -> Tensor:
    """The quantiles of what is not nan: see `quantile`.

    Source: https://pytorch.org/docs/stable/generated/torch.nanquantile.html
    """
    return _quantile("nanquantile", input, q, dim, keepdim, interpolation, True)


def _quantile(
    name: str, input: Any, q: Any, dim: int | None, keepdim: bool, interpolation: str,
    skip_nan: bool,
) -> Tensor:
    array = input._array
    q = _parts(name, array, q, interpolation)
    axis = None if dim is None else one_dim(dim, array.ndim)
    line = input.reshape(-1) if axis is None or array.ndim == 0 else input.movedim(axis, -1)
    values = sort(line, -1).values
    ranks = _ranks(values._array, q, skip_nan)
    found = _between(values, ranks, interpolation)  # the q's are the last dim
    found = found.movedim(-1, 0) if q._array.ndim else found.squeeze(-1)
    if keepdim and array.ndim:
        rest = [1] * array.ndim if axis is None else [
            1 if i == axis else n for i, n in enumerate(array.shape)]
        found = found.reshape([*q._array.shape, *rest])
    return found


def _parts(name: str, array: Array, q: Any, interpolation: str) -> Any:
    """`q` as a tensor, everything checked."""
    if isinstance(q, (int, float)) and not isinstance(q, bool):
        q = wrap(np.array(q, array.dtype if array.dtype.kind == "f" else np.float32))
    if not isinstance(q, Tensor):
        raise TypeError(f"{name}(): q must be a number or a Tensor, not {type(q).__name__}")
    if array.size == 0:
        raise RuntimeError(f"{name}(): a tensor of shape {list(array.shape)} has no quantiles")
    if array.dtype.char not in "fd":
        raise RuntimeError(f"{name}(): input must be float32 or float64, not "
                           f"{dtypes.of(array.dtype)}")
    if q._array.ndim > 1 or q._array.dtype != array.dtype:
        raise RuntimeError(
            f"{name}(): q must be a number or a 1-d tensor of {dtypes.of(array.dtype)}, not "
            f"{q.dtype} of shape {list(q.shape)}")
    if not ((q._array >= 0) & (q._array <= 1)).all():
        raise RuntimeError(f"{name}(): q must be from 0 to 1")
    if interpolation not in _INTERPOLATIONS:
        raise RuntimeError(f"{name}(): interpolation is one of {', '.join(_INTERPOLATIONS)}, not "
                           f"{interpolation!r}")
    return q


def _ranks(values: Array, q: Any, skip_nan: bool) -> Any:
    """How far into the sorted elements each quantile lies; the q's are the last dim."""
    last = np.count_nonzero(values == values, -1, keepdims=True) - 1
    whole = values.shape[-1] - 1
    ranks = q.reshape(-1) * wrap(np.maximum(last, 0).astype(values.dtype))
    if not skip_nan and (last < whole).any():
        ranks = ranks.masked_fill(wrap(last < whole), whole)  # where the nans are
    return ranks


def _between(values: Any, ranks: Any, interpolation: str) -> Any:
    """The sorted values at fractional ranks."""
    if interpolation in ("lower", "higher", "nearest"):
        to_whole = {"lower": np.floor, "higher": np.ceil, "nearest": np.rint}[interpolation]
        return values.gather(-1, wrap(to_whole(ranks._array).astype(np.int64)))
    below, above = np.floor(ranks._array), np.ceil(ranks._array)
    low = values.gather(-1, wrap(below.astype(np.int64)))
    high = values.gather(-1, wrap(above.astype(np.int64)))
    if interpolation == "midpoint":
        return low.lerp(high, 0.5)
    return low.lerp(high, ranks - wrap(below))
