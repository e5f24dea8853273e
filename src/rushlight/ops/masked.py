"""Ops that take a mask: `masked_fill`, `masked_select`, `masked_scatter`; and `nonzero`.

A mask is a bool tensor. Mask and input broadcast together, so a result may be larger than the
input; the in-place forms refuse that.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from rushlight.engine import deferred, scatter
from rushlight.engine.deferred import computed
from rushlight.engine.movers import copied, is_large
from rushlight.ops.arguments import need_tensor
from rushlight.ops.assign import converted, number_for
from rushlight.ops.op import composite, op
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Array, Tensor, wrap


def _together(name: str, input: Tensor, mask: Any) -> tuple[Array, Array]:
    """The arrays of input and mask, broadcast to one shape."""
    array, where = input._array, need_tensor(name, "mask", mask)._array
    if where.dtype != np.bool_:
        raise RuntimeError(f"{name}(): mask must be bool, not {dtypes.of(where.dtype)}: write a "
                           "comparison, or convert it with .bool()")
    if array.shape == where.shape:
        return array, where
    try:
        shape = np.broadcast_shapes(array.shape, where.shape)
    except ValueError:
        raise RuntimeError(
            f"{name}(): input of shape {list(array.shape)} does not broadcast with a mask of shape "
            f"{list(where.shape)}") from None
    return np.broadcast_to(array, shape), np.broadcast_to(where, shape)


# --- masked_fill

def _fill_name(bound: dict[str, Any]) -> str:
    return f"MaskedFillBackward{int(isinstance(bound['value'], Tensor))}"


@op(inplace=True, node=_fill_name, input=lambda grad, mask: grad.masked_fill(mask, 0),
    value=lambda grad, mask: grad.masked_fill(wrap(~mask._array), 0).sum())
def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Any:
    """A copy of `input` with `value`, a number or a tensor without dims, where `mask` is True.

    Source: https://pytorch.org/docs/stable/generated/torch.Tensor.masked_fill_.html
    """
    array, where = _together("masked_fill", input, mask)
    filling = _filling(value, array.dtype)
    filled = scatter.replaced(array, where, filling)
    if filled is not None:
        return filled
    result = np.array(array, subok=False)
    np.copyto(result, filling, where=where)
    return result


def _filling(value: Any, dtype: Any) -> Any:
    if not isinstance(value, Tensor):
        return number_for(value, dtype)
    if value._array.ndim:
        raise RuntimeError(
            f"masked_fill(): value must be a number or a tensor without dims, not one of shape "
            f"{list(value.shape)}: use torch.where()")
    if value._array.dtype.kind == "c" and dtype.kind != "c":
        raise RuntimeError(f"masked_fill(): a complex value does not fit into {dtypes.of(dtype)}")
    return converted(value._array, dtype)


# --- masked_select and masked_scatter

@op(out=True, input=lambda grad, input_shape, mask: _spread(grad, input_shape, mask))
def masked_select(input: Tensor, mask: Tensor) -> Any:
    """The elements where `mask` is True, in row-major order, as a vector.

    Source: https://pytorch.org/docs/stable/generated/torch.masked_select.html
    """
    array, where = _together("masked_select", input, mask)
    return scatter.under(array, where) if array.ndim else array.reshape(1)[where.reshape(1)]


def _spread(grad: Tensor, shape: tuple[int, ...], mask: Tensor) -> Tensor:
    """Zeros of the shape that was selected from, with `grad` where the mask is True."""
    common = np.broadcast_shapes(shape, mask._array.shape)
    return masked_scatter(wrap(np.zeros(common, grad._array.dtype)), mask, grad)


def _selected(grad: Tensor, mask: Tensor, shape: tuple[int, ...]) -> Tensor:
    """What masked_scatter's source gets back: zeros for the elements that were not used."""
    used = masked_select(grad, mask)
    size = int(np.prod(shape))
    first = wrap(np.arange(size) < used._array.size)
    return masked_scatter(wrap(np.zeros(size, grad._array.dtype)), first, used).reshape(shape)


@op(inplace=True, input=lambda grad, mask: grad.masked_fill(mask, 0),
    source=lambda grad, mask, source_shape: _selected(grad, mask, source_shape))
def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Any:
    """A copy of `input` with the elements of `source`, one after another, where `mask` is True.

    Raises RuntimeError if `source` has too few elements or another dtype.
    Source: https://pytorch.org/docs/stable/generated/torch.Tensor.masked_scatter_.html
    """
    array, where = _together("masked_scatter", input, mask)
    values = need_tensor("masked_scatter", "source", source)._array
    if values.dtype != array.dtype:
        raise RuntimeError(f"masked_scatter(): source is {source.dtype}, the tensor {input.dtype}: "
                           "convert one of them")
    count = int(np.count_nonzero(where))
    if values.size < count:
        raise RuntimeError(
            f"masked_scatter(): the mask names {count} elements, source has {values.size}")
    result = np.array(array, subok=False)
    result[where] = values.reshape(-1)[:count]
    return result


# --- nonzero

@composite(out=True, looks=True)
def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """The indices of the elements that are not zero: one row for each, or a tuple of vectors.

    Source: https://pytorch.org/docs/stable/generated/torch.nonzero.html
    """
    array = input._array
    if not as_tuple:
        return wrap(_rows(array))
    return tuple(map(wrap, (array if array.ndim else array.reshape(1)).nonzero()))


_MOST_DIMS = 16  # that the kernel writes numbers for


@cache
def _kernels() -> Any:
    from rushlight.engine import masks  # which LLVM makes

    return masks


def _rows(array: Array) -> Array:
    if array.ndim == 0:
        return np.zeros((int(array != 0), 0), np.int64)
    array = computed(array)
    if is_large(array) and 1 < array.ndim <= _MOST_DIMS:
        mask = np.asarray(computed(deferred.of(array) != 0))
        return _kernels().nonzero(copied(mask, "C") if not mask.flags.c_contiguous else mask)
    found = array.nonzero()
    rows = np.empty((found[0].size, array.ndim), np.int64)
    for dim, each in enumerate(found):
        rows[:, dim] = each
    return rows


@composite(looks=True)
def argwhere(input: Tensor) -> Tensor:
    """The indices of the elements that are not zero, one row for each."""
    return wrap(_rows(input._array))


@composite(out=True)
def nonzero_static(input: Tensor, *, size: int, fill_value: int = -1) -> Tensor:
    """The first `size` rows of `nonzero`, with rows of `fill_value` where there are fewer."""
    if size < 0:
        raise RuntimeError(f"nonzero_static(): size must not be negative, not {size}")
    rows = _rows(input._array)[:size]
    result = np.full((size, rows.shape[1]), fill_value, np.int64)
    result[: len(rows)] = rows
    return wrap(result)
