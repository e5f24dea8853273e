"""Reductions that add, multiply or count: `sum`, `mean`, `prod`, `all`, `any` and their kin.

`reduced` turns PyTorch's `dim` into NumPy's axes, `total` adds up without losing digits, and `spread`
takes the gradient of a reduction back over the elements it came from. Next: `spread.py` (variance),
`norm.py`, `extremes.py` (what also gives indices), `scan.py` (running reductions).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from rushlight.autograd.modes import modes
from rushlight.autograd.node import next_order
from rushlight.ops.arguments import Dims, size_of, some_dims, widened
from rushlight.ops.op import composite, op, publish
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Array, Tensor, wrap

_blank = object.__new__
_ndarray = np.ndarray
_BLOCK = 128  # as many terms are added one after the other, before their sums are

# --- what every reduction shares


def reduced(dim: Any, ndim: int) -> tuple[int, ...]:
    """The axes that `dim` names: all for None and for (), none of a 0-d tensor."""
    if dim is None or (type(dim) in (tuple, list) and not dim):
        return tuple(range(ndim))
    axes = some_dims(dim, ndim)
    return axes if ndim else ()


def spread(grad: Tensor, shape: tuple[int, ...], dim: Any, keepdim: bool) -> Tensor:
    """The gradient of a reduction, repeated over the elements that were reduced."""
    return restored(grad, len(shape), dim, keepdim).expand(shape)  # type: ignore[attr-defined]


def restored(reduced_: Tensor, ndim: int, dim: Any, keepdim: bool) -> Tensor:
    """A reduced tensor with the reduced dims back, of size 1, so that it broadcasts."""
    if keepdim or dim is None or ndim == 0:
        return reduced_
    for axis in sorted(reduced(dim, ndim)):
        reduced_ = reduced_.unsqueeze(axis)  # type: ignore[attr-defined]
    return reduced_


def count(shape: tuple[int, ...], dim: Any) -> int:
    """How many elements each result of the reduction is made of."""
    return math.prod([shape[each] for each in reduced(dim, len(shape))])


def total(array: Array, axes: tuple[int, ...], keepdim: bool, dtype: Any = None) -> Array:
    """The sum along `axes`.

    NumPy adds up pairwise only along the axis that is densest in memory and one by one along others,
    where the rounding errors of many float terms pile up. There it is done in blocks, and their sums
    are added the same way.
    """
    if array.size > _BLOCK * _BLOCK and array.dtype.kind in "fc" and not array.flags.c_contiguous:
        array = np.ascontiguousarray(array) if len(axes) == array.ndim else array
    long = [each for each in axes if array.shape[each] > 2 * _BLOCK and each != array.ndim - 1]
    if long and array.dtype.kind in "fc" and array.size > _BLOCK * _BLOCK:
        array = _in_blocks(array, long[0], dtype)
        return total(array, axes, keepdim, dtype)
    return np.add.reduce(array, axis=axes, dtype=dtype, keepdims=keepdim, out=...)


def _in_blocks(array: Array, axis: int, dtype: Any) -> Array:
    """The array with each `_BLOCK` elements along `axis` added up."""
    shape = array.shape
    blocks = shape[axis] // _BLOCK
    whole = array[(slice(None),) * axis + (slice(0, blocks * _BLOCK),)]
    split = whole.reshape((*shape[:axis], blocks, _BLOCK, *shape[axis + 1 :]))
    sums = np.add.reduce(split, axis=axis + 1, dtype=dtype)
    rest = array[(slice(None),) * axis + (slice(blocks * _BLOCK, None),)]
    return np.concatenate((sums, rest.astype(sums.dtype, copy=False)), axis)


def full_form(general: Any, compute: Callable[[Array], Array]) -> Callable[..., Any]:
    """Publish a reduction with a short way for `f(input)` on float32 and float64.

    `compute` reduces all elements to a 0-d array. The row of `general`, which has the parameters
    (input, dim, keepdim) and a derivative that saves (input_shape, dim, keepdim), does the rest.
    """
    row = general.row
    node_class = row.node_class(row.defaults)

    def function(*args: Any, **kwargs: Any) -> Any:
        if kwargs or len(args) != 1:
            return general(*args, **kwargs)
        input = args[0]
        array = input._array if type(input) is Tensor else None
        if type(array) is not _ndarray or array.dtype.char not in "fd":
            return general(input)
        result = _blank(Tensor)
        result._array = compute(array)
        result._node = result._storage = result._base = result._grad = None
        edge = input._node
        if edge is not None and modes.grad:
            node = _blank(node_class)
            node.edges = (edge,)
            node.order = next_order()
            node.watch = node.targets = node.versions = None
            node.saved = (array.shape, None, False)
            node.outputs = 1
            result._node = node
        return result

    function.row = row  # type: ignore[attr-defined]
    function.__wrapped__ = row.forward  # type: ignore[attr-defined]
    publish(function, row.name, doc=general.__doc__)
    return function


def _numbered(name: str) -> Callable[[dict[str, Any]], str]:
    """PyTorch numbers the forms of a reduction: 0 over all elements, 1 along dims."""
    return lambda bound: f"{name}Backward{int(bound['dim'] is not None or bound['keepdim'])}"


def cast_first(array: Array, dtype: Any) -> Array:
    """The elements as `dtype`, where one is given."""
    return array if dtype is None else array.astype(dtypes.as_dtype(dtype).numpy, copy=False)


# --- sums and means


@op(name="sum", out=True, node=_numbered("Sum"), input=lambda grad, input_shape, dim, keepdim:
    spread(grad, input_shape, dim, keepdim))
def _sum(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The sum of all elements, or along `dim` (an int or several).

    keepdim: leave the summed dims with size 1. dtype: convert the elements first; integers and bool
    are summed as int64.
    Source: https://pytorch.org/docs/stable/generated/torch.sum.html
    """
    array = cast_first(input._array, dtype)
    axes = reduced(dim, array.ndim)
    if dtype is None and array.dtype.kind in "iub":
        return total(array, axes, keepdim, np.int64)
    return total(widened(array), axes, keepdim).astype(array.dtype, copy=False)


