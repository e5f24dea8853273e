"""Views natively: other sizes and strides over the memory of a tensor, tied to it.

Each attempt works out sizes, strides and what the node saves, and `tied` does the rest. A table is
the Python function, then the class of the nodes.
"""

from __future__ import annotations

from typing import Any

from rushlight.engine import builtins as py
from rushlight.engine.builtins import incref, none
from rushlight.engine.function_writer import (
    Field,
    Value,
    constant,
    give,
    native,
    need,
    repeat,
    stack,
    symbol,
    variable,
    when,
)
from rushlight.ops import native_tensors as nt
from rushlight.ops.native_calls import MOST_DIMS, sizes_of, whole
from rushlight.ops.native_tensors import BASE, NODE, STORAGE, VIEWS

NODE_CLASS = Field("ptr", 8)
_FIRST = Field("ptr", 0)
_I64 = Field("i64", 0)


def view_table(fallback: Any, node_class: type) -> int:
    """The address of the table of a view op."""
    return py.table([py.address(fallback), py.address(node_class)])


# --- what every view does

@native("ptr(ptr)")
def viewable(tensor: Value) -> None:
    """The array of a tensor of which a view can be made quickly; else null."""
    array = nt.array_of(tensor)
    need(array)
    shared = tensor[STORAGE]
    with when(shared.differs(none())):
        need(shared[VIEWS].equals(none()))
    need(nt.ndim_of(array).at_most(MOST_DIMS - 1))
    give(array)


@native("ptr(ptr, i64, ptr, ptr, ptr)")
def seen(array: Value, ndim: Value, dims: Value, strides: Value, data: Value) -> None:
    """Memory of the array through other sizes and strides (null: those of a contiguous one)."""
    made = py.PyArray_NewFromDescr(
        symbol("ndarray"), incref(array[py.DESCR]), ndim.to("i32", "trunc"), dims, strides, data,
        array[py.FLAGS] & py.WRITEABLE, None)
    need(made)
    with when(py.PyArray_SetBaseObject(made, incref(array)).differs(0)):
        py.Py_DecRef(made)
        give(None)
    give(made)


@native("ptr(ptr, ptr, ptr, ptr)")
def tied(input: Value, array: Value, kind: Value, saved: Value) -> None:
    """`views.tied`; takes the references to `array` and `saved`, which is null for the shape."""
    view = nt.new_tensor(array)
    need(view)
    shared = nt.storage_of(input)
    need(shared)
    _replace(view, STORAGE, shared)
    base = variable("ptr", input[BASE])
    with when(base.value.equals(none())):
        base.set(input)
    _replace(view, BASE, base.value)
    with when(input[NODE].differs(none())), when(nt.grad_on()):
        kept = variable("ptr", saved)
        with when(saved.equals(None)):
            kept.set(py.tuple_of(nt.shape_of(input[nt.ARRAY])))
        give(nt.with_node(view, step(input, kind, kept.value)))
    with when(saved.differs(None)):
        py.Py_DecRef(saved)
    give(view)


def _replace(tensor: Value, field: Field, value: Value) -> None:
    before = tensor[field]
    tensor[field] = incref(value)
    py.Py_DecRef(before)


@native("ptr(ptr, ptr, ptr)")
def step(input: Value, kind: Value, saved: Value) -> None:
    """`views._step`: a node with `input` as its only tensor; takes the reference to `saved`."""
    edges = py.PyTuple_New(1)
    need(edges)
    edges[Field("ptr", py.TUPLE_ITEMS)] = incref(input[NODE])
    give(nt.new_node(kind, edges, saved, none(times=1)))


def _copy(source: Value, target: Value, count: Value) -> None:
    with repeat(count) as i:
        target.set_item("i64", i, source.item("i64", i))


