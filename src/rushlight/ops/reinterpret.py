"""The same bytes seen as other numbers: `view(dtype)`, `view_as_real`, `view_as_complex`."""

from __future__ import annotations

from typing import Any

from rushlight.ops.layout import strides_of
from rushlight.ops.op import composite, op
from rushlight.tensor import dtypes, storage
from rushlight.tensor.meta import MetaArray
from rushlight.tensor.tensor import Tensor, alias


@composite(name="_view_as_dtype", face=False)
def view_as_dtype(input: Tensor, dtype: Any) -> Tensor:
    """The same bytes, seen as another dtype; the last dim's size changes with the item size."""
    array = input._array
    target = dtypes.as_dtype(dtype).numpy
    seen = alias(input)
    if isinstance(array, MetaArray):
        raise NotImplementedError("view(dtype) of a meta tensor is not supported")
    before, after = array.itemsize, target.itemsize
    if before != after:
        _check_other_width(input, after)
    seen._array = array.view(target)
    return seen


def _check_other_width(input: Tensor, after: int) -> None:
    array = input._array
    before = array.itemsize
    if array.ndim == 0:
        raise RuntimeError(
            f"view(dtype): a 0-d tensor of {before} bytes can't be seen as one of {after} bytes")
    if array.strides[-1] != before and array.shape[-1] != 1 and array.size:
        raise RuntimeError(
            "view(dtype): to change the element size, the last dim must have stride 1: use "
            "contiguous() first")
    if after > before:
        times = after // before
        offset = storage.address(array) - storage.address(storage.of(input).bytes())
        if array.shape[-1] % times:
            raise RuntimeError(
                f"view(dtype): {array.shape[-1]} elements of {before} bytes in the last dim do not "
                f"make whole ones of {after} bytes")
        if offset % after or any(each % after for each in array.strides[:-1]):
            raise RuntimeError(
                f"view(dtype): the offset and the strides must be whole elements of {after} bytes")


@op(view=True, input=lambda grad: grad.contiguous().view_as_complex())
def view_as_real(input: Tensor) -> Any:
    """A complex tensor as real numbers, with a last dim of size 2: real and imaginary parts.

    Source: https://pytorch.org/docs/stable/generated/torch.view_as_real.html
    """
    array = input._array
    if array.dtype.kind != "c":
        raise RuntimeError(f"view_as_real(): the tensor must be complex, not {input.dtype}")
    return array[..., None].view(input.dtype.to_real().numpy)


@op(view=True, input=lambda grad: grad.view_as_real())
def view_as_complex(input: Tensor) -> Any:
    """A tensor whose last dim, of size 2, holds real and imaginary parts, as complex numbers.

    Source: https://pytorch.org/docs/stable/generated/torch.view_as_complex.html
    """
    array = input._array
    if array.dtype not in (dtypes.float32.numpy, dtypes.float64.numpy):
        raise RuntimeError(
            f"view_as_complex(): the tensor must be float32 or float64, not {input.dtype}")
    strides = strides_of(array)
    if array.ndim == 0 or array.shape[-1] != 2:
        raise RuntimeError(
            f"view_as_complex(): the last dim must have size 2; the shape is {list(array.shape)}")
    if strides[-1] != 1 or any(each % 2 for each in strides[:-1]):
        raise RuntimeError(
            "view_as_complex(): the last dim must have stride 1 and the others even strides: use "
            "contiguous() first")
    if input.storage_offset() % 2:
        raise RuntimeError("view_as_complex(): the storage offset must be even")
    return array.view(input.dtype.to_complex().numpy)[..., 0]
