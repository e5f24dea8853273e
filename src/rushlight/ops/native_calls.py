"""How Python comes to the native functions, and how these go back to the Python road.

An entry is what Python calls: an operator, a method or a function. It tries a native function (the
attempt), and where that gives null it calls the Python function of before with the same arguments:
so an attempt may only do what the Python function would have done. Each entry has a table, whose
first word is that Python function.
"""

from __future__ import annotations

from collections.abc import Callable

from rushlight.engine import builtins as py
from rushlight.engine.builtins import kind_is
from rushlight.engine.function_writer import (
    Field,
    Native,
    Value,
    give,
    native,
    need,
    repeat,
    stack,
    symbol,
    variable,
    when,
)

FALLBACK = Field("ptr", 0)
Attempt = Callable[..., Value]


@native("ptr(ptr, ptr, ptr, i64, ptr)")
def call_method(function: Value, self: Value, arguments: Value, count: Value, names: Value) -> None:
    """`function(self, *arguments)`, the last of them named; null also where an error is set."""
    need(py.PyErr_Occurred().equals(None))
    total = variable("i64", count)
    with when(names.differs(None)):
        total.set(count + names[py.COUNT])
    room = py.PyMem_Malloc((total.value + 1) * 8)
    need(room)
    room[Field("ptr", 0)] = self
    with repeat(total.value) as i:
        room.set_item("ptr", i + 1, arguments.item("ptr", i))
    made = py.PyObject_Vectorcall(function, room, count + 1, names)
    py.PyMem_Free(room)
    give(made)


def method_entry(title: str, attempt: Attempt) -> Native:
    """A method: `attempt(self, arguments, count, table)`."""
    def body(self: Value, arguments: Value, count: Value, names: Value) -> None:
        table = symbol(f"table_{title}")
        with when(names.equals(None)):  # that self is a Tensor Python has checked
            made = attempt(self, arguments, count, table)
            with when(made.differs(None)):
                give(made)
        give(call_method(table[FALLBACK], self, arguments, count, names))

    return Native(f"method_{title}", "ptr(ptr, ptr, i64, ptr)", body)


def function_entry(title: str, attempt: Attempt) -> Native:
    """A function: `attempt(arguments, count, table)`."""
    def body(self: Value, arguments: Value, count: Value, names: Value) -> None:
        table = symbol(f"table_{title}")
        with when(names.equals(None)):
            made = attempt(arguments, count, table)
            with when(made.differs(None)):
                give(made)
        need(py.PyErr_Occurred().equals(None))
        give(py.PyObject_Vectorcall(table[FALLBACK], arguments, count, names))

    return Native(f"function_{title}", "ptr(ptr, ptr, i64, ptr)", body)


def operator_entry(title: str, attempt: Attempt) -> Native:
    """`__op__` and `__rop__`: `attempt(left, right, table, table of the reflected one)`."""
    def body(left: Value, right: Value) -> None:
        table, reflected = symbol(f"table_{title}"), symbol(f"table_r{title}")
        made = attempt(left, right, table, reflected)
        with when(made.differs(None)):
            give(made)
        give(_python_operator(left, right, table, reflected))

    return Native(f"operator_{title}", "ptr(ptr, ptr)", body)


def power_entry(title: str, attempt: Attempt) -> Native:
    """`__pow__` and `__rpow__`, which a third operand may follow."""
    def body(left: Value, right: Value, modulus: Value) -> None:
        table, reflected = symbol(f"table_{title}"), symbol(f"table_r{title}")
        with when(modulus.differs(py.none())):
            operands = stack("ptr", 2)
            operands.set_item("ptr", 0, right)
            operands.set_item("ptr", 1, modulus)
            give(call_method(table[FALLBACK], left, operands, 2, None))
        made = attempt(left, right, table, reflected)
        with when(made.differs(None)):
            give(made)
        give(_python_operator(left, right, table, reflected))

    return Native(f"operator_{title}", "ptr(ptr, ptr, ptr)", body)


def one_sided_entry(title: str, attempt: Attempt) -> Native:
    """`__iop__` or `__getitem__`: `attempt(self, other, table)`."""
    def body(self: Value, other: Value) -> None:
        table = symbol(f"table_{title}")
        made = attempt(self, other, table)
        with when(made.differs(None)):
            give(made)
        give(_python_operator(self, other, table, table))

    return Native(f"operator_{title}", "ptr(ptr, ptr)", body)


@native("ptr(ptr, ptr, ptr, ptr)")
def _python_operator(left: Value, right: Value, table: Value, reflected: Value) -> None:
    """`left.__op__(right)`, or, where left is no Tensor, `right.__rop__(left)`."""
    need(py.PyErr_Occurred().equals(None))
    operands = stack("ptr", 2)
    with when(py.PyType_IsSubtype(left[py.TYPE], symbol("Tensor")).differs(0)):
        operands.set_item("ptr", 0, left)
        operands.set_item("ptr", 1, right)
        give(py.PyObject_Vectorcall(table[FALLBACK], operands, 2, None))
    operands.set_item("ptr", 0, right)
    operands.set_item("ptr", 1, left)
    give(py.PyObject_Vectorcall(reflected[FALLBACK], operands, 2, None))


# --- arguments

_I64 = Field("i64", 0)


@native("i1(ptr, ptr)")
def whole(number: Value, found: Value) -> None:
    """Write an int that fits into 64 bits; false for all else."""
    need(kind_is(number, "int_type"))
    value = py.PyLong_AsSsize_t(number)
    with when(value.equals(-1)), when(py.PyErr_Occurred().differs(None)):
        py.PyErr_Clear()
        give(0)
    found[_I64] = value
    give(1)


MOST_DIMS = 32


@native("i64(ptr, i64, ptr)")
def sizes_of(arguments: Value, count: Value, sizes: Value) -> None:
    """Write sizes, given as ints or as one tuple of ints; gives 1 + their number, or else 0."""
    items, number = variable("ptr", arguments), variable("i64", count)
    with when(count.equals(1)):
        first = arguments[Field("ptr", 0)]
        with when(kind_is(first, "tuple_type") | kind_is(first, "Size")):
            items.set(first.plus(py.TUPLE_ITEMS))
            number.set(first[py.COUNT])
    need(number.value.at_most(MOST_DIMS))
    with repeat(number.value) as i:
        need(whole(items.value.item("ptr", i), sizes.place("i64", i)))
    give(number.value + 1)
