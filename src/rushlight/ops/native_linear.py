"""`nn.functional.linear` natively: NumPy's loops for the product and the sum, and one node."""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.engine import builtins as py
from rushlight.engine.builtins import incref, none
from rushlight.engine.function_writer import (
    Field,
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
from rushlight.ops import native_loops as nl
from rushlight.ops import native_tensors as nt
from rushlight.ops.native_calls import MOST_DIMS
from rushlight.ops.native_sums import MOST_PRODUCTS
from rushlight.ops.native_tensors import NODE

# The Python function; loops of products and of sums; classes of the nodes: of a matrix and of more
# dims, without and with a bias.
_, PRODUCTS, SUMS = (Field("ptr", 8 * i) for i in range(3))
_CLASSES = 24
_LOOP = "void(ptr, ptr, ptr, ptr)"


def table(fallback: Any, nodes: dict[tuple[bool, bool], type]) -> int:
    """The address of the table; `nodes` by whether the input is a matrix, and has a bias."""
    return py.table([
        py.address(fallback), nl.loop_table(np.matmul, "fd"), nl.loop_table(np.add, "fd"),
        *[py.address(nodes[matrix, biased]) for matrix in (True, False)
          for biased in (False, True)]])


@native("ptr(ptr, i64, ptr)")
def linear(arguments: Value, count: Value, rules: Value) -> None:
    """`linear._short`."""
    need(constant("i64", 1).below(count) & count.below(4))
    input, weight = (arguments.item("ptr", i) for i in range(2))
    bias = variable("ptr", none())
    with when(count.equals(3)):
        bias.set(arguments.item("ptr", 2))
    need(nt.is_tensor(input) & nt.is_tensor(weight))
    biased = bias.value.differs(none())
    made = variable("ptr", None)
    with when(biased.equals(0)):
        made.set(_product(input, weight, rules))
    with when(biased):
        need(nt.is_tensor(bias.value))
        made.set(_sum(input, weight, bias.value, rules))
    result = nt.new_tensor(made.value)
    need(result)
    wanted = variable("i1", input[NODE].differs(none()) | weight[NODE].differs(none()))
    with when(biased):
        wanted.set(wanted.value | bias.value[NODE].differs(none()))
    with when(wanted.value), when(nt.grad_on()):
        give(nt.with_node(result, _node(input, weight, bias.value, rules)))
    give(result)


@native("ptr(ptr, ptr, ptr)")
def _product(input: Value, weight: Value, rules: Value) -> None:
    """A new array, `input @ weight.T`."""
    a, b = nt.array_of(input), nt.array_of(weight)
    need(a)
    need(b)
    need(a[py.FLAGS].has(py.ALIGNED) & b[py.FLAGS].has(py.ALIGNED))
    need(b[py.NDIM].equals(2) & a[py.DESCR].equals(b[py.DESCR]))
    ndim = nt.ndim_of(a)
    need(constant("i64", 1).below(ndim) & ndim.below(MOST_DIMS))
    with when(ndim.differs(2)):
        need(a[py.FLAGS].has(py.C_CONTIGUOUS))
    loop = nl.loop_for(rules[PRODUCTS], a[py.DESCR])
    need(loop)
    columns, inner = (b[py.DIMS].item("i64", i) for i in range(2))
    rows, shape = variable("i64", 1), stack("i64", MOST_DIMS)
    with repeat(ndim - 1) as i:
        size = a[py.DIMS].item("i64", i)
        need(constant("i64", 0).below(size) & size.at_most(MOST_PRODUCTS))
        rows.set(rows.value * size)
        need(rows.value.at_most(MOST_PRODUCTS))
        shape.set_item("i64", i, size)
    shape.set_item("i64", ndim - 1, columns)
    need(a[py.DIMS].item("i64", ndim - 1).equals(inner))
    for each in (columns, inner):
        need(constant("i64", 0).below(each) & each.at_most(MOST_PRODUCTS))
    need((rows.value * inner * columns).at_most(MOST_PRODUCTS))
    need((rows.value * columns).at_most(nt.LIMIT))
    made = py.PyArray_NewFromDescr(
        symbol("ndarray"), incref(a[py.DESCR]), ndim.to("i32", "trunc"), shape, None, None, 0, None)
    need(made)
    places, sizes, steps = stack("ptr", 3), stack("i64", 4), stack("i64", 9)
    for at, array in enumerate((a, b, made)):
        places.set_item("ptr", at, array[py.DATA])
        steps.set_item("i64", at, 0)
    for at, size in enumerate((constant("i64", 1), rows.value, inner, columns)):
        sizes.set_item("i64", at, size)
    for at, (array, dim) in enumerate((
        (a, ndim - 2), (a, ndim - 1), (b, constant("i64", 1)), (b, constant("i64", 0)),
        (made, ndim - 2), (made, ndim - 1),
    )):
        steps.set_item("i64", 3 + at, array[py.STRIDES].item("i64", dim))
    call_at(loop[nl.FUNCTION], _LOOP, places, sizes, steps, loop[nl.EXTRA])
    give(made)


@native("ptr(ptr, ptr, ptr, ptr)")
def _sum(input: Value, weight: Value, bias: Value, rules: Value) -> None:
    """A new array, `input @ weight.T + bias`, where bias has one element for each row of weight."""
    added, b = nt.plain_array(bias), nt.array_of(weight)
    need(added)
    need(b)
    need(added[py.NDIM].equals(1) & b[py.NDIM].equals(2))
    columns = added[py.DIMS].item("i64", 0)
    need(columns.equals(b[py.DIMS].item("i64", 0)) & added[py.DESCR].equals(b[py.DESCR]))
    loop = nl.loop_for(rules[SUMS], added[py.DESCR])
    need(loop)
    made = _product(input, weight, rules)
    need(made)
    plan = nl.new_plan()
    plan[nl.INNER], plan[nl.OUTER] = columns, nt.size_of(made) // columns
    plan[nl.STEP_NARROW], plan[nl.JUMP], plan[nl.NARROW] = loop[nl.STEP], 0, nl.RIGHT
    nl.run(loop, made[py.DATA], added[py.DATA], made[py.DATA], plan)
    give(made)


@native("ptr(ptr, ptr, ptr, ptr)")
def _node(input: Value, weight: Value, bias: Value, rules: Value) -> None:
    edges = py.PyTuple_New(3)
    need(edges)
    third, biased = variable("ptr", none()), bias.differs(none())
    with when(biased):
        third.set(bias[NODE])
    for i, each in enumerate((input[NODE], weight[NODE], third.value)):
        edges[Field("ptr", py.TUPLE_ITEMS + 8 * i)] = incref(each)
    place = choose(biased, constant("i64", 1), constant("i64", 0)) + choose(
        input[nt.ARRAY][py.NDIM].equals(2), constant("i64", 0), constant("i64", 2))
    kind = rules.plus(_CLASSES).item("ptr", place)
    saved = py.tuple_of(incref(weight), incref(input))
    give(nt.new_node(kind, edges, saved, none(times=1)))
