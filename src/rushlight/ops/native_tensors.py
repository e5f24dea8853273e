"""Tensors, nodes and storages as native functions see and make them.

Every function here does what a Python function elsewhere does, which its docstring names, and gives
null where the case is unusual: then the Python road is taken. See `native_road.py`.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from rushlight.autograd.modes import modes
from rushlight.autograd.node import OpNode, next_order
from rushlight.engine import builtins as py
from rushlight.engine import deferred
from rushlight.engine.builtins import incref, kind_is, none
from rushlight.engine.function_writer import (
    Field,
    Value,
    give,
    native,
    need,
    repeat,
    symbol,
    variable,
    when,
)
from rushlight.tensor.size import Size
from rushlight.tensor.storage import Storage
from rushlight.tensor.tensor import Tensor, wrap

ARRAY, NODE, STORAGE, BASE, GRAD = (
    py.slot(Tensor, each) for each in ("_array", "_node", "_storage", "_base", "_grad"))
_LEFT_NONE = [
    py.slot(Tensor, each) for each in Tensor.__slots__
    if each not in ("_array", "__dict__", "__weakref__")]
EDGES, ORDER, WATCH, SAVED, TARGETS, VERSIONS, OUTPUTS = (
    py.slot(OpNode, each)
    for each in ("edges", "order", "watch", "saved", "targets", "versions", "outputs"))
SHARED_ARRAY, VERSION, VIEWS = (
    py.slot(Storage, each) for each in ("array", "version", "views"))

LIMIT: Final = deferred.LARGE - 1  # elements: above, arithmetic is put off

_THREAD, _MODES = Field("i64", 0), Field("ptr", 8)  # of the cache in `grad_on`

SYMBOLS: dict[str, int] = {"mode_cache": py.table([0, 0])} | {
    name: py.address(each) for name, each in {
        "None_": None, "True_": True, "False_": False, "Ellipsis_": ...,
        "zero": 0, "one": 1, "minus_one": -1,
        "int_type": int, "float_type": float, "tuple_type": tuple, "list_type": list,
        "ndarray": np.ndarray, "float32": np.dtype(np.float32), "float64": np.dtype(np.float64),
        "int64": np.dtype(np.int64), "bool": np.dtype(np.bool_),
        "Tensor": Tensor, "Storage": Storage, "Size": Size, "waiting": deferred._waiting,
        "modes": modes, "dict_name": "__dict__", "grad_name": "grad",
        "orders": next_order.__self__,  # type: ignore[attr-defined]
    }.items()
}


def supported() -> bool:
    """Whether a tensor, a storage and a node lie in memory as read above."""
    tensor = wrap(np.zeros(3, np.float32))
    tensor._grad = wrap(np.zeros(3))
    storage = Storage()
    storage.array, storage.version, storage.views = tensor._array, 7, []
    node = OpNode()
    node.edges, node.saved, node.order = (None,), (tensor,), 12345678
    return (
        py.supported()
        and all(py.holds(tensor, each, py.slot(Tensor, each)) for each in Tensor.__slots__
                if each not in ("__dict__", "__weakref__"))
        and py.holds(storage, "array", SHARED_ARRAY) and py.holds(storage, "version", VERSION)
        and py.holds(storage, "views", VIEWS)
        and py.holds(node, "edges", EDGES) and py.holds(node, "saved", SAVED)
        and py.holds(node, "order", ORDER)
    )


# --- tensors

@native("i1(ptr)")
def is_tensor(value: Value) -> None:
    """`isinstance(value, Tensor)`: parameters are as quick as tensors of no class of their own."""
    with when(kind_is(value, "Tensor")):
        give(1)
    give(py.PyType_IsSubtype(value[py.TYPE], symbol("Tensor")).differs(0))


@native("ptr(ptr)")
def new_tensor(array: Value) -> None:
    """`tensor.wrap`: a tensor over the array, whose reference it takes; null if that is null."""
    need(array)
    made = py.PyType_GenericAlloc(symbol("Tensor"), 0)
    with when(made.equals(None)):
        py.Py_DecRef(array)
        give(None)
    made[ARRAY] = array
    none(times=len(_LEFT_NONE))
    for each in _LEFT_NONE:
        made[each] = none()
    give(made)


@native("ptr(ptr)")
def array_of(tensor: Value) -> None:
    """The array of a tensor (borrowed), if it is an ndarray and here already; else null."""
    array = tensor[ARRAY]
    need(array)
    need(kind_is(array, "ndarray"))
    give(array)


@native("ptr(ptr)")
def plain_array(tensor: Value) -> None:
    """The array of a tensor (borrowed), if it is contiguous; else null."""
    array = array_of(tensor)
    need(array)
    need(array[py.FLAGS].has(py.C_CONTIGUOUS | py.ALIGNED))
    give(array)


@native("i64(ptr)")
def size_of(array: Value) -> None:
    """How many elements the array has."""
    size = variable("i64", 1)
    with repeat(ndim_of(array)) as i:
        size.set(size.value * array[py.DIMS].item("i64", i))
    give(size.value)


def ndim_of(array: Value) -> Value:
    """How many dims the array has."""
    return array[py.NDIM].to("i64", "sext")


@native("ptr(ptr)")
def shape_of(array: Value) -> None:
    """`array.shape`, a new tuple."""
    incref(array)  # making a tuple may run the garbage collector, and that anything
    made = py.PyTuple_New(ndim_of(array))
    need(made)
    with repeat(ndim_of(array)) as i:
        made.plus(py.TUPLE_ITEMS).set_item(
            "ptr", i, py.PyLong_FromSsize_t(array[py.DIMS].item("i64", i)))
    py.Py_DecRef(array)
    give(made)


@native("ptr(ptr)")
def storage_of(tensor: Value) -> None:
    """`storage.of`: the tensor's storage (borrowed), made now if it has none."""
    held = tensor[STORAGE]
    with when(held.differs(none())):
        give(held)
    made = py.PyType_GenericAlloc(symbol("Storage"), 0)
    need(made)
    made[SHARED_ARRAY] = incref(tensor[ARRAY])
    made[VERSION] = incref(symbol("zero"))
    made[VIEWS] = none(times=1)
    tensor[STORAGE] = made
    py.Py_DecRef(held)
    give(made)


