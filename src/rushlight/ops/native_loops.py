"""Inner loops of NumPy's ufuncs, found by dtype and run over operands that broadcast."""

from __future__ import annotations

from typing import Final

import numpy as np

from rushlight.engine import builtins as py
from rushlight.engine import memory
from rushlight.engine.builtins import incref
from rushlight.engine.deferred import LEAST
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
from rushlight.engine.loops import DEAR
from rushlight.engine.start import parallel_for
from rushlight.ops import native_tensors as nt

# What is known of an inner loop. A table of loops is their number, then these, one after another.
OPERAND, RESULT_DTYPE, FUNCTION, EXTRA, STEP, RESULT_STEP, MOST = (
    Field(type, 8 * i) for i, type in enumerate(("ptr",) * 4 + ("i64",) * 3))
_LOOP_BYTES = 56


def loop_table(ufunc: np.ufunc, chars: str) -> int:
    """The address of the table of a ufunc's inner loops; 0 if none can be had."""
    found = py.loops_of(ufunc, chars)
    # Our own kernels are faster than NumPy's loops for what is long to compute.
    most = LEAST - 1 if ufunc.__name__ in DEAR else nt.LIMIT
    words = [len(found)]
    for each in found:
        words += [py.address(each.operand), py.address(each.result), each.function, each.extra,
                  each.operand.itemsize, each.result.itemsize, most]
    return py.table(words) if found else 0


@native("ptr(ptr, ptr)")
def loop_for(loops: Value, dtype: Value) -> None:
    """The inner loop for operands of this dtype; null if there is none."""
    need(loops)
    first = loops.plus(8)
    with repeat(loops[Field("i64", 0)]) as i:
        each = first.plus(i * _LOOP_BYTES)
        with when(each[OPERAND].equals(dtype)):
            give(each)
    give(None)


# --- how two shapes meet

# The wide array is walked from end to end; `inner` elements at a time, `outer` times. The narrow
# one is read with `step` bytes from one element to the next and `jump` from one time to the next.
_PLAN = INNER, OUTER, STEP_NARROW, JUMP, NARROW = tuple(Field("i64", 8 * i) for i in range(5))
SAME, LEFT, RIGHT = range(3)  # which of the two is the narrow one


def new_plan() -> Value:
    """Room for a plan."""
    return stack("i64", len(_PLAN))


@native("ptr(ptr, ptr, i64, ptr)")
def meet(left: Value, right: Value, step: Value, plan: Value) -> None:
    """The array that has the result's shape; null where broadcasting is of an unusual kind."""
    plan[STEP_NARROW] = step
    plan[OUTER] = 1
    plan[JUMP] = 0
    plan[NARROW] = SAME
    ndim = left[py.NDIM]
    with when(ndim.equals(right[py.NDIM])):
        equal, size = variable("i1", 1), variable("i64", 1)
        with repeat(ndim.to("i64", "sext")) as i:
            dim = left[py.DIMS].item("i64", i)
            equal.set(equal.value & dim.equals(right[py.DIMS].item("i64", i)))
            size.set(size.value * dim)
        with when(equal.value):
            need(size.value.at_most(nt.LIMIT))
            plan[INNER] = size.value
            give(left)
    left_size, right_size = nt.size_of(left), nt.size_of(right)
    left_is_wide = variable("i1", right_size.below(left_size))
    with when(right_size.equals(left_size)):
        left_is_wide.set(right[py.NDIM].at_most(left[py.NDIM]))
    wide, narrow = (choose(left_is_wide.value, a, b) for a, b in ((left, right), (right, left)))
    plan[NARROW] = choose(left_is_wide.value, constant("i64", RIGHT), constant("i64", LEFT))
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
        plan[INNER] = size
        plan[STEP_NARROW] = 0
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
        plan[INNER] = part
        plan[OUTER] = size // part
        give(1)
    need(columns.value)
    plan[INNER] = size // part
    plan[OUTER] = part
    plan[STEP_NARROW] = 0
    plan[JUMP] = step
    give(1)


