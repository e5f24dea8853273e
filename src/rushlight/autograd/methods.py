"""What a Tensor can do in the graph: `backward`, `grad`, `detach`, `requires_grad_`, hooks."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from rushlight.autograd import differentiate
from rushlight.autograd.node import AccumulateGrad, RemovableHandle
from rushlight.tensor.tensor import Tensor, alias, wrap


def backward(
    self: Tensor, gradient: Tensor | None = None, retain_graph: bool | None = None,
    create_graph: bool = False, inputs: Any = None,
) -> None:
    """Add the gradient of this tensor to the `.grad` of the leaves it was made from.

    `gradient`: this tensor's own gradient, of its shape; left out for a scalar.
    Source: https://pytorch.org/docs/stable/generated/torch.Tensor.backward.html
    """
    differentiate.backward(self, gradient, retain_graph, create_graph, inputs=inputs)


def set_requires_grad(tensor: Tensor, wanted: bool) -> None:
    """Make a leaf want its gradient, or want it no longer."""
    if not wanted:
        if tensor._node is not None and type(tensor._node) is not AccumulateGrad:
            raise RuntimeError(
                "requires_grad can only be switched off for leaves: detach() gives a tensor "
                "outside the graph")
        tensor._node = None
    elif tensor._node is None:
        if tensor._array.dtype.kind not in "fcV":
            raise RuntimeError(
                f"only floating-point and complex tensors can require gradients, not "
                f"{tensor.dtype}: convert with .float() first")
        tensor._node = AccumulateGrad(tensor)
        tensor._base = None  # a view becomes a leaf of its own, which writes to its views must find


def requires_grad_(self: Tensor, requires_grad: bool = True) -> Tensor:
    """Set `requires_grad` of this leaf, and return it."""
    set_requires_grad(self, requires_grad)
    return self


def detach(self: Tensor) -> Tensor:
    """A tensor over the same memory, outside the graph."""
    return alias(self)


def detach_(self: Tensor) -> Tensor:
    """Take this tensor out of the graph: it becomes a leaf."""
    if self._base is not None and self._node is not None:
        raise RuntimeError("a view can't be detached in place: use detach()")
    self._node = None
    return self


def retain_grad(self: Tensor) -> None:
    """Keep the gradient of this tensor in `.grad` though it is no leaf."""
    if self._node is None:
        raise RuntimeError("retain_grad() needs a tensor with requires_grad=True")
    if not self.is_leaf:
        self._node.watched().retained = weakref.ref(self)


def retains_grad(self: Tensor) -> bool:
    """Whether `retain_grad` was called on this (non-leaf) tensor."""
    watch = None if self._node is None else self._node.watch
    return watch is not None and watch.retained is not None and watch.retained() is self


def register_hook(self: Tensor, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
    """Call `hook(grad)` when this tensor's gradient is known; what it returns replaces it."""
    if self._node is None:
        raise RuntimeError("a hook needs a tensor with requires_grad=True")
    return self._node.watched().tensor_hooks.add(hook)


def register_post_accumulate_grad_hook(
    self: Tensor, hook: Callable[[Tensor], None]
) -> RemovableHandle:
    """Call `hook(self)` each time a gradient was added to this leaf's `.grad`."""
    if type(self._node) is not AccumulateGrad:
        raise RuntimeError("post-accumulate-grad hooks belong to leaves with requires_grad=True")
    return self._node.add_post_hook(hook)


def _get_grad(self: Tensor) -> Tensor | None:
    return self._grad


def _set_grad(self: Tensor, grad: Tensor | None) -> None:
    if grad is not None:
        if not isinstance(grad, Tensor):
            raise TypeError(f"grad must be a Tensor or None, not {type(grad).__name__}")
        if grad._array.shape != self._array.shape:
            raise RuntimeError(
                f"grad has shape {list(grad.shape)}, its tensor {list(self.shape)}: they must be "
                "equal")
        if grad._array.dtype != self._array.dtype:
            raise RuntimeError(f"grad is {grad.dtype}, its tensor {self.dtype}: they must be equal")
        if grad is self:
            raise RuntimeError("a tensor can't be its own gradient")
    self._grad = grad


def _del_grad(self: Tensor) -> None:
    self._grad = None


def _get_data(self: Tensor) -> Tensor:
    """The same memory, outside the graph and with a version counter of its own."""
    return wrap(self._array)


def _set_data(self: Tensor, data: Tensor) -> None:
    if not isinstance(data, Tensor):
        raise TypeError(f"data must be a Tensor, not {type(data).__name__}")
    self._array = data._array
    self._storage = data._storage


def Variable(data: Tensor, requires_grad: bool = False) -> Tensor:
    """A tensor over `data`'s memory: what tensors with gradients were called before 2018."""
    return requires_grad_(alias(data), requires_grad)


def _is_inference(self: Tensor) -> bool:
    return False


for _method in (
    backward, requires_grad_, detach, detach_, retain_grad, register_hook,
    register_post_accumulate_grad_hook,
):
    setattr(Tensor, _method.__name__, _method)
Tensor.is_inference = _is_inference  # type: ignore[attr-defined]
Tensor.retains_grad = property(retains_grad)  # type: ignore[attr-defined]
setattr(Tensor, "grad", property(
    _get_grad, _set_grad, _del_grad, "The gradient, once backward ran."))
Tensor.data = property(_get_data, _set_data)
_wants: Any = Tensor.requires_grad
setattr(Tensor, "requires_grad", _wants.setter(set_requires_grad))
