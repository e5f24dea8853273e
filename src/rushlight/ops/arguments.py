"""What many rows ask of their arguments: dims in range, sizes as tuples, low precision widened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Array, Tensor

Dims = int | Sequence[int] | None


def one_dim(dim: Any, ndim: int) -> int:
    """`dim` as a non-negative int. IndexError out of range (a 0-d tensor has dims -1 and 0)."""
    if not isinstance(dim, (int, np.integer)) or isinstance(dim, bool):
        if isinstance(dim, Tensor) and dim._array.ndim == 0:
            dim = int(dim._array)
        else:
            raise TypeError(f"dim must be an int, not {type(dim).__name__}")
    bound = max(ndim, 1)
    if not -bound <= dim < bound:
        raise IndexError(
            f"Dimension out of range: dim is {dim}, a tensor of {ndim} dims has {-bound} to "
            f"{bound - 1}")
    return int(dim) % bound


def some_dims(dim: Any, ndim: int) -> tuple[int, ...]:
    """`dim` (an int, several, or None for all) as non-negative ints, each at most once."""
    if dim is None:
        return tuple(range(ndim))
    if isinstance(dim, (int, np.integer)):
        return (one_dim(dim, ndim),)
    dims = tuple(one_dim(each, ndim) for each in dim)
    if len(set(dims)) != len(dims):
        raise RuntimeError(f"a dim appears more than once in {tuple(dim)}")
    return dims


def size_of(size: Any) -> tuple[int, ...]:
    """A size given as one int, several, or a sequence, as a tuple of Python ints."""
    if isinstance(size, (int, np.integer)):
        return (int(size),)
    if len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = size[0]
    for each in size:
        if not hasattr(each, "__index__"):
            raise TypeError(f"a size is made of integers, not {type(each).__name__}")
    return tuple([each.__index__() for each in size])


def widened(array: Array) -> Array:
    """Low-precision floats as float32, to compute in; everything else as it is."""
    return array.astype(np.float32) if array.dtype in dtypes.LOW_PRECISION else array


def need_tensor(op: str, name: str, value: Any) -> Tensor:
    """`value`, or TypeError if it is no Tensor."""
    if not isinstance(value, Tensor):
        raise TypeError(f"{op}(): {name} must be a Tensor, not {type(value).__name__}")
    return value


def one_for_each(op: str, name: str, value: Any, count: int) -> tuple[int, ...]:
    """An int for each of `count` dims, given as so many or as one for all.

    RuntimeError for another number of them, TypeError for what is no int.
    """
    given = value if isinstance(value, (tuple, list)) else (value,)
    found = []
    for each in given:
        if isinstance(each, Tensor) and each._array.ndim == 0 and each._array.dtype.kind in "iu":
            each = each._array
        if isinstance(each, (bool, np.bool_)) or not hasattr(each, "__index__"):
            raise TypeError(
                f"{op}(): {name} is an int, or {count} ints, not {type(each).__name__}")
        found.append(each.__index__())
    if len(found) == 1:
        found *= count
    if len(found) != count:
        raise RuntimeError(
            f"{op}(): {name} is one int or {count}, a number for each dim: {value!r} has "
            f"{len(given)}")
    return tuple(found)
