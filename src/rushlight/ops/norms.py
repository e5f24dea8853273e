"""Norms: the length of a vector, by any power, and the nuclear norm of a matrix."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rushlight.ops.arguments import some_dims, widened
from rushlight.ops.op import composite, op
from rushlight.ops.reduce import reduced, restored
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Tensor


def _norm_slope(grad: Any, input: Any, ord: float, dim: Any, keepdim: bool, out: Any) -> Any:
    ndim = input._array.ndim
    grad, value = restored(grad, ndim, dim, keepdim), restored(out, ndim, dim, keepdim)
    if ord == 0:
        return input * 0
    if ord == 1:
        return input.sgn() * grad
    value = value.where(value != 0, 1)  # there the input is zero, and so is its share
    if ord == 2:
        return input * (grad / value)
    if math.isinf(ord):
        size = input.abs()
        ties = size == value
        return input.sgn() * (grad * ties / ties.sum(dim, True) if ndim else grad)
    size = input.abs()
    return (input.sgn() * size ** (ord - 1)).where(size != 0, 0) * (grad / value ** (ord - 1))


@op(name="_vector_norm", face=False, method=False, node="LinalgVectorNormBackward0",
    input=_norm_slope)
def _vector_norm(input: Tensor, ord: float, dim: Any, keepdim: bool) -> Any:
    size = np.abs(widened(input._array))
    axes = reduced(dim, size.ndim)
    real = input.dtype.to_real().numpy
    if not size.size and (ord < 0 or math.isinf(ord)):
        raise RuntimeError(f"norm(): no elements, so no norm of order {ord}")
    if ord == math.inf:
        value = np.max(size, axes, keepdims=keepdim)
    elif ord == -math.inf:
        value = np.min(size, axes, keepdims=keepdim)
    elif ord == 0:
        value = np.sum(size != 0, axes, keepdims=keepdim)
    elif ord == 1:
        value = np.sum(size, axes, keepdims=keepdim)
    elif ord == 2:
        value = np.sqrt(np.sum(size * size, axes, keepdims=keepdim))
    else:
        value = np.sum(size**ord, axes, keepdims=keepdim) ** (1 / ord)
    return np.asarray(value).astype(real, copy=False)


@op(name="_unitary_part", face=False, method=False, input=lambda grad: _no_second_order(grad))
def _unitary_part(input: Tensor) -> Any:
    """U Vh of the singular value decomposition."""
    u, _, vh = np.linalg.svd(input._array, full_matrices=False)
    return u @ vh


def _no_second_order(grad: Tensor) -> Tensor:
    raise NotImplementedError("norm('nuc'): its second derivative is not here")


@op(name="_nuclear", face=False, method=False, node="LinalgNuclearNormBackward0",
    input=lambda grad, input: grad.unsqueeze(-1).unsqueeze(-1) * _unitary_part(input))
def _nuclear(input: Tensor) -> Any:
    values = np.linalg.svd(widened(input._array), compute_uv=False)
    return np.asarray(values.sum(-1)).astype(input.dtype.to_real().numpy, copy=False)


def _floating(name: str, input: Tensor, dtype: Any) -> Tensor:
    """The tensor in the dtype asked for; RuntimeError for integers, and from complex to real."""
    if input.dtype.category < dtypes.FLOATING:
        raise RuntimeError(f"{name}(): convert {input.dtype} to floating point first")
    if dtype is not None and dtypes.as_dtype(dtype).category < input.dtype.category:
        raise RuntimeError(f"{name}(): {input.dtype} does not go into {dtype}")
    return input if dtype is None else input.to(dtype)


@composite(out=True)
def norm(
    input: Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None
) -> Tensor:
    """The norm of order `p` over `dim`: a number, inf, "fro" (2), or "nuc" (of matrices).

    Raises RuntimeError for integers, and for "nuc" of anything but matrices.
    Source: https://pytorch.org/docs/stable/generated/torch.norm.html
    """
    input = _floating("norm", input, dtype)
    if isinstance(p, str) and p not in ("fro", "nuc"):
        raise RuntimeError(f"norm(): the order is a number, 'fro' or 'nuc', not {p!r}")
    if p != "nuc":
        return _vector_norm(input, 2.0 if p in ("fro", None) else float(p), dim, keepdim)
    rows, columns = (0, 1) if dim is None and input.ndim == 2 else (
        some_dims(dim, input.ndim) if dim is not None and len(dim) == 2 else (None, None))
    if rows is None or columns is None:
        raise RuntimeError("norm('nuc') is of matrices: give two dims")
    result = _nuclear(input.movedim((rows, columns), (-2, -1)))
    if keepdim:
        for axis in sorted((rows, columns)):
            result = result.unsqueeze(axis)
    return result


@composite(name="linalg.vector_norm", method=False, out=True)
def vector_norm(
    x: Tensor, ord: float = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The norm of order `ord` over `dim`, all elements if it is left out."""
    return _vector_norm(_floating("vector_norm", x, dtype), float(ord), dim, keepdim)


@composite()
def dist(input: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """The norm of input - other."""
    return norm(input - other, p)


