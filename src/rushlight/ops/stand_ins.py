"""Rows on meta tensors: computed on stand-ins, of whose results only shape and dtype are kept.

Kernels read and write memory, and a meta tensor has none; so a row gets tensors of the same shapes
and dtypes, made on the spot. It runs on several sets of values: where the shapes then differ it is
the values that decide, and the row refuses.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from rushlight.autograd.modes import modes
from rushlight.tensor import meta
from rushlight.tensor.meta import MetaArray
from rushlight.tensor.tensor import Array, Tensor, wrap

if TYPE_CHECKING:
    from rushlight.ops.op import Op


def forward_of(row: Op, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[..., Any]:
    """What computes the row's arrays from these arguments: it changes none of them."""
    return row.forward if row.view else of(row.forward, row.name, args, kwargs)


def of(
    function: Callable[..., Any], name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Callable[..., Any]:
    """The function, or what only tells shapes and dtypes if an argument is on the meta device."""
    if not (any_meta(args) or any_meta(kwargs.values())):
        return function
    return lambda *args, **kwargs: _inferred(function, name, args, kwargs)


def any_meta(values: Any) -> bool:
    """Whether a tensor among these, in lists too, is on the meta device."""
    for each in values:
        if isinstance(each, Tensor):
            if type(each._array) is MetaArray:
                return True
        elif type(each) is MetaArray or (isinstance(each, (list, tuple)) and any_meta(each)):
            return True
    return False


def _inferred(
    function: Callable[..., Any], name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    found, problem = [], None
    before, modes.grad = modes.grad, False
    try:
        for fill in (_calm, np.ones, _ramp):
            try:
                found.append(function(*_filled(args, fill, name), **_filled(kwargs, fill, name)))
            except (RuntimeError, IndexError, ValueError) as error:  # values that do not suit it
                problem = problem or error
    except MemoryError:
        raise NotImplementedError(
            f"{name}(): a meta tensor of {_largest(args):,} elements is too large to be stood in "
            "for") from None
    finally:
        modes.grad = before
    if not found:
        assert problem is not None
        raise problem
    if any(_shapes(each) != _shapes(found[0]) for each in found):
        raise NotImplementedError(
            f"{name}(): the shape of what it gives depends on values, and a tensor on the meta "
            "device has none")
    return _emptied(found[0])


def _largest(values: Any) -> int:
    return max([each.numel() for each in values if isinstance(each, Tensor)], default=0)


def _emptied(made: Any) -> Any:
    """The result without its values: of arrays as of tensors, alone or several."""
    if isinstance(made, Tensor):
        return wrap(meta.as_meta(made._array))
    if isinstance(made, (tuple, list)):
        parts = [_emptied(each) for each in made]
        return made._make(parts) if hasattr(made, "_make") else type(made)(parts)
    return meta.without_values(made)


def _filled(value: Any, fill: Callable[..., Array], name: str) -> Any:
    if isinstance(value, Tensor):
        array = value._array
        if type(array) is MetaArray:
            return wrap(fill(array.shape, array.dtype))
        if array.ndim:
            raise RuntimeError(f"{name}(): one tensor is on the meta device, another on the CPU")
        return value
    if type(value) is MetaArray:
        return fill(value.shape, value.dtype)
    if isinstance(value, (list, tuple)):
        made = [_filled(each, fill, name) for each in value]
        return type(value)(made) if type(value) in (list, tuple) else type(value)(*made)
    if isinstance(value, dict):
        return {key: _filled(each, fill, name) for key, each in value.items()}
    return value


def _calm(shape: tuple[int, ...], dtype: Any) -> Array:
    """Values that little refuses: zeros, of matrices the identity."""
    found = np.zeros(shape, dtype)
    if len(shape) > 1 and found.dtype.kind in "fc":
        diagonal = range(min(shape[-2:]))
        found[..., diagonal, diagonal] = 1
    return found


def _ramp(shape: tuple[int, ...], dtype: Any) -> Array:
    """Values of which hardly two are equal."""
    values = np.arange(1, math.prod(shape) + 1).reshape(shape)
    return (values % 2 if dtype == np.bool_ else values).astype(dtype)


def _shapes(made: Any) -> Any:
    if isinstance(made, (list, tuple)):
        return [_shapes(each) for each in made]
    return tuple(made.shape) if isinstance(made, Tensor) else np.shape(made)
