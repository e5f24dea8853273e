"""Products of matrices and vectors: `@`, `matmul`, `mm`, `bmm`, `mv`, `dot`, `inner`, `outer`.

Every product ends in the engine's `product`: two arrays of one dtype, by the rules of
`torch.matmul` (vectors are rows or columns as needed, batches broadcast). Two small matrices, the
commonest case, go by a short way. Next: `addmm.py` (a product added to something) and `einsum.py`
(labelled dims).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rushlight.autograd.modes import modes
from rushlight.autograd.node import OpNode, next_order
from rushlight.engine.products import OTHERS, product
from rushlight.ops.arguments import need_tensor
from rushlight.ops.op import composite, conjugate, op, publish
from rushlight.ops.views import short_way
from rushlight.tensor import dtypes, meta
from rushlight.tensor.meta import MetaArray
from rushlight.tensor.tensor import Array, Tensor, wrap

_blank = object.__new__


# --- arrays

def fitting(op: str, first: str, a: Array, second: str, b: Array) -> None:
    """Refuse two operands whose dtypes have no product."""
    if a.dtype != b.dtype:
        raise RuntimeError(
            f"{op}(): {first} is {dtypes.of(a.dtype)}, {second} is {dtypes.of(b.dtype)}: a product "
            "needs one dtype, convert one of them")
    if a.dtype.char in "?HILQ" or dtypes.of(a.dtype).storage_only:
        raise NotImplementedError(f"{op}() is not defined for {dtypes.of(a.dtype)}")


def need_dims(op: str, name: str, value: Any, ndim: int) -> Array:
    """The array of a tensor that must have `ndim` dims."""
    array = need_tensor(op, name, value)._array
    if array.ndim != ndim:
        raise RuntimeError(
            f"{op}(): {name} must have {ndim} dims, not {array.ndim} (shape {list(array.shape)})")
    return array


def _refuse(op: str, first: str, a: Array, second: str, b: Array, why: str) -> RuntimeError:
    return RuntimeError(
        f"{op}(): {first} of shape {list(a.shape)} and {second} of shape {list(b.shape)} do not "
        f"multiply: {why}")


def check_sizes(op: str, first: str, a: Array, second: str, b: Array) -> None:
    """RuntimeError unless `a @ b` exists."""
    if not a.ndim or not b.ndim:
        name = second if a.ndim else first
        raise RuntimeError(f"{op}(): {name} has no dims, and a product needs at least 1: use *")
    dim = max(b.ndim - 2, 0)
    if a.shape[-1] != b.shape[dim]:
        raise _refuse(op, first, a, second, b, f"the last size of {first} must be the size of dim "
                      f"{dim} of {second}, and {a.shape[-1]} is not {b.shape[dim]}")
    for left, right in zip(a.shape[-3::-1], b.shape[-3::-1], strict=False):
        if left != right and left != 1 and right != 1:
            raise _refuse(op, first, a, second, b, f"the batch sizes {left} and {right} do not "
                          "broadcast")


# --- derivatives

def adjoint(matrix: Tensor) -> Any:
    """The (batches of) matrices, transposed and conjugated."""
    complex_ = matrix._array.dtype.kind == "c"
    if not modes.grad:
        turned = matrix._array.swapaxes(-2, -1)
        return wrap(turned.conj() if complex_ else turned)
    flipped = matrix.transpose(-2, -1)
    return flipped.conj() if complex_ else flipped


def _to_input(grad: Any, input: Any, other: Any) -> Tensor:
    """The gradient of `input` in `input @ other`, batches not summed yet."""
    if other._array.ndim == 1:
        return (grad if input._array.ndim == 1 else grad.unsqueeze(-1)) * conjugate(other)
    if input._array.ndim == 1:
        return (conjugate(other) @ grad.unsqueeze(-1)).squeeze(-1)
    return grad @ adjoint(other)


def _to_other(grad: Any, input: Any, other: Any) -> Tensor:
    """The gradient of `other` in `input @ other`, batches not summed yet."""
    if input._array.ndim == 1:
        if other._array.ndim == 1:
            return grad * conjugate(input)
        return conjugate(input).unsqueeze(-1) * grad.unsqueeze(-2)
    if other._array.ndim <= 2:
        rows = math.prod(input._array.shape[:-1])
        input = input.reshape(rows, input._array.shape[-1])
        grad = grad.reshape(rows, *other._array.shape[1:])
    return adjoint(input) @ grad


def _node_name(bound: dict[str, Any]) -> str:
    dims = (bound["input"]._array.ndim, bound["other"]._array.ndim)
    return {(1, 1): "DotBackward0", (2, 1): "MvBackward0", (1, 2): "SqueezeBackward4",
            (2, 2): "MmBackward0"}.get(dims, "UnsafeViewBackward0")


# --- matmul, mm, bmm

@op(name="matmul", out=True, node=_node_name, input=_to_input, other=_to_other)
def _matmul(input: Tensor, other: Tensor) -> Any:
    a, b = input._array, other._array
    check_sizes("matmul", "input", a, "other", b)
    fitting("matmul", "input", a, "other", b)
    return product(a, b)


@op(name="mm", out=True, input=lambda grad, input, mat2: grad @ adjoint(mat2),
    mat2=lambda grad, input: adjoint(input) @ grad)
def _mm(input: Tensor, mat2: Tensor) -> Any:
    a, b = need_dims("mm", "input", input, 2), need_dims("mm", "mat2", mat2, 2)
    check_sizes("mm", "input", a, "mat2", b)
    fitting("mm", "input", a, "mat2", b)
    return product(a, b)


@op(name="bmm", out=True, input=lambda grad, input, mat2: grad @ adjoint(mat2),
    mat2=lambda grad, input: adjoint(input) @ grad)
def _bmm(input: Tensor, mat2: Tensor) -> Any:
    a, b = need_dims("bmm", "input", input, 3), need_dims("bmm", "mat2", mat2, 3)
    check_batches("bmm", "input", a, "mat2", b)
    return product(a, b)


_NODES = {
    (left, right): _matmul.row.node_class(
        {"input": wrap(np.zeros((1,) * left)), "other": wrap(np.zeros((1,) * right))})
    for left in range(1, 6) for right in range(1, 6)
}
_MM_NODE, _BMM_NODE = _mm.row.node_class(), _bmm.row.node_class()


def _matrices(input: Tensor, other: Tensor) -> Tensor | None:
    """The short way for two float matrices of one dtype; None where anything is unusual."""
    a, b = input._array, other._array
    if not (a.ndim == 2 == b.ndim and a.dtype is b.dtype and a.dtype.char in "fd"):
        return None
    if a.shape[1] != b.shape[0]:
        return None
    if meta.seen and MetaArray in (type(a), type(b)):
        if type(a) is not type(b):
            return None  # an error, which the row tells
        array: Any = meta.blank((a.shape[0], b.shape[1]), a.dtype)
    else:
        array = a.dot(b) if a.size * b.shape[1] <= OTHERS else product(a, b)
    result = _blank(Tensor)
    result._array = array
    result._node = result._storage = result._base = result._grad = None
    if (input._node is not None or other._node is not None) and modes.grad:
        _record(result, _MM_NODE, input, other)
    return result


def _record(result: Tensor, node_class: type[OpNode], input: Tensor, other: Tensor) -> None:
    """Give a product its node, which saves both operands, in this order."""
    node: Any = _blank(node_class)
    node.edges = (input._node, other._node)
    node.order = next_order()
    node.saved = (input, other)
    node.watch = node.targets = node.versions = None
    a, b = input._array, other._array
    if a.ndim > 2 or b.ndim > 2:
        node.targets = ((a.shape, a.dtype), (b.shape, b.dtype))
    if input._storage is not None or other._storage is not None:
        node.versions = (input._version, other._version)
    result._node = node


def _batches(input: Tensor, other: Tensor, node_class: type[OpNode] | None) -> Tensor | None:
    """The short way for float tensors of one dtype and other dims than 2 and 2."""
    a, b = input._array, other._array
    node_class = node_class or _NODES.get((a.ndim, b.ndim))
    if a.dtype is not b.dtype or a.dtype.char not in "fd" or node_class is None or meta.seen:
        return None
    if a.shape[-1] != b.shape[max(b.ndim - 2, 0)]:
        return None
    try:
        result = wrap(product(a, b))
    except ValueError:
        return None
    if (input._node is not None or other._node is not None) and modes.grad:
        _record(result, node_class, input, other)
    return result


@short_way(_matmul)
def matmul(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The matrix product of two tensors.

    Vectors give a number; a matrix and a vector a vector; more dims are batches of matrices, which
    broadcast. A 1-d `input` is a row, a 1-d `other` a column, and that dim is not in the result.
    Raises RuntimeError where sizes or dtypes do not fit, NotImplementedError for bool.
    Source: https://pytorch.org/docs/stable/generated/torch.matmul.html
    """
    if out is None and isinstance(other, Tensor) and isinstance(input, Tensor):
        result = _matrices(input, other)
        if result is None:
            result = _batches(input, other, None)
        if result is not None:
            return result
    return _matmul(input, other, out=out)


