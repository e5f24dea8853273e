"""What every higher derivative is made of: entering a function, and pulling its outputs back.

Derivatives nest because a tensor's place in the graph is its node. `enter` gives an input a node of
its own, tied to the node it had: what lies between is this derivative's, what lies before is an
outer one's, and no numbering of levels is needed.

A forward derivative is made from the backward one. A backward pass is linear in its cotangent, so
the pass through the pass, from the gradients back to the cotangent, is the product of the Jacobian
with a tangent: every op has it from the one derivative in its row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from rushlight.autograd import engine
from rushlight.autograd.modes import enable_grad
from rushlight.autograd.node import AccumulateGrad, Node, OpNode, differentiable, next_order
from rushlight.tensor.tensor import Tensor, alias, wrap


class EntryBackward0(OpNode):
    """Where a tensor enters a function that is differentiated by itself."""

    __slots__ = ()
    derivatives = (lambda grad, saved: grad,)


def enter(tensor: Tensor) -> Tensor:
    """The same values with a node of their own; what is no floating point is only passed on."""
    made = alias(tensor)
    if tensor._node is not None:
        node = object.__new__(EntryBackward0)
        node.edges, node.order = (tensor._node,), next_order()
        node.watch = node.targets = node.versions = None
        node.saved, node.outputs = (), 1
        made._node = node
    elif differentiable(tensor._array):
        made._node = AccumulateGrad(made)
    return made


def reaches_beyond(outputs: Iterable[Any], entered: Iterable[Tensor]) -> bool:
    """Whether the outputs depend on a leaf that is not one of those entered."""
    seen = set()
    stack: list[Node] = []
    for each in entered:
        if each._node is not None:
            seen.add(each._node.order)
            if each._node.edges:
                return True
    stack = [each._node for each in outputs if isinstance(each, Tensor) and each._node is not None]
    while stack:
        node = stack.pop()
        if node.order in seen:
            continue
        seen.add(node.order)
        if type(node) is AccumulateGrad:
            return True
        stack += [edge for edge in node.edges if edge is not None]
    return False


def zeros_like(tensor: Tensor) -> Tensor:
    """Zeros of the tensor's shape and dtype."""
    return wrap(np.zeros(tensor._array.shape, tensor._array.dtype))


def pull(
    outputs: Sequence[Tensor], inputs: Sequence[Tensor], cotangents: Sequence[Tensor | None],
    create_graph: bool, keep: bool = True,
) -> list[Tensor | None]:
    """The gradients for the inputs; None for those that no output depends on."""
    roots = [
        (output._node, cotangent) for output, cotangent in zip(outputs, cotangents, strict=True)
        if output._node is not None and cotangent is not None]
    wanted = [each._node for each in inputs if each._node is not None]
    found = engine.walk(roots, keep=keep, create_graph=create_graph, wanted=wanted)
    return [None if each._node is None else found.get(each._node.order) for each in inputs]


class Push:
    """The Jacobian of recorded outputs as a function of tangents: a pass through a pass."""

    def __init__(self, outputs: Sequence[Tensor], inputs: Sequence[Tensor]):
        self.outputs = outputs
        self.given: list[Tensor] = []
        cotangents: list[Tensor | None] = []
        for each in outputs:
            dummy = zeros_like(each)
            if each._node is not None:
                dummy._node = AccumulateGrad(dummy)
            self.given.append(dummy)
            cotangents.append(dummy)
        with enable_grad():
            self.gradients = pull(outputs, inputs, cotangents, create_graph=True)

    def depends(self) -> list[bool]:
        """For each input, whether an output depends on it."""
        return [each is not None for each in self.gradients]

    def __call__(
        self, tangents: Sequence[Tensor | None], create_graph: bool
    ) -> list[Tensor | None]:
        """The outputs' tangents for those of the inputs; None where they depend on none."""
        pairs = [(gradient, tangent) for gradient, tangent in
                 zip(self.gradients, tangents, strict=True)
                 if gradient is not None and tangent is not None]
        return pull([each for each, _ in pairs], self.given, [each for _, each in pairs],
                    create_graph)


