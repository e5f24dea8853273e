"""Norms: the length of a vector, by any power, and the nuclear norm of a matrix."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rushlight.ops.arguments import one_dim, some_dims, widened
from rushlight.ops.op import composite, op
from rushlight.ops.reduce import reduced, restored, total
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Array, Tensor


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
    size = widened(input._array)
    if ord != 2 or size.dtype.kind == "c":
        size = np.abs(size)
    axes = reduced(dim, size.ndim)
    if ord < 0 or math.isinf(ord):
        _need_elements(size, axes, ord)
    if ord == 0:
        value = np.add.reduce(size != 0, axis=axes, keepdims=keepdim, out=...)
    elif ord == 1 or math.prod([size.shape[each] for each in axes]) == 1:
        value = total(np.abs(size), axes, keepdim)  # of one element: no power to overflow
    elif math.isinf(ord):
        extreme = np.maximum if ord > 0 else np.minimum
        value = extreme.reduce(size, axis=axes, keepdims=keepdim, out=...)
    else:
        value = _root_of_powers(size, ord, axes, keepdim)
    return value.astype(input.dtype.to_real().numpy, copy=False)


_PIECE = 1024  # elements: more would cost digits


def _root_of_powers(size: Array, ord: float, axes: tuple[int, ...], keepdim: bool) -> Array:
    if ord == 2:
        return np.sqrt(_squares(size, axes, keepdim), out=...)
    return np.power(total(size**ord, axes, keepdim), 1 / ord, out=...)


def _squares(size: Array, axes: tuple[int, ...], keepdim: bool) -> Array:
    """The sum of squares along the axes; along all, by dot products of pieces."""
    if len(axes) < size.ndim or not size.flags.c_contiguous:
        return total(size * size, axes, keepdim)
    flat = size.reshape(-1)
    rest = flat.size % _PIECE
    pieces = flat[rest:].reshape(-1, _PIECE)
    summed = np.vecdot(pieces, pieces).sum() + flat[:rest].dot(flat[:rest])
    return np.asarray(summed).reshape([1] * size.ndim if keepdim else [])


def _need_elements(size: Array, axes: tuple[int, ...], ord: float) -> None:
    if 0 in [size.shape[each] for each in axes] or (size.size == 0 and len(axes) == size.ndim):
        raise RuntimeError(
            f"norm(): a tensor of shape {list(size.shape)} has no elements along {list(axes)}, so "
            f"no norm of order {ord} there")


def _decomposed(array: Array) -> tuple[Array, Array, Array]:
    """U, the singular values and Vh, as small as they can be."""
    u, values, vh = np.linalg.svd(array, full_matrices=False)
    return u, values, vh


def _turned(array: Array) -> Array:
    """The conjugate transpose of each matrix."""
    return array.conj().swapaxes(-1, -2)


def _turn(grad: Any, input: Any) -> Any:
    return _unitary_slope(grad, input)


@op(name="_unitary_part", face=False, method=False, input=_turn)
def _unitary_part(input: Tensor) -> Any:
    """U Vh, the gradient of the sum of the singular values."""
    u, _, vh = _decomposed(input._array)
    return u @ vh


@op(name="_unitary_slope", face=False, method=False,
    move=_turn, input=lambda grad: _no_third_order(grad))
def _unitary_slope(move: Tensor, input: Tensor) -> Any:
    """How U Vh turns as the matrix moves by `move`: a map that is its own adjoint.

    Inside the singular vectors' spaces only the skew part of the move counts, over the sums of
    pairs of singular values; what leaves a space counts over each of them.
    """
    u, values, vh = _decomposed(input._array)
    v, step = _turned(vh), move._array
    inside = _turned(u) @ step @ v
    skew = (inside - _turned(inside)) / (values[..., :, None] + values[..., None, :])
    over = 1 / values[..., None, :]
    leaves_u = (step @ v - u @ inside) * over
    leaves_v = (_turned(step) @ u - v @ _turned(inside)) * over
    return u @ skew @ vh + leaves_u @ vh + u @ _turned(leaves_v)


def _no_third_order(grad: Tensor) -> Tensor:
    raise NotImplementedError("norm('nuc') can't be differentiated three times")


@op(name="_nuclear", face=False, method=False, node="SumBackward1",
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
    axes = tuple(range(input.ndim)) if dim is None else some_dims(dim, input.ndim)
    if len(axes) != 2:
        raise RuntimeError("norm('nuc') is of matrices: give two dims")
    rows, columns = axes
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
    if not isinstance(ord, (int, float)):
        raise TypeError(f"vector_norm(): ord is a number, not {ord!r}")
    return _vector_norm(_floating("vector_norm", x, dtype), float(ord), dim, keepdim)


@composite()
def dist(input: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """The norm of input - other."""
    return norm(input - other, p)


@composite(out=True, inplace=True)
def renorm(input: Tensor, p: float, dim: int, maxnorm: float) -> Tensor:
    """Each slice along `dim` scaled down to the norm `maxnorm` of order p, where it exceeds that.

    RuntimeError unless p > 0, maxnorm >= 0 and the input, floating or complex, has two dims.
    """
    if not p > 0 or not maxnorm >= 0:
        raise RuntimeError(
            f"renorm(): p must be positive and maxnorm not negative, they are {p} and {maxnorm}")
    if input.ndim < 2:
        raise RuntimeError(f"renorm(): input needs two dims or more, it has {input.ndim}")
    kept = one_dim(dim, input.ndim)
    others = [d for d in range(input.ndim) if d != kept]
    size = _vector_norm(_floating("renorm", input, None), float(p), others, True)
    scale = (maxnorm / (size + 1e-7)).where(size > maxnorm, 1)
    return input * scale.to(input.dtype)
