"""Run a kernel over real arrays: lay out the loops, find or compile the kernel, share the work.

`Layout` brings the arrays' dims into the order of memory and joins neighbouring dims that all
arrays walk through as one, so that most work ends as one long loop. `run` allocates the results.
"""

from __future__ import annotations

import ctypes
import math
import sys
import threading
import time
from typing import Any

import numpy as np

from rushlight.engine import loops, memory, native, plan, pool, scalar_ops
from rushlight.engine.plan import Output, Plan, Value

Array = np.ndarray[Any, Any]
GRAIN = 32768  # elements to one turn of a thread
debug = False


class Layout:
    """How a kernel walks over `space`: its dims in memory order, each kept or reduced."""

    def __init__(
        self, space: tuple[int, ...], axes: tuple[int, ...] | None, leaves: list[Array],
        shapes: list[tuple[int, ...]],
    ):
        self.space, self.axes = space, axes or ()
        self.shapes = shapes
        self.order = _memory_order(space, leaves)
        reduced = [d for d in self.order if d in self.axes and space[d] != 1]
        kept = [d for d in self.order if d not in self.axes and space[d] != 1]
        self.rows = math.prod([space[d] for d in kept])
        self.row_size = math.prod([space[d] for d in reduced])
        inner = next((d for d in reversed(self.order) if space[d] != 1), None)
        self.along_rows = inner is None or inner in self.axes
        if axes is None:
            self.groups = [[d for d in self.order if space[d] != 1]]
        elif self.along_rows:
            self.groups = [kept, reduced]
        else:
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

    def empty(self, shape: tuple[int, ...], dtype: Any) -> Array:
        """An array for a result: over the whole space in memory order, else row-major."""
        if shape != self.space or self.order == list(range(len(shape))):
            return memory.empty(shape, dtype)
        made = memory.empty(tuple([shape[d] for d in self.order]), dtype)
        return made.transpose([self.order.index(d) for d in range(len(shape))])


def _memory_order(space: tuple[int, ...], leaves: list[Array]) -> list[int]:
    """The dims from the slowest in memory to the fastest, as the first full operand has them."""
    dims = list(range(len(space)))
    for each in leaves:
        if each.shape == space and not each.flags.c_contiguous and 0 not in each.strides:
            return sorted(dims, key=lambda d: -abs(each.strides[d]) if space[d] != 1 else -sys.maxsize)
        if each.shape == space and each.flags.c_contiguous:
            return dims
    return dims


def _strides(array: Array, space: tuple[int, ...]) -> list[int]:
    """The array's strides in the space it broadcasts to: 0 along dims it does not have."""
    new = len(space) - array.ndim
    return [0] * new + [
        0 if n == 1 else s for n, s in zip(array.shape, array.strides, strict=True)]