@native("i1(ptr, i64, ptr)")
def _place(number: Value, count: Value, found: Value) -> None:
    """Write the place that an int in -count...count-1 names; false for all else."""
    need(whole(number, found))
    at = found[_I64]
    with when(at.below(0)):
        found[_I64] = at + count
    need(constant("i64", 0).at_most(found[_I64]) & found[_I64].below(count))
    give(1)


# --- another shape

@native("ptr(ptr, ptr, i64, ptr)")
def view_method(tensor: Value, arguments: Value, count: Value, table: Value) -> None:
    """`x.view(2, -1)` and `x.reshape(2, -1)` of a contiguous tensor."""
    array = viewable(tensor)
    need(array)
    need(array[py.FLAGS].has(py.C_CONTIGUOUS))
    dims = stack("i64", MOST_DIMS)
    ndim = sizes_of(arguments, count, dims) - 1
    need(constant("i64", 0).below(ndim))
    size, known = nt.size_of(array), variable("i64", 1)
    open_at = variable("i64", -1)
    with repeat(ndim) as i:
        dim = dims.item("i64", i)
        with when(dim.below(0)):
            need(dim.equals(-1) & open_at.value.equals(-1))
            open_at.set(i)
        with when(constant("i64", 0).at_most(dim)):
            need(dim.at_most(size))  # so that the product can't overflow
            known.set(known.value * dim)
            need(known.value.at_most(size))
    with when(open_at.value.differs(-1)):
        need(constant("i64", 0).below(known.value))
        dims.set_item("i64", open_at.value, size // known.value)
        known.set(known.value * (size // known.value))
    need(known.value.equals(size))
    give(tied(tensor, seen(array, ndim, dims, None, array[py.DATA]), table[NODE_CLASS], None))


@native("ptr(ptr, ptr, i64, ptr)")
def unsqueeze_method(tensor: Value, arguments: Value, count: Value, table: Value) -> None:
    """`x.unsqueeze(dim)`."""
    array, at = viewable(tensor), stack("i64")
    need(array)
    need(count.equals(1))
    ndim = nt.ndim_of(array)
    need(_place(arguments[_FIRST], ndim + 1, at))
    dims, strides = stack("i64", MOST_DIMS), stack("i64", MOST_DIMS)
    place = at[_I64]
    _copy(array[py.DIMS], dims, place)
    _copy(array[py.STRIDES], strides, place)
    dims.set_item("i64", place, 1)
    strides.set_item("i64", place, 0)
    for source, target in ((array[py.DIMS], dims), (array[py.STRIDES], strides)):
        _copy(source.place("i64", place), target.place("i64", place + 1), ndim - place)
    made = seen(array, ndim + 1, dims, strides, array[py.DATA])
    need(made)
    give(tied(tensor, made, table[NODE_CLASS], py.tuple_of(py.PyLong_FromSsize_t(place))))


@native("ptr(ptr, ptr, i64, ptr)")
def expand_method(tensor: Value, arguments: Value, count: Value, table: Value) -> None:
    """`x.expand(3, -1)`."""
    array = viewable(tensor)
    need(array)
    dims, strides = stack("i64", MOST_DIMS), stack("i64", MOST_DIMS)
    ndim = sizes_of(arguments, count, dims) - 1
    new = ndim - nt.ndim_of(array)
    need(constant("i64", 0).at_most(new) & constant("i64", 0).at_most(ndim))
    need(nt.size_of(array).differs(0))
    with repeat(new) as i:
        need(constant("i64", 0).at_most(dims.item("i64", i)))
        strides.set_item("i64", i, 0)
    with repeat(nt.ndim_of(array)) as i:
        have, want = array[py.DIMS].item("i64", i), dims.item("i64", new + i)
        stride = variable("i64", array[py.STRIDES].item("i64", i))
        with when(want.equals(-1)):
            dims.set_item("i64", new + i, have)
        with when(want.differs(-1) & want.differs(have)):
            need(have.equals(1) & constant("i64", 0).at_most(want))
            stride.set(0)
        strides.set_item("i64", new + i, stride.value)
    made = seen(array, ndim, dims, strides, array[py.DATA])
    give(tied(tensor, made, table[NODE_CLASS], None))


# --- another order

@native("ptr(ptr, i64, i64, ptr, ptr)")
def _swapped(tensor: Value, first: Value, second: Value, kind: Value, saved: Value) -> None:
    """A view with two dims exchanged; takes the reference to `saved`."""
    array = tensor[nt.ARRAY]
    ndim, dims, strides = nt.ndim_of(array), stack("i64", MOST_DIMS), stack("i64", MOST_DIMS)
    for source, target in ((array[py.DIMS], dims), (array[py.STRIDES], strides)):
        _copy(source, target, ndim)
        target.set_item("i64", first, source.item("i64", second))
        target.set_item("i64", second, source.item("i64", first))
    give(tied(tensor, seen(array, ndim, dims, strides, array[py.DATA]), kind, saved))


@native("ptr(ptr, ptr, i64, ptr)")
def t_method(tensor: Value, arguments: Value, count: Value, table: Value) -> None:
    """`x.t()` of a matrix."""
    array = viewable(tensor)
    need(array)
    need(count.equals(0) & nt.ndim_of(array).equals(2))
    give(_swapped(
        tensor, constant("i64", 0), constant("i64", 1), table[NODE_CLASS], py.PyTuple_New(0)))


@native("ptr(ptr, ptr, i64, ptr)")
def transpose_method(tensor: Value, arguments: Value, count: Value, table: Value) -> None:
    """`x.transpose(0, 1)`."""
    array, places = viewable(tensor), [stack("i64") for _ in range(2)]
    need(array)
    need(count.equals(2))
    given = [arguments.item("ptr", i) for i in range(2)]
    for dim, found in zip(given, places, strict=True):
        need(_place(dim, nt.ndim_of(array), found))
    saved = py.tuple_of(*[incref(each) for each in given])
    first, second = (each[_I64] for each in places)
    give(_swapped(tensor, first, second, table[NODE_CLASS], saved))


# --- some of the elements

@native("ptr(ptr, ptr, ptr)")
def index_operator(tensor: Value, index: Value, table: Value) -> None:
    """`x[1]`, as `getitem.getitem` has it."""
    array, at = viewable(tensor), stack("i64")
    need(array)
    ndim = nt.ndim_of(array)
    need(constant("i64", 0).below(ndim))
    need(_place(index, array[py.DIMS][_I64], at))
    strides = array[py.STRIDES]
    data = array[py.DATA].plus(at[_I64] * strides[_I64])
    made = seen(array, ndim - 1, array[py.DIMS].place("i64", 1), strides.place("i64", 1), data)
    need(made)
    saved = variable("ptr", None)
    with when(tensor[NODE].differs(none())):
        basic = py.tuple_of(incref(index), incref(symbol("Ellipsis_")))
        saved.set(py.tuple_of(basic, nt.shape_of(array)))
    give(tied(tensor, made, table[NODE_CLASS], saved.value))


@native("ptr(ptr, ptr, i64, ptr)")
def item_method(tensor: Value, arguments: Value, count: Value, table: Value) -> None:
    """`x.item()`."""
    array = nt.array_of(tensor)
    need(array)
    need(count.equals(0) & array[py.FLAGS].has(py.ALIGNED))
    need(nt.size_of(array).equals(1))
    dtype, data = array[py.DESCR], array[py.DATA]
    with when(dtype.equals(symbol("float32"))):
        give(py.PyFloat_FromDouble(data[Field("float", 0)].to("double", "fpext")))
    with when(dtype.equals(symbol("float64"))):
        give(py.PyFloat_FromDouble(data[Field("double", 0)]))
    with when(dtype.equals(symbol("int64"))):
        give(py.PyLong_FromSsize_t(data[_I64]))
    need(dtype.equals(symbol("bool")))
    with when(data[Field("i8", 0)].differs(0)):
        give(incref(symbol("True_")))
    give(incref(symbol("False_")))
