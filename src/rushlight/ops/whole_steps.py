"""Steps of the graph that make the gradients of all their inputs at once, as kernels do.

A row has a derivative for each input (`ops/op.py`); here one function gives all of them. Where they
are to be differentiated again, `again` makes the step anew of ops.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rushlight.autograd.differentiate import grad as gradients_of
from rushlight.autograd.node import OpNode, next_order
from rushlight.tensor.tensor import Tensor

_blank = object.__new__
Gradients = Callable[[Tensor, Any], Sequence[Tensor | None]]


class WholeNode(OpNode):
    """A node that calls `gradients(cotangent, saved)`, which gives one for each edge."""

    __slots__ = ()
    gradients: Gradients

    def apply(self, cotangent: Any) -> Sequence[Tensor | None]:
        """All gradients; RuntimeError where what was saved is freed or changed."""
        saved = self.saved
        if saved is None:
            raise self.freed()
        for value in saved:
            if isinstance(value, Tensor) and value._version:
                self.check_versions(saved)
                break
        return type(self).gradients(cotangent, saved)


def kind(name: str, gradients: Gradients) -> type[WholeNode]:
    """A class of such nodes; the name is the one that `grad_fn` has in PyTorch."""
    body = {"__slots__": (), "__module__": "torch.autograd.graph",
            "gradients": staticmethod(gradients)}
    return type(name, (WholeNode,), body)


def record(
    nodes: type[WholeNode], result: Tensor, inputs: Sequence[Tensor | None], saved: tuple[Any, ...]
) -> Tensor:
    """Put a node behind the result, and give that."""
    node = _blank(nodes)
    node.edges = tuple([None if each is None else each._node for each in inputs])
    node.saved, node.outputs = saved, 1
    node.watch = node.versions = node.targets = None
    for value in saved:
        if isinstance(value, Tensor) and value._version:
            node.versions = tuple([
                each._version if isinstance(each, Tensor) else -1 for each in saved])
            break
    node.order = next_order()
    result._node = node
    return result


def again(
    by_ops: Callable[..., Tensor], inputs: Sequence[Tensor | None], grad: Tensor
) -> list[Tensor | None]:
    """The gradients of the step made of ops, which can be differentiated again."""
    wanted = [each for each in inputs if each is not None and each._node is not None]
    found = iter(gradients_of(
        [by_ops(*inputs)], wanted, [grad], create_graph=True, allow_unused=True))
    return [next(found) if each is not None and each._node is not None else None
            for each in inputs]
