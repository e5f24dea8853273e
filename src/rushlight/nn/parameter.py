"""`Parameter` and `Buffer`: tensors that a module knows as its own.

A `Parameter` is a Tensor with nothing added but its class, by which modules and optimizers find
it; what is computed from one is a plain Tensor. A `Buffer` is a plain Tensor with a mark.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.autograd.methods import set_requires_grad
from rushlight.tensor import storage
from rushlight.tensor.tensor import Tensor, wrap

_blank = object.__new__


def _sharing(kind: type[Tensor], data: Any, requires_grad: bool) -> Any:
    """A leaf of this class over the memory of `data`, which must be a Tensor."""
    made = _blank(kind)
    made._array, made._storage = data._array, storage.of(data)
    made._node = made._base = made._grad = None
    if requires_grad:
        set_requires_grad(made, True)
    return made


def _need_tensor(what: str, data: Any) -> None:
    if not isinstance(data, Tensor):
        raise AttributeError(
            f"a {what} is made of a Tensor, not of {type(data).__name__}: use torch.tensor(...)")


class _ParameterType(type):
    """A tensor of another class with the mark `_is_param` counts as a Parameter, too."""

    def __instancecheck__(cls, instance: Any) -> bool:
        if super().__instancecheck__(instance):
            return True
        return cls is Parameter and isinstance(instance, Tensor) and (
            getattr(instance, "_is_param", False) is True)


class Parameter(Tensor, metaclass=_ParameterType):
    """A tensor that a module trains: assigned to a module, it is among its `parameters()`.

    data: the values, whose memory it shares; left out, there are none. requires_grad: whether
    gradients are collected; RuntimeError if so and the dtype has none.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.parameter.Parameter.html
    """

    __slots__ = ()

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Any:
        if data is None:
            data = Tensor()
        _need_tensor("Parameter", data)
        if type(data) is Tensor or type(data) is Parameter:
            return _sharing(cls, data, requires_grad)
        made = _sharing(type(data), data, requires_grad)  # the user's own class of tensors stays
        made._is_param = True
        return made

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        """A parameter with memory of its own; neither gradient nor attributes go along."""
        if id(self) not in memo:
            copied = _blank(type(self))
            copied._array = np.array(self._array, order="K")
            copied._node = copied._storage = copied._base = copied._grad = None
            set_requires_grad(copied, self.requires_grad)
            memo[id(self)] = copied
        return memo[id(self)]

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _rebuild, (wrap(self._array), self.requires_grad), self.__dict__ or None

    def __repr__(self, **_: Any) -> str:
        return "Parameter containing:\n" + super().__repr__()


def _rebuild(data: Tensor, requires_grad: bool) -> Parameter:
    """An unpickled parameter."""
    return Parameter(data, requires_grad)


class _BufferType(type):
    """A Buffer is any Tensor with the mark `_is_buffer`."""

    def __instancecheck__(cls, instance: Any) -> bool:
        if super().__instancecheck__(instance):
            return True
        return cls is Buffer and isinstance(instance, Tensor) and (
            getattr(instance, "_is_buffer", False) is True)


class Buffer(Tensor, metaclass=_BufferType):
    """A tensor that belongs to a module's state but isn't trained: `self.mean = Buffer(zeros)`.

    What is made is a plain Tensor with a mark. persistent: whether it is in the `state_dict`.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.parameter.Buffer.html
    """

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Any:
        if data is None:
            data = Tensor()
        _need_tensor("Buffer", data)
        made = _sharing(Tensor, data, data.requires_grad)
        made.persistent = persistent
        made._is_buffer = True
        return made


for _kind in (Parameter, Buffer):
    _kind.__module__ = "torch.nn.parameter"


def __getattr__(name: str) -> Any:
    """Those without a shape, which have a file of their own, can be had here as well."""
    from rushlight.nn import uninitialized

    if hasattr(uninitialized, name):
        return getattr(uninitialized, name)
    raise AttributeError(f"torch.nn.parameter has no {name!r}")
