"""Memory for large arrays: aligned, and kept for the next array when one is done.

Fresh pages cost more than arithmetic, and vectors that straddle two cache lines half the speed. So
arrays from `empty` are ordinary ndarrays that own their data, but the data comes from the
allocator below, which NumPy lets an array have of its own (NEP 49). Large blocks wait in lists by
size class; what waits is bounded. All of it happens under the interpreter's lock.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from rushlight.engine import builtins as py
from rushlight.engine import native as llvm
from rushlight.engine.builtins import incref, kind_is
from rushlight.engine.function_writer import (
    Field,
    Unit,
    Value,
    choose,
    constant,
    give,
    library,
    native,
    need,
    repeat,
    repeat_while,
    stack,
    symbol,
    variable,
    when,
)

Array = np.ndarray[Any, Any]
POOLED: Final = 1 << 18  # bytes: smaller blocks go back to the system's allocator, which is quick
KEPT: Final = 1 << 30  # bytes that may wait
_HUGE: Final = 1 << 22  # bytes: from here on, huge pages are asked for
_HUGE_PAGE: Final = 1 << 21
_LINE: Final = 64

# --- the state: counters, then for each size class the first block that waits

_STATE = HELD, IN_USE, PEAK, REUSED, MADE = tuple(Field("i64", 8 * i) for i in range(5))
_NAMES = ("held", "in_use", "peak", "reused", "made")
_HEADS = 8 * len(_STATE)
_CLASSES = 8 * 30  # eight to each doubling of the size, up to 2**48 bytes
_FIRST_CLASS = (1023 + 18) << 3
_words = (ctypes.c_int64 * (len(_STATE) + _CLASSES))()

# --- a block: what the system gave, how many bytes follow the head, its size class (-1: it is not
# kept), and the next one that waits; then, after a line, the data

_RAW, _ROOM, _CLASS, _NEXT = (
    Field("ptr", 0), Field("i64", 8), Field("i64", 16), Field("ptr", 24))
_POINTER = Field("ptr", 0)

_malloc, _aligned_alloc = library("malloc", "ptr(i64)"), library("aligned_alloc", "ptr(i64, i64)")
_free, _madvise = library("free", "void(ptr)"), library("madvise", "i32(ptr, i64, i32)")
_WILL_BE_LARGE = 14  # MADV_HUGEPAGE


@native("i64(i64)")
def class_of(size: Value) -> None:
    """The size class: exponent and leading digits of the size as a double, rounded up."""
    give(((size - 1).to("double", "sitofp").to("i64", "bitcast") >> 49) - (_FIRST_CLASS - 1))


@native("i64(i64)")
def capacity_of(place: Value) -> None:
    """How many bytes blocks of a class have."""
    give(((place + _FIRST_CLASS) << 49).to("double", "bitcast").to("i64", "fptosi"))


@native("ptr(ptr, i64)")
def array_malloc(_: Value, size: Value) -> None:
    """Memory for so many bytes, at the start of a cache line."""
    with when(size.below(POOLED)):
        raw = _malloc(size + 2 * _LINE)
        need(raw)
        data = _after_head(raw)
        head = data.plus(-_LINE)
        head[_RAW], head[_ROOM], head[_CLASS] = raw, size, -1
        give(data)
    place = class_of(size)
    need(place.below(_CLASSES))
    capacity, state = capacity_of(place), symbol("memory_state")
    waiting = state.place("ptr", place).plus(_HEADS)
    found = variable("ptr", waiting[_POINTER])
    with when(found.value.differs(None)):
        waiting[_POINTER] = found.value[_NEXT]
        state[HELD] = state[HELD] - capacity
        state[REUSED] = state[REUSED] + 1
    with when(found.value.equals(None)):
        found.set(_fresh(capacity))
        with when(found.value.equals(None)):  # perhaps what waits is what the system lacks
            release_all()
            found.set(_fresh(capacity))
        need(found.value)
        found.value[_ROOM], found.value[_CLASS] = capacity, place
        state[MADE] = state[MADE] + 1
    state[IN_USE] = state[IN_USE] + capacity
    with when(state[PEAK].below(state[IN_USE])):
        state[PEAK] = state[IN_USE]
    give(found.value.plus(_LINE))


def _after_head(raw: Value) -> Value:
    """The first line after which a head has room."""
    at = (raw.to("i64", "ptrtoint") + (2 * _LINE - 1)) & -_LINE
    return at.to("ptr", "inttoptr")


@native("ptr(i64)")
def _fresh(capacity: Value) -> None:
    """A block from the system, in huge pages where it has them."""
    with when(capacity.below(_HUGE)):
        raw = _malloc(capacity + 2 * _LINE)
        need(raw)
        head = _after_head(raw).plus(-_LINE)
        head[_RAW] = raw
        give(head)
    size = (capacity + (_LINE + _HUGE_PAGE - 1)) & -_HUGE_PAGE
    raw = _aligned_alloc(_HUGE_PAGE, size)
    need(raw)
    _madvise(raw, size, _WILL_BE_LARGE)
    raw[_RAW] = raw
    give(raw)


@native("void(ptr, ptr, i64)")
def array_free(_: Value, data: Value, size: Value) -> None:
    """Keep a block for the next array, or give it back."""
    with when(data.equals(None)):
        give(None)
    head, state = data.plus(-_LINE), symbol("memory_state")
    capacity = head[_ROOM]
    with when(head[_CLASS].differs(-1)):
        state[IN_USE] = state[IN_USE] - capacity
        held = state[HELD] + capacity
        with when(held.at_most(KEPT)):
            waiting = state.place("ptr", head[_CLASS]).plus(_HEADS)
            head[_NEXT] = waiting[_POINTER]
            waiting[_POINTER] = head
            state[HELD] = held
            give(None)
    _free(head[_RAW])


@native("ptr(ptr, i64, i64)")
def array_calloc(_: Value, count: Value, size: Value) -> None:
    """Zeroed memory."""
    made = array_malloc(None, count * size)
    need(made)
    py.memset(made, 0, count * size)
    give(made)


@native("ptr(ptr, ptr, i64)")
def array_realloc(_: Value, data: Value, size: Value) -> None:
    """As much of the block as fits, in one of another size."""
    made = array_malloc(None, size)
    need(made)
    room = data.plus(-_LINE)[_ROOM]
    py.memcpy(made, data, choose(room.below(size), room, size))
    array_free(None, data, 0)
    give(made)


@native("void()")
def release_all() -> None:
    """Give all blocks that wait back to the system."""
    state = symbol("memory_state")
    with repeat(_CLASSES) as i:
        waiting = state.place("ptr", i).plus(_HEADS)
        with repeat_while(lambda: waiting[_POINTER].differs(None)):
            head = waiting[_POINTER]
            waiting[_POINTER] = head[_NEXT]
            _free(head[_RAW])
    state[HELD] = 0


# --- arrays

@native("ptr(ptr, i32, ptr, i64)")
def new_array(dtype: Value, ndim: Value, dims: Value, size: Value) -> None:
    """A new row-major array of so many bytes in memory of ours; null if there is not so much."""
    data = array_malloc(None, size)
    need(data)
    made = py.PyArray_NewFromDescr(
        symbol("ndarray"), incref(dtype), ndim, dims, None, data, py.ALIGNED | py.WRITEABLE, None)
    with when(made.equals(None)):
        array_free(None, data, size)
        give(None)
    made[py.HANDLER] = incref(symbol("memory_handler"))
    made[py.FLAGS] = made[py.FLAGS] | py.OWNS_DATA
    give(made)


@native("ptr(ptr, ptr, i64, ptr)")
def empty_entry(_: Value, arguments: Value, count: Value, names: Value) -> None:
    """`empty(shape, dtype)`; what is wrong with them, or too large, NumPy's own function says."""
    made = _empty(arguments, count, names)
    with when(made.differs(None)):
        give(made)
    py.PyErr_Clear()
    give(py.PyObject_Vectorcall(symbol("numpy_empty"), arguments, count, names))


