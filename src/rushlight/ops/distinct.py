"""Distinct elements: `unique`, and `unique_consecutive`, which only looks at neighbours.

Both come down to rows: a row is one element, or one slice along `dim`. A row that differs from the
one before it begins a new group; nan differs from everything.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.engine import scatter
from rushlight.engine.deferred import computed
from rushlight.ops.arguments import one_dim, widened
from rushlight.ops.op import op, publish
from rushlight.ops.scan import running
from rushlight.ops.sort import both
from rushlight.tensor.tensor import Array, Tensor


def _no_derivative(grad: Any) -> Any:
    raise NotImplementedError("the distinct elements of a tensor have no derivative: detach() it")


def _rows(name: str, array: Array, dim: int | None) -> Array:
    """The array as (rows, elements of a row)."""
    if array.dtype.kind == "c":
        raise NotImplementedError(f"{name}() is not defined for complex numbers")
    if dim is None:
        return array.reshape(-1, 1)
    axis = one_dim(dim, array.ndim)
    if array.ndim == 0:
        raise IndexError(f"{name}(): a 0-d tensor has no dim {dim}")
    rest = array.shape[:axis] + array.shape[axis + 1 :]
    if 0 in rest:
        raise RuntimeError(
            f"{name}(): slices of a tensor of shape {list(array.shape)} along dim {dim} are empty")
    return np.moveaxis(array, axis, 0).reshape(array.shape[axis], int(np.prod(rest)))


def _begins(rows: Array) -> Array:
    """Whether each row differs from the one before."""
    new = np.ones(len(rows), bool)
    if rows.shape[1:] == (1,):
        line = rows[:, 0]
        new[1:] = line[1:] != line[:-1]
    else:
        new[1:] = (rows[1:] != rows[:-1]).any(1)
    return new


def _outcome(
    array: Array, dim: int | None, order: Array, sorted: Array, inverse: bool, counts: bool
) -> Any:
    """What the flags ask for: the first of each group, each row's group, the sizes of groups.

    `sorted` are the rows in `order`.
    """
    new = _begins(sorted)
    if dim is None:
        firsts = scatter.under(sorted[:, 0], new)
    else:
        firsts = array.take(scatter.under(order, new), one_dim(dim, array.ndim))
    found: list[Any] = [firsts]
    if inverse:
        group = np.empty(len(order), np.int64)
        scatter.put_at(group, (order,), running()(np.add, new.astype(np.int64), 0) - 1)
        found.append(group.reshape(array.shape) if dim is None else group)
    if counts:
        found.append(np.diff(np.append(np.flatnonzero(new), len(new))))
    return found[0] if len(found) == 1 else tuple(found)


@op(face=False, method=False, node="Unique2Backward0", input=_no_derivative)
def _unique(
    input: Tensor, sorted: bool, return_inverse: bool, return_counts: bool, dim: int | None
) -> Any:
    array = computed(input._array)
    rows = _rows("unique", array, dim)
    columns = widened(rows).T
    if len(columns) == 1:
        in_order, order = both(rows[:, 0], 0)
        return _outcome(
            array, dim, order, in_order.reshape(-1, 1), return_inverse, return_counts)
    order = np.lexsort(columns[::-1])
    return _outcome(array, dim, order, rows[order], return_inverse, return_counts)


@op(face=False, method=False, node="UniqueConsecutiveBackward0", input=_no_derivative)
def _unique_consecutive(
    input: Tensor, return_inverse: bool, return_counts: bool, dim: int | None
) -> Any:
    array = computed(input._array)
    rows = _rows("unique_consecutive", array, dim)
    return _outcome(array, dim, np.arange(len(rows)), rows, return_inverse, return_counts)


def unique(
    input: Tensor, sorted: bool = True, return_inverse: bool = False,
    return_counts: bool = False, dim: int | None = None,
) -> Any:
    """The distinct elements in rising order, or the distinct slices along `dim`.

    return_inverse: also which of them each element is. return_counts: also how often each occurs.
    The result is sorted whether asked for or not.
    Source: https://pytorch.org/docs/stable/generated/torch.unique.html
    """
    return _unique(input, sorted, return_inverse, return_counts, dim)


def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The elements without those equal to the one before: see `unique` for the arguments.

    Source: https://pytorch.org/docs/stable/generated/torch.unique_consecutive.html
    """
    return _unique_consecutive(input, return_inverse, return_counts, dim)


publish(unique, "unique", doc=unique.__doc__)
publish(unique_consecutive, "unique_consecutive", doc=unique_consecutive.__doc__)
