"""Run a kernel over real arrays: lay out the loops, find or compile the kernel, share the work.

`Layout` brings the arrays' dims into the order of memory and joins neighbouring dims that all
arrays walk through as one, so that most work ends as one long loop. `prepare` settles everything
but the addresses, so that the same work on other arrays starts at once.
"""

from __future__ import annotations

import ctypes
import math
import os
import sys
import time
from collections import deque
from collections.abc import Callable
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from rushlight.engine import loops, memory, native, plan, start, types
from rushlight.engine.plan import Output, Plan, Value

if TYPE_CHECKING:
    from rushlight.engine.deferred import Deferred

Array = np.ndarray[Any, Any]
GRAIN = 32768  # elements to one turn of a thread
ROWS = 16  # fewer rows than this are shared out by parts of a row, if they are long
debug = os.environ.get("RUSHLIGHT_DEBUG") == "1"


class Layout:
    """How a kernel walks over `space`: its dims in memory order, each kept or reduced."""

    def __init__(
        self, space: tuple[int, ...], axes: tuple[int, ...] | None, leaves: list[Array],
        shapes: list[tuple[int, ...]], finals: list[tuple[int, ...]] | None = None,
        row_major: list[bool] | None = None,
    ):
        self.space, self.axes = space, axes or ()
        self.shapes = shapes  # of the results, with the reduced dims
        self.finals = shapes if finals is None else finals
        self.row_major = row_major or [False] * len(shapes)  # which results must be
        self.order = _memory_order(space, leaves)
        reduced = [d for d in self.order if d in self.axes and space[d] != 1]
        kept = [d for d in self.order if d not in self.axes and space[d] != 1]
        self.rows = math.prod([space[d] for d in kept])
        self.row_size = math.prod([space[d] for d in reduced])
        self.few_long_rows = self.rows < ROWS and self.row_size >= 4 * loops.SPLIT
        inner = next((d for d in reversed(self.order) if space[d] != 1), None)
        self.along_rows = inner is None or inner in self.axes
        if axes is None:
            self.groups = [[d for d in self.order if space[d] != 1]]
        elif self.along_rows:
            self.groups = [kept, reduced]
        else:
            assert inner is not None
            self.groups = [[d for d in kept if d != inner], reduced, [inner]]

    def joined(self, strides: list[list[int]]) -> tuple[list[list[int]], list[list[list[int]]]]:
        """Sizes and strides of each group's dims, neighbours made one where all arrays allow."""
        all_sizes, all_strides = [], []
        for group in self.groups:
            sizes: list[int] = []
            walks: list[list[int]] = [[] for _ in strides]
            for d in group:
                n = self.space[d]
                if sizes and all(
                    walk[-1] == each[d] * n for walk, each in zip(walks, strides, strict=True)
                ):
                    sizes[-1] *= n
                    for walk, each in zip(walks, strides, strict=True):
                        walk[-1] = each[d]
                else:
                    sizes.append(n)
                    for walk, each in zip(walks, strides, strict=True):
                        walk.append(each[d])
            all_sizes.append(sizes)
            all_strides.append(walks)
        return all_sizes, all_strides

    def blank(self, result: int, dtype: Any) -> tuple[tuple[int, ...], Any, Any]:
        """How to make an array for a result: shape, dtype, and how to transpose it after.

        Over the whole space it lies in memory order, if it may, else row-major.
        """
        shape = self.shapes[result]
        if shape != self.space or self.row_major[result] or (
            self.order == list(range(len(shape)))
        ):
            return shape, dtype, None
        back = [self.order.index(d) for d in range(len(shape))]
        return tuple([shape[d] for d in self.order]), dtype, back

    def strides_of(self, shape: tuple[int, ...], dtype: Any, back: Any) -> list[int]:
        """The strides, in the space, of an array so made."""
        strides, step = [0] * len(shape), dtype.itemsize
        for d in range(len(shape) - 1, -1, -1):
            strides[d] = 0 if shape[d] == 1 else step
            step *= shape[d]
        return strides if back is None else [strides[d] for d in back]


