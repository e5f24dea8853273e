"""What attention is made of: products of small blocks, squares turned, and exp, natively.

Blocks of scores lie with queries along the lanes of vectors and a row for each key: so the largest
score of a query, the sum of its weights and what they are scaled by are found lane by lane.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from rushlight.engine.function_writer import (
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
from rushlight.engine.products_vectors import Lanes, register_bytes, registers
from rushlight.engine.vector_exponentials import small_power, without_ln2
from rushlight.engine.vector_scaling import two_to
from rushlight.engine.vector_writer import INFINITY, Writer
from rushlight.engine.vector_writer import Value as Number
from rushlight.engine.vector_writer import choose as chosen
from rushlight.engine.vector_writer import constant as number_text

_MOST_ROWS = 8
# Below these exp is so small that it may as well be 0; above, 2**n is a normal number
_LEAST = {"float": -87.33, "double": -708.39}


@cache
def widest() -> int:
    """How many vectors of queries a block has at most."""
    return 4 if registers() >= 32 else 2


def pitch() -> int:
    """Bytes from one row of a block to the next."""
    return widest() * register_bytes()


def least(x: Value, y: Value | int) -> Value:
    """The smaller of two whole numbers."""
    return choose(x.below(y), x, y)


# --- numbers


def splat(lanes: Lanes, number: float) -> Value:
    """The same number in every lane."""
    return Value(lanes.vector, f"splat ({lanes.type} {number_text(lanes.type, number)})")


def spread(lanes: Lanes, number: Value) -> Value:
    """A number in every lane."""
    single = instruction(
        lanes.vector, f"insertelement {lanes.vector} poison, {number.type} {number.text}, i64 0")
    return instruction(lanes.vector, f"shufflevector {lanes.vector} {single.text}, "
                       f"{lanes.vector} poison, <{lanes.count} x i32> zeroinitializer")


def times(lanes: Lanes, x: Value, y: Value) -> Value:
    """Lane by lane."""
    return instruction(lanes.vector, f"fmul {lanes.vector} {x.text}, {y.text}")


def minus(lanes: Lanes, x: Value, y: Value) -> Value:
    """Lane by lane."""
    return instruction(lanes.vector, f"fsub {lanes.vector} {x.text}, {y.text}")


def over(lanes: Lanes, x: Value, y: Value) -> Value:
    """Lane by lane."""
    return instruction(lanes.vector, f"fdiv {lanes.vector} {x.text}, {y.text}")


def compare(lanes: Lanes, relation: str, x: Value, y: Value) -> Value:
    """A mask: where a relation holds."""
    return instruction(
        f"<{lanes.count} x i1>", f"fcmp {relation} {lanes.vector} {x.text}, {y.text}")


def select(lanes: Lanes, mask: Value, yes: Value, no: Value) -> Value:
    """One or the other, lane by lane."""
    return instruction(
        lanes.vector, f"select {mask.type} {mask.text}, {lanes.vector} {yes.text}, "
        f"{lanes.vector} {no.text}")


def larger(lanes: Lanes, x: Value, y: Value) -> Value:
    """The larger of the two; x where y is NaN."""
    return select(lanes, compare(lanes, "olt", x, y), y, x)


def finite_or_zero(lanes: Lanes, x: Value) -> Value:
    """x, but 0 for minus infinity: what is taken from scores that are all so low."""
    low = splat(lanes, -INFINITY)
    return select(lanes, compare(lanes, "oeq", x, low), lanes.zero(), x)


def exponential(lanes: Lanes, x: Value) -> Value:
    """e**x, for x of 0 and below."""
    return instruction(lanes.vector, f"call {lanes.vector} @rl.falling({lanes.vector} {x.text})")


def functions(lanes: Lanes) -> str:
    """What `exponential` calls, as LLVM IR."""
    writer, low = Writer(lanes.count), _LEAST[lanes.type]
    x = Number(writer, lanes.type, "%x")
    shifted, r = without_ln2(x.at_least(low))
    result = chosen(x < low, 0.0, small_power(r, lanes.type) * two_to(shifted))
    return "\n".join([
        f"define internal {lanes.vector} @rl.falling({x.text}) alwaysinline nounwind willreturn "
        "memory(none) {", *writer.lines, f"  ret {result.text}", "}\n"])


# --- products


def _rows(vectors: int) -> int:
    """How many rows of so many vectors a tile has, with what they are made of in registers."""
    rows = _MOST_ROWS
    while rows > 1 and rows * vectors + vectors + 1 > registers():
        rows //= 2
    return rows


# How many terms, how many rows; where a begins, bytes from row to row, from term to term; where b
# begins, bytes from term to term; where the result begins, bytes from row to row; and factors
_TILE = "void(i64, i64, ptr, i64, i64, ptr, i64, ptr, i64, ptr)"


class Product:
    """Rows of the result are sums of numbers of `a` times vectors of `b`, in the order of terms.

    how: "set" writes them, "add" adds them to what is there, "scale" to what is there times factors
    that lie in vectors.
    """

    def __init__(self, lanes: Lanes, how: str) -> None:
        self.lanes, self.how = lanes, how
        self.tiles = {
            count: Native(f"{how}{count}", _TILE, self._writer(count))
            for count in range(1, widest() + 1)}

    def __call__(self, vectors: Value, *arguments: Value) -> None:
        """With so many vectors in a row, 1 to `widest`."""
        for count, tile in self.tiles.items():
            with when(vectors.equals(count)):
                tile(*arguments)

    def across(self, vectors: Value, terms: Value, rows: Value, a: Value, a_row: Value,
               a_step: Value, b: Value, b_step: Value, c: Value, c_row: Value) -> None:
        """With as many vectors in a row as there are."""
        done = variable("i64", 0)
        with repeat_while(lambda: done.value.below(vectors)):
            some, at = least(vectors - done.value, widest()), done.value * self.lanes.width
            self(some, terms, rows, a, a_row, a_step, b.plus(at), b_step, c.plus(at), c_row,
                 Value("ptr", "null"))
            done.set(done.value + some)

    def _writer(self, vectors: int) -> Callable[..., None]:
        lanes, high = self.lanes, _rows(vectors)

        def write(
            terms: Value, rows: Value, a: Value, a_row: Value, a_step: Value, b: Value,
            b_step: Value, c: Value, c_row: Value, factors: Value,
        ) -> None:
            def load(place: Value) -> list[Value]:
                return [lanes.load(place.plus(j * lanes.width)) for j in range(vectors)]

            scale = load(factors) if self.how == "scale" else []
            row = variable("i64", 0)
            with repeat_while(lambda: row.value.below(rows)):
                # Rows beyond the last one are the last one again, and written alike
                numbers = [least(row.value + i, rows - 1) for i in range(high)]
                below = [a_row * each for each in numbers]
                sums = [[variable(lanes.vector, lanes.zero()) for _ in range(vectors)]
                        for _ in range(high)]
                at_a, at_b = variable("ptr", a), variable("ptr", b)
                with repeat(terms):
                    row_of_b = load(at_b.value)
                    for offset, row_of_sums in zip(below, sums, strict=True):
                        number = lanes.spread(at_a.value.plus(offset))
                        for total, each in zip(row_of_sums, row_of_b, strict=True):
                            total.set(lanes.multiply_add(number, each, total.value))
                    at_a.set(at_a.value.plus(a_step))
                    at_b.set(at_b.value.plus(b_step))
                places = [c.plus(c_row * each) for each in numbers]
                made = [[each.value for each in row_of_sums] for row_of_sums in sums]
                if self.how == "add":
                    made = [[lanes.add(x, y) for x, y in zip(load(place), each, strict=True)]
                            for place, each in zip(places, made, strict=True)]
                elif self.how == "scale":
                    made = [[lanes.multiply_add(x, factor, y) for x, factor, y in zip(
                        load(place), scale, each, strict=True)]
                        for place, each in zip(places, made, strict=True)]
                for place, values in zip(places, made, strict=True):
                    for j, value in enumerate(values):
                        lanes.store(value, place.plus(j * lanes.width))
                row.set(row.value + high)

        return write


# --- squares turned


def turned(lanes: Lanes, name: str = "turned", factor: bool = True) -> Native:
    """Some rows of numbers as columns: (to, from, bytes from row to row, rows, columns, factor).

    As many rows as there are lanes at most; those beyond the last one are the last one again. What
    is written has a row for each column, up to a multiple of lanes, with zeros after the last one.
    """
    def write(to: Value, start: Value, row: Value, rows: Value, columns: Value,
              by: Value) -> None:
        n, scale = lanes.count, spread(lanes, by)
        sources = [start.plus(row * least(constant("i64", i), rows - 1)) for i in range(n)]
        done = variable("i64", 0)
        with repeat_while(lambda: done.value.below(columns)):
            some = lanes.first(least(columns - done.value, n))
            square = [lanes.load_some(each.plus(done.value * lanes.bytes), some)
                      for each in sources]
            for i, each in enumerate(lanes.transposed(square)):
                lanes.store(times(lanes, each, scale), to.plus((done.value + i) * pitch()))
            done.set(done.value + n)

    return Native(name, f"void(ptr, ptr, i64, i64, i64, {lanes.type})", write)


def turned_back(lanes: Lanes) -> Native:
    """Columns times factors, a vector of them, as rows: (to, bytes from row to row, from, rows,
    columns, factors)."""
    def write(to: Value, row: Value, start: Value, rows: Value, columns: Value,
              factors: Value) -> None:
        n, scale = lanes.count, lanes.load(factors)
        targets = [to.plus(row * i) for i in range(n)]
        done = variable("i64", 0)
        with repeat_while(lambda: done.value.below(columns)):
            some = lanes.first(least(columns - done.value, n))
            square = [times(lanes, lanes.load(start.plus((done.value + i) * pitch())), scale)
                      for i in range(n)]
            made = lanes.transposed(square)
            for i, target in enumerate(targets):
                with when(constant("i64", i).below(rows)):
                    lanes.store_some(made[i], target.plus(done.value * lanes.bytes), some)
            done.set(done.value + n)

    return Native("turned_back", "void(ptr, i64, ptr, i64, i64, ptr)", write)


def mask_numbers(lanes: Lanes, place: Value, some: Value, kind: Value) -> Value:
    """What a mask adds to scores: numbers (kind 2) that lie there, or minus infinity for each byte
    that is 0 (kind 1); nothing beside `some`."""
    found = variable(lanes.vector, lanes.zero())
    with when(kind.equals(2)):
        found.set(lanes.load_some(place, some))
    with when(kind.equals(1)):
        bytes = f"<{lanes.count} x i8>"
        seen = instruction(
            bytes, f"call {bytes} @llvm.masked.load.v{lanes.count}i8.p0(ptr {place.text}, i32 1, "
            f"{some.type} {some.text}, {bytes} splat (i8 1))")
        allowed = instruction(some.type, f"icmp ne {bytes} {seen.text}, zeroinitializer")
        found.set(select(lanes, allowed, lanes.zero(), splat(lanes, -INFINITY)))
    return found.value


def with_mask(lanes: Lanes, scores: Value, mask: Value, kind: Value) -> Value:
    """The sum; where a mask of bytes says no minus infinity, even of NaN."""
    low = splat(lanes, -INFINITY)
    away = compare(lanes, "oeq", mask, low)
    away = instruction(away.type, f"select i1 {kind.equals(1).text}, {away.type} {away.text}, "
                       f"{away.type} zeroinitializer")
    return select(lanes, away, low, lanes.add(scores, mask))


def masked(lanes: Lanes) -> Native:
    """Add a mask's rows, turned, to a vector of queries' scores: (scores, mask, bytes from row to
    row, bytes of a number, rows, keys, kind)."""
    def write(scores: Value, mask: Value, row: Value, bytes: Value, rows: Value, keys: Value,
              kind: Value) -> None:
        n = lanes.count
        sources = [mask.plus(row * least(constant("i64", i), rows - 1)) for i in range(n)]
        room = stack(lanes.vector, n)
        done = variable("i64", 0)
        with repeat_while(lambda: done.value.below(keys)):
            some = lanes.first(least(keys - done.value, n))
            for i, each in enumerate(sources):
                lanes.store(mask_numbers(lanes, each.plus(done.value * bytes), some, kind),
                            room.plus(i * lanes.width))
            square = [lanes.load(room.plus(i * lanes.width)) for i in range(n)]
            for i, each in enumerate(lanes.transposed(square)):
                place = scores.plus((done.value + i) * pitch())
                lanes.store(with_mask(lanes, lanes.load(place), each, kind), place)
            done.set(done.value + n)

    return Native("masked", "void(ptr, ptr, i64, i64, i64, i64, i64)", write)


def cut(lanes: Lanes) -> Native:
    """Minus infinity for queries before the key, where the first of both are the same:
    (scores, keys)."""
    def write(scores: Value, keys: Value) -> None:
        with repeat(keys) as i:
            place = scores.plus(i * pitch())
            before = lanes.first(i)
            low = splat(lanes, -INFINITY)
            lanes.store(select(lanes, before, low, lanes.load(place)), place)

    return Native("cut", "void(ptr, i64)", write)


_AT_A_TIME = 4


def softened(lanes: Lanes) -> Native:
    """Scores of a vector of queries become weights, and the state goes on: (scores, keys, most,
    total, factor)."""
    def write(scores: Value, keys: Value, most: Value, total: Value, factor: Value) -> None:
        low = splat(lanes, -INFINITY)
        count = (keys + (_AT_A_TIME - 1)) // _AT_A_TIME
        with repeat(count * _AT_A_TIME - keys) as i:
            lanes.store(low, scores.plus((keys + i) * pitch()))

        def places(i: Value) -> list[Value]:
            return [scores.plus((i * _AT_A_TIME + k) * pitch()) for k in range(_AT_A_TIME)]

        tops = [variable(lanes.vector, low) for _ in range(_AT_A_TIME)]
        with repeat(count) as i:
            for top, place in zip(tops, places(i), strict=True):
                top.set(larger(lanes, top.value, lanes.load(place)))
        before = lanes.load(most)
        now = before
        for top in tops:
            now = larger(lanes, now, top.value)
        lanes.store(now, most)
        base = finite_or_zero(lanes, now)
        by = exponential(lanes, minus(lanes, before, base))
        lanes.store(by, factor)
        sums = [variable(lanes.vector, lanes.zero()) for _ in range(_AT_A_TIME)]
        with repeat(count) as i:
            for each, place in zip(sums, places(i), strict=True):
                weight = exponential(lanes, minus(lanes, lanes.load(place), base))
                lanes.store(weight, place)
                each.set(lanes.add(each.value, weight))
        whole = lanes.add(
            lanes.add(sums[0].value, sums[1].value), lanes.add(sums[2].value, sums[3].value))
        lanes.store(lanes.multiply_add(lanes.load(total), by, whole), total)

    return Native("softened", "void(ptr, i64, ptr, ptr, ptr)", write)


def inverse(lanes: Lanes, total: Value) -> Value:
    """1 over the sum of weights; 0 where there are none."""
    none = compare(lanes, "oeq", total, lanes.zero())
    return select(lanes, none, lanes.zero(), over(lanes, splat(lanes, 1.0), total))
