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
