"""Ops that take a vector of positions along one dim, and `take` and `put`, along all of them.

`index_select` reads whole slices; `index_add`, `index_copy`, `index_fill` and `index_reduce` write
them. Reading and writing are each other's derivatives. Next: `gather.py`, where each element has a
place of its own, and `getitem.py`, for `x[...]`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.engine import scatter as engine
from rushlight.engine.deferred import LEAST, computed
from rushlight.engine.movers import copied, is_large
from rushlight.ops.arguments import need_tensor, one_dim, widened
from rushlight.ops.assign import converted, number_for
from rushlight.ops.gather import (
    Reduction,
    check_reduction,
    gather,
    in_range,
    index_array,
    reduced,
)
from rushlight.ops.getitem import contiguous
from rushlight.ops.op import composite, conjugate, op
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Array, Tensor, wrap

_LONG = (8,)  # bytes of the integers that may be an index


# --- the arguments

def _positions(
    name: str, input: Tensor, dim: Any, index: Any, *, error: type[Exception] = IndexError,
    negative: bool = False, sizes: tuple[int, ...] = (8, 4),
) -> tuple[Array, int]:
    """The index as a vector of positions, checked, and the dim as a non-negative int."""
    array = input._array
    positions, dim = _vector(name, array, dim, index, sizes)
    in_range(name, positions, dim, array.shape[dim] if array.ndim else 1, error, negative)
    return positions, dim


def _vector(
    name: str, array: Array, dim: Any, index: Any, sizes: tuple[int, ...] = (8, 4)
) -> tuple[Array, int]:
    """The same, but for where the positions point."""
    dim = one_dim(dim, array.ndim)
    positions = index_array(name, index, sizes)
    if positions.ndim > 1:
        raise IndexError(
            f"{name}(): index must have 1 dim, not {positions.ndim} (shape {list(index.shape)})")
    return positions.reshape(-1), dim


def _at(dim: int, positions: Array) -> tuple[Any, ...]:
    return (slice(None),) * dim + (positions,)


def _own(array: Array) -> Array:
    """A contiguous copy to write into, with at least one dim."""
    array = computed(array)
    if is_large(array):
        return copied(array, "C")
    return np.array(array, order="C", subok=False, ndmin=1)


def _with_dims(array: Array) -> Array:
    """The same contiguous memory with at least one dim."""
    return array if array.ndim else array.reshape(1)


def _slices(
    name: str, input: Tensor, dim: int, count: int, source: Any, error: type[Exception]
) -> Array:
    """The source's array, one slice for each position; RuntimeError for other shapes and dtypes."""
    array, target = need_tensor(name, "source", source)._array, input._array
    if array.dtype != target.dtype:
        raise RuntimeError(
            f"{name}(): source is {source.dtype}, the tensor is {input.dtype}: convert one of them")
    given, shape = array.shape or (1,), target.shape or (1,)
    if array.ndim != target.ndim and (array.ndim or error is RuntimeError):
        raise error(
            f"{name}(): source has {array.ndim} dims, the tensor {target.ndim}: they must have as "
            "many")
    if len(given) > dim and given[dim] != count:
        raise error(
            f"{name}(): index names {count} slices, source has {given[dim]} along dim {dim}")
    if given[:dim] != shape[:dim] or given[dim + 1 :] != shape[dim + 1 :]:
        raise RuntimeError(
            f"{name}(): source of shape {list(given)} and the tensor of shape {list(shape)} must "
            f"agree in every dim but {dim}")
    return array.reshape(given)


def _zeros(grad: Tensor, shape: tuple[int, ...]) -> Any:
    return wrap(np.zeros(shape, grad._array.dtype))


def _selected(grad: Tensor, dim: int, index: Tensor, shape: tuple[int, ...]) -> Any:
    return index_select(grad, dim, index).reshape(shape)


# --- reading

@op(out=True, input=lambda grad, dim, index, input_shape: _zeros(grad, input_shape).index_add(
    dim, index, grad))
def index_select(input: Tensor, dim: int, index: Tensor) -> Any:
    """The slices of `input` along `dim` that `index` names, in that order.

    Raises IndexError for positions out of range (negative ones included).
    Source: https://pytorch.org/docs/stable/generated/torch.index_select.html
    """
    array = input._array
    positions, dim = _vector("index_select", array, dim, index)
    if array.size + positions.size >= LEAST:
        array = computed(array)
        found = engine.slices(array, dim, positions, False)
        if found is not None:
            return found
    in_range("index_select", positions, dim, array.shape[dim] if array.ndim else 1, IndexError)
    if not array.ndim:
        if positions.size != 1:
            raise RuntimeError("index_select(): a tensor without dims has one slice, name it once")
        return array.copy()
    if array.flags.c_contiguous:
        return array.take(positions, dim)
    return contiguous(array[_at(dim, positions)])


