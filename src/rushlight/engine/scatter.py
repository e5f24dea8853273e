"""Reading and adding values at places: masks, positions, places that repeat.

Knows ndarrays only. What is large goes to the kernels of `row_movers.py`, if there are any; the
rest is NumPy's. Invariant: indices are checked by NumPy (IndexError) before anything is written,
and equal places add up in the order they come.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from rushlight.engine import deferred
from rushlight.engine.deferred import LEAST
from rushlight.engine.movers import is_large, many

Array = np.ndarray[Any, Any]
_SMALL = 512  # below this many values the plain call is the fastest


@cache
def _kernels() -> Any:
    from rushlight.engine import row_movers  # which LLVM makes

    return row_movers


def slices(array: Array, dim: int, index: Array, negative: bool) -> Array | None:
    """What `array.take(index, dim)` gives, where a kernel has it sooner.

    negative: whether negative indices count from the end. None for what is small, and where an
    index is out of range.
    """
    if not array.size or type(array) is not np.ndarray:
        return None
    size = index.size * (array.size // array.shape[dim])
    if not many(size):
        return None
    found: Array | None = _kernels().slices(array, dim, index, negative)
    return found


def elements(array: Array, dim: int, index: Array) -> Array | None:
    """What `index`, of as many dims as the array, names along one of them, likewise."""
    if not is_large(index) or type(array) is not np.ndarray or not array.size:
        return None
    found: Array | None = _kernels().elements(array, dim, index)
    return found


def within(index: Array, lowest: int, size: int) -> bool:
    """Whether all indices, of which there are some, are from `lowest` to `size` - 1."""
    if is_large(index) and index.flags.c_contiguous:
        return bool(_kernels().within(index, lowest, size))
    low, high = index.item(index.argmin()), index.item(index.argmax())  # quicker than min, max
    return lowest <= low and high < size


def under(array: Array, mask: Array) -> Array:
    """The elements under a mask of the array's shape, in row-major order."""
    if mask.size < _SMALL:
        return array[mask]
    return array.reshape(-1).compress(mask.reshape(-1))  # several times quicker on large arrays


def replaced(array: Any, mask: Any, value: Any) -> Any:
    """The array with a number where a mask of its shape holds, put off; None where that isn't
    possible, or doesn't pay."""
    if array.size < LEAST or not (is_large(array) or type(array) is deferred.Deferred) or (
        type(mask) not in (np.ndarray, deferred.Deferred)
    ):
        return None
    return deferred.where(mask, np.asarray(value, array.dtype), array)


def add_at(target: Array, index: tuple[Any, ...], values: Array) -> None:
    """`target[index] += values`, where an element that `index` names n times is added to n times.

    NumPy's `add.at` is quick on flat arrays only, so larger work is brought to that form.
    """
    if target.dtype == np.bool_:
        np.logical_or.at(target, index, values)
    elif _natively("add", target, index, values):
        pass
    elif values.size < _SMALL or not target.flags.c_contiguous:
        np.add.at(target, index, values)
    else:
        places = positions(target.shape, index)
        spread = np.broadcast_to(values, places.shape).astype(target.dtype, copy=False)
        np.add.at(target.reshape(-1), places.reshape(-1), spread.reshape(-1))


def put_at(target: Array, index: tuple[Any, ...], values: Array) -> None:
    """`target[index] = values`, which share no memory with the target."""
    if not _natively("put", target, index, values):
        target[index] = values


def add_elements(target: Array, dim: int, index: Array, values: Array) -> None:
    """Add each value where the index, checked and of as many dims as the target, says along `dim`.
    """
    if is_large(index) and _adds(target):
        _kernels().add(target, dim, index, _spread(values, index.shape), True)
    else:
        reduce_at(target.reshape(-1), places(target.shape, dim, index), values, "sum", True)


def put_elements(target: Array, dim: int, index: Array, values: Array) -> None:
    """Write each value there, likewise; of several for one place the last one stays.

    The target is contiguous.
    """
    if is_large(index):
        _kernels().put(target, dim, index, _spread(values, index.shape), True)
    else:
        target.reshape(-1)[places(target.shape, dim, index)] = values


def _spread(values: Array, shape: tuple[int, ...]) -> Array:
    return values if values.shape == shape else np.broadcast_to(values, shape)


def _adds(target: Array) -> bool:
    """Whether there is a kernel that adds numbers of this dtype."""
    return target.dtype.char in "fdFD" or target.dtype.kind in "iu"


