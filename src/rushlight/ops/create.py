"""Tensors from sizes and ranges: `zeros`, `full`, `empty`, `arange`, `linspace`, `eye`.

Every creation goes through `allocate` (an array of a size, on a device) and `finish` (the tensor
over it, into `out=`, as a leaf that wants its gradient). The forms that take another tensor as
their pattern are in `like.py`; tensors from data in `construct.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from rushlight.autograd.methods import set_requires_grad
from rushlight.ops import write
from rushlight.ops.arguments import size_of
from rushlight.ops.op import composite
from rushlight.tensor import device as devices
from rushlight.tensor import dtypes, memory
from rushlight.tensor.device import CPU, META
from rushlight.tensor.dtypes import dtype as Dtype
from rushlight.tensor.meta import blank
from rushlight.tensor.tensor import Array, Tensor

_blank = object.__new__


def allocate(
    maker: Callable[..., Array], shape: tuple[int, ...], dtype: Dtype, device: Any = None
) -> Array:
    """What `maker` (such as np.zeros) makes of this shape, or a meta array in its place."""
    for each in shape:
        if each < 0:
            raise RuntimeError(f"a tensor can't have the size {list(shape)}: {each} is negative")
    wanted = math.prod(shape) * dtype.itemsize
    if wanted >= 2**63:
        raise RuntimeError(f"a tensor of {wanted} bytes, for size {list(shape)}, is too large")
    if devices.usable(device) is META:
        return blank(shape, dtype.numpy)
    try:
        return maker(shape, dtype.numpy)
    except (ValueError, MemoryError):
        raise RuntimeError(
            f"no memory for {wanted} bytes: a tensor of size {list(shape)}, {dtype}") from None


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
    made = _blank(Tensor)
    made._array = array
    made._node = made._storage = made._base = made._grad = None
    if out is not None:
        return write.copy_out(name, made, out, (), {})  # type: ignore[no-any-return]
    if requires_grad:
        set_requires_grad(made, True)
    return made


def chosen(dtype: Any, out: Any = None) -> Dtype:
    """The dtype asked for; else that of `out`; else the default one."""
    if dtype is not None:
        return dtypes.as_dtype(dtype)
    return dtypes._default if out is None else out.dtype


def sizes(name: str, size: Any, options: dict[str, Any]) -> tuple[int, ...]:
    """The sizes given as `f(2, 3)`, `f((2, 3))` or `f(size=(2, 3))`; TypeError for anything else."""
    if "size" in options and not size:
        size = (options.pop("size"),)
    if len(size) == 1 and not isinstance(size[0], (int, np.integer, Tensor)):
        (size,) = size
        if not isinstance(size, (tuple, list)):
            raise TypeError(f"{name}(): size is made of integers, not {type(size).__name__}")
    return size_of(size)


def _filled(name: str, maker: Callable[..., Array], doc: str) -> None:
    def made(
        *size: Any, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
        pin_memory: bool = False, requires_grad: bool = False, **options: Any,
    ) -> Tensor:
        if dtype is None and device is None and out is None and devices._defaults[-1] is CPU:
            try:
                array = maker(size, dtypes._default.numpy)
            except (ValueError, TypeError, MemoryError):
                pass
            else:
                if not (requires_grad or layout or pin_memory or options):
                    tensor = _blank(Tensor)
                    tensor._array = array
                    tensor._node = tensor._storage = tensor._base = tensor._grad = None
                    return tensor
        format = options.pop("memory_format", None)
        array = allocate(maker, sizes(name, size, options), chosen(dtype, out), device)
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
_filled("zeros", np.zeros, f"""A tensor of zeros.{_OPTIONS}
    Source: https://pytorch.org/docs/stable/generated/torch.zeros.html""")
_filled("ones", np.ones, f"""A tensor of ones.{_OPTIONS}
    Source: https://pytorch.org/docs/stable/generated/torch.ones.html""")
_filled("empty", np.empty, f"""A tensor of whatever the memory holds.{_OPTIONS}
    Source: https://pytorch.org/docs/stable/generated/torch.empty.html""")


@composite(method=False)
def full(
    size: Any, fill_value: Any, *, out: Any = None, dtype: Any = None, device: Any = None,
    **options: Any,
) -> Tensor:
    """A tensor of this size filled with one value, of the dtype that the value has.

    Source: https://pytorch.org/docs/stable/generated/torch.full.html
    """
    value = fill_value._array.item() if isinstance(fill_value, Tensor) else fill_value
    if dtype is None and out is None:
        dtype = fill_value.dtype if isinstance(fill_value, Tensor) else dtypes.default_for(value)
    array = allocate(np.empty, sizes("full", (size,), {}), chosen(dtype, out), device)
    fill("full", array, value)
    return finish("full", array, out=out, **options)


def fill(name: str, array: Array, value: Any) -> None:
    """Write one number everywhere; RuntimeError if the dtype can't hold it."""
    kind = array.dtype.kind
    if isinstance(value, complex) and kind != "c":
        raise RuntimeError(f"{name}(): a complex number can't fill a tensor of {array.dtype}")
    if kind in "iu" and isinstance(value, float):
        value = int(value)
    try:
        array.fill(bool(value) if kind == "b" else value)
    except OverflowError:
        raise RuntimeError(f"{name}(): {value} does not fit into {array.dtype}") from None


@composite(method=False)
def arange(
    start: Any = None, end: Any = None, step: Any = 1, *, out: Any = None, dtype: Any = None,
    device: Any = None, **options: Any,
) -> Tensor:
    """The numbers from `start` (0 if left out) up to, not including, `end`, `step` apart.

    dtype: int64 if all three are integers, else the default one. RuntimeError for a step of zero
    or one that leads away from `end`.
    Source: https://pytorch.org/docs/stable/generated/torch.arange.html
    """
    if end is None:
        start, end = 0, start
    start, end, step = [_number("arange", each) for each in (start, end, step)]
    if dtype is None and out is None:
        whole = all(isinstance(each, (int, np.integer)) for each in (start, end, step))
        dtype = dtypes.int64 if whole else dtypes.get_default_dtype()
    target = chosen(dtype, out)
    count = _steps(start, end, step, target)
    array = allocate(np.empty, (count,), target, device)
    if array.strides != (0,):
        array[:] = _ramp(start, step, count, target)
    return finish("arange", array, out=out, **options)


def _number(name: str, value: Any) -> Any:
    if isinstance(value, Tensor) and value._array.size == 1:
        value = value._array.item()
    if isinstance(value, np.generic):
        value = value.item()
    if not isinstance(value, (int, float)):
        raise TypeError(f"{name}(): start, end and step are numbers, not {type(value).__name__}")
    return value


def _steps(start: Any, end: Any, step: Any, dtype: Dtype) -> int:
    """How many numbers there are from start to end."""
    if step == 0:
        raise RuntimeError("arange(): step must not be zero")
    if not all(math.isfinite(each) for each in (start, end, step)):
        raise RuntimeError(f"arange(): no such range: from {start} to {end}")
    if (end < start) if step > 0 else (end > start):
        raise RuntimeError(f"arange(): a step of {step} leads from {start} away from {end}")
    if dtype is dtypes.int64:
        return max(-((int(start) - int(end)) // int(step)), 0)
    return math.ceil((end - start) / step)


def _ramp(start: Any, step: Any, count: int, dtype: Dtype) -> Array:
    """`start + i * step`, computed in the precision that the dtype is computed in."""
    if dtype.category <= dtypes.INTEGER:
        return int(start) + np.arange(count) * int(step)
    return start + np.arange(count) * step
