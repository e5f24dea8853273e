"""Reductions that add, multiply or count: `sum`, `mean`, `prod`, `all`, `any` and their kin.

`reduced` turns PyTorch's `dim` into NumPy's axes, `total` adds up without losing digits, `spread`
takes the gradient of a reduction back over the elements it came from. Next: `moments.py`,
`norms.py`, `extremes.py` (what also gives indices), `scan.py` (running reductions).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from rushlight.autograd.modes import modes
from rushlight.autograd.node import next_order
from rushlight.engine import deferred
from rushlight.engine.deferred import Deferred
from rushlight.ops.arguments import Dims, size_of, some_dims, widened
from rushlight.ops.convert import cast
from rushlight.ops.op import composite, conjugate, op, publish, renamed_keywords
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Array, Tensor, wrap

_blank = object.__new__
_add_up: Any = np.add.reduce
_empty = np.empty
_ndarray = np.ndarray
_FEW = 4096  # elements, which are quickly copied
_BLOCK = 128  # as many terms are added one after the other, before their sums are
_LONG = 2 * _BLOCK

# --- what every reduction shares


def reduced(dim: Any, ndim: int) -> tuple[int, ...]:
    """The axes that `dim` names: all for None and for (), none of a 0-d tensor."""
    if dim is None or (type(dim) in (tuple, list) and not dim):
        return tuple(range(ndim))
    axes = some_dims(dim, ndim)
    return axes if ndim else ()


def spread(grad: Tensor, shape: tuple[int, ...], dim: Any, keepdim: bool) -> Tensor:
    """The gradient of a reduction, repeated over the elements that were reduced."""
    values = grad._array
    if modes.grad or math.prod(shape) > _FEW or type(values) is not _ndarray:
        return restored(grad, len(shape), dim, keepdim).expand(shape)
    if not keepdim and dim is not None:
        axes = reduced(dim, len(shape))
        values = values.reshape([1 if i in axes else n for i, n in enumerate(shape)])
    filled = _empty(shape, values.dtype)  # what so few elements cost is below a view's upkeep
    filled[...] = values
    return wrap(filled)


def restored(reduced_: Tensor, ndim: int, dim: Any, keepdim: bool) -> Tensor:
    """A reduced tensor with the reduced dims back, of size 1, so that it broadcasts."""
    if keepdim or dim is None or ndim == 0:
        return reduced_
    if type(dim) is int:
        return reduced_.unsqueeze(dim)
    for axis in sorted(reduced(dim, ndim)):
        reduced_ = reduced_.unsqueeze(axis)
    return reduced_


def count(shape: tuple[int, ...], dim: Any) -> int:
    """How many elements each result of the reduction is made of."""
    return math.prod([shape[each] for each in reduced(dim, len(shape))])


def total(array: Any, axes: tuple[int, ...], keepdim: bool, dtype: Any = None) -> Array:
    """The sum along `axes`, counted from the front.

    NumPy adds pairwise only along the axis that is densest in memory and one by one along others,
    where the rounding errors of many float terms pile up. There we add in blocks, then their sums.
    """
    if type(array) is Deferred:
        made = deferred.reduce(np.add, array, axes, dtype, keepdim)
        return _add_up(array, axis=axes, dtype=dtype, keepdims=keepdim) if made is None else made
    last = array.ndim - 1
    if array.size <= _LONG or array.dtype.kind not in "fc" or (
        math.prod([array.shape[each] for each in axes if each != last]) <= _LONG
    ):
        return np.add.reduce(array, axis=axes, dtype=dtype, keepdims=keepdim, out=...)
    shape = [1 if i in axes else n for i, n in enumerate(array.shape) if keepdim or i not in axes]
    if array.flags.c_contiguous:
        array, axes = _merged(array, axes)
    for axis in sorted(axes, reverse=True):
        while array.shape[axis] > _LONG and axis != array.ndim - 1:
            array = _in_blocks(array, axis)
        array = np.add.reduce(array, axis=axis, keepdims=True)
    return array.reshape(shape)


def _merged(array: Array, axes: tuple[int, ...]) -> tuple[Array, tuple[int, ...]]:
    """A contiguous array with neighbouring axes that are both reduced made one, and the axes."""
    shape: list[int] = []
    kept: list[int] = []
    for i, n in enumerate(array.shape):
        if i in axes and i - 1 in axes:
            shape[-1] *= n
        else:
            shape.append(n)
            if i in axes:
                kept.append(len(shape) - 1)
    return array.reshape(shape), tuple(kept)


def _in_blocks(array: Array, axis: int) -> Array:
    """The array with each `_BLOCK` elements along `axis` added up."""
    shape = array.shape
    blocks = shape[axis] // _BLOCK
    whole = array[(slice(None),) * axis + (slice(0, blocks * _BLOCK),)]
    split = whole.reshape((*shape[:axis], blocks, _BLOCK, *shape[axis + 1 :]))
    sums = np.add.reduce(split, axis=axis + 1)
    rest = array[(slice(None),) * axis + (slice(blocks * _BLOCK, None),)]
    return np.concatenate((sums, rest), axis)


# A dot product with ones adds up a few numbers in half the time of `np.add.reduce`.
_ONES = {np.dtype(each): [np.ones(n, each) for n in range(_BLOCK)] for each in "fd"}


def _of_large(array: Any, dim: Any, keepdim: Any, average: bool) -> Any:
    """The sum or the mean of a large array, put off; None where that can't be."""
    if array.size < deferred.LEAST or array.dtype.char not in "fd":
        return None
    if type(array) is not np.ndarray or array.size >= deferred.LARGE:
        array = deferred.of(array)
        if type(array) is not Deferred:
            return None
    if average and dim is None and array.size >= deferred.LARGE:
        return deferred.formula(_average, array, shape=())
    made = deferred.reduce(np.add, array, dim, None, keepdim)
    return made / (array.size if dim is None else array.shape[dim]) if average else made


