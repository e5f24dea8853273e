"""`autograd.Function`: an op of the user's own, with its own backward.

Source: https://pytorch.org/docs/stable/notes/extending.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from rushlight.autograd import inplace
from rushlight.autograd.modes import modes, no_grad
from rushlight.autograd.node import Node, Output, next_order
from rushlight.tensor.tensor import Tensor, alias, wrap


class FunctionCtx(Node):
    """`ctx`: what `forward` leaves for `backward`. It is the node of the call itself."""

    def __init__(self) -> None:
        self.edges = ()
        self.watch = None
        self.outputs = 1
        self._saved: list[tuple[Tensor | None, int, int]] | None = []
        self._to_save: tuple[Any, ...] = ()
        self._dirty: tuple[Tensor, ...] = ()
        self._constant: tuple[Tensor, ...] = ()
        self._materialize = True
        self._shapes: list[Any] = []
        self.needs_input_grad: tuple[bool, ...] = ()

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep inputs or outputs for `backward`, where `saved_tensors` returns them."""
        for each in tensors:
            if each is not None and not isinstance(each, Tensor):
                raise TypeError(f"save_for_backward takes Tensors, not {type(each).__name__}")
        self._to_save = tensors

    save_for_forward = save_for_backward

    @property
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        """What was saved; RuntimeError if it was freed, or changed in place since."""
        if self._saved is None:
            raise RuntimeError(
                f"{self.name()}: the saved tensors were freed by an earlier backward pass. To go "
                "back through a graph twice, give the first pass retain_graph=True")
        found = []
        for tensor, version, output in self._saved:
            if tensor is not None and tensor._version != version:
                raise RuntimeError(
                    f"{self.name()}: a saved tensor of shape {list(tensor.shape)} was changed in "
                    f"place (version {tensor._version}, saved at {version})")
            if output >= 0 and tensor is not None and modes.grad:
                tensor = alias(tensor)
                tensor._node = self if self.outputs == 1 else Output(self, output)
            found.append(tensor)
        return tuple(found)

    @property
    def saved_variables(self) -> tuple[Tensor | None, ...]:
        """The old name of `saved_tensors`."""
        return self.saved_tensors

    def mark_dirty(self, *tensors: Tensor) -> None:
        """Say which inputs `forward` changed in place (and returns)."""
        self._dirty = tensors

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """Say which outputs have no gradient."""
        self._constant = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether absent gradients reach `backward` as zeros (the default) or as None."""
        self._materialize = value

    def apply(self, cotangent: Any) -> Sequence[Tensor | None]:
        """Run the user's `backward` and line its results up with the tensor inputs."""
        given = cotangent if isinstance(cotangent, list) else [cotangent]
        if self._materialize:
            given = [
                wrap(np.zeros(*shape)) if each is None and shape is not None else each
                for each, shape in zip(given, self._shapes, strict=True)
            ]
        gradients = self._forward_class.backward(self, *given)  # type: ignore[attr-defined]
        gradients = gradients if isinstance(gradients, tuple) else (gradients,)
        expected = len(self.needs_input_grad)
        if len(gradients) > expected and any(each is not None for each in gradients[expected:]):
            raise RuntimeError(
                f"{self.name()}: backward returned {len(gradients)} gradients for {expected} "
                "arguments of forward")
        if len(gradients) < expected:
            raise RuntimeError(
                f"{self.name()}: backward returned {len(gradients)} gradients for {expected} "
                "arguments of forward: return None for those without")
        for i in self._tensor_at:  # type: ignore[attr-defined]
            _check_gradient(self, i, gradients[i])
        return [gradients[i] for i in self._tensor_at]  # type: ignore[attr-defined]

    def release(self) -> None:
        """Free what was saved."""
        if self._saved:
            self._saved = None


def _check_gradient(ctx: FunctionCtx, i: int, gradient: Any) -> None:
    if gradient is not None and not isinstance(gradient, Tensor):
        raise TypeError(
            f"{ctx.name()}: gradient {i} must be a Tensor or None, not {type(gradient).__name__}")


class _FunctionMeta(type):
    """Gives each Function the class of its nodes, named as PyTorch names it."""

    def __init__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]):
        super().__init__(name, bases, body)
        cls._node_class = type(
            name + "Backward", (FunctionCtx,),
            {"_forward_class": cls, "__module__": cls.__module__})


