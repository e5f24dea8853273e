"""The Tensor: an array, a place in the gradient graph, and what it shares with its views.

A Tensor has five slots. `_array` holds the numbers, or is a `Deferred` that knows how to get them.
`_node` is its place in the graph: None where no gradient flows, an `AccumulateGrad` for a leaf that
wants its gradient, else the node of the op that made it. `_storage` is what views share. `_base` is
the tensor this one is a view of. `_grad` is the gradient that `backward` left here.

This file knows no ops: rows in `rushlight/ops` attach themselves as methods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rushlight.engine.deferred import Deferred
from rushlight.tensor import device as devices
from rushlight.tensor import dtypes, storage
from rushlight.tensor.device import device
from rushlight.tensor.dtypes import dtype
from rushlight.tensor.meta import MetaArray
from rushlight.tensor.size import Size

if TYPE_CHECKING:
    from rushlight.autograd.node import Node

Array = np.ndarray[Any, Any]
_blank = object.__new__
_size = tuple.__new__


class Tensor:
    """A multi-dimensional array of one dtype that knows how it was computed.

    Made by `torch.tensor`, `torch.zeros` and their like; `Tensor(2, 3)` makes an uninitialised
    one of that shape and `Tensor([1, 2])` one of those values, both of the default dtype.
    Source: https://pytorch.org/docs/stable/tensors.html
    """

    __slots__ = ("__dict__", "__weakref__", "_array", "_base", "_grad", "_node", "_storage")
    __array_priority__ = 1000  # so that NumPy leaves `array + tensor` to the tensor

    _array: Array
    _node: Node | None
    _storage: storage.Storage | None
    _base: Tensor | None
    _grad: Tensor | None

    if TYPE_CHECKING:
        # Rows attach themselves as methods at run time; `__init__.pyi` lists them for editors.
        data: Any
        grad: Any
        def __getattr__(self, name: str) -> Any: ...
        def __add__(self, other: Any) -> Any: ...
        def __sub__(self, other: Any) -> Any: ...
        def __rsub__(self, other: Any) -> Any: ...
        def __mul__(self, other: Any) -> Any: ...
        def __rmul__(self, other: Any) -> Any: ...
        def __truediv__(self, other: Any) -> Any: ...
        def __rtruediv__(self, other: Any) -> Any: ...
        def __pow__(self, other: Any) -> Any: ...
        def __rpow__(self, other: Any) -> Any: ...
        def __neg__(self) -> Any: ...
        def __pos__(self) -> Any: ...
        def __invert__(self) -> Any: ...
        def __and__(self, other: Any) -> Any: ...
        def __or__(self, other: Any) -> Any: ...
        def __gt__(self, other: Any) -> Any: ...
        def __ge__(self, other: Any) -> Any: ...
        def __lt__(self, other: Any) -> Any: ...
        def __le__(self, other: Any) -> Any: ...
        def __matmul__(self, other: Any) -> Any: ...
        def __getitem__(self, index: Any) -> Any: ...
        def __int__(self) -> int: ...
        def __bool__(self) -> bool: ...
        def __eq__(self, other: object) -> Any: ...
        def __ne__(self, other: object) -> Any: ...

    # --- what it is

    @property
    def shape(self) -> Size:
        """The dimensions, as a `torch.Size`."""
        return _size(Size, self._array.shape)

    @property
    def dtype(self) -> dtype:
        """The type of the elements."""
        return dtypes.of(self._array.dtype)

    @property
    def device(self) -> device:
        """Where the memory lies."""
        return devices.META if type(self._array) is MetaArray else devices.CPU

    @property
    def ndim(self) -> int:
        """How many dimensions there are."""
        return self._array.ndim

    @property
    def itemsize(self) -> int:
        """Bytes to one element."""
        return self._array.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes to all elements."""
        return self._array.nbytes

    # --- its place in the gradient graph

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to or through this tensor."""
        return self._node is not None

    @property
    def grad_fn(self) -> Node | None:
        """The node that made this tensor; None for a leaf."""
        node = self._node
        return None if node is None else node.function

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded op made this tensor."""
        return self._node is None or self._node.function is None

    @property
    def _version(self) -> int:
        return 0 if self._storage is None else self._storage.version


Tensor.__module__ = "torch"


class NoValuesYet(ValueError):
    """A tensor was used that does not have its values, nor its shape, yet."""


def wrap(array: Any) -> Tensor:
    """A new tensor outside any graph; `array` is an ndarray of one of our dtypes, or Deferred."""
    tensor = _blank(Tensor)
    tensor._array = array
    tensor._node = tensor._storage = tensor._base = tensor._grad = None
    return tensor


def settled(tensor: Tensor) -> Any:
    """The tensor's array, computed now if it was put off."""
    array: Any = tensor._array
    if type(array) is Deferred:
        tensor._array = array = array.compute()
    return array


def alias(tensor: Tensor) -> Tensor:
    """A new tensor over the same memory and version counter, outside any graph."""
    other = wrap(tensor._array)
    other._storage = storage.of(tensor)
    return other