def run(
    layout: Layout, leaves: list[Array], values: tuple[Value, ...], outputs: tuple[Output, ...]
) -> list[Array]:
    """The arrays of the outputs."""
    deep = max([each.level for each in values])
    alone = deep == 1 and values[outputs[0].value].operation.startswith("reduce.")
    if deep and not layout.along_rows:
        return [_columns(layout, leaves, values, outputs[0])]
    if alone and len(outputs) == 1 and layout.row_size >= 4 * loops.SPLIT and layout.rows < 16:
        found = _split(layout, leaves, values, outputs[0])
        if found is not None:
            return [found]
    results = [layout.empty(shape, out.dtype)
               for shape, out in zip(layout.shapes, outputs, strict=True)]
    arrays = [*leaves, *results]
    groups, walks = layout.joined([_strides(each, layout.space) for each in arrays])
    sizes = [n for group in groups for n in group]
    strides = [[s for group in walks for s in group[a]] for a in range(len(arrays))]
    if not sizes:
        sizes, strides = [1], [[0]] * len(arrays)
    if deep == 0:
        mode, kept, reduced = _pointwise_mode(arrays, sizes, strides)
        if mode == "flat":
            items, grain = sizes[0], GRAIN
        elif mode == "rows":
            items, grain = math.prod(sizes[:-1]), max(1, GRAIN // sizes[-1])
        else:
            squares = [-(-n // loops.TILE) for n in sizes[-2:]]
            items, grain = math.prod(sizes[:-2]) * math.prod(squares), GRAIN // loops.TILE**2
    else:
        mode, kept, reduced = "rows", len(groups[0]), len(groups[1])
        if reduced == 0:
            sizes, reduced = [*sizes, 1], 1
            strides = [[*each, 0] for each in strides]
        items = math.prod(sizes[:kept])
        grain = max(1, GRAIN // math.prod(sizes[kept:]))
    _launch(mode, kept, reduced, arrays, len(leaves), values, outputs, sizes, strides, items, grain)
    return results


def _pointwise_mode(
    arrays: list[Array], sizes: list[int], strides: list[list[int]]
) -> tuple[str, int, int]:
    if len(sizes) == 1:
        return "flat", 0, 1
    if min(sizes[-2:]) >= loops.TILE and any(
        abs(each[-1]) > array.itemsize and abs(each[-2]) == array.itemsize
        for each, array in zip(strides, arrays, strict=True)
    ):
        return "tiles", len(sizes) - 2, 2
    return "rows", len(sizes) - 1, 1


def _split(
    layout: Layout, leaves: list[Array], values: tuple[Value, ...], out: Output
) -> Array | None:
    """Long rows in blocks: each block's result is kept, and NumPy reduces those."""
    (kept, reduced), (kept_strides, walks) = layout.joined(
        [_strides(each, layout.space) for each in leaves])
    if len(reduced) != 1:
        return None
    blocks = -(-reduced[0] // loops.SPLIT)
    made = values[out.value]
    dtype = _partial_dtype(values, out)
    partial = np.empty((math.prod(kept), blocks), dtype)
    for row in range(len(partial)):
        places = np.unravel_index(row, kept) if kept else ()
        moved = [sum(int(i) * s for i, s in zip(places, each, strict=True)) for each in kept_strides]
        _launch("split", 0, 1, [*leaves, partial[row]], len(leaves), values, (out,), reduced,
                [*walks, [0]], blocks, 2, moved=[*moved, 0])
    return _combined(partial, made.operation, out.dtype).reshape(layout.shapes[0])


def _columns(
    layout: Layout, leaves: list[Array], values: tuple[Value, ...], out: Output
) -> Array:
    """Reduce outer dims: strips of columns, the rows in blocks whose results NumPy reduces."""
    groups, walks = layout.joined([_strides(each, layout.space) for each in leaves])
    kept, reduced, (columns,) = groups
    sizes = [*kept, *reduced, columns]
    strides = [[s for group in walks for s in group[a]] for a in range(len(leaves))]
    rows, places = math.prod(reduced), math.prod(kept)
    per_block = max(64, 4 * GRAIN // columns)
    blocks = -(-rows // per_block)
    partial = np.empty((places, blocks, columns), _partial_dtype(values, out))
    items = places * blocks * -(-columns // loops.STRIP)
    grain = max(1, GRAIN // (min(rows, per_block) * min(columns, loops.STRIP)))
    _launch("columns", len(kept), len(reduced), [*leaves, partial], len(leaves), values, (out,),
            sizes, [*strides, [0] * len(sizes)], items, grain, extra=[rows, blocks, per_block])
    whole = _combined(partial.swapaxes(1, 2), values[out.value].operation, out.dtype)
    order = [d for d in layout.order if d not in layout.axes]
    shape = [layout.space[d] for d in order]
    back = [order.index(d) for d in sorted(order)]
    return whole.reshape(shape).transpose(back).reshape(layout.shapes[0])


_NUMPY = {"float": "f4", "double": "f8", "u8": "u1"}


def _partial_dtype(values: tuple[Value, ...], out: Output) -> Any:
    made = values[out.value]
    type = loops.partial_type(made.operation, values[made.operands[0]].type)
    return np.dtype("u1" if type == "i1" else _NUMPY.get(type, f"i{int(type[1:]) // 8}" if type[0] == "i" else None))


_COMBINE = {
    "add": np.add, "multiply": np.multiply, "maximum": np.maximum, "minimum": np.minimum,
    "any": np.maximum, "all": np.minimum,
}


def _combined(partial: Array, operation: str, dtype: Any) -> Array:
    """The blocks' results reduced along the last dim."""
    ufunc = _COMBINE[operation.removeprefix("reduce.")]
    if partial.shape[-1] == 1:
        return partial[..., 0].astype(dtype)
    partial = np.ascontiguousarray(partial)
    with np.errstate(all="ignore"):
        return ufunc.reduce(partial, axis=-1, dtype=partial.dtype).astype(dtype)


# --- kernels

_kernels: dict[Any, int] = {}
_compiling = threading.Lock()


def kernel(wanted: Plan) -> int:
    """The address of the compiled kernel for a plan."""
    found = _kernels.get(wanted)
    if found is None:
        with _compiling:
            plan.check(wanted)
            found = native.compile(loops.source(wanted), ["kernel"])["kernel"]
            _kernels[wanted] = found
    return found


def _launch(
    mode: str, kept: int, reduced: int, arrays: list[Array], inputs: int,
    values: tuple[Value, ...], outputs: tuple[Output, ...], sizes: list[int],
    strides: list[list[int]], items: int, grain: int, extra: list[int] | None = None,
    moved: list[int] | None = None,
) -> None:
    layouts = "".join([
        "1" if walk[-1] == each.itemsize else "0" if walk[-1] == 0 else "n"
        for walk, each in zip(strides, arrays, strict=True)])
    wanted = Plan(
        mode, kept, reduced, tuple([each.dtype for each in arrays[:inputs]]), layouts, values,
        outputs)
    address = kernel(wanted)
    fields = [each.__array_interface__["data"][0] for each in arrays]
    if moved is not None:
        fields = [a + b for a, b in zip(fields, moved, strict=True)]
    fields += sizes
    for each in strides:
        fields += each
    if extra is not None:
        fields += extra
    argument = (ctypes.c_int64 * len(fields))(*fields)
    start = time.perf_counter() if debug else 0.0
    pool.parallel_for(address, ctypes.addressof(argument), 0, items, grain)
    if debug:
        _report(wanted, arrays, sizes, time.perf_counter() - start)


def _report(wanted: Plan, arrays: list[Array], sizes: list[int], seconds: float) -> None:
    """A line to standard error for each kernel that ran."""
    moved = sum(min(each.nbytes, math.prod(sizes) * each.itemsize) for each in arrays)
    operations = " ".join(
        each.operation for each in wanted.values if each.operation not in ("load", "number"))
    print(f"rushlight: {wanted.mode} {'x'.join(map(str, sizes))} {moved / 1e6:.2f} MB "
          f"{seconds * 1e3:.3f} ms {moved / seconds / 1e9:.1f} GB/s: {operations}",
          file=sys.stderr)
