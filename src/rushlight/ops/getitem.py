"""`x[...]`, read and written, and `index_put`.

What an index means is settled in `tensor/index.py`. Here it runs: the basic part gives a view that
shares memory with the tensor, arrays then copy from it. The two commonest reads, a number and a
tuple of numbers and slices, go by a short way that does only what the long way would have done.
"""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from rushlight.autograd.modes import modes
from rushlight.autograd.node import OpNode, next_order
from rushlight.engine import scatter
from rushlight.ops import assign, write
from rushlight.ops.op import op
from rushlight.tensor import index as grammar
from rushlight.tensor import storage
from rushlight.tensor.index import Reading
from rushlight.tensor.tensor import Array, Tensor

_blank = object.__new__
_reference = weakref.ref
Shape = tuple[int, ...]


# --- the linear maps behind indexing, and their adjoints

@op(name="_view_at", face=False, view=True, node=lambda bound: bound["last"] + "Backward0",
    input=lambda grad, basic, shape: grad._spread_view(basic, shape))
def _view_at(input: Tensor, basic: Any, shape: Shape, last: str) -> Any:
    """The view `input[basic]`, for an index of numbers, slices, None and one Ellipsis."""
    return input._array[basic]


@op(name="_spread_view", face=False, node="SliceBackwardBackward0",
    input=lambda grad, basic: _view_at(grad, basic, grad._array.shape, "Slice"))
def _spread_view(input: Tensor, basic: Any, shape: Shape) -> Any:
    """Zeros of that shape, with `input` at `[basic]`."""
    spread = np.zeros(shape, input._array.dtype)
    spread[basic] = input._array
    return spread


@op(name="_pick", face=False, node="IndexBackward0",
    input=lambda grad, reading, shape: grad._spread_picks(reading, shape))
def _pick(input: Tensor, reading: Reading, shape: Shape) -> Any:
    """A copy of what the arrays of the reading name."""
    return pick(input._array, reading)


@op(name="_spread_picks", face=False, node="IndexBackwardBackward0",
    input=lambda grad, reading: _pick(grad, reading, grad._array.shape))
def _spread_picks(input: Tensor, reading: Reading, shape: Shape) -> Any:
    """Zeros of that shape, with `input` added where the reading points."""
    spread = np.zeros(shape, input._array.dtype)
    scatter.add_at(spread[reading.basic], reading.arrays, input._array)  # type: ignore[arg-type]
    return spread


def pick(array: Array, reading: Reading) -> Array:
    """The elements a reading with arrays names, C-contiguous."""
    view, arrays = array[reading.basic], reading.arrays
    assert arrays is not None
    if len(arrays) == 1 and arrays[0].dtype != np.bool_ and view.flags.c_contiguous:
        return view.take(arrays[0], 0)
    found = view[arrays]
    return found if found.flags.c_contiguous else np.ascontiguousarray(found)


# --- reading

_SELECT = _view_at.row.node_class({"last": "Select"})  # type: ignore[attr-defined]
_SLICE = _view_at.row.node_class({"last": "Slice"})  # type: ignore[attr-defined]
_ALIAS = _view_at.row.node_class({"last": "Alias"})  # type: ignore[attr-defined]


def getitem(self: Tensor, index: Any) -> Tensor:
    """`self[index]`: a view for numbers, slices, None and ...; a copy where arrays are involved.

    Raises IndexError for an index out of range, ValueError for a slice with a negative step.
    Source: https://pytorch.org/docs/stable/tensor_view.html
    """
    array = self._array
    kind = type(index)
    if kind is int:
        try:
            return _view(self, array[index, ...], (index, ...), _SELECT)
        except IndexError:
            grammar.read(index, array.shape)
            raise
    if kind is tuple:
        node_class = _plain(index, array.shape)
        if node_class is not None:
            basic = (*index, ...)
            try:
                return _view(self, array[basic], basic, node_class)
            except IndexError:
                grammar.read(index, array.shape)
                raise
    elif kind is slice and index.step is None and array.ndim:
        return _view(self, array[index], index, _SLICE)
    return _read(self, index)


def _plain(index: tuple[Any, ...], shape: Shape) -> type[OpNode] | None:
    """The class of the view's node, if the index is only numbers and slices; else None."""
    node_class = _ALIAS
    for each, size in zip(index, shape, strict=False):
        kind = type(each)
        if kind is int:
            node_class = _SELECT
        elif kind is not slice or each.step is not None:
            return None
        elif each.start or (each.stop is not None and each.stop != size):
            node_class = _SLICE
    return node_class if len(index) <= len(shape) else None


def _view(self: Tensor, array: Array, basic: Any, node_class: type[OpNode]) -> Tensor:
    """A view of `self` and its node, filled in by hand."""
    view = _blank(Tensor)
    view._array = array
    view._grad = view._node = None
    shared = self._storage
    if shared is None:
        shared = storage.of(self)
    view._storage = shared
    if not modes.grad:
        view._base = None
        return view
    base = self._base
    view._base = self if base is None else base
    views = shared.views
    if len(views) >= shared.limit:
        shared.add_view(view)
    else:
        views.append(_reference(view))
    edge = self._node
    if edge is not None:
        node: Any = _blank(node_class)
        node.edges = (edge,)
        node.order = next_order()
        node.targets = node.versions = None
        node.saved = (basic, self._array.shape)
        view._node = node
    return view


def _read(self: Tensor, index: Any) -> Tensor:
    """The long way: any index."""
    array = self._array
    if isinstance(index, Tensor) and index._array.dtype == np.bool_ and index._array.ndim:
        mask = index._array
        grammar.check_mask(mask, array.shape, 0)
        reading = Reading((...,), (mask,), "Alias")
    else:
        reading = grammar.read(index, array.shape)
    if reading.arrays is None:
        return _view_at(self, reading.basic, array.shape, reading.last)
    if self._node is not None and modes.grad:
        reading = reading.kept()
    return _pick(self, reading, array.shape)


Tensor.__getitem__ = getitem  # type: ignore[attr-defined]
