"""From a plan to loops in LLVM IR.

A kernel is `kernel(ptr argument, i64 begin, i64 end)`: it does the items begin to end of its plan's
work, so that threads can share it. The argument is an array of i64: the addresses of the arrays
(inputs, then outputs), the sizes of the dims, then for each array its stride in bytes along each
dim. Loops are written plainly, one element a turn; LLVM makes vectors of them. Sums of floats may
be reordered inside a block of `BLOCK` terms, and nowhere else: block sums are added in double
precision and in order, so that the result does not depend on who computed which item.
"""

from __future__ import annotations

from rushlight.engine import scalar_ops, types, vector_math
from rushlight.engine.plan import Plan, Value
from rushlight.engine.scalar_ops import Writer, constant, held

BLOCK = 4096  # terms added up in the input's own precision
SPLIT = 16384  # elements of a long row to one item
STRIP = 256  # columns to an item
TOGETHER = 4  # rows whose columns are added up at once,
LONG = 12  # unless a value takes so many operations
TILE = 32  # the side of a square of elements read across

DEAR = frozenset({  # longer to compute than to write to the cache and read again
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "sinh", "cosh",
    "tanh", "power", "erf", "erfc", "logaddexp", "arctan2",
})

_NEUTRAL = {"add": 0.0, "multiply": 1.0, "maximum": float("-inf"), "minimum": float("inf")}


def source(plan: Plan) -> str:
    """The IR of the kernel for this plan."""
    body = _Body(plan)
    text = body.write()
    return vector_math.source(sorted(body.w.wanted)) + "\n" + text


def partial_type(operation: str, type: str) -> str:
    """The type in which block results of a reduction are kept."""
    return "double" if operation in ("reduce.add", "reduce.multiply") and type == "float" else type


