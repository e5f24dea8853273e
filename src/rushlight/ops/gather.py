"""`gather` and the scatters: an index tensor that names, for each of its elements, a place.

The index says where along one dim; in every other dim an element keeps its own number. Both
directions go through flat positions (`engine/scatter.py`). Indices must lie in 0 to size - 1:
negative ones are refused, as in PyTorch.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.engine import scatter as engine
from rushlight.engine.deferred import LEAST, computed
from rushlight.engine.movers import copied, is_large
from rushlight.ops import write
from rushlight.ops.arguments import need_tensor, one_dim, widened
from rushlight.ops.assign import number_for
from rushlight.ops.getitem import spread_view
from rushlight.ops.op import op, publish
from rushlight.ops.views import short_way
from rushlight.tensor import dtypes
from rushlight.tensor.meta import MetaArray
from rushlight.tensor.tensor import Array, Tensor, wrap

_REDUCTIONS = ("sum", "prod", "mean", "amax", "amin")


# --- the arguments

def index_array(name: str, index: Any, sizes: tuple[int, ...] = (8, 4)) -> Array:
    """The array of an index tensor; `sizes`, in bytes, of the integers that are allowed."""
    if not isinstance(index, Tensor):
        need_tensor(name, "index", index)
    array = computed(index._array)
    dtype = array.dtype
    if dtype.kind != "i" or dtype.itemsize not in sizes:
        raise RuntimeError(
            f"{name}(): index must be int64{' or int32' if 4 in sizes else ''}, not "
            f"{index.dtype}: convert it with .long()")
    return array


def in_range(
    name: str, index: Array, dim: int, size: int, error: type[Exception] = RuntimeError,
    negative: bool = False,
) -> None:
    """Refuse indices outside a dim of this size."""
    if not index.size or type(index) is MetaArray:
        return
    lowest = -size if negative else 0
    if not engine.within(index, lowest, size):
        low, high = index.min(), index.max()
        raise error(
            f"{name}(): index {low if low < lowest else high} is out of range for dim {dim} of "
            f"size {size}")


def _checked(
    name: str, array: Array, dim: int, index: Array, src: Array | None
) -> tuple[Array, Array | None]:
    """The index, and the part of `src` that it uses, both with at least one dim, all checked."""
    index, src = _fitting(name, array, dim, index, src)
    in_range(name, index, dim, array.shape[dim] if array.ndim else 1)
    return index, src


def _fitting(
    name: str, array: Array, dim: int, index: Array, src: Array | None
) -> tuple[Array, Array | None]:
    """The same, but for where the indices point."""
    shape, sizes = array.shape or (1,), index.shape or (1,)
    given = sizes if src is None else src.shape or (1,)
    if not len(sizes) == len(shape) == len(given):
        raise RuntimeError(
            f"{name}(): index has {index.ndim} dims"
            + ("" if src is None else f", src has {src.ndim}")
            + f", and the tensor {array.ndim}: they must have as many")
    for each, size in enumerate(sizes):
        if size > given[each] or (size > shape[each] and each != dim):
            raise RuntimeError(
                f"{name}(): index of shape {list(sizes)} is too large in dim {each}: the tensor is "
                f"{list(shape)}" + ("" if src is None else f", src is {list(given)}"))
    if src is not None and src.shape != sizes:
        src = src.reshape(given)[tuple([slice(size) for size in sizes])]
    return index if index.ndim else index.reshape(1), src


def _places(
    name: str, array: Array, dim: Any, index: Any, src: Array | None
) -> tuple[Array, Array | None]:
    """The flat positions the index names in `array`, and the part of `src` that goes there."""
    dim = one_dim(dim, array.ndim)
    numbers, src = _indexed(name, array, dim, index, src)
    return engine.places(array.shape or (1,), dim, numbers), src


def _indexed(
    name: str, array: Array, dim: int, index: Any, src: Array | None
) -> tuple[Array, Array | None]:
    """The index, and the part of `src` that goes to the places it names, checked."""
    if isinstance(index, Tensor) and not index._array.size:  # of any shape and dtype
        shape = tuple([0 if each == dim else 1 for each in range(max(array.ndim, 1))])
        none = None if src is None else src.reshape(-1)[:0].reshape(shape)
        return np.zeros(shape, np.int64), none
    return _checked(name, array, dim, index_array(name, index), src)


def _same_dtype(name: str, input: Tensor, src: Tensor) -> None:
    if need_tensor(name, "src", src)._array.dtype != input._array.dtype:
        raise RuntimeError(
            f"{name}(): src is {src.dtype}, the tensor is {input.dtype}: convert one of them")


# --- gather

def _zeros(grad: Tensor, shape: tuple[int, ...]) -> Tensor:
    return wrap(np.zeros(shape, grad._array.dtype))


@op(name="gather", out=True, input=lambda grad, dim, index, input_shape:
    _zeros(grad, input_shape).scatter_add(dim, index, grad))
def _gather(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False) -> Any:
    array = input._array
    dim = one_dim(dim, array.ndim)
    if isinstance(index, Tensor) and not index._array.size:  # of any shape and dtype
        return np.zeros(index._array.shape, array.dtype)
    given = index_array("gather", index)
    numbers, _ = _fitting("gather", array, dim, given, None)
    if given.size >= LEAST:
        found = engine.elements(computed(array), dim, numbers)
        if found is not None:
            return found
    in_range("gather", numbers, dim, array.shape[dim] if array.ndim else 1)
    if numbers.ndim == 1:
        return np.asarray(array.reshape(-1).take(given))
    return array[engine.mesh(dim, numbers)]


@short_way(_gather)
def gather(
    input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False, out: Tensor | None = None
) -> Tensor:
    """The elements that `index` names along `dim`; the result has the shape of `index`.

    In the other dims an element keeps its own number, so `index` may not be larger there.
    Raises RuntimeError for an index out of range (negative ones included) or of the wrong dims.
    Source: https://pytorch.org/docs/stable/generated/torch.gather.html
    """
    return _gather(input, dim, index, out=out)


# --- scatter

def _from_places(
    grad: Tensor, dim: int, index: Tensor, shape: tuple[int, ...]
) -> Tensor:
    """What a scattered source of this shape gets back: zero for elements that were not used."""
    taken = gather(grad, dim, index)
    if taken._array.shape == shape:
        return taken
    return spread_view(taken, tuple([slice(size) for size in taken._array.shape]), shape)


def _no_gradient(reduce: str | None) -> None:
    if reduce is not None:
        raise RuntimeError(
            "scatter(reduce=...) has no derivative: use scatter_add() or scatter_reduce()")


def _scatter_to_input(grad: Any, dim: int, index: Tensor, reduce: str | None) -> Tensor:
    _no_gradient(reduce)
    return grad.scatter(dim, index, 0)


def _scatter_to_src(
    grad: Any, dim: int, index: Tensor, src_shape: tuple[int, ...], reduce: str | None
) -> Tensor:
    _no_gradient(reduce)
    return _from_places(grad, dim, index, src_shape)


def _scatter_into(
    target: Array | None, input: Tensor, dim: int, index: Tensor, given: Any, *,
    reduce: str | None = None,
) -> Array:
    """Put the elements of `given`, or a number, into the target, else into a copy of `input`."""
    if reduce not in (None, "add", "multiply"):
        raise RuntimeError(f"scatter(): reduce is 'add' or 'multiply', not {reduce!r}")
    array, src = input._array, None
    if isinstance(given, Tensor):
        _same_dtype("scatter", input, given)
        src = given._array
    else:
        number = number_for(given, array.dtype)
    dim = one_dim(dim, array.ndim)
    numbers, src = _indexed("scatter", array, dim, index, src)
    values = np.asarray(number, array.dtype) if src is None else computed(src)
    result = _own(array) if target is None else target
    whole = result if result.ndim else result.reshape(1)
    if reduce is None:
        engine.put_elements(whole, dim, numbers, values)
    elif reduce == "add":
        engine.add_elements(whole, dim, numbers, np.broadcast_to(values, numbers.shape))
    else:
        at = engine.places(whole.shape, dim, numbers)
        engine.reduce_at(whole.reshape(-1), at, np.broadcast_to(values, at.shape), "prod", True)
    return result


def _own(array: Array) -> Array:
    """A contiguous copy to write into."""
    array = computed(array)
    return copied(array, "C") if is_large(array) else np.array(array, order="C", subok=False)


@op(name="scatter", face=False, out=True, input=_scatter_to_input, src=_scatter_to_src)
def _scatter_src(
    input: Tensor, dim: int, index: Tensor, src: Tensor, *, reduce: str | None = None
) -> Any:
    return _scatter_into(None, input, dim, index, src, reduce=reduce)


@op(name="scatter", face=False, out=True, node="ScatterBackward1", input=_scatter_to_input)
def _scatter_value(
    input: Tensor, dim: int, index: Tensor, value: Any, *, reduce: str | None = None
) -> Any:
    return _scatter_into(None, input, dim, index, value, reduce=reduce)


_scatter_src.row.into = _scatter_value.row.into = _scatter_into


def _source(src: Any, value: Any) -> tuple[Any, Any]:
    """The one of `src` and `value` that was given, and the function that scatters it."""
    if (src is None) == (value is None):
        raise TypeError("scatter(): give src, a tensor, or value, a number, and not both")
    given = src if value is None else value
    return given, _scatter_src if isinstance(given, Tensor) else _scatter_value


def scatter(
    input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None,
    reduce: str | None = None, out: Tensor | None = None,
) -> Tensor:
    """A copy of `input` with the elements of `src` (or one number) at the places `index` names.

    `index` names places along `dim`, and may be no larger than `src`, nor than `input` in other
    dims. Where places repeat, any of the values may win. reduce: "add" or "multiply" into what is
    there instead (without gradients: `scatter_reduce` has them).
    Source: https://pytorch.org/docs/stable/generated/torch.Tensor.scatter_.html
    """
    source, row = _source(src, value)
    return row(input, dim, index, source, reduce=reduce, out=out)


def _scatter_(
    self: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None,
    reduce: str | None = None,
) -> Tensor:
    source, row = _source(src, value)
    return write.inplace(row.row, self, (dim, index, source), {"reduce": reduce})


publish(scatter, "scatter", doc=scatter.__doc__)
publish(_scatter_, "scatter_", doc="In-place `scatter`.", face=False)


def _add_into(
    target: Array | None, input: Tensor, dim: int, index: Tensor, src: Tensor
) -> Array:
    """Add the elements of `src` to the target, else to a copy of `input`."""
    _same_dtype("scatter_add", input, src)
    array = input._array
    dim = one_dim(dim, array.ndim)
    numbers, values = _indexed("scatter_add", array, dim, index, src._array)
    assert values is not None
    result = _own(widened(array)) if target is None else target
    engine.add_elements(
        result if result.ndim else result.reshape(1), dim, numbers, computed(widened(values)))
    return result.astype(array.dtype, copy=False)


@op(out=True, inplace=_add_into, input=1,
    src=lambda grad, dim, index, src_shape: _from_places(grad, dim, index, src_shape))
def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Any:
    """A copy of `input` with the elements of `src` added at the places `index` names along `dim`.

    Source: https://pytorch.org/docs/stable/generated/torch.Tensor.scatter_add_.html
    """
    return _add_into(None, input, dim, index, src)


def _reduced(
    name: str, input: Tensor, dim: Any, index: Tensor, src: Tensor, how: str, include_self: bool
) -> Array:
    at, values = _places(name, input._array, dim, index, src._array)
    assert values is not None
    return reduced(input._array, at, values, how, include_self)


def reduced(array: Array, at: Array, values: Array, how: str, include_self: bool) -> Array:
    """A copy of the array with the values reduced into the flat places `at`."""
    wide = np.array(widened(array), order="C", subok=False)
    engine.reduce_at(wide.reshape(-1), at, widened(values), how, include_self)
    return wide.astype(array.dtype, copy=False)


# --- scatter_reduce

class Reduction:
    """The derivatives of reducing `src` into `input`; the results are ops, to be differentiated.

    The counts of repeated places, zeros and ties are constants here: arrays, not tensors.
    """

    def __init__(
        self, grad: Any, input: Any, dim: int, index: Tensor, src: Any, reduce: str,
        include_self: bool, out: Any,
    ):
        self.grad, self.input, self.dim, self.index = grad, input, dim, index
        self.src, self.reduce, self.include_self, self.out = src, reduce, include_self, out
        self.at, _ = _places("scatter_reduce", input._array, dim, index, src._array)

    def count(self, of_input: Array, of_src: Array) -> Tensor:
        """At each place: `of_input` there (if it counts) plus the sum of `of_src` sent to it."""
        counts = np.array(of_input, self.grad._array.dtype, order="C")
        flat = counts.reshape(-1)
        if not self.include_self:
            flat[self.at] = 0
        sent = of_src.reshape(of_src.shape or (1,))[
            tuple([slice(size) for size in self.index._array.shape or (1,)])]
        np.add.at(flat, self.at, sent.astype(flat.dtype))
        return wrap(counts)

    def back(self, of_places: Any) -> Any:
        """For each element of `src`, the value at the place it was sent to."""
        return _from_places(of_places, self.dim, self.index, self.src._array.shape)

    def to_input(self) -> Any:
        """The gradient of `input`."""
        found = self._to_input()
        return found if self.include_self else found.scatter(self.dim, self.index, 0)

    def _to_input(self) -> Any:
        grad, input = self.grad, self.input
        if self.reduce == "sum":
            return grad
        if self.reduce == "mean":
            return grad / self._numbers()
        if self.reduce == "prod":
            ones = wrap(np.ones_like(input._array))
            return grad * scatter_reduce(ones, self.dim, self.index, self.src, "prod")
        return self._share() * wrap(input._array == self.out._array)

    def to_src(self) -> Any:
        """The gradient of `src`."""
        grad, src = self.grad, self.src
        if self.reduce == "sum":
            return self.back(grad)
        if self.reduce == "mean":
            return self.back(grad / self._numbers())
        if self.reduce == "prod":
            return self.back(grad) * self._other_factors()
        return self.back(self._share()) * wrap(src._array == self.back(self.out)._array)

    def _numbers(self) -> Tensor:
        """How many values each mean is over."""
        found = self.count(np.ones(self.input._array.shape), np.ones(self.src._array.shape))
        return wrap(np.maximum(found._array, 1))

    def _other_factors(self) -> Any:
        """For each element of `src`, the product of what it is multiplied with.

        That is out / src, but where src is zero: there, if it is the only zero, the product of the
        factors that are not.
        """
        zero = wrap(self.src._array == 0)
        zeros = self.count(np.zeros(self.input._array.shape), zero._array)
        others = scatter_reduce(
            self.input, self.dim, self.index, self.src.masked_fill(zero, 1), "prod",
            include_self=self.include_self)
        alone = wrap(zero._array & (self.back(zeros)._array == 1))
        rest = self.back(self.out) / self.src.masked_fill(zero, 1)
        return rest.masked_fill(zero, 0) + self.back(others) * alone

    def _share(self) -> Any:
        """Each extreme's gradient, shared evenly by the elements that are equal to it."""
        ties = self.count(
            self.input._array == self.out._array,
            self.src._array == self.back(self.out)._array)
        return self.grad / wrap(np.maximum(ties._array, 1))