def _memory_order(space: tuple[int, ...], leaves: list[Array]) -> list[int]:
    """The dims from the slowest in memory to the fastest, as the first full operand has them."""
    dims = list(range(len(space)))
    for each in leaves:
        if each.shape == space and not each.flags.c_contiguous and 0 not in each.strides:
            strides = each.strides
            return sorted(
                dims, key=lambda d: -abs(strides[d]) if space[d] != 1 else -sys.maxsize)
        if each.shape == space and each.flags.c_contiguous:
            return dims
    return dims


def _strides(array: Array, space: tuple[int, ...]) -> list[int]:
    """The array's strides in the space it broadcasts to: 0 along dims it does not have."""
    new = len(space) - array.ndim
    return [0] * new + [
        0 if n == 1 else s for n, s in zip(array.shape, array.strides, strict=True)]


class Work:
    """A kernel made ready for arrays of given shapes and strides: only their addresses are open."""

    __slots__ = ("fields", "made", "moved", "place", "plan", "sizes")

    def __init__(
        self, mode: str, kept: int, reduced: int, dtypes: list[Any], inputs: int,
        values: tuple[Value, ...], outputs: tuple[Output, ...], sizes: list[int],
        strides: list[list[int]], items: int, grain: int, made: list[Any],
        extra: list[int] | None = None,
    ):
        layouts = "".join([
            "1" if walk[-1] == each.itemsize else "0" if walk[-1] == 0 else "n"
            for walk, each in zip(strides, dtypes, strict=True)])
        self.plan = Plan(mode, kept, reduced, tuple(dtypes[:inputs]), layouts, values, outputs)
        self.sizes, self.made = sizes, made
        self.moved = any(back is not None for _, _, back in made)
        tail = [*sizes, *[s for walk in strides for s in walk], *(extra or ())]
        fields = [kernel(self.plan), items, grain, len(tail), *tail]
        self.fields = (ctypes.c_int64 * len(fields))(*fields)
        self.place = ctypes.addressof(self.fields)

    def run(self, leaves: list[Array]) -> list[Array]:
        """The results, for leaves laid out as those this was made for."""
        made = [memory.empty(shape, dtype) for shape, dtype, _ in self.made]
        self.fill(leaves, made)
        if self.moved:
            return [
                each if back is None else each.transpose(back)
                for each, (_, _, back) in zip(made, self.made, strict=True)]
        return made

    def run_over(
        self, leaves: list[Array], nodes: list[Deferred], over: list[int]
    ) -> list[Array]:
        """The results, some of them in the memory of what their nodes replace, given to the nodes.

        One call does both: were it interrupted between the two, nodes would be computed again of
        memory that was already written.
        """
        made: list[Any] = [
            nodes[k].into if k in over else memory.empty(shape, dtype)
            for k, (shape, dtype, _) in enumerate(self.made)]
        given = [each if back is None else each.transpose(back)
                 for each, (_, _, back) in zip(made, self.made, strict=True)]
        begun = time.perf_counter()
        deque(chain(map(start.start, (self.place,), (leaves,), (made,)),
                    map(setattr, nodes, repeat("value"), given)), 0)
        if debug:
            _report(self, made, time.perf_counter() - begun)
        return given

    def fill(self, leaves: list[Array], made: list[Array]) -> None:
        """Run the kernel over these inputs, into these arrays."""
        if debug:
            begun = time.perf_counter()
            start.start(self.place, leaves, made)
            _report(self, made, time.perf_counter() - begun)
        else:
            start.start(self.place, leaves, made)


class Blocks:
    """A reduction whose kernel leaves partial results, which `finish` combines."""

    __slots__ = ("finish", "partial", "work")

    def __init__(
        self, work: Work, partial: tuple[tuple[int, ...], Any], finish: Callable[[Array], Array],
    ):
        self.work, self.partial, self.finish = work, partial, finish

    def run(self, leaves: list[Array]) -> list[Array]:
        """The result, for leaves laid out as those this was made for."""
        partial = memory.empty(*self.partial)
        self.work.fill(leaves, [partial])
        return [self.finish(partial)]


