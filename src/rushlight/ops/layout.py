"""How a tensor lies in memory: sizes, strides, offset, storage, and changing them in place.

Strides are counted in elements. NumPy leaves the stride of a dim of size 0 or 1 open; `stride()`
shows there what PyTorch would.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.autograd.modes import modes
from rushlight.ops import write
from rushlight.ops.arguments import one_dim, size_of
from rushlight.ops.op import FACE
from rushlight.tensor import memory, storage
from rushlight.tensor.size import Size
from rushlight.tensor.tensor import Array, Tensor

_size = tuple.__new__


def size(self: Tensor, dim: int | None = None) -> Any:
    """The shape, or the size of one dim."""
    shape = self._array.shape
    if dim is None:
        return _size(Size, shape)
    try:
        return shape[dim]
    except IndexError:
        one_dim(dim, len(shape))
        raise IndexError("a 0-d tensor has no dims to ask the size of") from None


def dim(self: Tensor) -> int:
    """How many dimensions there are."""
    return self._array.ndim


def numel(self: Tensor) -> int:
    """How many elements there are."""
    return self._array.size


def element_size(self: Tensor) -> int:
    """Bytes to one element."""
    return self._array.itemsize


def strides_of(array: Array) -> tuple[int, ...]:
    """The array's strides in elements, those of dims of size 0 and 1 as PyTorch has them."""
    shape, itemsize = array.shape, array.itemsize
    if array.size == 0:
        return contiguous_strides(shape)
    strides = [each // itemsize for each in array.strides]
    if 0 not in strides:
        return tuple(strides)
    for i in range(len(shape) - 1, -1, -1):
        if strides[i] == 0 and shape[i] == 1:
            strides[i] = strides[i + 1] * shape[i + 1] if i + 1 < len(shape) else 1
    return tuple(strides)


def contiguous_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The strides, in elements, of a dense row-major tensor."""
    strides, step = [], 1
    for each in reversed(shape):
        strides.append(step)
        step *= max(each, 1)
    return tuple(reversed(strides))


def over(
    flat: Array, dtype: Any, shape: tuple[int, ...], strides: tuple[int, ...], offset: int
) -> Array:
    """Flat bytes seen through a shape and strides; RuntimeError if they reach outside."""
    if len(shape) != len(strides):
        raise RuntimeError(f"{len(shape)} sizes and {len(strides)} strides: there must be as many")
    if offset < 0 or min(shape, default=0) < 0 or min(strides, default=0) < 0:
        raise RuntimeError(
            f"sizes {list(shape)}, strides {list(strides)} and offset {offset} can't be negative")
    itemsize = dtype.itemsize
    try:
        if 0 in shape:
            return np.empty(shape, dtype)
        steps = [each * itemsize for each in strides]
        return np.ndarray(shape, dtype, flat, offset * itemsize, steps)
    except (ValueError, TypeError):
        raise RuntimeError(
            f"sizes {list(shape)} with strides {list(strides)} from offset {offset} reach outside "
            f"a storage of {flat.size // itemsize} elements") from None


def stride(self: Tensor, dim: int | None = None) -> Any:
    """How many elements lie between neighbours, for each dim or for one."""
    strides = strides_of(self._array)
    return strides if dim is None else strides[one_dim(dim, len(strides))]


def storage_offset(self: Tensor) -> int:
    """How many elements of the storage lie before the first of this tensor."""
    array = self._array
    shared = storage.of(self)
    if array.size == 0 or (shared.array is array and array.flags.c_contiguous):
        return 0
    start = storage.address(shared.bytes())
    return (storage.address(array) - start) // array.itemsize


def is_contiguous(
    self: Tensor, memory_format: memory.memory_format = memory.contiguous_format
) -> bool:
    """Whether the elements lie dense in memory, in row-major order or that of `memory_format`."""
    return memory.is_in(self._array, memory_format)


def data_ptr(self: Tensor) -> int:
    """The address of the first element; 0 if there is none."""
    return storage.address(self._array) if self._array.size else 0


def untyped_storage(self: Tensor) -> storage.UntypedStorage:
    """The memory this tensor shares with its views, as bytes."""
    return storage.UntypedStorage(storage.of(self))


def typed_storage(self: Tensor) -> storage.TypedStorage:
    """The memory this tensor shares with its views, as elements of its dtype."""
    return storage.TypedStorage(storage.of(self), self._array.dtype)


def is_set_to(self: Tensor, tensor: Tensor) -> bool:
    """Whether both look at the same memory through the same sizes and strides."""
    return (
        storage.of(self) is storage.of(tensor)
        and self._array.shape == tensor._array.shape
        and strides_of(self._array) == strides_of(tensor._array)
        and data_ptr(self) == data_ptr(tensor)
    )


def resize_(self: Tensor, *sizes: Any, memory_format: Any = None) -> Tensor:
    """Give this tensor another size, in place; elements in storage order stay, new ones are junk.

    Source: https://pytorch.org/docs/stable/generated/torch.Tensor.resize_.html
    """
    shape = size_of(sizes)
    if self._node is not None:
        raise RuntimeError("resize_(): a tensor that requires grad can't be resized")
    if min(shape, default=0) < 0:
        raise RuntimeError(f"resize_(): size {list(shape)} has a negative size")
    write.resize(self, shape)
    if memory_format is not None and memory_format is not memory.preserve_format:
        self._array = memory.dense_in(self._array, memory_format)
    return self


def resize_as_(self: Tensor, the_template: Tensor, *, memory_format: Any = None) -> Tensor:
    """Give this tensor the size of another, in place."""
    return resize_(self, the_template._array.shape, memory_format=memory_format)


def set_(
    self: Tensor, source: Any = None, storage_offset: int = 0, size: Any = None,
    stride: Any = None,
) -> Tensor:
    """Make this tensor look at other memory: that of a tensor or a storage, or none at all.

    Source: https://pytorch.org/docs/stable/generated/torch.Tensor.set_.html
    """
    if self._node is not None and modes.grad:
        raise RuntimeError("set_(): a tensor that requires grad can't be given other memory")
    if source is None:
        self._array, self._storage = np.empty(0, self._array.dtype), None
        return self
    if isinstance(source, Tensor):
        if source._array.dtype != self._array.dtype:
            raise RuntimeError(f"set_(): the source is {source.dtype}, this tensor {self.dtype}")
        self._storage = storage.of(source)
        self._array = source._array
        if size is None:
            return self
    else:
        self._storage = source.shared
    flat = self._storage.bytes()
    shape = (flat.size // self._array.itemsize,) if size is None else size_of(size)
    strides = contiguous_strides(shape) if stride is None else size_of(stride)
    self._array = over(flat, self._array.dtype, shape, strides, storage_offset)
    return self


def share_memory_(self: Tensor) -> Tensor:
    """Move to memory that other processes can see, with all tensors over the same storage.

    Processes that are forked later, or get it through `torch.multiprocessing`, read and write the
    same numbers. Source: https://pytorch.org/docs/stable/generated/torch.Tensor.share_memory_.html
    """
    from rushlight.tensor import sharing  # only those who share pay for it

    sharing.share(self)
    return self


def is_shared(self: Tensor) -> bool:
    """Whether the tensor lies in memory that other processes can see."""
    from rushlight.tensor import sharing

    return sharing.memory_of(self) is not None


for _method in (
    size, dim, numel, element_size, stride, storage_offset, is_contiguous, data_ptr,
    untyped_storage, is_set_to, resize_, resize_as_, set_, share_memory_, is_shared,
):
    setattr(Tensor, _method.__name__, _method)
Tensor.nelement, Tensor.ndimension = numel, dim  # type: ignore[attr-defined]
Tensor.storage = typed_storage  # type: ignore[attr-defined]
FACE["numel"] = numel
FACE.update(memory.NAMES, memory_format=memory.memory_format, layout=memory.layout)
FACE.update(UntypedStorage=storage.UntypedStorage, TypedStorage=storage.TypedStorage)