@short_way(_mm)
def mm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The product of two matrices.

    Source: https://pytorch.org/docs/stable/generated/torch.mm.html
    """
    if out is None and isinstance(mat2, Tensor) and isinstance(input, Tensor):
        result = _matrices(input, mat2)
        if result is not None:
            return result
    return _mm(input, mat2, out=out)


@short_way(_bmm)
def bmm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The products of two batches of matrices, (b, n, m) and (b, m, p); nothing broadcasts.

    Source: https://pytorch.org/docs/stable/generated/torch.bmm.html
    """
    if out is None and isinstance(mat2, Tensor) and isinstance(input, Tensor):
        a, b = input._array, mat2._array
        if a.ndim == 3 == b.ndim and a.shape[0] == b.shape[0]:
            result = _batches(input, mat2, _BMM_NODE)
            if result is not None:
                return result
    return _bmm(input, mat2, out=out)


def _operator(self: Tensor, other: Any) -> Any:
    if not isinstance(other, Tensor):
        return NotImplemented
    result = _matrices(self, other)
    return matmul(self, other) if result is None else result


def _reflected(self: Tensor, other: Any) -> Any:
    return matmul(other, self) if isinstance(other, Tensor) else NotImplemented


publish(matmul, "linalg.matmul", doc=matmul.__doc__, method=False)
for _name, _method in {"__matmul__": _operator, "__rmatmul__": _reflected}.items():
    setattr(Tensor, _name, _method)


