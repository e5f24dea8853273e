"""A random stream: the numbers behind a `Generator`, equal to PyTorch's on the CPU draw for draw.

The source is the Mersenne twister MT19937, which makes its 32-bit words 624 at a time. NumPy has
it; a `Stream` keeps some blocks of words ahead and a cursor, so that a small request is a slice.
Invariant: `_ahead` starts where a block of 624 starts and ends where NumPy's generator stands. A
block's words, untempered, are the generator's key, so the state can be told at any word.
What the words become is in `distributions.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from operator import length_hint
from typing import Any

import numpy as np

from rushlight.engine import movers

Array = np.ndarray[Any, Any]
Transform = Callable[[Array], Array]

DEFAULT_SEED = 67280421310721
BLOCK = 624
_MOST_AHEAD = 8 * BLOCK  # transforming more words at once costs less per word
_AT_ONCE = 64 * BLOCK  # a large request goes through the processor's cache in such pieces
_NOTHING = np.empty(0, np.uint32)

# The bytes of `torch.get_rng_state()`. A generator that was only seeded has `next` 0 and `left` 1;
# after that they count the words given and the words left, itself included.
STATE = np.dtype(
    {
        "names": [
            "seed", "left", "seeded", "next", "key",
            "normal", "has_normal", "normal32", "has_normal32",
        ],
        "formats": [
            np.uint64, np.int32, np.int32, np.uint64, (np.uint64, BLOCK),
            np.float64, np.int32, np.float32, np.bool_,
        ],
        "offsets": [0, 8, 12, 16, 24, 5024, 5040, 5048, 5052],
        "itemsize": 5056,
    }
)  # fmt: skip


def _untempered(words: Array) -> Array:
    """The twister's key from its words: the four reversible steps of tempering, backwards."""
    y = words ^ (words >> 18)
    y ^= (y << 15) & 0xEFC60000
    x = y
    for _ in range(4):
        x = y ^ ((x << 7) & 0x9D2C5680)
    y = x ^ (x >> 11)
    return x ^ (y >> 11)


