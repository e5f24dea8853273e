"""What `x[...]` means: a Python index, read as PyTorch reads it, in NumPy's words.

PyTorch takes numbers, slices, None and Ellipsis first; that gives a view. What is left (masks,
tensors and lists of integers) then picks from that view, and copies. Invariant: a `Reading` does
with NumPy exactly what PyTorch would do, since by the time its `arrays` apply, only full dims and
arrays are left, where the two libraries agree. Nothing is computed here; `ops/getitem.py` runs it.
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from rushlight.tensor.meta import MetaArray
from rushlight.tensor.tensor import Array, Tensor

_ALL = slice(None)
_HERE, _NOWHERE = np.zeros(1, np.int64), np.zeros(0, np.int64)  # what True and False pick


class Reading(NamedTuple):
    """`array[basic]` is the view; `[arrays]`, where there are any, then copies from it.

    `last` is the last step that made the view: "Select", "Slice", "Unsqueeze", or "Alias" where
    nothing did.
    """

    basic: tuple[Any, ...]
    arrays: tuple[Any, ...] | None
    last: str

    def kept(self) -> Reading:
        """This reading with its own copy of the arrays, safe from later writes to them."""
        assert self.arrays is not None
        own = tuple([each.copy() if each is not _ALL else _ALL for each in self.arrays])
        return Reading(self.basic, own, self.last)


def read(index: Any, shape: tuple[int, ...]) -> Reading:
    """What `x[index]` means for an x of this shape. IndexError where it means nothing."""
    if type(index) is tuple:
        items = index
    elif isinstance(index, (list, tuple)) and _stands_for_tuple(index):
        items = tuple(index)
    else:
        items = (index,)
    steps = _Steps(shape)
    items = tuple([_settle(each) for each in items])
    skipped = len(shape) - sum(map(_dims_taken, items))
    for each in items:
        steps.take(each, skipped)
    return steps.reading()


def _stands_for_tuple(index: Sequence[Any]) -> bool:
    """Short lists that hold more than numbers are read as tuples, as NumPy once did."""
    if isinstance(index, tuple):
        return True
    if len(index) >= 32 or not any(
        each is None or each is Ellipsis
        or isinstance(each, (Tensor, np.ndarray, slice, list, tuple, range)) for each in index
    ):
        return False
    warnings.warn(
        "x[[...]] with more than numbers in the list is read as x[tuple(...)]: write the tuple, or "
        "a tensor of the list", UserWarning, stacklevel=4)
    return True


def _settle(item: Any) -> Any:
    """One item as an int, slice, None, Ellipsis, bool, or array (bool or integer, not 0-d)."""
    kind = type(item)
    if kind is int or kind is slice or kind is bool or item is None or item is Ellipsis:
        return item
    if isinstance(item, Tensor):
        return _tensor_item(item._array)
    if isinstance(item, np.ndarray):
        return _tensor_item(_whole(item) if item.dtype.kind in "iuf" and item.dtype != np.uint8
                            else item)
    if isinstance(item, (list, tuple, range)):
        return _tensor_item(_of_sequence(item))
    if isinstance(item, (str, bytes)):
        raise TypeError(f"a tensor can't be indexed with {item!r}: use numbers")
    if hasattr(item, "__index__") and not isinstance(item, np.bool_):
        return operator.index(item)
    raise IndexError(
        f"a tensor is indexed with integers, slices, ..., None, and integer or bool tensors, not "
        f"{kind.__name__}")


def _tensor_item(array: Array) -> Any:
    """An index tensor's array; one without dims is a number or a bool."""
    kind = array.dtype.kind
    if array.ndim == 0 and kind in "iu" and array.dtype != np.uint8:
        return int(array.item())  # RuntimeError for one on the meta device
    return bool(array) if array.ndim == 0 and kind in "bu" else index_array(array)


def index_array(array: Array) -> Array:
    """The array of an index tensor as NumPy needs it: a mask stays bool, uint8 is one."""
    if array.dtype == np.uint8:
        warnings.warn("a uint8 index is read as a mask: use a bool tensor", UserWarning,
                      stacklevel=2)
        return array != 0
    if array.dtype not in (np.int64, np.int32, np.bool_):
        raise IndexError(
            f"an index tensor is one of int64, int32, uint8 or bool, not {array.dtype}: convert "
            "it with .long()")
    return array


def _whole(array: Array) -> Array:
    return array.astype(np.int64, copy=False)


