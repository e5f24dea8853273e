"""`beta * input + alpha * product`: `addmm`, `addmv`, `addr`, `addbmm`, `baddbmm`.

With `beta` zero, `input` is not looked at: what it holds, nan included, does not count. All
operands share one dtype; `input` broadcasts to the product's shape.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.autograd.modes import modes
from rushlight.autograd.node import next_order
from rushlight.engine import deferred
from rushlight.engine.products import product, shape_of
from rushlight.ops.arguments import need_tensor, widened
from rushlight.ops.assign import number_for
from rushlight.ops.matmul import (
    adjoint,
    check_batches,
    check_sizes,
    fitting,
    need_dims,
)
from rushlight.ops.op import conjugate, op
from rushlight.ops.views import short_way
from rushlight.tensor import dtypes, promotion
from rushlight.tensor.tensor import Array, Tensor

_blank = object.__new__
_NOWHERE = (None, None, None)


def _sum(op: str, input: Tensor, beta: Any, a: Array, b: Array, alpha: Any) -> Array:
    """`beta * input + alpha * (a @ b)`; `input` must broadcast to the product."""
    array = need_tensor(op, "input", input)._array
    _check_shape(op, array, shape_of(a, b))
    if type(beta) is int and beta == 1 and type(alpha) is int and alpha == 1:
        return product(a, b, array)
    return _scaled(array, beta, product(widened(a), widened(b)), alpha, a.dtype)


def _scaled(array: Array, beta: Any, made: Array, alpha: Any, dtype: Any) -> Array:
    """`beta * array + alpha * made`, in this dtype."""
    if type(alpha) is not int or alpha != 1:
        made = deferred.of(made) * number_for(alpha, made.dtype)
    if beta == 0:
        return made.astype(dtype, copy=False)
    made = deferred.of(made)
    held = np.broadcast_to(array, made.shape).astype(made.dtype, copy=False)
    if type(beta) is not int or beta != 1:
        held = held * number_for(beta, made.dtype)
    return (held + made).astype(dtype, copy=False)


def _check_shape(op: str, array: Array, shape: tuple[int, ...]) -> None:
    try:
        fits = np.broadcast_shapes(array.shape, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise RuntimeError(
            f"{op}(): input of shape {list(array.shape)} does not broadcast to the product's "
            f"shape, {list(shape)}")


def _one_dtype(op: str, input: Tensor, other: Array) -> None:
    if need_tensor(op, "input", input)._array.dtype != other.dtype:
        raise RuntimeError(
            f"{op}(): input is {input.dtype}, the factors are {dtypes.of(other.dtype)}: a product "
            "needs one dtype, convert one of them")


def _times(grad: Any, number: Any) -> Any:
    """The gradient times the conjugate of a factor."""
    return grad if type(number) is int and number == 1 else grad * conjugate(number)


@op(name="addmm", out=True, inplace=True, input=lambda grad, beta: _times(grad, beta),
    mat1=lambda grad, mat1, mat2, alpha: _times(grad @ adjoint(mat2), alpha),
    mat2=lambda grad, mat1, alpha: _times(adjoint(mat1) @ grad, alpha))
def _addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Any:
    a, b = need_dims("addmm", "mat1", mat1, 2), need_dims("addmm", "mat2", mat2, 2)
    check_sizes("addmm", "mat1", a, "mat2", b)
    fitting("addmm", "mat1", a, "mat2", b)
    _one_dtype("addmm", input, a)
    return _sum("addmm", input, beta, a, b, alpha)


_NODE = _addmm.row.node_class()


@short_way(_addmm)
def addmm(
    input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Any = 1, alpha: Any = 1,
    out: Tensor | None = None,
) -> Tensor:
    """beta * input + alpha * (mat1 @ mat2), for matrices `mat1` and `mat2`.

    `input` broadcasts to the product; with beta=0 it is ignored, nan and all.
    Source: https://pytorch.org/docs/stable/generated/torch.addmm.html
    """
    if out is None and beta == 1 and alpha == 1 and isinstance(mat2, Tensor):
        result = _short(input, mat1, mat2)
        if result is not None:
            return result
    return _addmm(input, mat1, mat2, beta=beta, alpha=alpha, out=out)


def _short(input: Any, mat1: Any, mat2: Tensor) -> Tensor | None:
    """The short way for float tensors of one dtype and the plain sum; None for anything else."""
    if not isinstance(input, Tensor) or not isinstance(mat1, Tensor):
        return None
    held, a, b = input._array, mat1._array, mat2._array
    dtype = a.dtype
    if not (a.ndim == 2 == b.ndim and held.dtype is dtype is b.dtype and dtype.char in "fd"):
        return None
    if a.shape[1] != b.shape[0]:
        return None
    try:
        array = product(a, b, held)
    except ValueError:
        return None
    result = _blank(Tensor)
    result._array = array
    result._node = result._storage = result._base = result._grad = None
    edges = (input._node, mat1._node, mat2._node)
    if edges != _NOWHERE and modes.grad:
        node: Any = _blank(_NODE)
        node.edges = edges
        node.order = next_order()
        node.saved = (1, mat1, mat2, 1)
        node.watch = node.targets = node.versions = None
        if held.shape != array.shape:
            node.targets = ((held.shape, dtype), None, None)
        if mat1._storage is not None or mat2._storage is not None:
            node.versions = (-1, mat1._version, mat2._version, -1)
        result._node = node
    return result


@op(out=True, inplace=True, input=lambda grad, beta: _times(grad, beta),
    mat=lambda grad, vec, alpha: _times(grad.unsqueeze(-1) * conjugate(vec), alpha),
    vec=lambda grad, mat, alpha: _times(adjoint(mat) @ grad, alpha))
def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta * input + alpha * (mat @ vec), for a matrix and a vector."""
    a, b = need_dims("addmv", "mat", mat, 2), need_dims("addmv", "vec", vec, 1)
    check_sizes("addmv", "mat", a, "vec", b)
    fitting("addmv", "mat", a, "vec", b)
    _one_dtype("addmv", input, a)
    return _sum("addmv", input, beta, a, b, alpha)