def _all_added(array: Array) -> Array:
    if array.size > _BLOCK * _BLOCK:
        return total(array, tuple(range(array.ndim)), False)
    return np.add.reduce(array, axis=None, out=...)


sum = full_form(_sum, _all_added)


@op(name="sum_to_size", face=False, method=False, node="SumBackward1",
    input=lambda grad, input_shape: grad.expand(input_shape))
def _sum_to_size(input: Tensor, size: tuple[int, ...]) -> Any:
    array = input._array
    new = array.ndim - len(size)
    kept = array.shape[max(new, 0):]
    if new < 0 or any(want not in (1, have) for want, have in zip(size, kept, strict=True)):
        raise RuntimeError(
            f"sum_to_size(): a tensor of shape {list(array.shape)} can't be summed to "
            f"{list(size)}: counted from the last dim, each size must be the same or 1")
    axes = [i for i in range(array.ndim) if i < new or size[i - new] != array.shape[i]]
    dtype = np.int64 if array.dtype.kind in "iub" else None
    summed = total(widened(array), tuple(axes), False, dtype).reshape(size)
    return summed if dtype else summed.astype(array.dtype, copy=False)


@composite(face=False)
def sum_to_size(self: Tensor, *size: Any) -> Tensor:
    """The sum over the dims that broadcasting `size` to this shape would repeat.

    Source: https://pytorch.org/docs/stable/generated/torch.Tensor.sum_to_size.html
    """
    wanted = size_of(size)
    return self if self._array.shape == wanted else _sum_to_size(self, wanted)  # type: ignore[no-any-return]