class Function(metaclass=_FunctionMeta):
    """Subclass it, write static `forward(ctx, ...)` and `backward(ctx, *grads)`, call `apply`.

    `forward` may also be written without `ctx`, beside a static `setup_context(ctx, inputs,
    output)`. Raises RuntimeError when `backward` returns the wrong number of gradients.
    """

    _node_class: type[FunctionCtx]

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the results from the arguments, outside the graph."""
        raise NotImplementedError("a Function needs a static forward")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The gradient for each argument of `forward`, from those of its results."""
        raise NotImplementedError("a Function that is differentiated needs a static backward")

    vjp = backward
    setup_context: Callable[..., Any] | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("a Function is not called: use its static method apply(...)")

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run `forward`, and put a node behind its results if an argument requires grad."""
        ctx = cls._node_class()
        edges = [each._node if isinstance(each, Tensor) else None for each in args]
        ctx.needs_input_grad = tuple(each is not None for each in edges)
        with no_grad():
            if cls.setup_context is None:
                result = cls.forward(ctx, *args, **kwargs)
            else:
                result = cls.forward(*args, **kwargs)
                cls.setup_context(ctx, args, result)
        recorded = modes.grad and any(each is not None for each in edges)
        results = result if isinstance(result, tuple) else (result,)
        if recorded:
            ctx._tensor_at = [i for i, each in enumerate(args) if isinstance(each, Tensor)]
            ctx.edges = tuple(edges[i] for i in ctx._tensor_at)
            ctx.order = next_order()
            results = _attach(ctx, args, results)
        ctx._saved = [_pack(each, results) for each in ctx._to_save]
        ctx._to_save = ctx._dirty = ctx._constant = ()
        return results if isinstance(result, tuple) else results[0]


def _pack(tensor: Tensor | None, results: tuple[Any, ...]) -> tuple[Tensor | None, int, int]:
    """What is saved, its version, and which result it is (-1 for none).

    Results are saved apart from their node, or node and result would hold each other.
    """
    if tensor is None:
        return None, 0, -1
    place = _index_of(tensor, results)
    return tensor if place < 0 else alias(tensor), tensor._version, place


def _index_of(tensor: Tensor, results: tuple[Any, ...]) -> int:
    if tensor._node is None:
        return -1
    return next((i for i, each in enumerate(results) if each is tensor), -1)


def _attach(ctx: FunctionCtx, args: tuple[Any, ...], results: tuple[Any, ...]) -> tuple[Any, ...]:
    """The results with the node behind them; one that is an input unchanged becomes a view."""
    ctx.outputs = len(results)
    made = []
    for number, each in enumerate(results):
        if not isinstance(each, Tensor):
            ctx._shapes.append(None)
            made.append(each)
            continue
        ctx._shapes.append((each._array.shape, each._array.dtype))
        flows = each._array.dtype.kind in "fcV" and not any(each is c for c in ctx._constant)
        dirty = any(each is d for d in ctx._dirty)
        if not dirty and any(each is given for given in args):
            each = alias(each)
        if flows:
            node = ctx if len(results) == 1 else Output(ctx, number)
            if dirty:
                inplace.rebase(each, node)
            else:
                each._node = node
        made.append(each)
    return tuple(made)


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a `backward` that is not made of ops: differentiating through it is a RuntimeError."""

    @wraps(backward)
    def once(ctx: Any, *cotangents: Any) -> Any:
        recorded = modes.grad and any(
            isinstance(each, Tensor) and each._node is not None for each in cotangents)
        with no_grad():
            gradients = backward(ctx, *cotangents)
        if not recorded:
            return gradients
        several = gradients if isinstance(gradients, tuple) else (gradients,)
        made = tuple(_Refusal.apply(each) if isinstance(each, Tensor) else each for each in several)
        return made if isinstance(gradients, tuple) else made[0]

    return once


class _Refusal(Function):
    """Passes a value on, and refuses to pass a gradient back."""

    @staticmethod
    def forward(ctx: Any, gradient: Tensor) -> Tensor:
        """The value as it is."""
        return alias(gradient)

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> Any:
        """Never: that is what the mark says."""
        raise RuntimeError("a function marked @once_differentiable was differentiated twice")
