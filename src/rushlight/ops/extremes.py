"""The largest and the smallest: `max`, `min`, `amax`, `amin`, `aminmax`, `argmax`, `argmin`.

Two kinds of gradient. Where one index is named (`max` along a dim), the gradient goes to that
element (`sent_back`). Where only a value comes out, the elements equal to it share it evenly
(`shared`). nan counts as both the largest and the smallest. Next: `sort.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rushlight.engine import deferred, scatter
from rushlight.engine.deferred import computed
from rushlight.ops.arguments import Dims, one_dim
from rushlight.ops.op import FACE, op, publish
from rushlight.ops.reduce import reduced, restored
from rushlight.ops.returns import results
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Array, Tensor, wrap

# --- gradients


def _fetched(grad: Any, dim: int, keepdim: bool, indices: Any) -> Any:
    """The elements of `grad` at the places that `sent_back` filled."""
    if keepdim or grad._array.ndim == 0:
        return grad.gather(dim, indices)
    return grad.gather(dim, indices.unsqueeze(dim)).squeeze(dim)


@op(face=False, method=False, node="ScatterBackward0", values=_fetched)
def sent_back(
    values: Tensor, dim: int, keepdim: bool, indices: Tensor, shape: tuple[int, ...]
) -> Any:
    """The gradient of values taken at `indices` along `dim`, put where they were taken from.

    No place is named twice.
    """
    found = np.zeros(shape, values._array.dtype)
    if not shape:
        found[()] = values._array
        return found
    at, new, axis = indices._array, values._array, dim % len(shape)
    if not keepdim:
        with_dim = (*shape[:axis], 1, *shape[axis + 1 :])
        at, new = at.reshape(with_dim), new.reshape(with_dim)
    found[scatter.mesh(axis, at)] = new
    return found


def shared(grad: Any, input: Tensor, out: Tensor, dim: Dims, keepdim: bool) -> Tensor:
    """The gradient of extreme values, shared evenly by the elements equal to them."""
    array = input._array
    value = restored(out.detach(), array.ndim, dim, keepdim)._array
    equal = (array == value) | ((array != array) & (value != value))
    among = np.add.reduce(equal, axis=reduced(dim, array.ndim), keepdims=True, out=...)
    share = restored(grad, array.ndim, dim, keepdim) / wrap(among.astype(array.dtype))
    return share * wrap(equal.astype(array.dtype))


# --- what is refused


def need_ordered(name: str, array: Array, kinds: str = "biufV") -> None:
    """NotImplementedError for complex numbers, which have no order (and what else is left out)."""
    if array.dtype.kind not in kinds:
        raise NotImplementedError(f"{name}() is not defined for {dtypes.of(array.dtype)}")


def need_elements(
    name: str, array: Array, dim: Dims, error: type[Exception] = RuntimeError
) -> None:
    """Refuse to choose among no elements: IndexError along a dim, else `error`."""
    if array.size:
        return
    if dim is None or dim == ():
        raise error(f"{name}(): a tensor of shape {list(array.shape)} has no element to give")
    for axis in reduced(dim, array.ndim):
        if array.shape[axis] == 0:
            raise IndexError(
                f"{name}(): dim {axis} of shape {list(array.shape)} has no element to give")


# --- the value, and where it is


def _rows(name: str, ufunc: np.ufunc, argument: Callable[..., Any]) -> tuple[Any, Any]:
    """The two rows of `max` or `min`: over all elements, and along one dim with indices."""
    fields = results(name, "values", "indices")

    @op(name=name, method=False, face=False, out=True, node=f"{name.capitalize()}Backward1",
        input=lambda grad, input, out: shared(grad, input, out, None, False))
    def over_all(input: Tensor) -> Any:
        array = input._array
        need_ordered(name, array)
        need_elements(name, array, None)
        return ufunc.reduce(array, axis=None, out=...)

    @op(name=name, method=False, face=False, out=True,
        input=lambda grad, input_shape, dim, keepdim, out:
        sent_back(grad, dim, keepdim, out[1], input_shape))
    def along(input: Tensor, dim: int, keepdim: bool = False) -> Any:
        array = input._array
        need_ordered(name, array)
        axis = one_dim(dim, array.ndim)
        if array.ndim == 0:
            return fields._make((array.copy(), np.zeros((), np.int64)))
        if array.size == 0:
            need_elements(name, array, axis)
        values = ufunc.reduce(array, axis, keepdims=keepdim, out=...)
        return fields._make((values, argument(computed(array), axis, keepdims=keepdim)))

    return over_all, along


def _forms(over_all: Any, along: Any, elementwise: str, doc: str) -> Callable[..., Any]:
    """Publish `max` or `min`: what comes after `input` tells which form is meant."""

    def function(input: Tensor, *args: Any, **kwargs: Any) -> Any:
        if args:
            pair = isinstance(args[0], Tensor)
        elif not kwargs or kwargs.keys() == {"out"}:
            return over_all(input, **kwargs)
        else:
            pair = "other" in kwargs
        return (FACE[elementwise] if pair else along)(input, *args, **kwargs)

    function.row = along.row  # type: ignore[attr-defined]
    publish(function, along.row.name, doc=doc)
    return function


max = _forms(*_rows("max", np.maximum, np.ndarray.argmax), "maximum", """\
The largest element: of all, along `dim`, or of each pair of two tensors.

    max(input)                           a 0-d tensor
    max(input, dim, keepdim=False)       (values, indices), the first of equal elements
    max(input, other)                    `maximum`

