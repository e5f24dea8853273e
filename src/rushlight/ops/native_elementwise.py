"""Elementwise ops natively: NumPy's inner loops without NumPy's front door.

A row of `elementwise.py` becomes a table (`Row`) that says which inner loops there are, which class
its nodes have and what they save. One native function then serves all operators of two operands,
another all ops of one: the shapes are compared, the result is allocated, the loop runs over it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rushlight.engine import builtins as py
from rushlight.engine.builtins import incref, kind_is, none
from rushlight.engine.function_writer import (
    Field,
    Native,
    Value,
    call_at,
    choose,
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
from rushlight.engine.vector_writer import constant as number_text
from rushlight.ops import native_tensors as nt
from rushlight.ops.native_tensors import (
    CONSTANT,
    INPUT,
    NODE,
    OTHER,
    RESULT,
    grad_on,
    new_node,
    new_tensor,
    plain_array,
)
from rushlight.ops.op import needs

# --- tables

FALLBACK, NODE_CLASS, NUMBER_CLASS, RECIPE, NUMBER_RECIPE, LOOPS, SWAPPED = (
    Field(type, 8 * i) for i, type in enumerate(("ptr",) * 6 + ("i64",)))
# Of an inner loop; after a count, LOOPS lead to a row of these.
_OPERAND, _RESULT, _FUNCTION, _EXTRA, _STEP, _RESULT_STEP = (
    Field(type, 8 * i) for i, type in enumerate(("ptr",) * 4 + ("i64",) * 2))
_LOOP_BYTES = 48


def loop_table(ufunc: np.ufunc, chars: str) -> int:
    """The address of the table of a ufunc's inner loops."""
    words: list[Any] = []
    found = py.loops_of(ufunc, chars)
    for each in found:
        words += [each.operand, each.result, each.function, each.extra, each.operand.itemsize,
                  each.result.itemsize]
    return py.table([len(found), *words])


def row_table(
    fallback: Any, row: Any, loops: int, node_class: Any, number_class: Any, swapped: bool
) -> int:
    """The address of the table that stands for a row of `elementwise.py`."""
    return py.table([
        fallback, node_class or 0, number_class or 0, _recipe(row, number=False),
        _recipe(row, number=True), loops, int(swapped)])


def _recipe(row: Any, number: bool) -> int:
    """What the row's nodes save: as `shortcut._saver` has it."""
    first, second = (*row.operands[:2], None)[:2]
    asked = needs(row.derivatives.get(first)) if number else row.saves
    steps: list[tuple[int, Any]] = []
    for each in row.saves:
        if each == first:
            steps.append((INPUT, 0))
        elif each == second:
            steps.append((OTHER, 0))
        elif each == "out" and each in asked:
            steps.append((RESULT, 0))
        else:
            steps.append((CONSTANT, row.defaults.get(each)))
    return nt.recipe(*steps)


@native("ptr(ptr, ptr)")
def loop_for(loops: Value, dtype: Value) -> None:
    """The inner loop for operands of this dtype; null if there is none."""
    first = loops.plus(8)
    with repeat(loops[Field("i64", 0)]) as i:
        each = first.plus(i * _LOOP_BYTES)
        with when(each[_OPERAND].equals(dtype)):
            give(each)
    give(None)


# --- how two shapes meet

# The wide array is walked from end to end; `inner` elements at a time, `outer` times. The narrow
# one is read with `step` bytes from one element to the next and `jump` from one time to the next.
_INNER, _OUTER, _STEP_NARROW, _JUMP, _NARROW = (Field("i64", 8 * i) for i in range(5))
_SAME, _LEFT, _RIGHT = range(3)  # which of the two is the narrow one


class Plan(NamedTuple):
    """How many bytes a plan takes, for the stack."""

    words: int = 5


