"""Native work shared out over all cores, told in words.

A kernel is a native function `void(ptr words, i64 begin, i64 end)` that does the items begin to
end. Its words have 64 bits. The first is its answer, 0 before it starts; the others are what the
caller gives: an array, as the address of its memory, or a whole number.

    answer = share(kernel("double", body), items, grain, *words)

Invariant: as in `pool.py`, no result may depend on how the items are cut.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from rushlight.engine import builtins as py
from rushlight.engine import native as llvm
from rushlight.engine import pool
from rushlight.engine.function_writer import (
    Field,
    Native,
    Unit,
    Value,
    constant,
    give,
    library,
    native,
    repeat,
    stack,
    symbol,
    when,
)

Array = np.ndarray[Any, Any]
Writes = Callable[[Value, Value, Value], None]
_MOST = 512  # words: enough for several arrays of as many dims as there can be
_GIVEN = 3  # arguments before the words
parallel_for = library("parallel_for", "void(ptr, ptr, ptr, i64, i64, i64)")
ANSWER = Field("i64", 0)


def kernel(name: str, write: Writes, functions: str = "") -> int:
    """The address of the kernel that this function writes, compiled now.

    functions: those that it calls as LLVM IR, other than C's, Python's and those it writes itself.
    """
    unit = Unit()
    text = unit.text([Native(name, "void(ptr, i64, i64)", write)]) + functions
    return llvm.compile(text, [name], py.addresses(unit, {}))[name]


def given(words: Value, types: str) -> list[Value]:
    """The words after the answer: "p" for an address, "i" for a number."""
    return [words[Field({"p": "ptr", "i": "i64"}[each], 8 * k)]
            for k, each in enumerate(types, 1)]


class Words(NamedTuple):
    """What a kernel is given, by names: addresses first, then numbers."""

    addresses: str
    numbers: str

    def read(self, words: Value) -> Any:
        """The kernel's words, as attributes."""
        names, types = self.addresses.split(), "p" * len(self.addresses.split())
        types += "i" * len(self.numbers.split())
        return SimpleNamespace(
            **dict(zip([*names, *self.numbers.split()], given(words, types), strict=True)))

    def ordered(self, values: Mapping[str, int]) -> list[int]:
        """The numbers among these values, in the kernel's order."""
        return [values[name] for name in self.numbers.split()]


@native("ptr(ptr, ptr, i64, ptr)")
def share_entry(_: Value, arguments: Value, count: Value, names: Value) -> None:
    """Read the arguments, run the kernel without the interpreter's lock, give its answer."""
    room, first = stack("i64", _MOST), stack("i64", _GIVEN)
    room.set_item("i64", 0, 0)
    with when(constant("i64", _MOST + _GIVEN - 1).below(count)):
        give(py.PyErr_NoMemory())
    with repeat(_GIVEN) as i:
        first.set_item("i64", i, py.PyLong_AsSsize_t(arguments.item("ptr", i)))
    with repeat(count - _GIVEN) as i:
        each, place = arguments.item("ptr", i + _GIVEN), room.place("i64", i + 1)
        is_array = py.kind_is(each, "ndarray")
        with when(is_array):
            place[Field("ptr", 0)] = each[py.DATA]
        with when(is_array.equals(0)):
            place[Field("i64", 0)] = py.PyLong_AsSsize_t(each)
    with when(py.PyErr_Occurred().differs(None)):
        give(None)
    thread = py.PyEval_SaveThread()
    parallel_for(symbol("pool_state"), first.item("ptr", 0), room, 0, first.item("i64", 1),
                 first.item("i64", 2))
    py.PyEval_RestoreThread(thread)
    give(py.PyLong_FromSsize_t(room[ANSWER]))


def _by_hand(address: int, items: int, grain: int, *words: Array | int) -> int:
    """The same where it isn't known how objects lie in memory."""
    numbers = [each if isinstance(each, int) else each.__array_interface__["data"][0]
               for each in words]
    argument = (ctypes.c_int64 * (1 + len(numbers)))(0, *numbers)
    pool.parallel_for(address, ctypes.addressof(argument), 0, items, grain)
    return argument[0]


def _build() -> Callable[..., int]:
    symbols = {"pool_state": pool.address(), "parallel_for": pool.entry(),
               "ndarray": py.address(np.ndarray)}
    at = py.exported(Unit(), [share_entry], symbols)["share_entry"]
    made: Callable[..., int] = py.function("share", at, "share(kernel, items, grain, *words)")
    return made


def _missing(*_: Any) -> int:
    raise ImportError("there is no LLVM here: install llvmlite, or leave RUSHLIGHT_JIT unset")


# Run a kernel over so many items, `grain` at a time, with these words; gives its answer.
share: Callable[..., int] = _missing
if llvm.available():
    share = _build() if py.supported() else _by_hand