def _of_sequence(items: Any) -> Array:
    """A list as an index: a mask if it is all bools, else integers (fractions are cut off)."""
    if not isinstance(items, range):
        items = _plain(items)
    array = np.asarray(items)
    if array.dtype.kind in "SU":
        raise TypeError("a tensor can't be indexed with strings: use numbers")
    if array.dtype.kind == "c":
        raise TypeError("a tensor can't be indexed with complex numbers")
    if array.dtype.kind not in "biuf":
        raise RuntimeError("a list used as an index holds only numbers and lists of numbers")
    return array if array.dtype.kind == "b" else _whole(array)


def _plain(items: Any) -> Any:
    """The list without tensors in it."""
    if isinstance(items, Tensor):
        return bool(items._array) if items._array.dtype == np.bool_ else operator.index(items)
    return [_plain(each) for each in items] if isinstance(items, (list, tuple)) else items


def _dims_taken(item: Any) -> int:
    """How many dims of the tensor an item stands for."""
    if isinstance(item, np.ndarray):
        return item.ndim if item.dtype == np.bool_ else 1
    return 0 if item is None or item is Ellipsis or isinstance(item, bool) else 1


class _Steps:
    """A reading in the making: `dim` is the next dim of the tensor to be read."""

    def __init__(self, shape: tuple[int, ...]):
        self.shape = shape
        self.dim = 0
        self.basic: list[Any] = []
        self.arrays: list[Any] = []
        self.picks = False
        self.last = "Alias"

    def take(self, item: Any, skipped: int) -> None:
        """Read one item; `skipped` is how many dims an Ellipsis stands for."""
        if item is Ellipsis:
            self.skip(max(skipped, 0))
        elif item is None:
            self.unsqueeze()
            self.arrays.append(_ALL)
        elif isinstance(item, bool):
            self.unsqueeze()
            self.pick(_HERE if item else _NOWHERE)
        elif isinstance(item, slice):
            self.slice(item)
        elif isinstance(item, np.ndarray):
            self.array(item)
        else:
            self.select(item)

    def unsqueeze(self) -> None:
        self.basic.append(None)
        self.last = "Unsqueeze"

    def skip(self, count: int) -> None:
        full = [_ALL] * min(count, max(len(self.shape) - self.dim, 0))
        self.basic += full
        self.arrays += full
        self.dim += count

    def size(self) -> int:
        """The size of the next dim."""
        if self.dim >= len(self.shape):
            raise IndexError(f"too many indices for a tensor of {len(self.shape)} dims")
        return self.shape[self.dim]

    def select(self, number: int) -> None:
        check_number(number, self.size(), self.dim)
        self.basic.append(number)
        self.dim += 1
        self.last = "Select"

    def slice(self, part: slice) -> None:
        size = self.size()
        start, stop, step = bounds(part, size)
        if part.start not in (None, 0) or (stop, step) != (size, 1):
            self.last = "Slice"
        self.basic.append(slice(start, stop, step))
        self.arrays.append(_ALL)
        self.dim += 1

    def array(self, array: Array) -> None:
        self.size()
        if array.dtype == np.bool_:
            check_mask(array, self.shape, self.dim)
            self.basic += [_ALL] * array.ndim
            self.dim += array.ndim
        else:
            self.basic.append(_ALL)
            self.dim += 1
        self.pick(array)

    def pick(self, array: Array) -> None:
        self.arrays.append(array)
        self.picks = True

    def reading(self) -> Reading:
        arrays = tuple(self.arrays) if self.picks else None
        return Reading((*self.basic, Ellipsis), arrays, self.last)


def bounds(part: slice, size: int) -> tuple[int, int, int]:
    """A slice as (start, stop, step) within a dim of this size. ValueError if step is below 1."""
    if part.step is not None and operator.index(part.step) < 1:
        raise ValueError(
            f"a slice's step must be at least 1, not {part.step}: for reverse order use flip()")
    return part.indices(size)


def check_number(number: int, size: int, dim: int) -> None:
    """IndexError unless the number is within a dim of this size."""
    if not -size <= number < size:
        raise IndexError(
            f"index {number} is out of range for dim {dim} of size {size}"
            + (f", which has {-size} to {size - 1}" if size else ""))


def check_mask(mask: Array, shape: tuple[int, ...], dim: int) -> None:
    """IndexError unless the mask has the sizes of the dims it stands for."""
    if type(mask) is MetaArray:
        raise NotImplementedError(
            "a mask decides the shape by its values, and a tensor on the meta device has none")
    part = shape[dim : dim + mask.ndim]
    if len(part) < mask.ndim:
        raise IndexError(f"too many indices for a tensor of {len(shape)} dims: the mask at dim "
                         f"{dim} has {mask.ndim}")
    if mask.shape != part:
        raise IndexError(f"a mask of shape {list(mask.shape)} at dim {dim} does not match the "
                         f"tensor's sizes there, {list(part)} of {list(shape)}")