def _average(array: Any) -> Any:
    return np.add.reduce(array, axis=None) / array.size


def short_ways(general: Any, average: bool) -> Callable[..., Any]:
    """Publish `sum` or `mean`, quick for small float32 and float64 and at most one dim.

    The row of `general` does all the rest, and has the derivative: it saves (input_shape, dim,
    keepdim).
    """
    row = general.row
    over_all, along = (row.node_class(row.defaults | {"dim": dim}) for dim in (None, 0))

    def function(input: Tensor, dim: Dims = None, keepdim: bool = False, **options: Any) -> Any:
        array: Any = getattr(input, "_array", None)
        made = None
        try:
            ones = _ONES[array.dtype][array.size]
        except (AttributeError, LookupError):
            ones = None
            if not options and ((dim is None and not keepdim) or (
                type(dim) is int and type(keepdim) is bool
                and -len(array.shape) <= dim < len(array.shape)
            )):
                made = _of_large(array, dim, keepdim, average)
        if made is None and (ones is None or options or type(array) is not _ndarray):
            given = {"dim": dim, "keepdim": keepdim} | renamed_keywords(row.parameters, options)
            return general(input, **given)
        result = _blank(Tensor)
        if made is not None:
            node_class = over_all if dim is None else along
            result._array = made
        elif dim is None and not keepdim:
            node_class = over_all
            if average:
                result._array = np.asarray(array.ravel().dot(ones) / array.size)
            else:
                result._array = summed = _empty((), array.dtype)
                array.ravel().dot(ones, summed)
        elif type(dim) is int and -array.ndim <= dim < array.ndim:
            node_class = along
            result._array = summed = _add_up(array, axis=dim, keepdims=keepdim, out=...)
            if average:
                summed /= array.shape[dim]
        else:
            return general(input, dim, keepdim)
        result._node = result._storage = result._base = result._grad = None
        edge = input._node
        if edge is not None and modes.grad:
            node = _blank(node_class)
            node.edges = (edge,)
            node.order = next_order()
            node.watch = node.targets = node.versions = None
            node.saved = (array.shape, dim, keepdim)
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
    if dtype is None or array.dtype == (chosen := dtypes.as_dtype(dtype)).numpy:
        return array
    return cast(array, chosen)


# --- sums and means


@op(name="sum", out="cast", node=_numbered("Sum"), input=lambda grad, input_shape, dim, keepdim:
    spread(grad, input_shape, dim, keepdim))
