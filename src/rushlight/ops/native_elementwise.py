"""Elementwise ops natively: NumPy's inner loops without NumPy's front door.

A row of `elementwise.py` becomes a table that says which inner loops there are, which class its
nodes have and what they save. One native function then serves all operators of two operands,
another all ops of one: the shapes are compared, the result is allocated, the loop runs over it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.engine import builtins as py
from rushlight.engine.builtins import incref, kind_is, none
from rushlight.engine.function_writer import (
    Field,
    Value,
    choose,
    constant,
    give,
    native,
    need,
    stack,
    symbol,
    variable,
    when,
)
from rushlight.engine.vector_writer import constant as number_text
from rushlight.ops import native_loops as nl
from rushlight.ops import native_tensors as nt
from rushlight.ops.native_tensors import (
    CONSTANT,
    INPUT,
    NODE,
    OTHER,
    RESULT,
    grad_on,
    is_tensor,
    new_node,
    new_tensor,
    plain_array,
    with_node,
)
from rushlight.ops.op import needs

_, NODE_CLASS, NUMBER_CLASS, RECIPE, NUMBER_RECIPE, LOOPS, SQUARES, SWAPPED = (
    Field(type, 8 * i) for i, type in enumerate(("ptr",) * 7 + ("i64",)))


def row_table(
    fallback: Any, row: Any, loops: int, *, node_class: Any = None, number_class: Any = None,
    squares: int = 0, swapped: bool = False,
) -> int:
    """The address of the table that stands for a row of `elementwise.py`.

    Without a class nothing is recorded. squares: loops for the exponent 2. swapped: the loops take
    the second operand first.
    """
    return py.table([
        py.address(fallback), *[0 if each is None else py.address(each)
                                for each in (node_class, number_class)],
        _recipe(row, number=False), _recipe(row, number=True), loops, squares, int(swapped)])


def _recipe(row: Any, number: bool) -> int:
    """What the row's nodes save: as `shortcut._saver` has it."""
    first, second = (*row.operands[:2], None)[:2]
    asked = needs(row.derivatives.get(first)) if number else row.saves
    steps: list[tuple[int, Any]] = []
    for each in row.saves:
        if each == first:
            steps.append((INPUT, None))
        elif each == second:
            steps.append((OTHER, None))
        elif each == "out" and each in asked:
            steps.append((RESULT, None))
        else:
            steps.append((CONSTANT, row.defaults.get(each)))
    return nt.recipe(*steps)


# --- one tensor

@native("ptr(ptr, ptr)")
def on_one(tensor: Value, row: Value) -> None:
    """`shortcut.unary`."""
    a = plain_array(tensor)
    need(a)
    loop = nl.loop_for(row[LOOPS], a[py.DESCR])
    need(loop)
    result = new_tensor(nl.through(a, loop))
    need(result)
    with when(tensor[NODE].differs(none()) & row[NODE_CLASS].differs(None)), when(grad_on()):
        node = record_one(row[NODE_CLASS], row[RECIPE], tensor, none(), result)
        give(with_node(result, node))
    give(result)


@native("ptr(ptr, ptr, ptr, ptr, ptr)")
def record_one(kind: Value, steps: Value, input: Value, other: Value, result: Value) -> None:
    """The node of a result of one tensor."""
    edges = py.PyTuple_New(1)
    need(edges)
    edges[Field("ptr", py.TUPLE_ITEMS)] = incref(input[NODE])
    saved = nt.saved_by(steps, input, other, result)
    give(new_node(kind, edges, saved, none(times=1)))


# --- two tensors

@native("ptr(ptr, ptr, ptr)")
def on_tensors(left: Value, right: Value, row: Value) -> None:
    """`shortcut.binary` for two tensors of one dtype."""
    a, b = plain_array(left), plain_array(right)
    need(a)
    need(b)
    need(a[py.DESCR].equals(b[py.DESCR]))
    need(row[SWAPPED].equals(0))
    loop = nl.loop_for(row[LOOPS], a[py.DESCR])
    need(loop)
    plan = nl.new_plan()
    wide = nl.meet(a, b, loop[nl.STEP], plan)
    need(wide)
    made = nl.empty_like(wide, loop[nl.RESULT_DTYPE])
    need(made)
    nl.run(loop, a[py.DATA], b[py.DATA], made[py.DATA], plan)
    result = new_tensor(made)
    need(result)
    wanted = left[NODE].differs(none()) | right[NODE].differs(none())
    with when(wanted & row[NODE_CLASS].differs(None)), when(grad_on()):
        targets = _targets(left, right, plan[nl.NARROW])
        node = record_two(row[NODE_CLASS], row[RECIPE], left, right, result, targets)
        give(with_node(result, node))
    give(result)