def prepare(
    layout: Layout, leaves: list[Array], values: tuple[Value, ...], outputs: tuple[Output, ...]
) -> Work | Blocks:
    """The kernel that computes the outputs from leaves laid out like these."""
    deep = max([each.level for each in values])
    alone = deep == 1 and values[outputs[0].value].operation.startswith("reduce.")
    if deep and not layout.along_rows:
        return _columns(layout, leaves, values, outputs[0])
    if alone and len(outputs) == 1 and layout.few_long_rows:
        found = _split(layout, leaves, values, outputs[0])
        if found is not None:
            return found
    made = [layout.blank(k, out.dtype) for k, out in enumerate(outputs)]
    dtypes = [*[each.dtype for each in leaves], *[each.dtype for each in outputs]]
    all_strides = [_strides(each, layout.space) for each in leaves]
    all_strides += [layout.strides_of(*each) for each in made]
    groups, walks = layout.joined(all_strides)
    sizes = [n for group in groups for n in group]
    strides = [[s for group in walks for s in group[a]] for a in range(len(dtypes))]
    if not sizes:
        sizes, strides = [1], [[0]] * len(dtypes)
    if deep == 0:
        mode, kept, reduced, items, grain = pointwise(dtypes, sizes, strides)
    else:
        mode, kept, reduced = "rows", len(groups[0]), len(groups[1])
        if reduced == 0:
            sizes, reduced = [*sizes, 1], 1
            strides = [[*each, 0] for each in strides]
        items = math.prod(sizes[:kept])
        grain = max(1, GRAIN // math.prod(sizes[kept:]))
    made = [(final if back is None else shape, dtype, back)
            for final, (shape, dtype, back) in zip(layout.finals, made, strict=True)]
    return Work(mode, kept, reduced, dtypes, len(leaves), values, outputs, sizes, strides, items,
                grain, made)


def pointwise(
    dtypes: list[Any], sizes: list[int], strides: list[list[int]]
) -> tuple[str, int, int, int, int]:
    """How loops that reduce nothing run: the mode, the dims outside and inside an item, how many
    items there are, and how many to one turn of a thread."""
    if len(sizes) == 1:
        return "flat", 0, 1, sizes[0], GRAIN
    if min(sizes[-2:]) >= loops.TILE and any(
        abs(each[-1]) > dtype.itemsize and abs(each[-2]) == dtype.itemsize
        for each, dtype in zip(strides, dtypes, strict=True)
    ):
        squares = [-(-n // loops.TILE) for n in sizes[-2:]]
        items = math.prod(sizes[:-2]) * math.prod(squares)
        return "tiles", len(sizes) - 2, 2, items, GRAIN // loops.TILE**2
    return "rows", len(sizes) - 1, 1, math.prod(sizes[:-1]), max(1, GRAIN // sizes[-1])


def _split(
    layout: Layout, leaves: list[Array], values: tuple[Value, ...], out: Output
) -> Blocks | None:
    """Long rows in blocks, whose results are the rows of a small second reduction."""
    (kept, reduced), (kept_strides, walks) = layout.joined(
        [_strides(each, layout.space) for each in leaves])
    if len(reduced) != 1:
        return None
    rows, blocks = math.prod(kept), -(-reduced[0] // loops.SPLIT)
    dtype = _partial_dtype(values, out)
    strides = [[*a, *b] for a, b in zip(kept_strides, walks, strict=True)]
    work = Work(
        "split", len(kept), 1, [*[each.dtype for each in leaves], dtype], len(leaves), values,
        (out,), [*kept, *reduced], [*strides, [0] * (len(kept) + 1)], rows * blocks, 2, [],
        extra=[blocks])
    shape = layout.finals[0]
    last = _over_blocks(rows, blocks, 1, dtype, values[out.value], out)
    return Blocks(
        work, ((rows, blocks), dtype), lambda partial: last.run([partial])[0].reshape(shape))


def _over_blocks(
    places: int, blocks: int, columns: int, dtype: Any, reduction: Value, out: Output
) -> Work:
    """The reduction of partial results of shape (places, blocks, columns) along the blocks."""
    kind, final = types.type_of(dtype), types.type_of(out.dtype)
    assert kind is not None and final is not None
    values = [
        Value("load", kind, (), 0),
        Value(reduction.operation, "i1" if final == "i1" else kind, (0,), None, 1),
        Value("cast", final, (1,), None, 1)]
    if out.dtype.char in types.NARROW:
        values.append(Value("narrow", final, (2,), out.dtype, 1))
    step, made = dtype.itemsize, out.dtype.itemsize
    return Work(
        "rows", 2, 1, [dtype, out.dtype], 1, tuple(values),
        (Output(len(values) - 1, out.dtype, True),), [places, columns, blocks],
        [[blocks * columns * step, step, columns * step], [columns * made, made, 0]],
        places * columns, max(16, loops.BLOCK // blocks), [((places, columns), out.dtype, None)])


def _columns(
    layout: Layout, leaves: list[Array], values: tuple[Value, ...], out: Output
) -> Blocks:
    """Reduce outer dims: strips of columns, the rows in blocks."""
    groups, walks = layout.joined([_strides(each, layout.space) for each in leaves])
    kept, reduced, (columns,) = groups
    sizes = [*kept, *reduced, columns]
    strides = [[s for group in walks for s in group[a]] for a in range(len(leaves))]
    rows, places = math.prod(reduced), math.prod(kept)
    per_block = max(256, GRAIN // columns)
    blocks = -(-rows // per_block)
    dtype = _partial_dtype(values, out)
    items = places * blocks * -(-columns // loops.STRIP)
    grain = max(1, GRAIN // (min(rows, per_block) * min(columns, loops.STRIP)))
    work = Work(
        "columns", len(kept), len(reduced), [*[each.dtype for each in leaves], dtype], len(leaves),
        values, (out,), sizes, [*strides, [0] * len(sizes)], items, grain, [],
        extra=[rows, blocks, per_block])
    order = [d for d in layout.order if d not in layout.axes]
    shape = [layout.space[d] for d in order]
    back = [order.index(d) for d in sorted(order)]
    final = layout.finals[0]
    last = None
    if blocks > 1 or out.dtype.char in types.NARROW:
        last = _over_blocks(places, blocks, columns, dtype, values[out.value], out)
    if last is None and back == sorted(back):
        return Blocks(work, (final, dtype), lambda whole: whole.astype(out.dtype, copy=False))

    def finish(partial: Array) -> Array:
        whole = last.run([partial])[0] if last else partial.astype(out.dtype, copy=False)
        return whole.reshape(shape).transpose(back).reshape(final)

    return Blocks(work, ((places, blocks, columns), dtype), finish)


_NUMPY = {
    "float": "f4", "double": "f8", "u8": "u1", "i1": "u1", "i8": "i1", "i16": "i2", "i32": "i4",
    "i64": "i8",
}


def _partial_dtype(values: tuple[Value, ...], out: Output) -> Any:
    made = values[out.value]
    type = loops.partial_type(made.operation, values[made.operands[0]].type)
    return np.dtype(_NUMPY[type])


# --- kernels

_kernels: dict[Any, int] = {}


def kernel(wanted: Plan) -> int:
    """The address of the compiled kernel for a plan."""
    found = _kernels.get(wanted)
    if found is None:
        plan.check(wanted)
        found = _kernels[wanted] = native.compile(loops.source(wanted), ["kernel"])["kernel"]
    return found


def _report(work: Work, made: list[Array], seconds: float) -> None:
    """A line to standard error for each kernel that ran."""
    places = math.prod(work.sizes)
    moved = sum(each.nbytes for each in made) + sum(
        places * each.itemsize
        for each, layout in zip(work.plan.inputs, work.plan.layouts, strict=False) if layout != "0")
    operations = " ".join(
        each.operation for each in work.plan.values if each.operation not in ("load", "number"))
    print(f"rushlight: {work.plan.mode} {'x'.join(map(str, work.sizes))} {moved / 1e6:.2f} MB "
          f"{seconds * 1e3:.3f} ms {moved / seconds / 1e9:.1f} GB/s: {operations}",
          file=sys.stderr)
