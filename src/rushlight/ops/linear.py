"""`nn.functional.linear` and `bilinear`: products with a weight, and a bias added.

`linear` is one row, where PyTorch records a product, a transposition and a sum: half of what a
small model computes is this.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rushlight.autograd.modes import modes, no_grad
from rushlight.autograd.node import next_order
from rushlight.engine.products import OTHERS, product
from rushlight.ops import warm_up, write
from rushlight.ops.arguments import need_tensor
from rushlight.ops.matmul import fitting
from rushlight.ops.op import composite, conjugate, op
from rushlight.ops.views import short_way
from rushlight.tensor.tensor import Tensor, wrap

_blank = object.__new__
_FEW = 128  # rows, whose sum needs no care for rounding
_NAME = "nn.functional.linear"


def _to_input(grad: Any, weight: Any) -> Tensor:
    """The gradient of `input` in `input @ weight.T`."""
    weight = conjugate(weight)
    return grad @ weight if weight._array.ndim == 2 else grad.unsqueeze(-1) * weight


def _to_weight(grad: Any, input: Any) -> Tensor:
    """The gradient of `weight` in `input @ weight.T`: a sum over all dims but the last."""
    input = conjugate(input)
    matrix = grad._array.ndim == input._array.ndim
    if input._array.ndim == 1:
        return (grad.unsqueeze(-1) if matrix else grad) * input
    if input._array.ndim > 2:
        rows = math.prod(input._array.shape[:-1])
        input = input.reshape(rows, input._array.shape[-1])
        grad = grad.reshape((rows, grad._array.shape[-1]) if matrix else (rows,))
    return grad.t() @ input if matrix else grad @ input


def _to_bias(grad: Any) -> Tensor:
    """The gradient of `bias`: a sum over all dims but the last."""
    array = grad._array
    if array.ndim == 2 and not modes.grad and type(array) is np.ndarray and len(array) <= _FEW:
        return wrap(np.add.reduce(array, 0))
    return grad if grad._array.ndim < 2 else grad.sum_to_size(grad._array.shape[-1:])


def _node_name(bound: dict[str, Any]) -> str:
    dims = (bound["input"]._array.ndim, bound["weight"]._array.ndim)
    if bound["bias"] is not None:
        return "AddmmBackward0" if dims[0] == 2 else "ViewBackward0"
    return {(1, 1): "DotBackward0", (2, 1): "MvBackward0", (1, 2): "SqueezeBackward4",
            (2, 2): "MmBackward0"}.get(dims, "UnsafeViewBackward0")


@op(name=_NAME, method=False, node=_node_name, input=_to_input, weight=_to_weight, bias=_to_bias)
def _linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Any:
    a, b = input._array, weight._array
    if not a.ndim or b.ndim not in (1, 2):
        raise RuntimeError(
            f"linear(): input has 1 or more dims and weight 1 or 2, not {a.ndim} and {b.ndim}")
    if a.shape[-1] != b.shape[-1]:
        raise RuntimeError(
            f"linear(): input of shape {list(a.shape)} and weight of shape {list(b.shape)} do not "
            f"multiply: their last sizes must be equal, and {a.shape[-1]} is not {b.shape[-1]}")
    fitting("linear", "input", a, "weight", b)
    if bias is not None:
        fitting("linear", "input", a, "bias", bias._array)
    return product(a, b.T, None if bias is None else bias._array)


_NODES = {  # by whether the input is a matrix, and whether there is a bias
    (matrix, biased): _linear.row.node_class({
        "input": wrap(np.zeros((1, 1) if matrix else (1, 1, 1))), "weight": wrap(np.zeros((1, 1))),
        "bias": wrap(np.zeros(1)) if biased else None})
    for matrix in (True, False) for biased in (True, False)
}


@short_way(_linear)
def linear(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, *, out: Tensor | None = None
) -> Tensor:
    """`input @ weight.T + bias`, along the last dim of `input`: (..., in) to (..., out).

    weight: (out, in), or (in) for a result without that dim. bias: (out), or None.
    Raises RuntimeError where sizes or dtypes do not fit.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.linear.html
    """
    if out is not None:
        with no_grad():
            made = linear(input, weight, bias)
        return write.copy_out("linear", made, out, (input, weight, bias), {}, exact=True)
    need_tensor("linear", "input", input), need_tensor("linear", "weight", weight)
    if bias is not None:
        need_tensor("linear", "bias", bias)
    result = _short(input, weight, bias)
    if result is not None:
        return result
    if bias is None or bias._array.shape == weight._array.shape[:-1]:
        return _linear(input, weight, bias)
    if weight._array.ndim == 1 and (bias._array.ndim or input._array.ndim == 2):
        raise RuntimeError("linear(): where weight has one dim, bias has none")
    return _with_other_bias(_linear(input, weight), bias)


def _with_other_bias(made: Tensor, bias: Tensor) -> Tensor:
    """The sum with a bias that isn't of the usual shape: one that broadcasts to the product's."""
    fitting("linear", "the product", made._array, "bias", bias._array)
    try:
        np.broadcast_to(bias._array, made._array.shape)
    except ValueError:
        raise RuntimeError(
            f"linear(): bias of shape {list(bias.shape)} does not fit the product of shape "
            f"{list(made.shape)}: it has one element for each row of weight") from None
    return made + bias


def _short(input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor | None:
    """The short way for floats of one dtype and a weight matrix; None for anything else."""
    a, b = input._array, weight._array
    dtype = a.dtype
    if not (b.ndim == 2 <= a.ndim and b.dtype is dtype and dtype.char in "fd"):
        return None
    added = None if bias is None else bias._array
    if added is not None and (added.dtype is not dtype or added.shape != b.shape[:1]):
        return None
    if a.shape[-1] != b.shape[1]:
        return None
    if a.ndim == 2 and a.size * b.shape[0] <= OTHERS:
        array = a.dot(b.T)
        if added is not None:
            array += added
    else:
        array = product(a, b.T, added)
    result = wrap(array)
    first, second, third = input._node, weight._node, None if bias is None else bias._node
    if (first is not None or second is not None or third is not None) and modes.grad:
        node: Any = _blank(_NODES[a.ndim == 2, added is not None])
        node.edges = (first, second, third)
        node.order = next_order()
        node.saved = (weight, input)
        node.watch = node.versions = node.targets = None
        if input._storage is not None or weight._storage is not None:
            node.versions = (weight._version, input._version)
        result._node = node
    return result


warm_up.count(_NAME)


@composite(name="nn.functional.bilinear", method=False)
def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """`input1 @ weight[k] @ input2 + bias[k]` for each k: a product of every pair of elements.

    input1: (..., in1). input2: (..., in2). weight: (out, in1, in2). bias: (out), or None.
    Raises RuntimeError where sizes do not fit.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.bilinear.html
    """
    a, b, w = (need_tensor("bilinear", *each)._array for each in (
        ("input1", input1), ("input2", input2), ("weight", weight)))
    if a.ndim != b.ndim or a.shape[:-1] != b.shape[:-1]:
        raise RuntimeError(
            f"bilinear(): input1 of shape {list(a.shape)} and input2 of shape {list(b.shape)} "
            "differ in more than their last sizes")
    if w.ndim != 3 or not a.ndim or (a.shape[-1], b.shape[-1]) != w.shape[1:]:
        raise RuntimeError(
            f"bilinear(): inputs of shapes {list(a.shape)} and {list(b.shape)} do not fit a weight "
            f"of shape {list(w.shape)}, which is (out, in1, in2)")
    if not a.dtype == b.dtype == w.dtype:
        raise RuntimeError(
            f"bilinear(): input1 is {input1.dtype}, input2 {input2.dtype} and weight "
            f"{weight.dtype}: they need one dtype")
    pairs = input1.unsqueeze(-1) * input2.unsqueeze(-2)
    made = linear(pairs.flatten(-2), weight.flatten(1))
    return made if bias is None else made + need_tensor("bilinear", "bias", bias)
