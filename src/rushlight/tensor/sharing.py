"""Tensors in memory that several processes see: a file that has no name, mapped by each.

The system frees the memory with the last process that has it mapped, however that one ends. The
tensors of one storage move together, in place: `share`. Whoever gets the file's descriptor can make
tensors over the same memory: `mapped`.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Callable
from typing import Any

import numpy as np

from rushlight.engine import deferred
from rushlight.tensor import storage
from rushlight.tensor.meta import MetaArray
from rushlight.tensor.tensor import Tensor, settled


class SharedMemory(mmap.mmap):
    """A mapped file without a name; `file` is its descriptor, closed with it."""

    file: int

    def __del__(self, close: Callable[[int], None] = os.close) -> None:
        close(self.file)  # by a name of its own: at the end of the program others are gone


def map_file(file: int, size: int) -> SharedMemory:
    """The memory of an open file, of which this takes the descriptor."""
    made = SharedMemory(file, size)
    made.file = file
    return made


def _new_file(size: int) -> int:
    if os.name != "posix":
        raise NotImplementedError("share_memory_(): tensors are shared on POSIX systems alone")
    if hasattr(os, "memfd_create"):
        file = os.memfd_create("rushlight", os.MFD_CLOEXEC)
    else:
        with tempfile.TemporaryFile() as unnamed:
            file = os.dup(unnamed.fileno())
    os.ftruncate(file, size)
    return file


def memory_of(tensor: Tensor) -> SharedMemory | None:
    """The shared memory that the tensor lies in, or None."""
    array: Any = settled(tensor)
    while isinstance(array, (np.ndarray, memoryview)):
        array = array.obj if isinstance(array, memoryview) else array.base
    return array if isinstance(array, SharedMemory) else None


def share(tensor: Tensor) -> None:
    """Move the tensor's storage into shared memory, with all tensors that look at it.

    RuntimeError for tensors that NumPy or somebody else sees: these would be left behind.
    """
    array = settled(tensor)
    if isinstance(array, MetaArray) or memory_of(tensor) is not None:
        return
    shared = storage.of(tensor)
    tensors = {id(each): each for each in (tensor, *shared.holders())}
    old = shared.bytes()
    if not old.size:
        return
    memory = map_file(_new_file(old.size), old.size)
    new = np.frombuffer(memory, np.uint8)
    new[...] = old
    deferred.before_write(array)
    start = storage.address(old)
    for each in tensors.values():
        before = settled(each)
        at = storage.address(before) - start if before.size else 0
        each._array = over(memory, at, before.dtype, before.shape, before.strides)
    shared.array = over(memory, 0, np.dtype(np.uint8), old.shape, old.strides)
    deferred.expose(shared.array)


def over(memory: SharedMemory, at: int, dtype: Any, shape: Any, strides: Any) -> Any:
    """An array over the memory, from this byte on; strides are in bytes."""
    return np.ndarray(shape, dtype, memory, at, strides)
