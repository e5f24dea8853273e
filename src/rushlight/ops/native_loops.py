"""Inner loops of NumPy's ufuncs, found by dtype and run over operands that broadcast."""

from __future__ import annotations

import numpy as np

from rushlight.engine import builtins as py
from rushlight.engine.builtins import incref
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
from rushlight.ops import native_tensors as nt

# What is known of an inner loop. A table of loops is their number, then these, one after another.
OPERAND, RESULT_DTYPE, FUNCTION, EXTRA, STEP, RESULT_STEP = (
    Field(type, 8 * i) for i, type in enumerate(("ptr",) * 4 + ("i64",) * 2))
_LOOP_BYTES = 48


def loop_table(ufunc: np.ufunc, chars: str) -> int:
    """The address of the table of a ufunc's inner loops; 0 if none can be had."""
    found = py.loops_of(ufunc, chars)
    words = [len(found)]
    for each in found:
        words += [py.address(each.operand), py.address(each.result), each.function, each.extra,
                  each.operand.itemsize, each.result.itemsize]
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
    places, steps, sizes = stack("ptr", 3), stack("i64", 3), stack("i64", 1)
    narrow, inner = plan[NARROW], plan[INNER]
    full, step, jump = loop[STEP], plan[STEP_NARROW], plan[JUMP]
    row = inner * full
    left_narrow, right_narrow = narrow.equals(LEFT), narrow.equals(RIGHT)
    at = [variable("ptr", each) for each in (left, right, made)]
    jumps = [
        choose(left_narrow, jump, row), choose(right_narrow, jump, row), inner * loop[RESULT_STEP]]
    steps.set_item("i64", 0, choose(left_narrow, step, full))
    steps.set_item("i64", 1, choose(right_narrow, step, full))
    steps.set_item("i64", 2, loop[RESULT_STEP])
    with repeat(plan[OUTER]):
        sizes.set_item("i64", 0, inner)
        for i, each in enumerate(at):
            places.set_item("ptr", i, each.value)
        call_at(loop[FUNCTION], "void(ptr, ptr, ptr, ptr)", places, sizes, steps, loop[EXTRA])
        for each, bytes in zip(at, jumps, strict=True):
            each.set(each.value.plus(bytes))


@native("ptr(ptr, ptr)")
def through(array: Value, loop: Value) -> None:
    """A new array: what the loop of a ufunc of one operand makes of a contiguous one."""
    size = nt.size_of(array)
    need(size.at_most(nt.LIMIT))
    made = empty_like(array, loop[RESULT_DTYPE])
    need(made)
    places, steps, sizes = stack("ptr", 2), stack("i64", 2), stack("i64", 1)
    for i, (each, step) in enumerate(((array, STEP), (made, RESULT_STEP))):
        places.set_item("ptr", i, each[py.DATA])
        steps.set_item("i64", i, loop[step])
    sizes.set_item("i64", 0, size)
    call_at(loop[FUNCTION], "void(ptr, ptr, ptr, ptr)", places, sizes, steps, loop[EXTRA])
    give(made)


@native("ptr(ptr, ptr)")
def empty_like(array: Value, dtype: Value) -> None:
    """A new array of the same shape, not filled."""
    give(py.PyArray_NewFromDescr(
        symbol("ndarray"), incref(dtype), array[py.NDIM], array[py.DIMS], None, None, 0, None))
