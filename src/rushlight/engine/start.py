"""Start a kernel over the memory of arrays, on all cores and without the interpreter's lock.

A kernel's fields are its address, how many items there are, how many of them to one turn of a
thread, how many numbers follow, and these numbers. Its argument is the addresses of all arrays,
then the numbers (see `loops.py`).
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np

from rushlight.engine import builtins as py
from rushlight.engine import pool
from rushlight.engine.function_writer import (
    Field,
    Unit,
    Value,
    constant,
    give,
    library,
    native,
    repeat,
    stack,
    symbol,
    variable,
    when,
)

Array = np.ndarray[Any, Any]
parallel_for = library("parallel_for", "void(ptr, ptr, ptr, i64, i64, i64)")

_KERNEL, _ITEMS, _GRAIN, _COUNT = (Field("i64", 8 * i) for i in range(4))
_TAIL = 32
_ROOM = 256  # words of an argument that fit on the stack


@native("ptr(ptr, ptr, i64, ptr)")
def start_entry(_: Value, arguments: Value, count: Value, names: Value) -> None:
    """Run a kernel, without the interpreter's lock, over the memory of the arrays in two lists."""
    fields = py.PyLong_AsSsize_t(arguments[Field("ptr", 0)]).to("ptr", "inttoptr")
    tail, at = fields[_COUNT], variable("i64", 0)
    room = stack("i64", _ROOM)
    argument = variable("ptr", room)
    lists = [arguments[Field("ptr", 8)], arguments[Field("ptr", 16)]]
    total = lists[0][py.COUNT] + lists[1][py.COUNT] + tail
    with when(constant("i64", _ROOM).below(total)):
        argument.set(py.PyMem_Malloc(total * 8))
        with when(argument.value.equals(None)):
            give(py.PyErr_NoMemory())
    for each in lists:
        items = each[py.LIST_ITEMS]
        with repeat(each[py.COUNT]) as i:
            argument.value.set_item("ptr", at.value, items.item("ptr", i)[py.DATA])
            at.set(at.value + 1)
    py.memcpy(argument.value.place("i64", at.value), fields.plus(_TAIL), tail * 8)
    thread = py.PyEval_SaveThread()
    parallel_for(symbol("pool_state"), fields[_KERNEL].to("ptr", "inttoptr"), argument.value, 0,
                 fields[_ITEMS], fields[_GRAIN])
    py.PyEval_RestoreThread(thread)
    with when(constant("i64", _ROOM).below(total)):
        py.PyMem_Free(argument.value)
    give(py.none(times=1))


def _by_hand(place: int, inputs: list[Array], outputs: list[Array]) -> None:
    """The same where it isn't known how objects lie in memory."""
    address, items, grain, count = (ctypes.c_int64 * 4).from_address(place)
    tail = (ctypes.c_int64 * count).from_address(place + _TAIL)
    arrays = [each.__array_interface__["data"][0] for each in (*inputs, *outputs)]
    argument = (ctypes.c_int64 * (len(arrays) + count))(*arrays, *tail)
    pool.parallel_for(address, ctypes.addressof(argument), 0, items, grain)


def _build() -> Callable[[int, list[Array], list[Array]], None]:
    symbols = {"pool_state": pool.address(), "parallel_for": pool.entry(),
               "None_": py.address(None)}
    at = py.exported(Unit(), [start_entry], symbols)["start_entry"]
    made: Callable[[int, list[Array], list[Array]], None] = py.function(
        "start", at, "start(place, inputs, outputs)")
    return made


# Run the kernel whose fields lie at `place` over the memory of these arrays.
start = _build() if py.supported() else _by_hand
