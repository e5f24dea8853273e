"""Tensors made after the pattern of another: `zeros_like`, `full_like`, `new_zeros`, `new_tensor`.

The pattern gives what is not asked for: size (for `_like`), dtype, device and memory format.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.ops.create import fill, finish
from rushlight.ops.op import composite
from rushlight.tensor import device as devices
from rushlight.tensor import dtypes, memory
from rushlight.tensor.device import META
from rushlight.tensor.meta import MetaArray, blank
from rushlight.tensor.tensor import Array, Tensor

_blank = object.__new__


def _room_like(input: Tensor, dtype: Any, device: Any, memory_format: Any) -> Array:
    """An uninitialised array after the pattern."""
    array = input._array
    kind = array.dtype if dtype is None else dtypes.as_dtype(dtype).numpy
    if (type(array) is MetaArray) if device is None else (devices.usable(device) is META):
        return blank(array.shape, kind)
    if type(array) is MetaArray:
        return np.empty(array.shape, kind)
    return memory.empty_in(array, memory_format, kind)


@composite(method=False)
def empty_like(
    input: Tensor, *, dtype: Any = None, device: Any = None, memory_format: Any = None,
    **options: Any,
) -> Tensor:
    """An uninitialised tensor of the size and, unless told, dtype of `input`."""
    return finish("empty_like", _room_like(input, dtype, device, memory_format), **options)


def _like(name: str, value: int) -> None:
    def made(
        input: Tensor, *, dtype: Any = None, device: Any = None, memory_format: Any = None,
        **options: Any,
    ) -> Tensor:
        array = _room_like(input, dtype, device, memory_format)
        array.fill(value)
        return finish(name, array, **options)

    made.__doc__ = f"""A tensor of {name.removesuffix('_like')}, of the size and dtype of `input`.

        dtype, device, memory_format, requires_grad: what should differ from `input`.
        Source: https://pytorch.org/docs/stable/generated/torch.{name}.html
        """
    composite(name=name, method=False)(made)


_like("zeros_like", 0)
_like("ones_like", 1)


@composite(method=False)
def full_like(
    input: Tensor, fill_value: Any, *, dtype: Any = None, device: Any = None,
    memory_format: Any = None, **options: Any,
) -> Tensor:
    """A tensor filled with one value, of the size and dtype of `input`."""
    array = _room_like(input, dtype, device, memory_format)
    fill("full_like", array, fill_value)
    return finish("full_like", array, **options)
