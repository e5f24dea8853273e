"""Complex numbers put together: `complex` from its parts, `polar` from length and angle."""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.ops import write
from rushlight.ops.op import composite, op
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Array, Tensor


def _parts(name: str, first: Tensor, second: Tensor) -> tuple[Array, Array, Any]:
    """Two arrays of one real dtype, and the complex dtype made of it."""
    kind = first.dtype
    if second.dtype is not kind:
        raise RuntimeError(f"{name}(): the parts have dtypes {kind} and {second.dtype}: give one")
    if kind is dtypes.float16 and name == "complex":
        raise NotImplementedError("complex(): there is no complex dtype of float16 parts here")
    if kind not in (dtypes.float32, dtypes.float64):
        error = NotImplementedError if name == "polar" else RuntimeError
        raise error(f"{name}(): the parts must be float32 or float64, not {kind}")
    return first._array, second._array, kind.to_complex().numpy


@op(name="_complex", face=False, method=False, node="ComplexBackward0",
    real=lambda grad: grad.real, imag=lambda grad: grad.imag)
def _complex(real: Tensor, imag: Tensor) -> Any:
    a, b, kind = _parts("complex", real, imag)
    made = np.empty(np.broadcast_shapes(a.shape, b.shape), kind)
    made.real, made.imag = a, b
    return made


@composite(method=False)
def complex(real: Tensor, imag: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The complex numbers with these real and imaginary parts.

    Source: https://pytorch.org/docs/stable/generated/torch.complex.html
    """
    made = _complex(real, imag)
    if out is None:
        return made
    if out.dtype is not made.dtype:
        raise RuntimeError(f"complex(): the result is {made.dtype}, but out is {out.dtype}")
    return write.copy_out("complex", made, out, (real, imag), {})


@op(out=True, method=False,
    abs=lambda grad, out: (grad.conj() * out.sgn()).real,
    angle=lambda grad, out: (grad.conj() * out * 1j).real)
def polar(abs: Tensor, angle: Tensor) -> Any:
    """The complex numbers of these lengths and angles: `abs * exp(i * angle)`.

    Source: https://pytorch.org/docs/stable/generated/torch.polar.html
    """
    a, b, kind = _parts("polar", abs, angle)
    made = np.empty(np.broadcast_shapes(a.shape, b.shape), kind)
    made.real, made.imag = a * np.cos(b), a * np.sin(b)
    return made
