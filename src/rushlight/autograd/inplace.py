"""What an in-place write does to the graph.

A plain tensor simply gets a new history. A view is a window on its base: the base's history then
goes through a `CopySlices` node, which sends the window's part of the gradient to what was written
there and the rest straight on; and every live view of that base gets its history anew.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

from rushlight.autograd.node import AccumulateGrad, Node, Output, next_order
from rushlight.tensor.tensor import Array, Tensor


def check(tensor: Tensor, name: str) -> None:
    """RuntimeError if recording a write here would lose a gradient somebody asked for."""
    if type(tensor._node) is AccumulateGrad:
        raise RuntimeError(
            f"{name}(): this tensor is a leaf that requires grad, and a recorded write would lose "
            "its gradient: write inside torch.no_grad(), or use the op without the underscore")
    base = tensor._base
    if base is not None and type(base._node) is AccumulateGrad:
        raise RuntimeError(
            f"{name}(): this tensor is a view of a leaf that requires grad: write inside "
            "torch.no_grad(), or clone() the view first")
    if base is not None and type(tensor._node) is Output:
        raise RuntimeError(
            f"{name}(): this tensor is one of several views that an op such as split or unbind "
            "made at once: clone() it before writing, or write to a slice of the base")


class Window(NamedTuple):
    """Which elements of a base a view shows: the two arrays, over the same memory."""

    base: Array
    view: Array


class CopySlices(Node):
    """The history of a base of which a view was written to."""

    __slots__ = ("window",)

    def __init__(self, base: Tensor, view: Tensor, written: Node | None):
        self.window = Window(base._array, view._array)
        self.edges = (written, base._node)
        self.watch = None
        self.order = next_order()

    def apply(self, cotangent: Any) -> Sequence[Tensor | None]:
        """The window's part to what was written, the rest to what was there before."""
        written, before = self.edges
        return (
            None if written is None else cotangent._window_part(self.window),
            None if before is None else cotangent._window_rest(self.window),
        )


class AsStridedBackward0(Node):
    """The history of a view whose base was written to since it was made."""

    __slots__ = ("window",)

    def __init__(self, base: Tensor, view: Tensor):
        self.window = Window(base._array, view._array)
        self.edges = (base._node,)
        self.watch = None
        self.order = next_order()

    def apply(self, cotangent: Any) -> Sequence[Tensor | None]:
        """The view's cotangent, at its places in zeros of the base's shape."""
        return (cotangent._window_spread(self.window),)


def rebase(tensor: Tensor, node: Node | None) -> None:
    """Make `node` the history of a tensor that was just written to; None if it has none."""
    base = tensor._base
    if base is None:
        tensor._node = node
        _refresh(tensor, 1)
    elif node is not None or base._node is not None:
        base._node = CopySlices(base, tensor, node)
        tensor._node = AsStridedBackward0(base, tensor)
        _refresh(base, 2)


def _refresh(base: Tensor, known: int) -> None:
    """Give every live view of `base` its history anew, if more hold its storage than is known."""
    shared = base._storage
    if shared is None or base._node is None:
        return
    if shared.views is None and sys.getrefcount(shared) - 2 <= known:  # 2: `shared`, the argument
        return
    for view in shared.holders():
        if view._base is base:
            view._node = AsStridedBackward0(base, view)