@native("ptr(ptr, ptr, i64, ptr)")
def meet(left: Value, right: Value, step: Value, plan: Value) -> None:
    """The array that has the result's shape; null where broadcasting is of an unusual kind."""
    plan[_STEP_NARROW] = step
    plan[_OUTER] = 1
    plan[_JUMP] = 0
    plan[_NARROW] = _SAME
    ndim = left[py.NDIM]
    with when(ndim.equals(right[py.NDIM])):
        equal, size = variable("i1", 1), variable("i64", 1)
        with repeat(ndim.to("i64", "sext")) as i:
            dim = left[py.DIMS].item("i64", i)
            equal.set(equal.value & dim.equals(right[py.DIMS].item("i64", i)))
            size.set(size.value * dim)
        with when(equal.value):
            need(size.value.at_most(nt.LIMIT))
            plan[_INNER] = size.value
            give(left)
    left_size, right_size = nt.size_of(left), nt.size_of(right)
    left_is_wide = variable("i1", right_size.below(left_size))
    with when(right_size.equals(left_size)):
        left_is_wide.set(right[py.NDIM].at_most(left[py.NDIM]))
    wide, narrow = (choose(left_is_wide.value, a, b) for a, b in ((left, right), (right, left)))
    plan[_NARROW] = choose(left_is_wide.value, constant("i64", _RIGHT), constant("i64", _LEFT))
    need(_spread(wide, narrow, step, plan))
    give(wide)


@native("i1(ptr, ptr, i64, ptr)")
def _spread(wide: Value, narrow: Value, step: Value, plan: Value) -> None:
    """Plan for a narrow array of one element, or one that has rows, or one that has columns."""
    size, part = nt.size_of(wide), nt.size_of(narrow)
    ndim, more = nt.ndim_of(narrow), nt.ndim_of(wide) - nt.ndim_of(narrow)
    need(constant("i64", 0).at_most(more))
    need(size.at_most(nt.LIMIT))
    need(constant("i64", 0).below(part))
    with when(part.equals(1)):
        plan[_INNER] = size
        plan[_STEP_NARROW] = 0
        give(1)
    ours, theirs = narrow[py.DIMS], wide[py.DIMS].place("i64", more)
    rows, columns = variable("i1", 1), variable("i1", more.equals(0))
    begun, done = variable("i1", 0), variable("i1", 0)
    with repeat(ndim) as i:
        dim = ours.item("i64", i)
        equal = dim.equals(theirs.item("i64", i))
        single = dim.equals(1)
        begun.set(begun.value | single.equals(0))
        rows.set(rows.value & (equal | (single & begun.value.equals(0))))
        done.set(done.value | (equal.equals(0) & single))
        columns.set(columns.value & (single | (equal & done.value.equals(0))))
    with when(rows.value):
        plan[_INNER] = part
        plan[_OUTER] = size // part
        give(1)
    need(columns.value)
    plan[_INNER] = size // part
    plan[_OUTER] = part
    plan[_STEP_NARROW] = 0
    plan[_JUMP] = step
    give(1)


@native("void(ptr, ptr, ptr, ptr, ptr)")
def run(loop: Value, left: Value, right: Value, made: Value, plan: Value) -> None:
    """Let the inner loop fill `made`; all are addresses of elements."""
    places, steps, sizes = stack("ptr", 3), stack("i64", 3), stack("i64", 1)
    narrow, inner = plan[_NARROW], plan[_INNER]
    full, step, jump = loop[_STEP], plan[_STEP_NARROW], plan[_JUMP]
    row = inner * full
    left_narrow, right_narrow = narrow.equals(_LEFT), narrow.equals(_RIGHT)
    at = [variable("ptr", each) for each in (left, right, made)]
    jumps = [
        choose(left_narrow, jump, row), choose(right_narrow, jump, row), inner * loop[_RESULT_STEP]]
    steps.set_item("i64", 0, choose(left_narrow, step, full))
    steps.set_item("i64", 1, choose(right_narrow, step, full))
    steps.set_item("i64", 2, loop[_RESULT_STEP])
    with repeat(plan[_OUTER]):
        sizes.set_item("i64", 0, inner)
        for i, each in enumerate(at):
            places.set_item("ptr", i, each.value)
        call_at(loop[_FUNCTION], "void(ptr, ptr, ptr, ptr)", places, sizes, steps, loop[_EXTRA])
        for each, bytes in zip(at, jumps, strict=True):
            each.set(each.value.plus(bytes))