@native("void(ptr, ptr, ptr, ptr, ptr)")
def run(loop: Value, left: Value, right: Value, made: Value, plan: Value) -> None:
    """Let the inner loop fill `made`; all are addresses of elements."""
    work = stack("i64", _WORDS)
    narrow, inner, outer = plan[NARROW], plan[INNER], plan[OUTER]
    full, step, jump = loop[STEP], plan[STEP_NARROW], plan[JUMP]
    row = inner * full
    left_narrow, right_narrow = narrow.equals(LEFT), narrow.equals(RIGHT)
    work[_LOOP], work[_INNER] = loop, inner
    for i, (at, step_at, jump_at) in enumerate((
        (left, choose(left_narrow, step, full), choose(left_narrow, jump, row)),
        (right, choose(right_narrow, step, full), choose(right_narrow, jump, row)),
        (made, loop[RESULT_STEP], inner * loop[RESULT_STEP]),
    )):
        work[_AT[i]], work[_STEPS[i]], work[_JUMPS[i]] = at, step_at, jump_at
    with when(outer.equals(1)):
        _share(elements_of, work, inner, constant("i64", GRAIN))
    with when(outer.differs(1)):
        _share(rows_of, work, outer, constant("i64", GRAIN) // inner)


@native("ptr(ptr, ptr)")
def through(array: Value, loop: Value) -> None:
    """A new array: what the loop of a ufunc of one operand makes of a contiguous one."""
    size = nt.size_of(array)
    need(size.at_most(loop[MOST]))
    made = empty_like(array, loop[RESULT_DTYPE])
    need(made)
    work = stack("i64", _WORDS)
    work[_LOOP] = loop
    work[_AT[2]], work[_STEPS[2]] = None, 0
    for i, (each, step) in enumerate(((array, STEP), (made, RESULT_STEP))):
        work[_AT[i]], work[_STEPS[i]] = each[py.DATA], loop[step]
    _share(elements_of, work, size, constant("i64", GRAIN))
    give(made)


# --- on all cores

_LARGE: Final = 1 << 15  # bytes: from here on it matters whether memory is aligned
GRAIN: Final = 16384  # elements to one turn of a thread
# What a thread is told: the loop, how many elements a row has; then of each of up to three operands
# where it begins, and the bytes from one element to the next, and from one row to the next.
_WORDS = 11
_LOOP, _INNER = Field("ptr", 0), Field("i64", 8)
_AT = [Field("ptr", 16 + 8 * i) for i in range(3)]
_STEPS, _JUMPS = ([Field("i64", at + 8 * i) for i in range(3)] for at in (40, 64))


def _share(part: Native, work: Value, count: Value, grain: Value) -> None:
    with when(count.at_most(grain)):
        part(work, 0, count)
    with when(grain.below(count)):
        parallel_for(symbol("pool_state"), part.address, work, 0, count, grain)


@native("void(ptr, i64, i64)")
def elements_of(work: Value, begin: Value, end: Value) -> None:
    """The inner loop over the elements begin to end of one row."""
    places, sizes, loop = stack("ptr", 3), stack("i64", 1), work[_LOOP]
    for i in range(3):
        places.set_item("ptr", i, work[_AT[i]].plus(begin * work[_STEPS[i]]))
    sizes.set_item("i64", 0, end - begin)
    call_at(loop[FUNCTION], "void(ptr, ptr, ptr, ptr)", places, sizes, work.plus(_STEPS[0].offset),
            loop[EXTRA])


@native("void(ptr, i64, i64)")
def rows_of(work: Value, begin: Value, end: Value) -> None:
    """The inner loop over the rows begin to end."""
    places, sizes, loop = stack("ptr", 3), stack("i64", 1), work[_LOOP]
    with repeat(end - begin) as k:
        for i in range(3):
            places.set_item("ptr", i, work[_AT[i]].plus((begin + k) * work[_JUMPS[i]]))
        sizes.set_item("i64", 0, work[_INNER])
        call_at(loop[FUNCTION], "void(ptr, ptr, ptr, ptr)", places, sizes,
                work.plus(_STEPS[0].offset), loop[EXTRA])


@native("ptr(ptr, ptr)")
def empty_like(array: Value, dtype: Value) -> None:
    """A new array of the same shape, not filled; a larger one in memory of ours."""
    size = nt.size_of(array) * dtype[py.ITEMSIZE]
    with when(constant("i64", _LARGE).below(size)):
        give(memory.new_array(dtype, array[py.NDIM], array[py.DIMS], size))
    give(py.PyArray_NewFromDescr(
        symbol("ndarray"), incref(dtype), array[py.NDIM], array[py.DIMS], None, None, 0, None))
