"""What tensors that share memory share: the version counter, the live views, the bytes.

Invariant: tensors over the same memory made by view ops have the same Storage object; a tensor that
has no view yet has none (`tensor._storage is None` means version 0), and gets one when it needs it.
"""

from __future__ import annotations

import gc
import sys
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from rushlight.engine import deferred, owners
from rushlight.engine.deferred import Deferred
from rushlight.tensor.meta import MetaArray

if TYPE_CHECKING:
    from rushlight.tensor.tensor import Tensor

Array = np.ndarray[Any, Any]
_blank = object.__new__


class Storage:
    """`version` counts in-place writes; `views` are the live views, weakly held, once asked for.

    Almost no storage is ever written to in a graph while several views of it live, so views are not
    registered: the first such write asks the garbage collector who holds the storage, and only from
    then on do new views of it register themselves (`views` is a list).
    """

    __slots__ = ("array", "limit", "version", "views")

    array: Array
    version: int
    views: list[weakref.ref[Tensor]] | None
    limit: int

    def holders(self) -> list[Tensor]:
        """The live tensors over this storage that may be views."""
        if self.views is None:
            self.views = []
            self.limit = 16
            for each in gc.get_referrers(self):
                if getattr(each, "_storage", None) is self:
                    self.add_view(each)
        held = [each() for each in self.views]
        return [each for each in held if each is not None]

    def add_view(self, view: Tensor) -> None:
        """Remember a live view, so that an in-place write to its base can reach it."""
        views = self.views or []
        if len(views) >= self.limit:
            views = [each for each in views if each() is not None]
            self.limit = 2 * len(views) + 16  # pruned on doubling: constant time a view
        views.append(weakref.ref(view))
        self.views = views

    def bytes(self) -> Array:
        """The whole memory behind the tensors, as a flat array of uint8."""
        return flat_bytes(deferred.computed(self.array))


def of(tensor: Tensor) -> Storage:
    """The tensor's storage, made now if this is the first time it is asked for."""
    storage = tensor._storage
    if storage is None:
        tensor._storage = storage = _blank(Storage)
        storage.array = tensor._array
        storage.version = 0
        storage.views = None
    return storage


def write(tensor: Tensor, values: Any) -> None:
    """Put values of its shape into the tensor's memory, and count the write.

    Values that wait, and large ones that only the caller holds, become the tensor's own, unless
    somebody else sees its memory.
    """
    waits = type(values) is Deferred and values.value is None
    fresh = (
        type(values) is np.ndarray and values.size >= deferred.LEAST and values.base is None
        and sys.getrefcount(values) == _ONE_CALLER and values.dtype is tensor._array.dtype
        and values.flags.carray)
    if (waits or fresh) and _is_its_own(tensor):
        array: Any = deferred.replacing(tensor._array, values) if waits else values
        tensor._array = array
        if tensor._storage is not None:
            tensor._storage.array = array
    elif type(tensor._array) is not MetaArray:
        deferred.before_write(tensor._array)
        tensor._array[...] = deferred.computed(values)
    of(tensor).version += 1


def _is_its_own(tensor: Tensor) -> bool:
    """Whether nobody sees the tensor's memory but the tensor, so that it may have another."""
    array: Any = tensor._array
    shared = tensor._storage
    if tensor._base is not None or (
        shared is not None and sys.getrefcount(shared) > _ONE_TENSOR
    ):
        return False
    if type(array) is Deferred:
        array = array.value
    return array is None or (array.flags.carray and not owners.is_exposed(array))


# What `getrefcount` says inside `write` of an array that its caller alone holds, and inside
# `_is_its_own` of a storage that one tensor has: the holder, a variable, the call.
_ONE_CALLER = 3
_ONE_TENSOR = 3


def flat_bytes(array: Array) -> Array:
    """A flat uint8 view of the memory that `array` spans, from its lowest byte to its highest."""
    if array.flags.c_contiguous:
        return array.reshape(-1).view(np.uint8)
    if array.flags.f_contiguous:
        return array.T.reshape(-1).view(np.uint8)
    # Memory with gaps: one element seen as bytes, then stretched over the whole extent.
    low, high = np.lib.array_utils.byte_bounds(array)
    lowest = tuple([slice(-1, None) if each < 0 else slice(0, 1) for each in array.strides])
    first = array[lowest].reshape(1).view(np.uint8)
    return np.lib.stride_tricks.as_strided(first, (high - low,), (1,))


def address(array: Array) -> int:
    """Where the array's first element lies in memory."""
    array = deferred.computed(array)
    return int(array.__array_interface__["data"][0])


class UntypedStorage:
    """The bytes that tensors share, as the user sees them: `tensor.untyped_storage()`.

    Source: https://pytorch.org/docs/stable/storage.html
    """

    __slots__ = ("shared",)
    __module__ = "torch"
    dtype = np.dtype(np.uint8)

    def __init__(self, shared: Storage):
        self.shared = shared

    def _elements(self) -> Array:
        return self.shared.bytes().view(self.dtype)

    def nbytes(self) -> int:
        """How many bytes there are."""
        return self.shared.bytes().size

    def data_ptr(self) -> int:
        """The address of the first byte; 0 if there is none."""
        deferred.expose(deferred.computed(self.shared.array))
        return address(self.shared.bytes()) if self.nbytes() else 0

    def size(self) -> int:
        """How many elements there are; of an untyped storage, bytes."""
        return self.nbytes() // self.dtype.itemsize

    def element_size(self) -> int:
        """Bytes to one element."""
        return self.dtype.itemsize

    def tolist(self) -> list[Any]:
        """The elements as Python numbers."""
        return self._elements().tolist()

    def __len__(self) -> int:
        return self.size()

    def __getitem__(self, index: int) -> Any:
        return self._elements()[index].item()

    def __setitem__(self, index: int | slice, value: Any) -> None:
        deferred.before_write(self.shared.array)
        self._elements()[index] = value
        self.shared.version += 1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UntypedStorage) and self.shared is other.shared

    def __hash__(self) -> int:
        return hash(id(self.shared))


class TypedStorage(UntypedStorage):
    """The same memory as elements of a dtype: `tensor.storage()`."""

    __slots__ = ("dtype",)
    __module__ = "torch"

    def __init__(self, shared: Storage, dtype: np.dtype[Any]):
        super().__init__(shared)
        self.dtype = dtype

    def untyped(self) -> UntypedStorage:
        """The same memory as bytes."""
        return UntypedStorage(self.shared)