_MOST_BYTES = 1 << 46
_MOST_DIMS = 32


@native("ptr(ptr, i64, ptr)")
def _empty(arguments: Value, count: Value, names: Value) -> None:
    need(names.equals(None))
    need(count.equals(2))
    shape, dtype = (arguments[Field("ptr", 8 * i)] for i in range(2))
    need(kind_is(shape, "tuple_type") & py.PyType_IsSubtype(
        dtype[py.TYPE], symbol("dtype_type")).differs(0))
    ndim, dims = shape[py.COUNT], stack("i64", _MOST_DIMS)
    need(ndim.at_most(_MOST_DIMS))
    size = variable("i64", dtype[py.ITEMSIZE])
    with repeat(ndim) as i:
        each = shape.plus(py.TUPLE_ITEMS).item("ptr", i)
        need(kind_is(each, "int_type"))
        dim = py.PyLong_AsSsize_t(each)
        need(constant("i64", 0).below(dim))
        dims.set_item("i64", i, dim)
        size.set(size.value * dim)
        need(constant("i64", 0).below(size.value) & size.value.at_most(_MOST_BYTES))
    give(new_array(dtype, ndim.to("i32", "trunc"), dims, size.value))


# --- for callers

_HANDLER_BYTES, _VERSION, _FUNCTIONS = 168, 127, 136  # NumPy's PyDataMem_Handler
_handler = (ctypes.c_ubyte * _HANDLER_BYTES)()
symbols: dict[str, int] = {}  # what `new_array` names, for those who compile it with functions


def _build() -> tuple[Callable[..., Array], Callable[[], None]]:
    """`empty` and the release of what waits, compiled; and the handler that arrays will have."""
    named = {"ndarray": np.ndarray, "tuple_type": tuple, "int_type": int, "dtype_type": np.dtype,
             "numpy_empty": np.empty,
             "memory_handler": py.capsule(ctypes.addressof(_handler), b"mem_handler")}
    symbols.update({name: py.address(each) for name, each in named.items()})
    symbols["memory_state"] = ctypes.addressof(_words)
    functions = (array_malloc, array_calloc, array_realloc, array_free)
    at = py.exported(Unit(), [*functions, release_all, empty_entry], symbols)
    for i, letter in enumerate(b"rushlight"):
        _handler[i] = letter
    _handler[_VERSION] = 1
    for i, each in enumerate(functions):
        ctypes.c_size_t.from_buffer(_handler, _FUNCTIONS + 8 * i).value = at[each.name]
    return (py.function("empty", at["empty_entry"], "empty(shape, dtype)"),
            ctypes.PYFUNCTYPE(None)(at["release_all"]))


# `empty(shape, dtype)` is an uninitialised array.
empty, _release = _build() if llvm.available() and py.supported() else (np.empty, None)


def release() -> None:
    """Give all memory that waits back to the system."""
    if _release is not None:
        _release()


def stats() -> dict[str, int]:
    """Bytes held for reuse, in use and at most in use; how many buffers were reused and made."""
    return dict(zip(_NAMES, _words, strict=False))