# --- writing

def _add_slices(
    array: Array | None, input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1
) -> Array:
    positions, dim = _positions("index_add", input, dim, index, error=RuntimeError)
    slices = _slices("index_add", input, dim, positions.size, source, RuntimeError)
    slices = widened(slices)
    if alpha != 1:
        slices = slices * np.asarray(number_for(alpha, slices.dtype), slices.dtype)
    result = _own(widened(input._array)) if array is None else _with_dims(array)
    engine.add_at(result, _at(dim, positions), computed(slices))
    return result.astype(input._array.dtype, copy=False).reshape(input._array.shape)


@op(out=True, inplace=_add_slices, input=1, source=lambda grad, dim, index, alpha, source_shape:
    _selected(grad, dim, index, source_shape) * conjugate(alpha))
def index_add(
    input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1
) -> Any:
    """A copy of `input` with `alpha` times each slice of `source` added where `index` says.

    Source: https://pytorch.org/docs/stable/generated/torch.Tensor.index_add_.html
    """
    return _add_slices(None, input, dim, index, source, alpha=alpha)


def _put_slices(
    array: Array | None, input: Tensor, dim: int, index: Tensor, source: Tensor
) -> Array:
    positions, dim = _positions("index_copy", input, dim, index, sizes=_LONG)
    slices = _slices("index_copy", input, dim, positions.size, source, IndexError)
    result = _own(input._array) if array is None else _with_dims(array)
    engine.put_at(result, _at(dim, positions), computed(slices))
    return result.reshape(input._array.shape)


@op(out=True, inplace=_put_slices,
    input=lambda grad, dim, index: grad.index_fill(dim, index, 0),
    source=lambda grad, dim, index, source_shape: _selected(grad, dim, index, source_shape))
def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Any:
    """A copy of `input` with the slices of `source` where `index` says.

    Source: https://pytorch.org/docs/stable/generated/torch.Tensor.index_copy_.html
    """
    return _put_slices(None, input, dim, index, source)


def _fill_name(bound: dict[str, Any]) -> str:
    return f"IndexFillBackward{int(isinstance(bound['value'], Tensor))}"


def _fill_slices(
    target: Array | None, input: Tensor, dim: int, index: Tensor, value: Any
) -> Array:
    array = need_tensor("index_fill", "index", index)._array
    if array.dtype != np.int64:
        raise IndexError(f"index_fill(): index must be int64, not {index.dtype}")
    if array.ndim > 1:
        raise RuntimeError(f"index_fill(): index must have 1 dim, not {array.ndim}")
    positions, dim = _positions("index_fill", input, dim, index, negative=True)
    result = _own(input._array) if target is None else _with_dims(target)
    result[_at(dim, positions)] = _value("index_fill", value, result.dtype)
    return result.reshape(input._array.shape)


@op(inplace=_fill_slices, node=_fill_name,
    input=lambda grad, dim, index: grad.index_fill(dim, index, 0),
    value=lambda grad, dim, index: index_select(grad, dim, _once(index, grad, dim)).sum())
def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> Any:
    """A copy of `input` with `value` (a number, or a tensor without dims) in the named slices.

    Source: https://pytorch.org/docs/stable/generated/torch.Tensor.index_fill_.html
    """
    return _fill_slices(None, input, dim, index, value)


def _once(index: Tensor, grad: Tensor, dim: int) -> Tensor:
    """Each position that the index names, once and counted from the front."""
    size = grad._array.shape[dim] if grad._array.ndim else 1
    return wrap(np.unique(index._array % size))


def _value(name: str, value: Any, dtype: Any) -> Any:
    """A number, or the number in a tensor without dims, as one of the dtype."""
    if not isinstance(value, Tensor):
        return number_for(value, dtype)
    if value._array.ndim:
        raise RuntimeError(
            f"{name}(): value must be a number or a tensor without dims, not one of shape "
            f"{list(value.shape)}")
    if value._array.dtype.kind == "c" and dtype.kind != "c":
        raise RuntimeError(f"{name}(): a complex value does not fit into {dtypes.of(dtype)}")
    return converted(value._array, dtype)


def _as_scatter(
    grad: Any, input: Any, dim: int, index: Any, source: Any, reduce: str, include_self: bool,
    out: Any,
) -> Reduction:
    """The same reduction with an index for each element, whose derivatives are known."""
    dim = one_dim(dim, input._array.ndim)
    shape = source._array.shape
    column = index._array.reshape((-1,) + (1,) * max(len(shape) - dim - 1, 0))
    spread = wrap(np.broadcast_to(column if shape else column.reshape(()), shape))
    return Reduction(grad, input, dim, spread, source, reduce, include_self, out)


