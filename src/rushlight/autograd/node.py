"""The gradient graph: nodes, and the edges they hold to the nodes they came from.

A tensor's `_node` is where its gradient goes: an `OpNode` (the op that made it), an `Output` (one
of several results of an op), or an `AccumulateGrad` (a leaf). Invariant: a node's `order` is below
that of every node it points to, so that walking back in rising order meets each node after all its
users. The walk itself is in `engine.py`.
"""

from __future__ import annotations

import itertools
import sys
import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rushlight.autograd.modes import modes
from rushlight.engine import deferred
from rushlight.tensor import storage
from rushlight.tensor.tensor import Array, Tensor, alias, settled, wrap

next_order = itertools.count(0, -1).__next__
_next_leaf = itertools.count(1).__next__
_blank = object.__new__


class RemovableHandle:
    """What `register_hook` returns: `remove()` takes the hook away again."""

    _next_id = itertools.count().__next__

    def __init__(self, hooks: OrderedDict[int, Any]):
        self.hooks = weakref.ref(hooks)
        self.id = self._next_id()

    def remove(self) -> None:
        """Take the hook away; a second call does nothing."""
        hooks = self.hooks()
        if hooks is not None:
            hooks.pop(self.id, None)

    def __reduce__(self) -> Any:
        return _handle_of, (self.hooks(), self.id)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


def _handle_of(hooks: OrderedDict[int, Any] | None, id: int) -> RemovableHandle:
    """A copied handle: it removes the hook from the copied dict."""
    handle = RemovableHandle(OrderedDict() if hooks is None else hooks)
    handle.id = id
    return handle


class _Hooks(OrderedDict[int, Callable[..., Any]]):
    """Hooks in the order they were registered (a class, so that handles can refer weakly)."""

    def add(self, hook: Callable[..., Any]) -> RemovableHandle:
        handle = RemovableHandle(self)
        self[handle.id] = hook
        return handle


class Watch:
    """Who looks on at a node: hooks, and the tensor that keeps its gradient."""

    __slots__ = ("hooks", "prehooks", "retained", "tensor_hooks")

    def __init__(self) -> None:
        self.tensor_hooks = _Hooks()  # called with the gradient of the tensor
        self.prehooks = _Hooks()  # called with the gradients that arrive
        self.hooks = _Hooks()  # called with the gradients that leave and those that arrived
        self.retained: weakref.ref[Tensor] | None = None  # whose `.grad` is kept, though no leaf


