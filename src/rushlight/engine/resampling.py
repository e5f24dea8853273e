"""Linear maps along single dims whose results are each made of few elements: means over windows,
interpolation, padding that repeats.

A `Table` says, for each place of the result, which elements go into it and with what weights.
Invariant: `apply(array, transposed(tables))` is the transpose of `apply(array, tables)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]
_MANY = 8  # elements to a result: from here on, a product with a matrix is quicker


class Table(NamedTuple):
    """Along one dim: `index` and `weight` (None: 1) are (places, elements), of `size` elements."""

    size: int
    index: Array  # type: ignore[assignment]
    weight: Array | None

    @property
    def transposed(self) -> Table:
        """The table of the way back: for each element, in which places it is, and its weights."""
        places, count = self.index.shape
        weight = np.ones(self.index.shape) if self.weight is None else self.weight
        used = np.flatnonzero(weight.reshape(-1))
        elements = self.index.reshape(-1)[used]
        order = np.argsort(elements, kind="stable")
        elements, used = elements[order], used[order]
        held = np.bincount(elements, minlength=self.size)
        nth = np.arange(len(elements)) - (np.cumsum(held) - held)[elements]
        shape = (self.size, max(1, held.max(initial=0)))
        index, share = np.zeros(shape, np.int64), np.zeros(shape)
        index[elements, nth] = used // max(count, 1)
        share[elements, nth] = weight.reshape(-1)[used]
        return Table(places, index, None if (share == 1).all() else share)

    @property
    def matrix(self) -> Array:
        """The map as a matrix, (places, size)."""
        made = np.zeros((len(self.index), self.size))
        rows = np.arange(len(self.index))[:, None]
        np.add.at(made, (rows, self.index), 1.0 if self.weight is None else self.weight)
        return made


Tables = tuple[Table | None, ...]


def transposed(tables: Tables) -> Tables:
    """The tables of the transpose."""
    return tuple([each and each.transposed for each in tables])


def apply(array: Array, tables: Tables) -> Array:
    """The array with each of its trailing dims mapped by its table; by None it stays as it is."""
    first = array.ndim - len(tables)
    mapped = [(len(each.index) / max(each.size, 1), first + i, each)
              for i, each in enumerate(tables) if each is not None]
    for _, axis, table in sorted(mapped, key=lambda each: each[0]):  # what shrinks first
        array = _along(array, axis, table)
    return array


def _along(array: Array, axis: int, table: Table) -> Array:
    """One dim mapped."""
    index, weight = table.index, table.weight
    if weight is None and index.shape[1] == 1:
        return array.take(index[:, 0], axis)
    if index.shape[1] > _MANY and array.dtype.kind in "fc":
        matrix = table.matrix.astype(array.real.dtype)
        if axis == array.ndim - 1:
            return array @ matrix.T
        return np.moveaxis(np.moveaxis(array, axis, -1) @ matrix.T, -1, axis)
    made: Any = 0
    shape = (-1, *(1,) * (array.ndim - axis - 1))
    for k in range(index.shape[1]):
        part = array.take(index[:, k], axis)
        if weight is not None:
            part *= weight[:, k].astype(array.real.dtype).reshape(shape)
        made = part if k == 0 else np.add(made, part, out=made)
    return made


def gathering(sizes: Sequence[int], indices: Sequence[Array | None]) -> Tables:
    """The tables that only choose: an index for each place along each dim; None: all in order."""
    return tuple([
        None if index is None else Table(size, np.asarray(index, np.int64).reshape(-1, 1), None)
        for size, index in zip(sizes, indices, strict=True)])
