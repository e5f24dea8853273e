"""Tensors of a size: `zeros`, `ones`, `full`, `empty`, `empty_strided`.

Every creation goes through `allocate` (an array of a size, on a device) and `finish` (the tensor
over it, into `out=`, as a leaf that wants its gradient). Next: `like.py` (after the pattern of
another tensor), `ranges.py` (`arange`, `linspace`, `eye`), `construct.py` (from data).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from rushlight.autograd.methods import set_requires_grad
from rushlight.ops import write
from rushlight.ops.arguments import size_of
from rushlight.ops.layout import over
from rushlight.ops.op import composite
from rushlight.tensor import device as devices
from rushlight.tensor import dtypes, memory
from rushlight.tensor.device import CPU, META
from rushlight.tensor.dtypes import dtype as Dtype
from rushlight.tensor.meta import blank
from rushlight.tensor.tensor import Array, Tensor, wrap

_blank = object.__new__


def allocate(
    maker: Callable[..., Array], shape: tuple[int, ...], dtype: Dtype, device: Any = None
) -> Array:
    """What `maker` (such as np.zeros) makes of this shape, or a meta array in its place."""
    try:
        if (devices._defaults[-1] if device is None else devices.usable(device)) is CPU:
            return maker(shape, dtype.numpy)
    except (ValueError, MemoryError):
        pass
    if min(shape, default=0) < 0:
        raise RuntimeError(f"a tensor can't have the size {list(shape)}: sizes are not negative")
    wanted = math.prod(shape) * dtype.itemsize
    if devices.usable(device) is META and wanted < 2**63:
        return blank(shape, dtype.numpy)
    raise RuntimeError(
        f"no memory for {wanted} bytes: a tensor of size {list(shape)}, {dtype}")


def finish(
    name: str, array: Array, *, out: Any = None, requires_grad: bool = False, layout: Any = None,
    pin_memory: Any = False, names: Any = None,
) -> Tensor:
    """The new tensor over `array`, with what the user asked of it."""
    if layout is not None and layout is not memory.strided:
        raise NotImplementedError(f"{name}(): only torch.strided tensors are here, not {layout}")
    if names is not None:
        raise NotImplementedError(f"{name}(): names for dims are not supported")
    if pin_memory:
        raise RuntimeError(f"{name}(): pin_memory needs an accelerator, and there is none here")
    if out is not None:
        return write.copy_out(name, wrap(array), out, (), {})
    return leaf(array, requires_grad)


def leaf(array: Array, requires_grad: bool) -> Tensor:
    """A new tensor that nothing made."""
    made = _blank(Tensor)
    made._array = array
    made._node = made._storage = made._base = made._grad = None
    if requires_grad:
        set_requires_grad(made, True)
    return made


def chosen(dtype: Any, out: Any = None) -> Dtype:
    """The dtype asked for; else that of `out`; else the default one."""
    if dtype is not None:
        return dtypes.as_dtype(dtype)
    return dtypes._default if out is None else out.dtype


def sizes(name: str, size: Any, options: dict[str, Any]) -> tuple[int, ...]:
    """The sizes given as `f(2, 3)`, `f((2, 3))` or `f(size=(2, 3))`; TypeError otherwise."""
    if "size" in options and not size:
        size = (options.pop("size"),)
    elif not size:
        raise TypeError(f"{name}(): size is missing")
    if len(size) == 1 and not isinstance(size[0], (int, np.integer, Tensor)):
        (size,) = size
        if not isinstance(size, (tuple, list)):
            raise TypeError(f"{name}(): size is made of integers, not {type(size).__name__}")
    return size_of(size)


def _filled(name: str, value: int | None, doc: str) -> None:
    maker: Callable[..., Array] = np.zeros if value == 0 else np.empty

    def made(
        *size: Any, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
        pin_memory: bool = False, requires_grad: bool = False, **options: Any,
    ) -> Tensor:
        if device is None and out is None and size and devices._defaults[-1] is CPU and not (
            layout or pin_memory or options
        ):
            kind = dtypes._default if dtype is None else dtype
            try:
                array = maker(size if type(size[0]) is int else size_of(*size), kind.numpy)
                if value:
                    array.fill(value)
                if requires_grad:
                    return leaf(array, True)
                tensor = _blank(Tensor)
                tensor._array = array
                tensor._node = tensor._storage = tensor._base = tensor._grad = None
                return tensor
            except (ValueError, TypeError, MemoryError, AttributeError):
                pass
        format = options.pop("memory_format", None)
        array = allocate(maker, sizes(name, size, options), chosen(dtype, out), device)
        if value and type(array) is np.ndarray:
            array.fill(value)
        if format is not None:
            array = memory.in_format(array, format)
        return finish(name, array, out=out, requires_grad=requires_grad, layout=layout,
                      pin_memory=pin_memory, **options)

    made.__doc__ = doc
    composite(name=name, method=False)(made)


_OPTIONS = """

    size: integers, or one sequence of them. out, dtype (else the default dtype), device,
    requires_grad: as for every creation. RuntimeError for sizes that are negative or too large.
    """
_filled("zeros", 0, f"""A tensor of zeros.{_OPTIONS}
    Source: https://pytorch.org/docs/stable/generated/torch.zeros.html""")