def _sum(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The sum of all elements, or along `dim` (an int or several).

    keepdim: leave the summed dims with size 1. dtype: convert the elements first; integers and bool
    are summed as int64.
    Source: https://pytorch.org/docs/stable/generated/torch.sum.html
    """
    array = cast_first(deferred.of(input._array), dtype)
    axes = reduced(dim, array.ndim)
    if dtype is None and array.dtype.kind in "iub":
        return total(array, axes, keepdim, np.int64)
    return total(widened(array), axes, keepdim).astype(array.dtype, copy=False)


sum = short_ways(_sum, average=False)


@op(name="sum_to_size", face=False, method=False, node="SumBackward1",
    input=lambda grad, input_shape: grad.expand(input_shape))
def _sum_to_size(input: Tensor, size: tuple[int, ...]) -> Any:
    return _summed_to(input._array, size)


def _summed_to(array: Array, size: tuple[int, ...]) -> Array:
    new = array.ndim - len(size)
    kept = array.shape[max(new, 0):]
    if new < 0 or (kept != size and any(
        want not in (1, have) for want, have in zip(size, kept, strict=True)
    )):
        raise RuntimeError(
            f"sum_to_size(): a tensor of shape {list(array.shape)} can't be summed to "
            f"{list(size)}: counted from the last dim, each size must be the same or 1")
    axes = list(range(new))
    if kept != size:
        axes += [new + i for i, n in enumerate(size) if n != kept[i]]
    dtype = np.int64 if array.dtype.kind in "iub" else None
    summed = total(widened(array), tuple(axes), False, dtype).reshape(size)
    return summed if dtype else summed.astype(array.dtype, copy=False)


@composite(face=False)
def sum_to_size(self: Tensor, *size: Any) -> Tensor:
    """The sum over the dims that broadcasting `size` to this shape would repeat.

    Source: https://pytorch.org/docs/stable/generated/torch.Tensor.sum_to_size.html
    """
    wanted = size_of(size)
    array = self._array
    if wanted and array.shape == wanted:
        return self
    if modes.grad or type(array) is not _ndarray:
        return _sum_to_size(self, wanted)
    # As backward asks for it, nothing to record: most often for a bias and a few rows.
    if array.ndim and array.shape[1:] == wanted and array.dtype.char in "fd" and (
        0 < len(array) <= _BLOCK
    ):
        return wrap(_add_up(array, axis=0, out=...))
    return wrap(_summed_to(array, wanted))


def _float_mean(name: str, array: Array, dtype: Any) -> Array:
    """The array as the dtype a mean is taken in; RuntimeError for integers."""
    array = cast_first(array, dtype)
    if array.dtype.kind in "iub":
        raise RuntimeError(
            f"{name}(): the mean of {dtypes.of(array.dtype)} is not defined: convert to floating "
            "point first, or give dtype=torch.float32")
    return array


@op(name="mean", out="cast", node=_numbered("Mean"), input=lambda grad, input_shape, dim, keepdim:
    spread(grad, input_shape, dim, keepdim) / count(input_shape, dim))
def _mean(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean of all elements, or along `dim` (an int or several).

    keepdim: leave the reduced dims with size 1. dtype: convert the elements first. Raises
    RuntimeError for integers and bool.
    Source: https://pytorch.org/docs/stable/generated/torch.mean.html
    """
    if dtype is not None and dtypes.as_dtype(dtype).category < dtypes.FLOATING:
        raise RuntimeError(f"mean(): dtype must be floating point or complex, not {dtype}")
    array = _float_mean("mean", deferred.of(input._array), dtype)
    axes = reduced(dim, array.ndim)
    summed = total(widened(array), axes, keepdim)
    summed = summed / math.prod([array.shape[each] for each in axes])
    return summed.astype(array.dtype, copy=False)


mean = short_ways(_mean, average=True)


def _not_nan(input: Tensor) -> Tensor:
    array = input._array
    return wrap(array == array)


@op(out="cast", input=lambda grad, input, dim, keepdim:
    spread(grad, input._array.shape, dim, keepdim) * _not_nan(input))
def nansum(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The sum with every nan taken as zero: see `sum`.

    Source: https://pytorch.org/docs/stable/generated/torch.nansum.html
    """
    array = input._array
    if array.dtype.kind == "c":
        raise RuntimeError("nansum() is not defined for complex numbers")
    if array.dtype.kind not in "iub":
        array = np.where(array == array, array, array.dtype.type(0))
    return _sum.row.forward(wrap(array), dim, keepdim, dtype=dtype)


@composite(out="cast")
def nanmean(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The mean of the elements that are not nan: see `mean`.

    Source: https://pytorch.org/docs/stable/generated/torch.nanmean.html
    """
    _float_mean("nanmean", input._array, None)
    if input._array.dtype.kind == "c":
        raise RuntimeError("nanmean() is not defined for complex numbers")
    given = _sum(_not_nan(input.detach()), dim, keepdim)
    return nansum(input, dim, keepdim, dtype=dtype) / given


# --- products


def _prod_back(grad: Tensor, input: Tensor, out: Tensor, dim: int | None, keepdim: bool) -> Tensor:
    """Each element's share: the product of all others."""
    if input._array.ndim == 0 or not input._array.size:
        return restored(grad, input._array.ndim, dim, keepdim) * input**0
    if input._array.all() and not modes.grad:
        whole = restored(grad * conjugate(out), input._array.ndim, dim, keepdim)
        return whole / conjugate(input)
    line = input.reshape(-1) if dim is None else input.movedim(dim, -1)
    others = conjugate(_product_before(line) * _product_before(line.flip(-1)).flip(-1))
    others = others.reshape(input._array.shape) if dim is None else others.movedim(-1, dim)
    return restored(grad, input._array.ndim, dim, keepdim) * others


def _product_before(line: Tensor) -> Tensor:
    """For each element along the last dim, the product of those before it."""
    from rushlight.ops.op import FACE

    if line._array.ndim == 0:
        return line.new_ones(())
    first = line.new_ones((*line._array.shape[:-1], 1))
    return FACE["cat"]((first, line.narrow(-1, 0, line._array.shape[-1] - 1)), -1).cumprod(-1)


@composite(out="cast")
def prod(
    input: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The product of all elements, or along `dim`, one int.

    dtype: convert the elements first; integers and bool are multiplied as int64.
    Source: https://pytorch.org/docs/stable/generated/torch.prod.html
    """
    return _prod(input if dtype is None else input.to(dtype), dim, keepdim)


@op(name="prod", face=False, method=False, node=_numbered("Prod"), input=_prod_back)
def _prod(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    array = input._array
    if dim is not None and not isinstance(dim, (int, np.integer)):
        raise TypeError(f"prod(): dim must be one int, not {dim!r}")
    axes = reduced(dim, array.ndim)
    array = deferred.of(array)
    multiply: Any = np.multiply.reduce
    if array.dtype.kind in "iub":
        return multiply(array, axis=axes, dtype=np.int64, keepdims=keepdim)
    product = multiply(widened(array), axis=axes, keepdims=keepdim)
    return product.astype(array.dtype, copy=False)


# --- truth and counts


def _truth(ufunc: np.ufunc, input: Tensor, dim: Dims, keepdim: bool) -> Any:
    array = deferred.of(input._array)
    axes = tuple(range(array.ndim)) if dim is None else some_dims(dim, array.ndim)
    true = ufunc.reduce(array != 0, axis=axes if array.ndim else (), keepdims=keepdim, out=...)
    return true.astype(np.uint8) if array.dtype == np.uint8 else true


@op(name="all", out=True)
def _all(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Any:
    """Whether all elements are nonzero, over the tensor or along `dim` (nan is nonzero).

    The result is bool, for uint8 uint8. With dim=() nothing is reduced.
    Source: https://pytorch.org/docs/stable/generated/torch.all.html
    """
    return _truth(np.logical_and, input, dim, keepdim)


@op(name="any", out=True)
def _any(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Any:
    """Whether any element is nonzero, over the tensor or along `dim`: see `all`.

    Source: https://pytorch.org/docs/stable/generated/torch.any.html
    """
    return _truth(np.logical_or, input, dim, keepdim)


@op(star=True)
def count_nonzero(input: Tensor, dim: Dims = None) -> Any:
    """How many elements are nonzero, over the tensor or along `dim` (an int or several).

    Source: https://pytorch.org/docs/stable/generated/torch.count_nonzero.html
    """
    array = deferred.of(input._array)
    axes = reduced(None if dim == () else dim, array.ndim)
    return np.add.reduce(array != 0, axis=axes, dtype=np.int64, out=...)