@native("ptr(ptr, ptr, ptr, ptr, ptr, ptr)")
def record_two(
    kind: Value, steps: Value, left: Value, right: Value, result: Value, targets: Value
) -> None:
    """The node of a result of two operands, of which the second may be a number."""
    edges = py.PyTuple_New(2)
    need(edges)
    edges[Field("ptr", py.TUPLE_ITEMS)] = incref(left[NODE])
    second = variable("ptr", none())
    with when(is_tensor(right)):
        second.set(right[NODE])
    edges[Field("ptr", py.TUPLE_ITEMS + 8)] = incref(second.value)
    give(new_node(kind, edges, nt.saved_by(steps, left, right, result), targets))


@native("ptr(ptr, ptr, i64)")
def _targets(left: Value, right: Value, narrow: Value) -> None:
    """`node.targets`: where shapes differ, what each gradient must be brought to."""
    with when(narrow.equals(nl.SAME) | (narrow.equals(nl.RIGHT) & right[NODE].equals(none()))):
        give(none(times=1))
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
    scalar = stack("double")
    need(number_as(number, a[py.DESCR], scalar))
    made = variable("ptr", None)
    with when(row[SQUARES].equals(None)):
        made.set(_beside(a, scalar, row))
    with when(row[SQUARES].differs(None)):
        made.set(_squared(a, number, row[SQUARES]))
    result = new_tensor(made.value)
    need(result)
    with when(tensor[NODE].differs(none()) & row[NUMBER_CLASS].differs(None)), when(grad_on()):
        node = record_two(row[NUMBER_CLASS], row[NUMBER_RECIPE], tensor, number, result,
                       none(times=1))
        give(with_node(result, node))
    give(result)


@native("ptr(ptr, ptr, ptr)")
def _beside(array: Value, scalar: Value, row: Value) -> None:
    """The loop over an array and a number of its dtype."""
    loop = nl.loop_for(row[LOOPS], array[py.DESCR])
    need(loop)
    size, swapped, plan = nt.size_of(array), row[SWAPPED].differs(0), nl.new_plan()
    need(size.at_most(nt.LIMIT))
    plan[nl.INNER] = size
    plan[nl.OUTER] = 1
    plan[nl.STEP_NARROW] = 0
    plan[nl.JUMP] = 0
    plan[nl.NARROW] = choose(swapped, constant("i64", nl.LEFT), constant("i64", nl.RIGHT))
    made = nl.empty_like(array, loop[nl.RESULT_DTYPE])
    need(made)
    data = array[py.DATA]
    nl.run(loop, choose(swapped, scalar, data), choose(swapped, data, scalar), made[py.DATA], plan)
    give(made)


@native("ptr(ptr, ptr, ptr)")
def _squared(array: Value, exponent: Value, squares: Value) -> None:
    """`array ** 2`, which is a product; null for other exponents."""
    wide = stack("double")
    need(number_value(exponent, wide))
    need(wide[Field("double", 0)].equals(Value("double", number_text("double", 2.0))))
    loop = nl.loop_for(squares, array[py.DESCR])
    need(loop)
    give(nl.through(array, loop))


# --- in place