def _natively(how: str, target: Array, index: tuple[Any, ...], values: Array) -> bool:
    """Write or add by a kernel, if there is one and it pays; IndexError for an index out of range.
    """
    dim, numbers = alone(index)
    if numbers is None or not (is_large(values) or is_large(numbers)) or not target.size:
        return False
    if type(target) is not np.ndarray or (how == "add" and not _adds(target)):
        return False
    size = target.shape[dim]
    if not within(numbers, 0, size):
        if not within(numbers, -size, size):
            raise IndexError(f"an index is out of range for dim {dim} of size {size}")
        numbers = np.where(numbers < 0, numbers + size, numbers)
    shape = target.shape[:dim] + numbers.shape + target.shape[dim + 1 :]
    values = _spread(values.astype(target.dtype, copy=False), shape)
    getattr(_kernels(), how)(target, dim, numbers, values, False)
    return True


def alone(index: tuple[Any, ...]) -> tuple[int, Array | None]:
    """The dim of the only array of numbers among full slices, and the array; None if that is not
    what there is."""
    picked = [dim for dim, each in enumerate(index) if type(each) is not slice]
    if len(picked) != 1 or getattr(index[picked[0]], "dtype", np.bool_) == np.bool_:
        return 0, None
    return picked[0], index[picked[0]]


def positions(shape: tuple[int, ...], index: tuple[Any, ...]) -> Array:
    """Where `array[index]` lies in a contiguous array of this shape, counted in elements."""
    picked = [dim for dim, each in enumerate(index) if not isinstance(each, slice)]
    if len(picked) == 1 and index[picked[0]].dtype != np.bool_:
        return _along(shape, picked[0], index[picked[0]])
    return np.arange(math.prod(shape)).reshape(shape)[index]


def _along(shape: tuple[int, ...], dim: int, array: Array) -> Array:
    """The positions where only one dim is indexed: sums of ranges, without the whole array's."""
    size = shape[dim]
    if array.size and (array.min() < -size or array.max() >= size):
        raise IndexError(f"an index is out of range for dim {dim} of size {size}")
    inner = math.prod(shape[dim + 1 :])
    outer = math.prod(shape[:dim])
    middle = (array.astype(np.int64) % size if size else array).reshape(1, -1, 1) * inner
    found = np.arange(outer).reshape(-1, 1, 1) * (size * inner) + middle + np.arange(inner)
    return found.reshape(shape[:dim] + array.shape + shape[dim + 1 :])


def mesh(dim: int, index: Array) -> tuple[Array, ...]:
    """An index for each dim: the given one at `dim`, every other dim keeping its own number."""
    last = index.ndim - 1
    found = []
    for each, size in enumerate(index.shape):
        if each == dim:
            found.append(index)
        else:
            steps = np.arange(size)
            found.append(steps if each == last else steps.reshape(-1, *(1,) * (last - each)))
    return tuple(found)


def places(shape: tuple[int, ...], dim: int, index: Array) -> Array:
    """The flat positions that `index` names along `dim`, every other dim keeping its own number."""
    stride, last = 1, len(shape) - 1
    index = index.astype(np.int64, copy=False)
    found: Any = 0
    for each in range(last, -1, -1):
        if each == dim:
            found = found + (index if stride == 1 else index * stride)
        else:
            steps = np.arange(0, index.shape[each] * stride, stride)
            found = found + (steps if each == last else steps.reshape(-1, *(1,) * (last - each)))
        stride *= shape[each]
    return found


def reduce_at(flat: Array, at: Array, values: Array, how: str, include_self: bool) -> None:
    """Reduce the values into the places of a flat array that `at` names, which may repeat.

    `how`: "sum", "prod", "mean", "amax" or "amin"; without `include_self` what stood there before
    does not count.
    """
    if not include_self:
        flat[at] = _start(how, flat.dtype)
    if how in ("sum", "mean"):
        add_at(flat, (at,), values)
    else:
        _UFUNCS[how][flat.dtype == np.bool_].at(flat, at, values)
    if how == "mean":
        counts = np.full(flat.shape, int(include_self))
        np.add.at(counts, at, 1)
        divide = np.floor_divide if flat.dtype.kind in "iu" else np.divide
        divide(flat, np.maximum(counts, 1), out=flat, casting="unsafe")


_UFUNCS = {
    "prod": (np.multiply, np.logical_and), "amax": (np.maximum, np.logical_or),
    "amin": (np.minimum, np.logical_and),
}


def _start(how: str, dtype: Any) -> Any:
    """The value that changes nothing in a reduction."""
    if how in ("sum", "mean"):
        return 0
    if how == "prod":
        return 1
    if dtype == np.bool_:
        return how == "amin"
    if dtype.kind in "iu":
        return np.iinfo(dtype).min if how == "amax" else np.iinfo(dtype).max
    return -np.inf if how == "amax" else np.inf
