"""Products of matrices and vectors: `a @ b`, by the rules of np.matmul, for all dtypes.

Small ones are NumPy's, which is quick to call. Large ones run on our own threads, and never on
those of NumPy's BLAS, which would compete with ours for the cores. Here all kinds are brought to
one: two arrays of matrices of a type that the kernels of `products_run.py` know.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from rushlight.engine import movers
from rushlight.engine.deferred import computed
from rushlight.engine.pool import get_num_threads
from rushlight.engine.types import NARROW

Array = np.ndarray[Any, Any]
# How many multiplications NumPy does sooner than we start: of matrices; and where it is slower or
# would use threads, of vectors, of batches, of integers
_MATRICES, OTHERS = 1 << 18, 1 << 13
_KNOWN = "fdilqbBhFD"
_WIDE = {"b": "i", "B": "i", "h": "i"}  # integers that are computed as others, and cut off again
_FEW = 4  # rows, or columns


Road = Callable[[Any, Any, Any], Any]
_roads: dict[Any, Road] = {}  # by how operands lie in memory: how such a product is made
_MOST_ROADS = 4096


def product(a: Any, b: Any, start: Any = None) -> Any:
    """`a @ b`, or `start + a @ b`, for two arrays of one dtype whose sizes fit.

    Low-precision floats are computed in float32 and rounded once. `start` broadcasts to the
    product's shape.
    """
    a, b, start = computed(a), computed(b), computed(start)
    if type(a) is not np.ndarray or type(b) is not np.ndarray:
        return _by_numpy(a, b, start)
    key = (a.dtype, a.shape, a.strides, b.shape, b.strides, a.flags.aligned, b.flags.aligned,
           None if start is None else (
               start.dtype, start.shape, start.strides, start.flags.aligned), get_num_threads())
    road = _roads.get(key)
    if road is None:
        if len(_roads) >= _MOST_ROADS:
            _roads.clear()
        road = _roads[key] = _road(a, b, start)
    return road(a, b, start)


def _road(a: Array, b: Array, start: Array | None) -> Road:
    char = a.dtype.char
    if char in NARROW:
        return _narrow
    if not is_large(a, b):
        return _by_numpy
    if char in _WIDE:
        return _wide
    if char in "FD":
        return lambda a, b, start: _plus(
            _complex(_matrix(a, 0), _matrix(b, 1)).reshape(shape_of(a, b)), start)
    if _is_straight(a) and _is_straight(b):
        return _real(a, b, start)
    return lambda a, b, start: product(_straight(a), _straight(b), start)


def _is_straight(array: Array) -> bool:
    """Whether the kernels can read it where it lies."""
    return array.flags.aligned and (array.ndim > 1 or array.strides[0] == array.itemsize)


def _straight(array: Array) -> Array:
    return array if _is_straight(array) else array.copy()


def _narrow(a: Array, b: Array, start: Array | None) -> Any:
    wide = [None if each is None else _converted(each, np.dtype(np.float32))
            for each in (a, b, start)]
    return _converted(product(*wide), a.dtype)


def _wide(a: Array, b: Array, start: Array | None) -> Any:
    made = product(*[_converted(each, np.dtype(_WIDE[a.dtype.char])) for each in (a, b)])
    return _plus(_converted(made, a.dtype), start)


def is_large(a: Any, b: Any) -> bool:
    """Whether the kernels do this sooner than NumPy."""
    rows = a.shape[-2] if a.ndim > 1 else 1
    columns = b.shape[-1] if b.ndim > 1 else 1
    work = max(a.size * columns, b.size * rows)
    if work <= OTHERS:
        return False
    if work <= _MATRICES and a.ndim == b.ndim == 2 and rows > 1 < columns and (
            a.dtype.kind in "fc"):
        return False
    return a.dtype.char in _KNOWN and _kernels()


@cache
def _kernels() -> bool:
    from rushlight.engine import native  # LLVM is for those who have large arrays

    return native.available()


def _by_numpy(a: Any, b: Any, start: Any) -> Any:
    if a.ndim <= 2 and b.ndim <= 2:
        found = a.dot(b)
        made = found if found.ndim else np.asarray(found)
    elif b.ndim <= 2:  # many rows, one matrix: a single product
        rows = a.reshape(math.prod(a.shape[:-1]), a.shape[-1])
        made = rows.dot(b).reshape(a.shape[:-1] + b.shape[1:])
    else:
        made = np.matmul(a, b)
    return _plus(made, start)


def _plus(made: Any, start: Any) -> Any:
    """The sum, in the memory of what was made just now."""
    if start is not None:
        made += start
    return made


def _converted(array: Any, dtype: np.dtype[Any]) -> Any:
    """The array in another dtype."""
    if not movers.is_large(array):
        return array.astype(dtype)
    made = movers.empty(array.shape, dtype)
    movers.fill(made, array)
    return made


# --- matrices

def _matrix(array: Array, at: int) -> Array:
    """The operand with 2 dims or more: a vector is a row (at=0) or a column (at=1)."""
    if array.ndim > 1:
        return array if array.flags.aligned else array.copy()
    return np.expand_dims(np.ascontiguousarray(array), at)


def shape_of(a: Array, b: Array) -> tuple[int, ...]:
    """The product's, by the rules of np.matmul."""
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return (*batch, *a.shape[-2:-1], *(b.shape[-1:] if b.ndim > 1 else ()))