@op(inplace=True, out=True,
    input=lambda grad, input, dim, index, source, reduce, include_self, out: _as_scatter(
        grad, input, dim, index, source, reduce, include_self, out).to_input(),
    source=lambda grad, input, dim, index, source, reduce, include_self, out: _as_scatter(
        grad, input, dim, index, source, reduce, include_self, out).to_src())
def index_reduce(
    input: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, *,
    include_self: bool = True,
) -> Any:
    """A copy of `input` with the slices of `source` reduced into those that `index` names.

    reduce: "prod", "mean", "amax" or "amin"; without `include_self` the named slices of `input`
    do not take part.
    Source: https://pytorch.org/docs/stable/generated/torch.Tensor.index_reduce_.html
    """
    check_reduction("index_reduce", reduce, ("prod", "mean", "amax", "amin"), input._array)
    positions, dim = _positions("index_reduce", input, dim, index)
    slices = _slices("index_reduce", input, dim, positions.size, source, RuntimeError)
    shape = input._array.shape
    at = engine.positions(shape or (1,), _at(dim, positions))
    return reduced(input._array, at, slices, reduce, include_self)


# --- along all dims

@op(out=True, input=lambda grad, index, input_shape: _zeros(grad, input_shape).put(
    index, grad, True))
def take(input: Tensor, index: Tensor) -> Any:
    """The elements at `index`, counted through `input` in row-major order; of the index's shape.

    Source: https://pytorch.org/docs/stable/generated/torch.take.html
    """
    array, positions = input._array, index_array("take", index, _LONG)
    if positions.size and not array.size:
        raise IndexError("take(): there is nothing to take from an empty tensor")
    flat = computed(array).reshape(-1)
    found = engine.slices(flat, 0, positions, True) if positions.size >= LEAST else None
    return np.asarray(flat.take(positions)) if found is None else found


def _put(
    target: Array | None, input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False
) -> Array:
    array, positions = input._array, index_array("put", index, _LONG)
    values = need_tensor("put", "source", source)._array
    if values.dtype != array.dtype:
        raise RuntimeError(
            f"put(): source is {source.dtype}, the tensor is {input.dtype}: convert one of them")
    if values.size != positions.size:
        raise IndexError(
            f"put(): index names {positions.size} elements, source has {values.size}")
    size = array.size
    in_range("put", positions, 0, size, IndexError, negative=True)
    result = _own(array) if target is None else target
    write = engine.add_at if accumulate else engine.put_at
    write(result.reshape(-1), (positions.reshape(-1),), computed(values.reshape(-1)))
    return result.reshape(array.shape)


@op(inplace=_put, input=lambda grad, index, accumulate: grad if accumulate else grad.put(
    index, _zeros(grad, index._array.shape)),
    source=lambda grad, index, source_shape: take(grad, index).reshape(source_shape))
def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Any:
    """A copy of `input` with the elements of `source` at `index`, counted in row-major order.

    accumulate: add them, as often as a position appears, instead.
    Source: https://pytorch.org/docs/stable/generated/torch.Tensor.put_.html
    """
    return _put(None, input, index, source, accumulate)


@composite(out=True)
def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """The elements that `indices` names along `dim`; other dims broadcast.

    Without `dim`, positions in the flattened input.
    Source: https://pytorch.org/docs/stable/generated/torch.take_along_dim.html
    """
    at = index_array("take_along_dim", indices, _LONG)
    if dim is None:
        return gather(input.reshape(-1), 0, wrap(at.reshape(-1)))
    shape = input._array.shape
    if at.ndim != len(shape):
        raise RuntimeError(
            f"take_along_dim(): indices has {at.ndim} dims, input {len(shape)}: they must have as "
            "many")
    dim = one_dim(dim, len(shape))
    others = [(1 if each == dim else a, 1 if each == dim else b)
              for each, (a, b) in enumerate(zip(shape, at.shape, strict=True))]
    try:
        common = np.broadcast_shapes(*zip(*others, strict=True)) if others else ()
    except ValueError:
        raise RuntimeError(
            f"take_along_dim(): input of shape {list(shape)} and indices of shape "
            f"{list(at.shape)} must broadcast in every dim but {dim}") from None
    size = shape[dim] if shape else 1
    in_range("take_along_dim", at, dim, size, RuntimeError, negative=True)
    wrapped = np.where(at < 0, at + size, at)
    full = [tuple(size if each == dim else common[each] for each, size in enumerate(sizes))
            for sizes in (shape, at.shape)]
    return gather(input.expand(full[0]), dim, wrap(np.broadcast_to(wrapped, full[1])))