@native("ptr(ptr, ptr)")
def empty_like(array: Value, dtype: Value) -> None:
    """A new array of the same shape, not filled."""
    give(py.PyArray_NewFromDescr(
        symbol("ndarray"), incref(dtype), array[py.NDIM], array[py.DIMS], None, None, 0, None))


# --- two tensors

@native("ptr(ptr, ptr, ptr)")
def on_tensors(left: Value, right: Value, row: Value) -> None:
    """`shortcut.binary` for two tensors of one dtype."""
    a, b = plain_array(left), plain_array(right)
    need(a)
    need(b)
    need(a[py.DESCR].equals(b[py.DESCR]))
    need(row[SWAPPED].equals(0))
    loop = loop_for(row[LOOPS], a[py.DESCR])
    need(loop)
    plan = stack("i64", Plan().words)
    wide = meet(a, b, loop[_STEP], plan)
    need(wide)
    made = empty_like(wide, loop[_RESULT])
    need(made)
    run(loop, a[py.DATA], b[py.DATA], made[py.DATA], plan)
    result = new_tensor(made)
    need(result)
    wanted = left[NODE].differs(none()) | right[NODE].differs(none())
    with when(wanted & row[NODE_CLASS].differs(None)):
        with when(grad_on()):
            targets = variable("ptr", none())
            with when(plan[_NARROW].differs(_SAME)):
                targets.set(_targets(left, right, plan[_NARROW]))
            with when(targets.value.equals(none())):
                none(times=1)
            node = _record(row[NODE_CLASS], row[RECIPE], left, right, result, targets.value)
            give(with_node(result, node))
    give(result)


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


@native("ptr(ptr, ptr, ptr, ptr, ptr, ptr)")
def _record(
    kind: Value, steps: Value, left: Value, right: Value, result: Value, targets: Value
) -> None:
    """The node of a result of two operands, of which the second may be a number."""
    edges = py.PyTuple_New(2)
    need(edges)
    edges[Field("ptr", py.TUPLE_ITEMS)] = incref(left[NODE])
    second = variable("ptr", none())
    with when(kind_is(right, "Tensor")):
        second.set(right[NODE])
    edges[Field("ptr", py.TUPLE_ITEMS + 8)] = incref(second.value)
    give(new_node(kind, edges, nt.saved_by(steps, left, right, result), targets))


@native("ptr(ptr, ptr, i64)")
def _targets(left: Value, right: Value, narrow: Value) -> None:
    """`node.targets` where shapes differ: what each gradient must be brought to."""
    with when(narrow.equals(_RIGHT) & right[NODE].equals(none())):
        give(none())
    give(py.tuple_of(_target(left), _target(right)))


@native("ptr(ptr)")
def _target(tensor: Value) -> None:
    array = incref(tensor[nt.ARRAY])
    made = py.tuple_of(nt.shape_of(array), incref(array[py.DESCR]))
    py.Py_DecRef(array)
    give(made)


# --- a tensor and a number

_LARGEST = {"float": float(np.finfo(np.float32).max), "double": float(np.finfo(np.float64).max)}
_WHOLE = 2.0**53  # up to here integers are doubles without rounding


def _within(value: Value, most: float) -> Value:
    """Whether a double lies between -most and most."""
    low, high = (Value("double", number_text("double", each)) for each in (-most, most))
    return low.at_most(value) & value.at_most(high)


@native("i1(ptr, ptr)")
def number_value(number: Value, found: Value) -> None:
    """Write a Python float, or an int that is exact as one, as a double; false for all else."""
    with when(kind_is(number, "float_type")):
        found[Field("double", 0)] = number[py.FLOAT]
        give(1)
    need(kind_is(number, "int_type"))
    value = py.PyLong_AsDouble(number)
    with when(_within(value, _WHOLE)):
        found[Field("double", 0)] = value
        with when(value.equals(Value("double", number_text("double", -1.0)))):
            with when(py.PyErr_Occurred().differs(None)):
                py.PyErr_Clear()
                give(0)
        give(1)
    give(0)


