"""Linear maps along single dims whose results are each made of few elements: means over windows,
interpolation, padding that repeats.

A `Table` says, for each place of the result, which elements go into it and with what weights.
Invariant: `apply(array, transposed(tables))` is the transpose of `apply(array, tables)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from rushlight.engine import native

Array = np.ndarray[Any, Any]
_MANY = 8  # elements to a result: from here on, a product with a matrix is quicker


@dataclass(frozen=True, eq=False)
class Table:
    """Along one dim: which of `size` elements go into each place, `at`, and with what `weight`
    (None: 1); both are (places, elements).
    """

    size: int
    at: Array
    weight: Array | None

    @cached_property
    def transposed(self) -> Table:
        """The table of the way back: for each element, in which places it is, and its weights."""
        places, count = self.at.shape
        weight = np.ones(self.at.shape) if self.weight is None else self.weight
        used = np.flatnonzero(weight.reshape(-1))
        elements = self.at.reshape(-1)[used]
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
        made = np.zeros((len(self.at), self.size))
        rows = np.arange(len(self.at))[:, None]
        np.add.at(made, (rows, self.at), 1.0 if self.weight is None else self.weight)
        return made


Tables = tuple[Table | None, ...]


def transposed(tables: Tables) -> Tables:
    """The tables of the transpose."""
    return tuple([each and each.transposed for each in tables])


def apply(array: Array, tables: Tables) -> Array:
    """The array with each of its trailing dims mapped by its table; by None it stays as it is."""
    if native.available():
        from rushlight.engine import table_kernels

        if table_kernels.knows(array, tables):
            return table_kernels.apply(array, tables)  # type: ignore[arg-type]
    first = array.ndim - len(tables)
    mapped = [(len(each.at) / max(each.size, 1), first + i, each)
              for i, each in enumerate(tables) if each is not None]
    for _, axis, table in sorted(mapped, key=lambda each: each[0]):  # what shrinks first
        array = _along(array, axis, table)
    return array


def _along(array: Array, axis: int, table: Table) -> Array:
    """One dim mapped."""
    at, weight = table.at, table.weight
    if weight is None and at.shape[1] == 1:
        return array.take(at[:, 0], axis)
    if at.shape[1] > _MANY and array.dtype.kind in "fc":
        matrix = table.matrix.astype(array.real.dtype)
        if axis == array.ndim - 1:
            return array @ matrix.T
        return np.moveaxis(np.moveaxis(array, axis, -1) @ matrix.T, -1, axis)
    made: Any = 0
    shape = (-1, *(1,) * (array.ndim - axis - 1))
    for k in range(at.shape[1]):
        part = array.take(at[:, k], axis)
        if weight is not None:
            part *= weight[:, k].astype(array.real.dtype).reshape(shape)
        made = part if k == 0 else np.add(made, part, out=made)
    return made


def gathering(sizes: Sequence[int], indices: Sequence[Array | None]) -> Tables:
    """The tables that only choose: along each dim an index for each place, or None for all."""
    return tuple([
        None if index is None else Table(size, np.asarray(index, np.int64).reshape(-1, 1), None)
        for size, index in zip(sizes, indices, strict=True)])
