"""What tensors that share memory share: the version counter, the live views, the bytes.

Invariant: tensors over the same memory made by view ops have the same Storage object; a tensor that
has no view yet has none (`tensor._storage is None` means version 0), and gets one when it needs it.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from rushlight.tensor.tensor import Tensor

Array = np.ndarray[Any, Any]
_blank = object.__new__


class Storage:
    """`version` counts in-place writes; `views` are the live differentiable views, weakly held."""

    __slots__ = ("array", "limit", "version", "views")

    array: Array
    version: int
    views: list[weakref.ref[Tensor]]
    limit: int

    def add_view(self, view: Tensor) -> None:
        """Remember a live view, so that an in-place write to its base can reach it."""
        views = self.views
        if len(views) >= self.limit:
            self.views = views = [each for each in views if each() is not None]
            self.limit = 2 * len(views) + 16  # pruned on doubling: constant time a view
        views.append(weakref.ref(view))

    def bytes(self) -> Array:
        """The whole memory behind the tensors, as a flat array of uint8."""
        return flat_bytes(self.array)


def of(tensor: Tensor) -> Storage:
    """The tensor's storage, made now if this is the first time it is asked for."""
    storage = tensor._storage
    if storage is None:
        tensor._storage = storage = _blank(Storage)
        storage.array = tensor._array
        storage.version = 0
        storage.views = []
        storage.limit = 16
    return storage


def flat_bytes(array: Array) -> Array:
    """A flat uint8 view of all the memory that `array` is a view of."""
    root = array
    while isinstance(root.base, np.ndarray):
        root = root.base
    if root.flags.c_contiguous:
        return root.reshape(-1).view(np.uint8)
    if root.flags.f_contiguous:
        return root.T.reshape(-1).view(np.uint8)
    # Foreign memory with gaps: one element seen as bytes, then stretched over the whole extent.
    low, high = np.lib.array_utils.byte_bounds(root)
    first = root[(slice(0, 1),) * root.ndim].reshape(1).view(np.uint8)
    return np.lib.stride_tricks.as_strided(first, (high - low,), (1,))


def address(array: Array) -> int:
    """Where the array's first element lies in memory."""
    return int(array.__array_interface__["data"][0])