@native("ptr(ptr, ptr, ptr)")
def assigned(tensor: Value, other: Value, row: Value) -> None:
    """`shortcut.assigned`: `tensor += other` where nothing is recorded."""
    a = writable(tensor)
    need(a)
    need(a[py.DESCR].equals(symbol("float32")) | a[py.DESCR].equals(symbol("float64")))
    loop = nl.loop_for(row[LOOPS], a[py.DESCR])
    need(loop)
    plan, scalar, data = nl.new_plan(), stack("double"), variable("ptr", None)
    with when(is_tensor(other)):
        b = plain_array(other)
        need(b)
        need(a[py.DESCR].equals(b[py.DESCR]))
        with when(other[NODE].differs(none())):
            need(grad_on().equals(0))
        wide = nl.meet(a, b, loop[nl.STEP], plan)
        need(wide)
        need(plan[nl.NARROW].differs(nl.LEFT))
        need(_disjoint(a, b, loop[nl.STEP]) | (
            plan[nl.NARROW].equals(nl.SAME) & a[py.DATA].equals(b[py.DATA])))
        data.set(b[py.DATA])
    with when(is_tensor(other).equals(0)):
        need(number_as(other, a[py.DESCR], scalar))
        size = nt.size_of(a)
        need(size.at_most(nt.LIMIT))
        plan[nl.INNER] = size
        plan[nl.OUTER] = 1
        plan[nl.STEP_NARROW] = 0
        plan[nl.JUMP] = 0
        plan[nl.NARROW] = nl.RIGHT
        data.set(scalar)
    nl.run(loop, a[py.DATA], data.value, a[py.DATA], plan)
    need(nt.count_write(tensor))
    give(incref(tensor))


@native("ptr(ptr)")
def writable(tensor: Value) -> None:
    """The array of a tensor that may be written to at once, nothing being recorded; else null."""
    array = plain_array(tensor)
    need(array)
    need(array[py.FLAGS].has(py.WRITEABLE))
    need(py.PyDict_Size(symbol("waiting")).equals(0))  # deferred values that may read this memory
    with when(tensor[NODE].differs(none()) | tensor[nt.BASE].differs(none())):
        need(grad_on().equals(0))
    give(array)


@native("i1(ptr, ptr, i64)")
def _disjoint(a: Value, b: Value, step: Value) -> None:
    """Whether two contiguous arrays share no memory."""
    first, second = (each[py.DATA].to("i64", "ptrtoint") for each in (a, b))
    first_end, second_end = first + nt.size_of(a) * step, second + nt.size_of(b) * step
    give(first_end.at_most(second) | second_end.at_most(first))


# --- operators and methods

def operate(left: Value, right: Value, row: Value, reflected: Value) -> Value:
    """An operator between two objects of which one at least is a Tensor."""
    made = variable("ptr", None)
    with when(is_tensor(left)):
        both = is_tensor(right)
        with when(both):
            made.set(on_tensors(left, right, row))
        with when(both.equals(0)):
            made.set(on_number(left, right, row))
    with when(is_tensor(left).equals(0)):
        with when(is_tensor(right) & reflected[LOOPS].differs(None)):
            made.set(on_number(right, left, reflected))
    return made.value


@native("ptr(ptr, ptr, i64, ptr)")
def one_method(tensor: Value, arguments: Value, count: Value, row: Value) -> None:
    """`x.exp()`."""
    need(count.equals(0))
    give(on_one(tensor, row))


@native("ptr(ptr, ptr, i64, ptr)")
def two_method(tensor: Value, arguments: Value, count: Value, row: Value) -> None:
    """`x.mul(y)`, where y may be a number."""
    need(count.equals(1))
    other = arguments[Field("ptr", 0)]
    with when(is_tensor(other)):
        give(on_tensors(tensor, other, row))
    give(on_number(tensor, other, row))


@native("ptr(ptr, ptr, i64, ptr)")
def tensors_method(tensor: Value, arguments: Value, count: Value, row: Value) -> None:
    """`x.maximum(y)`, where y may not be a number."""
    need(count.equals(1))
    other = arguments[Field("ptr", 0)]
    need(is_tensor(other))
    give(on_tensors(tensor, other, row))


@native("ptr(ptr, ptr, i64, ptr)")
def zero_method(tensor: Value, arguments: Value, count: Value, table: Value) -> None:
    """`x.zero_()`."""
    need(count.equals(0))
    array = writable(tensor)
    need(array)
    dtype, step = array[py.DESCR], variable("i64", 0)
    with when(dtype.equals(symbol("float32"))):
        step.set(4)
    with when(dtype.equals(symbol("float64")) | dtype.equals(symbol("int64"))):
        step.set(8)
    need(step.value.differs(0))
    size = nt.size_of(array)
    need(size.at_most(nt.LIMIT))
    py.memset(array[py.DATA], 0, size * step.value)
    need(nt.count_write(tensor))
    give(incref(tensor))