@op(out="cast", inplace=True, input=lambda grad, beta: _times(grad, beta),
    vec1=lambda grad, vec2, alpha: _times(grad @ conjugate(vec2), alpha),
    vec2=lambda grad, vec1, alpha: _times(conjugate(vec1) @ grad, alpha))
def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta * input + alpha * the outer product of two vectors, in their common dtype."""
    a, b = need_dims("addr", "vec1", vec1, 1), need_dims("addr", "vec2", vec2, 1)
    held = need_tensor("addr", "input", input)._array
    dtype = promotion.result_of(
        [(dtypes.of(each.dtype), promotion.rank_of(each)) for each in (held, a, b)])
    _check_factors("addr", dtype, beta=beta, alpha=alpha)
    if dtype is dtypes.bool_:
        outer = np.logical_and.outer(a, b) & bool(alpha)
        shown = np.broadcast_to(held, outer.shape)
        return outer | (shown & bool(beta)) if beta else outer
    wide = np.float32 if dtype.numpy in dtypes.LOW_PRECISION else dtype.numpy
    _check_shape("addr", held, a.shape + b.shape)
    outer = np.multiply.outer(a.astype(wide), b.astype(wide))
    return _scaled(held, beta, outer, alpha, dtype.numpy)


def _check_factors(op: str, dtype: dtypes.dtype, **factors: Any) -> None:
    """RuntimeError for a factor of a higher category than the result, or a bool one."""
    for name, value in factors.items():
        if isinstance(value, bool) and dtype is not dtypes.bool_:
            raise RuntimeError(f"{op}(): {name} is a bool, which is for bool tensors only")
        if dtypes.default_for(value).category > max(dtype.category, dtypes.INTEGER):
            raise RuntimeError(f"{op}(): {name}={value} does not fit a result of {dtype}")


@op(out=True, inplace=True, input=lambda grad, beta: _times(grad, beta),
    batch1=lambda grad, batch2, alpha: _times(grad @ adjoint(batch2), alpha),
    batch2=lambda grad, batch1, alpha: _times(adjoint(batch1) @ grad, alpha))
def baddbmm(
    input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1
) -> Any:
    """beta * input + alpha * the products of two batches of matrices."""
    a, b = _batches("baddbmm", input, batch1, batch2)
    return _sum("baddbmm", input, beta, a, b, alpha)


@op(out=True, inplace=True, input=lambda grad, beta: _times(grad, beta),
    batch1=lambda grad, batch2, alpha: _times(grad @ adjoint(batch2), alpha),
    batch2=lambda grad, batch1, alpha: _times(adjoint(batch1) @ grad, alpha))
def addbmm(
    input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1
) -> Any:
    """beta * input + alpha * the sum of the products of two batches of matrices."""
    a, b = _batches("addbmm", input, batch1, batch2)
    batch, rows, inner = a.shape
    # The sum over the batch is one product: matrices side by side, times matrices in a column.
    side = a.transpose(1, 0, 2).reshape(rows, batch * inner)
    below = b.reshape(batch * inner, b.shape[2])
    return _sum("addbmm", input, beta, side, below, alpha)


def _batches(op: str, input: Tensor, batch1: Tensor, batch2: Tensor) -> tuple[Array, Array]:
    a, b = need_dims(op, "batch1", batch1, 3), need_dims(op, "batch2", batch2, 3)
    check_batches(op, "batch1", a, "batch2", b)
    _one_dtype(op, input, a)
    return a, b
