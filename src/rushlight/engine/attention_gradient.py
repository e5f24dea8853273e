"""The gradient of attention: weights are made again, block by block, from what forward has saved.

An item is one head and a stretch of its keys. Of each block of queries and keys the weights and
their slopes are made once, in the cache, and go into the gradients of queries, keys and values.
(Dao et al. 2022, FlashAttention.)
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final, NamedTuple

from rushlight.engine import attention_tiles as tiles
from rushlight.engine import share
from rushlight.engine.attention_kernels import (
    BLOCK,
    MOST_WIDTH,
    Blocks,
    limit_of,
    scale_in,
    vectors_of,
)
from rushlight.engine.attention_tiles import least, pitch, spread
from rushlight.engine.function_writer import (
    Field,
    Native,
    Value,
    constant,
    repeat,
    repeat_while,
    stack,
    variable,
)
from rushlight.engine.products_vectors import Lanes
from rushlight.engine.walks import starts


class Words(NamedTuple):
    """What the kernel is told, after the arrays; the words of the walk over the heads follow."""

    stretches: Any  # of keys, of one head
    stretch: Any  # keys
    height: Any  # queries of a block
    queries: Any
    keys: Any
    width: Any  # numbers of a query; this and the next are multiples of the lanes
    values: Any  # numbers of a value
    q_row: Any  # bytes from one to the next
    k_row: Any
    v_row: Any
    out_row: Any
    grad_row: Any
    to_q_row: Any
    to_k_row: Any
    to_v_row: Any
    to_q_stretch: Any  # bytes: each stretch has its own sums for queries
    mask_row: Any
    mask_bytes: Any
    mask_kind: Any
    causal: Any
    scale: Any  # the bits of a double


_ITEMS: Final = 16  # as many parts of the work there should be
NAMES: Final = ("q", "k", "v", "mask", "out", "grad", "to_q", "to_k", "to_v")  # walked arrays


def _slopes(lanes: Lanes) -> Native:
    """Scores of a vector of queries become weights, and what came to the weights the slopes of
    scores: (scores, came, keys, most, inverse, mean, scale)."""
    def write(scores: Value, came: Value, keys: Value, most: Value, by: Value, mean: Value,
              scale: Value) -> None:
        base, inverse, middle = (lanes.load(each) for each in (most, by, mean))
        factor = spread(lanes, scale)
        with repeat(keys) as i:
            here, there = scores.plus(i * pitch()), came.plus(i * pitch())
            weight = tiles.times(lanes, tiles.exponential(
                lanes, tiles.minus(lanes, lanes.load(here), base)), inverse)
            lanes.store(weight, here)
            apart = tiles.minus(lanes, lanes.load(there), middle)
            lanes.store(tiles.times(lanes, tiles.times(lanes, weight, apart), factor), there)

    return Native("slopes", f"void(ptr, ptr, i64, ptr, ptr, ptr, {lanes.type})", write)


def _means(lanes: Lanes) -> Native:
    """The sum of products of each of some rows: (to, a, bytes from row to row, b, bytes from row to
    row, rows, vectors)."""
    def write(to: Value, a: Value, a_row: Value, b: Value, b_row: Value, rows: Value,
              vectors: Value) -> None:
        with repeat(rows) as i:
            total = variable(lanes.vector, lanes.zero())
            at_a, at_b = a.plus(i * a_row), b.plus(i * b_row)
            with repeat(vectors) as j:
                at = j * lanes.width
                total.set(lanes.multiply_add(
                    lanes.load(at_a.plus(at)), lanes.load(at_b.plus(at)), total.value))
            to.set_item(lanes.type, i, lanes.total(total.value))

    return Native("means", "void(ptr, ptr, i64, ptr, i64, i64, i64)", write)


def _zeros(lanes: Lanes) -> Native:
    """Zeros in some rows: (to, bytes from row to row, rows, vectors)."""
    def write(to: Value, row: Value, rows: Value, vectors: Value) -> None:
        with repeat(rows) as i, repeat(vectors) as j:
            lanes.store(lanes.zero(), to.plus(i * row + j * lanes.width))

    return Native("zeros", "void(ptr, i64, i64, i64)", write)


@cache
def kernel(type: str) -> int:
    """The address of the kernel."""
    lanes = Lanes(type)
    blocks, add = Blocks(lanes), tiles.Product(lanes, "add")
    slopes, means, zeros = _slopes(lanes), _means(lanes), _zeros(lanes)

    def write(words: Value, begin: Value, end: Value) -> None:
        *arrays, saved, plan = share.given(words, "ppppppppppp")
        told = _read(plan)
        item = Native(
            "stretch", f"void({', '.join(['ptr'] * (len(NAMES) + 2))}, i64)", write_item)
        with repeat(end - begin) as i:
            head, place = (begin + i) // told.stretches, (begin + i) % told.stretches
            at = starts(head, plan.plus(8 * len(Words._fields)), len(NAMES))
            heres = dict(zip(NAMES, [
                each.plus(offset) for each, offset in zip(arrays, at, strict=True)], strict=True))
            heres["to_q"] = heres["to_q"].plus(place * told.to_q_stretch)
            item(*heres.values(), saved.plus(head * told.queries * (2 * lanes.bytes)), plan,
                 place * told.stretch)

    def write_item(*given: Value) -> None:
        *addresses, saved, plan, start = given
        told, here = _read(plan), dict(zip(NAMES, addresses, strict=True))
        stop = least(told.keys, start + told.stretch)
        across, down = told.width // lanes.count, told.values // lanes.count
        zeros(here["to_q"], told.to_q_row, told.queries, across)
        zeros(here["to_k"].plus(start * told.to_k_row), told.to_k_row, stop - start, across)
        zeros(here["to_v"].plus(start * told.to_v_row), told.to_v_row, stop - start, down)
        room = stack(lanes.vector, MOST_WIDTH * tiles.widest())
        scores, came = (stack(lanes.vector, BLOCK * tiles.widest()) for _ in range(2))
        state = [stack(lanes.vector, tiles.widest()) for _ in range(3)]
        first = variable("i64", 0)
        with repeat_while(lambda: first.value.below(told.queries)):
            write_block(told, here, saved, start, stop, first.value, room, scores, came, state)
            first.set(first.value + told.height)

    def write_block(
        told: Any, here: dict[str, Value], saved: Value, start: Value, stop: Value, first: Value,
        room: Value, scores: Value, came: Value, state: list[Value],
    ) -> None:
        """What queries from `first` on and the stretch of keys add."""
        most, by, mean = state
        rows = least(told.queries - first, told.height)
        vectors, pitch_, one = (
            vectors_of(lanes, rows), constant("i64", pitch()), constant("i64", lanes.bytes))
        grad, of_grad = here["grad"].plus(first * told.grad_row), room.plus(told.width * pitch())
        q, to_q = here["q"].plus(first * told.q_row), here["to_q"].plus(first * told.to_q_row)
        scale = scale_in(lanes, told)
        blocks.columns(told, room, q, told.q_row, rows, told.width, scale)
        blocks.columns(told, of_grad, grad, told.grad_row, rows, told.values,
                       Value(lanes.type, "1.0"))
        means(mean, here["out"].plus(first * told.out_row), told.out_row, grad, told.grad_row,
              rows, told.values // lanes.count)
        with repeat(vectors) as w:
            some = lanes.first(least(rows - w * lanes.count, lanes.count))
            place = saved.plus(first * lanes.bytes + w * lanes.width)
            lanes.store(lanes.load_some(place, some), most.plus(w * lanes.width))
            lanes.store(lanes.load_some(place.plus(told.queries * lanes.bytes), some),
                        by.plus(w * lanes.width))
        key, limit = variable("i64", start), least(stop, limit_of(told, first + rows))
        with repeat_while(lambda: key.value.below(limit)):
            depth, begin, diagonal = blocks.next(told, key.value, limit, first)
            at, above = begin * lanes.width, begin * lanes.count
            blocks.scores(told, scores, room, here["k"], here["mask"], first, rows, key.value,
                          depth, begin, diagonal)
            k, v = here["k"].plus(key.value * told.k_row), here["v"].plus(key.value * told.v_row)
            blocks.make(vectors - begin, told.values, depth, v, told.v_row, one, of_grad.plus(at),
                        pitch_, came.plus(at), pitch_, Value("ptr", "null"))
            with repeat(vectors - begin) as i:
                place = (begin + i) * lanes.width
                slopes(scores.plus(place), came.plus(place), depth, most.plus(place),
                       by.plus(place), mean.plus(place), scale)
            add.across(told.values // lanes.count, rows - above, depth, scores.plus(at), pitch_,
                       one, grad.plus(above * told.grad_row), told.grad_row,
                       here["to_v"].plus(key.value * told.to_v_row), told.to_v_row)
            add.across(told.width // lanes.count, rows - above, depth, came.plus(at), pitch_, one,
                       q.plus(above * told.q_row), told.q_row,
                       here["to_k"].plus(key.value * told.to_k_row), told.to_k_row)
            add.across(told.width // lanes.count, depth, rows - above, came.plus(at), one, pitch_,
                       k, told.k_row, to_q.plus(above * told.to_q_row), told.to_q_row)
            key.set(key.value + depth)

    return share.kernel("attention_gradient", write, tiles.functions(lanes))


def _read(plan: Value) -> Any:
    return Words(*[plan[Field("i64", 8 * i)] for i in range(len(Words._fields))])


def stretches(heads: int, keys: int) -> tuple[int, int]:
    """Into how many stretches keys are cut, and how many are in one: few heads have several."""
    blocks = -(-keys // BLOCK)
    wanted = min(blocks, -(-_ITEMS // heads))
    each = -(-blocks // wanted) * BLOCK
    return -(-keys // each), each