class Stream:
    """A seed, a place in the twister's words, and the normal number kept for the next call."""

    __slots__ = (
        "_ahead", "_bits", "_end", "_legacy", "_next", "_seeded", "_tables",
        "initial_seed", "kept_normal", "kept_normal32",
    )  # fmt: skip

    initial_seed: int
    kept_normal: float | None  # Box and Muller make two normal numbers; the second waits here
    kept_normal32: float | None  # PyTorch's CPU kernels never set it, but states may carry it

    def __init__(self, seed: int = DEFAULT_SEED) -> None:
        self._legacy: Any = None
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Start over from any integer of 64 bits, signed or not; only its low 32 bits matter."""
        if not -(1 << 63) <= seed < 1 << 64:
            raise ValueError(f"seed must fit in 64 bits, got {seed}")
        self.initial_seed = seed & 0xFFFF_FFFF_FFFF_FFFF
        self._seeded = False
        self._keep(_NOTHING, 0)
        self.kept_normal = self.kept_normal32 = None

    def _keep(self, ahead: Array, following: int) -> None:
        self._ahead = ahead
        self._end = ahead.size
        self._next = following
        self._tables: dict[Transform, Array] = {}

    def _generator(self) -> Any:
        """NumPy's MT19937. Made and seeded when first needed: importing numpy.random takes long."""
        if self._legacy is None:
            self._bits = np.random.MT19937(0)
            self._legacy = np.random.RandomState(self._bits)
        if not self._seeded:
            self._legacy.seed(self.initial_seed & 0xFFFF_FFFF)
            self._seeded = True
        return self._bits

    # ---- drawing

    def words(self, count: int) -> Array:
        """The next `count` words, uint32. Not to be written: others may share them."""
        start = self._next
        stop = start + count
        if stop <= self._end:
            self._next = stop
            return self._ahead[start:stop]
        return self._words_across(count)

    def _new_words(self, missing: int) -> Array:
        """Whole blocks, enough for `missing` words or as many as are fit to be drawn at once."""
        blocks = -(-missing // BLOCK) * BLOCK
        ahead = min(2 * self._end, _MOST_AHEAD)  # more each time: a seed may serve but one call
        drawn: Array = self._generator().random_raw(min(max(blocks, ahead), _AT_ONCE))
        return drawn

    def _words_across(self, count: int) -> Array:
        """What is kept ahead, then new blocks, the last of which are kept."""
        left = self._ahead[self._next :]
        missing = count - left.size
        if movers.many(missing):
            return self._many_words(left, missing)
        result = np.empty(count, np.uint32)
        result[: left.size] = left
        while missing:
            drawn = self._new_words(missing)
            used = min(drawn.size, missing)
            result[count - missing :][:used] = drawn[:used]
            missing -= used
        start = (used - 1) // BLOCK * BLOCK
        self._keep(drawn[start:].astype(np.uint32), used - start)
        return result

    def _many_words(self, left: Array, missing: int) -> Array:
        """The same natively: the last block is drawn by itself, and kept."""
        from rushlight.engine import twister  # which LLVM makes

        result = movers.empty((left.size + missing,), _NOTHING.dtype)
        result[: left.size] = left
        blocks = (missing - 1) // BLOCK
        used = missing - blocks * BLOCK
        bits, last = self._generator(), np.empty(BLOCK, np.uint32)
        twister.draw(bits, blocks, result[left.size :])
        twister.draw(bits, 1, last)
        result[-used:] = last[:used]
        self._keep(last, used)
        return result

    def words64(self, count: int) -> Array:
        """The next `count` pairs of words as uint64, the first word of a pair on top."""
        swapped = self.words(2 * count).view(np.uint64)  # the first word is the low one
        result = swapped << 32
        result |= swapped >> 32
        return result

    def table(self, transform: Transform, count: int) -> tuple[Array, int] | None:
        """`transform` of the words kept ahead and where in it the next `count` are, now drawn.

        They are transformed once for many small draws. None, and nothing drawn, when fewer than
        `count` are ahead.
        """
        if self._next == self._end and 0 < count <= BLOCK:
            self._keep(self._new_words(BLOCK).astype(np.uint32), 0)
        start = self._next
        stop = start + count
        if stop > self._end:
            return None
        table = self._tables.get(transform)
        if table is None:
            table = self._tables[transform] = transform(self._ahead)
        self._next = stop
        return table, start

    def ahead(self) -> Array:
        """All words kept ahead, some at least, now drawn: `give_back` tells how many were not."""
        if self._next == self._end:
            self._keep(self._new_words(BLOCK).astype(np.uint32), 0)
        return self.words(self._end - self._next)

    def give_back(self, count: int) -> None:
        """Let the last `count` words of `ahead` be drawn again."""
        self._next -= count

    @contextmanager
    def one_by_one(self, numbers: Callable[[int], Array]) -> Iterator[Callable[[], Any]]:
        """A function that gives the next number, for who cannot know how many will be needed.

        `numbers(count)` draws some, of two words each; those not asked for are put back.
        """
        current: Iterator[Any] = iter(())

        def batches() -> Iterator[Iterator[Any]]:
            nonlocal current
            size = 32
            while True:
                ready = (self._end - self._next) // 2  # only words kept ahead can be put back
                current = iter(numbers(max(1, min(size, ready))).tolist())
                yield current
                size *= 2

        try:
            yield chain.from_iterable(batches()).__next__
        finally:
            self._next -= 2 * length_hint(current)

    # ---- state

    def get_state(self) -> Array:
        """The 5056 bytes that `torch.get_rng_state()` has at the same point, uint8."""
        if self._end:
            start = (self._next - 1) // BLOCK * BLOCK
            following = self._next - start
            key = _untempered(self._ahead[start : start + BLOCK])
        else:
            following = 0
            key = self._generator().state["state"]["key"]
        state = np.zeros(1, STATE)
        state["seed"] = self.initial_seed
        state["left"] = BLOCK + 1 - following if following else 1
        state["seeded"] = 1
        state["next"] = following
        state["key"] = key
        state["normal"] = self.kept_normal or 0.0
        state["has_normal"] = self.kept_normal is not None
        state["normal32"] = self.kept_normal32 or 0.0
        state["has_normal32"] = self.kept_normal32 is not None
        return state.view(np.uint8)

    def set_state(self, state: Array) -> None:
        """Continue from such bytes, ours or PyTorch's."""
        if state.dtype != np.uint8 or state.size != STATE.itemsize:
            raise RuntimeError(
                f"a generator's state is {STATE.itemsize} uint8 values, got {state.size} of "
                f"{state.dtype}: pass what get_state() gave"
            )
        fields = np.ascontiguousarray(state).reshape(-1).view(STATE)[0]
        following, left = int(fields["next"]), int(fields["left"])
        fresh = following == 0 and left == 1
        if not fields["seeded"] or not (fresh or 1 <= following == BLOCK + 1 - left):
            raise RuntimeError("these bytes are no generator's state: pass what get_state() gave")
        generator = self._generator()
        key = fields["key"].astype(np.uint32)
        place = BLOCK if fresh else 0  # from 0, NumPy gives the current block once more
        generator.state = {"bit_generator": "MT19937", "state": {"key": key, "pos": place}}
        ahead = _NOTHING if fresh else generator.random_raw(BLOCK).astype(np.uint32)
        self._keep(ahead, following)
        self.initial_seed = int(fields["seed"])
        self.kept_normal = float(fields["normal"]) if fields["has_normal"] else None
        self.kept_normal32 = float(fields["normal32"]) if fields["has_normal32"] else None

    def clone(self) -> Stream:
        """Another stream at the same place."""
        other = Stream()
        other.set_state(self.get_state())
        return other
