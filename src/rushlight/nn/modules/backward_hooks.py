"""Hooks on the gradients of a module's inputs and results.

Two nodes that change nothing are put around the module: one behind its inputs, one behind its
results. When gradients come to the second, pre-hooks see them; when they leave through the first,
hooks see both ends.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from rushlight.autograd.modes import modes
from rushlight.autograd.node import Node, Output, next_order
from rushlight.tensor.tensor import Tensor, alias, wrap

Gradients = tuple[Any, ...]


class BackwardHookFunctionBackward(Node):
    """Passes the gradients of several tensors on as they are, zeros for those that got none."""

    def __init__(self, tensors: Sequence[Tensor]) -> None:
        self.edges = tuple([each._node for each in tensors])
        self.watch = None
        self.outputs = len(tensors)
        self.order = next_order()
        self._likes = [(each._array.shape, each._array.dtype) for each in tensors]

    def apply(self, cotangent: Any) -> Sequence[Tensor | None]:
        """The gradients that came."""
        return [
            wrap(np.zeros(*like)) if each is None else each
            for each, like in zip(cotangent, self._likes, strict=True)]


def _passed(values: tuple[Any, ...]) -> tuple[tuple[Any, ...], Node, list[int]]:
    """The values with a passing node behind each that is in the graph; the node; which are tensors.

    They count as views that one op made together, so that a write to one is refused.
    """
    found = list(values)
    places = [i for i, each in enumerate(values) if isinstance(each, Tensor)]
    node = BackwardHookFunctionBackward([values[i] for i in places])
    for number, i in enumerate(places):
        if values[i]._node is not None:
            found[i] = alias(values[i])
            found[i]._base = values[i]
            found[i]._node = Output(node, number)
    return tuple(found), node, places


def _spread(gradients: Gradients, places: list[int], count: int) -> Gradients:
    """The gradients at their places among `count`, None elsewhere."""
    found: list[Any] = [None] * count
    for i, each in zip(places, gradients, strict=True):
        found[i] = each
    return tuple(found)


def _wants_grad(values: tuple[Any, ...]) -> bool:
    return modes.grad and any(
        isinstance(each, Tensor) and each._node is not None for each in values)


class BackwardHooks:
    """Those who look at the gradients of one call of a module."""

    def __init__(
        self, module: Any, hooks: list[Any], prehooks: list[Any], last_hooks: list[Any]
    ) -> None:
        self.module, self.hooks, self.prehooks = module, hooks, prehooks
        self.last_hooks = last_hooks
        self.arrived: Gradients | None = None
        self.no_input = False
        self.inputs = 0

    def at_inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, their gradients watched."""
        self.args = args
        if not self.hooks and not self.prehooks:
            return args
        self.inputs = len(args)
        self.no_input = not _wants_grad(args)
        if self.no_input:
            return args
        args, node, places = _passed(args)
        node.register_hook(lambda left, _: self._leave(left, places))
        return args

    def at_result(self, result: Any) -> Any:
        """The result, its gradients watched."""
        if self.last_hooks:
            _watch_last(self.module, self.last_hooks, self.args, result)
        if not self.hooks and not self.prehooks:
            return result
        several = isinstance(result, tuple)
        values = result if several else (result,)
        if not all(isinstance(each, Tensor) for each in values) and not several:
            warnings.warn(
                "backward hooks are called for results that are a Tensor or a tuple of them, not "
                f"for a {type(result).__name__}", stacklevel=4)
            return result
        if not _wants_grad(values):
            return result
        values, node, places = _passed(values)
        node.register_prehook(lambda came: self._arrive(came, places, len(values)))
        return values if several else values[0]

    def _arrive(self, came: Gradients, places: list[int], count: int) -> Gradients:
        """The results' gradients are here."""
        arrived = _spread(came, places, count)
        for hook in self.prehooks:
            arrived = _replaced(hook(self.module, arrived), arrived, "grad_output")
        self.arrived = arrived
        if self.no_input and self.hooks:
            warnings.warn(
                "a full backward hook is called with the results' gradients alone: no input of its "
                "module requires grad", stacklevel=2)
            for hook in self.hooks:
                made = hook(self.module, (None,) * self.inputs, arrived)
                if made is not None and not (
                    isinstance(made, tuple) and all(each is None for each in made)
                ):
                    raise RuntimeError(
                        "a full backward hook returned a gradient for inputs that require none")
        return tuple([arrived[i] for i in places])

    def _leave(self, left: Gradients, places: list[int]) -> Gradients | None:
        """The inputs' gradients are here; those of the results came before."""
        if self.arrived is None:
            return None  # nobody asked for gradients of the results
        gradients = _spread(left, places, self.inputs)
        for hook in self.hooks:
            gradients = _replaced(
                hook(self.module, gradients, self.arrived), gradients, "grad_input")
        self.arrived = None
        return tuple([gradients[i] for i in places])


def _replaced(made: Any, before: Gradients, what: str) -> Gradients:
    if made is None:
        return before
    made = made if isinstance(made, tuple) else (made,)
    if len(made) != len(before):
        raise RuntimeError(
            f"a backward hook returned {len(made)} gradients for {what}, which has {len(before)}")
    return made


# --- hooks of the old kind

def _watch_last(
    module: Any, hooks: list[Callable[..., Any]], args: tuple[Any, ...], result: Any
) -> None:
    """Call the hooks when the last operation's gradients are known."""
    first = result
    while not isinstance(first, Tensor):
        if not isinstance(first, (tuple, list, dict)) or not first:
            return
        first = next(iter(first.values())) if isinstance(first, dict) else first[0]
    node = first.grad_fn
    if node is None:
        return
    inputs = {each.grad_fn for each in args if isinstance(each, Tensor)}
    if {below for below, _ in node.next_functions} - inputs:
        warnings.warn(
            "register_backward_hook: the module is several operations, and the hook sees the "
            "gradients of the last one only: use register_full_backward_hook", FutureWarning,
            stacklevel=4)
    for hook in hooks:
        node.register_hook(partial(hook, module))
