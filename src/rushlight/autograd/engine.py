"""The walk back: from the results, through the nodes in order, to the leaves.

Cotangents wait in a heap keyed by their node's `order`. Since every node points to older ones only,
the lowest order is a node whose cotangent is complete. No recursion: a chain of a million ops is
walked in a loop.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush
from typing import Any

from rushlight.autograd.modes import modes
from rushlight.autograd.node import Node, Output, Watch
from rushlight.tensor.tensor import Tensor

Waiting = dict[int, list[Any]]  # order: [node, its cotangent so far]


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
    needed: Any = None
    if wanted is not None:
        captures = {node.order for node in wanted}
        needed = _on_the_way((node for node, _ in roots), captures)
    grad_before = modes.grad
    modes.grad = create_graph
    heap: list[int] = []
    entry: Any
    waiting: Waiting = {}
    try:
        for node, cotangent in roots:
            _deposit(heap, waiting, node, cotangent)
        # Let go, so that a leaf can keep its gradient without a copy.
        cotangent = None  # type: ignore[assignment]
        while heap:
            order = heappop(heap)
            entry = waiting.pop(order)
            node = entry[0]
            watch = node.watch
            if watch is not None:
                _look_on(watch, entry)
            if captures is not None:
                if order in captures:
                    captured[order] = entry[1]
                if order not in needed or order > 0:
                    continue
            if order > 0:
                node.accumulate(entry.pop())
                continue
            if type(node) is Output:
                _pass_on(heap, waiting, node, entry[1])
                continue
            cotangent = entry[1]
            if watch is None:
                gradients = node.apply(cotangent)
            else:
                gradients = _run_hooks(watch, node, cotangent)
            if not keep:
                node.release()
            i = 0
            for edge in node.edges:
                gradient = gradients[i]
                i += 1
                if edge is None or gradient is None:
                    continue
                order = edge.order
                entry = waiting.get(order)
                if entry is not None:
                    entry[1] = entry[1] + gradient
                elif needed is None or order in needed:
                    waiting[order] = [edge, gradient]
                    heappush(heap, order)
            cotangent = gradients = gradient = entry = None  # type: ignore[assignment]
    finally:
        modes.grad = grad_before
    return captured


def _deposit(heap: list[int], waiting: Waiting, node: Node, value: Any) -> None:
    """Add a cotangent to those that wait for their node's turn."""
    entry = waiting.get(node.order)
    if entry is not None:
        entry[1] = entry[1] + value
    else:
        waiting[node.order] = [node, value]
        heappush(heap, node.order)


def _pass_on(heap: list[int], waiting: Waiting, output: Output, cotangent: Tensor) -> None:
    """Add to the gradient of one of several results, in its node's list of them."""
    node: Any = output.edges[0]
    if node.order not in waiting:
        _deposit(heap, waiting, node, [None] * node.outputs)
    held = waiting[node.order][1]
    already = held[output.number]  # a derivative that names the result makes an Output of its own
    held[output.number] = cotangent if already is None else already + cotangent


def _look_on(watch: Watch, entry: list[Any]) -> None:
    """Tensor hooks may replace the gradient; a tensor that retains its gradient gets it after."""
    for hook in list(watch.tensor_hooks.values()):
        replaced = hook(entry[1])
        if replaced is None:
            continue
        if not isinstance(replaced, Tensor):
            raise TypeError(
                f"a tensor hook returns a Tensor or None, not {type(replaced).__name__}")
        if replaced._array.shape != entry[1]._array.shape:
            raise RuntimeError(
                f"a tensor hook changed the gradient's shape from {list(entry[1].shape)} to "
                f"{list(replaced.shape)}: it must stay the same")
        entry[1] = replaced
    tensor: Any = None if watch.retained is None else watch.retained()
    if tensor is not None:
        tensor._grad = entry[1] if tensor._grad is None else tensor._grad + entry[1]


def _run_hooks(watch: Watch, node: Node, cotangent: Any) -> Any:
    """The node between its hooks, each of which may replace what it is shown."""
    several = isinstance(cotangent, list)
    arrived = tuple(cotangent) if several else (cotangent,)
    for hook in list(watch.prehooks.values()):
        arrived = _as_tuple(hook(arrived), arrived)
    gradients = tuple(node.apply(list(arrived) if several else arrived[0]))
    for hook in list(watch.hooks.values()):
        gradients = _as_tuple(hook(gradients, arrived), gradients)
    return gradients


def _as_tuple(replaced: Any, before: tuple[Any, ...]) -> tuple[Any, ...]:
    if replaced is None:
        return before
    return replaced if isinstance(replaced, tuple) else (replaced,)


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
