"""Steps of LSTM and GRU layers as native kernels: the product with the state and the gates at once.

An item is some sequences, all the way through time, or for few sequences some of the hidden
features for one step. The weights lie in panels: one holds, for a vector of hidden features, a
vector for each gate (forward), or some vectors of the state's features (backward). So what a tile
of the product gives goes through the gates before it leaves the cache. Each number is formed in the
same way in every tile, so it doesn't matter how the work is cut.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final, NamedTuple

from rushlight.engine import attention_tiles as vectors
from rushlight.engine import share
from rushlight.engine import vector_exponentials as exponentials
from rushlight.engine.attention_tiles import least
from rushlight.engine.function_writer import (
    Field,
    Native,
    Value,
    choose,
    constant,
    instruction,
    repeat,
    repeat_while,
    stack,
    variable,
    when,
)
from rushlight.engine.products_vectors import Lanes, registers
from rushlight.engine.vector_writer import Value as Number
from rushlight.engine.vector_writer import Writer

MOST_ROWS: Final = 64  # sequences of an item
BACK_VECTORS: Final = 2  # of a panel of the way back
_NEAR: Final = 1 << 15  # bytes of a panel at a time
GATES: Final = {"lstm": 4, "gru": 3}


class Words(NamedTuple):
    """What a kernel is told after the arrays."""

    begin: Any  # the steps to go through
    end: Any
    steps: Any  # how many there are
    row_blocks: Any
    block: Any  # sequences in one
    panels: Any  # of one item
    size: Any  # hidden features
    batch: Any


ARRAYS: Final = {  # in their order
    "forward": "out kept z state cell weight bias table",
    "backward": "grad carry last z kept out state cell to_z to_hidden weight table",
}


# --- arithmetic


class _Maths:
    """Arithmetic on vectors."""

    def __init__(self, lanes: Lanes) -> None:
        self.lanes = lanes
        self.one = vectors.splat(lanes, 1.0)

    def times(self, *factors: Value) -> Value:
        """The product."""
        made, *others = factors
        for each in others:
            made = vectors.times(self.lanes, made, each)
        return made

    def add(self, a: Value, b: Value) -> Value:
        """The sum."""
        return self.lanes.add(a, b)

    def minus(self, a: Value, b: Value) -> Value:
        """The difference."""
        return vectors.minus(self.lanes, a, b)

    def rest(self, a: Value) -> Value:
        """1 - a."""
        return self.minus(self.one, a)

    def tanh(self, x: Value) -> Value:
        """The hyperbolic tangent."""
        kind = self.lanes.vector
        return instruction(kind, f"call {kind} @rl.bent({kind} {x.text})")

    def sigmoid(self, x: Value) -> Value:
        """1 / (1 + exp(-x)), by the power that is not above 1."""
        lanes = self.lanes
        low = vectors.compare(lanes, "olt", x, lanes.zero())
        negative = vectors.minus(lanes, lanes.zero(), x)
        power = vectors.exponential(lanes, vectors.select(lanes, low, x, negative))
        top = vectors.select(lanes, low, power, self.one)
        return vectors.over(lanes, top, self.add(self.one, power))


def _functions(lanes: Lanes) -> str:
    writer = Writer(lanes.count)
    bent = exponentials.tanh32 if lanes.type == "float" else exponentials.tanh64
    result = bent(Number(writer, lanes.type, "%x"))
    return vectors.functions(lanes) + "\n".join([
        f"define internal {lanes.vector} @rl.bent({lanes.vector} %x) alwaysinline nounwind "
        "willreturn memory(none) {", *writer.lines, f"  ret {result.text}", "}\n"])


# --- gates: of one sequence, a vector of hidden features


def _lstm_forward(maths: _Maths, made: list[Value], old: Value, bias: Value) -> tuple[
        list[Value], Value, Value]:
    """The gates, the cell and the state."""
    entered, kept, given = (maths.sigmoid(made[k]) for k in (0, 1, 3))
    new = maths.tanh(made[2])
    cell = maths.add(maths.times(kept, old), maths.times(entered, new))
    return [entered, kept, new, given], cell, maths.times(given, maths.tanh(cell))


def _gru_forward(maths: _Maths, made: list[Value], old: Value, bias: Value) -> tuple[
        list[Value], Value, Value]:
    """The gates, what the state gave to the new one, and the state. made: three sums and, apart,
    what the input gave to the third."""
    reset, update = maths.sigmoid(made[0]), maths.sigmoid(made[1])
    of_state = maths.add(made[2], bias)
    new = maths.tanh(maths.add(made[3], maths.times(reset, of_state)))
    state = maths.add(new, maths.times(update, maths.minus(old, new)))
    return [reset, update, new], of_state, state


def _lstm_backward(
    maths: _Maths, grad: Value, gates: list[Value], kept: Value, old: Value, carry: Value
) -> tuple[list[Value], list[Value], Value]:
    """The gradients of the gates, for input and state, and that of the cell before."""
    entered, remained, new, given = gates
    shown = maths.tanh(kept)
    cell = maths.add(carry, maths.times(grad, given, maths.rest(maths.times(shown, shown))))
    made = [
        maths.times(cell, new, entered, maths.rest(entered)),
        maths.times(cell, old, remained, maths.rest(remained)),
        maths.times(cell, entered, maths.rest(maths.times(new, new))),
        maths.times(grad, shown, given, maths.rest(given))]
    return made, made, maths.times(cell, remained)


def _gru_backward(
    maths: _Maths, grad: Value, gates: list[Value], kept: Value, old: Value, carry: Value
) -> tuple[list[Value], list[Value], Value]:
    """The same; what is carried is what goes to the state before without a product."""
    reset, update, new = gates
    whole = maths.add(grad, carry)
    to_new = maths.times(whole, maths.rest(update), maths.rest(maths.times(new, new)))
    to_update = maths.times(whole, maths.minus(old, new), update, maths.rest(update))
    to_reset = maths.times(to_new, kept, reset, maths.rest(reset))
    return ([to_reset, to_update, to_new], [to_reset, to_update, maths.times(to_new, reset)],
            maths.times(whole, update))


# --- products


class _Tiles:
    """Rows, each somewhere, times a panel: (first term, terms, addresses of rows, panel, to)."""

    def __init__(self, lanes: Lanes, across: int) -> None:
        self.lanes, self.across = lanes, across
        self.tiles = {
            high: Native(f"tile{high}", "void(i64, i64, ptr, ptr, ptr)", self._writer(high))
            for high in (8, 4, 2, 1) if high == 1 or high * across + across + 1 <= registers()}

    def _writer(self, high: int) -> Callable[..., None]:
        lanes, across = self.lanes, self.across

        def write(begin: Value, terms: Value, rows: Value, panel: Value, to: Value) -> None:
            starts = [rows.item("ptr", i).plus(begin * lanes.bytes) for i in range(high)]
            places = [[to.plus((i * across + j) * lanes.width) for j in range(across)]
                      for i in range(high)]
            sums = [[variable(lanes.vector, lanes.zero()) for _ in row] for row in places]
            with when(begin.differs(0)):
                for totals, row in zip(sums, places, strict=True):
                    for total, place in zip(totals, row, strict=True):
                        total.set(lanes.load(place))
            at = variable("ptr", panel)
            with repeat(terms) as k:
                row = [lanes.load(at.value.plus(j * lanes.width)) for j in range(across)]
                for start, totals in zip(starts, sums, strict=True):
                    number = lanes.spread(start.plus(k * lanes.bytes))
                    for total, each in zip(totals, row, strict=True):
                        total.set(lanes.multiply_add(number, each, total.value))
                at.set(at.value.plus(across * lanes.width))
            for totals, row in zip(sums, places, strict=True):
                for total, place in zip(totals, row, strict=True):
                    lanes.store(total.value, place)

        return write

    def run(self, terms: Value, rows: Value, count: Value, panel: Value, to: Value) -> None:
        """For so many rows: a stretch of the panel that stays in the first cache for all of them,
        then the next one."""
        first, wide = variable("i64", 0), self.across * self.lanes.width
        with repeat_while(lambda: first.value.below(terms)):
            some = least(terms - first.value, _NEAR // wide)
            done = variable("i64", 0)
            for high, tile in self.tiles.items():
                turns = (count - done.value) // high
                with repeat(turns):
                    tile(first.value, some, rows.plus(done.value * 8),
                         panel.plus(first.value * wide), to.plus(done.value * wide))
                    done.set(done.value + high)
            first.set(first.value + some)


# --- kernels


def _told(words: Value, way: str) -> tuple[Any, Any]:
    """The arrays, by name, and the numbers."""
    names = ARRAYS[way].split()
    values = share.given(words, "p" * len(names) + "i" * len(Words._fields))
    return dict(zip(names, values, strict=False)), Words(*values[len(names):])


class _Step(NamedTuple):
    """A step: where its rows begin, and of how many sequences it is; none where there is none."""

    start: Value
    size: Value


def _step(table: Value, at: Value, steps: Value) -> _Step:
    inside = at.within(steps)
    place = table.plus(choose(inside, at, 0) * 16)
    return _Step(place[Field("i64", 0)], choose(inside, place[Field("i64", 8)], 0))


@cache
def forward(kind: str, type: str) -> int:
    """The address of the kernel that goes forward."""
    lanes, gates = Lanes(type), GATES[kind]
    maths, tiles = _Maths(lanes), _Tiles(lanes, gates)
    through = {"lstm": _lstm_forward, "gru": _gru_forward}[kind]
    bytes = lanes.bytes

    def gate(made: Value, z: Value, apart: Value, old: Value, kept: Value, new: Value, bias: Value,
             count: Value) -> None:
        some = lanes.first(count)
        sums = [lanes.load(made.plus(k * lanes.width)) for k in range(gates)]
        given = [lanes.load_some(z.plus(apart * k), some) for k in range(gates)]
        if kind == "lstm":
            sums = [maths.add(a, b) for a, b in zip(sums, given, strict=True)]
            extra = lanes.zero()
        else:
            sums = [maths.add(sums[0], given[0]), maths.add(sums[1], given[1]), sums[2], given[2]]
            extra = lanes.load_some(bias, some)
        found, keep, state = through(maths, sums, lanes.load_some(old, some), extra)
        for k, each in enumerate(found):
            lanes.store_some(each, z.plus(apart * k), some)
        lanes.store_some(keep, kept, some)
        lanes.store_some(state, new, some)

    gate_of = Native("gate", "void(ptr, ptr, i64, ptr, ptr, ptr, ptr, i64)", gate)

    def write(words: Value, begin: Value, end: Value) -> None:
        arrays, told = _told(words, "forward")
        rows, made = stack("ptr", MOST_ROWS), stack(lanes.vector, MOST_ROWS * gates)
        row = told.size * bytes
        with repeat(end - begin) as i:
            first = (begin + i) % told.row_blocks * told.block
            panel0 = (begin + i) // told.row_blocks * told.panels
            with repeat(told.end - told.begin) as t:
                now, before = (
                    _step(arrays["table"], told.begin + t - k, told.steps) for k in (0, 1))
                count = least(told.block, now.size - first)
                with repeat(count) as r:
                    at = first + r
                    rows.set_item("ptr", r, choose(
                        at.below(before.size), arrays["out"].plus((before.start + at) * row),
                        arrays["state"].plus(at * row)))
                with repeat(told.panels) as p:
                    offset = (panel0 + p) * lanes.width
                    left = told.size - (panel0 + p) * lanes.count
                    with when(constant("i64", 0).below(left) & constant("i64", 0).below(count)):
                        panel = arrays["weight"].plus(offset * gates * told.size)
                        tiles.run(told.size, rows, count, panel, made)
                        with repeat(count) as r:
                            at = first + r
                            here = (now.start + at) * row + offset
                            if kind == "lstm":
                                old = choose(
                                    at.below(before.size),
                                    arrays["kept"].plus((before.start + at) * row),
                                    arrays["cell"].plus(at * row))
                            else:
                                old = rows.item("ptr", r)
                            gate_of(
                                made.plus(r * (gates * lanes.width)),
                                arrays["z"].plus((now.start + at) * row * gates + offset), row,
                                old.plus(offset), arrays["kept"].plus(here),
                                arrays["out"].plus(here), arrays["bias"].plus(offset),
                                least(left, lanes.count))

    return share.kernel(f"{kind}_forward", write, _functions(lanes))


@cache
def backward(kind: str, type: str) -> int:
    """The address of the kernel that goes back."""
    lanes, gates = Lanes(type), GATES[kind]
    maths, tiles = _Maths(lanes), _Tiles(lanes, BACK_VECTORS)
    back = {"lstm": _lstm_backward, "gru": _gru_backward}[kind]
    bytes = lanes.bytes

    def gate(came: Value, grad: Value, z: Value, apart: Value, kept: Value, old: Value,
             carry: Value, to_z: Value, to_hidden: Value, count: Value) -> None:
        some = lanes.first(count)
        whole = maths.add(lanes.load_some(came, some), lanes.load_some(grad, some))
        to_input, to_state, carried = back(
            maths, whole, [lanes.load_some(z.plus(apart * k), some) for k in range(gates)],
            lanes.load_some(kept, some), lanes.load_some(old, some), lanes.load_some(carry, some))
        for k, each in enumerate(to_input):
            lanes.store_some(each, to_z.plus(apart * k), some)
        if kind == "gru":
            for k, each in enumerate(to_state):
                lanes.store_some(each, to_hidden.plus(apart * k), some)
        lanes.store_some(carried, carry, some)

    gate_of = Native(
        "gate", "void(ptr, ptr, ptr, i64, ptr, ptr, ptr, ptr, ptr, i64)", gate)

    def write(words: Value, begin: Value, end: Value) -> None:
        arrays, told = _told(words, "backward")
        rows, made = stack("ptr", MOST_ROWS), stack(lanes.vector, MOST_ROWS * BACK_VECTORS)
        row, wide = told.size * bytes, BACK_VECTORS * lanes.width
        with repeat(end - begin) as i:
            first = (begin + i) % told.row_blocks * told.block
            panel0 = (begin + i) // told.row_blocks * told.panels
            with repeat(told.end - told.begin) as t:
                at_step = told.end - 1 - t
                now, before, after = (
                    _step(arrays["table"], at_step + k, told.steps) for k in (0, -1, 1))
                count = least(told.block, now.size - first)
                known = least(count, after.size - first)  # those with a product
                with repeat(known) as r:
                    rows.set_item("ptr", r, arrays["to_hidden"].plus(
                        (after.start + first + r) * row * gates))
                with repeat(told.panels) as p:
                    panel_at = (panel0 + p) * wide
                    with when((panel_at.below(row)) & constant("i64", 0).below(count)):
                        panel = arrays["weight"].plus(panel_at * told.size * gates)
                        tiles.run(told.size * gates, rows, known, panel, made)
                        with repeat(count) as r, repeat(BACK_VECTORS) as v:
                            offset = panel_at + v * lanes.width
                            left = told.size - offset // bytes
                            with when(constant("i64", 0).below(left)):
                                one(arrays, told, now, before, first + r, offset, left,
                                    choose(r.below(known),
                                           made.plus(r * wide + v * lanes.width),
                                           arrays["last"].plus((first + r) * row + offset)), row)

    def one(arrays: Any, told: Any, now: _Step, before: _Step, at: Value, offset: Value,
            left: Value, came: Value, row: Value) -> None:
        here, source = (now.start + at) * row, "kept" if kind == "lstm" else "out"
        gates_here = here * gates + offset
        old = choose(
            at.below(before.size), arrays[source].plus((before.start + at) * row),
            arrays["cell" if kind == "lstm" else "state"].plus(at * row))
        gate_of(came, arrays["grad"].plus(here + offset), arrays["z"].plus(gates_here), row,
                arrays["kept"].plus(here + offset), old.plus(offset),
                arrays["carry"].plus(at * row + offset), arrays["to_z"].plus(gates_here),
                arrays["to_hidden"].plus(gates_here), least(left, lanes.count))

    return share.kernel(f"{kind}_backward", write, _functions(lanes))
