"""The walk back: from the results, through the nodes in order, to the leaves.

Cotangents wait in a heap keyed by their node's `order`. Since every node points to older ones only,
the lowest order is a node whose cotangent is complete. No recursion: a chain of a million ops is
walked in a loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from typing import Any

from rushlight.autograd.modes import modes
from rushlight.autograd.node import AccumulateGrad, Node, Output
from rushlight.tensor.tensor import Tensor


def walk(
    roots: Iterable[tuple[Node, Tensor]], *, keep: bool, create_graph: bool,
    wanted: Iterable[Node] | None = None,
) -> dict[int, Tensor]:
    """Send the roots' cotangents back through the graph.

    Without `wanted`, leaves accumulate into `.grad`. With it, only the nodes on the way to the
    wanted ones run, and their cotangents come back, keyed by the node's order. `keep` keeps what
    the nodes saved; `create_graph` records the walk itself, so that it can be walked again.
    """
    roots = list(roots)
    captured: dict[int, Tensor] = {}
    captures: set[int] | None = None
    needed: set[int] | None = None
    if wanted is not None:
        captures = {node.order for node in wanted}
        needed = _on_the_way((node for node, _ in roots), captures)
    grad_before = modes.grad
    modes.grad = create_graph
    try:
        heap: list[int] = []
        nodes: dict[int, Node] = {}
        cotangents: dict[int, Any] = {}
        for node, cotangent in roots:
            _deposit(heap, nodes, cotangents, node, cotangent)
        while heap:
            order = heappop(heap)
            node = nodes.pop(order)
            if node.tensor_hooks is not None or node.retained is not None:
                _before(node, cotangents)
            if captures is not None:
                if order in captures:
                    captured[order] = cotangents[order]
                assert needed is not None
                if not (order in needed or (type(node) is Output and node.edges[0].order in needed)):
                    del cotangents[order]
                    continue
                if type(node) is AccumulateGrad:
                    del cotangents[order]
                    continue
            if type(node) is AccumulateGrad:
                node.accumulate(cotangents.pop(order))
                continue
            if type(node) is Output:
                _pass_on(heap, nodes, cotangents, node)
                continue
            cotangent = cotangents.pop(order)
            if node.prehooks:
                cotangent = _run_prehooks(node, cotangent)
            gradients = node.apply(cotangent)
            if node.hooks:
                gradients = _run_hooks(node, gradients, cotangent)
            if not keep:
                node.release()
            cotangent = None
            for edge, gradient in zip(node.edges, gradients, strict=True):
                if edge is None or gradient is None:
                    continue
                order = edge.order
                if needed is not None and order not in needed:
                    continue
                if order in cotangents:
                    cotangents[order] = cotangents[order] + gradient
                else:
                    cotangents[order] = gradient
                    nodes[order] = edge
                    heappush(heap, order)
            gradients = gradient = None  # so that a leaf can keep its gradient without a copy
    finally:
        modes.grad = grad_before
    return captured


def _deposit(
    heap: list[int], nodes: dict[int, Node], cotangents: dict[int, Any], node: Node, value: Any
) -> None:
    order = node.order
    if order in cotangents:
        cotangents[order] = cotangents[order] + value
    else:
        cotangents[order] = value
        nodes[order] = node
        heappush(heap, order)


def _pass_on(
    heap: list[int], nodes: dict[int, Node], cotangents: dict[int, Any], output: Output
) -> None:
    """Put the gradient of one of several results into its node's list of them."""
    node = output.edges[0]
    assert node is not None
    slots = cotangents.get(node.order)
    if slots is None:
        slots = [None] * node.outputs  # type: ignore[attr-defined]
        _deposit(heap, nodes, cotangents, node, slots)
    slots[output.number] = cotangents.pop(output.order)


def _before(node: Node, cotangents: dict[int, Any]) -> None:
    """Tensor hooks may replace the gradient; a tensor that retains its gradient gets it after."""
    cotangent = cotangents[node.order]
    for hook in list((node.tensor_hooks or {}).values()):
        replaced = hook(cotangent)
        if replaced is not None:
            if not isinstance(replaced, Tensor):
                raise TypeError(
                    f"a tensor hook returns a Tensor or None, not {type(replaced).__name__}")
            if replaced._array.shape != cotangent._array.shape:
                raise RuntimeError(
                    f"a tensor hook changed the gradient's shape from {list(cotangent.shape)} to "
                    f"{list(replaced.shape)}: it must stay the same")
            cotangent = replaced
    cotangents[node.order] = cotangent
    tensor = None if node.retained is None else node.retained()
    if tensor is not None:
        before = tensor._grad
        tensor._grad = cotangent if before is None else before + cotangent  # type: ignore[operator]


def _run_prehooks(node: Node, cotangent: Any) -> Any:
    several = isinstance(cotangent, list)
    given = tuple(cotangent) if several else (cotangent,)
    for hook in list((node.prehooks or {}).values()):
        replaced = hook(given)
        if replaced is not None:
            given = replaced if isinstance(replaced, tuple) else (replaced,)
    return list(given) if several else given[0]


def _run_hooks(node: Node, gradients: Any, cotangent: Any) -> Any:
    arrived = tuple(cotangent) if isinstance(cotangent, list) else (cotangent,)
    gradients = tuple(gradients)
    for hook in list((node.hooks or {}).values()):
        replaced = hook(gradients, arrived)
        if replaced is not None:
            gradients = replaced if isinstance(replaced, tuple) else (replaced,)
    return gradients


def _on_the_way(roots: Iterable[Node], goals: set[int]) -> set[int]:
    """The orders of the nodes from which a goal can be reached, goals included."""
    reached: dict[int, Node] = {}
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node.order not in reached:
            reached[node.order] = node
            stack.extend(edge for edge in node.edges if edge is not None)
    needed: set[int] = set()
    for order in sorted(reached, reverse=True):  # oldest first: edges are decided before users
        edges = reached[order].edges
        if order in goals or any(edge is not None and edge.order in needed for edge in edges):
            needed.add(order)
    return needed


Hook = Callable[[Tensor], Tensor | None]
