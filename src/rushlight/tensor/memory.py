"""Memory formats and layouts: names for the order in which elements lie in memory.

A tensor's shape never depends on its memory format; only its strides do. `in_format` and `is_in`
know the formats; ops that take `memory_format=` go through them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


class memory_format:
    """An order of elements in memory, such as `torch.channels_last`.

    Source: https://pytorch.org/docs/stable/tensor_attributes.html#torch-memory-format
    """

    __slots__ = ("name",)

    def __init__(self, name: str):
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _named, (self.name,)


class layout(memory_format):
    """How elements are stored at all: the others' names are here, their tensors are not."""

    __slots__ = ()


memory_format.__module__ = layout.__module__ = "torch"
contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last = memory_format("channels_last")
channels_last_3d = memory_format("channels_last_3d")
strided = layout("strided")
_SPARSE = ("sparse_coo", "sparse_csr", "sparse_csc", "sparse_bsr", "sparse_bsc")
NAMES: dict[str, Any] = {
    each.name: each
    for each in (contiguous_format, preserve_format, channels_last, channels_last_3d, strided,
                 *map(layout, _SPARSE))
}


def _named(name: str) -> memory_format:
    return NAMES[name]


def _order(format: memory_format, ndim: int) -> tuple[int, ...]:
    """The dims from the slowest in memory to the fastest; RuntimeError if ndim does not fit."""
    if format is channels_last or format is channels_last_3d:
        wanted = 4 if format is channels_last else 5
        if ndim != wanted:
            raise RuntimeError(f"{format} is for tensors of {wanted} dims, not {ndim}")
        return (0, *range(2, ndim), 1)
    return tuple(range(ndim))


def is_in(array: Array, format: memory_format) -> bool:
    """Whether the elements lie dense in memory in this format's order."""
    if format is contiguous_format:
        return array.flags.c_contiguous
    if format is preserve_format:
        raise RuntimeError("is_contiguous(): preserve_format names no order of its own")
    if array.ndim != (4 if format is channels_last else 5):
        return False
    return array.transpose(_order(format, array.ndim)).flags.c_contiguous


def in_format(array: Array, format: memory_format | None) -> Array:
    """A copy of the array in this format; None and preserve_format keep the order it has."""
    if format is None or format is preserve_format:
        return array.copy("K")
    if not isinstance(format, memory_format):
        raise TypeError(
            f"memory_format must be one such as torch.channels_last, not {type(format).__name__}")
    order = _order(format, array.ndim)
    back = [order.index(each) for each in range(array.ndim)]
    return array.transpose(order).copy("C").transpose(back)


def dense_in(array: Array, format: memory_format) -> Array:
    """A dense row-major array's memory, seen in the same shape but in this format."""
    order = _order(format, array.ndim)
    back = [order.index(each) for each in range(array.ndim)]
    return array.reshape([array.shape[each] for each in order]).transpose(back)


def empty_in(array: Array, format: memory_format | None, dtype: Any) -> Array:
    """An uninitialised array of the same shape, in this format."""
    if format is None or format is preserve_format:
        return np.empty_like(array, dtype, order="K")
    return dense_in(np.empty(array.shape, dtype), format)
