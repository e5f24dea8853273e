"""Sums, means and products of small matrices natively, by the inner loops of NumPy's gufuncs."""

from __future__ import annotations

from typing import Any

from rushlight.engine import builtins as py
from rushlight.engine.builtins import incref, none
from rushlight.engine.function_writer import (
    Field,
    Value,
    call_at,
    constant,
    give,
    native,
    need,
    stack,
    symbol,
    variable,
    when,
)
from rushlight.ops import native_loops as nl
from rushlight.ops import native_tensors as nt
from rushlight.ops.native_elementwise import record_two
from rushlight.ops.native_tensors import NODE, new_tensor
from rushlight.ops.native_views import step

_, NODE_CLASS, LOOPS, RECIPE = (Field("ptr", 8 * i) for i in range(4))
FEW = 127  # terms; as in `reduce.short_ways`
MOST_PRODUCTS = 1 << 18  # of a matrix product: above, what a call costs does not matter
_VALUE = {"float": Field("float", 0), "double": Field("double", 0)}
_LOOP = "void(ptr, ptr, ptr, ptr)"


def table(fallback: Any, node_class: type, loops: int, recipe: int = 0) -> int:
    """The address of the table of a sum, a mean or a product."""
    return py.table([py.address(fallback), py.address(node_class), loops, recipe])


# --- sums

@native("ptr(ptr, ptr)")
def _total(array: Value, loops: Value) -> None:
    """A new 0-d array: the sum of a few floats, as the dot product with ones."""
    loop, size = nl.loop_for(loops, array[py.DESCR]), nt.size_of(array)
    need(loop)
    need(size.at_most(FEW))
    made = py.PyArray_NewFromDescr(
        symbol("ndarray"), incref(array[py.DESCR]), 0, None, None, None, 0, None)
    need(made)
    places, steps, sizes = stack("ptr", 3), stack("i64", 5), stack("i64", 2)
    ones = variable("ptr", symbol("ones32"))
    with when(array[py.DESCR].equals(symbol("float64"))):
        ones.set(symbol("ones64"))
    for i, each in enumerate((array[py.DATA], ones.value, made[py.DATA])):
        places.set_item("ptr", i, each)
        steps.set_item("i64", i, 0)
    steps.set_item("i64", 3, loop[nl.STEP])
    steps.set_item("i64", 4, loop[nl.STEP])
    sizes.set_item("i64", 0, 1)
    sizes.set_item("i64", 1, size)
    call_at(loop[nl.FUNCTION], _LOOP, places, sizes, steps, loop[nl.EXTRA])
    give(made)


@native("ptr(ptr, ptr, ptr)")
def _reduced(tensor: Value, made: Value, table: Value) -> None:
    """The tensor over a total, and its node; takes the reference to `made`."""
    result = new_tensor(made)
    need(result)
    with when(tensor[NODE].differs(none())), when(nt.grad_on()):
        shape = nt.shape_of(tensor[nt.ARRAY])
        saved = py.tuple_of(shape, none(times=1), incref(symbol("False_")))
        node = step(tensor, table[NODE_CLASS], saved)
        with when(node.differs(None)):
            node[nt.OUTPUTS] = incref(symbol("one"))
        give(nt.with_node(result, node))
    give(result)


@native("ptr(ptr, ptr, i64, ptr)")
def sum_method(tensor: Value, arguments: Value, count: Value, table: Value) -> None:
    """`x.sum()` of few elements: `reduce.short_ways`."""
    array = nt.plain_array(tensor)
    need(array)
    need(count.equals(0))
    give(_reduced(tensor, _total(array, table[LOOPS]), table))


@native("ptr(ptr, ptr, i64, ptr)")
def mean_method(tensor: Value, arguments: Value, count: Value, table: Value) -> None:
    """`x.mean()` of few elements: `reduce.short_ways`."""
    array = nt.plain_array(tensor)
    need(array)
    need(count.equals(0))
    made = _total(array, table[LOOPS])
    need(made)
    for dtype, type in (("float32", "float"), ("float64", "double")):
        with when(array[py.DESCR].equals(symbol(dtype))):
            place, size = made[py.DATA], nt.size_of(array).to(type, "sitofp")
            place[_VALUE[type]] = place[_VALUE[type]].over(size)
    give(_reduced(tensor, made, table))


# --- products of matrices

@native("ptr(ptr, ptr, ptr)")
def product(left: Value, right: Value, table: Value) -> None:
    """`matmul._matrices`: two float matrices of one dtype, with any strides."""
    a, b = nt.array_of(left), nt.array_of(right)
    need(a)
    need(b)
    need(a[py.FLAGS].has(py.ALIGNED) & b[py.FLAGS].has(py.ALIGNED))
    need(a[py.NDIM].equals(2) & b[py.NDIM].equals(2))
    need(a[py.DESCR].equals(b[py.DESCR]))
    loop = nl.loop_for(table[LOOPS], a[py.DESCR])
    need(loop)
    rows, inner = (a[py.DIMS].item("i64", i) for i in range(2))
    columns = b[py.DIMS].item("i64", 1)
    need(inner.equals(b[py.DIMS].item("i64", 0)))
    sizes, shape = stack("i64", 4), stack("i64", 2)
    for i, each in enumerate((constant("i64", 1), rows, inner, columns)):
        need(constant("i64", 0).below(each) & each.at_most(MOST_PRODUCTS))
        sizes.set_item("i64", i, each)
    need((rows * inner * columns).at_most(MOST_PRODUCTS))
    shape.set_item("i64", 0, rows)
    shape.set_item("i64", 1, columns)
    made = py.PyArray_NewFromDescr(
        symbol("ndarray"), incref(a[py.DESCR]), 2, shape, None, None, 0, None)
    need(made)
    places, steps = stack("ptr", 3), stack("i64", 9)
    for i, each in enumerate((a, b, made)):
        places.set_item("ptr", i, each[py.DATA])
        steps.set_item("i64", i, 0)
        for dim in range(2):
            steps.set_item("i64", 3 + 2 * i + dim, each[py.STRIDES].item("i64", dim))
    call_at(loop[nl.FUNCTION], _LOOP, places, sizes, steps, loop[nl.EXTRA])
    result = new_tensor(made)
    need(result)
    with when(left[NODE].differs(none()) | right[NODE].differs(none())), when(nt.grad_on()):
        node = record_two(
            table[NODE_CLASS], table[RECIPE], left, right, result, none(times=1))
        give(nt.with_node(result, node))
    give(result)


def product_operator(left: Value, right: Value, table: Value, reflected: Value) -> Value:
    """`a @ b`."""
    made = variable("ptr", None)
    with when(nt.is_tensor(left) & nt.is_tensor(right)):
        made.set(product(left, right, table))
    return made.value


@native("ptr(ptr, ptr, i64, ptr)")
def product_method(tensor: Value, arguments: Value, count: Value, table: Value) -> None:
    """`a.mm(b)` and `a.matmul(b)`."""
    need(count.equals(1))
    other = arguments[Field("ptr", 0)]
    need(nt.is_tensor(other))
    give(product(tensor, other, table))
