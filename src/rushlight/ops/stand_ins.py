"""Rows on meta tensors: computed on stand-ins, of whose results only shape and dtype are kept.

Kernels read and write memory, and a meta tensor has none; so a row gets tensors of the same shapes
and dtypes, made on the spot. It runs on two sets of values: where the shapes then differ it is the
values that decide, and the row refuses.
"""

from __future__ import annotations

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
    if row.view or not (any_meta(args) or any_meta(kwargs.values())):
        return row.forward
    return lambda *args, **kwargs: _inferred(row, args, kwargs)


def any_meta(values: Any) -> bool:
    """Whether a tensor among these, in lists too, is on the meta device."""
    for each in values:
        if isinstance(each, Tensor):
            if type(each._array) is MetaArray:
                return True
        elif isinstance(each, (list, tuple)) and any_meta(each):
            return True
    return False


def _inferred(row: Op, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    before, modes.grad = modes.grad, False
    try:
        made = row.forward(*_filled(args, _calm, row.name), **_filled(kwargs, _calm, row.name))
        try:
            again = row.forward(*_filled(args, _ramp, row.name), **_filled(kwargs, _ramp, row.name))
        except (RuntimeError, IndexError, ValueError):
            again = made  # these values do not suit it: they say nothing
    finally:
        modes.grad = before
    if _shapes(made) != _shapes(again):
        raise NotImplementedError(
            f"{row.name}(): the shape of what it gives depends on values, and a tensor on the meta "
            "device has none")
    return meta.without_values(made)


def _filled(value: Any, fill: Callable[..., Array], name: str) -> Any:
    if isinstance(value, Tensor):
        array = value._array
        if type(array) is MetaArray:
            return wrap(fill(array.shape, array.dtype))
        if array.ndim:
            raise RuntimeError(f"{name}(): one tensor is on the meta device, another on the CPU")
        return value
    if isinstance(value, (list, tuple)):
        made = [_filled(each, fill, name) for each in value]
        return type(value)(made) if type(value) in (list, tuple) else made
    if isinstance(value, dict):
        return {key: _filled(each, fill, name) for key, each in value.items()}
    return value


def _calm(shape: tuple[int, ...], dtype: Any) -> Array:
    """Values that next to nothing refuses: zeros, the identity where matrices are square."""
    found = np.zeros(shape, dtype)
    if len(shape) > 1 and shape[-1] == shape[-2] and found.dtype.kind in "fc":
        found[..., range(shape[-1]), range(shape[-1])] = 1
    return found


def _ramp(shape: tuple[int, ...], dtype: Any) -> Array:
    """Values of which hardly two are equal."""
    return np.arange(int(np.prod(shape))).reshape(shape).astype(dtype)


def _shapes(made: Any) -> Any:
    if isinstance(made, (list, tuple)):
        return [_shapes(each) for each in made]
    return np.shape(made)