@native("i1(ptr, ptr, ptr)")
def number_as(number: Value, dtype: Value, found: Value) -> None:
    """Write a Python number as an element of float32 or float64; false where it does not fit."""
    wide = stack("double")
    need(number_value(number, wide))
    value = wide[Field("double", 0)]
    with when(dtype.equals(symbol("float32"))):
        need(_within(value, _LARGEST["float"]))
        found[Field("float", 0)] = value.to("float", "fptrunc")
        give(1)
    need(dtype.equals(symbol("float64")))
    found[Field("double", 0)] = value
    give(1)


@native("ptr(ptr, ptr, ptr)")
def on_number(tensor: Value, number: Value, row: Value) -> None:
    """`shortcut.binary` for a float tensor and a number; swapped, the number is on the left."""
    a = plain_array(tensor)
    need(a)
    scalar, plan = stack("double"), stack("i64", Plan().words)
    need(number_as(number, a[py.DESCR], scalar))
    loop = loop_for(row[LOOPS], a[py.DESCR])
    need(loop)
    size = nt.size_of(a)
    need(size.at_most(nt.LIMIT))
    swapped = row[SWAPPED].differs(0)
    plan[_INNER] = size
    plan[_OUTER] = 1
    plan[_STEP_NARROW] = 0
    plan[_JUMP] = 0
    plan[_NARROW] = choose(swapped, constant("i64", _LEFT), constant("i64", _RIGHT))
    made = empty_like(a, loop[_RESULT])
    need(made)
    data = a[py.DATA]
    run(loop, choose(swapped, scalar, data), choose(swapped, data, scalar), made[py.DATA], plan)
    result = new_tensor(made)
    need(result)
    with when(tensor[NODE].differs(none()) & row[NUMBER_CLASS].differs(None)):
        with when(grad_on()):
            node = _record(row[NUMBER_CLASS], row[NUMBER_RECIPE], tensor, number, result,
                           none(times=1))
            give(with_node(result, node))
    give(result)


# --- operators

@native("ptr(ptr, ptr, ptr, ptr)")
def operate(left: Value, right: Value, row: Value, reflected: Value) -> None:
    """An operator between two objects of which one at least is a Tensor."""
    made = variable("ptr", constant("ptr", 0) if False else Value("ptr", "null"))
    with when(kind_is(left, "Tensor")):
        is_tensor = kind_is(right, "Tensor")
        with when(is_tensor):
            made.set(on_tensors(left, right, row))
        with when(is_tensor.equals(0)):
            made.set(on_number(left, right, row))
    with when(kind_is(left, "Tensor").equals(0)):
        with when(kind_is(right, "Tensor") & reflected[LOOPS].differs(None)):
            made.set(on_number(right, left, reflected))
    with when(made.value.differs(None)):
        give(made.value)
    give(_python_operator(left, right, row, reflected))


@native("ptr(ptr, ptr, ptr, ptr)")
def _python_operator(left: Value, right: Value, row: Value, reflected: Value) -> None:
    """The Python road: `left.__op__(right)`, or where left is no Tensor `right.__rop__(left)`."""
    need(py.PyErr_Occurred().equals(None))
    operands = stack("ptr", 2)
    with when(py.PyType_IsSubtype(left[py.TYPE], symbol("Tensor")).differs(0)):
        operands.set_item("ptr", 0, left)
        operands.set_item("ptr", 1, right)
        give(py.PyObject_Vectorcall(row[FALLBACK], operands, 2, None))
    operands.set_item("ptr", 0, right)
    operands.set_item("ptr", 1, left)
    give(py.PyObject_Vectorcall(reflected[FALLBACK], operands, 2, None))


def operator_entry(name: str) -> Native:
    """The native function behind `__name__` and `__rname__`; its tables are symbols."""
    def body(left: Value, right: Value) -> None:
        give(operate(left, right, symbol(f"row_{name}"), symbol(f"row_r{name}")))

    return Native(f"operator_{name}", "ptr(ptr, ptr)", body)
