"""Attention forward: a block of queries at a time, over all keys in blocks, as native kernels.

The scores of a block are made, become weights and are used up while they are in the cache; sums
that were made with a smaller largest score are scaled when a larger one is met (Milakov and
Gimelshein 2018, Dao et al. 2022). Few queries, as when one token after another is made, have a
kernel of their own, with numbers of a key along the lanes.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final, NamedTuple

from rushlight.engine import attention_tiles as tiles
from rushlight.engine import share
from rushlight.engine.attention_tiles import least, pitch, spread
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
from rushlight.engine.products_vectors import Lanes
from rushlight.engine.vector_writer import INFINITY
from rushlight.engine.vectors import Vector
from rushlight.engine.walks import starts

BLOCK: Final = 64  # keys
MOST_WIDTH: Final = 512  # numbers of a query and of a value together
FEW: Final = 8  # queries
_FEW_KEYS: Final = 128  # at a time, of few queries


class Words(NamedTuple):
    """What a kernel is told, after the arrays; the words of the walk over the heads follow."""

    tiles: Any  # blocks of queries of one head
    height: Any  # queries of a block
    queries: Any
    keys: Any
    width: Any  # numbers of a query
    values: Any  # numbers of a value
    q_row: Any  # bytes from one to the next
    k_row: Any
    v_row: Any
    out_row: Any
    mask_row: Any
    mask_bytes: Any
    mask_kind: Any  # 0: none, 1: bytes, of which 0 says no, 2: numbers to be added
    causal: Any
    scale: Any  # the bits of a double


WALKED: Final = 5  # q, k, v, mask, out


def read(plan: Value) -> Any:
    """The words."""
    return Words(*[plan[Field("i64", 8 * i)] for i in range(len(Words._fields))])


def scale_in(lanes: Lanes, told: Any) -> Value:
    """What scores are multiplied by, as a number of the type."""
    scale = told.scale.to("double", "bitcast")
    return scale if lanes.type == "double" else scale.to("float", "fptrunc")


class Blocks:
    """The functions that forward and backward share: scores of a block of queries and keys."""

    def __init__(self, lanes: Lanes) -> None:
        self.lanes = lanes
        self.make = tiles.Product(lanes, "set")
        self.turned, self.masked, self.cut = (
            each(lanes) for each in (tiles.turned, tiles.masked, tiles.cut))

    def columns(self, told: Any, to: Value, start: Value, row: Value, rows: Value, width: Value,
                by: Value) -> None:
        """Some rows as columns, times a number."""
        lanes = self.lanes
        with repeat(vectors_of(lanes, rows)) as w:
            at = w * lanes.count
            self.turned(to.plus(w * lanes.width), start.plus(at * row), row,
                        least(rows - at, lanes.count), width, by)

    def next(self, told: Any, key: Value, limit: Value, first: Value) -> tuple[Value, Value, Value]:
        """How many keys come next, from which vector of queries on they are seen, and whether that
        vector's first query is the first to see them."""
        lanes = self.lanes
        edge = told.causal.differs(0) & first.below(key + (BLOCK - 1))
        depth = least(limit - key, choose(edge, constant("i64", lanes.count), BLOCK))
        diagonal = edge & first.at_most(key)
        return depth, choose(diagonal, (key - first) // lanes.count, 0), diagonal

    def scores(
        self, told: Any, scores: Value, columns: Value, k: Value, mask: Value, first: Value,
        rows: Value, key: Value, depth: Value, begin: Value, diagonal: Value,
    ) -> None:
        """The scores of the vectors of queries from `begin` on, for some keys."""
        lanes = self.lanes
        vectors, at = vectors_of(lanes, rows), begin * lanes.width
        self.make(vectors - begin, told.width, depth, k.plus(key * told.k_row), told.k_row,
                  constant("i64", lanes.bytes), columns.plus(at), constant("i64", pitch()),
                  scores.plus(at), constant("i64", pitch()), Value("ptr", "null"))
        with when(told.mask_kind.differs(0)), repeat(vectors) as w:
            above = w * lanes.count
            place = mask.plus((first + above) * told.mask_row + key * told.mask_bytes)
            self.masked(scores.plus(w * lanes.width), place, told.mask_row, told.mask_bytes,
                        least(rows - above, lanes.count), depth, told.mask_kind)
        with when(diagonal):
            self.cut(scores.plus(at), depth)


def vectors_of(lanes: Lanes, count: Value) -> Value:
    """How many vectors hold so many numbers."""
    return (count + (lanes.count - 1)) // lanes.count


def limit_of(told: Any, end: Value) -> Value:
    """How many keys the queries before this one look at."""
    return choose(told.causal.differs(0), least(told.keys, end), told.keys)


@cache
def kernel(type: str) -> int:
    """The address of the kernel for blocks of queries."""
    lanes = Lanes(type)
    blocks, mix = Blocks(lanes), tiles.Product(lanes, "scale")
    softened, turned_back = tiles.softened(lanes), tiles.turned_back(lanes)

    def write(words: Value, begin: Value, end: Value) -> None:
        out, saved, q, k, v, mask, plan = share.given(words, "ppppppp")
        told = read(plan)
        block = Native(
            "queries", "void(ptr, ptr, ptr, ptr, ptr, ptr, ptr, i64)", write_block)
        with repeat(end - begin) as i:
            head, tile = (begin + i) // told.tiles, (begin + i) % told.tiles
            at = starts(head, plan.plus(8 * len(Words._fields)), WALKED)
            heres = [each.plus(offset) for each, offset in zip(
                (q, k, v, mask, out), at, strict=True)]
            block(plan, *heres, saved.plus(head * told.queries * (2 * lanes.bytes)),
                  tile * told.height)

    def write_block(plan: Value, q: Value, k: Value, v: Value, mask: Value, out: Value,
                    saved: Value, first: Value) -> None:
        told = read(plan)
        rows = least(told.queries - first, told.height)
        vectors = vectors_of(lanes, rows)
        room = stack(lanes.vector, MOST_WIDTH * tiles.widest())
        sums = room.plus(vectors_of(lanes, told.width) * (lanes.count * pitch()))
        scores = stack(lanes.vector, BLOCK * tiles.widest())
        most, total, factor = (stack(lanes.vector, tiles.widest()) for _ in range(3))
        blocks.columns(told, room, q.plus(first * told.q_row), told.q_row, rows, told.width,
                       scale_in(lanes, told))
        with repeat(vectors) as w:
            lanes.store(tiles.splat(lanes, -INFINITY), most.plus(w * lanes.width))
            lanes.store(lanes.zero(), total.plus(w * lanes.width))
            with repeat(told.values) as i:
                lanes.store(lanes.zero(), sums.plus(i * pitch() + w * lanes.width))
        key, limit = variable("i64", 0), limit_of(told, first + rows)
        with repeat_while(lambda: key.value.below(limit)):
            depth, begin, diagonal = blocks.next(told, key.value, limit, first)
            blocks.scores(told, scores, room, k, mask, first, rows, key.value, depth, begin,
                          diagonal)
            with repeat(vectors - begin) as i:
                at = (begin + i) * lanes.width
                softened(scores.plus(at), depth, most.plus(at), total.plus(at), factor.plus(at))
            at = begin * lanes.width
            mix(vectors - begin, depth, told.values, v.plus(key.value * told.v_row),
                constant("i64", lanes.bytes), told.v_row, scores.plus(at),
                constant("i64", pitch()), sums.plus(at), constant("i64", pitch()),
                factor.plus(at))
            key.set(key.value + depth)
        with repeat(vectors) as w:
            at, above = w * lanes.width, w * lanes.count
            by = tiles.inverse(lanes, lanes.load(total.plus(at)))
            lanes.store(by, total.plus(at))
            turned_back(out.plus((first + above) * told.out_row), told.out_row, sums.plus(at),
                        least(rows - above, lanes.count), told.values, total.plus(at))
            some = lanes.first(least(rows - above, lanes.count))
            place = saved.plus((first + above) * lanes.bytes)
            base = tiles.finite_or_zero(lanes, lanes.load(most.plus(at)))
            lanes.store_some(base, place, some)
            lanes.store_some(by, place.plus(told.queries * lanes.bytes), some)

    return share.kernel("attention", write, tiles.functions(lanes))


# --- few queries


def _dots(lanes: Lanes) -> Native:
    """The scores of one query for as many keys as there are lanes: (to, q, k, bytes from key to
    key, keys, width)."""
    vector = Vector(lanes.type, lanes.count)

    def write(to: Value, q: Value, k: Value, row: Value, keys: Value, width: Value) -> None:
        sources = [k.plus(row * least(constant("i64", i), keys - 1)) for i in range(lanes.count)]
        sums = [variable(lanes.vector, lanes.zero()) for _ in sources]
        whole = width // lanes.count

        def add(at: Value, some: Value | None) -> None:
            def load(place: Value) -> Value:
                return lanes.load(place) if some is None else lanes.load_some(place, some)

            query = load(q.plus(at))
            for source, total in zip(sources, sums, strict=True):
                total.set(lanes.multiply_add(query, load(source.plus(at)), total.value))

        with repeat(whole) as i:
            add(i * lanes.width, None)
        rest = width - whole * lanes.count
        with when(rest.differs(0)):
            add(whole * lanes.width, lanes.first(rest))
        lanes.store(vector.totals([each.value for each in sums]), to)

    return Native("dots", "void(ptr, ptr, ptr, i64, i64, i64)", write)


_CHAINS: Final = 4


def _mixed(lanes: Lanes, vectors: int) -> Native:
    """Add values times weights to so many vectors, times a factor before: (to, weights, v, bytes
    from key to key, keys, factor, how many numbers there are)."""
    def write(to: Value, weights: Value, v: Value, row: Value, keys: Value, factor: Value,
              count: Value) -> None:
        some = lanes.first(count) if vectors == 1 else None
        sums = [[variable(lanes.vector, lanes.zero()) for _ in range(vectors)]
                for _ in range(_CHAINS)]

        def add(key: Value, chain: int) -> None:
            weight, place = lanes.spread(weights.plus(key * lanes.bytes)), v.plus(key * row)
            for j, total in enumerate(sums[chain]):
                at = place.plus(j * lanes.width)
                value = lanes.load(at) if some is None else lanes.load_some(at, some)
                total.set(lanes.multiply_add(weight, value, total.value))

        turns = keys // _CHAINS
        with repeat(turns) as i:
            for chain in range(_CHAINS):
                add(i * _CHAINS + chain, chain)
        with repeat(keys - turns * _CHAINS) as i:
            add(turns * _CHAINS + i, 0)
        by = lanes.load(factor)
        for j in range(vectors):
            a, b, c, d = (each[j].value for each in sums)
            whole = lanes.add(lanes.add(a, b), lanes.add(c, d))
            place = to.plus(j * lanes.width)
            lanes.store(lanes.multiply_add(lanes.load(place), by, whole), place)

    return Native(f"mixed{vectors}", "void(ptr, ptr, ptr, i64, i64, ptr, i64)", write)


def _whole(lanes: Lanes, how: str, x: Value) -> Value:
    """What the lanes come to (fmax, fadd), in every lane."""
    start = "" if how == "fmax" else f"{lanes.type} 0.0, "
    number = instruction(
        lanes.type, f"call {'reassoc ' if start else ''}{lanes.type} "
        f"@llvm.vector.reduce.{how}.{lanes.name}({start}{lanes.vector} {x.text})")
    return spread(lanes, number)


def _weights(lanes: Lanes) -> Native:
    """Scores of one query, side by side, become weights, and the state goes on: (scores, keys,
    most, total, factor)."""
    def write(scores: Value, keys: Value, most: Value, total: Value, factor: Value) -> None:
        count = vectors_of(lanes, keys)
        top = variable(lanes.vector, lanes.load(most))
        with repeat(count) as i:
            top.set(tiles.larger(lanes, top.value, lanes.load(scores.plus(i * lanes.width))))
        before, now = lanes.load(most), _whole(lanes, "fmax", top.value)
        lanes.store(now, most)
        base = tiles.finite_or_zero(lanes, now)
        by = tiles.exponential(lanes, tiles.minus(lanes, before, base))
        lanes.store(by, factor)
        added = variable(lanes.vector, tiles.times(lanes, lanes.load(total), by))
        with repeat(count) as i:
            place = scores.plus(i * lanes.width)
            weight = tiles.exponential(lanes, tiles.minus(lanes, lanes.load(place), base))
            lanes.store(weight, place)
            added.set(lanes.add(added.value, weight))
        lanes.store(added.value, total)

    return Native("weights", "void(ptr, i64, ptr, ptr, ptr)", write)


@cache
def few_kernel(type: str) -> int:
    """The address of the kernel for heads with `FEW` queries or less."""
    lanes = Lanes(type)
    dots, weights = _dots(lanes), _weights(lanes)
    mixed = {count: _mixed(lanes, count) for count in (4, 2, 1)}

    def write(words: Value, begin: Value, end: Value) -> None:
        out, saved, q, k, v, mask, plan = share.given(words, "ppppppp")
        told = read(plan)
        one = Native("head", "void(ptr, ptr, ptr, ptr, ptr, ptr, ptr)", write_head)
        with repeat(end - begin) as i:
            head = begin + i
            at = starts(head, plan.plus(8 * len(Words._fields)), WALKED)
            heres = [each.plus(offset) for each, offset in zip(
                (q, k, v, mask, out), at, strict=True)]
            one(plan, *heres, saved.plus(head * told.queries * (2 * lanes.bytes)))

    def write_head(plan: Value, q: Value, k: Value, v: Value, mask: Value, out: Value,
                   saved: Value) -> None:
        told = read(plan)
        sums = stack(lanes.vector, FEW * MOST_WIDTH // lanes.count)
        apart = MOST_WIDTH * lanes.bytes
        scores = stack(lanes.vector, _FEW_KEYS // lanes.count)
        most, total = (stack(lanes.vector, FEW) for _ in range(2))
        factor = stack(lanes.vector)
        with repeat(told.queries) as r:
            lanes.store(tiles.splat(lanes, -INFINITY), most.plus(r * lanes.width))
            lanes.store(lanes.zero(), total.plus(r * lanes.width))
            with repeat(vectors_of(lanes, told.values)) as i:
                lanes.store(lanes.zero(), sums.plus(r * apart + i * lanes.width))
        key = variable("i64", 0)
        limit = limit_of(told, told.queries)
        with repeat_while(lambda: key.value.below(limit)):
            count = least(limit - key.value, _FEW_KEYS)
            with repeat(told.queries) as r:
                at = r * lanes.width
                score(told, scores, q.plus(r * told.q_row), k, mask.plus(r * told.mask_row), r,
                      key.value, count)
                weights(scores, count, most.plus(at), total.plus(at), factor)
                mix(told, sums.plus(r * apart), scores, v.plus(key.value * told.v_row), count,
                    factor)
            key.set(key.value + count)
        with repeat(told.queries) as r:
            whole = _whole(lanes, "fadd", lanes.load(total.plus(r * lanes.width)))
            by = tiles.inverse(lanes, whole)
            with repeat(vectors_of(lanes, told.values)) as i:
                some = lanes.first(least(told.values - i * lanes.count, lanes.count))
                value = lanes.load(sums.plus(r * apart + i * lanes.width))
                lanes.store_some(tiles.times(lanes, value, by),
                                 out.plus(r * told.out_row + i * lanes.width), some)
            base = tiles.finite_or_zero(lanes, lanes.load(most.plus(r * lanes.width)))
            first = lanes.first(constant("i64", 1))
            lanes.store_some(base, saved.plus(r * lanes.bytes), first)
            lanes.store_some(by, saved.plus((told.queries + r) * lanes.bytes), first)

    def score(told: Any, scores: Value, q: Value, k: Value, mask: Value, query: Value, key: Value,
              count: Value) -> None:
        scale, low = spread(lanes, scale_in(lanes, told)), tiles.splat(lanes, -INFINITY)
        seen = choose(told.causal.differs(0), least(count, query + 1 - key), count)
        with repeat(vectors_of(lanes, count)) as i:
            at = i * lanes.count
            place = scores.plus(at * lanes.bytes)
            dots(place, q, k.plus((key + at) * told.k_row), told.k_row, count - at, told.width)
            found = variable(lanes.vector, tiles.times(lanes, lanes.load(place), scale))
            left = seen - at
            some = lanes.first(choose(left.below(0), left.like(0), left))
            with when(told.mask_kind.differs(0)):
                added = tiles.mask_numbers(
                    lanes, mask.plus((key + at) * told.mask_bytes), some, told.mask_kind)
                found.set(tiles.with_mask(lanes, found.value, added, told.mask_kind))
            lanes.store(tiles.select(lanes, some, found.value, low), place)

    def mix(told: Any, sums: Value, scores: Value, v: Value, count: Value, factor: Value) -> None:
        done = variable("i64", 0)
        for vectors, function in mixed.items():
            left = told.values - done.value
            turns = vectors_of(lanes, left) if vectors == 1 else left // (vectors * lanes.count)
            with repeat(turns):
                at = done.value * lanes.bytes
                function(sums.plus(at), scores, v.plus(at), told.v_row, count, factor,
                         least(told.values - done.value, lanes.count))
                done.set(done.value + vectors * lanes.count)

    return share.kernel("few_queries", write, tiles.functions(lanes))
