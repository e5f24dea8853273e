"""`x[...]`, read and written, and `index_put`.

What an index means is settled in `tensor/index.py`. Here it runs: the basic part gives a view that
shares memory with the tensor, arrays then copy from it. The two commonest reads, a number and a
tuple of numbers and slices, go by a short way that does only what the long way would have done.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rushlight.autograd import inplace as history
from rushlight.autograd.modes import modes
from rushlight.autograd.node import OpNode, next_order
from rushlight.engine import scatter
from rushlight.engine.deferred import LEAST, before_write, computed
from rushlight.engine.movers import fill
from rushlight.ops import assign, write
from rushlight.ops.arguments import need_tensor
from rushlight.ops.op import composite, op
from rushlight.ops.views import tied
from rushlight.tensor import index as grammar
from rushlight.tensor import meta, storage
from rushlight.tensor.index import Reading
from rushlight.tensor.meta import MetaArray
from rushlight.tensor.tensor import Array, Tensor, settled, wrap

Shape = tuple[int, ...]


# --- the linear maps behind indexing, and their adjoints

@op(name="_view_at", face=False, view=True, node=lambda bound: bound["last"] + "Backward0",
    input=lambda grad, basic, input_shape: grad._spread_view(basic, input_shape))
def _view_at(input: Tensor, basic: Any, last: str) -> Any:
    """The view `input[basic]`, for an index of numbers, slices, None and one Ellipsis."""
    return input._array[basic]


@op(name="_spread_view", face=False, node="SliceBackwardBackward0",
    input=lambda grad, basic: _view_at(grad, basic, "Slice"))
def spread_view(input: Tensor, basic: Any, shape: Shape) -> Any:
    """Zeros of that shape, with `input` at `[basic]`."""
    spread = np.zeros(shape, input._array.dtype)
    spread[basic] = input._array
    return spread


@op(name="_pick", face=False, node="IndexBackward0",
    input=lambda grad, reading, input_shape: grad._spread_picks(reading, input_shape))
def _pick(input: Tensor, reading: Reading) -> Any:
    """A copy of what the arrays of the reading name."""
    return pick(input._array, reading)


@op(name="_spread_picks", face=False, node="IndexBackwardBackward0",
    input=lambda grad, reading: _pick(grad, reading))
def _spread_picks(input: Tensor, reading: Reading, shape: Shape) -> Any:
    """Zeros of that shape, with `input` added where the reading points."""
    spread = np.zeros(shape, input._array.dtype)
    scatter.add_at(spread[reading.basic], reading.arrays, input._array)  # type: ignore[arg-type]
    return spread


def pick(array: Array, reading: Reading) -> Array:
    """The elements a reading with arrays names, C-contiguous."""
    view, arrays = array[reading.basic], reading.arrays
    assert arrays is not None
    dim, picks = scatter.alone(arrays)
    if picks is not None and view.size + picks.size >= LEAST:
        view = computed(view)
        found = scatter.slices(view, dim, picks, True)
        if found is not None:
            return found
    if len(arrays) == 1 and arrays[0].dtype != np.bool_ and view.flags.c_contiguous:
        return view.take(arrays[0], 0)
    return contiguous(view[arrays])


def contiguous(array: Array) -> Array:
    """The array itself if its elements lie in row-major order, else a copy that does so."""
    return array if array.flags.c_contiguous else np.ascontiguousarray(array)


# --- reading

_SELECT, _SLICE, _UNSQUEEZE, _ALIAS = (
    _view_at.row.node_class({"last": each})
    for each in ("Select", "Slice", "Unsqueeze", "Alias"))
_PICKED = _pick.row.node_class()


def getitem(self: Tensor, index: Any) -> Tensor:
    """`self[index]`: a view for numbers, slices, None and ...; a copy where arrays are involved.

    Raises IndexError for an index out of range, ValueError for a slice with a negative step.
    Source: https://pytorch.org/docs/stable/tensor_view.html
    """
    array = settled(self)
    kind = type(index)
    if kind is int:
        try:
            return tied(self, array[index, ...], _SELECT, ((index, ...), array.shape))
        except (IndexError, OverflowError):
            grammar.read(index, array.shape)
            raise
    if kind is Tensor:
        picks = computed(index._array)
        if picks.ndim and picks.dtype.char in "?l":
            if meta.seen and MetaArray in (type(array), type(picks)):
                return _picked_without_values(array, picks)
            return _picked(self, array, picks)
    elif kind is slice and index.step is None and array.ndim:
        return tied(self, array[index], _SLICE, (index, array.shape))
    elif kind is list and set(map(type, index)) == {int}:
        return _picked(self, array, np.array(index))
    else:
        basic = _basic(index if kind is tuple else (index,))
        if basic is not None:
            try:
                view = array[basic]
            except IndexError:
                grammar.read(index, array.shape)
                raise
            last = _SLICE if self._node is None or kind is slice else _last(basic, array.shape)
            return tied(self, view, last, (basic, array.shape))
    reading = grammar.read(index, array.shape)
    if reading.arrays is None:
        return _view_at(self, reading.basic, "Slice" if kind is slice else reading.last)
    if self._node is not None and modes.grad:
        reading = reading.kept()
    return _pick(self, reading)


def _basic(index: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """The index with an Ellipsis, if it is plain: numbers, None, and slices that go forward."""
    dots = False
    for each in index:
        kind = type(each)
        if kind is int or each is None:
            continue
        if kind is slice:
            if each.step is not None and not (type(each.step) is int and each.step > 0):
                return None
        elif each is Ellipsis and not dots:
            dots = True
        else:
            return None
    return index if dots else (*index, ...)


def _last(basic: tuple[Any, ...], shape: Shape) -> type[OpNode]:
    """The class of the node for the last of the steps that make this view."""
    last, dim, end = _ALIAS, 0, len(basic)
    for each in basic:
        if type(each) is int:
            last = _SELECT
        elif each is None:
            last, dim = _UNSQUEEZE, dim - 1
        elif each is Ellipsis:
            if basic[end - 1] is Ellipsis:
                return last
            dim += len(shape) - 1 - sum([e is not None and e is not Ellipsis for e in basic])
        elif each.start or (each.stop is not None and each.stop < shape[dim]) or (
            each.step is not None and each.step > 1
        ):
            last = _SLICE
        dim += 1
    return last


def _picked(self: Tensor, array: Array, picks: Array) -> Tensor:
    """One mask, or one array of int64, alone in the brackets."""
    if picks.dtype.char == "?":
        if picks.shape != array.shape[: picks.ndim]:
            grammar.check_mask(picks, array.shape, 0)
        found = scatter.under(array, picks) if picks.ndim == array.ndim else array[picks]
    elif not array.ndim:
        raise IndexError("a tensor without dims can't be indexed with numbers")
    else:
        found = None
        if array.size + picks.size >= LEAST:
            found = scatter.slices(array, 0, picks, True)
        if found is None:
            found = array.take(picks, 0) if array.flags.c_contiguous else contiguous(array[picks])
    result = wrap(found)
    edge = self._node
    if edge is not None and modes.grad:
        node: Any = object.__new__(_PICKED)
        node.edges = (edge,)
        node.order = next_order()
        node.saved = (Reading((...,), (picks.copy(),), "Alias"), array.shape)
        node.watch = node.targets = node.versions = None
        result._node = node
    return result


def _picked_without_values(array: Array, picks: Array) -> Tensor:
    """The same on the meta device, where a mask says nothing."""
    if picks.dtype.char == "?":
        raise NotImplementedError(
            "a mask decides the shape by its values, and a tensor on the meta device has none")
    return wrap(meta.blank((*picks.shape, *array.shape[1:]), array.dtype))


def _reading(index: Any, shape: Shape) -> Reading:
    """What the index means; one mask alone, which is common, is read at once."""
    if isinstance(index, Tensor) and index._array.dtype == np.bool_ and index._array.ndim:
        grammar.check_mask(index._array, shape, 0)
        return Reading((...,), (index._array,), "Alias")
    return grammar.read(index, shape)


# --- writing

def setitem(self: Tensor, index: Any, value: Any) -> None:
    """`self[index] = value`: a number, or a tensor that broadcasts to what the index names.

    Raises IndexError for an index out of range, RuntimeError for a value of the wrong shape, for a
    number this dtype can't hold, and for a leaf that requires grad.
    """
    array = self._array
    if isinstance(value, Tensor):
        recorded = modes.grad and assign.takes_gradient(self, value)
        values = value._array
    else:
        recorded = self._node is not None and modes.grad
        values = _number(value, array.dtype)
    if recorded or 0 in array.strides:
        _set_through_view(self, _reading(index, array.shape), value, values)
        return
    kind = type(index)
    if kind is int:
        where: Any = (index, ...)
    elif kind is Tensor and index._array.dtype.char == "?" and index._array.ndim:
        where = None if isinstance(value, Tensor) else index._array
    else:
        where = _basic(index if kind is tuple else (index,))
    if where is not None and array.size >= LEAST and type(where) is not tuple and (
        where.shape == array.shape
    ):
        made = scatter.replaced(array, where, computed(values))
        if made is not None:
            write.check_writable(self, "x[...] = value")
            storage.write(self, made)
            return
    reading = None if where is not None else _reading(index, array.shape)
    before_write(array)
    try:
        if reading is None and array.size >= LEAST and values is not value and (
            type(where) is tuple and values.dtype.kind != "c"
        ):
            fill(computed(array)[where], computed(values))
        elif reading is None:
            array[where] = values if values is value else computed(
                assign.converted(values, array.dtype))
        else:
            _write(array, reading, computed(values))
    except IndexError:
        grammar.read(index, array.shape)  # says it better, where it can
        raise
    except ValueError:
        raise _refused(array, values) from None
    shared = self._storage
    if shared is None:
        shared = storage.of(self)
    shared.version += 1


def _number(value: Any, dtype: Any) -> Any:
    """A number to be written; TypeError for what is none."""
    if isinstance(value, (int, float, complex, np.number, np.bool_)):
        return assign.number_for(value, dtype)
    raise TypeError(
        f"x[...] = value takes a number or a tensor, not {type(value).__name__}: make one with "
        "torch.tensor(value)")


def _refused(array: Array, values: Any) -> RuntimeError:
    """The error for a write that NumPy refused."""
    if not array.flags.writeable:
        return RuntimeError("this tensor's memory is read-only: clone() it first")
    return RuntimeError(
        f"x[...] = value: a value of shape {list(np.shape(values))} does not broadcast to what the "
        f"index names in a tensor of shape {list(array.shape)}")


def _write(array: Array, reading: Reading, values: Any) -> None:
    """`array[reading] = values`, wholly or not at all."""
    view, arrays = array[reading.basic], reading.arrays
    if arrays is None:
        view[...] = values if np.isscalar(values) else assign.converted(values, array.dtype)
        return
    if isinstance(values, np.ndarray):
        if values.dtype != array.dtype:
            raise RuntimeError(
                f"index_put: the values are {values.dtype}, the tensor written to is "
                f"{array.dtype}: where arrays are the index, convert one of them")
        values = _apart(values.reshape(_without_leading_ones(values.shape)), array)
    if view.ndim == 1 and arrays[0].dtype != np.bool_:
        view.take(arrays[0])  # on 1-d arrays NumPy would find a bad index only when it gets there
    try:
        if isinstance(values, np.ndarray) and view.size + values.size >= LEAST:
            scatter.put_at(view, arrays, values)
        else:
            view[arrays] = values
    except TypeError:  # NumPy's class for values of many dims under a mask
        raise ValueError("too many dims") from None


def _apart(values: Array, array: Array) -> Array:
    """The values, copied if they lie in the memory that is to be written."""
    return values.copy() if np.may_share_memory(values, array) else values


def _without_leading_ones(shape: Shape) -> Shape:
    first = next((dim for dim, size in enumerate(shape) if size != 1), len(shape))
    return shape[first:]


def _trimmed(value: Tensor) -> Tensor:
    """The value without leading dims of size 1, which never matter when it is written."""
    shape = value._array.shape
    if not shape or shape[0] != 1:
        return value
    return value.reshape(_without_leading_ones(shape))


def _set_through_view(self: Tensor, reading: Reading, value: Any, values: Any) -> None:
    """`self[index] = value` as autograd sees it: a view, written in place."""
    view = self if reading.last == "Alias" else _view_at(self, reading.basic, reading.last)
    if reading.arrays is None:
        if isinstance(value, Tensor):
            assign.copy_(view, _trimmed(value))
        else:
            write.check_writable(view, "x[...] = value")
            assign.fill_(view, value)
        return
    if not isinstance(value, Tensor):
        value = wrap(np.asarray(values, self._array.dtype))
    _put(view, reading, value, False, "x[...] = value")


# --- index_put

@op(name="_put_picks", face=False, node="IndexPutBackward0",
    input=lambda grad, reading, accumulate: grad if accumulate else _blanked(grad, reading),
    values=lambda grad, reading: _pick(grad, reading))
def _put_picks(input: Tensor, reading: Reading, values: Tensor, accumulate: bool) -> Any:
    """A copy of `input` with `values` written, or added, where the arrays of the reading point."""
    result = np.array(input._array, order="C", subok=False)
    _put_values(result, reading, values._array, accumulate)
    return result


def _blanked(grad: Tensor, reading: Reading) -> Tensor:
    return _put_picks(grad, reading, wrap(np.zeros((), grad._array.dtype)), False)


def _put_values(array: Array, reading: Reading, values: Array, accumulate: bool) -> None:
    if accumulate:
        at: Any = reading.arrays
        scatter.add_at(array[reading.basic], at, _apart(values, array))
    else:
        _write(array, reading, values)


def _put(
    tensor: Tensor, reading: Reading, values: Tensor, accumulate: bool, name: str
) -> None:
    """Write or add values where the arrays of the reading point, in place."""
    if modes.grad:
        history.check(tensor, name)
    values = _trimmed(values)
    reading = Reading((...,), reading.arrays, "Alias")
    held = tensor._array
    recorded = modes.grad and assign.takes_gradient(tensor, values)
    if recorded:
        reading = reading.kept()
    before_write(held)
    try:
        _put_values(held, reading, values._array, accumulate)
    except ValueError:
        raise _refused(held, values._array) from None
    storage.of(tensor).version += 1
    if recorded:
        bound = {"input": tensor, "reading": reading, "values": values, "accumulate": accumulate}
        history.rebase(tensor, _put_picks.row.record(bound, tensor))


@composite()
def index_put_(
    input: Tensor, indices: Sequence[Tensor], values: Tensor, accumulate: bool = False
) -> Tensor:
    """In-place `index_put`."""
    reading = _put_reading(input, indices, values)
    view = input if reading.last == "Alias" else _view_at(input, reading.basic, reading.last)
    _put(view, reading, values, bool(accumulate), "index_put_")
    return input


@composite()
def index_put(
    input: Tensor, indices: Sequence[Tensor], values: Tensor, accumulate: bool = False
) -> Tensor:
    """A copy of `input` with `values` at `input[indices]`.

    `indices`: a tuple of integer or bool tensors. `values` broadcasts and has the dtype of
    `input`; with `accumulate` it is added, as often as an index appears.
    Source: https://pytorch.org/docs/stable/generated/torch.Tensor.index_put_.html
    """
    reading = _put_reading(input, indices, values)
    return _put_picks(input, reading.kept(), _trimmed(values), bool(accumulate))


def _put_reading(input: Tensor, indices: Any, values: Any) -> Reading:
    """The indices as a reading, checked."""
    if not isinstance(indices, (tuple, list)) or not all(
        isinstance(each, Tensor) for each in indices
    ):
        raise TypeError("index_put(): indices must be a tuple of tensors")
    need_tensor("index_put", "values", values)
    if values._array.dtype != input._array.dtype:
        raise RuntimeError(
            f"index_put(): values are {values.dtype}, the tensor written to is {input.dtype}: "
            "convert one of them")
    if not indices:
        raise IndexError("index_put(): indices names no dim")
    arrays = [grammar.index_array(each._array) for each in indices]
    arrays = [each.reshape(1) if not each.ndim and each.dtype != np.bool_ else each
              for each in arrays]
    return grammar.read(tuple(map(wrap, arrays)), input._array.shape)


def delitem(self: Tensor, index: Any) -> None:
    """TypeError: a tensor's elements can't be deleted."""
    raise TypeError("a tensor's elements can't be deleted: index it with those to be kept")


for _name, _method in {
    "__getitem__": getitem, "__setitem__": setitem, "__delitem__": delitem,
}.items():
    setattr(Tensor, _name, _method)