_filled("ones", 1, f"""A tensor of ones.{_OPTIONS}
    Source: https://pytorch.org/docs/stable/generated/torch.ones.html""")
_filled("empty", None, f"""A tensor of whatever the memory holds.{_OPTIONS}
    Source: https://pytorch.org/docs/stable/generated/torch.empty.html""")


def fill(name: str, array: Array, value: Any) -> None:
    """Write one number everywhere; RuntimeError if the dtype can't hold it."""
    kind = array.dtype.kind
    if type(value) is int and not -(2**63) <= value < 2**64:
        raise OverflowError(f"{name}(): {value} does not fit into 64 bits")
    if isinstance(value, complex) and kind != "c":
        if value.imag:
            raise RuntimeError(f"{name}(): {value} can't fill a tensor of {array.dtype}")
        value = value.real
    if kind == "b":
        value = bool(value)
    elif kind in "iu":
        value = _whole(name, value, array.dtype)
    elif kind != "c" and not -1e4 < value < 1e4 and math.isfinite(value):
        with np.errstate(over="ignore"):
            if not np.isfinite(np.asarray(value).astype(array.dtype)):
                raise RuntimeError(f"{name}(): {value} is too large for {array.dtype}")
    if type(array) is np.ndarray:
        array.fill(value)


def _whole(name: str, value: Any, dtype: Any) -> int:
    """The value as an integer that fits the dtype; negative ones wrap around in unsigned dtypes."""
    limits = np.iinfo(dtype)
    if not math.isfinite(value) or not min(limits.min, -limits.max) <= int(value) <= limits.max:
        raise RuntimeError(f"{name}(): {value} does not fit into {dtype}")
    return int(value) % (limits.max + 1) if limits.min == 0 else int(value)


def number(name: str, argument: str, value: Any) -> Any:
    """A Python number, or the number in a 0-d tensor; TypeError for anything else."""
    if isinstance(value, Tensor) and not value._array.ndim:
        return value._array.item()
    if isinstance(value, np.generic):
        return value.item()
    if not isinstance(value, (int, float, complex)):
        raise TypeError(f"{name}(): {argument} must be a number, not {type(value).__name__}")
    return value


@composite(method=False)
def full(
    size: Any, fill_value: Any, *, out: Any = None, dtype: Any = None, device: Any = None,
    **options: Any,
) -> Tensor:
    """A tensor of this size filled with one value, of the dtype that the value has.

    Source: https://pytorch.org/docs/stable/generated/torch.full.html
    """
    value = number("full", "fill_value", fill_value)
    if dtype is None and out is None:
        dtype = fill_value.dtype if isinstance(fill_value, Tensor) else dtypes.default_for(value)
    if not isinstance(size, (tuple, list)):
        raise TypeError(f"full(): size must be a tuple of ints, not {type(size).__name__}")
    array = allocate(np.empty, size_of(size), chosen(dtype, out), device)
    fill("full", array, value)
    return finish("full", array, out=out, **options)


@composite(method=False)
def scalar_tensor(s: Any, *, dtype: Any = None, device: Any = None, **options: Any) -> Tensor:
    """A 0-d tensor of one number, of the default dtype unless told."""
    array = allocate(np.empty, (), chosen(dtype), device)
    fill("scalar_tensor", array, number("scalar_tensor", "s", s))
    return finish("scalar_tensor", array, **options)


@composite(method=False)
def empty_strided(
    size: Any, stride: Any, *, dtype: Any = None, device: Any = None, **options: Any
) -> Tensor:
    """An uninitialised tensor with these strides, counted in elements.

    Source: https://pytorch.org/docs/stable/generated/torch.empty_strided.html
    """
    kind = chosen(dtype)
    return finish("empty_strided", room_by_strides(size_of(size), size_of(stride), kind, device),
                  **options)


def room_by_strides(
    shape: tuple[int, ...], strides: tuple[int, ...], dtype: Dtype, device: Any
) -> Array:
    """An uninitialised array of this shape and these strides, in just the memory it spans."""
    reach = sum((size - 1) * stride for size, stride in zip(shape, strides, strict=False))
    if devices.usable(device) is META:
        return blank(shape, dtype.numpy)
    memory_for_it = allocate(np.empty, (max(reach + 1, 1),), dtype)
    return over(memory_for_it.view(np.uint8), dtype.numpy, shape, strides, 0)


@composite(method=False)
def empty_permuted(
    size: Any, physical_layout: Any, *, dtype: Any = None, device: Any = None, **options: Any
) -> Tensor:
    """An uninitialised dense tensor whose dims lie in memory in the order `physical_layout`.

    Source: https://pytorch.org/docs/stable/generated/torch.empty_permuted.html
    """
    shape, order = size_of(size), size_of(physical_layout)
    if sorted(order) != list(range(len(shape))):
        raise RuntimeError(
            f"empty_permuted(): physical_layout {list(order)} must name each of {len(shape)} dims "
            "once")
    array = allocate(np.empty, tuple([shape[each] for each in order]), chosen(dtype), device)
    return finish("empty_permuted", array.transpose([order.index(i) for i in range(len(order))]),
                  **options)