@native("i1(ptr)")
def count_write(tensor: Value) -> None:
    """`storage.of(tensor).version += 1`."""
    shared = storage_of(tensor)
    need(shared)
    before = shared[VERSION]
    after = py.PyLong_FromSsize_t(py.PyLong_AsSsize_t(before) + 1)
    need(after)
    shared[VERSION] = after
    py.Py_DecRef(before)
    give(1)


# --- the graph

@native("i1()")
def grad_on() -> None:
    """`modes.grad`: whether this thread records.

    What a thread-local object holds for the thread is a dict, which is remembered for the thread
    that asked last (by its number, which no later thread gets).
    """
    cache = symbol("mode_cache")
    thread = py.PyThreadState_GetID(py.PyThreadState_Get())
    with when(cache[_THREAD].differs(thread)):
        held = py.PyObject_GetAttr(symbol("modes"), symbol("dict_name"))
        with when(held.equals(None)):
            py.PyErr_Clear()
            give(1)
        before = cache[_MODES]
        cache[_MODES] = held
        cache[_THREAD] = thread
        with when(before.differs(None)):
            py.Py_DecRef(before)
    mode = py.PyDict_GetItemWithError(cache[_MODES], symbol("grad_name"))
    with when(mode.equals(None)):
        give(1)  # the class's own
    with when(mode.equals(symbol("True_"))):
        give(1)
    give(py.PyObject_IsTrue(mode).equals(1))


@native("ptr(ptr, ptr, ptr, ptr)")
def new_node(kind: Value, edges: Value, saved: Value, targets: Value) -> None:
    """A node of the class `kind`, which takes the references to all others; null if one is null."""
    need(edges)
    need(saved)
    made = py.PyType_GenericAlloc(kind, 0)
    need(made)
    made[EDGES] = edges
    made[SAVED] = saved
    made[TARGETS] = targets
    made[WATCH] = none(times=1)
    made[VERSIONS] = versions_of(saved)
    order = py.PyIter_Next(symbol("orders"))
    need(order)
    made[ORDER] = order
    give(made)


@native("ptr(ptr)")
def versions_of(saved: Value) -> None:
    """What `node.versions` is for these saved values: None where no tensor was written to."""
    count, items = saved[py.COUNT], saved.plus(py.TUPLE_ITEMS)
    with repeat(count) as i:
        each = items.item("ptr", i)
        with when(is_tensor(each)):
            storage = each[STORAGE]
            with when(storage.differs(none())):
                with when(storage[VERSION].differs(symbol("zero"))):
                    give(_all_versions(saved))
    give(none(times=1))


@native("ptr(ptr)")
def _all_versions(saved: Value) -> None:
    count, items = saved[py.COUNT], saved.plus(py.TUPLE_ITEMS)
    made = py.PyTuple_New(count)
    need(made)
    with repeat(count) as i:
        each, version = items.item("ptr", i), variable("ptr", symbol("minus_one"))
        with when(is_tensor(each)):
            storage = each[STORAGE]
            version.set(symbol("zero"))
            with when(storage.differs(none())):
                version.set(storage[VERSION])
        made.plus(py.TUPLE_ITEMS).set_item("ptr", i, incref(version.value))
    give(made)


@native("ptr(ptr, ptr)")
def with_node(result: Value, node: Value) -> None:
    """The result, made by the node, whose reference it takes; null if the node is null."""
    with when(node.equals(None)):
        py.Py_DecRef(result)
        give(None)
    before = result[NODE]
    result[NODE] = node
    py.Py_DecRef(before)
    give(result)


# --- what a node saves: a recipe is a table of a count, then a kind and a constant for each value

INPUT, OTHER, RESULT, CONSTANT = range(4)


def recipe(*values: tuple[int, Any]) -> int:
    """The address of a table that says what a node saves."""
    words = [len(values)]
    for kind, constant in values:
        words += [kind, py.address(constant)]
    return py.table(words)


@native("ptr(ptr, ptr, ptr, ptr)")
def saved_by(steps: Value, input: Value, other: Value, result: Value) -> None:
    """A new tuple of what the recipe names."""
    count = steps.item("i64", 0)
    made = py.PyTuple_New(count)
    need(made)
    with repeat(count) as i:
        kind = steps.item("i64", i * 2 + 1)
        each = variable("ptr", steps.item("ptr", i * 2 + 2))
        with when(kind.equals(INPUT)):
            each.set(input)
        with when(kind.equals(OTHER)):
            each.set(other)
        with when(kind.equals(RESULT)):
            each.set(_apart(result))
            need(each.value)
        with when(kind.differs(RESULT)):
            incref(each.value)
        made.plus(py.TUPLE_ITEMS).set_item("ptr", i, each.value)
    give(made)


@native("ptr(ptr)")
def _apart(result: Value) -> None:
    """The result as an alias without its node, or node and result would be a ring."""
    storage = storage_of(result)
    need(storage)
    incref(storage)
    held = new_tensor(incref(result[ARRAY]))
    need(held)
    py.Py_DecRef(held[STORAGE])
    held[STORAGE] = storage
    give(held)