def check_batches(op: str, first: str, a: Array, second: str, b: Array) -> None:
    """RuntimeError unless two batches of matrices multiply one by one."""
    if a.shape[0] != b.shape[0]:
        raise _refuse(op, first, a, second, b, f"{a.shape[0]} matrices and {b.shape[0]}")
    check_sizes(op, first, a, second, b)
    fitting(op, first, a, second, b)


@op(out=True, input=lambda grad, vec: grad.unsqueeze(-1) * conjugate(vec),
    vec=lambda grad, input: adjoint(input) @ grad)
def mv(input: Tensor, vec: Tensor) -> Any:
    """The product of a matrix and a vector."""
    a, b = need_dims("mv", "input", input, 2), need_dims("mv", "vec", vec, 1)
    check_sizes("mv", "input", a, "vec", b)
    fitting("mv", "input", a, "vec", b)
    return product(a, b)


@op(out=True, input=lambda grad, tensor: grad * conjugate(tensor),
    tensor=lambda grad, input: grad * conjugate(input))
def dot(input: Tensor, tensor: Tensor) -> Any:
    """The sum of the products of two vectors' elements."""
    a, b = need_dims("dot", "input", input, 1), need_dims("dot", "tensor", tensor, 1)
    check_sizes("dot", "input", a, "tensor", b)
    fitting("dot", "input", a, "tensor", b)
    return product(a, b)


@op(out=True, input=lambda grad, other: conjugate(grad) * other,
    other=lambda grad, input: grad * input)
def vdot(input: Tensor, other: Tensor) -> Any:
    """`dot` of the conjugate of `input` and `other`."""
    a, b = need_dims("vdot", "input", input, 1), need_dims("vdot", "other", other, 1)
    check_sizes("vdot", "input", a, "other", b)
    fitting("vdot", "input", a, "other", b)
    return product(a.conj() if a.dtype.kind == "c" else a, b)


@composite(out="cast", aliases=("ger",))
def outer(input: Any, vec2: Tensor) -> Tensor:
    """Every element of one vector times every element of another, as a matrix."""
    need_dims("outer", "input", input, 1)
    need_dims("outer", "vec2", vec2, 1)
    return input.unsqueeze(1) * vec2


@composite(out=True, looks=True)
def inner(input: Any, other: Any) -> Tensor:
    """The sums of products along the last dims of both; `input * other` if one has no dims."""
    a, b = input._array, other._array
    if not a.ndim or not b.ndim:
        return input * other
    if a.shape[-1] != b.shape[-1]:
        raise _refuse("inner", "input", a, "other", b, "the last sizes must be equal")
    if b.ndim == 1:
        return matmul(input, other)
    rows = other.reshape(math.prod(b.shape[:-1]), b.shape[-1])
    return matmul(input, rows.transpose(0, 1)).reshape(a.shape[:-1] + b.shape[:-1])