def _reduce_to_input(
    grad: Any, input: Any, dim: int, index: Any, src: Any, reduce: str, include_self: bool, out: Any
) -> Any:
    return Reduction(grad, input, dim, index, src, reduce, include_self, out).to_input()


def _reduce_to_src(
    grad: Any, input: Any, dim: int, index: Any, src: Any, reduce: str, include_self: bool, out: Any
) -> Any:
    return Reduction(grad, input, dim, index, src, reduce, include_self, out).to_src()


@op(out=True, inplace=True, input=_reduce_to_input, src=_reduce_to_src)
def scatter_reduce(
    input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
) -> Any:
    """A copy of `input` with the elements of `src` reduced into the places `index` names.

    reduce: "sum", "prod", "mean", "amax" or "amin"; without `include_self` the elements of `input`
    at those places do not take part.
    Source: https://pytorch.org/docs/stable/generated/torch.Tensor.scatter_reduce_.html
    """
    _same_dtype("scatter_reduce", input, src)
    check_reduction("scatter_reduce", reduce, _REDUCTIONS, input._array)
    return _reduced("scatter_reduce", input, dim, index, src, reduce, include_self)


def check_reduction(name: str, reduce: str, known: tuple[str, ...], array: Array) -> None:
    """Refuse a reduction that is unknown, or undefined for the array's dtype."""
    if reduce not in known:
        raise RuntimeError(f"{name}(): reduce is one of {', '.join(known)}, not {reduce!r}")
    kind = array.dtype.kind
    if (kind == "c" and reduce in ("amax", "amin")) or (kind == "b" and reduce == "mean"):
        raise NotImplementedError(f"{name}(reduce={reduce!r}) is not defined for "
                                  f"{dtypes.of(array.dtype)}")
