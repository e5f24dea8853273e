"""`backward` and `grad`: what a user calls; the walk itself is in `engine.py`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rushlight.autograd import engine
from rushlight.autograd.node import AccumulateGrad, Node
from rushlight.tensor.meta import MetaArray, as_meta
from rushlight.tensor.tensor import Tensor, wrap


def _several(given: Any, what: str) -> tuple[Any, ...]:
    if isinstance(given, Tensor):
        return (given,)
    if not isinstance(given, Sequence):
        raise TypeError(
            f"{what} must be a Tensor or a sequence of them, not {type(given).__name__}")
    return tuple(given)


def _root(output: Any, cotangent: Any) -> tuple[Node, Tensor]:
    """An output's node and the gradient it starts with."""
    if not isinstance(output, Tensor):
        raise TypeError(f"gradients start from a Tensor, not {type(output).__name__}")
    node, array = output._node, output._array
    if node is None:
        raise RuntimeError(
            "this tensor does not require grad and has no grad_fn: no op that made it had an input "
            "with requires_grad=True, or it was made under no_grad()")
    if cotangent is None:
        if array.size != 1:
            raise RuntimeError(
                f"the gradient can be left out only for a scalar output; this one has shape "
                f"{list(array.shape)}: reduce it first (.sum()), or pass gradient=")
        if array.dtype.kind == "c":
            raise RuntimeError(
                "the gradient can be left out only for a real output; this one is complex: "
                "take .real or .abs() first, or pass gradient=")
        ones = np.ones(array.shape, array.dtype)
        return node, wrap(as_meta(ones) if type(array) is MetaArray else ones)
    if not isinstance(cotangent, Tensor):
        raise TypeError(f"gradient must be a Tensor or None, not {type(cotangent).__name__}")
    if cotangent._array.shape != array.shape:
        raise RuntimeError(
            f"gradient has shape {list(cotangent.shape)}, the output it belongs to "
            f"{list(array.shape)}: they must be equal")
    if (cotangent._array.dtype.kind == "c") != (array.dtype.kind == "c"):
        raise RuntimeError(
            f"gradient is {cotangent.dtype}, the output {output.dtype}: both complex, or both real")
    if cotangent._array.dtype != array.dtype:
        cotangent = cotangent.to(output.dtype)
    return node, cotangent


def _roots(outputs: Any, cotangents: Any) -> list[tuple[Node, Tensor]]:
    outputs = _several(outputs, "outputs")
    given = (None,) * len(outputs) if cotangents is None else _several(cotangents, "gradients")
    if len(given) != len(outputs):
        raise RuntimeError(
            f"{len(outputs)} outputs need as many gradients, and {len(given)} were given")
    return [_root(*pair) for pair in zip(outputs, given, strict=True)]


def _targets(inputs: Any) -> list[Node]:
    inputs = _several(inputs, "inputs")
    if not inputs:
        raise RuntimeError("inputs must not be empty: name the tensors to differentiate")
    nodes = []
    for each in inputs:
        if not isinstance(each, Tensor):
            raise TypeError(f"inputs must be Tensors, not {type(each).__name__}")
        if each._node is None:
            raise RuntimeError(
                f"an input of shape {list(each.shape)} does not require grad: set "
                "requires_grad_() before using it")
        nodes.append(each._node)
    return nodes


def backward(
    tensors: Any, grad_tensors: Any = None, retain_graph: bool | None = None,
    create_graph: bool = False, grad_variables: Any = None, inputs: Any = None,
) -> None:
    """Add the gradients of `tensors` to the `.grad` of the leaves (or of `inputs` alone).

    `grad_tensors` are the gradients of `tensors`, of the same shapes; left out for scalars.
    Raises RuntimeError for outputs outside any graph, wrong shapes, and freed graphs.
    Source: https://pytorch.org/docs/stable/generated/torch.autograd.backward.html
    """
    keep = create_graph if retain_graph is None else retain_graph
    roots = _roots(tensors, grad_variables if grad_tensors is None else grad_tensors)
    if inputs is None:
        engine.walk(roots, keep=keep, create_graph=create_graph)
        return
    nodes = _targets(inputs)
    found = engine.walk(roots, keep=keep, create_graph=create_graph, wanted=nodes)
    for tensor, node in zip(_several(inputs, "inputs"), nodes, strict=True):
        gradient = found.get(node.order)
        if gradient is None:
            continue
        if type(node) is AccumulateGrad:
            node.accumulate(gradient)
        else:
            tensor._grad = gradient if tensor._grad is None else tensor._grad + gradient


def grad(
    outputs: Any, inputs: Any, grad_outputs: Any = None, retain_graph: bool | None = None,
    create_graph: bool = False, allow_unused: bool | None = None, is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients of `outputs` with respect to `inputs`, one for each input, of its shape.

    `allow_unused` gives None for an input that no output depends on, `materialize_grads` zeros;
    otherwise that is a RuntimeError. `is_grads_batched` takes gradients with a further first dim
    and returns a batch of results.
    Source: https://pytorch.org/docs/stable/generated/torch.autograd.grad.html
    """
    if materialize_grads and allow_unused is False:
        raise ValueError("materialize_grads gives zeros for unused inputs: leave allow_unused out")
    if is_grads_batched:
        return _batched(outputs, inputs, grad_outputs, create_graph, allow_unused,
                        materialize_grads, retain_graph)
    keep = create_graph if retain_graph is None else retain_graph
    nodes = _targets(inputs)
    roots = _roots(outputs, grad_outputs)
    found = engine.walk(roots, keep=keep, create_graph=create_graph, wanted=nodes)
    results: list[Tensor | None] = []
    for tensor, node in zip(_several(inputs, "inputs"), nodes, strict=True):
        gradient = found.get(node.order)
        if gradient is None and materialize_grads:
            gradient = wrap(np.zeros(tensor._array.shape, tensor._array.dtype))
        elif gradient is None and not allow_unused:
            raise RuntimeError(
                f"an input of shape {list(tensor.shape)} does not take part in the outputs: pass "
                "allow_unused=True to get None for it")
        results.append(gradient)
    return tuple(results)


def _batched(
    outputs: Any, inputs: Any, grad_outputs: Any, create_graph: bool, allow_unused: bool | None,
    materialize_grads: bool, retain_graph: bool | None,
) -> tuple[Tensor | None, ...]:
    """One ordinary walk for each entry of the batch, stacked."""
    cotangents = _several(grad_outputs, "grad_outputs")
    count = cotangents[0].shape[0]
    rows = [
        grad(outputs, inputs, tuple(each[i] for each in cotangents),
             True if i + 1 < count else retain_graph, create_graph, allow_unused,
             materialize_grads=materialize_grads)
        for i in range(count)
    ]
    from_rows = zip(*rows, strict=True)
    return tuple(None if each[0] is None else _stack(each) for each in from_rows)


def _stack(tensors: Sequence[Any]) -> Tensor:
    return tensors[0]._stack(tensors)