class _Body:
    """Writes one kernel."""

    def __init__(self, plan: Plan):
        self.plan = plan
        self.w = Writer()
        self.entry: list[str] = []  # allocas, which must stand at the top
        self.arrays = [*plan.inputs, *[each.dtype for each in plan.outputs]]
        self.dims = plan.kept + plan.reduced + (plan.mode == "columns")
        # One name for one place in memory: LLVM may take two names for two places.
        self.over = {
            self._output(k): each.into for k, each in enumerate(plan.outputs)
            if each.into is not None}
        self.known: dict[int, str] = {}  # results of reductions, for all loops after
        self.parked: dict[int, int] = {}  # values that wait for a later level, each in an output
        self.reductions = [
            i for i, each in enumerate(plan.values) if each.operation.startswith("reduce.")]

    # --- the frame

    def write(self) -> str:
        w = self.w
        pointers = [f"%p{i}" for i in range(len(self.arrays))]
        getattr(self, "_" + self.plan.mode)()
        w.do("ret void")
        inputs, written = len(self.plan.inputs), self.over.values()
        parameters = ", ".join(
            f"ptr {'noalias ' if i >= inputs or i in written else 'readonly '}{p}"
            for i, p in enumerate(pointers))
        load = []
        for i in range(len(pointers)):
            load.append(f"  %a{i} = getelementptr i64, ptr %argument, i64 {i}")
            load.append(f"  %q{i} = load ptr, ptr %a{i}")
        given = ", ".join(f"ptr %q{i}" for i in range(len(pointers)))
        return "\n".join([
            f"define internal void @body({parameters}, ptr readonly noalias %argument, i64 %begin, "
            "i64 %end) #0 {",
            *self.entry, *w.lines, "}",
            "define void @kernel(ptr %argument, i64 %begin, i64 %end) #0 {", *load,
            f"  call void @body({given}, ptr %argument, i64 %begin, i64 %end)", "  ret void", "}",
        ])

    def _field(self, i: int) -> str:
        w = self.w
        return w.op(f"load i64, ptr {w.op(f'getelementptr i64, ptr %argument, i64 {i}')}")

    def _size(self, dim: int) -> str:
        return self._field(len(self.arrays) + dim)

    def _stride(self, array: int, dim: int) -> str:
        return self._field(len(self.arrays) + self.dims + array * self.dims + dim)

    def _variable(self, type: str = "i64") -> str:
        name = f"%x{len(self.entry)}"
        self.entry.append(f"  {name} = alloca {held(type)}")
        return name

    def _loop(self, start: str, end: str, step: int = 1) -> _Loop:
        return _Loop(self, start, end, step)

    # --- modes

    def _flat(self) -> None:
        with self._loop("%begin", "%end") as i:
            self._store_outputs(_Place(dict.fromkeys(range(len(self.arrays)), "0"), i), 0)

    def _rows(self) -> None:
        plan, kept = self.plan, self.plan.kept
        inner = self._size(self.dims - 1)
        sizes = [self._size(d) for d in range(self.dims)]
        strides = [[self._stride(a, d) for d in range(self.dims)] for a in range(len(self.arrays))]
        totals = {i: self._variable(self._total_type(i)) for i in self.reductions}
        self.parked = self._parkable()
        with self._loop("%begin", "%end") as item:
            base = self._decoded(item, sizes[:kept], [each[:kept] for each in strides])
            self.known = {}
            levels = max((each.level for each in plan.values), default=0)
            for level in range(levels + 1):
                reductions = [i for i in self.reductions if plan.values[i].level == level + 1]
                written = any(not each.per_row and plan.values[each.value].level == level
                              for each in plan.outputs)
                if not reductions and not written:
                    continue
                for i in reductions:
                    self.w.do(f"store {held(self._total_type(i))} {self._neutral(i, True)}, "
                              f"ptr {totals[i]}")
                self._over(base, sizes[kept:-1], [each[kept:-1] for each in strides], inner, level,
                           reductions, totals)
                for i in reductions:
                    self.known[i] = self._total(i, totals[i])
            self._store_rows(base)

    def _over(
        self, base: dict[int, str], sizes: list[str], strides: list[list[str]], inner: str,
        level: int, reductions: list[int], totals: dict[int, str],
    ) -> None:
        """All loops over a row's elements, for what one level computes."""
        if sizes:
            with self._loop("0", sizes[0]) as j:
                moved = self._moved(base, j, [each[0] for each in strides])
                self._over(moved, sizes[1:], [each[1:] for each in strides], inner, level,
                           reductions, totals)
            return
        with self._loop("0", inner, BLOCK) as low:
            high = self._least(self.w.op(f"add i64 {low}, {BLOCK}"), inner)
            self._block(base, low, high, level, reductions, totals)

    def _block(
        self, base: dict[int, str], low: str, high: str, level: int, reductions: list[int],
        totals: dict[int, str],
    ) -> None:
        """The innermost loop: at most `BLOCK` elements, side by side."""
        sums = {i: self._variable(self._sum_type(i)) for i in reductions}
        for i, each in sums.items():
            self.w.do(f"store {self._sum_type(i)} {self._neutral(i, False)}, ptr {each}")
        with self._loop(low, high) as j:
            at = _Place(base, j)
            done = self._taken_back(at, level)
            for i, each in sums.items():
                self._accumulate(i, each, at, done)
            self._park(at, level, done)
            self._store_outputs(at, level, done)
        for i, each in sums.items():
            self._add_block(i, each, totals[i])

    # --- values that are dear, and wanted at a later level too: they wait where the result will be

    def _parkable(self) -> dict[int, int]:
        """By value, the output that keeps it: an exponential, say, that is summed and then divided.

        Its place in the output is written with the result in the same turn in which it is read.
        """
        found: dict[int, int] = {}
        for k, out in enumerate(self.plan.outputs):
            level = self.plan.values[out.value].level
            if out.per_row or level == 0:
                continue
            wanted = self._needs(out.value)
            for i in self.reductions:
                term = self.plan.values[i].operands[0]
                each = self.plan.values[term]
                if (
                    each.operation in DEAR and each.level < level and term in wanted
                    and term not in found and held(each.type) == self._stored_type(k)
                    and self._output(k) not in found.values()
                ):
                    found[term] = self._output(k)
        return found

    def _needs(self, root: int) -> set[int]:
        """The values that are computed at each place for this one: none behind a reduction."""
        found, stack = set(), [root]
        while stack:
            i = stack.pop()
            if i not in found and i not in self.reductions:
                found.add(i)
                stack += self.plan.values[i].operands
        return found

    def _stored_type(self, k: int) -> str:
        return scalar_ops.memory_type(self.plan.outputs[k].dtype)

    def _park(self, at: _Place, level: int, done: dict[int, str]) -> None:
        for i, array in self.parked.items():
            if self.plan.values[i].level == level and i in done:
                scalar_ops.store(self.w, self.arrays[array], done[i], self._pointer(array, at))

    def _taken_back(self, at: _Place, level: int) -> dict[int, str]:
        """What earlier levels left for this one, where no result has taken its place yet."""
        outputs = self.plan.outputs
        return {
            i: scalar_ops.load(self.w, self.arrays[array], self._pointer(array, at))
            for i, array in self.parked.items() if self.plan.values[i].level < level
            <= self.plan.values[outputs[array - len(self.plan.inputs)].value].level}

    def _split(self) -> None:
        """Item: block b of a long row, the elements from b * SPLIT on.

        After the strides, the argument says how many blocks a row has. The output is partial
        results of shape (rows, blocks).
        """
        kept = self.plan.kept
        sizes = [self._size(d) for d in range(self.dims)]
        strides = [[self._stride(a, d) for d in range(kept)] for a in range(len(self.arrays))]
        blocks = self._field(len(self.arrays) * (1 + self.dims) + self.dims)
        n = sizes[-1]
        totals = {i: self._variable(self._total_type(i)) for i in self.reductions}
        with self._loop("%begin", "%end") as item:
            row = self.w.op(f"sdiv i64 {item}, {blocks}")
            base = self._decoded(row, sizes[:kept], strides)
            b = self.w.op(f"srem i64 {item}, {blocks}")
            start = self.w.op(f"mul i64 {b}, {SPLIT}")
            stop = self._least(self.w.op(f"add i64 {start}, {SPLIT}"), n)
            for i in self.reductions:
                self.w.do(
                    f"store {held(self._total_type(i))} {self._neutral(i, True)}, ptr {totals[i]}")
            with self._loop(start, stop, BLOCK) as low:
                high = self._least(self.w.op(f"add i64 {low}, {BLOCK}"), stop)
                self._block(base, low, high, 0, self.reductions, totals)
            for k, out in enumerate(self.plan.outputs):
                type = self._total_type(out.value)
                value = self.w.op(f"load {held(type)}, ptr {totals[out.value]}")
                pointer = self.w.op(f"getelementptr {held(type)}, ptr %p{self._output(k)}, "
                                    f"i64 {item}")
                self.w.do(f"store {held(type)} {value}, ptr {pointer}")

    def _columns(self) -> None:
        """Item: strip s of block b of the reduced dims, at one place of the kept ones.

        After the strides, the argument says how many rows there are, how many blocks, and how many
        rows to a block. The output is partial results of shape (kept, blocks, columns).
        """
        plan, w = self.plan, self.w
        kept, reduced = plan.kept, plan.reduced
        sizes = [self._size(d) for d in range(self.dims)]
        strides = [[self._stride(a, d) for d in range(self.dims)] for a in range(len(self.arrays))]
        extra = len(self.arrays) * (1 + self.dims) + self.dims
        rows, blocks, per_block = (self._field(extra + k) for k in range(3))
        columns = sizes[-1]
        strips = w.op(f"sdiv i64 {w.op(f'add i64 {columns}, {STRIP - 1}')}, {STRIP}")
        (out,) = plan.outputs
        type, narrow = self._total_type(out.value), self._operand_type(out.value)
        strip = f"[{STRIP} x {held(type)}]"
        sums = self._variable(strip)
        with self._loop("%begin", "%end") as item:
            above = w.op(f"sdiv i64 {item}, {strips}")
            s = w.op(f"srem i64 {item}, {strips}")
            place = w.op(f"sdiv i64 {above}, {blocks}")
            b = w.op(f"srem i64 {above}, {blocks}")
            first = w.op(f"mul i64 {s}, {STRIP}")
            count = self._least(w.op(f"sub i64 {columns}, {first}"), str(STRIP))
            base = self._decoded(place, sizes[:kept], [each[:kept] for each in strides])
            base = self._moved(base, first, [each[-1] for each in strides])
            with self._loop("0", count) as c:
                cell = w.op(f"getelementptr {held(type)}, ptr {sums}, i64 {c}")
                w.do(f"store {held(type)} {self._neutral(out.value, True)}, ptr {cell}")
            start = w.op(f"mul i64 {b}, {per_block}")
            stop = self._least(w.op(f"add i64 {start}, {per_block}"), rows)
            done = start
            for together in (TOGETHER, 1) if len(plan.values) < LONG else (1,):
                end = stop
                if together > 1:
                    rest = w.op(f"srem i64 {w.op(f'sub i64 {stop}, {start}')}, {together}")
                    end = w.op(f"sub i64 {stop}, {rest}")
                with self._loop(done, end, together) as row:
                    lines = [self._decoded(w.op(f"add i64 {row}, {k}"),
                                           sizes[kept : kept + reduced],
                                           [each[kept : kept + reduced] for each in strides], base)
                             for k in range(together)]
                    with self._loop("0", count) as c:
                        cell = w.op(f"getelementptr {held(type)}, ptr {sums}, i64 {c}")
                        terms = [self._operand(out.value, _Place(each, c), {}) for each in lines]
                        while len(terms) > 1:
                            terms = [self._combined(out.value, narrow, *pair)
                                     for pair in zip(terms[::2], terms[1::2], strict=True)]
                        term = scalar_ops.cast(w, terms[0], narrow, type)
                        now = w.op(f"load {held(type)}, ptr {cell}")
                        w.do(f"store {held(type)} "
                             f"{self._combined(out.value, type, now, term)}, ptr {cell}")
                done = end
            line = w.op(f"add i64 {w.op(f'mul i64 {place}, {blocks}')}, {b}")
            begin = w.op(f"add i64 {w.op(f'mul i64 {line}, {columns}')}, {first}")
            with self._loop("0", count) as c:
                cell = w.op(f"getelementptr {held(type)}, ptr {sums}, i64 {c}")
                value = w.op(f"load {held(type)}, ptr {cell}")
                to = w.op(f"getelementptr {held(type)}, ptr %p{self._output(0)}, "
                          f"i64 {w.op(f'add i64 {begin}, {c}')}")
                w.do(f"store {held(type)} {value}, ptr {to}")

    def _tiles(self) -> None:
        """Item: a square of the two innermost dims, at one place of the others."""
        w, n = self.w, self.dims
        sizes = [self._size(d) for d in range(n)]
        strides = [[self._stride(a, d) for d in range(n)] for a in range(len(self.arrays))]
        down, across = (
            w.op(f"sdiv i64 {w.op(f'add i64 {each}, {TILE - 1}')}, {TILE}") for each in sizes[-2:])
        with self._loop("%begin", "%end") as item:
            above = w.op(f"sdiv i64 {item}, {across}")
            x = w.op(f"mul i64 {w.op(f'srem i64 {item}, {across}')}, {TILE}")
            place = w.op(f"sdiv i64 {above}, {down}")
            y = w.op(f"mul i64 {w.op(f'srem i64 {above}, {down}')}, {TILE}")
            base = self._decoded(place, sizes[:-2], [each[:-2] for each in strides])
            bottom = self._least(w.op(f"add i64 {y}, {TILE}"), sizes[-2])
            right = self._least(w.op(f"add i64 {x}, {TILE}"), sizes[-1])
            with self._loop(y, bottom) as i:
                row = self._moved(base, i, [each[-2] for each in strides])
                with self._loop(x, right) as j:
                    self._store_outputs(_Place(row, j), 0)

    # --- addresses

    def _decoded(
        self, item: str, sizes: list[str], strides: list[list[str]],
        base: dict[int, str] | None = None,
    ) -> dict[int, str]:
        """The byte offset of each array at place `item`, counted along dims of these sizes."""
        base = base or dict.fromkeys(range(len(self.arrays)), "0")
        rest = item
        for d in range(len(sizes) - 1, -1, -1):
            if d:
                at = self.w.op(f"srem i64 {rest}, {sizes[d]}")
                rest = self.w.op(f"sdiv i64 {rest}, {sizes[d]}")
            else:
                at = rest
            base = self._moved(base, at, [each[d] for each in strides])
        return base

    def _moved(self, base: dict[int, str], by: str, strides: list[str]) -> dict[int, str]:
        w = self.w
        return {
            a: w.op(f"add i64 {base[a]}, {w.op(f'mul i64 {by}, {strides[a]}')}") for a in base}

    def _pointer(self, array: int, at: _Place) -> str:
        """Where the array's element lies at a place."""
        w = self.w
        array = self.over.get(array, array)
        start = f"%p{array}"
        if at.base[array] != "0":
            start = w.op(f"getelementptr i8, ptr {start}, i64 {at.base[array]}")
        layout = self.plan.layouts[array]
        if layout == "0" or at.j is None:
            return start
        if layout == "1":
            type = scalar_ops.memory_type(self.arrays[array])
            return w.op(f"getelementptr {type}, ptr {start}, i64 {at.j}")
        stride = self._stride(array, self.dims - 1)
        return w.op(f"getelementptr i8, ptr {start}, i64 {w.op(f'mul i64 {at.j}, {stride}')}")

    def _least(self, a: str, b: str) -> str:
        return self.w.op(f"call i64 @llvm.smin.i64(i64 {a}, i64 {b})")

    def _output(self, k: int) -> int:
        return len(self.plan.inputs) + k

    # --- values

    def _value(self, i: int, at: _Place, done: dict[int, str]) -> str:
        """The name of value i at a place, computed there unless it is known."""
        if i in self.known:
            return self.known[i]
        if i in done:
            return done[i]
        w, each = self.w, self.plan.values[i]
        if each.operation == "load":
            name = scalar_ops.load(w, self.plan.inputs[each.at], self._pointer(each.at, at))
        elif each.operation == "number":
            name = constant(each.at, each.type)
        else:
            operands = [self._value(k, at, done) for k in each.operands]
            name = self._applied(each, operands)
        done[i] = name
        return name

    def _applied(self, each: Value, operands: list[str]) -> str:
        source = self.plan.values[each.operands[-1]].type
        if each.operation == "cast":
            return scalar_ops.cast(self.w, operands[0], source, each.type)
        if each.operation == "narrow":
            return scalar_ops.narrowed(self.w, each.at, operands[0])
        return scalar_ops.emit(self.w, each.operation, source, operands)

    def _store_outputs(self, at: _Place, level: int, done: dict[int, str] | None = None) -> None:
        done = {} if done is None else done
        found = [
            (k, self._value(out.value, at, done)) for k, out in enumerate(self.plan.outputs)
            if not out.per_row and self.plan.values[out.value].level == level]
        for k, value in found:
            array = self._output(k)
            scalar_ops.store(self.w, self.arrays[array], value, self._pointer(array, at))

    def _store_rows(self, base: dict[int, str]) -> None:
        at = _Place(base, None)
        done: dict[int, str] = {}
        for k, out in enumerate(self.plan.outputs):
            if out.per_row:
                array = self._output(k)
                scalar_ops.store(self.w, self.arrays[array], self._value(out.value, at, done),
                                 self._pointer(array, at))

    # --- reductions

    def _sum_type(self, i: int) -> str:
        """The type of the sum inside a block."""
        return held(self._operand_type(i))

    def _total_type(self, i: int) -> str:
        return partial_type(self.plan.values[i].operation, self._operand_type(i))

    def _operand_type(self, i: int) -> str:
        type = self.plan.values[self.plan.values[i].operands[0]].type
        return "u8" if type == "i1" else type  # LLVM makes no vectors of a running i1

    def _neutral(self, i: int, whole: bool) -> str:
        kind = self.plan.values[i].operation.removeprefix("reduce.")
        type = self._total_type(i) if whole else self._operand_type(i)
        if kind in ("any", "all"):
            return str(int(kind == "all"))
        value = _NEUTRAL[kind]
        if type not in types.FLOATS and kind in ("maximum", "minimum"):
            bits = int(type[1:])
            low = 0 if type[0] == "u" else -(2 ** (bits - 1))
            value = low if kind == "maximum" else low + 2**bits - 1
        return constant(value, type)

    def _operand(self, i: int, at: _Place, done: dict[int, str]) -> str:
        """The term that reduction i takes at a place, in the type of its total."""
        operand = self.plan.values[i].operands[0]
        value = self._value(operand, at, done)
        source = self.plan.values[operand].type
        return scalar_ops.cast(self.w, value, source, self._operand_type(i))

    def _accumulate(self, i: int, variable: str, at: _Place, done: dict[int, str]) -> None:
        type = self._operand_type(i)
        term = self._operand(i, at, done)
        now = self.w.op(f"load {held(type)}, ptr {variable}")
        self.w.do(f"store {held(type)} {self._combined(i, type, now, term)}, ptr {variable}")

    def _combined(self, i: int, type: str, now: str, term: str) -> str:
        """One step of a reduction, in the words that LLVM makes vectors of."""
        w, t = self.w, held(type)
        kind = self.plan.values[i].operation.removeprefix("reduce.")
        floating = type in types.FLOATS
        if kind in ("add", "multiply"):
            word = {"add": "add", "multiply": "mul"}[kind]
            return w.op(f"{'f' + word + ' reassoc' if floating else word} {t} {now}, {term}")
        if kind in ("any", "all"):
            return w.op(f"{'or' if kind == 'any' else 'and'} {t} {now}, {term}")
        if floating:
            suffix = "f32" if type == "float" else "f64"
            return w.op(f"call {t} @llvm.{kind}.{suffix}({t} {now}, {t} {term})")
        return scalar_ops.emit(w, kind, type, [now, term])

    def _add_block(self, i: int, variable: str, total: str) -> None:
        """Add a block's result to the row's."""
        w, type, wide = self.w, self._operand_type(i), self._total_type(i)
        value = scalar_ops.cast(w, w.op(f"load {held(type)}, ptr {variable}"), type, wide)
        now = w.op(f"load {held(wide)}, ptr {total}")
        w.do(f"store {held(wide)} {self._combined(i, wide, now, value)}, ptr {total}")

    def _total(self, i: int, variable: str) -> str:
        """The result of a row's reduction, in the type the plan gives it."""
        wide = self._total_type(i)
        value = self.w.op(f"load {held(wide)}, ptr {variable}")
        return scalar_ops.cast(self.w, value, wide, self.plan.values[i].type)


class _Place:
    """A place in the loops: each array's byte offset, and the index along the innermost dim."""

    __slots__ = ("base", "j")

    def __init__(self, base: dict[int, str], j: str | None):
        self.base = base
        self.j = j


class _Loop:
    """`with body._loop(start, end) as i:` writes a loop; LLVM turns its variable into registers."""

    def __init__(self, body: _Body, start: str, end: str, step: int):
        self.body, self.start, self.end, self.step = body, start, end, step

    def __enter__(self) -> str:
        w = self.body.w
        self.variable = self.body._variable()
        self.head, inside, self.after = w.label("head"), w.label("inside"), w.label("after")
        w.do(f"store i64 {self.start}, ptr {self.variable}")
        w.begin(self.head)
        i = w.op(f"load i64, ptr {self.variable}")
        more = w.op(f"icmp slt i64 {i}, {self.end}")
        w.do(f"br i1 {more}, label %{inside}, label %{self.after}")
        w.at(inside)
        self.i = i
        return i

    def __exit__(self, *_: object) -> None:
        w = self.body.w
        w.do(f"store i64 {w.op(f'add nsw i64 {self.i}, {self.step}')}, ptr {self.variable}")
        w.do(f"br label %{self.head}")
        w.at(self.after)
