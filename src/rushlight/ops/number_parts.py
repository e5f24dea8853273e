"""Numbers taken apart, and what is made of their bits: `frexp`, `hash_tensor`.

Source: https://docs.pytorch.org/docs/stable/generated/torch.frexp.html
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.ops.arguments import some_dims
from rushlight.ops.op import FACE, composite, op
from rushlight.ops.returns import results
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Tensor

Frexp = results("frexp", "mantissa", "exponent")


def _to_input(grad: Tensor, out: Any) -> Tensor:
    return grad / FACE["exp2"](out[1].to(grad.dtype))


@op(out=True, input=_to_input)
def frexp(input: Tensor) -> Any:
    """(mantissa, exponent): input = mantissa * 2^exponent, 1/2 <= |mantissa| < 1, exponent int32.

    RuntimeError for anything but floating-point numbers.
    """
    if not input.dtype.is_floating_point:
        raise RuntimeError(f"frexp(): floating-point numbers are needed, not {input.dtype}")
    mantissa, exponent = np.frexp(input._array)
    return Frexp._make((mantissa, np.where(np.isfinite(input._array), exponent, 0).astype("i4")))


@composite(out=True, looks=True)
def hash_tensor(
    input: Tensor, dim: Any = (), keepdim: bool = False, *, mode: int = 0
) -> Tensor:
    """The bits of all elements, as float64 or int64, joined by exclusive or: uint64.

    dim: along these dims only. RuntimeError for another mode, and for no elements and no dim.
    """
    if mode != 0:
        raise RuntimeError(f"hash_tensor(): mode is 0, not {mode}")
    array = np.asarray(input._array)
    if input.dtype.category == dtypes.COMPLEX:
        raise NotImplementedError("hash_tensor() is not defined for complex numbers")
    axes = some_dims(dim, array.ndim) if dim != () and array.ndim else tuple(range(array.ndim))
    if dim == () and array.size == 0:
        raise RuntimeError("hash_tensor(): say along which dim, the tensor has no elements")
    floating = input.dtype.is_floating_point
    bits = array.astype(np.float64 if floating else np.int64).view(np.uint64)
    found: Any = np.bitwise_xor.reduce(bits, axis=axes, keepdims=keepdim, out=...)
    return FACE["from_numpy"](found)