def _real(a: Array, b: Array, start: Array | None) -> Road:
    """How to multiply arrays of a type that the kernels know."""
    from rushlight.engine.products_run import prepared

    shape = shape_of(a, b)
    a, b = _matrix(a, 0), _matrix(b, 1)
    if a.ndim > 2 == b.ndim and a.flags.c_contiguous:  # many rows, one matrix
        a = a.reshape(math.prod(a.shape[:-1]), a.shape[-1])
    if b.shape[-1] == 1 < a.shape[-2]:
        run = prepared(b.swapaxes(-2, -1), a.swapaxes(-2, -1), None, shape)
        return lambda a, b, start: _plus(run(b, a, None), start)
    if start is None or _fits(start, shape, a):
        return prepared(a, b, start, shape)
    alone = prepared(a, b, None, shape)
    return lambda a, b, start: _plus(alone(a, b, None), start)


def _fits(start: Array, shape: tuple[int, ...], a: Array) -> bool:
    """Whether the kernels can begin with this."""
    return (start.dtype == a.dtype and start.flags.aligned
            and 1 <= start.ndim <= (1 if a.ndim < len(shape) else a.ndim)
            and start.shape[-1] == shape[-1] and start.strides[-1] == start.itemsize
            and np.broadcast_shapes(start.shape, shape) == shape)


# --- complex numbers

def _complex(a: Array, b: Array) -> Array:
    """The product of large arrays of complex matrices, as one of real numbers."""
    kind = np.dtype("f" if a.dtype.char == "F" else "d")
    if a.shape[-2] <= _FEW and b.strides[-1] == b.itemsize:  # few rows: `b` need not be copied
        parts = np.stack([a.real, a.imag], -3)
        made = product(parts, np.expand_dims(b.view(kind), -3)).view(a.dtype)
        first, second = made[..., 0, :, :].copy(), made[..., 1, :, :]
        first.real -= second.imag
        first.imag += second.real
        return first
    if a.strides[-1] != a.itemsize:
        a = movers.copied(a, "C")
    return product(a.view(kind), _twice(b, kind)).view(a.dtype)


def _twice(b: Array, kind: np.dtype[Any]) -> Array:
    """What rows of real and imaginary parts in turn are multiplied by: twice as many real rows.

    One is that of `b`, parts in turn, the next one is that of b times the imaginary unit. Of few
    columns, each is kept side by side, which makes it the conjugate.
    """
    narrow = b.shape[-1] <= _FEW
    source = b.swapaxes(-2, -1) if narrow else b
    made = movers.empty((*source.shape[:-1], 2, source.shape[-1]), b.dtype)
    first, second = made[..., 0, :], made[..., 1, :]
    movers.fill(first, source)
    movers.fill(second.real, source.imag)
    movers.fill(second.imag, source.real)
    negated = first.imag if narrow else second.real
    np.negative(negated, out=negated)
    rows = made.view(kind).reshape(*b.shape[:-2], 2 * source.shape[-2], 2 * source.shape[-1])
    return rows.swapaxes(-2, -1) if narrow else rows
