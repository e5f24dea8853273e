"""Tensors made after the pattern of another: `zeros_like`, `full_like`, `new_zeros`, `new_tensor`.

The pattern gives what is not asked for: size (for `_like`), dtype, device and memory format.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.ops.arguments import need_tensor, size_of
from rushlight.ops.construct import tensor
from rushlight.ops.create import allocate, fill, finish, leaf, number, room_by_strides, sizes
from rushlight.ops.op import composite
from rushlight.tensor import device as devices
from rushlight.tensor import dtypes, memory
from rushlight.tensor.device import META
from rushlight.tensor.meta import MetaArray, blank
from rushlight.tensor.size import Size
from rushlight.tensor.tensor import Array, Tensor


def _room_like(input: Any, dtype: Any, device: Any, memory_format: Any) -> Array:
    """An uninitialised array after the pattern."""
    array = need_tensor("_like", "input", input)._array
    kind = array.dtype if dtype is None else dtypes.as_dtype(dtype).numpy
    if (type(array) is MetaArray) if device is None else (devices.usable(device) is META):
        return blank(array.shape, kind)
    if type(array) is MetaArray:
        return np.empty(array.shape, kind)
    return memory.empty_in(array, memory_format, kind)


def _like(name: str, value: int | None) -> None:
    maker = np.zeros if value == 0 else np.empty

    def made(
        input: Tensor, *, dtype: Any = None, device: Any = None, memory_format: Any = None,
        requires_grad: bool = False, **options: Any,
    ) -> Tensor:
        pattern = getattr(input, "_array", None)
        if type(pattern) is np.ndarray and pattern.flags.c_contiguous and dtype is None and (
            device is None and memory_format is None and not options
        ):
            array = maker(pattern.shape, pattern.dtype)
            if value:
                array.fill(value)
            return leaf(array, requires_grad)
        array = _room_like(input, dtype, device, memory_format)
        if value is not None and type(array) is np.ndarray:
            array.fill(value)
        return finish(name, array, requires_grad=requires_grad, **options)

    what = "uninitialised values" if value is None else name.removesuffix("_like")
    made.__doc__ = f"""A tensor of {what}, of the size and dtype of `input`.

        dtype, device, memory_format, requires_grad: what should differ from `input`.
        Source: https://pytorch.org/docs/stable/generated/torch.{name}.html
        """
    composite(name=name, method=False)(made)


_like("zeros_like", 0)
_like("ones_like", 1)
_like("empty_like", None)


@composite(method=False)
def full_like(
    input: Tensor, fill_value: Any, *, dtype: Any = None, device: Any = None,
    memory_format: Any = None, **options: Any,
) -> Tensor:
    """A tensor filled with one value, of the size and dtype of `input`.

    Source: https://pytorch.org/docs/stable/generated/torch.full_like.html
    """
    array = _room_like(input, dtype, device, memory_format)
    fill("full_like", array, number("full_like", "fill_value", fill_value))
    return finish("full_like", array, **options)


# --- another size, the same dtype

def _new_room(
    self: Tensor, name: str, size: tuple[int, ...], dtype: Any, device: Any, zeros: bool = False
) -> Array:
    """An array of this size, of the tensor's dtype and on its device unless told."""
    kind = self.dtype if dtype is None else dtypes.as_dtype(dtype)
    place = self.device if device is None else device
    return allocate(np.zeros if zeros else np.empty, size, kind, place)


def _new(name: str, value: int | None) -> None:
    def made(
        self: Tensor, *size: Any, dtype: Any = None, device: Any = None, **options: Any
    ) -> Tensor:
        shape = sizes(name, size, options)
        array = _new_room(self, name, shape, dtype, device, value == 0)
        if value and type(array) is np.ndarray:
            array.fill(value)
        return finish(name, array, **options)

    what = "uninitialised values" if value is None else name.removeprefix("new_")
    made.__doc__ = f"A tensor of {what}, of the dtype and on the device of this one unless told."
    composite(name=name, face=False)(made)


_new("new_zeros", 0)
_new("new_ones", 1)
_new("new_empty", None)


@composite(face=False)
def new_full(
    self: Tensor, size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None,
    **options: Any,
) -> Tensor:
    """A tensor filled with one value, of the dtype and on the device of this one unless told."""
    array = _new_room(self, "new_full", sizes("new_full", (size,), {}), dtype, device)
    fill("new_full", array, number("new_full", "fill_value", fill_value))
    return finish("new_full", array, **options)


@composite(face=False)
def new_empty_strided(
    self: Tensor, size: Any, stride: Any, dtype: Any = None, device: Any = None, **options: Any
) -> Tensor:
    """An uninitialised tensor with these strides, of the dtype of this one unless told."""
    kind = self.dtype if dtype is None else dtypes.as_dtype(dtype)
    place = self.device if device is None else device
    return finish("new_empty_strided", room_by_strides(
        size_of(size), size_of(stride), kind, place), **options)


@composite(face=False)
def new_tensor(
    self: Tensor, data: Any, *, dtype: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor with a copy of `data`, of the dtype and on the device of this one unless told."""
    kind = dtype
    if dtype is None:
        kind = data.dtype if isinstance(data, Tensor) else self.dtype
    place = self.device if device is None else device
    return tensor(data, dtype=kind, device=place, requires_grad=requires_grad)


def new(self: Tensor, *args: Any) -> Tensor:
    """What `new_empty(2, 3)` or `new_tensor(data)` was called before 2018."""
    if not args:
        return self.new_empty(0)
    if isinstance(args[0], (int, Size)):
        return self.new_empty(*args)
    return new_tensor(self, args[0])


Tensor.new = new  # type: ignore[attr-defined]