Raises RuntimeError where there is no element, IndexError where there is none along `dim`.
Source: https://pytorch.org/docs/stable/generated/torch.max.html
""")
min = _forms(*_rows("min", np.minimum, np.ndarray.argmin), "minimum", """\
The smallest element: of all, along `dim`, or of each pair of two tensors: see `max`.

Source: https://pytorch.org/docs/stable/generated/torch.min.html
""")


def _arg(name: str, argument: Callable[..., Any], input: Tensor, dim: Any, keepdim: bool) -> Any:
    array = input._array
    if array.dtype.kind in "bc":
        raise RuntimeError(f"{name}() is not defined for {input.dtype}")
    need_elements(name, array, dim, IndexError)
    axis = None if dim is None else one_dim(dim, array.ndim)
    return np.asarray(argument(computed(array), axis if array.ndim else None, keepdims=keepdim))


@op(out=True)
def argmax(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The index of the largest element, in the flattened tensor or along `dim`.

    Of equal elements the first; nan counts as the largest.
    Source: https://pytorch.org/docs/stable/generated/torch.argmax.html
    """
    return _arg("argmax", np.ndarray.argmax, input, dim, keepdim)


@op(out=True)
def argmin(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The index of the smallest element: see `argmax`.

    Source: https://pytorch.org/docs/stable/generated/torch.argmin.html
    """
    return _arg("argmin", np.ndarray.argmin, input, dim, keepdim)


# --- the value alone


def _extreme(name: str, ufunc: np.ufunc, input: Tensor, dim: Dims, keepdim: bool) -> Any:
    array = deferred.of(input._array)
    need_ordered(name, array)
    need_elements(name, array, dim)
    return ufunc.reduce(array, axis=reduced(dim, array.ndim), keepdims=keepdim, out=...)


@op(out=True, input=shared)
def amax(input: Tensor, dim: Dims = (), keepdim: bool = False) -> Any:
    """The largest element, of all or along `dim` (an int or several).

    Equal elements share the gradient.
    Source: https://pytorch.org/docs/stable/generated/torch.amax.html
    """
    return _extreme("amax", np.maximum, input, dim, keepdim)


@op(out=True, input=shared)
def amin(input: Tensor, dim: Dims = (), keepdim: bool = False) -> Any:
    """The smallest element, of all or along `dim`: see `amax`.

    Source: https://pytorch.org/docs/stable/generated/torch.amin.html
    """
    return _extreme("amin", np.minimum, input, dim, keepdim)


_Range = results("aminmax", "min", "max")


def _aminmax_back(
    grads: Any, input: Tensor, out: Any, dim: int | None, keepdim: bool
) -> Any:
    parts = [
        shared(grad, input, value, dim, keepdim)
        for grad, value in zip(grads, out, strict=True) if grad is not None
    ]
    return parts[0] if len(parts) == 1 else parts[0] + parts[1]


@op(out=True, input=_aminmax_back)
def aminmax(input: Tensor, *, dim: int | None = None, keepdim: bool = False) -> Any:
    """The smallest and the largest element, of all or along `dim`, one int: (min, max).

    Source: https://pytorch.org/docs/stable/generated/torch.aminmax.html
    """
    return _Range._make([
        _extreme("aminmax", ufunc, input, dim, keepdim) for ufunc in (np.minimum, np.maximum)])