class Node:
    """One step of the graph. `edges` lead to the nodes of the inputs, None where none is wanted."""

    __slots__ = ("__dict__", "__weakref__", "edges", "order", "watch")

    edges: tuple[Node | None, ...]
    order: int
    watch: Watch | None

    def watched(self) -> Watch:
        """The node's `watch`, made now if there was none."""
        if self.watch is None:
            self.watch = Watch()
        return self.watch

    @property
    def function(self) -> Node | None:
        """What `tensor.grad_fn` shows for a tensor that has this node."""
        return self

    def place(self) -> tuple[Node, int]:
        """This node as an entry of `next_functions`: the op's node, and which output."""
        return self, 0

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """The nodes of the inputs, each with the output it stands for."""
        return tuple((None, 0) if edge is None else edge.place() for edge in self.edges)

    def name(self) -> str:
        """The name as PyTorch gives it: `MulBackward0`."""
        return type(self).__name__

    def apply(self, cotangent: Any) -> Sequence[Tensor | None]:
        """The gradients for `edges`, from the gradient of the result."""
        raise NotImplementedError

    def release(self) -> None:
        """Free what was saved for the backward pass."""

    def __call__(self, *cotangents: Any) -> Any:
        gradients = tuple(self.apply(cotangents[0] if len(cotangents) == 1 else list(cotangents)))
        return gradients[0] if len(gradients) == 1 else gradients

    def register_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(grad_inputs, grad_outputs)` after this node has run."""
        return self.watched().hooks.add(hook)

    def register_prehook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(grad_outputs)` before this node runs."""
        return self.watched().prehooks.add(hook)

    def __repr__(self) -> str:
        return f"<{self.name()}>"


class AccumulateGrad(Node):
    """Where a leaf's gradient arrives and is added to `.grad`."""

    __slots__ = ("leaf", "post_hooks")

    def __init__(self, leaf: Tensor):
        self.edges = ()
        self.watch = None
        self.post_hooks = _Hooks()
        self.order = _next_leaf()
        self.leaf = weakref.ref(leaf)  # weak: the leaf holds this node

    @property
    def function(self) -> None:
        """A leaf has no `grad_fn`."""
        return None

    @property
    def variable(self) -> Tensor | None:
        """The leaf; None once nobody holds it any more."""
        return self.leaf()

    def add_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(leaf)` after a gradient was added."""
        return self.post_hooks.add(hook)

    def accumulate(self, cotangent: Tensor) -> None:
        """Add `cotangent` to the leaf's `.grad`, in place where nobody could be watching."""
        leaf = self.leaf()
        if leaf is None:
            return
        before = leaf._grad
        if before is not None and modes.grad:
            leaf._grad = before + cotangent
        elif before is not None and before._array.size >= deferred.LEAST:
            storage.write(before, deferred.call(np.add, before._array, cotangent._array))
        elif before is not None:
            deferred.before_write(before._array)
            held = settled(before)
            np.add(held, deferred.computed(cotangent._array), out=held)
            storage.of(before).version += 1
        elif modes.grad or (
            _is_whole(cotangent._array) and references(cotangent) == _ALONE
        ):
            leaf._grad = cotangent
        else:
            leaf._grad = wrap(np.array(cotangent._array))
        for hook in list(self.post_hooks.values()):
            hook(leaf)


def _is_whole(array: Any) -> bool:
    """Whether the array has memory of its own, and is no view of another's."""
    return array.base is None


def references(tensor: Tensor) -> tuple[int, int]:
    """How many hold this tensor and its array: tells whether it may be kept without a copy."""
    return sys.getrefcount(tensor), sys.getrefcount(tensor._array)


def _count_alone(cotangent: Tensor) -> tuple[int, int]:
    return references(cotangent)


# Measured, not assumed: what a tensor counts that only its function's caller gave away.
_ALONE = _count_alone(wrap(np.zeros(1)))


class Output(Node):
    """One result of a node that has several; the gradient goes on to its place in the node."""

    __slots__ = ("number",)

    number: int

    def __init__(self, node: Node, number: int):
        self.edges = (node,)
        self.watch = None
        self.number = number
        self.order = next_order()

    @property
    def function(self) -> Node | None:
        """The op's node."""
        return self.edges[0]

    def place(self) -> tuple[Node, int]:
        """The op's node, and which of its outputs this is."""
        assert self.edges[0] is not None
        return self.edges[0], self.number


class OpNode(Node):
    """The node of an op's row; one subclass for each name, made by the row.

    `saved` are the values that the derivatives name. `versions` are the versions that tensors among
    them had (-1 for other values); None says that none of them had been written to. `targets` are
    the (shape, NumPy dtype) each gradient must be brought to, None where it has it already.
    """

    __slots__ = ("outputs", "saved", "targets", "versions")

    derivatives: tuple[Callable[[Any, Any], Any], ...]
    out_at: int | None = None  # where in `saved` the result stands, if a derivative names it
    saved: tuple[Any, ...] | None
    versions: tuple[int, ...] | None
    targets: tuple[tuple[tuple[int, ...], Any] | None, ...] | None
    outputs: int

    def check_versions(self, saved: tuple[Any, ...]) -> None:
        """RuntimeError if a saved tensor was written to since it was saved."""
        versions = self.versions or (0,) * len(saved)
        for value, version in zip(saved, versions, strict=True):
            if isinstance(value, Tensor) and value._version != version:
                raise RuntimeError(
                    f"{self.name()}: a tensor of shape {list(value.shape)} needed for the "
                    f"gradient was changed in place (it is at version {value._version}, the "
                    f"graph saved version {version}). Use the out-of-place op, or clone() first")

    def freed(self) -> RuntimeError:
        """The error for going back through a graph that was freed."""
        return RuntimeError(
            f"{self.name()}: the values saved for this backward pass were freed by an earlier "
            "one. To go back through a graph twice, give the first pass retain_graph=True")

    def _with_out(self, saved: tuple[Any, ...]) -> tuple[Any, ...]:
        """The saved result takes its place in the graph again: it was kept apart from it."""
        assert self.out_at is not None
        held = saved[self.out_at]
        out = tuple(map(alias, held)) if isinstance(held, tuple) else alias(held)
        attach(self, out)
        return (*saved[: self.out_at], out, *saved[self.out_at + 1 :])

    def release(self) -> None:
        """Free the saved tensors; numbers and shapes stay, so a graph of `add`s can run twice."""
        saved = self.saved
        if saved:
            for value in saved:
                if isinstance(value, Tensor) or not _plain(value):
                    self.saved = None
                    return

    def apply(self, cotangent: Any) -> Sequence[Tensor | None]:
        """Each row's derivative, for the inputs that want one."""
        saved = self.saved
        if saved is None:
            raise self.freed()
        for value in saved:
            if isinstance(value, Tensor):
                held = value._storage
                if held is not None and held.version:  # else never written to
                    self.check_versions(saved)
                    break
        if self.out_at is not None and modes.grad and saved[self.out_at] is not None:
            saved = self._with_out(saved)
        targets = self.targets
        gradients: list[Tensor | None] = []
        derivatives = self.derivatives
        for edge in self.edges:  # a loop: a comprehension is one more call
            gradient = None
            if edge is not None:
                i = len(gradients)
                gradient = derivatives[i](cotangent, saved)
                if targets is not None and gradient is not None:
                    target = targets[i]
                    if target is not None and (
                        gradient._array.shape != target[0] or gradient._array.dtype != target[1]
                    ):
                        gradient = fit(gradient, *target)
            gradients.append(gradient)
        return gradients


class JointNode(OpNode):
    """The record of an op whose gradients are sooner found together than one by one."""

    __slots__ = ()

    together: Callable[[Any, Any], Sequence[Tensor] | None]

    def apply(self, cotangent: Any) -> Sequence[Tensor | None]:
        """All gradients at once, unless they are to be differentiated again or are unusual."""
        saved = self.saved
        if saved is not None and not modes.grad:
            self.check_versions(saved)
            found = self.together(cotangent, saved)
            if found is not None:
                return [None if edge is None else each
                        for edge, each in zip(self.edges, found, strict=True)]
        return super().apply(cotangent)


def attach(node: OpNode, result: Any) -> None:
    """Put the node behind the results that gradients can flow through."""
    if isinstance(result, Tensor):
        if differentiable(result._array):
            result._node = node
        return
    flows = [differentiable(each._array) for each in result]
    if flows.count(True) == 1 and len(flows) > 1 and flows[0]:
        result[0]._node = node  # values of (values, indices): the node has one cotangent
        return
    for number, each in enumerate(result):
        if flows[number]:
            each._node = Output(node, number)


def differentiable(array: Array) -> bool:
    """Whether gradients can flow through values of this array's dtype."""
    return array.dtype.kind in "fcV"


def _plain(value: Any) -> bool:
    """Whether this is only numbers, slices and the like, as shapes and simple indices are."""
    if isinstance(value, (list, tuple)):
        return (len(value) > 0 and type(value[0]) is int) or all(map(_plain, value))
    return not isinstance(value, (Tensor, np.ndarray))


def fit(gradient: Tensor, shape: tuple[int, ...], dtype: Any) -> Tensor:
    """Bring a gradient to its input's shape (sum over what was broadcast) and dtype."""
    array = gradient._array
    if array.shape != shape:
        gradient = gradient.sum_to_size(shape)
    if array.dtype != dtype:
        if array.dtype.kind == "c" and np.dtype(dtype).kind != "c":
            gradient = gradient.real
        gradient = gradient.to(_dtype_of(dtype))
    return gradient


def _dtype_of(numpy_dtype: Any) -> Any:
    from rushlight.tensor import dtypes

    return dtypes.of(numpy_dtype)
